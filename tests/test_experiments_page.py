"""Experiments on the Compare page: planned, bet on, started, paused, and judged as a sweep is."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pressing import numbers, part, type_numbers
from reports import facts_in
from streamlit.testing.v1 import AppTest
from waiting import PATIENCE, wait_for

from dino.config import LSTM_ONLY, SETTINGS, Config
from dino.data import Corpus, load_bundled
from dino.experiments.bet import Bet
from dino.experiments.committees import committee_sentences
from dino.experiments.estimate import ASK, MOST
from dino.experiments.folder import results_table
from dino.experiments.member import FAILED, Outcome, train_member
from dino.experiments.plan import Factor
from dino.experiments.verdict import judge
from dino.experiments.words import verdict_sentences
from dino.grader.experiment_claims import ExperimentClaims
from dino.grader.judge import Grade
from dino.grader.kinds import read_report
from dino.grader.repeat import ignore_progress
from dino.grader.report_check import Lists, check_report
from dino.jobs import limits
from dino.lists import clean
from dino.locale.sentences import ENGLISH, languages
from dino.pages.compare import experiment_plan
from dino.pages.compare.report_box import COUNT, experiment_report
from dino.pages.lab.experiment_links import levels_between
from dino.pages.lab.notebook_runs import LARGE, MEMORIES, NOTEBOOK, SMALL, Variant
from dino.presets import single_changes
from dino.reports.facts import Words
from dino.sample import draws, write
from dino.train import Trainer
from dino.ui import language, server, text

NET = {"engine": "torch", "hidden_size": "3", "batch_size": "2", "max_steps": "6"}


@pytest.fixture(autouse=True)
def empty():
    yield
    server.renew()


def look(page: AppTest) -> AppTest:
    page.run()
    assert not page.exception
    return page


def open_compare(**params: str) -> AppTest:
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE)
    page.query_params.update({**NET, **params})
    look(page).switch_page("dino/pages/compare/page.py")
    return look(page)


def choose(page: AppTest, factor: str = "cell", levels: Any = None, splits: int = 2) -> AppTest:
    page.selectbox(key="experiment_factor").set_value(factor)
    look(page)
    type_numbers(page, {"experiment_seeds": 1, "experiment_splits": splits})
    if levels is not None:
        kind = page.multiselect if SETTINGS[factor].choices else page.text_input
        kind(key=f"levels_{factor}").set_value(levels)
    return look(page)


def press(page: AppTest, key: str) -> AppTest:
    page.button(key=key).click()
    return look(page)


def texts(page: AppTest) -> str:
    found = [*page.text, *page.caption, *page.markdown]
    return "\n".join(str(it.value) for it in found)


def test_that_one_split_gives_no_verdict_is_said_before_the_start() -> None:
    page = choose(open_compare(), splits=1)
    assert "There will be no verdict because levels" in texts(page)
    assert "There will be no verdict" not in texts(choose(page, splits=2))


def is_measured(page: AppTest) -> AppTest:
    """Once the time that the plan takes is known."""

    def known() -> bool:
        return "Measuring how long" not in texts(look(page))

    wait_for(known, "the time")
    return page


def the_experiment() -> Any:
    (experiment,) = server.jobs().all_jobs()[-1:]
    return experiment


def started(levels: Any = ("rnn", "gru"), bet: bool = False) -> tuple[AppTest, Any]:
    page = choose(open_compare(), levels=list(levels))
    press(is_measured(page), "place_bet" if bet else "skip_bet")
    press(page, "start_experiment")
    return page, the_experiment()


def from_lab(recipe: Config) -> AppTest:
    """The Compare page, where the link under a recipe's run in the Lab leads to."""
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE)
    page.query_params.update(recipe.to_url())
    look(look(page))
    press(page, "again_with_seeds")
    assert look(page).session_state["visit"].page == "compare"
    return page


def boxes(page: AppTest) -> dict[str, Any]:
    """What the boxes of a new experiment say."""
    kinds = (page.selectbox, page.text_input, page.multiselect)
    keys = ("experiment_factor", "experiment_second", "levels_")
    found = {it.key: it.value for kind in kinds for it in kind if str(it.key).startswith(keys)}
    counts = {key: box["value"] for key, box in numbers(page).items() if "experiment" in key}
    return {**found, **counts}


