"""Which names of a list are trained on, held out, and set aside for the final exam."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from dino.locale.sentences import Refusal, sentence

MOST_HELD_OUT = 1000  # more names would measure the same loss, only more slowly
EXAM_FROM = 100  # distinct names; with fewer, a final exam would have less than ten


def split(names: Iterable[str], split_seed: int = 0) -> tuple[list[str], list[str]]:
    """Distinct names as (train, held out): sorted, then shuffled by the seed.

    Held out is the first tenth, at most 1,000 names. A repeated name counts once, so that it is
    never on both sides.
    """
    distinct = sorted(set(names))
    random.Random(split_seed).shuffle(distinct)
    held_out = min(MOST_HELD_OUT, max(1, len(distinct) // 10))
    return distinct[held_out:], distinct[:held_out]


def take_exam(train: Sequence[str], held_out: Sequence[str]) -> tuple[list[str], list[str]]:
    """The names trained on, split further: (train, exam).

    The exam has as many names as are held out. They are the next ones of the same shuffle, so the
    held-out names stay the same. Raises Refusal for a list that is too small.
    """
    if len(train) + len(held_out) < EXAM_FROM:
        raise Refusal(
            sentence(
                "A final exam (test set) needs a list of at least {least} distinct names, but "
                "this one has {names:,}. Turn the exam off, or use a longer list.",
                least=EXAM_FROM,
                names=len(train) + len(held_out),
            )
        )
    return list(train[len(held_out) :]), list(train[: len(held_out)])


def without_exam(names: int) -> Refusal:
    """The refusal to remove all names of an exam; names: how many it has."""
    return Refusal(
        sentence(
            "A final exam needs at least one name, but none of its {names:,} would be left. "
            "Remove fewer names, or turn the exam off.",
            names=names,
        )
    )
