"""The compiled engine: the formulas of `torch_engine.py`, compiled, and when it runs.

It needs numba and scipy, and compiles its kernels once (in under a minute; the result is kept on
disk). It covers every recipe except a bounded memory (`context`) and updates that are too large for
one call. By default no run waits for it: until it is ready, runs train on PyTorch.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import numpy as np

from dino import cost
from dino.compiled.compiling import (
    is_available,
    is_ready,
    prepare,
    prepare_in_parts,
    why_not_prepared,
)
from dino.compiled.tries import KernelsFailed
from dino.config import GATES, Config
from dino.data import Encoded, Vocab
from dino.lists import END
from dino.parts import Parts
from dino.training_state import TrainingState, Updates, WritingResult, written_name

if TYPE_CHECKING:
    from torch import Tensor

    from dino.compiled import layout
    from dino.count_teacher import Teacher
    from dino.optim import OptimizerState

__all__ = [
    "CompiledEngine",
    "is_available",
    "choose_engine",
    "covers",
    "evaluate_in_parts",
    "prepare",
    "prepare_in_parts",
    "is_ready",
    "why_not_prepared",
]

MOST_UPDATES = 1000  # in one call of the kernels

# What each rule remembers, by the names in `optim.py`. A rule's place here is its number in
# `updates.py`.
REMEMBERS = {
    "sgd": (),
    "momentum": ("v",),
    "rmsprop": ("s",),
    "adagrad": ("s",),
    "adam": ("m", "s"),
    "adamw": ("m", "s"),
}


def covers(config: Config, steps: int, vocab_size: int) -> bool:
    """Whether the kernels can train this recipe, on names of up to `steps` targets.

    A kernel occupies a worker for a whole update, so PyTorch makes large ones, in parts.
    """
    return cost.kernels_cover(config, vocab_size, steps)


def choose_engine(
    config: Config,
    steps: int,
    vocab_size: int,
    *,
    current: str = "",
    step_count: int = 0,
    kernels_from: int | None = None,
) -> Parts[str]:
    """Which engine makes the next update, 'torch' or 'compiled'.

    steps: the longest name's targets; current: the engine of the last update, '' before the first.
    If its engine is 'auto', a run on PyTorch moves to the kernels once they are ready, or at step
    `kernels_from` if that is given. If the recipe asks for the kernels, or that step has come, this
    waits for the compiler and yields meanwhile. A recipe that asks for them trains on PyTorch where
    they cannot be compiled. Raises KernelsFailed there for a step that has come.
    """
    if current == "compiled" or (current and config.engine != "auto"):
        return current
    if config.engine == "torch" or not is_available() or not covers(config, steps, vocab_size):
        return "torch"
    demanded = config.engine == "compiled"
    if demanded or (kernels_from is not None and step_count >= kernels_from):
        try:
            yield from prepare_in_parts()
        except KernelsFailed:
            if not demanded:
                raise
            return "torch"
    early = step_count < (kernels_from or 0)
    return "compiled" if is_ready() and (demanded or not early) else "torch"


class CompiledEngine:
    """Trains, evaluates and writes with the numbers of a `TrainingState`, which PyTorch shares.

    w, g, average: (P,) float32, the state's numbers; random_state (1,): that of dropout.
    """

    def __init__(
        self,
        config: Config,
        vocab_size: int,
        state: TrainingState,
        data: Encoded,
        teacher: Teacher | None = None,
    ) -> None:
        """data: the names to train on; teacher: their soft targets, if the recipe has any."""
        self.config, self.vocab_size, self.state, self.data = config, vocab_size, state, data
        self._teacher = teacher
        self.w, self.g = state.weights.numpy(), state.gradient.numpy()
        self.average = state.average.numpy()
        self._gates = GATES[config.cell]
        self._rule = list(REMEMBERS).index(config.optimizer)
        self._update_seconds = math.inf  # unknown, so the first call makes one update
        # xorshift must not start at 0. An odd multiplier spreads neighbouring seeds (Knuth's).
        self.random_state = np.array(
            [(config.seed * 6364136223846793005 + 1442695040888963407) % 2**64], np.uint64
        )

    def updates_within(self, seconds: float) -> int:
        """How many updates one call of `train` can make in about this time; at least 1."""
        if math.isinf(self._update_seconds):
            return 1
        return int(max(1, min(MOST_UPDATES, seconds / self._update_seconds)))

    def train(self, batches: Tensor) -> Parts[Updates]:
        """One update for each row of `batches` (S, B), which holds rows of the training names."""
        yield from ()  # only one part: the kernels hold the thread until they are done
        began = time.perf_counter()
        updates = self._train(batches.numpy())
        self.state.step_count += len(batches)
        self._update_seconds = (time.perf_counter() - began) / len(batches)
        return updates

    def _train(self, batches: np.ndarray) -> Updates:
        from dino.compiled import kernels, layout

        state, config = self.state, self.config
        recipe = layout.Recipe(
            self._rule,
            float(state.learning_rate),
            float(config.clip_norm),
            float(config.average),
            float(config.letter_dropout),
            float(config.hidden_dropout),
            float(config.weight_drop),
        )
        moment1, moment2, adam_steps = self._moments(state.optimizer_state)
        losses, symbols, norms = kernels.train(
            layout.Shape(self._gates, config.hidden_size, self.vocab_size),
            recipe,
            layout.Weights(self.w, self.g, self.average, moment1, moment2),
            layout.Data(*self.data),
            self._soft_targets(),
            batches,
            state.step_count,
            adam_steps,
            self.random_state,
        )
        if "t" in state.optimizer_state:
            state.optimizer_state["t"] += len(batches)
        return Updates(losses, symbols, norms)

    def _soft_targets(self) -> layout.Teacher:
        """What the kernels read of the teacher; without one, a share of 0."""
        from dino.compiled import layout

        teacher = self._teacher
        if teacher is None:
            return layout.NO_TEACHER
        return layout.Teacher(float(self.config.count_teacher), teacher.table, teacher.rows)

    def _moments(self, optimizer_state: OptimizerState) -> tuple[np.ndarray, np.ndarray, int]:
        """The rule's moments (P,), zeros before its first step, and how many steps Adam has made.

        If the rule does not use a moment, the gradient is passed in its place, and the
        kernels ignore it.
        """
        import torch

        names = REMEMBERS[self.config.optimizer]
        for name in names:
            optimizer_state.setdefault(name, torch.zeros(len(self.w)))
        # Only Adam's rules have two moments, and only they count their steps.
        if len(names) == 2:
            optimizer_state.setdefault("t", torch.zeros(1))
        moments = [optimizer_state[name].numpy() for name in names] + [self.g, self.g]
        return moments[0], moments[1], int(optimizer_state.get("t", 0))

    def evaluate(self, data: Encoded, context: int = 0) -> Parts[float]:
        """The averaged weights' mean of −ln p(target) over all real targets. Nats per symbol.

        Raises ValueError for a bounded memory, which the kernels do not support.
        """
        _refuse(context)
        config = self.config
        return evaluate_in_parts(
            config.cell, config.hidden_size, self.vocab_size, self.average, data
        )

    def write(
        self, vocab: Vocab, draws: np.ndarray, context: int = 0, weights: np.ndarray | None = None
    ) -> Parts[WritingResult]:
        """A name for each row of `draws`, as in `Engine`, in one part.

        Raises ValueError for a bounded memory, which the kernels do not support.
        """
        from dino.compiled import layout, writer

        yield from ()
        _refuse(context)
        shape = layout.Shape(self._gates, self.config.hidden_size, self.vocab_size)
        w = self.average if weights is None else weights
        end = vocab.index[END]
        rows, logits, hidden = writer.write(shape, w, end, np.ascontiguousarray(draws))
        ids = rows[0, : 1 + (rows[0] != end).sum()]  # the end mark fills the rest of the row
        names = tuple(written_name(vocab, row) for row in rows)
        return WritingResult(names, ids, logits[: len(ids)], hidden[: len(ids)])


def _refuse(context: int) -> None:
    if context:
        raise ValueError(f"The kernels see all inputs, so context must be 0, not “{context}”.")


def evaluate_in_parts(
    cell: str, hidden_size: int, vocab_size: int, weights: np.ndarray, data: Encoded
) -> Parts[float]:
    """Mean of −ln p(target) over all real targets, by weights (P,), in parts. Nats per symbol."""
    from dino.compiled import kernels, layout

    shape = layout.Shape(GATES[cell], hidden_size, vocab_size)
    N, T = data.inputs.shape
    total = symbols = 0.0
    names, _ = cost.evaluation_part_size(cell, hidden_size, vocab_size, T)
    parts = max(1 + N // cost.EVALUATION_NAMES, math.ceil(N / names))
    for rows in np.array_split(np.arange(N), parts):
        count = int(data.lengths[rows].sum())
        loss = kernels.evaluate(shape, weights, layout.Data(*data), rows)
        total += count * loss
        symbols += count
        yield
    return total / symbols
