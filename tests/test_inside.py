"""The page Inside as a script: every tool on every cell, and whatever is typed."""

import copy
import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from pressing import job_of, part, press, send_late, set_by_page, shown_values
from sampling import one_in
from streamlit.testing.v1 import AppTest, element_tree
from waiting import PATIENCE, wait_for

from dino import anatomy, probe
from dino.clustering import Clustering
from dino.config import CELLS, Config
from dino.data import Vocab
from dino.jobs import Jobs, RunEntry
from dino.metrics import loss_difference, novelty
from dino.model import CharRNN, rebuild
from dino.pages.inside import moments
from dino.pages.inside import names as inside_names
from dino.pages.inside.changes import change_sentences, changed_loss_sentence
from dino.pages.inside.equations import input_sentences, sum_sentences, unit_latex
from dino.pages.inside.letter_by_letter import (
    ending_sentence,
    expected_sentences,
    next_letter_sentences,
)
from dino.pages.inside.letter_map import vowel_sentences
from dino.pages.inside.moment_tabs import context_limit, moment_sentences, unchanged_sentences
from dino.pages.inside.moments import LATEST, kept_sentences
from dino.pages.inside.picked_name import probability_sentences, state_sentences
from dino.pages.inside.two_models import distance_sentences
from dino.pages.inside.unit_states import UnitStates, letter_sentences, position_sentences
from dino.pages.inside.units import importance_sentences
from dino.pages.inside.view import ONE_NETWORK, View, network_at
from dino.pages.inside.weights import Block, has_effect, matrix_sentences
from dino.recorder import NAMES_PER_SNAPSHOT
from dino.run import Snapshot
from dino.sample import draws, write
from dino.ui import server, state
from dino.ui.inside_address import NAMES

TOOLS = ["name", "letters", "memory", "units", "gradient", "weights", "two"]
NONSENSE = ["ñ", "🦕", "<b>x</b>", "**x**", "$x$", "x" * 500, "=1+1", "\u202e7"]


def inside(**params: str) -> AppTest:
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE)
    page.query_params.update(params)
    page.run()
    return page.switch_page("dino/pages/inside/page.py")


def settled(page: AppTest, ready) -> AppTest:
    """Run the script again, as polling does, until `ready` holds."""

    def run_again() -> bool:
        page.run()
        assert not page.exception
        return ready(page)

    if not ready(page):
        wait_for(run_again, "what the page waits for")
    return page


def trained(page: AppTest) -> AppTest:
    """The page with a run of two seconds in it."""
    page.run()
    page.button(key="offer").click().run()
    return settled(
        page,
        lambda p: (
            any(box.key == "inside_run" for box in p.selectbox)
            and server.jobs().count_running() == 0
            and all(job.settled for job in server.jobs().all_jobs())
        ),
    )


@pytest.fixture(scope="module")
def finished():
    """First success, trained through the page: what its browser keeps of it."""
    page = trained(inside())
    entry = job_of(page).entry()
    server.renew()
    return entry


@pytest.fixture
def page(finished):
    """The page with that run, which is its browser's own."""
    opened = inside()
    opened.run()
    visit = opened.session_state[state.VISIT.key]
    job = server.jobs().adopt(replace(finished, owner=visit.browser), visit.id)
    opened.session_state["run"] = job.token
    yield settled(opened, lambda p: any(box.key == "inside_run" for box in p.selectbox))
    server.renew()


def texts(page: AppTest) -> str:
    return "\n".join(
        element.value
        for kind in ("text", "caption", "markdown", "latex")
        for element in page.get(kind)
    )


def unfolded(block: element_tree.Block) -> str:
    """The texts of a part of the page, without those in folded boxes."""
    found = []
    for child in block.children.values():
        if isinstance(child, element_tree.Block):
            found += [unfolded(child)] if child.type != "expander" else []
        elif child.type in ("text", "caption", "markdown"):
            found.append(child.value)
    return "\n".join(found)


@pytest.mark.parametrize(
    "tool, says, asked",
    [
        ("memory", "network uses", "Another name's past: before its last k letters"),
        ("weights", "The vowels are in colour", "random groups of"),
    ],
)
def test_a_tab_says_three_sentences_at_most_before_one_asks(tool, says, asked, page):
    page.session_state["tool"] = tool
    settled(page, lambda p: says in unfolded(p.get_by_key("panel")) and asked in texts(p))
    shown = unfolded(page.get_by_key("panel"))
    assert asked not in shown
    assert len(re.findall(r"[.!?](?=[\s*]|$)", shown)) <= 3


