"""The compiled kernels: many updates in one call that runs beside Python, not under its lock.

The same mathematics as `model.py`, `train.py` and `optim.py`, written out: forward,
backpropagation through time, clipping, the optimizer's rule, the average. It works on the very
numbers of the PyTorch model (one vector, shared memory). numba compiles it to machine code; at
classroom sizes PyTorch spends most of its time in calls, and this spends it in arithmetic.

The names of a batch stand sorted, longest first, and packed step by step, so that no padding is
computed: at step t the first `active[t]` names still run, in rows `start[t]` and following.

What a row needs of another array is read before its loop: a compiler cannot know that the loop
writes nothing there, and would read it again at every turn.

Letters for shapes: N packed rows (real targets of the batch), B batch, T steps, V symbols,
H hidden units, G gates. dX is the gradient of the loss by X.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import njit

from dino.compiled.blas import sgemm

F, I32 = np.float32, np.int32
Floats = np.ndarray  # float32
Ints = np.ndarray  # int64; scratch for bits int32, a generator's state uint64


def _jit(function: Callable[..., object]) -> Callable[..., object]:
    """Compile at the first call, and keep the result on disk where a folder can be written.

    Sums may be reordered and products contracted, as any BLAS does; but NaN and infinity stay
    what they are, for training must notice them.
    """
    options = {"nogil": True, "error_model": "numpy",
               "fastmath": {"reassoc", "contract", "arcp", "nsz"}}
    try:
        return njit(cache=True, **options)(function)
    except RuntimeError:  # numba found no folder to write to
        return njit(**options)(function)


RNN, GRU, LSTM = 1, 3, 4  # a cell is known by its number of gates
SGD, MOMENTUM, RMSPROP, ADAGRAD, ADAM, ADAMW = range(6)


@_jit
def multiply(A: Floats, B: Floats, out: Floats, add: bool) -> None:
    """out = A B, or out += A B. (m, k)(k, n) is (m, n); all rows without gaps."""
    m, k = A.shape
    sgemm(A.ctypes, B.ctypes, out.ctypes, I32(m), I32(k), I32(B.shape[1]), False, False, add)


@_jit
def multiply_turned(A: Floats, B: Floats, out: Floats, add: bool) -> None:
    """out = A Bᵀ, or out += A Bᵀ. (m, k)(n, k)ᵀ is (m, n)."""
    m, k = A.shape
    sgemm(A.ctypes, B.ctypes, out.ctypes, I32(m), I32(k), I32(len(B)), False, True, add)


@_jit
def turned_multiply(A: Floats, B: Floats, out: Floats) -> None:
    """out = Aᵀ B. (k, m)ᵀ(k, n) is (m, n)."""
    k, m = A.shape
    sgemm(A.ctypes, B.ctypes, out.ctypes, I32(m), I32(k), I32(B.shape[1]), True, False, False)


@_jit
def matrix(rows: int, columns: int) -> Floats:
    """Room for a matrix, beginning at a multiple of 64 bytes: the order in which BLAS adds may hang
    on where its matrices lie, and the same recipe must give the same run.
    """
    room = np.empty(rows * columns + 16, np.float32)
    first = (-room.ctypes.data % 64) // 4
    return room[first : first + rows * columns].reshape(rows, columns)


# tanh x ≈ x P(x²) / Q(x²): a minimax fit on ±8, where the true value is 1 but for 2e-7.
P = (F(1), F(0.134444956), F(0.00357159519), F(2.1894614e-05), F(1.52303478e-08))
Q = (F(1), F(0.467778229), F(0.0261644322), F(0.000341128733), F(8.52241881e-07))


@_jit
def tanh(x: np.float32) -> np.float32:
    """tanh, to 4e-7 and never beyond ±1. NaN stays NaN."""
    x = F(8) if x > F(8) else x
    x = F(-8) if x < F(-8) else x
    s = x * x
    return x * (P[0] + s * (P[1] + s * (P[2] + s * (P[3] + s * P[4])))) / (
        Q[0] + s * (Q[1] + s * (Q[2] + s * (Q[3] + s * Q[4]))))


@_jit
def sigmoid(x: np.float32) -> np.float32:
    """σ(x) = 1 / (1 + e^−x) = ½ + ½ tanh(x / 2)."""
    return F(0.5) + F(0.5) * tanh(F(0.5) * x)


@_jit
def exp_of(x: Floats, out: Floats, powers: Ints) -> None:
    """e^x for a flat float32 array, to 1e-7: 2^k · e^r with |r| ≤ ln 2 / 2.

    powers: int32 scratch of the same size. Beyond ±87, the range of float32, it stays at the edge.
    """
    for i in range(x.size):
        v = min(max(x[i], F(-87.0)), F(87.0))
        k = np.floor(v * F(1.4426950408889634) + F(0.5))
        r = v - k * F(0.693359375) + k * F(2.12194440e-4)  # ln 2 in two parts
        out[i] = F(1) + r * (F(1) + r * (F(1 / 2) + r * (F(1 / 6) + r * (F(1 / 24) + r * (
            F(1 / 120) + r * F(1 / 720))))))
        powers[i] = (np.int32(k) + np.int32(127)) << np.int32(23)  # the bits of 2^k
    two_to_the_k = powers.view(np.float32)
    for i in range(x.size):
        out[i] *= two_to_the_k[i]


@_jit
def uniform(state: Ints) -> np.float32:
    """The next number in [0, 1) of a generator (xorshift64*, Vigna 2016); `state` (1,) uint64."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return F((x * np.uint64(0x2545F4914F6CDD1D)) >> np.uint64(40)) * F(2.0**-24)


