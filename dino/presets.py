"""Recipes to begin with, from the notebook's own to the best that we found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from dino.config import DEFAULT, Config


class Preset(NamedTuple):
    """A recipe with a name and one sentence on what it shows."""

    label: str
    about: str
    config: Config


_NOTEBOOK = Config(
    hidden_size=25,
    optimizer="sgd",
    learning_rate=0.0005,
    batch_size=1,
    max_steps=1600,
    clip_norm=0.0,
    average=0.0,
    seed=2,
)

PRESETS = {
    "first-success": Preset("First success", "From noise to names in seconds.", DEFAULT),
    "notebook-as-written": Preset(
        "The notebook, as written",
        "Every letter alone, from a zero state: the recurrent weights never learn.",
        _NOTEBOOK.replace(context=1),
    ),
    "notebook-through-time": Preset(
        "The notebook, through time",
        "The same recipe, but the state is carried from letter to letter.",
        _NOTEBOOK,
    ),
    "best-rnn": Preset(
        "Best vanilla RNN",
        "The best a plain tanh network of 64 units does here.",
        DEFAULT.replace(learning_rate=0.02, letter_dropout=0.1, average=0.995, max_steps=1000),
    ),
    "best-lstm": Preset(
        "Best LSTM",
        "128 units with gates and dropout: slower, and clearly better.",
        Config(
            cell="lstm",
            hidden_size=128,
            learning_rate=0.015,
            letter_dropout=0.2,
            hidden_dropout=0.5,
            max_steps=1300,
        ),
    ),
}


def preset_of(config: Config, names: Iterable[str] = tuple(PRESETS)) -> str | None:
    """The key of the preset that equals `config`, or None."""
    return next((name for name in names if PRESETS[name].config == config), None)
