"""README's results and the choice of the best LSTM: each figure is that of its file."""

import json
import math

import numpy as np
import pytest
import results_table as results
import search_lstm
from documents import README, section
from sources import ROOT

from dino.data import load
from dino.difference import Side
from dino.ngram import NGram
from dino.presets import PRESETS
from dino.trained_contexts import digest


@pytest.fixture(scope="module")
def splits():
    found = results.begin()["splits"]
    return {int(split): losses for split, losses in found.items()}


def of(splits, chosen):
    return [splits[it] for it in chosen]


# ---- the results


def test_the_file_has_every_split_and_seed_of_the_presets_as_they_are(splits):
    assert tuple(sorted(splits)) == results.SPLITS == tuple(sorted(results.UNSEEN + results.CHOICE))
    for losses in splits.values():
        assert tuple(losses) == results.ROWS
        assert len(losses[results.LSTM]) == len(losses[results.HALF]) == len(results.SEEDS)


@pytest.mark.parametrize("split", [0, 12])
def test_counting_and_guessing_are_on_that_split(split, splits):
    corpus = load(split_seed=split)
    assert splits[split][results.GUESS] == [pytest.approx(math.log(27), abs=1e-5)]
    for name, n in results.ORDERS.items():
        counted = NGram(n, corpus.train, corpus.vocab).loss(corpus.val)
        assert splits[split][f"counting {name}"] == [pytest.approx(counted, abs=1e-5)]


def test_a_committee_is_below_the_mean_of_its_members_on_every_split(splits):
    for losses in splits.values():  # the logarithm is concave
        assert losses[results.COMMITTEE][0] < np.mean(losses[results.LSTM])


def test_half_and_half_is_below_both_of_its_sides_on_every_split(splits):
    for losses in splits.values():
        sides = np.mean(losses[results.LSTM]), losses[results.SIXES][0]
        assert np.mean(losses[results.HALF]) < min(sides)


def test_on_unseen_splits_the_best_lstm_is_lower_than_sixes_by_the_verdict_of_experiments(splits):
    assert results.verdict(of(splits, results.UNSEEN), results.LSTM).side is Side.LOWER


def test_the_readme_has_these_figures(splits):
    assert "\n".join(results.readme_lines(splits)) in section(README, "## Results")


def test_the_account_of_the_choice_has_these_figures(splits):
    text = section(ROOT / "docs/features.md", "## How the presets were chosen")
    for chosen, row in (
        (results.UNSEEN, results.LSTM),
        (results.CHOICE, results.LSTM),
        (results.SPLITS[:8], results.HALF),
    ):
        above, error = results.above_sixes(of(splits, chosen), row)
        assert f"{-above:.3f} ± {error:.3f}" in " ".join(text.split())


# ---- the choice


@pytest.fixture(scope="module")
def choice():
    return json.loads(search_lstm.FILE.read_text(encoding="utf-8"))


def test_the_preset_is_the_lowest_of_the_search(choice):
    assert choice["digest"] == digest(load())
    assert PRESETS["best-lstm"].config == search_lstm.RECIPE.replace(**search_lstm.chosen(choice))


def test_the_search_looked_at_no_split_that_is_reported_as_unseen(choice):
    used = {int(split) for losses in choice["recipes"].values() for split in losses}
    assert used <= set(search_lstm.CHOICE) == set(results.CHOICE)
    assert not used & set(results.UNSEEN)
