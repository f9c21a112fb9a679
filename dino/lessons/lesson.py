"""What a lesson is made of: steps, each with a text, a panel, a question or its answer.

A task or a bet is one `Question` from the lesson's file to the learner's report:

    question = lesson.questions["loss"]             what is asked, as `reading` has it
    question = progress.question(lesson, "loss")    the same with the learner's answer
    question = judge(question, figures)             the same with the results
    question.with_words(words)                      the same with its texts in words, to be shown
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeAlias

from dino.config import Config
from dino.locale.sentences import Sentence, Text, number_sentence, sentence

Value: TypeAlias = "str | float"  # an answer: a choice's name, or a number
QUESTIONS = ("task", "bet")
KINDS = ("read", *QUESTIONS, "reveal", "code", "words")
MARGIN = 1e-9  # so that rounding does not make a number wrong that is right to its last decimal
EVIDENCE = ("closed form", "source", "ablation")
CELLS = str.maketrans({"1": "■", "0": "□", "/": " "})  # a table's cells in words, marked or not


@dataclass(frozen=True)
class AnswerChoice:
    """One of several answers: its name in files, and what a learner reads."""

    name: str
    text: str


class Evidence(NamedTuple):
    """What a reason in a lesson rests on.

    kind: one of `EVIDENCE`; text: the formula, the reference or the result, in one sentence
    command: of an ablation, the command that measures it again
    """

    name: str
    kind: str
    text: str
    command: str = ""


@dataclass(frozen=True)
class Wrong:
    """A wrong answer that people give, the belief behind it, and a reply to that belief.

    value: the answer itself, or the figure that has it; belief: a few words, for the teacher
    evidence: the names of what the reasons in its reply rest on
    """

    value: Value
    belief: str
    reply: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """An answer to a task or a bet. values: None if it was skipped; tries: of a task."""

    values: tuple[Value, ...] | None
    tries: int = 1
    is_right: bool = False


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

    @property
    def near(self) -> float:
        """How far a number may be off and still have the same digits: half of the last one."""
        return float(0.5 * 10.0**-self.digits)

    @property
    def is_right(self) -> bool | None:
        """Whether the answer equals the result. None while one of them is missing, and if nothing
        is right or wrong.
        """
        if self.answer is None or self.result is None or self.right == "":
            return None
        return self._is_answer(self.result)

    @property
    def off(self) -> float | None:
        """How far a number is above its result; None while one of them is missing."""
        if not self.is_number or self.answer is None or self.result is None:
            return None
        return float(self.answer) - float(self.result)

    @property
    def belief(self) -> Wrong | None:
        """The listed wrong answer that this answer equals, with its belief and its
        reply; None if none.
        """
        if self.is_right is not False:
            return None
        return next((it for it in self.wrong if self._is_answer(it.value)), None)

    @property
    def beliefs(self) -> tuple[str, ...]:
        """The beliefs behind its wrong answers, each once."""
        return tuple(dict.fromkeys(it.belief for it in self.wrong))

    def _is_answer(self, value: Value) -> bool:
        """Whether the answer equals this one: for a number, whether it has the same decimals."""
        if not self.is_number:
            return str(value) == str(self.answer)
        return abs(float(self.answer or 0) - float(value)) <= self.near + MARGIN

    def number(self, value: float) -> Sentence:
        """A number with the decimals that are asked for."""
        return number_sentence(value, f",.{self.digits}f")

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
        """The result in words. If the answer is right, it is the answer: 0.63 for 0.625, which
        would round to 0.62.
        """
        found = self.answer if self.is_right else self.result
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


@dataclass(frozen=True)
class Step:
    """A part of a lesson.

    kind: 'read' is a text, or a panel of the app; 'task' is judged at once; 'bet' is placed before
    its 'reveal', which is locked until then; 'code' is the line that computes something; 'words' is
    a learner's own sentence
    name: of a task, a bet or words; of: the bets that a step waits for
    panel, options: a live part of the app, and what it shows; recipe: the settings of its run
    source, marker: a function, and words that one of its lines has
    more: of a reveal, texts after its own, each shown if its figures are known
    because: why the right answer is right; solution: the way to it; model: of words, an example
    evidence: the names of what the reasons in its texts rest on
    beside: whether its panel stays in view while the questions after it are answered
    by_hand: how many exercises on paper it has
    """

    kind: str
    text: str = ""
    name: str = ""
    of: tuple[str, ...] = ()
    panel: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    recipe: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    marker: str = ""
    more: tuple[str, ...] = ()
    because: str = ""
    solution: str = ""
    model: str = ""
    evidence: tuple[str, ...] = ()
    beside: bool = False
    by_hand: int = 0


@dataclass(frozen=True)
class Question(Step):
    """A task or a bet: a step that asks.

    items: what is asked for; empty if its panel takes the answer, as with chips
    answer: the learner's; None while there is none
    """

    items: tuple[Item, ...] = ()
    answer: Answer | None = None

    @property
    def is_answered(self) -> bool:
        """Whether it was answered; if not, it is open or was skipped."""
        return self.answer is not None and self.answer.values is not None

    @property
    def is_skipped(self) -> bool:
        """Whether it was skipped."""
        return self.answer is not None and self.answer.values is None

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to do: a task is right or skipped, a bet placed or skipped."""
        return self.is_skipped or (self.is_answered and (self.kind == "bet" or bool(self.is_right)))

    @property
    def tries(self) -> int:
        """How many times it was answered."""
        return 0 if self.answer is None else self.answer.tries

    @property
    def results(self) -> tuple[Value, ...] | None:
        """The results of all its items; None until all are known."""
        found = tuple(it.result for it in self.items if it.result is not None)
        return found if len(found) == len(self.items) else None

    @property
    def is_right(self) -> bool | None:
        """Of a task, whether its last try was right; of a bet, whether all of it was, None until
        that is known.
        """
        if self.kind == "task":
            return self.answer is not None and self.answer.is_right
        found = [it.is_right for it in self.items]
        return None if None in found or not found else all(found)

    def with_answer(self, answer: Answer | None) -> Question:
        """The same question with a learner's answer."""
        values: Sequence[Value | None] = (None,) * len(self.items)
        if answer is not None and answer.values is not None:
            values = answer.values
        pairs = zip(self.items, values, strict=False)  # chips have no items
        items = tuple(replace(item, answer=value) for item, value in pairs)
        return replace(self, items=items, answer=answer)

    def with_words(self, words: Callable[[str], str]) -> Question:
        """The same question, everything that it asks in words."""
        return replace(
            self, text=words(self.text), items=tuple(it.with_words(words) for it in self.items)
        )


