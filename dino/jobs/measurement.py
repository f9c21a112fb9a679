"""Work for one page that is done in parts, in turns with the runs."""

from __future__ import annotations

import copy
import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

from dino.jobs import limits
from dino.locale.sentences import Refusal, Text

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
