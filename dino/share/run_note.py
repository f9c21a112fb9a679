"""The header of a saved run, its fields checked one by one."""

from __future__ import annotations

from typing import Any, NamedTuple

from dino.config import SETTINGS, Config
from dino.data import Vocab
from dino.history import Evaluation
from dino.lists import END
from dino.locale.sentences import Refusal, sentence
from dino.run import MOST_STEPS, Thinning
from dino.sample import LONGEST
from dino.share.fields import Fields, choice, integer, refusal_of
from dino.share.saved_list import SavedList

FORMAT = 1  # of the file; another number for each change that this version could not read
MOST_MOMENTS, MOST_ENGINES = 100, 100
MOST_NAMES = 10  # of a moment
CUT = "…"  # after a name that did not end
VERSION_LETTERS = 40
MOST_LOSS = 1e9  # nats per symbol


class LeftOut(NamedTuple):
    """What did not fit: how many moments lost their weights, whether the last good weights did,
    whether all that training on needs did.
    """

    moments: int = 0
    good: bool = False
    training: bool = False


class Noted(NamedTuple):
    """A moment as the header has it, and whether the file has weights for it."""

    step: int
    val_loss: float
    names: tuple[str, ...]
    has_weights: bool


class Stopped(NamedTuple):
    """A divergence: at which step and loss, which step's weights were put back, the rate to try."""

    step: int
    loss: float
    kept_step: int
    cure: float


class Training(NamedTuple):
    """What training on needs besides arrays; shared: whether the good point's are the present."""

    kernels_from: int | None
    watch_from: int
    good_step: int
    good: Evaluation
    shared: bool


class Note(NamedTuple):
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
    stopped: Stopped | None
    thinning: Thinning | None
    moments: tuple[Noted, ...]
    best: Noted | None
    latest: Noted | None
    training: Training | None
    left_out: LeftOut


def read_note(found: Any) -> Note:
    """The header of a file, from its JSON. Raises Refusal."""
    fields = Fields(found)
    _check_format(fields)
    versions = fields.fields("versions")
    libraries = {key: versions.line(key, VERSION_LETTERS) for key in ("dino", "torch", "numpy")}
    versions.end()
    config = _read_config(fields.fields("settings"))
    listed = SavedList.read(fields.fields("list"))
    note = Note(
        versions=libraries,
        config=config,
        listed=listed,
        max_steps=fields.integer("max_steps", MOST_STEPS, 1),
        names_seen=fields.integer("names_seen", 512 * MOST_STEPS),
        seconds=fields.number("seconds"),
        clipped=fields.integer("clipped", MOST_STEPS),
        moved=fields.number("moved"),
        recurrent_moved=fields.number("recurrent_moved"),
        carried_loss=None if fields.is_none("carried_loss") else fields.loss("carried_loss"),
        engines=_read_engines(fields.items("engines", MOST_ENGINES)),
        stopped=None if fields.is_none("stopped") else _read_stopped(fields.fields("stopped")),
        thinning=None if fields.is_none("thinning") else _read_thinning(fields.fields("thinning")),
        moments=tuple(
            _read_moment(Fields(each, "moments"), listed.vocab)
            for each in fields.items("moments", MOST_MOMENTS)
        ),
        best=None if fields.is_none("best") else _read_moment(fields.fields("best"), listed.vocab),
        latest=_read_latest(fields, listed.vocab),
        training=None if fields.is_none("training") else _read_training(fields.fields("training")),
        left_out=_read_left_out(fields.fields("left_out")),
    )
    fields.end()
    if config.exam != bool(listed.exam):
        rule = sentence("0 without a final exam, and above 0 with one")
        raise refusal_of("list.exam", listed.exam, rule)
    if note.training is not None and note.thinning is not None:
        raise refusal_of("thinning", note.thinning, sentence("empty in a run that trains on"))
    return note


