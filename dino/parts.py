"""Work in parts: a function that yields after each part and returns its result at the end.

A worker calls `next` in each of its turns. A caller that need not take turns calls `finish`.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable, Iterator
from typing import Generic, TypeVar

from dino.locale.sentences import Refusal, sentence

T = TypeVar("T")
V = TypeVar("V")
Parts = Generator[None, None, T]


def finish(parts: Parts[T]) -> T:
    """Do all remaining parts, and return the result."""
    while True:
        try:
            next(parts)
        except StopIteration as end:
            result: T = end.value
            return result


def last_result(results: Iterable[T]) -> T:
    """The last of several results. Raises ValueError for none."""
    found: list[T] = []
    for result in results:
        found[:] = [result]
    if not found:
        raise Refusal(sentence("last() needs at least one result, but there was none."))
    return found[0]


def report_progress(parts: Parts[T], progress: V) -> Generator[V, None, T]:
    """The same work, but it yields this progress after each part."""
    while True:
        try:
            next(parts)
        except StopIteration as end:
            result: T = end.value
            return result
        yield progress


def until_result(work: Iterator[T | None]) -> Parts[T]:
    """Work that yields None after each part and its result in the end, as `Parts`."""
    for found in work:
        if found is not None:
            return found
        yield
    raise Refusal(sentence("This work ended without a result."))


class SharedWork(Generic[T]):
    """Work in parts for which several wait: whoever has a turn does the next part for all.

    result: None until it is done; error: what broke it off.
    """

    def __init__(self, parts: Parts[T]) -> None:
        self.result: T | None = None
        self.error: Exception | None = None
        self._parts, self._lock = parts, threading.Lock()

    @property
    def is_over(self) -> bool:
        """Whether no more parts will come."""
        return self.result is not None or self.error is not None

    def work(self) -> None:
        """Do one part, if no other thread has done the last one."""
        with self._lock:
            try:
                if not self.is_over:
                    next(self._parts)
            except StopIteration as end:
                self.result = end.value
            except Exception as error:  # all who wait raise it
                self.error = error

    def wait(self) -> Parts[T]:
        """Work until it is over; return the result, or raise what broke it off."""
        while self.result is None:
            self.work()
            if self.error is not None:
                raise self.error
            yield
        return self.result
