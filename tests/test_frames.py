"""Frames of a live page: what they say is the run's, and together they are its whole curves."""

import json

import numpy as np
import pytest

from dino.config import Config
from dino.jobs import Jobs
from dino.live.frames import POINTS, Seen, Sender, axis_end
from dino.live.words import figures, status
from dino.metrics import compare_with_baselines
from dino.train import Trainer

SHORT = Config(engine="torch", hidden_size=4, batch_size=2, max_steps=700)


@pytest.fixture
def pool():
    opened = Jobs(2, memory=2_000_000_000, resident=lambda: 0)
    yield opened
    opened.close()


@pytest.fixture
def job(pool, corpus, wait_until):
    made = pool.create(SHORT, corpus, "me", "tab")
    wait_until(lambda: made.settled and made.baselines is not None, "the network")
    return made


class Page:
    """What a page makes of the frames that it is sent: it joins points as `live.js` does."""

    def __init__(self):
        self.curves = {"train": ([], []), "val": ([], [])}
        self.layout, self.names, self.last_id = None, None, ""

    def take(self, found):
        self.last_id, frame = found
        frame = json.loads(json.dumps(frame, allow_nan=False))  # as it is sent
        for name, (x, y) in self.curves.items():
            first = frame[name]["from"]
            assert first <= len(x), "points are missing"
            x[first:], y[first:] = frame[name]["x"], frame[name]["y"]
        self.layout = frame.get("layout", self.layout)
        self.names = frame.get("names", self.names)
        return frame


def same_as_the_run(page, run):
    steps, losses = run.stretches(run.stride(POINTS))
    assert page.curves["train"][0] == steps.tolist()
    assert np.allclose(page.curves["train"][1], losses, atol=1e-4)
    assert page.curves["val"][0] == run.val_steps.tolist()
    assert np.allclose(page.curves["val"][1], run.val_losses, atol=1e-4)


def test_frames_joined_one_by_one_are_the_runs_whole_curves(job, wait_until):
    sender, page, taken = Sender(), Page(), 0
    page.take(sender.next(Seen(job, True)))
    job.play()

    def end():
        nonlocal taken
        if found := sender.next(Seen(job, True)):
            page.take(found)
            taken += 1
        return job.settled and job.done

    wait_until(end, "the end")
    if found := sender.next(Seen(job, True)):
        page.take(found)
    assert taken > 3 and job.run.step == 700 > POINTS
    same_as_the_run(page, job.run)
    assert page.names[0][0] == "0" and len(page.names) == 9
    assert page.layout["xaxis"]["range"] == [0, 700]


def test_a_page_that_comes_back_is_sent_only_what_it_lacks(job, wait_until):
    page = Page()
    job.play(steps=60)
    wait_until(lambda: job.settled and job.run.step == 60, "sixty steps")
    page.take(Sender().next(Seen(job, True)))
    job.play(steps=30)
    wait_until(lambda: job.settled and job.run.step == 90, "ninety steps")
    frame = page.take(Sender(page.last_id).next(Seen(job, True)))
    assert frame["train"]["from"] == 60 and frame["val"]["from"] > 0
    same_as_the_run(page, job.run)


@pytest.mark.parametrize(
    "last_id",
    ["", "nonsense", "....", "a.b.c.d", "x" * 90, "-1.1.1.1", "token.1.99999999.99999999", "\n: "],
)
def test_any_other_last_id_gives_the_whole(last_id, job, wait_until):
    job.play(steps=20)
    wait_until(lambda: job.settled and job.run.step == 20, "twenty steps")
    for prefix in ("", f"{job.token}."):
        frame = Page().take(Sender(prefix + last_id).next(Seen(job, True)))
        assert frame["train"]["from"] == frame["val"]["from"] == 0


def test_a_page_without_the_points_before_is_sent_them_when_the_stretches_double(job, wait_until):
    page, sender = Page(), Sender()
    job.play(steps=POINTS)
    wait_until(lambda: job.settled and job.run.step == POINTS, "as many steps as points")
    page.take(sender.next(Seen(job, True)))
    job.play(steps=2)
    wait_until(lambda: job.settled and job.run.step == POINTS + 2, "two more")
    assert page.take(sender.next(Seen(job, True)))["train"]["from"] == 0
    same_as_the_run(page, job.run)


def test_nothing_is_sent_where_nothing_changed_and_little_where_little_did(job, wait_until):
    sender = Sender()
    whole = len(json.dumps(sender.next(Seen(job, True))))
    assert sender.next(Seen(job, True)) is None
    job.play(steps=1)
    wait_until(lambda: job.settled and job.run.step == 1, "a step")
    sender.next(Seen(job, True))
    job.play(steps=1)
    wait_until(lambda: job.settled and job.run.step == 2, "a step")
    assert len(json.dumps(sender.next(Seen(job, True)))) < whole


def test_a_run_that_is_gone_is_said_once():
    sender = Sender()
    assert sender.next(None)[1]["phase"] == "none"
    assert sender.next(None) is None


def test_the_state_changes_with_the_buttons_and_with_nothing_else(job, wait_until):
    first = Seen(job, True).state
    assert Seen(job, True).state == first != Seen(job, False).state
    job.play()
    running = Seen(job, True).state
    wait_until(lambda: job.run.step > 10, "steps")
    assert Seen(job, True).state == running != first
    job.pause()
    assert Seen(job, True).state not in (first, running)


def test_figures_and_words_are_the_runs_own(job, corpus, wait_until):
    job.play()
    wait_until(lambda: job.done and job.settled, "the end")
    run, trainer = job.run, Trainer(SHORT, corpus)
    while not trainer.done:
        trainer.step()
    shown = figures(job, run)
    assert shown["Held out"] == f"{trainer.evaluate():.2f}"
    assert shown["Names seen"] == f"{2 * 700:,}"
    assert shown["Perplexity"] == f"{np.exp(run.val_loss):.3g}"
    words = "".join(text for text, _ in status(job, None, True))
    assert words.startswith("Finished 700 steps in ") and words.endswith("(PyTorch) · dinos.")
    frame = Sender().next(Seen(job, True))[1]
    assert frame["sentence"].startswith(compare_with_baselines(run.val_loss, job.baselines))


@pytest.mark.parametrize(
    "step, most, end",
    [(0, 1200, 1200), (10, 100_000, 1562), (50_000, 100_000, 100_000), (1200, 1200, 1200)],
)
def test_the_axis_ends_where_there_is_something_to_see(step, most, end):
    assert axis_end(step, most) == end
