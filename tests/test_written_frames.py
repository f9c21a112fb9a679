"""How the newest name was written, as pages are sent it: whose, which, and how often."""

import json
import random

import pytest

from dino import recorder
from dino.config import Config
from dino.live.frames import SeenRun, Sender
from dino.locale.sentences import Language
from dino.model import rebuild
from dino.sample import draws, write

SHORT = Config(engine="torch", hidden_size=4, batch_size=2, max_steps=300)


class Watched:
    """A page that hears frames, and what its picture shows. `sent` are the names it was sent."""

    def __init__(self, mine=True):
        self.sender, self.last_id, self.mine = Sender(), "", mine
        self.picture, self.newest, self.sent = None, None, []

    def hear(self, job, **how):
        found = self.sender.next(SeenRun(job, self.mine), **how)
        if found is None:
            return
        self.last_id, frame = found
        frame = json.loads(json.dumps(frame, allow_nan=False))
        if "written" in frame:
            before, self.picture = self.picture, frame["written"]
            self.sent.append(self.picture)
            if before and self.picture and before["run"] == self.picture["run"]:
                assert before["step"] < self.picture["step"], "an older moment, or the same again"
        self.newest = frame.get("newest", self.newest)
        self.check(job)

    def check(self, job):
        """The picture is of the newest moment of the run that is shown."""
        newest = job.run.named_moments[-1:] if job.run else ()
        assert self.picture or not newest
        assert not self.picture or self.picture["run"] == job.token
        if newest:  # else it is being built, perhaps once more
            assert self.picture["step"] == newest[0].step
            assert (newest[0].names[0] + "…").startswith(self.picture["name"])
            assert f" {newest[0].step:,} · " in self.newest["when"]

    def connect(self, keep):
        """Its stream ends and opens again; the page keeps what it has, or is loaded again."""
        self.sender = Sender(self.last_id if keep else "")
        if not keep:
            self.picture = None


def to_rest(job, *pages):
    while job.work():
        for page in pages:
            page.hear(job)


@pytest.fixture
def job(jobs, corpus):
    return jobs.create(SHORT, corpus, "me", "tab")


def test_before_a_network_is_built_there_is_none_and_then_the_untrained_ones(job):
    page = Watched()
    page.hear(job)
    assert page.sent == [None]
    to_rest(job, page)
    page.hear(job)
    assert [it and it["step"] for it in page.sent] == [None, 0]


def test_it_is_what_the_runs_weights_compute_and_made_once_however_many_listen(
    jobs, job, corpus, monkeypatch
):
    packed, pack = [], recorder.pack_trace
    monkeypatch.setattr(
        recorder, "pack_trace", lambda *args, **how: packed.append(args[0]) or pack(*args, **how)
    )
    monkeypatch.setattr(recorder, "NAMES_EVERY", 0.0)
    pages = [Watched(), Watched(mine=False), Watched(mine=False)]
    job.play()
    to_rest(job, *pages)
    for page in pages:
        page.hear(job)
    assert packed == sorted({*packed}) and len(packed) > 30  # a moment each, and none twice
    first, *others = (page.picture for page in pages)
    assert all(other == first for other in others) and first["step"] == 300
    model = rebuild(SHORT, len(corpus.vocab), job.run.weights)
    (trace, *_) = write(model, corpus.vocab, draws(4, SHORT.seed))
    assert first["ids"] == trace.ids[:30].tolist()


def test_nothing_is_sent_twice_for_figures_words_or_a_new_connection(job):
    page = Watched()
    job.play(steps=5)
    to_rest(job, page)
    page.hear(job)
    count = len(page.sent)
    job.set_pace("watch")  # the figures are sent again
    page.hear(job)
    page.hear(job, put=Language("es", "Español").put)  # all words are
    page.connect(keep=True)
    page.hear(job)
    assert len(page.sent) == count
    page.connect(keep=False)
    page.hear(job)
    page.hear(job)
    assert len(page.sent) == count + 1
    job.play(steps=1)
    page.connect(keep=True)
    to_rest(job, page)
    page.hear(job)
    assert page.picture["step"] == 6


