"""Network and counting together: how a network is read beside n-grams (`Mix`).

At every step, p = λ · softmax(z) + (1 − λ) · p_counting, both at temperature 1. Nothing is trained
for it, so any network can be read with any λ. Linear interpolation of language models: Jelinek &
Mercer 1980; with a network, Mikolov et al. 2010.
"""

from __future__ import annotations

import numpy as np


def log_mixed(network: np.ndarray, counted: np.ndarray, share: float) -> np.ndarray:
    """ln(λ · p_network + (1 − λ) · p_counting). network: ln p_network, as `log_softmax` has it.

    network, counted (…, V) -> (…, V)
    It takes the place of the scores: its softmax is the mixture, which sums to 1.
    """
    with np.errstate(divide="ignore"):
        other = np.log(counted)
    return log_mean(network, other, share)


def log_mean(network: np.ndarray, other: np.ndarray, share: float) -> np.ndarray:
    """ln(λ · p + (1 − λ) · q) from ln p and ln q, in float64. NaN where one of them is NaN."""
    with np.errstate(divide="ignore", invalid="ignore"):
        mean: np.ndarray = np.logaddexp(np.log(share) + network, np.log1p(-share) + other)
    return mean


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """ln softmax(z), in float64. (…, V) -> (…, V)"""
    scores = logits.astype(np.float64)
    scores -= scores.max(axis=-1, keepdims=True)
    found: np.ndarray = scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))
    return found


def network_part(network: np.ndarray, mixed: np.ndarray, share: float) -> np.ndarray:
    """Which part of each mixed probability came from the network: λ · p_network / p. (…, V)

    network: ln p_network; mixed: what `log_mixed` made of it.
    """
    part: np.ndarray = share * np.exp(network - mixed)
    return part
