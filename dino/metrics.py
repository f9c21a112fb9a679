"""Figures and words about losses and names."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from dino.data import Corpus

NAMES_PER_CALL = 5000  # compared in one call, which holds Python's lock: some 3 ms

# What sentences call the counting baselines.
BASELINE_NAMES = {
    "nothing": "knowing nothing",
    "letters": "counting letters",
    "pairs": "counting letter pairs",
    "triples": "counting triples",
    "fours": "counting fours",
    "sixes": "counting sixes",
}


def perplexity(loss: float) -> float:
    """e^loss: as unsure as when choosing among this many equally likely symbols. From nats."""
    return math.inf if loss > 700 else math.exp(loss)


def bits(loss: float) -> float:
    """The same loss in bits per symbol. From nats."""
    return loss / math.log(2)


def compare_with_baselines(val_loss: float, baselines: Mapping[str, float]) -> str:
    """Which baselines a held-out loss is better and worse than, in one sentence."""
    if not math.isfinite(val_loss):
        return "The held-out loss is no number any more."
    beaten = [name for name, loss in baselines.items() if val_loss < loss]
    ahead = [name for name, loss in baselines.items() if val_loss >= loss]
    level = [name for name, loss in baselines.items() if f"{val_loss:.2f}" == f"{loss:.2f}"]
    if level:
        return f"Now level with {BASELINE_NAMES[level[0]]} ({baselines[level[0]]:.2f})."
    if not beaten:
        return f"Still worse than {BASELINE_NAMES[ahead[0]]} ({baselines[ahead[0]]:.2f})."
    best = min(beaten, key=baselines.__getitem__)
    if not ahead:
        return (
            f"Now better than every baseline, even {BASELINE_NAMES[best]} ({baselines[best]:.2f})."
        )
    next_one = max(ahead, key=baselines.__getitem__)
    return (
        f"Now better than {BASELINE_NAMES[best]} ({baselines[best]:.2f}), "
        f"still worse than {BASELINE_NAMES[next_one]} ({baselines[next_one]:.2f})."
    )


def novelty(name: str, corpus: Corpus) -> str:
    """'copied' from the names trained on, one of those 'held out', or 'new'."""
    if name in corpus.train_set:
        return "copied"
    return "held out" if name in corpus.val_set else "new"


def nearest_name(name: str, names: Sequence[str]) -> tuple[str, int]:
    """The name with the fewest letters to insert, delete or replace, and how many (Levenshtein).

    The first in order, where several are as near. Raises ValueError for no names.
    """
    best: tuple[str, int] | None = None
    for first in range(0, len(names), NAMES_PER_CALL):
        limit = None if best is None else best[1] - 1  # only a nearer name is of interest
        found = process.extractOne(
            name,
            names[first : first + NAMES_PER_CALL],
            scorer=Levenshtein.distance,
            score_cutoff=limit,
        )
        if found is not None:
            best = found[0], int(found[1])
        if best is not None and best[1] == 0:
            break
    if best is None:
        raise ValueError("There is no name to be near to.")
    return best
