"""Experiments at work: members have the losses that each has alone, whatever comes between."""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dino.config import Config
from dino.count_teacher import table_bytes
from dino.data import load_bundled, make_corpus
from dino.engines import Engines
from dino.experiments.committees import LETTER_BYTES, NAME_BYTES
from dino.experiments.folder import results_table
from dino.experiments.member import DIVERGED, DONE, FAILED, Outcome, train_member, with_fewer_points
from dino.experiments.plan import make_plan
from dino.experiments.verdict import judge
from dino.jobs import RunEntry, limits
from dino.jobs.experiment_best import entry_of_best
from dino.locale.sentences import Refusal, sentence
from dino.parts import finish
from dino.saved.saved_run import from_bytes, to_bytes
from dino.together import letter_losses
from dino.train import Trainer

SMALL = Config(engine="torch", hidden_size=3, batch_size=4, max_steps=12)
LONG = SMALL.replace(max_steps=100_000)
split = partial(load_bundled, "dinos")


def plan_of(config=SMALL, seeds=1, splits=2):
    return make_plan(config, ["cell=rnn,gru"], seeds, splits)


def begin(pool, plan, browser="mine", exam=False):
    return pool.begin_experiment(plan, partial(split, exam=exam), browser)


def work(experiment, until, most=100_000):
    """Give it turns until a condition holds."""
    for _ in range(most):
        if until():
            return
        experiment.work()
    raise AssertionError("it did not come to that")


def work_to_the_end(experiment):
    work(experiment, lambda: experiment.done)


@pytest.fixture(scope="module")
def alone():
    """What each member of the small plan gives alone, as `sweep` trains it."""
    names = load_bundled().cleaned
    return [train_member(member.config, names) for member in plan_of().members()]


def facts(outcomes):
    """All that training determines: not the seconds."""
    return [{**vars(outcome), "seconds": 0} for outcome in outcomes]


def test_its_members_give_what_each_gives_alone_and_the_same_table(jobs, alone):
    experiment = begin(jobs, plan_of())
    work_to_the_end(experiment)
    assert facts(experiment.outcomes) == facts(alone)
    assert results_table(experiment.plan, experiment.found) == results_table(
        plan_of(), dict(enumerate(alone))
    )
    assert experiment.phase == "done" and experiment.steps_made == 4 * SMALL.max_steps
    assert experiment.losses.shape == (2, 1, 2, 1) and np.isfinite(experiment.losses).all()


def test_no_member_writes_names_but_the_best_ones(jobs, monkeypatch):
    asked = []
    write = Engines.write
    monkeypatch.setattr(Engines, "write", lambda *its: asked.append(its) or write(*its))
    experiment = begin(jobs, plan_of())
    work_to_the_end(experiment)
    losses = [outcome.loss for outcome in experiment.outcomes]
    lowest_yet = [loss < min(losses[:i], default=math.inf) for i, loss in enumerate(losses)]
    assert len(asked) == sum(lowest_yet) < len(losses)


def work_with_interruptions(experiment):
    """To its end; it is parked after each step that shows."""
    seen = 0
    while not experiment.done:
        experiment.work()
        if experiment.steps_made > seen and experiment.running:
            seen = experiment.steps_made
            experiment.park()
            work(experiment, lambda: not experiment.loaded)
            assert experiment.phase == ("done" if experiment.done else "paused")
            experiment.see(True)
            assert experiment.running != experiment.done


def test_parked_and_continued_in_the_middle_it_gives_the_same(jobs, alone, monkeypatch):
    monkeypatch.setattr(limits, "SLICE", 0.0)  # a part a slice: it stops midway
    monkeypatch.setattr(limits, "PUBLISH", 0.0)
    experiment = begin(jobs, plan_of())
    work_with_interruptions(experiment)
    assert facts(experiment.outcomes) == facts(alone)


def test_parked_it_counts_among_the_runs_that_no_page_shows(jobs, monkeypatch):
    experiment = begin(jobs, plan_of())
    work(experiment, lambda: experiment.steps_made > 1)
    experiment.park()
    work(experiment, lambda: not experiment.loaded)
    experiment.see(False)
    monkeypatch.setattr(limits, "PAUSE_AFTER", -1)
    jobs.tidy()
    assert experiment in jobs.experiments_of("mine")
    monkeypatch.setattr(limits, "PARKED_RUNS", 0)
    jobs.tidy()  # only the progress of its present member is given up
    assert experiment in jobs.experiments_of("mine") and experiment.phase == "paused"
    experiment.play()
    work_to_the_end(experiment)


