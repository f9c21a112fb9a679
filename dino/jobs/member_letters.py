"""The losses of a member of an experiment on each held-out letter, measured in slices."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from dino.parts import Parts

if TYPE_CHECKING:  # PyTorch takes a second to load: a worker does it, no page waits for it
    import numpy as np

    from dino.train import Trainer


class MemberLetters:
    """Measures a member that is over. Its training and its other figures do not change."""

    def __init__(self) -> None:
        self._work: Parts[None] | None = None
        self._found: np.ndarray | None = None

    def measure(self, trainer: Trainer, until: float) -> np.ndarray | None:
        """−ln p of every letter and end mark of the held-out names, (T,) nats; None if it is not
        done. It works until this time, and at least one part.
        """
        if self._work is None:
            self._work = self._measure(trainer)
        for _ in self._work:
            if time.monotonic() >= until:
                break
        return self._found

    def _measure(self, trainer: Trainer) -> Parts[None]:
        from dino.together import held_out_letters

        how = trainer.eval_model, trainer.corpus, trainer.config.context
        self._found = yield from held_out_letters(*how)

    def forget(self) -> None:
        """Be ready for the next member."""
        self._work = self._found = None
