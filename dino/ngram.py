"""Counting baselines: n-gram models, the losses that are reached without a network.

Interpolated Kneser-Ney with one discount (Chen & Goodman 1999, section 2.7). A model of order n
sees the n - 1 previous letters. Orders below the highest count in how many different contexts a
letter appears, not how often: 'r' is likely in a new context, because 'rus' follows many starts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from dino.data import Corpus, Vocab
from dino.lists import END
from dino.locale.sentences import Refusal, sentence
from dino.mix import ORDERS as ORDERS
from dino.parts import Parts, finish, last_result, report_progress

DISCOUNT = 0.8
NAMES_PER_PART = 500  # read in one part, before others have a turn
GRAMS_AT_ONCE = 20_000  # looked up in one part
NOTHING = "nothing"  # the uniform guess


class _Counts(NamedTuple):
    """The counts of n-grams of the lengths k = 1 to n: a letter after k - 1 others.

    A gram is one integer, whose digits in base V + 1 are its symbols: 8 bytes in numpy instead
    of 40 in Python. All lengths are in one row, the shortest first.

    grams (G,): sorted within a length; counts (G,): of each; contexts (C,): the grams without their
    last letter plus `_below` of their length, sorted; totals (C,): how often each was seen; first
    (C + 1,): where the grams of each begin, and their end.
    """

    grams: np.ndarray
    counts: np.ndarray
    contexts: np.ndarray
    totals: np.ndarray
    first: np.ndarray

    def kinds(self, c: np.ndarray) -> np.ndarray:
        """How many different symbols followed these contexts. (N,) -> (N,)"""
        found: np.ndarray = self.first[c + 1] - self.first[c]
        return found

    def places(self, c: np.ndarray, kinds: np.ndarray) -> np.ndarray:
        """Where the grams of these contexts are, one context after another. (N,), (N,) -> (sum,)

        The grams of a context are neighbours, so none of them has to be looked up.
        """
        places = np.repeat(self.first[c] - np.cumsum(kinds) + kinds, kinds)
        return places + np.arange(len(places))


class NGram:
    """Letter probabilities by counting n letters at a time. `NGram(2)` counts pairs."""

    def __init__(self, n: int, names: Iterable[str], vocab: Vocab) -> None:
        """Count `names`. Raises ValueError if n is below 1, or too large for these symbols."""
        finish(self._build(n, list(names), vocab))

    @classmethod
    def in_parts(cls, n: int, names: Iterable[str], vocab: Vocab) -> Parts[NGram]:
        """The same model, counted in parts: yields after each part, and returns it."""
        model = cls.__new__(cls)
        yield from model._build(n, list(names), vocab)
        return model

    def _build(self, n: int, names: Sequence[str], vocab: Vocab) -> Parts[None]:
        if n < 1:
            raise Refusal(sentence("An n-gram has at least 1 letter, so {n} is too few.", n=n))
        self.n, self.vocab, self._base = n, vocab, len(vocab) + 1
        if self._base**n >= 2**63:
            raise Refusal(
                sentence(
                    "With {symbols:,} symbols, {n} letters at a time are too many to count. Take "
                    "fewer.",
                    symbols=len(vocab),
                    n=n,
                )
            )
        self._sizes = np.arange(1, n + 1)[:, None]  # of each length; (K, 1), as the next two
        self._powers = np.array([[self._base**size] for size in range(1, n + 1)])
        self._belows = np.array([[_below(size, self._base)] for size in range(1, n + 1)])
        self._counts, self._ends = _joined((yield from self._count(names)))

    def _ids(self, names: Sequence[str]) -> Parts[tuple[np.ndarray, np.ndarray]]:
        """The indices of all names and their end marks in one row (N,), and their lengths."""
        pieces = [np.empty(0, np.int64)]
        for first in range(0, len(names), NAMES_PER_PART):
            text = END.join(names[first : first + NAMES_PER_PART]) + END
            pieces.append(np.array(self.vocab.encode(text), dtype=np.int64))
            yield
        return np.concatenate(pieces), np.array([len(name) + 1 for name in names], dtype=np.int64)

    def _grams(self, names: Sequence[str]) -> Parts[tuple[np.ndarray, np.ndarray]]:
        """Every letter and end mark of `names`, each after its n - 1 previous symbols.

        Near the start there are fewer of them, and one mark for the start itself. Two arrays (N,):
        the grams as numbers, and how many symbols each has.
        """
        symbols, lengths = yield from self._ids(names)
        ends = np.cumsum(lengths)
        place = np.arange(len(symbols)) - np.repeat(ends - lengths, lengths)  # within the name
        grams = symbols.copy()
        for back in range(1, self.n):  # the symbol `back` places before, the start mark, or none
            yield
            earlier = np.where(place >= back, np.roll(symbols, back), self.vocab.start)
            grams += np.where(place >= back - 1, earlier, 0) * self._base**back
        return grams, np.minimum(place + 2, self.n)

    def contexts_in_parts(self, names: Sequence[str]) -> Parts[tuple[np.ndarray, np.ndarray]]:
        """What precedes each letter and end mark of `names`, as `after` reads it, in two arrays
        (N,): grams whose last symbol is missing, and how many symbols each has with it.
        """
        grams, sizes = yield from self._grams(names)
        return grams // self._base * self._base, sizes

    def _count(self, names: Sequence[str]) -> Parts[list[_Counts]]:
        """The counts of every length, from 1 to n."""
        grams, sizes = yield from self._grams(names)
        counted: list[_Counts] = []
        longer = np.empty(0, np.int64)  # the longer grams without their first symbol, each once
        for size in range(self.n, 0, -1):
            yield
            here = np.concatenate([grams[sizes == size], longer])
            here.sort()  # releases Python's lock
            yield
            keys, first = _runs(here)
            counts = np.diff(np.append(first, len(here))).astype(np.int32)
            yield
            contexts, first = _runs(keys // self._base)
            totals = np.add.reduceat(counts, first, dtype=np.int32) if len(first) else counts
            contexts += _below(size, self._base)
            counted.insert(0, _Counts(keys, counts, contexts, totals, first.astype(np.int32)))
            longer = keys % self._base ** (size - 1)  # each counts as one more context
        yield
        return counted

    def _probs(self, grams: np.ndarray, sizes: np.ndarray) -> np.ndarray:
        """p(w | c) of grams, as numbers, with their sizes. (N,), (N,) -> (N,)

        p(w | c) = max(count(cw) - D, 0) / count(c) + λ(c) · p(w | c without its first)
        """
        probs, counted = np.full(len(grams), 1 / len(self.vocab)), self._counts  # a uniform guess
        for size, (begin, end) in enumerate(pairwise(self._ends), 1):
            if begin == end:
                break  # no name was counted
            ends = grams % self._base**size
            known, c = _find(counted.contexts, ends // self._base + _below(size, self._base))
            known &= sizes >= size
            seen, g = _find(counted.grams[begin:end], ends)
            count = np.where(seen, counted.counts[begin:end][g], 0)
            rest = DISCOUNT * counted.kinds(c) * probs
            mixed = (np.maximum(count - DISCOUNT, 0) + rest) / counted.totals[c]
            probs = np.where(known, mixed, probs)  # a longer context of it is unseen too
        return probs

    @property
    def nbytes(self) -> int:
        """How much memory the counts take."""
        return sum(array.nbytes for array in self._counts)

    def next_probs(self, prefix: str) -> np.ndarray:
        """The probability of every symbol after `prefix`. (V,)"""
        context = [self.vocab.start, *self.vocab.encode(prefix)][::-1][: self.n - 1]
        before = sum(symbol * self._base**back for back, symbol in enumerate(context, 1))
        return self.after(np.array([before]), 1 + len(context)).ravel()

    def reader(self, count: int) -> CountReader:
        """Read `count` names at a time, symbol by symbol, from their start on."""
        return CountReader(self, count)

    def after(self, before: np.ndarray, symbols: int | np.ndarray) -> np.ndarray:
        """The probabilities of every symbol after each context. (N,) -> (N, V)

        before: grams whose last symbol is still missing; symbols: how many each has with it, the
        same for all or (N,).

        The same figures as `_probs` has. A page waits for names, and each search hands Python's
        lock over, so one search finds the contexts of all lengths K.
        """
        probs = np.full((len(before), len(self.vocab)), 1 / len(self.vocab))
        if not len(self._counts.grams):
            return probs  # no name was counted
        counted, V = self._counts, len(self.vocab)
        known, c = _find(counted.contexts, before % self._powers // self._base + self._belows)
        known &= symbols >= self._sizes  # (K, N)
        row, c = np.flatnonzero(known), c[known]
        kinds = counted.kinds(c)
        place = counted.places(c, kinds)
        last = counted.grams[place] % self._base
        # Contexts and grams that were not seen change nothing: p = (0 + 1 · p) / 1.
        counts = np.zeros((*known.shape, V))
        counts.reshape(-1, V)[np.repeat(row, kinds), last] = counted.counts[place] - DISCOUNT
        weights, totals = np.ones((*known.shape, 1)), np.ones((*known.shape, 1))
        weights[known, 0], totals[known, 0] = DISCOUNT * kinds, counted.totals[c]
        for count, weight, total in zip(counts, weights, totals, strict=True):
            probs *= weight
            probs += count
            probs /= total
        return probs

    def write_in_parts(self, draw: np.ndarray) -> Iterator[list[tuple[str, bool]] | None]:
        """Write a name for each row of `draw` (N, longest), letter by letter, from `next_probs`.

        None after every letter; last, each name and whether it ended with its end mark. No name is
        longer than `longest`. A draw is a random number in [0, 1): it takes the symbol in whose
        interval it falls.
        """
        reader = self.reader(len(draw))
        ids, alive = [], np.ones(len(draw), dtype=bool)
        for t in range(draw.shape[1]):
            edges = reader.probs().cumsum(axis=1)  # (N, V)
            chosen = (edges > draw[:, t, None] * edges[:, -1:]).argmax(axis=1)
            ids.append(chosen)
            alive &= chosen != self.vocab.index[END]
            if not alive.any():
                break
            reader.append(chosen)
            yield None
        texts = (self.vocab.decode(row) for row in np.stack(ids, axis=1).tolist())
        yield [(text.split(END)[0], END in text) for text in texts]

    def surprises(self, names: Sequence[str]) -> list[np.ndarray]:
        """-ln p of every letter of each name and of its end mark. Nats; (letters + 1,) a name."""
        return finish(self.surprises_in_parts(names))

    def surprises_in_parts(self, names: Sequence[str]) -> Parts[list[np.ndarray]]:
        """`surprises` in parts."""
        grams, sizes = yield from self._grams(names)
        found = [np.zeros(0)]
        for first in range(0, len(grams), GRAMS_AT_ONCE):
            part = slice(first, first + GRAMS_AT_ONCE)
            found.append(-np.log(self._probs(grams[part], sizes[part])))
            yield
        ends = np.cumsum([len(name) + 1 for name in names])
        return np.split(np.concatenate(found), ends[:-1])

    def name_losses(self, names: Sequence[str]) -> np.ndarray:
        """The sum of -ln p over the letters and end mark of each of `names`. (N,) nats"""
        return np.array([surprise.sum() for surprise in self.surprises(names)])

    def loss(self, names: Iterable[str]) -> float:
        """Mean of -ln p over every letter and end mark of `names`. Nats per symbol."""
        return float(-np.log(self._probs(*finish(self._grams(list(names))))).mean())


class CountReader:
    """What counting expects next in N names that grow symbol by symbol."""

    def __init__(self, model: NGram, count: int) -> None:
        base, n = len(model.vocab) + 1, model.n
        self._model, self._base, self._keep = model, base, base ** (n - 1)
        self._before = np.full(count, model.vocab.start * base % base**n)  # (N,)
        self._symbols = 2  # of each gram: the start mark and what comes next

    def probs(self) -> np.ndarray:
        """The probability of every symbol, in each name. (N, V)"""
        return self._model.after(self._before, min(self._symbols, self._model.n))

    def append(self, ids: np.ndarray) -> None:
        """The next symbol of every name. (N,)"""
        self._before = (self._before + ids) % self._keep * self._base
        self._symbols += 1


def _below(size: int, base: int) -> int:
    """How many contexts shorter grams can have: with it added, contexts of all lengths have one
    order.
    """
    return sum(base**k for k in range(size - 1))


def _joined(counted: Sequence[_Counts]) -> tuple[_Counts, list[int]]:
    """The counts of all lengths in one row, and where the grams of each length begin and end."""
    ends = np.cumsum([0, *(len(it.grams) for it in counted)], dtype=np.int32)
    firsts = [it.first + begin for it, begin in zip(counted, ends, strict=False)]
    grams, counts, contexts, totals, _ = map(np.concatenate, zip(*counted, strict=True))
    first = np.concatenate([*firsts, ends[-1:]])
    return _Counts(grams, counts, contexts, totals, first), ends.tolist()


def _find(keys: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which of `wanted` are among the sorted `keys`, and where; the others get any place."""
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return keys[at] == wanted, at


