"""A browser's list of runs: titles, pins, and deleted runs that come back."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dino.config import Config
from dino.data import Corpus, load
from dino.exam import ExamLosses
from dino.jobs import RunEntry, limits
from dino.jobs.kept_runs import KeptRuns, checked_title, free, offers
from dino.locale.sentences import Refusal

SHORT = Config(hidden_size=4, max_steps=20, batch_size=4, engine="torch")


@given(st.text(max_size=100))
def test_a_title_is_one_line_of_visible_letters_or_is_refused_in_one_sentence(text: str) -> None:
    try:
        title = checked_title(text)
    except Refusal as refusal:
        assert f"at most {limits.TITLE_LETTERS} characters" in str(refusal)
        return
    assert len(title) <= limits.TITLE_LETTERS and title == title.strip()
    assert all(c in "\u200c\u200d" or unicodedata.category(c)[0] != "C" for c in title)
    assert "\n" not in title and checked_title(title) == title


@pytest.fixture
def make(trained):
    """A function that makes an entry of a run of the classroom's size."""
    run, training = trained.run(), trained.pack()

    def made(number: int, pinned: bool = False) -> RunEntry:
        entry = RunEntry(number, f"t{number}", run, trained.corpus, {}, training, "me")
        return replace(entry.to_keep(number), pinned=pinned)

    return made


@pytest.fixture
def examined() -> Corpus:
    return load(exam=True)


def numbers(entries) -> list[int]:
    return [entry.number for entry in entries]


def kept_of(*entries: RunEntry) -> KeptRuns:
    kept = KeptRuns()
    for entry in entries:
        kept.add(entry, 10**9)
    return kept


def test_room_is_taken_from_deleted_runs_then_from_those_that_are_not_pinned(make) -> None:
    kept = kept_of(make(1, pinned=True), make(2), make(3), make(4))
    kept.remove("t3")
    order = []
    while kept.all:
        free(1, offers([kept]))
        left = {e.number: (e.packed is not None, e.run.weights is not None) for e in kept.all}
        order.append(left)
    assert 3 not in order[0] and order[0][2] == order[0][4] == (True, True)
    unpinned = [left[2] for left in order if 2 in left]
    assert unpinned == sorted(unpinned, reverse=True) and (False, False) in unpinned
    for left in order:  # the pinned one gives nothing while another has something
        if 1 in left and left[1] != (True, True):
            assert all(state == (False, False) for number, state in left.items() if number != 1)
    assert {*order[-2]} == {1} and kept.discarded == 3  # the deleted one does not count


def test_of_too_many_the_oldest_go_that_are_not_pinned(make, monkeypatch) -> None:
    monkeypatch.setattr(limits, "KEPT_RUNS", 3)
    kept = kept_of(make(1, pinned=True), *(make(number) for number in range(2, 7)))
    assert numbers(kept.entries) == [1, 5, 6]
    kept.remove("t5")
    kept.add(make(7), 10**9)
    assert numbers(kept.entries) == [1, 6, 7] and numbers(kept.all) == [1, 6, 7]


def test_a_deleted_run_comes_back_whole_until_as_many_others_were_deleted(make) -> None:
    entries = [make(number) for number in range(1, limits.REMOVED_RUNS + 3)]
    kept = kept_of(*entries)
    kept.remove("t1")
    assert kept.find(1) is None and numbers(kept.removed_entries) == [1]
    kept.put_back("t1")
    assert kept.find(1) is entries[0] or kept.find(1).run is entries[0].run
    gone = [token for entry in entries[:-1] for token in kept.remove(entry.token)]
    assert gone == ["t1"] and numbers(kept.entries) == [entries[-1].number]
    assert numbers(kept.removed_entries) == numbers(entries[1:-1])
    kept.put_back("t1")
    assert kept.find(1) is None


# ---- in the pool


def trained_run(jobs, corpus, idle, owner: str = "me"):
    job = jobs.create(SHORT, corpus, owner, "tab")
    job.play(steps=3)
    idle(job)
    return job


def test_titles_and_pins_stay_with_a_run_at_work_and_kept(pool, corpus, idle) -> None:
    jobs = pool()
    job = trained_run(jobs, corpus, idle)
    jobs.name_run("me", 1, "  my \n first ")
    jobs.pin("me", 1, True)
    jobs.drop(job)
    (entry,) = jobs.runs_of("me")
    assert (entry.title, entry.pinned) == ("my first", True)
    jobs.name_run("me", 1, "kept")
    again = jobs.reopen(jobs.runs_of("me")[0], "tab")
    assert (again.title, again.pinned) == ("kept", True)
    jobs.name_run("you", 1, "not yours")
    assert jobs.runs_of("me")[0].title == "kept"


def test_more_pins_than_there_may_be_are_refused(pool, corpus, idle, monkeypatch) -> None:
    monkeypatch.setattr(limits, "PINNED_RUNS", 1)
    jobs = pool()
    for _ in range(2):
        trained_run(jobs, corpus, idle)
    jobs.pin("me", 1, True)
    jobs.pin("me", 1, True)  # it is one of them
    with pytest.raises(Refusal, match="at most 1 runs"):
        jobs.pin("me", 2, True)
    jobs.pin("me", 1, False)
    jobs.pin("me", 2, True)
    assert [entry.pinned for entry in jobs.runs_of("me")] == [True, False]


def test_a_deleted_run_is_seen_by_nobody_until_it_is_put_back(
    pool, corpus, idle, wait_until
) -> None:
    jobs = pool()
    job = trained_run(jobs, corpus, idle)
    assert jobs.remove("you", 1) == "" and jobs.remove("me", 7) == ""
    assert jobs.remove("me", 1) == job.token
    wait_until(lambda: not job.loaded, "the packed run")
    assert jobs.runs_of("me") == [] and jobs.find(job.token) is None
    assert jobs.find_number("me", 1) is None and jobs.find_kept(job.token) is None
    jobs.put_back("me", job.token)
    (entry,) = jobs.runs_of("me")
    wait_until(lambda: jobs.runs_of("me")[0].packed is not None, "what training on needs")
    assert entry.number == 1 and entry.run.step == 3
    again = jobs.reopen(jobs.runs_of("me")[0], "tab")
    again.play(steps=2)
    idle(again)
    assert again.run.step == 5
    jobs.remove("me", 1)
    jobs.erase("me")
    jobs.put_back("me", job.token)
    assert jobs.runs_of("me") == []


def test_what_a_browser_opens_or_shows_is_kept_though_the_server_has_forgotten_it(
    jobs, examined, make
) -> None:
    """The server remembers so many browsers; one that comes back is met again."""
    entry = replace(make(1), corpus=examined)
    assert not jobs.knew("me", 1)
    jobs.open_exam("me", entry)
    assert jobs.kept_of("me").exams.find(entry.token, entry.run.kept_step) is not None
    mine = replace(entry, corpus=replace(examined, owner="you"))
    jobs.show("you", entry.token, True)
    assert jobs.is_shown(mine)


def test_a_result_that_comes_after_all_was_erased_brings_no_browser_back(
    jobs, examined, make
) -> None:
    entry = replace(make(1), corpus=examined)
    jobs.open_exam("me", entry)
    opening = jobs.kept_of("me").exams.find(entry.token, entry.run.kept_step)
    jobs.erase("me")
    jobs.note_exam("me", opening, ExamLosses(1.6, 0.03, 1.5, 0.04, 152, 152))
    assert jobs.kept_of("me").exams.find(entry.token, entry.run.kept_step) is None
