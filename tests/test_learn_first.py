"""Lessons 1 to 3: the game of chips, the four strips, letters as numbers."""

from __future__ import annotations

import math
import string
import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pressing import part, send, type_numbers
from streamlit.testing.v1 import AppTest
from waiting import PATIENCE, wait_for

from dino.charts.strips import ARRANGEMENTS, Arrangement, arrangement_picture, arrangement_sentence
from dino.data import encode
from dino.lessons import chips, figures, figures_loss
from dino.lessons.chips import (
    CHIPS,
    COUNTED,
    Round,
    check_chips,
    chip_loss,
    chips_sentence,
    counted_losses,
    hedged_loss,
    least_sentence,
    mean_over,
    mean_sentence,
    network_losses,
    placed,
    round_of,
    rounds,
    uncertainty,
    untrained,
)
from dino.lessons.dinosaur_list import dinosaurs
from dino.lessons.figures_first import RAW, READ
from dino.lessons.learner_report import learner_report
from dino.lessons.lesson import Answer, Lesson, Step
from dino.lessons.progress import Progress, progress_from_text
from dino.lessons.reading import lessons
from dino.locale.sentences import Refusal, languages
from dino.model import nll
from dino.ngram import NGram
from dino.pages.learn.told import bold
from dino.presets import PRESETS
from dino.ui import server

CONFIG = PRESETS["first-success"].config
CHIPS_LESSON, ORDER, LETTERS = "what-comes-next", "where-is-order", "letters-to-numbers"
V = 27


@pytest.fixture(autouse=True)
def empty() -> Any:
    yield
    server.renew()


def bet(*places: tuple[int, int]) -> list[float]:
    """Chips on symbols, by their indices."""
    found = [0.0] * V
    for index, count in places:
        found[index] += count
    return found


bets = st.lists(st.integers(0, V - 1), min_size=CHIPS, max_size=CHIPS).map(
    lambda on: [float(on.count(i)) for i in range(V)]
)


# ---- the rounds


def test_the_rounds_are_held_out_names_each_with_something_to_come() -> None:
    corpus = dinosaurs()
    assert len(rounds()) == len({it.name for it in rounds()}) == 3
    for it in rounds():
        assert it.name in corpus.val_set and it.name not in corpus.train_set
        assert chips.LEAST_KNOWN <= it.known <= len(it.name)
        assert (it.name + "\n").startswith(it.start + corpus.vocab.symbols[it.target])


def test_a_round_is_chosen_by_what_fours_expect_and_not_by_what_comes() -> None:
    fours = NGram(4, dinosaurs().train, dinosaurs().vocab)
    sure, unsure, end = (fours.next_probs(it.start) for it in rounds())
    assert uncertainty(sure) < 0.5 and not 0.4 < sure[0] < 0.6
    assert uncertainty(unsure) > 2.0
    assert 0.4 < end[0] < 0.6
    for kind, it in zip(chips.KINDS, rounds(), strict=True):
        assert kind(fours.next_probs(it.start))  # of a start alone


def test_uncertainty_is_that_of_equal_probabilities_at_most_and_none_for_one_symbol() -> None:
    assert uncertainty(np.full(V, 1 / V)) == pytest.approx(math.log(V))
    assert uncertainty(np.array([1.0, 1e-300])) == pytest.approx(0.0)


@pytest.mark.parametrize("number", [0, 4, "1", True, None])
def test_a_round_that_there_is_not_is_refused(number: object) -> None:
    with pytest.raises(Refusal, match="from 1 to 3"):
        round_of(Step("bet", panel="chips", options={"round": number}))
    assert round_of(Step("bet", panel="chips", options={"round": 2})) == rounds()[1]


# ---- the loss of chips is the network's


