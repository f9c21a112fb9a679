"""Records a run while it trains: losses, held-out losses, snapshots, a divergence."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NoReturn

import numpy as np

from dino.data import Corpus
from dino.divergence import Diverged, DivergenceGuard, Point
from dino.engines import Engines
from dino.history import History
from dino.model import CharRNN, rebuild
from dino.parts import Parts, until_result
from dino.run import SNAPSHOT_BYTES, Snapshot, bound_snapshots, is_snapshot
from dino.sample import draws, write_in_parts
from dino.state import Updates

NAMES_PER_SNAPSHOT = 4


class Recorder:
    """Measures a run and adds the results to its history.

    guard: has the last good weights, which are restored when the run diverges.
    """

    guard: DivergenceGuard  # made by the first measurement, or taken from an earlier trainer

    def __init__(self, engines: Engines, corpus: Corpus, history: History) -> None:
        """engines: what trains and evaluates the run; corpus: its list."""
        self.engines, self.corpus, self.history = engines, corpus, history
        self.config, self.state = engines.reference.config, engines.reference.state
        self.snapshot_bytes = SNAPSHOT_BYTES
        self._draws = draws(NAMES_PER_SNAPSHOT, self.config.seed)

    def begin(self) -> Parts[None]:
        """Measure the untrained network and keep its snapshot."""
        yield from self.measure()
        self.guard = DivergenceGuard(self.config, self.history.val_losses[0], self.point())
        yield from self._take_snapshot()

    def note(self, updates: Updates, names: int) -> None:
        """Note updates on `names` names each. If the run diverged at one of them, later ones are
        undone and do not count. Raises Diverged.
        """
        count, mean_loss = self.guard.check(self.history.losses, updates.losses)
        clipped = int((np.asarray(updates.norms[:count]) > self.config.clip_norm).sum())
        self.history.add_updates(
            updates.losses[:count], updates.symbols[:count], clipped, count * names
        )
        if mean_loss is not None:
            self._diverge(mean_loss)

    def record(self) -> Parts[None]:
        """Measure the held-out loss; keep a snapshot at its moments; remember good weights.

        Raises Diverged if that loss is not a number.
        """
        yield from self.measure()
        val_loss = self.history.val_losses[-1]
        if not math.isfinite(val_loss):
            self._diverge(val_loss)
        if is_snapshot(self.history.step_count):
            yield from self._take_snapshot()
        self.guard.keep(self.point())

    def measure(self) -> Parts[None]:
        """Note the held-out loss of this step, unless that is done; keep the best weights."""
        if not self.history.is_measured:
            context = self.config.context
            loss = yield from self.evaluate(context)
            carried_loss = (yield from self.evaluate(0)) if context else None
            self.history.add_measurement(loss, carried_loss)
            self._keep_best(loss)

    def _keep_best(self, loss: float) -> None:
        """Keep the present weights if no held-out loss was lower; they write when the run rests."""
        history, best = self.history, self.history.best
        if best is None or loss < best.val_loss:
            history.best = Snapshot(history.step_count, loss, (), self.state.average.numpy().copy())

    @property
    def is_at_rest(self) -> bool:
        """Whether all is noted that a run shows when it does not train."""
        best = self.history.best
        return self.history.is_measured and best is not None and bool(best.names)

    def rest(self) -> Parts[None]:
        """Note what a run shows when it does not train: its held-out loss, its best moment's names.

        Whether and when a run rests has no effect on how it trains on.
        """
        yield from self.measure()
        best = self.history.best
        if best is not None and not best.names:
            names = yield from self._write(
                rebuild(self.config, len(self.corpus.vocab), best.weights)
            )
            self.history.best = replace(best, names=names)

    def evaluate(self, context: int) -> Parts[float]:
        """The held-out loss: the mean over all held-out targets. Nats per symbol."""
        return self.engines.evaluate(self.corpus.val_arrays, context)

    def _take_snapshot(self) -> Parts[None]:
        """Keep the weights, and a few names from the same draws every time."""
        names = yield from self._write(self.engines.reference.eval_model)
        history, best = self.history, self.history.best
        if best is not None and best.step == history.step_count:
            snapshot = history.best = replace(best, names=names)
        else:
            weights = self.state.average.numpy().copy()
            snapshot = Snapshot(history.step_count, history.val_losses[-1], names, weights)
        history.snapshots.append(snapshot)
        self.bound_snapshots(self.snapshot_bytes)

    def _write(self, model: CharRNN) -> Parts[tuple[str, ...]]:
        """A few names by this network, from the same draws every time."""
        traces = yield from until_result(
            write_in_parts(model, self.corpus.vocab, self._draws, context=self.config.context)
        )
        return tuple(trace.name + ("" if trace.finished else "…") for trace in traces)

    def bound_snapshots(self, limit: int) -> None:
        """Keep at most this many bytes of weights in snapshots from now on.

        Past that, every second one loses its weights. The best moment's are kept besides.
        """
        self.snapshot_bytes = limit
        self.history.snapshots = bound_snapshots(self.history.snapshots, limit)

    def point(self) -> Point:
        """A copy of all that training on from here needs, with the last measurement."""
        history = self.history
        return Point.copy_of(self.state, history.val_losses[-1], history.carried_loss)

    def _diverge(self, loss: float) -> NoReturn:
        """Restore the last good weights, note that, and raise Diverged."""
        history, good, step = self.history, self.guard.good, self.history.step_count
        good.put_back(self.state)
        self.state.step_count = step
        history.add_measurement(good.val_loss, good.carried_loss)
        history.kept_step = good.step
        history.stopped = self.guard.explain(step, loss, self.state.learning_rate)
        history.cure = self.guard.find_cure(self.state.learning_rate)
        raise Diverged(history.stopped)
