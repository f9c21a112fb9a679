"""What lessons, questions and choices were called before, so that old links, what browsers keep and
old reports keep their meaning.

Whoever renames, splits or joins a lesson, a question or a choice adds a line here, with a test in
`tests/test_renamed.py`. In version 1, lessons had the numbers of `FIRST`, and ticks were such
numbers; since version 2 a tick is a lesson's key, so a lesson can change its place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

VERSION = 2  # of what a browser keeps, and of reports


class OldLesson(NamedTuple):
    """A lesson of version 1: its key, and the names of its tasks and of its bets."""

    key: str
    tasks: str = ""
    bets: str = ""


FIRST: Mapping[int, OldLesson] = {
    1: OldLesson("what-comes-next", "formula", "first second third"),
    2: OldLesson("where-is-order", "sort sort_more", "names"),
    3: OldLesson("letters-to-numbers", "index decode clean", "row"),
    4: OldLesson("one-sample", "targets counted", "seed order"),
    5: OldLesson("which-axis-is-time", "shape", "gradient"),
    6: OldLesson("the-cell", "first second score parameters", "no_tanh"),
    7: OldLesson("scores-to-loss", "softmax", "untrained"),
    8: OldLesson("one-step-slowly", "", "highest back after"),
    9: OldLesson("the-notebook", "", "four first"),
    10: OldLesson("how-fast", "", "rate optimizer"),
    11: OldLesson("how-large-how-long", "", "turn size"),
    12: OldLesson("writing", "draw temperature changes", "greedy"),
    13: OldLesson("how-far-back", "gate", "far names"),
    14: OldLesson("is-it-better", "", "gates dropout"),
    21: OldLesson("dialects"),
    22: OldLesson("a-small-transformer"),
    23: OldLesson("what-came-after"),
}
# Lessons with another key now.
KEYS: Mapping[str, str] = {}
# Lessons that are several now: who did the old one has done each of these.
PARTS: Mapping[str, tuple[str, ...]] = {"writing": ("writing", "temperature")}
# Questions and own words with another name now, by their old lesson and name.
QUESTIONS: Mapping[tuple[str, str], tuple[str, str]] = {}
# Questions that keep their name but bet on another experiment now. What was kept of them stays
# behind, because it would be graded against the result of an experiment that nobody bet on.
CHANGED: frozenset[tuple[str, str]] = frozenset(
    {
        ("how-fast", "optimizer"),  # then at other rates, with 2 seeds on each of 3 splits
        ("is-it-better", "gates"),  # then at one rate, with 3 seeds on each of 3 splits
    }
)
# Choices with another name now, by their present lesson and question and their old name.
CHOICES: Mapping[tuple[str, str, str], str] = {}
# Choices that are gone, by the same. An answer that has one stays behind: it is no other answer.
GONE_CHOICES: frozenset[tuple[str, str, str]] = frozenset({("one-step-slowly", "back", "own")})


def key_now(key: str) -> str:
    """The present key of a lesson."""
    return KEYS.get(key, key)


def keys_now(key: str) -> tuple[str, ...]:
    """The present keys of what was one lesson."""
    return PARTS.get(key, (key_now(key),))


def keys_of_numbers(numbers: Collection[Any], known: Collection[str]) -> frozenset[str]:
    """The present keys of lessons that are called by their numbers of version 1."""
    old = [FIRST[it] for it in numbers if type(it) is int and it in FIRST]
    return frozenset(key for it in old for key in keys_now(it.key)) & frozenset(known)


def place_now(key: str, name: str, steps: Mapping[str, Collection[str]]) -> tuple[str, str]:
    """The present lesson and name of a question or of own words.

    steps: the names of the present steps, by lesson. What a part of a split lesson has is there.
    """
    key, name = QUESTIONS.get((key, name), (key, name))
    parts = [part for part in keys_now(key) if name in steps.get(part, ())]
    return (parts or [key_now(key)])[0], name


def present(table: Mapping[str, Any], steps: Mapping[str, Collection[str]]) -> Mapping[str, Any]:
    """What a browser kept, in the present form; unchanged if it is of this version.

    table: of any form, as it comes from outside; steps: as in `place_now`
    """
    if table.get("version") == VERSION:
        return table
    ticked = _rows(table, "ticked")
    keys = keys_of_numbers(ticked, steps) | _done_keys(table, steps)
    moved = {
        name: list(_rows_now(table, name, steps))
        for name in ("answers", "words", "results", "drafts")
        if name in table
    }
    return {**table, **moved, "ticked": sorted(keys), "version": VERSION}


def _rows(table: Mapping[str, Any], name: str) -> list[Any]:
    rows = table.get(name)
    return rows if isinstance(rows, list) else []


def _rows_now(
    table: Mapping[str, Any], name: str, steps: Mapping[str, Collection[str]]
) -> Iterator[Any]:
    """The rows of a field in the present form, without those that stay behind."""
    for row in _rows(table, name):
        now = _row_now(row, steps)
        if not _has_changed(name, row) and not _has_gone_choice(now):
            yield now


def _row_now(row: Any, steps: Mapping[str, Collection[str]]) -> Any:
    """A row with its present lesson and name, and of its values those that are choices renamed."""
    if not _is_row(row):
        return row
    key, name = place_now(row[0], row[1], steps)
    values = [
        [CHOICES.get((key, name, it), it) if isinstance(it, str) else it for it in value]
        if isinstance(value, list)
        else value
        for value in row[2:]
    ]
    return [key, name, *values]


def _has_changed(name: str, row: Any) -> bool:
    """Whether a row is about a question that asks something else now. Own words always stay."""
    return name != "words" and _is_row(row) and tuple(row[:2]) in CHANGED


def _has_gone_choice(row: Any) -> bool:
    """Whether a row in the present form has a choice that is gone."""
    if not _is_row(row):
        return False
    texts = [it for it in row[2] if isinstance(it, str)] if isinstance(row[2], list) else []
    return any((row[0], row[1], it) in GONE_CHOICES for it in texts)


def _is_row(row: Any) -> bool:
    return isinstance(row, list) and len(row) > 2 and all(isinstance(it, str) for it in row[:2])


def _done_keys(table: Mapping[str, Any], known: Collection[str]) -> frozenset[str]:
    """The present keys of lessons that were done as version 1 had them: all questions settled, and
    each bet that was placed has its result. The oldest pages kept no results.
    """
    answers = {(it[0], it[1]): it[2:] for it in _rows(table, "answers") if _is_row(it)}
    results = {(it[0], it[1]) for it in _rows(table, "results") if _is_row(it)}
    done = (
        key
        for lesson in FIRST.values()
        if lesson.tasks or lesson.bets
        if all(_settled(lesson, answers, results if "results" in table else None))
        for key in keys_now(lesson.key)
    )
    return frozenset(done) & frozenset(known)


def _settled(
    lesson: OldLesson,
    answers: Mapping[tuple[str, str], list[Any]],
    results: Collection[tuple[str, str]] | None,
) -> Iterator[bool]:
    """For each question of an old lesson, whether nothing was left to do. results: of bets; None if
    none were kept.
    """
    for name in lesson.tasks.split():
        row = answers.get((lesson.key, name), [])
        yield len(row) == 3 and (row[0] is None or (_is_answer(row[0]) and row[2] is True))
    for name in lesson.bets.split():
        row = answers.get((lesson.key, name), [])
        is_shown = results is None or (lesson.key, name) in results
        yield len(row) == 3 and (row[0] is None or (_is_answer(row[0]) and is_shown))


def _is_answer(values: Any) -> bool:
    return isinstance(values, list) and all(type(it) in (int, float, str) for it in values)
