"""Whether the vectors of some letters are nearer to one another than chance makes them.

Letters used for shapes: V symbols, D dimensions, R random groups. A function `x_in_parts` does
the work of `x`, in parts.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from dino.data import Vocab
from dino.parts import Parts, last_result, report_progress

DRAWS = 1999  # random groups; 2,000 with the group itself
DRAWS_PER_PART = 250  # 0.4 MB and a few milliseconds at 200 symbols
NUMBERS_PER_PART = 1_000_000  # of vectors in one part, before others have a turn

Progress = Iterator[tuple[float, "Clustering | None"]]


def vowels_of(vocab: Vocab) -> list[int]:
    """The indices of a, e, i, o, u, with or without accents."""
    bases = [unicodedata.normalize("NFD", symbol)[0].lower() for symbol in vocab.symbols]
    return [i for i, base in enumerate(bases) if base in "aeiou"]


class Clustering(NamedTuple):
    """How near the vectors of a group are to one another.

    ratio: their mean distance divided by the mean distance of all vectors; below 1 they are nearer.
    as_near: the share of random groups of the same size that are at least as near (the
    p-value of a permutation test).
    """

    ratio: float
    as_near: float

    @property
    def is_clear(self) -> bool:
        """Whether chance alone makes a group as near as this in at most one of 20 cases."""
        return self.as_near <= 0.05


def clustering(
    vectors: np.ndarray, group: Sequence[int], among: Sequence[int], draws: int = DRAWS
) -> Clustering:
    """Whether the vectors of `group` are nearer to one another than random ones of `among`.

    vectors (V, D). Each draw is a random group of the same size. The group itself counts as one
    more draw, so the share is never 0 and the test keeps its level (Phipson and Smyth 2010).
    """
    found = last_result(clustering_in_parts(vectors, group, among, draws))[1]
    assert found is not None  # the last part has the result
    return found


def clustering_in_parts(
    vectors: np.ndarray, group: Sequence[int], among: Sequence[int], draws: int = DRAWS
) -> Progress:
    """`clustering` in parts: the share that is done, and None until the result is there."""
    distances = yield from report_progress(_distances_in_parts(vectors), (0.0, None))
    own, overall = (_mean_distances(distances, np.array([ids]))[0] for ids in (group, among))
    random, near = np.random.default_rng(0), 0
    for first in range(0, draws, DRAWS_PER_PART):
        count = min(DRAWS_PER_PART, draws - first)
        groups = random.permuted(np.tile(among, (count, 1)), axis=1)[:, : len(group)]
        # Equal distances count as near; 1e-9 covers the rounding of sums in another order.
        near += int((_mean_distances(distances, groups) <= own * (1 + 1e-9)).sum())
        yield min(0.999, (first + count) / draws), None
    ratio = float(own / overall) if overall > 0 else 1.0
    yield 1.0, Clustering(ratio, (1 + near) / (1 + draws))


def _distances_in_parts(vectors: np.ndarray) -> Parts[np.ndarray]:
    """The distances between all pairs of vectors. (V, D) -> (V, V)"""
    exact = vectors.astype(np.float64)
    # float64, because equal sums of distances may differ in rounding by 1e-9 at most.
    V, at_once = len(exact), max(1, NUMBERS_PER_PART // exact.size)
    distances = np.empty((V, V))
    for i, vector in enumerate(exact):
        distances[i] = np.linalg.norm(exact - vector, axis=1)
        if (i + 1) % at_once == 0:
            yield
    return distances


def _mean_distances(distances: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """The mean distance within each group. (V, V), (R, n) -> (R,)

    The sum over a group's pairs is g D gᵀ, where g (V,) is 1 for its members and 0 for the others.
    """
    R, n = groups.shape
    members = np.zeros((R, len(distances)))
    members[np.arange(R)[:, None], groups] = 1
    sums = ((members @ distances) * members).sum(axis=1)
    mean: np.ndarray = sums / (n * (n - 1))
    return mean