@given(st.lists(st.tuples(bets, st.integers(0, V - 1)), min_size=1, max_size=4))
def test_the_mean_loss_of_chips_is_the_cross_entropy_that_a_network_is_trained_with(
    played: list[tuple[list[float], int]],
) -> None:
    mine = [chip_loss(chips, target) for chips, target in played]
    logits = torch.tensor([row for row, _ in played], dtype=torch.float64).log()  # −inf without one
    theirs = nll(logits, torch.tensor([target for _, target in played]))
    mean = mean_over(mine, range(len(mine)))
    assert mean == pytest.approx(float(theirs), abs=1e-12)
    assert math.isinf(float(mean or 0)) == any(not chips[target] for chips, target in played)


def test_all_chips_on_what_comes_cost_nothing_and_none_on_it_infinitely_much() -> None:
    assert chip_loss(bet((3, CHIPS)), 3) == 0
    assert chip_loss(bet((3, CHIPS)), 4) == math.inf
    assert chip_loss(bet((3, 25), (4, 75)), 3) == pytest.approx(math.log(4))


NO_BETS = [None, 5, "x", [], [100.0], bet((0, 99)), bet((0, 101)), bet((0, 50), (1, 51))]
NO_BETS += [bet((0, 101), (1, -1)), [0.5, 99.5, *[0.0] * 25], [True, 99, *[0] * 25]]
NO_BETS += [[math.nan, 100.0, *[0.0] * 25], ["100", *[0] * 26], [*bet((0, 100)), 0.0]]


@pytest.mark.parametrize("sent", NO_BETS)
def test_a_bet_that_is_not_100_whole_chips_is_refused_in_one_sentence(sent: Any) -> None:
    with pytest.raises(Refusal) as refused:
        check_chips(sent)
    assert str(refused.value).endswith((".",)) and str(refused.value).startswith("A bet ")


@given(bets)
def test_a_bet_survives_a_reload(chosen: list[float]) -> None:
    lesson = lessons("en")[CHIPS_LESSON]
    kept = Progress().with_answer(lesson, "first", Answer(check_chips(chosen)))
    assert progress_from_text(kept.to_text(), lessons("en")) == kept


def test_a_report_says_what_each_bet_of_chips_cost_and_calls_none_right() -> None:
    lesson, played = lessons("en")[CHIPS_LESSON], rounds()[0]
    chosen = check_chips(bet((played.target, 20), (1, 80)))
    kept = Progress().with_answer(lesson, "first", Answer(chosen))
    kept = kept.with_answer(lesson, "second", Answer(None))
    (found,) = [it for it in learner_report(kept).lessons if it.key == CHIPS_LESSON]
    placed_one, skipped = found.questions
    assert placed_one.is_right is None and skipped.is_right is None
    assert placed_one.items[0].answer == "a 80, s 20" and skipped.items[0].answer is None
    assert placed_one.items[0].result_words == str(chips_sentence(chosen, played))


def test_counting_and_a_network_are_judged_on_the_same_symbols() -> None:
    """Their losses are those that whole names give at the same places."""
    corpus = dinosaurs()
    for n in COUNTED.values():
        whole = NGram(n, corpus.train, corpus.vocab).surprises([it.name for it in rounds()])
        for loss, it, row in zip(counted_losses(n), rounds(), whole, strict=True):
            assert loss == pytest.approx(row[it.known], rel=1e-9)
    for context in (0, 1, 3):
        model = untrained(CONFIG)
        losses = network_losses(model, context)
        for loss, it in zip(losses, rounds(), strict=True):
            data = encode([it.name], corpus.vocab)
            with torch.no_grad():
                logits = model(torch.from_numpy(data.inputs), context)[0, it.known]
            assert loss == pytest.approx(float(nll(logits, torch.tensor(it.target))), abs=1e-5)


# ---- what is said of them


