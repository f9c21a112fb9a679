"""What a lesson is made of: steps, each with a text, a panel, a question or its answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from dino.config import Config

Value: TypeAlias = "str | float"  # an answer: a choice's name, or a number
KINDS = ("read", "task", "bet", "reveal", "code", "words")
ASKING = ("task", "bet")


@dataclass(frozen=True)
class Choice:
    """One of several answers: what files call it, and what a learner reads."""

    name: str
    text: str


@dataclass(frozen=True)
class Wrong:
    """An answer that people give, the belief that leads to it, and a reply to that belief.

    value: the answer itself, or the figure that has it; belief: a few words, for the teacher
    """

    value: Value
    belief: str
    reply: str


@dataclass(frozen=True)
class Item:
    """One thing that is asked for: a choice, cells of a grid, or a number where there are neither.

    answer: the right one itself, or the figure that has it; low, high: of a number, both included;
    digits: the decimals that it is asked for with; unit: what it counts; drag: whether it is
    dragged along a line, not typed; grid: the table whose cells are clicked
    """

    text: str
    answer: Value
    choices: tuple[Choice, ...] = ()
    wrong: tuple[Wrong, ...] = ()
    low: float = 0.0
    high: float = 100.0
    digits: int = 0
    unit: str = ""
    drag: bool = False
    grid: str = ""

    @property
    def is_number(self) -> bool:
        """Whether a number is asked for."""
        return not self.choices and not self.grid

    @property
    def near(self) -> float:
        """How far a number may be off and still have the same digits: half of the last one."""
        return float(0.5 * 10.0**-self.digits)


@dataclass(frozen=True)
class Step:
    """A part of a lesson.

    kind: 'read' a text, or a panel of the app; 'task' is judged at once; 'bet' is placed before its
    'reveal', which is locked until then; 'code' is the line that computes something; 'words' is a
    sentence of the learner's own
    name: of a task, a bet or words; of: the bets that a step waits for
    panel, options: a live part of the app, and what it is to show; recipe: the settings of its run
    source, marker: a function, and words that one of its lines has
    more: of a reveal, texts after its own, each for where its figures are there
    """

    kind: str
    text: str = ""
    name: str = ""
    of: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()
    panel: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    recipe: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    marker: str = ""
    more: tuple[str, ...] = ()

    @property
    def asks(self) -> bool:
        """Whether it waits for an answer that is judged."""
        return self.kind in ASKING


@dataclass(frozen=True)
class Lesson:
    """One lesson in one language. number: its place; key: its name in addresses.

    minutes: that it takes; recipe: of its runs, what differs from a first success
    claims: figures that its text relies on, each as a lowest and a highest value that hold for any
    seed, which the text may quote as {name_low} and {name_high}; or as the one value it has
    """

    number: int
    key: str
    title: str
    question: str
    minutes: int
    steps: tuple[Step, ...]
    recipe: Mapping[str, Any]
    claims: Mapping[str, tuple[float, float] | str]

    def config(self, step: Step | None = None) -> Config:
        """The recipe of its runs; of a step's, where that has settings of its own."""
        own = step.recipe if step is not None else {}
        return Config(**{**self.recipe, **own})

    def asking(self) -> Iterator[Step]:
        """Its tasks and bets."""
        return (step for step in self.steps if step.asks)

    def step(self, name: str) -> Step | None:
        """The task, bet or words of this name."""
        return next((step for step in self.steps if name and step.name == name), None)

    def figures_of_claims(self) -> dict[str, float]:
        """The ends of its claims, by the names that its text has for them."""
        found = {}
        for name, claim in self.claims.items():
            if not isinstance(claim, str):
                found[f"{name}_low"], found[f"{name}_high"] = claim
        return found
