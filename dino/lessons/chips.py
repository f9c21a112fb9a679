"""The game of chips: 100 chips on the next symbol are probabilities, and they have a
network's loss.

Whoever stakes 25 of 100 chips on the symbol that comes has given it p = 0.25 and loses −ln 0.25
nats. The mean over several symbols is the cross-entropy that `dino.model.nll` computes.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import torch

from dino.config import Config
from dino.context import probs_by_memory
from dino.lessons.dinosaur_list import dinosaurs
from dino.lessons.item import Value
from dino.lessons.lesson import Step
from dino.lists import END
from dino.locale.sentences import Refusal, Sentence, mark, plural_sentence, sentence
from dino.model import CharRNN, start_network
from dino.ngram import NGram

CHIPS = 100
LEAST_KNOWN = 4  # letters of a name that are shown, at least
DRAW = 0  # the seed by which the names are drawn
COUNTED = {mark("pairs"): 2, mark("fours"): 4}  # how many letters are counted at a time


class Round(NamedTuple):
    """A held-out name whose first `known` letters are shown."""

    name: str
    known: int

    @property
    def start(self) -> str:
        """The part of it that is shown."""
        return self.name[: self.known]

    @property
    def target(self) -> int:
        """The index of the symbol that comes next."""
        return dinosaurs().vocab.index[(self.name + END)[self.known]]


@cache
def counter(n: int) -> NGram:
    """Counting n letters at a time, on the names trained on."""
    return NGram(n, dinosaurs().train, dinosaurs().vocab)


def uncertainty(probs: np.ndarray) -> float:
    """Entropy: the mean of −ln p if the symbols come with these probabilities. (V,) -> nats"""
    return float(-(probs * np.log(probs)).sum())


def _may_end(probs: np.ndarray) -> bool:
    return bool(0.4 < probs[dinosaurs().vocab.index[END]] < 0.6)


# The kinds of the rounds' places, by what fours expect there: sure, unsure, and unsure whether the
# name ends. No kind depends on the symbol that comes.
KINDS: tuple[Callable[[np.ndarray], bool], ...] = (
    lambda probs: uncertainty(probs) < 0.5 and not _may_end(probs),
    lambda probs: uncertainty(probs) > 2.0,
    _may_end,
)


@cache
def rounds() -> tuple[Round, ...]:
    """A place of each kind, drawn from all places of the held-out names with the seed `DRAW`."""
    places = [
        Round(name, known)
        for name in dinosaurs().val
        for known in range(LEAST_KNOWN, len(name) + 1)
    ]
    random.Random(DRAW).shuffle(places)
    fours = counter(COUNTED["fours"])
    return tuple(next(it for it in places if kind(fours.next_probs(it.start))) for kind in KINDS)


def round_of(step: Step) -> Round:
    """The round of a step: its option `round`, counted from 1. Raises Refusal."""
    number, count = step.options.get("round", 1), len(KINDS)
    if type(number) is not int or not 1 <= number <= count:
        raise Refusal(sentence("round must be a number from 1 to {count}. Change it.", count=count))
    return rounds()[number - 1]


def check_chips(chips: Any) -> tuple[Value, ...]:
    """A bet of chips from outside: how many are on each symbol, by its index. (V,)

    Raises Refusal if there are not exactly `CHIPS`.
    """
    symbols = len(dinosaurs().vocab)
    is_counts = isinstance(chips, list | tuple) and len(chips) == symbols
    if not is_counts or not all(_is_count(it) for it in chips):
        raise Refusal(sentence("A bet needs a number of chips for each symbol. Place it again."))
    placed = int(sum(chips))
    if placed != CHIPS:
        raise Refusal(
            sentence(
                "A bet has {all} chips, and you placed {placed}. Place all of them.",
                all=CHIPS,
                placed=placed,
            )
        )
    return tuple(float(it) for it in chips)


def _is_count(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 <= value <= CHIPS and value == int(value)


def chip_loss(chips: Sequence[Value], target: int) -> float:
    """−ln(chips / 100) of the symbol that came, in nats; infinite if it has no chip."""
    share = float(chips[target]) / CHIPS
    return -math.log(share) if share else math.inf


def hedged_loss(chips: Sequence[Value], target: int) -> float:
    """The loss with a chip on each symbol, and the others shared out as these chips are. Nats."""
    rest = CHIPS - len(chips)
    return -math.log((1 + rest * float(chips[target]) / CHIPS) / CHIPS)


def counted_losses(n: int) -> list[float]:
    """−ln p of each round's symbol by counting n letters at a time. Nats."""
    return [-math.log(counter(n).next_probs(it.start)[it.target]) for it in rounds()]


