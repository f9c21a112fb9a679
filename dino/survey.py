"""Statistics of a list: how often letters occur and follow each other, repeats, suspicious names.

Counts are over the distinct names, because a network is trained on these.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from dino.data import Vocab, encode, split
from dino.locale.sentences import sentence
from dino.ngram import NGram
from dino.parts import Parts, report_progress

FOLDS = 10  # a tenth of the names is judged by counts over the other nine tenths
JUDGED_PER_PART = 20  # with all their cuts, before others have a turn: some 20 ms
SHORTEST_HALF = 3  # letters of each half of a joined name
IN_ORDER = 0.9  # share of neighbours in order in a sorted list; 20 shuffled rows have p < 1e-12
LAST_ROW = "\U0010ffff"  # comes after every name in the alphabet; stands for the row after the last
ODD_SHARE = 0.04
ODD_GROUP = 200  # names, at least, among which a name is ranked: those nearest to it in length
JOINED_RULE = sentence(
    "A name counts as joined if it is more probable as two names ({shortest} letters or more "
    "each) than as one, and both parts keep the alphabetical order of the rows. The probabilities "
    "come from six-letter counts (a 6-gram model) in the nine tenths of the list without this "
    "name.",
    shortest=SHORTEST_HALF,
)
UNORDERED_RULE = sentence(
    "Joined names are found by the alphabetical order of the rows, but the rows of this list are "
    "not in order."
)
ODD_RULE = sentence(
    "A name counts as odd if its mean surprise per symbol is among the highest {percent:g} % of "
    "names of similar length. The surprise comes from four-letter counts (a 4-gram model) in the "
    "nine tenths of the list without this name.",
    percent=100 * ODD_SHARE,
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
    """How often each symbol (columns) follows each other one (rows; the last row is the start).

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
    """Names that would be both trained on and held out if rows were split with their repeats.

    Each row gets a number, which makes it a distinct name, and is split as `data.split` does.
    """
    numbered = [f"{name}\n{i:09d}" for i, name in enumerate(rows)]
    train, val = split(numbered, split_seed)
    return sorted({row.split("\n")[0] for row in train} & {row.split("\n")[0] for row in val})


def one_hot(ids: np.ndarray, V: int) -> np.ndarray:
    """For each step a row with a one at the letter's index, and only zeros at the start.
    (T,) -> (T, V)
    """
    hot: np.ndarray = (ids[:, None] == np.arange(V)).astype(np.float32)
    return hot


class Suspect(NamedTuple):
    """A name that may be a mistake. kind: 'joined' or 'odd'; parts: the halves of a joined one.

    score: of a joined name, how many nats more probable two names are than one; of an odd name,
    its mean surprise in nats per symbol. rank: its place, from 1, among `group` names of
    similar length.
    """

    name: str
    kind: str
    score: float
    parts: tuple[str, ...] = ()
    rank: int = 0
    group: int = 0


def is_alphabetical(rows: Sequence[str]) -> bool:
    """Whether nearly all neighbouring rows, `IN_ORDER` of them, are in the order of their codes."""
    in_order = sum(a <= b for a, b in zip(rows, rows[1:], strict=False))
    return in_order >= IN_ORDER * max(1, len(rows) - 1)


