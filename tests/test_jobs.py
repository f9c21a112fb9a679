"""Runs at work: they pause, go on, share fairly, and are never lost while somebody watches."""

import os
import random
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from dino import data
from dino import jobs as jobs_module
from dino.config import Config, Writing
from dino.jobs import KEEP, LEASE, SHELF_BYTES, SHELF_RUNS, Full, Jobs, Kept, Study
from dino.lists import clean
from dino.metrics import nearest
from dino.ngram import baselines
from dino.sample import draws, write
from dino.train import Trainer, rebuild

ROOT = Path(__file__).parent.parent
SHORT = Config(engine="torch", hidden_size=4, batch_size=2, max_steps=30)
# On one engine throughout: which one "auto" takes depends on what other tests prepared.
ENDLESS = SHORT.replace(max_steps=100_000)


class Clock:
    """Seconds that pass only when a test says so."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def pool(clock):
    """A function that opens a pool; its workers have ended when the test has."""
    before, opened = set(threading.enumerate()), []

    def open_pool(workers=2):
        opened.append(Jobs(workers, clock))
        return opened[-1]

    yield open_pool
    workers = [t for t in threading.enumerate() if t not in before and t.name == "trainer"]
    for jobs in opened:
        jobs.close()
    for worker in workers:
        worker.join(30)
        assert not worker.is_alive()


@pytest.fixture
def start(corpus, wait_until):
    """A function that creates a job and waits until its network is built."""
    def create(jobs, config=ENDLESS, owner=""):
        job = jobs.create(config, corpus, owner)
        wait_until(lambda: job.run is not None, "the network")
        return job
    return create


@pytest.fixture
def goes_on(wait_until):
    """A function that waits until a job has trained some steps more."""
    def wait(job, steps=20):
        goal = job.run.step + steps
        wait_until(lambda: job.run.step >= goal, f"step {goal}")
    return wait


@pytest.fixture
def idle(wait_until):
    """A function that waits until no worker has anything to do for a job."""
    def wait(job):
        wait_until(lambda: not job.running and not job._queued, "rest")
    return wait


def test_a_new_job_shows_the_untrained_network_and_waits(pool, start, idle, corpus):
    job = start(pool())
    idle(job)
    assert job.run.step == 0 and not job.running and not job.done
    assert job.baselines == baselines(corpus)
    assert job.run.snapshots[0].names


def test_pause_stops_and_what_is_shown_is_the_end(pool, start, goes_on, idle):
    jobs = pool()
    job, other = start(jobs), start(jobs)
    job.play()
    assert job.running
    goes_on(job)
    job.pause()
    assert not job.running
    idle(job)
    paused = job.run
    assert paused.step == job._trainer.step_count > 0
    assert paused.val_steps[-1] == paused.step
    assert paused.val_loss == job._trainer.evaluate()
    other.play()
    goes_on(other, 100)
    assert job.run.step == job._trainer.step_count == paused.step
    job.play()
    goes_on(job)


def test_a_step_is_exactly_one_update(pool, start, goes_on, idle, wait_until):
    jobs = pool()
    job, other = start(jobs), start(jobs)
    for step in (1, 2):
        job.play(steps=1)
        wait_until(lambda: job.run.step > 0 and not job.running, "the step")
        idle(job)
        other.play()
        goes_on(other)
        other.pause()
        assert job.run.step == job._trainer.step_count == step


def test_a_job_plays_to_its_end_and_ends_there(pool, start, wait_until, idle):
    job = start(pool(), SHORT)
    job.play()
    wait_until(lambda: job.done, "the end")
    idle(job)
    assert job.run.step == 30 and not job.running
    job.play()  # there is nothing left to do
    idle(job)
    assert job.run.step == 30 and job.done


def test_train_further_adds_as_many_steps_and_gives_the_same_run(
        pool, start, wait_until, corpus, same_losses):
    job = start(pool(), SHORT)
    job.play()
    wait_until(lambda: job.done, "the end")
    job.extend()
    assert job.running and not job.done
    wait_until(lambda: job.done, "the second end")
    trainer = Trainer(SHORT.replace(max_steps=60), corpus)
    while not trainer.done:
        trainer.step()
    same_losses(job.run.losses, trainer.losses)
    assert np.array_equal(job.run.weights, trainer.average.numpy())


def test_two_runs_at_once_give_what_each_gives_alone(
        pool, corpus, wait_until, same_losses, monkeypatch):
    monkeypatch.setattr(jobs_module, "SLICE", 0.002)  # so that they take many turns
    base = Config(hidden_size=24, max_steps=150, letter_dropout=0.2, hidden_dropout=0.2)
    configs = [base, base.replace(cell="gru", seed=1), base.replace(cell="lstm", seed=2)]
    jobs = pool()
    at_work = [jobs.create(config, corpus) for config in configs]
    for job in at_work:
        job.play()
    wait_until(lambda: all(job.done for job in at_work), "the end")
    for job, config in zip(at_work, configs, strict=True):
        trainer = Trainer(config, corpus)
        while not trainer.done:
            trainer.step()
        same_losses(job.run.losses, trainer.losses)
        same_losses(job.run.val_losses, trainer.val_losses)


def test_a_run_paused_again_and_again_is_the_same_run(pool, start, idle, corpus, same_losses):
    config = ENDLESS.replace(letter_dropout=0.2, hidden_dropout=0.2)
    job = start(pool(), config)
    for steps in (3, 1, 20, 7):
        job.play(steps)
        idle(job)
    job.pause()
    assert job.run.step == 31
    trainer = Trainer(config, corpus)
    same_losses(job.run.losses, [trainer.step() for _ in range(31)])


def test_it_does_not_matter_that_something_else_loaded_pytorch_first():
    # PyTorch then has as many threads as cores, and sums in another order in threads of its own.
    code = """
