"""The kernel that writes names, as `sample.write` does at temperature 1 without first letters.

A run writes names at each of its moments. Letter by letter in PyTorch, that held Python's global
lock for a fifth of the time in a class of thirty, and pages waited for it. The kernel does not
hold the lock.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dino.compiled.cells import forward
from dino.compiled.jit import jit
from dino.compiled.layers import compute_input_sums, compute_logits
from dino.compiled.layout import Layout, Shape, allocate_states, split_weights
from dino.compiled.matrices import F, Floats, Ints, allocate_matrix

Doubles = npt.NDArray[np.float64]


class Names(NamedTuple):
    """Written names, and how the first of them was written, step by step to its end.

    chosen (B, longest): their symbols; logits (longest, V): the first name's scores; hidden
    (longest, H): its states
    """

    chosen: Ints
    logits: Floats
    hidden: Floats


@jit
def write(shape: Shape, w: Floats, end: int, draws: Doubles) -> Names:
    """A name for each row of `draws` (B, longest), uniform in [0, 1).

    w (P,): the network's weights; end: the index of the end mark, which fills a row from its
    name's end on.
    """
    B, longest = draws.shape
    V, rows = shape.vocab_size, B * longest
    weights, states = split_weights(w, shape), allocate_states(shape, B, rows)
    logits, edges, factors = allocate_matrix(B, V), np.empty(V), np.ones(B, F)
    start, active = B * np.arange(longest + 1), np.full(longest, B)
    ids = np.full(rows, V)  # at first, and after the end: no letter
    chosen, first_logits = np.full((B, longest), end), allocate_matrix(longest, V)
    for t in range(longest):
        i = start[t]
        layout = Layout(t, t + 1, rows, start, active, ids, ids)
        a = states.a[i : i + B]
        compute_input_sums(ids[i : i + B], factors, weights.W_xh, weights.b_h, a)
        forward(shape.gates, layout, weights.W_hh, states)
        compute_logits(states.h[i : i + B], weights, logits)
        first_logits[t] = logits[0]
        writes = False
        for b in range(B):
            if t and chosen[b, t - 1] == end:
                continue
            chosen[b, t] = choose(logits[b], draws[b, t], edges)
            if chosen[b, t] != end:
                writes = True
                if t + 1 < longest:
                    ids[i + B + b] = chosen[b, t]
        if not writes:
            break
    hidden = states.h.reshape(longest, B, shape.hidden_size)[:, 0]
    return Names(chosen, first_logits, hidden.copy())


@jit
def choose(logits: Floats, draw: float, edges: Doubles) -> int:
    """The symbol whose interval of [0, 1) contains the draw; each is as long as its probability.

    logits (V,); edges: memory for (V,) numbers. Returns 0 if a logit is NaN.
    """
    high, total = logits[0], 0.0
    for v in range(len(logits)):
        high = max(high, logits[v])
    for v in range(len(logits)):
        total += np.exp(float(logits[v]) - float(high))
        edges[v] = total
    for v in range(len(logits)):
        if edges[v] > draw * total:
            return v
    return 0
