"""The concept test: ten questions, answered before the lessons and again after them.

Its texts are lesson files with ten tasks, `test/en.toml` and one for each other language. When its
questions change, `VERSION` grows and the older files move to a folder: whoever began with older
questions answers the same ones the second time.

The answers are kept in `Progress.more`. They come back from a browser, so they are checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from dino.lessons.item import Item, Wrong
from dino.lessons.lesson import Lesson, Question
from dino.lessons.progress import Progress
from dino.lessons.reading import HERE, read_lesson
from dino.locale.sentences import Refusal, Sentence, plural_sentence, sentence

KEY = "concept-test"  # in addresses, and in what a browser keeps
FOLDER = HERE / "test"
ITEMS = 10
FIRST, VERSION = 1, 2  # of its questions: the oldest and the present ones
FOLDERS = {FIRST: FOLDER / "first", VERSION: FOLDER}
BEFORE, AFTER = 0, 1
NAMES = ("before", "after")  # of the rounds, in browsers and reports
NOTHING = ("",) * ITEMS  # a round without an answer


@cache
def concept_test(language: str, version: int = VERSION) -> Lesson:
    """The test in a language, as a lesson of ten tasks; in English if it is not translated."""
    path = FOLDERS[version] / f"{language}.toml"
    return read_test(path if path.is_file() else path.with_name("en.toml"))


def read_test(path: Path) -> Lesson:
    """The test in a file. Raises Refusal unless it has ten questions of four choices."""
    found = read_lesson(path, f"00-{KEY}.toml")
    if len(found.steps) != ITEMS or any(len(choices(found, i)) != 4 for i in range(ITEMS)):
        raise Refusal(
            sentence(
                "{file}: the concept test needs {count} questions with four choices each, "
                "but this file does not have them.",
                file=path.name,
                count=ITEMS,
            )
        )
    return found


def item_of(test: Lesson, number: int) -> Item:
    """The choices of a question and its answer. number: from 0. Raises Refusal if it has none."""
    step = test.steps[number]
    if not isinstance(step, Question) or not step.items:
        raise Refusal(sentence("In {place}, answer is missing. Give the right one.", place=KEY))
    return step.items[0]


def choices(test: Lesson, number: int) -> tuple[str, ...]:
    """The names of a question's choices."""
    return tuple(choice.name for choice in item_of(test, number).choices)


def right_answers(test: Lesson) -> tuple[str, ...]:
    """The names of the right choices. (10)"""
    return tuple(str(item_of(test, i).right) for i in range(ITEMS))


@dataclass(frozen=True)
class Rounds:
    """The answers of both rounds, '' for those still missing, and how many rounds are over.

    answers: (2, 10) names of choices; version: of the questions, the same in both rounds
    """

    answers: tuple[tuple[str, ...], tuple[str, ...]] = (NOTHING, NOTHING)
    over: int = 0
    version: int = VERSION

    def with_answer(self, number: int, name: str) -> Rounds:
        """The same with an answer in the round that is not over; unchanged if both are over."""
        if self.over > AFTER:
            return self
        row = list(self.answers[self.over])
        row[number] = name
        rows = list(self.answers)
        rows[self.over] = tuple(row)
        return replace(self, answers=(rows[0], rows[1]))

    @property
    def missing(self) -> list[int]:
        """The questions without an answer in the round that is not over, counted from 0."""
        if self.over > AFTER:
            return []
        return [i for i, name in enumerate(self.answers[self.over]) if not name]

    def ended(self) -> Rounds:
        """The same with one more round over. Raises Refusal while an answer is missing."""
        if self.missing:
            raise Refusal(
                sentence(
                    "Each question needs an answer. These have none yet: {numbers}. A guess will "
                    "do.",
                    numbers=", ".join(str(i + 1) for i in self.missing),
                )
            )
        return replace(self, over=min(self.over + 1, 2))

    def rows(self) -> tuple[tuple[str, ...], ...]:
        """The answers of the rounds that are over. (0 to 2, 10)"""
        return self.answers[: self.over]

    def as_kept(self) -> dict[str, Any]:
        """The rounds in the form that `Progress.more` keeps."""
        return {name: list(row) for name, row in zip(NAMES, self.answers, strict=True)} | {
            "over": self.over,
            "version": self.version,
        }


def rounds_in(progress: Progress) -> Rounds:
    """What a learner has answered. Anything that a page would not write counts as no answer.

    The first round decides the version. Until it is over, the questions are the present ones.
    """
    kept = progress.more.get(KEY)
    if not isinstance(kept, Mapping):
        return Rounds()
    version = kept.get("version", FIRST)  # in the first version none was kept
    if type(version) is not int or version not in FOLDERS:
        return Rounds()
    found = _rounds_of(kept, version)
    if found.over or version == VERSION:
        return found
    before = dict(zip(_names(version), found.answers[BEFORE], strict=True))
    return Rounds((_row([before.get(name, "") for name in _names(VERSION)], VERSION), NOTHING))


def _rounds_of(kept: Mapping[str, Any], version: int) -> Rounds:
    """What was kept of rounds with the questions of this version."""
    before, after = (_row(kept.get(name), version) for name in NAMES)
    over = kept.get("over")
    over = over if type(over) is int and 0 <= over <= 2 else 0
    while over and not all((before, after)[over - 1]):
        over -= 1  # a round is over only if all of it is answered
    if over == 2 and not all(before):
        over = 0
    return Rounds((before, after if over else NOTHING), over, version)


def _names(version: int) -> list[str]:
    """The names of a version's questions."""
    return [step.name for step in concept_test("en", version).steps]


def _row(value: Any, version: int) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) != ITEMS:
        return NOTHING
    test = concept_test("en", version)
    return tuple(
        name if isinstance(name, str) and name in choices(test, i) else ""
        for i, name in enumerate(value)
    )


def keep_rounds(progress: Progress, rounds: Rounds) -> Progress:
    """The same progress with these rounds."""
    return progress.with_more(KEY, rounds.as_kept())


def are_right(test: Lesson, answers: Sequence[str]) -> list[bool]:
    """Whether each answer of a round is right. (10) -> (10)"""
    return [name == right for name, right in zip(answers, right_answers(test), strict=True)]


def wrong_beliefs(test: Lesson, number: int, answers: Sequence[str]) -> Iterator[Wrong]:
    """The beliefs behind wrong answers to a question, each once, the latest answer first."""
    listed = {str(wrong.value): wrong for wrong in item_of(test, number).wrong}
    for name in dict.fromkeys(reversed(answers)):
        if name in listed:
            yield listed[name]


def change_sentences(before: Sequence[bool], after: Sequence[bool]) -> Iterator[Sentence]:
    """What differs in the second round, without a word on why. (N), (N): which answers are right"""
    pairs = list(zip(before, after, strict=True))
    yield sentence(
        "Before the lessons, {before} of {count} answers were right. After them, {after} were.",
        before=sum(before),
        after=sum(after),
        count=len(pairs),
    )
    if gained := pairs.count((False, True)):
        yield plural_sentence(
            "{count} answer was wrong and is right now.",
            "{count} answers were wrong and are right now.",
            gained,
        )
    if lost := pairs.count((True, False)):
        yield plural_sentence(
            "{count} answer was right and is wrong now.",
            "{count} answers were right and are wrong now.",
            lost,
        )
    if not gained and not lost:
        yield sentence("No answer changed from wrong to right or from right to wrong.")
    yield CAUTION


CAUTION = sentence(
    "People often do better the second time even without lessons. So these numbers do not show "
    "what the lessons changed."
)
