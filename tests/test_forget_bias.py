"""The forget bias: an LSTM's first b_f; 1 by default, told and varied only where there is one."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from dino.config import DEFAULT, SETTINGS, Config, acts, differences, told
from dino.echo import echo_recipe
from dino.experiments.command import sweep_command
from dino.experiments.plan import make_plan
from dino.experiments.words import fixed_sentence
from dino.lists import MAX_LETTERS
from dino.locale.sentences import ENGLISH, Refusal
from dino.train import Trainer
from tests.trainers import same_run

LSTM = Config(cell="lstm", hidden_size=8, batch_size=16, max_steps=20)
# Its losses at updates 1, 10 and 20 and the held-out loss, as before this setting was there.
BEFORE = {
    "torch": (3.280449, 3.174898, 2.971380, 3.046282),
    "compiled": (3.280449, 3.174898, 2.971379, 3.046283),
}
ENGINES = list(BEFORE)


def trained(config: Config, corpus) -> Trainer:
    trainer = Trainer(config, corpus)
    trainer.advance()
    return trainer


def sigmoid(x: float) -> float:
    return float(1 / (1 + np.exp(-x)))


def test_beyond_the_limits_a_gate_changes_nothing_that_a_name_could_show():
    setting = SETTINGS["forget_bias"]
    assert DEFAULT.forget_bias == 1.0 and not setting.off
    assert sigmoid(setting.low) < 0.01 and sigmoid(setting.high) ** (MAX_LETTERS + 1) > 0.99


@pytest.mark.parametrize("value", [-5.001, 10.001, "∞", "", None, True, "3,5"])
def test_a_value_beyond_them_is_refused_in_one_sentence(value):
    with pytest.raises(Refusal, match="^forget_bias must be a number from −5 to 10, not “.*”.$"):
        Config(forget_bias=value)


@pytest.mark.parametrize("engine", ENGINES)
def test_at_its_default_a_run_is_the_one_from_before(engine, corpus, kernels):
    config = LSTM.replace(engine=engine)
    run = trained(config, corpus).run()
    found = [*run.losses[[0, 9, 19]], run.val_loss]
    assert found == pytest.approx(BEFORE[engine], abs=2e-5) and run.engine == engine
    same_run(trained(config, corpus), trained(config.replace(forget_bias="1"), corpus))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("cell", ["rnn", "gru"])
def test_it_changes_nothing_in_another_cell(cell, engine, corpus, kernels):
    config = LSTM.replace(cell=cell, engine=engine)
    same_run(trained(config, corpus), trained(config.replace(forget_bias=3), corpus))


def test_an_lstm_starts_from_it_and_the_batches_are_the_same(corpus):
    one, other = (Trainer(LSTM.replace(forget_bias=it), corpus) for it in (1, -2.5))
    assert torch.equal(other.model.b_h.reshape(4, 8)[1], torch.full((8,), -2.5))
    assert torch.equal(one.generator.get_state(), other.generator.get_state())
    one, other = (trained(it.config, corpus).run() for it in (one, other))
    assert np.array_equal(one.symbols, other.symbols) and (one.losses != other.losses).all()


def test_both_engines_train_it_alike(corpus, kernels):
    one, other = (trained(LSTM.replace(forget_bias=3, engine=it), corpus).history for it in ENGINES)
    assert one.engines != other.engines
    assert np.abs(np.subtract(one.losses, other.losses)).max() < 1e-4
    assert np.abs(np.subtract(one.val_losses, other.val_losses)).max() < 1e-4


# ---- where it is told


def test_a_link_has_it_and_is_silent_at_its_default():
    assert "forget_bias" not in LSTM.to_url()
    address = {"cell": "lstm", "forget_bias": "-2.5"}
    assert Config.from_url(address) == (Config(cell="lstm", forget_bias=-2.5), [])
    assert Config(cell="lstm", forget_bias=-2.5).to_url() == address


def test_only_a_recipe_of_an_lstm_tells_it():
    assert [cell for cell in ("rnn", "gru", "lstm") if acts(Config(cell=cell), "forget_bias")] == [
        "lstm"
    ]
    assert "forget_bias" in told(LSTM) and "forget_bias" not in told(DEFAULT)
    assert all(acts(DEFAULT, name) for name in SETTINGS if name != "forget_bias")


def test_two_recipes_differ_in_it_if_one_is_of_an_lstm():
    rnn, gru = Config(forget_bias=3), Config(cell="gru")
    assert rnn.changes(DEFAULT) == ["forget_bias"] and differences(rnn, DEFAULT) == []
    assert differences(rnn, gru) == ["cell"]
    assert differences(rnn, Config(cell="lstm")) == ["cell", "forget_bias"]


# ---- experiments


def test_an_experiment_may_vary_it_in_an_lstm():
    plan = make_plan(LSTM, ["forget_bias=-1,1,3"], 2, 1)
    assert [level[0].forget_bias for level in plan.recipes] == [-1.0, 1.0, 3.0]
    assert "--vary forget_bias=-1,1,3" in sweep_command(plan)
    assert "orget bias" not in ENGLISH.put(fixed_sentence(plan, "Dinosaurs"))


@pytest.mark.parametrize("factors", [["cell=rnn,lstm"], ["cell=lstm,gru", "hidden_size=4,8"]])
def test_members_with_another_cell_are_not_trained_twice(factors):
    wanted = (
        "The cell must be LSTM where Forget bias is varied, not “(RNN|GRU)”. Choose only that cell."
    )
    with pytest.raises(Refusal, match=wanted):
        make_plan(DEFAULT, [factors[0], "forget_bias=1,3"])
    with pytest.raises(Refusal, match=wanted):
        make_plan(DEFAULT, ["forget_bias=1,3"])
    plan = make_plan(DEFAULT.replace(forget_bias=3), factors)  # one bias for all LSTMs of it
    assert "Forget bias 3" in ENGLISH.put(fixed_sentence(plan, "Dinosaurs"))
    assert "--forget-bias 3" in sweep_command(plan)


def test_the_common_settings_of_other_cells_do_not_have_it():
    plan = make_plan(DEFAULT.replace(forget_bias=3), ["cell=rnn,gru"])
    assert "orget bias" not in ENGLISH.put(fixed_sentence(plan, "Dinosaurs"))


def test_the_made_up_words_may_be_learned_with_another():
    usual = echo_recipe("lstm", 4)
    assert usual.forget_bias == 1 and usual.changes(echo_recipe("lstm", 4, 3)) == ["forget_bias"]
    with pytest.raises(Refusal, match="forget_bias must be a number from −5 to 10"):
        echo_recipe("lstm", forget_bias=11)
