"""The three cells: forward, step by step, and backpropagation through time.

Values from other arrays are read before a loop writes, because the compiler cannot know that the
arrays do not overlap. Shapes are those of `layout.py`.
"""

from __future__ import annotations

from dino.compiled.elementwise import sigmoid, tanh
from dino.compiled.jit import jit
from dino.compiled.layout import GRU, LSTM, RNN, Gradients, Layout, States
from dino.compiled.matrices import F, Floats, multiply


@jit
def forward(gates: int, layout: Layout, W_hh: Floats, states: States) -> None:
    """Compute the hidden states of a cell. Its input sums a become its gates.

    Raises ValueError for a number of gates that no cell has.
    """
    if gates == RNN:
        forward_rnn(layout, W_hh, states)
    elif gates == GRU:
        forward_gru(layout, W_hh, states)
    elif gates == LSTM:
        forward_lstm(layout, W_hh, states)
    else:
        raise ValueError("no cell has this number of gates")


@jit
def backward(
    gates: int, layout: Layout, W_hh_T: Floats, states: States, gradients: Gradients
) -> Floats:
    """Compute the gradients with respect to a cell's sums, in da and da_h.

    dh starts as the gradient that comes from the output. Each step adds its part to the
    step before: dh_prev += da W_hhᵀ. Returns the gradient for the recurrent sums: da_h for
    the GRU, else da.
    """
    if gates == RNN:
        backward_rnn(layout, W_hh_T, states, gradients)
    elif gates == GRU:
        backward_gru(layout, W_hh_T, states, gradients)
        return gradients.da_h
    else:
        backward_lstm(layout, W_hh_T, states, gradients)
    return gradients.da


@jit
def gather_previous(t: int, layout: Layout, states: States) -> Floats:
    """Copy each name's state before step t beside that step; zeros at the start. (n, H)"""
    i, n = layout.start[t], layout.active[t]
    h_prev = states.h_prev[i : i + n]
    if t:
        j = layout.start[t - 1]
        h_prev[:] = states.h[j : j + n]
    else:
        h_prev[:] = F(0)
    return h_prev


@jit
def add_recurrent_sums(t: int, layout: Layout, W_hh: Floats, states: States) -> None:
    """a += h_prev W_hh at step t. At the first step h_prev is zero."""
    i, n = layout.start[t], layout.active[t]
    h_prev = gather_previous(t, layout, states)
    if t:
        multiply(h_prev, W_hh, states.a[i : i + n], True)


@jit
def forward_rnn(layout: Layout, W_hh: Floats, states: States) -> None:
    """a += h_prev W_hh, h = tanh(a), step by step."""
    H = W_hh.shape[0]
    for t in range(layout.first, layout.steps):
        i, n = layout.start[t], layout.active[t]
        add_recurrent_sums(t, layout, W_hh, states)
        a, h = states.a[i : i + n].reshape(n * H), states.h[i : i + n].reshape(n * H)
        for k in range(n * H):
            h[k] = tanh(a[k])


@jit
def backward_rnn(layout: Layout, W_hh_T: Floats, states: States, gradients: Gradients) -> None:
    """da = dh ⊙ (1 − h²), from the last step to the first."""
    H = W_hh_T.shape[1]
    for t in range(layout.steps - 1, -1, -1):
        i, n = layout.start[t], layout.active[t]
        h, dh = states.h[i : i + n].reshape(n * H), gradients.dh[i : i + n].reshape(n * H)
        da = gradients.da[i : i + n].reshape(n * H)
        for k in range(n * H):
            da[k] = dh[k] * (F(1) - h[k] * h[k])
        if t:
            j = layout.start[t - 1]
            multiply(gradients.da[i : i + n], W_hh_T, gradients.dh[j : j + n], True)


@jit
def forward_gru(layout: Layout, W_hh: Floats, states: States) -> None:
    """r, z = σ(a + a_h), n = tanh(a_n + r ⊙ a_hn), h = n + z ⊙ (h_prev − n).

    a becomes r, z and the candidate n; a_h keeps h_prev W_hh.
    """
    H = W_hh.shape[0]
    a, a_h, h, h_prev = states.a, states.a_h, states.h, states.h_prev
    for t in range(layout.first, layout.steps):
        i, n = layout.start[t], layout.active[t]
        gather_previous(t, layout, states)
        if t:
            multiply(h_prev[i : i + n], W_hh, a_h[i : i + n], False)
        else:
            a_h[i : i + n] = F(0)
        for b in range(i, i + n):
            for k in range(H):
                r = sigmoid(a[b, k] + a_h[b, k])
                z = sigmoid(a[b, H + k] + a_h[b, H + k])
                new = tanh(a[b, 2 * H + k] + r * a_h[b, 2 * H + k])
                a[b, k], a[b, H + k], a[b, 2 * H + k] = r, z, new
                h[b, k] = new + z * (h_prev[b, k] - new)


