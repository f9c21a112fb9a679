"""Frames of a live page: their figures are the run's, and together they have its whole curves."""

import gc
import json
import re
import weakref
from dataclasses import replace

import numpy as np
import pytest
from sources import ROOT

from dino.charts import loss as loss_chart
from dino.charts.base import line_name
from dino.config import Config
from dino.difference import Difference
from dino.jobs import Jobs, limits
from dino.jobs.wishes import smoothed
from dino.live.frames import POINTS, SeenRun, Sender, axis_end
from dino.live.loss_words import (
    baseline_differences,
    explain_lines,
    explain_measuring,
    loss_sentence,
    loss_sentences,
)
from dino.live.status_figures import LABELS, figures, three_digits
from dino.live.status_text import (
    NAME_ROWS,
    SLOWED,
    duration,
    long_run_sentences,
    name_rows,
    newest_names,
    row_figures,
    status,
    takeover_sentences,
)
from dino.locale.sentences import ENGLISH, Language
from dino.metrics import BesideBaseline, Overfitting, compare_with_baselines, passed_baseline
from dino.run import Run, Snapshot, snapshot_steps
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
    """A page that receives frames, and joins their points as `training.js` does."""

    def __init__(self):
        self.curves = {"train": ([], []), "evaluated": ([], []), "val": ([], [])}
        self.layout, self.names, self.newest, self.last_id = None, None, None, ""
        self.earlier, self.report = None, "not told"

    def take(self, found):
        self.last_id, frame = found
        frame = json.loads(json.dumps(frame, allow_nan=False))  # as it is sent
        for name, (x, y) in self.curves.items():
            first = frame[name]["from"]
            assert first <= len(x), "points are missing"
            x[first:], y[first:] = frame[name]["x"], frame[name]["y"]
        self.layout = frame.get("layout", self.layout)
        self.names = frame.get("names", self.names)
        self.newest = frame.get("newest", self.newest)
        self.earlier = frame.get("earlier", self.earlier)
        self.report = frame.get("report", self.report)
        return frame


def same_as_the_run(page, run):
    steps, losses = run.stretches(run.stride(POINTS))
    assert page.curves["train"][0] == steps.tolist()
    assert np.allclose(page.curves["train"][1], losses, atol=1e-4)
    assert page.curves["val"][0] == run.val_steps.tolist()
    assert np.allclose(page.curves["val"][1], run.val_losses, atol=1e-4)
    assert page.curves["evaluated"][0] == run.val_steps.tolist()
    assert np.allclose(page.curves["evaluated"][1], run.train_eval_losses, atol=1e-4)


def test_frames_joined_one_by_one_are_the_runs_whole_curves(job, wait_until):
    sender, page, taken = Sender(), Page(), 0
    page.take(sender.next(SeenRun(job, True)))
    job.play()

    def end():
        nonlocal taken
        if found := sender.next(SeenRun(job, True)):
            page.take(found)
            taken += 1
        return job.settled and job.done

    wait_until(end, "the end")
    if found := sender.next(SeenRun(job, True)):
        page.take(found)
    assert taken > 3 and job.run.step == 700 > POINTS
    same_as_the_run(page, job.run)
    assert page.names[0][0] == "0" and NAME_ROWS / 2 <= len(page.names) <= NAME_ROWS
    assert page.layout["xaxis"]["range"] == [0, 700]
    fresh = Page()
    fresh.take(Sender().next(SeenRun(job, True)))
    assert page.layout == fresh.layout  # though it came only where it changed


def test_the_layout_of_the_chart_is_made_only_where_it_changes(job, wait_until, monkeypatch):
    made = []
    make = loss_chart.loss_layout
    monkeypatch.setattr(
        loss_chart, "loss_layout", lambda *these, **how: made.append(1) or make(*these, **how)
    )
    sender, page = Sender(), Page()
    page.take(sender.next(SeenRun(job, True)))
    first = page.layout
    job.set_pace("watch")  # the page is sent its figures again
    page.take(sender.next(SeenRun(job, True)))
    assert made == [1] and page.layout is first is not None
    job.play(steps=40)
    wait_until(lambda: job.settled and job.run.step == 40, "forty steps")
    page.take(sender.next(SeenRun(job, True)))
    assert len(made) == 2 and page.layout != first  # a curve reaches further down


THINNING = "stretches train_curve val_curve train_eval_curve with_fewer_points".split()


