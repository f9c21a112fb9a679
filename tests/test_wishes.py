"""A run's wishes: none is lost, whenever it comes; a run rests once all are carried out."""

from types import SimpleNamespace

from dino.config import Config
from dino.jobs.kept_runs import bound_moments
from dino.train import Trainer

SHORT = Config(engine="torch", hidden_size=4, batch_size=2, max_steps=30)


def test_a_run_rests_only_once_there_is_nothing_more_to_do(jobs, corpus):
    job = jobs.create(SHORT, corpus)
    slices = 0
    while job.work():
        slices += 1
        assert not job.settled  # nor before the queue has heard that there is more
    assert job.settled and job.run is not None and job.baselines and slices > 1


def test_a_run_that_broke_rests(jobs, corpus, monkeypatch):
    monkeypatch.setattr(jobs, "build", lambda *_: iter([None]))
    job = jobs.create(SHORT, corpus)
    assert job.work() and not job.settled
    assert not job.work() and job.failed and job.settled


def test_a_build_that_failed_is_not_tried_again(jobs, corpus, monkeypatch):
    built = []

    def build(config, *_):
        built.append(config)
        raise MemoryError

    monkeypatch.setattr(jobs, "build", build)
    job = jobs.create(SHORT, corpus)
    assert not job.work() and job.failed
    for wish in (job.play, job.extend, job.pause, job.give_way):  # a page asks at every redraw
        wish()
        assert not job.work()
    assert len(built) == 1 and job.failed and job.phase == "failed"


def test_train_further_is_not_lost_while_baselines_are_counted(jobs, corpus):
    """The run has used up its steps; the wish comes in the midst of a slice."""
    asked = []

    def count(corpus, until):
        if job.run.step < SHORT.max_steps:
            return None
        if not asked:
            asked.append(job.run.step)
            job.extend()
            return None
        return {}

    jobs.baselines = SimpleNamespace(count=count)
    job = jobs.create(SHORT, corpus)
    job.play()
    while job.work():
        pass
    assert asked == [SHORT.max_steps]
    assert job.run.step == job.run.max_steps == 2 * SHORT.max_steps and job.phase == "done"


def test_a_learning_rate_that_is_set_in_the_midst_of_a_slice_is_not_lost(jobs, corpus):
    asked = []

    def count(corpus, until):
        if job.run and 0 < job.run.step and not asked:
            asked.append(job.run.step)
            job.set_learning_rate(0.5)
        return {} if asked else None

    jobs.baselines = SimpleNamespace(count=count)
    job = jobs.create(SHORT.replace(max_steps=100_000), corpus)
    job.play()
    while not asked:
        job.work()
    for _ in range(20):  # on a slow machine, slices may still show what was before
        if job.run.learning_rate != 0.5 or job.run.step == asked[0]:
            job.work()
    assert job.run.learning_rate == 0.5 and job.run.step > asked[0]


def test_train_further_ends_at_the_most_steps_of_a_run_and_says_so(jobs, corpus, monkeypatch):
    monkeypatch.setattr("dino.jobs.run_work.MOST_STEPS", 2 * SHORT.max_steps + 5)
    job = jobs.create(SHORT, corpus)

    def train():
        while job.work():
            pass

    job.play()
    train()
    for steps, is_last in ((60, False), (65, True), (65, True)):
        job.extend()
        train()
        assert job.run.step == job.run.max_steps == steps and job.phase == "done"
        assert ("at most 65 updates" in str(job.message)) == is_last


def test_a_run_that_is_trained_further_never_looks_ended_meanwhile(jobs, corpus, monkeypatch):
    """Else a page that is drawn at that moment says 'Finished' and offers to save it."""
    job = jobs.create(SHORT, corpus)
    job.play()
    while job.work():
        pass
    assert job.done
    seen, publish = [], Trainer.run

    def run(trainer):
        seen.append((job.running, job.done, job.run.max_steps))
        return publish(trainer)

    monkeypatch.setattr(Trainer, "run", run)
    job.extend(10)
    while job.work():
        pass
    assert seen[0] == (True, False, SHORT.max_steps) and job.run.step == SHORT.max_steps + 10
    assert job.done and job.settled


def test_a_run_that_nobody_can_find_any_more_gets_no_network(jobs, corpus, monkeypatch):
    """Twelve settings are moved in a row: one network is built, the one that is shown."""
    built = []
    monkeypatch.setattr(
        jobs, "build", lambda config, *_: built.append(config.hidden_size) or iter([None])
    )
    made = [jobs.create(SHORT.replace(hidden_size=1), corpus, "me", "tab")]
    for size in range(2, 13):
        after = made[-1]
        made.append(jobs.create(SHORT.replace(hidden_size=size), corpus, "me", "tab", after=after))
    for job in made:  # every drop has queued its run
        job.work()
    assert built == [12]


def test_a_forgotten_run_gives_its_network_back(jobs, corpus):
    job = jobs.create(SHORT, corpus, "me", "tab")
    while job.work():
        pass
    assert job.loaded
    jobs.drop(job)
    assert not job.work() and not job.loaded and job.nbytes < job.size


def test_a_list_never_shows_the_training_of_another_moment_than_its_weights(
    jobs, corpus, monkeypatch
):
    job, seen, bound = jobs.create(SHORT, corpus, "me", "tab"), [], bound_moments
    job.play(3)
    while job.work():
        pass

    def look(*given):  # while the picture to keep is made
        seen.append(job.early_entry().packed)
        return bound(*given)

    monkeypatch.setattr("dino.jobs.run_work.bound_moments", look)
    job.put_away()
    while job.work():
        pass
    entry = job.early_entry()
    assert seen == [None] and entry.packed.history.step_count == entry.run.step == 3
