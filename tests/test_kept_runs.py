"""A browser's runs that are over: what stays of them, for how long, and what goes first."""

import math
import random
import threading
from dataclasses import replace

import numpy as np
import pytest

from dino import data
from dino.config import Config
from dino.jobs import RunEntry, limits, memory_budget
from dino.jobs.browsers import Browsers
from dino.jobs.memory_budget import MemoryBudget
from dino.lists import clean
from dino.live.loss_words import baseline_differences
from dino.live.status_text import status
from dino.train import Trainer

SHORT = Config(engine="torch", hidden_size=4, batch_size=2, max_steps=30)


@pytest.fixture
def next_run(corpus, wait_until, idle):
    """A function that begins a visitor's next run after `last` and trains it to its end."""

    def begin(jobs, last=None, config=SHORT, owner="me"):
        job = jobs.create(config, corpus, owner, "tab", after=last)
        job.play()
        wait_until(lambda: job.done, "the end")
        idle(job)
        return job

    return begin


def numbers(entries):
    """The numbers of runs."""
    return [entry.number for entry in entries]


def test_the_last_run_is_kept_after_the_new_one(pool, next_run):
    jobs = pool()
    one = next_run(jobs)
    before = one.entry()
    two = next_run(jobs, one)
    assert jobs.find(one.token) is None
    present, after = jobs.runs_of("me")
    assert (present.token, present.number) == (two.token, 2)
    assert (after.number, after.token, after.owner) == (1, one.token, "me")
    assert np.array_equal(after.run.weights, before.run.weights)
    assert [m.step for m in after.run.moments] == [m.step for m in before.run.moments]
    assert after.baselines == before.baselines and jobs.kept_of("me").discarded == 0


def test_a_kept_run_is_still_compared_with_counting_name_by_name(pool, next_run):
    jobs = pool()
    one = next_run(jobs)
    before = baseline_differences(one, one.run)
    next_run(jobs, one)
    kept = jobs.reopen(jobs.find_number("me", 1))
    assert kept is not one and len(before) == len(kept.baselines)
    assert baseline_differences(kept, kept.run) == before


def test_an_untrained_run_is_not_worth_keeping(pool, start, corpus):
    jobs = pool()
    one = start(jobs, owner="me")
    assert one.entry() is None and one.number == 0
    jobs.create(SHORT, corpus, "me", after=one)
    assert jobs.runs_of("me") == [] and jobs.find(one.token) is None


def test_a_running_run_is_kept_as_far_as_it_came(pool, start, goes_on, corpus):
    jobs = pool()
    one = start(jobs, owner="me")
    one.play()
    goes_on(one, 50)
    jobs.create(SHORT, corpus, "me", after=one)
    assert not one.running
    assert jobs.runs_of("me")[0].run.step >= 50


def test_what_a_run_of_the_classroom_s_size_keeps_is_small(trained):
    entry = RunEntry(1, "", trained.run(), trained.corpus, {})
    assert 30_000 < entry.nbytes < 2_000_000


# Numbers


def test_a_run_has_its_number_once_it_trains_and_no_number_is_given_twice(
    pool, corpus, idle, next_run
):
    jobs = pool()
    first, second = (jobs.create(SHORT, corpus, "me", "tab") for _ in range(2))
    second.play(steps=1)
    idle(second)
    assert (first.number, second.number) == (0, 1)
    first.play(steps=1)
    idle(first)
    assert numbers(jobs.runs_of("me")) == [2, 1]
    jobs.delete("me", 2)
    jobs.delete("me", 1)
    assert jobs.runs_of("me") == [] and jobs.find(first.token) is None
    assert next_run(jobs).number == 3
    assert [jobs.knew("me", number) for number in (0, 1, 2, 3, 4, -1)] == [
        *(False, True, True, True, False, False)
    ]
    assert not jobs.knew("you", 1)


def test_each_browser_counts_its_own(pool, next_run):
    jobs = pool()
    mine, yours = next_run(jobs), next_run(jobs, owner="you")
    assert mine.number == yours.number == 1
    assert jobs.find_number("me", 1).token == mine.token
    assert jobs.find_number("you", 1).token == yours.token
    assert jobs.find_number("me", 2) is None and jobs.find_number("nobody", 1) is None