def test_between_an_update_and_the_chart_a_curve_is_thinned_once(job, wait_until, monkeypatch):
    """The training curve here, where it is sent; the measured ones by the page that draws them."""
    job.play()
    wait_until(lambda: job.settled and job.done, "the end")
    thinned, run = [], job.run
    for name in THINNING:
        original = getattr(Run, name)
        monkeypatch.setattr(
            Run, name, lambda *a, _name=name, _do=original: thinned.append(_name) or _do(*a)
        )
    _, frame = Sender().next(SeenRun(job, True))
    assert thinned == ["stretches"] and len(frame["train"]["x"]) <= POINTS < run.step
    assert frame["val"]["x"] == frame["evaluated"]["x"] == run.val_steps.tolist()
    drawing = (ROOT / "dino" / "pages" / "lab" / "training.js").read_text()
    assert re.findall(r" thinned\(([\w.]+)\)", drawing) == ["host.evaluated", "host.val"]


def test_a_page_that_comes_back_is_sent_only_what_it_lacks(job, wait_until):
    page = Page()
    job.play(steps=60)
    wait_until(lambda: job.settled and job.run.step == 60, "sixty steps")
    page.take(Sender().next(SeenRun(job, True)))
    job.play(steps=30)
    wait_until(lambda: job.settled and job.run.step == 90, "ninety steps")
    frame = page.take(Sender(page.last_id).next(SeenRun(job, True)))
    assert frame["train"]["from"] == 60 and frame["val"]["from"] > 0
    assert frame["evaluated"]["from"] == frame["val"]["from"]
    same_as_the_run(page, job.run)


@pytest.mark.parametrize(
    "last_id",
    ["", "nonsense", "....", "a.b.c.d", "x" * 90, "-1.1.1.1", "token.1.99999999.99999999", "\n: "],
)
def test_any_other_last_id_gives_the_whole(last_id, job, wait_until):
    job.play(steps=20)
    wait_until(lambda: job.settled and job.run.step == 20, "twenty steps")
    for prefix in ("", f"{job.token}."):
        frame = Page().take(Sender(prefix + last_id).next(SeenRun(job, True)))
        assert {frame[name]["from"] for name in ("train", "evaluated", "val")} == {0}


def test_a_page_without_the_points_before_is_sent_them_when_the_stretches_double(job, wait_until):
    page, sender = Page(), Sender()
    job.play(steps=POINTS)
    wait_until(lambda: job.settled and job.run.step == POINTS, "as many steps as points")
    page.take(sender.next(SeenRun(job, True)))
    job.play(steps=2)
    wait_until(lambda: job.settled and job.run.step == POINTS + 2, "two more")
    assert page.take(sender.next(SeenRun(job, True)))["train"]["from"] == 0
    same_as_the_run(page, job.run)


def test_another_run_of_as_many_moments_brings_its_own_names(pool, corpus, wait_until):
    sender, page = Sender(), Page()
    for seed in (0, 1):
        job = pool.create(SHORT.replace(seed=seed), corpus, "me", f"tab {seed}")
        job.play(steps=20)
        wait_until(
            lambda job=job: job.settled and job.run and job.run.step == 20 and job.baselines,
            "twenty steps",
        )
        page.take(sender.next(SeenRun(job, True)))
        newest = job.run.named_moments[-1]
        assert newest.step == 20 and newest not in job.run.snapshots
        assert page.newest["names"] == [name or "–" for name in newest.names[:3]]
        assert page.newest["when"] == f"Update {newest.step:,} · held out {newest.val_loss:.2f}"
        assert page.names == name_rows(job.run, job.baselines)
        assert page.layout["uirevision"] == job.token
        same_as_the_run(page, job.run)


def test_nothing_is_sent_where_nothing_changed_and_little_where_little_did(job, wait_until):
    sender = Sender()
    whole = len(json.dumps(sender.next(SeenRun(job, True))))
    assert sender.next(SeenRun(job, True)) is None
    job.play(steps=1)
    wait_until(lambda: job.settled and job.run.step == 1, "a step")
    sender.next(SeenRun(job, True))
    job.play(steps=1)
    wait_until(lambda: job.settled and job.run.step == 2, "a step")
    assert len(json.dumps(sender.next(SeenRun(job, True)))) < whole


