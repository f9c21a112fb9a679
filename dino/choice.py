"""A chosen list of names, and its form in an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from dino.config import quoted
from dino.lists import BUNDLED
from dino.locale.sentences import Sentence, plural_sentence, sentence

if TYPE_CHECKING:  # numpy is slow to load: a page's first buttons do not wait for it
    from dino.data import Corpus

OWN = "own"  # the key of all lists that the visitor brought


class Choice(NamedTuple):
    """A list by its key, in lower case or not, without the names that were removed.

    number: which of the visitor's own lists; 0 for one of the app's lists.
    """

    key: str = "dinos"
    keep_case: bool = False
    removed: frozenset[str] = frozenset()
    number: int = 0

    @property
    def title(self) -> Sentence:
        """The list's title as pages show it."""
        title = self._own_title() if self.key == OWN else BUNDLED[self.key].title
        if self.keep_case and self.key != OWN:
            title = sentence("{list} with capitals", list=title)
        if self.removed:
            title = plural_sentence(
                "{list}, {count:,} removed",
                "{list}, {count:,} removed",
                len(self.removed),
                list=title,
            )
        return title

    @property
    def in_words(self) -> Sentence:
        """The title as it reads inside a sentence."""
        if self.key != OWN:
            return self.title
        named = sentence("your list")
        if self.number > 1:
            named = sentence("your list {number}", number=self.number)
        if not self.removed:
            return named
        return plural_sentence(
            "{list}, {count:,} removed", "{list}, {count:,} removed", len(self.removed), list=named
        )

    def _own_title(self) -> Sentence:
        """The title of a list that the visitor brought."""
        if self.number > 1:
            return sentence("Your list {number}", number=self.number)
        return sentence("Your list")

    def to_url(self) -> dict[str, str]:
        """As URL parameters; empty for the dinosaurs."""
        named = {"list": self.key} if self.key != "dinos" else {}
        return {**named, **({"keep_case": "true"} if self.keep_case else {})}

    @staticmethod
    def from_url(params: Mapping[str, str]) -> tuple[str, bool, list[Sentence]]:
        """The list and the case from URL parameters, and a sentence for each
        parameter that was refused.
        """
        refused = []
        key = params.get("list", "dinos")
        if key not in (*BUNDLED, OWN):
            refused.append(
                sentence(
                    "list must be one of {keys}, not {key}. The page uses dinos.",
                    keys=", ".join([*BUNDLED, OWN]),
                    key=quoted(key),
                )
            )
            key = "dinos"
        case = params.get("keep_case", "false").lower()
        if case not in ("true", "false"):
            refused.append(
                sentence(
                    "keep_case must be true or false, not {case}. The page uses false.",
                    case=quoted(case),
                )
            )
        return key, case == "true", refused


@lru_cache(maxsize=16)
def bundled_corpus(key: str, keep_case: bool, split_seed: int, exam: bool = False) -> Corpus:
    """One of the app's lists, the same object for all visitors."""
    from dino.data import load_bundled

    source = Choice(key, keep_case)
    found = load_bundled(key, split_seed, keep_case, exam)
    return replace(found, title=source.title, source=source)