def test_a_run_that_has_just_begun_is_found_before_its_baselines_are(pool, corpus, wait_until):
    jobs = pool()
    jobs.baselines.count = lambda corpus, until: None
    job = jobs.create(SHORT, corpus, "me", "tab")
    job.play()
    assert jobs.at_work("me", 1) is job
    wait_until(lambda: job.run, "its network")
    assert jobs.runs_of("me") == []
    found = jobs.find_number("me", 1)
    assert found.token == job.token and found.baselines == {}
    assert jobs.reopen(found, "another tab") is job


# What becomes of a run


@pytest.mark.parametrize("why", ["dropped", "too many", "no room", "alone for long"])
def test_a_run_that_goes_is_kept_whatever_the_reason(
    why, pool, next_run, clock, monkeypatch, wait_until
):
    jobs = pool()
    one, _ = next_run(jobs), next_run(jobs)
    one.leave("tab")
    if why == "dropped":
        jobs.drop(one)
    elif why == "too many":
        clock.now += 1
        monkeypatch.setattr(limits, "RUNS", 1)
    else:
        clock.now += limits.PAUSE_AFTER + 1
        jobs.tidy()
        wait_until(lambda: not one.loaded, "the packed run")
        monkeypatch.setattr(limits, "PARKED_BYTES", 0 if why == "no room" else 10**9)
        clock.now += limits.KEEP_RUN if why == "alone for long" else 0
    jobs.see({"me"})
    jobs.tidy()
    assert jobs.find(one.token) is None
    assert numbers(jobs.kept_of("me").entries) == [1] and numbers(jobs.runs_of("me")) == [2, 1]


def packed(jobs, browser="me"):
    """Whether all of a browser's kept runs have what training on needs."""
    return all(entry.packed is not None for entry in jobs.kept_of(browser).entries)


def test_a_kept_run_is_opened_and_trained_on_as_if_nothing_had_been(
    pool, corpus, start, idle, wait_until, same_losses
):
    config = SHORT.replace(letter_dropout=0.2, hidden_dropout=0.2, max_steps=60)
    jobs = pool()
    one = start(jobs, config, owner="me", page="tab")
    one.play(steps=20)
    idle(one)
    jobs.create(SHORT, corpus, "me", "tab", after=one)
    wait_until(lambda: packed(jobs), "the packed run")
    again = jobs.reopen(jobs.find_number("me", 1), "tab")
    assert again is not one and (again.token, again.number) == (one.token, 1)
    assert jobs.find(one.token) is again and again.can_continue and again.phase == "paused"
    assert again.run.step == 20 and not again.loaded and jobs.kept_of("me").entries == ()
    assert numbers(jobs.runs_of("me")) == [1]
    again.play()
    wait_until(lambda: again.done and again.settled, "the end")
    trainer = Trainer(config, corpus)
    trainer.advance()
    same_losses(again.run.losses, trainer.history.losses)
    assert again.number == 1 and again.run.val_loss == trainer.run().val_loss


def said_of(job):
    """Where its browser's page says that a run is."""
    return "".join(text for text, _ in status(job, None, True))


def test_a_run_that_is_only_kept_is_shown_and_trains_no_more(pool, next_run, wait_until, idle):
    jobs = pool()
    next_run(jobs, next_run(jobs))
    wait_until(lambda: packed(jobs), "the packed run")
    (kept,) = jobs.kept_of("me").entries
    jobs.kept_of("me").change(kept.token, RunEntry.without_training)
    job = jobs.reopen(kept, "tab")  # as it is now, not as it was
    for ask in (job.play, job.extend, lambda: job.set_learning_rate(0.5), job.pause):
        ask()
        idle(job)
    assert job.phase == "kept" and not job.can_continue and not job.running
    assert job.run.step == 30 and job.learning_rate == SHORT.learning_rate
    assert said_of(job).startswith(
        "Finished 30 updates. Computing took "
    ) and "Paused" not in said_of(job)
    assert said_of(job).endswith("has its weights and writes names.")
    job.run = job.run.without_weights()
    assert said_of(job).endswith("its weights were discarded to save memory.")
    job.run = replace(job.run, stopped="It diverged.")
    assert said_of(job).startswith("It diverged. It can no longer be continued")
    job.run = replace(job.run, stopped="", max_steps=31)
    assert said_of(job).startswith("Paused at update 30 of 31.")
    job.run = kept.run
    jobs.drop(job)
    idle(job)
    assert numbers(jobs.runs_of("me")) == [2, 1] and job.run.step == 30


