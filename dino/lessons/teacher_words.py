"""What a teacher expects: of each question of a lesson its answer, and the beliefs that miss it.

Nothing here is typed: answers are figures or claims, beliefs are those of the lesson's own file.
"""

from __future__ import annotations

import re

from dino.lessons.figures import FIGURES, Figures, figure
from dino.lessons.lesson import Item, Lesson, Question
from dino.lessons.reading import fields_of
from dino.locale.sentences import Sentence, Text, number_sentence, sentence
from dino.setting import decimal_of

FROM_THE_RUN = sentence("as your run shows")
SHORT = 240  # letters of a question that is told whole
BETWEEN_SENTENCES = re.compile(r"(?<=[.?!])\s+")


def filled(template: str, lesson: Lesson | None = None) -> Sentence:
    """A text of the teacher's sheet with its figures: those that need no training, and of a note
    the ends of its lesson's claims. Raises KeyError for another one.
    """
    claims = {} if lesson is None else lesson.figures_of_claims()
    names = fields_of(template)
    return Sentence(template, {it: claims[it] if it in claims else figure(it) for it in names})


def question_words(question: Question, item: Item, figures: Figures) -> Text:
    """What an item asks, as Markdown: the question's text where it is short, else the last question
    in it, with the item's own words; of those after its first item these alone.
    """
    if item.text and item is not question.items[0]:
        return _filled(item.text, figures)
    lines = (line for line in question.text.splitlines() if not line.startswith("|"))  # no tables
    text = " ".join(" ".join(lines).split())
    asked = [part for part in BETWEEN_SENTENCES.split(text) if part.endswith("?")]
    is_whole = not asked or (len(text) <= SHORT and figures.all_of(fields_of(text)) is not None)
    return _filled(f"{text if is_whole else asked[-1]} {item.text}".strip(), figures)


def _filled(template: str, figures: Figures) -> Text:
    """A text with its figures; without them where a run has to give one."""
    found = figures.all_of(fields_of(template))
    return FROM_THE_RUN if found is None else Sentence(template, found)


def answer_words(lesson: Lesson, item: Item, figures: Figures) -> Text:
    """The answer to an item: a choice, a number, or between which numbers it lies."""
    claim = lesson.claims.get(str(item.right))
    value = claim if isinstance(claim, str) else item.right
    if item.choices:
        known = FIGURES[str(value)]() if value in FIGURES else value
        chosen = [choice for choice in item.choices if choice.name == str(known)]
        return _filled(chosen[0].text, figures) if chosen else FROM_THE_RUN
    if item.grid:
        return item.words(figures.value(item.right) or "")
    if isinstance(claim, tuple):
        low, high = (number_sentence(decimal_of(end), ",f") for end in claim)
        return item.with_unit(sentence("{low} to {high}", low=low, high=high))
    if isinstance(value, str) and value not in FIGURES:
        return FROM_THE_RUN
    return item.words(FIGURES[value]() if isinstance(value, str) else value)
