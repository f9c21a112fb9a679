"""What a run's next updates would do: at other learning rates, or with more units.

The rates are the run's own, a tenth of it and ten times it. The run itself does not change.

All trials of a run begin at its present weights, with an optimizer's state that was filled there,
and read the same batches. So they differ only in the one change (and in what dropout leaves out).
If the recipe keeps an average of the weights, a trial's average begins at the same weights.

Letters used for shapes: N names, V symbols, H hidden units, G blocks of a cell, P weights.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from dino.batches import Batches
from dino.config import GATES, SQUARE_DECAY, Config
from dino.count_teacher import teacher_in_parts
from dino.data import Corpus, Encoded
from dino.divergence import Point
from dino.engines import Engines
from dino.history import Evaluation
from dino.model import CharRNN, flatten, rebuild, start_network
from dino.parts import Parts
from dino.probe import name_losses_in_parts
from dino.recorder import train_sample
from dino.torch_engine import TorchEngine
from dino.training_state import TrainingState

LOOKED_AT = 40  # batches whose gradient is measured; after this many, momentum's sum is complete
MOVES = 10  # updates whose length is measured
STEPS = 200  # updates of a trial; `diagnosis.py` has the limits that hold for this number
SECONDS = 0.01  # of a part, as far as an engine can keep to it
_UNMEASURED = Evaluation(0.0, 0.0)


class MeanGradient(NamedTuple):
    """The gradient at the present weights, over `LOOKED_AT` batches.

    norm, error: its mean length before it is clipped, and the standard error of that
    clipped: the share of batches in which it is longer than the recipe's limit; None
    without a limit
    recurrent: the greatest length of W_hh's part; input: that of W_xh's part
    unheard: symbols that are inputs in these batches, but whose row of W_xh got no gradient
    """

    norm: float
    error: float
    clipped: float | None
    recurrent: float
    input: float
    unheard: tuple[int, ...]


class Moves(NamedTuple):
    """How far one update moves the weights, as a share of their length: the mean of `MOVES`.

    whole: all weights; matrices: each by its name, None if all its weights are zero
    """

    whole: float
    matrices: dict[str, float | None]


class Losses(NamedTuple):
    """A network's sum of −ln p over each name, (N,) nats.

    train: on the sample of training names; val: on the held-out names
    """

    train: np.ndarray
    val: np.ndarray


class Continuation:
    """Training from some weights of a recipe, any number of times from the same start.

    model: the network whose weights move; eval_model: their average, if the recipe keeps one.
    """

    def __init__(
        self, config: Config, corpus: Corpus, weights: np.ndarray, rate: float, step: int
    ) -> None:
        """weights (P,): where all trials begin; rate: the learning rate
        step: how many updates the run has made; Adagrad's divisor depends on it
        """
        self.config, self.corpus, self.rate = config, corpus, rate
        self.model = rebuild(config, len(corpus.vocab), weights)
        generator = torch.Generator().manual_seed(config.seed + 1)  # other batches than at first
        data = corpus.train_arrays
        reference = TorchEngine(config, self.model, data, generator)
        self.eval_model, self.state = reference.eval_model, reference.state
        self._engines, self._run_step = Engines(reference, data, None), step
        batches = Batches(len(data.lengths), config.batch_size, generator)
        self._looked_at = batches.draw(LOOKED_AT)  # (LOOKED_AT, B)
        self._batches = batches.draw(STEPS)  # (STEPS, B)
        self._start: Point | None = None

    def look(self) -> Parts[MeanGradient]:
        """Measure the gradient without a step, and fill the optimizer's state with it."""
        # Here, because it may take long to count.
        self._engines.reference.teacher = yield from teacher_in_parts(self.config, self.corpus)
        yield from self._engines.choose("")
        state, norms, recurrent, input_ = self.state, [], [], []
        heard, pulled = np.zeros((2, len(self.corpus.vocab) + 1), dtype=bool)
        state.learning_rate = 0.0
        # At a rate of 0 the rule fills its state, and the weights do not move.
        for rows in self._looked_at:
            yield
            updates = yield from self._engines.current.train(rows[None])
            norm, scale = _norm_before(state, float(updates.norms[0]), self.config.clip_norm)
            norms.append(norm)
            recurrent.append(scale * _length(self.model.W_hh.grad))
            input_.append(scale * _length(self.model.W_xh.grad))
            heard[np.unique(_inputs(self.corpus, rows))] = True
            pulled[:-1] |= _rows_pulled(self.model)
        self._age()
        self._start = Point.copy_of(state, _UNMEASURED)
        limit = self.config.clip_norm
        return MeanGradient(
            float(np.mean(norms)),
            float(np.std(norms, ddof=1) / np.sqrt(len(norms))),
            float(np.mean(np.array(norms) > limit)) if limit else None,
            max(recurrent),
            max(input_),
            tuple(np.flatnonzero(heard[:-1] & ~pulled[:-1]).tolist()),
        )

    def _age(self) -> None:
        """Scale the sum or mean of squares to what it would be after the run's steps."""
        squares = self.state.optimizer_state.get("s")
        if squares is not None and self.config.optimizer == "adagrad":
            squares.mul_(max(1.0, self._run_step / LOOKED_AT))
        elif squares is not None and self.config.optimizer == "rmsprop":
            squares.div_(1 - SQUARE_DECAY**LOOKED_AT)

    def move(self) -> Parts[Moves]:
        """Measure how far single updates move the weights."""
        self._restart(self.rate)
        whole, parts = [], []
        for rows in self._batches[:MOVES]:
            before = [p.detach().clone() for p in self.model.parameters()]
            yield from self._engines.current.train(rows[None])
            changes = [
                p.detach() - old for p, old in zip(self.model.parameters(), before, strict=True)
            ]
            parts.append(
                [(_length(c), _length(old)) for c, old in zip(changes, before, strict=True)]
            )
            whole.append(np.hypot.reduce(parts[-1], axis=0))
            yield
        ratios = {}
        for i, (name, _) in enumerate(self.model.named_parameters()):
            change, old = np.mean([part[i] for part in parts], axis=0)
            ratios[name] = float(change / old) if old else None
        change, old = np.mean(whole, axis=0)
        return Moves(float(change / old), ratios)

    def train(self, factor: float = 1.0) -> Parts[Losses]:
        """Make the trial's updates at `factor` times the learning rate; return the
        losses after them.
        """
        self._restart(factor * self.rate)
        done = 0
        while done < len(self._batches):
            count = self._engines.current.updates_within(SECONDS)
            yield from self._engines.current.train(self._batches[done : done + count])
            done += count
            yield
        return (yield from losses_in_parts(self.eval_model, self.corpus, self.config.context))

    def _restart(self, rate: float) -> None:
        assert self._start is not None  # call `look` first
        self._start.put_back(self.state)
        self.state.step_count, self.state.learning_rate = self._start.step, rate


