"""An answer beside the figure that it is about: right or not, how far off, and which belief it was.

A number is asked for with some decimals; it is right if it has the same ones, and it is a listed
wrong answer if it has those of that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from dino.lessons.chips import check_chips
from dino.lessons.figures import Figures
from dino.lessons.grids import GRIDS
from dino.lessons.lesson import Item, Question, Value
from dino.locale.sentences import Refusal, Sentence, sentence
from dino.setting import quoted

# What checks the answers that a panel takes itself, by its name.
CHECKS: Mapping[str, Callable[[Any], tuple[Value, ...]]] = {"chips": check_chips}


def judge_question(
    question: Question, figures: Figures, kept: Sequence[Value] | None = None
) -> Question:
    """A question that was answered, with the results of its items: the figures that they are about,
    or those that were kept. Without any as long as a figure is not there.
    """
    if not question.is_answered:
        return question
    results = [figures.value(it.right) for it in question.items] if kept is None else kept
    known = [it for it in results if it is not None]
    if len(known) < len(question.items):
        return question
    pairs = zip(question.items, known, strict=True)
    return replace(question, items=tuple(_with_result(*pair, figures) for pair in pairs))


def _with_result(item: Item, result: Value, figures: Figures) -> Item:
    """Also with the wrong answers that are known by now."""
    values = [(it, figures.value(it.value)) for it in item.wrong]
    wrong = tuple(replace(it, value=value) for it, value in values if value is not None)
    return replace(item, result=result, wrong=wrong)


def check_answers(question: Question, answers: Any) -> tuple[Value, ...]:
    """Answers from outside, as a question takes them. Raises Refusal with one sentence."""
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
