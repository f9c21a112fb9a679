"""The optimizers: six rules that turn a gradient into a change of the weights.

All weights are one vector w and their gradient is g, so a rule reads like its formula. `state` is
the optimizer's state: what a rule remembers between steps, by the name it has in the formula. The
constants are in `config.py`. They are PyTorch's defaults, except Adam's second one: 0.99 forgets
faster than 0.999, which suits runs of a thousand steps. PyTorch's default has no momentum.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from dino.config import ADAGRAD_EPSILON, EPSILON, MEAN_DECAY, SQUARE_DECAY, WEIGHT_DECAY

OptimizerState = dict[str, Tensor]
Rule = Callable[[Tensor, Tensor, float, OptimizerState], None]


def _remembered(state: OptimizerState, name: str, like: Tensor) -> Tensor:
    """What is remembered under this name; zeros before the first step."""
    if name not in state:
        state[name] = torch.zeros_like(like)
    return state[name]


def sgd(w: Tensor, g: Tensor, learning_rate: float, state: OptimizerState) -> None:
    """A step down the gradient."""
    w.sub_(learning_rate * g)


def momentum(w: Tensor, g: Tensor, learning_rate: float, state: OptimizerState) -> None:
    """A step down a decaying sum of gradients (Polyak 1964)."""
    v = _remembered(state, "v", w)
    v.mul_(MEAN_DECAY).add_(g)
    w.sub_(learning_rate * v)


def rmsprop(w: Tensor, g: Tensor, learning_rate: float, state: OptimizerState) -> None:
    """Each weight's step is divided by its gradient's recent size (Tieleman & Hinton 2012)."""
    s = _remembered(state, "s", w)
    s.mul_(SQUARE_DECAY).addcmul_(g, g, value=1 - SQUARE_DECAY)
    w.addcdiv_(g, s.sqrt().add_(EPSILON), value=-learning_rate)


def adagrad(w: Tensor, g: Tensor, learning_rate: float, state: OptimizerState) -> None:
    """Each weight's step is divided by all its gradients so far (Duchi et al. 2011)."""
    s = _remembered(state, "s", w)
    s.addcmul_(g, g)
    w.addcdiv_(g, s.sqrt().add_(ADAGRAD_EPSILON), value=-learning_rate)


def adam(w: Tensor, g: Tensor, learning_rate: float, state: OptimizerState) -> None:
    """Momentum and RMSprop at once; m̂ and ŝ undo their start from zero (Kingma & Ba 2015)."""
    m, s = _remembered(state, "m", w), _remembered(state, "s", w)
    t = _remembered(state, "t", w[:1])
    t.add_(1)
    steps = int(t)
    m.lerp_(g, 1 - MEAN_DECAY)
    s.mul_(SQUARE_DECAY).addcmul_(g, g, value=1 - SQUARE_DECAY)
    m_scale, s_scale = 1 - MEAN_DECAY**steps, 1 - SQUARE_DECAY**steps
    w.addcdiv_(m, (s / s_scale).sqrt_().add_(EPSILON), value=-learning_rate / m_scale)


def adamw(w: Tensor, g: Tensor, learning_rate: float, state: OptimizerState) -> None:
    """Adam with decoupled weight decay (Loshchilov & Hutter 2019)."""
    w.mul_(1 - WEIGHT_DECAY * learning_rate)
    adam(w, g, learning_rate, state)


RULES: dict[str, Rule] = {
    "sgd": sgd,
    "momentum": momentum,
    "rmsprop": rmsprop,
    "adagrad": adagrad,
    "adam": adam,
    "adamw": adamw,
}
