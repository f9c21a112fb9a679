"""Counted letters of the lists in use, shared by all who read a network together with them.

A list is counted once for each number of letters, in parts. Its counts are freed with it, or once
others need their room. Then it is counted again.
"""

from __future__ import annotations

import threading
import time
import weakref

from dino.data import Corpus
from dino.jobs import limits
from dino.ngram import NGram
from dino.parts import Parts


class Counts:
    """The n-grams of each list in use, the latest ones within `limits.COUNTS_BYTES`."""

    def __init__(self) -> None:
        self._kept: weakref.WeakKeyDictionary[Corpus, dict[int, _Count]] = (
            weakref.WeakKeyDictionary()
        )
        self._lock = threading.Lock()

    def count(self, corpus: Corpus, n: int) -> Parts[NGram]:
        """The training names counted n letters at a time, in parts. Whoever has a turn counts on
        for all who wait.

        Raises Refusal if the list has too many symbols for n.
        """
        with self._lock:
            counts = self._kept.setdefault(corpus, {})
            found = counts.get(n) or _Count(NGram.in_parts(n, corpus.train, corpus.vocab))
            counts[n] = found
        try:
            while found.model is None:
                found.work()
                yield
        except Exception:
            with self._lock:  # work that broke off is over: let the next one begin again
                counts.pop(n, None)
            raise
        found.used = time.monotonic()
        with self._lock:
            self._make_room()
        return found.model

    @property
    def nbytes(self) -> int:
        """How much memory the finished counts take."""
        with self._lock:
            return sum(model.nbytes for *_, model in self._finished())

    def _finished(self) -> list[tuple[float, dict[int, _Count], int, NGram]]:
        """When each was last used, where it is kept, its n, and the counts."""
        return [
            (count.used, counts, n, count.model)
            for counts in list(self._kept.values())
            for n, count in counts.items()
            if count.model is not None
        ]

    def _make_room(self) -> None:
        finished = sorted(self._finished(), key=lambda it: -it[0])
        room = limits.COUNTS_BYTES
        for _, counts, n, model in finished:
            room -= model.nbytes
            if room < 0:
                del counts[n]


class _Count:
    """One list, counted n letters at a time. model: None until it is done."""

    def __init__(self, parts: Parts[NGram]) -> None:
        self.model: NGram | None = None
        self.used = 0.0  # when it was last asked for, in seconds of `time.monotonic`
        self._parts, self._lock = parts, threading.Lock()

    def work(self) -> None:
        """Count one part, if another worker has not finished them."""
        with self._lock:
            try:
                if self.model is None:
                    next(self._parts)
            except StopIteration as end:
                self.model = end.value
