"""Which engine does the arithmetic: PyTorch, or the same formulas compiled (`kernels.py`).

The compiled one needs numba and scipy, a compiler's time once (some ten seconds, kept on disk), and
covers every recipe but a bounded memory (`context`) and updates too large for one call. Nobody
waits for it: until it is ready, runs go on PyTorch.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dino import room
from dino.config import GATES, Config
from dino.data import Encoded
from dino.parts import Parts, finish

if TYPE_CHECKING:
    from dino.optim import Memory

WAIT = 0.01  # seconds that one look at whether they are ready may take

_log = logging.getLogger(__name__)
_ready, _lock = threading.Event(), threading.Lock()
_preparing: threading.Thread | None = None
_HERE = Path(__file__).resolve().parent
# What each rule remembers, by the names that `optim.py` gives it.
_REMEMBERS = {"sgd": (), "momentum": ("v",), "rmsprop": ("s",), "adagrad": ("s",),
              "adam": ("m", "s"), "adamw": ("m", "s")}


def available() -> bool:
    """Whether the libraries are there that the compiled engine needs."""
    return all(importlib.util.find_spec(name) for name in ("numba", "scipy"))


def ready() -> bool:
    """Whether the kernels are compiled and loaded."""
    return _ready.is_set()


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


def kept() -> bool:
    """Whether the kernels lie compiled on disk beside their source, so that loading is quick."""
    source = (_HERE / "kernels.py").stat().st_mtime
    files = (_HERE / "__pycache__").glob("kernels.evaluate-*.nbi")
    return any(file.stat().st_mtime >= source for file in files)


def prepare() -> None:
    """Compile the kernels, or load them from disk, by running them once on next to nothing."""
    if ready():
        return
    from dino import kernels

    inputs, targets = np.array([[1, 0]]), np.array([[0, -1]])
    lengths, rows = np.array([1]), np.zeros((1, 1), np.int64)
    for gates in set(GATES.values()):
        size = 1 * gates + gates + gates + 1 + 1  # one symbol, one unit
        w, g, average, first, second = np.zeros((5, size), np.float32)
        kernels.train(gates, 1, 1, w, g, average, first, second, 0, rows, inputs, targets, lengths,
                      0, 0.1, 1.0, 0.5, 0.0, 0.0, 0, np.ones(1, np.uint64),
                      np.empty(1, np.float32), np.empty(1, np.int32))
        kernels.evaluate(gates, 1, 1, w, rows[0], inputs, targets, lengths)
    _ready.set()


def prepare_in_background() -> None:
    """Have another process compile, so that this one stays quick; then load what it made."""
    if available():
        next(preparing(), None)


def preparing() -> Parts[None]:
    """Wait until the kernels are ready, and yield meanwhile; another thread prepares them.

    Raises what `prepare` raises.
    """
    global _preparing
    if ready():
        return
    with _lock:
        if _preparing is None or not _preparing.is_alive():
            _preparing = threading.Thread(target=_prepare_quietly, name="compiler", daemon=True)
            _preparing.start()
        thread = _preparing
    while thread.is_alive() and not _ready.wait(WAIT):
        yield
    prepare()


def _prepare_quietly() -> None:
    try:
        if not kept() and os.access(_HERE, os.W_OK):
            subprocess.run([sys.executable, "-m", "dino.engine"], cwd=_HERE.parent, check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        prepare()
    except Exception:  # the app works without it
        _log.exception("the compiled engine is not to be had; runs stay on PyTorch")


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
        from dino import kernels

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
    from dino import kernels

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


if __name__ == "__main__":
    prepare()