def _runs(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each of the sorted `keys` once, and where its run begins."""
    first = np.flatnonzero(np.append(True, keys[1:] != keys[:-1])[: len(keys)])
    return keys[first], first


def baselines(corpus: Corpus) -> dict[str, float]:
    """Held-out loss of the uniform guess and of counting, by name, worst first. Nats per symbol."""
    return last_result(baselines_in_parts(corpus))[1]


def baselines_in_parts(corpus: Corpus) -> Iterator[tuple[float, dict[str, float]]]:
    """`baselines` in parts: yields the share that is done, 1 at the end, and the losses so far."""
    for share, losses in baseline_name_losses_in_parts(corpus):
        yield share, mean_losses(losses, corpus.val)


def mean_losses(name_losses: Mapping[str, np.ndarray], names: Sequence[str]) -> dict[str, float]:
    """The loss of each baseline from its losses on each of `names` (N,). Nats per symbol."""
    symbols = sum(len(name) + 1 for name in names)
    return {name: float(losses.sum() / symbols) for name, losses in name_losses.items()}


def baseline_name_losses_in_parts(
    corpus: Corpus, names: Sequence[str] | None = None
) -> Iterator[tuple[float, dict[str, np.ndarray]]]:
    """Each baseline's sum of −ln p over each name's letters and end mark, (N,) nats.

    names: the held-out ones by default; counted are always the training names. By the baselines'
    names, in parts: yields the share that is done and the losses so far.
    """
    names = corpus.val if names is None else names
    found = {NOTHING: math.log(len(corpus.vocab)) * np.array([len(n) + 1 for n in names])}
    for done, (name, n) in enumerate(ORDERS.items()):
        model = yield from report_progress(
            NGram.in_parts(n, corpus.train, corpus.vocab), (done / len(ORDERS), found)
        )
        found = {**found, name: model.name_losses(names)}
        yield (done + 1) / len(ORDERS), found
