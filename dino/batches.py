"""Which names are trained on next: batches of names, in random order or sorted."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


class Batches:
    """Batches of names: all names in random order, then all again in another order.

    rest: the names still to come in this round.
    """

    def __init__(
        self, names: int, size: int, generator: torch.Generator, order: Tensor | None = None
    ) -> None:
        """names: how many names there are; size: how many a batch has.

        order (N,): the rows of all names, in the same order in every round; nothing is drawn then.
        None for a new random order in each round.
        """
        self.names, self.size, self.generator, self.order = names, size, generator, order
        self.rest = torch.empty(0, dtype=torch.int64)

    def draw(self, count: int) -> Tensor:
        """The names of the next `count` batches, as rows of the encoded list. (count, B)"""
        wanted = count * self.size
        rounds, found = [self.rest], len(self.rest)
        while found < wanted:
            rounds.append(self._next_round())
            found += self.names
        order = torch.cat(rounds) if len(rounds) > 1 else self.rest
        rows, self.rest = order[:wanted], order[wanted:]
        return rows.view(count, -1)

    def _next_round(self) -> Tensor:
        """The rows of all names, in the order of the next round. (N,)"""
        if self.order is not None:
            return self.order
        return torch.randperm(self.names, generator=self.generator)


def sorted_rows(names: Sequence[str]) -> Tensor:
    """The rows of `names` in alphabetical order, letters compared by code point. (N,)"""
    return torch.tensor(sorted(range(len(names)), key=names.__getitem__), dtype=torch.int64)
