"""What a sample of written names is like: new, repeated, how long, how they end."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dino.data import Corpus

ENDING = 3  # letters of an ending
Name = tuple[str, bool]  # a written name, and whether it ended with its end mark


class Share(NamedTuple):
    """A share of a sample, and its standard error."""

    share: float
    error: float


class NameMeasures(NamedTuple):
    """Shares of a sample of `names` names, and their lengths.

    copied: among the names trained on; held_out: among the names held out; new: in no part of the
    list. A name of the final exam is none of these three. repeated: written before in this sample;
    ends: its last `ENDING` letters are the last of a name trained on. A name without an end mark
    can only be `repeated`. lengths (L,): how many names have 0, 1, 2, … letters.
    """

    names: int
    new: Share
    copied: Share
    held_out: Share
    repeated: Share
    ends: Share
    lengths: np.ndarray

    @property
    def mean_length(self) -> Share:
        """The mean number of letters, and its standard error (NaN for one name)."""
        mean = float(np.arange(len(self.lengths)) @ self.lengths) / self.names
        if self.names == 1:
            return Share(mean, math.nan)
        squares = (np.arange(len(self.lengths)) - mean) ** 2 @ self.lengths
        return Share(mean, math.sqrt(float(squares) / (self.names - 1) / self.names))


def share(found: int, count: int) -> Share:
    """A share and its binomial standard error.

    The error is computed with two names more of each kind, so that it is not 0 if none or all were
    found (Agresti & Coull 1998).
    """
    near = (found + 2) / (count + 4)
    return Share(found / count, math.sqrt(near * (1 - near) / (count + 4)))


def measure_names(names: Sequence[Name], corpus: Corpus) -> NameMeasures:
    """The measures of a sample of at least one name, beside the list that it should be like."""
    count = len(names)
    ended = [name for name, is_whole in names if is_whole and name]
    copied = sum(name in corpus.train_set for name in ended)
    held_out = sum(name in corpus.val_set for name in ended)
    in_exam = sum(name in corpus.exam_set for name in ended)
    endings = {name[-ENDING:] for name in corpus.train}
    return NameMeasures(
        count,
        share(len(ended) - copied - held_out - in_exam, count),
        share(copied, count),
        share(held_out, count),
        share(count - len({name for name, _ in names}), count),
        share(sum(name[-ENDING:] in endings for name in ended), count),
        np.bincount([len(name) for name, _ in names]),
    )


def measure_held_out(corpus: Corpus) -> NameMeasures:
    """The same measures of the real names that are held out."""
    return measure_names([(name, True) for name in corpus.val], corpus)


def difference_in_errors(one: Share, other: Share) -> float:
    """How many standard errors the share of one sample is above that of another."""
    return (one.share - other.share) / math.hypot(one.error, other.error)
