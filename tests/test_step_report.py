"""What one update did: told exactly, and without any effect on the training."""

import math

import numpy as np
import pytest
import torch
from sampling import one_in
from trainers import BUSY, HEAVY, SMALL, losses_by_hand, same_run

from dino.compiled import engine
from dino.config import CELLS, OPTIMIZERS
from dino.cost import layers
from dino.data import encode
from dino.divergence import Diverged
from dino.model import nll, rebuild
from dino.step_report import NAMES_SHOWN
from dino.train import Trainer

PLAIN = SMALL.replace(average=0, clip_norm=0, max_steps=100)
compiled = pytest.param(
    "compiled",
    marks=[
        pytest.mark.xdist_group("compiled"),
        pytest.mark.skipif(not engine.is_available(), reason="numba and scipy are not installed"),
    ],
)
each_engine = pytest.mark.parametrize("name", ["torch", compiled])
each_cell = pytest.mark.parametrize("cell", CELLS)


def reported(config, corpus, before=6):
    """The weights before a step, its report, and its trainer."""
    trainer = Trainer(config, corpus)
    trainer.advance(before)
    weights = trainer.state.weights.clone()
    assert trainer.advance(1, report=True) == 1
    return weights, trainer.step_report, trainer


def gradient(config, corpus, weights, names):
    """The gradient of the mean over all targets of `names`, by autograd. One for each weight."""
    model = rebuild(config, len(corpus.vocab), weights.numpy())
    data = encode(names, corpus.vocab)
    loss = nll(model(torch.from_numpy(data.inputs), config.context), torch.from_numpy(data.targets))
    return torch.autograd.grad(loss, list(model.parameters()), allow_unused=True)


# Training goes on as without it


@each_engine
@pytest.mark.parametrize("optimizer", one_in(2, ["adam", "momentum"]))
@each_cell
def test_a_report_changes_no_number_of_the_training(cell, optimizer, name, corpus, request):
    if name == "compiled":
        request.getfixturevalue("kernels")
    config = BUSY.replace(cell=cell, optimizer=optimizer, engine=name)
    watched, straight = Trainer(config, corpus), Trainer(config, corpus)
    straight.advance()
    while not watched.done:
        watched.advance(1, report=True)
        assert watched.step_report.step == watched.step_count
    same_run(watched, straight)
    assert watched.engine == name
    assert torch.equal(watched.generator.get_state(), straight.generator.get_state())
    assert torch.equal(watched.state.average, straight.state.average)
    assert torch.equal(watched.state.gradient, straight.state.gradient)
    for memory, value in straight.state.optimizer_state.items():
        assert torch.equal(watched.state.optimizer_state[memory], value), memory
    one, other = watched.pack().kernels_random_state, straight.pack().kernels_random_state
    assert np.array_equal(one, other)  # None on PyTorch


def test_a_report_is_of_the_last_of_some_updates_and_goes_with_the_next_one(corpus):
    trainer, straight = Trainer(SMALL, corpus), Trainer(SMALL, corpus)
    assert trainer.step_report is None
    assert trainer.advance(9, report=True) == 9
    assert trainer.step_report.step == 9
    trainer.settle()
    assert trainer.step_report.step == 9  # measuring is no update
    trainer.step()
    assert trainer.step_report is None
    assert trainer.advance(report=True) == 30
    assert trainer.step_report.step == trainer.max_steps == 40
    straight.advance(9), straight.settle(), straight.advance()
    same_run(trainer, straight)


@pytest.mark.parametrize("context", [0, 4])
def test_in_the_smallest_parts_it_is_the_same_report(context, corpus, monkeypatch):
    monkeypatch.setattr("dino.cost.EVALUATION_NAMES", 5)
    config = HEAVY.replace(context=context)
    whole, parts, midway = Trainer(config, corpus), Trainer(config, corpus), 0
    whole.advance(3, report=True)
    made = parts.advance(2)
    while made < 3:
        made += parts.advance(1, 1e-9, report=True)
        midway += parts.midway and parts.step_report is None
    assert midway > NAMES_SHOWN // 5
    assert parts.step_report == whole.step_report
    parts.settle(), whole.settle()
    same_run(whole, parts)


# What it tells


@each_engine
@pytest.mark.parametrize("context", [0, 1])
@pytest.mark.parametrize("batch_size", [1, 8, NAMES_SHOWN])
@each_cell
def test_the_letters_losses_have_the_noted_loss_as_their_mean(
    cell, batch_size, context, name, corpus, request
):
    if name == "compiled":
        request.getfixturevalue("kernels")
    config = SMALL.replace(cell=cell, batch_size=batch_size, context=context, engine=name)
    _, report, trainer = reported(config, corpus)
    assert report.loss == trainer.history.losses[-1]
    assert report.batch_size == len(report.names) == batch_size
    assert len({len(losses) for _, losses in report.names}) > 1 or batch_size == 1
    losses = [loss for of_name in report.names for loss in of_name.losses]
    assert len(losses) == trainer.history.symbols[-1]
    assert np.mean(losses) == pytest.approx(report.loss, abs=1e-5)