def untrained(config: Config) -> CharRNN:
    """The network of a recipe before its first step."""
    generator = torch.Generator().manual_seed(config.seed)
    return start_network(config, len(dinosaurs().vocab), generator)


def network_losses(model: CharRNN, context: int = 0) -> list[float]:
    """−ln p that a network gives each round's symbol. context: as in its recipe. Nats."""
    return [-math.log(_network_probs(model, it, context)[it.target]) for it in rounds()]


def _network_probs(model: CharRNN, played: Round, context: int) -> np.ndarray:
    """What a network expects next. (V,)"""
    longest = context or played.known + 1
    last: np.ndarray = probs_by_memory(model, dinosaurs().vocab, played.start, longest)[-1]
    return last


def chips_sentence(chips: Sequence[Value], played: Round) -> Sentence:
    """Which symbol came in a round, and what it cost."""
    symbol, target = dinosaurs().vocab.labels[played.target], played.target
    fields = {"symbol": symbol, "chips": int(float(chips[target])), "name": played.name}
    if not fields["chips"]:
        return sentence(
            "{symbol} came next: {name}. You had no chip on it. −ln 0 is infinite, so your loss "
            "is ∞.",
            **fields,
        )
    return sentence(
        "{symbol} came next: {name}. You had {chips} of {all} chips on it, so your loss is "
        "−ln({chips}/{all}) = {loss:.2f} nats.",
        all=CHIPS,
        loss=chip_loss(chips, target) + 0.0,
        **fields,
    )


def placed(losses: Sequence[float | None]) -> list[int]:
    """The rounds that were played, counted from 0; all of them if none was played."""
    return [i for i, loss in enumerate(losses) if loss is not None] or list(range(len(losses)))


def mean_over(losses: Sequence[float | None], which: Sequence[int]) -> float | None:
    """The mean loss over these rounds, the cross-entropy; None if one of them was skipped."""
    found = [losses[i] for i in which]
    known = [loss for loss in found if loss is not None]
    return sum(known) / len(known) if known and len(known) == len(found) else None


def mean_sentence(losses: Sequence[float | None], hedged: Sequence[float | None] = ()) -> Sentence:
    """What the mean of a learner's losses is. hedged: their losses with a chip on each symbol."""
    which = placed(losses)
    mean = mean_over(losses, which)
    if mean is None:
        return sentence("You placed no chips, so the means are over all symbols.")
    if math.isinf(mean):
        return _infinite_sentence(mean_over(hedged, which) if hedged else None)
    return plural_sentence(
        "Your loss on {count} symbol is {loss:.2f} nats. This is the cross-entropy of your chips.",
        "Your mean loss over {count} symbols is {loss:.2f} nats. This is the cross-entropy of "
        "your chips.",
        len(which),
        loss=mean,
    )


def _infinite_sentence(hedged: float | None) -> Sentence:
    """What one symbol without a chip does to a mean, and what a chip on each would have given."""
    if hedged is None:
        return sentence(
            "Your mean loss is ∞. One symbol without a chip is enough, whatever the other losses "
            "are."
        )
    count = len(dinosaurs().vocab)
    return sentence(
        "Your mean loss is ∞, because one symbol that came had no chip. One chip on each of the "
        "{count} symbols, and the other {rest} shared out as yours were, would have given "
        "{loss:.2f}.",
        count=count,
        rest=CHIPS - count,
        loss=hedged,
    )


def _to_two_digits(value: float) -> float:
    """A number above 0, rounded to its first two digits."""
    return round(value, 1 - math.floor(math.log10(value)))


def least_sentence(model: CharRNN, context: int = 0) -> Sentence:
    """The smallest probability that a network gave any symbol in the rounds; it is never 0."""
    vocab = dinosaurs().vocab
    probs = [_network_probs(model, it, context) for it in rounds()]
    i = int(np.argmin([row.min() for row in probs]))
    return sentence(
        "The network gave every symbol some probability. The smallest one here is about 1 in "
        "{times:,.0f}, for {symbol} after {start}. The network computes each probability from a "
        "power of e, which is never 0. A later lesson shows how.",
        times=_to_two_digits(1 / float(probs[i].min())),
        symbol=vocab.labels[int(probs[i].argmin())],
        start=rounds()[i].start,
    )
