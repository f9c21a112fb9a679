"""A plan: its members, their order, what it refuses, what it says is fixed."""

from __future__ import annotations

import itertools
import math
import re

import numpy as np
import pytest

from dino import cost
from dino.config import DEFAULT, OPTIMIZERS, SETTINGS, usual_rate
from dino.experiments.member import DIVERGED, DONE, FAILED
from dino.experiments.plan import MOST_MEMBERS, Factor, Plan, ladder, make_plan
from dino.experiments.value_words import value_label
from dino.experiments.words import MOST_NAMED, fixed_sentence, members_sentence, missing_sentences
from dino.locale.sentences import Refusal
from dino.run import is_evaluation

TINY = DEFAULT.replace(hidden_size=3, max_steps=2)


def test_a_factor_is_read_by_key_or_label_in_any_case():
    for text in ("optimizer=sgd,ADAM", "Optimizer=SGD, Adam"):
        assert Factor.from_text(text) == Factor("optimizer", ("sgd", "adam"))
    assert Factor.from_text("optimizer=SGD + momentum,AdamW").levels == ("momentum", "adamw")
    assert Factor.from_text("cell=LSTM,rnn").levels == ("lstm", "rnn")
    assert Factor.from_text("learning-rate=0.001,.01") == Factor("learning_rate", (0.001, 0.01))
    assert Factor.from_text("Hidden size=8,16").levels == (8, 16)
    assert Factor.from_text("Memory reaches back=all,3").levels == (0, 3)


