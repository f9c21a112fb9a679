"""Network and counting together: how a network is read beside n-grams (`Mix`).

At every step, p = λ · softmax(z) + (1 − λ) · p_counting, both at temperature 1. Nothing is trained
for it, so any network can be read with any λ. Linear interpolation of language models: Jelinek &
Mercer 1980; with a network, Mikolov et al. 2010.
"""

from __future__ import annotations

import numpy as np

from dino.mix import PARTNERS as PARTNERS  # for modules that import only the mixture
from dino.mix import SHARE as SHARE
from dino.mix import Mix as Mix


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
