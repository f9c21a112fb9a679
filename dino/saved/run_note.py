"""The header of a saved run, its fields checked one by one."""

from __future__ import annotations

import math
from functools import partial
from typing import Any, NamedTuple

from dino.config import SETTINGS, Config
from dino.data import Vocab
from dino.history import Evaluation
from dino.lists import END
from dino.locale.sentences import Refusal, sentence
from dino.outside import (
    FLAG,
    Fields,
    Rule,
    line,
    list_of,
    one_of,
    or_none,
    read_recipe,
    real,
    row_of,
    whole,
)
from dino.run import MOST_STEPS, Thinning
from dino.sample import LONGEST
from dino.saved.saved_list import SavedList
from dino.saved.tensors import RUN

FORMAT = 1  # of the file; changed when this version could not read the new files
MOST_MOMENTS, MOST_ENGINES = 100, 100
MOST_NAMES = 10  # of a moment
CUT = "…"  # after a name without an end mark
VERSION_LETTERS = 40
MOST_LOSS = 1e9  # nats per symbol
STEP = whole(MOST_STEPS)
NO_NUMBERS = {"nan": math.nan, "inf": math.inf}  # as the header writes them; JSON has neither
LOSS = Rule[float](  # not finite if a run diverged
    real().words,
    lambda it: real().fits(it) or (isinstance(it, str) and it in NO_NUMBERS),
    lambda it: NO_NUMBERS[it] if isinstance(it, str) else float(it),
)


class LeftOut(NamedTuple):
    """What did not fit: how many moments lost their weights, and whether the last good weights, and
    all that is needed to train on, were left out.
    """

    moments: int = 0
    good: bool = False
    training: bool = False


class NotedMoment(NamedTuple):
    """A moment from the header, and whether the file has weights for it."""

    step: int
    val_loss: float
    names: tuple[str, ...]
    has_weights: bool


class StopNote(NamedTuple):
    """A divergence: its step and loss, the step whose weights were put back, the rate to try."""

    step: int
    loss: float
    kept_step: int
    cure: float


class TrainingNote(NamedTuple):
    """What is needed to train on besides arrays; shared: whether the good point has the
    present weights.
    """

    kernels_from: int | None
    watch_from: int
    good_step: int
    good: Evaluation
    shared: bool


class RunNote(NamedTuple):
    """The header of a saved run, its fields checked one by one."""

    versions: dict[str, str]
    config: Config
    listed: SavedList
    max_steps: int
    names_seen: int
    seconds: float
    clipped: int
    moved: float
    recurrent_moved: float
    carried_loss: float | None
    engines: tuple[tuple[int, str], ...]
    stopped: StopNote | None
    thinning: Thinning | None
    moments: tuple[NotedMoment, ...]
    best: NotedMoment | None
    latest: NotedMoment | None
    training: TrainingNote | None
    left_out: LeftOut


def number_in_header(number: float | None) -> float | str | None:
    """A number as the header writes it, for `LOSS`."""
    if number is None or math.isfinite(number):
        return None if number is None else float(number)
    return "nan" if math.isnan(number) else "inf"


def read_note(found: Any) -> RunNote:
    """The header of a file, from its JSON. Raises Refusal."""
    fields = Fields(found, RUN)
    _check_format(fields)
    versions = fields.fields("versions")
    libraries = {
        key: versions.take(key, line(VERSION_LETTERS)) for key in ("dino", "torch", "numpy")
    }
    versions.end()
    config = read_recipe(fields.fields("settings"))
    listed = SavedList.read(fields.fields("list"))
    moment = partial(_read_moment, vocab=listed.vocab)
    note = RunNote(
        versions=libraries,
        config=config,
        listed=listed,
        max_steps=fields.take("max_steps", whole(MOST_STEPS, 1)),
        names_seen=fields.take("names_seen", whole(512 * MOST_STEPS)),
        seconds=fields.take("seconds", real()),
        clipped=fields.take("clipped", STEP),
        moved=fields.take("moved", real()),
        recurrent_moved=fields.take("recurrent_moved", real()),
        carried_loss=fields.take("carried_loss", or_none(LOSS)),
        engines=_read_engines(fields),
        stopped=fields.optional("stopped", _read_stopped),
        thinning=fields.optional("thinning", _read_thinning),
        moments=tuple(map(moment, fields.tables("moments", MOST_MOMENTS))),
        best=fields.optional("best", moment),
        latest=fields.optional("latest", moment, older=True),
        training=fields.optional("training", _read_training),
        left_out=_read_left_out(fields.fields("left_out")),
    )
    fields.end()
    if config.exam != bool(listed.exam):
        rule = sentence("0 without a final exam, and above 0 with one")
        raise RUN.refusal_of("list.exam", listed.exam, rule)
    if note.training is not None and note.thinning is not None:
        rule = sentence("empty in a run that can be trained further")
        raise RUN.refusal_of("thinning", note.thinning, rule)
    return note


