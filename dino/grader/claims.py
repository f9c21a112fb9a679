"""What the report of a run claims, read from its facts, and what all reports are read with.

    run_claims(read_claims(bytes of a report)) -> RunClaims

A report comes from outside. Only one block of JSON is read from it, bounded in size and depth, and
every value is checked. Nothing in it is run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from dino.config import SETTINGS, Config, quoted
from dino.locale.sentences import Refusal
from dino.mix import PARTNERS, Mix
from dino.outside import (
    TEXT,
    Document,
    Fields,
    Rule,
    list_of,
    one_of,
    or_none,
    read_json,
    read_recipe,
    real,
    row_of,
    whole,
)
from dino.reports.facts import CLOSING, CURVE_POINTS, FORMAT, LIMITS, OPENING, VERSION, Words
from dino.run import MOST_RATES, MOST_STEPS

MOST_BYTES = 600_000  # of a report that is read; those that the app writes have half of it
T = TypeVar("T")
# Figures of a run that are one number each, in nats per symbol, and the report's names for them.
FIGURES = {
    "val_loss": "held out, at the end",
    "best_val_loss": "held out, lowest",
    "train_eval_loss": "training, evaluated like the held-out loss",
    "train_loss": "training, mean of the last 50 updates",
}
# Figures of a network that is read together with counting, and the words for them.
TOGETHER = {
    "loss": "its loss",
    "below_network": "below the network by",
    "below_network_error": "below the network, ±",
    "below_counting": "below counting by",
    "below_counting_error": "below counting, ±",
    "exam_loss": "its loss on the final exam",
}
CURVES = {"val_losses": "held out", "train_eval_losses": "training, evaluated"}
REPORT = Document(
    "The block of facts in a report",
    MOST_BYTES,
    "Ask for the file as the app made it.",
    labels={
        **{name: f"The loss “{label}”" for name, label in FIGURES.items()},
        **{f"curve.{name}": f"The curve “{label}”" for name, label in CURVES.items()},
        "exam.loss": "The loss on the final exam",
        "together.loss": "The loss “together with counting”",
        "together.exam_loss": "The loss on the final exam together with counting",
    },
)
LOSS = or_none(real(-1e9, 1e9))  # null if it was not finite
DATE = Rule(
    "year-month-day",
    lambda it: (
        isinstance(it, str) and re.fullmatch("([0-9]{4}-[0-9]{2}-[0-9]{2})?", it) is not None
    ),
    str,
)
REMOVED = Rule(
    "a number in base 16 of at most 12,500 digits",
    lambda it: isinstance(it, str) and re.fullmatch("[0-9a-f]{1,12500}", it) is not None,
    lambda it: ones_in(int(it, 16)),
)
MIX = Rule(
    f"one of {', '.join(PARTNERS)}, with a share from 0 to 1 (such as sixes:0.5), or null",
    lambda it: it is None or _is_mix(it),
    lambda it: None if it is None else Mix.from_text(it),
)
BASELINES = Rule(
    "an object of at most 20 losses",
    lambda it: isinstance(it, dict) and len(it) <= 20 and all(map(LOSS.fits, it.values())),
    lambda it: {name: float(loss) for name, loss in it.items() if loss is not None},
)


def _is_mix(text: Any) -> bool:
    try:
        return isinstance(text, str) and Mix.from_text(text).text == text
    except Refusal:
        return False


class Curve(NamedTuple):
    """Losses in nats per symbol after some steps; None for one that was not finite."""

    steps: tuple[int, ...]
    val_losses: tuple[float | None, ...]
    train_eval_losses: tuple[float | None, ...]


@dataclass(frozen=True, eq=False)
class RunClaims:
    """What the report of a run claims, with values of the right types within the app's limits.

    fingerprint: of the list's names; removed: the places of those that were taken out
    figures: by the names in `FIGURES`; without train_loss if the report lacks it, and with together
    if its network is also read so
    seconds: of training, by the clock of whoever made the report
    exam_loss: on the final exam, nats per symbol; None if it was not opened
    claims: all of the JSON; date: year-month-day, '' if an older report has none
    mix: what its network is read together with, if it is; together: the figures of that, by the
    names in `TOGETHER`; of figures that are not finite, None
    """

    words: Words
    config: Config
    fingerprint: str
    removed: tuple[int, ...]
    steps: int
    learning_rates: tuple[tuple[int, float], ...]
    engines: tuple[tuple[int, str], ...]
    figures: Mapping[str, float | None]
    best_step: int
    curve: Curve
    baselines: Mapping[str, float]
    seconds: float
    exam_loss: float | None
    claims: Mapping[str, Any]
    date: str = ""
    mix: Mix | None = None
    together: Mapping[str, float | None] = field(default_factory=dict)

    @property
    def kernels_from(self) -> int | None:
        """The step from which on the compiled engine made the updates, if it did."""
        return next((step for step, name in self.engines if name == "compiled"), None)


def ones_in(number: int) -> tuple[int, ...]:
    """The places of the ones in a number's binary form."""
    bits = format(number, "b")[::-1]
    return tuple(place for place, bit in enumerate(bits) if bit == "1")


