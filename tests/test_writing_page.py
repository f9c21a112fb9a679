"""Writing names in the Lab: what is set and what is written never part without a word."""

import math

import numpy as np
import pytest
from pressing import part, send, type_numbers
from sampling import one_in
from streamlit.testing.v1 import AppTest
from waiting import PATIENCE, wait_for

from dino.charts import loss_ruler as ruler_chart
from dino.charts.base import CHOSEN
from dino.config import Writing
from dino.jobs.name_writing import in_effect
from dino.metrics import bits, perplexity
from dino.mix import Mix
from dino.pages.lab import draw_picture, name_picture, ruler, writing
from dino.sample import Trace, choose
from dino.ui import listening, loss_ruler, measurements, server
from dino.ui.formulas import LEGENDS, OPTIMIZER_LEGENDS

OTHER = {"temperature": 0.5, "count": 3, "top_k": 2, "prefix": "ty", "longest": 5, "draw": 9}
OTHER |= {"mix": "sixes:0.5"}


@pytest.fixture
def seen(monkeypatch):
    """What the page drew last: its tables and the figures of a name, by their keys."""
    drawn = {}

    def see_picture(key, source, make, on_point=None):
        drawn[key] = make().figure

    def see_table(key, source, make, on_row=None):
        drawn[key] = make().rows

    monkeypatch.setattr(writing, "draw_table_once", see_table)
    for module in (name_picture, draw_picture, loss_ruler):
        monkeypatch.setattr(module, "plot_once", see_picture)
    for module in (draw_picture, loss_ruler):
        monkeypatch.setattr(module, "draw_twin_once", see_table)
    return drawn


def test_names_that_are_done_while_the_page_is_drawn_are_news_to_it(monkeypatch):
    """The page drew that they are being written: the state that it says it has drawn is that one,
    so the names, which come a moment later, are drawn without a click.
    """
    page = lab()
    monkeypatch.setattr(measurements, "PATIENCE", 0.0)
    monkeypatch.setattr(server.jobs(), "enqueue", lambda work: True)
    draw_pulse = writing.draw_pulse

    def done_a_moment_later(*args, **how):
        page.session_state["visit"].written[1].work(60)
        draw_pulse(*args, **how)

    monkeypatch.setattr(writing, "draw_pulse", done_a_moment_later)
    next(it for it in page.button if it.label == "Write").click()
    again(page)
    assert "Writing names…" in words(page)
    visit = page.session_state["visit"]
    assert visit.written[1].done
    assert part(page, "writing_pulse")[1]["drawn"] != listening.turn(visit)
    assert "Written with the weights of update 60." in words(again(page))


@pytest.fixture(autouse=True)
def a_page_that_waits_for_its_names(monkeypatch):
    """Names are there when the page is drawn, however busy the machine is."""
    monkeypatch.setattr(measurements, "PATIENCE", 60.0)


def lab(**params: str) -> AppTest:
    """The Lab with a run that has trained and come to rest, its names written."""
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE)
    page.query_params.update({"max_steps": "60", "hidden_size": "8", **params})
    page.run()
    page.run()
    job = server.jobs().find(page.session_state["run"])
    job.play()
    wait_for(lambda: job.done and job.settled and job.run.step == 60, "the run")
    visit = page.session_state["visit"]  # the pool may look at the run while the page is drawn
    wait_for(lambda: again(page) and visit.written is not None, "the names")
    return page


def again(page: AppTest) -> AppTest:
    page.run()
    assert not page.exception
    return page


def words(page: AppTest) -> str:
    return "\n".join(element.value for element in [*page.text, *page.caption, *page.markdown])


def names(seen) -> list[str]:
    return [row[0] for row in seen["written"]]


def test_what_changes_no_name_counts_as_unchanged():
    first = Writing()
    greedy = first.replace(greedy=True)
    for change in ({"temperature": 2.0}, {"count": 3}, {"draw": 3}, {"top_k": 3}):
        assert in_effect(greedy.replace(**change)) == greedy
        assert in_effect(first.replace(**change)) == first.replace(**change)
    for change in ({"prefix": "ty"}, {"longest": 9}):
        assert in_effect(greedy.replace(**change)) == greedy.replace(**change)
    carried = first.replace(carry=True)
    mixed = first.replace(mix="sixes:0.5")
    assert in_effect(mixed) == mixed and in_effect(first.replace(mix="pairs:1")) == first
    assert in_effect(mixed.replace(greedy=True)) == greedy.replace(mix="sixes:0.5")
    assert in_effect(carried) == first and in_effect(carried, context=2) == carried


