"""A learner's answers to the exhibits of the failure zoo, as the browser keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from dino.findings import CAUSES
from dino.lessons.progress import Progress
from dino.locale.sentences import Text
from dino.zoo import ZOO

KEY = "failure-zoo"  # in addresses, and in what a browser keeps
SKIPPED = "skipped"


class ZooAnswer(NamedTuple):
    """An exhibit of the failure zoo that was answered, or skipped (choice None).

    number: from 1; key, choice, cause: names; title, choice_words, cause_words: the same in words
    """

    number: int
    key: str
    choice: str | None
    cause: str
    title: Text = ""
    choice_words: Text = ""
    cause_words: Text = ""

    @property
    def is_right(self) -> bool:
        """Whether the true cause was found."""
        return self.choice == self.cause


def answers_in(progress: Progress) -> dict[str, str]:
    """The causes that the learner chose, by exhibit; `SKIPPED` for none.

    Anything that a page would not write is left out.
    """
    kept = progress.more.get(KEY)
    if not isinstance(kept, Mapping):
        return {}
    return {
        key: choice
        for key, choice in kept.items()
        if key in ZOO and choice in (*ZOO[key].choices, SKIPPED)
    }


def zoo_answers(progress: Progress) -> tuple[ZooAnswer, ...]:
    """The same answers for a report, in the zoo's order."""
    found = answers_in(progress)
    return tuple(_answer(number, key, found[key]) for number, key in _numbered() if key in found)


def _numbered() -> list[tuple[int, str]]:
    return list(enumerate(ZOO, 1))


def _answer(number: int, key: str, choice: str) -> ZooAnswer:
    exhibit = ZOO[key]
    words = "" if choice == SKIPPED else CAUSES[choice]
    return ZooAnswer(
        number,
        key,
        None if choice == SKIPPED else choice,
        exhibit.cause,
        exhibit.title,
        words,
        CAUSES[exhibit.cause],
    )
