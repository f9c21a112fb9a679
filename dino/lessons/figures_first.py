"""Figures of the first lessons: what a bet costs, which axis has an order, letters as numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache, partial

from dino.data import PAD, encode
from dino.lessons.chips import CHIPS, COUNTED, counter
from dino.lessons.dinosaur_list import dinosaurs
from dino.lessons.item import Value
from dino.lists import BUNDLED, DATA, clean

EXAMPLE = 20  # chips whose loss is told
STAKED = 25  # chips whose loss is asked for
READ = "jinzhousaurus"  # the notebook's name, whose inputs and targets are counted
DECODED = "mei"  # a short name, whose indices are given
RAW = " T-Rex\n"  # a line that needs cleaning
ASKED = "csz"  # letters whose indices are asked for


def index(letter: str, beside: int = 0) -> int:
    """The index of a letter in the dictionary of the dinosaurs, or an index `beside` it."""
    return dinosaurs().vocab.index[letter] + beside


@cache
def cleaned_line(raw: str = RAW) -> str:
    """A line of a file of names after cleaning."""
    text = (DATA / BUNDLED["dinos"].file).read_text(encoding="utf-8")
    return clean(raw + text).rows[0]


def symbols_with(name: str) -> int:
    """How many symbols the dinosaurs' dictionary has after a name is added to the list."""
    return len({*dinosaurs().vocab.symbols, *name})


@cache
def counted_loss(counted: str) -> float:
    """The held-out loss of counting 'pairs' or 'fours', over all held-out names. Nats a symbol."""
    return counter(COUNTED[counted]).loss(dinosaurs().val)


def row_of(name: str) -> str:
    """The indices of a name and its end mark: '13, 5, 9, 0'."""
    return ", ".join(map(str, encode([name], dinosaurs().vocab).targets[0].tolist()))


def training_strip() -> str:
    """The arrangement of a name in training: a target for each input, or not."""
    data = encode([READ], dinosaurs().vocab)
    return "equal" if (data.targets[0] != PAD).sum() == len(data.inputs[0]) else "read_write"


FIGURES: Mapping[str, Callable[[], Value]] = {
    "example_chips": lambda: EXAMPLE,
    "example_share": lambda: EXAMPLE / CHIPS,
    "example_loss": lambda: -math.log(EXAMPLE / CHIPS),
    "staked_loss": lambda: -math.log(STAKED / CHIPS),
    "staked_share": lambda: STAKED / CHIPS,
    "staked_missing": lambda: 1 - STAKED / CHIPS,
    "staked_bits": lambda: -math.log2(STAKED / CHIPS),
    "staked_log10": lambda: -math.log10(STAKED / CHIPS),
    "pairs_loss": lambda: counted_loss("pairs"),
    "fours_loss": lambda: counted_loss("fours"),
    "held_out_names": lambda: len(dinosaurs().val),
    "read_name": lambda: READ,
    "read_letters": lambda: len(READ),
    "read_inputs": lambda: len(encode([READ], dinosaurs().vocab).inputs[0]),
    "read_targets": lambda: int(encode([READ], dinosaurs().vocab).lengths[0]),
    "training_strip": training_strip,
    "decoded_row": lambda: row_of(DECODED),
    "decoded_name": lambda: DECODED,
    "cleaned_line": cleaned_line,
    "places_with_start": lambda: len(dinosaurs().vocab) + 1,
    "symbols_with_line": lambda: symbols_with(cleaned_line()),
    **{f"index_{letter}": partial(index, letter) for letter in ASKED},
    **{f"index_{letter}_less": partial(index, letter, -1) for letter in ASKED},
    **{f"index_{letter}_more": partial(index, letter, 1) for letter in ASKED},
}
