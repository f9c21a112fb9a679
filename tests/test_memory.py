"""Memory: what counts, and who gives way for whom."""

from bisect import bisect_left

import pytest

from dino.config import OPTIMIZERS, Config
from dino.cost import trainer_bytes, weights_count, work_bytes
from dino.count_teacher import table_bytes
from dino.data import load
from dino.jobs import Jobs, limits
from dino.presets import PRESETS

SHORT = Config(engine="torch", hidden_size=4, batch_size=2, max_steps=30)


def test_a_bundled_list_that_a_visitor_has_changed_counts_once(jobs, corpus):
    def counted():
        return jobs.memory.counted_bytes(jobs.all_jobs())

    jobs.create(SHORT, corpus)
    before, changed = counted(), corpus.without(corpus.names[:3])
    assert changed.owner == ""
    jobs.create(SHORT, changed, "me", "tab")
    assert counted() == before + changed.nbytes > before + 100_000
    jobs.create(SHORT, changed, "you", "another")
    assert counted() == before + changed.nbytes


def trained(jobs, corpus, owner, steps=None, config=SHORT):
    """A job of this browser, shown by a page of it, at rest after so many steps, by default all."""
    job = jobs.create(config, corpus, owner, owner)
    job.play(steps or config.max_steps)
    while job.work():
        pass
    return job


def noting(build, built):
    """The same way to build trainers, which notes them."""

    def build_and_note(*args):
        for trainer in build(*args):
            if trainer is not None:
                built.append(trainer)
            yield trainer

    return build_and_note


def needed_bytes(jobs, job, others):
    """The fewest free bytes with which it fits beside these jobs."""
    return bisect_left(range(10**9), True, key=lambda free: jobs.memory.fits(job, free, others))


def work_bytes_of(jobs, job, others):
    """What its slices need, beside these jobs."""
    running = sum(other is not job and other.phase == "running" for other in others)
    each = work_bytes(job.config, job.corpus.longest, len(job.corpus.vocab))
    return min(len(jobs.workers), 1 + running) * each


def without_room(jobs, job):
    """Limit the memory so that there is no room for one more run like this one."""
    limits_of = jobs.memory
    limits_of.limit = limits.BASE_BYTES + limits_of.used_bytes(jobs.all_jobs()) + job.size // 2


def test_a_finished_run_that_is_only_looked_at_gives_way_to_one_that_waits(
    jobs, corpus, monkeypatch
):
    monkeypatch.setattr(limits, "LEAST_CAPACITY", 0)
    monkeypatch.setattr("dino.jobs.memory_budget.work_bytes", lambda *_: 0)
    finished = trained(jobs, corpus, "one")
    other = jobs.create(SHORT, corpus, "two", "two", build=False)
    without_room(jobs, other)
    before = finished.run
    other.play()
    assert other.work() and other.waiting_since is None
    while finished.work():
        pass
    assert not finished.loaded and finished.phase == "done"
    assert finished.run.step == before.step and (finished.run.weights == before.weights).all()
    finished.extend(1)  # it lost nothing: in its turn it trains on
    assert finished.can_continue and finished.early_entry().packed is not None