def test_another_language_has_every_word_sent_once_more_and_no_point(job, wait_until):
    job.play(steps=40)
    wait_until(lambda: job.settled and job.run.step == 40 and job.step_report, "forty steps")
    sender, page = Sender(), Page()
    first = page.take(sender.next(SeenRun(job, True), ENGLISH.put))
    assert sender.next(SeenRun(job, True), ENGLISH.put) is None
    commas = Language("es", "Español", comma=True)
    frame = page.take(sender.next(SeenRun(job, True), commas.put))
    assert frame["figures"]["held_out"] == first["figures"]["held_out"].replace(".", ",")
    step, _, loss = first["newest"]["when"].removeprefix("Update ").partition(" · held out ")
    assert frame["newest"]["when"] == f"Actualización {step} · validación {loss.replace('.', ',')}"
    assert frame["report"]["title"] == first["report"]["title"].replace(
        "What update 40 did", "Qué hizo la actualización 40"
    )
    assert frame["layout"] != first["layout"]
    assert frame["val"]["y"] == frame["evaluated"]["y"] == []
    assert sender.next(SeenRun(job, True), commas.put) is None


def test_a_run_that_is_gone_is_said_once():
    sender = Sender()
    assert sender.next(None)[1]["phase"] == "none"
    assert sender.next(None) is None


def test_a_page_asks_for_a_runs_row_only_when_it_can_be_there(job, wait_until):
    job.play()
    wait_until(lambda: job.done and job.settled, "the end")
    counted, sender = job.baselines, Sender()
    job.baselines = None
    assert sender.next(SeenRun(job, True))[1]["number"] == 0 and job.entry() is None
    job.baselines = counted
    assert sender.next(SeenRun(job, True))[1]["number"] == job.number > 0
    assert job.entry() is not None


def test_the_state_changes_with_the_buttons_and_with_nothing_else(job, wait_until):
    first = SeenRun(job, True).state
    assert SeenRun(job, True).state == first != SeenRun(job, False).state
    job.play()
    running = SeenRun(job, True).state
    wait_until(lambda: job.run.step > 10, "steps")
    assert SeenRun(job, True).state == running != first
    job.pause()
    assert SeenRun(job, True).state not in (first, running)


def test_figures_and_words_are_the_runs_own(job, corpus, wait_until):
    job.play()
    wait_until(lambda: job.done and job.settled, "the end")
    run, trainer = job.run, Trainer(SHORT, corpus)
    while not trainer.done:
        trainer.step()
    shown = figures(job, run)
    assert shown["held_out"] == f"{trainer.evaluate():.2f}"
    assert shown["evaluated"] == f"{run.train_eval_loss:.2f}"
    assert shown["names_seen"] == f"{2 * 700:,}"
    assert shown["perplexity"] == f"{np.exp(run.val_loss):.3g}"
    assert said(job) == (
        f"Finished 700 updates. Computing took {run.seconds:.1f} s (PyTorch). Names: dinos."
    )
    frame = Sender().next(SeenRun(job, True))[1]
    compared = compare_with_baselines(baseline_differences(job, run))
    assert compared and frame["sentence"].startswith(" ".join(map(str, compared)))


def said(job):
    """What the page says of where a run is."""
    return "".join(text for text, _ in status(job, None, True))


def test_a_run_that_was_watched_says_that_its_computing_took_less(job, wait_until):
    job.set_pace("watch")
    job.play()
    wait_until(lambda: job.slowed, "a moment that is shown for a while")
    job.set_pace("full")
    wait_until(lambda: job.done and job.settled, "the end")
    took = f"Computing took {job.run.seconds:.1f} s (PyTorch). The display was slowed down "
    assert took in said(job)
    job.run = replace(job.run, engine="compiled", seconds=7300.0)
    took = "Computing took 2.0 h (compiled to machine code). The display was slowed down "
    assert took in said(job)


def test_four_figures_are_always_seen_and_the_fields_terms_follow_plain_words():
    seen = [key for key, label in LABELS.items() if label.always]
    assert seen == ["names_seen", "held_out", "training", "time_left"]
    assert str(LABELS["held_out"].words) == "Loss on names it never saw"
    assert [str(LABELS[key].term) for key in ("held_out", "perplexity")] == [
        "held out",
        "perplexity",
    ]


