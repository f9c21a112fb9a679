"""Numbers that are only ever added to: a picture of a run shares them instead of copying."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, overload

import numpy as np


class Growing(Sequence[Any]):
    """A list of numbers of one kind whose `view` costs the same however many there are.

    What a view shows never changes: numbers are added behind it, in a room twice as large where
    they need one.
    """

    def __init__(self, kind: type, numbers: Iterable[float] = ()) -> None:
        self._room = np.array(list(numbers), kind)
        self._count = len(self._room)

    @property
    def view(self) -> np.ndarray:
        """The numbers so far (n,), not to be written to."""
        view = self._room[: self._count]
        view.flags.writeable = False
        return view

    def append(self, number: float) -> None:
        """One number more."""
        self.extend((number,))

    def extend(self, numbers: Sequence[float] | np.ndarray) -> None:
        """Some numbers more."""
        end = self._count + len(numbers)
        if end > len(self._room):
            larger = np.empty(max(64, 2 * end), self._room.dtype)
            larger[: self._count] = self._room[: self._count]
            self._room = larger
        self._room[self._count : end] = numbers
        self._count = end

    def copy(self) -> Growing:
        """The same numbers, in no more room than they need."""
        other = Growing(self._room.dtype.type)
        other._room, other._count = self.view.copy(), self._count
        return other

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> Any: ...
    @overload
    def __getitem__(self, place: slice) -> list[Any]: ...
    def __getitem__(self, place: int | slice) -> Any:
        found = self.view[place]
        return found.tolist()  # a number or a list of Python's own

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.view, dtype)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Growing | list) and len(self) == len(other) and (
            self[:] == other[:])

    def __repr__(self) -> str:
        return f"Growing({self[:]})"
