"""Experiments of lessons that were trained in advance, for lessons on paper.

`python -m tests.lesson_experiments` trains them and writes the file. It also states what was
trained: the recipes, what is varied, the seeds, and the names.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from dino.data import Corpus
from dino.experiments.member import DIVERGED, DONE, MemberNames, Outcome
from dino.experiments.plan import Member, Plan
from dino.lists import DATA
from dino.trained_contexts import digest

FILE = DATA / "lesson_experiments.json"


class Prepared(NamedTuple):
    """An experiment that is over. outcomes, written: of each member, in the order of its plan."""

    plan: Plan
    outcomes: tuple[Outcome, ...]
    written: tuple[MemberNames, ...]

    @property
    def members(self) -> tuple[Member, ...]:
        """Its members."""
        return tuple(self.plan.members())

    @property
    def losses(self) -> np.ndarray:
        """Held-out losses as a verdict takes them, NaN for a member without one. (L, R, S, K)"""
        pairs = zip(self.members, self.outcomes, strict=True)
        return self.plan.losses({member.place: it.loss for member, it in pairs})


def prepared_experiment(plan: Plan, corpus: Corpus) -> Prepared | None:
    """The experiment of this plan, on any engine. None if a setting, a name or what is varied
    differs from that of the file.
    """
    found, mine = _read(), plan_values(plan)
    rows = [it for it in found["experiments"] if it["plan"] == mine]
    if not rows or found["digest"] != digest(corpus):
        return None
    members = rows[0]["members"]
    outcomes = (
        Outcome(member.config.as_dict(), DIVERGED if it["loss"] is None else DONE, "", it["loss"])
        for member, it in zip(plan.members(), members, strict=True)
    )
    written = (MemberNames(tuple(it.get("names", ())), it.get("carried")) for it in members)
    return Prepared(plan, tuple(outcomes), tuple(written))


def plan_values(plan: Plan) -> dict[str, Any]:
    """A plan in plain values, without its engine."""
    recipe = {name: value for name, value in plan.config.as_dict().items() if name != "engine"}
    vary = {factor.name: list(factor.levels) for factor in plan.factors}
    return {"recipe": recipe, "vary": vary, "seeds": plan.seeds, "splits": plan.splits}


@cache
def _read() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found
