"""Where a claimed verdict or bet result differs from what its report's losses give, in words.

    judge_verdict(claims, verdict_facts(verdict)) -> ItemGrade
    judge_result(claims, …) -> ItemGrade

A claim may be any JSON, so the type of each value is compared first.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TypeAlias

from dino.config import SETTINGS
from dino.grader.experiment_claims import ExperimentClaims
from dino.grader.judge import HOLDS, ItemGrade, failure
from dino.locale.sentences import ENGLISH

NEAR = 1e-6  # nats; two computers that compute one verdict differ by less
MOST = 1e9  # a larger number is not in a report
Keys: TypeAlias = "tuple[str | int, ...]"  # the keys and places that lead to a value
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


def judge_verdict(claims: ExperimentClaims, found: Any) -> ItemGrade:
    """Whether the claimed verdict is what the report's own losses give. found: their verdict, as
    plain values.
    """
    return _judge(claims, claims.verdict, found)


def judge_result(claims: ExperimentClaims, found: Any) -> ItemGrade:
    """The same for the result of its bet."""
    return _judge(claims, claims.result, found)


def _judge(claims: ExperimentClaims, claimed: Any, found: Any) -> ItemGrade:
    plain = json.loads(json.dumps(found))
    apart = next(_differences(claimed, plain, ()), None)
    if apart is None:
        return HOLDS
    keys, *values = apart
    said, again = (_words(value, _choices(claims, keys)) for value in values)
    return failure(f"{_place(claims, plain, keys)}it says {said}, but its losses give {again}")


def _differences(claimed: Any, found: Any, keys: Keys) -> Iterator[tuple[Keys, Any, Any]]:
    """Where two plain values differ: the keys that lead there, and both values."""
    if isinstance(found, dict) and isinstance(claimed, dict) and claimed.keys() == found.keys():
        for key in found:
            yield from _differences(claimed[key], found[key], (*keys, key))
    elif isinstance(found, list) and isinstance(claimed, list) and len(claimed) == len(found):
        for number, (one, other) in enumerate(zip(claimed, found, strict=True)):
            yield from _differences(one, other, (*keys, number))
    elif type(found) is float and _is_number(claimed):
        if not abs(claimed - found) <= NEAR:
            yield keys, claimed, found
    elif type(claimed) is not type(found) or claimed != found:
        yield keys, claimed, found


def _is_number(value: Any) -> bool:
    """Whether this is a number to compute with: a whole number in JSON may have any size."""
    return type(value) in (int, float) and abs(value) < MOST


def _choices(claims: ExperimentClaims, keys: Keys) -> list[str]:
    """What the whole numbers there mean; empty if they are just numbers."""
    if keys[:1] == ("rates",) and len(keys) > 1:
        return [SETTINGS["learning_rate"].text(it) for it in claims.plan.rates[int(keys[1])]]
    if keys[:1] == ("pairs",) and keys[2:] in ((0,), (1,)):
        return [ENGLISH.put(it) for it in claims.plan.level_sentences()]
    return []


def _words(value: Any, choices: list[str]) -> str:
    """A plain value in a few words. choices: its meanings, if it is a place among them."""
    if choices and type(value) is int and 0 <= value < len(choices):
        return choices[value]
    if isinstance(value, dict | list):
        return "other values"
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "yes", False: "no"}[value]
    if not _is_number(value):
        return "a text" if isinstance(value, str) else "a number that no loss has"
    return f"{value:.4f}" if isinstance(value, float) else f"{value:,}"


def _place(claims: ExperimentClaims, found: Any, keys: Keys) -> str:
    """What these keys lead to, in the report's words."""
    if not keys:
        return ""
    field, *rest = keys
    levels = claims.plan.level_sentences()
    if field in OF_LEVEL and rest:
        return OF_LEVEL[str(field)].format(level=ENGLISH.put(levels[int(rest[0])])) + ": "
    if field == "pairs" and rest:
        pair = found["pairs"][rest[0]]
        names = " and ".join(ENGLISH.put(levels[it]) for it in pair[:2])
        what = f", {OF_PAIR[int(rest[1])]}" if len(rest) > 1 else ""
        return f"the difference of {names}{what}: "
    return f"{FIELDS[str(field)]}: "