def _check_format(fields: Fields) -> None:
    """Raise Refusal for a file of a later version."""
    found = fields.take("format", whole(1_000, 1))
    if found > FORMAT:
        raise Refusal(
            sentence(
                "This version of the app reads saved runs of format {known}, but this file has "
                "format {found}. Open it with a newer version.",
                known=FORMAT,
                found=found,
            )
        )


def _read_engines(fields: Fields) -> tuple[tuple[int, str], ...]:
    """Pairs of a step and an engine, in their order."""
    engine = one_of(("torch", "compiled"))
    pairs = fields.take("engines", list_of(row_of(STEP, engine), MOST_ENGINES))
    steps = [step for step, _ in pairs]
    if steps != sorted(steps):
        raise fields.refusal_of("engines", steps, sentence("in the order of their updates"))
    return tuple(pairs)


def _read_stopped(fields: Fields) -> StopNote:
    limits = SETTINGS["learning_rate"]
    found = StopNote(
        step=fields.take("step", STEP),
        loss=fields.take("loss", LOSS),
        kept_step=fields.take("kept_step", STEP),
        cure=fields.take("cure", real(limits.low, limits.high)),
    )
    fields.end()
    return found


def _read_thinning(fields: Fields) -> Thinning:
    found = Thinning(
        stretch=fields.take("stretch", whole(MOST_STEPS, 2)),
        step=fields.take("step", STEP),
        train_loss=fields.take("train_loss", or_none(LOSS)),
    )
    if found.stretch & (found.stretch - 1):
        raise fields.refusal_of("stretch", found.stretch, sentence("a power of two"))
    fields.end()
    return found


def _read_moment(fields: Fields, vocab: Vocab) -> NotedMoment:
    """A moment, and the names that the network wrote: letters of its vocabulary, and `CUT` after a
    name that was cut off.
    """

    def is_name(value: Any) -> bool:
        letters = value.removesuffix(CUT) if isinstance(value, str) else END
        return END not in letters and set(letters) <= vocab.index.keys() and len(letters) <= LONGEST

    words = sentence("at most {most:,} letters of the vocabulary", most=LONGEST)
    found = NotedMoment(
        step=fields.take("step", STEP),
        val_loss=fields.take("val_loss", real(high=MOST_LOSS)),
        names=tuple(fields.take("names", list_of(Rule(words, is_name, str), MOST_NAMES))),
        has_weights=fields.take("weights", FLAG),
    )
    fields.end()
    return found


def _read_training(fields: Fields) -> TrainingNote:
    good = fields.fields("good")
    losses = (good.take("val_loss", LOSS), good.take("train_eval_loss", LOSS))
    found = TrainingNote(
        kernels_from=fields.take("kernels_from", or_none(STEP)),
        watch_from=fields.take("watch_from", STEP),
        good_step=good.take("step", STEP),
        good=Evaluation(*losses, good.take("carried_loss", or_none(LOSS))),
        shared=good.take("shared", FLAG),
    )
    good.end()
    fields.end()
    return found


def _read_left_out(fields: Fields) -> LeftOut:
    found = LeftOut(
        moments=fields.take("moments", whole(MOST_MOMENTS)),
        good=fields.take("good", FLAG),
        training=fields.take("training", FLAG),
    )
    fields.end()
    return found
