"""Recipes to begin with, from the notebook's own to the best that we found."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from dino.config import DEFAULT, Config
from dino.locale.sentences import mark


class Preset(NamedTuple):
    """A recipe with a name, and what it shows: texts that a page translates."""

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
    "first-success": Preset(
        mark("First success"), mark("From noise to names in seconds."), DEFAULT
    ),
    "notebook-as-written": Preset(
        mark("The notebook, as written"),
        mark(
            "The recipe of the teaching notebook (a Jupyter notebook). It reads every letter from "
            "a zero state, so the recurrent weights never learn. The mathematics is the "
            "notebook's, but the random draws are not."
        ),
        _NOTEBOOK.replace(context=1),
    ),
    "notebook-through-time": Preset(
        mark("The notebook, through time"),
        mark(
            "The same recipe, but the state is carried from letter to letter (backpropagation "
            "through time)."
        ),
        _NOTEBOOK,
    ),
    "best-rnn": Preset(
        mark("Best vanilla RNN"),
        mark(
            "The best recipe we found for 64 tanh units. It was chosen by its held-out loss, which "
            "is therefore a validation loss."
        ),
        DEFAULT.replace(learning_rate=0.02, letter_dropout=0.1, average=0.995, max_steps=1000),
    ),
    "best-lstm": Preset(
        mark("Best LSTM"),
        mark(
            "The best recipe we found for 128 LSTM units, with dropout, weight drop and soft "
            "targets from counting. It was chosen by its mean held-out loss on splits 3 to 7."
        ),
        Config(
            cell="lstm",
            hidden_size=128,
            learning_rate=0.01,
            letter_dropout=0.1,
            hidden_dropout=0.3,
            weight_drop=0.3,
            count_teacher=0.5,
            average=0.997,
            max_steps=3400,
        ),
    ),
}


# The order in which the settings change from First success to the best LSTM, one at a time.
_CHANGES = (
    ("cell", "gru"),
    *(
        (name, getattr(PRESETS["best-lstm"].config, name))
        for name in (
            "cell",
            "hidden_size",
            "letter_dropout",
            "hidden_dropout",
            "weight_drop",
            "count_teacher",
            "learning_rate",
            "average",
            "max_steps",
        )
    ),
)


def single_changes(like: Config = DEFAULT) -> tuple[Config, ...]:
    """The recipes from First success to the best LSTM. Each changes one setting of the one before.

    like: all of them have its seeds, final exam and engine.
    """
    return _single_changes(like.seed, like.split_seed, like.exam, like.engine)


@lru_cache(maxsize=64)
def _single_changes(seed: int, split_seed: int, exam: bool, engine: str) -> tuple[Config, ...]:
    first = PRESETS["first-success"].config
    found = [first.replace(seed=seed, split_seed=split_seed, exam=exam, engine=engine)]
    for name, value in _CHANGES:
        found.append(found[-1].replace(**{name: value}))
    return tuple(found)


def place_of(config: Config) -> int | None:
    """The place of a recipe among them, 0 for First success; None for any other recipe."""
    recipes = single_changes(config)
    return recipes.index(config) if config in recipes else None


def preset_of(config: Config, names: Iterable[str] = tuple(PRESETS)) -> str | None:
    """The key of the preset that equals `config`, or None."""
    return next((name for name in names if PRESETS[name].config == config), None)
