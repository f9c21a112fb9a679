"""The committees of an experiment: on each split, the seeds of one level at one learning rate.

    committees.add(member.place, corpus.val, losses)      results = committees.results(verdict)

They are of the seeds and splits that the verdict counts, and of the rate at which it compares each
level.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dino.committee import CommitteeResult, GrowingCommittee, committee_result
from dino.experiments.plan import MemberPlace, Plan
from dino.experiments.verdict import Verdict
from dino.experiments.words import DIGITS
from dino.locale.sentences import Sentence, Text, mark, number_sentence, plural_sentence, sentence

LETTER_BYTES, NAME_BYTES = 4, 48  # of one committee, for each letter and name held out
MOST_SAID = 4  # levels with a sentence; more are only in the table
NONE = "–"
ABOUT = mark(
    "A committee (an ensemble) gives each letter the mean of its members' probabilities. By "
    "Jensen's inequality, its loss is never above the mean loss of the members. The two are equal "
    "if all members give each letter the same probability."
)
TITLES = (mark("mean of the members"), mark("committee"), mark("lower by"))


class Committees:
    """Of each level, rate and split, as the members finish. It never keeps a network."""

    def __init__(self, plan: Plan, held_out: Sequence[str], most: float) -> None:
        """held_out: the names of the first split; most: bytes that all committees may take."""
        L, R, S, K = plan.shape
        letters = sum(len(name) + 1 for name in held_out)
        size = L * R * S * (LETTER_BYTES * letters + NAME_BYTES * len(held_out))
        self.are_kept = K > 1 and size <= most
        self.refusal: Text = ""
        if K > 1 and not self.are_kept:
            self.refusal = sentence(
                "This experiment has no committee because the probabilities of its members would "
                "take {size:,.1f} MB, and at most {most:,.1f} MB are kept.",
                size=size / 1e6,
                most=most / 1e6,
            )
        self._grown: dict[tuple[int, int, int], GrowingCommittee] = {}

    def add(self, place: MemberPlace, held_out: Sequence[str], losses: np.ndarray) -> None:
        """Add a member that is done. losses: its −ln p of every letter of the held-out names."""
        key = place[:3]
        if key not in self._grown:
            symbols = np.array([len(name) + 1 for name in held_out])
            self._grown[key] = GrowingCommittee(symbols)
        self._grown[key].add(losses)

    def close(self) -> None:
        """Free what only another member would need."""
        for grown in self._grown.values():
            grown.close()

    @property
    def nbytes(self) -> int:
        """The bytes that they take."""
        return sum(grown.nbytes for grown in tuple(self._grown.values()))

    def results(self, verdict: Verdict | None) -> tuple[CommitteeResult | None, ...]:
        """One for each level, None if it is not compared; empty without two seeds and a verdict."""
        if not self.are_kept or verdict is None or verdict.seeds < 2:
            return ()
        return tuple(
            None if rate is None else self._result(level, rate, verdict)
            for level, rate in enumerate(verdict.rates)
        )

    def _result(self, level: int, rate: int, verdict: Verdict) -> CommitteeResult | None:
        grown = [self._grown.get((level, rate, split)) for split in range(verdict.splits)]
        found = [None if it is None else it.losses(verdict.seeds) for it in grown]
        known = [it for it in found if it is not None]
        return committee_result(known) if len(known) == verdict.splits else None


def committee_rows(
    found: Sequence[CommitteeResult | None], levels: Sequence[Text]
) -> list[list[Text]]:
    """A row for each level, in the columns of `TITLES`, its name first."""
    return [[level, *_cells(it)] for level, it in zip(levels, found, strict=False)]


def _cells(found: CommitteeResult | None) -> list[Text]:
    if found is None:
        return [NONE] * len(TITLES)
    return [
        number_sentence(found.alone, f".{DIGITS}f"),
        number_sentence(found.loss, f".{DIGITS}f"),
        found.difference.below(DIGITS),
    ]


def committee_sentences(
    found: Sequence[CommitteeResult | None], levels: Sequence[Text]
) -> list[Sentence]:
    """How much lower the loss of each level's committee is than the mean of its members, and what
    the error is over. Empty without a committee; of many levels only the second.
    """
    known = [(level, it) for level, it in zip(levels, found, strict=False) if it is not None]
    if not known:
        return []
    said = known if len(known) <= MOST_SAID else []
    return [*(committee_sentence(*it) for it in said), _over_sentence(known[0][1])]


def committee_sentence(level: Text, found: CommitteeResult) -> Sentence:
    """How much lower a committee's loss is than the mean loss of its members, with the error."""
    return sentence(
        "The committee of {members} members with {level} has a held-out loss of {loss}, which is "
        "{difference} nats lower than the mean loss of its members.",
        members=found.members,
        level=level,
        loss=number_sentence(found.loss, f".{DIGITS}f"),
        difference=found.difference.below(DIGITS),
    )


def _over_sentence(found: CommitteeResult) -> Sentence:
    """What a committee is made of, and what its error is over."""
    if found.splits == 1:
        return plural_sentence(
            "A committee has {members} members, one for each seed. The error is over {count:,} "
            "held-out name.",
            "A committee has {members} members, one for each seed. The error is over {count:,} "
            "held-out names.",
            found.difference.over,
            members=found.members,
        )
    return sentence(
        "On each split, a committee has {members} members, one for each seed. Losses are means "
        "over {splits} splits. The error is over the splits, and few splits give a rough one.",
        members=found.members,
        splits=found.splits,
    )
