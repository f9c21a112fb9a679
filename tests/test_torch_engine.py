"""Updates on PyTorch: the loss, its gradient, clipping, averaging, dropout."""

import math

import numpy as np
import pytest
import torch
from trainers import SMALL, losses_by_hand, train

from dino import torch_engine
from dino.config import CELLS
from dino.model import nll, rebuild
from dino.torch_engine import clip, dropout_factors
from dino.train import Trainer

# The loss


@pytest.mark.parametrize("context", [0, 1, 3])
def test_the_training_loss_is_the_mean_over_all_real_targets_of_the_batch(context, corpus):
    trainer = Trainer(SMALL.replace(context=context), corpus)
    rows = torch.tensor([5, 700, 12, 1300, 44])
    losses = losses_by_hand(trainer.model, [corpus.train[i] for i in rows], corpus.vocab, context)
    pooled, of_names = np.concatenate(losses).mean(), np.mean([x.mean() for x in losses])
    assert abs(pooled - of_names) > 1e-4  # so the two can be told apart
    assert trainer.step(rows) == pytest.approx(pooled, abs=1e-5)
    assert trainer.history.symbols == [sum(map(len, losses))]


def test_a_batch_in_parts_gives_the_same_gradient(corpus, monkeypatch):
    config = SMALL.replace(batch_size=64, clip_norm=0, average=0, engine="torch")
    whole = Trainer(config, corpus)
    loss = whole.step()
    monkeypatch.setattr("dino.cost.PART_NUMBERS", 7 * 12 * 27)
    parts = Trainer(config, corpus)
    slices = 1
    while parts.advance(1, 1e-9) == 0:
        slices += 1
    assert slices > 5
    assert parts.history.losses[-1] == pytest.approx(loss, abs=1e-6)
    torch.testing.assert_close(parts.state.gradient, whole.state.gradient, rtol=0, atol=1e-6)
    assert whole.state.gradient.abs().max() > 1e-3


def test_the_gradient_is_that_of_the_loss_that_is_reported(corpus):
    trainer = Trainer(SMALL.replace(clip_norm=0, average=0), corpus)
    rows = torch.tensor([3, 300, 900])
    model = rebuild(trainer.config, len(corpus.vocab), trainer.state.weights.numpy())
    inputs, targets, _ = (torch.from_numpy(a)[rows] for a in corpus.train_arrays)
    nll(model(inputs), targets).backward()
    trainer.step(rows)
    expected = torch.cat([p.grad.reshape(-1) for p in model.parameters()])
    torch.testing.assert_close(trainer.state.gradient, expected, rtol=0, atol=1e-6)


# Clipping, averaging, dropout


@pytest.mark.parametrize("length", [0.1, 0.5, 1.0, 30.0])
def test_clipping_bounds_the_norm_and_keeps_the_direction(length):
    direction = torch.randn(200, generator=torch.Generator().manual_seed(0))
    direction /= direction.norm()
    gradient = direction * length
    assert clip(gradient, 0.5) == pytest.approx(length, rel=1e-5)
    assert gradient.norm() == pytest.approx(min(length, 0.5), rel=1e-5)
    torch.testing.assert_close(gradient / gradient.norm(), direction)


def test_a_step_is_no_longer_than_the_clipped_gradient_times_the_rate(corpus):
    trainer = Trainer(SMALL.replace(optimizer="sgd", learning_rate=1.0, clip_norm=0.01), corpus)
    for _ in range(5):
        before = trainer.state.weights.clone()
        trainer.step()
        assert (trainer.state.weights - before).norm() == pytest.approx(0.01, rel=1e-3)
    assert trainer.history.clipped == trainer.run().clipped == 5


def test_clipping_that_is_off_shortens_nothing(corpus):
    assert train(SMALL.replace(clip_norm=0), corpus).history.clipped == 0


def test_the_network_that_is_evaluated_is_the_average(corpus):
    trainer = train(SMALL.replace(average=0.99), corpus)
    flat = torch.cat([p.detach().reshape(-1) for p in trainer.eval_model.parameters()])
    assert torch.equal(flat, trainer.state.average)
    assert not torch.equal(flat, trainer.state.weights)
    with torch.no_grad():
        trainer.state.average.zero_()  # the same numbers, not a copy
    assert not any(p.any() for p in trainer.eval_model.parameters())
    assert trainer.evaluate() == pytest.approx(math.log(27), abs=1e-5)
    assert trainer.model.W_hh.any()


