"""The kinds of reports, in one protocol: their claims are read, judged, and put into a table.

`dino/reports/` writes them.

    claims = read_report(raw)      kind_of(claims).judge(claims, how) -> Judgement
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple, Protocol

from dino.config import CELLS, DEFAULT, OPTIMIZERS, SETTINGS, Config, differences
from dino.experiments.plan import value_words
from dino.grader.claims import RunClaims, read_claims, run_claims
from dino.grader.experiment_claims import ExperimentClaims, experiment_claims
from dino.grader.experiment_judge import judge_experiment
from dino.grader.grading import Grading
from dino.grader.judge import Judgement, judge_run
from dino.grader.learn_claims import LearnClaims, judge_learn, learn_claims
from dino.locale.sentences import ENGLISH
from dino.reports import experiment_facts, facts, learn_report
from dino.reports.facts import Words
from dino.reports.page_words import page_digest


class Claims(Protocol):
    """The claims of a report of any kind, with values of the right types."""

    @property
    def words(self) -> Words:
        """What was typed for it."""
        ...

    @property
    def claims(self) -> Mapping[str, Any]:
        """All of its JSON."""
        ...

    @property
    def date(self) -> str:
        """Year-month-day, or ''."""
        ...

    @property
    def seconds(self) -> float:
        """Of training."""
        ...

    @property
    def figures(self) -> Mapping[str, float | None]:
        """Losses of a run, by their names."""
        ...

    @property
    def fingerprint(self) -> str:
        """Of its list; '' if nothing was trained."""
        ...


class Kind(NamedTuple):
    """A kind of report.

    read: its claims, from all of its JSON; raises Refusal
    judge: what is said of each item
    recipe: for the table, in a few words, and the steps; '' if nothing was trained
    mix: for the table: what its network is read together with; '' for nothing
    counts: for the table: of lessons done, questions answered, and questions skipped
    """

    read: Callable[[Mapping[str, Any]], Claims]
    judge: Callable[[Any, Grading], Judgement]
    recipe: Callable[[Any], tuple[str, int | str]]
    mix: Callable[[Any], str]
    counts: Callable[[Any], tuple[int, ...]]


def recipe_words(config: Config) -> str:
    """A recipe in words: its cell, size, optimizer and rate, and where else it differs from
    the first one.
    """
    told = ("cell", "hidden_size", "optimizer", "learning_rate", "max_steps", "engine")
    rate = SETTINGS["learning_rate"].text(config.learning_rate)
    label = ENGLISH.put(OPTIMIZERS[config.optimizer].label)
    others = (
        ENGLISH.put(value_words(name, getattr(config, name)))
        for name in differences(config, DEFAULT)
        if name not in told
    )
    return ", ".join([f"{CELLS[config.cell]} {config.hidden_size}", f"{label} {rate}", *others])


def _of_run(claims: RunClaims) -> tuple[str, int]:
    return recipe_words(claims.config), claims.steps


def _mix_of_run(claims: RunClaims) -> str:
    return "" if claims.mix is None else claims.mix.text


def _no_mix(claims: Claims) -> str:
    return ""


def _of_experiment(claims: ExperimentClaims) -> tuple[str, int]:
    """What an experiment varies, and the rest."""
    plan = claims.plan
    varied = [
        f"{ENGLISH.put(SETTINGS[factor.name].label)}: "
        + ", ".join(ENGLISH.put(value_words(factor.name, it)) for it in factor.levels)
        for factor in plan.factors
    ]
    counts = f"{plan.seeds} seeds, {plan.splits} splits"
    return "; ".join([*varied, counts, recipe_words(plan.config)]), plan.config.max_steps


def _counts(claims: LearnClaims) -> tuple[int, ...]:
    return claims.done, claims.answered, claims.skipped


def _no_recipe(claims: LearnClaims) -> tuple[str, str]:
    return "", ""


def _no_counts(claims: Claims) -> tuple[int, ...]:
    return ()


RUN = Kind(run_claims, judge_run, _of_run, _mix_of_run, _no_counts)
EXPERIMENT = Kind(experiment_claims, judge_experiment, _of_experiment, _no_mix, _no_counts)
LEARN = Kind(learn_claims, judge_learn, _no_recipe, _no_mix, _counts)
KINDS = {facts.FORMAT: RUN, experiment_facts.FORMAT: EXPERIMENT, learn_report.FORMAT: LEARN}


def read_report(raw: bytes) -> Claims:
    """The claims of a report. Raises Refusal with one sentence."""
    claims = read_claims(raw)
    found = KINDS.get(str(claims.get("format")), RUN).read(claims)
    return replace(found, shown=page_digest(raw)) if isinstance(found, LearnClaims) else found


def report_kind(claims: Claims) -> Kind:
    """The kind of a report that was read."""
    return KINDS[claims.claims["format"]]