def test_every_change_writes_at_once_or_marks_the_names(seen):
    page = lab()
    for name, value in {**OTHER, "greedy": True}.items():
        before = names(seen)
        page.session_state[name] = value  # as a browser whose callback was dropped
        again(page)
        assert "Written with other settings" in words(page) and names(seen) == before, name
        page.session_state[name] = getattr(Writing(), name)
        again(page)
        assert "Written with other settings" not in words(page), name
    page.toggle(key="greedy").set_value(True).run()
    assert len(names(seen)) == 1 and "Written with other settings" not in words(page)
    page.toggle(key="greedy").set_value(False).run()
    type_numbers(page, {"top_k": 1})
    assert len(set(names(seen))) == 1 and "Written with other settings" not in words(page)
    page.text_input(key="prefix").set_value("ty").run()
    assert all(name.startswith("ty") for name in names(seen))
    type_numbers(page, {"count": 3})
    assert len(names(seen)) == 3 and "Written with other settings" not in words(page)
    page.slider(key="temperature").set_value(0.5).run()
    assert "Written with other settings: temperature 1 (now 0.5)." in words(page)
    page.button(key="write").click().run()
    assert "Written with other settings" not in words(page)
    page.text_input(key="prefix").set_value("").run()
    before = names(seen)
    page.text_input(key="prefix").set_value("Tiraño").run()
    said = words(page)
    assert "“ñ” does not occur in this list" in said and names(seen) == before
    assert "Press Write" not in said  # it would be refused again


def test_with_greedy_the_temperature_has_no_effect_and_the_pictures_show_it_so(seen):
    page = lab(greedy="true", temperature="3")
    slider = page.slider(key="temperature")
    assert slider.disabled and slider.label == "Temperature: no effect" and slider.value == 3.0
    cold = seen["probabilities"]
    assert "shows the probabilities at temperature 1." in words(page)
    assert lab(greedy="true") and seen["probabilities"] == cold
    assert lab(greedy="true", top_k="2") and seen["probabilities"] == cold
    page = lab(temperature="3")
    assert not page.slider(key="temperature").disabled
    page.slider(key="temperature").set_value(1.0).run()
    assert "shows the probabilities at temperature 1." in words(page)


def test_names_are_written_by_the_weights_that_are_chosen(seen):
    page = lab(learning_rate="0.05")
    job = server.jobs().find(page.session_state["run"])
    latest = names(seen)
    page.session_state["use_best"] = True  # as a button elsewhere does
    best = job.run.best_moment
    written = f"Written with the weights of update {best.step}, the best moment."
    wait_for(lambda: written in words(again(page)), "the names, which may take more than one run")
    if best.step < 60:
        assert names(seen) != latest
    page.session_state["use_best"] = False
    wait_for(lambda: "Written with the weights of update 60." in words(again(page)), "the latest")
    assert names(seen) == latest


# ---- together with counting


def controls(page: AppTest) -> tuple[str, float | None]:
    """With what the controls say that names are written, and the share, if it is asked for."""
    shares = [it.value for it in page.slider if it.key == "mix_share"]
    return page.selectbox(key="mix_with").value, shares[0] if shares else None


def test_a_partner_and_a_share_are_chosen_and_turned_off_and_each_writes_at_once(seen):
    page = lab()
    own, seen_own = names(seen), seen["probabilities"]
    assert controls(page) == ("", None) and len(seen_own["data"]) == 1
    page.selectbox(key="mix_with").set_value("sixes").run()
    assert page.session_state["mix"] == "sixes:0.5" and controls(page) == ("sixes", 0.5)
    mixed, said = names(seen), words(page)
    assert mixed != own and len(seen["probabilities"]["data"]) == 2
    assert "Each probability is 0.5 · that of the network + 0.5 · that of counting sixes." in said
    assert "of the probability of the letters written came from the network" in said
    assert "Only these names are written together with counting." in said
    assert "so this surprise is not a loss" in said
    off = page.button(key="off_mix")
    assert off.label == "0.5 network + 0.5 counting sixes"
    page.slider(key="mix_share").set_value(1.0).run()
    assert names(seen) == own and page.session_state["mix"] == "sixes:1"
    assert not [it for it in page.button if it.key == "off_mix"]
    page.slider(key="mix_share").set_value(0.25).run()
    assert page.session_state["mix"] == "sixes:0.25" and names(seen) not in (own, mixed)
    page.button(key="off_mix").click().run()
    assert controls(page) == ("", None) and page.session_state["mix"] == ""
    assert names(seen) == own and seen["probabilities"] == seen_own


