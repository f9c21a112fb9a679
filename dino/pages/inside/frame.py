"""The page Inside: one run, one of its moments, seen from several sides.

Everything is computed from the weights of that moment, with the chosen units silenced and the
memory cut where the visitor wants it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import streamlit as st

from dino.charts import base as charts
from dino.config import CELLS, OPTIMIZERS, PRESETS
from dino.data import Corpus, Encoded, Vocab
from dino.jobs import RunEntry
from dino.live.words import three_digits
from dino.metrics import originality, perplexity
from dino.model import CharRNN
from dino.parts import Parts
from dino.probe import losing, silenced
from dino.run import Snapshot
from dino.sample import Trace, draws, write
from dino.train import rebuild
from dino.ui import panels, session
from dino.ui.chosen_list import Choice
from dino.ui.listening import turn
from dino.ui.plot import plot
from dino.ui.pulse import pulse
from dino.ui.table import table, twin
from dino.ui.text import counted

LATEST = -1  # the moment at the end, wherever that is: who stands there goes on with the run
TICK = 0.4  # seconds between two moments while it plays
NAMES = 5
WITH_PICTURE = ("memory", "units")  # tools whose changes one wants to see in the picked name


@dataclass(frozen=True, eq=False)
class View:
    """What the page looks at. `whole` is the model of the moment, `model` the one without `silent`.

    context: how far memory reaches, as trained or as the visitor cut it; 0 for no bound.
    """

    kept: RunEntry
    moment: Snapshot
    whole: CharRNN
    silent: tuple[int, ...]
    context: int

    @property
    def corpus(self) -> Corpus:
        """The list that the run was trained on."""
        return self.kept.corpus

    @property
    def vocab(self) -> Vocab:
        """Its symbols."""
        return self.kept.corpus.vocab

    @property
    def key(self) -> tuple[object, ...]:
        """What tells this moment of this run from all others."""
        return (self.kept.token, self.kept.number, self.moment.step)

    @cached_property
    def model(self) -> CharRNN:
        """The model with its silent units unheard."""
        return silenced(self.whole, self.silent) if self.silent else self.whole

    @cached_property
    def held_out(self) -> Encoded:
        """The held-out names, encoded."""
        return self.corpus.val_arrays

    @cached_property
    def traces(self) -> list[Trace]:
        """Names that this moment writes, from the same draws at every moment."""
        seed = self.kept.run.config.seed + 1000 * int(st.session_state.get("other_draws", 0))
        return write(self.model, self.vocab, draws(NAMES, seed), context=self.context)

    @property
    def picked(self) -> int:
        """Which of those names is looked into."""
        return min(int(st.session_state.get("inside_name", 0)), NAMES - 1)

    def loss(self) -> float | None:
        """Held-out loss of this moment as the page shows it; None while it is measured beside the
        page. Nats per symbol.
        """
        if not self.silent and self.context == self.kept.run.config.context:
            return self.moment.val_loss
        found = session.study((*self.key, "loss", self.silent, self.context), lambda: in_parts(
            losing(self.model, self.held_out, self.context)))
        return None if found.result is None else float(found.result)


def in_parts(parts: Parts[float]) -> Iterator[tuple[float, float | None]]:
    """Work that returns its result in the end, as a study takes it."""
    while True:
        try:
            next(parts)
        except StopIteration as end:
            yield 1.0, end.value
            return
        yield 0.0, None


def title(kept: RunEntry, always: bool = False) -> str:
    """A run in a few words that stay the same while it goes on.

    always: name its list even where it is the dinosaurs, all of them.
    """
    config = kept.run.config
    memory = f" · memory {config.context}" if config.context else ""
    named = always or kept.corpus.source != Choice()
    names = f" · {kept.corpus.title}" if named else ""
    return (f"Run {kept.number} · {CELLS[config.cell]} {config.hidden_size} · "
            f"{OPTIMIZERS[config.optimizer].label} {config.learning_rate:g}{memory}{names}")


def option(kept: RunEntry) -> str:
    """The same, with the figures of a run that is over.

    A browser names its choice by these words: they must not change while it is made.
    """
    job = session.current()
    if job is not None and job.token == kept.token:
        return f"{title(kept)} · the present run"
    return f"{title(kept)} · {kept.run.kept_step:,} steps · {kept.run.val_loss:.2f} held out"


def short(kept: RunEntry) -> str:
    """A run in two words."""
    return f"Run {kept.number} · {CELLS[kept.run.config.cell]} {kept.run.config.hidden_size}"


def inside(tools: dict[str, tuple[str, Callable[[View], None]]]) -> None:
    """The whole page. tools: key to a label and what draws it."""
    with st.container(key="inside"):
        st.fragment(_page)(tools)


def _page(tools: dict[str, tuple[str, Callable[[View], None]]]) -> None:
    if session.is_erased():
        st.rerun()
    drawn = turn(session.visit())  # before anything is read: the run may go on meanwhile
    session.settle("moment")
    session.settle("walk", hold=False)  # who takes a letter back at once means it
    job = session.current()
    if job is not None:
        session.watch(job)
    runs = session.runs()
    if runs:
        _look(runs, tools)
    else:
        _offer()
    session.end_studies()
    playing = st.session_state.get("playing")
    pulse(job, play=TICK if playing else None, moment=int(st.session_state.get("moment", LATEST)),
          drawn=drawn)


def _offer() -> None:
    """No run yet: train one and go on."""
    job = session.current()
    if job is not None and job.running:
        run = job.run
        done = run.step / run.max_steps if run else 0.0
        st.progress(done, f"Training: step {run.step if run else 0:,}")
        st.button("Stop", icon=":material/stop:", key="stop_offer", on_click=_stop,
                  disabled=not session.may_act(job))
        return
    st.markdown("This page looks inside a trained network, and there is none yet.")
    st.button("Train one in two seconds", type="primary", icon=":material/play_arrow:",
              key="offer", on_click=_train_one)
    st.page_link(session.LAB, label="Or choose a recipe in the Lab", icon=":material/science:")


@session.whole
def _stop() -> None:
    session.act(lambda job: job.pause())


@session.whole
def _train_one() -> None:
    session.replace_by(PRESETS["first-success"].config)
    session.act(lambda job: job.play())


def _look(
    runs: list[RunEntry], tools: dict[str, tuple[str, Callable[[View], None]]]
) -> None:
    kept = _choose(runs)
    view = _view(kept, _time_machine(kept))
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _chart(view)
    with right:
        _names(view)
    st.segmented_control(
        "Look at", list(tools), format_func=lambda tool: tools[tool][0],
        key="tool", persist_state="session",
        required=True, label_visibility="collapsed")
    chosen = st.session_state["tool"]
    tool = chosen if chosen in tools else "name"
    with st.container():
        _changed(view, tool in WITH_PICTURE)
    with st.container(key="panel"):
        tools[tool][1](view)
    if tool in WITH_PICTURE:
        picture(view)


def _choose(runs: list[RunEntry]) -> RunEntry:
    """The run to look at, and what is kept."""
    by_token, state = {kept.token: kept for kept in runs}, st.session_state
    newest = runs[0].token
    if state.get("newest_run") != newest or state.get("inside_run") not in by_token:
        state.update(newest_run=newest, inside_run=newest)  # who trained anew wants to see that
        _to_end()
    words = {token: option(kept) for token, kept in by_token.items()}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        token = st.selectbox(
            "Run", list(by_token), format_func=words.__getitem__,
            key="inside_run", persist_state="session", on_change=_other_run,
            help="The runs of this visit: when you start a new one, the last one is kept "
                 "here.")
        panels.erase_button("erase_runs")
    job = session.current()
    if job is not None and job.shelf.discarded:
        gone = job.shelf.discarded
        st.caption(f"Only your latest runs fit in memory; {gone} older "
                   f"{'one was' if gone == 1 else 'ones were'} discarded.")
    state["shown_run"] = token
    return by_token[token]


def _other_run() -> None:
    """Callback: another run has other units and other moments."""
    if st.session_state["inside_run"] != st.session_state.get("shown_run"):
        _to_end()


def _to_end() -> None:
    st.session_state.update(silent=(), playing=False)
    session.put(moment=LATEST)


def _time_machine(kept: RunEntry) -> Snapshot:
    """The slider over the run's moments, and the button that runs it.

    The last moment is called the latest and not by its step, which changes while the run goes on.
    """
    state, moments = st.session_state, kept.run.moments
    steps, last = [moment.step for moment in moments], len(moments) - 1
    wanted = state.get("moment", LATEST)
    if wanted == LATEST or wanted >= steps[-1]:
        here = last
    else:
        here = min(range(len(steps)), key=lambda i: abs(steps[i] - wanted))
    stops = [*steps[:-1], LATEST]
    if state.get("playing") and state.get("played") != stops[here]:
        state["playing"] = False  # the visitor takes the slider in hand
    if state.get("playing") and time.monotonic() - state.get("played_at", 0.0) > 0.6 * TICK:
        here = min(here + 1, last)
        state.update(played=stops[here], played_at=time.monotonic(), playing=here < last)
        session.put(moment=stops[here])
    state["moment"] = stops[here]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        playing = state.get("playing")
        st.button("Stop" if playing else "Play", icon=":material/stop:" if playing else
                  ":material/play_arrow:", key="halt" if playing else "roll",
                  on_click=_halt if playing else _roll, args=() if playing else (steps[0],),
                  disabled=not last)
        with st.container(width="stretch"):
            if last:
                st.select_slider("Moment: after so many steps of training", stops,
                                 key="moment", persist_state="session",
                                 format_func=lambda stop: "latest" if stop == LATEST else
                                 f"{stop:,}")
            else:
                st.text(f"This run has one moment, step {steps[0]:,}.")
    return moments[here]


@session.whole
def _roll(first: int) -> None:
    """Callback: play from here, from the start if this is the end."""
    session.settle("moment")
    state = st.session_state
    if state.get("moment", LATEST) == LATEST:
        session.put(moment=first)
    state.update(playing=True, played=state["moment"], played_at=time.monotonic())


@session.whole
def _halt() -> None:
    st.session_state["playing"] = False


def _view(kept: RunEntry, moment: Snapshot) -> View:
    state, run = st.session_state, kept.run
    whole = rebuild(run.config, len(kept.corpus.vocab), moment.weights)
    silent = tuple(u for u in state.get("silent", ()) if u < run.config.hidden_size)
    reach = max(0, int(state.get("reach") or 0))
    return View(kept, moment, whole, silent, reach or run.config.context)


def _chart(view: View) -> None:
    run, step = view.kept.run, view.moment.step
    figure = charts.loss(run.train_curve(), run.val_curve(), view.kept.baselines, run.step,
                         revision=view.kept.token, height=270, at=step)
    loss = view.moment.val_loss
    job = session.current()
    running = job is not None and job.running and job.token == view.kept.token
    when = (f"After {step:,} steps, while training goes on ({run.step:,} of {run.max_steps:,})"
            if running else f"After {step:,} of {counted(run.step, 'step')}")
    words = (f"{when}: held-out loss {loss:.2f} nats per symbol, "
             f"as unsure as among {three_digits(perplexity(loss))} equally likely symbols.")
    plot(figure, "past", f"Loss against steps, this moment marked. {words}")
    st.caption(words)


def _names(view: View) -> None:
    """The same draws written by the weights of this moment; the one picked is shown below."""
    rows = [[trace.name + ("" if trace.finished else "…") or "(empty)",
             originality(trace.name, view.corpus) if trace.finished and trace.name else "–"]
            for trace in view.traces]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("**The same draws, written again**", width="content")
        st.button("Other draws", icon=":material/casino:", key="other", on_click=_redraw,
                  type="tertiary")
    table(["name", "is"], rows, "morph", "Names written from the same random draws; click one",
          names=(0,), selected=view.picked, on_row=_pick, fluid=True)
    st.caption("Only the weights change these names. Click one to look into it.")


@session.whole
def _redraw() -> None:
    st.session_state["other_draws"] = (int(st.session_state.get("other_draws", 0)) + 1) % 1000


def _pick(row: int) -> None:
    st.session_state["inside_name"] = row


def _changed(view: View, always: bool) -> None:
    """What the visitor has taken from the network, and the way back.

    always: keep its place where nothing is taken, so that what is clicked below does not move.
    """
    changes = []
    if view.silent:
        every, units = len(view.silent) == view.whole.hidden_size, ", ".join(
            map(str, view.silent[:8])) + ("…" if len(view.silent) > 8 else "")
        changes.append("all units silent" if every else
                       f"{'unit' if len(view.silent) == 1 else 'units'} {units} silent")
    trained = view.kept.run.config.context
    if view.context != trained:
        how = "cut" if not trained or view.context < trained else "stretched"
        changes.append(f"memory {how} to {counted(view.context, 'letter')}")
    if not changes and not always:
        return
    loss = view.loss()
    measured = "…" if loss is None else f"{loss:.3f}"
    words = (f":material/content_cut: {' and '.join(changes).capitalize()}: held-out loss "
             f"**{measured}** instead of {view.moment.val_loss:.3f}." if changes else
             f"Nothing is taken away: held-out loss {view.moment.val_loss:.3f}.")
    with st.container(horizontal=True, vertical_alignment="center", border=True, key="changed"):
        st.markdown(words, width="content")
        st.button("Back to the whole network", key="whole", on_click=_whole, type="tertiary",
                  icon=":material/undo:", disabled=not changes)


@session.whole
def _whole() -> None:
    st.session_state.update(silent=(), reach=0)


def picture(view: View) -> None:
    """The picked name: what each letter was drawn from, and the hidden units behind it."""
    trace = view.traces[view.picked]
    labels, T = view.vocab.labels, len(trace.ids)
    prefixes = [trace.name[:t] for t in range(T)]
    states = trace.hidden.copy()
    states[:, list(view.silent)] = 0.0
    width = charts.least_width(T)
    left, right = st.columns(2, gap="medium")
    with left:
        probs = trace.probs()
        plot(charts.probabilities(probs, trace.ids, labels, prefixes), "inside_probs",
             "Probability of every symbol at every letter, the chosen ones outlined", width)
        likely = probs[np.arange(T), trace.ids]
        st.caption("Each column: how likely every symbol was as the next, given the letters to "
                   f"its left. The outlined one was drawn, with probability {likely.mean():.2f} "
                   "on average." + charts.rows_left_out(len(labels)))
    with right:
        plot(charts.hidden(states, trace.ids, labels), "inside_hidden",
             "Value of every hidden unit behind every letter", width)
        H = states.shape[1]
        st.caption(f"The {'hidden unit' if H == 1 else f'{H} hidden units'} as each letter was "
                   "drawn: "
                   f"{100 * np.mean(np.abs(states) > 0.9):.0f} % of their values are beyond ±0.9, "
                   "fully on or off.")
    rows = [[prefixes[t] or "start", labels[i], f"{p[i]:.3f}", labels[int(p.argmax())],
             f"{p.max():.3f}", f"{np.abs(h).mean():.2f}"]
            for t, (i, p, h) in enumerate(zip(trace.ids.tolist(), probs, states, strict=True))]
    twin(["after", "drawn", "p", "likeliest", "its p", "mean |h|"], rows, "inside_twin",
         "The picked name letter by letter", numeric=(2, 4, 5), names=(0,))