def _norm_before(state: TrainingState, noted: float, limit: float) -> tuple[float, float]:
    """The gradient's length before it was clipped, and the factor that undoes the clipping.

    noted: the norm that the update reports, NaN without clipping.
    """
    # The update has clipped the gradient in place; `noted` is its length before.
    now = _length(state.gradient)
    if not limit or not noted > limit:
        return now, 1.0
    return noted, noted / now


def _length(tensor: Tensor | None) -> float:
    assert tensor is not None
    return float(tensor.norm())


def _inputs(corpus: Corpus, rows: Tensor) -> np.ndarray:
    """The inputs of the names at `rows`, without padding."""
    data = corpus.train_arrays
    inputs, targets = data.inputs[rows.numpy()], data.targets[rows.numpy()]
    found: np.ndarray = inputs[targets >= 0]
    return found


def _rows_pulled(model: CharRNN) -> np.ndarray:
    """Which symbols' rows of W_xh have a gradient. (V,)"""
    assert model.W_xh.grad is not None
    found: np.ndarray = model.W_xh.grad.ne(0).any(1).numpy()
    return found


def losses_in_parts(model: CharRNN, corpus: Corpus, context: int) -> Parts[Losses]:
    """The losses of the sample of training names and of the held-out names, name by name."""
    train = yield from _name_losses(model, train_sample(corpus), context)
    val = yield from _name_losses(model, corpus.val_arrays, context)
    return Losses(train, val)


def _name_losses(model: CharRNN, data: Encoded, context: int) -> Parts[np.ndarray]:
    losses = np.empty(0)
    for found in name_losses_in_parts(model, data, context):
        losses = found[1]
        yield
    return losses


@torch.no_grad()
def widen(model: CharRNN, config: Config) -> CharRNN:
    """The same network with more units, which change nothing at first (Chen et al. 2016, Net2Net).

    The new units read the letters and all units through weights drawn as at the start of training.
    Nothing reads them yet: their rows of W_hy, and of W_hh towards the old units, are zero.

    config: the recipe with the new hidden size.
    """
    start = torch.Generator().manual_seed(config.seed)
    wide = start_network(config, model.vocab_size, start)
    H, hidden_size = model.hidden_size, config.hidden_size
    for block in range(GATES[model.cell]):
        own = slice(block * H, (block + 1) * H)
        place = slice(block * hidden_size, block * hidden_size + H)
        wide.W_xh[:, place], wide.b_h[place] = model.W_xh[:, own], model.b_h[own]
        wide.W_hh[:H, place], wide.W_hh[H:, place] = model.W_hh[:, own], 0.0
    wide.W_hy[:H], wide.W_hy[H:] = model.W_hy, 0.0
    wide.b_y.copy_(model.b_y)
    return wide


def weights_of(model: CharRNN) -> np.ndarray:
    """All weights of a network in one vector. (P,)"""
    found: np.ndarray = flatten(model).numpy()
    return found