def test_a_link_brings_the_mixture_to_the_controls_and_a_wrong_one_is_refused(seen):
    page = lab(mix="pairs:0.3", temperature="2")
    assert controls(page) == ("pairs", 0.3) and page.session_state["mix"] == "pairs:0.3"
    assert "These percentages are those before temperature and top-k act on the mixture." in words(
        page
    )
    page = lab(mix="pairs:3")
    assert controls(page) == ("", None)
    (notice,) = [str(it) for it in page.session_state["notices"]]
    assert notice.startswith(
        "Together with counting (mix in the address) must be one of pairs, triples, fours, "
        "sixes, with a share from 0 to 1, not"
    )


def test_a_choice_whose_callback_was_dropped_counts_at_the_next_drawing(seen):
    page = lab()
    page.session_state["mix_with"] = "triples"  # as a browser whose callback was dropped
    again(page)
    assert page.session_state["mix"] == "triples:0.5"
    assert "Written with other settings" in words(page)
    page.session_state["mix_share"] = 7.0  # as only a forged message can
    partner, share = controls(again(page))
    assert page.session_state["mix"] == Mix(partner, share).text and 0 <= share <= 1


def test_the_table_of_letters_has_the_networks_share_of_each(seen, monkeypatch):
    monkeypatch.setattr(
        name_picture, "draw_table_once", lambda key, source, make: seen.update(top=make())
    )
    lab(mix="sixes:0")
    top = seen["top"]
    heads, rows = top.columns, top.rows
    assert heads[4] == "from the network" and {row[4] for row in rows} == {"0 %"}
    assert top.numeric == (2, 3, 4) and set(map(len, rows)) == {len(heads)}
    assert sorted({*top.numeric, *top.names}) == [*range(len(heads))]
    lab()
    top = seen["top"]
    assert len(top.columns) == 9 and set(map(len, top.rows)) == {9} and top.numeric == (2, 3)


# ---- the draw behind a letter


def trace_of(logits, draws, given=0) -> Trace:
    """A name of two or three symbols whose letters follow from these logits and draws."""
    logits = np.array(logits, np.float32)
    probs = Trace("", np.zeros(0, int), logits, logits, logits, 0, True).probs()
    ids = choose(probs, np.array(draws))
    return Trace("", ids, logits, logits, np.array(draws, float), given, True)


LABELS = ["⏎", "a", "b"]
# p = 0.2, 0.3, 0.5: the stretches begin at 0, 0.2 and 0.5
EXAMPLE = trace_of(np.log([[0.2, 0.3, 0.5]] * 2), [0.3, 0.7])


def said(trace: Trace, t: int, then: Writing, now: Writing | None = None) -> list[str]:
    return [
        str(words) for words in draw_picture.draw_sentences(trace, t, LABELS, then, now or then)
    ]


def test_the_sentence_names_the_stretch_on_which_the_draw_fell():
    assert said(EXAMPLE, 0, Writing()) == [
        "The draw was 0.3000. It fell on the stretch of a, from 0.2000 to 0.5000, so a was written."
    ]
    assert "the stretch of b, from 0.5000 to 1.0000, so b" in said(EXAMPLE, 1, Writing())[0]


@pytest.mark.parametrize("temperature, symbol", [(0.3, "b"), (0.5, "a"), (3.0, "a"), (5.0, "⏎")])
def test_at_another_temperature_it_says_where_the_same_draw_falls(temperature, symbol):
    found = said(EXAMPLE, 0, Writing(), Writing(temperature=temperature))
    assert len(found) == 2
    assert found[1] == f"At temperature {temperature:g} the same draw falls on {symbol}."


def test_what_was_given_or_taken_greedily_has_no_draw():
    assert said(trace_of(np.log([[0.2, 0.3, 0.5]]), [0.3], given=1), 0, Writing()) == [
        "a was given, not drawn."
    ]
    greedy = Trace("", np.array([2]), *[np.log([[0.2, 0.3, 0.5]])] * 2, np.array([np.nan]), 0, True)
    assert said(greedy, 0, Writing(greedy=True), Writing(temperature=3.0)) == [
        "Greedy decoding draws no random number. It takes the symbol with the longest stretch, "
        "here b with p = 0.50."
    ]


