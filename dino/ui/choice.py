"""A list as a visitor chooses it, and how an address names it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from dino.config import quoted
from dino.lists import BUNDLED

OWN = "own"  # the key of a list of the visitor's own


class Choice(NamedTuple):
    """A list by its key, in lower case or not, without the names that were removed.

    number: which of the visitor's own lists; 0 for one of the app's.
    """

    key: str = "dinos"
    keep_case: bool = False
    removed: frozenset[str] = frozenset()
    number: int = 0

    @property
    def title(self) -> str:
        """The list's title, in our words."""
        own = f"Your list {self.number}" if self.number > 1 else "Your list"
        title = own if self.key == OWN else BUNDLED[self.key].title
        if self.keep_case and self.key != OWN:
            title += " with capitals"
        if self.removed:
            title += f", {len(self.removed):,} removed"
        return title

    def to_url(self) -> dict[str, str]:
        """As URL parameters; nothing for the dinosaurs."""
        named = {"list": self.key} if self.key != "dinos" else {}
        return {**named, **({"keep_case": "true"} if self.keep_case else {})}

    @staticmethod
    def from_url(params: Mapping[str, str]) -> tuple[str, bool, list[str]]:
        """The key and the case in URL parameters, and a sentence for each that was refused."""
        refused = []
        key = params.get("list", "dinos")
        if key not in (*BUNDLED, OWN):
            refused.append(
                f"list is one of {', '.join([*BUNDLED, OWN])}; {quoted(key)} is not. "
                "The page uses dinos."
            )
            key = "dinos"
        case = params.get("keep_case", "false").lower()
        if case not in ("true", "false"):
            refused.append(
                f"keep_case is true or false; {quoted(case)} is not. The page uses false."
            )
        return key, case == "true", refused
