"""The trainer: one `step` is one update of the weights. The caller owns the loop.

All its work is done in parts, so that many trainers can take turns at one thread: an update too
large for a turn is computed in parts of its batch, always the same ones for a recipe and list.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from dino import cost as room
from dino.compiled import engine
from dino.compiled.engine import Compiled
from dino.config import OPTIMIZERS, SETTINGS, Config
from dino.data import Corpus
from dino.evaluation import evaluate as evaluate
from dino.evaluation import evaluation
from dino.growing import Growing
from dino.model import CharRNN, flatten, nll
from dino.optim import RULES, Memory
from dino.packing import Packed, Point, copied
from dino.parts import Parts, finish, result
from dino.run import SNAPSHOT_BYTES, Run, Snapshot, bounded, is_evaluation, is_snapshot
from dino.sample import draws, writing

NAMES_A_SNAPSHOT = 4
DIVERGED_AT = 2.0  # times the untrained held-out loss
DIVERGED_OVER = 20  # steps the loss is averaged over before that is said
MOST_AT_ONCE = 1000  # updates in one call of the kernels
HISTORY = ("losses", "symbols", "val_steps", "val_losses")
REST = ("max_steps", "names_seen", "clipped", "seconds", "stopped", "carried_loss",
        "kernels_from", "_kept", "_watched_from")


class Diverged(Exception):
    """Training left the road. The sentence says what happened and what to try."""


class Trainer:
    """Trains one recipe on one list of names; `run()` is what it has to show.

    All its randomness comes from generators of its own, seeded by the recipe. `losses`, `symbols`,
    `val_steps` and `val_losses` grow as those of a `Run`.
    """

    def __init__(
        self, config: Config, corpus: Corpus, *, kernels_from: int | None = None,
        packed: Packed | None = None,
    ) -> None:
        """A new trainer, or one that goes on where a packed one of this recipe and list was.

        kernels_from: the step from which on the compiled engine takes over, where engine is 'auto'
        and the recipe is one that it covers; by default as soon as it is ready.
        """
        finish(self._begin(config, corpus, kernels_from, packed))

    @classmethod
    def in_parts(
        cls, config: Config, corpus: Corpus, *, kernels_from: int | None = None,
        packed: Packed | None = None,
    ) -> Iterator[Trainer | None]:
        """The same trainer, made in parts: yields None while there is more to do, then it."""
        trainer = cls.__new__(cls)
        yield from trainer._begin(config, corpus, kernels_from, packed)
        yield trainer

    def _begin(
        self, config: Config, corpus: Corpus, kernels_from: int | None, packed: Packed | None
    ) -> Parts[None]:
        torch.set_num_threads(1)  # holds for the calling thread; dino/__init__.py says why
        self.config, self.corpus, self.kernels_from = config, corpus, kernels_from
        self.snapshot_bytes = SNAPSHOT_BYTES
        self.generator = torch.Generator().manual_seed(config.seed)
        self.model = CharRNN(config.cell, config.hidden_size, len(corpus.vocab), self.generator)
        yield
        self._lay_out()
        yield from corpus.encoding()
        self._inputs, self._targets, self._lengths = map(torch.from_numpy, corpus.train_arrays)
        self._part = room.part(config, len(corpus.vocab), self._inputs.shape[1])
        self._compiled: Compiled | None = None
        self._work: Parts[None] | None = None
        self._step_seconds = math.inf  # of one update of the kernels; the first call makes one
        self._draws = draws(NAMES_A_SNAPSHOT, config.seed)
        yield from self._start_anew() if packed is None else self._unpack(packed)

    def _lay_out(self) -> None:
        """All weights in one vector, and another one for those that judge, if it is another."""
        config = self.config
        self.weights, self.gradient = flatten(self.model)  # (P,) each, shared with the model
        self.judged, self.average = self.model, self.weights
        if config.average:
            self.judged = CharRNN(config.cell, config.hidden_size, len(self.corpus.vocab))
            self.average, _ = flatten(self.judged)
            self.average.copy_(self.weights)
        self._start = self.weights.clone()

    def _start_anew(self) -> Parts[None]:
        self.max_steps = self.config.max_steps
        self.engines: list[tuple[int, str]] = []  # chosen at the first step
        self.carried_loss: float | None = None
        self.memory: Memory = {}
        self.learning_rates = [(0, self.config.learning_rate)]
        self.losses, self.symbols = Growing(np.float32), Growing(np.int32)
        self.val_steps, self.val_losses = Growing(np.int64), Growing(np.float64)
        self.snapshots: list[Snapshot] = []
        self.names_seen, self.clipped, self.seconds, self.stopped = 0, 0, 0.0, ""
        self._kept = 0
        self._watched_from = 0  # losses before an earlier divergence do not count again
        self._order = torch.empty(0, dtype=torch.int64)
        yield from self._recording()

    @property
    def step_count(self) -> int:
        """How many updates were made."""
        return len(self.losses)

    @property
    def midway(self) -> bool:
        """Whether an update, or what is due after it, has begun and not ended."""
        return self._work is not None

    @property
    def done(self) -> bool:
        """Whether the budget of steps is used up, or the run diverged; all of it noted."""
        return not self.midway and (bool(self.stopped) or self.step_count >= self.max_steps)

    @property
    def engine(self) -> str:
        """What does the arithmetic, 'torch' or 'compiled'; empty before the first step."""
        return self.engines[-1][1] if self.engines else ""

    @property
    def learning_rate(self) -> float:
        """How far the next step moves. Setting it keeps the weights and notes the moment."""
        return self.learning_rates[-1][1]

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        rate = SETTINGS["learning_rate"].parse("learning_rate", rate)
        if rate == self.learning_rate:
            return
        if self.learning_rates[-1][0] == self.step_count:
            self.learning_rates.pop()
        self.learning_rates.append((self.step_count, rate))

    def extend(self, steps: int | None = None) -> None:
        """Allow so many steps from here on, by default as many as the recipe has.

        A diverged run may go on too, from its last good weights.
        """
        self.max_steps = self.step_count + (steps or self.config.max_steps)
        self.stopped, self._watched_from = "", self.step_count

    def step(self, rows: Tensor | None = None) -> float:
        """One update, on the next batch or on the names at `rows`; its loss before the update.

        Raises Diverged, with the last good weights put back, when the loss is no number or far
        above where it began.
        """
        if self.midway:
            self._go_on(math.inf)
        self._work = self._updating(1, rows)
        self._go_on(math.inf)
        return self.losses[-1]

    def advance(self, steps: float = math.inf, seconds: float = math.inf) -> int:
        """Make up to `steps` updates, for about `seconds`; how many were completed.

        When its time is up, after one part at least, it may stop midway; the next call goes on
        from there. It ends with the budget too, or when the run diverges: `stopped` says why.
        """
        until, first, left = time.perf_counter() + seconds, self.step_count, seconds
        try:
            while left > 0 and (
                    self.midway or (self.step_count - first < steps and not self.done)):
                if not self.midway:
                    wanted = first + steps - self.step_count
                    self._work = self._updating(self._steps_at_once(wanted, left))
                self._go_on(left)
                left = until - time.perf_counter()
        except Diverged:
            pass
        return self.step_count - first

    def settle(self, seconds: float = math.inf) -> bool:
        """Finish the update at hand, if any, and note the held-out loss of this moment.

        Works for about `seconds`, and at least one part; True once there is no more to do.
        """
        until = time.perf_counter() + seconds
        try:
            while self.midway or self.val_steps[-1:] != [self.step_count]:
                if not self.midway:
                    self._work = self._noting()
                if not self._go_on(until - time.perf_counter()):
                    return False
        except Diverged:
            pass
        return True

    def measure(self) -> None:
        """Note the held-out loss of this moment, unless that is done."""
        self.settle()

    def _go_on(self, seconds: float) -> bool:
        """Go on with the work at hand for about so long, one part at least; whether it is done."""
        assert self._work is not None
        began, ended = time.perf_counter(), True
        try:
            for _ in self._work:
                if time.perf_counter() - began >= seconds:
                    ended = False
                    break
        finally:
            if ended:  # or broken off
                self._work = None
            self.seconds += time.perf_counter() - began
        return ended

    def _steps_at_once(self, steps: float, seconds: float) -> int:
        """How many updates fit in one call: until the next evaluation, or the time is up."""
        if not self._compiled:
            return 1
        fits = int(max(1, min(steps, MOST_AT_ONCE, seconds / self._step_seconds)))
        count = 1
        while count < fits and not self._is_due(self.step_count + count):
            count += 1
        return count

    def _is_due(self, step: int) -> bool:
        """Whether the held-out loss is measured after this step."""
        return is_evaluation(step) or step == self.max_steps

    def _updating(self, count: int, rows: Tensor | None = None) -> Parts[None]:
        """So many updates (one on PyTorch), or one on the names at `rows`; then what is due.

        Until the end of an update nothing of it shows: weights, losses, counts are the last one's.
        """
        yield from self._waiting_for_kernels()
        self._choose_engine()
        began = time.perf_counter()
        batches = self._next_batches(count) if rows is None else rows[None]
        if self._compiled:
            losses, symbols, clipped = self._compiled.train(
                batches.numpy(), self.corpus.train_arrays, self.learning_rate, self.memory,
                self.step_count)
            self._step_seconds = (time.perf_counter() - began) / len(batches)
        else:
            losses, symbols, clipped = yield from self._update(batches[0])
        self._take_note(losses, symbols, clipped, batches.shape[1])
        if self._is_due(self.step_count):
            yield
            yield from self._recording()

    def _waiting_for_kernels(self) -> Parts[None]:
        """Where the recipe wants the kernels and they are not ready yet, let others have a turn."""
        due = self.kernels_from is not None and self.step_count >= self.kernels_from
        wanted = self.config.engine == "compiled" or (self.config.engine == "auto" and due)
        if wanted and not self._compiled and self._is_covered() and engine.available():
            yield from engine.preparing()

    def _is_covered(self) -> bool:
        return engine.covers(self.config, self._inputs.shape[1], len(self.corpus.vocab))

    def _choose_engine(self) -> None:
        """Which engine makes the next update. A run on PyTorch moves to the kernels once they are
        there; weights, average and the optimizer's memory are the same numbers for both.
        """
        config = self.config
        if self._compiled or (self.engine and config.engine != "auto"):
            return
        chosen, early = "torch", self.step_count < (self.kernels_from or 0)
        if not (config.engine == "auto" and early):
            chosen = engine.choose(config, self._inputs.shape[1], len(self.corpus.vocab))
        if chosen != self.engine:
            self.engines.append((self.step_count, chosen))
        if chosen == "compiled":
            self._use_kernels()

    def _use_kernels(self) -> None:
        self._compiled = Compiled(
            self.config, len(self.corpus.vocab), self.weights.numpy(), self.gradient.numpy(),
            self.average.numpy())

    def _next_batches(self, count: int) -> Tensor:
        """The next batches of names (count, B): all in random order, then again in another."""
        size = count * self.config.batch_size
        rounds, there = [self._order], len(self._order)
        while there < size:
            rounds.append(torch.randperm(len(self._lengths), generator=self.generator))
            there += len(self._lengths)
        order = torch.cat(rounds) if len(rounds) > 1 else self._order
        rows, self._order = order[:size], order[size:]
        return rows.view(count, -1)

    def _update(self, rows: Tensor) -> Parts[tuple[Sequence[float], Sequence[int], int]]:
        """Forward, backward, clip, step, average. Its loss, how many targets that is a mean of,
        and 1 if the gradient was clipped.
        """
        config, symbols, loss = self.config, int(self._lengths[rows].sum()), 0.0
        self.gradient.zero_()
        parts = self._parts(rows)
        for part in parts:
            loss += yield from self._backward(part, symbols)
            if len(parts) > 1:
                yield
        with torch.no_grad():
            clipped = config.clip_norm > 0 and clip(self.gradient, config.clip_norm)
            rule = RULES[config.optimizer]
            rule(self.weights, self.gradient, self.learning_rate, self.memory)
            if config.average:
                self.average.lerp_(self.weights, 1 - self._decay())
        return [loss], [symbols], int(clipped)

    def _parts(self, rows: Tensor) -> tuple[Tensor, ...]:
        """The batch in parts that last no longer than a turn may; mostly one."""
        return rows.split(self._part[0])

    def _backward(self, rows: Tensor, symbols: int) -> Parts[float]:
        """Add the gradient of these names' share of the loss, which is a mean over `symbols`."""
        config, longest = self.config, int(self._lengths[rows].max())
        inputs, targets = self._inputs[rows, :longest], self._targets[rows, :longest]  # (B, T)
        scale, total = self._dropout(config.letter_dropout, inputs.shape), 0.0
        for first in range(0, longest, self._part[1]):
            if first:
                yield
            places = slice(first, min(longest, first + self._part[1]))
            h = self.model.hidden_states(inputs, config.context, scale, places)  # (B, T, H)
            mask = self._dropout(config.hidden_dropout, h.shape)
            logits = self.model.logits(h if mask is None else h * mask)  # (B, T, V)
            loss = nll(logits, targets[:, places], "sum") / symbols
            loss.backward()
            total += loss.item()
        return total

    def _dropout(self, share: float, shape: torch.Size) -> Tensor | None:
        """A factor for each number: 0 for a `share` of them, the others made up for it."""
        if not share:
            return None
        kept = torch.rand(shape, generator=self.generator) >= share
        return kept / (1 - share)

    def _decay(self) -> float:
        """What the average keeps of itself; less at first, so that the noise it began with goes."""
        t = self.step_count
        return min(self.config.average, (1 + t) / (10 + t))

    @property
    def _limit(self) -> float:
        return DIVERGED_AT * self.val_losses[0]

    def _take_note(
        self, losses: Sequence[float], symbols: Sequence[int], clipped: int, names: int
    ) -> None:
        """Note updates on so many names each, up to the one at which the run diverged, if it has:
        those after it, which were put back, do not count.
        """
        first = max(self._watched_from, self.step_count - DIVERGED_OVER + 1)
        sound, loss = len(losses), None
        limit = self._limit
        if not all(loss <= limit for loss in (*self.losses[first:], *losses)):  # NaN ≤ nothing
            sound, loss = self._look_closer(losses)
        self.losses.extend(losses[:sound])
        self.symbols.extend(symbols[:sound])
        self.names_seen += sound * names
        self.clipped += min(clipped, sound)  # which of them were is not known
        if loss is not None:
            self._diverge(loss)

    def _look_closer(self, losses: Sequence[float]) -> tuple[int, float | None]:
        """How many of these losses count, and the mean at which the run has diverged, if it has."""
        recent = self.losses[max(self._watched_from, self.step_count - DIVERGED_OVER):]
        for count, loss in enumerate(losses, 1):
            recent = [*recent, loss][-DIVERGED_OVER:]
            if not sum(recent) / DIVERGED_OVER <= self._limit:
                return count, sum(recent) / len(recent)
        return len(losses), None

    def evaluate(self, context: int | None = None) -> float:
        """Held-out loss of the weights that judge: mean over all held-out targets, in nats.

        context: how far memory reaches; by default as in the recipe.
        """
        return finish(self._judging(self.config.context if context is None else context))

    def _judging(self, context: int) -> Parts[float]:
        if self._compiled and not context:
            return self._compiled.evaluation(self.corpus.val_arrays)
        inputs, targets, _ = map(torch.from_numpy, self.corpus.val_arrays)
        return evaluation(self.judged, inputs, targets, context)

    def _noting(self) -> Parts[None]:
        """Note the held-out loss of this moment, unless that is done."""
        step = self.step_count
        if self.val_steps[-1:] == [step]:
            return
        loss = yield from self._judging(self.config.context)
        carried = (yield from self._judging(0)) if self.config.context else None
        self._note(step, loss, carried)

    def _note(self, step: int, loss: float, carried: float | None) -> None:
        self.val_steps.append(step)
        self.val_losses.append(loss)
        self.carried_loss = carried

    def _recording(self) -> Parts[None]:
        """Measure the held-out loss; keep a snapshot at its moments; remember good weights."""
        yield from self._noting()
        val_loss, step = self.val_losses[-1], self.step_count
        if not math.isfinite(val_loss):
            self._diverge(val_loss)
        if is_snapshot(step):
            names = yield from self._writing()
            weights = self.average.numpy().copy()
            self.snapshots = bounded(
                [*self.snapshots, Snapshot(step, val_loss, names, weights)], self.snapshot_bytes)
        if val_loss <= self._limit:
            self._good = self._point()

    def bound_snapshots(self, limit: int) -> None:
        """Let its moments keep so many bytes of weights from now on; past that, every second one
        loses its own.
        """
        self.snapshot_bytes = limit
        self.snapshots = bounded(self.snapshots, limit)

    def _point(self) -> Point:
        average = None if self.average is self.weights else self.average.clone()
        return Point(self.step_count, self.val_losses[-1], self.carried_loss,
                     self.weights.clone(), average, copied(self.memory))

    def _go_to(self, point: Point) -> None:
        self.weights.copy_(point.weights)
        if point.average is not None:
            self.average.copy_(point.average)
        self.memory = copied(point.memory)

    def _writing(self) -> Parts[tuple[str, ...]]:
        """A few names from the same draws every time, so that one sees each of them change."""
        traces = yield from result(writing(
            self.judged, self.corpus.vocab, self._draws, context=self.config.context))
        return tuple(trace.name + ("" if trace.finished else "…") for trace in traces)

    def _diverge(self, loss: float) -> None:
        good = self._good
        self._go_to(good)  # what is judged from here on are the good weights
        self._note(self.step_count, good.val_loss, good.carried_loss)
        self._kept = good.step
        what = "is no number any more" if not math.isfinite(loss) else (
            f"rose to {loss:.1f}, over twice the {self.val_losses[0]:.1f} it began with")
        default = OPTIMIZERS[self.config.optimizer]
        lower = min(self.learning_rate / 10, default.learning_rate)
        cure = f"a learning rate of {max(lower, 1e-5):.1g}"
        if not self.config.clip_norm:
            cure += ", and clip the gradient at norm 1"
        self.stopped = (f"Stopped at step {self.step_count:,}: the loss {what}. Try {cure}. "
                        f"The weights of step {good.step:,} were kept, and the held-out loss is "
                        "theirs.")
        raise Diverged(self.stopped)

    def run(self) -> Run:
        """What there is to see after the last completed update, as immutable arrays."""
        H, first = self.config.hidden_size, self.model.W_xh.numel()
        start_W_hh = self._start[first : first + self.model.W_hh.numel()].view(H, -1)
        return Run(
            config=self.config, max_steps=self.max_steps, weights=self.average.numpy().copy(),
            losses=self.losses.view, symbols=self.symbols.view, val_steps=self.val_steps.view,
            val_losses=self.val_losses.view,
            names_seen=self.names_seen, seconds=self.seconds, clipped=self.clipped,
            moved=float((self.weights - self._start).norm() / self._start.norm()),
            recurrent_moved=float((self.model.W_hh.detach() - start_W_hh).abs().max()),
            carried_loss=self.carried_loss, engine=self.engine, engines=tuple(self.engines),
            learning_rates=tuple(self.learning_rates), snapshots=tuple(self.snapshots),
            stopped=self.stopped, kept_step=self._kept if self.stopped else self.step_count)

    @property
    def nbytes(self) -> int:
        """About how many bytes it holds now, its list apart."""
        held = [self.weights, self.gradient, self._start, *self.memory.values(), self._order]
        if self.average is not self.weights:
            held += [self.average, self.average]  # and a gradient that nobody uses
        history = sum(2 * getattr(self, name).view.nbytes for name in HISTORY)
        snapshots = sum(s.weights.nbytes for s in self.snapshots if s.weights is not None)
        return sum(t.nbytes for t in held) + self._good.nbytes + history + snapshots

    def pack(self) -> Packed:
        """All that going on bit for bit needs, for `Trainer(config, corpus, packed=…)`.

        Raises ValueError midway: settle first.
        """
        if self.midway:
            raise ValueError("A trainer is packed between two updates; this one is midway. Settle "
                             "it first.")
        return Packed(
            now=self._point(), good=self._good, generator=self.generator.get_state(),
            dropout=self._compiled.state.copy() if self._compiled else None,
            order=self._order.clone(),
            history={name: getattr(self, name).copy() for name in HISTORY},
            snapshots=tuple(replace(s, weights=None) for s in self.snapshots),
            learning_rates=tuple(self.learning_rates), engines=tuple(self.engines),
            rest={name: getattr(self, name) for name in REST})

    def _unpack(self, packed: Packed) -> Parts[None]:
        for name, value in packed.rest.items():
            setattr(self, name, value)
        for name, numbers in packed.history.items():
            setattr(self, name, numbers.copy())
        self.learning_rates, self.engines = list(packed.learning_rates), list(packed.engines)
        self.snapshots, self._order = list(packed.snapshots), packed.order
        self.generator.set_state(packed.generator)
        self._good = packed.good
        self._go_to(packed.now)
        if packed.dropout is not None:
            yield from engine.preparing()
            self._use_kernels()
            self._compiled.state[:] = packed.dropout  # type: ignore[union-attr]


def rebuild(config: Config, vocab_size: int, weights: np.ndarray) -> CharRNN:
    """The model of a run or snapshot, from its weights (P,)."""
    model = CharRNN(config.cell, config.hidden_size, vocab_size)
    vector, _ = flatten(model)
    vector.copy_(torch.from_numpy(weights))
    return model


def clip(gradient: Tensor, norm: float) -> bool:
    """Shorten `gradient` in place to length `norm` if it is longer; whether it was."""
    length = float(gradient.norm())
    if length > norm:
        gradient.mul_(norm / length)
    return length > norm
