"""One step, slowly: what an update on one name does, and its page."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from figures import check_colors, check_plotly_accepts
from pressing import part, type_numbers
from streamlit.testing.v1 import AppTest
from test_learn_page import look, open_lesson, press, texts
from waiting import wait_for

from dino.charts import strips as charts
from dino.data import load_bundled
from dino.lessons.figures_step import (
    FIGURES,
    NAME,
    SEEDS,
    end_gradient,
    example,
    factor_figures,
    pulls,
    pulls_most,
    shares_of_thirds,
    train_on_name,
)
from dino.lessons.reading import lessons
from dino.model import CharRNN, nll
from dino.pages.learn.panel_cell import (
    back_sentences,
    loss_sentences,
    moved_sentence,
    update_sentences,
)
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


def test_the_example_is_trained_on() -> None:
    assert NAME in load_bundled("dinos").train


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
                names = [choice.name for choice in item.choices]
                right = lesson.claims.get(str(item.right)) or FIGURES[str(item.right)]()
                assert right in names
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


@pytest.mark.parametrize("updates", [1, 3])
def test_the_table_of_moves_has_a_sentence_on_its_largest(updates: int) -> None:
    one = train_on_name(CONFIG, VOCAB, NAME, updates)
    most = max(one.report.moved, key=lambda it: it.change)
    found = moved_sentence(one).fields
    assert (found["step"], found["weights"]) == (updates, most.name)
    assert found["change"] == most.change
    assert found["share"] == pytest.approx(100 * most.change / most.before)
    biases = [it for it in one.report.moved if it.name.startswith("b")]
    first = replace(one.report, moved=tuple(biases))
    assert ("share" in moved_sentence(replace(one, report=first)).fields) == (updates > 1)


def number_of(name: str = "", panel: str = "", show: str = "") -> int:
    """The number of the lesson's step of this name, or with this panel and what it shows."""
    for number, step in enumerate(lessons("en")[KEY].steps, 1):
        if step.name == name and step.panel == panel and step.options.get("show", "") == show:
            return number
    raise KeyError(name or panel)


def place(page: AppTest, name: str, *values: float | str) -> AppTest:
    """Answer a bet of the lesson, and place it."""
    number = number_of(name)
    step = lessons("en")[KEY].questions[name]
    for i, (item, value) in enumerate(zip(step.items, values, strict=True)):
        key = f"ask_{KEY}_{name}_{i}"
        if item.choices:
            page.radio(key=key).set_value(value)
        else:
            type_numbers(page, {key: value})
    look(page)
    return press(page, f"learn_{KEY}_{number}_place")


def test_the_lesson_is_walked_with_wrong_answers_each_with_its_own_reply() -> None:
    page = open_lesson(KEY)
    assert "from the middle third" not in texts(page)  # what shows it waits for its bet
    place(page, "back", "alike", "something")
    assert "the arriving gradient are not" in texts(page) and "from the middle third" in texts(page)
    assert "but not through $W_{hh}$" in texts(page)
    place(page, "update", 1.0, "middle")
    assert "comes from all of them" in texts(page)
    assert "That was the answer for the steps" in texts(page)
    assert "of 12 symbols. L went from" in texts(page)
    place(page, "factor", "vanishes")
    assert "has no result yet" in texts(page) and "Gradients do vanish" not in texts(page)


def test_what_a_picture_is_called_is_not_said_again_beside_it() -> None:
    page = place(place(open_lesson(KEY), "back", "middle", "nothing"), "update", 12.0, "last")
    for show, names in (("back", ["parts"]), ("update", ["update", "pulls"])):
        step = number_of(panel="one_step", show=show)
        for name in names:
            found = part(page, f"learn_{KEY}_{step}_{name}")
            assert found is not None and found[1]["alt"] not in texts(page)


@pytest.mark.long
def test_the_factor_is_that_of_the_learner_s_own_network() -> None:
    page = place(open_lesson(KEY), "factor", "vanishes")
    number = number_of(panel="factor")
    press(page, f"learn_{KEY}_{number}_run_train")
    wait_for(lambda: "Gradients do vanish" in texts(look(page)), "the result")
    assert part(page, f"learn_{KEY}_{number}_factor") is not None
    assert re.search(r"multiplied by 0\.\d\d: by (0\.[89]|1\.0)\d for each letter", texts(page))


