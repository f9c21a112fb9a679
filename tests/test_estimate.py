"""How long an experiment takes, and the command that trains it elsewhere."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dino.__main__ import main
from dino.commands import sweep
from dino.config import DEFAULT, SETTINGS, Config
from dino.data import load_bundled
from dino.experiments.command import sweep_command
from dino.experiments.estimate import (
    MemberTimes,
    at_load,
    duration_sentence,
    extremes,
    measure_members,
    plan_seconds,
    seconds_left,
    work_of,
)
from dino.experiments.member import DONE, FAILED, Outcome, on_one_engine
from dino.experiments.plan import NO_FACTORS, Factor, Plan, make_plan
from dino.presets import PRESETS
from dino.run import is_evaluation

CORPUS = load_bundled()
SMALL = Config(engine="torch", hidden_size=3, batch_size=4, max_steps=12)


# ---- how long


def test_a_member_takes_its_updates_and_its_measurements() -> None:
    config = DEFAULT.replace(max_steps=1003)
    measured = sum(map(is_evaluation, range(1003))) + 1  # the last step, too
    assert MemberTimes(2.0, 0.0).member(config) == 2006
    assert MemberTimes(0.0, 1.0).member(config) == measured


def test_where_all_members_cost_the_same_one_is_measured_and_counts_for_all() -> None:
    plan = make_plan(DEFAULT, ["optimizer=sgd,adam"], 4, 3)
    assert len(extremes(plan, CORPUS)) == 1
    assert plan_seconds(plan, CORPUS, (2.0,)) == pytest.approx(2 * plan.count)


def test_between_the_cheapest_and_the_dearest_time_grows_as_the_work_does() -> None:
    plan = make_plan(DEFAULT, ["max_steps=1000,2000,3000"], 1, 2)
    low, high = extremes(plan, CORPUS)
    assert (low.max_steps, high.max_steps) == (1000, 3000)
    assert plan_seconds(plan, CORPUS, (10.0, 30.0)) == pytest.approx(2 * 60, rel=0.01)
    assert work_of(plan, CORPUS).shape == plan.shape[:2]


@given(st.floats(0.1, 1e5), st.integers(1, 8), st.integers(0, 60))
def test_beside_others_it_takes_its_fair_share(seconds: float, workers: int, others: int) -> None:
    found = at_load(seconds, workers, others)
    if others < workers:  # each has a worker, and no member is trained by two
        assert found == seconds
    else:
        assert found == pytest.approx(seconds * (others + 1) / workers)
    assert found <= at_load(seconds, workers, others + 1)


@given(st.integers(1, 8), st.integers(0, 60), st.integers(1, 60))
def test_who_shares_one_training_also_shares_its_turns(
    workers: int, others: int, many: int
) -> None:
    found = at_load(20.0, workers, others, many)
    assert 20.0 <= found <= at_load(20.0, workers, others)
    if others == 0:
        assert found == 20.0
    assert at_load(20.0, workers, others * many, many) == pytest.approx(
        at_load(20.0, workers, others)
    )


def test_what_is_left_is_counted_in_the_time_that_the_first_ones_took() -> None:
    plan = make_plan(SMALL, ["max_steps=12,24"], 1, 2)
    members, work = list(plan.members()), work_of(plan, CORPUS)
    assert seconds_left(plan, members, [], CORPUS) is None
    whole = [Outcome({}, DONE, steps=m.config.max_steps, seconds=1.0) for m in members]
    assert seconds_left(plan, members, whole, CORPUS) == 0
    assert seconds_left(plan, members, whole[:2], CORPUS) == pytest.approx(2)
    first = seconds_left(plan, members, whole[:1], CORPUS)
    assert first == pytest.approx((work[0, 0] + 2 * work[1, 0]) / work[0, 0])
    failed = Outcome({}, FAILED)
    assert seconds_left(plan, members, [failed], CORPUS) is None


def test_the_measurement_times_each_of_the_extremes(jobs) -> None:
    plan = make_plan(SMALL.replace(max_steps=200), ["hidden_size=3,48"])
    *_, (share, found) = measure_members(jobs.build, plan, CORPUS)
    assert share == 1 and len(found) == len(extremes(plan, CORPUS)) == 2
    assert all(0 < seconds < 600 for seconds in found)


def test_a_recipe_of_one_step_is_timed_too(jobs) -> None:
    plan = make_plan(SMALL.replace(max_steps=1), ["cell=rnn,gru"])
    *_, (_, found) = measure_members(jobs.build, plan, CORPUS)
    assert all(seconds > 0 for seconds in found)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 second"),
        (40, "40 seconds"),
        (91, "2 minutes"),
        (600, "10 minutes"),
        (5400, "1.5 hours"),
        (7300, "2.1 hours"),
    ],
)
def test_a_duration_in_words(seconds: float, words: str) -> None:
    assert str(duration_sentence(seconds)) == words


# ---- the command


def parsed(command: str, monkeypatch, tmp_path):
    """The plan that the command line makes of a command."""
    found = []
    monkeypatch.setattr(sweep, "carry_out", lambda it, wants_json: found.append(it.plan) or 0)
    monkeypatch.chdir(tmp_path)
    words = shlex.split(command)
    assert words[:4] == ["python", "-m", "dino", "sweep"]
    assert main(words[3:]) == 0
    return found[0]


WILD = Config(
    cell="lstm",
    hidden_size=7,
    optimizer="sgd",
    learning_rate=0.25,
    batch_size=3,
    max_steps=9,
    clip_norm=0,
    average=0,
    letter_dropout=0.1,
    hidden_dropout=0.25,
    context=3,
    seed=5,
    split_seed=2,
    engine="torch",
)
PLANS = {
    "an optimizer with its ladder": (DEFAULT, ["optimizer=sgd,adam"], 2, 4),
    "a grid": (PRESETS["best-lstm"].config, ["hidden_size=16,128", "learning_rate=0.01,10"], 1, 2),
    "every setting": (WILD, ["average=0,0.9"], 3, 3),
    "another optimizer": (DEFAULT.replace(optimizer="sgd"), ["cell=rnn,gru"], 1, 1),
    "a final exam": (DEFAULT.replace(exam=True), ["optimizer=sgd,adam"], 1, 2),
    "a memory": (DEFAULT, ["context=0,1,3"], 3, 2),
}


@pytest.mark.parametrize("name", PLANS)
def test_the_command_trains_the_plan_of_the_page(name: str, monkeypatch, tmp_path) -> None:
    plan = on_one_engine(make_plan(*PLANS[name]), CORPUS)
    found = parsed(sweep_command(plan), monkeypatch, tmp_path)
    assert [*found.members()] == [*plan.members()] and found.rates == plan.rates


def test_the_command_leaves_the_exam_out_only_where_the_plan_has_none() -> None:
    plan = make_plan(DEFAULT, ["cell=rnn,gru"])
    assert "--no-exam" in sweep_command(plan)
    assert "exam" not in sweep_command(make_plan(DEFAULT.replace(exam=True), ["cell=rnn,gru"]))


def test_the_command_names_the_list(monkeypatch, tmp_path) -> None:
    plan = make_plan(DEFAULT, ["cell=rnn,gru"])
    found = sweep_command(plan, "us-first-names", keep_case=True)
    assert "--data us-first-names --keep-case" in found
    assert shlex.split(sweep_command(plan, "my names.txt"))[-3:] == [
        "my names.txt",
        "--out",
        "runs",
    ]


@pytest.mark.parametrize("name", [name for name in SETTINGS if name not in NO_FACTORS])
def test_any_setting_may_be_varied_to_the_ends_of_its_limits(
    name: str, monkeypatch, tmp_path
) -> None:
    setting = SETTINGS[name]
    ends = (False, True) if setting.kind is bool else (setting.low, setting.high)
    levels = setting.choices[:2] or ends
    plan = Plan(WILD, (Factor(name, tuple(levels)),), 1, 1)
    found = parsed(sweep_command(plan), monkeypatch, tmp_path)
    assert [*found.members()] == [*plan.members()]
