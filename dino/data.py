"""From a list of names to what a network reads: vocabulary, split, padded arrays."""

from __future__ import annotations

import unicodedata
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dino.config import quoted
from dino.files import MAX_BYTES, decode
from dino.lists import BUNDLED, DATA, END, MIN_NAMES, CleanNames, clean, normalize
from dino.locale.sentences import Refusal, Text, sentence
from dino.parts import Parts, finish
from dino.split import MOST_HELD_OUT as MOST_HELD_OUT  # for modules that import only the list
from dino.split import split as split
from dino.split import take_exam, without_exam

DINOS = DATA / BUNDLED["dinos"].file

END_SHOWN = "⏎"
PAD = -1  # padding after the end mark of a shorter name in a batch; not a target
NAMES_PER_PART = 1000  # encoded in one part before others have a turn: some 5 ms
ROW_BYTES = 150  # about what a name and its places in the lists take
MARK_KINDS = ("Mn", "Mc", "Me")  # Unicode's categories of marks, which combine with a letter

# The signs that pages show for symbols without a visible shape.
SHAPES = {END: END_SHOWN, " ": "␣", "\u200c": "ZWNJ", "\u200d": "ZWJ", "\ufe0f": "VS16"}


class Vocab:
    """The dictionary in both directions: symbol to index and index to symbol.

    The symbols are sorted, the end mark first. `symbols[i]` is the symbol of index i, and
    `vocab.index[symbol]` its index.
    """

    def __init__(self, letters: Iterable[str]) -> None:
        self.symbols: tuple[str, ...] = (END, *sorted(set(letters) - {END}))
        self.index: dict[str, int] = {symbol: i for i, symbol in enumerate(self.symbols)}

    def __len__(self) -> int:
        return len(self.symbols)

    @property
    def start(self) -> int:
        """The index for 'no letter yet': one past the symbols. Its input is a zero vector.

        The network never predicts it.
        """
        return len(self.symbols)

    @property
    def labels(self) -> list[str]:
        """The symbols as a figure shows them, with a visible sign for each invisible one."""
        return [_label(symbol) for symbol in self.symbols]

    @cached_property
    def has_capitals(self) -> bool:
        """Whether the list kept its capital letters."""
        return any(s != s.lower() for s in self.symbols)

    def normalize(self, text: str) -> str:
        """A typed text, normalized as this list's names are."""
        text = normalize(text, self.has_capitals).lstrip(" ")
        return text if " " in self.index else text.rstrip(" ")  # 'san ' may begin a town's name

    def encode(self, text: str) -> list[int]:
        """The indices of `text`. Raises Refusal for a symbol that is not in the list."""
        for letter in text:
            if letter not in self.index:
                known = "".join(self.symbols[1:61]) + ("…" if len(self) > 61 else "")
                raise Refusal(
                    sentence(
                        "“{symbol}” does not occur in this list, so the network cannot read it. "
                        "Use letters from “{known}”.",
                        symbol=quoted(letter)[1:-1],
                        known=known,
                    )
                )
        return [self.index[letter] for letter in text]

    def decode(self, ids: Iterable[int]) -> str:
        """The text of some indices."""
        return "".join(self.symbols[i] for i in ids)


def _label(symbol: str) -> str:
    if symbol in SHAPES:
        return SHAPES[symbol]
    # A mark needs a letter to combine with; a dotted circle shows its place.
    is_mark = unicodedata.combining(symbol) or unicodedata.category(symbol) in MARK_KINDS
    return "◌" + symbol if is_mark else symbol


class Encoded(NamedTuple):
    """Names as the network gets them. N names, T steps (the longest name and its end mark).

    inputs  (N, T) int64: `Vocab.start` at step 0, then the letter t at step t
    targets (N, T) int64: at step t the letter t + 1; after the last letter the end mark, then PAD
    lengths (N,) int64: how many targets are real
    """

    inputs: np.ndarray
    targets: np.ndarray
    lengths: np.ndarray


