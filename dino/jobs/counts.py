"""Counted letters of the lists in use, shared by all who read a network together with them.

A list is counted once for each number of letters, in parts. Its counts are freed with it, or once
others need their room. Then it is counted again.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from typing import NamedTuple

from dino.data import Corpus
from dino.jobs import limits
from dino.ngram import NGram
from dino.parts import Parts, SharedWork


class Counts:
    """The n-grams of each list in use, the latest ones within `limits.COUNTS_BYTES`.

    Of those that are larger than that, the latest one is kept beside them, because counting a long
    list again takes a second. One list is counted after another, because a count at work takes more
    memory than its result.
    """

    def __init__(self) -> None:
        self._kept: weakref.WeakKeyDictionary[Corpus, dict[int, _Kept]] = (
            weakref.WeakKeyDictionary()
        )
        self._lock = threading.Lock()
        # Weak: a count that nobody waits for any more is freed.
        self._begun = weakref.WeakValueDictionary[tuple[Corpus, int], SharedWork[NGram]]()
        self._at_work: Callable[[], SharedWork[NGram] | None] = lambda: None

    def count(self, corpus: Corpus, n: int) -> Parts[NGram]:
        """The training names counted n letters at a time, in parts. Whoever has a turn counts on
        for all who wait.

        Raises Refusal if the list has too many symbols for n.
        """
        with self._lock:
            kept = self._kept.get(corpus, {}).get(n)
        if kept is None:
            model = yield from self._wait(self._begin(corpus, n))
        else:
            model = kept.model
        self._keep(corpus, n, model)
        return model

    @property
    def nbytes(self) -> int:
        """How much memory the finished counts take."""
        with self._lock:
            return sum(model.nbytes for *_, model in self._latest())

    def clear(self) -> None:
        """Free all finished counts that nobody uses now."""
        with self._lock:
            self._kept.clear()

    def _begin(self, corpus: Corpus, n: int) -> SharedWork[NGram]:
        """The count of a list that others wait for, or a new one."""
        with self._lock:
            found = self._begun.get((corpus, n))
            if found is None or found.error is not None:
                found = SharedWork(NGram.in_parts(n, corpus.train, corpus.vocab))
                self._begun[corpus, n] = found
            return found

    def _wait(self, mine: SharedWork[NGram]) -> Parts[NGram]:
        while self._helps_another(mine):
            yield
        return (yield from mine.wait())

    def _helps_another(self, mine: SharedWork[NGram]) -> bool:
        """Do a part of the count that is at work, if that is not `mine`."""
        first = self._first(mine)
        if first is mine:
            return False
        first.work()
        return True

    def _first(self, mine: SharedWork[NGram]) -> SharedWork[NGram]:
        """The count that is at work; `mine`, if there is none."""
        with self._lock:
            first = self._at_work()
            if mine.is_over:
                return mine
            if first is None or first.is_over:
                first, self._at_work = mine, weakref.ref(mine)
            return first

    def _latest(self) -> list[tuple[float, dict[int, _Kept], int, NGram]]:
        """When each was last used, where it is kept, its n, and the counts; the latest first."""
        found = [
            (kept.used, models, n, kept.model)
            for models in list(self._kept.values())
            for n, kept in models.items()
        ]
        return sorted(found, key=lambda it: -it[0])

    def _keep(self, corpus: Corpus, n: int, model: NGram) -> None:
        """Keep counts that were used just now, and free those that have no room."""
        with self._lock:
            self._kept.setdefault(corpus, {})[n] = _Kept(time.monotonic(), model)
            room, has_large = limits.COUNTS_BYTES, False
            for _, models, of, found in self._latest():
                if found.nbytes > limits.COUNTS_BYTES and not has_large:
                    has_large = True
                elif found.nbytes > room:
                    del models[of]
                else:
                    room -= found.nbytes


class _Kept(NamedTuple):
    """Counts, and when they were last asked for, in seconds of `time.monotonic`."""

    used: float
    model: NGram