def test_what_came_and_what_it_cost_is_said_with_the_numbers_of_the_bet() -> None:
    played = Round("zhongornis", 10)
    some = str(chips_sentence(bet((0, 20), (1, 80)), played))
    assert some.startswith(
        "⏎ came next: zhongornis. You had 20 of 100 chips on it, so your loss is "
    )
    assert some.endswith("−ln(20/100) = 1.61 nats.")
    assert "∞" in str(chips_sentence(bet((1, 100)), played))


def test_the_mean_is_over_the_rounds_that_were_played() -> None:
    assert placed([1.0, None, 3.0]) == [0, 2] and placed([None] * 3) == [0, 1, 2]
    assert mean_over([1.0, None, 3.0], [0, 2]) == 2.0
    assert mean_over([None] * 3, [0, 1, 2]) is None
    assert str(mean_sentence([1.0, None, 3.0])).startswith("Your mean loss over 2 symbols is 2.00")
    assert str(mean_sentence([1.0, None, None])).startswith("Your loss on 1 symbol is 1.00")
    assert "∞" in str(mean_sentence([1.0, math.inf, None]))
    assert "no chips" in str(mean_sentence([None] * 3))


@given(bets, st.integers(0, V - 1))
def test_one_chip_on_each_symbol_costs_at_most_ln_100_and_keeps_the_rest_in_proportion(
    chips: list[float], target: int
) -> None:
    losses = [hedged_loss(chips, i) for i in range(V)]
    assert sum(math.exp(-loss) for loss in losses) == pytest.approx(1)
    assert losses[target] <= math.log(CHIPS) + 1e-12
    if chips[target] == 0:
        assert losses[target] == pytest.approx(math.log(CHIPS))


def test_an_infinite_mean_says_what_one_chip_on_each_symbol_would_have_given() -> None:
    words = mean_sentence([1.0, math.inf, None], [1.2, 4.6, None])
    assert "∞" in str(words) and words.fields["loss"] == pytest.approx(2.9)
    assert (words.fields["count"], words.fields["rest"]) == (V, CHIPS - V)


def test_the_smallest_probability_of_a_network_is_above_0_and_belongs_to_its_symbol() -> None:
    model = untrained(CONFIG)
    with torch.no_grad():
        model.b_y[7] -= 8.0  # g
    words = least_sentence(model)
    assert 1e3 < words.fields["times"] < 1e9 and words.fields["symbol"] == "g"
    assert words.fields["start"] in {it.start for it in rounds()}


# ---- the four strips


@pytest.mark.parametrize("shown", ARRANGEMENTS.values(), ids=list(ARRANGEMENTS))
def test_a_strip_has_its_cells_its_inputs_its_outputs_and_an_arrow_for_each(
    shown: Arrangement,
) -> None:
    root = ET.fromstring(arrangement_picture(shown))
    tags = [element.tag.rpartition("}")[2] for element in root]
    ends = len(shown.inputs) + len(shown.outputs)
    assert tags.count("rect") == shown.steps
    assert tags.count("circle") == ends
    assert tags.count("path") == ends + shown.steps - 1
    numbers = [float(element.get(it)) for element in root for it in ("cx", "x") if element.get(it)]
    assert all(0 < it < shown.steps * 40 for it in numbers)
    *_, high = map(float, root.get("viewBox", "").split())
    lowest = max(float(it.get("cy")) + float(it.get("r")) for it in root if it.get("cy"))
    assert lowest < high < lowest + 10  # it is as high as what is drawn
    assert str(shown.steps) in str(arrangement_sentence(shown))


def test_the_four_strips_differ_as_their_names_say() -> None:
    one_many, many_one, equal, read_write = ARRANGEMENTS.values()
    assert len(one_many.inputs) == 1 and len(one_many.outputs) == one_many.steps
    assert len(many_one.outputs) == 1 and many_one.outputs == many_one.inputs[-1:]
    assert equal.inputs == equal.outputs
    assert max(read_write.inputs) < min(read_write.outputs)