def test_what_an_untrained_network_loses_is_not_told_before_its_first_step(job, corpus, wait_until):
    page = Page()
    frame = page.take(Sender().next(SeenRun(job, True)))
    loss, guess = job.run.val_loss, job.baselines["nothing"]
    drawn = [page.layout[part] for part in ("shapes", "annotations")]
    lines = [str(it) for it in explain_lines(corpus, job.trained)]
    told = json.dumps(
        [{**frame, "layout": drawn, "at": 0}, lines, *([*map(str, it)] for it in LABELS.values())]
    )
    for number in (loss, job.run.train_eval_loss, guess):
        assert f"{number:.2f}" not in told and str(number)[:5] not in told
    for words in ("guess", "uniform", "same probability", "Above", "unequal"):
        assert words not in told
    assert page.curves == {name: ([], []) for name in ("train", "evaluated", "val")}
    assert [shape["name"] for shape in page.layout["shapes"]] == [
        name for name, _ in sorted(job.baselines.items(), key=lambda it: it[1]) if name != "nothing"
    ]
    low, high = page.layout["yaxis"]["range"]
    assert low < min(job.baselines.values()) < guess < high  # the room is there: nothing jumps
    job.play(steps=1)
    wait_until(lambda: job.settled and job.run.step == 1, "a step")
    frame = page.take(Sender().next(SeenRun(job, True)))
    assert frame["figures"]["held_out"] == f"{job.run.val_loss:.2f}"
    assert page.curves["val"][0] == [0, 1]
    assert "guessing" in [shape["name"] for shape in page.layout["shapes"]]
    assert "guessing" in str(explain_lines(corpus, job.trained)[0][1])


def test_while_it_trains_no_claim_is_made_and_at_rest_every_one_has_its_error(job, wait_until):
    job.set_pace("watch")
    job.play()
    wait_until(lambda: job.run.step > 2, "some moments")
    assert job.run.val_name_losses is None and not baseline_differences(job, job.run)
    words = loss_sentence(job, job.run)
    assert "±" not in words and "lower" not in words and "higher" not in words
    job.pause()
    wait_until(lambda: job.settled, "the pause")
    found = baseline_differences(job, job.run)
    assert [it.baseline for it in found] == list(job.baselines)
    for it in found:
        assert it.level == pytest.approx(job.baselines[it.baseline], abs=1e-5)
        assert it.difference.lower_by == pytest.approx(it.level - job.run.val_loss, abs=1e-5)
        assert it.difference.error > 0
    assert "±" in loss_sentence(job, job.run)


def test_an_untrained_network_guesses_unevenly_which_is_said_only_where_it_costs_more(trained):
    run = replace(trained.run(), losses=np.empty(0), val_losses=np.array([3.36]))
    words = loss_sentences(run, {"nothing": 3.296}, [], 152)
    assert [it.template for it in words] == ["shown.untrained", "shown.unequal"]
    assert words[0].fields == {"loss": 3.36, "nothing": 3.296}
    assert len(loss_sentences(run, {"nothing": 3.36}, [], 152)) == 1


def test_the_lines_of_the_chart_are_explained_with_the_lists_own_numbers(corpus):
    lines = {str(term): str(words) for term, words in explain_lines(corpus)}
    assert (
        "all 27 symbols the same probability gives 3.30 (line “guessing”)"
        in lines["Loss (cross-entropy)"]
    )
    assert "1 nat is 1.44 bits" in lines["Loss (cross-entropy)"]
    assert "on 152 others, the validation set (orange)" in lines["Training, held out"]
    assert "(dotted blue)" in lines["Training, evaluated"]
    assert "without a network" in lines["Grey dashed lines"]


def test_how_it_is_measured_says_what_one_run_and_its_seconds_do_not_show():
    facts = " ".join(map(str, explain_measuring()))
    assert "± does not include the effect of another seed" in facts
    assert "if you choose it by its held-out loss" in facts
    assert "depend on the server's load" in facts and "do not compare recipes" in facts


@pytest.mark.parametrize(
    "step, most, end",
    [(0, 1200, 1200), (10, 100_000, 1562), (50_000, 100_000, 100_000), (1200, 1200, 1200)],
)
def test_the_axis_ends_where_there_is_something_to_see(step, most, end):
    assert axis_end(step, most) == end


