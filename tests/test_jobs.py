"""Jobs: they pause, continue, share fairly, and are never lost while somebody watches."""

import gc
import os
import random
import subprocess
import sys
import threading
import time
import tracemalloc
import weakref
from bisect import bisect_left
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from waiting import PATIENCE

from dino.config import Config, Writing
from dino.data import load_bundled, make_corpus
from dino.evaluation import evaluate
from dino.jobs import Measurement, RunEntry, limits, memory_budget, write_names
from dino.jobs.counts import Counts
from dino.jobs.kept_runs import ROW_BYTES
from dino.jobs.list_share import check_share, held_bytes, list_bytes, text_bytes
from dino.jobs.measurement import Baselines
from dino.jobs.run_work import RunWork
from dino.lists import clean
from dino.locale.sentences import Refusal
from dino.metrics import nearest_name
from dino.model import rebuild
from dino.ngram import NGram, baselines
from dino.parts import finish
from dino.sample import draws, write
from dino.train import Trainer
from dino.ui.visit import Visit

ROOT = Path(__file__).parent.parent
SHORT = Config(engine="torch", hidden_size=4, batch_size=2, max_steps=30)
# Always on one engine: the one that "auto" takes depends on what other tests prepared.
ENDLESS = SHORT.replace(max_steps=100_000)


def test_a_new_job_shows_the_untrained_network_and_waits(pool, start, idle, corpus):
    job = start(pool())
    idle(job)
    assert job.run.step == 0 and not job.running and not job.done
    assert job.baselines == baselines(corpus)
    assert job.run.snapshots[0].names


def test_a_count_that_failed_is_made_again_for_the_next_run(corpus, monkeypatch):
    def without_memory(corpus):
        yield 0.5, {}
        raise MemoryError

    counts = Baselines()
    with monkeypatch.context() as patched:
        patched.setattr("dino.jobs.measurement.baseline_name_losses_in_parts", without_memory)
        with pytest.raises(MemoryError):
            counts.count(corpus, time.monotonic() + 60)
    assert counts.count(corpus, time.monotonic() + 60) == baselines(corpus)


def test_pause_stops_and_what_is_shown_is_the_end(pool, start, goes_on, idle, corpus):
    jobs = pool()
    job, other = start(jobs), start(jobs)
    job.play()
    assert job.running
    goes_on(job)
    job.pause()
    assert not job.running
    idle(job)
    paused = job.run
    assert paused.step > 0 and paused.val_steps[-1] == paused.step
    model = rebuild(job.config, len(corpus.vocab), paused.weights)
    data = corpus.val_arrays
    assert paused.val_loss == pytest.approx(
        evaluate(model, torch.from_numpy(data.inputs), torch.from_numpy(data.targets)), abs=1e-6
    )
    other.play()
    goes_on(other, 100)
    assert job.run.step == paused.step
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
        assert job.run.step == step


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
    pool, start, wait_until, corpus, same_losses
):
    job = start(pool(), SHORT)
    job.play()
    wait_until(lambda: job.done, "the end")
    job.extend()
    assert job.running and not job.done
    wait_until(lambda: job.done, "the second end")
    trainer = Trainer(SHORT.replace(max_steps=60), corpus)
    while not trainer.done:
        trainer.step()
    same_losses(job.run.losses, trainer.history.losses)
    assert np.array_equal(job.run.weights, trainer.state.average.numpy())


@pytest.mark.long
def test_two_runs_at_once_give_what_each_gives_alone(
    pool, corpus, wait_until, same_losses, monkeypatch
):
    monkeypatch.setattr(limits, "SLICE", 0.002)  # so that they take many turns
    base = Config(
        engine="torch", hidden_size=24, max_steps=150, letter_dropout=0.2, hidden_dropout=0.2
    )
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
        same_losses(job.run.losses, trainer.history.losses)
        same_losses(job.run.val_losses, trainer.history.val_losses)


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


@pytest.mark.long
def test_it_does_not_matter_that_something_else_loaded_pytorch_first():
    # With as many threads as cores, PyTorch adds in a different order in its own threads.
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
print((job.run.weights == trainer.state.average.numpy()).all())
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=without_thread_limits(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert (done.stdout, done.stderr) == ("True\n", "")


@pytest.mark.long
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
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE
    )
    assert (done.stdout, done.stderr) == ("True\n", "")


@pytest.mark.long
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
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE
    )
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
    assert str(job.run.stopped).startswith("Stopped at update")
    assert not job.failed and not job.running


# Writing


def written(job, way):
    """The names that a visitor asks for."""
    measurement = Measurement(write_names(job.run, job.corpus, way))
    while measurement.work():
        pass
    if measurement.refusal:
        raise ValueError(measurement.refusal)
    return measurement.result