def test_a_task_belongs_under_each_strip_and_the_choices_are_the_strips() -> None:
    for code in languages():
        lesson = lessons(code)[ORDER]
        tasks = [
            item for step in lesson.questions.values() if step.kind == "task" for item in step.items
        ]
        rights = [str(item.right) for item in tasks]
        assert sorted(rights) == sorted(ARRANGEMENTS)
        drawn = [choice.name for choice in tasks[0].choices]
        assert rights != [*ARRANGEMENTS] and rights != drawn  # no order of the page tells
        for item in [it for step in lesson.questions.values() for it in step.items]:
            assert sorted(choice.name for choice in item.choices) == sorted(ARRANGEMENTS)
            assert len(item.wrong) == 3 and len({wrong.reply for wrong in item.wrong}) == 3


def test_a_name_that_is_trained_on_has_a_target_for_each_input() -> None:
    found = {name: figures.figure(name) for name in ("read_inputs", "read_targets")}
    assert found == {"read_inputs": len(READ) + 1, "read_targets": len(READ) + 1}
    assert figures.figure("training_strip") == "equal"


# ---- letters to numbers


def test_the_indices_are_the_dictionarys_and_wrong_ones_those_of_their_beliefs() -> None:
    alphabet = string.ascii_lowercase
    for letter in "csz":
        assert figures.figure(f"index_{letter}") == dinosaurs().vocab.encode(letter)[0]
        assert figures.figure(f"index_{letter}_less") == alphabet.index(letter)  # a is 0
        assert figures.figure(f"index_{letter}_more") == alphabet.index(letter) + 2  # ⏎ is 1


def test_the_choices_of_the_row_are_what_right_and_wrong_beliefs_decode() -> None:
    row = [int(it) for it in str(figures.figure("decoded_row")).split(",")]
    a_is_0 = "".join(string.ascii_lowercase[i] for i in row)
    from_1 = "".join(string.ascii_lowercase[i - 2] for i in row[:-1])  # ⏎ is 1, a is 2
    right = dinosaurs().vocab.decode(row).removesuffix("\n")
    step = lessons("en")[LETTERS].questions["decode"]
    assert right == figures.figure("decoded_name")
    names = [choice.name for choice in step.items[0].choices]
    assert sorted(names) == sorted([right, a_is_0, from_1, right[::-1]])


def test_the_perplexity_of_three_symbols_is_one_over_the_geometric_mean_of_their_p() -> None:
    right = float(figures.figure("three_perplexity"))
    assert right == pytest.approx(1 / math.prod(figures_loss.THREE) ** (1 / 3)) == 4
    loss, bit = figures.figure("three_loss"), figures.figure("bit_in_nats")
    assert math.exp(loss - bit) == pytest.approx(right / 2)  # one bit less halves it
    wrong = ("three_mean_inverse", "three_inverse_mean", "three_loss")
    assert len({round(float(figures.figure(name)), 1) for name in wrong} | {right}) == 4


def test_cleaning_is_what_strip_and_lower_do_and_its_hyphen_is_one_more_symbol() -> None:
    assert figures.figure("cleaned_line") == RAW.strip().lower() == "t-rex"
    assert figures.figure("symbols_with_line") == figures.figure("symbols") + 1


def test_an_example_of_chips_loses_what_its_formula_says_and_wrong_ones_are_others() -> None:
    right = figures.figure("staked_loss")
    assert right == pytest.approx(chip_loss(bet((0, 25), (1, 75)), 0))
    names = ("staked_share", "staked_missing", "staked_bits", "staked_log10")
    assert len({round(float(figures.figure(name)), 2) for name in names} | {right}) == 5


# ---- the page


def open_lesson(key: str) -> AppTest:
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE).run()
    page.switch_page("dino/pages/learn/page.py").run()
    page.button(key=f"open_{key}").click().run()
    assert not page.exception
    return page


def chips_of(page: AppTest, number: int) -> tuple[str, dict[str, Any]]:
    """The component of a round, and its data."""
    component, data = part(page, f"learn_{CHIPS_LESSON}_{number}_chips")
    return component.id, data