def test_a_run_that_is_opened_before_it_was_packed_stays_at_work(pool, next_run, idle):
    jobs = pool(workers=1)
    job = next_run(jobs)
    entry = job.entry()
    for _ in range(20):
        jobs.drop(job)
        assert jobs.find(job.token) is None
        again = jobs.reopen(entry, "tab")
        assert jobs.find(job.token) is again and jobs.kept_of("me").entries == ()
        idle(again)
        idle(job)
        assert numbers(jobs.runs_of("me")) == [1]
        job = again


def test_a_run_at_work_is_opened_as_it_is(pool, next_run):
    jobs = pool()
    job = next_run(jobs)
    assert jobs.reopen(job.entry(), "another tab") is job
    job.leave("tab")
    assert job.unwatched_for() == 0


def test_nobodys_runs_are_not_kept(pool, next_run, idle):
    jobs = pool()
    job = next_run(jobs, owner="")
    jobs.drop(job)
    idle(job)
    assert jobs.runs_of("") == []


def test_what_is_erased_is_gone_for_good_also_what_a_worker_still_packs(pool, next_run, idle):
    jobs = pool()
    one = next_run(jobs)
    two, yours = next_run(jobs, one), next_run(jobs, owner="you")
    jobs.drop(two)
    jobs.erase("me")
    idle(one)
    idle(two)
    assert jobs.runs_of("me") == [] and not jobs.knew("me", 1)
    assert jobs.find_number("you", 1).token == yours.token


def test_a_run_is_deleted_while_it_trains(pool, start, goes_on, idle):
    jobs = pool()
    job = start(jobs, owner="me", page="tab")
    job.play()
    goes_on(job)
    jobs.delete("me", 1)
    idle(job)
    assert not job.running and jobs.runs_of("me") == [] and jobs.find(job.token) is None
    jobs.delete("me", 1)  # nothing is left to do


def test_a_visit_ends_half_an_hour_after_its_last_page(pool, next_run, idle, clock):
    jobs = pool()
    next_run(jobs, next_run(jobs)).leave("tab")
    jobs.see({"me"})
    clock.now += limits.KEEP_RUN - 1
    jobs.tidy()
    assert numbers(jobs.runs_of("me")) == [2, 1]
    jobs.see({"me"})
    clock.now += limits.KEEP_RUN - 1
    jobs.see({"you"})
    jobs.tidy()
    assert numbers(jobs.runs_of("me")) == [2, 1]  # the second one has become a kept one
    assert jobs.kept_of("me").is_here is False
    clock.now += 2
    jobs.tidy()
    assert jobs.runs_of("me") == [] and jobs.knew("me", 2)
    assert next_run(jobs).number == 3


# Room: with runs that are made here, in the order in which they were kept


@pytest.fixture
def make_entry(trained):
    """A function that makes an entry of a run of the classroom's size."""
    run, training = trained.run(), trained.pack()

    def make(number, owner="me", corpus=trained.corpus):
        name = f"{owner} {number}"
        return RunEntry(number, name, run, corpus, {"nothing": 3.3}, training, owner)

    return make


def keep(browsers, *entries):
    """Keep runs, one a second."""
    for entry in entries:
        browsers.next_number(entry.owner)
        browsers.keep(entry)
    return browsers.kept_runs(entries[0].owner)


@pytest.fixture
def browsers(clock):
    """What a pool knows of its browsers; each reading of its clock takes a second."""

    def tick():
        clock.now += 1
        return clock.now

    return Browsers(tick)


def state(kept):
    """What is left of each run: 3 all, 2 its weights, 1 row, curve and names."""
    return {
        entry.number: 1 + (entry.run.weights is not None) + (entry.packed is not None)
        for entry in kept.entries
    }


def test_a_browser_keeps_its_latest_two_hundred(browsers, make_entry, monkeypatch):
    monkeypatch.setattr(limits, "KEPT_RUNS", 5)
    kept = keep(browsers, *(make_entry(number) for number in range(1, 9)))
    assert numbers(kept.entries) == [4, 5, 6, 7, 8] and kept.discarded == 3
    monkeypatch.undo()
    assert limits.KEPT_RUNS == 200


