"""A pace: at 'watch' a run goes from moment to moment and rests there; nothing else changes."""

import math
import time

import numpy as np
import pytest

from dino.config import Config
from dino.jobs import limits
from dino.jobs.wishes import Pacer
from dino.jobs.workers import Workers
from dino.presets import PRESETS
from dino.run import snapshot_steps
from dino.train import Trainer

SHORT = Config(engine="torch", hidden_size=4, batch_size=2, max_steps=30)
LONG_AGO = 1e6  # seconds that no test waits


@pytest.fixture
def quick(monkeypatch):
    """All moments of a run last a fifth of a second together."""
    monkeypatch.setattr(limits, "WATCH_SECONDS", 0.2)


@pytest.fixture
def endless_moments(monkeypatch):
    """A moment ends only when somebody acts."""
    monkeypatch.setattr(limits, "WATCH_SECONDS", LONG_AGO)


@pytest.fixture
def at_rest(start, wait_until):
    """A function that gives a watched run which rests at its first moment."""

    def begin(jobs, **more):
        job = start(jobs, **more)
        job.set_pace("watch")
        job.play()
        wait_until(lambda: job.run.step == 1, "the first moment")
        return job

    return begin


# When it leaves a moment


def moments(pacer, max_steps, seconds_a_step=0.0, step=0):
    """At which seconds a run would be at which step, if its updates took so long."""
    now, seen = 1000.0, []
    while step < max_steps:
        now += pacer.rest(step, now)
        pacer.leave(step, max_steps, now)
        now += seconds_a_step * (pacer.goal - step)
        step = pacer.goal
        seen.append((now - 1000.0, step))
    return seen


@pytest.mark.parametrize("max_steps", [30, 1200, 20_000, 100_000])
def test_moments_last_equally_long_and_eight_seconds_together(max_steps):
    seen = moments(Pacer(max_steps), max_steps)
    assert [step for _, step in seen] == snapshot_steps(max_steps)
    gaps = np.diff([0.0, *(at for at, _ in seen)])
    assert gaps[0] == 0 and np.allclose(gaps[1:], limits.WATCH_SECONDS / len(seen))
    assert len(seen) >= 11 and 6 < seen[-1][0] < limits.WATCH_SECONDS


def test_a_network_that_takes_part_of_a_moment_takes_no_longer_in_all():
    fast, slow = (moments(Pacer(1200), 1200, seconds) for seconds in (0.0, 0.002))
    assert slow[-1][0] == pytest.approx(fast[-1][0] + 0.4, abs=0.3)  # the last stretch: 200 steps


def test_a_slow_network_takes_what_it_needs_and_never_hurries_after():
    seen = moments(Pacer(1200), 1200, 0.05)
    assert seen[-1][0] == pytest.approx(60, rel=0.1)
    early = [at for at, step in seen if step < 100]
    assert min(np.diff(early)) > 0.8 * Pacer(1200).interval


def test_a_larger_budget_keeps_the_length_of_a_moment():
    pacer = Pacer(30)
    moments(pacer, 30)
    more = moments(pacer, 300, step=30)
    assert [step for _, step in more] == [step for step in snapshot_steps(300) if step > 30]
    assert np.allclose(np.diff([at for at, _ in more]), Pacer(30).interval)


# What comes of it


@pytest.mark.long
def test_a_run_is_the_same_at_any_pace(pool, start, wait_until, corpus, same_losses, quick):
    config = SHORT.replace(max_steps=400, letter_dropout=0.2, hidden_dropout=0.2)
    jobs, seen = pool(), []
    job = start(jobs, config)
    job.set_pace("watch")
    job.play()
    for step, pace in ((10, "full"), (60, "watch"), (100, "full"), (150, "watch")):
        wait_until(lambda step=step: job.run.step >= step, f"step {step}")
        job.set_pace(pace)
        seen.append(job.run.step)
    wait_until(lambda: job.done and job.settled, "the end")
    trainer = Trainer(config, corpus)
    while not trainer.done:
        trainer.step()
    whole = trainer.run()
    same_losses(job.run.losses, whole.losses)
    same_losses(job.run.val_losses, whole.val_losses)
    assert np.array_equal(job.run.weights, whole.weights)
    assert [s.step for s in job.run.snapshots] == [s.step for s in whole.snapshots]


def test_every_moment_is_shown(pool, start, wait_until, monkeypatch):
    monkeypatch.setattr(limits, "WATCH_SECONDS", 2.0)
    job, seen = start(pool(), SHORT), set()
    job.set_pace("watch")
    job.play()

    def ends():
        seen.add(job.run.step)
        return job.done and job.settled

    wait_until(ends, "the end")
    # A busy machine may miss some, and may end a slice of training on the way to the next.
    assert len(seen & {0, *snapshot_steps(30)}) > 6


@pytest.mark.long
def test_a_first_visitor_sees_noise_turn_into_names(pool, start, wait_until, kernels):
    job, seen = start(pool(), PRESETS["first-success"].config), []
    job.set_pace("watch")
    job.play()
    began = time.monotonic()

    def ends():
        if job.run.step not in seen:
            seen.append(job.run.step)
        return job.done and job.settled

    wait_until(ends, "the end", progress=lambda: len(seen))
    assert len(seen) >= 12 and time.monotonic() - began >= 6


# At rest


