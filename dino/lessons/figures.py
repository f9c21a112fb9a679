"""Figures that lessons ask for and quote, computed by the functions that the app runs.

Figures that need training come from a panel, with the learner's own run: `panels.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cache

from torch import nn

from dino.config import Config
from dino.cost import weights_count
from dino.lessons import (
    figures_axis,
    figures_cell,
    figures_gate,
    figures_loss,
    figures_memory,
    figures_reading,
    figures_regularised,
    figures_sample,
    figures_step,
    figures_together,
    figures_training,
    figures_writing,
)
from dino.lessons.dinosaur_list import dinosaurs as dinosaurs  # for all modules with figures
from dino.lessons.figures_first import FIGURES as FIRST
from dino.lessons.figures_loss import symbols
from dino.lessons.figures_loss import uniform_loss as uniform_loss  # for all modules with figures
from dino.lessons.item import Value
from dino.lessons.lesson import Lesson, Step
from dino.lessons.panels import PANELS
from dino.ngram import baselines
from dino.presets import PRESETS

NOTEBOOK = PRESETS["notebook-as-written"].config
WIDTH, LAYERS, WIDER = 64, 4, 4  # of makemore's transformer by default: WIDER is its inner layer


def parameters(hidden_size: int, cell: str = "rnn") -> int:
    """How many weights and biases a network for the dinosaurs has."""
    return weights_count(Config(cell=cell, hidden_size=hidden_size), symbols())


@cache
def counting_losses() -> dict[str, float]:
    """Held-out losses of counting letters, by the baselines' names. Nats per symbol."""
    return baselines(dinosaurs())


def torch_parameters(hidden_size: int) -> int:
    """The parameters of PyTorch's own vanilla layer and a linear one: it has a second bias."""
    V = len(dinosaurs().vocab)
    layers = nn.RNN(V, hidden_size), nn.Linear(hidden_size, V)
    return sum(weights.numel() for layer in layers for weights in layer.parameters())


def longest_input() -> int:
    """The longest name and its start, in symbols: a transformer has this many positions."""
    return 1 + max(map(len, dinosaurs().names))


def transformer_parameters() -> int:
    """The parameters of makemore's transformer for the dinosaurs, its output layer included.

    Its GPT class in makemore.py (github.com/karpathy/makemore) has a vector for each symbol and
    each position. Each layer has attention (query, key, value and output) and two linear layers,
    each with biases, and two normalizations. At the end there is one more normalization, and an
    output without a bias.
    """
    C, V = WIDTH, len(dinosaurs().vocab)
    norm, attention = 2 * C, (C * 3 * C + 3 * C) + (C * C + C)
    inner = (C * WIDER * C + WIDER * C) + (WIDER * C * C + C)
    layer = 2 * norm + attention + inner
    return V * C + longest_input() * C + LAYERS * layer + norm + C * V


FIGURES: Mapping[str, Callable[[], Value]] = {
    **FIRST,
    **figures_loss.FIGURES,
    "parameters_25": lambda: parameters(25),
    "parameters_30": lambda: parameters(30),
    "parameters_32": lambda: parameters(32),
    "gru_parameters_32": lambda: parameters(32, "gru"),
    "parameters_256": lambda: parameters(256),
    "training_letters": lambda: sum(map(len, dinosaurs().train)),
    "first_steps": lambda: PRESETS["first-success"].config.max_steps,
    **figures_cell.FIGURES,
    **figures_axis.FIGURES,
    **figures_sample.FIGURES,
    "parameters_64": lambda: parameters(64),
    "notebook_units": lambda: NOTEBOOK.hidden_size,
    "notebook_steps": lambda: NOTEBOOK.max_steps,
    "notebook_rate": lambda: NOTEBOOK.learning_rate,
    "pairs_loss": lambda: counting_losses()["pairs"],
    "fours_loss": lambda: counting_losses()["fours"],
    "sixes_loss": lambda: counting_losses()["sixes"],
    **figures_step.FIGURES,
    **figures_writing.FIGURES,
    **figures_training.FIGURES,
    **figures_gate.FIGURES,
    **figures_memory.FIGURES,
    **figures_regularised.FIGURES,
    **figures_together.FIGURES,
    "torch_parameters_25": lambda: torch_parameters(25),
    "lstm_parameters_128": lambda: parameters(128, "lstm"),
    "transformer_parameters": transformer_parameters,
    "transformer_share": lambda: transformer_parameters() / parameters(64),
    "longest_input": longest_input,
    **figures_reading.FIGURES,
}


@cache
def figure(name: str) -> Value:
    """A figure by its name. Raises KeyError if there is none."""
    return FIGURES[name]()


def given_by(step: Step) -> tuple[str, ...]:
    """The names of the figures that a step's panel gives. If the step has a name, it is put before
    them, so that a lesson can have a panel twice.
    """
    if step.panel not in PANELS:
        return ()
    return tuple(named(step, it) for it in PANELS[step.panel].figures)


def named(step: Step, figure: str) -> str:
    """The name of a figure of a step's panel in its lesson."""
    return f"{step.name}_{figure}" if step.name else figure


class Figures:
    """All figures of a lesson that are known so far; a panel's are known when it has run."""

    def __init__(self, lesson: Lesson) -> None:
        self._found: dict[str, Value] = dict(lesson.figures_of_claims())
        self._awaited = {name for step in lesson.steps for name in given_by(step)}

    def add(self, step: Step, found: Mapping[str, Value]) -> None:
        """Add the figures that a step's panel gives now, by the panel's names for them."""
        self._found.update({named(step, name): value for name, value in found.items()})

    def known(self, name: str) -> bool:
        """Whether there is, or will be, a figure of this name."""
        return name in FIGURES or name in self._found or name in self._awaited

    def get(self, name: str) -> Value | None:
        """A figure; None until its panel has run. Raises KeyError for an unknown one."""
        if name in self._found:
            return self._found[name]
        return None if name in self._awaited else figure(name)

    def value(self, value: Value) -> Value | None:
        """An answer as it is, or the figure that it names; None until that is known."""
        is_name = isinstance(value, str) and self.known(value)
        return self.get(str(value)) if is_name else value

    def all_of(self, names: Collection[str]) -> dict[str, Value] | None:
        """These figures; None until all of them are known."""
        found = {name: self.get(name) for name in names}
        known = {name: value for name, value in found.items() if value is not None}
        return known if len(known) == len(found) else None
