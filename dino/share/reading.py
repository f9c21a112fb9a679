"""What a report claims, read from its facts.

    read_facts(bytes of a report) -> Facts

A report comes from outside: of it only one block of JSON is read, bounded in size and depth, and
every value is checked. Nothing in it is run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from dino.config import SETTINGS, Config, quoted
from dino.locale.sentences import Refusal
from dino.run import MOST_RATES, MOST_STEPS
from dino.share.facts import CLOSING, CURVE_POINTS, FORMAT, LIMITS, OPENING, VERSION, Words
from dino.share.json_depth import json_depth

MOST_BYTES = 600_000  # of a report that is read; those that are written have half of it
MOST_DEPTH = 8
# Figures of a run that are one number each, in nats per symbol, and what the report calls them.
FIGURES = {
    "val_loss": "held out, in the end",
    "best_val_loss": "held out, lowest",
    "train_eval_loss": "training, evaluated as held out is",
    "train_loss": "training, mean of the last 50 steps",
}


class Curve(NamedTuple):
    """Losses in nats per symbol after some steps; None where one was no number."""

    steps: tuple[int, ...]
    val_losses: tuple[float | None, ...]
    train_eval_losses: tuple[float | None, ...]


@dataclass(frozen=True, eq=False)
class Facts:
    """What a report claims, with values of the right types within the app's limits.

    fingerprint: of the list's names; removed: the places of those that were taken out.
    figures: by the names in `FIGURES`; without train_loss where the report lacks it.
    seconds: of training, by the clock of who made the report.
    exam_loss: on the final exam, nats per symbol; None where it was not opened.
    claims: all of the JSON. date: year-month-day, '' where an older report has none.
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

    @property
    def kernels_from(self) -> int | None:
        """The step from which on the compiled engine made the updates, if it did."""
        return next((step for step, name in self.engines if name == "compiled"), None)


def read_facts(raw: bytes) -> Facts:
    """What a report claims. Raises Refusal, with one sentence, for anything else."""
    return facts_from(read_claims(raw))


def read_claims(raw: bytes) -> dict[str, Any]:
    """All of the JSON of a report, of whatever kind, unchecked. Raises Refusal."""
    return _parse(_find_block(raw))


def facts_from(claims: Mapping[str, Any]) -> Facts:
    """The claims of the report of a run, checked. Raises Refusal, with one sentence."""
    if claims.get("format") != FORMAT:
        raise Refusal("Its facts are not those of a report of Dino.")
    check_version(claims, VERSION)
    listed = value_of(claims, "list", dict)
    steps = count_of(claims, "steps", MOST_STEPS)
    return Facts(
        words=read_words(claims),
        config=read_config(value_of(claims, "config", dict)),
        fingerprint=value_of(listed, "fingerprint", str),
        removed=read_removed(value_of(listed, "removed", str)),
        steps=steps,
        learning_rates=_read_rates(value_of(claims, "learning_rates", list), steps),
        engines=_read_engines(value_of(claims, "engines", list), steps),
        figures=_read_figures(claims),
        best_step=count_of(claims, "best_step", steps),
        curve=_read_curve(value_of(claims, "curve", dict), steps),
        baselines=_read_baselines(value_of(claims, "baselines", dict)),
        exam_loss=_read_exam(claims),
        seconds=loss_of(claims.get("seconds"), "seconds") or 0.0,
        claims=claims,
        date=read_date(claims),
    )


def _read_figures(claims: Mapping[str, Any]) -> dict[str, float | None]:
    names = [name for name in FIGURES if name != "train_loss" or name in claims]
    return {name: loss_of(claims.get(name), f"the loss “{FIGURES[name]}”") for name in names}


def check_version(claims: Mapping[str, Any], version: int) -> None:
    """Raises Refusal for a report of another version than the one that is read."""
    if claims.get("version") != version:
        raise Refusal(
            f"This Dino reads version {version} of reports; this one has version "
            f"{quoted(claims.get('version'))}. Use the Dino that made it."
        )


def read_words(claims: Mapping[str, Any]) -> Words:
    """What was typed for a report. Raises Refusal for a text that is too long."""
    return Words(**{name: replace_half_letters(value_of(claims, name, str)) for name in LIMITS})


def read_date(claims: Mapping[str, Any]) -> str:
    """When the report says that it was made, year-month-day; '' where it does not say."""
    date = claims.get("date", "")
    if type(date) is not str or not re.fullmatch("([0-9]{4}-[0-9]{2}-[0-9]{2})?", date):
        raise Refusal(f"date is year-month-day; {quoted(date)} is not.")
    return date


def replace_half_letters(text: str) -> str:
    """The text with ? for what is half a letter (a lone surrogate), which no file can hold."""
    return text.encode("utf-8", "replace").decode()


def _find_block(raw: bytes) -> str:
    """The JSON in a report."""
    if len(raw) > MOST_BYTES:
        raise Refusal(f"A report has at most {MOST_BYTES:,} bytes; this file has more.")
    parts = raw.split(OPENING.encode())
    if len(parts) != 2 or CLOSING.encode() not in parts[1]:
        raise Refusal("It has no block of facts, or more than one: it is no report of Dino.")
    try:
        return parts[1].partition(CLOSING.encode())[0].decode("ascii")
    except UnicodeDecodeError:
        raise Refusal("Its facts are not plain JSON: the file was changed.") from None


