"""Network and counting together: how a network is read beside n-grams (`Mix`).

At every step, p = λ · softmax(z) + (1 − λ) · p_counting, both at temperature 1. Nothing is trained
for it, so any network can be read with any λ. Linear interpolation of language models: Jelinek &
Mercer 1980; with a network, Mikolov et al. 2010.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch

from dino.data import Vocab, encode
from dino.evaluation import letter_losses_in_parts
from dino.locale.sentences import Refusal, sentence
from dino.model import CharRNN
from dino.ngram import ORDERS, NGram
from dino.parts import Parts
from dino.setting import quoted

PARTNERS = tuple(name for name, n in ORDERS.items() if n > 1)  # what a network can be read with
SHARE = 0.5  # λ if nobody chooses one: fixed before any loss was seen


@dataclass(frozen=True)
class Mix:
    """What a network is read with, and how much of each probability is the network's.

    partner: one of `PARTNERS`. share: λ in [0, 1]; at 1 the network is read without counting.
    """

    partner: str = PARTNERS[-1]
    share: float = SHARE

    @property
    def n(self) -> int:
        """How many letters are counted at a time."""
        return ORDERS[self.partner]

    @property
    def text(self) -> str:
        """Its form in a link, a file and a command: 'sixes:0.5'."""
        return f"{self.partner}:{self.share:g}"

    @property
    def is_chosen(self) -> bool:
        """Whether λ was chosen. The losses of the held-out names then no longer judge it fairly."""
        return self.share != SHARE

    @classmethod
    def from_text(cls, text: str) -> Mix:
        """'sixes:0.5', or 'sixes' with the usual λ. Raises Refusal for anything else."""
        partner, colon, share = text.strip().partition(":")
        if partner not in PARTNERS:
            raise _refuse(text)
        return cls(partner, _read_share(share, text)) if colon else cls(partner)


def _read_share(share: str, text: str) -> float:
    try:
        number = round(float(share[:20]), 3)
    except ValueError:
        raise _refuse(text) from None
    if not 0 <= number <= 1:  # NaN too
        raise _refuse(text)
    return number + 0.0  # turns −0.0 into 0.0


def _refuse(text: str) -> Refusal:
    return Refusal(
        sentence(
            "mix must be {partners} and a share from 0 to 1, not {text}. Write for example "
            "sixes:0.5.",
            partners=", ".join(PARTNERS),
            text=quoted(text),
        )
    )


def log_mixed(logits: np.ndarray, counted: np.ndarray, share: float) -> np.ndarray:
    """ln(λ · softmax(z) + (1 − λ) · p_counting). logits, counted (…, V) -> (…, V)

    It takes the place of the scores: its softmax is the mixture, which sums to 1.
    """
    with np.errstate(divide="ignore"):
        network, other = np.log(share) + log_softmax(logits), np.log1p(-share) + np.log(counted)
    mixed: np.ndarray = np.logaddexp(network, other)
    return mixed


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """ln softmax(z), in float64. (…, V) -> (…, V)"""
    scores = logits.astype(np.float64)
    scores -= scores.max(axis=-1, keepdims=True)
    found: np.ndarray = scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))
    return found


def network_part(logits: np.ndarray, mixed: np.ndarray, share: float) -> np.ndarray:
    """Which part of each mixed probability came from the network: λ · p_network / p. (…, V)

    logits: the network's scores; mixed: what `log_mixed` made of them.
    """
    part: np.ndarray = share * np.exp(log_softmax(logits) - mixed)
    return part


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
