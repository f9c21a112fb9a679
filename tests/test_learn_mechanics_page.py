"""The page Learn: the lessons on one sample, the axes and the cell, as a learner does them."""

from __future__ import annotations

import pytest
from pressing import numbers, part, send, type_numbers
from streamlit.testing.v1 import AppTest
from test_learn_page import look, open_learn, press, texts
from waiting import wait_for

from dino.lessons.figures import figure
from dino.lessons.figures_sample import drawn
from dino.lessons.grids import GRIDS
from dino.lessons.reading import lessons
from dino.ui import server


@pytest.fixture(autouse=True)
def empty():
    yield
    server.renew()


def open_lesson(key: str, **params: str) -> AppTest:
    return press(open_learn(**params), f"open_{key}")


def button(key: str, name: str, what: str) -> str:
    steps = lessons("en")[key].steps
    return f"learn_{key}_{1 + next(i for i, it in enumerate(steps) if it.name == name)}_{what}"


def fill(page: AppTest, key: str, name: str, *values: float) -> AppTest:
    texts = {f"ask_{key}_{name}_{i}": value for i, value in enumerate(values)}
    return press(type_numbers(page, texts), button(key, name, "place"))


def choose(page: AppTest, key: str, name: str, *values: str) -> AppTest:
    for i, value in enumerate(values):
        page.radio(key=f"ask_{key}_{name}_{i}").set_value(value)
    return press(look(page), button(key, name, "place"))


# ---- the strip


def test_the_strip_is_one_cell_and_each_wrong_count_has_its_reply() -> None:
    key = "the-strip"
    page = choose(open_lesson(key), key, "cells", "steps")
    assert "need a larger network" in texts(page)
    choose(page, key, "cells", "symbols")
    assert "An r and a t go into the same cell" in texts(page)
    choose(page, key, "cells", "one")
    assert "one cell and uses it at every step" in texts(page)


def test_the_strip_tells_nothing_that_a_later_lesson_asks() -> None:
    page = open_lesson("the-strip")
    data = part(page, "learn_the-strip_1_strip")[1]
    assert data["ways"] == ["forward"] == list(data["code"]) and not data["flows"]
    assert not any(step["backward"] for step in data["steps"])
    columns = part(page, "learn_the-strip_1_strip_twin")[1]["columns"]
    assert columns == ["step", "input", "next symbol", "p", "loss, nats"]
    assert "gradient" not in texts(page) and "norm" not in texts(page)


# ---- the cell


def test_the_state_by_hand_opens_the_next_one_and_each_slip_has_its_reply() -> None:
    key = "the-cell"
    page = open_lesson(key)
    number = 1 + [step.panel for step in lessons("en")[key].steps].index("two_units")
    rows = part(page, f"learn_{key}_{number}_into")[1]["rows"]
    assert ["W_hh", "unit 2", "−1.0", "−1.0"] in rows and len(rows) == 6
    assert f"ask_{key}_second_0" not in numbers(page)
    assert "Answer the question above" in texts(page)
    fill(page, key, "first", 0.5, 0.76)
    assert "The state is the tanh of this sum" in " ".join(texts(page).split())
    fill(page, key, "first", 0.46, 0.76)
    assert "$h_1$ = (0.46, 0.76)" in texts(page)
    fill(page, key, "second", 0.98, -0.03)
    assert "You took the first row" in texts(page) and "The bias $b_h$ is missing" in texts(page)
    fill(page, key, "second", 0.83, 0.75)
    fill(page, key, "score", 0.72)
    assert "the score after $h_1$" in texts(page)
    fill(page, key, "score", 1.08)
    assert "prefers **b**" in " ".join(texts(page).split())


def test_parameters_have_their_own_replies() -> None:
    key = "the-cell"
    page = fill(open_lesson(key), key, "parameters", 1975, 2516)
    assert "Both biases are missing" in texts(page)
    assert "The network ends a name" in " ".join(texts(page).split())
    fill(page, key, "parameters", 1402, 2577)
    assert "$W_{hh}$, 25 rows of 25 numbers, is missing" in texts(page)
    fill(page, key, "parameters", 2027, 2577)
    assert "Right, after 3 tries." in texts(page)


@pytest.mark.long
def test_the_learners_own_network_without_tanh_is_the_reveal() -> None:
    key = "the-cell"
    page = choose(open_lesson(key), key, "no_tanh", "alike")
    said = texts(page)
    assert "A part above has no result yet" in said
    assert "Before training you would be right" not in said
    number = 1 + [step.panel for step in lessons("en")[key].steps].index("tanh")
    press(page, f"learn_{key}_{number}_run_train")
    wait_for(lambda: "Before training you would be right" in texts(look(page)), "the result")
    curves = part(page, f"learn_{key}_{number}_lengths")[1]["figure"]["data"]
    assert len(curves) == 2 and curves[1]["y"][-1] > 10 * curves[0]["y"][-1]
    assert "More than ten times as long" in texts(page)