def test_the_labs_table_of_the_notebook_leads_to_both_changes_with_five_seeds() -> None:
    page = from_lab(NOTEBOOK.replace(hidden_size=3, max_steps=6, engine="torch"))
    found = boxes(page)
    assert (found["experiment_factor"], found["experiment_second"]) == ("context", "learning_rate")
    assert (found["levels_context"], found["levels_learning_rate"]) == ("1 all", "0.0005 0.05")
    press(is_measured(page), "skip_bet")
    press(page, "start_experiment")
    plan = the_experiment().plan
    corners = {Variant(memory, stepping) for memory in MEMORIES for stepping in (SMALL, LARGE)}
    assert {*plan.recipes[0], *plan.recipes[1]} == {it.recipe(plan.config) for it in corners}
    assert plan.shape == (2, 2, 3, 5) and plan.config.seed == NOTEBOOK.seed


@pytest.mark.parametrize("code", sorted(languages()))
def test_what_a_link_puts_into_a_box_of_levels_is_read_back(code: str, monkeypatch: Any) -> None:
    own, recipes = languages()[code], single_changes()
    for module in (text, language):
        monkeypatch.setattr(module, "language", lambda: own)
    changes = [levels_between(*pair) for pair in zip(recipes, recipes[1:], strict=False)]
    for name, levels in [it for change in changes for it in change.items()] + [("context", (1, 0))]:
        typed = text.typed_levels(name, levels)
        if isinstance(typed, str):
            typed = [SETTINGS[name].parse_typed(name, it, own) for it in typed.split()]
        assert typed == list(levels)


@pytest.mark.parametrize("place, levels", [(1, ["rnn", "gru"]), (3, "64 128"), (4, "off 0.1")])
def test_a_recipe_between_two_presets_leads_to_its_own_change(place: int, levels: Any) -> None:
    before, after = single_changes()[place - 1 : place + 1]
    (name,) = before.changes(after)
    found = boxes(from_lab(after))
    assert found["experiment_factor"] == name and found[f"levels_{name}"] == levels
    assert found["experiment_second"] is None


def test_nothing_is_measured_before_a_setting_is_chosen() -> None:
    page = open_compare()
    assert page.selectbox(key="experiment_factor").value is None
    assert "start_experiment" not in [it.key for it in page.button]
    assert not page.session_state["visit"].measurements


def bet_figure(page: AppTest) -> Any:
    return part(page, "experiment_bet")[1]["figure"]


def lines_of_bet(page: AppTest) -> list[str]:
    return [line["name"] for line in bet_figure(page)["data"]]


def middle_of_bet(page: AppTest) -> float:
    hill = bet_figure(page)["data"][0]
    return float(hill["x"][hill["y"].index(1.0)])


def test_the_picture_of_a_bet_follows_its_boxes_and_stays_where_it_is_once_placed() -> None:
    page = choose(open_compare(), levels=["rnn", "gru"])
    first = bet_figure(page)["layout"]
    assert middle_of_bet(page) == 0.03 and "The hill is your bet" in texts(page)
    assert middle_of_bet(type_numbers(page, {"bet_difference": 0.08})) == 0.08
    page.selectbox(key="bet_lower").set_value(1)
    layout = bet_figure(look(page))["layout"]
    assert layout["xaxis"]["title"]["text"] == "loss of RNN<br>− loss of GRU, nats"
    assert layout["xaxis"]["range"] == first["xaxis"]["range"]
    press(page, "place_bet")
    assert bet_figure(page)["layout"] == layout and lines_of_bet(page) == ["bet"]
    assert numbers(page)["bet_difference"]["disabled"]
    assert "You bet that the held-out loss of GRU is 0.08" in texts(page)


@pytest.mark.parametrize(
    ("factor", "levels", "words"),
    [
        ("hidden_size", "3", "at least 2 levels"),
        ("hidden_size", "3 3", "“3” is there more than once"),
        ("hidden_size", "3 900", "from 1 to 512"),
        ("hidden_size", "3 many", "many"),
        ("cell", ["rnn"], "at least 2 levels"),
        ("forget_bias", "1 3", "The cell must be LSTM where Forget bias is varied, not “RNN”."),
    ],
)
def test_levels_that_make_no_plan_are_refused_in_a_sentence(
    factor: str, levels: Any, words: str
) -> None:
    page = choose(open_compare(), factor, levels)
    assert words in texts(page)
    assert "start_experiment" not in [it.key for it in page.button]


