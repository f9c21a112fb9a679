"""The layers around the cell: letters in, scores and their loss out. Shapes as in `layout.py`."""

from __future__ import annotations

import numpy as np

from dino.compiled.elementwise import compute_exp
from dino.compiled.jit import jit
from dino.compiled.layout import Matrices, SoftTargets
from dino.compiled.matrices import (
    Bits,
    F,
    Floats,
    Ints,
    add_row,
    multiply,
    multiply_transposed,
    transpose_multiply,
)


@jit
def compute_input_sums(ids: Ints, factors: Floats, W_xh: Floats, b_h: Floats, a: Floats) -> None:
    """a = x W_xh + b_h: row v of W_xh for letter v, times dropout's factor; no row at the start.

    ids and factors (N,), a (N, G·H).
    """
    V, GH = W_xh.shape
    for i in range(len(ids)):
        v, factor = ids[i], factors[i]
        if v < V:
            for k in range(GH):
                a[i, k] = b_h[k] + factor * W_xh[v, k]
        else:
            for k in range(GH):
                a[i, k] = b_h[k]


@jit
def backpropagate_input(
    ids: Ints, factors: Floats, da: Floats, dW_xh: Floats, db_h: Floats
) -> None:
    """dW_xh: each row of da (N, G·H) added to the row of its letter; db_h: the sum of all rows."""
    V, GH = dW_xh.shape
    dW_xh[:] = F(0)
    db_h[:] = F(0)
    for i in range(len(ids)):
        v, factor = ids[i], factors[i]
        for k in range(GH):
            db_h[k] += da[i, k]
        if v < V:
            for k in range(GH):
                dW_xh[v, k] += factor * da[i, k]


@jit
def compute_logits(h: Floats, weights: Matrices, logits: Floats) -> None:
    """logits = h W_hy + b_y. (N, H) -> (N, V)"""
    multiply(h, weights.W_hy, logits, False)
    add_row(weights.b_y, logits)


@jit
def backpropagate_output(
    h: Floats, d_logits: Floats, weights: Matrices, ones: Floats, gradient: Matrices, dh: Floats
) -> None:
    """dW_hy = hᵀ d_logits, db_y the sum of all rows, dh = d_logits W_hyᵀ.

    h and dh (N, H), ones (N, 1).
    """
    transpose_multiply(h, d_logits, gradient.W_hy)
    transpose_multiply(ones, d_logits, gradient.b_y.reshape(1, len(gradient.b_y)))
    multiply_transposed(d_logits, weights.W_hy, dh, False)


@jit
def compute_cross_entropy(logits: Floats, goals: Ints, exps: Floats, powers: Bits) -> float:
    """Mean of −ln softmax(logits)[goal] over all rows; `logits` (N, V) becomes its gradient.

    exps, powers: memory for N·V numbers or more.
    """
    N, V = logits.shape
    total = subtract_maxima(logits, goals)
    compute_exp(logits.reshape(N * V), exps, powers)
    table = exps[: N * V].reshape(N, V)
    product = 1.0  # ln of a product is the sum of the ln, and a logarithm is slow
    for i in range(N):
        row_sum, goal = F(0), goals[i]
        for v in range(V):
            row_sum += table[i, v]
        product *= float(row_sum)
        if product > 1e200:
            total, product = total + float(np.log(product)), 1.0
        share = F(1) / (row_sum * F(N))
        for v in range(V):  # x − x is 0, but NaN and ∞ stay visible
            logits[i, v] = table[i, v] * share + (logits[i, v] - logits[i, v])
        logits[i, goal] -= F(1) / F(N)
    return (total + float(np.log(product))) / N


@jit
def mix_in_soft_targets(soft: SoftTargets, goals: Ints, d_logits: Floats) -> None:
    """From p − one-hot to p − (1 − α) · one-hot − α · q, each divided by N.

    d_logits (N, V): the gradient from `compute_cross_entropy`. α: the share of the soft targets q.
    """
    N, V = d_logits.shape
    part = F(soft.share) / F(N)
    for i in range(N):
        place = soft.places[i]
        for v in range(V):
            d_logits[i, v] -= part * soft.table[place, v]
        d_logits[i, goals[i]] += part


@jit
def subtract_maxima(logits: Floats, goals: Ints) -> float:
    """Subtract each row's maximum; return minus the sum of the goals' shifted scores."""
    N, V = logits.shape
    total = 0.0
    for i in range(N):
        high = logits[i, 0]
        for v in range(V):
            high = max(high, logits[i, v])
        for v in range(V):
            logits[i, v] -= high
        total -= logits[i, goals[i]]
    return total
