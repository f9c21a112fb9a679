"""Figures and words about losses and names."""

import math
import random
from dataclasses import replace

import numpy as np
import pytest

from dino.config import DEFAULT, Config
from dino.data import load, make_corpus
from dino.lists import clean
from dino.metrics import (
    BASELINE_NAMES,
    bits,
    compare_with_baselines,
    nearest_name,
    novelty,
    overfitting,
    passed_baseline,
    perplexity,
)
from dino.run import Run, is_evaluation

BASELINES = {
    "nothing": 3.3,
    "letters": 2.8,
    "pairs": 2.2,
    "triples": 1.8,
    "fours": 1.6,
    "sixes": 1.5,
}


@pytest.mark.parametrize(
    "loss, passed",
    [
        (3.4, None),
        (3.3, None),
        (3.29, "nothing"),
        (2.5, "letters"),
        (1.0, "sixes"),
        (math.nan, None),
    ],
)
def test_the_baseline_that_was_passed_is_the_best_one_that_is_worse(loss, passed):
    assert passed_baseline(loss, BASELINES) == passed
    assert passed_baseline(loss, {}) is None


@pytest.mark.parametrize("V", [2, 27, 200])
def test_a_uniform_guess_among_V_has_perplexity_V_and_log2_V_bits(V):
    assert perplexity(math.log(V)) == pytest.approx(V)
    assert bits(math.log(V)) == pytest.approx(math.log2(V))


def test_certainty_has_perplexity_one_and_no_bits():
    assert perplexity(0.0) == 1
    assert bits(0.0) == 0


def test_perplexity_of_a_loss_gone_wild_does_not_raise():
    assert perplexity(1e6) == math.inf
    assert perplexity(math.inf) == math.inf


def test_the_sentence_passes_every_baseline_as_the_loss_falls():
    names = list(BASELINES)
    for better, worse in zip(names, names[1:], strict=False):
        between = (BASELINES[better] + BASELINES[worse]) / 2
        sentence = compare_with_baselines(between, BASELINES)
        assert sentence.startswith(f"Now better than {BASELINE_NAMES[better]} ")
        assert f"still worse than {BASELINE_NAMES[worse]} " in sentence
    assert compare_with_baselines(3.4, BASELINES).startswith(
        f"Still worse than {BASELINE_NAMES['nothing']} "
    )
    for name, loss in BASELINES.items():
        assert compare_with_baselines(loss + 0.0001, BASELINES).startswith(
            f"Now level with {BASELINE_NAMES[name]} "
        )
    assert BASELINE_NAMES["sixes"] in compare_with_baselines(1.4, BASELINES)
    assert "still worse" not in compare_with_baselines(1.4, BASELINES)


def test_the_sentence_does_not_depend_on_the_order_of_baselines_of_other_lists():
    # on a small list counting sixes may be worse than counting pairs
    crossed = {"nothing": 3.3, "letters": 2.8, "pairs": 2.2, "triples": 2.4, "sixes": 2.6}
    assert compare_with_baselines(2.5, crossed).startswith(
        f"Now better than {BASELINE_NAMES['sixes']} "
    )
    assert f"still worse than {BASELINE_NAMES['triples']} " in compare_with_baselines(2.5, crossed)


@pytest.mark.parametrize("loss", [3.4, 3.3, 3.0, 2.0, 1.5, 1.0, math.nan, math.inf])
def test_every_loss_gets_one_sentence(loss):
    sentence = compare_with_baselines(loss, BASELINES)
    assert sentence.isprintable()
    assert sentence.endswith(".") and ". " not in sentence


def test_no_number_is_called_so():
    assert compare_with_baselines(math.nan, BASELINES) == compare_with_baselines(
        math.inf, BASELINES
    )
    assert "no longer a finite number" in compare_with_baselines(math.nan, BASELINES)


def test_a_name_is_copied_held_out_or_new(corpus):
    assert {novelty(name, corpus) for name in corpus.train} == {"copied"}
    assert {novelty(name, corpus) for name in corpus.val} == {"held out"}
    assert novelty("streamlitosaurus", corpus) == "new"
    assert novelty("", corpus) == "new"


