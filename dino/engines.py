"""Which engine makes the next update: a run may begin on PyTorch and move to the kernels."""

from __future__ import annotations

import numpy as np

from dino.compiled import engine as compiled
from dino.compiled.engine import CompiledEngine
from dino.data import Encoded, Vocab
from dino.parts import Parts
from dino.torch_engine import TorchEngine
from dino.training_state import Engine, WritingResult

# How far the kernels may be from PyTorch, held by tests: an entry of the gradient, and a weight
# after one update. Both engines compute in single precision (float32).
GRADIENT_ERROR, UPDATE_ERROR = 1e-5, 1e-6


class Engines:
    """The engines of one run. They all change the numbers of one `TrainingState`.

    current: the engine of the next update, as `choose` last set it.
    """

    def __init__(self, reference: TorchEngine, data: Encoded, kernels_from: int | None) -> None:
        """reference: PyTorch's engine; data: the names to train on, for all engines.

        kernels_from: the step from which on the kernels take over; None for as soon as possible.
        """
        self.reference, self.data, self.kernels_from = reference, data, kernels_from
        self.current: Engine = reference

    def choose(self, last: str) -> Parts[str]:
        """Choose the engine of the next update, and return its name: 'torch' or 'compiled'.

        last: the name of the engine of the last update, '' before the first.
        """
        reference = self.reference
        name = yield from compiled.choose_engine(
            reference.config,
            self.data.inputs.shape[1],
            reference.model.vocab_size,
            current=last,
            step_count=reference.state.step_count,
            kernels_from=self.kernels_from,
        )
        if name == "compiled" and self.current is reference:
            self.current = self._make_compiled()
        return name

    def _make_compiled(self) -> CompiledEngine:
        reference = self.reference
        return CompiledEngine(
            reference.config,
            reference.model.vocab_size,
            reference.state,
            self.data,
            reference.teacher,
        )

    def evaluate(self, data: Encoded, context: int) -> Parts[float]:
        """The averaged weights' mean of −ln p(target) over all real targets, by either engine."""
        engine = self.reference if context else self.current  # the kernels always see all inputs
        return engine.evaluate(data, context)

    def write(
        self, vocab: Vocab, draws: np.ndarray, context: int, weights: np.ndarray | None = None
    ) -> Parts[WritingResult]:
        """A name for each row of `draws` (N, longest), as in `Engine`.

        PyTorch writes if `context` bounds the memory, else the current engine.
        """
        engine = self.reference if context else self.current
        return engine.write(vocab, draws, context, weights)

    def copy_random_state(self) -> np.ndarray | None:
        """The state of the kernels' random generator, if they run. PyTorch uses the run's own."""
        current = self.current
        return current.random_state.copy() if isinstance(current, CompiledEngine) else None

    def move_to_kernels(self, random_state: np.ndarray) -> Parts[None]:
        """Continue on the kernels, with a random state from `copy_random_state`.

        Yields while they are being compiled.
        """
        yield from compiled.prepare_in_parts()
        engine = self._make_compiled()
        engine.random_state[:] = random_state
        self.current = engine