def under_the_mark(figure) -> tuple[float, str]:
    """Where the mark of a figure of stretches is, and the colour of the stretch below it."""
    bars, _, mark = figure["data"]
    (at,) = mark["x"]
    for begin, length, color in zip(bars["base"], bars["x"], bars["marker"]["color"], strict=True):
        if begin <= at < begin + length:
            return at, color
    raise AssertionError("the mark is beside all stretches")


@pytest.mark.parametrize(
    "how",
    one_in(2, [{}, {"temperature": "0.3"}, {"temperature": "3"}, {"top_k": "3"}, {"prefix": "tr"}]),
)
def test_the_stretch_under_the_mark_is_of_the_symbol_written(seen, how):
    page = lab(**how)
    wait_for(lambda: any(one.key == "picked_letter" for one in again(page).slider), "the names")
    first = 1 + len(how.get("prefix", ""))
    assert page.slider(key="picked_letter").value == first
    for letter in range(first, int(page.slider(key="picked_letter").max) + 1):
        page.slider(key="picked_letter").set_value(letter).run()
        assert under_the_mark(seen["stretches"])[1] == CHOSEN
        assert f"How letter {letter} was chosen" in words(page)
    if first > 1:
        page.slider(key="picked_letter").set_value(first - 1).run()
        assert f"Letter {first - 1} was given" in words(page)
        assert f"How letter {first - 1} was chosen" not in words(page)


def test_greedy_has_no_mark_and_the_longest_stretch_is_chosen(seen):
    page = lab(greedy="true")
    assert "A draw is" not in words(page) and "Greedy decoding draws no random" in words(page)
    (bars,) = seen["stretches"]["data"]
    longest = int(np.argmax(bars["x"]))
    assert bars["marker"]["color"].index(CHOSEN) == longest


def test_what_a_draw_is_is_said_at_the_first_letter_and_later_in_the_help_of_the_title():
    page = lab()
    wait_for(lambda: any(one.key == "picked_letter" for one in again(page).slider), "the names")
    for letter, is_said in ((1, True), (2, False), (1, True)):
        page.slider(key="picked_letter").set_value(letter).run()
        assert ("A draw is" in words(page)) == is_said
        (title,) = [it for it in page.markdown if f"How letter {letter} was" in it.value]
        assert "A draw is" in title.help


def test_one_legend_is_in_sight_and_the_optimizers_is_folded():
    page = lab(optimizer="sgd")
    (box,) = [it for it in page.expander if it.label == "How SGD updates the weights"]
    folded = "\n".join(it.value for it in box.caption)
    assert all(str(fact) in folded for fact in OPTIMIZER_LEGENDS["sgd"])
    assert words(page).count(str(OPTIMIZER_LEGENDS["sgd"][0])) == 1
    assert str(LEGENDS["rnn"][0]) in words(page) and str(LEGENDS["rnn"][0]) not in folded


def test_the_letter_that_is_picked_is_marked_in_the_picture_of_the_name(seen):
    page = lab(prefix="tr")
    for letter in (3, 2, 1):
        if letter != 3:  # the first one that was drawn
            page.slider(key="picked_letter").set_value(letter).run()
        shapes = seen["probabilities"]["layout"]["shapes"]
        (column,) = [it for it in shapes if it["line"].get("dash") == "dot"]
        assert (column["x0"] + column["x1"]) / 2 == letter - 1
        assert column["y1"] - column["y0"] == 27  # all symbols


def test_a_click_on_a_column_picks_its_letter_and_another_name_begins_at_its_first():
    page = lab()
    slider = page.slider(key="picked_letter")
    for column, letter in ((1.0, 2), (99.0, slider.max), (0.0, 1), (1.0, 2)):
        send(page, part(page, "probabilities")[0].id, "point", [column, 3.0])
        assert page.slider(key="picked_letter").value == letter
    send(page, part(page, "written")[0].id, "row", 1)
    assert page.slider(key="picked_letter").value == 1 and not page.exception


# ---- one ruler


