"""A bet before an experiment runs: how much lower one level's loss will be than another's.

    bet = make_bet(len(levels), 0, 1, "0.03", "0.02")      result = bet.result(judge(losses))

A bet is a belief: a normal distribution of the difference, with the typed spread as its standard
deviation. Losses and differences are in nats per symbol.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dino.difference import Difference, Side
from dino.experiments.verdict import Verdict
from dino.experiments.words import DIGITS
from dino.locale.sentences import (
    Refusal,
    Sentence,
    Text,
    digits_beside,
    mark,
    number_sentence,
    sentence,
)
from dino.setting import Setting, decimal_of

MOST = 5.0  # nats; guessing among 150 symbols has a loss of 5
LEAST_SPREAD = 0.001  # nats; nobody knows the result more exactly than three decimals show it
DIFFERENCE = Setting(
    float,
    mark("Difference"),
    mark("How much lower the held-out loss of the first level will be, in nats per symbol."),
    low=0.0,
    high=MOST,
)
SPREAD = Setting(
    float,
    mark("Spread"),
    mark(
        "Your uncertainty, as one standard deviation. If you judge it well, the true difference "
        "lies within it in about two of three bets."
    ),
    low=LEAST_SPREAD,
    high=MOST,
)


@dataclass(frozen=True)
class Bet:
    """That the held-out loss of level `lower` is `difference` nats lower than that of
    `higher`, ± `spread`.

    lower, higher: indices of two levels. It validates its own numbers. Raises Refusal
    with one sentence.
    """

    lower: int
    higher: int
    difference: float
    spread: float

    def __post_init__(self) -> None:
        for name, setting in (("difference", DIFFERENCE), ("spread", SPREAD)):
            value = setting.parse(Sentence(setting.label), getattr(self, name))
            object.__setattr__(self, name, value)
        if self.lower == self.higher:
            raise Refusal(
                sentence(
                    "A bet compares two different levels, but you chose the same one twice. "
                    "Choose another."
                )
            )

    def result(self, verdict: Verdict) -> Difference | None:
        """How much lower the loss of the bet's first level is than that of its second; None if the
        two are not compared.
        """
        for it in verdict.comparisons:
            if {it.lower, it.higher} == {self.lower, self.higher}:
                return it.seen_from(self.lower)
        return None

    def off(self, result: Difference) -> float:
        """How far the result is above the bet; negative if it is below."""
        return result.lower_by - self.difference

    def is_within(self, result: Difference) -> bool:
        """Whether the result is at most one spread from the bet."""
        return abs(self.off(result)) <= self.spread

    def penalty(self, result: Difference) -> float:
        """The continuous ranked probability score of the bet, in nats; lower is better.

        It grows with the distance from the result. A smaller spread lowers it near the result, and
        raises it far off. It is proper: on average, nobody scores lower than by typing what they
        believe (Gneiting and Raftery 2007, "Strictly proper scoring rules, prediction, and
        estimation", section 4.2 and equation 21). The score is of the visible result, which has an
        error, so the variances of the bet and of the error are added.
        """
        width = math.hypot(self.spread, result.error)
        z = self.off(result) / width
        density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
        return width * (z * math.erf(z / math.sqrt(2)) + 2 * density - 1 / math.sqrt(math.pi))


def make_bet(levels: int, lower: Any, higher: Any, difference: Any, spread: Any) -> Bet:
    """A bet from outside, on two of this many levels. Raises Refusal with one sentence."""
    for level in (lower, higher):
        if type(level) is not int or not 0 <= level < levels:
            raise Refusal(
                sentence(
                    "A bet compares two of the experiment's {levels} levels, but one of "
                    "yours is not among them. Choose another level.",
                    levels=levels,
                )
            )
    return Bet(lower, higher, difference, spread)


def bet_sentence(bet: Bet, levels: Sequence[Text]) -> Sentence:
    """What was bet. levels: their names."""
    return sentence(
        "You bet that the held-out loss of {lower} is {difference} ± {spread} nats lower than that "
        "of {higher}.",
        lower=levels[bet.lower],
        higher=levels[bet.higher],
        difference=number_sentence(decimal_of(bet.difference), ",f"),
        spread=number_sentence(decimal_of(bet.spread), ",f"),
    )


def result_sentences(bet: Bet, result: Difference | None, levels: Sequence[Text]) -> list[Sentence]:
    """The result beside the bet, and how far off the bet was.

    If the result is too close to call, nothing says which loss is lower.
    """
    if result is None:
        return [
            sentence(
                "There is no result for these two levels because the verdict does not compare them."
            )
        ]
    first = _side_sentence(result, levels[bet.lower], levels[bet.higher])
    return [first, _off_sentence(bet, result), _penalty_sentence(bet, result)]


def _side_sentence(result: Difference, lower: Text, higher: Text) -> Sentence:
    """The result, and on which side of 0 it is. lower, higher: the levels in the bet's order."""
    words = result.below(DIGITS)
    return {
        Side.CLOSE: sentence(
            "The result, {result} nats, is too close to call. Either loss may be the lower one.",
            result=words,
        ),
        Side.LOWER: sentence(
            "The result, {result} nats, is clear. The loss of {lower} is lower, as you bet.",
            result=words,
            lower=lower,
        ),
        Side.HIGHER: sentence(
            "The result, {result} nats, is clear. The loss of {higher} is lower, contrary to your "
            "bet.",
            result=words,
            higher=higher,
        ),
    }[result.side]


def _off_sentence(bet: Bet, result: Difference) -> Sentence:
    """How far off the bet was, in nats and in spreads."""
    off = abs(bet.off(result))
    fields = {
        "off": number_sentence(off, f".{digits_beside(off, DIGITS)}f"),
        "spreads": number_sentence(off / bet.spread, ",.1f"),
    }
    if bet.is_within(result):
        return sentence(
            "Your bet was {off} nats off, {spreads} times its spread. The result lies within the "
            "spread.",
            **fields,
        )
    return sentence(
        "Your bet was {off} nats off, {spreads} times its spread. The result lies outside the "
        "spread.",
        **fields,
    )


def _penalty_sentence(bet: Bet, result: Difference) -> Sentence:
    penalty = bet.penalty(result)
    return sentence(
        "Its penalty is {penalty} nats (continuous ranked probability score; lower is better). "
        "The farther off a bet is, the higher its penalty. A smaller spread lowers it if the bet "
        "is near the result and raises it if the bet is far off. The result's standard error is "
        "added to the spread.",
        penalty=number_sentence(penalty, f".{digits_beside(penalty, DIGITS)}f"),
    )
