"""Figures and words about losses and names."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from dino.data import Corpus
from dino.difference import ENOUGH_NAMES, Difference, Side
from dino.locale.sentences import Refusal, Sentence, mark, plural_sentence, sentence
from dino.run import Run

if TYPE_CHECKING:  # PyTorch takes a second to load
    from dino.sample import Trace

LEAST_SHOWN = 0.01  # nats per symbol; a page does not show smaller differences
NAMES_PER_CALL = 5000  # compared in one call, which holds Python's lock for some 3 ms

# What sentences call the counting baselines, with the field's term.
BASELINE_NAMES = {
    "nothing": mark("a uniform guess"),
    "letters": mark("counting letters (a unigram model)"),
    "pairs": mark("counting letter pairs (a bigram model)"),
    "triples": mark("counting triples (a trigram model)"),
    "fours": mark("counting fours (a 4-gram model)"),
    "sixes": mark("counting sixes (a 6-gram model)"),
}


def perplexity(loss: float) -> float:
    """e^loss, from nats: as unsure as a choice among this many equally likely symbols."""
    return math.inf if loss > 700 else math.exp(loss)


def bits(loss: float) -> float:
    """The loss in bits per symbol, from nats."""
    return loss / math.log(2)


def loss_difference(one: np.ndarray, other: np.ndarray, symbols: np.ndarray) -> tuple[float, float]:
    """How much higher the loss per symbol of `one` is than that of `other`, and its standard error.

    one, other (N,): two models' losses on the same names; symbols (N,): their targets. The error is
    that of a ratio of two means over names (Cochran 1977, section 2.11).
    """
    gaps, N = one - other, len(symbols)
    ratio = float(gaps.sum() / symbols.sum())
    spread = ((gaps - ratio * symbols) ** 2).sum() * N / max(1, N - 1)
    return ratio, float(np.sqrt(spread) / symbols.sum())


class BesideBaseline(NamedTuple):
    """A network's held-out loss beside a baseline's.

    baseline: its key; level: its loss, in nats per symbol; difference: how much lower the
    network's loss is
    """

    baseline: str
    level: float
    difference: Difference

    @property
    def side(self) -> Side:
        """On which side of the baseline's the network's loss is."""
        return self.difference.side


def baseline_differences(
    name_losses: np.ndarray,
    baselines: Mapping[str, np.ndarray],
    symbols: np.ndarray,
    enough: int = ENOUGH_NAMES,
) -> list[BesideBaseline]:
    """A network beside each baseline on the same names, the highest loss first.

    name_losses, and each of baselines (N,): the sum of −ln p over each name's targets, in nats
    symbols (N,): how many targets these are; enough: with fewer names nothing is judged
    """
    found = []
    for name, losses in baselines.items():
        lower_by, error = loss_difference(losses, name_losses, symbols)
        difference = Difference(lower_by, error, len(symbols), enough=enough)
        found.append(BesideBaseline(name, float(losses.sum() / symbols.sum()), difference))
    return sorted(found, key=lambda it: -it.level)


def compare_with_baselines(differences: Sequence[BesideBaseline]) -> list[Sentence]:
    """Where the network is among the baselines, in at most two sentences.

    They name the lowest baseline that it is clearly below, and the next one, which it is clearly
    above or too close to. None if there are too few names to tell (`few_names_sentence` says so).
    """
    below = [it for it in differences if it.side is Side.LOWER][-1:]
    close = [it for it in differences if it.side is Side.CLOSE][:1]
    above = [it for it in differences if it.side is Side.HIGHER][:1]
    return [
        *map(baseline_sentence, below),
        *map(baseline_sentence, close),
        *(baseline_sentence(it, not below) for it in above if not close),
    ]


def baseline_sentence(beside: BesideBaseline, is_first: bool = True) -> Sentence:
    """On which side of a baseline's loss the network's loss is. The side must be judged.

    is_first: whether no sentence before this one has said whose loss it is.
    """
    difference = beside.difference
    fields = {
        "difference": difference.size(),
        "baseline": Sentence(BASELINE_NAMES[beside.baseline]),
    }
    if beside.side is Side.LOWER:
        return plural_sentence(
            "Its held-out loss is {difference} lower than that of {baseline} on this {count} name.",
            "Its held-out loss is {difference} lower than that of {baseline} on these {count:,} "
            "names.",
            difference.over,
            **fields,
        )
    if beside.side is Side.HIGHER and is_first:
        return sentence(
            "Its held-out loss is {difference} higher than that of {baseline}.", **fields
        )
    if beside.side is Side.HIGHER:
        return sentence("It is {difference} higher than that of {baseline}.", **fields)
    if difference.lower_by >= 0:
        return sentence(
            "Compared with {baseline}, its held-out loss is too close to call ({difference} "
            "lower).",
            **fields,
        )
    return sentence(
        "Compared with {baseline}, its held-out loss is too close to call ({difference} higher).",
        **fields,
    )


def list_losses(val_loss: float, baselines: Mapping[str, float]) -> Sentence:
    """A held-out loss and those of the baselines next to it, without a claim which is better."""
    if not math.isfinite(val_loss):
        return sentence("The held-out loss is no longer a finite number.")
    passed = passed_baseline(val_loss, baselines)
    ahead = {name: loss for name, loss in baselines.items() if val_loss >= loss}
    near = [passed] if passed else []
    near += [max(ahead, key=ahead.__getitem__)] if ahead else []
    fields: dict[str, object] = {"loss": val_loss}
    for name, baseline in zip(("first", "second"), near, strict=False):
        fields[name] = Sentence(BASELINE_NAMES[baseline])
        fields[f"{name}_loss"] = baselines[baseline]
    if len(near) == 2:
        return sentence(
            "Its held-out loss is {loss:.2f}. That of {first} is {first_loss:.2f}, and that of "
            "{second} is {second_loss:.2f}.",
            **fields,
        )
    return sentence(
        "Its held-out loss is {loss:.2f}. That of {first} is {first_loss:.2f}.", **fields
    )


def passed_baseline(val_loss: float, baselines: Mapping[str, float]) -> str | None:
    """The key of the lowest baseline that a held-out loss is below; None if there is none.

    This claims nothing about other names: such a difference has an error (`baseline_differences`).
    """
    passed = [name for name, loss in baselines.items() if val_loss < loss]
    return min(passed, key=baselines.__getitem__, default=None)


class Overfitting(NamedTuple):
    """A run that has been memorising its names: held-out losses in nats per symbol.

    best_step, best_loss: where the loss was lowest; loss: the present one; rise: their difference
    """

    best_step: int
    best_loss: float
    loss: float
    rise: float


def overfitting(run: Run, names: int) -> Overfitting | None:
    """Whether the held-out loss has clearly risen since its best while the training loss fell.

    None if it has not, and for a run that diverged. The training loss is measured in the same way.
    names: how many are held out; too few of them decide nothing.

    Clearly means: in the later half of the measurements since the best, even the lowest is above it
    by more than the loss fluctuates (`_fluctuation`), and by more than a page would show. That
    takes three measurements after the best. One run of twenty with a level, fluctuating loss is
    called so. In the first round all names are new to the network, so it has memorised none.
    """
    is_finite = np.isfinite(run.val_losses)
    losses, train_losses = run.val_losses[is_finite], run.train_eval_losses[is_finite]
    best = int(losses.argmin())
    later = losses[best + (len(losses) - best) // 2 :]
    is_clear = later.min() - losses[best] > max(LEAST_SHOWN, _fluctuation(losses, best))
    if names < ENOUGH_NAMES or run.stopped or run.names_seen <= run.train_names or not is_clear:
        return None
    if not _fell(train_losses[best:]):
        return None
    step, loss = run.best
    return Overfitting(step, loss, run.val_loss, run.val_loss - loss)


def _fluctuation(losses: np.ndarray, best: int) -> float:
    """The largest change against the trend between neighbouring losses (E,).

    Before the best loss that is a rise, after it a drop. The rise right after the best counts also,
    because the best is a low by chance. As many losses are compared before the best as after it.
    """
    after = np.diff(losses[best:])
    before = np.diff(losses[max(0, best - len(after)) : best + 1])
    return float(max([0.0, *before, *after[:1], *-after]))


def _fell(losses: np.ndarray) -> bool:
    """Whether the later half of these losses has a lower mean, by as much as a page shows."""
    half = len(losses) // 2
    return bool(half and losses[:half].mean() - losses[half:].mean() > LEAST_SHOWN)


IN_EXAM = mark("in the exam")


def novelty(name: str, corpus: Corpus) -> str:
    """'copied' from the names trained on, 'held out', 'in the exam', or 'new'."""
    if name in corpus.train_set:
        return mark("copied")
    if name in corpus.exam_set:
        return IN_EXAM
    return mark("held out") if name in corpus.val_set else mark("new")


CUT, EMPTY = mark("cut off"), mark("empty")


def name_kind(trace: Trace, corpus: Corpus) -> str:
    """What a written name is, in a word or two: as `novelty` says, cut off, or empty."""
    if not trace.name:
        return EMPTY
    return novelty(trace.name, corpus) if trace.finished else CUT


def nearest_name(name: str, names: Sequence[str]) -> tuple[str, int]:
    """The name that is fewest letters away (inserted, deleted or replaced;
    Levenshtein), and how many.

    If several are equally near, the first in order. Raises ValueError for no names.
    """
    best: tuple[str, int] | None = None
    for first in range(0, len(names), NAMES_PER_CALL):
        limit = None if best is None else best[1] - 1  # only a nearer name matters
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
        raise Refusal(sentence("There are no names to compare with."))
    return best