def test_the_ruler_has_the_loss_of_the_step_in_all_three_units(seen):
    page = lab()
    run = server.jobs().find(page.session_state["run"]).run
    nats, in_bits, perplexities = next(
        row[1:] for row in seen["ruler_twin"] if row[0] == "this network"
    )
    loss = float(run.val_losses[-1])
    assert (nats, in_bits) == (f"{loss:.2f}", f"{bits(loss):.2f}")
    assert perplexities == f"{perplexity(loss):.1f}"
    assert f"At update 60 the held-out loss is {loss:.2f} nats" in words(page)
    assert "1 nat is 1.44 bits." in words(page)


def test_a_loss_is_that_of_the_last_measurement_up_to_its_step(seen):
    page = lab()
    run = server.jobs().find(page.session_state["run"]).run
    assert ruler.loss_at(run, 0) == (0, float(run.val_losses[0]))
    assert ruler.loss_at(run, 10**6) == (60, float(run.val_losses[-1]))


def test_ticks_of_the_three_scales_are_where_their_numbers_mean_the_same():
    losses = [ruler_chart.Loss("this", 1.7, own=True), ruler_chart.Loss("other", math.log(27))]
    _, in_nats, in_bits, in_perplexity = ruler_chart.ruler(losses, str)["data"]
    for scale, unit in ((in_nats, float), (in_bits, bits), (in_perplexity, perplexity)):
        ticks = list(zip(scale["x"], scale["text"], strict=True))[:-1]
        assert len(ticks) >= 4
        for at, text in ticks:
            assert unit(at) == pytest.approx(float(text))


def test_a_loss_that_is_not_finite_has_no_point():
    losses = [ruler_chart.Loss("this", 1.7, own=True), ruler_chart.Loss("lost", math.inf)]
    assert ruler_chart.ruler(losses, str)["data"][0]["x"] == [1.7]


# ---- what surprise is, and is not


def test_surprise_is_called_no_loss_for_what_it_is():
    bits = np.array([1.0, 3.0])
    plain = [str(words) for words in name_picture.surprise_sentences(bits, 1.0, 0)]
    assert "2.00 bits per symbol on average and 4.0 bits" in plain[0]
    assert plain[-1].endswith("The network wrote this name itself.")
    for changed in ((0.5, 0), (1.0, 3)):
        last = str(name_picture.surprise_sentences(bits, *changed)[-1])
        assert last.endswith("so this surprise is not a loss.")
    impossible = name_picture.surprise_sentences(np.array([np.inf, 1.0, np.inf]), 1.0, 1)
    assert "2 given letters have probability 0" in str(impossible[1])
    assert len(name_picture.surprise_sentences(np.array([np.inf]), 1.0, 1, 1)) == 2


@pytest.mark.parametrize("given", [1, 2])
def test_letters_that_were_given_are_not_said_to_be_written_by_the_network(given):
    bits = np.array([4.0, 2.0, 3.0])
    said = " ".join(map(str, name_picture.surprise_sentences(bits, 1.0, 0, given)))
    told = "the letter that was" if given == 1 else "the 2 letters that were"
    assert f"9.0 bits for the whole name. Both figures include {told} given." in said
    assert said.endswith("given, and the network wrote the rest.") and "itself" not in said
    assert ("The first letter of" in said) == (given == 1)
    mixed = str(name_picture.surprise_sentences(bits, 1.0, 0, given, True)[-1])
    assert "given, and network and counting wrote the rest together" in mixed
    bits[0] = np.inf
    said = " ".join(map(str, name_picture.surprise_sentences(bits, 1.0, 0, given)))
    assert "Both figures" not in said and "is not counted" in said


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("new", "new"),
        ("copied", "cop"),
        ("held out", "real held-out name"),
        ("cut off", "cut off"),
        ("empty", "empty"),
    ],
)
def test_each_kind_of_name_is_counted_in_a_sentence_of_its_own(kind, words):
    one, three = (str(writing.names_sentences([kind] * n, Writing())[0]) for n in (1, 3))
    assert one.startswith("1 is ") and three.startswith("3 are ")
    assert words in one and words in three
    greedy = " ".join(map(str, writing.names_sentences([kind], Writing(greedy=True, count=7))))
    assert "so there is one name, not 7." in greedy


def test_a_column_is_said_to_be_given_the_letters_that_the_network_saw():
    assert "given the letters to its left." in str(name_picture.column_sentence(0))
    assert "given only the last letter to its left." in str(name_picture.column_sentence(1))
    assert "given only the last 3 letters to its left." in str(name_picture.column_sentence(3))
