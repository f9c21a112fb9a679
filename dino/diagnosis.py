"""What holds a run back, measured: `diagnose(run, corpus)` -> (share done, Diagnosis or None).

Nothing here is guessed from the run's curve. Was the learning rate too small or too large, the run
too short, the network too narrow? Each is tried out from the run's own weights (`trials.py`).
`diagnosis_words.py` puts the measurements into sentences. Losses are nats per symbol. Letters used
for shapes: N names, T steps, V symbols, H hidden units.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch

from dino.config import Config
from dino.data import Corpus, Encoded
from dino.difference import ENOUGH_NAMES, Difference, Side
from dino.locale.sentences import Refusal, sentence
from dino.metrics import (
    BesideBaseline,
    Overfitting,
    baseline_differences,
    loss_difference,
    overfitting,
)
from dino.model import CharRNN, rebuild
from dino.ngram import NGram
from dino.parts import Parts, report_progress
from dino.probe import SATURATED, row_slices
from dino.recorder import train_sample
from dino.run import Run
from dino.trials import (
    Continuation,
    Losses,
    MeanGradient,
    Moves,
    losses_in_parts,
    weights_of,
    widen,
)

SMALLER, SAME, LARGER = 0.1, 1.0, 10.0  # factors on the run's own learning rate that are tried

# The limits below separate 131 runs of 45 recipes on the dinosaurs, most of them with seeds 0 to 2:
# the presets, the zoo's exhibits and their cures, all optimizers and cells, 1 to 256 units, rates
# from far too small to far too large, 20 to 3,400 steps. Each figure is of 200 updates, in nats per
# symbol. Where the rate is a tenth of the usual one or less, ten times the rate brought both losses
# lower than the same rate by 0.066 or more; elsewhere by 0.033 at most. (In one of twelve more
# runs, with a single unit, it was 0.06. There more units brought ten times as much, and they are
# tried too.) With seeds 3 to 12, which chose no limit, nothing was found in First success and Best
# RNN.
FASTER = 0.05
# A tenth of the rate lowered the held-out loss by 0.045 or more (SGD at 1 and one name a batch,
# Adam at 0.05 and 0.1), below its present value and below what the same rate brings; elsewhere by
# 0.018 at most.
CALMER = 0.03
# The same rate lowered it by 0.033 or more in runs of 300 steps or fewer, by 0.020 at most in
# complete runs whose rate is neither too small nor too large.
FALLS = 0.03
# Without an average of the weights, single updates move the loss, and a tenth of the rate has the
# effect of an average. It lowered the loss by 0.22 or more where the rate is far too large,
# elsewhere by 0.07 at most; the same rate lowered it by up to 0.05 by chance. So CALMER and FALLS
# are this many times as large there.
UNAVERAGED = 4.0
# A letter is called dead if its probability is below this share of its frequency everywhere. Where
# the rate is not far too large, the lowest ratio was 0.46: an untrained network gives each symbol
# about 1/V.
DEAD = 0.1
WIDE = 64  # the hidden size that is tried for a narrower network


class Symptoms(NamedTuple):
    """What a network shows on names.
    saturated: the share of its states h beyond `SATURATED`, over all
    positions of the held-out names;
    dead: the symbols whose probability is nowhere, not even on training names,
    `DEAD` times their frequency
    """

    saturated: float
    dead: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """What was measured of a run at its present weights.

    labels (V): how its symbols are shown
    losses: at the present weights; best: at the moment with the lowest held-out loss,
    None if that is the present one; trials: after the trial at each rate; wide: after
    that with `WIDE` units, or None
    pairs: the held-out names' losses by counting letter pairs (N,)
    train_symbols, val_symbols (N,): how many targets each name has
    """

    run: Run
    labels: tuple[str, ...]
    gradients: MeanGradient
    moves: Moves
    states: Symptoms
    losses: Losses
    best: Losses | None
    trials: dict[float, Losses]
    pairs: np.ndarray
    train_symbols: np.ndarray
    val_symbols: np.ndarray
    wide: Losses | None = None

    @property
    def names(self) -> int:
        """How many names are held out."""
        return len(self.val_symbols)

    @property
    def overfitting(self) -> Overfitting | None:
        """How far the held-out loss has clearly risen since its lowest, by the
        curve; None if it has not.
        """
        return overfitting(self.run, self.names)

    @property
    def is_judged(self) -> bool:
        """Whether enough names are held out to judge a difference by."""
        return self.names >= ENOUGH_NAMES

    def held_out(self, one: Losses, other: Losses | None = None) -> Difference:
        """How much lower the held-out loss of `one` is than that of `other` (by default the
        present one), paired by name.
        """
        return _paired(one.val, (other or self.losses).val, self.val_symbols)

    def training(self, one: Losses, other: Losses | None = None) -> Difference:
        """The same difference on the sample of training names."""
        return _paired(one.train, (other or self.losses).train, self.train_symbols)

    @property
    def gap(self) -> Difference:
        """The held-out loss beside the training loss. They are of different
        names, and any number will do.
        """
        val, val_error = _mean(self.losses.val, self.val_symbols)
        train, train_error = _mean(self.losses.train, self.train_symbols)
        error = float(np.hypot(val_error, train_error))
        return Difference(train - val, error, self.names, enough=1)

    @property
    def beside_pairs(self) -> BesideBaseline:
        """The held-out loss beside that of counting letter pairs, for any number of names."""
        pairs = {"pairs": self.pairs}
        return baseline_differences(self.losses.val, pairs, self.val_symbols, enough=1)[0]

    # ---- the verdicts

    @property
    def _factor(self) -> float:
        return 1.0 if self.run.config.average else UNAVERAGED

    @property
    def has_no_memory(self) -> bool:
        """Whether the gradient of W_hh is exactly 0 while that of W_xh is not."""
        return self.gradients.recurrent == 0.0 < self.gradients.input

    @property
    def is_too_slow(self) -> bool:
        """Whether ten times the learning rate clearly brings both losses lower than the present
        rate. If more units were tried and bring more, it is not.
        """
        fast, same = self.trials[LARGER], self.trials[SAME]
        both = self.held_out(fast, same), self.training(fast, same)
        return all(it.is_lower_by(FASTER) for it in both) and not self.is_too_narrow

    @property
    def is_too_fast(self) -> bool:
        """Whether the run diverged, or a tenth of the learning rate clearly lowers the held-out
        loss: below its present value, and below what the present rate brings.
        """
        calm, same = self.trials[SMALLER], self.trials[SAME]
        both = self.held_out(calm), self.held_out(calm, same)
        found = all(it.is_lower_by(CALMER * self._factor) for it in both)
        return bool(self.run.stopped) or found

    @property
    def still_falls(self) -> bool:
        """Whether more updates at the present rate clearly lower the held-out loss."""
        return self.held_out(self.trials[SAME]).is_lower_by(FALLS * self._factor)

    @property
    def is_overfitted(self) -> bool:
        """Whether the held-out loss clearly rose since its lowest while the training loss fell. The
        rise must be clear on the curve and also name by name.
        """
        if self.overfitting is None or self.best is None:
            return False
        return self.held_out(self.best).side is Side.LOWER

    @property
    def is_above_pairs(self) -> bool:
        """Whether its loss is not clearly below that of counting letter pairs."""
        return self.beside_pairs.side is not Side.LOWER

    @property
    def asks_for_units(self) -> bool:
        """Whether more units should be tried: the network has a memory, its loss is level, and it
        is not below that of counting letter pairs.
        """
        else_held = self.has_no_memory or self.is_too_fast or self.still_falls
        is_candidate = self.is_judged and not else_held and self.is_above_pairs
        return is_candidate and self.run.config.hidden_size < WIDE

    @property
    def is_too_narrow(self) -> bool:
        """Whether more units, if they were tried, clearly lower the held-out loss, and by more than
        ten times the learning rate does.
        """
        if self.wide is None:
            return False
        gain = self.held_out(self.wide, self.trials[SAME])
        faster = self.held_out(self.trials[LARGER], self.trials[SAME])
        return gain.is_lower_by(FASTER) and gain.lower_by > faster.lower_by


def _paired(one: np.ndarray, other: np.ndarray, symbols: np.ndarray) -> Difference:
    """How much lower the loss per symbol of `one` is. one, other (N,): sums over each name."""
    lower_by, error = loss_difference(other, one, symbols)
    return Difference(lower_by, error, len(symbols))


def _mean(losses: np.ndarray, symbols: np.ndarray) -> tuple[float, float]:
    return loss_difference(losses, np.zeros(len(losses)), symbols)


def diagnose(run: Run, corpus: Corpus) -> Iterator[tuple[float, Diagnosis | None]]:
    """Diagnose a run at its present weights, in parts: the share done, and last the diagnosis.

    The weights are those that the run is evaluated with: the average, if its recipe keeps one. The
    run does not change. Raises Refusal for a run without steps or without weights.
    """
    if not run.step:
        raise Refusal(
            sentence(
                "A diagnosis needs a run with at least 1 update, but this one has none. Train "
                "it first."
            )
        )
    model = rebuild(run.config, len(corpus.vocab), run.weights)
    yield from report_progress(corpus.encode_in_parts(), (0.0, None))
    look = look_at_states(model, corpus, run.config.context)
    states = yield from report_progress(look, (0.02, None))
    losses = yield from report_progress(_losses(model, corpus, run.config), (0.05, None))
    best = yield from report_progress(_best_losses(run, corpus), (0.07, None))
    pairs = yield from report_progress(_count_pairs(corpus), (0.1, None))
    gradients, moves, tried = yield from _try(run, corpus, model)
    found = Diagnosis(
        run=run,
        labels=tuple(corpus.vocab.labels),
        gradients=gradients,
        moves=moves,
        states=states,
        losses=losses,
        best=best,
        trials=tried,
        pairs=pairs,
        train_symbols=train_sample(corpus).lengths,
        val_symbols=corpus.val_arrays.lengths,
    )
    if found.asks_for_units:
        wide = yield from report_progress(_train_wide(run, corpus, model), (0.85, None))
        found = replace(found, wide=wide)
    yield 1.0, found


def _try(
    run: Run, corpus: Corpus, model: CharRNN
) -> Generator[tuple[float, None], None, tuple[MeanGradient, Moves, dict[float, Losses]]]:
    """The gradient, the moves, and the losses after each trial; yields the share done."""
    continued = Continuation(run.config, corpus, weights_of(model), run.learning_rate, run.step)
    gradients = yield from report_progress(continued.look(), (0.12, None))
    moves = yield from report_progress(continued.move(), (0.2, None))
    tried = {}
    for done, factor in enumerate((SMALLER, SAME, LARGER)):
        share = 0.25 + 0.2 * done
        tried[factor] = yield from report_progress(continued.train(factor), (share, None))
    return gradients, moves, tried


def _losses(model: CharRNN, corpus: Corpus, config: Config) -> Parts[Losses]:
    return losses_in_parts(model, corpus, config.context)


def _best_losses(run: Run, corpus: Corpus) -> Parts[Losses | None]:
    """The losses at the best moment; None if it is the present one, or has lost its weights."""
    best = run.best_moment
    if best.step >= run.kept_step or best.weights is None:
        return None
    model = rebuild(run.config, len(corpus.vocab), best.weights)
    return (yield from losses_in_parts(model, corpus, run.config.context))


def _count_pairs(corpus: Corpus) -> Parts[np.ndarray]:
    counted = yield from NGram.in_parts(2, corpus.train, corpus.vocab)
    return counted.name_losses(corpus.val)


def _train_wide(run: Run, corpus: Corpus, model: CharRNN) -> Parts[Losses]:
    """The losses after the trial at the present rate with more units."""
    config = run.config.replace(hidden_size=WIDE)
    weights = weights_of(widen(model, config))
    continued = Continuation(config, corpus, weights, run.learning_rate, run.step)
    yield from continued.look()
    return (yield from continued.train())


# ---- states and probabilities


def look_at_states(model: CharRNN, corpus: Corpus, context: int) -> Parts[Symptoms]:
    """Measure a network's states and probabilities. context: as in the recipe."""
    beyond, highest = 0, np.zeros(len(corpus.vocab))
    held_out, shown = corpus.val_arrays, train_sample(corpus)
    for data in (held_out, shown):
        for rows in row_slices(model, data, context):
            h, probs = _states_and_probs(model, data, rows, context)
            beyond += int((np.abs(h) > SATURATED).sum()) if data is held_out else 0
            highest = np.maximum(highest, probs.max(axis=0))
            yield
    share = beyond / (held_out.lengths.sum() * model.hidden_size)
    return Symptoms(float(share), dead_symbols(highest, corpus.train_arrays.targets))


@torch.inference_mode()
def _states_and_probs(
    model: CharRNN, data: Encoded, rows: slice, context: int
) -> tuple[np.ndarray, np.ndarray]:
    """h (M, H) and p (M, V) at the M positions of some names."""
    h = model.hidden_states(torch.from_numpy(data.inputs[rows]), context)  # (N, T, H)
    h = h[torch.from_numpy(data.targets[rows] >= 0)]
    return h.numpy(), torch.softmax(model.logits(h), dim=-1).numpy()


def dead_symbols(highest: np.ndarray, targets: np.ndarray) -> tuple[int, ...]:
    """The symbols among `targets` whose highest probability (V,) is below `DEAD` times their
    frequency. targets (N, T): negative ones are padding.
    """
    counts = np.bincount(targets[targets >= 0], minlength=len(highest))
    return tuple(np.flatnonzero(highest < DEAD * counts / counts.sum()).tolist())