import time
import torch
from dino.config import Config
from dino.data import load
from dino.jobs import Jobs
from dino.train import Trainer

config = Config(cell="lstm", hidden_size=24, max_steps=60)
trainer = Trainer(config, load())
while not trainer.done:
    trainer.step()
jobs = Jobs(1)
job = jobs.create(config, trainer.corpus)
job.play()
while not job.done:
    time.sleep(0.005)
print((job.run.weights == trainer.average.numpy()).all())
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=without_thread_limits(),
                          capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_two_workers_that_load_pytorch_at_once_leave_the_interpreter_as_it_was():
    code = """
import sys
import time
from dino.config import Config
from dino.data import load
from dino.jobs import Jobs

before, jobs, corpus = sys.getswitchinterval(), Jobs(2), load()
made = [jobs.create(Config(hidden_size=4), corpus) for _ in range(2)]
while not all(job.run for job in made):
    time.sleep(0.005)
print(sys.getswitchinterval() == before)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True,
                          timeout=120)
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_python_ends_in_the_midst_of_a_run():
    code = """
import time
from dino.config import Config
from dino.data import load
from dino.jobs import Jobs

jobs = Jobs(2)
job = jobs.create(Config(cell="lstm", max_steps=100_000, engine="torch"), load())
job.play()
while not (job.run and job.run.step):
    time.sleep(0.005)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True,
                          timeout=120)
    assert (done.returncode, done.stderr) == (0, "")


def without_thread_limits():
    limits = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    return {name: value for name, value in os.environ.items() if name not in limits}


def test_a_new_rate_takes_hold_while_it_trains(pool, start, goes_on, wait_until):
    job = start(pool())
    job.play()
    goes_on(job)
    job.set_learning_rate(0.05)
    wait_until(lambda: job.run.learning_rate == 0.05, "the new rate")
    (first, old), (moment, new) = job.run.learning_rates
    assert (first, old, new) == (0, ENDLESS.learning_rate, 0.05)
    assert 0 < moment <= job.run.step
    assert job.running
    goes_on(job)


def test_a_new_rate_is_shown_on_a_paused_run_and_trains_nothing(pool, start, wait_until, idle):
    job = start(pool())
    job.play(steps=5)
    wait_until(lambda: job.run.step == 5, "five steps")
    idle(job)
    job.set_learning_rate(0.05)
    wait_until(lambda: job.run.learning_rates == ((0, ENDLESS.learning_rate), (5, 0.05)), "it")
    assert job.run.step == 5 and not job.running