@jit
def backward_gru(layout: Layout, W_hh_T: Floats, states: States, gradients: Gradients) -> None:
    """da for the input's sums, da_h for the recurrent ones: they differ in n: r scales a_h."""
    H = W_hh_T.shape[1]
    a, a_h, h_prev = states.a, states.a_h, states.h_prev
    da, da_h, dh = gradients.da, gradients.da_h, gradients.dh
    for t in range(layout.steps - 1, -1, -1):
        i, n = layout.start[t], layout.active[t]
        for b in range(i, i + n):
            for k in range(H):
                r, z, new = a[b, k], a[b, H + k], a[b, 2 * H + k]
                d = dh[b, k]
                d_new = d * (F(1) - z) * (F(1) - new * new)
                d_z = d * (h_prev[b, k] - new) * z * (F(1) - z)
                d_r = d_new * a_h[b, 2 * H + k] * r * (F(1) - r)
                da[b, k], da[b, H + k], da[b, 2 * H + k] = d_r, d_z, d_new
                da_h[b, k], da_h[b, H + k], da_h[b, 2 * H + k] = d_r, d_z, d_new * r
                dh[b, k] = d * z  # the part that goes straight back to h_prev
        if t:
            j = layout.start[t - 1]
            dh[j : j + n] += dh[i : i + n]
            multiply(da_h[i : i + n], W_hh_T, dh[j : j + n], True)


@jit
def forward_lstm(layout: Layout, W_hh: Floats, states: States) -> None:
    """a += h_prev W_hh, i, f, o = σ(a), g = tanh(a_g), c = f ⊙ c_prev + i ⊙ g, h = o ⊙ tanh(c).

    a becomes i, f, the candidate g, and o. c begins with the B cell states of the start, which are
    zero; those of every step are B rows further down.
    """
    H, B = W_hh.shape[0], layout.active[0]
    a, h, c = states.a, states.h, states.c
    if layout.first == 0:
        c[:B] = F(0)
    for t in range(layout.first, layout.steps):
        i, n = layout.start[t], layout.active[t]
        add_recurrent_sums(t, layout, W_hh, states)
        now, last = B + i, B + layout.start[t - 1] if t else 0
        for b in range(n):
            for k in range(H):
                gate_i = sigmoid(a[i + b, k])
                gate_f = sigmoid(a[i + b, H + k])
                g = tanh(a[i + b, 2 * H + k])
                o = sigmoid(a[i + b, 3 * H + k])
                a[i + b, k], a[i + b, H + k], a[i + b, 2 * H + k] = gate_i, gate_f, g
                a[i + b, 3 * H + k] = o
                c[now + b, k] = gate_f * c[last + b, k] + gate_i * g
                h[i + b, k] = o * tanh(c[now + b, k])


@jit
def backward_lstm(layout: Layout, W_hh_T: Floats, states: States, gradients: Gradients) -> None:
    """da for the sums of all four; dc carries the cell state's gradient back."""
    H, B = W_hh_T.shape[1], layout.active[0]
    a, c = states.a, states.c
    da, dh, dc = gradients.da, gradients.dh, gradients.dc
    dc[:] = F(0)
    for t in range(layout.steps - 1, -1, -1):
        i, n = layout.start[t], layout.active[t]
        now, last = B + i, B + layout.start[t - 1] if t else 0
        for b in range(n):
            for k in range(H):
                gate_i, gate_f = a[i + b, k], a[i + b, H + k]
                g, o = a[i + b, 2 * H + k], a[i + b, 3 * H + k]
                squashed = tanh(c[now + b, k])
                d = dh[i + b, k]
                d_c = d * o * (F(1) - squashed * squashed) + dc[b, k]
                da[i + b, k] = d_c * g * gate_i * (F(1) - gate_i)
                da[i + b, H + k] = d_c * c[last + b, k] * gate_f * (F(1) - gate_f)
                da[i + b, 2 * H + k] = d_c * gate_i * (F(1) - g * g)
                da[i + b, 3 * H + k] = d * squashed * o * (F(1) - o)
                dc[b, k] = d_c * gate_f
        if t:
            j = layout.start[t - 1]
            multiply(da[i : i + n], W_hh_T, dh[j : j + n], True)
