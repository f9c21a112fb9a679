"""When training goes wrong: it stops with a sentence and keeps the last good weights."""

import math
import re

import numpy as np
import pytest
import torch
from trainers import SMALL, train

from dino.config import OPTIMIZERS, number_text
from dino.divergence import Diverged, DivergenceGuard, Point
from dino.evaluation import evaluate
from dino.history import Evaluation, GrowingArray
from dino.model import rebuild
from dino.recorder import train_sample
from dino.run import Cure
from dino.train import Trainer
from dino.training_state import TrainingState

WILD = SMALL.replace(
    optimizer="momentum", learning_rate=10.0, clip_norm=0, average=0, max_steps=2000
)


def check_kept_weights(trainer, corpus):
    run = trainer.run()
    assert np.isfinite(run.weights).all() and torch.isfinite(trainer.state.weights).all()
    model = rebuild(run.config, len(corpus.vocab), run.weights)
    inputs, targets, _ = map(torch.from_numpy, corpus.val_arrays)
    loss = evaluate(model, inputs, targets, run.config.context)
    assert math.isfinite(loss)
    assert run.val_loss == pytest.approx(loss, rel=1e-6)  # float32; it may have grown large
    sample = train_sample(corpus)
    inputs, targets, _ = map(torch.from_numpy, sample)
    loss = evaluate(model, inputs, targets, run.config.context)
    assert run.train_eval_loss == pytest.approx(loss, rel=1e-6)
    assert run.best[1] == np.nanmin(run.val_losses)
    return run


@pytest.mark.parametrize("cell", ["rnn", "gru"])  # the LSTM's gates keep even this recipe stable
def test_a_diverging_run_stops_with_a_sentence_and_its_last_good_weights(cell, corpus):
    trainer = train(WILD.replace(cell=cell), corpus)
    run = check_kept_weights(trainer, corpus)
    assert trainer.done and trainer.step_count < WILD.max_steps
    assert run.val_loss <= 2 * run.val_losses[0]
    said = str(run.stopped)
    assert said.isprintable() and said.endswith(".") and len(said) < 250
    rose = re.search(r"rose to ([\d.]+)", said)
    assert rose is None or float(rose[1]) == pytest.approx(np.mean(run.losses[-20:]), abs=0.06)
    for part in (f"Stopped at update {run.step:,}", "Try a learning rate of", "clip the gradient"):
        assert part in said
    assert run.best_moment.step == run.best[0] <= run.kept_step
    assert np.isfinite(run.best_moment.weights).all()


@pytest.mark.parametrize("average", [0.0, 0.99])
def test_no_number_in_the_weights_puts_back_those_of_the_last_measurement(average, corpus):
    trainer = Trainer(SMALL.replace(average=average), corpus)
    for _ in range(10):
        trainer.step()
    weights, average = trainer.state.weights.clone(), trainer.state.average.clone()
    trainer.step()  # after this step and the next nothing is measured
    with torch.no_grad():
        trainer.model.W_hh[0, 0] = math.nan
    with pytest.raises(Diverged, match="no longer a finite number"):
        trainer.step()
    assert torch.equal(trainer.state.weights, weights)
    assert torch.equal(trainer.state.average, average)
    assert "The weights of update 10 and their held-out loss were restored." in str(trainer.stopped)
    check_kept_weights(trainer, corpus)


def test_no_number_found_by_the_measurement_stops_as_well(corpus):
    # W_xh of a letter that the batch does not have, so the training loss does not change
    trainer = Trainer(SMALL.replace(average=0), corpus)
    with torch.no_grad():
        trainer.model.W_xh[corpus.vocab.index["z"]] = math.nan
    rows = torch.tensor([i for i, name in enumerate(corpus.train) if "z" not in name][:8])
    with pytest.raises(Diverged, match="no longer a finite number"):
        trainer.step(rows)
    check_kept_weights(trainer, corpus)


def test_a_diverged_run_continues_at_a_lower_rate(corpus):
    trainer = train(WILD, corpus)
    stopped_at, good = trainer.step_count, trainer.history.val_losses[-1]
    trainer.learning_rate = 0.01
    trainer.extend(50)
    while not trainer.done:
        trainer.advance(1)
    assert not trainer.stopped
    assert trainer.step_count == stopped_at + 50
    assert trainer.history.val_losses[-1] < good


def test_the_last_good_moment_is_still_good_after_a_second_divergence(corpus):
    trainer = train(WILD, corpus)
    weights, velocity = trainer.state.weights.clone(), trainer.state.optimizer_state["v"].clone()
    trainer.extend()
    trainer.step()  # at the same rate, and nothing is measured here
    trainer.state.weights.fill_(math.nan)
    trainer.advance(1)
    assert trainer.stopped
    assert torch.equal(trainer.state.weights, weights)
    assert torch.equal(trainer.state.optimizer_state["v"], velocity)
    trainer.learning_rate = 0.01
    trainer.extend(50)
    while not trainer.done:
        trainer.advance(1)
    assert not trainer.stopped