def encode(names: Sequence[str], vocab: Vocab) -> Encoded:
    """Pad and shift `names`, to get the input of each step and its target."""
    return finish(encode_in_parts(names, vocab))


def encode_in_parts(names: Sequence[str], vocab: Vocab) -> Parts[Encoded]:
    """`encode` in parts: yields after each part, and returns the arrays."""
    lengths = np.array([len(name) + 1 for name in names], dtype=np.int64)
    shape = (len(names), int(lengths.max(initial=1)))
    inputs = np.full(shape, vocab.start, dtype=np.int64)  # (N, T)
    targets = np.full(shape, PAD, dtype=np.int64)  # (N, T)
    for first in range(0, len(names), NAMES_PER_PART):
        for row, name in enumerate(names[first : first + NAMES_PER_PART], first):
            ids = vocab.encode(name)
            inputs[row, 1 : len(ids) + 1] = ids
            targets[row, : len(ids) + 1] = [*ids, vocab.index[END]]
        yield
    return Encoded(inputs, targets, lengths)


@dataclass(frozen=True, eq=False)
class Corpus:
    """A list of names, split and encoded. `rows` is the file, repeats included.

    train, val, exam: the names trained on, those held out, and those of the final exam, which is
    empty if it is off. No name is in two of them. Only `evaluation.exam_loss` measures a network's
    loss on the exam; whatever trains, counts letters, draws or chooses reads the others.

    title: our words, or on the command line the name of a file. removed: names that were taken
    out after the split. owner: the only browser that may see a visitor's own list; empty for a
    list that everyone may see. cleaned: the list before names were removed. source: the choice
    from which a page made it.

    Two corpora are equal only if they are the same object.
    """

    title: Text
    rows: tuple[str, ...]
    characters: int
    split_seed: int
    train: tuple[str, ...]
    val: tuple[str, ...]
    vocab: Vocab
    removed: frozenset[str] = frozenset()
    owner: str = ""
    cleaned: CleanNames | None = None
    source: Hashable = None
    exam: tuple[str, ...] = ()

    @cached_property
    def names(self) -> list[str]:
        """The distinct names, sorted, those of the exam included."""
        return sorted({*self.train, *self.val, *self.exam})

    @cached_property
    def open_names(self) -> list[str]:
        """The distinct names without the exam's: pictures of a network may show these."""
        return sorted({*self.train, *self.val})

    @cached_property
    def train_set(self) -> frozenset[str]:
        """The names trained on, as a set."""
        return frozenset(self.train)

    @cached_property
    def val_set(self) -> frozenset[str]:
        """The names held out, as a set."""
        return frozenset(self.val)

    @cached_property
    def exam_set(self) -> frozenset[str]:
        """The names of the final exam, as a set."""
        return frozenset(self.exam)

    @cached_property
    def train_arrays(self) -> Encoded:
        """The names trained on, encoded."""
        return encode(self.train, self.vocab)

    def encode_in_parts(self) -> Parts[None]:
        """Make the arrays that are missing, in parts; yields after each part."""
        for arrays, names in (("train_arrays", self.train), ("val_arrays", self.val)):
            if arrays not in self.__dict__:
                self.__dict__[arrays] = yield from encode_in_parts(names, self.vocab)

    @cached_property
    def val_arrays(self) -> Encoded:
        """The names held out, encoded."""
        return encode(self.val, self.vocab)

    def figures(self) -> dict[str, object]:
        """The figures that the notebook prints of its file, and two more."""
        return {
            "names": len(self.rows),
            "characters": self.characters,
            "symbols": len(self.vocab),
            "distinct": len(self.names),
            "longest": max(map(len, self.names)),
            "dictionary": dict(self.vocab.index),
        }

    def without(self, names: Iterable[str]) -> Corpus:
        """The same list and split without some names, so that runs can be compared.

        Raises Refusal if too few names would be left.
        """
        removed = frozenset(names)
        rows = tuple(row for row in self.rows if row not in removed)
        train, val, exam = (
            tuple(name for name in names if name not in removed)
            for names in (self.train, self.val, self.exam)
        )
        if self.exam and not exam:
            raise without_exam(len(self.exam))
        if len(set(rows)) < MIN_NAMES or not val or not train:
            raise Refusal(
                sentence(
                    "A list needs at least {least} distinct names, some to train on and some held "
                    "out (validation set). Here {left:,} would be left, {train:,} to train on and "
                    "{val:,} held out. Remove fewer names.",
                    least=MIN_NAMES,
                    left=len(set(rows)),
                    train=len(train),
                    val=len(val),
                )
            )
        characters = self.characters - sum(len(row) + 1 for row in self.rows if row in removed)
        return replace(
            self,
            rows=rows,
            characters=characters,
            train=train,
            val=val,
            exam=exam,
            vocab=Vocab("".join(rows)),
            removed=self.removed | removed,
        )

    @cached_property
    def longest(self) -> int:
        """How many letters the longest name has."""
        return max(map(len, self.rows), default=0)

    @property
    def nbytes(self) -> int:
        """About how many bytes the list takes."""
        made: list[Encoded] = [
            self.__dict__[name] for name in ("train_arrays", "val_arrays") if name in self.__dict__
        ]
        arrays = sum(array.nbytes for encoded in made for array in encoded)
        return ROW_BYTES * len(self.rows) + arrays

    @property
    def encoded_bytes(self) -> int:
        """About how many bytes the list takes once a network trains on it."""
        names = len(self.train) + len(self.val)
        return ROW_BYTES * len(self.rows) + 16 * names * (self.longest + 1)  # two int64 a step

    def trim(self) -> None:
        """Drop the arrays that only training needs. They are made again on demand."""
        self.__dict__.pop("train_arrays", None)