@pytest.mark.usefixtures("kernels")
def test_on_the_kernels_too(jobs, monkeypatch):
    monkeypatch.setattr(limits, "PUBLISH", 0.0)
    config = SMALL.replace(engine="compiled", max_steps=30, letter_dropout=0.2)
    plan, names = make_plan(config, ["hidden_size=3,5"], 1, 2), load_bundled().cleaned
    experiment = begin(jobs, plan)
    work_with_interruptions(experiment)
    alone = [train_member(member.config, names) for member in plan.members()]
    assert facts(experiment.outcomes) == facts(alone)
    assert {outcome.engine for outcome in experiment.outcomes} == {"compiled"}


def test_a_member_that_was_given_up_begins_again_and_gives_the_same(jobs, alone, monkeypatch):
    monkeypatch.setattr(limits, "SLICE", 0.0)
    monkeypatch.setattr(limits, "PUBLISH", 0.0)
    experiment = begin(jobs, plan_of())
    work(experiment, lambda: experiment.steps_made > SMALL.max_steps + 2)
    experiment.park()
    work(experiment, lambda: not experiment.loaded)
    jobs.drop(experiment)  # the server is short of room
    assert experiment.steps_made == SMALL.max_steps and experiment.phase == "paused"
    assert experiment in jobs.experiments_of("mine")
    experiment.play()
    work_to_the_end(experiment)
    assert facts(experiment.outcomes) == facts(alone)


def test_only_the_best_member_keeps_weights(jobs):
    experiment = begin(jobs, plan_of())
    work_to_the_end(experiment)
    number, run = experiment.best
    assert number == int(np.argmin([outcome.loss for outcome in experiment.outcomes]))
    assert run.val_loss == experiment.outcomes[number].loss and run.weights is not None
    assert not experiment.loaded and experiment.nbytes < 200_000
    (shown,) = run.snapshots
    assert shown.step == run.best[0] and shown.names == run.best_moment.names != ()
    assert shown.weights is None and run.best_moment.weights is not None


def keep_best(pool, experiment):
    """Have the best member's run in its browser's list, as a page does."""
    *_, (share, entry) = entry_of_best(experiment, pool.baselines.count)
    assert share == 1
    pool.keep_best(entry)
    return next(it for it in pool.runs_of("mine") if it.token == experiment.best_token)


def test_the_best_members_run_is_one_of_the_visit_as_it_was_trained(jobs):
    experiment = begin(jobs, plan_of(SMALL.replace(exam=True)), exam=True)
    work_to_the_end(experiment)
    number, _ = experiment.best
    member = experiment.members[number]
    alone = Trainer(member.config, split(member.config.split_seed, exam=True))
    alone.advance()
    alone.settle()
    entry = keep_best(jobs, experiment)
    assert np.array_equal(entry.run.weights, alone.run().weights)
    assert np.array_equal(entry.run.val_name_losses, alone.run().val_name_losses)
    assert entry.run.best_moment.names == alone.run().best_moment.names != ()
    assert (entry.number, entry.run.config) == (1, member.config)
    assert entry.title == sentence("Best of an experiment")
    assert entry.corpus.exam == alone.corpus.exam != () and entry.baselines
    job = jobs.reopen(entry, "page")
    assert job.phase == "kept" and job.run.weights is not None
    found = from_bytes(to_bytes(job.run, None, job.corpus))
    assert np.array_equal(found.run.weights, entry.run.weights) and found.packed is None


def test_opened_twice_it_is_one_run_also_after_it_was_deleted_or_lost_its_weights(jobs):
    experiment = begin(jobs, plan_of())
    work_to_the_end(experiment)
    first = keep_best(jobs, experiment)
    jobs.name_run("mine", first.number, "my best")
    jobs.remove("mine", first.number)
    assert jobs.runs_of("mine") == []
    assert keep_best(jobs, experiment).number == first.number
    jobs.kept_of("mine").change(first.token, RunEntry.without_weights)
    again = keep_best(jobs, experiment)
    assert (again.number, again.title) == (
        first.number,
        "my best",
    ) and again.run.weights is not None
    job = jobs.reopen(again, "page")
    job.run = job.run.without_weights()
    keep_best(jobs, experiment)
    assert job.run.weights is not None and len(jobs.runs_of("mine")) == 1