@pytest.mark.parametrize(
    "way, how, context",
    [
        (Writing(count=7, temperature=0.7, draw=3), {"temperature": 0.7}, 2),
        (Writing(count=7, top_k=4, prefix=" TRI ", draw=3), {"top_k": 4, "prefix": "tri"}, 2),
        (Writing(count=7, carry=True, draw=3), {}, 0),
    ],
    ids=["warm", "top", "carried"],
)
def test_names_are_written_with_the_weights_of_the_moment_while_it_trains(
    way, how, context, pool, start, goes_on, corpus
):
    job = start(pool(), ENDLESS.replace(context=2))
    job.play()
    goes_on(job)
    before = job.run
    names = written(job, way)
    assert job.running and names.writing == way
    assert before.step <= names.step <= job.run.step
    job.pause()
    run = job.run
    names = written(job, way)
    model = rebuild(job.config, 27, run.weights)
    expected = write(model, corpus.vocab, draws(7, 3), context=context, **how)
    assert [t.name for t in names.traces] == [t.name for t in expected]
    assert names.step == run.step


def test_names_are_written_together_with_the_counted_letters_of_the_list(pool, start, corpus):
    job = start(pool())
    way = Writing(count=5, draw=3, temperature=0.7, prefix="tr")
    model = rebuild(job.config, 27, job.run.weights)
    for text, n, share in (("sixes:0.25", 6, 0.25), ("pairs", 2, 0.5)):
        counts = NGram(n, corpus.train, corpus.vocab)
        how = {"temperature": 0.7, "prefix": "tr", "counts": counts, "share": share}
        names = written(job, way.replace(mix=text)).traces
        for name, same in zip(names, write(model, corpus.vocab, draws(5, 3), **how), strict=True):
            assert name.name == same.name and np.array_equal(name.logits, same.logits)
            assert np.array_equal(name.from_network, same.from_network)


def test_a_mixture_that_is_all_network_writes_as_the_network_bit_for_bit(pool, start):
    job = start(pool())
    way = Writing(count=5)
    for own, all_of_it in zip(
        written(job, way).traces, written(job, way.replace(mix="sixes:1")).traces, strict=True
    ):
        assert own.name == all_of_it.name and np.array_equal(own.logits, all_of_it.logits)
        assert own.from_network is all_of_it.from_network is None


def test_a_list_is_counted_once_for_all_who_wait_and_its_counts_go_with_it():
    counts, names = Counts(), load_bundled()
    one, other = counts.count(names, 6), counts.count(names, 6)
    for _ in range(3):  # both have a turn, and neither counts for itself
        next(one), next(other)
    found = finish(one)
    assert finish(other) is found is finish(counts.count(names, 6))
    assert np.array_equal(
        found.next_probs("tyr"), NGram(6, names.train, names.vocab).next_probs("tyr")
    )
    assert counts.nbytes == found.nbytes > 100_000
    del found, one, other, names
    gc.collect()
    assert counts.nbytes == 0


def test_counts_that_were_not_used_for_long_make_room(monkeypatch):
    counts, names = Counts(), load_bundled()
    fours, sixes = (finish(counts.count(names, n)) for n in (4, 6))
    monkeypatch.setattr(limits, "COUNTS_BYTES", sixes.nbytes + fours.nbytes)
    assert finish(counts.count(names, 4)) is fours
    finish(counts.count(names, 3))
    assert counts.nbytes < sixes.nbytes and finish(counts.count(names, 4)) is fours


def test_counts_without_room_take_none_from_others(monkeypatch):
    counts, names = Counts(), load_bundled()
    pairs = finish(counts.count(names, 2))
    monkeypatch.setattr(limits, "COUNTS_BYTES", pairs.nbytes)
    fours, sixes = (finish(counts.count(names, n)) for n in (4, 6))
    assert counts.nbytes == pairs.nbytes + sixes.nbytes  # one that is too large, the last used
    assert finish(counts.count(names, 6)) is sixes and finish(counts.count(names, 2)) is pairs
    assert finish(counts.count(names, 4)) is not fours
    assert counts.nbytes == pairs.nbytes + fours.nbytes
    counts.clear()
    assert counts.nbytes == 0 and finish(counts.count(names, 2)) is not pairs


def test_lists_are_counted_one_after_another_by_whoever_has_a_turn(monkeypatch):
    at_work, build = [], NGram.in_parts

    def count_one(n, names, vocab):
        at_work.append(n)
        assert at_work == [n], "another list is counted at the same time"
        model = yield from build(n, names, vocab)
        at_work.remove(n)
        return model

    monkeypatch.setattr(NGram, "in_parts", count_one)
    counts, lists = Counts(), [load_bundled(), load_bundled()]
    waiting = [counts.count(names, n) for names in lists for n in (2, 3)]
    next(waiting[0])
    assert [finish(it).n for it in reversed(waiting)] == [3, 2, 3, 2]


