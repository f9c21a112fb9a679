"""What a sweep prints at its end: who is not done, the verdict, where the files are;
or all as JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dino.commands.sweep_committees import Found, committee_fields, committee_lines
from dino.config import SETTINGS
from dino.experiments.folder import RESULTS, Folder, in_order, member_name
from dino.experiments.member import DIVERGED, DONE, FAILED, Outcome
from dino.experiments.plan import Member, Plan, value_words
from dino.experiments.verdict import Verdict, judge
from dino.experiments.words import exam_sentence, fixed_sentence, verdict_sentences
from dino.locale.sentences import Text


def member_words(plan: Plan, member: Member) -> str:
    """A member in words: 'Adam, Learning rate 0.01, Seed 0, Split seed 2'."""
    settings = (*plan.names, "seed", "split_seed")
    return ", ".join(str(value_words(it, getattr(member.config, it))) for it in settings)


def report(
    plan: Plan, folder: Folder, title: Text, outcomes: Mapping[int, Outcome], committees: Found
) -> list[str]:
    """The lines that the command prints. title: of its list."""
    missing = [
        f"{member_words(plan, folder.members[i])}: {outcome.status}. {outcome.message}"
        for i, outcome in sorted(outcomes.items())
        if outcome.status != DONE
    ]
    return [
        ", ".join(f"{count:,} {status}" for status, count in _counts(outcomes).items()),
        *missing,
        *map(str, verdict_sentences(judged(folder, outcomes), plan.level_sentences(), plan.rates)),
        *committee_lines(folder, committees),
        str(fixed_sentence(plan, title)),
        str(exam_sentence(plan)),
        f"The table: {folder.path / 'sweep.csv'}",
        *_where_runs_are(folder, outcomes),
    ]


def _where_runs_are(folder: Folder, outcomes: Mapping[int, Outcome]) -> Iterator[str]:
    """Which saved run has the lowest loss, if there is a file."""
    best = best_member(outcomes)
    if best is not None and folder.saved_run(best).exists():
        yield (
            f"The lowest held-out loss: {folder.saved_run(best)}. The app opens it and "
            "every other member's file (Compare or the Lab, Open a saved run)."
        )


def best_member(outcomes: Mapping[int, Outcome]) -> int | None:
    """The number of the member with the lowest held-out loss; None if there is none."""
    done = [i for i, outcome in sorted(outcomes.items()) if outcome.status == DONE]
    return min(done, key=lambda i: outcomes[i].loss, default=None)


def _counts(outcomes: Mapping[int, Outcome]) -> dict[str, int]:
    """How many members have each status."""
    statuses = [outcome.status for outcome in outcomes.values()]
    return {it: statuses.count(it) for it in (DONE, DIVERGED, FAILED) if it in statuses}


def judged(folder: Folder, outcomes: Mapping[int, Outcome]) -> Verdict:
    """The verdict on these members."""
    places = {folder.members[i].place: outcome.loss for i, outcome in outcomes.items()}
    return judge(folder.plan.losses(places))


def as_json(
    plan: Plan, folder: Folder, outcomes: Mapping[int, Outcome], committees: Found
) -> dict[str, Any]:
    """The results and the verdict, as `--json` prints them. Losses in nats per symbol."""
    verdict, best = judged(folder, outcomes), best_member(outcomes)
    levels = plan.level_sentences()
    return {
        "config": plan.config.as_dict(),
        "factors": {factor.name: list(factor.levels) for factor in plan.factors},
        "seeds": plan.seeds,
        "splits": plan.splits,
        "counts": _counts(outcomes),
        "members": [
            _member_fields(folder, i, outcomes[i]) for i in in_order(folder.members, outcomes)
        ],
        "best_member": None if best is None else member_name(best),
        "levels": [
            {
                "name": str(name),
                "learning_rate": None if rate is None else plan.rates[level][rate],
                "mean_loss": mean,
            }
            for level, (name, rate, mean) in enumerate(
                zip(levels, verdict.rates, verdict.means, strict=True)
            )
        ],
        "committees": committee_fields(folder, committees),
        "verdict": _verdict_fields(plan, verdict),
        "table": str(folder.path / "sweep.csv"),
    }


def _member_fields(folder: Folder, number: int, outcome: Outcome) -> dict[str, Any]:
    """One row of the table, and the place of its saved run."""
    varied, path = (*folder.plan.names, "seed", "split_seed"), folder.saved_run(number)
    config = folder.members[number].config
    return {
        "member": member_name(number),
        **{name: getattr(config, name) for name in SETTINGS if name in varied},
        **{name: getattr(outcome, name) for name in RESULTS},
        "seconds": outcome.seconds,
        "saved_run": str(path) if path.exists() else None,
    }


def _verdict_fields(plan: Plan, verdict: Verdict) -> dict[str, Any]:
    """All comparisons by the levels' names; winner: null if it is too close to call."""
    names = [str(name) for name in plan.level_sentences()]
    return {
        "comparisons": [
            {
                "lower": names[it.lower],
                "higher": names[it.higher],
                "lower_by": it.difference.lower_by,
                "error": it.difference.error,
                "is_clear": it.is_clear,
            }
            for it in verdict.comparisons
        ],
        "winner": None if verdict.winner is None else names[verdict.winner],
        "sentences": [str(it) for it in verdict_sentences(verdict, names, plan.rates)],
    }