def test_it_is_bounded_with_the_other_kept_runs(jobs, monkeypatch):
    monkeypatch.setattr(limits, "KEPT_RUNS", 3)
    experiments = [begin(jobs, plan_of()) for _ in range(2)]
    for experiment in experiments:
        work_to_the_end(experiment)
        keep_best(jobs, experiment)
    (only,) = jobs.runs_of("mine")  # two experiments and one run
    assert only.token == experiments[1].best_token


def test_a_stopped_experiment_has_the_best_of_the_members_that_are_over(jobs):
    experiment = begin(jobs, plan_of())
    work(experiment, lambda: len(experiment.outcomes) == 2)
    experiment.stop()
    experiment.work()
    losses = [outcome.loss for outcome in experiment.outcomes]
    assert keep_best(jobs, experiment).run.val_loss == min(losses)


def test_a_member_that_fails_or_diverges_is_noted_and_the_others_are_trained(jobs):
    def some(seed):
        if seed == 1:
            raise MemoryError("no room\nat all")
        return split(seed)

    wild = Config(
        engine="torch",
        hidden_size=32,
        batch_size=4,
        max_steps=200,
        optimizer="momentum",
        clip_norm=0,
        average=0,
    )
    plan = make_plan(wild, ["learning_rate=0.001,10"], 1, 2)
    experiment = jobs.begin_experiment(plan, some, "mine")
    work_to_the_end(experiment)
    found = experiment.outcomes
    assert [outcome.status for outcome in found] == [DONE, DIVERGED, FAILED, FAILED]
    assert found[2].message == "MemoryError: no room at all"
    assert found[1].message.startswith("Stopped at update") and experiment.best[0] == 0
    assert not experiment.loaded and not experiment.failed


def test_pause_continue_stop(jobs):
    experiment = begin(jobs, plan_of(LONG))
    work(experiment, lambda: experiment.steps_made > 0)
    experiment.pause()
    before = experiment.steps_made
    experiment.work()
    assert experiment.phase == "paused" and not experiment.done
    experiment.play()
    work(experiment, lambda: experiment.steps_made > before)
    experiment.stop()
    experiment.work()
    assert experiment.phase == "done" and experiment.settled and not experiment.loaded
    experiment.play()  # there is nothing to continue
    assert not experiment.running and experiment.outcomes == ()


def test_it_counts_as_one_run_at_work_however_many_members(jobs):
    start = [begin(jobs, plan_of(LONG)) for _ in range(limits.RUNNING_AT_ONCE)]
    assert jobs.count_running() == limits.RUNNING_AT_ONCE
    for experiment in start:
        experiment.work()
        assert experiment.phase == "running"
    job = jobs.create(LONG, split(0), "mine", "page")
    job.play()
    job.work()
    assert job.phase == "waiting"
    start[0].stop()
    while job.phase != "running":
        job.work()
    late = begin(jobs, plan_of(LONG))
    late.work()
    assert late.phase == "waiting"
    assert begin(jobs, plan_of(LONG), "other").phase == "running"


def test_it_is_no_run_of_the_list_but_takes_the_place_of_one(jobs, monkeypatch):
    monkeypatch.setattr(limits, "KEPT_RUNS", 2)
    experiment = begin(jobs, plan_of())
    work_to_the_end(experiment)
    assert jobs.runs_of("mine") == [] and jobs.at_work("mine", 0) is None
    assert jobs.kept_of("mine").experiments == 1 and jobs.find(experiment.token) is None
    for _ in range(2):
        job = jobs.create(SMALL, split(0), "mine")
        job.play()
        while not (job.done and job.settled):
            job.work()
        jobs.drop(job)
        while job.loaded:
            job.work()
    assert [entry.number for entry in jobs.runs_of("mine")] == [2]
    jobs.remove_experiment(experiment)
    assert jobs.kept_of("mine").experiments == 0


