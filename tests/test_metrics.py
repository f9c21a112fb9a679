"""Figures and words about losses and names."""

import math
import random
from dataclasses import replace

import numpy as np
import pytest

from dino.config import DEFAULT, Config
from dino.data import load, load_bundled, make_corpus
from dino.difference import ENOUGH_NAMES, Difference
from dino.lists import clean
from dino.metrics import (
    BASELINE_NAMES,
    BesideBaseline,
    baseline_differences,
    bits,
    compare_with_baselines,
    list_losses,
    loss_difference,
    nearest_name,
    novelty,
    overfitting,
    passed_baseline,
    perplexity,
)
from dino.ngram import NGram, baseline_name_losses_in_parts
from dino.parts import last_result
from dino.presets import PRESETS
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


# Beside the baselines


def say(losses, count=152):
    """What is said of differences: (baseline, lower by, error), the highest loss first."""
    found = [BesideBaseline(n, BASELINES[n], Difference(*by, count)) for n, *by in losses]
    return [str(it) for it in compare_with_baselines(found)]


def test_a_clear_difference_is_said_with_its_error_and_the_next_line_above_it_too():
    found = [("pairs", 0.48, 0.03), ("triples", 0.08, 0.023), ("fours", -0.1, 0.027)]
    assert say(found) == [
        "Its held-out loss is 0.08 ± 0.02 lower than that of counting triples (a trigram model) on "
        "these 152 names.",
        "It is 0.10 ± 0.03 higher than that of counting fours (a 4-gram model).",
    ]
    assert len(say(found[:2])) == len(say(found[2:])) == 1


@pytest.mark.parametrize("by, word", [(0.04, "lower"), (-0.04, "higher")])
def test_the_next_line_may_be_too_close_to_call_and_the_one_above_it_is_not_named(by, word):
    found = [("pairs", 0.48, 0.03), ("triples", by, 0.023), ("fours", -0.2, 0.027)]
    _, close = say(found)
    assert close.startswith("Compared with counting triples")
    assert close.endswith(f"too close to call (0.04 ± 0.02 {word}).")


@pytest.mark.parametrize("count", [1, 5, ENOUGH_NAMES - 1])
def test_on_few_names_nothing_is_claimed(count):
    assert say([("pairs", 0.48, 0.03)], count) == []
    assert say([("pairs", 0.48, 0.03)], ENOUGH_NAMES)


def test_an_error_below_the_digits_of_the_difference_is_shown():
    """A difference of 0.06 whose error is 0.004: not '0.06 ± 0.00'."""
    symbols, noise = np.full(100, 10), np.tile([1.0, -1.0], 50)
    own = np.full(100, 20.0)
    found = baseline_differences(own, {"pairs": own + 0.6 + 0.4 * noise}, symbols)
    (words,) = map(str, compare_with_baselines(found))
    assert "is 0.060 ± 0.004 lower than that of counting letter pairs" in words


def test_the_differences_are_those_of_the_same_names_and_stand_highest_loss_first(corpus):
    symbols = np.array([len(name) + 1 for name in corpus.val])
    mine, easy, hard = 2.0 * symbols, 1.5 * symbols, 3.0 * symbols
    hard[:76] += 5
    found = baseline_differences(mine, {"fours": easy, "pairs": hard}, symbols)
    assert [it.baseline for it in found] == ["pairs", "fours"]
    higher, lower = (it.difference for it in found)
    assert higher.lower_by == pytest.approx(1 + 5 * 76 / symbols.sum())
    assert higher == Difference(*loss_difference(hard, mine, symbols), len(symbols))
    assert lower.lower_by == pytest.approx(-0.5) and lower.error == pytest.approx(0, abs=1e-9)
    assert found[1].level == pytest.approx(1.5)


def claims(network, baseline, symbols):
    """What is said of a network beside counting triples."""
    found = baseline_differences(network, {"triples": baseline}, symbols)
    return " ".join(map(str, compare_with_baselines(found)))


def name_losses(model, data):
    """The sum of −ln p over each name's targets. (N,)"""
    from dino import probe

    return probe.name_losses(model, data)