@_jit
def dropout(factors: Floats, share: float, state: Ints) -> None:
    """Fill with 0 for a `share` of the places and 1 / (1 − share) for the others."""
    for i in range(factors.size):
        factors[i] = F(0) if uniform(state) < share else F(1) / (F(1) - share)


@_jit
def pack(
    rows: Ints, inputs: Ints, targets: Ints, lengths: Ints, order: Ints, active: Ints, start: Ints,
    ids: Ints, goals: Ints,
) -> tuple[int, int]:
    """Lay the names `rows` out step by step, longest first. The number of steps, and of targets."""
    longest = 0
    for row in rows:
        longest = max(longest, lengths[row])
    place = 0
    for length in range(longest, 0, -1):
        for row in rows:
            if lengths[row] == length:
                order[place] = row
                place += 1
    n = 0
    for t in range(longest):
        start[t], active[t] = n, 0
        for b in range(len(rows)):
            if lengths[order[b]] <= t:
                break
            ids[n], goals[n] = inputs[order[b], t], targets[order[b], t]
            active[t] += 1
            n += 1
    start[longest] = n
    return longest, n


@_jit
def input_sums(ids: Ints, letter: Floats, W_xh: Floats, b_h: Floats, a: Floats) -> None:
    """a = x W_xh + b_h: row k of W_xh for letter k, scaled by dropout's factor, none at the start.

    ids and letter (N,), a (N, G·H).
    """
    V, GH = W_xh.shape
    for i in range(len(ids)):
        v, factor = ids[i], letter[i]
        if v < V:
            for k in range(GH):
                a[i, k] = b_h[k] + factor * W_xh[v, k]
        else:
            for k in range(GH):
                a[i, k] = b_h[k]


@_jit
def recall(t: int, start: Ints, n: int, W_hh: Floats, h: Floats, before: Floats, sums: Floats,
           add: bool) -> None:
    """Lay each name's last state beside its step t, and multiply: sums = h_prev W_hh, or sums +=.

    h, before (N, H); sums (n, G·H). At the first step there is nothing to recall.
    """
    i = start[t]
    if t:
        j = start[t - 1]
        before[i : i + n] = h[j : j + n]
        multiply(before[i : i + n], W_hh, sums, add)
    else:
        before[i : i + n] = F(0)
        if not add:
            sums[:] = F(0)