def test_a_count_for_which_nobody_waits_any_more_is_freed(monkeypatch):
    freed, build = [], NGram.in_parts

    def count_one(n, names, vocab):
        try:
            return (yield from build(n, names, vocab))
        except GeneratorExit:
            freed.append(n)
            raise

    monkeypatch.setattr(NGram, "in_parts", count_one)
    counts, names = Counts(), load_bundled()
    left, other = counts.count(names, 6), counts.count(names, 2)
    next(left), next(other)
    left.close()
    gc.collect()
    assert freed == [6] and finish(other).n == 2


def test_a_list_that_nobody_uses_any_more_goes_though_its_counting_has_begun():
    counts, names = Baselines(), load_bundled()
    assert counts.count(names, until=0) is None
    listed = weakref.ref(names)
    del names
    gc.collect()
    assert listed() is None


def test_memory_counts_what_was_counted_and_it_makes_way(corpus):
    counts = Counts()
    memory = memory_budget.MemoryBudget(1, 1, lambda: 0, lambda: [], counts)
    before, room = memory.counted_bytes([]), memory.capacity
    model = finish(counts.count(corpus, 6))
    assert memory.counted_bytes([]) - before == model.nbytes == counts.nbytes > 0
    memory.names = 5000
    assert memory.counted_bytes([]) - before == model.nbytes + 5000
    of = {"corpus": corpus, "asked_for": SHORT, "loaded": True, "nbytes": 0, "owner": ""}
    of["moments_size"] = 0
    work = next(size for size in range(0, room, 10**5) if memory.fits(job_like(of, 0), size))
    assert not memory.make_room(job_like(of, room), []) and counts.nbytes
    assert memory.make_room(job_like(of, room - work), []) and not counts.nbytes


@pytest.mark.parametrize("beyond, fits", [(0, True), (1, False)])
def test_counted_letters_make_way_for_a_network_and_a_file_where_that_makes_them_fit(
    corpus, beyond, fits
):
    counts = Counts()
    memory = memory_budget.MemoryBudget(1, 1, lambda: 0, lambda: [], counts)
    room = memory.capacity - int(limits.PREVIEW_SHARE * memory.capacity) + beyond
    job = job_like({"corpus": corpus, "asked_for": SHORT, "loaded": True, "nbytes": 0}, 0)
    finish(counts.count(corpus, 6))
    memory.names = room - bisect_left(range(room), True, key=lambda free: memory.fits(job, free))
    assert memory.may_show(job, []) is fits and (counts.nbytes == 0) is fits
    finish(counts.count(corpus, 6))
    memory.names = room - corpus.nbytes - ROW_BYTES
    with nullcontext() if fits else pytest.raises(Refusal, match="has no room"):
        memory.check_opening(
            RunEntry(0, "", SimpleNamespace(nbytes=0, snapshots=()), corpus, {}), []
        )
    assert (counts.nbytes == 0) is fits


def job_like(fields, size):
    """What memory reads of a job."""
    return SimpleNamespace(**fields, size=size)


def test_a_page_opens_if_a_class_has_room_or_its_memory_can_be_freed(corpus):
    counts = Counts()
    memory = memory_budget.MemoryBudget(1, 1, lambda: 0, lambda: [], counts)
    free = memory.capacity
    fit = free // limits.SESSION_BYTES
    assert limits.CLASS_PAGES > fit  # on the smallest server, a class may exceed its memory
    assert memory.has_room_for_page(limits.CLASS_PAGES, [])
    assert not memory.has_room_for_page(limits.CLASS_PAGES + 1, [])
    memory.limit = limits.BASE_BYTES + (pages := limits.CLASS_PAGES + 5) * limits.SESSION_BYTES
    assert memory.has_room_for_page(pages, []) and not memory.has_room_for_page(pages + 1, [])
    memory.pages = 0
    finish(counts.count(corpus, 6))
    assert not memory.has_room_for_page(pages + 1, []) and counts.nbytes and memory.pages == 0
    assert memory.has_room_for_page(pages, []) and not counts.nbytes
    assert memory.pages == pages  # counted before the janitor does


def random_text(names, letters, seed=0):
    """Names of so many letters, one a line."""
    rng = random.Random(seed)
    return "\n".join("".join(rng.choices("abcdefghijkl", k=letters)) for _ in range(names))


