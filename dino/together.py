"""The loss of a network and counting together (`mixture.py`), beside that of each alone, and what
may be said of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch

from dino.data import Corpus, Vocab, encode
from dino.difference import Difference, Side, few_names_sentence
from dino.evaluation import letter_losses_in_parts
from dino.locale.sentences import Sentence, error_sentence, sentence
from dino.metrics import loss_difference
from dino.mix import Mix
from dino.mixture import log_mean
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
    if not network:
        return MixedLosses(*(np.zeros(0) for _ in MixedLosses._fields))
    a, b = np.concatenate(network).astype(np.float64), np.concatenate(counting)
    together = -log_mean(-a, -b, share)
    first = np.cumsum([0, *map(len, network[:-1])])  # of each name's symbols
    return MixedLosses(*(np.add.reduceat(it, first) for it in (a, b, together)))


class BelowEach(NamedTuple):
    """A mixture's loss in nats per symbol, and how much lower it is than each side alone.

    The errors are over names (`metrics.loss_difference`). error: that of the loss
    """

    loss: float
    network: Difference
    counting: Difference
    error: float


def below_each(losses: MixedLosses, names: Sequence[str]) -> BelowEach:
    """The mixture beside each of its sides, on the N names that the losses are of."""
    symbols = np.array([len(name) + 1 for name in names])  # targets: letters and an end mark

    def below(alone: np.ndarray) -> Difference:
        lower_by, error = loss_difference(alone, losses.together, symbols)
        return Difference(lower_by, error, len(symbols))

    loss, error = loss_difference(losses.together, np.zeros(len(symbols)), symbols)
    return BelowEach(loss, below(losses.network), below(losses.counting), error)


def letter_losses(
    model: CharRNN, vocab: Vocab, names: Sequence[str], context: int = 0
) -> Parts[list[np.ndarray]]:
    """−ln p of every letter and end mark of `names`, by a network, in parts. (letters + 1,) a name;
    nats.
    """
    inputs, targets, _ = map(torch.from_numpy, encode(names, vocab))
    losses = yield from letter_losses_in_parts(model, inputs, targets, context)
    return [row[: len(name) + 1] for row, name in zip(losses.numpy(), names, strict=True)]


def held_out_letters(model: CharRNN, corpus: Corpus, context: int = 0) -> Parts[np.ndarray]:
    """−ln p of every letter and end mark of the held-out names, in parts. (T,) nats"""
    names = yield from letter_losses(model, corpus.vocab, corpus.val, context)
    return np.concatenate(names)


def mixed_losses_in_parts(
    model: CharRNN, counts: NGram, names: Sequence[str], share: float, context: int = 0
) -> Parts[MixedLosses]:
    """`mixed_losses` of a network and counted letters on `names`, in parts."""
    network = yield from letter_losses(model, counts.vocab, names, context)
    counting = yield from counts.surprises_in_parts(names)
    return mixed_losses(network, counting, share)


class Reading(NamedTuple):
    """A network that is read together with counting: how, and what that gives on held-out names.

    exam: what it gives on the names of the final exam, if that was opened with this mixture
    """

    mix: Mix
    below: BelowEach
    exam: BelowEach | None = None

    @property
    def figures(self) -> dict[str, float]:
        """Its loss, and how far that is below each side alone with the error; nats per symbol."""
        loss, network, counting, _ = self.below
        return {
            "loss": loss,
            "below_network": network.lower_by,
            "below_network_error": network.error,
            "below_counting": counting.lower_by,
            "below_counting_error": counting.error,
            **({} if self.exam is None else {"exam_loss": self.exam.loss}),
        }


def read_in_parts(
    model: CharRNN,
    counts: NGram,
    corpus: Corpus,
    mix: Mix,
    context: int = 0,
    with_exam: bool = False,
) -> Parts[Reading]:
    """Read the held-out names of a list with a network and the counted letters of its training
    names, in parts; with_exam: and the names of its final exam.
    """
    found = []
    for names in (corpus.val, corpus.exam) if with_exam else (corpus.val,):
        losses = yield from mixed_losses_in_parts(model, counts, names, mix.share, context)
        found.append(below_each(losses, names))
    return Reading(mix, *found)


def together_sentence(found: BelowEach, mix: Mix, step: int) -> Sentence:
    """The held-out loss of a network together with counting. step: of its weights."""
    if not mix.share:
        return sentence(
            "Counting {partner} has a held-out loss of {loss:.2f} without the network (share of "
            "the network: λ = 0).",
            partner=Sentence(mix.partner),
            loss=found.loss,
        )
    return sentence(
        "At update {step:,}, the network together with counting {partner} has a held-out loss of "
        "{loss:.2f} (share of the network: λ = {share:g}).",
        step=step,
        partner=Sentence(mix.partner),
        loss=found.loss,
        share=mix.share,
    )


def exam_sentence(found: BelowEach, mix: Mix) -> Sentence:
    """The same loss on the names of the final exam."""
    if not mix.share:
        return sentence(
            "On the exam's names, counting {partner} has a loss of {loss} without the network "
            "(share of the network: λ = 0).",
            partner=Sentence(mix.partner),
            loss=error_sentence(found.loss, found.error, 3),
        )
    return sentence(
        "On the exam's names, the network together with counting {partner} has a loss of {loss} "
        "(share of the network: λ = {share:g}).",
        partner=Sentence(mix.partner),
        loss=error_sentence(found.loss, found.error, 3),
        share=mix.share,
    )


def below_sentences(found: BelowEach, mix: Mix) -> list[Sentence]:
    """How far a network together with counting is below each side without the other, if the names
    are enough to tell. They follow a sentence that states its loss.
    """
    if found.network.side is Side.UNJUDGED:
        return [few_names_sentence(found.network.over)]
    sides = [_beside_network(found.network)]
    if mix.share > 0:  # at 0 the mixture is counting
        sides.append(_beside_counting(found.counting))
    return sides


def _beside_network(difference: Difference) -> Sentence:
    size = difference.size()
    if difference.side is Side.LOWER:
        return sentence(
            "That is {difference} lower than the loss of the network without counting.",
            difference=size,
        )
    if difference.side is Side.HIGHER:
        return sentence(
            "That is {difference} higher than the loss of the network without counting.",
            difference=size,
        )
    if difference.lower_by >= 0:
        return sentence(
            "Compared with the network without counting, it is too close to call ({difference} "
            "lower).",
            difference=size,
        )
    return sentence(
        "Compared with the network without counting, it is too close to call ({difference} "
        "higher).",
        difference=size,
    )


def _beside_counting(difference: Difference) -> Sentence:
    size = difference.size()
    if difference.side is Side.LOWER:
        return sentence(
            "It is {difference} lower than the loss of counting without the network.",
            difference=size,
        )
    if difference.side is Side.HIGHER:
        return sentence(
            "It is {difference} higher than the loss of counting without the network.",
            difference=size,
        )
    if difference.lower_by >= 0:
        return sentence(
            "Compared with counting without the network, it is too close to call ({difference} "
            "lower).",
            difference=size,
        )
    return sentence(
        "Compared with counting without the network, it is too close to call ({difference} "
        "higher).",
        difference=size,
    )


def chosen_sentences(mix: Mix, has_exam: bool) -> list[Sentence]:
    """That a share was chosen on the held-out names, and where its honest figure is; nothing for
    the usual share. has_exam: whether the list has a final exam.
    """
    if not mix.is_chosen:
        return []
    found = sentence(
        "You chose λ on these names, so the loss of the mixture may be lower here than on other "
        "names."
    )
    if has_exam:
        return [found, sentence("The final exam gives the honest figure.")]
    return [found, sentence("A run with a final exam gives the honest figure.")]
