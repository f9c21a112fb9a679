"""A verdict in words: which level has a lower loss, by how much, and what is too close to call."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from dino.config import SETTINGS, Writing, told
from dino.experiments.member import DIVERGED, FAILED
from dino.experiments.plan import NO_FACTORS, RATE, Member, Plan, value_words
from dino.experiments.verdict import CHANCE, Comparison, Verdict
from dino.locale.sentences import (
    Sentence,
    Text,
    comma_list,
    join_sentences,
    number_sentence,
    plural_sentence,
    sentence,
)
from dino.setting import decimal_of

DIGITS = 3  # of losses: seeds move them by some 0.01
MOST_NAMED = 6  # members without a loss that are named individually
NO_ROUND = sentence(
    "There is no verdict because the experiment was stopped before each level had a member "
    "with the same seed and split."
)
ON_PYTORCH = sentence("The kernels could not be compiled, so all members use PyTorch.")
STOPPED = sentence(
    "It was stopped early. The verdict compares only seeds that every level finished on every "
    "split. If there are none, it compares the splits that every level finished with the first "
    "seed. If you stopped because a difference looked clear, chance makes one look clear more "
    "often than the verdict allows for."
)


def no_verdict_sentences(plan: Plan) -> list[Sentence]:
    """That an experiment will have no verdict, and what to change; empty if it can have one."""
    if plan.splits > 1:
        return []
    return [
        sentence(
            "There will be no verdict because levels are compared over splits and there is only "
            "one. Use at least two splits."
        )
    ]


def verdict_sentences(
    verdict: Verdict,
    levels: Sequence[Text],
    rates: Sequence[Sequence[float]],
    listed: int | None = None,
) -> list[Sentence]:
    """What an experiment shows, the lowest level's comparisons first; or why it shows nothing.

    levels: their names; rates: the learning rates at which each was trained; listed: how many
    comparisons are put into words, by default all. It says which loss is lower, not why.
    """
    found = [_missing_sentence(levels[i], rates[i]) for i in _missing(verdict)]
    if verdict.splits < 2:
        return [
            *found,
            sentence(
                "There is no verdict because levels are compared over splits and there is only "
                "one. Use at least two splits."
            ),
        ]
    if not verdict.comparisons:
        return [
            *found,
            sentence(
                "There is no verdict because fewer than two levels have a held-out loss for every "
                "member."
            ),
        ]
    return [
        *found,
        *(_compared(it, levels) for it in verdict.comparisons[:listed]),
        *_listed_sentence(len(verdict.comparisons), listed),
        *_rate_sentences(verdict, levels, rates),
        _counts(verdict),
    ]


def _listed_sentence(count: int, listed: int | None) -> list[Sentence]:
    if listed is None or listed >= count:
        return []
    return [
        sentence(
            "Of {count:,} comparisons, {listed:,} are listed, those of the levels with the lowest "
            "mean losses.",
            count=count,
            listed=listed,
        )
    ]


def _missing(verdict: Verdict) -> list[int]:
    return [level for level, mean in enumerate(verdict.means) if mean is None]


def _missing_sentence(level: Text, rates: Sequence[float]) -> Sentence:
    if len(rates) > 1:
        return sentence(
            "{level} is left out because at every learning rate a member has no held-out loss.",
            level=level,
        )
    return sentence("{level} is left out because a member has no held-out loss.", level=level)


def _compared(comparison: Comparison, levels: Sequence[Text]) -> Sentence:
    fields = {
        "lower": levels[comparison.lower],
        "higher": levels[comparison.higher],
        "difference": comparison.difference.size(DIGITS),
    }
    if comparison.is_clear:
        return sentence(
            "The held-out loss of {lower} is {difference} nats lower than that of {higher}.",
            **fields,
        )
    return sentence(
        "The held-out losses of {lower} and {higher} are too close to call. The first is "
        "{difference} nats lower.",
        **fields,
    )


def _rate_sentences(
    verdict: Verdict, levels: Sequence[Text], rates: Sequence[Sequence[float]]
) -> list[Sentence]:
    """The learning rate of each level, and whether that is the end of its ladder."""
    taken = [(i, rate) for i, rate in enumerate(verdict.rates) if rate is not None]
    if all(len(rates[i]) < 2 for i, _ in taken):
        return []
    named = [
        sentence("{level} {rate}", level=levels[i], rate=_rate(rates[i][rate])) for i, rate in taken
    ]
    ends = [
        (i, rate)
        for i, rate in taken
        if rates[i][rate] in (min(rates[i]), max(rates[i])) and len(rates[i]) > 1
    ]
    return [
        sentence(
            "Each level is compared at the learning rate with its lowest mean loss: {rates}.",
            rates=comma_list(named),
        ),
        *(
            sentence(
                "{rate} is at the end of the rates tried for {level}, so a better one may lie "
                "beyond.",
                rate=_rate(rates[i][rate]),
                level=levels[i],
            )
            for i, rate in ends
        ),
    ]


def _rate(rate: float) -> Sentence:
    return number_sentence(decimal_of(rate), ",f")


def _counts(verdict: Verdict) -> Sentence:
    """How many comparisons there are, and how often chance alone would make any of them clear."""
    clear = sum(it.is_clear for it in verdict.comparisons)
    seeds = plural_sentence("{count} seed", "{count} seeds", verdict.seeds)
    return plural_sentence(
        "{count} comparison, {clear} clear, over {splits} splits with {seeds} each. By "
        "chance alone, it would be clear in at most {chance} of 100 such experiments.",
        "{count} comparisons, {clear} clear, over {splits} splits with {seeds} each. By "
        "chance alone, one or more of them would be clear in at most {chance} of 100 such "
        "experiments.",
        len(verdict.comparisons),
        clear=clear,
        splits=verdict.splits,
        seeds=seeds,
        chance=round(100 * CHANCE),
    )


def fixed_sentence(plan: Plan, title: Text) -> Sentence:
    """What all members of an experiment have in common. title: their list's."""
    config = plan.config.as_dict()
    told_of_any = {name for level in plan.recipes for name in told(level[0])}
    free = {*plan.names, *NO_FACTORS}
    fixed = [name for name in SETTINGS if name in told_of_any - free]
    return sentence(
        "All members share {title}; {settings}.",
        title=title,
        settings=comma_list([value_words(name, config[name]) for name in fixed]),
    )


