"""An answer beside the figure that it is about: right or not, how far off, and which belief it was.

A number is asked for with some decimals; it is right if it has the same ones, and it is a listed
wrong answer if it has those of that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dino.lessons.chips import check_chips
from dino.lessons.figures import Figures
from dino.lessons.grids import GRIDS
from dino.lessons.lesson import Item, Step, Value, Wrong
from dino.locale.sentences import Refusal, Sentence, number_sentence, sentence
from dino.setting import quoted

# What checks the answers that a panel takes itself, by its name.
CHECKS: Mapping[str, Callable[[Any], tuple[Value, ...]]] = {"chips": check_chips}
MARGIN = 1e-9  # so that a number that is right to its last decimal is not lost by rounding


@dataclass(frozen=True)
class Judged:
    """One answer, judged. right: the right one; off: how far a number is above it, else None.

    wrong: the listed wrong answer that it is, with the belief that leads there, if it is one
    """

    answer: Value
    right: Value
    is_right: bool
    off: float | None
    wrong: Wrong | None


def judge_item(item: Item, answer: Value, figures: Figures) -> Judged | None:
    """An answer to one item; None as long as the figure that it is about is not there."""
    right = figures.value(item.answer)
    if right is None:
        return None
    found = next((it for it in item.wrong if _same(item, figures.value(it.value), answer)), None)
    if not item.is_number:
        is_right = str(right) == str(answer)
        return Judged(answer, right, is_right, None, None if is_right else found)
    off = float(answer) - float(right)
    is_right = abs(off) <= item.near + MARGIN
    return Judged(answer, right, is_right, off, None if is_right else found)


def _same(item: Item, value: Value | None, answer: Value) -> bool:
    if value is None:
        return False
    if not item.is_number:
        return str(value) == str(answer)
    return abs(float(value) - float(answer)) <= item.near + MARGIN


def judge(step: Step, answers: Sequence[Value], figures: Figures) -> list[Judged] | None:
    """The answers to all items of a step; None as long as a figure is not there. Of a step whose
    panel asks there are no items.
    """
    if not step.items:
        return []  # its panel shows how the answer turns out
    found = [judge_item(it, a, figures) for it, a in zip(step.items, answers, strict=True)]
    known = [it for it in found if it is not None]
    return known if len(known) == len(found) else None


def check_answers(step: Step, answers: Any) -> tuple[Value, ...]:
    """Answers from outside, as a step takes them. Raises Refusal with one sentence."""
    if not step.items:
        return CHECKS[step.panel](answers)
    if not isinstance(answers, list | tuple) or len(answers) != len(step.items):
        raise Refusal(
            sentence(
                "This question has {count:,} answers; choose all of them.", count=len(step.items)
            )
        )
    return tuple(_check_answer(item, it) for item, it in zip(step.items, answers, strict=True))


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
                "The answer is a number from {low} to {high}; {value} is not. Change it.",
                low=number_of(item, item.low),
                high=number_of(item, item.high),
                value=quoted(str(answer)),
            )
        )
    return float(answer)


def _no_number(item: Item) -> Sentence:
    return sentence(
        "Type a number from {low} to {high} first.",
        low=number_of(item, item.low),
        high=number_of(item, item.high),
    )


def _check_cells(item: Item, answer: Any) -> Value:
    grid = GRIDS[item.grid]()
    if answer == grid.none_marked or not grid.is_answer(answer):
        raise Refusal(sentence("Click at least one cell of the table first."))
    return str(answer)


def number_of(item: Item, value: float) -> Sentence:
    """A number with the decimals that an item is asked for with."""
    return number_sentence(value, f",.{item.digits}f")
