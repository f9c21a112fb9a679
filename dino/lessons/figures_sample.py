"""One sample: a name's inputs and targets, the batch that a seed draws, and which cells count."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache

import numpy as np
import torch

from dino.batches import Batches
from dino.config import DEFAULT
from dino.data import PAD, Encoded, encode
from dino.lessons.dinosaur_list import dinosaurs
from dino.lessons.item import Value
from dino.lists import END

NAME = "mei"  # the name whose targets are asked for
SEED = 152  # draws well-known names of different lengths
SIZE = 3  # names in a batch


def drawn(seed: int, count: int = 1, size: int = SIZE) -> list[list[str]]:
    """The training names of the first batches that a seed draws. (count, size)"""
    names, generator = dinosaurs().train, torch.Generator().manual_seed(seed)
    rows = Batches(len(names), size, generator).draw(count)
    return [[names[i] for i in row] for row in rows.tolist()]


@cache
def batch() -> Encoded:
    """The batch whose cells are clicked: inputs, targets, lengths, padded to its longest name."""
    return encode(drawn(SEED)[0], dinosaurs().vocab)


def marks(cells: np.ndarray) -> str:
    """Which cells of a table are marked: 1 or 0 for each, a slash between rows. (R, C) bool"""
    return "/".join("".join("1" if cell else "0" for cell in row) for row in cells.tolist())


def target_cells() -> tuple[Sequence[str], list[list[str]]]:
    """The heads of the rows, and the batch's targets as they are shown: letters, ⏎ and −1."""
    labels = dinosaurs().vocab.labels
    rows = [[labels[i] if i != PAD else "−1" for i in row] for row in batch().targets.tolist()]
    return drawn(SEED)[0], rows


def _targets() -> np.ndarray:
    return batch().targets


def _target(step: int) -> str:
    """The target of a step of the name, by the name of its choice."""
    vocab = dinosaurs().vocab
    symbol = vocab.symbols[int(encode([NAME], vocab).targets[0, step])]
    return "end" if symbol == END else symbol


def _same_again() -> str:
    """The right choice: whether a seed draws the same batch a second time."""
    first, again = drawn(SEED), drawn(SEED)
    if first == again:
        return "same"
    return "turned" if sorted(first[0]) == sorted(again[0]) else "other"


def first_letters(is_sorted: bool, size: int = DEFAULT.batch_size) -> float:
    """How many different first letters a batch has, in the mean over the whole batches of one pass.

    The pass is over the training names: sorted, or in the order that `SEED` draws.
    """
    names = sorted(dinosaurs().train)
    if not is_sorted:
        count = len(names) // size
        names = [name for row in drawn(SEED, count, size) for name in row]
    batches = [names[i : i + size] for i in range(0, len(names) - size + 1, size)]
    return float(np.mean([len({name[0] for name in batch}) for batch in batches]))


FIGURES: Mapping[str, Callable[[], Value]] = {
    "sample_first": lambda: _target(0),
    "sample_second": lambda: _target(1),
    "sample_last": lambda: _target(len(NAME)),
    "batch_size_drawn": lambda: SIZE,
    "batch_steps": lambda: int(batch().targets.shape[1]),
    "batch_seed": lambda: SEED,
    "batch_cells": lambda: int(_targets().size),
    "batch_real": lambda: int((_targets() != PAD).sum()),
    "cells_counted": lambda: marks(_targets() != PAD),
    "cells_all": lambda: marks(np.ones_like(_targets(), dtype=bool)),
    "cells_letters": lambda: marks(_targets() > dinosaurs().vocab.index[END]),
    "cells_padding": lambda: marks(_targets() == PAD),
    "cells_ends": lambda: marks(_targets() == dinosaurs().vocab.index[END]),
    "batch_again": _same_again,
    "first_letters_sorted": lambda: first_letters(is_sorted=True),
    "first_letters_shuffled": lambda: first_letters(is_sorted=False),
    "recipe_batch": lambda: DEFAULT.batch_size,
}