def test_a_nonsense_rate_is_refused_and_breaks_no_run(pool, start, goes_on):
    job = start(pool())
    job.play()
    with pytest.raises(ValueError, match="learning_rate"):
        job.set_learning_rate(float("nan"))
    goes_on(job)
    assert not job.failed


def test_a_diverged_run_is_done_and_says_why(pool, start, wait_until, idle):
    wild = ENDLESS.replace(optimizer="momentum", learning_rate=10, clip_norm=0, average=0)
    job = start(pool(), wild)
    job.play()
    wait_until(lambda: job.done, "the end")
    idle(job)
    assert job.run.stopped.startswith("Stopped at step")
    assert not job.failed and not job.running


# Writing

@pytest.mark.parametrize("way, how, context", [
    (Writing(count=7, temperature=0.7, draw=3), {"temperature": 0.7}, 2),
    (Writing(count=7, top_k=4, prefix=" TRI ", draw=3), {"top_k": 4, "prefix": "tri"}, 2),
    (Writing(count=7, carry=True, draw=3), {}, 0),
], ids=["warm", "top", "carried"])
def test_names_are_written_with_the_weights_of_the_moment_while_it_trains(
        way, how, context, pool, start, goes_on, corpus):
    config = ENDLESS.replace(context=2)
    job = start(pool(), config)
    job.play()
    goes_on(job)
    before = job.run
    job.write(way)
    assert job.running
    assert before.step <= job.written.step <= job.run.step
    assert job.written.writing == way
    job.pause()
    job.write(way)
    model = rebuild(config, 27, job.run.weights)
    expected = write(model, corpus.vocab, draws(7, 3), context=context, **how)
    assert [t.name for t in job.written.traces] == [t.name for t in expected]
    assert job.written.step == job.run.step


def test_greedy_writes_one_name(pool, start):
    job = start(pool())
    job.write(Writing(count=9, greedy=True))
    assert len(job.written.traces) == 1


@pytest.mark.parametrize(
    "bad", [Writing(prefix="🦕"), Writing(prefix="x" * 50)], ids=["emoji", "long"])
def test_first_letters_that_cannot_be_are_refused_and_the_last_names_stay(bad, pool, start):
    job = start(pool())
    job.write(Writing())
    written = job.written
    with pytest.raises(ValueError) as caught:
        job.write(bad)
    assert str(caught.value).isprintable() and len(str(caught.value)) < 250
    assert job.written is written


# Watching

def test_an_unwatched_run_pauses_after_its_lease_and_says_so(pool, start, goes_on, clock, idle):
    job = start(pool(), owner="me")
    job.play()
    job.leave("me")
    clock.now += LEASE - 1
    goes_on(job)
    assert job.running and not job.message
    clock.now += 2
    idle(job)
    assert job.message.startswith(f"Paused by itself at step {job.run.step:,}")
    assert job.message.isprintable() and job.message.endswith(".")


def test_it_goes_on_when_somebody_is_back(pool, start, goes_on, clock, idle):
    job = start(pool(), owner="me")
    job.play()
    job.leave("me")
    clock.now += LEASE + 1
    idle(job)
    job.watch("me")
    job.play()
    assert not job.message
    goes_on(job)


def test_a_watched_run_is_never_paused_nor_let_go(pool, start, goes_on, clock):
    jobs = pool()
    job = start(jobs, owner="me")
    job.watch("you")
    job.leave("me")
    job.play()
    clock.now += 100 * KEEP
    assert job.unwatched_for() == 0
    start(jobs)  # room is made whenever a run is created
    assert jobs.find(job.token) is job
    goes_on(job)


def test_a_run_that_nobody_watched_for_long_is_let_go(pool, start, clock, idle):
    jobs = pool()
    job = start(jobs, owner="me")
    job.play()
    job.leave("me")
    clock.now += KEEP - 1
    start(jobs, owner="you")
    assert jobs.find(job.token) is job
    clock.now += 2
    start(jobs, owner="you")
    assert jobs.find(job.token) is None
    idle(job)


