"""The engine on PyTorch: forward, backward, clip, step, average."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from dino import cost
from dino.config import Config
from dino.count_teacher import Teacher
from dino.data import Encoded, Vocab
from dino.evaluation import evaluate_in_parts
from dino.model import CharRNN, flatten, flatten_gradient, nll, rebuild
from dino.optim import RULES
from dino.parts import Parts, until_result
from dino.sample import write_in_parts
from dino.training_state import TrainingState, Updates, WritingResult, written_name


class TorchEngine:
    """Trains one network on PyTorch, and evaluates the average of its weights.

    model: the network that is trained; eval_model: the one that is evaluated and writes, with the
    averaged weights, or `model` itself if the recipe keeps no average; state: their numbers.

    An update that is too large for one turn is computed in parts of its batch. The recipe and
    the list determine the parts. Until the update ends, weights, average and count are those
    of the last one.
    """

    def __init__(
        self,
        config: Config,
        model: CharRNN,
        data: Encoded,
        generator: torch.Generator,
        teacher: Teacher | None = None,
    ) -> None:
        """data: the names to train on; generator: the run's own, which draws the dropout.

        teacher: their soft targets, if the recipe's `count_teacher` is not 0.
        """
        self.config, self.model, self.generator = config, model, generator
        self.teacher = teacher
        self._inputs, self._targets, self._lengths = map(torch.from_numpy, data)
        self._part_names, self._part_positions = cost.update_part_size(
            config, model.vocab_size, self._inputs.shape[1]
        )
        weights, gradient = flatten(model), flatten_gradient(model)
        self.eval_model, average = model, weights
        if config.average:
            self.eval_model = CharRNN(model.cell, model.hidden_size, model.vocab_size)
            average = flatten(self.eval_model)
            average.copy_(weights)
        self.state = TrainingState(weights, gradient, average, config.learning_rate)

    def updates_within(self, seconds: float) -> int:
        """Always 1: an update takes long enough here, so a call need not make several."""
        return 1

    def train(self, batches: Tensor) -> Parts[Updates]:
        """One update for each row of `batches` (S, B), which holds rows of the training names."""
        losses, symbols, norms = [], [], []
        for rows in batches:
            targets = int(self._lengths[rows].sum())
            loss = yield from self._forward_and_backward(rows, targets)
            norms.append(self._clip())
            self._step()
            self._average()
            self.state.step_count += 1
            losses.append(loss)
            symbols.append(targets)
        return Updates(losses, symbols, norms)

    def _forward_and_backward(self, rows: Tensor, targets: int) -> Parts[float]:
        """The batch's loss, a mean over all its `targets`. Its gradient is left in the state."""
        self.state.gradient.zero_()
        loss = 0.0
        weight_scale = self._draw_dropout(self.config.weight_drop, self.model.W_hh.shape)
        parts = rows.split(self._part_names)
        for part in parts:
            loss += yield from self._add_gradient(part, targets, weight_scale)
            if len(parts) > 1:
                yield
        return loss

    def _add_gradient(
        self, rows: Tensor, targets: int, weight_scale: Tensor | None
    ) -> Parts[float]:
        """Forward and backward for some names; returns their share of the loss.

        weight_scale (H, G·H): factors on W_hh, the same for all names of an update.
        """
        config, T = self.config, int(self._lengths[rows].max())
        x, y = self._inputs[rows, :T], self._targets[rows, :T]  # (B, T)
        letter_scale, total = self._draw_dropout(config.letter_dropout, x.shape), 0.0
        for first in range(0, T, self._part_positions):
            if first:
                yield
            places = slice(first, min(T, first + self._part_positions))
            W_hh = None if weight_scale is None else self.model.W_hh * weight_scale
            h = self.model.hidden_states(x, config.context, letter_scale, places, W_hh)  # (B, T, H)
            scale = self._draw_dropout(config.hidden_dropout, h.shape)
            logits = self.model.logits(h if scale is None else h * scale)  # (B, T, V)
            loss = nll(logits, y[:, places], "sum") / targets
            total += loss.item()
            if self.teacher is not None:
                taught = soft_nll(logits, self.teacher, rows, places) / targets
                loss = loss.lerp(taught, config.count_teacher)
            loss.backward()  # adds to the gradient
        return total

    def _draw_dropout(self, share: float, shape: torch.Size) -> Tensor | None:
        return dropout_factors(share, shape, self.generator) if share else None

    def _clip(self) -> float:
        norm = self.config.clip_norm
        return clip(self.state.gradient, norm) if norm else math.nan

    @torch.no_grad()
    def _step(self) -> None:
        state, rule = self.state, RULES[self.config.optimizer]
        rule(state.weights, state.gradient, state.learning_rate, state.optimizer_state)

    @torch.no_grad()
    def _average(self) -> None:
        """Move the average towards the weights: farther at first, to forget the untrained ones."""
        if self.config.average:
            t = self.state.step_count
            decay = min(self.config.average, (1 + t) / (10 + t))
            self.state.average.lerp_(self.state.weights, 1 - decay)

    def evaluate(self, data: Encoded, context: int = 0) -> Parts[float]:
        """The averaged weights' mean of −ln p(target) over all real targets. Nats per symbol.

        context: how many last inputs a prediction sees; 0 for all of them.
        """
        steps = int(data.lengths.max(initial=1))  # without columns that only longer names need
        inputs, targets = (torch.from_numpy(x[:, :steps]) for x in (data.inputs, data.targets))
        return evaluate_in_parts(self.eval_model, inputs, targets, context)

    def write(
        self, vocab: Vocab, draws: np.ndarray, context: int = 0, weights: np.ndarray | None = None
    ) -> Parts[WritingResult]:
        """A name for each row of `draws`, as in `Engine`."""
        model = self.eval_model
        if weights is not None:
            model = rebuild(self.config, len(vocab), weights)
        traces = yield from until_result(write_in_parts(model, vocab, draws, context=context))
        names, first = tuple(written_name(vocab, trace.ids) for trace in traces), traces[0]
        return WritingResult(names, first.ids, first.logits, first.hidden)


def dropout_factors(share: float, shape: torch.Size, generator: torch.Generator) -> Tensor:
    """A factor for each number: 0 for a `share` of them, and a larger one for the others."""
    stays = torch.rand(shape, generator=generator) >= share
    return stays / (1 - share)


def soft_nll(logits: Tensor, teacher: Teacher, rows: Tensor, places: slice) -> Tensor:
    """The sum of −q · ln p over all symbols, for each target's soft target q; padding has none.

    logits (B, T, V): the scores at these places of the training names at `rows` (B,).
    """
    found = torch.from_numpy(teacher.rows)[rows, places]  # (B, T)
    soft = functional.embedding(found, torch.from_numpy(teacher.table))  # (B, T, V)
    return -(soft * functional.log_softmax(logits, dim=-1)).sum()


def clip(gradient: Tensor, norm: float) -> float:
    """If `gradient` is longer than `norm`, shorten it in place to that length. Returns its
    length before.
    """
    length = float(gradient.norm())
    if length > norm:
        gradient.mul_(norm / length)
    return length