@pytest.mark.parametrize("names, letters", [(3500, 58), (10_000, 19), (25_000, 7)])
def test_a_long_list_takes_about_what_is_counted_for_it(names, letters):
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        text = random_text(names, letters)
        corpus = make_corpus(clean(text), "mine", owner="me")
        assert corpus.names and corpus.train_set and corpus.val_set
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert 0.5 < taken / text_bytes(text) < 1.1
    assert held_bytes([corpus]) == pytest.approx(text_bytes(text), rel=0.01)


def test_a_list_counts_once_however_it_is_split_and_short_ones_and_the_apps_own_never():
    text = random_text(4000, 30)
    cleaned, again = clean(text), clean(text)
    split = [make_corpus(cleaned, "mine", seed, "me") for seed in (0, 1)]
    without = split[0].without(split[0].names[:5])
    once = held_bytes(split[:1])
    assert once == list_bytes(cleaned.characters, 4000) > 0
    assert held_bytes([*split, without]) == once
    assert held_bytes([*split, make_corpus(again, "mine", owner="you")]) == 2 * once
    short = make_corpus(clean(random_text(1000, 30)), "mine", owner="me")
    assert held_bytes([short, load_bundled("colombian-towns")]) == 0
    assert list_bytes(limits.SHORT_LIST, 10) == 0 < list_bytes(limits.SHORT_LIST + 1, 10)


