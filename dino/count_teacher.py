"""Soft targets by counting: what counting expects after each letter of the training names.

If a recipe's `count_teacher` is α, the target of each letter is (1 − α) of the letter itself and α
of a distribution q over all symbols. q is that of sixes, counted on the other names: the training
names are dealt into ten folds by the split seed, and a name's q comes from counting the nine folds
that it is not in. Held-out names and those of the final exam are never counted.

Counts as a regulariser of a network: data noising as smoothing (Xie et al. 2017). Soft targets:
distillation (Hinton et al. 2015).
"""

from __future__ import annotations

import random
import threading
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from dino.config import SETTINGS, Config
from dino.locale.sentences import Refusal, Sentence, sentence
from dino.ngram import ORDERS, NGram
from dino.parts import Parts, SharedWork, finish

if TYPE_CHECKING:
    from dino.data import Corpus

N = ORDERS["sixes"]  # how many letters are counted at a time
FOLDS = 10
MOST_BYTES = 32_000_000  # of a list's table
NUMBERS_PER_PART = 100_000  # probabilities computed in one part: some 15 ms


class Teacher:
    """The soft targets of a list's training names. All runs on a list and split share one.

    table (R, V) float32: a distribution for each fold and context. Row 0 is zero, for padding.
    rows (names, T) int32: the row of each target, as in `Encoded.targets`; 0 where there is none.
    """

    def __init__(self, table: np.ndarray, rows: np.ndarray) -> None:
        self.table, self.rows = table, rows

    @property
    def nbytes(self) -> int:
        """The bytes of both arrays."""
        return self.table.nbytes + self.rows.nbytes


# Weak: a table is freed with the last trainer that uses it, and a number of rows with its list.
_lock = threading.Lock()
_teachers: weakref.WeakKeyDictionary[Corpus, weakref.ref[Teacher]] = weakref.WeakKeyDictionary()
_begun: weakref.WeakValueDictionary[Corpus, SharedWork[Teacher]] = weakref.WeakValueDictionary()
_row_counts: weakref.WeakKeyDictionary[Corpus, int] = weakref.WeakKeyDictionary()


def deal(names: Sequence[str], split_seed: int) -> np.ndarray:
    """The fold of each of `names`: they are sorted, shuffled by the seed, and dealt. (N,)"""
    order = sorted(range(len(names)), key=names.__getitem__)
    random.Random(split_seed).shuffle(order)
    folds = np.empty(len(names), dtype=np.int64)
    folds[order] = np.arange(len(names)) % FOLDS
    return folds


def teacher_in_parts(config: Config, corpus: Corpus) -> Parts[Teacher | None]:
    """The teacher of a recipe's runs on a list; None if the recipe has none.

    It is made in parts, unless another run on this list has it. Runs that wait for the same one
    make it together. Raises Refusal as `check`.
    """
    check(config, corpus)
    if not config.count_teacher:
        return None
    found = _find(corpus)
    if found is not None:
        return found
    with _lock:
        work = _begun.get(corpus)
        if work is None or work.error is not None:
            work = _begun[corpus] = SharedWork(_make(corpus))
    made = yield from work.wait()
    with _lock:
        _teachers[corpus] = weakref.ref(made)
    return made


def check(config: Config, corpus: Corpus) -> None:
    """Raise Refusal if this recipe asks for a table that is too large, or for one that cannot be
    counted.
    """
    size = table_bytes(config, corpus)
    if size > MOST_BYTES:
        raise Refusal(
            sentence(
                "{setting} needs a table of soft targets of at most {most} MB, not {size:.1f} MB. "
                "Set it to 0, or choose a shorter list.",
                setting=Sentence(SETTINGS["count_teacher"].label),
                most=MOST_BYTES // 1_000_000,
                size=size / 1e6,
            )
        )


def table_bytes(config: Config, corpus: Corpus) -> int:
    """The bytes of a list's teacher, whether it is made or not; 0 if the recipe has none.

    Raises Refusal for a list with too many symbols to count.
    """
    if not config.count_teacher:
        return 0
    return 4 * (_table_rows(corpus) * len(corpus.vocab) + len(corpus.train) * _steps(corpus))


def missing_bytes(config: Config, corpus: Corpus) -> int:
    """How many more bytes a run takes for its teacher: none if another run has it."""
    return table_bytes(config, corpus) if _find(corpus) is None else 0


def _find(corpus: Corpus) -> Teacher | None:
    with _lock:
        reference = _teachers.get(corpus)
    return reference() if reference else None


def _table_rows(corpus: Corpus) -> int:
    """How many rows its table has, made or not: the different contexts of each fold, and row 0."""
    with _lock:
        known = _row_counts.get(corpus)
    if known is None:
        known = 1
        folds, counter = deal(corpus.train, corpus.split_seed), NGram(N, (), corpus.vocab)
        for fold in range(FOLDS):
            before, _ = finish(counter.contexts_in_parts(_in_fold(corpus, folds == fold)))
            known += len(np.unique(before))
        with _lock:
            _row_counts[corpus] = known
    return known


def _make(corpus: Corpus) -> Parts[Teacher]:
    """Count and read fold by fold, into a table that has its size from the first."""
    folds = deal(corpus.train, corpus.split_seed)
    yield
    table = np.zeros((_table_rows(corpus), len(corpus.vocab)), np.float32)
    rows, first = np.zeros((len(corpus.train), _steps(corpus)), np.int32), 1
    made = Teacher(table, rows)
    for fold in range(FOLDS):
        first = yield from _count_fold(corpus, folds == fold, made, first)
    return made


def _count_fold(corpus: Corpus, mine: np.ndarray, made: Teacher, first: int) -> Parts[int]:
    """Fill in what teaches the names at `mine` (N,), true or false, from row `first` of the table
    on. Returns the next free row.
    """
    names, others = _in_fold(corpus, mine), _in_fold(corpus, ~mine)
    model = yield from NGram.in_parts(N, others, corpus.vocab)
    before, symbols = yield from model.contexts_in_parts(names)
    contexts, places, found = np.unique(before, return_index=True, return_inverse=True)
    yield
    _fill(made.rows, np.flatnonzero(mine), names, first + found)
    yield
    yield from _distributions(model, contexts, symbols[places], made.table[first:])
    return first + len(contexts)


def _in_fold(corpus: Corpus, chosen: np.ndarray) -> list[str]:
    """The training names at the places where `chosen` (N,) is true."""
    return [corpus.train[place] for place in np.flatnonzero(chosen)]


def _steps(corpus: Corpus) -> int:
    """How many targets the longest training name has."""
    return 1 + max(map(len, corpus.train), default=0)


def _fill(rows: np.ndarray, places: np.ndarray, names: Sequence[str], found: np.ndarray) -> None:
    """Write the rows of all targets of `names`, one after another in `found`, at their places."""
    ends = np.cumsum([len(name) + 1 for name in names], dtype=np.int64)
    for place, of_name in zip(places, np.split(found, ends[:-1]), strict=False):
        rows[place, : len(of_name)] = of_name


def _distributions(
    model: NGram, contexts: np.ndarray, symbols: np.ndarray, table: np.ndarray
) -> Parts[None]:
    """Write what counting expects after each context. (C,), (C,) -> the first C rows of `table`"""
    count = max(1, NUMBERS_PER_PART // len(model.vocab))
    for first in range(0, len(contexts), count):
        last = min(first + count, len(contexts))
        table[first:last] = model.after(contexts[first:last], symbols[first:last])
        yield
