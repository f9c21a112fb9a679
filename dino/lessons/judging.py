"""An answer beside its figure: whether it is right, how far off, and which belief is behind it.

A number is asked for with some decimals. It is right if all of these agree with the figure, and it
is a listed wrong answer if they agree with that one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from dino.lessons.chips import check_chips
from dino.lessons.figures import Figures
from dino.lessons.grids import GRIDS
from dino.lessons.item import Item, Value
from dino.lessons.lesson import Question
from dino.locale.sentences import Refusal, Sentence, sentence
from dino.setting import quoted

# The checks for answers that a panel takes itself, by the panel's name.
CHECKS: Mapping[str, Callable[[Any], tuple[Value, ...]]] = {"chips": check_chips}


def judge_question(
    question: Question, figures: Figures, kept: Sequence[Value] | None = None
) -> Question:
    """A question that was answered, with the results of its items.

    They are the figures that the items are about, or those that were kept. It has no results while
    a figure is missing.
    """
    if not question.is_answered:
        return question
    results = [it.meant(it.right, figures.value) for it in question.items] if kept is None else kept
    known = [it for it in results if it is not None]
    if len(known) < len(question.items):
        return question
    pairs = zip(question.items, known, strict=True)
    return replace(question, items=tuple(_with_result(*pair, figures) for pair in pairs))


def _with_result(item: Item, result: Value, figures: Figures) -> Item:
    """The item with its result, and with the wrong answers that are known by now."""
    values = [(it, item.meant(it.value, figures.value)) for it in item.wrong]
    wrong = tuple(replace(it, value=value) for it, value in values if value is not None)
    return replace(item, result=result, wrong=wrong)


def check_answers(question: Question, answers: Any) -> tuple[Value, ...]:
    """Answers from outside in the form that a question takes. Raises Refusal with one sentence."""
    if not question.items:
        return CHECKS[question.panel](answers)
    if not isinstance(answers, list | tuple) or len(answers) != len(question.items):
        raise Refusal(
            sentence(
                "This question needs {count:,} answers. Give all of them.",
                count=len(question.items),
            )
        )
    return tuple(_check_answer(item, it) for item, it in zip(question.items, answers, strict=True))


def is_answer(item: Item, value: Any) -> bool:
    """Whether a value from outside is an answer to an item."""
    try:
        _check_answer(item, value)
    except Refusal:
        return False
    return True


def _check_answer(item: Item, answer: Any) -> Value:
    if item.choices:
        if answer not in [choice.name for choice in item.choices]:
            raise Refusal(sentence("Choose one of the answers first."))
        return str(answer)
    if item.grid:
        return _check_cells(item, answer)
    if answer is None:
        raise Refusal(_no_number(item))
    is_number = isinstance(answer, int | float) and not isinstance(answer, bool)
    if not is_number or not item.low <= answer <= item.high:
        raise Refusal(
            sentence(
                "The answer must be a number from {low} to {high}, not {value}. Change it.",
                low=item.number(item.low),
                high=item.number(item.high),
                value=quoted(str(answer)),
            )
        )
    return float(answer)


def _no_number(item: Item) -> Sentence:
    return sentence(
        "Type a number from {low} to {high} first.",
        low=item.number(item.low),
        high=item.number(item.high),
    )


def _check_cells(item: Item, answer: Any) -> Value:
    grid = GRIDS[item.grid]()
    if answer == grid.none_marked or not grid.is_answer(answer):
        raise Refusal(sentence("Click at least one cell of the table first."))
    return str(answer)
