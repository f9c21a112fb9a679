"""The compiled kernels: many updates in one call that does not hold Python's global lock.

The same mathematics as `model.py`, `train.py` and `optim.py`, written out: forward, backpropagation
through time, clipping, the optimizer's rule, the average. The kernels change the weights of the
PyTorch model in place (one vector, shared memory). numba compiles them to machine code. At
classroom sizes PyTorch spends most of its time on calls, the kernels on arithmetic.

    kernels.py     train and evaluate                  cells.py        the three cells
    layers.py      letters in, scores and loss out     updates.py      clipping, rules, average
    writer.py      names, letter by letter
    layout.py      what they pass to each other        elementwise.py  tanh, exp, dropout
    matrices.py    products, by BLAS (blas.py)         jit.py          how they are compiled
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dino.compiled.cells import backward, forward
from dino.compiled.elementwise import draw_dropout
from dino.compiled.jit import jit
from dino.compiled.layers import (
    backpropagate_input,
    backpropagate_output,
    compute_cross_entropy,
    compute_input_sums,
    compute_logits,
    mix_in_soft_targets,
)
from dino.compiled.layout import (
    NO_TEACHER,
    Data,
    Gradients,
    Layout,
    Matrices,
    Recipe,
    Shape,
    SoftTargets,
    States,
    Teacher,
    Weights,
    allocate_gradients,
    allocate_states,
    lay_out,
    lay_out_teacher,
    split_weights,
)
from dino.compiled.matrices import (
    Bits,
    F,
    Floats,
    Ints,
    RandomState,
    allocate_matrix,
    transpose_multiply,
)
from dino.compiled.updates import clip, move_average, update

__all__ = ["NO_TEACHER", "Data", "Recipe", "Shape", "Teacher", "Weights", "evaluate", "train"]


class Workspace(NamedTuple):
    """The memory that all updates of a call reuse, for up to N = B · T rows."""

    states: States
    gradients: Gradients
    W_hh_T: Floats  # (G·H, H)
    logits: Floats  # (N, V), then their gradient
    exps: Floats  # (N·V,)
    powers: Bits  # (N·V,)
    h_dropped: Floats  # (N, H) hidden states after dropout
    letter_factors: Floats  # (N,) dropout's factor for each letter read
    hidden_factors: Floats  # (N, H)
    weight_factors: Floats  # (H, G·H) weight drop's factors
    W_hh_dropped: Floats  # (H, G·H) W_hh times those factors
    ones: Floats  # (N, 1)


@jit
def allocate_workspace(shape: Shape, recipe: Recipe, B: int, T: int) -> Workspace:
    """Memory for updates on B names of up to T steps."""
    N, H, V = B * T, shape.hidden_size, shape.vocab_size
    dropped = H if recipe.weight_drop > 0 else 1  # rows
    return Workspace(
        allocate_states(shape, B, N),
        allocate_gradients(shape, B, N),
        allocate_matrix(shape.gates * H, H),
        allocate_matrix(N, V),
        np.empty(N * V, np.float32),
        np.empty(N * V, np.int32),
        allocate_matrix(N, H),
        np.ones(N, np.float32),
        np.ones((N if recipe.hidden_dropout > 0 else 1, H), np.float32),
        np.ones((dropped, shape.gates * H), np.float32),
        allocate_matrix(dropped, shape.gates * H),
        np.ones((N, 1), np.float32),
    )


@jit
def train(
    shape: Shape,
    recipe: Recipe,
    weights: Weights,
    data: Data,
    teacher: Teacher,
    batches: Ints,
    updates: int,
    adam_steps: int,
    random: RandomState,
) -> tuple[Floats, npt.NDArray[np.int32], npt.NDArray[np.float64]]:
    """One update for each row of `batches` (S, B), which are places in `data` and `teacher`.

    updates: how many were made before; adam_steps: how many of them were Adam's; random: (1,) the
    state of dropout's generator. For each update, returns the loss before it (S,) in nats per
    symbol, its number of targets (S,), and its gradient's length before clipping (S,), NaN
    without clipping.
    """
    S, B = batches.shape
    losses, symbols, norms = np.empty(S, np.float32), np.empty(S, np.int32), np.full(S, np.nan)
    matrices, gradient = split_weights(weights.w, shape), split_weights(weights.g, shape)
    work = allocate_workspace(shape, recipe, B, data.inputs.shape[1])
    for s in range(S):
        layout = lay_out(batches[s], data)
        soft = lay_out_teacher(batches[s], data.lengths, teacher)
        if recipe.weight_drop > 0:
            dropped = drop_weights(recipe.weight_drop, matrices, work, random)
            loss = compute_gradient(shape, recipe, dropped, layout, soft, work, random, gradient)
            # The chain rule: a dropped weight gets no gradient, the others their factor times it.
            scale(gradient.W_hh, work.weight_factors, gradient.W_hh)
        else:
            loss = compute_gradient(shape, recipe, matrices, layout, soft, work, random, gradient)
        losses[s], symbols[s] = loss, layout.rows
        if recipe.clip_norm > 0:
            norms[s] = clip(weights.g, recipe.clip_norm)
        update(recipe.rule, weights, recipe.rate, adam_steps + s + 1)
        if recipe.average > 0:
            move_average(weights, recipe.average, updates + s)
    return losses, symbols, norms


@jit
def compute_gradient(
    shape: Shape,
    recipe: Recipe,
    weights: Matrices,
    layout: Layout,
    soft: SoftTargets,
    work: Workspace,
    random: RandomState,
    gradient: Matrices,
) -> float:
    """Forward and backward through one batch: fills `gradient` and returns the loss, which is that
    of the letters themselves.
    """
    n = layout.rows
    factors = work.letter_factors[:n]
    if recipe.letter_dropout > 0:
        draw_dropout(factors, recipe.letter_dropout, random)
    compute_input_sums(layout.ids, factors, weights.W_xh, weights.b_h, work.states.a)
    forward(shape.gates, layout, weights.W_hh, work.states)
    loss = pass_through_output(recipe.hidden_dropout, weights, layout, soft, work, random, gradient)

    work.W_hh_T[:] = weights.W_hh.T  # BLAS multiplies faster by this copy
    d_recurrent = backward(shape.gates, layout, work.W_hh_T, work.states, work.gradients)
    second = layout.active[0]  # the first row of step 1: at step 0 there is no state before
    transpose_multiply(work.states.h_prev[second:n], d_recurrent[second:n], gradient.W_hh)
    backpropagate_input(layout.ids, factors, work.gradients.da, gradient.W_xh, gradient.b_h)
    return loss


@jit
def drop_weights(share: float, weights: Matrices, work: Workspace, random: RandomState) -> Matrices:
    """The weights of one update: a `share` of W_hh's entries is zero, the others are scaled up."""
    factors = work.weight_factors
    draw_dropout(factors.reshape(factors.size), share, random)
    scale(weights.W_hh, factors, work.W_hh_dropped)
    return Matrices(weights.W_xh, work.W_hh_dropped, weights.b_h, weights.W_hy, weights.b_y)


