"""A committee: the mean of several networks' probabilities, beside the mean of their losses.

    committee([losses, others]) -> −ln of the mean probability of each letter, (T,) nats
    both = GrowingCommittee(symbols)      both.add(losses), both.add(others)
    committee_result([both.losses(2)])

−ln is convex, so by Jensen's inequality no committee has a higher loss than the mean of its
members' losses. The two are equal only if all members give each true letter the same probability.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dino.difference import Difference
from dino.metrics import loss_difference


def committee(losses: Sequence[np.ndarray]) -> np.ndarray:
    """−ln of the mean probability of each letter, from each member's −ln p. (M, T) -> (T,) nats"""
    each = np.asarray(losses, np.float64)
    mean: np.ndarray = np.log(len(each)) - np.logaddexp.reduce(-each, axis=0)
    return mean


class CommitteeLosses(NamedTuple):
    """The losses on the N names that one split holds out: sums of −ln p over each, (N,) nats.

    members: how many; symbols (N,): targets of each name
    together: of the mean of the members' probabilities; alone: the mean of the members' sums
    """

    members: int
    symbols: np.ndarray
    together: np.ndarray
    alone: np.ndarray

    @property
    def loss(self) -> float:
        """Of the committee, nats per symbol."""
        return float(self.together.sum() / self.symbols.sum())

    @property
    def lower_by(self) -> float:
        """How much lower that is than the mean of the members' losses."""
        return float(self.alone.sum() / self.symbols.sum()) - self.loss


class GrowingCommittee:
    """A committee on the names of one split, whose members come one after another.

    Of a member it keeps no probability: only the logarithm of their sum, for each letter. Its
    `losses` are those of its present size and of the size before.
    """

    def __init__(self, symbols: np.ndarray) -> None:
        """symbols (N,): targets of each name."""
        self.symbols, self.members = symbols, 0
        self._log_sums: np.ndarray | None = None  # (T,) float32, T targets of all names
        self._alone = np.zeros(len(symbols))
        self._kept: tuple[CommitteeLosses, ...] = ()

    def add(self, losses: np.ndarray) -> None:
        """Add a member. losses (T,): its −ln p of every letter and end mark, name by name."""
        ours = -losses.astype(np.float32)
        before = self._log_sums
        self._log_sums = ours if before is None else np.logaddexp(before, ours)
        self.members += 1
        self._alone = self._alone + self._by_name(losses)
        together = self._by_name(np.log(self.members) - self._log_sums.astype(np.float64))
        found = CommitteeLosses(self.members, self.symbols, together, self._alone / self.members)
        self._kept = (*self._kept[-1:], found)

    def _by_name(self, losses: np.ndarray) -> np.ndarray:
        """(T,) -> (N,)"""
        starts = np.cumsum(self.symbols) - self.symbols
        sums: np.ndarray = np.add.reduceat(losses, starts, dtype=np.float64)
        return sums

    def losses(self, members: int) -> CommitteeLosses | None:
        """Those of the first members, this many, if they are kept."""
        return next((it for it in self._kept if it.members == members), None)

    def close(self) -> None:
        """Free what only another member would need."""
        self._log_sums = None

    @property
    def nbytes(self) -> int:
        """The bytes of its numbers."""
        log_sums = self._log_sums  # read once: a worker may replace it
        own = 0 if log_sums is None else log_sums.nbytes
        return own + self.symbols.nbytes * (2 + 2 * len(self._kept))


class CommitteeResult(NamedTuple):
    """A committee with `members` on each of `splits`, and the mean of its losses over them.

    difference: how much lower that is than the mean of the members' losses. Its error is over the
    splits; over the names if there is one split.
    """

    members: int
    splits: int
    loss: float
    difference: Difference

    @property
    def alone(self) -> float:
        """The mean of the members' losses."""
        return self.loss + self.difference.lower_by


def committee_result(of_splits: Sequence[CommitteeLosses]) -> CommitteeResult:
    """The result of committees of one size, each on its own split."""
    first, count = of_splits[0], len(of_splits)
    loss = float(np.mean([it.loss for it in of_splits]))
    if count == 1:
        lower_by, error = loss_difference(first.alone, first.together, first.symbols)
        difference = Difference(lower_by, error, len(first.symbols))
        return CommitteeResult(first.members, 1, loss, difference)
    gaps = np.array([it.lower_by for it in of_splits])
    error = float(gaps.std(ddof=1) / np.sqrt(count))
    return CommitteeResult(first.members, count, loss, Difference(float(gaps.mean()), error, count))