@pytest.mark.parametrize("factor", experiment_plan.FACTORS)
def test_each_factor_begins_with_levels_that_make_a_plan(factor: str) -> None:
    cell = {"cell": "lstm"} if factor in LSTM_ONLY else {}
    page = choose(open_compare(**cell), factor)
    assert "All members share" in texts(page)


def test_it_is_trained_and_the_page_has_the_verdict_of_the_sweeps_table() -> None:
    page, experiment = started(bet=True)
    wait_for(lambda: experiment.done, "its members")
    wait_for(lambda: "Your bet was" in texts(look(page)), "the verdict")
    plan = experiment.plan
    assert plan.config.exam
    names = load_bundled().cleaned
    alone = {i: train_member(m.config, names) for i, m in enumerate(plan.members())}
    table = list(csv.DictReader(io.StringIO(results_table(plan, alone))))
    losses = np.zeros(plan.shape)  # read by hand: level, split
    for row in table:
        losses["rnn gru".split().index(row["cell"]), 0, int(row["split_seed"]), 0] = float(
            row["val_loss"]
        )
    for words in verdict_sentences(judge(losses), plan.level_sentences(), plan.rates):
        assert str(words) in texts(page)
    assert results_table(plan, experiment.found) == results_table(plan, alone)
    rows = part(page, "experiment_levels")[1]["rows"]
    assert [row[0] for row in rows] == ["RNN", "GRU"]
    assert [float(row[2]) for row in rows] == pytest.approx(losses.mean((1, 2, 3)), abs=5e-4)


def cells_of(page: AppTest, key: str) -> list[list[str]]:
    """The cells of a table, without the marks that keep the direction of a text."""
    return [
        [it.strip("\u2066\u2067\u2068\u2069") for it in row] for row in part(page, key)[1]["rows"]
    ]


@pytest.mark.parametrize("splits", [1, 2])
def test_the_result_has_a_row_for_the_committee_of_each_level(splits: int) -> None:
    page = choose(open_compare(), levels=["rnn", "gru"], splits=splits)
    type_numbers(page, {"experiment_seeds": 2})
    press(is_measured(page), "skip_bet")
    press(page, "start_experiment")
    experiment = the_experiment()
    assert "Committees" not in texts(page)
    wait_for(lambda: experiment.done and experiment.settled, "its members")
    wait_for(lambda: "Committees" in texts(look(page)), "the committees")
    found = experiment.committees.results(judge(experiment.losses))
    rows = cells_of(page, "experiment_committees")
    assert [row[0] for row in rows] == ["RNN", "GRU"]
    means = [row[2] for row in cells_of(page, "experiment_levels")]
    for row, it, mean in zip(rows, found, means, strict=True):
        assert float(row[1]) == pytest.approx(float(mean), abs=1.1e-3)
        assert row[2] == f"{it.loss:.3f}"
        assert it.difference.lower_by > 0 and "±" in row[3]
    over = "over 2 splits" if splits == 2 else "held-out names."
    words = [str(it) for it in committee_sentences(found, ["RNN", "GRU"])]
    assert over in words[-1] and all(it in texts(page) for it in words)
    assert "Jensen's inequality" in texts(page)


def test_one_that_is_over_has_a_report_that_check_confirms(tmp_path: Path) -> None:
    page, experiment = started(bet=True)
    assert "experiment_home" not in [it.proto.id.rsplit("-", 1)[-1] for it in page.expander]
    wait_for(lambda: experiment.done and experiment.settled, "its members")
    page.session_state["experiment_home"] = True
    look(page).text_input(key="experiment_report_author").set_value("Ana")
    look(page)
    assert "Report of the experiment" in [it.proto.label for it in page.get("download_button")]
    raw = experiment_report(experiment, Words(author="Ana"), languages()["es"])
    claims = read_report(raw)
    assert isinstance(claims, ExperimentClaims)
    assert claims.bet == experiment.bet and claims.words.author == "Ana"
    assert claims.plan == experiment.plan and 'lang="es"' in raw.decode()
    written = dict(facts_in(raw)["written"])
    assert written.pop("names") == names_of_best_alone(experiment)
    assert written["member"] == experiment.best[0] and written["step"] == 6
    path = tmp_path / "report.html"
    path.write_bytes(raw)
    row = check_report(path, Lists(), 10, ignore_progress, members=4)
    assert row.result is Grade.HOLDS and row.reason == "members: 4 of 4 members trained again"
    page.text_input(key="experiment_report_title").set_value("x" * 201)
    assert "The title can have at most 200 letters" in texts(look(page))