def test_a_second_worker_needs_memory_only_where_a_second_run_trains(corpus, monkeypatch):
    work = 50_000_000  # of a slice: much more than the run itself
    monkeypatch.setattr(limits, "LEAST_CAPACITY", 0)
    monkeypatch.setattr("dino.jobs.memory_budget.work_bytes", lambda *_: work)
    jobs = Jobs(2, memory=limits.BASE_BYTES + 3 * work // 2 + 20_000_000, resident=lambda: 0)
    jobs.close()
    monkeypatch.setattr(jobs.memory, "refusal", lambda job: "")
    first, second = (jobs.create(SHORT, corpus, name, name, build=False) for name in ("one", "two"))
    first.play()
    first.work()
    assert first.loaded and first.waiting_since is None  # nobody else trains
    second.play()
    second.work()
    assert not second.loaded and second.waiting_since is not None
    while first.work():
        pass
    assert first.phase == "done"  # and its page still shows it
    second.work()
    assert second.loaded and second.waiting_since is None


def test_a_run_that_is_midway_does_not_give_way_to_one_of_its_size(jobs, corpus, monkeypatch):
    monkeypatch.setattr(limits, "LEAST_CAPACITY", 0)
    monkeypatch.setattr("dino.jobs.memory_budget.work_bytes", lambda *_: 0)
    paused = trained(jobs, corpus, "one", 3)
    other = jobs.create(SHORT, corpus, "two", "two", build=False)
    without_room(jobs, other)
    other.play()
    other.work()
    assert other.waiting_since is not None and paused.loaded


def test_a_run_left_before_its_first_update_holds_nothing_until_its_page_returns(corpus, clock):
    jobs = Jobs(1, clock, memory=2_000_000_000, resident=lambda: 0)
    jobs.close()
    job = jobs.create(SHORT, corpus, "me", "tab", build=False)
    job.play()
    job.work()
    assert job.loaded and job.run is None  # its network is being built
    job.leave("tab")
    for _ in range(3):  # rounds of the janitor
        clock.now += limits.PAUSE_AFTER + 1
        jobs.tidy()
        assert not [job.work() for _ in range(20)][-1]
        assert not job.loaded and job.nbytes == 0 and not job.running
    job.watch("tab")
    while job.work():
        pass
    assert job.run.step == SHORT.max_steps


def test_the_runs_of_thirty_who_left_train_on_when_they_return(corpus, clock):
    config = SHORT.replace(hidden_size=128, optimizer="adam", average=0.99, max_steps=100)
    jobs = Jobs(1, clock, memory=2_000_000_000, resident=lambda: 0)
    jobs.close()
    left = [jobs.create(config, corpus, str(number), str(number)) for number in range(30)]
    for job in left:
        job.play(12)  # at 10, a divergence would put the weights back
        while job.work():
            pass
        job.leave(job.owner)
    jobs.see(set())
    for _ in range(3):  # rounds of the janitor
        clock.now += limits.PAUSE_AFTER + 1
        jobs.tidy()
        while any(job.work() for job in left):
            pass
    parked = sum(job.nbytes for job in jobs.all_jobs())
    assert 0 < parked <= limits.PARKED_BYTES < sum(job.nbytes for job in left)
    for job in left:
        assert jobs.reopen(jobs.find_number(job.owner, 1)).can_continue


SHAPES = [
    SHORT.replace(hidden_size=64, average=0.9),
    SHORT.replace(hidden_size=48, cell="lstm", optimizer="adam"),
    SHORT.replace(hidden_size=48, cell="gru", count_teacher=0.5, weight_drop=0.3),
]


@pytest.mark.parametrize("config", SHAPES)
def test_many_runs_are_counted_with_all_that_they_hold_and_with_one_bound_for_their_moments(
    jobs, config, monkeypatch
):
    corpus = load()  # its own: no other test's run has its table of soft targets
    lists = corpus.encoded_bytes - corpus.nbytes
    bound, weights = 1_500_000, 4 * weights_count(config, len(corpus.vocab))
    monkeypatch.setattr(limits, "SNAPSHOTS_BYTES", bound)
    monkeypatch.setattr(limits, "RUN_SNAPSHOT_BYTES", (2 * weights, 40 * weights))
    runs = [jobs.create(config, corpus, name, name, build=False) for name in "abcdefgh"]
    before, built = jobs.memory.counted_bytes(runs), []
    monkeypatch.setattr(jobs, "build", noting(jobs.build, built))
    for job in runs:
        needed = needed_bytes(jobs, job, runs) - work_bytes_of(jobs, job, runs)
        counted = jobs.memory.counted_bytes(runs)
        job.play()
        while job.work():
            jobs.tidy()
        assert jobs.memory.counted_bytes(runs) - counted <= needed
    assert len(built) == len(runs)
    held = sum(trainer.nbytes + trainer.run().weights.nbytes for trainer in built)
    counted = jobs.memory.counted_bytes(runs) - before
    assert held <= counted - lists
    each = trainer_bytes(config, len(corpus.vocab), 0)
    assert counted - lists <= len(runs) * each + bound + table_bytes(config, corpus)
    assert trainer_bytes(config, len(corpus.vocab)) > each + bound / len(runs)  # as if each alone


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_what_a_packed_run_takes_is_foretold(jobs, corpus, optimizer):
    config = SHORT.replace(optimizer=optimizer, hidden_size=96, average=0.9)
    job = jobs.create(config, corpus, "me", "tab")
    job.play()
    while job.work():
        pass
    foretold = job.packed_size
    put_away(job)
    assert job.nbytes <= foretold <= 2 * job.nbytes


@pytest.mark.parametrize("preset", ["first-success", "notebook-as-written"])
def test_a_finished_run_offers_what_it_then_frees(jobs, corpus, preset, monkeypatch):
    monkeypatch.setattr(limits, "LEAST_CAPACITY", 0)
    monkeypatch.setattr(limits, "ENTRY_BYTES", 100_000)  # as for a larger network after more steps
    config = PRESETS[preset].config.replace(engine="torch", max_steps=60)
    one, other = (trained(jobs, corpus, "me", config=config) for _ in range(2))
    counted = jobs.memory.counted_bytes(jobs.all_jobs())
    put_away(one)
    freed = counted - jobs.memory.counted_bytes(jobs.all_jobs())
    assert freed > one.nbytes > 0
    new = jobs.create(SHORT, corpus, "me", "me", build=False)
    everything = jobs.memory.used_bytes(jobs.all_jobs())
    everything += needed_bytes(jobs, new, jobs.all_jobs())
    jobs.memory.limit = limits.BASE_BYTES + everything - int(1.01 * freed)
    assert not jobs.memory.make_room(new, jobs.all_jobs())
    jobs.memory.limit = limits.BASE_BYTES + everything - int(0.9 * freed)
    assert jobs.memory.make_room(new, jobs.all_jobs())
    while other.work():
        pass
    assert not other.loaded and other.nbytes == one.nbytes


def test_a_finished_run_makes_way_for_the_compiler_and_one_that_trains_does_not(
    jobs, corpus, monkeypatch
):
    monkeypatch.setattr(limits, "LEAST_CAPACITY", 0)
    size = limits.KERNELS_BYTES + 10**6
    job = trained(jobs, corpus, "one", 3)
    jobs.memory.limit = limits.BASE_BYTES + jobs.memory.used_bytes([job], size) - 1
    assert not jobs.lend(size) and jobs.memory.lent == 0
    job.play()
    while job.work():
        pass
    assert not jobs.lend(size) and job.loaded  # until a worker packs it
    while job.work():
        pass
    assert jobs.lend(size) and not job.loaded and jobs.memory.lent == size
    jobs.memory.take_back()
    assert jobs.memory.lent == 0


def put_away(job):
    """Let a run that is at rest shrink."""
    job.put_away()
    while job.work():
        pass
