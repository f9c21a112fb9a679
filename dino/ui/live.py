"""The live part of the Lab: buttons, figures, the loss chart, names as it learns.

One fragment polls while a run is at work. It only reads what the workers have published.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import streamlit as st

from dino.config import ENGINES, SETTINGS, Config
from dino.ui import session
from dino.ui.plain import counted, spoken, three_digits
from dino.ui.plot import load_early, plot
from dino.ui.table import table

if TYPE_CHECKING:  # what needs numpy is loaded where it is used, after the first buttons
    from dino.jobs import Job
    from dino.run import Run

NAME_ROWS = 9
CHART_HEIGHT = 360


def at_once(wanted: Config) -> None:
    """The buttons alone, for a visitor who has just come; the rest follows when they are there."""
    with st.container(key="live"):
        st.fragment(_live, run_every=0.1)(wanted)
    with st.sidebar:
        load_early()  # beside it the place of the settings is kept, so that nothing moves then


def live(wanted: Config) -> None:
    """Draw the live part, as often as its run needs it. `wanted` is the recipe on the controls."""
    job = session.current()
    if job is None:
        return
    every = _interval(job)
    with st.container(key="live"):  # its own place: what comes and goes in it moves nothing below
        st.fragment(_live, run_every=every)(
            wanted, job.token, job.run is None, every is not None)


def _interval(job: Job) -> float | None:
    """Seconds between two redraws: slower under load, None when nothing moves."""
    if job.run is None:
        return 0.2
    if not session.may_act(job):
        return 1.0  # who only watches cannot know when it will move
    if job.failed or (job.baselines is not None and job.settled):
        return None
    running = session.jobs().running()
    return 0.35 if running <= 10 else 1.0 if running <= 20 else 2.0


def _live(
    wanted: Config, token: str = "", unbuilt: bool = False, polling: bool = True
) -> None:
    """One function for the first buttons and all that follows: a click on a fragment that is no
    more is lost.
    """
    if not token:
        if session.arrived():
            st.rerun()
        _buttons(None)
        return
    job = session.current()
    if job is None or job.token != token or (unbuilt and job.run is not None):
        st.rerun()  # another run, or its network is there: the rest of the page follows
    run = job.run
    session.watch(job)
    moving = _interval(job) is not None  # read once, before anything is drawn from it
    _buttons(job, anew=job.done and bool(session.changes(job, wanted)))
    with st.container():
        _pending(job, wanted)
    _figures(job, run)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _chart(job, run)
    with right:
        _names(run)
    if moving != polling:
        st.rerun()  # a fragment's pace is fixed when the whole page runs


def _buttons(job: Job | None, anew: bool = False) -> None:
    """anew: another button, for a new run, is the one to press."""
    label, icon, action = _play(job)
    mine = job is None or session.may_act(job)
    failed, busy = (job.failed, job.running or job.done) if job else (False, False)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        # A button of its own for each action: Streamlit may repeat a click when runs of the page
        # overlap, and a repeated Train must not be taken for Pause.
        st.button(label, icon=icon, type="secondary" if anew else "primary", key=action,
                  on_click=_act, args=(action,), disabled=not mine or failed)
        st.button("Step", icon=":material/skip_next:", key="step", on_click=_act, args=("step",),
                  disabled=not mine or busy,
                  help="One update of the weights, on one batch.")
        st.button("Reset", icon=":material/restart_alt:", key="reset", on_click=_act,
                  args=("reset",), help="Back to an untrained network, with the settings as shown.")
        with st.container(width="stretch"):
            _status(job, mine)


def _play(job: Job | None) -> tuple[str, str, str]:
    if job and job.running:
        return "Pause", ":material/pause:", "pause"
    if job and job.done:
        return "Train further", ":material/fast_forward:", "extend"
    if job is None or job.run is None or job.run.step == 0:
        return "Train", ":material/play_arrow:", "play"
    return "Train on", ":material/play_arrow:", "play"


@session.whole
def _act(action: str) -> None:
    """Callback of every button. Somebody who only watches may still start a run of their own."""
    job = session.current() or session.replace_by(session.config())
    if action == "reset":
        session.replace_by(session.config())
    elif job and session.take(job):
        {"play": job.play, "pause": job.pause, "extend": job.extend,
         "step": lambda: job.play(steps=1)}[action]()


@session.whole
def _anew() -> None:
    """Callback: a new run with the settings on the controls, training at once."""
    job = session.replace_by(session.config())
    if job:
        job.play()


def _status(job: Job | None, mine: bool) -> None:
    """Where the run is, in one sentence."""
    run = job.run if job else None
    if not mine:
        st.caption(":material/visibility: Another window steers this run, you watch it. "
                   "Reset starts your own.")
    if job and job.message:
        st.markdown(f":material/info: {job.message}")
    elif job is None or run is None:
        st.markdown("Making the untrained network…")
    elif run.stopped:
        st.markdown(f":material/warning: {run.stopped}")
    elif job.running:
        by = f" · {ENGINES[run.engine]}" if run.engine else ""
        st.markdown(f"Step **{run.step:,}** of {run.max_steps:,}{by}{_of(job)}")
    elif run.step == 0:
        st.markdown(f"Untrained{_of(job)}: its weights are random, and so are its names. "
                    "Press **Train**.")
    elif job.done:
        st.markdown(f"Finished **{counted(run.step, 'step')}** in {run.seconds:.1f} s of "
                    f"training ({ENGINES[run.engine]}){_of(job)}.")
    else:
        st.markdown(f"Paused at step **{run.step:,}** of {run.max_steps:,}{_of(job)}.")


def _of(job: Job) -> str:
    """Which list it learns from, if it is not the dinosaurs whole."""
    title = job.corpus.title
    return "" if title == "Dinosaurs" else f" · {title}"


def _pending(job: Job, wanted: Config) -> None:
    """Settings that the run at hand was not begun with: they wait for the next one."""
    waiting = session.changes(job, wanted)
    if not waiting or session.untouched(job):
        return
    own = job.config.as_dict() | {"learning_rate": job.learning_rate}
    if own["learning_rate"] != wanted.learning_rate:
        waiting.append("learning_rate")
    words = "; ".join(
        f"names {job.corpus.title} → {session.choice().title}" if name == "names" else
        f"{SETTINGS[name].label.lower()} {spoken(name, own[name])} → "
        f"{spoken(name, getattr(wanted, name))}" for name in waiting)
    goes_on = "goes on" if job.running else "stays"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f":material/schedule: For the next run: {words}. This one {goes_on} as it "
                   "is.", width="content")
        st.button("Train anew with these", key="anew", on_click=_anew,
                  type="primary" if job.done else "secondary")


def _figures(job: Job, run: Run | None) -> None:
    """The figures of this moment."""
    values = _values(job, run) if run else {}
    with st.container(horizontal=True, gap="small"):
        for label, help in LABELS.items():
            st.metric(label, values.get(label, "–"), help=help, width=108)


LABELS = {
    "Names seen": None,  # plain enough; a question mark would cut it on a phone
    "Train": "Training loss: mean of −ln p(right symbol) over the last 50 steps, dropout included; "
                  "in nats per symbol.",
    "Held out": "The same loss on names it never trains on: what counts. In nats per symbol.",
    "Perplexity": "e to the held-out loss: among how many equally likely symbols it is as unsure.",
    "Names / s": "Names trained on per second.",
    "Time left": "Until the steps are used up, at this pace.",
}


def _values(job: Job, run: Run) -> dict[str, str]:
    from dino.metrics import perplexity

    pace = job.pace if job.running and job.pace else run.names_per_second
    names_left = (run.max_steps - run.step) * run.config.batch_size
    train = run.train_loss
    return {
        "Names seen": _count(run.names_seen),
        "Train": "–" if train is None else f"{train:.2f}",
        "Held out": f"{run.val_loss:.2f}",
        "Perplexity": three_digits(perplexity(run.val_loss)),
        "Names / s": _pace(pace) if pace else "–",
        "Time left": _duration(names_left / pace) if pace and not run.stopped else "–",
    }


def _count(names: int) -> str:
    """Every one of them, up to what has room: 426,720, then 1.28 M."""
    return f"{names:,}" if names < 1e6 else f"{names / 1e6:,.2f} M"


def _pace(names: float) -> str:
    """Two digits: 950, 17,000, 200k."""
    names = float(f"{names:.2g}")
    return f"{names / 1000:,.0f}k" if names >= 1e5 else f"{names:,.0f}"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def _chart(job: Job, run: Run | None) -> None:
    import numpy as np

    from dino import charts

    empty = (np.empty(0), np.empty(0))
    figure = charts.loss(
        run.train_curve() if run else empty, run.val_curve() if run else empty,
        job.baselines or {"nothing": math.log(len(job.corpus.vocab))},
        _axis_end(run.step, run.max_steps) if run else job.config.max_steps,
        rates=run.learning_rates if run else (), revision=job.token, height=CHART_HEIGHT)
    words = _sentence(run, job.baselines)
    plot(figure, "loss", f"Loss against steps. {words}")
    st.markdown(words)


def _axis_end(step: int, max_steps: int) -> int:
    """Where the step axis ends: the budget, or, while that is far, a half of it, a quarter, …"""
    end = max_steps
    while end > 3000 and end > 6 * step:
        end //= 2
    return end


def _sentence(run: Run | None, baselines: dict[str, float] | None) -> str:
    """What the loss chart shows just now."""
    if run is None or baselines is None:
        return "The dashed lines are what counting letters reaches, without any network."
    from dino.metrics import standing

    words = standing(run.val_loss, baselines)
    if not run.step:
        return (f"Untrained, it loses {run.val_loss:.2f} nats per symbol on held-out names; "
                f"knowing nothing loses {baselines['nothing']:.2f}.")
    best_step, best = run.best
    if run.val_loss > best + 0.01:
        words += f" It was best at step {best_step:,} ({best:.2f})."
    return words


def _names(run: Run | None) -> None:
    """The same draws at several moments, so that one watches a name change."""
    moments = run.snapshots if run else ()
    last = max(0, len(moments) - 1)
    kept = sorted({round(last * row / (NAME_ROWS - 1)) for row in range(NAME_ROWS)})
    rows = [[f"{m.step:,}", *(name or "–" for name in m.names[:2])]
            for m in ([moments[i] for i in kept] if moments else [])]
    st.markdown("**Names as it learns**")
    table(["step", "one name", "another"], rows, "growing",
          "Names written at several steps from the same random draws", numeric=(0,),
          names=(1, 2), fluid=True, max_height=CHART_HEIGHT - 44)
    st.caption("The same random draws every time: only the weights change the name.")
