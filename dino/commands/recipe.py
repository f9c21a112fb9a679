"""The common parts of several commands: a recipe, a list of names, JSON, and how they refuse."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dino.config import SETTINGS, Config, quoted, usual_rate
from dino.data import Corpus, load, load_bundled
from dino.lists import BUNDLED
from dino.presets import PRESETS

START = "first-success"  # the preset that options change
LIST_HELP = f"a text file of names, or one of {', '.join(BUNDLED)}"
JSON_HELP, CASE_HELP = "print one JSON object", "keep capital letters"


class Refused(Exception):
    """The request cannot be carried out. The message says why, and what would work."""


@contextmanager
def reading_input() -> Iterator[None]:
    """Turn a ValueError raised inside into Refused: there it means bad input, not a bug."""
    try:
        yield
    except ValueError as error:
        raise Refused(str(error)) from error


def add_recipe_options(command: argparse.ArgumentParser) -> None:
    """The options for a preset, every setting, and a list of names."""
    command.add_argument(
        "--preset",
        metavar="NAME",
        help=f"the preset to start from (default {START}): {', '.join(PRESETS)}",
    )
    for name, setting in SETTINGS.items():
        rule = ", ".join(setting.choices) or str(setting.rule())
        if name == "learning_rate":
            rule += "; with only --optimizer, the usual one for that optimizer and batch size"
        command.add_argument(
            f"--{name.replace('_', '-')}",
            dest=name,
            **setting.option,
            help=f"{setting.help} ({rule})".replace("%", "%%"),
        )
    command.add_argument("--data", metavar="FILE", help=f"{LIST_HELP} (default dinos)")
    command.add_argument("--keep-case", action="store_true", help=CASE_HELP)


def config_of(args: argparse.Namespace) -> Config:
    """The preset, with the changes of the options. Raises ValueError."""
    preset = START if args.preset is None else args.preset
    if preset not in PRESETS:
        raise ValueError(f"preset must be one of {', '.join(PRESETS)}, not {quoted(preset)}.")
    given = {name: getattr(args, name) for name in SETTINGS if getattr(args, name) is not None}
    config = PRESETS[preset].config.replace(**given)
    if "optimizer" in given and "learning_rate" not in given:
        config = config.replace(learning_rate=usual_rate(config))
    return config


def read_list(name: str, split_seed: int, keep_case: bool, exam: bool = False) -> Corpus:
    """A bundled list by its key, or the names in a file. Raises ValueError."""
    how = split_seed, keep_case, exam
    return load_bundled(name, *how) if name in BUNDLED else load(Path(name), *how)


def print_json(result: dict[str, Any]) -> None:
    """Print standard JSON: NaN and infinity become null, at every depth."""
    print(json.dumps(_without_infinities(result), ensure_ascii=False, allow_nan=False))


def _without_infinities(value: Any) -> Any:
    """The same object with None for every number that JSON does not have."""
    if isinstance(value, dict):
        return {key: _without_infinities(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_infinities(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