def test_two_experiments_and_a_run_share_the_workers_fairly(pool, wait_until):
    """The queue's own count of worker seconds: those that train all the time have the same."""
    shared = pool(1)
    small = begin(shared, plan_of(LONG), "one")
    large = begin(shared, plan_of(LONG.replace(hidden_size=64)), "two")
    job = shared.create(LONG, split(0), "three", "page")
    job.play()
    wait_until(lambda: min(work.turn for work in (small, large, job)) > 0.5, "half a second each")
    turns = [work.turn for work in (small, large, job)]
    assert max(turns) - min(turns) < 0.3  # a slice or two; the first one loads PyTorch


def test_it_pauses_without_a_page_and_continues_when_one_is_back(pool, clock, wait_until):
    shared = pool()
    experiment = begin(shared, plan_of(LONG))
    wait_until(lambda: experiment.steps_made > 0, "steps")
    shared.see({"other"})
    clock.now += limits.PAUSE_AFTER + 1
    shared.tidy()
    wait_until(lambda: not experiment.loaded, "its memory given back")
    assert experiment.phase == "paused"
    before = experiment.steps_made
    shared.see({"mine"})
    wait_until(lambda: experiment.steps_made > before, "more steps")
    assert experiment in shared.experiments_of("mine")


def test_it_ends_with_its_browsers_visit_and_when_all_is_erased(jobs, clock):
    jobs.clock = clock
    mine, other = begin(jobs, plan_of(LONG)), begin(jobs, plan_of(LONG), "other")
    jobs.erase("mine")
    assert jobs.experiments_of("mine") == [] and mine.done
    mine.work()
    assert not mine.loaded
    assert jobs.experiments_of("other") == [other] and not other.done


def test_a_browser_whose_time_is_over_leaves_no_experiment(pool, clock):
    shared = pool()
    experiment = begin(shared, plan_of(LONG))
    shared.see(set())
    clock.now += limits.KEEP_RUN - 1
    shared.tidy()
    assert shared.experiments_of("mine") == [experiment]
    clock.now += 2
    shared.tidy()
    assert shared.experiments_of("mine") == [] and experiment.done


def test_the_oldest_that_is_over_makes_place_and_one_at_work_never(jobs, monkeypatch):
    monkeypatch.setattr(limits, "EXPERIMENTS", 2)
    first, second = begin(jobs, plan_of(LONG)), begin(jobs, plan_of(LONG))
    with pytest.raises(Refusal, match="at most 2 unfinished experiments"):
        begin(jobs, plan_of(LONG))
    second.stop()
    third = begin(jobs, plan_of(LONG))
    assert jobs.experiments_of("mine") == [third, first]


def test_a_deleted_one_comes_back_to_its_place_until_a_new_one_needs_it(jobs, monkeypatch):
    monkeypatch.setattr(limits, "EXPERIMENTS", 3)
    first, second = begin(jobs, plan_of(LONG)), begin(jobs, plan_of())
    jobs.remove_experiment(first)
    jobs.remove_experiment(second)
    assert first.done and jobs.experiments_of("mine") == []
    assert jobs.removed_experiments("mine") == [first, second]
    assert jobs.removed_experiments("other") == [] and jobs.kept_of("mine").experiments == 0
    jobs.put_back_experiment(second)
    third = begin(jobs, plan_of())
    assert jobs.experiments_of("mine") == [third, second]
    assert [it.number for it in (first, second, third)] == [1, 2, 3]
    assert jobs.next_to_go("mine") is first  # one that is deleted, not the oldest that is over
    fourth = begin(jobs, plan_of())
    assert jobs.removed_experiments("mine") == []
    jobs.put_back_experiment(first)  # too late
    assert jobs.experiments_of("mine") == [fourth, third, second]
    assert jobs.kept_of("mine").experiments == 3 and jobs.next_to_go("mine") is second


def test_a_deleted_one_goes_with_all_else_of_its_browser(jobs):
    experiment = begin(jobs, plan_of())
    jobs.remove_experiment(experiment)
    jobs.erase("mine")
    assert jobs.removed_experiments("mine") == [] and jobs.all_jobs() == []


def test_what_can_never_fit_is_refused(jobs):
    jobs.memory.limit = limits.BASE_BYTES
    with pytest.raises(Refusal, match="hidden size"):
        begin(jobs, make_plan(SMALL, ["hidden_size=3,512"]))
    assert jobs.experiments_of("mine") == []