@_jit
def add_row(row: Floats, out: Floats) -> None:
    """out += row, to each of its rows. (n,), (m, n)."""
    for i in range(len(out)):
        for k in range(len(row)):
            out[i, k] += row[k]


@_jit
def forward_rnn(
    steps: int, start: Ints, active: Ints, W_hh: Floats, a: Floats, h: Floats, before: Floats,
) -> None:
    """a += h_prev W_hh, h = tanh(a), step by step. a, h, before (N, H)."""
    H = W_hh.shape[0]
    for t in range(steps):
        i, n = start[t], active[t]
        recall(t, start, n, W_hh, h, before, a[i : i + n], True)
        a_t, h_t = a[i : i + n].reshape(n * H), h[i : i + n].reshape(n * H)
        for k in range(n * H):
            h_t[k] = tanh(a_t[k])


@_jit
def backward_rnn(
    steps: int, start: Ints, active: Ints, W_hh_T: Floats, h: Floats, dh: Floats, da: Floats,
) -> None:
    """da = dh ⊙ (1 − h²). dh (N, H), the output's share, gains what comes back from the step after:
    dh_prev += da W_hhᵀ.
    """
    H = dh.shape[1]
    for t in range(steps - 1, -1, -1):
        i, n = start[t], active[t]
        h_t, dh_t = h[i : i + n].reshape(n * H), dh[i : i + n].reshape(n * H)
        da_t = da[i : i + n].reshape(n * H)
        for k in range(n * H):
            da_t[k] = dh_t[k] * (F(1) - h_t[k] * h_t[k])
        if t:
            j = start[t - 1]
            multiply(da[i : i + n], W_hh_T, dh[j : j + n], True)


@_jit
def forward_gru(
    steps: int, start: Ints, active: Ints, W_hh: Floats, a: Floats, h: Floats, before: Floats,
    a_h: Floats,
) -> None:
    """r, z = σ(a + a_h), n = tanh(a_n + r ⊙ a_hn), h = n + z ⊙ (h_prev − n).

    a (N, 3H) becomes the gates r, z, n; a_h (N, 3H) keeps h_prev W_hh.
    """
    H = W_hh.shape[0]
    for t in range(steps):
        i, n = start[t], active[t]
        recall(t, start, n, W_hh, h, before, a_h[i : i + n], False)
        for b in range(i, i + n):
            for k in range(H):
                r = sigmoid(a[b, k] + a_h[b, k])
                z = sigmoid(a[b, H + k] + a_h[b, H + k])
                new = tanh(a[b, 2 * H + k] + r * a_h[b, 2 * H + k])
                a[b, k], a[b, H + k], a[b, 2 * H + k] = r, z, new
                h[b, k] = new + z * (before[b, k] - new)


@_jit
def backward_gru(
    steps: int, start: Ints, active: Ints, W_hh_T: Floats, a: Floats, a_h: Floats, before: Floats,
    dh: Floats, da: Floats, da_h: Floats,
) -> None:
    """da by the input's sums, da_h by the recurrent ones: they differ in n, which r scales.

    dh gains what comes back, as in `backward_rnn`.
    """
    H = dh.shape[1]
    for t in range(steps - 1, -1, -1):
        i, n = start[t], active[t]
        for b in range(i, i + n):
            for k in range(H):
                r, z, new = a[b, k], a[b, H + k], a[b, 2 * H + k]
                d = dh[b, k]
                d_new = d * (F(1) - z) * (F(1) - new * new)
                d_z = d * (before[b, k] - new) * z * (F(1) - z)
                d_r = d_new * a_h[b, 2 * H + k] * r * (F(1) - r)
                da[b, k], da[b, H + k], da[b, 2 * H + k] = d_r, d_z, d_new
                da_h[b, k], da_h[b, H + k], da_h[b, 2 * H + k] = d_r, d_z, d_new * r
                dh[b, k] = d * z  # what goes straight back to h_prev
        if t:
            j = start[t - 1]
            dh[j : j + n] += dh[i : i + n]
            multiply(da_h[i : i + n], W_hh_T, dh[j : j + n], True)