@pytest.mark.long
def test_of_two_halves_of_one_model_s_names_one_is_rarely_called_better(trained, corpus):
    losses, random = name_losses(trained.eval_model, corpus.val_arrays), np.random.default_rng(0)
    symbols, called = corpus.val_arrays.lengths, []
    for _ in range(2000):
        order = random.permutation(len(losses))
        one, other = order[: len(order) // 2], order[len(order) // 2 :]
        words = claims(losses[one], losses[other], (symbols[one] + symbols[other]) / 2)
        called.append("too close" not in words)
    print(f"\n{np.mean(called):.4f} of 2,000 called clear")
    assert 0.03 <= np.mean(called) <= 0.065


@pytest.mark.long
def test_of_a_network_and_counting_that_change_places_by_chance_none_is_called_better(
    trained, corpus
):
    network = name_losses(trained.eval_model, corpus.val_arrays)
    counting = NGram(3, corpus.train, corpus.vocab).name_losses(corpus.val)
    symbols, random, called = corpus.val_arrays.lengths, np.random.default_rng(1), []
    for _ in range(2000):
        swapped = random.random(len(symbols)) < 0.5
        one, other = np.where(swapped, [network, counting], [counting, network])
        called.append("too close" not in claims(one, other, symbols))
    print(f"\n{np.mean(called):.4f} of 2,000 called clear")
    assert 0.03 <= np.mean(called) <= 0.065


@pytest.mark.long
@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(
    "preset, below, above",
    [("first-success", "triples", "fours"), ("notebook-as-written", "nothing", "letters")],
)
def test_what_is_said_of_a_preset_is_true_on_other_splits_too(preset, below, above, seed):
    from dino.train import Trainer

    config = PRESETS[preset].config.replace(seed=seed, split_seed=seed)
    list_of_names = load_bundled("dinos", split_seed=seed)
    trainer = Trainer(config, list_of_names)
    trainer.advance()
    trainer.settle()
    run, found = trainer.run(), last_result(baseline_name_losses_in_parts(list_of_names))[1]
    symbols = list_of_names.val_arrays.lengths
    said = compare_with_baselines(baseline_differences(run.val_name_losses, found, symbols))
    assert f"lower than that of {BASELINE_NAMES[below]}" in str(said[0])
    assert f"higher than that of {BASELINE_NAMES[above]}" in str(said[1])


def test_what_is_said_alone_says_whose_loss_it_is():
    worse, better, close = ("nothing", -2.26, 0.1), ("letters", 0.5, 0.1), ("letters", -0.01, 0.1)
    assert say([worse]) == ["Its held-out loss is 2.26 ± 0.10 higher than that of a uniform guess."]
    for alone in (worse, better, close):
        assert "ts held-out loss " in say([alone])[0]


def test_while_nothing_is_compared_the_losses_alone_are_listed():
    names = list(BASELINES)
    for better, worse in zip(names, names[1:], strict=False):
        between = (BASELINES[better] + BASELINES[worse]) / 2
        assert str(list_losses(between, BASELINES)) == (
            f"Its held-out loss is {between:.2f}. That of {BASELINE_NAMES[better]} is "
            f"{BASELINES[better]:.2f}, and that of {BASELINE_NAMES[worse]} is "
            f"{BASELINES[worse]:.2f}."
        )
    assert BASELINE_NAMES["nothing"] in str(list_losses(3.4, BASELINES))
    assert BASELINE_NAMES["sixes"] in str(list_losses(1.4, BASELINES))


def test_the_losses_that_are_listed_are_the_nearest_in_any_order_of_the_baselines():
    # on a small list counting sixes may be worse than counting pairs
    crossed = {"nothing": 3.3, "letters": 2.8, "pairs": 2.2, "triples": 2.4, "sixes": 2.6}
    words = str(list_losses(2.5, crossed))
    assert BASELINE_NAMES["sixes"] in words and BASELINE_NAMES["triples"] in words


@pytest.mark.parametrize("loss", [3.4, 3.3, 3.0, 2.0, 1.5, 1.0, math.nan, math.inf])
def test_every_loss_gets_short_words_that_claim_nothing(loss):
    words = str(list_losses(loss, BASELINES))
    assert words.isprintable() and words.endswith(".") and words.count(". ") <= 1
    assert not any(word in words for word in ("better", "worse", "lower", "higher", "±"))


def test_no_number_is_called_so():
    assert list_losses(math.nan, BASELINES) == list_losses(math.inf, BASELINES)
    assert "no longer a finite number" in str(list_losses(math.nan, BASELINES))


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


def a_run(val, train, steps=2000, noise=0.0, seed=0, evaluated=None):
    """A run whose losses are these functions of the step, the held-out one with noise.

    evaluated: the training loss measured as the held-out loss is; by default the training loss.
    """
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
        train_eval_losses=np.array([(evaluated or train)(step) for step in measured]),
        names_seen=32 * steps,
        train_names=1372,
    )


def overfits(run, names=152):
    return overfitting(run, names)


def falling(step):
    return 1.2 + 2 * math.exp(-step / 300)


def valley(step):
    """It falls until step 500 and rises from there."""
    return 1.7 + 1e-4 * abs(step - 500)


def flat(step):
    return 1.7 + math.exp(-step / 50)


def test_overfitting_is_a_held_out_loss_that_rose_while_the_training_loss_fell():
    found = overfits(a_run(valley, falling))
    assert found == (500, pytest.approx(1.7), pytest.approx(1.85), pytest.approx(0.15))
    assert overfits(a_run(valley, falling, noise=0.01)).best_step == pytest.approx(500, abs=150)
    assert overfits(a_run(valley, valley)) is None  # both rose: it went astray
    assert overfits(a_run(falling, falling)) is None  # both fell: it learns