def names_of_best_alone(experiment: Any) -> list[str]:
    """What the best member's recipe, trained alone, writes from the report's draws."""
    config = experiment.members[experiment.best[0]].config
    corpus = load_bundled("dinos", config.split_seed, exam=config.exam)
    trainer = Trainer(config, corpus)
    trainer.advance()
    return [it.name for it in write(trainer.eval_model, corpus.vocab, draws(COUNT, 0))]


def test_names_of_a_list_of_ones_own_are_in_a_report_with_the_owners_tick() -> None:
    page = open_compare()
    own = clean(
        "\n".join(f"{a}{b}{c}{d}" for a in "bdfgk" for b in "aeiou" for c in "lmn" for d in "aeo")
    )
    page.session_state["own"], page.session_state["list"] = own, "own"
    press(is_measured(choose(look(page), levels=["rnn", "gru"])), "skip_bet")
    press(page, "start_experiment")
    experiment = the_experiment()
    wait_for(lambda: experiment.done and experiment.settled, "its members")
    page.session_state["experiment_home"] = True
    assert not look(page).checkbox(key="experiment_report_names").value
    for is_ticked in (False, True):
        raw = experiment_report(experiment, Words(), ENGLISH, with_names=is_ticked)
        assert (facts_in(raw)["written"] is not None) == is_ticked


def test_where_one_is_deleted_its_part_of_the_page_is_brought_up() -> None:
    page, experiment = started()
    wait_for(lambda: experiment.done, "its members")
    before = part(look(page), "bring_up")[1]["number"]
    press(page, "delete_experiment")
    assert part(page, "bring_up")[1] == {"part": "experiments", "number": before + 1}


def test_it_is_said_which_one_the_next_takes_the_place_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "EXPERIMENTS", 1)
    page, experiment = started()
    wait_for(lambda: experiment.done, "its members")
    press(look(page), "another_experiment")
    words = "it deletes the oldest finished one: experiment 1 (Cell)."
    assert "The server keeps at most 1 experiments of each browser." in texts(
        page
    ) and words in texts(page)
    press(is_measured(page), "skip_bet")
    press(page, "start_experiment")
    (newest,) = server.jobs().experiments_of(experiment.owner)
    assert newest is not experiment and newest.number == 2
    wait_for(lambda: newest.done, "its members")
    press(look(page), "delete_experiment")  # what is deleted already is not worth a word
    assert words not in texts(page) and "Start the experiment" in str(page.button)


def long_started(bet: bool = False) -> tuple[AppTest, Any]:
    page = choose(open_compare(max_steps="30000"), levels=["rnn", "gru"])
    press(is_measured(page), "place_bet" if bet else "skip_bet")
    if "agree_to_wait" in [it.key for it in page.button]:
        press(page, "agree_to_wait")
    press(page, "start_experiment")
    return page, the_experiment()


def test_a_long_one_is_paused_and_stopped() -> None:
    page, experiment = long_started()
    press(page, "pause_experiment")
    assert experiment.phase == "paused" and "continue_experiment" in str(page.button)
    press(page, "continue_experiment")
    assert experiment.running
    press(page, "stop_experiment")
    assert experiment.done and "stopped before" in texts(page)
    experiment.failed = True  # as after an error outside its members
    words = texts(look(page))
    assert "An error ended this experiment." in words
    assert "stopped before" not in words


def test_it_is_erased_with_all_else() -> None:
    page, experiment = started()
    server.jobs().erase(experiment.owner)
    assert "experiment_factor" in [it.key for it in look(page).selectbox]