def test_the_newest_moment_is_large_beside_the_baseline_that_its_held_out_loss_has_passed(
    job, wait_until
):
    page = Page()
    for steps in (1, 2, 40):
        job.play(steps=steps)
        wait_until(lambda: job.settled, "the steps")
        page.take(Sender().next(SeenRun(job, True)))
        newest = job.run.named_moments[-1]
        assert newest.step == job.run.step
        assert page.newest["when"] == f"Update {newest.step:,} · held out {newest.val_loss:.2f}"
        assert page.newest["names"] == [name or "–" for name in newest.names[:3]]
        passed = passed_baseline(newest.val_loss, job.baselines)
        passed = passed and line_name(passed)
        counting = "" if passed == "guessing" else "counting "
        words = f"Below the line for {counting}{passed} (" if passed else "Above all dashed lines"
        assert words in page.newest["passed"]
        assert page.names[-1] == [f"{newest.step:,}", *page.newest["names"][:2], passed or "–"]


def test_rows_of_names_stay_while_others_come(trained):
    run, baselines = replace(trained.run(), latest=None), {"nothing": 3.3, "letters": 2.8}
    before: list[str] = []
    changed = 0
    for count in range(1, len(run.snapshots) + 1):
        so_far = replace(run, snapshots=run.snapshots[:count])
        steps = [row[0] for row in name_rows(so_far, baselines)]
        assert len(steps) <= NAME_ROWS and steps[0] == "0"
        assert steps[-1] == f"{so_far.snapshots[-1].step:,}"
        changed += steps[: len(before) - 1] != before[:-1]
        before = steps
        between = Snapshot(so_far.snapshots[-1].step + 1, 1.5, ("rex", "saurus"), None)
        rows = name_rows(replace(so_far, kept_step=between.step, latest=between), baselines)
        assert rows[-1][:3] == [f"{between.step:,}", "rex", "saurus"] and len(rows) <= NAME_ROWS
        assert [row[0] for row in rows[:-1]] in (steps, steps[:-1])
    assert len(run.snapshots) > 15 and changed <= 2  # where every second row goes


def test_without_names_there_is_nothing_to_show(trained):
    assert newest_names(None, {}) is None and name_rows(None, {}) == []
    assert newest_names(replace(trained.run(), snapshots=(), latest=None), {}) is None


def test_at_watch_no_speed_is_told_and_the_time_left_is_that_of_its_moments(job, wait_until):
    job.set_pace("watch")
    job.play()
    wait_until(lambda: job.run.step > 2, "some moments")
    run = replace(job.run, seconds=0.5)
    shown = figures(job, run)
    assert shown["speed"] == SLOWED != shown["names_seen"]
    left = limits.WATCH_SECONDS * np.mean([step > run.step for step in snapshot_steps(700)])
    assert shown["time_left"] == str(duration(left)) and 0 < left < limits.WATCH_SECONDS
    slow = replace(run, seconds=30.0)  # computing alone takes longer
    assert figures(job, slow)["time_left"] == str(duration(30.0 * (700 - run.step) / run.step))
    job.pause()
    wait_until(lambda: job.settled, "the pause")
    assert SLOWED not in figures(job, job.run).values()


def test_what_one_step_did_is_sent_once_and_taken_back_when_it_trains_on(job, wait_until):
    sender, page = Sender(), Page()
    page.take(sender.next(SeenRun(job, True)))
    assert page.report is None
    job.play(steps=1)
    wait_until(lambda: job.settled and job.step_report, "the step")
    frame = page.take(sender.next(SeenRun(job, True)))
    assert page.report["step"] == job.run.step == 1
    assert len(page.report["names"]) == SHORT.batch_size
    assert f"{job.run.losses[0]:.3f}" in page.report["batch"]
    assert "report" in frame
    job.set_learning_rate(0.004)
    wait_until(lambda: job.settled and job.run.learning_rate == 0.004, "another rate")
    assert "report" not in page.take(sender.next(SeenRun(job, True)))
    job.play(steps=20)
    wait_until(lambda: job.settled and job.run.step == 21, "more steps")
    job.play()
    wait_until(lambda: job.settled and job.done, "the end")
    page.take(sender.next(SeenRun(job, True)))
    assert page.report is None


def test_earlier_curves_are_sent_when_they_change_and_give_the_axis_room(job, wait_until):
    sender, page = Sender(), Page()
    longer = (("Run 1", (np.array([0, 2000]), np.array([3.3, 1.0]))),)
    page.take(sender.next(SeenRun(job, True)))
    assert page.earlier == [] and page.layout["xaxis"]["range"] == [0, 700]
    page.take(sender.next(SeenRun(job, True, earlier=longer)))
    assert [curve["y"] for curve in page.earlier] == [[3.3, 1.0]]
    assert page.layout["xaxis"]["range"] == [0, 2000] and page.layout["yaxis"]["range"][0] < 1
    job.play(steps=1)
    wait_until(lambda: job.settled and job.run.step == 1, "a step")
    assert "earlier" not in page.take(sender.next(SeenRun(job, True, earlier=longer)))
    page.take(sender.next(SeenRun(job, True)))
    assert page.earlier == [] and page.layout["xaxis"]["range"] == [0, 700]


