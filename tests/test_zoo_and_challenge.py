"""Learn beside its lessons: the failure zoo, the diagnosis of any run, the challenge."""

from __future__ import annotations

import pytest
from pressing import job_of, part
from pressing import press as press_run
from test_learn_page import has, look, open_learn, press, texts
from waiting import wait_for

from dino.lessons.progress import Progress, progress_from_text
from dino.lessons.reading import lessons
from dino.ngram import ORDERS, NGram
from dino.pages.learn import challenge, contents, zoo_screen
from dino.ui import server
from dino.zoo import ZOO

NET = {"engine": "torch", "hidden_size": "8", "batch_size": "4", "max_steps": "40"}


@pytest.fixture(autouse=True)
def empty():
    yield
    server.renew()


def open_part(key: str, **params: str):
    return press(open_learn(**params), f"open_{key}")


def trained(**params: str):
    """The page Learn of a browser that has trained a short run in the Lab."""
    page = open_learn(**{**NET, **params})
    page.switch_page("dino/pages/lab/page.py").run()
    press_run(page, "play")
    job = job_of(page)
    wait_for(lambda: job.done and job.settled and job.entry(), "the run")
    page.switch_page("dino/pages/learn/page.py")
    return look(page), job


# ---- the zoo


def test_the_choices_wait_for_the_end_of_the_run_but_may_be_skipped() -> None:
    page = open_part(zoo_screen.KEY)
    key = next(iter(ZOO))
    assert page.radio(key=f"ask_zoo_{key}").disabled
    assert page.button(key=f"zoo_{key}_place").disabled
    assert "Answer when it has finished" in texts(page)
    press(page, f"zoo_{key}_skip")
    assert str(ZOO[key].why) in texts(page)


def test_an_exhibit_is_a_puzzle_first_and_nothing_tells_its_cause_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(zoo_screen, "has_run", lambda exhibit: True)
    page = open_part(zoo_screen.KEY)
    assert "Answer when it has finished" not in texts(page)
    exhibit = next(iter(ZOO.values()))
    told = (str(exhibit.why), str(exhibit.cure_words))
    assert not any(words in texts(page) for words in told)
    press(page, f"zoo_{exhibit.key}_place")
    assert "Choose one of the answers first." in texts(page)
    wrong = next(it for it in exhibit.choices if it != exhibit.cause)
    page.radio(key=f"ask_zoo_{exhibit.key}").set_value(wrong)
    press(look(page), f"zoo_{exhibit.key}_place")
    assert all(words in texts(page) for words in (str(exhibit.reply(wrong)), *told))
    assert has(page, f"zoo_{exhibit.key}_cure_train")
    assert page.radio(key=f"ask_zoo_{exhibit.key}").disabled


@pytest.mark.parametrize("key", ZOO)
def test_every_exhibit_can_be_answered_or_skipped_and_is_kept(key: str) -> None:
    page = open_part(zoo_screen.KEY)
    page.session_state["exhibit_shown"] = key
    press(look(page), f"zoo_{key}_skip")
    assert str(ZOO[key].why) in texts(page) and "You skipped this." in texts(page)
    kept = progress_from_text(page.session_state["progress"].to_text(), lessons("en"))
    assert kept.more[zoo_screen.KEY] == {key: zoo_screen.SKIPPED}


@pytest.mark.parametrize("kept", [3, [], {"x": "y"}, {"small_rate": "x"}, {"small_rate": 3}])
def test_what_a_browser_kept_of_the_zoo_may_be_anything(kept: object) -> None:
    page = open_part(zoo_screen.KEY)
    page.session_state["progress"] = Progress().with_more(zoo_screen.KEY, kept)
    look(page)
    assert has(page, "zoo_small_rate_place")


def test_any_run_is_diagnosed_when_it_is_asked_for() -> None:
    page, job = trained()
    press(page, f"open_{zoo_screen.KEY}")
    before = job.run.weights.copy()
    press(page, "diagnose")

    def is_told() -> bool:
        look(page)
        return "update-to-weight ratio" in texts(page)

    wait_for(is_told, "the diagnosis")
    assert (job.run.weights == before).all()


def test_what_the_zoo_puts_on_the_controls_of_the_lab_is_put_back() -> None:
    """Also after a second exhibit; what the learner has changed since stays as it is."""
    page = open_part(zoo_screen.KEY, **NET, list="us-first-names")
    own, (first, second, *_) = settings_on(page), list(ZOO)
    assert own[0] == 8 and own[-1] == "us-first-names"
    for key in (first, second):
        page.session_state["exhibit_shown"] = key
        press(look(page), f"zoo_{key}_failing_train")
        press(page, f"zoo_{key}_failing_stop")
        assert settings_on(page) == (64, ZOO[key].failing.learning_rate, "dinos")
    press(page, f"zoo_{second}_failing_settings_back")
    assert settings_on(page) == own and not has(page, f"zoo_{second}_failing_settings_back")
    page.session_state["exhibit_shown"] = first
    press(look(page), f"zoo_{first}_failing_train")
    assert settings_on(page)[0] == 64
    page.session_state["hidden_size"] = 12
    press(look(page), f"zoo_{first}_failing_settings_back")
    assert settings_on(page) == (12, *own[1:])