def test_the_factor_is_the_geometric_mean_of_what_each_letter_changes() -> None:
    model = CharRNN("rnn", 8, len(VOCAB), torch.Generator().manual_seed(1))
    norms, found = end_gradient(model, VOCAB), factor_figures(model, VOCAB)
    assert len(norms) == len(NAME) + 1 and found["gradient_reach"] == len(NAME)
    ratios = norms[1:] / norms[:-1]
    assert found["gradient_factor"] == pytest.approx(float(np.exp(np.log(ratios).mean())))
    assert found["gradient_left"] == pytest.approx(float(norms[-1] / norms[0]))
    assert found["gradient_hundred"] == pytest.approx(float(found["gradient_factor"]) ** 100)
    with torch.no_grad():
        model.W_hh.mul_(0.01)
    assert factor_figures(model, VOCAB)["gradient_verdict"] == "vanishes"
    with torch.no_grad():
        model.W_hh.zero_()
    assert not factor_figures(model, VOCAB)  # no earlier state can change the loss


def test_the_lesson_s_strip_is_that_of_the_untrained_network() -> None:
    page = place(open_lesson(KEY), "back", "middle", "nothing")
    number = number_of(panel="strip")
    found = part(page, f"learn_{KEY}_{number}_strip")
    assert found is not None
    losses = [step["loss"] for step in found[1]["steps"]]
    assert losses == [f"loss {loss:.2f}" for loss in example().before.losses]
    assert found[1]["flows"] and not found[1]["words"]["below"]  # no formulas are below it
    page.text_input(key=f"learn_{KEY}_{number}_name").set_value("ovi")
    found = part(look(page), f"learn_{KEY}_{number}_strip")
    assert found is not None and [it["input"] for it in found[1]["steps"]] == ["–", "o", "v", "i"]


def test_a_name_of_ones_own_is_read_and_one_that_the_list_cannot_spell_is_refused() -> None:
    page = place(open_lesson(KEY), "update", 12.0, "last")
    box = f"learn_{KEY}_{number_of(panel='one_step', show='update')}_name"
    page.text_input(key=box).set_value("Oryx")
    assert "of 5 symbols. L went from" in texts(look(page))
    page.text_input(key=box).set_value("<b>ñ</b>")
    said = [it.value for it in look(page).text]
    assert any("does not occur in this list" in it for it in said)
    page.text_input(key=box).set_value("")
    assert re.search(r"of 1 symbols?\. L went from", texts(look(page)))


def test_the_boxes_of_the_lesson_share_the_name_that_is_read() -> None:
    page = place(open_lesson(KEY), "back", "middle", "nothing")
    place(page, "update", 12.0, "last")
    numbers = [number_of(panel="strip")]
    numbers += [number_of(panel="one_step", show=show) for show in ("back", "update")]
    boxes = [f"learn_{KEY}_{number}_name" for number in numbers]
    slider = f"learn_{KEY}_{numbers[-1]}_updates"
    page.slider(key=slider).set_value(3)
    assert [page.text_input(key=box).value for box in boxes] == [NAME] * 3
    for box, typed, symbols in zip(boxes, ("Oryx", "ovi", ""), (5, 4, 1), strict=True):
        page.text_input(key=box).set_value(typed)
        assert [it.value for it in look(page).text_input if it.key in boxes] == [typed] * 3
        assert re.search(rf"of {symbols} symbols?\. L went from", texts(page))
        strip = part(page, f"learn_{KEY}_{numbers[0]}_strip")
        assert strip is not None and len(strip[1]["steps"]) == symbols
        assert page.slider(key=slider).value == 3
        assert re.search(r"Update 3 moved W_\w+ furthest", texts(page))
    page.text_input(key=boxes[1]).set_value("oryx")
    press(page, "all_lessons")
    press(page, f"open_{KEY}")
    assert [page.text_input(key=box).value for box in boxes] == ["oryx"] * 3
    assert page.slider(key=slider).value == 3