def place(page: AppTest, number: int, chosen: Any) -> None:
    component, _ = chips_of(page, number)
    send(page, component, "placed", chosen)
    assert not page.exception


def text_of(page: AppTest) -> str:
    return "\n".join(str(it.value) for it in (*page.text, *page.markdown, *page.caption))


def test_nothing_of_a_round_tells_what_comes_before_its_bet() -> None:
    page = open_lesson(CHIPS_LESSON)
    for number, it in enumerate(rounds(), 2):
        _, data = chips_of(page, number)
        assert data["start"] == it.start and data["target"] is None and data["chips"] is None
        rest = {key: value for key, value in data.items() if key not in ("symbols", "words")}
        assert it.name not in str(rest) or it.name == it.start
        assert f"came next: {it.name}" not in text_of(page)
        place(page, number, bet((it.target, CHIPS)))


def test_a_bet_is_placed_kept_and_shown_with_what_came() -> None:
    page, first = open_lesson(CHIPS_LESSON), rounds()[0]
    before, _ = chips_of(page, 2)
    chosen = bet((first.target, 20), (1, 80))
    place(page, 2, chosen)
    after, data = chips_of(page, 2)
    assert after == before  # the component is the same: it is not mounted again
    assert data["chips"] == chosen and data["target"] == first.target
    assert f"came next: {first.name}. You had 20 of 100 chips" in text_of(page)
    kept = page.session_state["progress"]
    assert kept.answers[(CHIPS_LESSON, "first")].values == tuple(chosen)
    place(page, 2, bet((0, CHIPS)))  # a second click
    assert page.session_state["progress"] == kept


def test_a_bet_of_too_few_chips_is_refused_where_it_was_placed() -> None:
    page = open_lesson(CHIPS_LESSON)
    place(page, 2, bet((0, 90)))
    assert "A bet has 100 chips, and you placed 90." in text_of(page)
    assert not page.session_state["progress"].answers if "progress" in page.session_state else True
    place(page, 2, bet((0, 100)))
    assert "A bet has 100 chips" not in text_of(page)


def test_each_round_waits_for_the_one_before_and_may_be_skipped() -> None:
    page = open_lesson(CHIPS_LESSON)
    assert part(page, f"learn_{CHIPS_LESSON}_3_chips") is None
    page.button(key=f"learn_{CHIPS_LESSON}_2_skip").click().run()
    assert "You skipped this." in text_of(page) and rounds()[0].start in text_of(page)
    assert chips_of(page, 3)[1]["start"] == rounds()[1].start


def test_the_table_has_all_losses_and_an_untrained_network_until_one_is_trained() -> None:
    page = open_lesson(CHIPS_LESSON)
    place(page, 2, bet((rounds()[0].target, CHIPS)))
    page.button(key=f"learn_{CHIPS_LESSON}_3_skip").click().run()
    place(page, 4, bet((1, CHIPS)))
    found = part(page, f"learn_{CHIPS_LESSON}_7_table")
    assert found is not None
    columns, rows = found[1]["columns"], found[1]["rows"]
    assert columns[1:] == ["you", "pairs", "fours", "network"]
    assert [row[1] for row in rows] == ["0.00", "–", "∞", "∞"]
    for column, n in ((2, 2), (3, 4)):
        losses = counted_losses(n)
        shown = [*losses, (losses[0] + losses[2]) / 2]  # the mean over the same rounds
        assert [row[column] for row in rows] == [f"{loss:.2f}" for loss in shown]
    network = network_losses(untrained(CONFIG))
    assert [row[4] for row in rows[:3]] == [f"{loss:.2f}" for loss in network]
    assert "The network is untrained" in text_of(page) and "Your mean loss is ∞" in text_of(page)


