"""Mistakes in a lesson that reading it does not find: names of things that do not exist."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

from dino.lessons.figures import Figures, given_by
from dino.lessons.grids import GRIDS
from dino.lessons.lesson import Item, Lesson, Question, Step
from dino.lessons.panels import PANELS
from dino.lessons.reading import fields_of
from dino.locale.sentences import Refusal, Sentence, refusal_sentence, sentence
from dino.setting import quoted
from dino.source import SourceLine, source_line

ROOMS = (
    *("dino.model", "dino.sample", "dino.data", "dino.optim", "dino.batches", "dino.lists"),
    "dino.unrolled",
)


def function_named(name: str) -> Any:
    """A function of the core by its name, 'dino.model.CharRNN.step'. Raises ValueError."""
    for room in ROOMS:
        if name.startswith(f"{room}."):
            found: Any = importlib.import_module(room)
            for part in name.removeprefix(f"{room}.").split("."):
                found = getattr(found, part, None)
            if callable(found):
                return found
    raise Refusal(
        sentence(
            "{name} is not a function of {rooms}. Name one that is.",
            name=quoted(name),
            rooms=", ".join(ROOMS),
        )
    )


def code_of(step: Step) -> SourceLine:
    """The line of a step in its function. Raises ValueError."""
    return source_line(function_named(step.source), step.marker)


def mistakes(lesson: Lesson) -> Iterator[Sentence]:
    """A sentence for each thing that a lesson names and that does not exist."""
    figures = Figures(lesson)
    given = {name for step in lesson.steps for name in given_by(step)}
    for name in lesson.claims:
        if name not in given:
            yield sentence(
                "No panel of this lesson gives the figure of the claim {name}. Correct its name, "
                "or add the panel.",
                name=quoted(name),
            )
    for number, step in enumerate(lesson.steps, 1):
        for name in sorted(_names(step)):
            if not figures.known(name):
                yield _unknown(number, sentence("the figure"), name)
        if step.panel and step.panel not in PANELS:
            yield _unknown(number, sentence("the panel"), step.panel)
        elif step.panel:
            for option in step.options:
                if option not in PANELS[step.panel].options:
                    yield _unknown(number, sentence("the option"), option)
        for item in _items(step):
            if item.grid and item.grid not in GRIDS:
                yield _unknown(number, sentence("the grid"), item.grid)
            for name in _unknown_answers(item, figures):
                yield _unknown(number, sentence("the answer"), name)
            yield from _missing_replies(number, item)
        if step.kind == "code":
            try:
                code_of(step)
            except ValueError as error:
                yield sentence(
                    "In step {number}: {why}", number=number, why=refusal_sentence(error)
                )


def _unknown_answers(item: Item, figures: Figures) -> list[str]:
    """The right and wrong answers of an item that are neither choices nor figures."""
    names = {choice.name for choice in item.choices}
    answers = [item.right, *(wrong.value for wrong in item.wrong)]
    words = [it for it in answers if isinstance(it, str) and not item.grid]
    return [it for it in words if it not in names and not figures.known(it)]


def _names(step: Step) -> set[str]:
    """The figures that a step's texts quote."""
    texts = [step.text, *step.more]
    for item in _items(step):
        texts += [item.text, *(it.text for it in item.choices), *(it.reply for it in item.wrong)]
    return set().union(*(fields_of(text) for text in texts))


def _items(step: Step) -> tuple[Item, ...]:
    return step.items if isinstance(step, Question) else ()


def _unknown(number: int, kind: Sentence, name: str) -> Sentence:
    return sentence(
        "In step {number}, {kind} {name} is unknown. README.md lists the known ones.",
        number=number,
        kind=kind,
        name=quoted(name),
    )


def _missing_replies(number: int, item: Item) -> Iterator[Sentence]:
    """The wrong choices that have no reply, if the right one is known in advance."""
    names = [choice.name for choice in item.choices]
    if item.choices and item.right in names:
        replied = {wrong.value for wrong in item.wrong}
        for name in names:
            if name != item.right and name not in replied:
                yield sentence(
                    "In step {number}, the wrong answer {name} has no reply. Add one.",
                    number=number,
                    name=quoted(name),
                )
