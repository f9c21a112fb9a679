"""Which of many reports are copies of one another. Each report is read once.

    notes, groups = find_copies([("a.html", claims), ("b.html", others), …])

Equal figures do not reveal a copy, because two runs of one recipe and seed have the same losses.
But they do not take the same time to the last digit. So reports with the same time are of one run,
whatever else was changed in them.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from typing import Any, NamedTuple

from dino.grader.kinds import Claims
from dino.reports.facts import TYPED
from dino.reports.learn_report import CHECKSUM

# All that two copies of one report may differ in.
FREE = (*(name for name in TYPED if name != "text"), "date", "names", CHECKSUM)
# All that a recipe and its seed decide: of a run, and of an experiment.
RESULTS = (
    *("format", "list", "config", "steps", "learning_rates", "engines", "curve", "train_loss"),
    *("val_loss", "best_val_loss", "best_step", "train_eval_loss"),
    *("factors", "seeds", "splits", "members"),
)


class CopyNote(NamedTuple):
    """A note on one report.

    copy_of: the reports that it is a copy of, and what shows that; same: how many others have its
    recipe and figures, '' if it is a copy or if there are none
    """

    copy_of: tuple[str, ...] = ()
    same: str = ""


def _digest(claims: Mapping[str, Any], is_in: Callable[[str], bool]) -> str:
    kept = {name: value for name, value in claims.items() if is_in(name)}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def _whole(claims: Claims) -> Hashable:
    return _digest(claims.claims, lambda name: name not in FREE)


def _time(claims: Claims) -> Hashable:
    return claims.seconds if claims.seconds > 0 else None


def _sentences(claims: Claims) -> Hashable:
    """The sentences without what two copies may differ in: case and spaces."""
    return " ".join(claims.words.text.casefold().split()) or None


def _results(claims: Claims) -> Hashable:
    if not claims.fingerprint:  # nothing was trained
        return None
    return _digest(claims.claims, lambda name: name in RESULTS)


# The signs of a copy, the surest first.
KINDS: Mapping[str, Callable[[Claims], Hashable]] = {
    "the same report as {others}": _whole,
    "the same run as {others}, because it took the same time": _time,
    "the same sentences as {others}": _sentences,
}


def find_copies(reports: Sequence[tuple[str, Claims]]) -> tuple[list[CopyNote], list[str]]:
    """A note on each report, and all members of each group of more than two, once."""
    told: list[set[int]] = [set() for _ in reports]  # the others that its note already names
    copies: list[list[str]] = [[] for _ in reports]
    groups: dict[frozenset[int], str] = {}
    for words, key in KINDS.items():
        for group in _groups([key(claims) for _, claims in reports]):
            for place in group:
                others = [it for it in group if it != place and it not in told[place]]
                told[place].update(others)
                if others:
                    copies[place].append(words.format(others=_others(reports, others)))
            # The surest sign comes first, and is the one that is kept.
            groups.setdefault(frozenset(group), words)
    counts = {
        place: len(group) - 1
        for group in _groups([_results(claims) for _, claims in reports])
        for place in group
    }
    notes = [
        CopyNote(tuple(found), "" if found else _same(counts.get(place, 0)))
        for place, found in enumerate(copies)
    ]
    return notes, [_named(reports, *it) for it in groups.items() if len(it[0]) > 2]


def _groups(keys: Sequence[Hashable]) -> list[list[int]]:
    """The places with equal keys, in groups of at least two; None equals nothing."""
    found: dict[Hashable, list[int]] = defaultdict(list)
    for place, key in enumerate(keys):
        if key is not None:
            found[key].append(place)
    return [group for group in found.values() if len(group) > 1]


def _others(reports: Sequence[tuple[str, Claims]], others: Sequence[int]) -> str:
    """One of them by its name, and how many more there are."""
    first, more = reports[others[0]][0], len(others) - 1
    return first if not more else f"{first} and {more} other{'s' * (more > 1)}"


def _named(reports: Sequence[tuple[str, Claims]], group: Collection[int], words: str) -> str:
    what = words.replace(" as {others}", "")
    names = ", ".join(reports[place][0] for place in sorted(group))
    return f"{what[0].upper()}{what[1:]}: {names}"


def _same(others: int) -> str:
    if not others:
        return ""
    words = f"{others} other{'s' * (others > 1)}"
    return f"the same recipe and figures as {words}, as expected on one engine"
