"""What browsers kept of the lessons of version 1, its links and its reports: nothing is lost, and
nothing is ticked off that was not done.

`data/kept-1.json` is what a browser kept after version 1: lesson 2 begun, 3 ticked off by a link,
all others done. `data/learn-report-1.html` is a report of then.
"""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dino.grader.claims import read_claims
from dino.grader.grading import Grading
from dino.grader.judge import HOLDS
from dino.grader.learn_claims import concept_key, judge_learn, learn_claims
from dino.grader.learn_tables import tests_csv as csv_of
from dino.grader.report_check import Lists
from dino.lessons import renamed
from dino.lessons.concept_test import FIRST as FIRST_TEST
from dino.lessons.progress import Progress, progress_from_text
from dino.lessons.reading import lessons, parse_lesson
from dino.lessons.renamed import (
    CHANGED,
    FIRST,
    PARTS,
    keys_now,
    keys_of_numbers,
    place_now,
    present,
)
from dino.locale.sentences import Refusal
from dino.reports.learn_report import CHECKSUM, ROUNDS, checksum

DATA = Path(__file__).parent / "data"
KEPT = json.loads((DATA / "kept-1.json").read_text(encoding="utf-8"))
REPORT = (DATA / "learn-report-1.html").read_bytes()
NOW = lessons("en")
STEPS = {key: [step.name for step in lesson.steps] for key, lesson in NOW.items()}
BEGUN, THIRD = "where-is-order", "letters-to-numbers"
# Questions of version 1 that are gone, or that ask something else now: their answers are gone, and
# own words stay.
# The eight tasks of where-is-order are four others now.
GONE = frozenset(
    {
        *(("where-is-order", "sort"), ("where-is-order", "sort_more")),
        *(("one-step-slowly", "highest"), ("one-step-slowly", "after")),
        *(("how-far-back", "far"), ("how-far-back", "names"), ("how-far-back", "gate")),
        *(("how-fast", "rate"), ("how-large-how-long", "size")),
        *(("how-fast", "optimizer"), ("is-it-better", "gates")),
    }
)
# The experiments behind the bets of version 1: what their members differ in, seeds, splits, and the
# settings that only their step has.
EXPERIMENTS: dict[tuple[str, str], tuple[list[str], int, int, dict[str, Any]]] = {
    ("one-sample", "order"): (["shuffle=false,true"], 3, 3, {"max_steps": 200}),
    ("the-notebook", "four"): (["context=1,0", "learning_rate=0.0005,0.1"], 1, 1, {}),
    ("the-notebook", "first"): (["context=1,0", "learning_rate=0.0005,0.1"], 1, 1, {}),
    ("how-fast", "rate"): (["learning_rate=0.01,0.1,1,10"], 1, 1, {"optimizer": "sgd"}),
    ("how-fast", "optimizer"): (
        ["optimizer=sgd,adam", "learning_rate=0.001,0.01,0.1,1"],
        *(2, 3, {}),
    ),
    ("how-large-how-long", "size"): (
        ["hidden_size=16,64,256", "learning_rate=0.0002,0.005"],
        *(1, 1, {"max_steps": 400}),
    ),
    ("is-it-better", "gates"): (["cell=rnn,gru"], 3, 3, {"hidden_size": 32}),
    ("is-it-better", "dropout"): (["letter_dropout=0,0.1"], 3, 3, {}),
}


def found() -> Progress:
    return progress_from_text(json.dumps(KEPT), NOW)


def is_old_tick(value: object) -> bool:
    """Whether it is a lesson's number of version 1."""
    return type(value) is int and value in FIRST


def test_what_was_done_is_done_and_nothing_else_is_ticked_off() -> None:
    asking = [old.key for old in FIRST.values() if old.tasks or old.bets]
    done = {key for old in asking if old != BEGUN for key in keys_now(old)} & set(NOW)
    known = found()
    assert known.ticked == done
    assert {key for key, lesson in NOW.items() if known.is_done(lesson)} == done
    assert known.has_begun(NOW[BEGUN])


def test_every_sentence_and_every_answer_has_its_place() -> None:
    known = found()
    for key, name, words in KEPT["words"]:
        assert known.words[place_now(key, name, STEPS)] == words
    for key, name, values, tries, is_right in KEPT["answers"]:
        if (key, name) not in GONE:
            answer = known.answers[place_now(key, name, STEPS)]
            assert (list(answer.values or ()), answer.tries) == (values, tries)
            assert answer.is_right == is_right
    for key, name, values in KEPT["results"]:
        if (key, name) not in GONE:
            assert list(known.results[place_now(key, name, STEPS)]) == values
    for key, name, values in KEPT["drafts"]:
        if (key, name) not in GONE:
            assert list(known.drafts[place_now(key, name, STEPS)]) == values


