"""What an update does with a gradient: clipping, the optimizer's rule, the moving average.

The rules and their constants are those of `dino/optim.py`.
"""

from __future__ import annotations

import numpy as np

from dino.compiled.jit import jit
from dino.compiled.layout import Weights
from dino.compiled.matrices import F, Floats

# The same number of rules, in the same order, as in `engine.REMEMBERS`.
SGD, MOMENTUM, RMSPROP, ADAGRAD, ADAM, ADAMW = range(6)


@jit
def clip(g: Floats, norm: float) -> float:
    """Shorten the gradient to length `norm` if it is longer; return its length before."""
    squares = 0.0
    for i in range(g.size):
        squares += g[i] * g[i]
    length = np.sqrt(squares)
    if length > norm:
        g *= F(norm / length)
    return length


@jit
def update(rule: int, weights: Weights, rate: float, t: int) -> None:
    """One step of an optimizer; t counts Adam's steps, this one included.

    Raises ValueError for a number without a rule.
    """
    w, g, moment1 = weights.w, weights.g, weights.moment1
    eta = F(rate)
    if rule == SGD:
        for i in range(w.size):
            w[i] -= eta * g[i]
    elif rule == MOMENTUM:
        for i in range(w.size):
            moment1[i] = F(0.9) * moment1[i] + g[i]
            w[i] -= eta * moment1[i]
    elif rule == RMSPROP:
        for i in range(w.size):
            moment1[i] = F(0.99) * moment1[i] + F(0.01) * g[i] * g[i]
            w[i] -= eta * g[i] / (np.sqrt(moment1[i]) + F(1e-8))
    elif rule == ADAGRAD:
        for i in range(w.size):
            moment1[i] += g[i] * g[i]
            w[i] -= eta * g[i] / (np.sqrt(moment1[i]) + F(1e-10))
    elif rule == ADAM or rule == ADAMW:
        update_adam(weights, rate, t, 0.01 if rule == ADAMW else 0.0)
    else:
        raise ValueError("no rule has this number")


@jit
def update_adam(weights: Weights, rate: float, t: int, decay: float) -> None:
    """Adam's step t, after every weight has shrunk by `decay` times the rate (AdamW)."""
    w, g, moment1, moment2 = weights.w, weights.g, weights.moment1, weights.moment2
    shrink = F(1 - decay * rate)
    eta_hat, s_scale = F(rate / (1 - 0.9**t)), F(1 / (1 - 0.99**t))
    for i in range(w.size):
        moment1[i] += F(0.1) * (g[i] - moment1[i])
        moment2[i] = F(0.99) * moment2[i] + F(0.01) * g[i] * g[i]
        w[i] = shrink * w[i] - eta_hat * moment1[i] / (np.sqrt(moment2[i] * s_scale) + F(1e-8))


@jit
def move_average(weights: Weights, decay: float, updates: int) -> None:
    """Move the average towards the weights. It forgets faster during the first updates, so that the
    random first weights disappear from it.
    """
    w, average = weights.w, weights.average
    share = F(1) - F(min(decay, (1 + updates) / (10 + updates)))
    for i in range(w.size):
        average[i] += share * (w[i] - average[i])
