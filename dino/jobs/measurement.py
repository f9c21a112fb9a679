"""Results that are computed in parts, in turns with the runs: for one page,
or for all runs on a list.
"""

from __future__ import annotations

import copy
import dataclasses
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
    """A result that is computed in parts, in turns with the runs. `share` of it is done so far.

    Its parts are (share, result) pairs. Each result is copied, so a page may draw it meanwhile.
    refusal: a sentence, if what was asked for is not possible.
    """

    def __init__(self, parts: Iterator[tuple[float, Any]]) -> None:
        self.share, self.failed = 0.0, False
        self.refusal: Text = ""
        self.result: Any = None
        self.queued, self.turn = False, 0.0  # these two belong to the queue
        self._parts = parts
        self._rests = False
        self._lock = threading.Lock()

    @property
    def done(self) -> bool:
        """Whether no more parts will come."""
        return self.failed or self.share >= 1

    @property
    def takes_turns(self) -> bool:
        """Whether it takes turns now: it is not done, and a page shows it."""
        return not (self.done or self._rests)

    def stop(self) -> None:
        """Skip the remaining parts."""
        self.failed = True

    def rest(self) -> None:
        """Take no turns until `wake`, because no page shows the result now."""
        self._rests = True

    def wake(self) -> bool:
        """Take turns again; return whether it had rested and more is left to do."""
        rested, self._rests = self._rests, False
        return rested and not self.done

    def work(self, seconds: float | None = None) -> bool:
        """Work for about this time, by default one slice; return whether there is more to do."""
        until = time.monotonic() + (limits.SLICE if seconds is None else seconds)
        # Woken during a slice, it is queued again: a second worker must then wait here.
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
    """What counting letters reaches on each list in use. A list is counted once for all runs on it,
    and its counts are freed with it.
    """

    def __init__(self) -> None:
        self._counts: weakref.WeakKeyDictionary[Corpus, _Count] = weakref.WeakKeyDictionary()
        self._lock = threading.Lock()

    def count(self, corpus: Corpus, until: float) -> dict[str, float] | None:
        """Held-out losses by name of the baseline, nats per symbol.

        until: in seconds of `time.monotonic`. If counting is not done by then, the result is None,
        and the next call continues.
        """
        with self._lock:
            count = self._counts.setdefault(corpus, _Count(corpus))
        try:
            count.work(until)
        except Exception:
            with self._lock:  # a generator that raised is exhausted: let the next run count again
                self._counts.pop(corpus, None)
            raise
        return count.losses

    def name_losses(self, corpus: Corpus) -> dict[str, np.ndarray] | None:
        """By name of the baseline, the sum of −ln p over each held-out name, (N,)
        nats; None until counted.

        It starts no counting, so any thread may call it.
        """
        with self._lock:
            count = self._counts.get(corpus)
        return count.name_losses if count is not None else None


class _Count:
    """The baselines of one list. Several workers may ask for them at once.

    losses: by name, nats per symbol; name_losses: of each held-out name (N,); both
    None until all are counted.
    """

    def __init__(self, corpus: Corpus) -> None:
        # Of a copy, because whoever keeps this knows it by its list, which must be able to go.
        self._parts = baseline_name_losses_in_parts(dataclasses.replace(corpus))
        self._names, self._lock = corpus.val, threading.Lock()
        self.losses: dict[str, float] | None = None
        self.name_losses: dict[str, np.ndarray] | None = None

    def work(self, until: float) -> None:
        """Count until `until`; return at once if another worker is counting."""
        if self.losses is None and self._lock.acquire(blocking=False):
            try:
                self._advance(until)
            finally:
                self._lock.release()

    def _advance(self, until: float) -> None:
        for share, found in self._parts:
            if share >= 1:
                # `losses` last: a thread that sees them may also read `name_losses`.
                self.name_losses = {n: x.astype(np.float32) for n, x in found.items()}
                self.losses = mean_losses(found, self._names)
                self._parts = iter(())  # frees its counts
                break
            if time.monotonic() > until:
                break