def levenshtein(a, b):
    """Letters to insert, delete or replace, by the table."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        above, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (x != y)))
    return row[-1]


def test_the_nearest_name_is_the_first_with_the_fewest_changes(corpus):
    generator = random.Random(0)
    names = corpus.names[::7]
    for _ in range(20):
        letters = list(generator.choice(corpus.names))
        letters[generator.randrange(len(letters))] = generator.choice("abcxyz")
        name = "".join(letters) + generator.choice(["", "s", "us"])
        distances = [levenshtein(name, other) for other in names]
        least = min(distances)
        assert nearest_name(name, names) == (names[distances.index(least)], least)


def test_a_name_of_the_list_is_nearest_to_itself(corpus):
    assert nearest_name("velociraptor", corpus.names) == ("velociraptor", 0)
    assert nearest_name("", ["abc", "de"]) == ("de", 2)


def test_the_nearest_name_is_the_first_of_the_whole_list_in_parts(corpus, monkeypatch):
    wanted = ["tyranosaurus", "q", "zzz", corpus.names[700], corpus.names[3][:-2]]
    whole = [nearest_name(name, corpus.names) for name in wanted]
    monkeypatch.setattr("dino.metrics.NAMES_PER_CALL", 7)
    assert [nearest_name(name, corpus.names) for name in wanted] == whole


# Overfitting


def a_run(val, train, steps=2000, noise=0.0, seed=0):
    """A run whose losses are these functions of the step, the held-out one with noise."""
    at = np.arange(steps + 1)
    measured = at[[is_evaluation(step) for step in at]]
    generator = np.random.default_rng(seed)
    return Run(
        config=DEFAULT,
        max_steps=steps,
        weights=None,
        losses=np.array([train(step) for step in at[1:]], np.float32),
        symbols=np.full(steps, 300, np.int32),
        val_steps=measured,
        val_losses=np.array([val(step) for step in measured])
        + generator.normal(0, noise, len(measured)),
        names_seen=32 * steps,
        train_names=1372,
    )


def falling(step):
    return 1.2 + 2 * math.exp(-step / 300)


def valley(step):
    """It falls until step 500 and rises from there."""
    return 1.7 + 1e-4 * abs(step - 500)


def flat(step):
    return 1.7 + math.exp(-step / 50)


def test_overfitting_is_a_held_out_loss_that_rose_while_the_training_loss_fell():
    found = overfitting(a_run(valley, falling))
    assert found == (500, pytest.approx(1.7), pytest.approx(1.85), pytest.approx(0.15))
    assert overfitting(a_run(valley, falling, noise=0.01)).best_step == pytest.approx(500, abs=150)
    assert overfitting(a_run(valley, valley)) is None  # both rose: it went astray
    assert overfitting(a_run(falling, falling)) is None  # both fell: it learns


@pytest.mark.parametrize("points", [10, 100, 1000])
def test_a_thinned_run_overfits_where_the_whole_one_does(points):
    run = a_run(valley, falling, steps=5000)
    assert overfitting(run.thinned(points)) == overfitting(run) is not None
    assert overfitting(a_run(flat, falling, noise=0.02).thinned(points)) is None


def test_the_fluctuation_of_a_level_loss_is_hardly_ever_called_overfitting():
    called = [
        overfitting(a_run(flat, falling, steps, noise, seed)) is not None
        for seed in range(50)
        for noise in (0.002, 0.02, 0.2)
        for steps in (300, 1000, 2000)
    ]
    assert sum(called) / len(called) < 0.05


def test_in_the_first_round_nothing_is_known_by_heart():
    run = a_run(valley, falling)
    assert overfitting(replace(run, names_seen=1372)) is None
    assert overfitting(replace(run, names_seen=1373)) is not None


def test_a_rise_that_no_page_shows_or_of_two_measurements_is_none():
    assert overfitting(a_run(lambda step: valley(step) / 20, falling)) is None
    for steps, is_called in ((525, False), (550, False), (575, True)):
        run = a_run(lambda step: 1.7 + 1e-3 * abs(step - 500), falling, steps)
        assert (overfitting(run) is not None) == is_called


def test_a_run_that_diverged_or_has_losses_that_are_no_numbers_is_not_called_so():
    run = a_run(valley, falling)
    assert overfitting(replace(run, stopped="Stopped.")) is None
    wild = run.val_losses.copy()
    wild[-5:-2] = math.nan, math.inf, math.inf
    assert overfitting(replace(run, val_losses=wild)) is not None
    losses = run.losses.copy()
    losses[-3] = math.nan
    assert overfitting(replace(run, losses=losses)) is None
    assert overfitting(a_run(flat, flat, steps=0)) is None


@pytest.mark.parametrize(
    "change, is_overfitting",
    [({"hidden_size": 48}, True), ({"hidden_size": 2}, False), ({"max_steps": 30}, False)],
)
def test_a_large_network_learns_a_short_list_by_heart_and_a_small_one_cannot(
    change, is_overfitting
):
    from dino.train import Trainer

    few = make_corpus(clean("\n".join(load().names[::12])), "few")
    config = Config(batch_size=16, max_steps=150, learning_rate=0.02, average=0)
    trainer = Trainer(config.replace(**change), few)
    trainer.advance()
    run = trainer.run()
    found = overfitting(run)
    assert (found is not None) == is_overfitting
    assert overfitting(Trainer(run.config, few, packed=trainer.pack()).run()) == found
    if found:
        assert found[:2] == run.best == (run.best_moment.step, run.best_moment.val_loss)
        assert found.rise == run.val_loss - found.best_loss > 0.01
