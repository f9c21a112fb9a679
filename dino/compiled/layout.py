"""What the kernels pass to each other: a network's shape and weights, a recipe, a batch's layout.

The names of a batch are sorted, longest first, and laid out step by step, so that no padding is
computed. At step t the first `active[t]` names still have a target, in the rows from `start[t]` on.

Letters for shapes: N rows (real targets of the batch), B batch, T steps (the longest name and its
end mark), V symbols, H hidden units, G gates, P weights. dX is the gradient of the loss with
respect to X.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dino.compiled.jit import jit
from dino.compiled.matrices import Bits, Floats, Ints, allocate_matrix

RNN, GRU, LSTM = 1, 3, 4  # a cell's number of gates identifies it


class Shape(NamedTuple):
    """A network's size: gates of its cell (G), hidden units (H), symbols (V)."""

    gates: int
    hidden_size: int
    vocab_size: int


class Weights(NamedTuple):
    """What an update changes, (P,) each: weights, gradient, moving average, the rule's moments.

    A rule that needs fewer moments does not touch the others; any vector may take their place.
    """

    w: Floats
    g: Floats
    average: Floats
    moment1: Floats
    moment2: Floats


class Recipe(NamedTuple):
    """How to train: the number of the rule (`updates.py`), its rate, and what else an update does.

    clip_norm, average and the three dropout shares are 0 if they are off.
    """

    rule: int
    rate: float
    clip_norm: float
    average: float
    letter_dropout: float
    hidden_dropout: float
    weight_drop: float


class Data(NamedTuple):
    """Encoded names, as in `dino.data.Encoded`: inputs and targets (names, T), lengths (names,)."""

    inputs: Ints
    targets: Ints
    lengths: Ints


class Teacher(NamedTuple):
    """Soft targets, as in `dino.count_teacher.Teacher`, and their share of each target: 0 if there
    are none, and then the arrays are not read.
    """

    share: float
    table: Floats  # (R, V)
    rows: Bits  # (names, T) of the table


NO_TEACHER = Teacher(0.0, np.zeros((1, 1), np.float32), np.zeros((1, 1), np.int32))


class SoftTargets(NamedTuple):
    """The soft targets of a batch: their share, the table, and its row for each row of a layout."""

    share: float
    table: Floats  # (R, V)
    places: Ints  # (N,); empty if the share is 0


class Matrices(NamedTuple):
    """A network's weights, or their gradients, as views of one vector (P,)."""

    W_xh: Floats  # (V, G·H)
    W_hh: Floats  # (H, G·H)
    b_h: Floats  # (G·H,)
    W_hy: Floats  # (H, V)
    b_y: Floats  # (V,)


class Layout(NamedTuple):
    """A batch, step by step: its number of steps and rows, and what each row reads and predicts.

    first: the step to begin with: 0, or a later one if the states before it are known.
    """

    first: int
    steps: int
    rows: int
    start: Ints  # (T + 1,) the first row of each step
    active: Ints  # (T,) how many names have a target at this step
    ids: Ints  # (N,) symbols that are read
    goals: Ints  # (N,) symbols to predict


class States(NamedTuple):
    """What a cell's forward pass computes, a row for each target."""

    a: Floats  # (N, G·H) sums, which become the gates
    h: Floats  # (N, H) hidden states
    h_prev: Floats  # (N, H) the state before each
    c: Floats  # (B + N, H) LSTM: cell states, after those of the start
    a_h: Floats  # (N, 3H) GRU: h_prev W_hh


class Gradients(NamedTuple):
    """The gradients with respect to `States`."""

    da: Floats  # (N, G·H)
    dh: Floats  # (N, H)
    dc: Floats  # (B, H) LSTM
    da_h: Floats  # (N, 3H) GRU


@jit
def split_weights(vector: Floats, shape: Shape) -> Matrices:
    """The matrices that make up a vector (P,); nothing is copied."""
    H, V = shape.hidden_size, shape.vocab_size
    GH = shape.gates * H
    end_xh = V * GH
    end_hh = end_xh + H * GH
    end_bh = end_hh + GH
    end_hy = end_bh + H * V
    return Matrices(
        vector[:end_xh].reshape(V, GH),
        vector[end_xh:end_hh].reshape(H, GH),
        vector[end_hh:end_bh],
        vector[end_bh:end_hy].reshape(H, V),
        vector[end_hy:],
    )


@jit
def allocate_states(shape: Shape, B: int, N: int) -> States:
    """Memory for a forward pass of B names with up to N targets."""
    gates, H = shape.gates, shape.hidden_size
    return States(
        allocate_matrix(N, gates * H),
        allocate_matrix(N, H),
        allocate_matrix(N, H),
        allocate_matrix(B + N if gates == LSTM else 1, H),
        allocate_matrix(N if gates == GRU else 1, gates * H),
    )


@jit
def allocate_gradients(shape: Shape, B: int, N: int) -> Gradients:
    """Memory for backpropagation through B names with up to N targets."""
    gates, H = shape.gates, shape.hidden_size
    return Gradients(
        allocate_matrix(N, gates * H),
        allocate_matrix(N, H),
        allocate_matrix(B, H),
        allocate_matrix(N if gates == GRU else 1, gates * H),
    )


@jit
def sort_by_length(rows: Ints, lengths: Ints) -> Ints:
    """These names, longest first; names of equal length keep their order. (B,) -> (B,)"""
    order = np.empty(len(rows), np.int64)
    place = 0
    for length in range(lengths[rows].max(), 0, -1):
        for row in rows:
            if lengths[row] == length:
                order[place] = row
                place += 1
    return order


@jit
def lay_out(rows: Ints, data: Data) -> Layout:
    """Lay the names at `rows` (B,) out step by step, longest first."""
    order = sort_by_length(rows, data.lengths)
    steps, N = data.lengths[order[0]], data.lengths[rows].sum()
    start, active = np.empty(steps + 1, np.int64), np.empty(steps, np.int64)
    ids, goals = np.empty(N, np.int64), np.empty(N, np.int64)
    i = 0
    for t in range(steps):
        start[t] = i
        for row in order:
            if data.lengths[row] <= t:
                break
            ids[i], goals[i] = data.inputs[row, t], data.targets[row, t]
            i += 1
        active[t] = i - start[t]
    start[steps] = i
    return Layout(0, steps, i, start, active, ids, goals)


@jit
def lay_out_teacher(rows: Ints, lengths: Ints, teacher: Teacher) -> SoftTargets:
    """The soft targets of the names at `rows` (B,), laid out as they are."""
    order = sort_by_length(rows, lengths)
    places = np.empty(lengths[rows].sum() if teacher.share > 0 else 0, np.int64)
    i = 0
    for t in range(lengths[order[0]] if teacher.share > 0 else 0):
        for row in order:
            if lengths[row] <= t:
                break
            places[i] = teacher.rows[row, t]
            i += 1
    return SoftTargets(teacher.share, teacher.table, places)
