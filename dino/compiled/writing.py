"""The kernel that writes names: the same as `sample.py`, without Python's global lock.

A run writes names at each of its moments. Letter by letter in PyTorch that took a class of thirty a
fifth of the time in which Python's lock is held, and pages waited for it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dino.compiled.cells import forward
from dino.compiled.jit import jit
from dino.compiled.layers import compute_input_sums, compute_logits
from dino.compiled.layout import Layout, Shape, allocate_states, split_weights
from dino.compiled.matrices import F, Floats, Ints, allocate_matrix

Doubles = npt.NDArray[np.float64]


@jit
def write(shape: Shape, w: Floats, end: int, draws: Doubles) -> Ints:
    """The symbols of a name for each row of `draws` (N, longest), uniform in [0, 1).

    w (P,): the network's weights; end: the index of the end mark, which fills a row from the end of
    its name on.
    """
    N, longest = draws.shape
    V, rows = shape.vocab_size, N * longest
    weights, states = split_weights(w, shape), allocate_states(shape, N, rows)
    logits, edges, factors = allocate_matrix(N, V), np.empty(V), np.ones(N, F)
    start, active = N * np.arange(longest + 1), np.full(longest, N)
    ids = np.full(rows, V)  # at first, and after the end: no letter
    chosen = np.full((N, longest), end)
    for t in range(longest):
        i = start[t]
        layout = Layout(t, t + 1, rows, start, active, ids, ids)
        a = states.a[i : i + N]
        compute_input_sums(ids[i : i + N], factors, weights.W_xh, weights.b_h, a)
        forward(shape.gates, layout, weights.W_hh, states)
        compute_logits(states.h[i : i + N], weights, logits)
        writes = False
        for n in range(N):
            if t and chosen[n, t - 1] == end:
                continue
            chosen[n, t] = choose(logits[n], draws[n, t], edges)
            if chosen[n, t] != end:
                writes = True
                if t + 1 < longest:
                    ids[i + N + n] = chosen[n, t]
        if not writes:
            break
    return chosen


@jit
def choose(logits: Floats, draw: float, edges: Doubles) -> int:
    """The symbol whose interval of [0, 1) contains the draw, if each is as long as its probability.

    logits (V,); edges: memory for (V,) numbers. 0 where the logits are no numbers.
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
