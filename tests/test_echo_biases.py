"""Prepared results: LSTMs with two forget biases on made-up words; what the file has and says."""

from __future__ import annotations

import echo_bias
import pytest

from dino import echo, echo_biases
from dino.echo_biases import BIASES, DISTANCES, SEEDS, learned, networks
from dino.parts import last_result


def test_every_distance_and_bias_has_a_network_of_each_seed():
    places = [(it.k, it.forget_bias, it.seed) for it in networks()]
    assert places == [(k, bias, seed) for k in DISTANCES for bias in BIASES for seed in SEEDS]
    for network in networks():
        assert network.cell == "lstm" and network.words == 200 and 0 <= network.right <= 200
        assert 0 <= network.loss < 3 and network.error >= 0


def test_it_is_of_the_recipe_that_is_trained_live(monkeypatch):
    assert echo_biases.is_of_present_recipe()
    monkeypatch.setitem(echo.RATES, "lstm", 0.02)
    assert not echo_biases.is_of_present_recipe()


def test_the_command_keeps_what_the_file_has(monkeypatch):
    monkeypatch.setattr("sys.argv", ["tests.echo_bias"])
    text = echo_biases.FILE.read_text(encoding="utf-8")
    assert echo_bias.text_of(echo_bias.begin()) == text
    monkeypatch.setattr("sys.argv", ["tests.echo_bias", "--again"])
    assert not any(echo_bias.begin()["networks"]["32"].values())


def test_learned_counts_the_networks_whose_loss_is_low_enough():
    for k in DISTANCES:
        for bias in BIASES:
            mine = [it for it in networks() if (it.k, it.forget_bias) == (k, bias)]
            assert learned(k, bias) == (sum(it.is_learned for it in mine), len(SEEDS))
    assert learned(7, 1.0) == learned(16, 2.0) == (0, 0)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_at_thirty_two_letters_a_larger_bias_learns(seed, kernels):
    _, (network,) = last_result(echo.train_in_parts(32, seed, ("lstm",), 3.0))
    assert network.is_learned and network.forget_bias == 3.0
