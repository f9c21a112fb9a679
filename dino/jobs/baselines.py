"""What counting letters reaches on each list, counted once for all runs on it."""

from __future__ import annotations

import threading
import time
import weakref

import numpy as np

from dino.data import Corpus
from dino.ngram import baseline_name_losses_in_parts, mean_losses


class Baselines:
    """The counting baselines of all lists in use; they are freed together with their list."""

    def __init__(self) -> None:
        self._counts: weakref.WeakKeyDictionary[Corpus, _Count] = weakref.WeakKeyDictionary()
        self._lock = threading.Lock()

    def count(self, corpus: Corpus, until: float) -> dict[str, float] | None:
        """Held-out losses by name, nats per symbol; None if counting is not done by `until`, in
        seconds of `time.monotonic`. The next call continues.
        """
        with self._lock:
            count = self._counts.setdefault(corpus, _Count(corpus))
        try:
            count.work(until)
        except Exception:
            with self._lock:  # a generator that has raised is at its end: the next run counts again
                self._counts.pop(corpus, None)
            raise
        return count.losses

    def name_losses(self, corpus: Corpus) -> dict[str, np.ndarray] | None:
        """By name, the sum of -ln p over each held-out name, (N,) nats; None until it is counted.

        It counts nothing: any thread may ask.
        """
        with self._lock:
            count = self._counts.get(corpus)
        return count.name_losses if count is not None else None


class _Count:
    """The baselines of one list, which several workers may ask for at once: `losses` by name, nats
    per symbol, and `name_losses`, those of each held-out name (N,); None until all are counted.
    """

    def __init__(self, corpus: Corpus) -> None:
        self._parts = baseline_name_losses_in_parts(corpus)
        self._names, self._lock = corpus.val, threading.Lock()
        self.losses: dict[str, float] | None = None
        self.name_losses: dict[str, np.ndarray] | None = None

    def work(self, until: float) -> None:
        """Count until `until`, unless another worker does."""
        if self.losses is None and self._lock.acquire(blocking=False):
            try:
                self._advance(until)
            finally:
                self._lock.release()

    def _advance(self, until: float) -> None:
        for share, found in self._parts:
            if share >= 1:
                self.name_losses = {n: x.astype(np.float32) for n, x in found.items()}
                self.losses = mean_losses(found, self._names)
                self._parts = iter(())  # frees its counts
                break
            if time.monotonic() > until:
                break
