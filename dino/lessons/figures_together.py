"""Network and counting together: their losses on the held-out names, where the two disagree, and
what was measured of it in advance with more seeds and splits.

`python -m tests.together_letters` measures it and writes the file.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from dino.lessons.dinosaur_list import dinosaurs
from dino.lessons.figures_loss import mean_loss_of
from dino.lessons.item import Value
from dino.lists import DATA
from dino.mix import ORDERS, SHARE
from dino.mixture import log_mean
from dino.model import CharRNN
from dino.ngram import NGram
from dino.parts import Parts
from dino.together import below_each, letter_losses, mixed_losses

FILE = DATA / "together_letters.json"
PARTNER = "sixes"
TWO = (0.5, 0.02)  # probabilities of two symbols by the one side; by the other they are swapped
SAME = 1e-9  # nats; sums that are added in another order differ by less

Losses = Sequence[np.ndarray]  # −ln p of every symbol, (letters + 1,) a name; nats


class Sides(NamedTuple):
    """A network and counting on the held-out names of the dinosaurs."""

    names: Sequence[str]
    network: Losses
    counting: Losses


def sides_in_parts(model: CharRNN, context: int) -> Parts[Sides]:
    """What the network and counting sixes lose on each symbol of the held-out names, in parts."""
    corpus = dinosaurs()
    network = yield from letter_losses(model, corpus.vocab, corpus.val, context)
    return Sides(corpus.val, network, counted())


@cache
def counted() -> Losses:
    """What counting sixes loses on each symbol of the held-out names."""
    corpus = dinosaurs()
    return NGram(ORDERS[PARTNER], corpus.train, corpus.vocab).surprises(corpus.val)


# ---- of one network


def mean_loss(losses: Losses) -> float:
    """The mean over all symbols. Nats."""
    return float(np.concatenate(losses).astype(np.float64).mean())


def half_and_half(one: Losses, other: Losses) -> float:
    """The loss of half the one and half the other. Nats per symbol."""
    return float(mixed_losses(one, other, SHARE).together.sum() / sum(map(len, one)))


def guessed(losses: Losses, symbols: int) -> Losses:
    """What a uniform guess loses on the same symbols. symbols: how many there are to guess from."""
    return [np.full(len(it), math.log(symbols)) for it in losses]


class Disagreement(NamedTuple):
    """How differently two readers predict the same symbols.

    better: of which share of them the first one loses less; apart: of which share one gives more
    than twice the other's probability; correlation: of their losses
    """

    better: float
    apart: float
    correlation: float


def disagreement(one: Losses, other: Losses) -> Disagreement:
    """How differently two readers predict the same symbols."""
    a, b = (np.concatenate(it).astype(np.float64) for it in (one, other))
    apart = np.abs(a - b) > math.log(2)
    found = np.mean(a < b), np.mean(apart), np.corrcoef(a, b)[0, 1]
    return Disagreement(*map(float, found))


def together_figures(sides: Sides) -> dict[str, Value]:
    """The three losses, whose is the lowest, and how far that of the mixture is below each."""
    losses = mixed_losses(sides.network, sides.counting, SHARE)
    found = below_each(losses, sides.names)
    each = {"network": mean_loss(sides.network), "counting": mean_loss(sides.counting)}
    each["both"] = found.loss
    return {
        **{f"{name}_loss": loss for name, loss in each.items()},
        "lowest_reader": min(each, key=lambda name: each[name]),
        "below_network": found.network.lower_by,
        "below_network_error": found.network.error,
        "below_counting": found.counting.lower_by,
        "below_counting_error": found.counting.error,
    }


def disagreement_figures(sides: Sides) -> dict[str, Value]:
    """At how many percent of the symbols each side is better, and the two are far apart."""
    found = disagreement(sides.network, sides.counting)
    better = 100 * found.better
    return {"network_better": better, "counting_better": 100 - better, "apart": 100 * found.apart}


def partner_figures(sides: Sides) -> dict[str, Value]:
    """The network half and half with a uniform guess, and with a copy of itself."""
    network, symbols = sides.network, len(dinosaurs().vocab)
    alone = mean_loss(network)
    guessing = half_and_half(network, guessed(network, symbols))
    copy = half_and_half(network, network)
    return {
        "guessing_both": guessing,
        "guessing_above": guessing - alone,
        "guessing_verdict": verdict(guessing - alone),
        "copy_both": copy,
        "copy_verdict": verdict(copy - alone),
    }


def verdict(above: float) -> str:
    """What became of a loss: 'higher', 'lower', or 'same'."""
    return "same" if abs(above) < SAME else "higher" if above > 0 else "lower"


class Letters(NamedTuple):
    """A name symbol by symbol, (letters + 1,) each: both losses, that of the mixture, and which
    part of its probability is the network's.
    """

    name: str
    network: np.ndarray
    counting: np.ndarray
    both: np.ndarray
    from_network: np.ndarray


def letters_of(sides: Sides) -> list[Letters]:
    """Every held-out name, first that on which the two disagree most: where the mixture's loss is
    furthest below the mean of theirs.
    """
    found = [_letters(*it) for it in zip(*sides, strict=True)]
    return sorted(found, key=_gain, reverse=True)


def _gain(it: Letters) -> float:
    return float(((it.network + it.counting) / 2 - it.both).mean())


def _letters(name: str, network: np.ndarray, counting: np.ndarray) -> Letters:
    one = network.astype(np.float64)
    both = -log_mean(-one, -counting, SHARE)
    return Letters(name, network, counting, both, SHARE * np.exp(both - one))


# ---- of several seeds and splits


class Measured(NamedTuple):
    """What was measured in advance on S splits with K seeds each. Losses in nats per symbol.

    counting (S,). Of each network (S, K): network, its loss; both, half and half with counting;
    guessing, with a uniform guess; second, with the network of the next seed. Its disagreement
    with counting and with that second network (S, K, 3), as `Disagreement` has it.
    """

    counting: np.ndarray
    network: np.ndarray
    both: np.ndarray
    guessing: np.ndarray
    second: np.ndarray
    with_counting: np.ndarray
    with_second: np.ndarray

    @property
    def lowest(self) -> np.ndarray:
        """In which runs the mixture has a lower loss than either side. (S, K)"""
        found: np.ndarray = self.both < np.minimum(self.network, self.counting[:, None])
        return found

    def below(self, one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
        """How far a loss is below another on average, and its standard error over splits."""
        gaps = (other - one).mean(1)
        return float(gaps.mean()), float(gaps.std(ddof=1) / math.sqrt(len(gaps)))


@cache
def measured() -> Measured:
    """The contents of the file."""
    splits = read()["splits"].values()
    runs = {
        name: np.array([[run[name] for run in split["runs"]] for split in splits])
        for name in Measured._fields[1:]
    }
    return Measured(np.array([split["counting"] for split in splits]), **runs)


@cache
def read() -> dict[str, Any]:
    """The file: the recipe, the seeds, the names, and the runs of each split."""
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def _below(partner: str) -> tuple[float, float]:
    found = measured()
    alone = found.counting[:, None] if partner == "counting" else found.network
    return found.below(found.second if partner == "second" else found.both, alone)


def _percent(part: int) -> np.ndarray:
    found: np.ndarray = 100 * measured().with_counting[..., part]
    return found


def _correlation(which: str) -> float:
    return float(getattr(measured(), which)[..., 2].mean())


# together_below_network, _counting: how far half and half is below each side; _second: how far a
# network half and half with a second one is below it; _error: over splits
FIGURES: Mapping[str, Callable[[], Value]] = {
    "two_high": lambda: TWO[0],
    "two_low": lambda: TWO[1],
    "two_each": lambda: mean_loss_of(TWO),
    "two_mixed": lambda: -math.log(sum(TWO) / 2),
    "two_sum": lambda: sum(TWO) / 2,
    "two_better": lambda: -math.log(TWO[0]),
    "half_in_nats": lambda: -math.log(SHARE),
    "together_seeds": lambda: measured().network.shape[1],
    "together_splits": lambda: measured().network.shape[0],
    "together_runs": lambda: measured().network.size,
    "together_lowest": lambda: int(measured().lowest.sum()),
    "together_below_network": lambda: _below("network")[0],
    "together_below_network_error": lambda: _below("network")[1],
    "together_below_counting": lambda: _below("counting")[0],
    "together_below_counting_error": lambda: _below("counting")[1],
    "together_below_second": lambda: _below("second")[0],
    "together_below_second_error": lambda: _below("second")[1],
    "together_better_lowest": lambda: float(_percent(0).min()),
    "together_better_highest": lambda: float(_percent(0).max()),
    "together_apart_lowest": lambda: float(_percent(1).min()),
    "together_apart_highest": lambda: float(_percent(1).max()),
    "together_alike": lambda: _correlation("with_counting"),
    "together_second_alike": lambda: _correlation("with_second"),
}
