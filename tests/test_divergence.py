"""When training goes wrong: it stops with a sentence and keeps the last good weights."""

import math
import re

import numpy as np
import pytest
import torch
from trainers import SMALL, train

from dino.divergence import Diverged
from dino.evaluation import evaluate
from dino.model import rebuild
from dino.train import Trainer

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
    assert run.best[1] == np.nanmin(run.val_losses)
    return run


@pytest.mark.parametrize("cell", ["rnn", "gru"])  # the LSTM's gates bear even this recipe
def test_a_diverging_run_stops_with_a_sentence_and_its_last_good_weights(cell, corpus):
    trainer = train(WILD.replace(cell=cell), corpus)
    run = check_kept_weights(trainer, corpus)
    assert trainer.done and trainer.step_count < WILD.max_steps
    assert run.val_loss <= 2 * run.val_losses[0]
    assert run.stopped.isprintable() and run.stopped.endswith(".") and len(run.stopped) < 250
    rose = re.search(r"rose to ([\d.]+)", run.stopped)
    assert rose is None or float(rose[1]) == pytest.approx(np.mean(run.losses[-20:]), abs=0.06)
    for part in (f"Stopped at step {run.step:,}", "Try a learning rate of", "clip the gradient"):
        assert part in run.stopped


@pytest.mark.parametrize("average", [0.0, 0.99])
def test_no_number_in_the_weights_puts_back_those_of_the_last_measurement(average, corpus):
    trainer = Trainer(SMALL.replace(average=average), corpus)
    for _ in range(10):
        trainer.step()
    weights, average = trainer.state.weights.clone(), trainer.state.average.clone()
    trainer.step()  # after this step and the next nothing is measured
    with torch.no_grad():
        trainer.model.W_hh[0, 0] = math.nan
    with pytest.raises(Diverged, match="no number any more"):
        trainer.step()
    assert torch.equal(trainer.state.weights, weights)
    assert torch.equal(trainer.state.average, average)
    assert "The weights of step 10 were kept, and the held-out loss is theirs." in trainer.stopped
    check_kept_weights(trainer, corpus)


def test_no_number_found_by_the_measurement_stops_as_well(corpus):
    # W_xh of a letter that the batch does not have: the training loss sees nothing of it
    trainer = Trainer(SMALL.replace(average=0), corpus)
    with torch.no_grad():
        trainer.model.W_xh[corpus.vocab.index["z"]] = math.nan
    rows = torch.tensor([i for i, name in enumerate(corpus.train) if "z" not in name][:8])
    with pytest.raises(Diverged, match="no number any more"):
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