def members_sentence(plan: Plan) -> Sentence:
    """How many members there are, and which numbers multiply to that."""
    levels, rates, splits, seeds = plan.shape
    factors = [
        plural_sentence("{count:,} level", "{count:,} levels", levels),
        plural_sentence("{count:,} learning rate", "{count:,} learning rates", rates),
        plural_sentence("{count:,} split", "{count:,} splits", splits),
        plural_sentence("{count:,} seed", "{count:,} seeds", seeds),
    ]
    if rates == 1:
        del factors[1]
    product = join_sentences(factors, " × ")
    return sentence("{count:,} members ({product})", count=plan.count, product=product)


def missing_sentences(plan: Plan, statuses: Sequence[str]) -> list[Sentence]:
    """Which members have no loss, by level, learning rate, split and seed, and what follows.

    statuses: of the first members, in the order of `plan.members()`
    """
    pairs = list(zip(plan.members(), statuses, strict=False))
    diverged, failed = ([it for it, s in pairs if s == status] for status in (DIVERGED, FAILED))
    found = []
    if diverged:
        found.append(
            plural_sentence(
                "{count:,} member diverged: {members}.",
                "{count:,} members diverged: {members}.",
                len(diverged),
                members=_member_list(plan, diverged),
            )
        )
    if failed:
        found.append(
            plural_sentence(
                "An error ended {count:,} member: {members}.",
                "An error ended {count:,} members: {members}.",
                len(failed),
                members=_member_list(plan, failed),
            )
        )
    if found:
        found.append(without_loss_sentence(plan))
    return found


def without_loss_sentence(plan: Plan) -> Sentence:
    """What follows if a member has no loss."""
    if plan.shape[1] == 1:
        return sentence("If a member has no loss, its level is not compared.")
    return sentence("If a member has no loss, its level is not compared at that learning rate.")


def _member_list(plan: Plan, members: Sequence[Member]) -> Sentence:
    """The first of some members, and how many more there are."""
    named, more = [_member_words(plan, it) for it in members[:MOST_NAMED]], members[MOST_NAMED:]
    if more:
        rest = sentence("and {count:,} more, listed in the table (.csv)", count=len(more))
        named.append(rest)
    return join_sentences(named, "; ")


def member_sentence(plan: Plan, number: int) -> Sentence:
    """The member with whose run an exam was opened. number: from 0 on."""
    return sentence(
        "Opened with the run of the best member: {member}.", member=_numbered(plan, number)
    )


def written_sentence(plan: Plan, number: int, step: int, writing: Writing) -> Sentence:
    """The member whose network wrote names, with which weights and how. number: from 0 on."""
    return sentence(
        "The network of the best member ({member}) wrote these names with its weights after update "
        "{step:,} (temperature {temperature}, at most {longest} letters, random numbers from seed "
        "{draw}).",
        member=_numbered(plan, number),
        step=step,
        temperature=number_sentence(decimal_of(writing.temperature), ",f"),
        longest=writing.longest,
        draw=writing.draw,
    )


def _numbered(plan: Plan, number: int) -> Sentence:
    return _member_words(plan, next(itertools.islice(plan.members(), number, None)))


def _member_words(plan: Plan, member: Member) -> Sentence:
    """What distinguishes a member, in words."""
    names = ["split_seed", "seed"] if plan.shape[1] == 1 else [RATE, "split_seed", "seed"]
    values = [value_words(name, getattr(member.config, name)) for name in names]
    return comma_list([plan.level_sentences()[member.place.level], *values])


def ladder_sentences(plan: Plan) -> list[Sentence]:
    """How optimizers are compared, and what choosing the best of five rates costs."""
    found = [
        sentence(
            "Each optimizer is trained at five learning rates (its usual one ÷9, ÷3, ×1, ×3 and "
            "×9) and compared at its best one."
        )
    ]
    if (plan.shape[0], plan.splits, plan.seeds) == (2, 3, 3):
        found.append(
            sentence(
                "Choosing the best rate costs some certainty. If a seed moves a loss by 0.01, "
                "three splits show a difference of 0.03 nats between two optimizers in about half "
                "of such experiments, and four splits in about 95 of 100."
            )
        )
    return found


def exam_sentence(plan: Plan) -> Sentence:
    """What the final exam of an experiment is, or what is missing without it."""
    if not plan.config.exam:
        return sentence(
            "There is no final exam (test set). Levels and runs are chosen by held-out losses, "
            "and no other names are left to measure them on. The lowest of several losses tends "
            "to be low partly by luck, and nothing shows by how much."
        )
    if plan.splits > 1:
        return sentence(
            "In each split, the final exam (test set) sets aside as many training names as are "
            "held out. No member on that split learns from them or is measured on them. Members "
            "on other splits learn from most of them and hold out some."
        )
    return sentence(
        "The final exam (test set) sets aside as many training names as are held out. No member "
        "learns from them or is measured on them."
    )
