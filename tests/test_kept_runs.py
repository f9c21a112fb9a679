"""A browser's runs that are over: what stays of them, for how long, and what goes first."""

import random

import numpy as np
import pytest

from dino import data
from dino.config import Config
from dino.jobs import RunEntry
from dino.lists import clean

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
