"""How much lower one loss is than another, and the one rule for what may be said of it.

    difference = Difference(0.08, 0.02, 152)      difference.side is Side.LOWER

Losses are in nats per symbol.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple

from dino.locale.sentences import FINEST, Sentence, digits_beside, error_sentence, plural_sentence

# A difference of two losses is clear if it is more than twice its standard error. Chance alone
# causes that 5 times in 100 if the error is known well, 6.4 times with 16 names (Student's t), and
# more often with fewer.
CLEAR, ENOUGH_NAMES = 2.0, 16


class Side(Enum):
    """What may be said of one loss beside another."""

    LOWER = auto()
    HIGHER = auto()
    CLOSE = auto()  # chance alone may explain the difference
    UNJUDGED = auto()  # the error is not known, or there are too few names


class Difference(NamedTuple):
    """How much lower one loss is than another, and when that may be said.

    error: its standard error
    over: over how many names or splits it is taken; 0 if the error is not known
    limit: how many of its errors it must exceed to be clear; enough: the least `over` to judge by
    """

    lower_by: float
    error: float
    over: int
    limit: float = CLEAR
    enough: int = ENOUGH_NAMES

    @property
    def side(self) -> Side:
        """On which side the loss is. A difference that is NaN counts as close."""
        if self.over < self.enough:
            return Side.UNJUDGED
        if not abs(self.lower_by) > self.limit * self.error:
            return Side.CLOSE
        return Side.LOWER if self.lower_by > 0 else Side.HIGHER

    @property
    def is_clear(self) -> bool:
        """Whether one of the two losses may be called the lower one."""
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
        """How far the loss is below the other one, ± the error. sign: '+' also shows a plus.

        It has more decimals where rounding would make an unclear difference seem clear, or a clear
        one unclear.
        """
        return error_sentence(self.lower_by, self.error, self._decimals(digits), sign)

    def _decimals(self, digits: int) -> int:
        digits = digits_beside(self.error, digits)
        is_beyond = abs(self.lower_by) > self.limit * self.error
        while digits < FINEST:
            lower_by, error = round(abs(self.lower_by), digits), round(self.error, digits)
            if (lower_by > self.limit * error) == is_beyond:
                break
            digits += 1
        return digits

    def above(self, digits: int = 2) -> Sentence:
        """How far the loss is above the other one, ± the error, with its sign."""
        return self.mirrored().below(digits, "+")


def few_names_sentence(count: int) -> Sentence:
    """The sentence that `count` held-out names, fewer than `ENOUGH_NAMES`, decide nothing."""
    return plural_sentence(
        "{count} held-out name is too few to tell a difference. At least {enough} are needed.",
        "{count} held-out names are too few to tell a difference. At least {enough} are needed.",
        count,
        enough=ENOUGH_NAMES,
    )
