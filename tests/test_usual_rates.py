"""The learning rates that are offered: what they are, and none is worse than knowing nothing."""

import math

import pytest

from dino.config import OPTIMIZERS, USUAL_BATCH, Config, usual_rate
from dino.data import load
from dino.presets import PRESETS

SEEDS = (0, 1, 2)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_at_the_usual_batch_the_usual_rate_is_the_optimizers_own(optimizer):
    config = Config(optimizer=optimizer, batch_size=USUAL_BATCH)
    assert usual_rate(config) == OPTIMIZERS[optimizer].learning_rate


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_usual_rate_is_one_digit_and_grows_with_the_batch_where_the_gradient_makes_the_step(
    optimizer,
):
    rates = [usual_rate(Config(optimizer=optimizer, batch_size=size)) for size in range(1, 513)]
    assert rates == sorted(rates) and max(rates) == OPTIMIZERS[optimizer].learning_rate
    assert all(rate == float(f"{rate:.0e}") for rate in rates)
    assert (rates[0] < rates[-1]) == (optimizer in ("sgd", "momentum"))


@pytest.mark.parametrize("optimizer", ["sgd", "momentum"])
def test_a_usual_rate_shrinks_with_the_root_of_the_batch(optimizer):
    for size in (1, 2, 8, 20):
        exact = OPTIMIZERS[optimizer].learning_rate * math.sqrt(size / USUAL_BATCH)
        rate = usual_rate(Config(optimizer=optimizer, batch_size=size))
        assert math.isclose(rate, exact, rel_tol=0.34)  # one digit of it


@pytest.mark.long
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("preset", PRESETS)
def test_no_offered_rate_ends_worse_than_knowing_nothing(preset, optimizer, seed, kernels):
    from dino.compiled import engine
    from dino.train import Trainer

    engine.prepare()
    config = PRESETS[preset].config.replace(optimizer=optimizer, seed=seed, engine="compiled")
    config = config.replace(learning_rate=usual_rate(config))
    trainer = Trainer(config, load(split_seed=config.split_seed))
    trainer.advance()
    run = trainer.run()
    print(f"\n{preset} {optimizer} {config.learning_rate:g}: {run.val_loss:.2f}")
    assert not run.stopped and run.step == config.max_steps
    assert run.val_loss < math.log(len(trainer.corpus.vocab))