def _parse(text: str) -> dict[str, Any]:
    """JSON as plain values; no key twice, no NaN, bounded depth."""
    if json_depth(text) > MOST_DEPTH:
        raise Refusal(f"Its facts are nested more than {MOST_DEPTH} deep.")
    try:
        found = json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_no_constant)
    except Refusal:
        raise
    except (ValueError, RecursionError):
        raise Refusal("Its facts are not valid JSON: the file was changed or cut off.") from None
    if not isinstance(found, dict):
        raise Refusal("Its facts are not valid JSON: an object is missing.")
    return found


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Refusal("Its facts have a key twice.")
    return found


def _no_constant(name: str) -> None:
    raise Refusal(f"Its facts have a number that JSON does not know: {name}.")


def value_of(claims: Mapping[str, Any], name: str, kind: type) -> Any:
    """A value of this type."""
    value = claims.get(name)
    if type(value) is not kind:
        raise Refusal(f"Its facts lack {name}, or it is of another type than a report's.")
    return value


def count_of(claims: Mapping[str, Any], name: str, most: int) -> int:
    """A whole number from 0 to `most`."""
    value: int = value_of(claims, name, int)
    if not 0 <= value <= most:
        raise Refusal(f"{name} is a whole number from 0 to {most:,}; {quoted(value)} is not.")
    return value


def loss_of(value: Any, name: str) -> float | None:
    """A finite number, or None where it was none."""
    if value is None:
        return None
    if type(value) not in (int, float) or not abs(value) < 1e9:
        raise Refusal(f"{name[0].upper()}{name[1:]} is a number; {quoted(value)} is not.")
    return float(value)


def read_config(values: dict[str, Any]) -> Config:
    """The recipe; settings that it lacks are as at first."""
    unknown = [name for name in values if name not in SETTINGS]
    if unknown:
        raise Refusal(f"Its recipe has a setting that this Dino lacks: {quoted(unknown[0])}.")
    return Config(**values)


def read_removed(text: str) -> tuple[int, ...]:
    """The places of the ones in a number that is written in base 16."""
    if not re.fullmatch("[0-9a-f]{1,12500}", text):
        raise Refusal("Its list of removed names is none.")
    bits = format(int(text, 16), "b")[::-1]
    return tuple(place for place, bit in enumerate(bits) if bit == "1")


def _pairs(values: list[Any], steps: int, most: int, what: str) -> list[tuple[int, Any]]:
    """(step, value) pairs with growing steps."""
    is_right = len(values) <= most and all(type(it) is list and len(it) == 2 for it in values)
    places = [it[0] for it in values] if is_right else [-1]
    is_growing = all(type(p) is int and 0 <= p <= steps for p in places) and all(
        one < other for one, other in zip(places, places[1:], strict=False)
    )
    if not is_growing:
        raise Refusal(f"{what} are pairs of a step and a value, at most {most:,}; these are not.")
    return [(step, value) for step, value in values]


def _read_rates(values: list[Any], steps: int) -> tuple[tuple[int, float], ...]:
    pairs = _pairs(values, steps, MOST_RATES, "learning_rates")
    if not pairs or pairs[0][0] != 0:
        raise Refusal("learning_rates begin with that of step 0; these do not.")
    rate = SETTINGS["learning_rate"]
    return tuple((step, rate.parse("learning_rate", value)) for step, value in pairs)


def _read_engines(values: list[Any], steps: int) -> tuple[tuple[int, str], ...]:
    pairs = _pairs(values, steps, 2, "engines")
    names = [name for _, name in pairs]
    known = names in ([], ["torch"], ["compiled"], ["torch", "compiled"])
    if not known or any(step for step, _ in pairs[:1]) or bool(pairs) != bool(steps):
        raise Refusal("engines are torch or compiled from step 0 on, or compiled after torch.")
    return tuple(pairs)


def _read_curve(claims: dict[str, Any], steps: int) -> Curve:
    places = value_of(claims, "steps", list)
    _pairs([[place, None] for place in places], steps, CURVE_POINTS + 1, "the points of the curve")
    losses = [
        tuple(loss_of(loss, "a loss of the curve") for loss in value_of(claims, name, list))
        for name in Curve._fields[1:]
    ]
    if any(len(curve) != len(places) for curve in losses):
        raise Refusal("The curves of its facts have different lengths.")
    return Curve(tuple(places), *losses)


def _read_exam(claims: Mapping[str, Any]) -> float | None:
    """The loss on the final exam; None where it was not opened, as in older reports."""
    if claims.get("exam") is None:
        return None
    return loss_of(value_of(claims, "exam", dict).get("loss"), "the loss on the final exam")


def _read_baselines(claims: dict[str, Any]) -> dict[str, float]:
    if len(claims) > 20:
        raise Refusal("Its facts have more baselines than there are.")
    found = {name: loss_of(loss, "a baseline") for name, loss in claims.items()}
    return {name: loss for name, loss in found.items() if loss is not None}