def test_after_a_divergence_the_axes_end_with_the_good_part(pool, corpus, wait_until):
    wild = SHORT.replace(optimizer="momentum", learning_rate=10.0, clip_norm=0.0, average=0.0)
    job = pool.create(wild, corpus, "me", "tab")
    job.play()
    wait_until(lambda: job.settled and job.run and job.run.stopped and job.baselines, "its end")
    page, run = Page(), job.run
    page.take(Sender().next(SeenRun(job, True)))
    assert page.layout["xaxis"]["range"] == [0, run.step]
    measured = run.val_losses[run.val_steps <= run.kept_step]
    evaluated = run.train_eval_losses[run.val_steps <= run.kept_step]
    shown = [*run.losses[: run.kept_step], *measured, *evaluated]
    top = max([*shown, job.baselines["nothing"]])
    assert page.layout["yaxis"]["range"][1] == pytest.approx(top + 0.08)
    assert run.losses.max() > top + 0.08  # what is cut off
    assert page.curves["val"][0] == run.val_steps[:-1].tolist() == run.val_curve()[0].tolist()
    assert page.curves["evaluated"][0] == run.val_steps[:-1].tolist()  # the last one was put back
    assert run.val_steps[-1] == run.step and run.val_loss == run.val_losses[-1] < top


def test_the_sentence_calls_overfitting_by_its_name_and_says_what_flatters(trained, monkeypatch):
    run, baselines = trained.run(), {"nothing": 3.3, "letters": 2.8}

    def said(run):
        return " ".join(map(str, loss_sentences(run, baselines, [], 152)))

    found = Overfitting(90, 1.68, 1.8, 0.12)
    monkeypatch.setattr("dino.metrics.overfitting", lambda run, names: found)
    assert (
        "Overfitting: the held-out loss was lowest at update 90 (1.68) and has risen by 0.12 "
        "since, while the training loss, measured in the same way, kept falling." in said(run)
    )
    assert said(run).endswith(
        "That update was chosen for its low held-out loss, so on new names the loss would tend to "
        "be a little higher."
    )
    monkeypatch.setattr("dino.metrics.overfitting", lambda run, names: None)
    assert "Overfitting" not in said(run)
    worse = replace(run, val_losses=np.append(run.val_losses[:-1], 2.0))
    assert f"It was lowest at update {worse.best[0]:,}" in said(worse)


@pytest.mark.parametrize(
    "evaluated, is_said",
    [
        ([2.0, 1.51, 1.5, 1.66], True),  # an LSTM or a large RNN whose steps are too long
        ([2.0, 1.51, 1.4, 1.66], False),  # it has learned names by heart in between
        ([2.0, 1.51, 1.5, 1.515], False),  # not as far as a page shows
        ([2.0, 1.51, 1.4, 1.3], False),
    ],
)
def test_a_rise_of_both_losses_is_said_to_be_no_overfitting(trained, evaluated, is_said):
    run = replace(
        trained.run(),
        val_steps=np.array([0, 100, 200, 300]),
        val_losses=np.array([3.0, 1.69, 1.7, 1.78]),
        train_eval_losses=np.array(evaluated),
    )
    words = " ".join(map(str, loss_sentences(run, {"nothing": 3.3}, [], 152)))
    assert "It was lowest at update 100 (1.69)." in words and "Overfitting:" not in words
    assert ("has also risen (from 1.51 to 1.66)" in words) == is_said
    stopped = replace(run, stopped="It diverged.")
    for other, names in ((stopped, 152), (run, 15)):
        said = loss_sentences(other, {"nothing": 3.3}, [], names)
        assert "overfitting" not in " ".join(map(str, said))