def read_claims(raw: bytes) -> dict[str, Any]:
    """All of the JSON of a report, of any kind, unchecked. Raises Refusal."""
    claims = read_json(_find_block(raw), REPORT)
    Fields(claims, REPORT)
    return dict(claims)


def run_claims(claims: Mapping[str, Any]) -> RunClaims:
    """The claims of a run's report, checked. Raises Refusal, with one sentence."""
    fields = Fields(claims, REPORT)
    if claims.get("format") != FORMAT:
        raise Refusal("Its facts are not from a report of Dino.")
    check_version(claims, VERSION)
    names, steps = fields.fields("list"), fields.take("steps", whole(MOST_STEPS))
    together = _read_together(fields)
    return RunClaims(
        words=read_words(fields),
        config=read_recipe(fields.fields("config")),
        fingerprint=names.take("fingerprint", TEXT),
        removed=names.take("removed", REMOVED),
        steps=steps,
        learning_rates=_read_rates(fields, steps),
        engines=_read_engines(fields, steps),
        figures={
            name: fields.maybe(name, LOSS, None)
            for name in FIGURES
            if name != "train_loss" or name in claims
        }
        | ({"together": together["loss"]} if together else {}),
        best_step=fields.take("best_step", whole(steps)),
        curve=_read_curve(fields.fields("curve"), steps),
        baselines=fields.take("baselines", BASELINES),
        exam_loss=fields.optional("exam", read_loss, older=True),
        seconds=fields.maybe("seconds", LOSS, None) or 0.0,
        claims=claims,
        date=fields.maybe("date", DATE, ""),
        mix=fields.maybe("mix", MIX, None),
        together=together,
    )


def _find_block(raw: bytes) -> bytes:
    """The JSON in a report."""
    if len(raw) > MOST_BYTES:
        raise Refusal(f"A report has at most {MOST_BYTES:,} bytes. This file has more.")
    parts = raw.split(OPENING.encode())
    if len(parts) != 2 or CLOSING.encode() not in parts[1]:
        raise Refusal("It has no block of facts, or more than one, so it is not a report of Dino.")
    block = parts[1].partition(CLOSING.encode())[0]
    if not block.isascii():
        raise Refusal("Its facts are not plain JSON, so the file was changed.")
    return block


def check_version(claims: Mapping[str, Any], version: int) -> None:
    """Raise Refusal for a report of another version than the one that is read."""
    if claims.get("version") != version:
        raise Refusal(
            f"This Dino reads version {version} of reports. This report has version "
            f"{quoted(claims.get('version'))}. Use the Dino that made it."
        )


def read_words(fields: Fields) -> Words:
    """What was typed for a report. Raises Refusal for a text that is too long."""
    return Words(**{name: fields.take(name, TEXT) for name in LIMITS})


def _by_step(fields: Fields, key: str, steps: int, rule: Rule[T], most: int) -> list[tuple[int, T]]:
    """Pairs of a step and a value, in the order of growing steps."""
    pairs: list[tuple[int, T]] = fields.take(key, list_of(row_of(whole(steps), rule), most))
    _check_growth(fields, key, [step for step, _ in pairs])
    return pairs


def _check_growth(fields: Fields, key: str, steps: list[int]) -> None:
    if steps != sorted(set(steps)):
        raise fields.refusal_of(key, steps, "in the order of their steps")


def _read_rates(fields: Fields, steps: int) -> tuple[tuple[int, float], ...]:
    limits = SETTINGS["learning_rate"]
    pairs = _by_step(fields, "learning_rates", steps, real(limits.low, limits.high), MOST_RATES)
    if not pairs or pairs[0][0] != 0:
        raise Refusal("learning_rates must begin with that of step 0.")
    return tuple(pairs)


def _read_engines(fields: Fields, steps: int) -> tuple[tuple[int, str], ...]:
    pairs = _by_step(fields, "engines", steps, one_of(("torch", "compiled")), 2)
    names = [name for _, name in pairs]
    known = names in ([], ["torch"], ["compiled"], ["torch", "compiled"])
    if not known or any(step for step, _ in pairs[:1]) or bool(pairs) != bool(steps):
        raise Refusal("engines must be torch or compiled from step 0 on, or compiled after torch.")
    return tuple(pairs)


def _read_curve(fields: Fields, steps: int) -> Curve:
    places = fields.take("steps", list_of(whole(steps), CURVE_POINTS + 1))
    _check_growth(fields, "steps", places)
    losses = [tuple(fields.take(name, list_of(LOSS, len(places)))) for name in Curve._fields[1:]]
    if any(len(curve) != len(places) for curve in losses):
        raise Refusal("The curves of its facts have different lengths.")
    return Curve(tuple(places), *losses)


def _read_together(fields: Fields) -> dict[str, float | None]:
    """The figures of both sides together; none if the network is not read so."""
    if fields.maybe("mix", MIX, None) is None:
        return {}
    table = fields.fields("together")
    known = (name for name in TOGETHER if name != "exam_loss" or name in table)
    return {name: table.take(name, LOSS) for name in known}


def read_loss(exam: Fields) -> float | None:
    """The loss of an object that has one, or None."""
    return exam.maybe("loss", LOSS, None)
