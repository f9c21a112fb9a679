"""What the Lab offers for a run: a new one, more training, a cure, its best moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from dino.config import SETTINGS, Config
from dino.live.status_text import long_run_sentences
from dino.ui import chosen_list, state
from dino.ui.language import put, say
from dino.ui.text import in_a_line, setting_text

if TYPE_CHECKING:
    from dino.jobs import RunHandle
    from dino.run import Cure, Run

MAIN, LARGE, SMALL = "main", "large", "small"  # looks of a button; the first two have one size
MOST_CHANGES = 2  # changes that are told beside a button, where two lines have room
RATE, STEPS = "learning_rate", "max_steps"


class Offer(NamedTuple):
    """A button, its sentence and its look. action: a key of `run_buttons.ACTIONS`."""

    action: str
    label: str
    words: str
    weight: str = LARGE
    pressed: bool | None = None  # for a button that stays pressed


def offers(job: RunHandle, wanted: Config, changed: Sequence[str]) -> list[Offer]:
    """At most two offers. changed: the settings that `changes` gives for `wanted`."""
    if not job.trained and not job.failed:
        return []  # a change replaces an untrained network at once
    if job.running and not job.stepping:  # else it rests at once
        return _while_it_trains(job, wanted, changed)
    if job.phase == "kept" and not changed:
        words = say(
            "Trains the same recipe from the start, because this run can no longer be continued."
        )
        return [Offer("new", say("New run"), words, MAIN)]
    if not changed:
        return _for_a_run_at_rest(job)
    if job.failed or job.phase == "kept":
        return [_new_run(job, wanted, changed)]
    if not set(changed) - {RATE, STEPS} and _may_go_on(job, wanted, changed):
        return [_new_run(job, wanted, changed), _go_on(job, wanted, changed)]
    return [_new_run(job, wanted, changed), _last_run(job)]


def changes(job: RunHandle, wanted: Config, others: Sequence[str]) -> list[str]:
    """All settings in which the controls differ from a run: `others`, the rate and the steps.

    The steps count only if they differ from the recipe's and from those that the run was given
    later.
    """
    found = [name for name in others if name not in (RATE, STEPS)]
    if wanted.learning_rate != job.learning_rate:
        found.append(RATE)
    allowed = {job.config.max_steps, job.run.max_steps if job.run else job.config.max_steps}
    if wanted.max_steps not in allowed:
        found.append(STEPS)
    return found


def _while_it_trains(job: RunHandle, wanted: Config, changed: Sequence[str]) -> list[Offer]:
    """A new rate acts at once. Any other change is for another run."""
    if not set(changed) - {RATE}:
        return []
    if set(changed) <= {RATE, STEPS} and _may_go_on(job, wanted, changed):
        return [_new_run(job, wanted, changed, LARGE), _go_on(job, wanted, changed)]
    words = say(
        "For the next run: {changes}. This one keeps its settings.",
        changes=change_words(job, wanted, changed),
    )
    return [Offer("new", say("New run"), words)]


def _for_a_run_at_rest(job: RunHandle) -> list[Offer]:
    """After a divergence, offer a cure. After overfitting, offer the best moment's weights or the
    latest.
    """
    run = job.run
    if run is None:
        return []
    if run.stopped and run.cure is not None:
        words = say("This may prevent another divergence. Then press New run.")
        return [Offer("cure", _cure_label(job, run.cure), words, MAIN)]
    if not _overfits(run, len(job.corpus.val)):
        return []
    best = run.best_moment.step
    if state.USE_BEST.get():
        label = say("Use the latest weights (update {step:,})", step=run.kept_step)
        words = say("Names and pictures show the best moment, update {step:,}.", step=best)
        return [Offer("latest", label, words)]
    words = say(
        "That update was chosen for its low held-out loss (early stopping), so on new names the "
        "loss would tend to be a little higher."
    )
    return [Offer("best", say("Use the best moment (update {step:,})", step=best), words)]


def _cure_label(job: RunHandle, cure: Cure) -> str:
    """The label of the button that puts a cure on the controls."""
    rate, clip = setting_text(RATE, cure.learning_rate), setting_text("clip_norm", cure.clip_norm)
    if cure.clip_norm == job.config.clip_norm:
        return say("Set the rate to {rate}", rate=rate)
    return say("Set the rate to {rate}, clip at {norm}", rate=rate, norm=clip)


def _overfits(run: Run, names: int) -> bool:
    from dino.metrics import overfitting  # loads numpy

    return overfitting(run, names) is not None


def _new_run(job: RunHandle, wanted: Config, changed: Sequence[str], weight: str = MAIN) -> Offer:
    """Offer an untrained network with the settings on the controls."""
    if not set(changed) <= {RATE, STEPS}:
        words = say("A new network: {changes}.", changes=change_words(job, wanted, changed))
        return Offer("new", say("New run"), _with_time(job, wanted, words), weight)
    rate, steps = _rate(wanted), wanted.max_steps
    if STEPS not in changed:
        label = say("New run at rate {rate}", rate=rate)
        words = say("A new network that learns at rate {rate}.", rate=rate)
    elif RATE not in changed:
        label = say("New run of {steps:,} updates", steps=steps)
        words = say("A new network that learns for {steps:,} updates.", steps=steps)
    else:
        label = say("New run at rate {rate}, {steps:,} updates", rate=rate, steps=steps)
        words = say(
            "A new network that learns at rate {rate} for {steps:,} updates.",
            rate=rate,
            steps=steps,
        )
    return Offer("new", label, _with_time(job, wanted, words), weight)


def _with_time(job: RunHandle, wanted: Config, words: str) -> str:
    """If a run takes long, say so before the words on it."""
    return " ".join((*map(put, long_run_sentences(wanted, job.corpus)), words))


def _go_on(job: RunHandle, wanted: Config, changed: Sequence[str]) -> Offer:
    """Offer the same weights with another rate, or with more steps."""
    rate, steps = _rate(wanted), wanted.max_steps
    if RATE not in changed:
        label = say("Continue to {steps:,} updates", steps=steps)
        words = say("Training continues from these weights, up to update {steps:,}.", steps=steps)
    elif STEPS not in changed:
        label = say("Continue at rate {rate}", rate=rate)
        words = say(
            "Training continues from these weights at rate {rate}. The run then has more than one "
            "rate.",
            rate=rate,
        )
    else:
        label = say("Continue at rate {rate}, {steps:,} updates", rate=rate, steps=steps)
        words = say(
            "Training continues from these weights at rate {rate}, up to update {steps:,}. The run "
            "then has more than one rate.",
            rate=rate,
            steps=steps,
        )
    return Offer("continue", label, words)


def _last_run(job: RunHandle) -> Offer:
    """Offer to continue the run with its own settings, whatever the controls show."""
    config = job.config
    label = say(
        "Continue the last run ({cell} {units}, {rate})",
        cell=setting_text("cell", config.cell),
        units=config.hidden_size,
        rate=setting_text(RATE, job.learning_rate),
    )
    if job.done or job.run is None:
        words = say("{steps:,} more updates, with the run's settings.", steps=config.max_steps)
    else:
        words = say("From update {step:,}, with the run's settings.", step=job.run.step)
    return Offer("last", label, words, SMALL)


def _may_go_on(job: RunHandle, wanted: Config, changed: Sequence[str]) -> bool:
    """Whether the run has made fewer steps than wanted."""
    return STEPS not in changed or (job.run is not None and wanted.max_steps > job.run.step)


def _rate(wanted: Config) -> str:
    return setting_text(RATE, wanted.learning_rate)


def change_words(job: RunHandle, wanted: Config, changed: Sequence[str]) -> str:
    """A few settings of the run with the wanted values, and how many more differ."""
    own = job.config.as_dict() | {RATE: job.learning_rate}
    words = [_change(job, wanted, own, name) for name in changed[:MOST_CHANGES]]
    more = len(changed) - len(words)
    return "; ".join([*words, say("+ {count} more", count=more)] if more else words)


def _change(job: RunHandle, wanted: Config, own: Mapping[str, Any], name: str) -> str:
    if name == "names":
        return say(
            "names {old} → {new}", old=put(job.corpus.title), new=put(chosen_list.choice().title)
        )
    label = in_a_line(put(SETTINGS[name].label))
    return f"{label} {setting_text(name, own[name])} → {setting_text(name, getattr(wanted, name))}"