@pytest.mark.parametrize("names, is_called", [(2, False), (15, False), (16, True)])
def test_of_few_held_out_names_no_verdict_is_given_and_that_is_said(trained, names, is_called):
    run, baselines = trained.run(), {"nothing": 3.3, "letters": 2.8}
    compared = [BesideBaseline("letters", 2.8, Difference(0.9, 0.05, names))]
    said = " ".join(map(str, loss_sentences(run, baselines, compared, names)))
    assert ("0.90 ± 0.05 lower" in said) == is_called
    few = f"{names} held-out names are too few to tell"
    assert (few in said) == (f"{run.val_loss:.2f}. That of" in said) == (not is_called)
    assert "too few" not in " ".join(map(str, loss_sentences(run, baselines, [], names)))


def test_a_run_in_a_table_has_its_steps_and_both_losses(job, trained, wait_until):
    assert row_figures(None) == row_figures(job.run) == ["untrained", "–", "–"]
    run = trained.run()
    best_step, best = run.best
    losses = [f"{run.val_loss:.2f}", f"{best:.2f} at {best_step}"]
    assert row_figures(run) == ["300", *losses]
    assert row_figures(replace(run, max_steps=400)) == ["300 of 400", *losses]
    assert row_figures(replace(run, stopped="It diverged."))[0] == "diverged at 300"


def test_of_a_diverged_run_the_newest_moment_is_one_of_the_good_part(trained):
    run = trained.run()
    good = run.snapshots[3].step
    diverged = replace(run, stopped="It diverged.", kept_step=good)
    assert newest_names(diverged, None)["when"].startswith(f"Update {good:,} ")
    assert name_rows(diverged, None)[-1][0] == f"{good:,}"
    assert newest_names(run, None)["when"].startswith(f"Update {run.snapshots[-1].step:,} ")


@pytest.mark.parametrize(
    "dropout, engines, says",
    [
        ({"hidden_dropout": 0.5}, ((0, "torch"), (120, "compiled")), "From update 121 the engine"),
        ({"letter_dropout": 0.1}, ((0, "torch"), (7, "compiled")), "From update 8 the engine"),
        ({"letter_dropout": 0.1}, ((0, "compiled"),), ""),
        ({}, ((0, "torch"), (7, "compiled")), ""),
    ],
)
def test_a_run_with_dropout_says_where_another_engine_took_over(trained, dropout, engines, says):
    run = trained.run()
    run = replace(run, config=run.config.replace(**dropout), engines=engines)
    sentences = takeover_sentences(run)
    assert says in " ".join(map(str, sentences)) and bool(sentences) == bool(says)


@pytest.mark.parametrize(
    "number, words",
    [(6.0, "6.00"), (5.584, "5.58"), (55.84, "55.8"), (9.999, "10.0"), (1280.4, "1,280")],
)
def test_a_perplexity_has_three_digits_a_zero_too(number, words):
    assert str(three_digits(number)) == words


def test_a_page_misses_no_run_whose_predecessor_is_gone(job):
    """A run that is freed may leave its `id` to the next one: what was sent is held until then."""
    sender = Sender()
    sender.next(SeenRun(job, True))
    sent = weakref.ref(job.run)
    job.run = replace(job.run)
    gc.collect()
    assert sent() is not None and sender.next(SeenRun(job, True)) is not None
    gc.collect()
    assert sent() is None  # and no longer


@pytest.mark.parametrize(
    "seconds, words",
    [
        (40, "40 s"),
        (720, "12 min"),
        (12_600, "3.5 h"),
        (326_340, "3.8 days"),
        (1e8, "1,157.4 days"),
    ],
)
def test_a_long_time_is_told_in_hours_and_days(seconds, words):
    assert str(duration(seconds)) == words


def test_before_a_run_that_takes_more_than_ten_minutes_it_is_said(corpus):
    assert long_run_sentences(Config(), corpus) == []
    large = Config(cell="lstm", hidden_size=512, max_steps=100_000)
    (said,) = map(str, long_run_sentences(large, corpus))
    assert re.fullmatch(r"Its 100,000 updates take about [\d.]+ h or more on this server.", said)


def test_the_speed_of_a_run_does_not_jump_where_one_stretch_of_it_was_slow():
    speed, total, seen = 0.0, 0.0, []
    for stretch in range(200):
        newest, seconds = (10.0, 0.5) if stretch % 5 == 3 else (1000.0, 0.5)
        total += seconds
        speed = smoothed(speed, newest, seconds, total)
        seen.append(speed)
    assert seen[0] == 1000.0  # the first is all that is known
    assert max(seen[20:]) / min(seen[20:]) < 1.2