@pytest.mark.long
def test_without_a_run_it_offers_one_and_goes_on(page):
    assert any("Run 1 · RNN 64 · Adam 0.005" in option for option in page.selectbox[0].options)
    assert re.search(r"cross-entropy on the validation set\) is 1\.7\d nats", texts(page))


@pytest.mark.parametrize("tool", one_in(3, TOOLS))
def test_every_tool_draws_from_every_moment(tool, page):
    page.session_state["tool"] = tool
    for step in (0, 100, LATEST):
        page.session_state["moment"] = step
        page.run()
        assert not page.exception
        assert page.session_state["moment"] == step


@pytest.mark.parametrize("tool", TOOLS)
def test_a_second_press_is_not_undone_by_the_page_that_answers_the_first(tool, page):
    page.session_state["tool"] = tool
    wait_for(lambda: not set_by_page(page.run()), "a page that sets nothing")


def test_who_asked_for_the_best_moment_sees_it_and_may_go_elsewhere(page):
    run = server.jobs().find(page.session_state["run"]).run
    best = run.best_moment.step
    assert 0 < best < run.step
    page.session_state["use_best"] = True  # as a button of the Lab does
    page.run()
    assert page.session_state["moment"] == best
    assert f"After {best:,} of 1,200 updates, when its held-out loss was lowest" in texts(page)
    page.session_state["moment"] = 0
    page.run()
    assert page.session_state["moment"] == 0 and "loss was lowest" not in texts(page)
    page.session_state["use_best"] = False
    page.run()
    assert page.session_state["moment"] == LATEST


@pytest.mark.parametrize("cell", one_in(2, CELLS))
def test_every_tool_draws_every_cell(cell):
    page = inside(cell=cell, hidden_size="5", max_steps="40", engine="torch")
    page.run()
    job = server.jobs().find(page.session_state["run"])
    settled(page, lambda _: job.run is not None)
    job.play()
    settled(page, lambda _: job.done and job.baselines is not None)
    for tool in TOOLS:
        page.session_state["tool"] = tool
        page.session_state["silent"] = (1, 3)
        page.session_state["reach"] = 2
        page.run()
        assert not page.exception
        assert "Units 1, 3 are silent." in texts(page)
        assert "Its memory is limited to 2 letters." in texts(page)
    server.renew()


@pytest.mark.parametrize(
    "tool, key", [("letters", "walk"), ("two", "walk"), ("gradient", "grad_name")]
)
def test_whatever_is_typed_gives_a_picture_or_a_sentence(tool, key, page):
    page.session_state["tool"] = tool
    page.run()
    for nonsense in NONSENSE:
        page.session_state[key] = nonsense
        page.run()
        assert not page.exception
        if tool != "two":  # it has no second run yet
            said = [t.value for t in page.text]
            refused = any("occur in this list" in s or "at most 50" in s for s in said)
            assert refused or len(page.session_state[key]) <= 50 < len(nonsense), nonsense


def test_the_formula_shows_the_numbers_of_the_model(page):
    for key, value in {"tool": "letters", "walk": "tri", "unit": 3}.items():
        page.session_state[key] = value
    page.run()
    job = server.jobs().find(page.session_state["run"])
    model = rebuild(job.config, 27, job.run.weights)
    step = anatomy.take_apart(model, job.corpus.vocab, "tri")
    shown = "\n".join(latex.value for latex in page.latex)
    assert f"= {step.h[3]:.3f}" in shown and f"tanh({step.sums[3]:.3f})" in shown
    assert f"= {step.probs.max():.3f}" in shown


def test_silencing_everything_says_that_the_bias_is_left(page):
    page.session_state["tool"] = "units"
    page.run()
    page.button(key="all_off").click().run()
    assert "only the output's bias" in texts(page)
    page.button(key="whole").click().run()
    assert "silent" not in texts(page).replace("silenced", "")


def test_units_are_measured_held_at_their_mean_too(page):
    page.session_state["tool"] = "units"
    page.session_state["without"] = "hold"
    settled(page, lambda p: "only that unit is held at its mean" in texts(p))
    settled(page, lambda p: "measured so far" not in texts(p))
    assert re.search(r"\d+ units are clearly worth something", texts(page))
    assert "unit is silenced" not in texts(page)


def test_the_loss_without_some_units_is_the_network_s_own(page):
    """Beside its difference from the whole network's, with the error of a paired difference."""
    page.session_state["tool"] = "units"
    page.session_state["silent"] = (1, 3)
    settled(page, lambda p: "instead of" in texts(p))
    job = server.jobs().find(page.session_state["run"])
    net, data = rebuild(job.config, 27, job.run.weights), job.corpus.val_arrays
    whole, without = (
        probe.name_losses(probe.silence_units(net, units), data) for units in ([], [1, 3])
    )
    symbols = data.lengths.sum()
    rise, error = loss_difference(without, whole, data.lengths)
    assert (
        f"The held-out loss is {without.sum() / symbols:.3f} instead of "
        f"{whole.sum() / symbols:.3f}, a change of {rise:+.3f} ± {error:.3f}."
    ) in texts(page)


