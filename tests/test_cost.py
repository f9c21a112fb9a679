"""What work and memory a recipe takes: estimates that hold, and parts that are small enough."""

import numpy as np
import pytest

from dino import cost
from dino.apart import places
from dino.config import CELLS, DEFAULT, OPTIMIZERS, Config
from dino.history import History
from dino.model import CharRNN
from dino.presets import PRESETS
from dino.train import Trainer

LARGEST = Config(cell="lstm", hidden_size=512, batch_size=512)


@pytest.mark.parametrize("cell", CELLS)
def test_weights_are_counted_as_the_model_has_them(cell):
    config = Config(cell=cell, hidden_size=37)
    assert cost.weights_count(config, 29) == CharRNN(cell, 37, 29).parameter_count()


def test_reading_a_name_takes_two_operations_a_weight_and_step():
    assert cost.flop("lstm", 10, 7, 5) == 5 * 2 * (10 * 40 + 10 * 7)
    assert cost.flop("rnn", 10, 7, 5, context=3) == 5 * 2 * (3 * 10 * 10 + 10 * 7)
    assert cost.flop("rnn", 10, 7, 5, context=5) == cost.flop("rnn", 10, 7, 5)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_trains_and_is_measured_in_one_part(name):
    config = PRESETS[name].config
    assert cost.update_part_size(config, 27, 27)[0] >= config.batch_size
    names, places = cost.evaluation_part_size(
        config.cell, config.hidden_size, 27, 27, config.context
    )
    assert (names, places) == (cost.EVALUATION_NAMES, 27)
    assert config.context or cost.kernels_cover(config, 27, 27)


@pytest.mark.parametrize("context", [0, 1, 10, 60])
@pytest.mark.parametrize("V", [27, 200])
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("H", [1, 64, 512])
def test_every_part_is_within_its_bounds(cell, H, V, context):
    config = LARGEST.replace(cell=cell, hidden_size=H, context=context)
    names, places = cost.update_part_size(config, V, 61)
    share = names * places / 61
    assert 3 * share * cost.flop(cell, H, V, 61, context) <= cost.PART_FLOP
    assert names == 1 or places == 61
    names, places = cost.evaluation_part_size(cell, H, V, 61, context)
    assert names * places / 61 * cost.flop(cell, H, V, 61, context) <= cost.EVALUATION_FLOP
    assert cost.work_bytes(config, 60, V) < 150_000_000


def test_the_kernels_take_what_fits_one_turn():
    assert cost.kernels_cover(DEFAULT.replace(batch_size=512), 27, 27)
    assert not cost.kernels_cover(LARGEST, 27, 27)
    assert not cost.kernels_cover(DEFAULT.replace(context=2), 27, 27)
    assert cost.kernel_bytes(LARGEST, 27, 27) > 300_000_000


@pytest.mark.parametrize("average", [0, 0.9])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_trainer_holds_what_was_estimated(optimizer, average, corpus):
    config = Config(
        hidden_size=256, optimizer=optimizer, average=average, max_steps=3, learning_rate=0.001
    )
    trainer = Trainer(config, corpus)
    trainer.advance()
    weights = trainer.state.weights.nbytes
    snapshots = sum(s.weights.nbytes for s in trainer.history.snapshots)
    spare = max(2 * weights, min(40 * weights, 8_000_000)) - snapshots
    best = trainer.history.best  # it shares its weights with a snapshot of this short run
    spare += weights if best in trainer.history.snapshots else 0
    held = trainer.nbytes + trainer.run().weights.nbytes + spare
    assert cost.trainer_bytes(config, 27) == pytest.approx(held, abs=250_000)
    trainer.settle()
    run, packed = trainer.pack().put_apart(trainer.run())
    beside = sum(places([*run.arrays, *packed.arrays]).values()) - run.nbytes + run.written.nbytes
    assert cost.packed_bytes(config, 27, ended=True) == pytest.approx(beside, abs=60_000)


def test_a_step_is_estimated_at_what_a_history_holds_of_it():
    history, steps = History([(0, 0.1)]), 50_000
    history.add_updates(np.zeros(steps), np.ones(steps), clipped=0, names=steps)
    short, long = (cost.trainer_bytes(DEFAULT.replace(max_steps=it), 27) for it in (1, 1 + steps))
    assert history.nbytes <= long - short <= 1.2 * history.nbytes


def test_what_the_kernels_save_grows_with_the_work_and_is_nothing_where_they_do_not_run():
    lstm = DEFAULT.replace(cell="lstm", hidden_size=128)
    saved = cost.seconds_saved(lstm, 27, 27, 20_000)
    assert saved == pytest.approx(20 * cost.seconds_saved(lstm, 27, 27, 1000))
    assert saved > cost.seconds_saved(lstm.replace(hidden_size=64), 27, 27, 20_000)
    assert saved > cost.seconds_saved(lstm.replace(cell="rnn"), 27, 27, 20_000)
    assert cost.seconds_saved(lstm.replace(context=3), 27, 27, 20_000) == 0
    assert cost.seconds_saved(LARGEST, 27, 27, 20_000) == 0


def test_a_run_of_a_large_network_is_known_to_take_hours_and_the_presets_less_than_two_minutes():
    large = Config(cell="lstm", hidden_size=512, max_steps=100_000)
    assert 3600 < cost.training_seconds(large, 27, 27) < 100 * 3600
    assert cost.training_seconds(large.replace(max_steps=50_000), 27, 27) == pytest.approx(
        cost.training_seconds(large, 27, 27) / 2
    )
    assert all(cost.training_seconds(it.config, 27, 27) < 120 for it in PRESETS.values())
