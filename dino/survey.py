"""Statistics of a list: how often letters occur and follow each other, repeats, suspicious names.

Counts are over the distinct names, as a network is trained on them.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from dino.data import Vocab, encode, split
from dino.ngram import NGram
from dino.parts import Parts, report_progress

FOLDS = 10  # every tenth name is judged by counts over the others
JUDGED_PER_PART = 20  # names judged before others may have a turn, with all their cuts: some 20 ms
ADDED_PER_PART = 1000  # names whose letters are added up before others may have a turn
SHORTEST_HALF = 4  # letters of each half of a joined name
JOINED_THRESHOLD = 2.0  # nats by which two names must be more probable than one: 7.4 times
ODD_THRESHOLD = 2.5  # standard deviations
JOINED_RULE = (
    f"Joined: by counting sixes in the other names, the two halves (of {SHORTEST_HALF} letters or "
    f"more) are likelier as two names than as one, {math.exp(JOINED_THRESHOLD):.1f} times or more "
    f"({JOINED_THRESHOLD:g} nats)."
)
ODD_RULE = (
    "Odd: by counting fours in the other names, its letters are more surprising than those of "
    f"names of its length mostly are, by more than {ODD_THRESHOLD:g} standard deviations."
)


def letter_counts(names: Sequence[str], vocab: Vocab) -> np.ndarray:
    """How often each symbol occurs in `names`, each with its end mark. (V,)"""
    counts = Counter("".join(names))
    return np.array([len(names), *(counts[s] for s in vocab.symbols[1:])])


def first_letter_counts(names: Sequence[str], vocab: Vocab) -> np.ndarray:
    """How many names begin with each symbol. (V,)"""
    counts = Counter(name[0] for name in names)
    return np.array([counts.get(s, 0) for s in vocab.symbols])


def pair_counts(names: Sequence[str], vocab: Vocab) -> np.ndarray:
    """How often each symbol (columns) follows each other one (rows; the last is the start).

    (V + 1, V); the end mark follows last letters and is followed by nothing.
    """
    data, V = encode(names, vocab), len(vocab)
    real = data.targets >= 0
    flat = data.inputs[real] * V + data.targets[real]
    return np.bincount(flat, minlength=(V + 1) * V).reshape(V + 1, V)


def length_counts(names: Sequence[str]) -> np.ndarray:
    """How many names have 0, 1, 2, … letters. (longest + 1,)"""
    return np.bincount([len(name) for name in names])


def repeats(rows: Sequence[str]) -> list[tuple[str, int]]:
    """Names that occur more than once, and how often; the most frequent first."""
    return [(name, n) for name, n in Counter(rows).most_common() if n > 1]


def names_on_both_sides(rows: Sequence[str], split_seed: int) -> list[str]:
    """Names that would be both trained on and held out if rows were split, repeats included.

    Each row gets a number, which makes it a distinct name, and is split as `data.split` does.
    """
    numbered = [f"{name}\n{i:09d}" for i, name in enumerate(rows)]
    train, val = split(numbered, split_seed)
    return sorted({row.split("\n")[0] for row in train} & {row.split("\n")[0] for row in val})


def one_hot(ids: np.ndarray, V: int) -> np.ndarray:
    """A row for each step: a one at the letter's index, only zeros at the start. (T,) -> (T, V)"""
    hot: np.ndarray = (ids[:, None] == np.arange(V)).astype(np.float32)
    return hot


class Suspect(NamedTuple):
    """A name that may be a mistake. kind: 'joined' or 'odd'; parts: the halves of a joined one.

    score: nats by which two names are more probable than one, or standard deviations of surprise.
    """

    name: str
    kind: str
    score: float
    parts: tuple[str, ...] = ()


def find_suspects(names: Sequence[str], vocab: Vocab) -> Iterator[tuple[float, list[Suspect]]]:
    """Names found by `JOINED_RULE` and `ODD_RULE`, the most suspect first, in parts.

    A tenth of the names is judged at a time, by counts over the other nine. Each part yields the
    share done and the suspects so far: joined names as they are found, odd ones at the end.
    """
    shuffled = sorted(names)
    random.Random(0).shuffle(shuffled)
    joined: list[Suspect] = []
    surprises: dict[str, np.ndarray] = {}  # of each name's letters
    for fold in range(FOLDS):
        judged = shuffled[fold::FOLDS]
        others = [name for i, name in enumerate(shuffled) if i % FOLDS != fold]
        progress = fold / (FOLDS + 1), joined
        fours = yield from report_progress(NGram.in_parts(4, others, vocab), progress)
        sixes = yield from report_progress(NGram.in_parts(6, others, vocab), progress)
        for start in range(0, len(judged), JUDGED_PER_PART):
            part = judged[start : start + JUDGED_PER_PART]
            surprises.update(zip(part, fours.surprises(part), strict=True))
            joined = _by_score([*joined, *_find_joined(part, sixes)])
            yield (fold + (start + len(part)) / len(judged)) / (FOLDS + 1), joined
    odd = yield from report_progress(_find_odd(surprises), (FOLDS / (FOLDS + 1), joined))
    found = {suspect.name for suspect in joined}
    yield 1.0, joined + [suspect for suspect in odd if suspect.name not in found]


def _by_score(suspects: Iterable[Suspect]) -> list[Suspect]:
    return sorted(suspects, key=lambda suspect: -suspect.score)


def _find_joined(names: Sequence[str], model: NGram) -> list[Suspect]:
    """Those of `names` whose best cut makes two names that are more probable than the one."""
    cuts = [
        (name, i) for name in names for i in range(SHORTEST_HALF, len(name) - SHORTEST_HALF + 1)
    ]
    if not cuts:
        return []
    first_halves = model.surprises([name[:i] for name, i in cuts])
    second_halves = model.surprises([name[i:] for name, i in cuts])
    uncut = dict(zip(names, model.surprises(names), strict=True))
    best: dict[str, Suspect] = {}
    for (name, i), first, second in zip(cuts, first_halves, second_halves, strict=True):
        # Both ways share the first half's letters; two names also pay for its end mark, first[i].
        gain = float(uncut[name][i:].sum() - first[i] - second.sum())
        if gain >= JOINED_THRESHOLD and (name not in best or gain > best[name].score):
            best[name] = Suspect(name, "joined", gain, (name[:i], name[i:]))
    return list(best.values())


def _find_odd(surprises: Mapping[str, np.ndarray]) -> Parts[list[Suspect]]:
    """Those above `ODD_THRESHOLD`, the oddest first.

    The mean over n letters has a standard deviation of sd / √n, so short and long names are judged
    by the same measure.
    """
    names, letters = list(surprises), list(surprises.values())
    pieces = []
    for first in range(0, len(names), ADDED_PER_PART):
        pieces.append(np.concatenate(letters[first : first + ADDED_PER_PART]))
        yield
    pooled, odd = np.concatenate(pieces), []
    mean, deviation = pooled.mean(), max(float(pooled.std()), 1e-9)
    for first in range(0, len(names), ADDED_PER_PART):
        for name in names[first : first + ADDED_PER_PART]:
            surprise = surprises[name]
            score = float((surprise - mean).sum() / (deviation * math.sqrt(len(surprise))))
            if score > ODD_THRESHOLD:
                odd.append(Suspect(name, "odd", score))
        yield
    return _by_score(odd)