def test_two_runs_are_compared_and_the_last_is_kept(page):
    first = page.session_state["run"]
    job = server.jobs().find(first)
    new = server.jobs().create(job.config.replace(cell="gru", max_steps=30), job.corpus, after=job)
    page.session_state["run"] = new.token
    new.play()
    settled(page, lambda p: new.done and new.baselines is not None)
    page.session_state["tool"] = "two"
    page.session_state["walk"] = "tri"
    page.run()
    assert not page.exception
    assert "They disagree most" in texts(page)
    page.session_state["tool"] = "gradient"
    page.run()
    assert "Train an LSTM" in texts(page) and "Train a GRU" not in texts(page)


def test_a_pool_outlives_a_page_only_as_far_as_it_should():
    assert isinstance(server.jobs(), Jobs)
    server.renew()


@pytest.mark.long
def test_who_stands_at_the_end_goes_on_with_the_run_and_who_rewinds_stays():
    page = inside(max_steps="1000000", engine="torch")
    page.run()
    job = server.jobs().find(page.session_state["run"])
    settled(page, lambda _: job.run is not None)
    job.play()
    for least in (10, 40):
        settled(page, lambda p, least=least: _shown(p) >= least)
        assert page.session_state["moment"] == LATEST
    page.select_slider(key="moment").set_value(10).run()
    settled(page, lambda _: job.run.step > 100)
    page.run()
    assert _shown(page) == page.session_state["moment"] == 10
    job.pause()


def _shown(page: AppTest) -> int:
    """The step that the page shows; -1 while it shows none."""
    found = re.search(r"After ([\d,]+) ", texts(page))
    return int(found[1].replace(",", "")) if found else -1


def test_play_goes_on_though_the_browser_lags_and_stops_for_a_hand_on_the_slider(page, monkeypatch):
    monkeypatch.setattr(moments, "TICK", 0.0)  # every run of the page is a moment further
    before = shown_values(page)
    page.button(key="roll").click().run()
    steps = [page.session_state["moment"]]
    for _ in range(3):
        send_late(page, before)  # it shows what it showed when Play was pressed
        steps.append(page.session_state["moment"])
    for _ in range(3):
        before = shown_values(page)
        page.run()
        send_late(page, before)
        steps.append(page.session_state["moment"])
    assert steps == sorted(set(steps)) and page.session_state["playing"]
    page.select_slider(key="moment").set_value(100).run()
    assert page.session_state["moment"] == 100 and not page.session_state["playing"]


def test_letters_taken_back_quickly_are_all_taken_back(page):
    page.session_state["tool"] = "letters"
    page.session_state["walk"] = "abcd"
    page.run()
    before = shown_values(page)
    page.button(key="walk_back").click().run()
    send_late(page, before, pressed="walk_back")
    assert page.session_state["walk"] == "ab"
    page.text_input(key="walk").set_value("abc").run()  # but typing it again is a choice
    assert page.session_state["walk"] == "abc"
    page.button(key="walk_back").click().run()
    assert page.session_state["walk"] == "ab"


def test_a_start_that_only_another_list_can_read_is_renewed(page):
    page.session_state["tool"] = "letters"
    page.session_state["walk"] = "kwxyz"
    page.session_state["list"] = "colombian-towns"
    page.run()
    assert page.session_state["walk"] == "kwxyz"
    page.switch_page("dino/pages/lab/page.py").run()
    press(page, "new")
    job = server.jobs().find(page.session_state["run"])
    settled(page, lambda _: job.run is not None and job.run.step > 20)
    job.pause()
    page.session_state["walk"] = "ky&"
    page.switch_page("dino/pages/inside/page.py").run()
    assert not any("does not occur" in text.value for text in page.get("text"))


def with_memory(letters: int, **params: str) -> AppTest:
    """The page with a small network in it that was trained with a memory of so many letters."""
    page = inside(context=f"{letters}", max_steps="2", engine="torch", hidden_size="4", **params)
    page.run()
    job = server.jobs().find(page.session_state["run"])
    settled(page, lambda _: job.run is not None)
    job.play()
    return settled(page, lambda _: job.done and job.baselines is not None)


def test_of_a_network_that_saw_one_letter_no_longer_memory_is_shown():
    page = with_memory(1)
    page.session_state["tool"] = "memory"
    settled(page, lambda p: "The network uses only its last letter" in texts(p))
    assert "Its loss is" in texts(page) and "never trained with a longer memory" in texts(page)
    assert "estart" not in texts(page) and "A longer memory" not in texts(page)
    assert "The network sees only the last letter.\nThe most probable next" in texts(page)
    assert not any(slider.key == "reach" for slider in page.slider)
    server.renew()


