"""Mistakes in a lesson that reading it does not find: names of things that do not exist."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from dino.config import DEFAULT, LSTM_ONLY, acts
from dino.glossary import TERMS
from dino.lessons.figures import Figures, given_by
from dino.lessons.figures_training import plan_of
from dino.lessons.grids import GRIDS
from dino.lessons.item import Item
from dino.lessons.lesson import Lesson, Question, Step
from dino.lessons.panels import PANELS
from dino.lessons.reading import fields_of
from dino.locale.sentences import Refusal, Sentence, refusal_sentence, sentence
from dino.setting import number_text, quoted
from dino.source import SourceLine, source_line

ROOMS = (
    *("dino.model", "dino.sample", "dino.data", "dino.optim", "dino.batches", "dino.lists"),
    "dino.unrolled",
)
REASON = re.compile(r"\b(because|porque)\b", re.IGNORECASE)  # such a word needs an evidence
ABLATION = "python -m tests.ablations "


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
    """A sentence for each mistake in a lesson."""
    yield from name_mistakes(lesson)
    yield from evidence_mistakes(lesson)
    yield from recipe_mistakes(lesson)


def name_mistakes(lesson: Lesson) -> Iterator[Sentence]:
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
    terms = {term.key for term in TERMS}
    for name in lesson.defines:
        if name not in terms:
            yield sentence(
                "The lesson defines {name}, which is not a key of the glossary. Correct it.",
                name=quoted(name),
            )
    for evidence in lesson.evidence.values():
        for name in sorted(fields_of(evidence.text)):
            if not figures.known(name):
                yield sentence(
                    "The evidence {evidence} quotes the figure {name}, which is unknown. Correct "
                    "its name.",
                    evidence=quoted(evidence.name),
                    name=quoted(name),
                )
    for number, step in enumerate(lesson.steps, 1):
        yield from _step_mistakes(number, step, figures)


def _step_mistakes(number: int, step: Step, figures: Figures) -> Iterator[Sentence]:
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
            yield sentence("In step {number}: {why}", number=number, why=refusal_sentence(error))


def evidence_mistakes(lesson: Lesson) -> Iterator[Sentence]:
    """A sentence for each reason without evidence, and for each evidence that is unknown, unused or
    without its command.
    """
    used = set[str]()
    for number, step in enumerate(lesson.steps, 1):
        for texts, names in _reasons(step):
            used |= set(names)
            reasons = [found[0] for found in map(REASON.search, texts) if found]
            if reasons and not names:
                yield sentence(
                    "In step {number}, a text says {word} without evidence. Name one, or leave the "
                    "reason out.",
                    number=number,
                    word=quoted(reasons[0].lower()),
                )
            for name in names:
                if name not in lesson.evidence:
                    yield _unknown(number, sentence("the evidence"), name)
    for name, evidence in lesson.evidence.items():
        if name not in used:
            yield sentence(
                "Nothing names the evidence {name}. Name it at its reason, or delete it.",
                name=quoted(name),
            )
        if evidence.kind == "ablation" and not evidence.command.startswith(ABLATION):
            yield sentence(
                "The command of the evidence {name} must be {command}NAME, not {value}.",
                name=quoted(name),
                command=ABLATION,
                value=quoted(evidence.command),
            )


def recipe_mistakes(lesson: Lesson) -> Iterator[Sentence]:
    """A sentence for each setting that a recipe names although it changes nothing there, and for
    each experiment that cannot be.
    """
    whole = Step("read", recipe=lesson.recipe)
    yield from _idle_mistakes(sentence("the recipe"), lesson, whole)
    for number, step in enumerate(lesson.steps, 1):
        place = sentence("step {number}", number=number)
        yield from _idle_mistakes(place, lesson, step)
        if step.panel == "experiment" and "vary" in step.options:
            try:
                plan_of(lesson, step)
            except ValueError as error:
                why = refusal_sentence(error)
                yield sentence("In step {number}: {why}", number=number, why=why)


def _idle_mistakes(place: Sentence, lesson: Lesson, step: Step) -> Iterator[Sentence]:
    config = lesson.config(step)
    for name in LSTM_ONLY:
        value, usual = step.recipe.get(name), getattr(DEFAULT, name)
        if value not in (None, usual) and not acts(config, name):
            yield sentence(
                "In {place}, {name} must be {usual:g} unless the cell is lstm, not {value}. Set "
                "cell to lstm, or delete {name}.",
                place=place,
                name=name,
                usual=usual,
                value=quoted(number_text(value)),
            )


def path_mistakes(lessons: Mapping[str, Lesson]) -> Iterator[Sentence]:
    """A sentence for each lesson that needs one which does not come before it."""
    seen = set[str]()
    for key, lesson in lessons.items():
        for name in lesson.needs:
            if name not in seen:
                yield sentence(
                    "Lesson {number} needs {name}, which is not the key of a lesson before it. "
                    "Correct it.",
                    number=lesson.number,
                    name=quoted(name),
                )
        seen.add(key)


def _reasons(step: Step) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The texts of a step that may give reasons, each group with the names of its evidence."""
    yield (step.text, *step.more, step.because, step.solution, step.model), step.evidence
    for item in _items(step):
        yield (item.text, item.because, item.solution), item.evidence
        for wrong in item.wrong:
            yield (wrong.reply,), wrong.evidence


def _unknown_answers(item: Item, figures: Figures) -> list[str]:
    """The right and wrong answers of an item that are neither choices nor figures."""
    names = {choice.name for choice in item.choices}
    answers = [item.right, *(wrong.value for wrong in item.wrong)]
    words = [it for it in answers if isinstance(it, str) and not item.grid]
    return [it for it in words if it not in names and not figures.known(it)]


def _names(step: Step) -> set[str]:
    """The figures that a step's texts quote."""
    texts = [step.text, *step.more, step.because, step.solution, step.model]
    for item in _items(step):
        texts += [item.text, item.because, item.solution, *(it.text for it in item.choices)]
        texts += [it.reply for it in item.wrong]
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
