"""What every tab of the Data page gets: the chosen list, with and without the removed names."""

from __future__ import annotations

from dataclasses import dataclass

from dino.data import Corpus
from dino.locale.sentences import Sentence, sentence

LISTED = 300  # rows of a table of names; the search finds the rest


@dataclass(frozen=True, eq=False)
class ListView:
    """corpus: the list that the next run trains on; complete: the same list before names were
    removed.
    """

    corpus: Corpus
    complete: Corpus

    @property
    def removed(self) -> frozenset[str]:
        """The names that the visitor removed."""
        return self.corpus.removed

    def side(self, name: str) -> Sentence:
        """The part that a name of the complete list has in the next run."""
        if name in self.removed:
            return sentence("removed")
        if name in self.corpus.exam_set:
            return sentence("final exam")
        return sentence("held out") if name in self.corpus.val_set else sentence("trained on")


def code_point(symbol: str) -> str:
    """A symbol's Unicode number, in the usual form: U+0061."""
    return f"U+{ord(symbol):04X}"