def test_of_a_network_that_saw_one_letter_the_weights_without_effect_are_not_shown():
    page = with_memory(1)
    page.session_state["tool"] = "weights"
    page.run()
    assert "W_hh has no effect here" in texts(page)
    assert "farthest from 0" not in texts(page) and "next sum" not in texts(page)
    page.session_state["matrix"] = "W_xh"
    page.run()
    assert "no effect" not in texts(page) and "farthest from 0" in texts(page)
    server.renew()


@pytest.mark.parametrize("cell", CELLS)
def test_the_weights_that_are_not_shown_change_no_prediction_and_all_others_do(cell, nets, corpus):
    H, gates = nets[cell].hidden_size, anatomy.GATE_NAMES[cell]
    blocks = [("W_hy", 0), *((name, g) for name in ("W_xh", "W_hh") for g in range(len(gates)))]
    for context in (1, 2):
        for name, gate in blocks:
            net = copy.deepcopy(nets[cell])
            before = name_losses(net, corpus, context)
            with torch.no_grad():
                getattr(net, name)[:, gate * H : (gate + 1) * H] += 1.0
            changed = bool((name_losses(net, corpus, context) != before).any())
            config = Config(cell=cell, hidden_size=H, context=context)
            assert changed == has_effect(config, name, gate), (name, gate, context)


def name_losses(net, corpus, context):
    *_, (_, sums) = probe.name_losses_in_parts(net, corpus.val_arrays, context)
    return sums.copy()


def test_a_view_is_what_it_was_given_and_needs_no_session(trained, monkeypatch):
    def refuse(*_):
        raise AssertionError("the session is read")

    monkeypatch.setattr(state.Value, "get", refuse)
    monkeypatch.setattr(state, "get_all", refuse)
    entry = RunEntry(3, "token", trained.run(), trained.corpus, {})
    moment = entry.run.moments[-1]
    given = View(entry, moment, network_at(entry, moment), (0, 2), 4, 7, 1, ())
    assert given.context == 4 and given.key == ("token", 3, moment.step)
    assert replace(given, context_limit=0).context == entry.run.config.context
    assert not given.model.W_hy[[0, 2]].any() and given.intact_model.W_hy[[0, 2]].any()
    assert given.traces[1] is given.picked_trace and len(given.traces) == NAMES
    written = write(given.model, given.vocab, draws(NAMES_PER_SNAPSHOT, 7), context=4)
    assert [it.name for it in given.traces][:-1] == [it.name for it in written]


def test_names_of_the_tab_are_written_together_and_all_other_tabs_are_the_networks(page):
    def drawn() -> tuple[list[str], int]:
        rows = part(page, "morph")[1]["rows"]
        return [row[0] for row in rows], len(part(page, "inside_probs")[1]["figure"]["data"])

    settled(page, lambda p: part(p, "inside_probs") is not None)
    own = drawn()
    assert own[1] == 1 and "from the network" not in texts(page)
    page.selectbox(key="mix_with").set_value("sixes").run()
    settled(page, lambda p: " of the probability of the letters written " in texts(p))
    names, pictures = drawn()
    assert names != own[0] and pictures == 2
    assert "On this tab, network and counting write the names together." in texts(page)
    page.session_state["tool"] = "units"
    settled(page, lambda p: " of the probability of the letters written " not in texts(p))
    assert drawn() == own and not [it for it in page.selectbox if it.key == "mix_with"]
    page.session_state["tool"] = "name"
    settled(page, lambda p: " of the probability of the letters written " in texts(p))
    assert drawn() == (names, 2)
    page.slider(key="mix_share").set_value(1.0).run()
    assert drawn() == own