@dataclass(frozen=True)
class Lesson:
    """One lesson in one language. number: its place; key: its name in addresses.

    minutes: how long it takes; recipe: of its runs, where it differs from First success
    defines: the keys of the glossary's terms that it explains; needs: the keys of the lessons that
    have to come before it; aims: what a student can do after it; evidence: by its names
    claims: figures that its text relies on. Each has a lowest and a highest value that hold for any
    seed, which the text may quote as {name_low} and {name_high}; or its only value
    """

    number: int
    key: str
    title: str
    question: str
    minutes: int
    steps: tuple[Step, ...]
    recipe: Mapping[str, Any]
    claims: Mapping[str, tuple[float, float] | str]
    defines: tuple[str, ...] = ()
    aims: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    evidence: Mapping[str, Evidence] = field(default_factory=dict)

    def config(self, step: Step | None = None) -> Config:
        """The recipe of its runs; of a step's run, if that step has its own settings."""
        own = step.recipe if step is not None else {}
        return Config(**{**self.recipe, **own})

    @property
    def questions(self) -> dict[str, Question]:
        """Its tasks and bets, by their names."""
        return {step.name: step for step in self.steps if isinstance(step, Question)}

    def step(self, name: str) -> Step | None:
        """The task, bet or words of this name."""
        return next((step for step in self.steps if name and step.name == name), None)

    def figures_of_claims(self) -> dict[str, float]:
        """The ends of its claims, by their names in its text."""
        found = {}
        for name, claim in self.claims.items():
            if not isinstance(claim, str):
                found[f"{name}_low"], found[f"{name}_high"] = claim
        return found
