"""How much lower one loss is than another, and what may be said of it: the one judgement.

    difference = Difference(0.08, 0.02, 152)      difference.side is Side.LOWER

Losses are in nats per symbol.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple

from dino.locale.sentences import Sentence, error_sentence, plural_sentence

# A difference of two losses is clear beyond twice its standard error. By chance that happens 5
# times in 100 where the error is known well, 6.4 times at 16 names (Student's t), more at fewer.
CLEAR, ENOUGH_NAMES = 2.0, 16


class Side(Enum):
    """What may be said of one loss beside another."""

    LOWER = auto()
    HIGHER = auto()
    CLOSE = auto()  # chance alone may explain the difference
    UNJUDGED = auto()  # the error is not known, or it is of too few names


class Difference(NamedTuple):
    """How much lower one loss is than another, and what it takes to say so.

    error: its standard error
    over: how many it is over, names or splits; 0 where the error is not known
    limit: beyond how many of its errors it is clear; enough: from how many on it is judged
    """

    lower_by: float
    error: float
    over: int
    limit: float = CLEAR
    enough: int = ENOUGH_NAMES

    @property
    def side(self) -> Side:
        """On which side the loss is. A difference that is no number is close to all."""
        if self.over < self.enough:
            return Side.UNJUDGED
        if not abs(self.lower_by) > self.limit * self.error:
            return Side.CLOSE
        return Side.LOWER if self.lower_by > 0 else Side.HIGHER

    @property
    def is_clear(self) -> bool:
        """Whether one of the two losses may be called lower."""
        return self.side in (Side.LOWER, Side.HIGHER)

    def is_lower_by(self, least: float) -> bool:
        """Whether the loss is clearly lower, and by more than `least`."""
        return self.side is Side.LOWER and self.lower_by > least

    def mirrored(self) -> Difference:
        """The same difference, seen from the other loss."""
        return self._replace(lower_by=0.0 - self.lower_by)

    def size(self, digits: int = 2) -> Sentence:
        """How far apart the losses are, ± the error, for a sentence that says which is lower."""
        return self._replace(lower_by=abs(self.lower_by)).below(digits)

    def below(self, digits: int = 2, sign: str = "") -> Sentence:
        """How far the loss is below the other one, ± the error; sign: '+' shows that of both."""
        return error_sentence(self.lower_by, self.error, digits, sign)

    def above(self, digits: int = 2) -> Sentence:
        """How far it is above the other one, ± the error, with its sign."""
        return self.mirrored().below(digits, "+")


def few_names_sentence(count: int) -> Sentence:
    """That `count` held-out names, fewer than `ENOUGH_NAMES`, decide nothing."""
    return plural_sentence(
        "{count} held-out name is too few to tell. At least {enough} are needed.",
        "{count} held-out names are too few to tell. At least {enough} are needed.",
        count,
        enough=ENOUGH_NAMES,
    )