def make_corpus(
    cleaned: CleanNames,
    title: Text,
    split_seed: int = 0,
    owner: str = "",
    source: Hashable = None,
    exam: bool = False,
) -> Corpus:
    """A cleaned list, split and with its vocabulary. exam: whether a final exam is set aside.

    Raises Refusal for a list that is too small for an exam.
    """
    train, val = split(cleaned.rows, split_seed)
    train, examined = take_exam(train, val) if exam else (train, [])
    return Corpus(
        title,
        cleaned.rows,
        cleaned.characters,
        split_seed,
        tuple(train),
        tuple(val),
        Vocab("".join(cleaned.rows)),
        owner=owner,
        cleaned=cleaned,
        source=source,
        exam=tuple(examined),
    )


def load_bundled(
    key: str = "dinos", split_seed: int = 0, keep_case: bool = False, exam: bool = False
) -> Corpus:
    """One of the lists that come with the app, by its key in `BUNDLED`."""
    found = BUNDLED[key]
    cleaned = read_list(DATA / found.file, keep_case)
    return make_corpus(cleaned, found.title, split_seed, exam=exam)


def load(
    path: Path = DINOS, split_seed: int = 0, keep_case: bool = False, exam: bool = False
) -> Corpus:
    """The names in a text file. Raises Refusal for a file that cannot be used."""
    return make_corpus(read_list(path, keep_case), path.stem, split_seed, exam=exam)


def read_list(path: Path, keep_case: bool = False) -> CleanNames:
    """A text file's names, cleaned. Raises Refusal for a file that cannot be used."""
    name = path.name or str(path)
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Refusal(
            sentence(
                "A list must be a text file, but {file} cannot be read ({reason}). Give the path "
                "of a text file.",
                file=quoted(name),
                reason=reason,
            )
        ) from None
    decoded = decode(raw, name)
    if not decoded.sure:
        raise Refusal(
            sentence(
                "A list must be UTF-8 text, but {file} is not. Save it as UTF-8.", file=quoted(name)
            )
        )
    return clean(decoded.text, keep_case, quoted(path.stem))