@pytest.mark.long
def test_the_network_of_the_table_is_the_one_that_is_trained_in_the_lesson() -> None:
    page = open_lesson(CHIPS_LESSON)
    for number, it in enumerate(rounds(), 2):
        place(page, number, bet((it.target, 50), (13, 50)))
    page.button(key=f"learn_{CHIPS_LESSON}_6_run_train").click().run()
    job = server.jobs().find(page.session_state["run"])
    assert job is not None
    wait_for(lambda: job.done and job.settled, "the run", progress=lambda: job.run and job.run.step)
    page.run()
    run = job.run
    assert run is not None and f"after {run.max_steps:,} updates" in text_of(page)
    found = part(page, f"learn_{CHIPS_LESSON}_7_table")
    assert found is not None
    from dino.model import rebuild

    losses = network_losses(rebuild(run.config, V, run.weights))
    assert [row[4] for row in found[1]["rows"][:3]] == [f"{loss:.2f}" for loss in losses]
    assert f"{run.val_loss:.2f}" in text_of(page)


def test_the_strips_are_drawn_with_what_each_shows_in_words() -> None:
    page = open_lesson(ORDER)
    found = part(page, f"learn_{ORDER}_1_arrangements")
    assert found is not None
    for shown, data in zip(ARRANGEMENTS.values(), found[1]["strips"], strict=True):
        assert data["alt"] == str(arrangement_sentence(shown))
        assert data["picture"] == arrangement_picture(shown) and data["title"] == shown.title


def lesson_of(key: str) -> Lesson:
    return lessons("en")[key]


def test_a_wrong_place_gets_its_reply_and_the_right_ones_are_accepted() -> None:
    page, step = open_lesson(ORDER), lesson_of(ORDER).questions["strips"]
    names = [it.name for it in lesson_of(ORDER).steps]
    place = f"learn_{ORDER}_{1 + names.index('strips')}_place"
    page.button(key=f"learn_{ORDER}_{1 + names.index('names')}_skip").click().run()
    for i, item in enumerate(step.items):
        page.radio(key=f"ask_{ORDER}_strips_{i}").set_value(item.wrong[0].value)
    page.button(key=place).click().run()
    for item in step.items:
        assert item.wrong[0].reply in text_of(page)
    for i, item in enumerate(step.items):
        page.radio(key=f"ask_{ORDER}_strips_{i}").set_value(item.right)
    page.button(key=place).click().run()
    assert page.success and page.session_state["progress"].answers[(ORDER, "strips")].is_right


def test_of_several_bets_a_reveal_says_which_each_is() -> None:
    page, step = open_lesson(ORDER), lesson_of(ORDER).questions["names"]
    assert len(step.items) == 2
    for i in range(2):
        page.radio(key=f"ask_{ORDER}_names_{i}").set_value("equal")
    named = {bold(item.text) for item in step.items}
    assert not named & {it.value for it in page.markdown}
    page.button(key=f"learn_{ORDER}_2_place").click().run()
    assert named <= {it.value for it in page.markdown}
    assert "That is the result." in text_of(page) and "one to many." in text_of(page)


def test_the_rows_of_a_name_open_after_the_bet_on_their_length() -> None:
    page = open_lesson(LETTERS)
    steps = lesson_of(LETTERS).steps
    number = next(i for i, step in enumerate(steps, 1) if step.name == "row")
    assert part(page, f"learn_{LETTERS}_{number + 1}_one_hot") is None
    type_numbers(page, {f"ask_{LETTERS}_row_0": 26})
    page.button(key=f"learn_{LETTERS}_{number}_place").click().run()
    assert part(page, f"learn_{LETTERS}_{number + 1}_one_hot") is not None
    assert "mei: 4 inputs of 27 numbers each" in text_of(page)
    assert "You bet 26. The result is 27" in text_of(page)
    step = lesson_of(LETTERS).questions["row"]
    assert step.items[0].wrong[0].reply in text_of(page)
