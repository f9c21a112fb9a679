"""Records a run while it trains: losses, held-out losses, snapshots, a divergence."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import NoReturn

import numpy as np
import torch

from dino.config import Config
from dino.data import Corpus, Encoded, Vocab
from dino.divergence import Diverged, DivergenceGuard, Point
from dino.engines import Engines
from dino.evaluation import letter_losses_in_parts
from dino.history import Evaluation, History
from dino.lists import END
from dino.model import rebuild
from dino.packed_trace import MOST_STEPS, PackedTrace, pack_trace
from dino.parts import Parts, until_result
from dino.run import SNAPSHOT_BYTES, Run, Snapshot, bound_snapshots, is_snapshot
from dino.sample import draws, probabilities, write_in_parts
from dino.training_state import Updates, WritingResult, written_name

NAMES_PER_SNAPSHOT = 4
NAMES_EVERY = 3.0  # seconds between names if snapshots are rare; then at the next measurement


class Recorder:
    """Measures a run and adds the results to its history.

    guard: keeps the last good weights, which are restored if the run diverges.
    takes_snapshots: whether it keeps moments, each with the names that the network wrote then.
    """

    guard: DivergenceGuard  # made by the first measurement, or taken from an earlier trainer

    def __init__(
        self, engines: Engines, corpus: Corpus, history: History, takes_snapshots: bool = True
    ) -> None:
        """engines: they train and evaluate the run; corpus: its list."""
        self.engines, self.corpus, self.history = engines, corpus, history
        self.takes_snapshots = takes_snapshots
        self.config, self.state = engines.reference.config, engines.reference.state
        self.snapshot_bytes = SNAPSHOT_BYTES
        self._draws = _draws(self.config)
        self._wrote = 0.0  # when, by a clock

    def begin(self) -> Parts[None]:
        """Measure the untrained network and keep its snapshot."""
        yield from self.measure()
        self.guard = DivergenceGuard(self.config, self.history.val_losses[0], self.point())
        if self.takes_snapshots:
            yield from self._take_snapshot()

    def note(self, updates: Updates, names: int) -> None:
        """Note updates on `names` names each.

        If the run diverged at one of them, the later ones are undone and do not count.
        Raises Diverged.
        """
        count, mean_loss = self.guard.check(self.history.losses, updates.losses)
        clipped = int((np.asarray(updates.norms[:count]) > self.config.clip_norm).sum())
        self.history.add_updates(
            updates.losses[:count], updates.symbols[:count], clipped, count * names
        )
        if mean_loss is not None:
            self._diverge(mean_loss)

    def record(self) -> Parts[None]:
        """Measure the losses, keep a snapshot at its moments, and remember good weights.

        Between two snapshots, names are written now and then. Raises Diverged if the held-out loss
        is not a number.
        """
        yield from self.measure()
        val_loss = self.history.val_losses[-1]
        if not math.isfinite(val_loss):
            self._diverge(val_loss)
        if self.takes_snapshots and is_snapshot(self.history.step_count):
            yield from self._take_snapshot()
        elif self.takes_snapshots and time.monotonic() - self._wrote > NAMES_EVERY:
            yield from self._write_latest()
        self.guard.keep(self.point())

    def measure(self) -> Parts[None]:
        """Measure the held-out loss of this step, and the training loss in the same way,
        and note both.

        Does nothing if that is done already. Keeps the best weights.
        """
        if not self.history.is_measured:
            context = self.config.context
            loss = yield from self.evaluate(context)
            train_eval_loss = yield from self.engines.evaluate(train_sample(self.corpus), context)
            carried_loss = (yield from self.evaluate(0)) if context else None
            self.history.add_evaluation(Evaluation(loss, train_eval_loss, carried_loss))
            self._keep_best(loss)

    def _keep_best(self, loss: float) -> None:
        """Keep the present weights if no held-out loss was lower; at rest, they write names."""
        history, best = self.history, self.history.best
        if best is None or loss < best.val_loss:
            history.best = Snapshot(history.step_count, loss, (), self.state.average.numpy().copy())

    @property
    def is_at_rest(self) -> bool:
        """Whether everything that a run shows while it does not train is noted."""
        history, best = self.history, self.history.best
        has_names = best is not None and bool(best.names)
        has_names &= (history.has_names and history.has_trace) or not self.takes_snapshots
        return history.is_measured and history.val_name_losses is not None and has_names

    def rest(self) -> Parts[None]:
        """Note what a run shows while it does not train.

        These are its losses, also of each held-out name, and the names of its best and present
        moments. Whether and when a run rests does not affect its training.
        """
        yield from self.measure()
        if self.history.val_name_losses is None:
            self.history.val_name_losses = yield from self._measure_names()
        best = self.history.best
        if best is not None and not best.names:
            written = yield from self._write(best.weights)
            self.history.best = replace(best, names=written.names)
        if self.takes_snapshots and not self.history.has_names:
            yield from self._write_latest()
        elif self.takes_snapshots and not self.history.has_trace:
            yield from self._write_moment()  # the newest name's trace was of later weights

    def _measure_names(self) -> Parts[np.ndarray]:
        """The sum of −ln p over the letters and end mark of each held-out name. (N,) nats"""
        inputs, targets, _ = map(torch.from_numpy, self.corpus.val_arrays)
        losses = yield from letter_losses_in_parts(
            self.engines.reference.eval_model, inputs, targets, self.config.context
        )
        sums: np.ndarray = losses.sum(1).numpy()
        return sums

    def evaluate(self, context: int) -> Parts[float]:
        """The held-out loss: the mean over all held-out targets. Nats per symbol."""
        return self.engines.evaluate(self.corpus.val_arrays, context)

    def _take_snapshot(self) -> Parts[None]:
        """Keep the weights, and a few names; the draws of the names are always the same."""
        names = yield from self._write_moment()
        history, best = self.history, self.history.best
        if best is not None and best.step == history.step_count:
            snapshot = history.best = replace(best, names=names)
        else:
            weights = self.state.average.numpy().copy()
            snapshot = Snapshot(history.step_count, history.val_losses[-1], names, weights)
        history.snapshots.append(snapshot)
        self.bound_snapshots(self.snapshot_bytes)

    def _write_latest(self) -> Parts[None]:
        """Write names with the present weights, from the draws of all snapshots.

        The weights are not kept, and the draws are fixed, so this does not affect the training.
        """
        names = yield from self._write_moment()
        history = self.history
        history.latest = Snapshot(history.weights_step, history.val_losses[-1], names, None)

    def _write_moment(self) -> Parts[tuple[str, ...]]:
        """Write this moment's names. How the first was written replaces the last moment's."""
        written = yield from self._write()
        step, vocab = self.history.weights_step, self.corpus.vocab
        self.history.written = trace_first(step, vocab, written, self._draws[0])
        return written.names

    def _write(self, weights: np.ndarray | None = None) -> Parts[WritingResult]:
        """A few names from the fixed draws, by these weights, by default the averaged ones."""
        written = yield from self.engines.write(
            self.corpus.vocab, self._draws, self.config.context, weights
        )
        self._wrote = time.monotonic()
        return written

    def bound_snapshots(self, limit: int) -> None:
        """Keep at most this many bytes of weights in snapshots from now on.

        Beyond that, every second snapshot loses its weights. The best moment's are
        kept in addition.
        """
        self.snapshot_bytes = limit
        self.history.snapshots = bound_snapshots(self.history.snapshots, limit)

    def restore_moments(self, run: Run) -> None:
        """Take over the moments' weights, and how the newest name was written, from an
        earlier `run`.
        """
        kept, history = {s.step: s for s in run.snapshots if s.weights is not None}, self.history
        history.snapshots = [kept.get(s.step, s) for s in history.snapshots]
        history.written = history.written or run.written
        self.bound_snapshots(self.snapshot_bytes)

    def point(self) -> Point:
        """A copy of all that is needed to train on from here, with the last measurement."""
        return Point.copy_of(self.state, self.history.evaluation)

    def _diverge(self, loss: float) -> NoReturn:
        """Restore the last good weights, note that, and raise Diverged."""
        history, good, step = self.history, self.guard.good, self.history.step_count
        good.put_back(self.state)
        self.state.step_count = step
        history.add_evaluation(good.evaluation)
        history.kept_step = good.step
        history.stopped = self.guard.explain(step, loss, self.state.learning_rate)
        history.cure = self.guard.find_cure(self.state.learning_rate)
        raise Diverged(history.stopped)


def _draws(config: Config) -> np.ndarray:
    """The random numbers of every moment's names. (N, longest)"""
    return draws(NAMES_PER_SNAPSHOT, config.seed)