def test_a_full_laboratory_says_so_and_lets_go_of_the_unwatched_first(
        pool, start, clock, corpus, monkeypatch):
    monkeypatch.setattr(jobs_module, "MAX_JOBS", 3)
    jobs = pool()
    mine, yours, theirs = (start(jobs, owner=who) for who in ("me", "you", "they"))
    with pytest.raises(Full) as caught:
        jobs.create(ENDLESS, corpus, "another")
    assert str(caught.value).isprintable() and str(caught.value).endswith(".")
    assert all(jobs.find(job.token) is job for job in (mine, yours, theirs))
    yours.leave("you")
    clock.now += 1
    mine.leave("me")
    clock.now += 1
    another = start(jobs, owner="another")  # the one that has been alone for longer goes
    assert jobs.find(yours.token) is None
    assert all(jobs.find(job.token) is job for job in (mine, theirs, another))


def test_large_networks_fill_it_sooner(pool, start, corpus, monkeypatch):
    large = ENDLESS.replace(cell="lstm", hidden_size=64)
    jobs = pool()
    monkeypatch.setattr(jobs_module, "MAX_BYTES", 4_000_000)
    start(jobs, owner="me")
    with pytest.raises(Full):
        jobs.create(large, corpus, "you")
    start(jobs, owner="you")


def test_a_dropped_job_stops_and_is_forgotten(pool, start, goes_on, idle):
    jobs = pool()
    job = start(jobs)
    job.play()
    goes_on(job)
    assert jobs.running() == 1
    jobs.drop(job)
    idle(job)
    assert jobs.find(job.token) is None
    assert jobs.running() == 0


def test_a_token_finds_its_job_and_no_other(pool, start):
    jobs = pool()
    one, other = start(jobs), start(jobs)
    assert one.token != other.token and len(one.token) >= 12
    assert jobs.find(one.token) is one and jobs.find(other.token) is other
    assert jobs.find("nonsense") is None and jobs.find("") is None


def test_the_owner_steers_and_others_only_once_the_owner_has_gone(pool, start):
    jobs = pool()
    job, nobodys = start(jobs, owner="me"), start(jobs)
    job.watch("you")
    assert job.may_act("me") and not job.may_act("you") and not job.may_act("")
    job.leave("me")
    assert job.may_act("you") and job.may_act("me")
    job.watch("me")
    assert not job.may_act("you")
    assert nobodys.may_act("anybody")


# Sharing

def test_thirty_learners_share_two_workers_fairly(pool, corpus, wait_until, monkeypatch):
    monkeypatch.setattr(jobs_module, "SLICE", 0.004)  # many rounds in little time
    monkeypatch.setattr(jobs_module, "PUBLISH", 0.0)
    jobs = pool()
    at_work = [jobs.create(ENDLESS, corpus) for _ in range(30)]
    wait_until(lambda: all(job.run for job in at_work), "the networks")
    for job in at_work:
        job.play()
    wait_until(lambda: min(job.run.step for job in at_work) >= 200, "200 steps of each")
    steps = [job.run.step for job in at_work]
    for job in at_work:
        job.pause()
    assert max(steps) / min(steps) < 2


def test_an_error_in_one_run_takes_no_worker_along(pool, corpus, wait_until, goes_on):
    class Broken(Trainer):
        def advance(self, steps, seconds):
            raise RuntimeError("out of luck")

    jobs = pool(workers=1)
    right = jobs.build
    jobs.build = lambda config, corpus: (
        Broken(config, corpus) if config.seed == 13 else right(config, corpus))
    broken, sound = (jobs.create(ENDLESS.replace(seed=seed), corpus) for seed in (13, 0))
    broken.play()
    wait_until(lambda: broken.failed, "the error")
    assert broken.done and not broken.running
    assert broken.message.isprintable() and broken.message.endswith(".")
    sound.play()
    wait_until(lambda: sound.run is not None, "the network")
    goes_on(sound)


