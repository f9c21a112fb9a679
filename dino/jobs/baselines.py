"""What counting letters reaches on each list, counted once for all runs on it."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Iterator

from dino.data import Corpus
from dino.ngram import baselines_in_parts


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
        return count.work(until)


class _Count:
    """The baselines of one list, which several workers may ask for at once."""

    def __init__(self, corpus: Corpus) -> None:
        self._parts: Iterator[tuple[float, dict[str, float]]] = baselines_in_parts(corpus)
        self._lock = threading.Lock()
        self._losses: dict[str, float] | None = None

    def work(self, until: float) -> dict[str, float] | None:
        """Count until `until`, unless another worker does; return the losses once all are known."""
        if self._losses is None and self._lock.acquire(blocking=False):
            try:
                self._advance(until)
            finally:
                self._lock.release()
        return self._losses

    def _advance(self, until: float) -> None:
        for share, losses in self._parts:
            if share >= 1:
                self._losses = dict(losses)
                self._parts = iter(())  # frees its counts
                break
            if time.monotonic() > until:
                break