def _check_format(fields: Fields) -> None:
    """Raises Refusal for a file of a later version."""
    found = fields.integer("format", 1_000, 1)
    if found > FORMAT:
        raise Refusal(
            sentence(
                "This version of the app reads saved runs of format {known}; this file has format "
                "{found}. Open it with a newer version.",
                known=FORMAT,
                found=found,
            )
        )


def _read_config(fields: Fields) -> Config:
    """The recipe. A setting that an older version did not have is as it is by default."""
    values = {}
    for name, setting in SETTINGS.items():
        if not fields.has(name):
            continue
        value = fields.take(name)
        kinds = (int, float) if setting.kind is float else (setting.kind,)
        if type(value) not in kinds:
            raise refusal_of(fields.name(name), value, setting.rule())
        values[name] = setting.parse(fields.name(name), value)
    fields.end()
    return Config(**values)


def _read_engines(items: list[Any]) -> tuple[tuple[int, str], ...]:
    """Pairs of a step and an engine, in their order."""
    found: list[tuple[int, str]] = []
    for item in items:
        if not isinstance(item, list) or len(item) != 2:
            raise refusal_of("engines", item, sentence("a list of pairs, a step and an engine"))
        least = found[-1][0] if found else 0
        step = integer(item[0], "engines", MOST_STEPS, least)
        found.append((step, choice(item[1], "engines", ("torch", "compiled"))))
    return tuple(found)


def _read_stopped(fields: Fields) -> Stopped:
    limits = SETTINGS["learning_rate"]
    found = Stopped(
        step=fields.integer("step", MOST_STEPS),
        loss=fields.loss("loss"),
        kept_step=fields.integer("kept_step", MOST_STEPS),
        cure=fields.number("cure", limits.low, limits.high),
    )
    fields.end()
    return found


def _read_thinning(fields: Fields) -> Thinning:
    found = Thinning(
        stretch=fields.integer("stretch", MOST_STEPS, 2),
        step=fields.integer("step", MOST_STEPS),
        train_loss=None if fields.is_none("train_loss") else fields.loss("train_loss"),
    )
    if found.stretch & (found.stretch - 1):
        raise refusal_of("thinning.stretch", found.stretch, sentence("a power of two"))
    fields.end()
    return found


def _read_moment(fields: Fields, vocab: Vocab) -> Noted:
    found = Noted(
        step=fields.integer("step", MOST_STEPS),
        val_loss=fields.number("val_loss", high=MOST_LOSS),
        names=tuple(_read_name(each, vocab) for each in fields.items("names", MOST_NAMES)),
        has_weights=fields.flag("weights"),
    )
    fields.end()
    return found


def _read_latest(fields: Fields, vocab: Vocab) -> Noted | None:
    """The newest names between two moments; a file of an older version has none."""
    return _read_moment(fields.fields("latest"), vocab) if fields.has("latest") else None


def _read_name(found: Any, vocab: Vocab) -> str:
    """A name that a network wrote: letters of its vocabulary, and a sign where it was cut off."""
    letters = found.removesuffix(CUT) if isinstance(found, str) else END
    if END in letters or not set(letters) <= vocab.index.keys() or len(letters) > LONGEST:
        rule = sentence("at most {most:,} letters of the vocabulary", most=LONGEST)
        raise refusal_of("names", found, rule)
    return str(found)


def _read_training(fields: Fields) -> Training:
    good = fields.fields("good")
    carried = None if good.is_none("carried_loss") else good.loss("carried_loss")
    found = Training(
        kernels_from=None
        if fields.is_none("kernels_from")
        else fields.integer("kernels_from", MOST_STEPS),
        watch_from=fields.integer("watch_from", MOST_STEPS),
        good_step=good.integer("step", MOST_STEPS),
        good=Evaluation(good.loss("val_loss"), good.loss("train_eval_loss"), carried),
        shared=good.flag("shared"),
    )
    good.end()
    fields.end()
    return found


def _read_left_out(fields: Fields) -> LeftOut:
    found = LeftOut(
        moments=fields.integer("moments", MOST_MOMENTS),
        good=fields.flag("good"),
        training=fields.flag("training"),
    )
    fields.end()
    return found