def test_names_that_cannot_be_written_together_are_not_said_to_be_on_their_way(page, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError

    monkeypatch.setattr(inside_names, "write_together", broken)
    page.selectbox(key="mix_with").set_value("sixes").run()
    settled(page, lambda p: "could not be written together" in texts(p))
    assert part(page, "morph") is not None
    assert "are being counted" not in texts(page) and "On this tab" not in texts(page)


def test_the_first_names_of_a_moment_are_those_that_the_run_wrote_then(trained):
    entry = RunEntry(3, "token", trained.run(), trained.corpus, {})
    for moment in entry.run.moments:
        seed = entry.run.config.seed
        view = View(entry, moment, network_at(entry, moment), (), 0, seed, 0, ())
        names = [f"{it.name}…"[: len(it.name) + (not it.finished)] for it in view.traces]
        assert names[: len(moment.names)] == list(moment.names)


def test_a_limit_to_the_memory_is_never_longer_than_the_memory_of_training():
    assert [context_limit(wanted, 3) for wanted in (-1, 0, 2, 3, 9)] == [0, 0, 2, 3, 3]
    assert context_limit(9, 0) == 9
    page = with_memory(3)
    page.session_state["reach"] = 9  # for another run
    page.session_state["tool"] = "memory"
    page.run()
    assert "In training it was" not in texts(page)
    assert page.slider(key="reach").max == page.slider(key="reach").value == 3
    page.slider(key="reach").set_value(2).run()
    assert "limited to 2 letters. In training it was 3." in texts(page)
    assert "With 3 letters it is" in texts(page)
    server.renew()


def test_a_network_trained_with_a_memory_beyond_the_picture_gets_a_true_sentence():
    page = with_memory(20)
    page.session_state["tool"] = "memory"
    settled(page, lambda p: "It was trained with a memory of 20 letters" in texts(p))
    assert "This picture ends at 12 letters." in texts(page)
    server.renew()


@pytest.mark.parametrize("tool, key", [("memory", "place"), ("gradient", "grad_place")])
def test_a_slider_of_positions_stays_at_the_start_of_the_name(tool, key, page):
    page.session_state["tool"] = tool
    page.run()
    assert page.slider(key=key).value == page.slider(key=key).max
    page.slider(key=key).set_value(0).run()
    assert not page.exception
    assert page.session_state[key] == page.slider(key=key).value == 0


# What the pages say


def said(lines) -> str:
    """Sentences in English, one on each line."""
    return "\n".join(map(str, lines))


def test_units_are_counted_by_what_is_clear():
    """One of no doubt, one that harms, two that are too close to call, one not yet measured."""
    rises = np.array([[0.3, 0.1], [-0.2, 0.09], [0.19, 0.1], [-0.1, 0.06], [np.nan, np.nan]])
    words = said(importance_sentences(rises, 152))
    assert "4 of 5 units are measured so far." in words
    assert "Unit 0 has the largest rise: +0.300 ± 0.100." in words
    assert "1 unit is clearly worth something" in words
    assert "1 unit hurts on these names" in words and "2 units are too close to call" in words
    assert "only that unit is silenced" in words
    words = said(importance_sentences(np.full((88, 2), [0.3, 0.1]), 152, "hold"))
    assert "88 units are clearly worth something" in words and "measured so far" not in words
    assert "hurt" not in words and "too close" not in words
    assert "about 2.6 of 88 units would pass this test if all were worth nothing" in words
    assert "only that unit is held at its mean" in words


@pytest.mark.parametrize("names", [1, 15])
def test_on_few_names_no_unit_is_called_clear(names):
    words = said(importance_sentences(np.full((3, 2), [0.3, 0.1]), names))
    assert "too few to tell" in words and "Unit 0 has the largest rise" in words
    assert "clearly" not in words and "close to call" not in words and "chance" not in words
    assert "3 units are clearly" in said(importance_sentences(np.full((3, 2), [0.3, 0.1]), 16))


def test_a_network_whose_loss_is_no_number_has_no_largest_rise():
    for rises in (np.full((3, 2), np.nan), np.full((3, 2), np.inf)):
        words = said(importance_sentences(rises, 152))
        assert "not a number" in words and "largest" not in words and "clearly" not in words
    one = np.array([[np.inf, np.nan], [0.2, 0.05]])
    assert "Unit 1 has the largest rise" in said(importance_sentences(one, 152))


def test_the_change_of_a_loss_has_an_error_where_there_is_more_than_one_name():
    assert "change of +0.500 ± 0.100." in str(changed_loss_sentence(2.5, 0.5, 0.1, 2))
    words = str(changed_loss_sentence(2.5, 0.5, 0.0, 1))
    assert "2.500 instead of 2.000, a change of +0.500 on a single name." in words


def test_a_unit_exactly_without_worth_is_not_counted():
    """A unit whose outgoing weights are zero changes no loss: 0 ± 0."""
    words = said(importance_sentences(np.zeros((3, 2)), 152))
    assert "0 units are clearly worth something" in words and "3 units are too close" in words


def test_the_changes_are_those_that_were_made():
    assert change_sentences((), 64, 0, 0) == []
    assert said(change_sentences((5,), 64, 0, 0)) == "Unit 5 is silent."
    assert said(change_sentences((1, 3), 64, 2, 2)) == "Units 1, 3 are silent."
    assert said(change_sentences(tuple(range(9)), 64, 0, 0)) == (
        "9 units are silent: 0, 1, 2, 3, 4, 5, 6, 7…"
    )
    both = said(change_sentences((0, 1), 2, 1, 0))
    assert both == "All units are silent.\nIts memory is limited to 1 letter."
    assert said(change_sentences((), 2, 5, 3)) == (
        "Its memory is limited to 5 letters. In training it was 3."
    )


def unit_states(values) -> UnitStates:
    values = np.array(values, dtype=float)
    names = ["ab"[:row] for row in np.isfinite(values).sum(1) - 1]
    return UnitStates(7, 1, names, None, values)


def test_where_a_unit_is_high_and_low_is_said_of_positions_that_enough_names_have():
    nan = np.nan
    values = [[0.1, 0.5, -0.4], [0.3, 0.7, -0.2], *[[0.2, 0.6, -0.3]] * 3, [0.2, 0.6, nan]]
    words = said(position_sentences(unit_states(values), 0))
    assert "highest after 1 letter (+0.60). Only positions that occur in at least 5" in words
    assert "lowest after 2 letters (−0.30)" in words
    few = [[0.1, 0.5, 0.9], *[[0.2, 0.6, nan]] * 5]
    assert "highest after 1 letter (+0.58)" in said(position_sentences(unit_states(few), 0))
    assert position_sentences(unit_states(few[:3]), 0) == []  # no position has five names
    by_letter = [("a", 0.5), ("b", 0.1), ("start", -0.25)]
    words = said(letter_sentences(unit_states(values), by_letter, "start"))
    assert (
        "the state of unit 7 is highest after a (+0.50)" in words
        and "lowest at the beginning of a name (−0.25)" in words
    )
    assert "all 6 training and held-out names" in words
    part = UnitStates(7, 3, ["ab", "b"], None, np.zeros((2, 3)))
    words = said(letter_sentences(part, [("a", 0.5)], ""))
    assert "2 training and held-out names, one of every 3." in words


def test_a_unit_of_a_bounded_memory_is_not_said_to_depend_on_the_position():
    states = unit_states([[0.1, 0.5, -0.4]] * 6)
    one, three, words = (said(position_sentences(states, context)) for context in (1, 3, 0))
    assert one.startswith("The network sees only the last letter, so ")
    assert three.startswith(
        f"{words}\nThe network sees only the last 3 letters, so from 3 letters on, "
    )
    assert "sees only" not in words


def test_what_is_most_likely_and_what_was_least_expected():
    labels, probs = ["⏎", "a", "b", "c"], np.array([0.1, 0.5, 0.15, 0.25])
    assert "After “x” the most likely are a (0.50), c (0.25), b (0.15)." in said(
        next_letter_sentences("x", probs, labels)
    )
    assert "At the start the most likely are" in said(next_letter_sentences("", probs, labels))
    words = said(expected_sentences("abc", ["a", "b", "c"], np.array([0.5, 0.012, 0.3])))
    assert "The least expected letter is b after “a”: p = 0.012." in words
    words = said(expected_sentences("abc", ["a", "b", "c"], np.array([0.2, 0.5, 0.3])))
    assert "is the first one, a: p = 0.2." in words


@pytest.mark.parametrize("kind", ["new", "copied", "held out"])
def test_a_finished_name_is_called_what_it_is(kind, corpus):
    name = {"new": "zzz", "copied": corpus.train[0], "held out": corpus.val[0]}[kind]
    words = str(ending_sentence(name, novelty(name, corpus)))
    wanted = {"new": "is new, not in the list", "copied": "copied from the training names"}
    assert wanted.get(kind, "one of the held-out names") in words and name in words


def test_the_greedy_name_need_not_be_the_most_probable():
    """What the page says of greedy decoding: here it begins with a (0.6), which may continue in
    many ways, while b (0.4) is a name by itself.
    """
    vocab = Vocab("abcdefgh")
    net = CharRNN("rnn", 2, len(vocab))
    with torch.no_grad():
        net.b_y[:] = -20.0
        net.b_y[1], net.b_y[2] = float(np.log(0.6)), float(np.log(0.4))
        net.W_xh[1, 0] = net.W_xh[2, 1] = 20.0
        net.W_hy[0] = -net.b_y
        net.W_hy[1, 0] = 60.0
    (greedy,) = write(net, vocab, draws(1, 0), greedy=True)
    assert greedy.name == "a"

    def probability(name):
        ids = [*vocab.encode(name), 0]
        return np.prod(anatomy.read_name(net, vocab, name).probs[np.arange(len(ids)), ids])

    assert probability("b") == pytest.approx(0.4, abs=1e-3)
    assert probability("b") > 5 * probability("a")


def test_two_models_disagree_where_their_distance_is_largest():
    p = np.array([[0.5, 0.5, 0], [0.9, 0.05, 0.05], [0.6, 0.4, 0]])
    q = np.array([[0.5, 0.5, 0], [0.2, 0.5, 0.3], [0.6, 0.4, 0]])
    words = said(distance_sentences("xy", p, q, ["a", "b", "c"]))
    assert "They disagree most after “x”, by 0.70." in words
    assert "There they differ most in the probability of a: 0.90 against 0.20." in words
    assert "at the start, by 0.70" in said(distance_sentences("xy", p[1:], q[1:], ["a", "b", "c"]))
    assert said(distance_sentences("xy", p, p + 0.001, ["a", "b", "c"])).startswith("They agree")


@pytest.mark.parametrize("name", ["W_xh", "W_hh", "W_hy"])
def test_the_largest_weight_is_named_by_its_two_ends(name):
    W = np.array([[0.1, -0.9], [0.3, 0.2]])
    block = Block(name, W, ["p", "q"], ["5", "6"], ("x", "y"))
    words = said(matrix_sentences(name, block, False))
    ends = {
        "W_xh": "from letter p to hidden unit 6",
        "W_hh": "from hidden unit p to hidden unit 6",
        "W_hy": "from hidden unit 6 to symbol p",
    }
    assert f"The weight farthest from 0 here is −0.90, {ends[name]}." in words
    assert "mean absolute weight is 0.38." in words
    nothing = block._replace(weights=np.zeros((2, 2)))
    assert "because these units are silent" in said(matrix_sentences(name, nothing, True))
    assert "because" not in said(matrix_sentences(name, nothing, False))


def test_vowels_cluster_only_where_chance_seldom_makes_as_near_a_group():
    near, far = Clustering(0.5, 0.0045), Clustering(0.9, 0.15)
    words = said(vowel_sentences("aeiou", near, far, 64))
    assert "The vowels are in colour: a, e, i, o, u." in words
    assert "They cluster there. Fewer than 1 % of random groups of 5 letters" in words
    assert "In all 64 dimensions the distance between vowels is 0.90 times" in words
    assert "not clear whether they cluster there. In a permutation test, 15 % of random" in words
    assert words.endswith(f"\n{ONE_NETWORK}")
    words = said(vowel_sentences("aeiou", Clustering(0.6, 0.04), far, 2))
    assert "They cluster there. Only 4 %" in words and "dimensions" not in words


@pytest.mark.parametrize("cell", CELLS)
def test_the_first_step_begins_at_the_initial_state(cell, nets, corpus):
    def words(text, context=0):
        step = anatomy.take_apart(nets[cell], corpus.vocab, text, context)
        start, labels = corpus.vocab.start, corpus.vocab.labels
        return said(input_sentences(step, start, labels, context)), step

    initial = "states h_0 and c_0" if cell == "lstm" else "state h_0"
    for text, context in (("", 0), ("tr", 1)):
        lines, step = words(text, context)
        assert initial in lines and not step.h_prev.any()
    lines, step = words("tr")
    assert "h_0" not in lines and step.h_prev.any()
    assert "last letter read: r, number 18 of the dictionary" in lines
    assert "no letter has been read yet" in words("")[0]


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("text", ["", "tri"])
def test_the_formula_of_a_unit_is_right_in_every_step(cell, text, nets, corpus):
    """What stands between two = is the same number, to the digits shown."""
    step = anatomy.take_apart(nets[cell], corpus.vocab, text)
    shown = unit_latex(cell, step, 5)
    assert "h_t[5] &= " in shown and f"= {step.h[5]:.3f}" in shown
    sides = re.sub(r"\\underbrace\{([^}]*)\}_\{(?:[^{}]|\{[^}]*\})*\}", r"\1", shown)
    for word, python in ((r"\tanh", "tanh"), (r"\sigma", "sigma"), (r"\cdot", "*")):
        sides = sides.replace(word, python)
    sides = sides.removeprefix(r"\begin{aligned}").removesuffix(r"\end{aligned}")
    lines = re.sub(r"\\\\ &= ", "= ", sides).split(r"\\")
    functions = {"tanh": np.tanh, "sigma": lambda x: 1 / (1 + np.exp(-x))}
    for line in lines:
        _, *equal = (side.strip(" &") for side in line.split("="))
        values = [eval(side, functions) for side in equal]  # arithmetic of our own making
        assert values == pytest.approx([values[-1]] * len(values), abs=3e-3), line
    assert len(lines) == {"rnn": 1, "gru": 4, "lstm": 6}[cell]


def run_with(kept, gone, best, latest):
    """A run with weights of these moments and without those of others."""
    weights = np.zeros(1)
    snapshots = [Snapshot(step, 2.0, (), weights) for step in kept]
    snapshots += [Snapshot(step, 2.0, (), None) for step in gone]
    moments = [Snapshot(step, 2.0, (), weights) for step in sorted({*kept, best, latest})]
    return SimpleNamespace(
        snapshots=snapshots,
        moments=moments,
        best_moment=SimpleNamespace(step=best),
        kept_step=latest,
    )


def test_moments_that_were_given_up_are_told():
    assert kept_sentences(run_with([0, 1, 10], [], 10, 20)) == []
    assert said(kept_sentences(run_with([], [], 0, 0))) == "This run has only one moment, update 0."
    member = said(kept_sentences(run_with([], [900], 900, 1200)))
    assert member.startswith("This run was a member of an experiment")
    assert "update 900, with the lowest held-out loss, and 1,200, the latest." in member
    only = said(kept_sentences(run_with([], [1200], 1200, 1200)))
    assert "One of its moments is kept: update 1,200, the latest, with" in only
    assert kept_sentences(run_with([0], [], 0, 1)) == []
    assert kept_sentences(run_with([], [0, 1], 0, 1)) == []  # of an ordinary run, both are here
    one = said(kept_sentences(run_with([], [0, 1, 1000], 1200, 1200)))
    assert "Only the latest update of this run, 1,200, is kept" in one and "to save space" in one
    two = said(kept_sentences(run_with([], [0, 1, 1000], 925, 1200)))
    assert "925, with the lowest held-out loss, and 1,200, the latest." in two
    some = said(kept_sentences(run_with([0, 2, 4], [1, 3], 4, 20)))
    assert "4 of the 6 moments of this run are kept" in some and "to save space" in some


def test_the_order_of_a_sum_s_terms_is_said_as_it_is():
    assert "first the letter and the bias, then the units" in said(sum_sentences(5, False))
    scaled = said(sum_sentences(5, True))
    assert "the bias" not in scaled and "the largest terms first" in scaled and "r[5]" in scaled


def test_a_moment_is_called_what_it_is():
    run = SimpleNamespace(
        step=1200, max_steps=1600, kept_step=1200, best_moment=SimpleNamespace(step=725)
    )
    moment = SimpleNamespace(step=100, val_loss=float(np.log(8)))
    words = said(moment_sentences(run, moment, False, 27))
    assert words.startswith("After 100 of 1,600 updates.")  # as the Lab says of a paused run
    assert "is 2.08 nats per symbol" in words and "perplexity of 8.00. The network" in words
    training = said(moment_sentences(run, moment, True, 27))
    assert "while training continues (1,200 of 1,600)" in training
    moment.step = 725
    assert "held-out loss was lowest" in said(moment_sentences(run, moment, False, 27))
    moment.val_loss = np.nan
    assert "no longer a number" in said(moment_sentences(run, moment, False, 27))


@pytest.mark.parametrize("loss", [np.log(33.1), 7.15, 9.07])
def test_a_perplexity_beyond_the_symbols_is_not_called_a_choice_among_them(loss):
    run = SimpleNamespace(step=9, max_steps=9, kept_step=9, best_moment=SimpleNamespace(step=9))
    moment = SimpleNamespace(step=9, val_loss=float(loss))
    words = said(moment_sentences(run, moment, False, 33))
    assert "more than the 33 symbols" in words and "unsure" not in words
    moment.val_loss = float(np.log(33))
    assert "more than" not in said(moment_sentences(run, moment, False, 33))


@pytest.mark.parametrize(
    ("silent", "context", "words"),
    [
        ((), 0, ""),
        ((3,), 0, "This loss was measured with all units on."),
        ((), 2, "This loss was measured with the same memory limit as in training."),
        (
            (3,),
            2,
            "This loss was measured with all units on and the same memory limit as in training.",
        ),
    ],
)
def test_the_loss_of_a_moment_is_said_to_be_without_the_changes(silent, context, words):
    view = SimpleNamespace(silent=silent, context=context, config=Config())
    assert said(unchanged_sentences(view)) == words


def test_saturated_are_values_beyond_the_bound_of_the_diagnosis():
    words = said(state_sentences(np.array([[0.995, -0.995, 0.95, 0.0]])))
    assert "50 % of the values are saturated (beyond ±0.99)." in words and "4 hidden units" in words
    words = said(probability_sentences(np.array([0.2, 0.4]), 27, 0))
    assert "given the letters to its left." in words
    assert "its probability was 0.30." in words and "row each" not in words
    assert "have a row each" in said(probability_sentences(np.array([0.2]), 60, 0))
    one, three = (said(probability_sentences(np.array([0.2]), 27, k)) for k in (1, 3))
    assert "given only the last letter to its left." in one
    assert "given only the last 3 letters to its left." in three
