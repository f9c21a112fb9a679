"""A list looked at: how often its letters stand where, its repeats, its suspects.

Counts are over the distinct names, as a network meets them.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from dino.data import Vocab, encode, split
from dino.ngram import NGram
from dino.parts import Parts, meanwhile

FOLDS = 10
AT_ONCE = 20  # names judged before others may have a turn, all their cuts among them: some 20 ms
PER_PART = 1000  # names whose letters are added up at once
LEAST_PART = 4  # letters of each half of a joined name
JOINED_FROM = 2.0  # nats by which two names must be likelier than one: 7.4 times
ODD_FROM = 2.5  # standard deviations
JOINED_RULE = (
    f"Joined: by counting sixes in the other names, the two halves (of {LEAST_PART} letters or "
    f"more) are likelier as two names than as one, {math.exp(JOINED_FROM):.1f} times or more "
    f"({JOINED_FROM:g} nats).")
ODD_RULE = (
    "Odd: by counting fours in the other names, its letters are more surprising than those of "
    f"names of its length mostly are, by more than {ODD_FROM:g} standard deviations.")


def letters(names: Sequence[str], vocab: Vocab) -> np.ndarray:
    """How often each symbol stands in `names`, an end mark for each. (V,)"""
    counts = Counter("".join(names))
    return np.array([len(names), *(counts[s] for s in vocab.symbols[1:])])


def first_letters(names: Sequence[str], vocab: Vocab) -> np.ndarray:
    """How many names begin with each symbol. (V,)"""
    counts = Counter(name[0] for name in names)
    return np.array([counts.get(s, 0) for s in vocab.symbols])


def pairs(names: Sequence[str], vocab: Vocab) -> np.ndarray:
    """How often each symbol (columns) follows each other one (rows; the last is the start).

    (V + 1, V); the end mark follows last letters and is followed by nothing.
    """
    data, V = encode(names, vocab), len(vocab)
    real = data.targets >= 0
    flat = data.inputs[real] * V + data.targets[real]
    return np.bincount(flat, minlength=(V + 1) * V).reshape(V + 1, V)


def lengths(names: Sequence[str]) -> np.ndarray:
    """How many names have 0, 1, 2, … letters. (longest + 1,)"""
    return np.bincount([len(name) for name in names])


def repeats(rows: Sequence[str]) -> list[tuple[str, int]]:
    """Names that stand more than once, and how often; the most frequent first."""
    return [(name, n) for name, n in Counter(rows).most_common() if n > 1]


def on_both_sides(rows: Sequence[str], split_seed: int) -> list[str]:
    """Names that would be trained on and held out at once, were the rows split repeats and all.

    Each row is made a name of its own, split as `data.split` does.
    """
    numbered = [f"{name}\n{i:09d}" for i, name in enumerate(rows)]
    train, val = split(numbered, split_seed)
    return sorted({row.split("\n")[0] for row in train} & {row.split("\n")[0] for row in val})


def one_hot(ids: np.ndarray, V: int) -> np.ndarray:
    """A row for each step: a one at the letter's index; no one at all at the start. (T,) -> (T, V)
    """
    return (ids[:, None] == np.arange(V)).astype(np.float32)


class Suspect(NamedTuple):
    """A name that may be a slip. kind: 'joined' or 'odd'; parts: the halves of a joined one.

    score: nats by which two names are likelier than one, or standard deviations of surprise.
    """

    name: str
    kind: str
    score: float
    parts: tuple[str, ...] = ()


def suspects(names: Sequence[str], vocab: Vocab) -> Iterator[tuple[float, list[Suspect]]]:
    """Names found by `JOINED_RULE` and `ODD_RULE`, the most suspect first, in parts.

    A tenth of the names is judged at a time, by counts over the other nine. Each part is the share
    done and what is known so far; joined names come as they are found, odd ones in the end.
    """
    shuffled = sorted(names)
    random.Random(0).shuffle(shuffled)
    joined: list[Suspect] = []
    surprise: dict[str, np.ndarray] = {}
    for fold in range(FOLDS):
        judged, others = shuffled[fold::FOLDS], [
            name for i, name in enumerate(shuffled) if i % FOLDS != fold]
        now = fold / (FOLDS + 1), joined
        fours = yield from meanwhile(NGram.in_parts(4, others, vocab), now)
        sixes = yield from meanwhile(NGram.in_parts(6, others, vocab), now)
        for start in range(0, len(judged), AT_ONCE):
            part = judged[start : start + AT_ONCE]
            surprise.update(zip(part, fours.surprises(part), strict=True))
            if found := _joined(part, sixes):
                joined = sorted(joined + found, key=lambda s: -s.score)
            yield (fold + (start + len(part)) / len(judged)) / (FOLDS + 1), joined
    known = {suspect.name for suspect in joined}
    odd = yield from meanwhile(_odd(surprise), (FOLDS / (FOLDS + 1), joined))
    yield 1.0, joined + [s for s in odd if s.name not in known]


def _joined(names: Sequence[str], model: NGram) -> list[Suspect]:
    """Those of `names` whose best cut makes two likelier names than the one they are."""
    cuts = [(name, i) for name in names
            for i in range(LEAST_PART, len(name) - LEAST_PART + 1)]
    if not cuts:
        return []
    ends = model.surprises([name[:i] for name, i in cuts])
    seconds = model.surprises([name[i:] for name, i in cuts])
    rest = dict(zip(names, model.surprises(names), strict=True))
    best: dict[str, Suspect] = {}
    for (name, i), first, second in zip(cuts, ends, seconds, strict=True):
        gain = float(rest[name][i:].sum() - first[i] - second.sum())
        if gain >= JOINED_FROM and (name not in best or gain > best[name].score):
            best[name] = Suspect(name, "joined", gain, (name[:i], name[i:]))
    return list(best.values())


def _odd(surprise: dict[str, np.ndarray]) -> Parts[list[Suspect]]:
    """Those above `ODD_FROM`, the oddest first.

    The mean over n letters spreads by sd / √n: so short and long names are judged alike.
    """
    names, letters = list(surprise), list(surprise.values())
    pieces = []
    for first in range(0, len(names), PER_PART):
        pieces.append(np.concatenate(letters[first : first + PER_PART]))
        yield
    every, found = np.concatenate(pieces), []
    mean, deviation = every.mean(), max(float(every.std()), 1e-9)
    for first in range(0, len(names), PER_PART):
        for name in names[first : first + PER_PART]:
            s = surprise[name]
            score = float((s - mean).sum() / (deviation * math.sqrt(len(s))))
            if score > ODD_FROM:
                found.append(Suspect(name, "odd", score))
        yield
    return sorted(found, key=lambda s: -s.score)
