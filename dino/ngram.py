"""Counting baselines: what one reaches without a network, by counting which letter follows which.

Interpolated Kneser-Ney with one discount (Chen & Goodman 1999, section 2.7). A model of order n
sees the n - 1 letters before. Orders below the highest count in how many different contexts a
letter appears, not how often: 'rus' follows many starts, so 'r' is likely after an unseen one.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable

import numpy as np

from dino.data import END, Corpus, Vocab

DISCOUNT = 0.8
ORDERS = {"letters": 1, "pairs": 2, "triples": 3, "fours": 4, "sixes": 6}

_Ids = tuple[int, ...]


class NGram:
    """Letter probabilities by counting n letters at a time. `NGram(2)` counts pairs."""

    def __init__(self, n: int, names: Iterable[str], vocab: Vocab) -> None:
        """Count `names`. Raises ValueError if n is below 1."""
        if n < 1:
            raise ValueError(f"An n-gram has at least 1 letter; {n} is too few.")
        self.n, self.vocab = n, vocab
        self._followers = self._count(names)

    def _grams(self, name: str) -> list[_Ids]:
        """Each letter of `name` and its end mark, behind the n - 1 symbols before it.

        Near the start there are fewer, and one mark for the start itself.
        """
        ids = (self.vocab.start, *self.vocab.encode(name + END))
        return [ids[max(0, i - self.n + 1) : i + 1] for i in range(1, len(ids))]

    def _count(self, names: Iterable[str]) -> dict[_Ids, Counter[int]]:
        """The followers of every context, of each length from n - 1 down to 0."""
        by_length: list[Counter[_Ids]] = [Counter() for _ in range(self.n + 1)]
        for name in names:
            for gram in self._grams(name):
                by_length[len(gram)][gram] += 1
        followers: dict[_Ids, Counter[int]] = defaultdict(Counter)
        for length in range(self.n, 0, -1):
            for gram, count in by_length[length].items():
                followers[gram[:-1]][gram[-1]] += count
                by_length[length - 1][gram[1:]] += 1  # one more context in which it follows
        return dict(followers)

    def next_probs(self, prefix: str) -> np.ndarray:
        """The probability of every symbol after `prefix`. (V,)"""
        ids = (self.vocab.start, *self.vocab.encode(prefix))
        return self._probs(ids[max(0, len(ids) - self.n + 1) :])

    def _probs(self, context: _Ids) -> np.ndarray:
        """p(w | c) = max(count(cw) - D, 0) / count(c) + λ(c) · p(w | c without its first)."""
        probs = np.full(len(self.vocab), 1 / len(self.vocab))  # (V,), knowing nothing
        for start in range(len(context), -1, -1):
            followers = self._followers.get(context[start:])
            if followers is None:
                break  # never seen, so neither was any longer context
            total = sum(followers.values())
            probs *= DISCOUNT * len(followers) / total
            for symbol, count in followers.items():
                probs[symbol] += max(count - DISCOUNT, 0) / total
        return probs

    def loss(self, names: Iterable[str]) -> float:
        """Mean of -ln p over every letter and end mark of `names`. Nats per symbol."""
        total, symbols, known = 0.0, 0, {}
        for name in names:
            for *context, symbol in self._grams(name):
                if (key := tuple(context)) not in known:
                    known[key] = self._probs(key)
                total -= math.log(known[key][symbol])
                symbols += 1
        return total / symbols


def baselines(corpus: Corpus) -> dict[str, float]:
    """Held-out loss of knowing nothing and of counting, by name, worst first. Nats per symbol."""
    counted = {
        name: NGram(n, corpus.train, corpus.vocab).loss(corpus.val) for name, n in ORDERS.items()
    }
    return {"nothing": math.log(len(corpus.vocab)), **counted}
