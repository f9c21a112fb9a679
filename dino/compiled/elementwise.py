"""Functions of single numbers in the kernels: tanh, sigmoid, exp, and dropout's random factors."""

from __future__ import annotations

import numpy as np

from dino.compiled.jit import jit
from dino.compiled.matrices import Bits, F, Floats, RandomState

# tanh x ≈ x P(x²) / Q(x²): a minimax fit on ±8. Beyond that |tanh x| is 1 to within 2e-7.
P = (F(1), F(0.134444956), F(0.00357159519), F(2.1894614e-05), F(1.52303478e-08))
Q = (F(1), F(0.467778229), F(0.0261644322), F(0.000341128733), F(8.52241881e-07))


@jit
def tanh(x: np.float32) -> np.float32:
    """tanh, to 4e-7 and never beyond ±1. NaN stays NaN."""
    x = F(8) if x > F(8) else x
    x = F(-8) if x < F(-8) else x
    s = x * x
    numerator = P[0] + s * (P[1] + s * (P[2] + s * (P[3] + s * P[4])))
    denominator = Q[0] + s * (Q[1] + s * (Q[2] + s * (Q[3] + s * Q[4])))
    return x * numerator / denominator


@jit
def sigmoid(x: np.float32) -> np.float32:
    """σ(x) = 1 / (1 + e^−x) = ½ + ½ tanh(x / 2)."""
    return F(0.5) + F(0.5) * tanh(F(0.5) * x)


@jit
def compute_exp(x: Floats, out: Floats, powers: Bits) -> None:
    """out = e^x for a flat array, to 1e-7: 2^k · e^r with |r| ≤ ln 2 / 2.

    powers: memory of the same size. Beyond ±87, the range of float32, x counts as ±87.
    """
    for i in range(x.size):
        v = min(max(x[i], F(-87.0)), F(87.0))
        k = np.floor(v * F(1.4426950408889634) + F(0.5))
        r = v - k * F(0.693359375) + k * F(2.12194440e-4)  # ln 2 in two parts
        series = F(1 / 6) + r * (F(1 / 24) + r * (F(1 / 120) + r * F(1 / 720)))
        out[i] = F(1) + r * (F(1) + r * (F(1 / 2) + r * series))
        powers[i] = (np.int32(k) + np.int32(127)) << np.int32(23)  # the bits of 2^k
    two_to_the_k = powers.view(np.float32)
    for i in range(x.size):
        out[i] *= two_to_the_k[i]


@jit
def draw_uniform(state: RandomState) -> np.float32:
    """The next number in [0, 1) of a generator (xorshift64*, Vigna 2016); `state` (1,)."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return F((x * np.uint64(0x2545F4914F6CDD1D)) >> np.uint64(40)) * F(2.0**-24)


@jit
def draw_dropout(factors: Floats, share: float, state: RandomState) -> None:
    """Fill with 0 for a `share` of the places and 1 / (1 − share) for the others."""
    for i in range(factors.size):
        factors[i] = F(0) if draw_uniform(state) < share else F(1) / (F(1) - share)
