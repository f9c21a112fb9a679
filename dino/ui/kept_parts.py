"""What a page shows, put together once for as long as nothing of it changes.

A page has at most one entry for each part, which is made again if its source differs: so nothing of
another page, another language or an earlier run is ever shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from dino.ui.language import language
from dino.ui.server import this_visit
from dino.ui.workarounds import Encoded

T = TypeVar("T")


class Drawn(NamedTuple):
    """A component's data, and its size: the height of a picture, the number of a table's rows."""

    data: Encoded
    size: int

    @property
    def nbytes(self) -> int:
        """How much memory it takes."""
        return self.data.nbytes


def keep(part: str, source: Any, make: Callable[[], T]) -> T:
    """What `make` returns for a part of this page, in its language.

    source: equal as long as `make` returns the same. Of a large object it has a `weakref.ref`, so
    that the object is not kept for longer. Two such are equal only if they are of the same object,
    for the classes that we use them for.
    """
    return this_visit().make_once(part, (source, language().code), make)


def keep_data(part: str, source: Any, make: Callable[[], Mapping[str, Any]]) -> Encoded:
    """The data of a component, encoded: `make` returns the dictionary in its list."""
    return keep(part, source, lambda: Encoded([make()]))