@_jit
def forward_lstm(
    steps: int, start: Ints, active: Ints, W_hh: Floats, a: Floats, h: Floats, before: Floats,
    c: Floats,
) -> None:
    """a += h_prev W_hh, i, f, o = σ(a), g = tanh(a_g), c = f ⊙ c_prev + i ⊙ g, h = o ⊙ tanh(c).

    a (N, 4H) becomes the gates i, f, g, o; h and before are (N, H). c (B + N, H) has every step's
    cell states B rows further down, after those of the start, which are zero.
    """
    H = W_hh.shape[0]
    B = active[0]
    c[:B] = F(0)
    for t in range(steps):
        i, n = start[t], active[t]
        recall(t, start, n, W_hh, h, before, a[i : i + n], True)
        now, last = B + i, B + start[t - 1] if t else 0
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


@_jit
def backward_lstm(
    steps: int, start: Ints, active: Ints, W_hh_T: Floats, a: Floats, c: Floats, dh: Floats,
    da: Floats, dc: Floats,
) -> None:
    """The gradient by the sums of all four gates; dc (B, H) carries the cell state's back. dh gains
    what comes back, as in `backward_rnn`.
    """
    H = dh.shape[1]
    B = active[0]
    dc[:] = F(0)
    for t in range(steps - 1, -1, -1):
        i, n = start[t], active[t]
        now, last = B + i, B + start[t - 1] if t else 0
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
            j = start[t - 1]
            multiply(da[i : i + n], W_hh_T, dh[j : j + n], True)


@_jit
def cross_entropy(logits: Floats, goals: Ints, scratch: Floats, powers: Ints) -> float:
    """Mean of −ln softmax(logits)[goal] over all rows; `logits` (N, V) becomes its gradient."""
    N, V = logits.shape
    total = 0.0
    for i in range(N):
        high = logits[i, 0]
        for v in range(V):
            high = max(high, logits[i, v])
        for v in range(V):
            logits[i, v] -= high
        total -= logits[i, goals[i]]
    exp_of(logits.reshape(N * V), scratch, powers)
    exps = scratch[: N * V].reshape(N, V)
    product = 1.0  # ln of a product is the sum of the ln, and a logarithm takes its time
    for i in range(N):
        whole, goal = F(0), goals[i]
        for v in range(V):
            whole += exps[i, v]
        product *= whole
        if product > 1e200:
            total, product = total + np.log(product), 1.0
        share = F(1) / (whole * F(N))
        for v in range(V):  # NaN − NaN is NaN, all else 0
            logits[i, v] = exps[i, v] * share + (logits[i, v] - logits[i, v])
        logits[i, goal] -= F(1) / F(N)
    return (total + np.log(product)) / N


@_jit
def clip(g: Floats, norm: float) -> bool:
    """Shorten the gradient to length `norm` if it is longer; whether it was."""
    squares = 0.0
    for i in range(g.size):
        squares += g[i] * g[i]
    length = np.sqrt(squares)
    if length > norm:
        g *= F(norm / length)
        return True
    return False


@_jit
def update(
    rule: int, w: Floats, g: Floats, rate: float, first: Floats, second: Floats, t: int,
) -> None:
    """One step of an optimizer, as in `optim.py`; t counts Adam's steps, this one included."""
    eta, one = F(rate), F(1)
    if rule == SGD:
        for i in range(w.size):
            w[i] -= eta * g[i]
    elif rule == MOMENTUM:
        for i in range(w.size):
            first[i] = F(0.9) * first[i] + g[i]
            w[i] -= eta * first[i]
    elif rule == RMSPROP:
        for i in range(w.size):
            first[i] = F(0.99) * first[i] + F(0.01) * g[i] * g[i]
            w[i] -= eta * g[i] / (np.sqrt(first[i]) + F(1e-8))
    elif rule == ADAGRAD:
        for i in range(w.size):
            first[i] += g[i] * g[i]
            w[i] -= eta * g[i] / (np.sqrt(first[i]) + F(1e-10))
    else:
        shrink = F(1 - 0.01 * rate) if rule == ADAMW else one
        eta_hat, s_scale = F(rate / (1 - 0.9**t)), F(1 / (1 - 0.99**t))
        for i in range(w.size):
            first[i] += F(0.1) * (g[i] - first[i])
            second[i] = F(0.99) * second[i] + F(0.01) * g[i] * g[i]
            w[i] = shrink * w[i] - eta_hat * first[i] / (np.sqrt(second[i] * s_scale) + F(1e-8))