def test_curves_of_kept_runs_are_thinned(browsers, make_entry, monkeypatch, trained):
    monkeypatch.setattr(limits, "CURVE_POINTS", 50)
    (entry,) = keep(browsers, make_entry(1)).entries
    assert len(entry.run.losses) <= 50 and len(entry.run.val_losses) <= 50
    assert entry.run.step == trained.step_count and entry.run.val_loss == trained.run().val_loss


def test_what_training_needs_goes_first_then_weights_and_the_oldest_first(
    browsers, make_entry, monkeypatch
):
    entries = [make_entry(number) for number in (1, 2, 3)]
    kept = keep(browsers, *entries)
    seen, names = [state(kept)], kept.entries[0].run.snapshots[-1].names
    while kept.entries:
        monkeypatch.setattr(limits, "KEPT_BYTES", kept.nbytes - 1)
        kept.add(kept.entries[-1])
        seen.append(state(kept))
        if len(seen) == 7:
            assert kept.lightened == 3 and kept.entries[0].run.snapshots[-1].names == names
    assert seen == [
        *({1: 3, 2: 3, 3: 3}, {1: 2, 2: 3, 3: 3}, {1: 2, 2: 2, 3: 3}, {1: 2, 2: 2, 3: 2}),
        *({1: 1, 2: 2, 3: 2}, {1: 1, 2: 1, 3: 2}, {1: 1, 2: 1, 3: 1}),
        *({2: 1, 3: 1}, {3: 1}, {}),
    ]
    assert kept.discarded == 3 and kept.nbytes == 0


def test_the_best_moment_goes_with_the_weights_and_others_before(make_entry):
    entry = make_entry(1)
    lighter = entry.without_training()
    assert lighter.run.best_moment.weights is not None
    assert [moment.step for moment in lighter.run.moments if moment.weights is not None] == sorted(
        {entry.run.best_moment.step, entry.run.kept_step}
    )
    assert entry.nbytes - lighter.nbytes == entry.training_nbytes
    lightest = entry.without_weights()
    assert lightest.run.weights is None and lightest.run.best_moment.weights is None
    assert lighter.nbytes - lightest.nbytes == lighter.weights_nbytes == entry.weights_nbytes
    assert lightest.weights_nbytes == lightest.training_nbytes == 0


def test_best_weights_that_a_run_shares_with_its_trainer_count_once(make_entry):
    entry = make_entry(1)
    best = entry.run.kept_best
    assert entry.packed.history.best is best
    copied = replace(best, weights=best.weights.copy())
    other = replace(entry, run=replace(entry.run, kept_best=copied))
    assert other.nbytes - entry.nbytes == best.weights.nbytes


def test_two_hundred_rows_curves_and_names_fit(make_entry, trained):
    row = make_entry(1).to_keep(0.0).without_weights()
    steps, measured = 1024 * limits.CURVE_POINTS, 9 * limits.CURVE_POINTS
    longest = replace(
        row.run,
        losses=np.zeros(steps, np.float32),
        symbols=np.ones(steps, np.int32),
        val_steps=np.arange(measured),
        val_losses=np.where(np.arange(measured) == 1, 0.0, 1.0),
        train_eval_losses=np.zeros(measured, np.float32),
        snapshots=70 * row.run.snapshots[:1],
    ).with_fewer_points(limits.CURVE_POINTS)
    assert len(longest.losses) == len(longest.val_losses) == limits.CURVE_POINTS
    assert limits.KEPT_RUNS * row.nbytes < limits.KEPT_BYTES
    assert limits.KEPT_RUNS * replace(row, run=longest).nbytes < 2 * limits.KEPT_BYTES


def budget(browsers, limit=10**9):
    """The memory of a server without jobs."""
    return MemoryBudget(limits.BASE_BYTES + limit, 2, lambda: 0, browsers.all_kept)


