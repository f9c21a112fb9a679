"""Work in parts: a function that yields after each part and returns its result at the end.

A worker calls `next` in each of its turns. A caller that need not take turns calls `finish`.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from typing import TypeVar

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