@pytest.mark.parametrize("last_id", ["a.1.1.1.5", "....", "TOKEN.1.0.1.x", "TOKEN.1.0.1.", "TOKEN"])
def test_any_other_last_id_has_it_sent(last_id, job):
    to_rest(job)
    page = Watched()
    page.sender = Sender(last_id.replace("TOKEN", job.token))
    page.hear(job)
    assert page.picture["step"] == 0


def test_a_run_that_is_gone_and_comes_back_is_sent_again(job):
    page = Watched()
    to_rest(job, page)
    page.hear(job)
    page.sender.next(None)
    page.picture = None
    page.hear(job)
    assert page.picture["step"] == 0


def test_of_a_run_that_diverged_it_ends_with_the_weights_that_came_back(jobs, corpus, monkeypatch):
    wild = SHORT.replace(optimizer="momentum", learning_rate=10.0, clip_norm=0.0)
    job, sender, steps = jobs.create(wild, corpus, "me", "tab"), Sender(), []
    for limit in ("SLICE", "PUBLISH", "PUBLISH_BUSY"):  # each part of the work is seen
        monkeypatch.setattr(f"dino.jobs.limits.{limit}", 0.0)
    to_rest(job)
    job.play()
    more = True
    while more:
        found = sender.next(SeenRun(job, True))
        steps += [found[1]["written"]["step"]] if found and "written" in found[1] else []
        _, fresh = Sender().next(SeenRun(job, True))  # a page that opens now
        newest = job.run.named_moments[-1].step
        assert fresh["written"] is None or fresh["written"]["step"] == newest
        more = job.work()
    _, last = Sender().next(SeenRun(job, True))
    steps.append(last["written"]["step"])
    assert job.run.stopped and steps[-1] == job.run.kept_step == job.run.named_moments[-1].step


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_while_it_writes_no_page_shows_another_run_or_goes_back(
    seed, jobs, corpus, monkeypatch
):
    monkeypatch.setattr(recorder, "NAMES_EVERY", 0.0)
    choose = random.Random(seed)
    job, before, made = jobs.create(SHORT, corpus, "me", "tab"), [], set()
    pages = [Watched(), Watched(mine=False)]
    acts = [*"play play step rate pause reset undo park thin reconnect reload pace hear".split()]
    for _ in range(150):
        act = choose.choice(acts)
        made.add(act)
        if act == "play":
            job.play()
        elif act == "step":
            job.play(steps=choose.randint(1, 9))
        elif act == "rate":
            job.set_learning_rate(choose.choice([0.001, 0.003, 0.01]))
        elif act == "pause":
            job.pause()
        elif act == "pace":
            job.set_pace(choose.choice(["watch", "full"]))
        elif act == "park":
            job.park()
            job.watch("tab")
        elif act == "thin":
            jobs.snapshot_bytes = choose.choice([1, 10_000])
        elif act == "reset":
            before.append(job)
            config = SHORT.replace(seed=choose.randrange(99))
            job = jobs.create(config, corpus, "me", "tab", after=job)
        elif act == "undo" and before and (entry := before.pop().entry()):
            old, job = job, jobs.reopen(entry, "tab")
            jobs.drop(old)
        elif act in ("reconnect", "reload"):
            choose.choice(pages).connect(keep=act == "reconnect")
        for _ in range(choose.randint(0, 12)):
            job.work()
            page = choose.choice(pages)  # the others hear of it later: they are hidden
            page.hear(job)
    jobs.snapshot_bytes = 10_000_000
    to_rest(job)
    for page in pages:
        page.hear(job)
        page.check(job)
    assert made == {*acts} and all(len(page.sent) > 10 for page in pages)