def test_without_an_average_the_network_itself_is_evaluated(corpus):
    trainer = train(SMALL.replace(average=0), corpus)
    assert trainer.eval_model is trainer.model
    assert torch.equal(trainer.state.average, trainer.state.weights)


def test_the_average_lies_between_the_weights_it_is_of(corpus):
    trainer = Trainer(SMALL.replace(average=0.9), corpus)
    low, high = trainer.state.weights.clone(), trainer.state.weights.clone()
    while not trainer.done:
        trainer.step()
        low, high = (
            torch.minimum(low, trainer.state.weights),
            torch.maximum(high, trainer.state.weights),
        )
        assert (trainer.state.average >= low - 1e-6).all()
        assert (trainer.state.average <= high + 1e-6).all()


def test_averaging_does_not_touch_the_training(corpus, same_losses):
    same_losses(
        train(SMALL.replace(average=0), corpus).history.losses,
        train(SMALL.replace(average=0.99), corpus).history.losses,
    )


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_dropout_has_expectation_one_and_drops_its_share(share):
    factors = dropout_factors(share, (400, 500), torch.Generator().manual_seed(0))
    dropped = factors == 0
    assert dropped.float().mean() == pytest.approx(share, abs=0.005)
    assert factors.mean() == pytest.approx(1, abs=0.02)
    assert factors[~dropped].unique().numpy() == pytest.approx([1 / (1 - share)])


@pytest.mark.parametrize("kind", ["letter_dropout", "hidden_dropout", "weight_drop"])
def test_dropout_changes_training_and_never_the_held_out_loss(kind, corpus):
    plain, dropped = Trainer(SMALL, corpus), Trainer(SMALL.replace(**{kind: 0.5}), corpus)
    assert dropped.evaluate() == dropped.evaluate() == plain.evaluate()
    rows = torch.arange(64)
    assert dropped.step(rows) != plain.step(rows)


def test_the_mean_loss_under_little_hidden_dropout_is_near_the_loss_without(corpus):
    # The output layer is linear, so factors of expectation one leave the mean logits as they are.
    config = SMALL.replace(optimizer="sgd", learning_rate=1e-5, average=0)
    plain, dropped = Trainer(config, corpus), Trainer(config.replace(hidden_dropout=0.1), corpus)
    rows = torch.arange(256)
    losses = [dropped.step(rows) for _ in range(30)]
    assert np.mean(losses) == pytest.approx(plain.step(rows), abs=0.02)


def test_weight_drop_draws_one_mask_for_an_update_and_keeps_what_w_hh_is_on_average(
    corpus, monkeypatch
):
    drawn = []

    def draw(share, shape, generator):
        drawn.append(dropout_factors(share, shape, generator))
        return drawn[-1]

    monkeypatch.setattr(torch_engine, "dropout_factors", draw)
    trainer = Trainer(SMALL.replace(weight_drop=0.6, average=0, engine="torch"), corpus)
    trainer.step()
    gradient = trainer.model.W_hh.grad.clone()
    assert len(drawn) == 1 and drawn[0].shape == trainer.model.W_hh.shape
    assert not gradient[drawn[0] == 0].any() and gradient[drawn[0] > 0].any()
    for _ in range(199):
        trainer.step()
    assert len(drawn) == 200
    factors = torch.stack(drawn)
    assert (factors == 0).float().mean() == pytest.approx(0.6, abs=0.005)
    assert factors.mean() == pytest.approx(1, abs=0.01)
    assert factors.std(0).min() > 0  # no entry is always dropped or always kept


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("context", [0, 3])
def test_an_update_in_parts_drops_the_same_weights_in_all_of_them(
    cell, context, corpus, monkeypatch
):
    config = SMALL.replace(cell=cell, weight_drop=0.5, context=context, engine="torch")
    whole = Trainer(config, corpus)
    whole.step()
    monkeypatch.setattr(torch_engine.cost, "update_part_size", lambda *_: (5, 99))
    parts = Trainer(config, corpus)
    parts.step()
    assert torch.allclose(whole.state.gradient, parts.state.gradient, atol=1e-6)