def test_each_question_of_version_1_is_there_by_a_name_or_is_gone() -> None:
    old = {(it.key, name) for it in FIRST.values() for name in f"{it.tasks} {it.bets}".split()}
    assert old == {(key, name) for key, name, *_ in KEPT["answers"]} | {(BEGUN, "sort_more")} | {
        *((BEGUN, "names"), *((THIRD, name) for name in ("index", "decode", "clean", "row")))
    }
    places = {it: place_now(*it, STEPS) for it in old}
    missing = {it for it, (key, name) in places.items() if name not in STEPS[key]}
    assert missing | CHANGED == GONE and not missing & CHANGED
    kept = [places[it] for it in old - GONE]
    assert len(set(kept)) == len(kept)  # no two become one


def test_what_is_gone_is_no_answer_and_no_result_of_another_question() -> None:
    known = found()
    for place in GONE:
        assert place not in known.answers and place not in known.results
    drafts = [[key, name, [None, 0.1]] for key, name in CHANGED]
    assert not progress_from_text(json.dumps({"drafts": drafts}), NOW).drafts


def test_an_answer_with_a_choice_that_is_gone_is_no_answer() -> None:
    for key, name, choice in renamed.GONE_CHOICES:
        assert name in STEPS[key]
        table: dict[str, Any] = {}
        for field in ("answers", "drafts"):
            rows = [row for row in KEPT[field] if row[:2] != [key, name]]
            (row,) = (row for row in KEPT["answers"] if row[:2] == [key, name])
            more = row[3:] if field == "answers" else []
            table[field] = [*rows, [key, name, [choice, *row[2][1:]], *more]]
        moved = present({**KEPT, **table}, STEPS)
        assert not [row for field in table for row in moved[field] if row[:2] == [key, name]]
        known = progress_from_text(json.dumps({**KEPT, **table}), NOW)
        assert (key, name) not in {**known.answers, **known.drafts}
        assert known.ticked == found().ticked  # what was done stays done


def test_a_bet_that_was_kept_is_on_the_experiment_that_it_was_placed_on() -> None:
    for place, (vary, seeds, splits, recipe) in EXPERIMENTS.items():
        key, name = place_now(*place, STEPS)
        if place in GONE - CHANGED:
            continue
        (step,) = (it for it in NOW[key].steps if it.panel == "experiment" and name in it.of)
        now = step.options["vary"], step.options.get("seeds", 1), step.options.get("splits", 1)
        is_same = now == (vary, seeds, splits) and step.recipe == recipe
        assert is_same == (place not in CHANGED), place


def test_what_was_brought_over_once_stays_as_it_is() -> None:
    text = found().to_text()
    assert json.loads(text)["version"] == renamed.VERSION
    assert progress_from_text(text, NOW) == found()


def test_ticks_do_not_depend_on_the_present_places_of_lessons() -> None:
    moved = {key: replace(lesson, number=90 - lesson.number) for key, lesson in NOW.items()}
    assert progress_from_text(json.dumps(KEPT), moved) == found()
    assert progress_from_text('{"ticked": [6, 5]}', moved).ticked == {
        "the-cell",
        "which-axis-is-time",
    }


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("answers", lambda rows: [it for it in rows if it[:2] != ["the-cell", "score"]]),
        ("results", lambda rows: [it for it in rows if it[:2] != ["the-cell", "no_tanh"]]),
        (
            "answers",
            lambda rows: [
                [*it[:4], False] if it[:2] == ["the-cell", "score"] else it for it in rows
            ],
        ),
    ],
)
def test_a_lesson_of_which_something_was_left_is_not_ticked_off(name: str, change: Any) -> None:
    table = {**KEPT, name: change(KEPT[name])}
    known = progress_from_text(json.dumps(table), NOW)
    assert found().ticked - known.ticked == {"the-cell"}


def test_the_numbers_of_old_links_mean_the_lessons_of_then() -> None:
    assert keys_of_numbers([5, 6], NOW) == {"which-axis-is-time", "the-cell"}
    assert keys_of_numbers([0, 99, 15, "6", True, 1.0], NOW) == set()
    for number, old in FIRST.items():
        assert keys_of_numbers([number], NOW) == set(keys_now(old.key)) & set(NOW) != set()
        assert renamed.key_now(old.key) in NOW  # its link opens it


