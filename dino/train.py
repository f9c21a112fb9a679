"""The trainer: one `step` is one update of the weights. The caller owns the loop.

All its work is done in parts, so that many trainers can share one thread. An engine makes the
updates (`torch_engine.py`, or the compiled one); both change one `TrainingState`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from dino.batches import Batches, sorted_rows
from dino.config import SETTINGS, Config
from dino.count_teacher import teacher_in_parts
from dino.data import Corpus
from dino.divergence import Diverged
from dino.engines import Engines
from dino.history import History
from dino.locale.sentences import Refusal, Text, sentence
from dino.model import start_network
from dino.packing import PackedTrainer
from dino.parts import Parts, finish
from dino.recorder import Recorder
from dino.run import Run, is_evaluation
from dino.step_report import StepReport, look_before, make_report
from dino.torch_engine import TorchEngine
from dino.training_state import Updates


class Trainer:
    """Trains one recipe on one list of names; `run()` returns the results so far.

    All its randomness comes from its own generators, seeded by the recipe. `state` has the numbers
    that training changes, `history` the results so far; `eval_model` is the network that is
    evaluated and writes: the average of the weights, if the recipe keeps one. `step_report` tells
    what the last update did, if a report was asked for; else None.
    """

    def __init__(
        self,
        config: Config,
        corpus: Corpus,
        *,
        kernels_from: int | None = None,
        packed: PackedTrainer | None = None,
        takes_snapshots: bool = True,
    ) -> None:
        """A new trainer, or one that continues from a packed trainer of this recipe and list.

        kernels_from: the step from which on the compiled engine takes over, if engine is 'auto' and
        the recipe is one that it covers; by default as soon as it is ready. takes_snapshots:
        whether it keeps moments of the run, with names. On PyTorch these take as much time as
        training a small network.
        """
        finish(self._build(config, corpus, kernels_from, packed, takes_snapshots))

    @classmethod
    def in_parts(
        cls,
        config: Config,
        corpus: Corpus,
        *,
        kernels_from: int | None = None,
        packed: PackedTrainer | None = None,
        takes_snapshots: bool = True,
    ) -> Iterator[Trainer | None]:
        """The same trainer, made in parts: yields None after each part, then the trainer."""
        trainer = cls.__new__(cls)
        yield from trainer._build(config, corpus, kernels_from, packed, takes_snapshots)
        yield trainer

    def _build(
        self,
        config: Config,
        corpus: Corpus,
        kernels_from: int | None,
        packed: PackedTrainer | None,
        takes_snapshots: bool,
    ) -> Parts[None]:
        torch.set_num_threads(1)  # holds only for the calling thread; dino/__init__.py says why
        self.config, self.corpus, self.max_steps = config, corpus, config.max_steps
        self.generator = torch.Generator().manual_seed(config.seed)
        self.model = start_network(config, len(corpus.vocab), self.generator)
        yield
        yield from corpus.encode_in_parts()
        data = corpus.train_arrays
        order = None if config.shuffle else sorted_rows(corpus.train)
        self._batches = Batches(len(data.lengths), config.batch_size, self.generator, order)
        teacher = yield from teacher_in_parts(config, corpus)
        reference = TorchEngine(config, self.model, data, self.generator, teacher)
        self.eval_model, self.state = reference.eval_model, reference.state
        self._start = self.state.weights.clone()
        self._engines = Engines(reference, data, kernels_from)
        self.history = packed.history.copy() if packed else History([(0, config.learning_rate)])
        self._recorder = Recorder(self._engines, corpus, self.history, takes_snapshots)
        self._work: Parts[None] | None = None
        self.step_report: StepReport | None = None
        yield from self._unpack(packed) if packed else self._recorder.begin()

    @property
    def step_count(self) -> int:
        """How many updates were made."""
        return self.history.step_count

    @property
    def midway(self) -> bool:
        """Whether an update, or what is due after it, has begun but not ended."""
        return self._work is not None

    @property
    def stopped(self) -> Text:
        """A sentence if the run stopped because it diverged, else ''."""
        return self.history.stopped

    @property
    def done(self) -> bool:
        """Whether the run has used up its budget of steps or diverged, and all of it is noted."""
        return not self.midway and (bool(self.stopped) or self.step_count >= self.max_steps)

    @property
    def engine(self) -> str:
        """What does the arithmetic, 'torch' or 'compiled'; '' before the first step."""
        return self.history.engine

    @property
    def learning_rate(self) -> float:
        """The learning rate of the next step. Setting it keeps the weights and notes the step."""
        return self.state.learning_rate

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        rate = SETTINGS["learning_rate"].parse("learning_rate", rate)
        if rate != self.learning_rate:
            self.state.learning_rate = rate
            self.history.set_rate(rate)

    def extend(self, steps: int | None = None) -> None:
        """Allow this many more steps, by default as many as the recipe has.

        A diverged run may continue too, from its last good weights.
        """
        self.max_steps = self.step_count + (steps or self.config.max_steps)
        self.history.stopped, self.history.cure = "", None
        self._recorder.guard.watch_from = self.step_count

    def step(self, rows: Tensor | None = None) -> float:
        """Make one update, on the next batch or the names at `rows`; return the loss before it.

        Raises Diverged, with the last good weights restored, if the loss is not a number or far
        above its start.
        """
        if self.midway:
            self._continue_work(math.inf)
        self._work = self._update(1, math.inf, rows)
        self._continue_work(math.inf)
        return float(self.history.losses[-1])

    def advance(
        self, steps: float = math.inf, seconds: float = math.inf, report: bool = False
    ) -> int:
        """Make up to `steps` updates, for about `seconds`; return how many were completed.

        When its time is up, after one part at least, it may stop midway; the next call continues
        there. It also stops at the end of the budget, or if the run diverges: `stopped` says why.
        report: leave a `step_report` of the last update, unless it had begun without. Training is
        the same, bit for bit.
        """
        until, first, left = time.perf_counter() + seconds, self.step_count, seconds
        wanted = first + steps
        try:
            while left > 0 and (self.midway or (self.step_count < wanted and not self.done)):
                if not self.midway:
                    due = min(wanted, self.max_steps) - self.step_count
                    self._work = self._update(due, left, report=report)
                self._continue_work(left)
                left = until - time.perf_counter()
        except Diverged:
            pass
        return self.step_count - first

    def settle(self, seconds: float = math.inf) -> bool:
        """Finish an update that has begun; note all losses of this moment and the best one's names.

        Works for about `seconds`, and at least one part. Returns True if nothing is left to do.
        """
        until = time.perf_counter() + seconds
        try:
            while self.midway or not self._recorder.is_at_rest:
                if not self.midway:
                    self._work = self._recorder.rest()
                if not self._continue_work(until - time.perf_counter()):
                    return False
        except Diverged:
            pass
        return True

    def _continue_work(self, seconds: float) -> bool:
        """Continue the work for about this time, one part at least; return whether it is done."""
        assert self._work is not None
        began, ended = time.perf_counter(), True
        try:
            for _ in self._work:
                if time.perf_counter() - began >= seconds:
                    ended = False
                    break
        finally:
            if ended:  # or an exception ended it
                self._work = None
            self.history.seconds += time.perf_counter() - began
        return ended

    def _update(
        self, steps: float, seconds: float, rows: Tensor | None = None, report: bool = False
    ) -> Parts[None]:
        """Make at most `steps` updates in one call of the engine, and then what is due.

        rows: the names of a single update, instead of the next batch; report: the last of `steps`
        leaves a report, in a separate call. Until an update ends, weights, losses and counts are
        those of the one before.
        """
        yield from self._choose_engine()
        if rows is None:
            most = steps - 1 if report and steps > 1 else steps
            most = min(most, self._engines.current.updates_within(seconds))
            batches = self._batches.draw(self._updates_until_due(most))
        else:
            batches = rows[None]
        updates = yield from self._train(batches, report and steps == 1)
        self._recorder.note(updates, batches.shape[1])
        if self._is_due(self.step_count):
            yield
            yield from self.record()

    def _train(self, batches: Tensor, report: bool) -> Parts[Updates]:
        """The engine's updates, one for each row of `batches` (S, B). report: for one row only."""
        before = None
        if report:
            before = yield from look_before(
                self.model, self.corpus, batches[0], self.config.context
            )
        updates = yield from self._engines.current.train(batches)
        if before is None:
            self.step_report = None
        else:
            self.step_report = make_report(before, self.config, self.model, self.state, updates)
        return updates

    def _choose_engine(self) -> Parts[None]:
        name = yield from self._engines.choose(self.engine)
        if name != self.engine:
            self.history.engines.append((self.step_count, name))

    def _updates_until_due(self, most: float) -> int:
        """How many updates to make until the next evaluation is due; at most `most`."""
        count = 1
        while count < most and not self._is_due(self.step_count + count):
            count += 1
        return count

    def _is_due(self, step: int) -> bool:
        """Whether the held-out loss is measured after this step."""
        return is_evaluation(step) or step == self.max_steps

    def record(self) -> Parts[None]:
        """Measure the losses, keep a snapshot at its moments, remember good weights.

        An update does this at its end if it is due. Raises Diverged.
        """
        return self._recorder.record()

    def evaluate(self, context: int | None = None) -> float:
        """Held-out loss of `eval_model`: the mean over all held-out targets. Nats per symbol.

        context: how many last inputs a prediction sees (0: all); by default as in the recipe.
        """
        return finish(self._recorder.evaluate(self.config.context if context is None else context))

    @property
    def snapshot_bytes(self) -> int:
        """How many bytes of weights its snapshots may keep."""
        return self._recorder.snapshot_bytes

    def bound_snapshots(self, limit: int) -> None:
        """Keep at most this many bytes of weights in snapshots from now on.

        Beyond that, every second snapshot loses its weights. The best moment's are kept as well.
        """
        self._recorder.bound_snapshots(limit)

    def restore_moments(self, run: Run) -> None:
        """Take back the weights of moments, which a packed trainer does not have."""
        self._recorder.restore_moments(run)

    def run(self) -> Run:
        """The results after the last completed update, as immutable arrays."""
        start, W_hh, first = self._start, self.model.W_hh.detach(), self.model.W_xh.numel()
        W_hh_start = start[first : first + W_hh.numel()].view_as(W_hh)  # it follows W_xh
        return self.history.make_run(
            self.config,
            self.max_steps,
            self.state.average.numpy().copy(),
            moved=float((self.state.weights - start).norm() / start.norm()),
            recurrent_moved=float((W_hh - W_hh_start).abs().max()),
            train_names=len(self.corpus.train),
        )

    @property
    def nbytes(self) -> int:
        """About how many bytes it holds now, without its list."""
        own = self._start.nbytes + self._batches.rest.nbytes
        return own + self.state.nbytes + self._recorder.guard.good.nbytes + self.history.nbytes

    def pack(self) -> PackedTrainer:
        """All that is needed to continue bit for bit, for `Trainer(config, corpus, packed=…)`.

        Raises ValueError midway: call `settle` first.
        """
        if self.midway:
            raise Refusal(
                sentence(
                    "A trainer can only be packed between two updates, not during one. Settle "
                    "it first."
                )
            )
        return PackedTrainer(
            now=self._recorder.point(),
            guard=replace(self._recorder.guard),
            history=self.history.copy(),
            max_steps=self.max_steps,
            kernels_from=self._engines.kernels_from,
            generator_state=self.generator.get_state(),
            kernels_random_state=self._engines.copy_random_state(),
            rest_of_round=self._batches.rest.clone(),
        )

    def _unpack(self, packed: PackedTrainer) -> Parts[None]:
        self.max_steps, self._engines.kernels_from = packed.max_steps, packed.kernels_from
        self._recorder.guard = replace(packed.guard)
        packed.now.put_back(self.state)
        self.state.step_count = self.step_count
        self.state.learning_rate = self.history.learning_rates[-1][1]
        self.generator.set_state(packed.generator_state)
        self._batches.rest = packed.rest_of_round
        if packed.kernels_random_state is not None:
            yield from self._engines.move_to_kernels(packed.kernels_random_state)