def test_long_lists_share_a_part_of_the_memory_and_the_first_one_always_fits():
    most = int(limits.LISTS_SHARE * 100e6)
    check_share(0, 10 * most, 100_000_000)  # a short one
    check_share(10 * most, 0, 100_000_000)
    check_share(most // 2, most - most // 2, 100_000_000)
    with pytest.raises(
        Refusal, match=r"may take 20\.0 MB .* not 31\.0 MB.* at most 100,000 letters"
    ):
        check_share(11_000_000, most, 100_000_000)


def test_a_long_list_has_room_if_its_memory_is_free_or_can_be_freed(corpus):
    counts = Counts()
    memory = memory_budget.MemoryBudget(1, 1, lambda: 0, lambda: [], counts)
    free = memory.capacity - int(limits.PREVIEW_SHARE * memory.capacity)
    assert memory.has_room_for_list(free, []) and not memory.has_room_for_list(free + 1, [])
    finish(counts.count(corpus, 6))
    assert not memory.has_room_for_list(free + 1, []) and counts.nbytes
    assert memory.has_room_for_list(free, []) and not counts.nbytes


def test_the_janitor_counts_the_names_that_pages_hold(pool, start):
    names = written(start(pool()), Writing(count=5, mix="sixes:0.5"))
    fields = [it for trace in names.traces for it in vars(trace).values()]
    held = sum(it.nbytes for it in fields if isinstance(it, np.ndarray))
    assert names.nbytes == held > 5000
    visit = Visit("session", "browser")
    assert visit.names_bytes == 0
    visit.written = ("token", SimpleNamespace(result=names))
    assert visit.names_bytes == held


def test_counting_that_broke_off_begins_again_for_the_next(monkeypatch):
    def without_memory(n, names, vocab):
        yield
        raise MemoryError

    counts, names = Counts(), load_bundled()
    with monkeypatch.context() as patched:
        patched.setattr(NGram, "in_parts", without_memory)
        with pytest.raises(MemoryError):
            finish(counts.count(names, 3))
    assert finish(counts.count(names, 3)).n == 3


def test_greedy_writes_one_name(pool, start):
    assert len(written(start(pool()), Writing(count=9, greedy=True)).traces) == 1


@pytest.mark.parametrize(
    "bad", [Writing(prefix="🦕"), Writing(prefix="x" * 50)], ids=["emoji", "long"]
)
def test_first_letters_that_cannot_be_are_refused_in_a_sentence(bad, pool, start):
    with pytest.raises(ValueError) as caught:
        written(start(pool()), bad)
    assert str(caught.value).isprintable() and len(str(caught.value)) < 250


def test_names_come_with_their_nearest_real_ones(pool, start, corpus):
    names = written(start(pool()), Writing(count=5, prefix=" TyRan"))
    assert all(trace.name.startswith("tyran") for trace in names.traces)
    assert list(names.nearest) == [nearest_name(t.name, corpus.names) for t in names.traces]


# Watching


def rounds(jobs, until, wait_until, what="it"):
    """Let the janitor make rounds until a condition holds."""

    def one():
        jobs.tidy()
        return until()

    wait_until(one, what)


def test_a_run_that_no_page_shows_pauses_shrinks_and_trains_on_when_one_is_back(
    pool, start, goes_on, clock, wait_until, corpus, same_losses
):
    jobs = pool()
    job = start(jobs, owner="me", page="tab")
    job.play()
    job.leave("tab")
    clock.now += limits.PAUSE_AFTER - 1
    jobs.tidy()
    goes_on(job)
    clock.now += 2
    rounds(jobs, lambda: not job.loaded, wait_until, "the packed run")
    assert job.phase == "paused" and job.nbytes < job.size
    assert job.run.step > 0 and len(job.run.moments) > 1
    assert len(job.run.losses) == job.run.step and job.run.snapshots[0].names
    left, moments = job.run.step, {moment.step for moment in job.run.moments[:-1]}
    job.watch("tab")
    assert job.running
    goes_on(job, 30)
    assert moments <= {moment.step for moment in job.run.moments}
    job.pause()
    wait_until(lambda: job.settled, "rest")
    trainer = Trainer(ENDLESS, corpus)
    same_losses(job.run.losses, [trainer.step() for _ in range(job.run.step)])
    assert job.run.step > left


def test_a_page_that_comes_back_in_time_notices_nothing(pool, start, goes_on, clock):
    jobs = pool()
    job = start(jobs, owner="me", page="tab")
    job.play()
    job.leave("tab")
    clock.now += limits.PAUSE_AFTER - 1
    job.watch("tab")
    clock.now += limits.PAUSE_AFTER
    jobs.tidy()
    assert job.running and job.loaded
    goes_on(job)


def test_a_paused_run_stays_paused_when_its_page_returns(pool, start, idle, clock, wait_until):
    jobs = pool()
    job = start(jobs, owner="me", page="tab")
    job.play(steps=3)
    idle(job)
    job.leave("tab")
    clock.now += limits.PAUSE_AFTER + 1
    rounds(jobs, lambda: not job.loaded, wait_until)
    job.watch("tab")
    assert not job.running and job.run.step == 3
    job.play(steps=2)
    wait_until(lambda: job.run.step == 5, "two more")


def test_a_watched_run_is_never_paused_nor_dropped(pool, start, goes_on, clock):
    jobs = pool()
    job = start(jobs, owner="me", page="tab")
    job.watch("another")
    job.leave("tab")
    job.play()
    clock.now += 100 * limits.KEEP_RUN
    assert job.unwatched_for() == 0
    jobs.tidy()
    assert jobs.find(job.token) is job
    goes_on(job)


def test_a_run_is_kept_for_half_an_hour_and_an_untrained_one_for_a_moment(
    pool, start, goes_on, clock, wait_until
):
    jobs = pool()
    trained, untrained = (start(jobs, owner="me", page="tab") for _ in range(2))
    trained.play()
    goes_on(trained)
    trained.leave("tab")
    untrained.leave("tab")
    clock.now += limits.PAUSE_AFTER + 1
    rounds(jobs, lambda: not trained.loaded, wait_until)
    assert jobs.find(untrained.token) is None and jobs.find(trained.token) is trained
    clock.now += limits.KEEP_RUN
    jobs.tidy()
    assert jobs.find(trained.token) is None


def test_what_no_page_shows_is_bounded_in_memory_and_the_longest_alone_goes_first(
    pool, start, clock, wait_until, monkeypatch, idle
):
    jobs, left = pool(), []
    for number in range(3):
        job = start(jobs, owner=f"browser {number}", page=f"tab {number}")
        job.play(steps=2)
        idle(job)
        left.append(job)
    for number, job in enumerate(left):
        job.leave(f"tab {number}")
        clock.now += 1
    clock.now += limits.PAUSE_AFTER
    rounds(jobs, lambda: not any(job.loaded for job in left), wait_until)
    assert all(jobs.find(job.token) for job in left)
    (one,) = {job.run.weights.nbytes for job in left}
    assert [len(job.run.moments) for job in left] == [3, 3, 3]  # of the updates 0, 1, 2
    monkeypatch.setattr(limits, "PARKED_MOMENTS", 3 * 3 * one)
    jobs.tidy()
    assert [len(job.run.moments) for job in left] == [3, 3, 3]
    monkeypatch.setattr(limits, "PARKED_MOMENTS", 3 * 3 * one - 3)  # each has an equal share
    jobs.tidy()
    assert [[it.step for it in job.run.moments] for job in left] == [[0, 2]] * 3
    monkeypatch.setattr(limits, "PARKED_BYTES", 3 * (left[0].nbytes + limits.RUN_OBJECTS) - 10)
    jobs.tidy()
    assert [len(job.run.moments) > 1 for job in left] == [False, True, True]
    light = left[0].nbytes
    monkeypatch.setattr(limits, "PARKED_BYTES", 2 * (light + limits.RUN_OBJECTS) + 10)
    jobs.tidy()
    assert not any(len(job.run.moments) > 1 for job in left)
    assert [jobs.find(job.token) is job for job in left] == [False, True, True]
    monkeypatch.setattr(limits, "PARKED_RUNS", 1)
    jobs.tidy()
    assert [jobs.find(job.token) is job for job in left] == [False, False, True]


def test_a_dropped_job_stops_and_is_forgotten(pool, start, goes_on, idle):
    jobs = pool()
    job = start(jobs)
    job.play()
    goes_on(job)
    assert jobs.count_running() == 1
    jobs.drop(job)
    idle(job)
    assert jobs.find(job.token) is None
    assert jobs.count_running() == 0


def test_a_token_finds_its_job_and_no_other(pool, start):
    jobs = pool()
    one, other = start(jobs), start(jobs)
    assert one.token != other.token and len(one.token) >= 12
    assert jobs.find(one.token) is one and jobs.find(other.token) is other
    assert jobs.find("nonsense") is None and jobs.find("") is None


def test_the_owner_steers_and_nobody_else_also_while_the_owner_is_away(pool, start):
    jobs = pool()
    job, nobodys = start(jobs, owner="me"), start(jobs)
    job.watch("your tab")
    assert job.may_act("me") and not job.may_act("you") and not job.may_act("")
    job.leave("me")
    assert job.may_act("me") and not job.may_act("you")
    assert nobodys.may_act("anybody")


# Sharing


@pytest.mark.long
def test_thirty_learners_share_two_workers_fairly(pool, corpus, wait_until, idle, monkeypatch):
    """None is ahead of another by more than a slice of each worker and one to begin with."""
    monkeypatch.setattr(limits, "SLICE", 0.004)  # many rounds in little time
    monkeypatch.setattr(limits, "PUBLISH", 0.0)
    monkeypatch.setattr(limits, "PUBLISH_BUSY", 0.0)
    costs, began_at, work = [], {}, RunWork.work

    def noted(job):
        costs.append(job.turn - began_at.get(job, job.turn))  # of its slice before
        began_at[job] = job.turn
        return work(job)

    monkeypatch.setattr(RunWork, "work", noted)
    jobs = pool()
    at_work = [jobs.create(ENDLESS, corpus) for _ in range(30)]
    wait_until(lambda: all(job.run for job in at_work), "the networks")
    for job in at_work:
        job.play()
    wait_until(lambda: min(job.run.step for job in at_work) >= 100, "100 steps of each")
    for job in at_work:
        job.pause()
    for job in at_work:
        idle(job)
    turns = [job.turn for job in at_work]
    costs += [job.turn - began_at[job] for job in at_work]
    assert max(turns) - min(turns) <= 3 * max(costs)


def test_an_error_in_one_run_takes_no_worker_along(pool, corpus, wait_until, goes_on):
    class Broken(Trainer):
        def advance(self, steps, seconds, report):
            raise RuntimeError("out of luck")

    jobs = pool(workers=1)
    right = jobs.build
    jobs.build = lambda config, *more: (
        Broken.in_parts(config, more[0]) if config.seed == 13 else right(config, *more)
    )
    broken, sound = (jobs.create(ENDLESS.replace(seed=seed), corpus) for seed in (13, 0))
    broken.play()
    wait_until(lambda: broken.failed, "the error")
    assert broken.done and not broken.running
    assert str(broken.message).isprintable() and str(broken.message).endswith(".")
    sound.play()
    wait_until(lambda: sound.run is not None, "the network")
    goes_on(sound)


def test_an_error_while_building_takes_no_worker_along(pool, corpus, wait_until, goes_on):
    def no_memory(*about):
        yield None
        raise MemoryError

    jobs = pool(workers=1)
    right, jobs.build = jobs.build, no_memory
    broken = jobs.create(ENDLESS, corpus)
    wait_until(lambda: broken.failed, "the error")
    assert broken.run is None and broken.done and "MemoryError" in str(broken.message)
    jobs.build = right
    sound = jobs.create(ENDLESS, corpus)
    sound.play()
    wait_until(lambda: sound.run is not None, "the network")
    goes_on(sound)


# Measurements


def parts(count, broken=False):
    """Parts, `count` of them; each is a growing array that is written in place."""
    result = np.zeros(count)
    for i in range(count):
        if broken and i == 2:
            raise RuntimeError("no")
        result[i] = 1
        yield (i + 1) / count, result


def test_a_measurement_is_worked_out_in_turns_with_the_runs(pool, start, goes_on, wait_until):
    jobs = pool(workers=1)
    job = start(jobs)
    job.play()
    measurement = Measurement(parts(500))
    jobs.enqueue(measurement)
    wait_until(lambda: measurement.done, "the measurement")
    assert measurement.share == 1 and measurement.result.sum() == 500
    goes_on(job)


def test_a_measurement_stops_when_its_time_is_up():
    measurement = Measurement(parts(10_000))
    assert measurement.work(seconds=0) is True
    assert measurement.share == 1 / 10_000 and measurement.result.sum() == 1
    before = measurement.result
    measurement.work(seconds=0)
    assert before.sum() == 1  # a page may still be drawing it
    measurement.stop()
    assert measurement.done and measurement.work() is False


def test_a_measurement_that_breaks_keeps_its_worker_and_what_it_found(
    pool, start, goes_on, wait_until
):
    jobs = pool(workers=1)
    measurement = Measurement(parts(9, broken=True))
    jobs.enqueue(measurement)
    wait_until(lambda: measurement.done, "its end")
    assert measurement.failed and measurement.result.sum() == 2
    job = start(jobs)
    job.play()
    goes_on(job)


# Room


@pytest.fixture
def tight(monkeypatch):
    """A server without spare memory, on which a slice's work takes none."""
    monkeypatch.setattr(limits, "LEAST_CAPACITY", 0)
    monkeypatch.setattr(limits, "PREVIEW_SHARE", 0.0)
    monkeypatch.setattr(memory_budget, "work_bytes", lambda *_: 0)


def memory_for(runs, jobs, corpus):
    """Bytes for this many runs of the size of ENDLESS."""
    one = jobs.create(ENDLESS, corpus, build=False)
    return limits.BASE_BYTES + corpus.encoded_bytes + int((runs + 0.5) * one.size)


def test_an_idle_page_holds_nothing_that_another_one_needs(
    pool, start, wait_until, tight, corpus, goes_on
):
    jobs = pool(memory=memory_for(2, pool(), corpus))
    idle_pages = [start(jobs, owner=f"browser {i}") for i in range(2)]
    third = jobs.create(ENDLESS, corpus, "me", "tab")
    wait_until(lambda: third.held_back, "the answer that there is no room to show it")
    assert third.phase == "untrained" and third.run is None
    third.play()
    wait_until(lambda: third.run is not None and third.run.step > 0, "its steps")
    assert sum(job.loaded for job in idle_pages) <= 1
    assert all(jobs.find(job.token) for job in idle_pages)


def test_who_finds_no_room_waits_in_a_line_that_moves(
    pool, start, wait_until, tight, corpus, goes_on, clock
):
    jobs = pool(memory=memory_for(1, pool(), corpus))
    first = start(jobs, owner="a", page="a")
    first.play()
    goes_on(first)
    waiting = []
    for name in "bcd":
        job = jobs.create(ENDLESS, corpus, name, name, build=False)
        job.play()
        wait_until(lambda job=job: job.phase == "waiting", "its place")
        clock.now += 1
        waiting.append(job)
    assert [jobs.place_in_line(job) for job in waiting] == [0, 1, 2] and jobs.place_in_line(
        first
    ) is None
    jobs.drop(first)
    rounds(jobs, lambda: waiting[0].phase == "running", wait_until, "the first of the line")
    assert [jobs.place_in_line(job) for job in waiting] == [None, 0, 1]
    waiting[1].leave("c")
    clock.now += limits.KEEP_PLACE - 1
    jobs.tidy()
    assert jobs.place_in_line(waiting[1]) == 0
    clock.now += 2
    jobs.tidy()
    assert jobs.place_in_line(waiting[2]) == 0 and waiting[1].phase != "waiting"


def test_one_browser_has_only_so_many_runs_at_work_and_the_others_wait(
    pool, corpus, wait_until, goes_on
):
    jobs = pool()
    mine = []
    for i in range(limits.RUNNING_AT_ONCE + 2):
        mine.append(jobs.create(ENDLESS.replace(seed=i), corpus, "me", f"tab {i}"))
        mine[-1].play()
    yours = jobs.create(ENDLESS, corpus, "you", "your tab")
    yours.play()
    wait_until(lambda: sum(job.phase == "waiting" for job in mine) == 2, "two that wait")
    wait_until(lambda: yours.run and yours.run.step > 10, "the other browser's run")
    next(job for job in mine if job.phase == "running").pause()
    rounds(jobs, lambda: sum(job.phase == "waiting" for job in mine) == 1, wait_until)


def test_a_small_run_gets_room_from_whoever_holds_the_most_and_that_one_goes_on_later(
    pool, corpus, wait_until, tight, goes_on
):
    large = ENDLESS.replace(cell="lstm", hidden_size=64)
    weigh = pool().create(large, corpus, build=False)
    size = weigh.size + weigh.moments_size
    jobs = pool(memory=limits.BASE_BYTES + corpus.encoded_bytes + int(1.1 * size))
    heavy = jobs.create(large, corpus, "heavy", "h")
    heavy.play()
    wait_until(lambda: heavy.run and heavy.run.step > 2, "the large run")
    light = jobs.create(ENDLESS, corpus, "light", "l")
    light.play()
    rounds(jobs, lambda: light.run and light.run.step > 2, wait_until, "the small run")
    wait_until(lambda: heavy.phase == "waiting", "the large one in the line")
    assert "short of memory" in str(heavy.message)
    left = heavy.run.step
    jobs.drop(light)
    rounds(jobs, lambda: heavy.run.step > left, wait_until, "the large run again")


def test_what_can_never_fit_is_refused_with_the_largest_that_would(pool, corpus, tight):
    huge = ENDLESS.replace(cell="lstm", hidden_size=512)
    jobs = pool(memory=limits.BASE_BYTES + 30_000_000)
    job = jobs.create(huge, corpus, "me", "tab")
    words = str(job.refusal)
    assert "512" in words and words.endswith(".") and words.isprintable()
    fits = int(words.split("at most ")[1].split(",")[0])
    assert not jobs.create(huge.replace(hidden_size=fits), corpus, "me", "tab").refusal
    assert job.phase == "refused"
    job.play()  # as a button elsewhere that brings a list
    assert job.phase == "refused" and not job.running and not job.number
    assert jobs.find(job.token) is job and not job.loaded


def test_all_runs_of_a_browser_are_erased_and_no_others(pool, start):
    jobs = pool()
    mine, yours = start(jobs, owner="me"), start(jobs, owner="you")
    jobs.erase("me")
    assert jobs.find(mine.token) is None and jobs.find(yours.token) is yours


def test_the_queue_is_fair_in_time_not_in_turns(pool, wait_until):
    class Slow:
        queued, turn, spent = False, 0.0, 0.0

        def __init__(self, seconds):
            self.seconds = seconds

        def work(self):
            self.queued = False
            began = time.perf_counter()
            while time.perf_counter() < began + self.seconds:
                pass
            self.spent += time.perf_counter() - began  # more than `seconds` on a busy machine
            return self.spent < 1.0

    jobs = pool(workers=1)
    short, long = Slow(0.002), Slow(0.05)
    jobs.enqueue(long)
    jobs.enqueue(short)
    wait_until(lambda: short.spent > 0.4, "the short one's share")
    assert 0.5 < long.spent / short.spent < 2  # with equal turns it would be 2.5 by now


def test_of_many_runs_each_keeps_fewer_of_its_moments_weights(
    pool, start, idle, monkeypatch, wait_until
):
    jobs = pool()
    alone = start(jobs, owner="a", page="a")
    alone.play(steps=20)
    idle(alone)
    jobs.tidy()
    before = len(alone.run.moments)
    assert jobs.snapshot_bytes == limits.RUN_SNAPSHOT_BYTES[1] and before > 8
    weight = alone.run.weights.nbytes
    monkeypatch.setattr(limits, "RUN_SNAPSHOT_BYTES", (3 * weight, 32 * weight))
    monkeypatch.setattr(limits, "SNAPSHOTS_BYTES", 8 * weight)
    others = [start(jobs, owner=name, page=name) for name in "bc"]
    for other in others:
        other.play(steps=1)
        idle(other)
    jobs.tidy()
    assert jobs.snapshot_bytes == 2 * weight
    wait_until(lambda: len(alone.run.moments) <= 3, "fewer moments")
    assert alone.run.moments[0].step == 0 and alone.run.moments[-1].step == 20
    assert len(alone.run.snapshots) > 8  # their names and losses stay


def test_a_run_whose_last_update_is_shown_before_it_is_measured_comes_to_rest(
    pool, start, wait_until, monkeypatch
):
    # Tiny slices, each published: some published run shows the last update while it is midway.
    monkeypatch.setattr(limits, "SLICE", 0.0)
    monkeypatch.setattr(limits, "PUBLISH", 0.0)
    monkeypatch.setattr(limits, "PUBLISH_BUSY", 0.0)
    jobs = pool()
    for seed in range(3):
        job = start(jobs, SHORT.replace(seed=seed))
        job.play()
        wait_until(lambda job=job: job.done and job.settled, "rest")
        assert job.run.val_steps[-1] == job.run.step == SHORT.max_steps


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has priorities of threads")
def test_workers_leave_the_processor_to_other_threads(pool, wait_until):
    mine = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    before = set(threading.enumerate())
    pool(workers=2)
    workers = [thread.native_id for thread in threading.enumerate() if thread not in before]

    def levels():
        return [os.getpriority(os.PRIO_PROCESS, worker) for worker in workers]

    theirs = min(mine + limits.WORKER_NICE, 19)  # 19: there is no lower one
    wait_until(lambda: levels() == [theirs] * len(workers), "the workers' start")
    assert limits.WORKER_NICE > 0
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == mine
