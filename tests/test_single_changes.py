"""From First success to the best LSTM in single changes: the recipes, and the ways between them."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest
from waiting import PATIENCE

from dino.config import DEFAULT, Config
from dino.data import load
from dino.difference import Difference, Side
from dino.metrics import loss_difference
from dino.pages.lab.experiment_links import levels_between
from dino.presets import PRESETS, place_of, single_changes
from dino.train import Trainer
from dino.ui import server

BEST = PRESETS["best-lstm"].config


def trained(config, corpus):
    trainer = Trainer(config, corpus)
    trainer.advance()
    trainer.settle()
    return trainer.run()


# ---- the recipes


@pytest.mark.parametrize("like", [DEFAULT, DEFAULT.replace(seed=7, split_seed=2, engine="torch")])
def test_each_recipe_changes_one_setting_and_the_ends_are_presets(like):
    recipes = single_changes(like)
    for before, after in zip(recipes, recipes[1:], strict=False):
        assert len(before.changes(after)) == 1
    free = {"seed": like.seed, "split_seed": like.split_seed, "engine": like.engine}
    assert recipes[0] == PRESETS["first-success"].config.replace(**free)
    assert recipes[-1] == BEST.replace(**free)
    assert [recipe.cell for recipe in recipes[:3]] == ["rnn", "gru", "lstm"]  # the gates first


def test_a_recipe_has_its_place_whatever_its_seed():
    for place, recipe in enumerate(single_changes()):
        assert place_of(recipe) == place == place_of(recipe.replace(seed=5, engine="torch"))
    assert place_of(BEST.replace(hidden_size=64)) is None


def test_each_change_is_of_one_setting_with_both_its_values():
    recipes = single_changes()
    found = [levels_between(*pair) for pair in zip(recipes, recipes[1:], strict=False)]
    assert found == [
        {"cell": ("rnn", "gru")},
        {"cell": ("gru", "lstm")},
        {"hidden_size": (64, 128)},
        {"letter_dropout": (0.0, 0.1)},
        {"hidden_dropout": (0.0, 0.3)},
        {"weight_drop": (0.0, 0.3)},
        {"count_teacher": (0.0, 0.5)},
        {"learning_rate": (0.005, 0.01)},
        {"average": (0.99, 0.997)},
        {"max_steps": (1200, 3400)},
    ]


# ---- on the page


@pytest.fixture
def lab():
    def drawn(config):
        page = AppTest.from_file("../app.py", default_timeout=PATIENCE)
        page.query_params.update(config.to_url())
        page.run()
        page.run()
        assert not page.exception
        return page

    yield drawn
    server.renew()


def recipe_of(page):
    return Config(**{name: page.session_state[name] for name in DEFAULT.as_dict()})


LINK = "again_with_seeds"


def test_a_recipe_on_the_way_has_a_link_to_an_experiment_on_its_change(lab):
    page = lab(single_changes()[1])
    assert page.button(key=LINK).label == "Compare with five seeds: cell RNN → GRU"


@pytest.mark.parametrize("config", [DEFAULT, PRESETS["best-rnn"].config], ids=["first", "best-rnn"])
def test_other_recipes_have_no_such_link(config, lab):
    assert LINK not in [button.key for button in lab(config).button]


def test_the_best_rnn_leads_to_the_first_change_and_each_change_to_the_next(lab):
    recipes = single_changes()
    page = lab(PRESETS["best-rnn"].config)
    for recipe in recipes[1:]:
        page.button(key="single_change").click().run()
        assert recipe_of(page) == recipe
    assert "single_change" not in [button.key for button in page.button]


# ---- over seeds


def beside(before, after, symbols):
    """How much lower the loss after a change is, name by name."""
    losses = before.val_name_losses, after.val_name_losses
    return Difference(*loss_difference(*losses, symbols), len(symbols))


@pytest.mark.long
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_what_each_change_adds(seed, capsys, kernels):
    """With `-n 0` and DINO_LONG=1 it prints the table."""
    from dino.compiled import engine

    engine.prepare()
    corpus = load()
    recipes = single_changes(DEFAULT.replace(seed=seed, engine="compiled"))
    runs = [trained(recipe, corpus) for recipe in recipes]
    symbols = corpus.val_arrays.lengths
    with capsys.disabled():
        print(f"\nseed {seed}: {runs[0].val_loss:.3f}")
        for before, after in zip(runs, runs[1:], strict=False):
            change = before.config.changes(after.config)[0]
            print(f"{change}: {after.val_loss:.3f}", beside(before, after, symbols).above(3))
    for before, after, side in ((2, 3, Side.HIGHER), (3, 4, Side.LOWER), (0, -1, Side.LOWER)):
        # more units alone overfit, letter dropout cures that, and all together is better
        assert beside(runs[before], runs[after], symbols).side is side
