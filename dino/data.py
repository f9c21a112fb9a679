"""From a file of names to what a network eats: cleaning, vocabulary, split, padded arrays."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dino.config import shown

DATA = Path(__file__).resolve().parent.parent / "data"
DINOS = DATA / "dinos.txt"

END = "\n"  # ends every name; index 0
END_SHOWN = "⏎"
PAD = -1  # a target that is none: after the end mark of a shorter name in a batch

MAX_BYTES, MAX_NAMES, MAX_LETTERS, MAX_SYMBOLS = 1_000_000, 50_000, 60, 200
MIN_NAMES, MIN_SYMBOLS = 20, 2


class Vocab:
    """The dictionary, both ways: symbol to index and index to symbol, sorted, the end mark first.

    `symbols[i]` is the symbol of index i; `vocab.index[symbol]` goes the other way.
    """

    def __init__(self, letters: Iterable[str]) -> None:
        self.symbols: tuple[str, ...] = (END, *sorted(set(letters) - {END}))
        self.index: dict[str, int] = {symbol: i for i, symbol in enumerate(self.symbols)}

    def __len__(self) -> int:
        return len(self.symbols)

    @property
    def start(self) -> int:
        """The index that stands for 'no letter yet': one past the symbols, a zero vector as input.

        The network never predicts it.
        """
        return len(self.symbols)

    @property
    def labels(self) -> list[str]:
        """The symbols as a picture shows them."""
        return [END_SHOWN if s == END else "␣" if s == " " else s for s in self.symbols]

    def encode(self, text: str) -> list[int]:
        """The indices of `text`. Raises ValueError for a symbol that the list does not have."""
        for letter in text:
            if letter not in self.index:
                known = "".join(self.symbols[1:40])
                raise ValueError(
                    f"{shown(letter)} does not occur in this list, so the network cannot read it; "
                    f"use letters from “{known}”.")
        return [self.index[letter] for letter in text]

    def decode(self, ids: Iterable[int]) -> str:
        """The text of some indices."""
        return "".join(self.symbols[i] for i in ids)


class Encoded(NamedTuple):
    """Names as the network gets them. N names, T steps (the longest name and its end mark).

    inputs  (N, T) int64: at step 0 `Vocab.start`, at step t the letter t
    targets (N, T) int64: at step t the letter t + 1, after the last one the end mark, then PAD
    lengths (N,) int64: how many targets are real
    """

    inputs: np.ndarray
    targets: np.ndarray
    lengths: np.ndarray


def encode(names: Sequence[str], vocab: Vocab) -> Encoded:
    """Pad and shift `names`: what goes in at each step, and what should come out."""
    lengths = np.array([len(name) + 1 for name in names], dtype=np.int64)
    shape = (len(names), int(lengths.max(initial=1)))
    inputs = np.full(shape, vocab.start, dtype=np.int64)  # (N, T)
    targets = np.full(shape, PAD, dtype=np.int64)  # (N, T)
    for row, name in enumerate(names):
        ids = vocab.encode(name)
        inputs[row, 1 : len(ids) + 1] = ids
        targets[row, : len(ids) + 1] = [*ids, vocab.index[END]]
    return Encoded(inputs, targets, lengths)


def split(names: Iterable[str], split_seed: int = 0) -> tuple[list[str], list[str]]:
    """Distinct names as (train, held out): sorted, shuffled by the seed, the first tenth held out.

    A repeated name is counted once, so that it never stands on both sides.
    """
    distinct = sorted(set(names))
    random.Random(split_seed).shuffle(distinct)
    held_out = max(1, len(distinct) // 10)
    return distinct[held_out:], distinct[:held_out]


@dataclass(frozen=True, eq=False)
class Corpus:
    """A list of names, split and encoded. `rows` is the file, repeats and all.

    Two corpora are the same only if they are the same object.
    """

    title: str
    rows: tuple[str, ...]
    characters: int
    split_seed: int
    train: tuple[str, ...]
    val: tuple[str, ...]
    vocab: Vocab

    @cached_property
    def names(self) -> list[str]:
        """The distinct names, sorted."""
        return sorted({*self.train, *self.val})

    @cached_property
    def train_set(self) -> frozenset[str]:
        """The names trained on, for looking up."""
        return frozenset(self.train)

    @cached_property
    def val_set(self) -> frozenset[str]:
        """The names held out, for looking up."""
        return frozenset(self.val)

    @cached_property
    def train_arrays(self) -> Encoded:
        """The names trained on, encoded."""
        return encode(self.train, self.vocab)

    @cached_property
    def val_arrays(self) -> Encoded:
        """The names held out, encoded."""
        return encode(self.val, self.vocab)

    def figures(self) -> dict[str, object]:
        """What the notebook prints of its file, and the two things that it does not look at."""
        return {
            "names": len(self.rows), "characters": self.characters, "symbols": len(self.vocab),
            "distinct": len(self.names), "longest": max(map(len, self.names)),
            "dictionary": dict(self.vocab.index),
        }


def corpus(text: str, title: str, split_seed: int = 0) -> Corpus:
    """The names in `text`, one a line: lower-cased, stripped, empty lines dropped.

    Raises ValueError, with the rule, the value and the cure, for a list that cannot be trained on.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").lower()
    rows = tuple(line.strip() for line in text.split("\n") if line.strip())
    _check(rows, title)
    train, val = split(rows, split_seed)
    return Corpus(title, rows, len(text), split_seed, tuple(train), tuple(val),
                  Vocab(letter for row in rows for letter in row))


def _check(rows: tuple[str, ...], title: str) -> None:
    distinct, letters = len(set(rows)), {letter for row in rows for letter in row}
    longest = max(rows, key=len, default="")
    rules = [
        (distinct < MIN_NAMES, f"at least {MIN_NAMES} distinct names", f"{distinct}", "Add more."),
        (len(rows) > MAX_NAMES, f"at most {MAX_NAMES:,} names", f"{len(rows):,}", "Take a part."),
        (len(longest) > MAX_LETTERS, f"names of at most {MAX_LETTERS} letters, one a line",
         f"one of {len(longest):,}, {shown(longest[:30])}", "Shorten it, or put one name a line."),
        (len(letters) < MIN_SYMBOLS, f"at least {MIN_SYMBOLS} different letters",
         f"{len(letters)}", "Add other names."),
        (len(letters) + 1 > MAX_SYMBOLS, f"at most {MAX_SYMBOLS} symbols with the end mark",
         f"{len(letters) + 1:,}", "Leave out names with rare symbols."),
    ]
    for broken, rule, value, cure in rules:
        if broken:
            raise ValueError(f"A list needs {rule}; {shown(title)} has {value}. {cure}")


def load(path: Path = DINOS, split_seed: int = 0) -> Corpus:
    """The names in a UTF-8 file. Raises ValueError for a file that cannot be used."""
    name = shown(path.name or path)
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ValueError(f"The list {name} cannot be read ({reason}); name a text file.") from None
    if len(raw) > MAX_BYTES:
        raise ValueError(f"A list is at most {MAX_BYTES:,} bytes; {name} is larger. Take a part.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"A list is UTF-8 text; {name} is not (byte {error.start:,}). "
                         "Save it as UTF-8.") from None
    return corpus(text, path.stem, split_seed)
