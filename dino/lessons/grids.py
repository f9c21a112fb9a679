"""Tables whose cells a learner clicks, by their names in lessons.

An answer is a text such as '110/111': which cells are marked, row by row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from dino.lessons import figures_sample


class Grid(NamedTuple):
    """A table. heads (R,): the names of its rows; cells (R, C): what each cell shows."""

    heads: Sequence[str]
    cells: Sequence[Sequence[str]]

    @property
    def none_marked(self) -> str:
        """The answer before any click."""
        return "/".join("0" * len(row) for row in self.cells)

    def is_answer(self, value: Any) -> bool:
        """Whether a text says of each cell whether it is marked."""
        shape = re.sub("0", "[01]", self.none_marked)
        return isinstance(value, str) and re.fullmatch(shape, value) is not None


GRIDS: Mapping[str, Callable[[], Grid]] = {
    "batch_targets": lambda: Grid(*figures_sample.target_cells())
}