def test_the_training_loss_that_counts_is_the_one_measured_as_the_held_out_loss_is():
    assert overfits(a_run(valley, falling, evaluated=flat)) is None
    assert overfits(a_run(valley, flat, evaluated=falling)) is not None
    assert overfits(a_run(valley, falling, evaluated=lambda step: 1.5 - 1e-6 * step)) is None


@pytest.mark.parametrize("points", [10, 100, 1000])
def test_a_thinned_run_overfits_where_the_whole_one_does(points):
    run = a_run(valley, falling, steps=5000)
    assert overfits(run.with_fewer_points(points)) == overfits(run) is not None
    assert overfits(a_run(flat, falling, noise=0.02).with_fewer_points(points)) is None


def test_the_fluctuation_of_a_level_loss_is_hardly_ever_called_overfitting():
    called = [
        overfits(a_run(flat, falling, steps, noise, seed)) is not None
        for seed in range(50)
        for noise in (0.002, 0.02, 0.2)
        for steps in (300, 1000, 2000)
    ]
    assert sum(called) / len(called) < 0.05


@pytest.mark.parametrize(
    "losses, is_called",
    [
        ([2.0, 1.5, 1.0, 1.02, 1.6, 1.45, 1.45, 1.45, 1.45], True),  # steeper up than it is higher
        ([2.0, 1.5, 1.0, 1.02, 1.6, 1.1, 1.1, 1.1, 1.1], False),  # a drop larger than what is left
        ([1.5, 1.1, 1.4, 1.0, 1.02, 1.2, 1.2, 1.2, 1.2], False),  # a larger rise before the best
        ([2.0, 1.5, 1.0, 1.2, 1.2, 1.2, 1.2, 1.2, 1.2], False),  # the best may be low by chance
        ([2.0, 1.5, 1.0, 1.1, 1.2, 1.2, 1.2, 1.2, 1.2], True),
    ],
)
def test_a_rise_is_one_where_it_is_larger_than_what_goes_against_the_trend(losses, is_called):
    run = replace(
        a_run(valley, falling),
        val_steps=25 * np.arange(len(losses)),
        val_losses=np.array(losses),
        train_eval_losses=np.linspace(2.0, 1.0, len(losses)),
    )
    assert (overfits(run) is not None) == is_called


@pytest.mark.parametrize("names, is_called", [(1, False), (15, False), (16, True)])
def test_of_few_held_out_names_no_rise_is_called_overfitting(names, is_called):
    assert (overfitting(a_run(valley, falling), names) is not None) == is_called


def test_in_the_first_round_nothing_is_known_by_heart():
    run = a_run(valley, falling)
    assert overfits(replace(run, names_seen=1372)) is None
    assert overfits(replace(run, names_seen=1373)) is not None


def test_a_rise_that_no_page_shows_or_of_two_measurements_is_none():
    assert overfits(a_run(lambda step: valley(step) / 20, falling)) is None
    for steps, is_called in ((525, False), (550, False), (575, True)):
        run = a_run(lambda step: 1.7 + 1e-3 * abs(step - 500), falling, steps)
        assert (overfits(run) is not None) == is_called


def test_a_run_that_diverged_or_has_losses_that_are_no_numbers_is_not_called_so():
    run = a_run(valley, falling)
    assert overfits(replace(run, stopped="Stopped.")) is None
    wild = run.val_losses.copy()
    wild[-5:-2] = math.nan, math.inf, math.inf
    assert overfits(replace(run, val_losses=wild)) is not None
    evaluated = run.train_eval_losses.copy()
    evaluated[-3] = math.nan
    assert overfits(replace(run, train_eval_losses=evaluated)) is None
    assert overfits(a_run(flat, flat, steps=0)) is None


@pytest.mark.parametrize(
    "change, is_overfitting",
    [({"hidden_size": 64}, True), ({"hidden_size": 2}, False), ({"max_steps": 30}, False)],
)
def test_a_large_network_learns_a_short_list_by_heart_and_a_small_one_cannot(
    change, is_overfitting
):
    from dino.train import Trainer

    few = make_corpus(clean("\n".join(load().names[::9])), "few")
    assert len(few.val) >= ENOUGH_NAMES
    config = Config(batch_size=16, max_steps=250, learning_rate=0.02, average=0)
    trainer = Trainer(config.replace(**change), few)
    trainer.advance()
    run = trainer.run()
    found = overfits(run)
    assert (found is not None) == is_overfitting
    assert overfits(Trainer(run.config, few, packed=trainer.pack()).run()) == found
    if found:
        assert found[:2] == run.best == (run.best_moment.step, run.best_moment.val_loss)
        assert found.rise == run.val_loss - found.best_loss > 0.01