BATCH = next(key for key, it in ZOO.items() if it.failing.context)


def from_the_zoo(page):
    """Train the exhibit whose memory is one letter, and go on to the challenge."""
    page.session_state["exhibit_shown"] = BATCH
    press(look(page), f"zoo_{BATCH}_failing_train")
    press(page, f"zoo_{BATCH}_failing_stop")
    assert page.session_state["context"] == 1
    press(page, "all_lessons")
    return press(page, f"open_{challenge.KEY}")


def test_the_challenge_begins_without_what_the_zoo_put_on_the_controls() -> None:
    page = from_the_zoo(open_part(zoo_screen.KEY, **NET))
    assert "memory reaches back" in texts(page).lower()
    assert has(page, f"{challenge.KEY}_settings_back")
    press(page, "challenge_exam")
    now = page.session_state
    assert (now["exam"], now["context"], now["hidden_size"]) == (True, 0, 8)
    assert "memory reaches back" not in texts(page).lower()
    assert not has(page, f"{challenge.KEY}_settings_back")


def test_settings_of_the_zoo_can_be_put_back_whatever_is_changed_beside_them() -> None:
    page = from_the_zoo(open_part(zoo_screen.KEY, **NET))
    page.session_state["exam"] = True  # as in the Lab
    press(look(page), f"{challenge.KEY}_settings_back")
    now = page.session_state
    assert (now["exam"], now["context"], now["hidden_size"]) == (True, 0, 8)


def test_the_lab_too_offers_to_put_back_what_the_zoo_has_put_there() -> None:
    page = from_the_zoo(open_part(zoo_screen.KEY, **NET))
    page.switch_page("dino/pages/lab/page.py").run()
    press(page, "lab_settings_back")
    assert page.session_state["context"] == 0 and not has(page, "lab_settings_back")


def test_the_challenge_tells_what_more_settings_hide_and_sets_it_back() -> None:
    """Also of a link, or after a reload, which no page has put there."""
    page = open_part(challenge.KEY, context="1", exam="true", hidden_size="16")
    assert "memory reaches back all → 1" in texts(page)
    press(page, "challenge_as_preset")
    now = page.session_state
    assert (now["exam"], now["context"], now["hidden_size"]) == (True, 0, 16)
    assert not has(page, "challenge_as_preset")


def settings_on(page) -> tuple[object, ...]:
    """Of the controls: the hidden size, the learning rate, the list."""
    return tuple(page.session_state[it] for it in ("hidden_size", "learning_rate", "list"))


# ---- the challenge


def test_a_run_without_an_exam_is_no_entry_and_the_page_says_how_to_have_one() -> None:
    page, _ = trained()
    press(page, f"open_{challenge.KEY}")
    assert "You have no entry yet" in texts(page) and not has(page, "hand_in")
    press(page, "challenge_exam")
    assert page.session_state["exam"] is True
    assert page.button(key="challenge_exam").disabled


def test_an_entry_is_handed_in_once_and_then_its_exam_is_open() -> None:
    page, job = trained(exam="true")
    press(page, f"open_{challenge.KEY}")
    rows = part(page, "challenge_entries")[1]["rows"]
    assert len(rows) == 1 and rows[0][2] == f"{job.run.val_loss:.3f}"
    assert "Exam minus held out" not in texts(page)
    press(page, "hand_in")
    assert "you cannot undo that" in texts(page) and not has(page, "hand_in")
    press(page, "hand_in_not_yet")  # nothing has happened
    assert "you cannot undo that" not in texts(page) and challenge.KEY not in kept_of(page)
    press(page, "hand_in")
    press(page, "hand_in_sure")

    def is_open() -> bool:
        look(page)
        return "Exam minus held out" in texts(page) and part(page, "exam_counting") is not None

    wait_for(is_open, "the exam")
    assert not has(page, "hand_in") and not has(page, "hand_in_sure")
    rows = part(page, "exam_counting")[1]["rows"]
    assert len(rows) == 5 and "Its loss on the exam's names is" in texts(page)
    assert "You have opened this exam once in this visit." in texts(page)
    assert "Open the Lab" in [it.proto.label for it in page.get("page_link")]
    page.session_state["progress"] = page.session_state["progress"].with_more(challenge.KEY, "")
    look(page)  # as if it were yet to be handed in
    assert "You opened this exam before" in texts(page)


def test_the_list_of_parts_says_that_an_entry_was_handed_in() -> None:
    page, words = open_learn(), "An entry was handed in."
    assert words not in texts(page)
    page.session_state["progress"] = Progress().with_more(challenge.KEY, "a token")
    assert words in texts(look(page))


