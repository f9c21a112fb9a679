"""One thing that a question asks for: its choices or limits, its wrong answers, and its result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from dino.locale.sentences import Sentence, Text, number_sentence, sentence

Value: TypeAlias = "str | float"  # an answer: a choice's name, or a number
MARGIN = 1e-9  # so that rounding does not make a number wrong that is right to its last decimal
CELLS = str.maketrans({"1": "■", "0": "□", "/": " "})  # a table's cells in words, marked or not


@dataclass(frozen=True)
class AnswerChoice:
    """One of several answers: its name in files, and what a learner reads."""

    name: str
    text: str


@dataclass(frozen=True)
class Wrong:
    """A wrong answer that people give, the belief behind it, and a reply to that belief.

    value: the answer itself, or the figure that has it; belief: a few words, for the teacher
    to: of numbers, up to which one every number from `value` on is meant, which is then a number
    evidence: the names of what the reasons in its reply rest on
    """

    value: Value
    belief: str
    reply: str
    evidence: tuple[str, ...] = ()
    to: float | None = None


@dataclass(frozen=True)
class Item:
    """One thing that is asked for: a choice, cells of a grid, or else a number.

    right: the right answer itself, or the figure that has it; '' if nothing is right or wrong, as
    with chips, which have a loss
    low, high: of a number, both included; digits: the decimals that are asked for; unit: what
    it counts; drag: whether it is dragged along a line, not typed; grid: the table whose
    cells are clicked; ordered: whether the choices keep the order of the file
    because, solution, evidence: as in `Step`, of one of several items
    answer: the learner's, None if there is none; result: what is right, None until that is known
    """

    text: str
    right: Value
    choices: tuple[AnswerChoice, ...] = ()
    wrong: tuple[Wrong, ...] = ()
    low: float = 0.0
    high: float = 100.0
    digits: int = 0
    unit: str = ""
    drag: bool = False
    grid: str = ""
    ordered: bool = False
    because: str = ""
    solution: str = ""
    evidence: tuple[str, ...] = ()
    answer: Value | None = None
    result: Value | None = None

    @property
    def is_number(self) -> bool:
        """Whether a number is asked for."""
        return not self.choices and not self.grid

    def meant(self, value: Value, figure: Callable[[Value], Value | None]) -> Value | None:
        """A choice by its name, even if a figure has the same name; else what `figure` gives."""
        return value if value in {it.name for it in self.choices} else figure(value)

    @property
    def near(self) -> float:
        """How far a number may be off and still have the same digits: half of the last one."""
        return float(0.5 * 10.0**-self.digits)

    @property
    def is_right(self) -> bool | None:
        """Whether the answer equals the result, or its rounding to fewer decimals. None while one
        of them is missing, and if nothing is right or wrong.
        """
        if self.answer is None or self.result is None or self.right == "":
            return None
        return self._is_answer(self.result) or self.is_rounded

    @property
    def is_rounded(self) -> bool:
        """Whether the answer is the result with fewer decimals, and no listed wrong answer is the
        same with as few.
        """
        return self._has_fewer and not self._could_be_wrong

    @property
    def is_coarse(self) -> bool:
        """Whether the answer is the result with so few decimals that it could be a wrong one."""
        return self._has_fewer and self._could_be_wrong

    @property
    def _has_fewer(self) -> bool:
        return self.result is not None and self._rounds(self.result)

    @property
    def _could_be_wrong(self) -> bool:
        values = [it.value for it in self.wrong if not isinstance(it.value, str)]
        return any(self._is_answer(it) or self._rounds(it) for it in values)

    def _rounds(self, value: Value) -> bool:
        """Whether a typed answer is this number rightly rounded to fewer decimals than are asked
        for. Of a number without decimals two digits have to be left.
        """
        if not self.is_number or self.drag or not self.answer or self._is_answer(value):
            return False
        answer, number = float(self.answer), float(value)
        return any(
            abs(answer - round(answer, count)) < MARGIN
            and abs(answer - number) <= 0.5 * 10.0**-count + MARGIN
            and (count > 0 or abs(answer) >= 10)
            for count in range(self.digits)
        )

    @property
    def off(self) -> float | None:
        """How far a number is above its result; None while one of them is missing."""
        if not self.is_number or self.answer is None or self.result is None:
            return None
        return float(self.answer) - float(self.result)

    @property
    def belief(self) -> Wrong | None:
        """The listed wrong answer that this answer is, with its belief and its reply; None if
        none.
        """
        if self.is_right is not False:
            return None
        return next((it for it in self.wrong if self._is_listed(it)), None)

    @property
    def beliefs(self) -> tuple[str, ...]:
        """The beliefs behind its wrong answers, each once."""
        return tuple(dict.fromkeys(it.belief for it in self.wrong))

    def _is_listed(self, wrong: Wrong) -> bool:
        """Whether the answer equals a listed one, or lies in its range."""
        if wrong.to is None or not self.is_number:
            return self._is_answer(wrong.value)
        low, high = sorted([float(wrong.value), wrong.to])
        return low <= float(self.answer or 0) <= high

    def _is_answer(self, value: Value) -> bool:
        """Whether the answer equals this one: for a number, whether it has the same decimals."""
        if not self.is_number:
            return str(value) == str(self.answer)
        return abs(float(self.answer or 0) - float(value)) <= self.near + MARGIN

    def number(self, value: float) -> Sentence:
        """A number with the decimals that are asked for; a rounded answer with the fewer that it
        was given with.
        """
        digits = self.digits
        if self.is_rounded and value == self.answer:
            fewer = (d for d in range(digits) if abs(round(value, d) - value) < MARGIN)
            digits = next(fewer, digits)
        return number_sentence(value, f",.{digits}f")

    def with_unit(self, number: Sentence) -> Sentence:
        """A number with its unit."""
        return sentence("{number} {unit}", number=number, unit=self.unit) if self.unit else number

    def words(self, value: Value) -> Text:
        """An answer in words: its choice's text, the marked cells row by row, or the number
        with its unit.
        """
        if self.grid:
            return str(value).translate(CELLS)
        if self.choices:
            return next((it.text for it in self.choices if it.name == value), str(value))
        return self.with_unit(self.number(float(value)))

    @property
    def answer_words(self) -> Text:
        """The learner's answer in words; '' if there is none."""
        return "" if self.answer is None else self.words(self.answer)

    @property
    def result_words(self) -> Text:
        """The result in words. If the answer is right to all decimals, it is the answer: 0.63 for
        0.625, which would round to 0.62.
        """
        is_exact = self.is_right and not self.is_rounded
        found = self.answer if is_exact else self.result
        return "" if found is None else self.words(found)

    @property
    def off_words(self) -> Text:
        """How far a number is above its result, in words; '' if that is unknown."""
        if self.off is None:
            return ""
        return number_sentence(0.0 if self.is_right else self.off, f"+,.{self.digits}f")

    def with_words(self, words: Callable[[str], str]) -> Item:
        """The same item, its text and its choices' texts in words."""
        choices = tuple(replace(it, text=words(it.text)) for it in self.choices)
        return replace(self, text=words(self.text), choices=choices)
