"""Where a verdict and a bet's result are others than the losses of their report give, in words.

judge_verdict(claims, verdict_facts(verdict)) -> Finding      judge_result(claims, …) -> Finding

What is claimed may be any JSON: each value is compared by its type first.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TypeAlias

from dino.config import SETTINGS
from dino.locale.sentences import ENGLISH
from dino.share.experiment_reading import ExperimentClaims
from dino.share.judge import HOLDS, Finding, failure

NEAR = 1e-6  # nats: two computers that work out one verdict differ by less
MOST = 1e9  # of a number that a report has
Way: TypeAlias = "tuple[str | int, ...]"  # the keys and places that lead to a value
FIELDS = {
    "splits": "the number of splits",
    "seeds": "the number of seeds",
    "rates": "the best learning rates",
    "means": "the mean losses",
    "comparisons": "the number of differences",
    "clear": "how many differences are clear",
    "pairs": "the differences",
    "difference": "how much lower the first loss is",
    "error": "the standard error of the difference",
    "is_clear": "whether the difference is clear",
    "off": "how far off the bet was",
}
OF_LEVEL = {
    "rates": "which learning rate is the best of {level}",
    "means": "the mean held-out loss of {level}",
}
OF_PAIR = (
    "the first level",
    "the second level",
    "how much lower the first loss is",
    "the standard error",
    "whether it is clear",
)


def judge_verdict(claims: ExperimentClaims, found: Any) -> Finding:
    """Whether the claimed verdict is what the report's own losses give. found: that, as plain
    values.
    """
    return _judge(claims, claims.verdict, found)


def judge_result(claims: ExperimentClaims, found: Any) -> Finding:
    """The same of what its bet was on."""
    return _judge(claims, claims.result, found)


def _judge(claims: ExperimentClaims, claimed: Any, found: Any) -> Finding:
    plain = json.loads(json.dumps(found))
    apart = next(_differences(claimed, plain, ()), None)
    if apart is None:
        return HOLDS
    way, *values = apart
    said, again = (_words(value, _choices(claims, way)) for value in values)
    return failure(f"{_place(claims, plain, way)}it says {said}; its losses give {again}")


def _differences(claimed: Any, found: Any, way: Way) -> Iterator[tuple[Way, Any, Any]]:
    """Where two plain values differ: the way there, and both."""
    if isinstance(found, dict) and isinstance(claimed, dict) and claimed.keys() == found.keys():
        for key in found:
            yield from _differences(claimed[key], found[key], (*way, key))
    elif isinstance(found, list) and isinstance(claimed, list) and len(claimed) == len(found):
        for number, (one, other) in enumerate(zip(claimed, found, strict=True)):
            yield from _differences(one, other, (*way, number))
    elif type(found) is float and _is_number(claimed):
        if not abs(claimed - found) <= NEAR:
            yield way, claimed, found
    elif type(claimed) is not type(found) or claimed != found:
        yield way, claimed, found


def _is_number(value: Any) -> bool:
    """Whether this is a number that can be reckoned with: of any size a whole number in JSON is."""
    return type(value) in (int, float) and abs(value) < MOST


def _choices(claims: ExperimentClaims, way: Way) -> list[str]:
    """What the whole numbers at the end of a way stand for; none where they are numbers."""
    if way[:1] == ("rates",) and len(way) > 1:
        return [SETTINGS["learning_rate"].text(it) for it in claims.plan.rates[int(way[1])]]
    if way[:1] == ("pairs",) and way[2:] in ((0,), (1,)):
        return [ENGLISH.put(it) for it in claims.plan.level_sentences()]
    return []


def _words(value: Any, choices: list[str]) -> str:
    """A plain value in a few words. choices: what it stands for, if it is a place among them."""
    if choices and type(value) is int and 0 <= value < len(choices):
        return choices[value]
    if isinstance(value, dict | list):
        return "other values"
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "yes", False: "no"}[value]
    if not _is_number(value):
        return "a text" if isinstance(value, str) else "a number that no loss has"
    return f"{value:.4f}" if isinstance(value, float) else f"{value:,}"


def _place(claims: ExperimentClaims, found: Any, way: Way) -> str:
    """What stands at the end of a way, in the report's words."""
    if not way:
        return ""
    field, *rest = way
    levels = claims.plan.level_sentences()
    if field in OF_LEVEL and rest:
        return OF_LEVEL[str(field)].format(level=ENGLISH.put(levels[int(rest[0])])) + ": "
    if field == "pairs" and rest:
        pair = found["pairs"][rest[0]]
        names = " and ".join(ENGLISH.put(levels[it]) for it in pair[:2])
        what = f", {OF_PAIR[int(rest[1])]}" if len(rest) > 1 else ""
        return f"the difference of {names}{what}: "
    return f"{FIELDS[str(field)]}: "