@pytest.mark.parametrize(("seconds", "asks"), [(ASK + 1, True), (MOST + 1, False)])
def test_what_takes_long_is_asked_for_or_refused_with_the_command(
    monkeypatch: pytest.MonkeyPatch, seconds: float, asks: bool
) -> None:
    monkeypatch.setattr(experiment_plan, "at_load", lambda *_: seconds)
    page = press(is_measured(choose(open_compare(), levels=["rnn", "gru"])), "skip_bet")
    assert page.button(key="start_experiment").disabled
    (command,) = page.code
    assert command.value.startswith("python -m dino sweep --vary cell=rnn,gru --seeds 1 --splits 2")
    assert ("agree_to_wait" in [it.key for it in page.button]) == asks
    if asks:
        press(page, "agree_to_wait")
        assert not page.button(key="start_experiment").disabled


@pytest.mark.parametrize(
    ("seconds", "why"),
    [(ASK + 1, "Choose first where to train it."), (MOST + 1, "It takes too long here.")],
)
def test_one_that_takes_longer_since_its_button_was_drawn_does_not_begin(
    monkeypatch: pytest.MonkeyPatch, seconds: float, why: str
) -> None:
    page = press(is_measured(choose(open_compare(), levels=["rnn", "gru"])), "skip_bet")
    assert not page.button(key="start_experiment").disabled
    with monkeypatch.context() as patched:
        patched.setattr(experiment_plan, "at_load", lambda *_: seconds)  # others have begun
        press(page, "start_experiment")
        assert not server.jobs().all_jobs() and why in texts(page)
        if seconds < MOST:
            press(press(page, "agree_to_wait"), "start_experiment")
            assert the_experiment().plan.names == ("cell",)


def exam_switch(page: AppTest) -> Any:
    return page.toggle(key="experiment_exam")


def test_members_have_a_final_exam_by_itself_and_a_switch_leaves_it_out() -> None:
    page = choose(open_compare(max_steps="1"), levels=["rnn", "gru"])
    assert exam_switch(page).value and "No member on that split learns from them" in texts(page)
    exam_switch(page).set_value(False)
    assert "There is no final exam" in texts(look(page))
    press(is_measured(page), "skip_bet")
    exam_switch(page).set_value(True)  # another plan
    assert is_measured(look(page)).button(key="start_experiment").disabled
    press(page, "skip_bet")
    press(page, "start_experiment")
    experiment = the_experiment()
    assert experiment.plan.config.exam and experiment.corpus.exam
    assert not page.session_state["exam"]  # the Lab's own is as it was


