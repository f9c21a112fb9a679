"""The run's buttons, their pace, and the line under them: all actions of the Lab on its run.

The buttons are our own component, so the button that says Train can change into Pause. It numbers
the clicks and sends them until the script confirms them (`clicks`). The line says where the run is,
and holds what is offered (`offers`).
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
    """Draw Train, Step, Reset and the pace. They follow the run without the script."""
    helps, kinds = say_part("components", "pace_help"), say_part("components", "main_button")
    paces = [[pace, put(word), helps[pace]] for pace, word in PACES.items()]
    words = say_part("components", "run_buttons")
    calls = not current_run.has_trained()  # the button attracts only visitors who never trained
    data = {"paces": paces, "words": words, "kinds": kinds, "calls": calls}
    _component("run_buttons")(
        key="run_buttons", data=[{**_heard(job), **data}], on_act_change=_from_buttons
    )


def draw_line(job: RunHandle | None, wanted: Config) -> None:
    """Draw where the run is, and what is offered. wanted: the recipe on the controls.

    This part sends every click, wherever it was made. The live part is redrawn with it.
    """
    found: list[offers.Offer] = []
    if job is not None and current_run.may_act(job):
        changed = offers.changes(job, wanted, current_run.changed_settings(job, wanted))
        found = offers.offers(job, wanted, changed)
    words = say_part("components", "run_line")
    data = {"paces": [*PACES], "offers": [it._asdict() for it in found], "words": words}
    _component("run_line")(key="run_line", data=[{**_heard(job), **data}], on_act_change=_from_line)


def _heard(job: RunHandle | None) -> dict[str, Any]:
    """What both parts get about the run, and the last click that was handled."""
    here = this_visit()
    return {**stream(here, job), "done": here.clicks_done, "frame": _frame(job)}


def _frame(job: RunHandle | None) -> dict[str, Any]:
    """The present moment, as the buttons show it."""
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


# What each click does


def _carry_out(part: str) -> None:
    """Handle the new clicks in order.

    Each is marked when it is done, so this may be stopped anywhere and run again.
    """
    here = this_visit()
    for click in new_clicks(state.sent_value(part, "act"), here.clicks_done):
        if click.action in ACTIONS and not (click.action in OF_THIS_RUN and _is_past()):
            ACTIONS[click.action](click)
        here.clicks_done = click.number


_from_buttons = run_to_end(partial(_carry_out, "run_buttons"))
_from_line = run_to_end(partial(_carry_out, "run_line"))


def _is_past() -> bool:
    """Whether the run rests, or makes single updates, and the controls have other settings than it.
    The buttons that continue it cannot be used then; a click on one was made before its page showed
    that. A visitor who only watches is told why their click does nothing.
    """
    settings.mend_settings()
    job, wanted = current_run.current_job(), settings.config()
    if job is None or not job.trained or not current_run.may_act(job):
        return False
    if job.running and not job.stepping:
        return False
    return bool(offers.changes(job, wanted, current_run.changed_settings(job, wanted)))


def _start_new() -> None:
    """Create an untrained run with the settings on the controls."""
    current_run.replace_run(settings.config())


def _begin() -> None:
    """Before training, make sure that the run has the settings and the pace of the controls.

    A setting may come in the same message as the click, before its own callback has run.
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
    """Reset. For a visitor who only watches, their own run begins."""
    _start_new()


def _train_new(click: Click) -> None:
    """Train a new run. A visitor who only watches has no such offer, so their click is ignored."""
    job = current_run.current_job()
    if job is None or current_run.may_act(job):
        _start_new()
        _play(click)


def _go_on(click: Click) -> None:
    """Continue with the same weights, at the rate and up to the step on the controls."""
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
    # A diverged run counts on from the step where it stopped, not from its planned end.
    more = left if run.stopped else wanted.max_steps - run.max_steps
    if more > 0:
        current_run.act(lambda job: job.extend(more))
    elif left > 0:
        current_run.act(lambda job: job.play(steps=left))


def _continue_last(click: Click) -> None:
    """Continue the run with its own settings, whatever is on the controls."""
    job = current_run.current_job()
    if job is not None:
        (_extend if job.done else _play)(click)


def _choose_pace(click: Click) -> None:
    """Set the pace from now on, also for the run at work."""
    server().visits.choose_pace(click.action)
    job = current_run.current_job()
    if job is not None and current_run.may_act(job):
        _set_pace()


def _cure(_: Click) -> None:
    """Put the cure for a divergence on the controls."""
    job = current_run.current_job()
    cure = job.run.cure if job is not None and job.run is not None else None
    if cure is not None:
        state.set_all({"learning_rate": cure.learning_rate, "clip_norm": cure.clip_norm})
        state.REDRAW.set(True)


def _choose_weights(click: Click) -> None:
    """Choose the weights for writing and for pictures: the best moment's or the latest."""
    is_best = click.action == "best"
    state.USE_BEST.set(is_best)
    job = current_run.current_job()
    if job is not None and (measurements.written_names(job) or measurements.is_writing(job)):
        measurements.write_names(job, settings.writing_settings(), is_best)
    state.REDRAW.set(True)


OF_THIS_RUN = ("play", "extend", "step")  # a button that is not an offer continues this run
ACTIONS: dict[str, Callable[[Click], None]] = {
    "play": _play,
    "pause": _pause,
    "extend": _extend,
    "step": _step,
    "reset": _reset,
    "new": _train_new,
    "continue": _go_on,
    "last": _continue_last,
    "cure": _cure,
    "best": _choose_weights,
    "latest": _choose_weights,
    **dict.fromkeys(PACES, _choose_pace),
}