def test_kept_runs_count_and_those_of_all_browsers_are_bounded(browsers, make_entry, monkeypatch):
    memory = budget(browsers)
    assert memory.counted_bytes([]) == 0
    mine = keep(browsers, make_entry(1), make_entry(2))
    yours = keep(browsers, make_entry(1, "you"), make_entry(2, "you"))
    listed = mine.entries[0].corpus.nbytes  # one list, counted once
    assert memory.counted_bytes([]) == mine.nbytes + yours.nbytes + listed
    total = mine.nbytes + yours.nbytes
    monkeypatch.setattr(limits, "KEPT_SHARE", (total - 10) / memory.capacity)
    memory.bound_kept()
    assert (state(mine), state(yours)) == ({1: 2, 2: 3}, {1: 3, 2: 3})  # the oldest of all
    monkeypatch.setattr(limits, "KEPT_SHARE", 0.0)
    memory.bound_kept()
    assert mine.entries == yours.entries == () and mine.discarded == yours.discarded == 2


def test_a_visitor_alone_has_the_room_that_nobody_else_needs(browsers, make_entry, monkeypatch):
    memory = budget(browsers)
    first = make_entry(1)
    size = first.to_keep(0.0).nbytes
    monkeypatch.setattr(limits, "KEPT_BYTES", 2 * size)
    monkeypatch.setattr(limits, "ALL_KEPT_BYTES", 5 * size)
    browsers.next_number("me")
    browsers.next_number("you")
    for entry in (first, *(make_entry(number) for number in (2, 3, 4))):
        browsers.keep(entry, memory.kept_room)
    mine = browsers.kept_runs("me")
    assert state(mine) == {1: 3, 2: 3, 3: 3, 4: 3}  # more than a browser's own bound
    for number in (1, 2):
        browsers.keep(make_entry(number, "you"), memory.kept_room)
    memory.bound_kept()
    assert state(browsers.kept_runs("you")) == {1: 3, 2: 3}  # late, yet all of the bound
    assert state(mine)[1] < 3 and state(mine)[4] == 3
    assert mine.nbytes + browsers.kept_runs("you").nbytes <= 5 * size


def test_whole_runs_of_browsers_without_a_page_go_first(browsers, make_entry, monkeypatch):
    mine = keep(browsers, make_entry(1), make_entry(2))
    yours = keep(browsers, make_entry(1, "you"))
    browsers.see({"me"})
    memory = budget(browsers)
    rows = sum(e.without_weights().nbytes for e in (*mine.entries, *yours.entries))
    monkeypatch.setattr(limits, "KEPT_SHARE", (rows - 1) / memory.capacity)
    memory.bound_kept()
    assert state(mine) == {1: 1, 2: 1} and state(yours) == {}
    keep(browsers, make_entry(2, "you"))
    browsers.see({"me"})
    monkeypatch.setattr(limits, "KEPT_SHARE", 1.0)
    monkeypatch.setattr(limits, "AWAY_BYTES", yours.nbytes - 1)
    memory.bound_kept()
    assert state(mine) == {1: 1, 2: 1} and state(yours) == {2: 2}


def test_a_run_that_is_to_train_gets_the_room_of_kept_ones(
    pool, next_run, corpus, wait_until, monkeypatch
):
    monkeypatch.setattr(memory_budget, "work_bytes", lambda *_: 0)
    jobs = pool()
    second = next_run(jobs, next_run(jobs))
    wait_until(lambda: packed(jobs), "the packed run")
    second.put_away()  # a finished run would give way before kept ones
    wait_until(lambda: not second.loaded, "its room")
    job = jobs.create(SHORT, corpus, "you", "your tab", build=False)
    taken = jobs.memory.counted_bytes(jobs.all_jobs())
    monkeypatch.setattr(limits, "LEAST_CAPACITY", 0)
    jobs.memory.limit = limits.BASE_BYTES + taken + job.size - 1
    job.play()
    wait_until(lambda: job.run is not None and job.run.step, "its steps")
    assert state(jobs.kept_of("me")) == {1: 2}  # it gave what training on needs, and no more