def test_an_error_while_building_takes_no_worker_along(pool, corpus, wait_until, goes_on):
    def no_memory(config, corpus):
        raise MemoryError

    jobs = pool(workers=1)
    right, jobs.build = jobs.build, no_memory
    broken = jobs.create(ENDLESS, corpus)
    wait_until(lambda: broken.failed, "the error")
    assert broken.run is None and broken.done
    jobs.build = right
    sound = jobs.create(ENDLESS, corpus)
    sound.play()
    wait_until(lambda: sound.run is not None, "the network")
    goes_on(sound)


# Runs that a visitor keeps


@pytest.fixture
def next_run(corpus, wait_until, idle):
    """A function that begins a visitor's next run after `last` and trains it to its end."""
    def begin(jobs, last=None, config=SHORT):
        job = jobs.create(config, corpus, "me", after=last)
        job.play()
        wait_until(lambda: job.done, "the end")
        idle(job)
        return job
    return begin


def test_a_new_run_lays_the_last_one_on_the_shelf(pool, next_run):
    jobs = pool()
    one = next_run(jobs)
    kept = one.kept()
    two = next_run(jobs, one)
    assert jobs.find(one.token) is None
    (laid,) = two.shelf
    assert (laid.number, laid.token, two.number) == (1, one.token, 2)
    assert np.array_equal(laid.run.weights, kept.run.weights)
    assert [m.step for m in laid.run.moments] == [m.step for m in kept.run.moments]
    assert laid.baselines == kept.baselines and two.let_go == 0


def test_an_untrained_run_is_not_worth_keeping(pool, start, corpus):
    jobs = pool()
    one = start(jobs, owner="me")
    assert one.kept() is None
    two = jobs.create(SHORT, corpus, "me", after=one)
    assert two.shelf == () and two.number == 1 and jobs.find(one.token) is None


def test_a_run_at_work_is_laid_aside_as_far_as_it_came(pool, start, goes_on, corpus):
    jobs = pool()
    one = start(jobs, owner="me")
    one.play()
    goes_on(one, 50)
    two = jobs.create(SHORT, corpus, "me", after=one)
    assert not one.running
    assert two.shelf[0].run.step == one._trainer.step_count >= 50


def test_the_oldest_goes_first_and_is_counted(pool, next_run):
    jobs, job = pool(), None
    for _ in range(SHELF_RUNS + 3):
        job = next_run(jobs, job)
    assert [kept.number for kept in job.shelf] == list(range(3, SHELF_RUNS + 3))
    assert job.let_go == 2


def test_the_shelf_is_bounded_in_memory_too(pool, next_run, monkeypatch):
    jobs, job = pool(), None
    for _ in range(3):
        job = next_run(jobs, job)
    one = job.shelf[0].nbytes
    assert job.shelf_bytes == sum(kept.nbytes for kept in job.shelf) <= SHELF_BYTES
    monkeypatch.setattr(jobs_module, "SHELF_BYTES", int(1.5 * one))
    job = next_run(jobs, job)
    assert [kept.number for kept in job.shelf] == [3] and job.let_go == 2


def test_what_is_kept_weighs_little_and_its_ends_keep_their_weights(pool, next_run, monkeypatch):
    monkeypatch.setattr(jobs_module, "KEPT_BYTES", 6000)
    jobs = pool()
    two = next_run(jobs, next_run(jobs))
    moments = two.shelf[0].run.moments
    snapshots = two.shelf[0].run.snapshots
    assert sum(s.weights.nbytes for s in snapshots if s.weights is not None) <= 6000
    assert moments[0].step == 0 and moments[-1].step == SHORT.max_steps


def test_shelves_give_way_to_new_visitors(pool, next_run, start, monkeypatch):
    jobs = pool()
    job = next_run(jobs, next_run(jobs))
    assert len(job.shelf) == 1
    monkeypatch.setattr(jobs_module, "MAX_BYTES", 2 * job.size + 10)
    start(jobs, owner="you")
    assert job.shelf == () and job.let_go == 1 and jobs.find(job.token) is job