@_jit
def parts(w: Floats, V: int, H: int, GH: int) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """W_xh (V, G·H), W_hh (H, G·H), b_h (G·H), W_hy (H, V), b_y (V): views of one vector (P,)."""
    e0, e1, e2 = V * GH, (V + H) * GH, (V + H + 1) * GH
    e3 = e2 + H * V
    return (w[:e0].reshape(V, GH), w[e0:e1].reshape(H, GH), w[e1:e2], w[e2:e3].reshape(H, V),
            w[e3:])


@_jit
def forward(
    gates: int, steps: int, start: Ints, active: Ints, W_hh: Floats, a: Floats, h: Floats,
    before: Floats, c: Floats, a_h: Floats,
) -> None:
    """The hidden states h (N, H) of a cell from its input sums a (N, G·H), which become its gates,
    and beside each the state before it.
    """
    if gates == RNN:
        forward_rnn(steps, start, active, W_hh, a, h, before)
    elif gates == GRU:
        forward_gru(steps, start, active, W_hh, a, h, before, a_h)
    else:
        forward_lstm(steps, start, active, W_hh, a, h, before, c)


@_jit
def output_gradients(
    seen: Floats, d_logits: Floats, W_hy: Floats, ones: Floats, dW_hy: Floats, db_y: Floats,
    dh: Floats,
) -> None:
    """dW_hy = seenᵀ d_logits, db_y the sum of all rows, dh = d_logits W_hyᵀ.

    seen and dh (N, H), ones (N, 1).
    """
    turned_multiply(seen, d_logits, dW_hy)
    turned_multiply(ones, d_logits, db_y.reshape(1, len(db_y)))
    multiply_turned(d_logits, W_hy, dh, False)


@_jit
def input_gradients(
    ids: Ints, letter: Floats, da: Floats, dW_xh: Floats, db_h: Floats
) -> None:
    """dW_xh: each row of da (N, G·H) added to the row of its letter; db_h: the sum of them all."""
    V, GH = dW_xh.shape
    dW_xh[:] = F(0)
    db_h[:] = F(0)
    for i in range(len(ids)):
        v, factor = ids[i], letter[i]
        for k in range(GH):
            db_h[k] += da[i, k]
        if v < V:
            for k in range(GH):
                dW_xh[v, k] += factor * da[i, k]