# ---- renaming, splitting and joining


def lesson(key: str, *names: str) -> Any:
    asked = "".join(
        f'[[step]]\nkind = "task"\nname = "{name}"\nanswer = "{name}_a"\n'
        f'choice = [{{name = "{name}_a", text = "A"}}, {{name = "{name}_b", text = "B"}}]\n'
        f'wrong = [{{value = "{name}_b", belief = "b", reply = "r"}}]\n'
        for name in names
    )
    own = '[[step]]\nkind = "words"\nname = "own"\n' if "left" in names else ""
    return parse_lesson(f"01-{key}.toml", f'title = "T"\nquestion = "Q?"\n{asked}{own}')


def test_a_split_a_renamed_and_a_joined_lesson_keep_what_was_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        renamed,
        "FIRST",
        {
            1: renamed.OldLesson("whole", "left right"),
            2: renamed.OldLesson("old-name", "there"),
            3: renamed.OldLesson("once", "far"),
        },
    )
    monkeypatch.setattr(renamed, "PARTS", {"whole": ("whole", "half")})
    monkeypatch.setattr(renamed, "KEYS", {"old-name": "new-name", "once": "new-name"})
    monkeypatch.setattr(renamed, "QUESTIONS", {("once", "far"): ("new-name", "near")})
    monkeypatch.setattr(renamed, "CHOICES", {("new-name", "near", "far_a"): "near_a"})
    now = {
        "whole": lesson("whole", "left"),
        "half": lesson("half", "right"),
        "new-name": lesson("new-name", "there", "near"),
    }
    rows = [("whole", "left"), ("whole", "right"), ("old-name", "there"), ("once", "far")]
    answers = [[key, name, [f"{name}_a"], 1, True] for key, name in rows]
    kept = {"answers": answers, "words": [["whole", "own", "w"]], "results": [], "ticked": []}
    known = progress_from_text(json.dumps(kept), now)
    places = [("whole", "left"), ("half", "right"), ("new-name", "there"), ("new-name", "near")]
    assert {key: it.values for key, it in known.answers.items()} == {
        (key, name): (f"{name}_a",) for key, name in places
    }
    assert known.ticked == set(now) and known.words == {("whole", "own"): "w"}
    part = progress_from_text(json.dumps({**kept, "answers": answers[:1]}), now)
    assert part.ticked == set() and set(part.answers) == {("whole", "left")}


def test_who_did_a_lesson_that_is_several_now_did_each_of_them() -> None:
    for old, parts in PARTS.items():
        assert old in {it.key for it in FIRST.values()} and len(parts) > 1
        assert set(parts) & set(NOW) <= keys_of_numbers(list(FIRST), NOW)


@settings(deadline=None)  # the first example may wait for another process
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner),
        max_leaves=20,
    )
)
def test_a_table_of_any_form_is_brought_over(value: Any) -> None:
    row = ["the-cell", "first", value, value, value]
    for name in ("answers", "results", "ticked", "words"):
        for table in ({name: value}, {name: [row]}, {name: [value]}):
            ticked = set(present(table, STEPS)["ticked"])
            assert ticked <= (set(keys_now(FIRST[value].key)) if is_old_tick(value) else set())


# ---- reports


def test_an_old_report_is_read_and_judged_as_before() -> None:
    claims = learn_claims(read_claims(REPORT))
    assert (
        claims.key == concept_key(FIRST_TEST)
        and claims.test_version == FIRST_TEST
        and len(claims.rounds) == 2
    )
    assert claims.totals == (4, 10) and claims.done == 1 and claims.answered == 2
    how = Grading(Lists(), 1)
    findings = judge_learn(claims, how).findings
    assert set(findings) == {"concept test", "lessons", "zoo"}  # then its page was not judged
    assert all(it is HOLDS for it in findings.values())
    head, row = csv.reader(csv_of([claims]).decode("utf-8-sig").splitlines())
    cells = dict(zip(head, row, strict=True))
    for name, answers in zip(ROUNDS, claims.rounds, strict=True):
        pairs = zip(claims.key.names, answers, strict=True)
        assert {it: cells[f"{name} {it}"] for it in claims.key.names} == dict(pairs)
    assert head != csv_of([]).decode("utf-8-sig").strip().split(",")  # which has no older questions


def test_a_report_of_a_later_version_is_refused() -> None:
    facts = {**read_claims(REPORT), "version": renamed.VERSION + 1}
    with pytest.raises(Refusal, match="reads version 2"):
        learn_claims({**facts, CHECKSUM: checksum(facts)})
