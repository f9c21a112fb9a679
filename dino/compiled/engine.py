"""Which engine does the arithmetic: PyTorch, or the same formulas compiled (`kernels.py`).

The compiled one needs numba and scipy, a compiler's time once (some ten seconds, kept on disk), and
covers every recipe but a bounded memory (`context`) and updates too large for one call. Nobody
waits for it: until it is ready, runs go on PyTorch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dino import cost as room
from dino.compiled.compiling import available, prepare, preparing, ready
from dino.config import GATES, Config
from dino.data import Encoded
from dino.parts import Parts, finish

if TYPE_CHECKING:
    from dino.optim import Memory

__all__ = ["Compiled", "available", "choose", "covers", "evaluate", "evaluation", "prepare",
           "preparing", "ready"]

# What each rule remembers, by the names that `optim.py` gives it.
_REMEMBERS = {"sgd": (), "momentum": ("v",), "rmsprop": ("s",), "adagrad": ("s",),
              "adam": ("m", "s"), "adamw": ("m", "s")}


def covers(config: Config, steps: int, vocab_size: int) -> bool:
    """Whether the kernels can train this recipe, on names of up to `steps` targets.

    They hold a worker for a whole update, so a large one is left to PyTorch, which parts it.
    """
    return room.kernels_cover(config, vocab_size, steps)


def choose(config: Config, steps: int, vocab_size: int) -> str:
    """'compiled' or 'torch', for a recipe. A wish for 'compiled' waits for the compiler."""
    if config.engine == "torch" or (config.engine == "auto" and not ready()):
        return "torch"
    if not available() or not covers(config, steps, vocab_size):
        return "torch"
    if config.engine == "compiled":
        prepare()
    return "compiled" if ready() else "torch"


class Compiled:
    """Trains and judges the weights of one run, which it shares with the PyTorch model.

    w, g, average: (P,) float32, changed in place.
    """

    def __init__(
        self, config: Config, vocab_size: int, w: np.ndarray, g: np.ndarray, average: np.ndarray
    ) -> None:
        self.config, self.vocab_size = config, vocab_size
        self.w, self.g, self.average = w, g, average
        self._gates = GATES[config.cell]
        self._rule = list(_REMEMBERS).index(config.optimizer)
        # xorshift must not start at 0; an odd multiplier parts neighbouring seeds (Knuth's)
        self.state = np.array([(config.seed * 6364136223846793005 + 1442695040888963407) % 2**64],
                              np.uint64)

    def train(
        self, batches: np.ndarray, data: Encoded, rate: float, memory: Memory, done: int
    ) -> tuple[np.ndarray, np.ndarray, int]:
        """One update a row of `batches` (S, B). Losses (S,), targets (S,), and how many clipped.

        memory: what the optimizer remembers, as in `optim.py`; done: updates so far.
        """
        from dino.compiled import kernels

        config, S = self.config, len(batches)
        first, second, t = self._remembered(memory)
        losses, symbols = np.empty(S, np.float32), np.empty(S, np.int32)
        clipped = kernels.train(
            self._gates, config.hidden_size, self.vocab_size, self.w, self.g, self.average, first,
            second, t, batches, *data, self._rule, rate, config.clip_norm, config.average,
            config.letter_dropout, config.hidden_dropout, done, self.state, losses, symbols)
        if "t" in memory:
            memory["t"] += S
        return losses, symbols, clipped

    def _remembered(self, memory: Memory) -> tuple[np.ndarray, np.ndarray, int]:
        """The rule's vectors, made at its first step; the gradient stands in where there is none.
        """
        import torch

        names = _REMEMBERS[self.config.optimizer]
        for name in names:
            memory.setdefault(name, torch.zeros(len(self.w)))
        if len(names) == 2:
            memory.setdefault("t", torch.zeros(1))
        vectors = [memory[name].numpy() for name in names] + [self.g, self.g]
        return vectors[0], vectors[1], int(memory.get("t", 0))

    def evaluation(self, data: Encoded) -> Parts[float]:
        """Mean of −ln p(target) over all real targets, by the average, in parts. Nats a symbol."""
        return evaluation(
            self.config.cell, self.config.hidden_size, self.vocab_size, self.average, data)


def evaluate(
    cell: str, hidden_size: int, vocab_size: int, weights: np.ndarray, data: Encoded
) -> float:
    """Mean of −ln p(target) over all real targets, by weights (P,). Nats per symbol."""
    return finish(evaluation(cell, hidden_size, vocab_size, weights, data))


def evaluation(
    cell: str, hidden_size: int, vocab_size: int, weights: np.ndarray, data: Encoded
) -> Parts[float]:
    """The same in parts: yields after each, and returns the loss."""
    from dino.compiled import kernels

    rows = np.arange(len(data.lengths))
    total = symbols = 0.0
    names, _ = room.look(cell, hidden_size, vocab_size, data.inputs.shape[1])
    for part in np.array_split(rows, max(1 + len(rows) // room.LOOK_NAMES, -(-len(rows) // names))):
        count = int(data.lengths[part].sum())
        total += count * kernels.evaluate(
            GATES[cell], hidden_size, vocab_size, weights, part, *data)
        symbols += count
        yield
    return total / symbols