def find_suspects(rows: Sequence[str], vocab: Vocab) -> Iterator[tuple[float, list[Suspect]]]:
    """Names found by `JOINED_RULE` and `ODD_RULE`, the most suspect first, in parts.

    rows: the list in its own order, repeats included. If it is not alphabetical, joined names are
    not looked for. A tenth of the distinct names is judged at a time, by counts over the other nine
    tenths. Each part yields the share done and the suspects so far: joined names as they are found,
    odd ones at the end.
    """
    shuffled = sorted(set(rows))
    random.Random(0).shuffle(shuffled)
    following = _following_rows(rows) if is_alphabetical(rows) else {}
    joined: list[Suspect] = []
    means: dict[str, float] = {}  # the surprise per symbol of each name
    for fold in range(FOLDS):
        judged = shuffled[fold::FOLDS]
        others = [name for i, name in enumerate(shuffled) if i % FOLDS != fold]
        progress = fold / (FOLDS + 1), joined
        fours = yield from report_progress(NGram.in_parts(4, others, vocab), progress)
        sixes = yield from report_progress(NGram.in_parts(6, others, vocab), progress)
        for start in range(0, len(judged), JUDGED_PER_PART):
            part = judged[start : start + JUDGED_PER_PART]
            surprises = fours.surprises(part)
            means.update(zip(part, (float(s.mean()) for s in surprises), strict=True))
            joined = _by_score([*joined, *_find_joined(part, following, sixes)])
            yield (fold + (start + len(part)) / len(judged)) / (FOLDS + 1), joined
    odd = yield from report_progress(_find_odd(means), (FOLDS / (FOLDS + 1), joined))
    found = {suspect.name for suspect in joined}
    yield 1.0, joined + [suspect for suspect in odd if suspect.name not in found]


def _by_score(suspects: Iterable[Suspect]) -> list[Suspect]:
    return sorted(suspects, key=lambda suspect: -suspect.score)


def _following_rows(rows: Sequence[str]) -> dict[str, str]:
    """The row after each name. For a repeated name it is the one last in the alphabet."""
    following: dict[str, str] = {}
    for name, after in zip(rows, [*rows[1:], LAST_ROW], strict=True):
        following[name] = max(after, following.get(name, ""))
    return following


def _find_joined(names: Sequence[str], following: Mapping[str, str], model: NGram) -> list[Suspect]:
    """Names whose best cut makes two names that are more probable than the one.

    The two must keep the alphabetical order: the second comes after the first, and before the row
    that follows.
    """
    cuts = [
        (name, i)
        for name in names
        for i in range(SHORTEST_HALF, len(name) - SHORTEST_HALF + 1)
        if name[:i] < name[i:] <= following.get(name, "")
    ]
    if not cuts:
        return []
    first_halves = model.surprises([name[:i] for name, i in cuts])
    second_halves = model.surprises([name[i:] for name, i in cuts])
    uncut = dict(zip(names, model.surprises(names), strict=True))
    best: dict[str, Suspect] = {}
    for (name, i), first, second in zip(cuts, first_halves, second_halves, strict=True):
        # Both ways share the first half's letters. Two names also pay for its end mark, first[i].
        gain = float(uncut[name][i:].sum() - first[i] - second.sum())
        if gain > 0 and (name not in best or gain > best[name].score):
            best[name] = Suspect(name, "joined", gain, (name[:i], name[i:]))
    return list(best.values())


def _find_odd(means: Mapping[str, float]) -> Parts[list[Suspect]]:
    """Names whose mean surprise is in the top `ODD_SHARE` of the names of similar length.

    The highest rank comes first, then the most surprising. Among equals, each has the rank of the
    last, so a name with many equals is not odd.
    """
    by_length: dict[int, list[str]] = {}
    for name in means:
        by_length.setdefault(len(name), []).append(name)
    odd = []
    for length, names in by_length.items():
        group = np.sort([means[name] for name in _about_as_long(length, by_length)])
        for name in names:
            rank = len(group) - int(np.searchsorted(group, means[name], side="left"))
            if rank <= ODD_SHARE * len(group):
                odd.append(Suspect(name, "odd", means[name], rank=rank, group=len(group)))
        yield
    return sorted(odd, key=lambda suspect: (suspect.rank / suspect.group, -suspect.score))


def _about_as_long(length: int, by_length: Mapping[int, Sequence[str]]) -> list[str]:
    """The names of a length; while there are fewer than `ODD_GROUP`, also those nearest to it."""
    found: list[str] = []
    for distance in range(max(by_length) + 1):
        for other in {length - distance, length + distance}:
            found += by_length.get(other, ())
        if len(found) >= ODD_GROUP:
            break
    return found