def test_a_run_for_which_all_of_them_would_not_do_leaves_them_alone(
    pool, browsers, make_entry, corpus, monkeypatch
):
    monkeypatch.setattr(memory_budget, "work_bytes", lambda *_: 0)
    monkeypatch.setattr(limits, "LEAST_CAPACITY", 0)
    mine = keep(browsers, make_entry(1), make_entry(2))
    yours = keep(browsers, make_entry(1, "you"))
    jobs = [pool().create(SHORT, corpus, "me", "tab", build=False)]
    needed = jobs[0].size - jobs[0].nbytes + corpus.encoded_bytes - corpus.nbytes
    budget = MemoryBudget(0, 1, lambda: 0, browsers.all_kept)
    at_least = budget.counted_bytes(jobs) - mine.nbytes - yours.nbytes + needed
    budget.limit = limits.BASE_BYTES + at_least - 1
    assert not budget.make_room(jobs[0], jobs)
    assert state(mine) == {1: 3, 2: 3} and state(yours) == {1: 3}
    budget.limit += 1
    assert budget.make_room(jobs[0], jobs)
    assert state(mine) == state(yours) == {}


def test_lists_of_kept_runs_are_bounded_and_the_newest_stays(browsers, make_entry, monkeypatch):
    first, second = own_list(), own_list()
    kept = keep(browsers, make_entry(1, corpus=first), make_entry(2, corpus=first))
    keep(browsers, make_entry(3, corpus=second))
    assert numbers(kept.entries) == [1, 2, 3]
    monkeypatch.setattr(limits, "KEPT_LISTS_BYTES", first.nbytes)
    kept.add(kept.entries[-1])
    assert numbers(kept.entries) == [3] and kept.discarded == 2
    monkeypatch.setattr(limits, "KEPT_LISTS_BYTES", 0)
    kept.add(kept.entries[-1])
    assert numbers(kept.entries) == [3]


def test_ten_thousand_browsers_are_remembered_those_seen_last(browsers, monkeypatch):
    monkeypatch.setattr(limits, "BROWSERS", 3)
    for name in "abc":
        browsers.next_number(name)
    browsers.see({"a"})
    browsers.next_number("d")
    assert [browsers.knew(name, 1) for name in "abcd"] == [True, False, True, True]


def test_many_threads_leave_a_list_of_runs_that_holds_together(pool, corpus, wait_until):
    jobs, broken = pool(), []

    def visit(seed):
        rng, job = random.Random(seed), None
        try:
            for _ in range(15):
                job = jobs.create(SHORT.replace(seed=seed), corpus, "me", f"tab {seed}", after=job)
                job.play(steps=rng.choice((1, 3, math.inf)))
                entries = jobs.runs_of("me")
                assert len({entry.number for entry in entries}) == len(entries)
                if entries:
                    chosen = rng.choice(entries)
                    if rng.random() < 0.3:
                        jobs.delete("me", chosen.number)
                    elif rng.random() < 0.5:
                        jobs.reopen(chosen, f"tab {seed}").play(steps=1)
                jobs.tidy()
        except BaseException as error:
            broken.append(error)

    threads = [threading.Thread(target=visit, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not broken, broken
    for job in jobs.all_jobs():
        job.pause()
    wait_until(lambda: all(job.settled for job in jobs.all_jobs()), "rest")
    found = numbers(jobs.runs_of("me"))
    assert len(set(found)) == len(found) and all(jobs.knew("me", number) for number in found)


# Lists of visitors' own


def own_list(count=2000):
    """A private list of so many names."""
    rng = random.Random(0)
    names = {"".join(rng.choices("abcdefgh", k=10)) for _ in range(count)}
    return data.make_corpus(clean("\n".join(sorted(names))), "Your list", owner="a browser")


def test_a_list_of_ones_own_is_trimmed_when_its_run_is_an_earlier_one(
    pool, corpus, wait_until, idle
):
    jobs, private = pool(), own_list()
    mine = jobs.create(SHORT, private, "me", "tab")
    wait_until(lambda: mine.run is not None and mine.baselines, "the network")
    mine.play(steps=3)
    idle(mine)
    full = private.nbytes
    assert full > 2000 * 100
    after = jobs.create(SHORT, corpus, "me", "tab", after=mine)
    assert [entry.corpus for entry in jobs.runs_of("me")] == [private]
    assert private.nbytes < full  # what only training needs is not kept
    again = jobs.create(SHORT, private, "me", "tab", after=after)  # made again for the next run
    wait_until(lambda: again.run is not None, "the network")
    again.play(steps=2)
    wait_until(lambda: again.run.step == 2, "two steps")
    idle(again)
