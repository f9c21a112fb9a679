"""What fits a long list: the file of measurements, the length from which on, and the offer."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from statistics import mean

import pytest
from documents import ROOT, section, table
from streamlit.testing.v1 import AppTest
from waiting import PATIENCE

from dino import cost
from dino.__main__ import main
from dino.commands.recipe import add_recipe_options, config_of
from dino.config import DEFAULT, SETTINGS, Config
from dino.data import load_bundled
from dino.lists import MAX_LETTERS, MAX_SYMBOLS
from dino.long_lists import (
    FILE,
    FREE,
    LONG,
    LONG_FROM,
    PASSES,
    SHORT,
    long_list_recipe,
    longest_short,
    measured,
    recipe_for,
    recipes_values,
)
from dino.pages.lab.long_list import draw_long_list_offer
from dino.presets import PRESETS
from dino.ui import chosen_list, server

BEST = PRESETS[SHORT].config
OTHER_SEEDS = {"seed": 7, "split_seed": 2, "exam": True, "engine": "torch"}


# ---- the measurements


def test_the_file_is_of_the_recipes_that_the_app_has():
    found = json.loads(FILE.read_text(encoding="utf-8"))
    assert found["recipes"] == recipes_values()


def test_from_the_stated_length_on_the_recipe_ends_clearly_lower_and_below_it_does_not():
    long, short = [], []
    for row in measured():
        (long if row.names >= LONG_FROM else short).append(row.below(LONG, SHORT))
    assert all(it.is_clear and it.lower_by > 0 for it in long)
    assert not any(it.is_clear and it.lower_by > 0 for it in short) and short
    assert LONG_FROM in [row.names for row in measured()]
    assert longest_short() < LONG_FROM


def test_the_longest_length_is_the_whole_list():
    assert measured()[-1].names == len(load_bundled("us-first-names").train)


def test_the_documented_table_is_that_of_the_file():
    heads = "names to train on", "counting sixes", "Best LSTM", "long lists"
    more = "long lists below Best LSTM", "half Best LSTM, half sixes", "half long lists, half sixes"
    readers = "counting sixes", SHORT, LONG, f"half {SHORT}, half sixes", f"half {LONG}, half sixes"
    rows = []
    for row in measured():
        sixes, *four = (f"{mean(row.losses[reader]):.3f}" for reader in readers)
        below = row.below(LONG, SHORT)
        gap = f"{below.lower_by:.3f} ± {below.error:.3f}".replace("-", "−")
        rows.append([f"{row.names:,}", sixes, *four[:2], gap, *four[2:]])
    text = section(ROOT / "docs/features.md", "### What fits a long list")
    assert table(text, *heads, *more) == rows


# ---- when it is offered, and what


def list_of(names):
    """What is read of a list with so many names to train on."""
    return replace(load_bundled(), train=("an",) * names)


def test_it_is_for_lists_of_that_length_and_for_the_measured_preset():
    long = list_of(LONG_FROM)
    for config in (BEST, BEST.replace(max_steps=20_000, **OTHER_SEEDS)):
        assert recipe_for(long, config) == long_list_recipe(LONG_FROM, config)
        assert recipe_for(list_of(LONG_FROM - 1), config) is None
    others = [it.config for name, it in PRESETS.items() if name != SHORT]
    others += [BEST.replace(hidden_size=64), long_list_recipe(LONG_FROM, BEST)]
    assert not any(recipe_for(long, config) for config in others)


@pytest.mark.parametrize("names", [LONG_FROM, 4647, 31_033, 10_000_000])
def test_its_updates_are_so_many_passes_and_its_seeds_those_of_the_run(names):
    recipe = long_list_recipe(names, DEFAULT.replace(**OTHER_SEEDS))
    assert {name: getattr(recipe, name) for name in FREE} == OTHER_SEEDS
    read, most = recipe.max_steps * recipe.batch_size, SETTINGS["max_steps"].high
    assert PASSES * names <= read < PASSES * names + recipe.batch_size or recipe.max_steps == most


def test_the_kernels_train_it_on_a_list_of_the_longest_names_and_most_symbols():
    recipe = long_list_recipe(31_033, DEFAULT)
    assert cost.kernels_cover(recipe, 28, MAX_LETTERS + 1)
    assert cost.kernels_cover(recipe, MAX_SYMBOLS, 30)


def test_on_a_long_list_compiling_the_kernels_saves_more_than_it_takes():
    """So a command compiles them first (`dino.commands.train`)."""
    for config in (BEST, long_list_recipe(31_033, DEFAULT)):
        saved = cost.seconds_saved(config, 28, 16, config.max_steps)
        assert config is BEST or saved > cost.COMPILING


def test_without_its_soft_targets_the_recipe_was_not_measured_and_is_not_offered(monkeypatch):
    corpus = load_bundled("us-first-names")
    assert recipe_for(corpus, BEST) == long_list_recipe(len(corpus.train), BEST)
    monkeypatch.setattr("dino.count_teacher.MOST_BYTES", 1_000_000)
    assert recipe_for(corpus, BEST) is None


# ---- in the shell


@pytest.mark.parametrize("data", ["us-first-names", "dinos"])
def test_on_a_long_list_the_command_prints_the_options_of_the_other_recipe(data, capsys):
    command = ["train", "--max-steps", "1", "--names", "1"]
    assert main([*command, "--preset", SHORT, "--data", data]) == 0
    hints = [line for line in capsys.readouterr().err.splitlines() if "this list is long" in line]
    assert bool(hints) == (data == "us-first-names")
    if hints:
        assert f"With {LONG_FROM:,} or more US first names" in hints[0]
        options = hints[0].partition("to learn from, ")[2].partition(" ended lower.")[0].split()
        assert recipe_with(options) == long_list_recipe(len(load_bundled(data).train), BEST)


def recipe_with(options):
    """The recipe of the preset with these options."""
    parser = argparse.ArgumentParser()
    add_recipe_options(parser)
    return config_of(parser.parse_args(["--preset", SHORT, *options]))


# ---- on the page


@pytest.fixture
def lab():
    def drawn(**params):
        page = AppTest.from_file("../app.py", default_timeout=PATIENCE)
        page.query_params.update({**BEST.to_url(), **params})
        page.run()
        page.run()
        assert not page.exception
        return page

    yield drawn
    server.renew()


def recipe_of(page):
    return Config(**{name: page.session_state[name] for name in DEFAULT.as_dict()})


def offers(page):
    return [button for button in page.button if button.key == "use_long_list"]


@pytest.mark.parametrize("lang, words", [("en", "long for Best LSTM"), ("es", "Mejor LSTM. Con")])
def test_a_long_list_has_the_offer_with_its_evidence(lang, words, lab):
    page = lab(list="us-first-names", lang=lang)
    (said,) = [it.value for it in page.caption if words in it.value]
    assert f"{measured()[-1].below(LONG, SHORT).lower_by:.3f} ±" in said.replace(",", ".")
    assert len(offers(page)) == 1


def test_without_its_soft_targets_the_page_does_not_quote_the_evidence(lab, monkeypatch):
    monkeypatch.setattr("dino.count_teacher.MOST_BYTES", 1_000_000)
    page = lab(list="us-first-names")
    assert not offers(page) and not any("long for Best" in it.value for it in page.caption)


def test_for_another_recipe_the_list_is_not_split(monkeypatch):
    monkeypatch.setattr(chosen_list, "corpus", lambda *_: pytest.fail("it was split"))
    draw_long_list_offer(DEFAULT)


def test_its_button_sets_the_recipe(lab):
    page = lab(list="us-first-names")
    offers(page)[0].click().run()
    names = len(load_bundled("us-first-names").train)
    assert recipe_of(page) == long_list_recipe(names, BEST) and not offers(page)


def test_a_short_list_has_no_offer_nor_another_recipe(lab):
    assert not offers(lab())
    assert not offers(lab(list="us-first-names", hidden_size="64"))
