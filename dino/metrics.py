"""Figures and words about losses and names."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from dino.data import Corpus
from dino.run import Run

LEAST_SHOWN = 0.01  # nats per symbol: a smaller difference of two losses is not seen on a page
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


def loss_difference(one: np.ndarray, other: np.ndarray, symbols: np.ndarray) -> tuple[float, float]:
    """How much higher the loss per symbol of `one` is than that of `other`, and its standard error.

    one, other (N,): two models' losses on the same names; symbols (N,): their targets. The error
    is that of a ratio of two means over names (Cochran 1977, section 2.11).
    """
    gaps, N = one - other, len(symbols)
    ratio = float(gaps.sum() / symbols.sum())
    spread = ((gaps - ratio * symbols) ** 2).sum() * N / max(1, N - 1)
    return ratio, float(np.sqrt(spread) / symbols.sum())


def compare_with_baselines(val_loss: float, baselines: Mapping[str, float]) -> str:
    """Which baselines a held-out loss is better and worse than, in one sentence."""
    if not math.isfinite(val_loss):
        return "The held-out loss is no longer a finite number."
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


def passed_baseline(val_loss: float, baselines: Mapping[str, float]) -> str | None:
    """The best baseline that a held-out loss is better than, by its key; None for none."""
    beaten = [name for name, loss in baselines.items() if val_loss < loss]
    return min(beaten, key=baselines.__getitem__, default=None)


class Overfitting(NamedTuple):
    """A run that has been learning its names by heart: held-out losses in nats per symbol.

    best_step, best_loss: where it was best; loss: now; rise: their difference
    """

    best_step: int
    best_loss: float
    loss: float
    rise: float


def overfitting(run: Run) -> Overfitting | None:
    """Whether the held-out loss has clearly risen since its best, while the training loss went on
    falling; None where it has not, and for a run that diverged.

    Clearly: in the later half of the measurements since the best, even the lowest is farther above
    it than the loss fluctuates (`_fluctuation`), and farther than a page would show. That takes
    three measurements after the best. A level loss that only fluctuates is called so in one run of
    twenty. In the first round of the names all are new to the network: none is known by heart.
    """
    losses = run.val_losses[np.isfinite(run.val_losses)]
    best = int(losses.argmin())
    later = losses[best + (len(losses) - best) // 2 :]
    is_clear = later.min() - losses[best] > max(LEAST_SHOWN, _fluctuation(losses, best))
    if run.stopped or run.names_seen <= run.train_names or not is_clear:
        return None
    step, loss = run.best
    if not _training_loss_fell(run, step):
        return None
    return Overfitting(step, loss, run.val_loss, run.val_loss - loss)


def _fluctuation(losses: np.ndarray, best: int) -> float:
    """The largest change against the trend between neighbouring losses (E,): a rise before the best
    one, a drop after it; and the rise right after it, for the best one is a low by chance, too.

    As many losses are compared before the best as there are after it.
    """
    after = np.diff(losses[best:])
    before = np.diff(losses[max(0, best - len(after)) : best + 1])
    return float(max([0.0, *before, *after[:1], *-after]))


def _training_loss_fell(run: Run, since: int) -> bool:
    """Whether the mean over all targets of the later half of the steps since then is lower."""
    losses, symbols = (numbers[since // run.stretch :] for numbers in (run.losses, run.symbols))
    half = len(losses) // 2
    if not half:
        return False
    before = np.average(losses[:half], weights=symbols[:half])
    return bool(np.average(losses[half:], weights=symbols[half:]) < before)


def novelty(name: str, corpus: Corpus) -> str:
    """'copied' from the names trained on, one of those 'held out', or 'new'."""
    if name in corpus.train_set:
        return "copied"
    return "held out" if name in corpus.val_set else "new"


def nearest_name(name: str, names: Sequence[str]) -> tuple[str, int]:
    """The name with the fewest letters to insert, delete or replace, and how many (Levenshtein).

    If several are equally near, the first in order. Raises ValueError for no names.
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