def test_a_run_at_rest_counts_as_running_and_holds_no_worker(
    pool, start, at_rest, goes_on, endless_moments
):
    jobs = pool(workers=1)
    job, other = at_rest(jobs), start(jobs)
    other.play()
    goes_on(other, 200)
    assert job.running and job.phase == "running" and job.run.step == 1
    assert jobs.count_running() == 2 and job.speed == 0 < other.speed


@pytest.mark.parametrize(
    "act", [lambda job: job.set_pace("full"), lambda job: job.play()], ids=["full speed", "play"]
)
def test_a_run_at_rest_goes_on_at_once_when_somebody_acts(
    act, pool, at_rest, wait_until, endless_moments
):
    job = at_rest(pool())
    act(job)
    wait_until(lambda: job.run.step > 1, "its next steps")


def test_a_run_at_rest_pauses_at_once_and_may_be_dropped(pool, at_rest, idle, endless_moments):
    jobs = pool()
    job, other = at_rest(jobs), at_rest(jobs, owner="me", page="tab")
    job.pause()
    idle(job)
    assert job.phase == "paused" and job.run.step == job.run.val_steps[-1] == 1
    jobs.drop(other)
    idle(other)
    assert not other.running and jobs.count_running() == 0


def test_a_new_rate_takes_hold_at_rest(pool, at_rest, wait_until, endless_moments):
    job = at_rest(pool())
    job.set_learning_rate(0.05)
    wait_until(lambda: job.run.learning_rate == 0.05, "the new rate")
    assert job.run.step == 1 and job.running


def test_a_run_at_rest_shrinks_and_watching_it_goes_on(
    pool, at_rest, wait_until, clock, endless_moments
):
    jobs = pool()
    job = at_rest(jobs, owner="me", page="tab")
    job.leave("tab")
    clock.now += limits.PAUSE_AFTER + 1
    jobs.tidy()
    wait_until(lambda: not job.loaded, "the packed run")
    job.watch("tab")
    wait_until(lambda: job.run.step == 2, "the next moment")
    assert job.running and job.pace == "watch"


def test_single_steps_are_not_slowed(pool, start, idle, endless_moments):
    job = start(pool())
    job.set_pace("watch")
    job.play(steps=30)
    idle(job)
    assert job.run.step == 30


def test_a_single_step_is_reported_until_the_run_trains_on_at_length(
    pool, start, idle, goes_on, corpus
):
    job = start(pool())
    assert job.step_report is None
    for steps in (1, 5, 1):
        job.play(steps=steps)
        idle(job)
        assert job.step_report.step == job.run.step
        assert job.step_report.loss == pytest.approx(job.run.losses[-1])
    job.set_pace("watch")
    job.play()
    goes_on(job, 5)
    assert job.step_report is None
    trainer = Trainer(job.config, corpus)
    trainer.advance(7)
    assert np.array_equal(job.run.losses[:7], trainer.history.losses)


def test_steps_asked_for_one_by_one_are_all_made(pool, start, idle):
    job = start(pool())
    for _ in range(30):
        job.play(steps=1)
    idle(job)
    assert job.run.step == job.step_report.step == 30


@pytest.mark.long
def test_a_run_that_trains_at_full_speed_slows_down_at_once(
    pool, start, goes_on, wait_until, endless_moments
):
    job = start(pool())
    job.play()
    goes_on(job, 200)
    wait_until(lambda: job.speed > 0, "its speed")
    job.set_pace("watch")
    wait_until(lambda: job.run.step in snapshot_steps(10**6), "the next moment")
    assert job.running and job.speed == 0


def test_another_word_is_no_pace(pool, start):
    job = start(pool())
    with pytest.raises(ValueError, match="watch, full"):
        job.set_pace("slow")
    assert job.pace == "full"


# The queue


class Turns:
    """Work that notes when it had its turns."""

    queued, turn = False, 0.0

    def __init__(self):
        self.at = []

    def work(self):
        self.queued = False
        self.at.append(time.monotonic())
        return False


@pytest.fixture
def workers():
    """Two workers and their queue."""
    workers = Workers(2)
    yield workers
    workers.close()


def test_delayed_work_has_its_turn_when_it_is_due_and_not_before(workers, wait_until):
    delays = {Turns(): delay for delay in (0.3, 0.05, 0.15)}
    began = time.monotonic()
    for work, delay in delays.items():
        workers.enqueue_later(work, delay)
    wait_until(lambda: all(work.at for work in delays), "their turns")
    for work, delay in delays.items():
        assert len(work.at) == 1 and work.at[0] - began >= delay
    assert workers.waiting == 0


def test_delayed_work_that_is_woken_has_one_turn_and_only_the_last_delay_counts(
    workers, wait_until
):
    work, later = Turns(), Turns()
    workers.enqueue_later(work, 0.1)
    workers.enqueue(work)
    wait_until(lambda: work.at, "its turn")
    workers.enqueue_later(work, LONG_AGO)
    workers.enqueue_later(work, 0.15)
    workers.enqueue_later(later, 0.3)
    wait_until(lambda: later.at, "the other's turn")
    assert len(work.at) == 2 and work.at[1] - work.at[0] > 0.1


def test_delayed_work_is_not_begun_once_the_workers_end():
    workers, work = Workers(1), Turns()
    workers.enqueue_later(work, 0.05)
    workers.close()
    workers.enqueue_later(work, 0.0)
    assert work.at == [] and math.isfinite(work.turn)
