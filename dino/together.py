"""The loss of a network and counting together (`mixture.py`), beside that of each alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch

from dino.data import Corpus, Vocab, encode
from dino.difference import Difference
from dino.evaluation import letter_losses_in_parts
from dino.metrics import loss_difference
from dino.mix import Mix
from dino.model import CharRNN
from dino.ngram import NGram
from dino.parts import Parts


class MixedLosses(NamedTuple):
    """The sum of −ln p over each of N names, (N,) nats: of each reader alone, and of both."""

    network: np.ndarray
    counting: np.ndarray
    together: np.ndarray


def mixed_losses(
    network: Sequence[np.ndarray], counting: Sequence[np.ndarray], share: float
) -> MixedLosses:
    """The losses of the mixture from −ln p of every symbol. network, counting: (T,) a name, nats.

    −ln(λ e^−a + (1 − λ) e^−b), where a and b are the two losses of a symbol.
    """
    with np.errstate(divide="ignore"):
        ours, theirs = np.log(share), np.log1p(-share)
    together = [
        -np.logaddexp(ours - a.astype(np.float64), theirs - b)
        for a, b in zip(network, counting, strict=True)
    ]
    return MixedLosses(*(np.array([x.sum() for x in it]) for it in (network, counting, together)))


class BelowEach(NamedTuple):
    """A mixture's loss in nats per symbol, and how much lower it is than each side alone.

    The errors are over names (`metrics.loss_difference`).
    """

    loss: float
    network: Difference
    counting: Difference


def below_each(losses: MixedLosses, names: Sequence[str]) -> BelowEach:
    """The mixture beside each of its sides, on the N names that the losses are of."""
    symbols = np.array([len(name) + 1 for name in names])  # targets: letters and an end mark

    def below(alone: np.ndarray) -> Difference:
        lower_by, error = loss_difference(alone, losses.together, symbols)
        return Difference(lower_by, error, len(symbols))

    loss = float(losses.together.sum() / symbols.sum())
    return BelowEach(loss, below(losses.network), below(losses.counting))


def letter_losses(
    model: CharRNN, vocab: Vocab, names: Sequence[str], context: int = 0
) -> Parts[list[np.ndarray]]:
    """−ln p of every letter and end mark of `names`, by a network, in parts. (letters + 1,) a name;
    nats.
    """
    inputs, targets, _ = map(torch.from_numpy, encode(names, vocab))
    losses = yield from letter_losses_in_parts(model, inputs, targets, context)
    return [row[: len(name) + 1] for row, name in zip(losses.numpy(), names, strict=True)]


def mixed_losses_in_parts(
    model: CharRNN, counts: NGram, names: Sequence[str], share: float, context: int = 0
) -> Parts[MixedLosses]:
    """`mixed_losses` of a network and counted letters on `names`, in parts."""
    network = yield from letter_losses(model, counts.vocab, names, context)
    return mixed_losses(network, counts.surprises(names), share)


class Reading(NamedTuple):
    """A network that is read together with counting: how, and what that gives on held-out names."""

    mix: Mix
    below: BelowEach

    @property
    def figures(self) -> dict[str, float]:
        """Its loss, and how far that is below each side alone with the error; nats per symbol."""
        loss, network, counting = self.below
        return {
            "loss": loss,
            "below_network": network.lower_by,
            "below_network_error": network.error,
            "below_counting": counting.lower_by,
            "below_counting_error": counting.error,
        }


def read_in_parts(
    model: CharRNN, counts: NGram, corpus: Corpus, mix: Mix, context: int = 0
) -> Parts[Reading]:
    """Read the held-out names of a list with a network and the counted letters of its training
    names, in parts.
    """
    losses = yield from mixed_losses_in_parts(model, counts, corpus.val, mix.share, context)
    return Reading(mix, below_each(losses, corpus.val))