def test_a_level_whose_value_says_little_is_named_in_words_and_its_value_is_kept():
    memory, order = make_plan(TINY, ["context=1,0,3"]), make_plan(TINY, ["shuffle=false,true"])
    names = [str(it) for it in memory.level_sentences()]
    assert names == ["Memory of one letter", "Memory of all letters", "Memory reaches back 3"]
    assert [str(it) for it in order.level_sentences()] == ["Sorted names", "Shuffled names"]
    assert memory.factors[0].levels == (1, 0, 3) and order.factors[0].levels == (False, True)
    labels = [str(value_label("context", it)) for it in (1, 0, 3)]
    assert labels == ["one letter", "all letters", "3"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("colour=red,blue", "cannot vary “colour”"),
        ("seed=1,2", "cannot vary “seed”"),
        ("engine=torch,compiled", "cannot vary “engine”"),
        ("hidden_size=8", "at least 2 levels"),
        ("hidden_size=", "not “”"),
        ("hidden_size=8,16,8", "“8” is there more than once"),
        ("optimizer=sgd,SGD", "“sgd” is there more than once"),
        ("hidden_size=8,9000", "whole number from 1 to 512, not “9000”"),
        ("cell=rnn,transformer", "not “transformer”"),
    ],
)
def test_a_factor_that_makes_no_sense_is_refused_in_a_sentence(text, words):
    with pytest.raises(Refusal, match=".") as caught:
        Factor.from_text(text)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("factors", "counts", "words"),
    [
        ([], {}, "varies one setting or two"),
        (["cell=rnn,gru", "cell=gru,lstm"], {}, "two different ones"),
        (["cell=rnn,gru", "hidden_size=3,4", "max_steps=2,3"], {}, "two different ones"),
        (["cell=rnn,gru"], {"seeds": 0}, "seeds must be a whole number"),
        (["cell=rnn,gru"], {"splits": "many"}, "not “many”"),
        (["optimizer=sgd,adam"], {"seeds": 11, "splits": 10}, "this one has 1,100"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused_in_a_sentence(factors, counts, words):
    with pytest.raises(Refusal) as caught:
        make_plan(TINY, factors, **counts)
    assert words in str(caught.value)


def test_seeds_past_the_last_one_are_refused():
    with pytest.raises(Refusal, match="999,999"):
        make_plan(TINY.replace(split_seed=999_998), ["cell=rnn,gru"])
    assert make_plan(TINY.replace(seed=999_997), ["cell=rnn,gru"], 3).count == 18


def test_members_are_all_combinations_round_by_round():
    plan = make_plan(TINY.replace(seed=4, split_seed=7), ["cell=rnn,gru", "hidden_size=3,5"], 2, 3)
    members = list(plan.members())
    assert len(members) == plan.count == 2 * 2 * 2 * 3
    assert len({member.place for member in members}) == plan.count
    found = {(m.config.seed, m.config.split_seed) for m in members}
    assert found == set(itertools.product((4, 5), (7, 8, 9)))
    each = len(members) // 6
    for i in range(0, len(members), each):  # a round has every level once, all else equal
        rounds = members[i : i + each]
        assert len({m.config.replace(cell="rnn", hidden_size=3) for m in rounds}) == 1
        assert [m.place.level for m in rounds] == [0, 1, 2, 3]
    assert [m.place.split for m in members[::each]] == [0, 1, 2, 0, 1, 2]
    assert [str(it) for it in plan.level_sentences()][1] == "RNN, Hidden size 5"


def test_an_optimizer_is_compared_over_a_ladder_of_its_own_rates():
    plan = make_plan(TINY, ["optimizer=SGD,Adam"])
    assert plan.shape == (2, 5, 3, 3) and plan.count == 90
    assert plan.rates[0] == (0.11, 0.33, 1.0, 3.0, 9.0)
    assert plan.rates[1] == (0.0011, 0.0033, 0.01, 0.03, 0.09)
    assert plan.names == ("optimizer", "learning_rate")


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_ladder_has_five_rates_within_the_limits_around_the_usual_one(optimizer):
    for batch in (1, 32, 512):
        config = TINY.replace(optimizer=optimizer, batch_size=batch)
        rates = ladder(config)
        assert len(set(rates)) == 5 and rates[2] == usual_rate(config)
        low, high = SETTINGS["learning_rate"].low, SETTINGS["learning_rate"].high
        assert all(low <= rate <= high for rate in rates) and list(rates) == sorted(rates)


def test_a_learning_rate_beside_another_factor_is_its_ladder():
    plan = make_plan(TINY, ["optimizer=SGD,Adam", "learning_rate=0.001,0.01"], 5, 3)
    assert plan.shape == (2, 2, 3, 5) and plan.rates == ((0.001, 0.01), (0.001, 0.01))
    assert [str(it) for it in plan.level_sentences()] == ["SGD", "Adam"]
    alone = make_plan(TINY, ["learning_rate=0.001,0.01"])
    assert alone.shape == (2, 1, 3, 3) and alone.rates == ((0.001,), (0.01,))


def test_losses_of_an_unfinished_experiment_are_those_that_all_levels_have():
    plan = Plan(TINY, (Factor("cell", ("rnn", "gru")),), seeds=3, splits=3)
    members = [member.place for member in plan.members()]
    losses = {place: float(i) for i, place in enumerate(members)}
    assert plan.losses(losses).shape == (2, 1, 3, 3)
    assert np.isfinite(plan.losses(losses)).all()
    assert plan.losses(losses)[members[7]] == 7

    def shape_after(count):
        return plan.losses({place: losses[place] for place in members[:count]}).shape

    assert shape_after(12) == (2, 1, 3, 2)
    assert shape_after(11) == (2, 1, 3, 1)
    assert shape_after(5) == (2, 1, 2, 1)
    assert shape_after(1) == (2, 1, 0, 1)
    losses[members[0]] = np.nan  # it failed, so it is done
    assert plan.losses(losses).shape == (2, 1, 3, 3)


def test_the_work_is_that_of_all_members():
    plan = make_plan(TINY, ["hidden_size=3,300"], seeds=2, splits=2)
    expected = sum(
        (3 * 2 * config.batch_size + 2 * 3 * 10) * cost.flop("rnn", config.hidden_size, 27, 12)
        for _, config in plan.members()
    )
    assert is_evaluation(1) and is_evaluation(2)
    assert plan.flop(27, 12, held_out=10) == pytest.approx(expected)


def test_what_is_fixed_is_named_and_what_varies_is_not():
    words = str(fixed_sentence(make_plan(TINY, ["optimizer=SGD,Adam"]), "Dinosaurs"))
    assert words.startswith(
        "All members share Dinosaurs; RNN, Hidden size 3, Batch size 32, Updates"
    )
    assert "Adam" not in words and "Learning rate" not in words and "Seed" not in words


def test_the_most_members_are_allowed():
    assert make_plan(TINY, ["hidden_size=3,4"], seeds=MOST_MEMBERS // 20, splits=10).count == 1000


def test_its_members_are_counted_as_a_product():
    plan = make_plan(TINY, ["optimizer=SGD,Adam"], 2, 1)
    words = str(members_sentence(plan))
    assert words == "20 members (2 levels × 5 learning rates × 1 split × 2 seeds)"
    words = str(members_sentence(make_plan(TINY, ["cell=rnn,gru"], 3, 4)))
    assert words == "24 members (2 levels × 4 splits × 3 seeds)"
    for factors in (["cell=rnn,gru", "hidden_size=3,4,5"], ["cell=rnn,gru", "learning_rate=1,2"]):
        plan = make_plan(TINY, factors)
        numbers = map(int, re.findall("[0-9]+", str(members_sentence(plan))))
        assert next(numbers) == plan.count == math.prod(numbers)


def test_members_without_a_loss_are_named_and_what_that_does_is_said():
    plan = make_plan(TINY, ["optimizer=SGD,Adam"], 2, 2)
    assert missing_sentences(plan, [DONE] * plan.count) == missing_sentences(plan, []) == []
    statuses = [DIVERGED, DONE, FAILED] + [DONE] * 17
    first, second, third = map(str, missing_sentences(plan, statuses))
    rate, other = (plan.recipes[0][i].learning_rate for i in (0, 2))
    seeds = "Split seed 0, Seed 0"
    assert first == f"1 member diverged: SGD, Learning rate {rate:g}, {seeds}."
    assert second == f"An error ended 1 member: SGD, Learning rate {other:g}, {seeds}."
    assert "at that learning rate" in third
    (words, _) = map(str, missing_sentences(plan, [DIVERGED] * plan.count))
    assert words.startswith("40 members diverged") and "and 34 more" in words
    assert words.count("Seed 0") == MOST_NAMED