@each_cell
@pytest.mark.parametrize("context", [0, 1, 3])
def test_each_letters_loss_is_that_before_the_update_without_dropout(cell, context, corpus):
    config = SMALL.replace(cell=cell, context=context, hidden_dropout=0.5, letter_dropout=0.5)
    weights, report, _ = reported(config.replace(engine="torch"), corpus)
    assert report.with_dropout
    model = rebuild(config, len(corpus.vocab), weights.numpy())
    names = [name for name, _ in report.names]
    assert {*names} <= corpus.train_set
    for (_, losses), right in zip(
        report.names, losses_by_hand(model, names, corpus.vocab, context), strict=True
    ):
        assert losses == pytest.approx(right, abs=1e-5)


def test_of_a_large_batch_the_first_names_are_shown(corpus):
    _, report, _ = reported(SMALL.replace(batch_size=100), corpus)
    assert (len(report.names), report.batch_size) == (NAMES_SHOWN, 100)
    assert not report.with_dropout


@each_engine
@pytest.mark.parametrize("clip_norm", [0.0, 0.05, 50.0])
@each_cell
def test_the_gradients_length_is_that_of_autograd_before_clipping(
    cell, clip_norm, name, corpus, request
):
    if name == "compiled":
        request.getfixturevalue("kernels")
    config = SMALL.replace(cell=cell, clip_norm=clip_norm, engine=name)
    weights, report, trainer = reported(config, corpus)
    parts = gradient(config, corpus, weights, [of_name.name for of_name in report.names])
    length = math.sqrt(sum(float(part.double().square().sum()) for part in parts))
    assert report.gradient_norm == pytest.approx(length, rel=1e-4)
    assert report.clip_norm == clip_norm
    assert report.clipped == (0 < clip_norm < length) == (clip_norm == 0.05)
    assert trainer.run().clipped == (7 if clip_norm == 0.05 else 0)


@each_engine
@pytest.mark.parametrize("clip_norm", [0.0, 0.05])
@each_cell
def test_by_plain_descent_each_matrix_moves_by_the_rate_times_its_gradient(
    cell, clip_norm, name, corpus, request
):
    if name == "compiled":
        request.getfixturevalue("kernels")
    config = PLAIN.replace(
        cell=cell, optimizer="sgd", learning_rate=0.5, clip_norm=clip_norm, engine=name
    )
    weights, report, _ = reported(config, corpus)
    parts = gradient(config, corpus, weights, [of_name.name for of_name in report.names])
    factor = clip_norm / report.gradient_norm if report.clipped else 1.0
    assert report.clipped == bool(clip_norm) and report.learning_rate == 0.5
    for move, part in zip(report.moved, parts, strict=True):
        right = 0.5 * factor * float(part.norm())
        assert move.change == pytest.approx(right, rel=2e-3, abs=1e-6), move.name
    total = math.sqrt(sum(move.change**2 for move in report.moved))
    assert total == pytest.approx(0.5 * factor * report.gradient_norm, rel=1e-3)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@each_cell
def test_moves_are_those_of_the_trained_weights_by_their_names(cell, optimizer, corpus):
    config = SMALL.replace(cell=cell, optimizer=optimizer, average=0.99, engine="torch")
    weights, report, trainer = reported(config, corpus)
    rows = layers(config, len(corpus.vocab))
    assert [move.name for move in report.moved] == [name for name, _, _ in rows]
    sizes = [count for _, _, count in rows]
    now = trainer.state.weights.split(sizes)
    for move, old, new in zip(report.moved, weights.split(sizes), now, strict=True):
        assert move.before == pytest.approx(float(old.norm()), rel=1e-5)
        assert move.change == pytest.approx(float((new - old).norm()), rel=1e-5)


def test_at_a_context_of_one_no_recurrent_weight_moves(corpus):
    _, report, _ = reported(PLAIN.replace(context=1, optimizer="sgd"), corpus)
    changes = {move.name: move.change for move in report.moved}
    assert changes.pop("W_hh") == 0 and min(changes.values()) > 0


def test_with_dropout_the_gradient_is_the_updates_own(corpus):
    config = PLAIN.replace(optimizer="sgd", learning_rate=0.5, hidden_dropout=0.5, engine="torch")
    _, report, _ = reported(config, corpus)
    total = math.sqrt(sum(move.change**2 for move in report.moved))
    assert total == pytest.approx(0.5 * report.gradient_norm, rel=1e-3)


def test_a_step_that_diverges_is_reported_as_it_was(corpus):
    trainer = Trainer(SMALL, corpus)
    trainer.advance(11)
    with torch.no_grad():
        trainer.model.W_hh[0, 0] = math.nan
    assert trainer.advance(1, report=True) == 1 and trainer.stopped
    assert math.isnan(trainer.step_report.loss) and math.isnan(trainer.step_report.gradient_norm)
    assert not trainer.step_report.clipped
    with pytest.raises(Diverged):
        trainer.model.W_hh.data.fill_(math.nan)
        trainer.step()
    assert trainer.step_report is None