def test_where_there_is_no_room_the_last_run_stays(pool, start, goes_on, corpus, monkeypatch):
    jobs = pool()
    one = start(jobs, owner="me")
    one.play()
    goes_on(one)
    monkeypatch.setattr(jobs_module, "MAX_BYTES", 10)
    with pytest.raises(Full):
        jobs.create(SHORT, corpus, "me", after=one)
    assert jobs.find(one.token) is one and one.running


# Studies


def parts(count, broken=False):
    """So many parts, each a growing array that is written in place."""
    result = np.zeros(count)
    for i in range(count):
        if broken and i == 2:
            raise RuntimeError("no")
        result[i] = 1
        yield (i + 1) / count, result


def test_a_study_is_worked_out_in_turns_with_the_runs(pool, start, goes_on, wait_until):
    jobs = pool(workers=1)
    job = start(jobs)
    job.play()
    study = Study(parts(500))
    jobs.enqueue(study)
    wait_until(lambda: study.done, "the study")
    assert study.share == 1 and study.result.sum() == 500
    goes_on(job)


def test_a_study_in_hand_stops_when_its_time_is_up():
    study = Study(parts(10_000))
    assert study.work(seconds=0) is True
    assert study.share == 1 / 10_000 and study.result.sum() == 1
    before = study.result
    study.work(seconds=0)
    assert before.sum() == 1  # a page may still be drawing it
    study.stop()
    assert study.done and study.work() is False


def test_a_study_that_breaks_keeps_its_worker_and_what_it_found(pool, start, goes_on, wait_until):
    jobs = pool(workers=1)
    study = Study(parts(9, broken=True))
    jobs.enqueue(study)
    wait_until(lambda: study.done, "its end")
    assert study.failed and study.result.sum() == 2
    job = start(jobs)
    job.play()
    goes_on(job)


def test_what_a_run_of_the_classroom_s_size_keeps_is_small(trained):
    kept = Kept(1, "", trained.run(), trained.corpus, {})
    assert 30_000 < kept.nbytes < 2_000_000


# Lists of visitors' own

def own_list(count=2000):
    """A private list of so many names."""
    rng = random.Random(0)
    names = {"".join(rng.choices("abcdefgh", k=10)) for _ in range(count)}
    return data.corpus(clean("\n".join(sorted(names))), "Your list", owner="a browser")


def test_a_list_of_ones_own_counts_in_memory_and_is_trimmed_when_laid_aside(
        pool, corpus, wait_until, idle):
    jobs, private = pool(), own_list()
    mine = jobs.create(ENDLESS, private, "me")
    wait_until(lambda: mine.run is not None and mine.baselines, "the network")
    shared = jobs.create(ENDLESS, corpus, "you")
    assert mine.nbytes - mine.size > 2000 * 100 and shared.nbytes == shared.size
    mine.play(steps=3)
    wait_until(lambda: mine.run.step == 3 and not mine.running, "three steps")
    full = private.nbytes
    after = jobs.create(ENDLESS, corpus, "me", after=mine)
    assert [kept.corpus for kept in after.shelf] == [private]
    assert private.nbytes < full  # what only training needs is let go
    assert after.nbytes > after.size + after.shelf_bytes
    again = jobs.create(ENDLESS, private, "me", after=after)  # and made again for the next run
    wait_until(lambda: again.run is not None, "the network")
    again.play(steps=2)
    wait_until(lambda: again.run.step == 2, "two steps")
    idle(again)


def test_large_lists_fill_the_laboratory_sooner(pool, start, monkeypatch):
    monkeypatch.setattr(jobs_module, "MAX_BYTES", 3_000_000)
    jobs = pool()
    big = own_list(20_000)
    with pytest.raises(Full):
        jobs.create(ENDLESS, big, "me")
    start(jobs, owner="me")


def test_names_written_come_with_their_nearest_real_ones(pool, corpus, wait_until):
    job = pool().create(ENDLESS, corpus)
    wait_until(lambda: job.run is not None, "the network")
    job.write(Writing(count=5, prefix=" TyRan"))
    assert all(trace.name.startswith("tyran") for trace in job.written.traces)
    assert list(job.written.nearest) == [nearest(t.name, corpus.names) for t in job.written.traces]
