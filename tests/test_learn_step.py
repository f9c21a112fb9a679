"""Lesson 8, one step, slowly: what an update on one name does, and its page."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest
import torch
from figures import check_colors, check_plotly_accepts
from pressing import part, type_numbers
from streamlit.testing.v1 import AppTest
from test_learn_page import look, open_lesson, press, texts

from dino.charts import strips as charts
from dino.data import load_bundled
from dino.lessons.figures_step import (
    FIGURES,
    NAME,
    SEEDS,
    example,
    pulls,
    pulls_most,
    shares_of_thirds,
    train_on_name,
)
from dino.lessons.reading import lessons
from dino.model import CharRNN, nll
from dino.pages.learn.panel_cell import back_sentences, loss_sentences, update_sentences
from dino.presets import PRESETS
from dino.ui import server
from dino.unrolled import unroll

KEY = "one-step-slowly"
CONFIG = PRESETS["first-success"].config
VOCAB = load_bundled("dinos").vocab


@pytest.fixture(autouse=True)
def empty():
    yield
    server.renew()


# ---- what the update does


def test_the_example_is_trained_on_and_has_the_rarest_letter_that_the_lesson_names() -> None:
    train = load_bundled("dinos").train
    counts = Counter("".join(train))
    assert NAME in train and min(NAME, key=lambda letter: counts[letter]) == "c"
    texts_of = [it.text for it in lessons("en")[KEY].steps[1].items[0].choices]
    assert any(text.startswith("c,") for text in texts_of)


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_the_pulls_are_shares_of_the_gradient_that_autograd_finds(cell: str) -> None:
    model = CharRNN(cell, 5, len(VOCAB), torch.Generator().manual_seed(3))
    strip = unroll(model, VOCAB, "oryx", ended=True)
    found = pulls(model, strip)
    loss = nll(model(torch.from_numpy(strip.ids)[None]), torch.from_numpy(strip.targets))
    whole = torch.cat([g.reshape(-1) for g in torch.autograd.grad(loss, [*model.parameters()])])
    assert found.sum() == pytest.approx(1, abs=1e-5)
    one = 2  # of its symbols: its share by the definition, from the whole network's own forward
    losses = nll(model(torch.from_numpy(strip.ids)[None]), torch.from_numpy(strip.targets), "none")
    own = torch.autograd.grad(losses[one] / len(losses), [*model.parameters()])
    along = float(torch.cat([g.reshape(-1) for g in own]) @ whole / (whole @ whole))
    assert found[one] == pytest.approx(along, abs=1e-5)


@pytest.mark.parametrize("T", [1, 2, 3, 5, 12, 51])
def test_the_thirds_of_a_strip_share_all_that_its_steps_add(T: int) -> None:
    parts = np.arange(1, T + 1, dtype=float)
    assert shares_of_thirds(parts).sum() == pytest.approx(1)
    assert shares_of_thirds(np.ones(12)) == pytest.approx([1 / 3] * 3)


def test_the_updates_are_those_of_a_trainer_on_this_name_alone() -> None:
    from dino.train import Trainer

    corpus = load_bundled("dinos")
    config = CONFIG.replace(engine="torch", seed=5, hidden_size=8)
    trainer = Trainer(config, corpus, takes_snapshots=False)
    row = torch.tensor([corpus.train.index(NAME)])
    for _ in range(3):
        trainer.step(row)
    one = train_on_name(config, VOCAB, NAME, 3)
    assert one.report.step == 3
    reference = unroll(trainer.model, VOCAB, NAME, ended=True)
    assert one.after.losses == pytest.approx(reference.losses, abs=1e-5)


# ---- what the lesson says, over all its seeds


@pytest.mark.parametrize("seed", range(SEEDS))
def test_what_the_lesson_says_of_one_step_holds_for_every_seed(seed: int) -> None:
    one = example(seed)
    assert one.before.losses[0] == pytest.approx(np.log(len(VOCAB)), abs=1e-6)
    assert one.back.parts[0] == 0 == one.back.parts[1]  # h_0 = 0, and then tanh(0)
    assert (one.back.parts[2:] > 0).all()
    assert shares_of_thirds(one.back.parts).argmax() == 1
    assert (one.after.losses < one.before.losses).all()
    assert one.report.step == 1


def test_after_an_update_only_the_first_step_adds_nothing() -> None:
    config, generator = CONFIG.replace(engine="torch"), torch.Generator().manual_seed(0)
    model = CharRNN("rnn", config.hidden_size, len(VOCAB), generator)
    with torch.no_grad():
        model.b_h += 0.01
    from dino.unrolled import flow_back

    back = flow_back(model, unroll(model, VOCAB, NAME, ended=True))
    assert back is not None and back.parts[0] == 0 and (back.parts[1:] > 0).all()


def test_the_bets_are_decided_by_choices_that_they_have() -> None:
    lesson = lessons("en")[KEY]
    for step in lesson.questions.values():
        for item in step.items:
            if item.choices:
                assert FIGURES[str(item.right)]() in [choice.name for choice in item.choices]
    assert pulls_most(example()) == FIGURES["step_pulls"]()


# ---- the page


def test_plotly_accepts_the_figures_and_all_colours_come_from_the_theme() -> None:
    one = example()
    symbols = [VOCAB.labels[i] for i in one.before.targets]
    for figure in (
        charts.symbol_losses(symbols, one.before.losses, None, 3.3, str),
        charts.symbol_losses(["<b>", *symbols[1:]], one.before.losses, one.after.losses, 3.3, str),
        charts.step_parts(symbols, one.back.parts, str),
        charts.symbol_pulls(symbols, one.pulls, str),
    ):
        check_plotly_accepts(figure)
        check_colors(figure)
        assert "<b>" not in str(figure)


def test_the_sentences_say_what_the_numbers_are() -> None:
    one = example()
    symbols = [VOCAB.labels[i] for i in one.before.targets]
    said = " ".join(map(str, loss_sentences(one, symbols)))
    assert f"{one.before.losses.max():.2f}" in said and said.startswith("e at step")
    assert "52 % from the middle third" in str(back_sentences(one)[0])
    assert "12 of 12 symbols" in str(update_sentences(one, symbols)[0])
    alone = train_on_name(CONFIG, VOCAB, "")  # no letter: the end mark only
    assert "adds anything" in str(back_sentences(alone)[0])


def place(page: AppTest, number: int, *values: float | str) -> AppTest:
    """Answer the bet that is this step of the lesson, and place it."""
    step = lessons("en")[KEY].steps[number - 1]
    for i, (item, value) in enumerate(zip(step.items, values, strict=True)):
        key = f"ask_{KEY}_{step.name}_{i}"
        if item.choices:
            page.radio(key=key).set_value(value)
        else:
            type_numbers(page, {key: value})
    look(page)
    return press(page, f"learn_{KEY}_{number}_place")


def test_the_lesson_is_walked_with_wrong_answers_each_with_its_own_reply() -> None:
    page = open_lesson(KEY)
    assert "has the highest loss: " not in texts(page)  # what shows it waits for its bet
    place(page, 2, "first")
    assert "You may think that the first symbol is the hardest" in texts(page)
    assert re.search(r"\be at step \d+ has the highest loss", texts(page))
    place(page, 5, "own", "something")
    assert "each step has its own $W_{hh}$" in texts(page)
    assert "You may think that step 1 adds something" in texts(page)
    place(page, 10, 1.0, "highest")
    assert "a step learns one letter" in texts(page)
    assert "the highest loss gives the largest share" in texts(page)
    assert "of 12 symbols. L went from" in texts(page)


def test_the_lesson_s_strip_is_that_of_the_untrained_network() -> None:
    page = place(open_lesson(KEY), 5, "middle", "nothing")
    found = part(page, f"learn_{KEY}_8_strip")
    assert found is not None
    losses = [step["loss"] for step in found[1]["steps"]]
    assert losses == [f"loss {loss:.2f}" for loss in example().before.losses]
    assert found[1]["flows"] and not found[1]["words"]["below"]  # no formulas are below it
    page.text_input(key=f"learn_{KEY}_8_name").set_value("ovi")
    found = part(look(page), f"learn_{KEY}_8_strip")
    assert found is not None and [it["input"] for it in found[1]["steps"]] == ["–", "o", "v", "i"]


def test_a_name_of_ones_own_is_read_and_one_that_the_list_cannot_spell_is_refused() -> None:
    page = place(open_lesson(KEY), 2, "another")
    box = f"learn_{KEY}_3_name"
    page.text_input(key=box).set_value("Oryx")
    first = texts(look(page))
    assert re.search(r"\by at step \d+ has the highest loss", first)
    page.text_input(key=box).set_value("<b>ñ</b>")
    said = [it.value for it in look(page).text]
    assert any("does not occur in this list" in it for it in said)
    page.text_input(key=box).set_value("")
    assert "⏎ at step 1 has the highest loss" in texts(look(page))
