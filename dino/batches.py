"""Which names come next: batches of them, in random order."""

from __future__ import annotations

import torch
from torch import Tensor


class Batches:
    """Batches of names: all of them in random order, then again in another order.

    rest: the names still to come in this round.
    """

    def __init__(self, names: int, size: int, generator: torch.Generator) -> None:
        """names: how many there are; size: how many of them a batch has."""
        self.names, self.size, self.generator = names, size, generator
        self.rest = torch.empty(0, dtype=torch.int64)

    def draw(self, count: int) -> Tensor:
        """The names of the next `count` batches, as rows of the encoded list. (count, B)"""
        wanted = count * self.size
        rounds, found = [self.rest], len(self.rest)
        while found < wanted:
            rounds.append(torch.randperm(self.names, generator=self.generator))
            found += self.names
        order = torch.cat(rounds) if len(rounds) > 1 else self.rest
        rows, self.rest = order[:wanted], order[wanted:]
        return rows.view(count, -1)
