"""The trainer: one `step` is one update of the weights. The caller owns the loop."""

from __future__ import annotations

import math
import time

import numpy as np
import torch
from torch import Tensor

from dino.config import OPTIMIZERS, SETTINGS, Config
from dino.data import Corpus
from dino.engine import Compiled, choose
from dino.model import CharRNN, nll
from dino.optim import RULES, Memory
from dino.run import Run, Snapshot, bounded, is_evaluation, is_snapshot
from dino.sample import draws, write

NAMES_A_SNAPSHOT = 4
DIVERGED_AT = 2.0  # times the untrained held-out loss
DIVERGED_OVER = 20  # steps the loss is averaged over before that is said
NUMBERS_AT_ONCE = 4_000_000  # gate values of one forward pass, about 16 MB


class Diverged(Exception):
    """Training left the road. The sentence says what happened and what to try."""


class Trainer:
    """Trains one recipe on one list of names; `run()` is what it has to show.

    All its randomness comes from generators of its own, seeded by the recipe.
    """

    def __init__(self, config: Config, corpus: Corpus) -> None:
        torch.set_num_threads(1)  # holds for the calling thread; dino/__init__.py says why
        self.config, self.corpus = config, corpus
        self.max_steps = config.max_steps
        self.generator = torch.Generator().manual_seed(config.seed)
        self.model = CharRNN(config.cell, config.hidden_size, len(corpus.vocab), self.generator)
        self.weights, self.gradient = flatten(self.model)  # (P,) each, shared with the model
        self.judged, self.average = self.model, self.weights
        if config.average:
            self.judged = CharRNN(config.cell, config.hidden_size, len(corpus.vocab))
            self.average, _ = flatten(self.judged)
            self.average.copy_(self.weights)
        self.engine, self._compiled = "", None  # chosen at the first step
        self._step_seconds = 0.001  # a guess, corrected as it goes
        self._start = self.weights.clone()
        self._start_W_hh = self.model.W_hh.detach().clone()
        self.carried_loss: float | None = None
        self.memory: Memory = {}
        self.learning_rates = [(0, config.learning_rate)]
        self.losses: list[float] = []
        self.symbols: list[int] = []
        self.val_steps: list[int] = []
        self.val_losses: list[float] = []
        self.snapshots: list[Snapshot] = []
        self.names_seen, self.clipped, self.seconds, self.stopped = 0, 0, 0.0, ""
        self._kept = 0
        self._watched_from = 0  # losses before an earlier divergence do not count again
        self._inputs, self._targets, self._lengths = map(torch.from_numpy, corpus.train_arrays)
        self._order = torch.empty(0, dtype=torch.int64)
        self._draws = draws(NAMES_A_SNAPSHOT, config.seed)
        self._limit = DIVERGED_AT * self.evaluate()
        self._record()

    @property
    def step_count(self) -> int:
        """How many updates were made."""
        return len(self.losses)

    @property
    def done(self) -> bool:
        """Whether the budget of steps is used up, or the run diverged."""
        return bool(self.stopped) or self.step_count >= self.max_steps

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
        self._train(self._next_batches(1) if rows is None else rows[None])
        return self.losses[-1]

    def advance(self, steps: float = math.inf, seconds: float = math.inf) -> int:
        """Make up to `steps` updates, for about `seconds`; how many were made.

        It ends with the budget too, or when the run diverges: `stopped` then says why.
        """
        began, first = time.perf_counter(), self.step_count
        try:
            while self.step_count - first < steps and not self.done:
                left = seconds - (time.perf_counter() - began)
                if left <= 0:
                    break
                count = self._steps_at_once(first + steps - self.step_count, left)
                self._train(self._next_batches(count))
        except Diverged:
            pass
        return self.step_count - first

    def _steps_at_once(self, steps: float, seconds: float) -> int:
        """How many updates fit in one call: until the next evaluation, or the time is up."""
        self._choose_engine()
        if not self._compiled:
            return 1
        fits = max(1, min(steps, seconds // self._step_seconds, 1000))
        count = 1
        while count < fits and not self._is_due(self.step_count + count):
            count += 1
        return count

    def _is_due(self, step: int) -> bool:
        """Whether the held-out loss is measured after this step."""
        return is_evaluation(step) or step == self.max_steps

    def _train(self, batches: Tensor) -> None:
        """One update for each of the batches (S, B); the last may be due for evaluation."""
        self._choose_engine()
        began = time.perf_counter()
        first = max(self._watched_from, len(self.losses) - DIVERGED_OVER + 1)
        losses, symbols = self._updates(batches)
        if np.max([*self.losses[first:], *losses]) <= self._limit:  # no number is not ≤ either
            self.losses += losses
            self.symbols += symbols
        else:
            self._look_closer(losses, symbols)
        self._step_seconds = (time.perf_counter() - began) / len(batches)
        if self._is_due(self.step_count):
            self._record()
        self.seconds += time.perf_counter() - began

    def _look_closer(self, losses: list[float], symbols: list[int]) -> None:
        """Note losses step by step, up to the one at which the run has diverged, if it has."""
        for loss, count in zip(losses, symbols, strict=True):
            self.losses.append(loss)
            self.symbols.append(count)
            first = max(self._watched_from, len(self.losses) - DIVERGED_OVER)
            recent = sum(self.losses[first:])
            if not recent / DIVERGED_OVER <= self._limit:
                self._diverge(recent / (len(self.losses) - first))

    def _choose_engine(self) -> None:
        if self.engine:
            return
        self.engine = choose(self.config, self._inputs.shape[1])
        if self.engine == "compiled":
            self._compiled = Compiled(
                self.config, len(self.corpus.vocab), self.weights.numpy(), self.gradient.numpy(),
                self.average.numpy())

    def _updates(self, batches: Tensor) -> tuple[list[float], list[int]]:
        """The loss of every batch before its update, and how many targets it is a mean of."""
        if self._compiled:
            losses, symbols, clipped = self._compiled.train(
                batches.numpy(), self.corpus.train_arrays, self.learning_rate, self.memory,
                self.step_count)
            self.names_seen += batches.numel()
            self.clipped += clipped
            return losses.tolist(), symbols.tolist()
        updates = [self._update(rows) for rows in batches]
        return [loss for loss, _ in updates], [symbols for _, symbols in updates]

    def _next_batches(self, count: int) -> Tensor:
        """The next batches of names (count, B): all in random order, then again in another."""
        size = count * self.config.batch_size
        while len(self._order) < size:
            shuffled = torch.randperm(len(self._lengths), generator=self.generator)
            self._order = torch.cat([self._order, shuffled])
        rows, self._order = self._order[:size], self._order[size:]
        return rows.view(count, -1)

    def _update(self, rows: Tensor) -> tuple[float, int]:
        """Forward, backward, clip, step, average. The loss and how many targets it is a mean of."""
        config, symbols = self.config, int(self._lengths[rows].sum())
        self.gradient.zero_()
        loss = sum(self._backward(part, symbols) for part in self._parts(rows))
        with torch.no_grad():
            if config.clip_norm:
                self.clipped += clip(self.gradient, config.clip_norm)
            rule = RULES[config.optimizer]
            rule(self.weights, self.gradient, self.learning_rate, self.memory)
            self.names_seen += len(rows)
            if config.average:
                self.average.lerp_(self.weights, 1 - self._decay())
        return loss, symbols

    def _parts(self, rows: Tensor) -> tuple[Tensor, ...]:
        """The batch in parts small enough for a machine with little memory; mostly one."""
        numbers = self.model.W_hh.shape[1] * self._inputs.shape[1]  # a name's, at most
        return rows.split(max(1, NUMBERS_AT_ONCE // numbers))

    def _backward(self, rows: Tensor, symbols: int) -> float:
        """Add the gradient of these names' share of the loss, which is a mean over `symbols`."""
        config, longest = self.config, int(self._lengths[rows].max())
        inputs, targets = self._inputs[rows, :longest], self._targets[rows, :longest]  # (B, T)
        scale = self._dropout(config.letter_dropout, inputs.shape)
        h = self.model.hidden_states(inputs, config.context, scale)  # (B, T, H)
        mask = self._dropout(config.hidden_dropout, h.shape)
        logits = self.model.logits(h if mask is None else h * mask)  # (B, T, V)
        loss = nll(logits, targets, "sum") / symbols
        loss.backward()
        return loss.item()

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

    def evaluate(self, context: int | None = None) -> float:
        """Held-out loss of the weights that judge: mean over all held-out targets, in nats.

        context: how far memory reaches; by default as in the recipe.
        """
        if self._compiled and not context:
            return self._compiled.evaluate(self.corpus.val_arrays)
        inputs, targets, _ = map(torch.from_numpy, self.corpus.val_arrays)
        context = self.config.context if context is None else context
        return evaluate(self.judged, inputs, targets, context)

    def measure(self) -> None:
        """Note the held-out loss of this moment, unless that is done."""
        if self.val_steps[-1:] != [self.step_count]:
            self._note()

    def _note(self) -> None:
        self.val_steps.append(self.step_count)
        self.val_losses.append(self.evaluate())
        if self.config.context:
            self.carried_loss = self.evaluate(context=0)

    def _record(self) -> None:
        """Measure the held-out loss; keep a snapshot at its moments; remember good weights."""
        self.measure()
        val_loss, step = self.val_losses[-1], self.step_count
        if not math.isfinite(val_loss):
            self._diverge(val_loss)
        if is_snapshot(step):
            weights = self.average.numpy().copy()
            self.snapshots = bounded(
                [*self.snapshots, Snapshot(step, val_loss, self._names(), weights)])
        if val_loss <= self._limit:
            kept = {name: value.clone() for name, value in self.memory.items()}
            self._good = (step, self.weights.clone(), self.average.clone(), kept)

    def _names(self) -> tuple[str, ...]:
        """A few names from the same draws every time, so that one sees each of them change."""
        vocab, context = self.corpus.vocab, self.config.context
        traces = write(self.judged, vocab, self._draws, context=context)
        return tuple(trace.name + ("" if trace.finished else "…") for trace in traces)

    def _diverge(self, loss: float) -> None:
        step, weights, average, memory = self._good
        self.weights.copy_(weights)
        self.average.copy_(average)
        self.memory = {name: value.clone() for name, value in memory.items()}
        self._note()  # what is judged from here on are the good weights
        self._kept = step
        what = "is no number any more" if not math.isfinite(loss) else (
            f"rose to {loss:.1f}, over twice the {self.val_losses[0]:.1f} it began with")
        default = OPTIMIZERS[self.config.optimizer]
        lower = min(self.learning_rate / 10, default.learning_rate)
        cure = f"a learning rate of {max(lower, 1e-5):.1g}"
        if not self.config.clip_norm:
            cure += ", and clip the gradient at norm 1"
        self.stopped = (f"Stopped at step {self.step_count:,}: the loss {what}. Try {cure}. "
                        f"The weights of step {step:,} were kept, and the held-out loss is theirs.")
        raise Diverged(self.stopped)

    def run(self) -> Run:
        """What there is to see, as immutable arrays."""
        return Run(
            config=self.config, max_steps=self.max_steps, weights=self.average.numpy().copy(),
            losses=np.array(self.losses, np.float32), symbols=np.array(self.symbols, np.int32),
            val_steps=np.array(self.val_steps), val_losses=np.array(self.val_losses),
            names_seen=self.names_seen, seconds=self.seconds, clipped=self.clipped,
            moved=float((self.weights - self._start).norm() / self._start.norm()),
            recurrent_moved=float((self.model.W_hh.detach() - self._start_W_hh).abs().max()),
            carried_loss=self.carried_loss, engine=self.engine,
            learning_rates=tuple(self.learning_rates), snapshots=tuple(self.snapshots),
            stopped=self.stopped, kept_step=self._kept if self.stopped else self.step_count)


def flatten(model: CharRNN) -> tuple[Tensor, Tensor]:
    """Lay all weights of `model` in one vector, and their gradients in another. (P,), (P,)

    The model's parameters become views of it: what changes in one place changes in both.
    """
    weights = torch.cat([p.detach().reshape(-1) for p in model.parameters()])
    gradient = torch.zeros_like(weights)
    start = 0
    for p in model.parameters():
        end = start + p.numel()
        p.data = weights[start:end].view_as(p)
        p.grad = gradient[start:end].view_as(p)
        start = end
    return weights, gradient


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


@torch.inference_mode()
def evaluate(model: CharRNN, inputs: Tensor, targets: Tensor, context: int = 0) -> float:
    """Mean of −ln p(target) over all real targets. (N, T), (N, T) -> nats per symbol"""
    total = sum(
        float(nll(model(part, context), goal, "sum"))
        for part, goal in zip(inputs.split(512), targets.split(512), strict=True))
    return total / int((targets >= 0).sum())