@jit
def pass_through_output(
    dropout: float,
    weights: Matrices,
    layout: Layout,
    soft: SoftTargets,
    work: Workspace,
    random: RandomState,
    gradient: Matrices,
) -> float:
    """From the hidden states to the loss, and back to dh; `dropout` of the states are left out."""
    n = layout.rows
    h, dh, logits = work.states.h[:n], work.gradients.dh[:n], work.logits[:n]
    if dropout > 0:
        factors = work.hidden_factors[:n]
        draw_dropout(factors.reshape(factors.size), dropout, random)
        h_dropped = work.h_dropped[:n]
        scale(h, factors, h_dropped)
        h = h_dropped
    compute_logits(h, weights, logits)
    loss = compute_cross_entropy(logits, layout.goals, work.exps, work.powers)
    if soft.share > 0:
        mix_in_soft_targets(soft, layout.goals, logits)
    backpropagate_output(h, logits, weights, work.ones[:n], gradient, dh)
    if dropout > 0:
        scale(dh, work.hidden_factors[:n], dh)
    return loss


@jit
def scale(values: Floats, factors: Floats, out: Floats) -> None:
    """out = values ⊙ factors, (N, H) or of another shape; `out` may be `values`."""
    for i in range(len(values)):
        for k in range(values.shape[1]):
            out[i, k] = values[i, k] * factors[i, k]


@jit
def evaluate(shape: Shape, w: Floats, data: Data, rows: Ints) -> float:
    """Mean of −ln p(target) over all real targets of `rows` (B,), without dropout. Nats."""
    layout = lay_out(rows, data)
    n = layout.rows
    weights, states = split_weights(w, shape), allocate_states(shape, len(rows), n)
    compute_input_sums(layout.ids, np.ones(n, F), weights.W_xh, weights.b_h, states.a)
    forward(shape.gates, layout, weights.W_hh, states)
    logits = allocate_matrix(n, shape.vocab_size)
    compute_logits(states.h, weights, logits)
    size = n * shape.vocab_size
    return compute_cross_entropy(
        logits, layout.goals, np.empty(size, np.float32), np.empty(size, np.int32)
    )
