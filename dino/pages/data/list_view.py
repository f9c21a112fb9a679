"""What the page Data looks at."""

from __future__ import annotations

from dataclasses import dataclass

from dino.data import Corpus

LISTED = 300  # rows of a table of names; the search finds the others


@dataclass(frozen=True, eq=False)
class Look:
    """What the page looks at: the list as it will be learned from, and whole."""

    corpus: Corpus
    whole: Corpus

    @property
    def removed(self) -> frozenset[str]:
        """The names that the visitor took out."""
        return self.corpus.removed

    def side(self, name: str) -> str:
        """What a name of the list is to the next run."""
        if name in self.removed:
            return "removed"
        return "held out" if name in self.corpus.val_set else "trained on"