@_jit
def train(
    gates: int, H: int, V: int, w: Floats, g: Floats, average: Floats, first: Floats,
    second: Floats, t: int, batches: Ints, inputs: Ints, targets: Ints, lengths: Ints, rule: int,
    rate: float, clip_norm: float, decay: float, letter_share: float, hidden_share: float,
    done: int, state: Ints, losses: Floats, symbols: Ints,
) -> int:
    """One update for each row of `batches` (S, B); fills losses and symbols (S,).

    w, g, average, first, second: (P,) weights, gradient, moving average, the rule's memory
    t: Adam's steps so far; done: updates so far; state: the dropout's generator
    Returns how many updates had their gradient clipped.
    """
    S, B = batches.shape
    T, GH = inputs.shape[1], gates * H
    W_xh, W_hh, b_h, W_hy, b_y = parts(w, V, H, GH)
    dW_xh, dW_hh, db_h, dW_hy, db_y = parts(g, V, H, GH)
    N = B * T
    order, active, start = np.empty(B, np.int64), np.empty(T, np.int64), np.empty(T + 1, np.int64)
    ids, goals = np.empty(N, np.int64), np.empty(N, np.int64)
    a, da, h, dh = matrix(N, GH), matrix(N, GH), matrix(N, H), matrix(N, H)
    before, dropped, logits = matrix(N, H), matrix(N, H), matrix(N, V)
    a_h, da_h = matrix(N if gates == GRU else 1, GH), matrix(N if gates == GRU else 1, GH)
    W_hh_T = matrix(GH, H)
    c, dc = matrix(B + N if gates == LSTM else 1, H), matrix(B, H)
    scratch, powers = np.empty(N * V, np.float32), np.empty(N * V, np.int32)
    letter, ones = np.ones(N, np.float32), np.ones((N, 1), np.float32)
    mask = np.ones((N if hidden_share > 0 else 1, H), np.float32)
    clipped = 0
    for s in range(S):
        steps, n = pack(batches[s], inputs, targets, lengths, order, active, start, ids, goals)
        if letter_share > 0:
            dropout(letter[:n], letter_share, state)
        input_sums(ids[:n], letter, W_xh, b_h, a)
        forward(gates, steps, start, active, W_hh, a, h, before, c, a_h)
        seen = h
        if hidden_share > 0:
            dropout(mask[:n].reshape(n * H), hidden_share, state)
            for i in range(n):
                for k in range(H):
                    dropped[i, k] = h[i, k] * mask[i, k]
            seen = dropped
        multiply(seen[:n], W_hy, logits[:n], False)
        add_row(b_y, logits[:n])
        losses[s], symbols[s] = cross_entropy(logits[:n], goals, scratch, powers), n
        output_gradients(seen[:n], logits[:n], W_hy, ones[:n], dW_hy, db_y, dh[:n])
        if hidden_share > 0:
            for i in range(n):
                for k in range(H):
                    dh[i, k] *= mask[i, k]

        W_hh_T[:] = W_hh.T  # laid out anew: BLAS multiplies by it faster
        through = da  # the gradient by the recurrent sums
        if gates == RNN:
            backward_rnn(steps, start, active, W_hh_T, h, dh, da)
        elif gates == GRU:
            backward_gru(steps, start, active, W_hh_T, a, a_h, before, dh, da, da_h)
            through = da_h
        else:
            backward_lstm(steps, start, active, W_hh_T, a, c, dh, da, dc)
        second_step = active[0]  # at the first there is no state before
        turned_multiply(before[second_step:n], through[second_step:n], dW_hh)
        input_gradients(ids[:n], letter, da, dW_xh, db_h)

        if clip_norm > 0 and clip(g, clip_norm):
            clipped += 1
        update(rule, w, g, rate, first, second, t + s + 1)
        if decay > 0:
            count = done + s
            keep = F(min(decay, (1 + count) / (10 + count)))
            for i in range(w.size):
                average[i] += (F(1) - keep) * (w[i] - average[i])
    return clipped


@_jit
def evaluate(
    gates: int, H: int, V: int, w: Floats, rows: Ints, inputs: Ints, targets: Ints, lengths: Ints,
) -> float:
    """Mean of −ln p(target) over all real targets of `rows` (B,), without dropout. Nats."""
    B, T, GH = len(rows), inputs.shape[1], gates * H
    W_xh, W_hh, b_h, W_hy, b_y = parts(w, V, H, GH)
    order, active, start = np.empty(B, np.int64), np.empty(T, np.int64), np.empty(T + 1, np.int64)
    ids, goals = np.empty(B * T, np.int64), np.empty(B * T, np.int64)
    steps, n = pack(rows, inputs, targets, lengths, order, active, start, ids, goals)
    a, h, before, logits = matrix(n, GH), matrix(n, H), matrix(n, H), matrix(n, V)
    a_h = matrix(n if gates == GRU else 1, GH)
    c = matrix(B + n if gates == LSTM else 1, H)
    input_sums(ids[:n], np.ones(n, np.float32), W_xh, b_h, a)
    forward(gates, steps, start, active, W_hh, a, h, before, c, a_h)
    multiply(h, W_hy, logits, False)
    add_row(b_y, logits)
    return cross_entropy(logits, goals, np.empty(n * V, np.float32), np.empty(n * V, np.int32))