def trace_first(step: int, vocab: Vocab, written: WritingResult, draw: np.ndarray) -> PackedTrace:
    """How the first of some names was written, packed.

    step: of the weights; draw (longest,): its random numbers.
    """
    ids = written.ids[:MOST_STEPS]
    letters = ids[ids != vocab.index[END]]
    return pack_trace(
        step,
        vocab.decode(letters),
        ids,
        probabilities(written.logits),
        written.hidden,
        draw,
        finished=len(letters) < len(ids),
    )


def with_trace(run: Run, vocab: Vocab) -> Parts[Run]:
    """The run with the trace of its newest name, and with that name.

    It is for a run from a file, or one that kept no names as it learned. The weights of that moment
    write the name. If they are not kept, the run is returned as it is.
    """
    moment = next(iter(run.named_moments[-1:]), None)
    weights = [it.weights for it in run.moments if moment is not None and it.step == moment.step]
    if run.trace is not None or moment is None or not weights or weights[0] is None:
        return run
    model, draw = rebuild(run.config, len(vocab), weights[0]), _draws(run.config)[:1]
    work = write_in_parts(model, vocab, draw, context=run.config.context)
    (found,) = yield from until_result(work)
    name = written_name(vocab, found.ids)
    written = WritingResult((name,), found.ids, found.logits, found.hidden)
    named = replace(moment, names=(name, *moment.names[1:]) if moment.names else ())
    return replace(
        run,
        snapshots=tuple(named if it is moment else it for it in run.snapshots),
        latest=named if run.latest is moment else run.latest,
        written=trace_first(moment.step, vocab, written, draw[0]),
    )


def train_sample(corpus: Corpus) -> Encoded:
    """As many of the names trained on as are held out, encoded; a split always gives the same ones.

    The split has shuffled the names with its own generator, so the first ones are a random sample.
    They share the memory of `train_arrays`.
    """
    count = len(corpus.val)
    inputs, targets, lengths = corpus.train_arrays
    return Encoded(inputs[:count], targets[:count], lengths[:count])
