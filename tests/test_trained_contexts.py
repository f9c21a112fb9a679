"""Prepared results: complete, of the list and the recipe that they name, and shown for no other."""

import json
from importlib.util import find_spec, module_from_spec

import numpy as np
import pytest

from dino.config import Config
from dino.data import load
from dino.presets import PRESETS
from dino.trained_contexts import CONTEXTS, FILE, digest, trained_contexts

FIRST = PRESETS["first-success"].config


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_every_cell_has_all_memories_and_seeds(cell, corpus):
    losses = trained_contexts(FIRST.replace(cell=cell), corpus)
    assert losses.shape == (len(CONTEXTS), 3)
    assert losses[0].mean() == pytest.approx(2.2, abs=0.05)  # near what counting pairs reaches
    assert (np.diff(losses.mean(axis=1)[:3]) < 0).all()  # each of the first letters helps
    assert 1.6 < losses[-1].mean() < 1.8


@pytest.mark.parametrize("seeds", [0, 1, 2, 3])
def test_two_seeds_are_enough_for_a_spread_and_one_is_not(seeds, corpus, tmp_path):
    found, fewer = json.loads(FILE.read_text(encoding="utf-8")), tmp_path / "fewer.json"
    fewer.write_text(json.dumps({**found, "seeds": found["seeds"][:seeds]}))
    spec = find_spec("dino.trained_contexts")
    other = module_from_spec(spec)  # it reads its file once
    spec.loader.exec_module(other)
    other.FILE = fewer
    losses = other.trained_contexts(FIRST, corpus)
    assert (0 if losses is None else losses.shape[1]) == (seeds if seeds >= 2 else 0)


def test_what_is_no_matter_may_differ(corpus):
    for change in ({"seed": 7}, {"context": 3}, {"engine": "torch"}):
        assert trained_contexts(FIRST.replace(**change), corpus) is not None


@pytest.mark.parametrize("change", [{"hidden_size": 65}, {"max_steps": 100}, {"average": 0.0}])
def test_another_recipe_has_none(change, corpus):
    assert trained_contexts(FIRST.replace(**change), corpus) is None


def test_other_names_or_another_split_have_none(corpus):
    assert trained_contexts(FIRST, corpus.without([corpus.train[0]])) is None
    assert trained_contexts(FIRST.replace(split_seed=1), load(split_seed=1)) is None


def test_the_file_says_what_was_trained(corpus):
    found = json.loads(FILE.read_text(encoding="utf-8"))
    assert found["digest"] == digest(corpus)
    assert found["list"] == "dinos" and found["split_seed"] == corpus.split_seed
    assert Config(**found["recipe"]) == FIRST


@pytest.mark.long
@pytest.mark.parametrize("cell, context, seed", [("rnn", 1, 0), ("rnn", 4, 1), ("gru", 2, 2)])
def test_trained_again_a_network_has_the_same_loss(cell, context, seed, corpus):
    """To the third decimal: BLAS libraries add in different orders."""
    from dino.train import Trainer

    config = FIRST.replace(cell=cell, context=context, seed=seed, engine="torch")
    trainer = Trainer(config, corpus)
    trainer.advance()
    found = trained_contexts(config, corpus)
    row = CONTEXTS.index(context)
    assert trainer.history.val_losses[-1] == pytest.approx(found[row, seed], abs=0.01)