def granted_room(jobs, experiment):
    """The fewest free bytes with which it is granted room for a trainer."""
    granted = []
    fits = jobs.may_load

    def ask(job):
        granted.append(bisect_left(range(10**9), True, key=lambda it: jobs.memory.fits(job, it)))
        return fits(job)

    jobs.may_load = ask
    work(experiment, lambda: granted)
    return granted[0]


def test_it_asks_room_for_the_soft_targets_of_any_of_its_members(jobs):
    taught = SMALL.replace(count_teacher=0.5)
    plain, varied = (
        granted_room(jobs, jobs.begin_experiment(plan, lambda _: replace(split(0)), "mine"))
        for plan in (
            make_plan(SMALL, ["learning_rate=0.005,0.01"]),
            make_plan(SMALL, ["count_teacher=0,0.5"]),
        )
    )
    assert varied - plain >= table_bytes(taught, split(0)) > 1_000_000


def test_room_for_soft_targets_counts_as_taken_before_a_member_has_them(jobs):
    experiment = begin(jobs, make_plan(LONG, ["count_teacher=0,0.5"]))
    work(experiment, lambda: experiment.steps_made)
    table = table_bytes(LONG.replace(count_teacher=0.5), experiment.corpus)
    assert not experiment.config.count_teacher
    lists = experiment.nbytes + experiment.corpus.encoded_bytes
    assert jobs.memory.counted_bytes([experiment]) - jobs.memory.counted_bytes([]) == lists + table


def test_it_trains_a_list_of_its_browsers_own_and_drops_the_arrays(jobs):
    cleaned = load_bundled().cleaned
    experiment = jobs.begin_experiment(
        plan_of(), lambda seed: make_corpus(cleaned, "mine", seed, owner="mine"), "mine"
    )
    work_to_the_end(experiment)
    assert experiment.list_title == "mine" and "train_arrays" not in vars(experiment.corpus)


curves = st.lists(
    st.one_of(st.none(), st.floats(0, 5)), min_size=1, max_size=200
)  # None: not a number


@given(curves, st.integers(0, 60))
def test_a_thinned_curve_is_short_and_has_the_first_the_last_and_the_lowest(losses, points):
    whole = Outcome({}, DONE, val_steps=tuple(range(len(losses))), val_losses=tuple(losses))
    curve = with_fewer_points(whole, points)
    found = dict(zip(curve.val_steps, curve.val_losses, strict=True))
    assert len(found) <= max(3, points) or len(found) == len(losses)
    assert all(losses[step] == loss for step, loss in found.items())
    assert {0, len(losses) - 1} <= found.keys() and [*found] == sorted(found)
    known = [loss for loss in losses if loss is not None]
    assert not known or min(known) == min(it for it in found.values() if it is not None)


def test_a_thousand_members_keep_few_points_and_little_memory(jobs):
    plan = make_plan(SMALL, ["hidden_size=3,4"], 100, 5)
    experiment = begin(jobs, plan)
    curve = {"val_steps": tuple(range(2000)), "val_losses": (1.0,) * 2000}
    outcome = Outcome(SMALL.as_dict(), DONE, val_loss=1.0, **curve)
    points = limits.EXPERIMENT_POINTS // plan.count
    experiment.outcomes = tuple(with_fewer_points(outcome, points) for _ in range(plan.count))
    assert sum(len(it.val_steps) for it in experiment.outcomes) <= limits.EXPERIMENT_POINTS
    assert experiment.done and experiment.nbytes < 5_000_000
    assert math.isclose(float(experiment.losses.mean()), 1.0)


def letters_alone(config):
    """−ln p of each held-out letter, by a network that trained alone; a name each."""
    corpus = split(config.split_seed)
    trainer = Trainer(config, corpus)
    trainer.advance()
    return finish(letter_losses(trainer.eval_model, corpus.vocab, corpus.val, config.context))


