"""Network and counting together: how a network is read beside n-grams (`Mix`).

At every step, p = λ · softmax(z) + (1 − λ) · p_counting, both at temperature 1. Nothing is trained
for it, so any network can be read with any λ. Linear interpolation of language models: Jelinek &
Mercer 1980; with a network, Mikolov et al. 2010.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dino.locale.sentences import Refusal, sentence
from dino.ngram import ORDERS
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
