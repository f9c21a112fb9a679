"""From First success to the best LSTM in single changes: the recipes, their table, what it says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pressing import part, send
from streamlit.testing.v1 import AppTest
from waiting import PATIENCE

from dino.config import DEFAULT, Config
from dino.data import load
from dino.jobs import RunEntry
from dino.metrics import ENOUGH_NAMES, loss_difference
from dino.pages.lab.single_changes import difference_sentence, few_names, place_of, runs_by_recipe
from dino.presets import PRESETS, single_changes
from dino.train import Trainer
from dino.ui import server

BEST = PRESETS["best-lstm"].config
TABLE = "single_changes_table"


def trained(config, corpus):
    trainer = Trainer(config, corpus)
    trainer.advance()
    trainer.settle()
    return trainer.run()


@pytest.fixture(scope="module")
def pair(corpus):
    """Two short runs at rest, an RNN's and a GRU's. Tests read them and change nothing."""
    config = Config(hidden_size=4, batch_size=4, max_steps=5, engine="torch")
    return trained(config, corpus), trained(config.replace(cell="gru"), corpus)


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


# ---- the runs


def test_a_run_fills_its_row_only_if_it_is_what_its_recipe_says(pair, corpus):
    run = pair[0]
    entry = RunEntry(1, "token", run, corpus, {})
    assert runs_by_recipe([entry]) == {run.config: entry}
    for other in (
        replace(run, stopped="It diverged."),
        replace(run, losses=run.losses[:2]),
        replace(run, losses=np.append(run.losses, 1.0)),  # trained further
        replace(run, learning_rates=((0, run.config.learning_rate), (2, 0.05))),
    ):
        assert not other.is_by_its_recipe and runs_by_recipe([replace(entry, run=other)]) == {}


# ---- what is said


def test_a_difference_is_that_of_the_same_names_with_its_error(pair, corpus):
    before, after = pair
    symbols = corpus.val_arrays.lengths
    gap, error = loss_difference(after.val_name_losses, before.val_name_losses, symbols)
    assert gap == pytest.approx(after.val_loss - before.val_loss, abs=1e-5)
    words = str(difference_sentence(before, after, symbols))
    assert words.replace("−", "-").startswith(f"{gap:+.3f} ± {error:.3f}")


def test_it_is_called_only_where_it_is_twice_its_error(pair, corpus):
    run, symbols = pair[0], corpus.val_arrays.lengths
    noise = np.random.default_rng(0).normal(size=len(symbols))

    def said(shift):
        losses = run.val_name_losses + (shift * symbols + 0.1 * noise)
        return str(difference_sentence(run, replace(run, val_name_losses=losses), symbols))

    assert "close" not in said(0.5) and said(0.5).startswith("+0.50")
    assert "close" not in said(-0.5) and said(-0.5).startswith("−0.50")
    assert said(0).endswith("too close to call")
    assert said(0).startswith(("+0.00", "−0.00"))


def test_nothing_is_said_while_names_are_not_measured_or_are_few(pair, corpus):
    before, after = pair
    symbols = corpus.val_arrays.lengths
    unknown = replace(after, val_name_losses=None)
    assert difference_sentence(before, unknown, symbols) is None
    assert difference_sentence(unknown, before, symbols) is None
    assert difference_sentence(before, after, symbols[: ENOUGH_NAMES - 1]) is None
    assert "15 held-out names are too few to tell" in str(few_names(ENOUGH_NAMES - 1))
    assert few_names(ENOUGH_NAMES) is None


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


def test_the_table_is_there_for_its_recipes_and_a_click_sets_a_row_up(lab):
    recipes = single_changes()
    page = lab(recipes[1])
    table, data = part(page, TABLE)
    assert [row[0] for row in data["rows"]] == [
        "First success",
        "cell RNN → GRU",
        "cell GRU → LSTM",
        "hidden size 64 → 128",
        "letter dropout off → 0.1",
        "hidden dropout off → 0.3",
        "weight drop off → 0.6",
        "learning rate 0.005 → 0.01",
        "average the weights 0.99 → 0.997",
        "steps 1,200 → 3,400",
    ]
    assert all(row[1] == "–" for row in data["rows"]) and data["selected"] == 1
    send(page, table.id, "row", 3)
    assert not page.exception and recipe_of(page) == recipes[3]


@pytest.mark.parametrize("config", [DEFAULT, PRESETS["best-rnn"].config], ids=["first", "best-rnn"])
def test_other_recipes_have_no_such_table(config, lab):
    assert part(lab(config), TABLE) is None


def test_the_best_rnn_leads_to_the_first_change_and_each_change_to_the_next(lab):
    recipes = single_changes()
    page = lab(PRESETS["best-rnn"].config)
    for recipe in recipes[1:]:
        page.button(key="single_change").click().run()
        assert recipe_of(page) == recipe
    assert "single_change" not in [button.key for button in page.button]


# ---- over seeds


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
            print(f"{change}: {after.val_loss:.3f}", difference_sentence(before, after, symbols))
    for before, after, sign in ((2, 3, "+"), (3, 4, "−"), (0, -1, "−")):
        # more units alone overfit, letter dropout cures that, and all together is better
        said = str(difference_sentence(runs[before], runs[after], symbols))
        assert said.startswith(sign) and "close" not in said
