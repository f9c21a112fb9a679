"""Experiments on Compare: each setting planned; a few carried out, with a bet and its verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .acts import Stage, hold, look, press, set_value
from .scenes import SMALL

TINY = {**SMALL, "hidden_size": "4", "max_steps": "30"}
# What is varied, the levels of each, and how many seeds and splits.
CARRIED_OUT: dict[str, tuple[dict[str, Any], int, int]] = {
    "cells": ({"cell": ["rnn", "gru"]}, 2, 3),
    "three-cells": ({"cell": ["rnn", "gru", "lstm"]}, 1, 2),
    "one-split": ({"cell": ["rnn", "gru"]}, 2, 1),
    "rates": ({"learning_rate": "0.0001 0.02 0.2"}, 1, 3),
    "grid": ({"hidden_size": "2 8", "letter_dropout": "0 0.2"}, 1, 2),
    "diverging": ({"learning_rate": "0.02 10"}, 1, 2),
}


def planning(stage: Stage) -> None:
    """The plan of each setting, before anything is trained."""
    page = stage.open("compare", **TINY)
    for name in factors(page):
        page = stage.open("compare", **TINY)
        hold(page, experiment_factor=name)
        stage.say(without_times(page), f"experiment-plan-{name}")
    page = stage.open("compare", **TINY)
    plan(page, {"hidden_size": "2 nonsense"}, 1, 1)
    stage.say(page, "experiment-plan-refused")
    plan(page, {"hidden_size": "4"}, 1, 1)
    stage.say(page, "experiment-plan-one-level")


def factors(page: Any) -> list[str]:
    """The settings that may be varied."""
    from dino.config import SETTINGS

    box = next(it for it in page.selectbox if it.key == "experiment_factor")
    labels = {setting.label: name for name, setting in SETTINGS.items()}
    return [labels[label] for label in box.proto.options if label in labels]


def without_times(page: Any) -> Any:
    """The page once it is known how long the plan takes."""
    return look(page)


def plan(page: Any, varied: Mapping[str, Any], seeds: int, splits: int) -> None:
    """Plan an experiment."""
    import pressing

    from dino.config import SETTINGS

    for box, name in zip(("experiment_factor", "experiment_second"), varied, strict=False):
        set_value(page, "selectbox", box, name)
    pressing.type_numbers(page, {"experiment_seeds": seeds, "experiment_splits": splits})
    for name, levels in varied.items():
        kind = "multiselect" if SETTINGS[name].choices else "text_input"
        set_value(page, kind, f"levels_{name}", levels)
    look(page)


def carried_out(stage: Stage) -> None:
    """Each with and without a bet: its result, its report, the run of its best member."""
    for name, (varied, seeds, splits) in CARRIED_OUT.items():
        page = stage.open("compare", **TINY)
        plan(page, varied, seeds, splits)
        stage.say(page, f"experiment-{name}-plan")
        press(page, "skip_bet" if name == "one-split" else "place_bet")
        stage.say(page, f"experiment-{name}-bet")
        press(page, "start_experiment")
        stage.say(page, f"experiment-{name}")
        press(page, "open_exam")
        stage.say(page, f"experiment-{name}-exam")
        stage.say(hold(page, experiment_home=True), f"experiment-{name}-home")
        stage.files(f"experiment-{name}")
        press(page, "open_best_member")
        stage.say(page, f"experiment-{name}-best")
        press(page, "another_experiment")
        stage.say(page, f"experiment-{name}-another")
        press(page, "experiments_back")
        press(page, "delete_experiment")
        stage.say(page, f"experiment-{name}-deleted")