def test_where_memory_is_bounded_a_diverged_run_tells_both_losses_of_the_kept_weights(corpus):
    trainer = train(WILD.replace(context=1, batch_size=1), corpus)
    assert trainer.stopped
    run = check_kept_weights(trainer, corpus)
    assert run.carried_loss == pytest.approx(trainer.evaluate(context=0), abs=1e-6)


def test_a_sound_run_is_not_stopped(corpus):
    assert not train(SMALL.replace(learning_rate=0.05, max_steps=300), corpus).stopped


def test_updates_after_a_divergence_do_not_count(corpus):
    trainer = train(WILD, corpus)
    assert trainer.stopped and trainer.history.names_seen == 8 * trainer.step_count


# The guard alone


def make_guard(first_loss=3.0, **fields):
    weights = torch.zeros(4)
    state = TrainingState(weights, torch.zeros(4), weights, learning_rate=0.1)
    return DivergenceGuard(
        SMALL, first_loss, Point.copy_of(state, Evaluation(first_loss, 2.5)), **fields
    )


@pytest.mark.parametrize(
    "before, losses, counted, mean",
    [
        ([3.0] * 30, [3.0, 5.9], 2, None),
        ([3.0] * 30, [7.0] * 3, 3, None),  # three high losses do not lift the mean of twenty
        ([3.0] * 30, [30.0, 40.0, 50.0], 2, (18 * 3 + 70) / 20),
        ([3.0] * 30, [3.0, math.nan, 3.0], 2, math.nan),
        ([50.0] * 30, [50.0], 1, 50.0),
        ([], [100.0, 100.0, 100.0], 2, 100.0),  # before the first step nothing counts
    ],
)
def test_the_mean_of_the_last_twenty_losses_is_compared_with_twice_the_first(
    before, losses, counted, mean
):
    found = make_guard(first_loss=3.0).check(GrowingArray(np.float64, before), losses)
    assert found[0] == counted
    if mean is None:
        assert found[1] is None
    else:
        assert found[1] == pytest.approx(mean, nan_ok=True)


def test_losses_before_an_earlier_divergence_do_not_count_again():
    before = GrowingArray(np.float64, [50.0] * 30)
    assert make_guard(watch_from=30).check(before, [3.0, 3.0]) == (2, None)


def test_only_a_good_point_is_kept_and_put_back_in_numbers_of_its_own():
    guard = make_guard(first_loss=3.0)
    weights = torch.ones(4)
    state = TrainingState(weights, torch.zeros(4), weights, 0.1, {"v": torch.ones(4)}, 7)
    guard.keep(Point.copy_of(state, Evaluation(6.0, 5.5)))
    weights.fill_(2.0)
    guard.keep(Point.copy_of(state, Evaluation(6.1, 5.5)))
    assert guard.good.step == 7 and guard.good.evaluation.val_loss == 6.0
    guard.good.put_back(state)
    assert weights.tolist() == [1.0] * 4 and state.average is weights and state.step_count == 7
    state.optimizer_state["v"].zero_()
    assert guard.good.optimizer_state["v"].tolist() == [1.0] * 4


@pytest.mark.parametrize(
    "optimizer, rate, clip_norm, cure",
    [
        ("momentum", 10.0, 0.0, (0.1, 1.0)),  # the usual rate, for a batch of 8
        ("adam", 0.03, 5.0, (0.003, 5.0)),  # a tenth; the recipe clips already
        ("adam", 0.00002, 1.0, (0.00001, 1.0)),  # the lowest rate that there is
        ("adam", 0.0123, 0.0, (0.001, 1.0)),  # a rate that can be said
    ],
)
def test_the_cure_is_a_lower_rate_and_clipping_and_the_sentence_says_the_same(
    optimizer, rate, clip_norm, cure
):
    guard = make_guard()
    guard.config = SMALL.replace(optimizer=optimizer, clip_norm=clip_norm)
    assert guard.find_cure(rate) == Cure(*cure)
    said = str(guard.explain(7, math.nan, rate))
    assert f"a learning rate of {number_text(cure[0])}" in said
    assert ("clip the gradient at a norm of 1" in said) == (not clip_norm)
    guard.config.replace(learning_rate=cure[0], clip_norm=cure[1])  # a recipe can have both


def test_a_run_has_its_cure_until_it_is_trained_further(corpus):
    trainer = train(WILD, corpus)
    assert trainer.run().cure == Cure(0.1, 1.0)
    trainer.learning_rate = 0.01
    assert trainer.run().cure == Cure(0.1, 1.0)
    assert Trainer(WILD, corpus, packed=trainer.pack()).run().cure == Cure(0.1, 1.0)
    trainer.extend(5)
    assert trainer.run().cure is None
    assert train(SMALL, corpus).run().cure is None


@pytest.mark.parametrize("batch_size", [1, 32])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_new_run_with_the_cure_learns(optimizer, batch_size, corpus):
    config = WILD.replace(optimizer=optimizer, batch_size=batch_size, max_steps=200)
    diverged = train(config, corpus).run()
    assert diverged.stopped
    rate, norm = diverged.cure
    run = train(config.replace(learning_rate=rate, clip_norm=norm), corpus).run()
    assert not run.stopped and run.val_loss < math.log(27) - 0.4