def test_the_best_entry_is_offered_until_the_learner_chooses_another() -> None:
    page, first = trained(exam="true", max_steps="80")
    press(page, f"open_{challenge.KEY}")
    assert page.session_state["challenge_run"] == first.token
    page.session_state["max_steps"] = 10  # a worse one follows
    second = another(page)
    assert second.run.val_loss > first.run.val_loss
    press(page, f"open_{challenge.KEY}") if has(page, f"open_{challenge.KEY}") else look(page)
    assert page.session_state["challenge_run"] == first.token
    page.session_state["max_steps"] = 300
    third = another(page)
    assert third.run.val_loss < first.run.val_loss
    assert page.session_state["challenge_run"] == third.token
    press(page, "hand_in")
    assert f"Its held-out loss is {third.run.val_loss:.3f}." in texts(page)
    press(page, "hand_in_not_yet")
    page.selectbox(key="challenge_run").set_value(second.token).run()
    assert look(page).session_state["challenge_run"] == second.token


def another(page):
    """Train what is on the controls, and come back."""
    page.switch_page("dino/pages/lab/page.py").run()
    press_run(page, "new")
    press_run(page, "play")
    job = job_of(page)
    wait_for(lambda: job.done and job.settled and job.entry(), "another run")
    page.switch_page("dino/pages/learn/page.py")
    look(page)
    return job


def kept_of(page) -> dict[str, object]:
    """What other parts of the page keep, by their names."""
    found = page.session_state["progress"] if "progress" in page.session_state else None
    return dict(found.more) if found is not None else {}


def test_a_report_has_the_entry_its_exam_and_counting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the page has not shown them, as after a reload."""
    found = []
    entry = challenge.entry_for_report
    monkeypatch.setattr(contents, "entry_for_report", lambda: found.append(entry()))
    page, job = trained(exam="true")
    page.session_state["learn_home"] = True
    look(page)
    assert found.pop()() is None
    press(page, f"open_{challenge.KEY}")
    press(press(page, "hand_in"), "hand_in_sure")
    wait_for(lambda: "Exam minus held out" in texts(look(page)), "the exam")
    page.session_state["learn_part"] = ""
    page.session_state["learn_home"] = True
    look(page)
    told = found.pop()()
    assert told.run.startswith("Run 1") and told.opened.number == 1
    corpus = job.corpus
    levels = {it.baseline: it.level for it in told.counting}
    assert levels == pytest.approx(
        {it: NGram(n, corpus.train, corpus.vocab).loss(corpus.exam) for it, n in ORDERS.items()}
    )
    page.session_state["progress"] = Progress().with_more(challenge.KEY, "gone")
    look(page)
    assert found.pop()().run == ""


def test_a_run_that_was_handed_in_and_trains_further_is_still_the_one() -> None:
    """Its exam is that of the weights that were handed in; nothing else can be handed in."""
    page, job = trained(exam="true")
    press(page, f"open_{challenge.KEY}")
    press(press(page, "hand_in"), "hand_in_sure")

    def is_open() -> bool:
        look(page)
        return "Exam minus held out" in texts(page)

    wait_for(is_open, "the exam")
    job.extend(20)
    wait_for(lambda: job.done and job.settled and job.entry().run.step == 60, "the longer run")
    look(page)
    assert "You trained this run further" in texts(page) and "after update 40" in texts(page)
    assert "Exam minus held out" in texts(page)
    assert not has(page, "hand_in") and not has(page, "open_exam")


def test_an_entry_whose_run_is_gone_is_told_and_its_exam_is_no_test_any_more() -> None:
    page, _ = trained(exam="true")
    press(page, f"open_{challenge.KEY}")
    page.session_state["progress"] = Progress().with_more(challenge.KEY, "gone")
    look(page)
    assert "its run is no longer kept" in texts(page) and has(page, "hand_in")


def test_the_page_says_where_the_controls_have_no_exam_any_more() -> None:
    page, _ = trained(exam="true")
    press(page, f"open_{challenge.KEY}")
    words = "has no final exam, so it would not count"
    assert words not in texts(page)
    page.session_state["exam"] = False
    assert words in texts(look(page))
    press(page, "challenge_exam")
    assert words not in texts(page)


def test_the_baselines_that_an_entry_is_below_are_those_with_a_higher_loss() -> None:
    page, _ = trained(exam="true")
    (entry,) = [it for it in server.jobs().runs_of(page.session_state["visit"].browser)]
    losses = entry.baselines
    assert set(challenge.COUNTED) <= set(losses)
    found = challenge.beaten(entry)
    assert found == [it for it in challenge.COUNTED if entry.run.val_loss < losses[it]]
    assert [losses[it] for it in challenge.COUNTED] == sorted(
        (losses[it] for it in challenge.COUNTED), reverse=True
    )