# ---- a gate by hand


def test_a_gate_is_computed_letter_by_letter_and_each_slip_has_its_reply() -> None:
    key = "a-gate-by-hand"
    page = choose(open_lesson(key), key, "left", "half", "tenth")
    said = texts(page)
    assert "The gate acts again" in said and "**0.22**" in said
    number = 1 + [step.panel for step in lessons("en")[key].steps].index("one_unit")
    rows = part(page, f"learn_{key}_{number}_unit")[1]["rows"]
    assert ["W_xh", "d", "2.0", "−4.0", "−1.0", "0.0"] in rows and len(rows) == 5
    fill(page, key, "write", 0.91, 0.66)
    said = texts(page)
    assert "That is the candidate" in said and "output gate lets only 0.73" in said
    fill(page, key, "write", 0.8, 0.48)
    fill(page, key, "keep", 0.01)
    assert "is the share that is kept" in texts(page)
    fill(page, key, "keep", 0.73)
    fill(page, key, "erase", 0.15)
    assert "leaves hardly anything of it" in texts(page)
    fill(page, key, "erase", -0.51)
    assert "A **GRU** has no cell state" in texts(page)


# ---- 5: which axis is time


def test_the_strip_breaks_where_the_learner_turns_the_name() -> None:
    key = "which-axis-is-time"
    page = open_lesson(key)
    assert "(14, 1, 27), and has a loss" not in " ".join(texts(page).split())  # it tells the shape
    choose(page, key, "shape", "batch")
    assert "fourteen names of one input each" in " ".join(texts(page).split())
    choose(page, key, "shape", "time")
    assert "1 row of 14 steps" in texts(page)
    box = page.button_group(key=f"learn_{key}_3_shape")
    box.set_value("(14, 1, 27)")
    look(page)
    assert "14 rows of 1 step" in texts(page)
    choose(page, key, "gradient", "small")
    assert "The result: Exactly 0." in texts(page)
    told = f"**{figure('axis_gradient_time'):.2f}** with the letters on"
    assert told in " ".join(texts(page).split())


# ---- 4: one sample


def open_batch() -> AppTest:
    """The lesson with its table, which shows what the question before it asks for."""
    key = "one-sample"
    page = open_lesson(key)
    assert "A **batch** is several samples" not in texts(page)
    return press(page, button(key, "targets", "skip"))


def mark(page: AppTest, cells: object) -> AppTest:
    """Click cells, as `cells.js` sends them."""
    component = part(page, "cells_ask_one-sample_counted_0")[0]
    send(page, component.id, "marks", cells)
    return look(page)


def test_cells_are_marked_and_a_wrong_marking_has_its_reply() -> None:
    key, place = "one-sample", button("one-sample", "counted", "place")
    page = open_batch()
    assert "Click at least one cell" in texts(press(page, place))
    press(mark(page, figure("cells_all")), place)
    assert "Some of the cells that you marked come" in texts(page)
    press(mark(page, figure("cells_letters")), place)
    assert "You marked the letters and left out ⏎." in texts(page)
    right = str(figure("cells_counted"))
    press(mark(page, "0" + right[1:]), place)
    assert "One cell is not right yet." in texts(page)
    press(mark(page, right), place)
    assert "Right, after 4 tries." in texts(page) and "the mean over the" in texts(page)
    data = part(page, f"cells_ask_{key}_counted_0")[1]
    assert data["over"] and data["marks"] == right


@pytest.mark.parametrize("cells", ["", "1", 7, None, ["1"], "<b>"])
def test_what_a_browser_sends_for_cells_may_be_anything(cells: object) -> None:
    page = mark(open_batch(), cells)
    data = part(page, "cells_ask_one-sample_counted_0")[1]
    assert data["marks"] == GRIDS["batch_targets"]().none_marked


def test_targets_are_filled_in_and_a_seed_draws_its_batches() -> None:
    key = "one-sample"
    page = choose(open_lesson(key), key, "targets", "none", "m", "none")
    assert "some letters begin names more often" in texts(page)
    assert "m is the input here" in texts(page)
    assert "is left to predict, but ⏎ is." in texts(page)
    choose(page, key, "targets", "m", "e", "end")
    assert "dino/data.py" in texts(page)
    choose(page, key, "seed", "other")
    number = 1 + [step.panel for step in lessons("en")[key].steps].index("batches")
    for seed in (7, 152, 7):
        type_numbers(page, {f"learn_{key}_{number}_seed": seed})
        rows = part(page, f"learn_{key}_{number}_batches")[1]["rows"]
        assert [row[1:] for row in rows] == drawn(seed, 3)


def test_another_language_keeps_what_is_marked() -> None:
    page = mark(open_batch(), figure("cells_all"))
    page.button(key="language_es").click()
    look(page)
    assert page.subheader[0].value.endswith("Una muestra")
    data = part(page, "cells_ask_one-sample_counted_0")[1]
    assert data["marks"] == figure("cells_all")
