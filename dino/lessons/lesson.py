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
from typing import Any, NamedTuple

from dino.config import Config
from dino.lessons.item import Item, Value

QUESTIONS = ("task", "bet")
KINDS = ("read", *QUESTIONS, "reveal", "code", "words")
EVIDENCE = ("closed form", "source", "ablation")


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
class Answer:
    """An answer to a task or a bet. values: None if it was skipped; tries: of a task."""

    values: tuple[Value, ...] | None
    tries: int = 1
    is_right: bool = False


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

    recipe: of its runs, where it differs from First success
    defines: the keys of the glossary's terms that it explains; needs: the keys of the lessons that
    have to come before it; aims: what a student can do after it; evidence: by its names
    claims: figures that its text relies on. Each has a lowest and a highest value that hold for any
    seed, which the text may quote as {name_low} and {name_high}; or its only value
    """

    number: int
    key: str
    title: str
    question: str
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
