"""Prepared results of a regularised network: by value, and for no other recipe or list."""

import json
from importlib.util import find_spec, module_from_spec

import numpy as np
import pytest

from dino.config import Config
from dino.data import load
from dino.lessons.figures_regularised import FIGURES
from dino.ngram import NGram
from dino.regularised_contexts import CONTEXTS, FILE, RECIPE, regularised_contexts
from dino.trained_contexts import digest


@pytest.fixture(scope="module")
def found(corpus):
    return regularised_contexts(RECIPE, corpus)


def test_each_memory_has_every_seed_and_each_seed_every_name(found, corpus):
    assert len(found.seeds) >= 5 and tuple(found.trained) == CONTEXTS
    for trained in found.trained.values():
        assert trained.name_losses.shape == (len(found.seeds), len(corpus.val))
        assert trained.curves.shape == (len(found.seeds), len(found.steps))
        per_symbol = trained.name_losses.sum(1) / found.symbols.sum()
        assert per_symbol == pytest.approx(trained.losses, abs=1e-4)
        assert trained.curves[:, -1] == pytest.approx(trained.losses, abs=1e-4)
        assert (trained.curves[:, 0] > 3).all() and (trained.train_losses < trained.losses).all()


def test_with_every_seed_a_longer_memory_has_a_lower_loss(found):
    three, five, whole = (found.trained[context].losses for context in CONTEXTS)
    assert three.min() > five.max() and five.min() > whole.max()


def test_what_a_short_memory_costs_is_clear_over_names(found):
    for context in (3, 5):
        cost, error = found.cost(context)
        assert cost == pytest.approx(found.loss(context) - found.loss(0), abs=1e-4)
        assert cost > 2 * error > 0
    assert found.cost(0) == (0.0, 0.0)


@pytest.mark.parametrize("baseline, n", [("fours", 4), ("sixes", 6)])
def test_counting_is_on_the_same_split(baseline, n, found, corpus):
    counted = NGram(n, corpus.train, corpus.vocab).loss(corpus.val)
    assert found.counting_loss(baseline) == pytest.approx(counted, abs=1e-4)
    gap, error = found.below(baseline, 0)
    assert gap == pytest.approx(counted - found.loss(0), abs=1e-3) and error > 0


def test_lessons_quote_these_networks(found):
    quoted = {name: figure() for name, figure in FIGURES.items()}
    assert quoted["regular_seeds"] == len(found.seeds)
    assert quoted["regular_3"] == found.trained[3].losses.mean() == found.loss(3)
    assert quoted["regular_5_lowest"] <= quoted["regular_5"] <= quoted["regular_5_highest"]
    assert (quoted["regular_3_cost"], quoted["regular_3_cost_error"]) == found.cost(3)
    assert quoted["regular_all_train"] == found.trained[0].train_losses.mean()
    assert quoted["regular_all"] < quoted["regular_fours"]
    assert quoted["regular_sixes"] == found.counting_loss("sixes")


@pytest.mark.parametrize("change", [{"context": 3}, {"seed": 7}, {"engine": "torch"}])
def test_what_is_no_matter_may_differ(change, corpus):
    assert regularised_contexts(RECIPE.replace(**change), corpus) is not None


@pytest.mark.parametrize("change", [{"cell": "gru"}, {"weight_drop": 0.5}, {"max_steps": 100}])
def test_another_recipe_has_none(change, corpus):
    assert regularised_contexts(RECIPE.replace(**change), corpus) is None


def test_other_names_or_another_split_have_none(corpus):
    assert regularised_contexts(RECIPE, corpus.without([corpus.train[0]])) is None
    assert regularised_contexts(RECIPE.replace(split_seed=1), load(split_seed=1)) is None


def test_the_file_says_what_was_trained(corpus):
    said = json.loads(FILE.read_text(encoding="utf-8"))
    assert said["list"] == "dinos" and said["split_seed"] == corpus.split_seed
    assert said["digest"] == digest(corpus)
    assert Config(cell=said["cell"], **said["recipe"]) == RECIPE


@pytest.mark.parametrize("gone, left", [((), 3), ((1,), 2), ((0, 1), 0)])
def test_an_unfinished_file_has_only_the_seeds_that_every_memory_has(gone, left, corpus, tmp_path):
    said = json.loads(FILE.read_text(encoding="utf-8"))
    said["seeds"] = [0, 1, 2]
    said["runs"] = {
        k: {str(s): runs["0"] for s in said["seeds"]} for k, runs in said["runs"].items()
    }
    for seed in gone:
        del said["runs"]["5"][str(seed)]
    spec = find_spec("dino.regularised_contexts")
    other = module_from_spec(spec)  # it reads its file once
    spec.loader.exec_module(other)
    other.FILE = tmp_path / "unfinished.json"
    other.FILE.write_text(json.dumps(said), encoding="utf-8")
    found = other.regularised_contexts(RECIPE, corpus)
    assert (0 if found is None else len(found.seeds)) == left


@pytest.mark.long
def test_trained_again_a_network_has_the_same_course(found, corpus):
    """Its first 200 updates with a memory of 3 letters: BLAS libraries add in different orders."""
    from dino.train import Trainer

    trainer = Trainer(RECIPE.replace(engine="torch", context=3), corpus, takes_snapshots=False)
    trainer.advance(200)
    place = int(np.flatnonzero(found.steps == 200)[0])
    assert trainer.evaluate() == pytest.approx(found.trained[3].curves[0, place], abs=0.02)