@pytest.mark.parametrize("is_on", [True, False])
def test_the_command_has_the_exam_that_the_page_has(
    is_on: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(experiment_plan, "at_load", lambda *_: MOST + 1)
    page = choose(open_compare(exam="true"), levels=["rnn", "gru"])
    exam_switch(page).set_value(is_on)
    is_measured(look(page))
    assert ("--no-exam" in page.code[0].value) != is_on and "--exam" not in page.code[0].value


def test_a_list_that_is_too_small_for_an_exam_is_compared_without_one() -> None:
    page = open_compare()
    short = clean("\n".join(f"{a}{b}" for a in "bdfgklmn" for b in "aeiou"))
    page.session_state["own"], page.session_state["list"] = short, "own"
    choose(look(page), levels=["rnn", "gru"])
    switch = page.toggle(key="no_exam")
    assert switch.disabled and not switch.value
    assert "100 distinct names" in texts(page) and "There is no final exam" in texts(page)
    page.session_state["list"] = "dinos"  # the switch for a longer list has kept its position
    assert exam_switch(look(page)).value


def test_the_best_members_run_is_opened_in_the_chart_and_at_the_exam() -> None:
    page, experiment = started()
    wait_for(lambda: experiment.done and experiment.settled, "its members")
    wait_for(lambda: "Member " in texts(look(page)), "the best member")
    number, run = experiment.best
    assert f"Member {number + 1}:" in texts(page) and f"{run.val_loss:.3f}" in texts(page)
    assert "Each split holds out other names" in "".join(it.value for it in page.caption)
    press(page, "open_best_member")
    wait_for(lambda: "It is run 1 of this visit" in texts(look(page)), "its run")
    (entry,) = server.jobs().runs_of(experiment.owner)
    assert entry.token == experiment.best_token and str(entry.title) == "Best of an experiment"
    spanish = languages()["es"]
    assert spanish.put(entry.title) != str(entry.title)  # the app's words, not a visitor's
    assert page.session_state["exam_run"] == entry.token
    assert entry.token in page.session_state["compared"]
    assert "open_best_member" not in [it.key for it in page.button]
    assert report_facts(experiment)["exam"] is None
    press(page, "open_exam")
    wait_for(lambda: part(look(page), "exam_losses"), "the exam's loss")
    exam = report_facts(experiment)["exam"]
    assert (exam["member"], exam["number"], exam["times"]) == (number, 1, 1)
    page.switch_page("dino/pages/inside/page.py")
    assert look(page).session_state["inside_run"] == entry.token
    assert f"One of its moments is kept: update {run.step:,}, the latest" in texts(page)


def report_facts(experiment: Any) -> dict[str, Any]:
    return dict(facts_in(experiment_report(experiment, Words(), ENGLISH)))


def test_it_is_offered_again_once_the_run_is_deleted() -> None:
    page, experiment = started()
    wait_for(lambda: experiment.done and experiment.settled, "its members")
    press(look(page), "open_best_member")
    wait_for(lambda: "It is run 1 of this visit" in texts(look(page)), "its run")
    server.jobs().remove(experiment.owner, 1)
    press(look(page), "open_best_member")
    wait_for(lambda: "It is run 1 of this visit" in texts(look(page)), "its run again")


def test_an_optimizer_has_its_ladder() -> None:
    page = choose(open_compare(), "optimizer", ["sgd", "adam"])
    assert "÷9, ÷3, ×1, ×3" in texts(page)
    product = "20 members (2 levels × 5 learning rates × 2 splits × 1 seed)"
    assert product in texts(is_measured(page))


def test_a_bet_is_kept_with_its_experiment() -> None:
    _, experiment = started(bet=True)
    assert isinstance(experiment.bet, Bet) and experiment.bet.spread == 0.03
    assert experiment.plan.factors == (Factor("cell", ("rnn", "gru")),)


def test_a_bet_and_its_picture_are_there_while_the_experiment_trains() -> None:
    page, experiment = long_started(bet=True)
    assert not experiment.outcomes and lines_of_bet(page) == ["bet"]
    assert "You bet that" in texts(page) and "The hill is your bet" in texts(page)
    press(page, "stop_experiment")  # without a result the bet stays
    assert lines_of_bet(page) == ["bet"] and "stopped before" in texts(page)


def test_rows_are_at_each_rate_and_members_without_a_loss_are_counted() -> None:
    page = choose(open_compare(max_steps="1"), "optimizer", ["sgd", "adam"])
    press(is_measured(page), "skip_bet")
    press(page, "start_experiment")
    experiment = the_experiment()
    wait_for(lambda: experiment.done and experiment.settled, "its members")
    config = experiment.members[0].config
    experiment.outcomes = (Outcome(config.as_dict(), FAILED, "no"), *experiment.outcomes[1:])
    words = "An error ended 1 member: SGD, Learning rate"
    wait_for(lambda: "comparison" in texts(look(page)) and words in texts(page), "the verdict")
    rows = part(page, "experiment_levels")[1]["rows"]
    assert len(rows) == 10 and [row[2] for row in rows].count("yes") == 2
    assert rows[0][3] == "1 of 2" and {row[3] for row in rows[1:]} == {"2 of 2"}
    assert rows[0][2] == ""  # a member has no loss there


def test_two_factors_are_a_grid_and_the_bet_has_its_picture() -> None:
    page = choose(open_compare(max_steps="2"), "cell", ["rnn", "gru"])
    page.selectbox(key="experiment_second").set_value("hidden_size")
    look(page)
    page.text_input(key="levels_hidden_size").set_value("3, 4")
    look(page)
    press(is_measured(look(page)), "place_bet")
    press(page, "start_experiment")
    wait_for(lambda: "**The verdict**" in texts(look(page)), "the verdict")
    assert lines_of_bet(page) == ["bet", "result"]
    assert all(part(page, f"experiment_{name}") for name in ("grid", "curves", "levels"))
    rows = part(page, "experiment_levels")[1]["rows"]
    assert len(rows) == 4 and "6 comparisons" in texts(page)


def test_what_a_visit_remembers_of_its_measurements_keeps_no_list_alive() -> None:
    choose(open_compare(), levels=["rnn", "gru"])
    keys = [key for visit in server.server().visits.all() for key in visit.measurements]
    assert any(key[0] == "member_seconds" for key in keys)
    assert not any(isinstance(part, Corpus) for key in keys for part in key)