def check_committees(experiment):
    """Each one's figures are those of members that trained alone, in any grouping."""
    plan, found = experiment.plan, experiment.committees.results(judge(experiment.losses))
    assert len(found) == 2
    gaps: dict[int, list[float]] = {0: [], 1: []}
    for level, number in itertools.product(range(2), range(plan.splits)):
        places = (m for m in plan.members() if m.place[:3] == (level, 0, number))
        members = [letters_alone(member.config) for member in places]
        together = [-np.log(np.exp(-np.array(name)).mean(0)) for name in zip(*members, strict=True)]
        alone = [np.array(name).mean(0) for name in zip(*members, strict=True)]
        gaps[level].append(np.concatenate(alone).mean() - np.concatenate(together).mean())
    for level, result in enumerate(found):
        assert (result.members, result.splits) == (plan.seeds, plan.splits)
        assert result.difference.lower_by == pytest.approx(np.mean(gaps[level]), abs=1e-6)
        assert result.difference.lower_by > 0
        mean = experiment.losses[level].mean()
        assert result.alone == pytest.approx(mean, abs=1e-5)


@pytest.mark.parametrize("splits", [1, 2])
def test_the_committee_of_each_level_is_that_of_its_members_alone(jobs, monkeypatch, splits):
    monkeypatch.setattr(limits, "SLICE", 0.0)
    monkeypatch.setattr(limits, "PUBLISH", 0.0)
    experiment = begin(jobs, plan_of(seeds=2, splits=splits))
    work_with_interruptions(experiment)
    check_committees(experiment)


@pytest.mark.usefixtures("kernels")
def test_on_the_kernels_too_there_are_committees(jobs):
    experiment = begin(jobs, plan_of(SMALL.replace(engine="compiled", max_steps=30), 2, 1))
    work_to_the_end(experiment)
    check_committees(experiment)


def test_with_or_without_committees_each_figure_is_the_same(jobs, monkeypatch):
    experiment = begin(jobs, plan_of(seeds=2))
    work_to_the_end(experiment)
    monkeypatch.setattr(limits, "COMMITTEE_BYTES", 1000)
    without = begin(jobs, plan_of(seeds=2))
    work_to_the_end(without)
    assert facts(experiment.outcomes) == facts(without.outcomes)
    assert experiment.best[0] == without.best[0]
    assert np.array_equal(experiment.best[1].weights, without.best[1].weights)
    verdict = judge(without.losses)
    assert len(experiment.committees.results(verdict)) == 2
    assert not without.committees.results(verdict) and without.committees.nbytes == 0
    assert "would take 0.1 MB, and at most 0.0 MB" in str(without.committees.refusal)


def test_one_that_was_stopped_has_the_committees_of_the_seeds_that_its_verdict_counts(jobs):
    plan = plan_of(seeds=3)
    experiment = begin(jobs, plan)
    for done, members in ((4, 0), (6, 0), (8, 2), (11, 2)):
        work(experiment, lambda count=done: len(experiment.outcomes) == count)
        found = experiment.committees.results(judge(experiment.losses))
        assert [it.members for it in found] == [members] * (2 if members else 0)
    experiment.stop()
    experiment.work()
    assert experiment.committees.results(judge(experiment.losses)) == found


def test_a_level_that_is_not_compared_has_no_committee(jobs):
    wild = SMALL.replace(optimizer="momentum", clip_norm=0, max_steps=200, hidden_size=32)
    plan = make_plan(wild, ["learning_rate=0.01,10"], 2, 1)
    experiment = begin(jobs, plan)
    work_to_the_end(experiment)
    statuses = {
        m.place.level: it.status for m, it in zip(plan.members(), experiment.outcomes, strict=True)
    }
    assert statuses == {0: DONE, 1: DIVERGED}
    first, second = experiment.committees.results(judge(experiment.losses))
    assert first.members == 2 and second is None


def test_what_its_committees_take_is_counted_and_within_the_limit(jobs):
    experiment = begin(jobs, plan_of(seeds=2))
    work(experiment, lambda: len(experiment.outcomes) == 7)
    held_out = split().val
    letters = sum(len(name) + 1 for name in held_out)
    most = 4 * (LETTER_BYTES * letters + NAME_BYTES * len(held_out)) + 2_000
    before = experiment.committees.nbytes
    assert 4 * 4 * letters < before <= most < limits.COMMITTEE_BYTES
    work_to_the_end(experiment)
    assert experiment.committees.nbytes < before - 3 * 4 * letters
    assert experiment.nbytes > experiment.committees.nbytes + experiment.best[1].nbytes
