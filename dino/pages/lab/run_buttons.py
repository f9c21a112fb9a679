"""The run's buttons, their pace, and the line under them: one place for all that acts on a run.

A component of our own has the buttons, so that one and the same changes its word from Train to
Pause. It numbers the clicks and sends them until the script says that they are done (`clicks`).
The line under the buttons says where the run is, and has a place for what is offered (`offers`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from dino.config import PACES, Config
from dino.jobs import RunHandle
from dino.pages.lab import offers
from dino.ui import current_run, measurements, settings, state
from dino.ui.component import Click, component, new_clicks
from dino.ui.language import put, say_part
from dino.ui.listening import stream, visible_run
from dino.ui.server import server, this_visit
from dino.ui.widgets import run_to_end

HERE = Path(__file__).parent


def draw_buttons(job: RunHandle | None) -> None:
    """Train, Step, Reset and the pace. Wherever it is, it follows the run by itself."""
    helps, kinds = say_part("components", "pace_help"), say_part("components", "main_button")
    paces = [[pace, put(word), helps[pace]] for pace, word in PACES.items()]
    words = say_part("components", "run_buttons")
    calls = not current_run.has_trained()  # who has trained knows how
    data = {"paces": paces, "words": words, "kinds": kinds, "calls": calls}
    _component("run_buttons")(
        key="run_buttons", data=[{**_heard(job), **data}], on_act_change=_from_buttons
    )


def draw_line(job: RunHandle | None, wanted: Config) -> None:
    """Where the run is, and what is offered. `wanted`: the recipe on the controls.

    What is clicked anywhere is sent by this part, so its fragment is the one that is drawn again.
    """
    found: list[offers.Offer] = []
    if job is not None and current_run.may_act(job):
        changed = offers.changes(job, wanted, current_run.changed_settings(job, wanted))
        found = offers.offers(job, wanted, changed)
    words = say_part("components", "run_line")
    data = {"paces": [*PACES], "offers": [it._asdict() for it in found], "words": words}
    _component("run_line")(key="run_line", data=[{**_heard(job), **data}], on_act_change=_from_line)


def _heard(job: RunHandle | None) -> dict[str, Any]:
    """What both parts know of the run, and which clicks are done."""
    here = this_visit()
    return {**stream(here, job), "done": here.clicks_done, "frame": _frame(job)}


def _frame(job: RunHandle | None) -> dict[str, Any]:
    """The present moment, as far as the buttons show it."""
    from dino.live.status_text import BUILDING, progress_text, status

    here, at = this_visit(), time.monotonic()
    found = visible_run(here)
    if job is None or found is None:
        first = {"kind": "play", "phase": "building", "status": [(put(BUILDING), False)]}
        return {"at": at, "watching": False, "pace": settings.pace(), **first}
    return {
        "at": at,
        "kind": found.kind,
        "phase": job.phase,
        "watching": not found.mine,
        "pace": settings.pace() if found.mine else job.pace,
        "status": status(job, found.place, found.mine, put),
        "progress": progress_text(job.run, put),
    }


def _component(name: str) -> Any:
    return component(name, folder=HERE, parts=("words",), isolate_styles=False)


# What a click does


def _carry_out(part: str) -> None:
    """Do what was clicked and is not done yet. Each click is noted when it is done, so that this
    may be broken off anywhere and begun again.
    """
    here = this_visit()
    for click in new_clicks(state.sent_value(part, "act"), here.clicks_done):
        if click.action in ACTIONS:
            ACTIONS[click.action](click)
        here.clicks_done = click.number


_from_buttons = run_to_end(partial(_carry_out, "run_buttons"))
_from_line = run_to_end(partial(_carry_out, "run_line"))


def _start_new() -> None:
    """A new untrained run, with the settings as shown."""
    current_run.replace_run(settings.config())


def _begin() -> None:
    """Before it trains on: the run of the settings as shown, at the pace that the page shows.

    A setting may come in the same message as the click, and its script has not run yet.
    """
    settings.mend_settings()
    current_run.ensure_run(settings.config())
    _set_pace()


def _set_pace() -> None:
    pace = settings.pace()
    current_run.act(lambda job: job.set_pace(pace))


def _play(_: Click) -> None:
    _begin()
    current_run.act(RunHandle.play)


def _pause(_: Click) -> None:
    if current_run.current_job() is not None:
        current_run.act(RunHandle.pause)


def _step(click: Click) -> None:
    _begin()
    current_run.act(lambda job: job.play(steps=click.times))


def _extend(_: Click) -> None:
    _begin()
    current_run.act(RunHandle.extend)


def _reset(_: Click) -> None:
    """Also for somebody who only watches: their own run begins."""
    _start_new()


def _train_new(click: Click) -> None:
    """Not for them: they were offered none."""
    job = current_run.current_job()
    if job is None or current_run.may_act(job):
        _start_new()
        _play(click)


def _go_on(click: Click) -> None:
    """On with the same weights, at the rate and up to the step that the controls show."""
    wanted, job = settings.config(), current_run.current_job()
    if job is None or job.run is None or not current_run.may_act(job):
        return
    run = job.run
    if job.learning_rate != wanted.learning_rate:
        current_run.act(lambda job: job.set_learning_rate(wanted.learning_rate))
    if wanted.max_steps in (job.config.max_steps, run.max_steps):
        (_extend if job.done else _play)(click)
        return
    _set_pace()
    left = wanted.max_steps - run.step
    more = left if run.stopped else wanted.max_steps - run.max_steps
    if more > 0:
        current_run.act(lambda job: job.extend(more))
    elif left > 0:
        current_run.act(lambda job: job.play(steps=left))


def _choose_pace(click: Click) -> None:
    """From now on, also for the run at work."""
    server().visits.choose_pace(click.action)
    job = current_run.current_job()
    if job is not None and current_run.may_act(job):
        _set_pace()


def _cure(_: Click) -> None:
    """Put on the controls what is worth trying after a divergence."""
    job = current_run.current_job()
    cure = job.run.cure if job is not None and job.run is not None else None
    if cure is not None:
        state.set_all({"learning_rate": cure.learning_rate, "clip_norm": cure.clip_norm})
        state.REDRAW.set(True)


def _choose_weights(click: Click) -> None:
    """Those that write and that pictures show: the best moment's, or the latest."""
    is_best = click.action == "best"
    state.USE_BEST.set(is_best)
    job = current_run.current_job()
    if job is not None and (measurements.written_names(job) or measurements.is_writing(job)):
        measurements.write_names(job, settings.writing_settings(), is_best)
    state.REDRAW.set(True)


ACTIONS: dict[str, Callable[[Click], None]] = {
    "play": _play,
    "pause": _pause,
    "extend": _extend,
    "step": _step,
    "reset": _reset,
    "new": _train_new,
    "continue": _go_on,
    "cure": _cure,
    "best": _choose_weights,
    "latest": _choose_weights,
    **dict.fromkeys(PACES, _choose_pace),
}
