"""What is worked out in parts, in turns with the runs: for a page, or for all runs on a list."""

from __future__ import annotations

import copy
import logging
import threading
import time
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np

from dino.data import Corpus
from dino.jobs import limits
from dino.locale.sentences import Refusal, Text
from dino.ngram import baseline_name_losses_in_parts, mean_losses

_log = logging.getLogger(__name__)


class Measurement:
    """A result worked out in parts, in turns with the runs: `share` of it is done so far.

    Its parts are (share, result) pairs; each result is copied, so a page may draw it meanwhile.
    refusal: a sentence, where what was asked for is not possible.
    """

    def __init__(self, parts: Iterator[tuple[float, Any]]) -> None:
        self.share, self.failed = 0.0, False
        self.refusal: Text = ""
        self.result: Any = None
        self.queued, self.turn = False, 0.0  # the queue's own notes
        self._parts = parts
        self._rests = False
        self._lock = threading.Lock()

    @property
    def done(self) -> bool:
        """Whether there is no more to come."""
        return self.failed or self.share >= 1

    def stop(self) -> None:
        """Leave the rest undone."""
        self.failed = True

    def rest(self) -> None:
        """Take no turn until `wake`: nobody sees the page now, and somebody may come back."""
        self._rests = True

    def wake(self) -> bool:
        """Take turns again. Whether it rested, and there is more to do."""
        rested, self._rests = self._rests, False
        return rested and not self.done

    def work(self, seconds: float | None = None) -> bool:
        """Work for about this time, by default a slice. Whether there is more to do."""
        until = time.monotonic() + (limits.SLICE if seconds is None else seconds)
        with self._lock:
            self.queued = False
            if self._rests:
                return False
            try:
                self._advance(until)
            except ValueError as error:  # a sentence for the visitor who asked
                self.failed = True
                self.refusal = error.sentence if isinstance(error, Refusal) else str(error)
            except Exception:  # a failure must not end the worker
                _log.exception("a measurement broke off")
                self.failed = True
            if self.done:
                self._parts = iter(())  # frees the models that its parts refer to
        return not self.done

    def _advance(self, until: float) -> None:
        while not self.done:
            share, result = next(self._parts)
            self.result, self.share = copy.copy(result), share
            if time.monotonic() > until:
                break


class Baselines:
    """What counting letters reaches on each list in use, counted once for all runs on it, and freed
    together with the list.
    """

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
