"""What the Lab offers beside a run: a new one, to go on with it, a cure, its best moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from dino.config import CELLS, SETTINGS, Config
from dino.ui import chosen_list, state
from dino.ui.text import setting_text

if TYPE_CHECKING:
    from dino.jobs import Job
    from dino.run import Run

MAIN, LARGE, SMALL = "main", "large", "small"  # how a button looks; the first two are equally large
RATE, STEPS = "learning_rate", "max_steps"


class Offer(NamedTuple):
    """A button, its sentence, and how it looks. action: as `run_buttons.ACTIONS` has it."""

    action: str
    label: str
    words: str
    weight: str = LARGE
    pressed: bool | None = None  # of a button that stays down


def offers(job: Job, wanted: Config, changed: Sequence[str]) -> list[Offer]:
    """At most two. `changed`: the settings in which `wanted` differs from the run's, as
    `changes` gives them.
    """
    if not job.trained and not job.failed:
        return []  # a change makes another untrained network at once
    if job.running:
        return _while_it_trains(job, wanted, changed)
    if job.phase == "kept" and not changed:
        words = "The same recipe from its start: of this run only curve and names are left."
        return [Offer("new", "New run", words, MAIN)]
    if not changed:
        return _for_a_run_at_rest(job)
    if job.failed or job.phase == "kept":
        return [_new_run(job, wanted, changed)]
    if not set(changed) - {RATE, STEPS} and _may_go_on(job, wanted, changed):
        return [_new_run(job, wanted, changed), _go_on(job, wanted, changed)]
    return [_new_run(job, wanted, changed), _last_run(job)]


def changes(job: Job, wanted: Config, others: Sequence[str]) -> list[str]:
    """All settings in which the controls differ from a run: `others`, and rate and steps where
    neither the recipe nor what the run was given later has them.
    """
    found = [name for name in others if name not in (RATE, STEPS)]
    if wanted.learning_rate != job.learning_rate:
        found.append(RATE)
    allowed = {job.config.max_steps, job.run.max_steps if job.run else job.config.max_steps}
    if wanted.max_steps not in allowed:
        found.append(STEPS)
    return found


def _while_it_trains(job: Job, wanted: Config, changed: Sequence[str]) -> list[Offer]:
    """A rate acts at once; what else was changed is for another run."""
    if not set(changed) - {RATE}:
        return []
    if set(changed) <= {RATE, STEPS} and _may_go_on(job, wanted, changed):
        return [_new_run(job, wanted, changed, LARGE), _go_on(job, wanted, changed)]
    words = f"For the next run: {change_words(job, wanted, changed)}. This one goes on as it is."
    return [Offer("new", "New run", words)]


def _for_a_run_at_rest(job: Job) -> list[Offer]:
    """A cure after a divergence; after overfitting, the best moment's weights or the latest."""
    run = job.run
    if run is None:
        return []
    if run.stopped and run.cure is not None:
        rate, clip = setting_text(RATE, run.cure.learning_rate), run.cure.clip_norm
        label = f"Set the rate to {rate}"
        if clip != job.config.clip_norm:
            label += f", clip at {setting_text('clip_norm', clip)}"
        return [Offer("cure", label, "Worth a try after this divergence. Then: New run.", MAIN)]
    if not _overfits(run):
        return []
    best = f"step {run.best_moment.step:,}"
    if state.USE_BEST.get():
        label = f"Use the latest weights (step {run.kept_step:,})"
        return [Offer("latest", label, f"Names and pictures are of the best moment, {best}.")]
    words = "It was chosen for its low held-out loss, so that loss is a little too good."
    return [Offer("best", f"Use the best moment ({best})", words)]


def _overfits(run: Run) -> bool:
    from dino.metrics import overfitting  # it needs numpy

    return overfitting(run) is not None


def _new_run(job: Job, wanted: Config, changed: Sequence[str], weight: str = MAIN) -> Offer:
    """From an untrained network, with the settings as shown."""
    if set(changed) <= {RATE, STEPS}:
        at = f" at {_rate(wanted)}" if RATE in changed else ""
        steps = f", {wanted.max_steps:,} steps long" if STEPS in changed else ""
        words = f"A fresh network that learns{at}{steps}."
        return Offer("new", f"New run{_at(wanted, changed)}", words, weight)
    words = f"A fresh network: {change_words(job, wanted, changed)}."
    return Offer("new", "New run", words, weight)


def _go_on(job: Job, wanted: Config, changed: Sequence[str]) -> Offer:
    """The same weights, with another rate or up to another number of steps."""
    if RATE not in changed:
        words = f"Training goes on from these weights, up to step {wanted.max_steps:,}."
    else:
        upto = f", up to step {wanted.max_steps:,}" if STEPS in changed else ""
        words = (
            f"Training goes on from these weights at {_rate(wanted)}{upto}: one run, more "
            "than one rate."
        )
    return Offer("continue", f"Continue{_at(wanted, changed, to=True)}", words)


def _last_run(job: Job) -> Offer:
    """On with the run as it was, whatever the controls show."""
    config, action = job.config, "extend" if job.done else "play"
    own = f"{CELLS[config.cell]} {config.hidden_size}, {job.learning_rate:g}"
    words = f"{config.max_steps:,} steps more, with its own settings."
    if not job.done and job.run is not None:
        words = f"On from step {job.run.step:,}, with its own settings."
    return Offer(action, f"Continue the last run ({own})", words, SMALL)


def _may_go_on(job: Job, wanted: Config, changed: Sequence[str]) -> bool:
    """Whether the run has not yet made as many steps as are wanted."""
    return STEPS not in changed or (job.run is not None and wanted.max_steps > job.run.step)


def _at(wanted: Config, changed: Sequence[str], to: bool = False) -> str:
    """The rate and the steps in a button's words."""
    steps = f"{wanted.max_steps:,} steps"
    if RATE not in changed:
        return f" to {steps}" if to else f" of {steps}"
    return f" at {_rate(wanted)}" + (f", {steps}" if STEPS in changed else "")


def _rate(wanted: Config) -> str:
    return setting_text(RATE, wanted.learning_rate)


def change_words(job: Job, wanted: Config, changed: Sequence[str]) -> str:
    """What the run has and what is wanted instead, setting by setting."""
    own = job.config.as_dict() | {RATE: job.learning_rate}
    return "; ".join(
        f"names {job.corpus.title} → {chosen_list.choice().title}"
        if name == "names"
        else f"{SETTINGS[name].label.lower()} {setting_text(name, own[name])} → "
        f"{setting_text(name, getattr(wanted, name))}"
        for name in changed
    )
