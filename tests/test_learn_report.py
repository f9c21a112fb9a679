"""The report of Learn: what is in it, that no text is markup, and what `check` makes of it."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import datetime, timezone
from html import unescape
from math import comb
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from learn_reports import KEY, LESSON, MIXED, TEST, WRONG, done, made, signed
from markupsafe import escape
from reports import TINY, facts_in, forged, report

from dino.__main__ import main
from dino.data import Corpus
from dino.difference import Difference
from dino.exam import ExamLosses, ExamResult
from dino.findings import CAUSES
from dino.grader.judge import LABELS
from dino.grader.kinds import read_report
from dino.grader.learn_claims import LearnClaims, learn_claims
from dino.grader.learn_tables import QUESTIONS, table_beside
from dino.lessons import zoo_answers
from dino.lessons.concept_test import ITEMS, concept_test, right_answers
from dino.lessons.figures import Figures
from dino.lessons.grids import GRIDS
from dino.lessons.judging import check_answers
from dino.lessons.learner_report import (
    LONGEST_TEXT,
    ChallengeEntry,
    asked_in,
    learner_report,
    plain,
)
from dino.lessons.lesson import Answer, Question
from dino.lessons.looking_back import with_second
from dino.lessons.progress import LONGEST, Progress, progress_from_text
from dino.lessons.reading import lessons
from dino.lessons.real_or_made import CARDS, game_score, games_in, with_game
from dino.lessons.real_or_made import KEY as GAME
from dino.locale.sentences import ENGLISH, Refusal, languages
from dino.metrics import BesideBaseline
from dino.reports.facts import Words
from dino.reports.learn_report import CHECKSUM, checksum, key_of, make_learn_report
from dino.reports.report_frame import MOST_BYTES
from dino.ui.report_words import today
from dino.zoo import ZOO


def shown(raw: bytes) -> str:
    """The text that a reader sees, without the facts."""
    body = raw.decode().partition("<main>")[2].partition("<details>")[0]
    return unescape(re.sub(r"<[^>]*>", " ", body))


# ---- what is in it


def test_a_report_has_the_bet_its_result_and_how_far_off_it_was() -> None:
    raw = made(WRONG, MIXED, author="Ana", text="I liked it.")
    text = " ".join(shown(raw).split())
    assert "3.30 nats per symbol 3.36 nats per symbol −0.06" in text
    assert "What are their probabilities?" in text and "2 tries · right" in text
    assert "Because <b>p</b> & q differ." in text and "Ana" in text and "I liked it." in text
    (lesson,) = [it for it in facts_in(raw)["lessons"] if it["key"] == LESSON.key]
    assert lesson["done"] and lesson["settled"] == [4, 4]
    bet = next(it for it in lesson["questions"] if it["kind"] == "bet")
    (answer,) = bet["answers"]
    assert (answer["answer"], answer["result"]) == (3.3, 3.36)
    assert answer["off"] == pytest.approx(-0.06) and bet["right"] is False
    assert lesson["words"] == [["why", "Because <b>p</b> & q differ."]]


def test_a_skipped_question_and_a_bet_without_its_run_are_told_as_such() -> None:
    progress = (
        Progress()
        .with_answer(LESSON, "softmax", Answer(None))
        .with_answer(LESSON, "untrained", Answer((3.3,)))
    )
    raw = make_learn_report(learner_report(progress))
    assert "3.30 nats per symbol – –" in " ".join(shown(raw).split())
    assert "1 try" not in shown(raw)  # of a task that was skipped
    assert "skipped" in shown(raw) and "It was not taken." in shown(raw)
    (lesson,) = [it for it in facts_in(raw)["lessons"] if it["key"] == LESSON.key]
    task, bet, *_ = lesson["questions"]
    assert task["answers"][0]["answer"] is None and bet["right"] is None


def test_a_teacher_reads_every_question_and_answer_by_itself() -> None:
    """All that a task or a bet asks is there in words, with the answer and the result."""
    text = " ".join(shown(made()).split())
    for step in LESSON.questions.values():
        words = plain(step.text, Figures(LESSON), ENGLISH)
        assert len(words) <= LONGEST_TEXT and words in text
    task = LESSON.questions["softmax"]
    for item, answer in zip(task.items, ("0.84", "0.11"), strict=False):
        own = plain(item.text, Figures(LESSON), ENGLISH)
        assert f"{own} {answer}" in text


def test_a_report_has_its_date_and_an_older_one_without_is_read() -> None:
    raw = make_learn_report(learner_report(done(), date="2026-03-05"))
    assert "Made on 2026-03-05" in shown(raw) and facts_in(raw)["date"] == "2026-03-05"
    assert "Made on" not in shown(made()) and facts_in(made())["date"] == ""
    names = ("date", "zoo", "game", "challenge")
    facts = {key: it for key, it in facts_in(raw).items() if key not in (*names, CHECKSUM)}
    claims = learn_claims({**facts, CHECKSUM: checksum(facts)})
    assert claims.done == 1


def test_today_is_that_of_the_browsers_time_zone() -> None:
    now = datetime.now(timezone.utc)
    days = {today(zone) for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago")}
    assert len(days) == 2  # 25 hours apart
    assert today("") in {day.date().isoformat() for day in (now, datetime.now(timezone.utc))}
    assert today("../x") in {day.date().isoformat() for day in (now, datetime.now(timezone.utc))}


def test_a_report_says_what_was_done_in_the_zoo() -> None:
    first, second, third = list(ZOO.values())[:3]
    wrong = next(it for it in second.choices if it != second.cause)
    kept = {first.key: first.cause, second.key: wrong, third.key: zoo_answers.SKIPPED, "x": "y"}
    raw = make_learn_report(learner_report(done().with_more(zoo_answers.KEY, kept)))
    text = " ".join(shown(raw).split())
    assert "The first answer found the cause of 1 of 6 runs" in text
    assert f"1 · {first.title} {CAUSES[first.cause]} {CAUSES[first.cause]}" in text
    assert f"2 · {second.title} {CAUSES[wrong]} {CAUSES[second.cause]}" in text
    assert f"3 · {third.title} skipped {CAUSES[third.cause]}" in text
    assert facts_in(raw)["zoo"] == [
        [first.key, first.cause, True],
        [second.key, wrong, False],
        [third.key, None, False],
    ]
    assert "runs that fail" not in shown(made()) and facts_in(made())["zoo"] == []


def test_a_report_has_the_games_beside_chance() -> None:
    progress = with_game(with_game(done(), 9, CARDS), 8, CARDS)
    raw = make_learn_report(learner_report(progress))
    chance = 100 * sum(comb(20, i) for i in range(17, 21)) / 2**20
    words = (
        "17 of 20 guesses were right. Blind guessing gets 10 right on average, and as many or "
        "more in"
    )
    assert f"{words} {chance:.1f} % of cases." in shown(raw)
    assert facts_in(raw)["game"] == [17, 20] and facts_in(made())["game"] is None
    assert "Blind guessing" not in shown(made())


@pytest.mark.parametrize(
    "kept", [3, [], [1], [11, 10], [-1, 10], [1, 15], [True, 10], ["1", 10], [1, 10**9], {}]
)
def test_what_a_browser_kept_of_the_games_may_be_anything(kept: object) -> None:
    progress = Progress().with_more(GAME, kept)
    assert games_in(progress) == (0, 0) and game_score(progress) is None
    assert games_in(with_game(progress, 7, CARDS)) == (7, CARDS)


def test_a_report_has_the_entry_of_the_challenge_and_its_exam() -> None:
    opened = ExamResult(ExamLosses(1.71, 0.02, 1.62, 0.03, 152, 152), 1, 1)
    counting = (
        BesideBaseline("pairs", 2.2, Difference(0.49, 0.02, 152)),
        BesideBaseline("sixes", 1.5, Difference(-0.21, 0.03, 152)),
    )
    handed = ChallengeEntry("Run 3 · <b>RNN</b>", opened, counting)
    raw = make_learn_report(learner_report(done(), challenge=handed))
    text = " ".join(shown(raw).split())
    assert (
        "Handed in: Run 3 · <b>RNN</b>" in text and "Its loss on the exam's names is lower" in text
    )
    assert "(a bigram model) 2.200 −0.490 ± 0.020" in text  # the run's minus counting's
    assert "(a 6-gram model) 1.500 +0.210 ± 0.030" in text
    assert "+0.090 ± 0.036" in text  # how much the held-out loss flattered it
    found = facts_in(raw)["challenge"]
    assert found["run"] == handed.run and found["exam"]["loss"] == pytest.approx(1.71)
    text = shown(make_learn_report(learner_report(done(), challenge=ChallengeEntry("Run 3"))))
    assert "is no longer known" in text
    text = shown(make_learn_report(learner_report(done(), challenge=ChallengeEntry(""))))
    assert "An entry was handed in. Its run" in text
    assert facts_in(made())["challenge"] is None and "Handed in" not in shown(made())


def answer_of_any(step: Question) -> tuple[Any, ...]:
    """An answer that a page takes, to whatever a step asks for."""
    if not step.items:
        return (100.0, *[0.0] * 26)  # chips
    return tuple(
        it.choices[0].name
        if it.choices
        else GRIDS[it.grid]().none_marked.replace("0", "1", 1)
        if it.grid
        else it.low
        for it in step.items
    )


@pytest.mark.parametrize("code", sorted(languages()))
def test_every_question_of_every_lesson_has_a_row_answered_or_skipped(code: str) -> None:
    """Of whatever kind: a number, a choice, cells of a table, chips."""
    given, skipped = Progress(), Progress()
    known = lessons(code)
    for lesson in known.values():
        for step in lesson.questions.values():
            values = check_answers(step, list(answer_of_any(step)))
            given = given.with_answer(lesson, step.name, Answer(values))
            skipped = skipped.with_answer(lesson, step.name, Answer(None))
    assert progress_from_text(given.to_text(), known) == given
    for progress in (given, skipped):
        found = learner_report(progress, languages()[code])
        raw = make_learn_report(found, Words(), languages()[code])
        assert len(raw) <= MOST_BYTES
        for lesson, it in zip(
            [it for it in known.values() if it.questions], found.lessons, strict=True
        ):
            asked = list(lesson.questions.values())
            assert [q.name for q in it.questions] == [step.name for step in asked]
            assert [len(q.items) for q in it.questions] == [len(s.items) or 1 for s in asked]
            assert all(i.text and not {*"{|$`"} & {*i.text} for q in it.questions for i in q.items)
            assert it.counts[:2] == ((0, len(asked)) if progress is skipped else (len(asked), 0))
            is_skipped = progress is skipped
            assert all((i.answer is None) == is_skipped for q in it.questions for i in q.items)
    assert "⏎ 100" in shown(make_learn_report(learner_report(given)))


def test_of_several_answers_each_has_its_label() -> None:
    progress = Progress()
    for lesson in lessons("en").values():
        for step in lesson.questions.values():
            values = check_answers(step, list(answer_of_any(step)))
            progress = progress.with_answer(lesson, step.name, Answer(values))
    found = learner_report(progress)
    shown_rows = make_learn_report(found).decode()
    several = [q for it in found.lessons for q in it.questions if len(q.items) > 1]
    assert any(it.text in q.text for q in several for it in q.items)
    for question in several:
        for it in question.items:
            assert f"<td>{escape(it.text)}</td>" in shown_rows


def test_after_one_round_nothing_tells_what_is_right() -> None:
    raw = made(MIXED)
    text = shown(raw)
    assert "✓" not in text and "✗" not in text and "right now" not in text
    assert facts_in(raw)["test"]["right"] == []
    text = shown(made(WRONG, MIXED))
    assert text.count("✓") == 4 and text.count("✗") == 16
    assert "0 of 10 answers were right. After them, 4" in text


@pytest.mark.parametrize("code", sorted(languages()))
def test_each_language_has_the_same_facts(code: str) -> None:
    progress, spoken = done(WRONG, MIXED), languages()[code]
    raw = make_learn_report(learner_report(progress, spoken), Words(), spoken, "n1")
    of_the_page = {"page", CHECKSUM}  # which shows words of a language
    here, english = (
        {name: it for name, it in facts_in(each).items() if name not in of_the_page}
        for each in (raw, made(WRONG, MIXED))
    )
    assert here == english
    assert concept_test(code).steps[0].text in shown(raw)
    assert f'<html lang="{code}">' in raw.decode()


def test_no_text_of_a_learner_is_markup_and_nothing_is_loaded_or_run() -> None:
    bad = "<script>alert(1)</script><img src=x onerror=y>&<!--"
    handed = ChallengeEntry(bad)  # a run's own title
    raw = make_learn_report(
        learner_report(done(WRONG, MIXED, words=bad), challenge=handed), Words(bad, bad[:90], bad)
    ).decode()
    assert "<script" not in raw and "<img" not in raw and "<!--" not in raw
    assert not re.search(r"(src|href|url\()\s*=?\s*[\"']?https?:", raw)
    assert "default-src 'none'" in raw
    assert facts_in(raw.encode())["text"] == bad


@pytest.mark.parametrize("letter", ["a", "&", "ñ", "🦖", "\ud800"])
def test_a_report_is_never_larger_than_it_may_be(letter: str) -> None:
    """Of the largest texts in letters that take the most bytes; what is cut has its mark."""
    progress = done(WRONG, MIXED)
    for lesson in lessons("en").values():
        for step in lesson.steps:
            if step.kind == "words":
                progress = progress.with_words(lesson, step.name, letter * LONGEST)
    found = learner_report(progress)
    more = found.lessons * 8  # as many sentences as a browser never keeps
    raw = make_learn_report(
        type(found)(more, found.test), Words("t" * 200, letter * 100, letter * 4000)
    )
    assert len(raw) <= MOST_BYTES
    assert CHECKSUM in facts_in(raw)


def test_formulas_and_marks_are_plain_text() -> None:
    template = r"How long is **$\partial L / \partial W_{{hh}}$** of *jinzhousaurus*?"
    words = plain(template, Figures(LESSON), ENGLISH)
    assert words == "How long is ∂ L / ∂ W_hh of jinzhousaurus?"
    template = r"$p_i(T) \propto e^{{z_i / T}}$, $h_t = z \odot h_{{t-1}}$"
    assert plain(template, Figures(LESSON), ENGLISH) == "p_i(T) ∝ e^(z_i / T), h_t = z ⊙ h_(t-1)"


@pytest.mark.parametrize("language", languages())
def test_no_name_of_a_sign_is_left_of_what_a_lesson_asks(language) -> None:
    """Functions such as ln and tanh are read as they are written; other signs have letters."""
    for lesson in lessons(language).values():
        for step in lesson.questions.values():
            template = "\n".join([step.text, *(item.text for item in step.items)])
            words = set(re.findall(r"\w+", plain(template, Figures(lesson), ENGLISH)))
            signs = set(re.findall(r"\\([a-z]{2,})", template)) - {"ln", "log", "tanh"}
            assert not words & signs
            assert plain(template, Figures(lesson), ENGLISH).count(r"\n") == template.count(r"\n")


def test_a_number_that_was_judged_right_is_off_by_nothing() -> None:
    """0.625 rounds to 0.62 in words, but 0.63 is right as well."""
    lesson = lessons("en")["temperature"]
    right = (0.66, 1.0, 0.63)
    text = shown(
        make_learn_report(
            learner_report(Progress().with_answer(lesson, "temperature", Answer(right, 1, True)))
        )
    )
    text = " ".join(text.split())
    for value in right:
        assert f"{value:.2f} {value:.2f} +0.00" in text


def test_a_sentence_of_the_learners_has_all_of_its_question() -> None:
    for lesson in lessons("en").values():
        for step in (it for it in lesson.steps if it.kind == "words"):
            raw = make_learn_report(
                learner_report(Progress().with_words(lesson, step.name, "Mine."))
            )
            words = plain(step.text, Figures(lesson), ENGLISH)
            assert f"{words} Mine." in " ".join(shown(raw).split())


def test_a_long_question_is_its_last_one() -> None:
    assert asked_in("Look at it. Is it so? Train it. Why is it?") == "Why is it?"
    assert asked_in("Mira. ¿Por qué?") == "¿Por qué?"
    assert len(asked_in("x" * 900)) == 200


# ---- reading it


def test_a_report_says_what_was_done() -> None:
    claims = read_report(made(WRONG, MIXED, author="Ana"))
    assert isinstance(claims, LearnClaims)
    assert claims.rounds == (WRONG, MIXED) and claims.totals == (0, 4) and claims.done == 1
    assert claims.words.author == "Ana"


REFUSED: dict[str, tuple[Any, str]] = {
    "questions": (["x"], "differ from those of this Dino"),
    "rounds": ([["x"] * 10], "An answer must be one of"),
    "short": ([list(WRONG[:9])], "A round must have 10 answers, not 9"),
    "three": ([list(WRONG)] * 3, "at most 2 elements, each"),
    "right": ([11, 0], "whole number from 0 to 10"),
    "one": ([4], "two totals or none"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_facts_that_no_page_makes_are_refused_in_a_sentence(name: str) -> None:
    raw = made(WRONG, MIXED)
    value, words = REFUSED[name]
    field = {"short": "rounds", "three": "rounds", "one": "right"}.get(name, name)
    test = {**facts_in(raw)["test"], field: value}
    with pytest.raises(Refusal, match=words):
        read_report(signed(raw, test=test))
    with pytest.raises(Refusal, match="checksum"):  # and edited by hand, before all else
        read_report(forged(raw, test=test))


@settings(max_examples=80)
@given(st.data())
def test_a_report_with_one_letter_of_its_facts_changed_or_cut_off_is_refused(
    data: st.DataObject,
) -> None:
    raw = made(WRONG, MIXED, author="Ana")
    start = raw.index(b'{"format"')
    end = raw.index(b"</pre>", start)
    place = data.draw(st.integers(start, end - 1))
    cut = raw[:place]
    letter = bytes([data.draw(st.integers(32, 126).filter(lambda it: it != raw[place]))])
    for changed in (cut, raw[:place] + letter + raw[place + 1 :]):
        try:
            claims = read_report(changed)
        except ValueError as refusal:
            assert len(str(refusal).splitlines()) == 1
        else:  # JSON that says the same: a space more or less, an escape in other digits
            assert claims.claims == facts_in(raw)


# ---- check


@pytest.fixture
def check(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """A function that checks reports, {file: bytes}: status, lines, table, table of tests."""

    def run(files: dict[str, bytes]) -> tuple[int, list[str], list[Any], list[Any] | None]:
        folder = tmp_path / "reports"
        folder.mkdir(exist_ok=True)
        for name, raw in files.items():
            (folder / name).write_bytes(raw)
        table = tmp_path / "marks.csv"
        status = main(["check", str(folder), "--csv", str(table)])
        beside = table_beside(table)
        tests = rows_of(beside) if beside.exists() else None
        return status, capsys.readouterr().out.splitlines(), rows_of(table), tests

    return run


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"))))


def test_the_tests_of_a_class_are_collected_without_names(check: Any) -> None:
    files = {
        "ana.html": made(WRONG, MIXED, number="1", author="Ana", title="Ana's", text="By Ana"),
        "bea.html": made(MIXED, KEY.right, number="2", author="Bea"),
        "cho.html": made(MIXED, number="3", author="Cho"),
        "dan.html": made(number="4", author="Dan"),
    }
    status, lines, table, tests = check(files)
    assert status == 0 and lines[:4] == [f"{name}: holds" for name in files]
    assert [row["author"] for row in table] == ["Ana", "Bea", "Cho", "Dan"]
    assert tests is not None and len(tests) == 4
    text = json.dumps(tests).casefold()
    assert not any(word in text for word in ("ana", "bea", "cho", "dan", "html"))
    assert sorted((row["right before"], row["right after"]) for row in tests) == [
        ("", ""),
        ("0", "4"),
        ("4", ""),
        ("4", "10"),
    ]
    (ana,) = [row for row in tests if row["right before"] == "0"]
    assert [ana[f"before {name}"] for name in KEY.names] == list(WRONG)
    assert [ana[f"after {name}"] for name in KEY.names] == list(MIXED)
    assert [row["report"] for row in tests] == sorted({row["report"] for row in tests})
    assert not any(word in key for row in table for key in row for word in KEY.names[1:2])


def test_totals_that_do_not_agree_with_the_answers_are_found(check: Any) -> None:
    raw = made(WRONG, MIXED)
    cheat = signed(raw, test={**facts_in(raw)["test"], "right": [0, 9]})
    hidden = signed(raw, test={**facts_in(raw)["test"], "right": []})
    edited = forged(raw, author="Bea")
    status, lines, table, tests = check(
        {"a.html": cheat, "b.html": hidden, "c.html": edited, "d.html": raw[: len(raw) // 3]}
    )
    assert status == 1 and tests is None
    assert [row["result"] for row in table] == ["does not hold"] * 2 + ["could not be read"] * 2
    reasons = [row["reason"] for row in table]
    assert "does not agree with its answers" in reasons[0] and "agree" in reasons[1]
    assert "checksum" in reasons[2] and "not a report of Dino" in reasons[3]
    assert lines[-1] == "0 hold, 2 do not hold, 2 could not be read."


def test_the_bets_and_tasks_the_zoo_and_the_game_of_a_class_are_collected(
    check: Any, tmp_path: Path
) -> None:
    key, exhibit = next(iter(ZOO.items()))
    wrong = next(it for it in exhibit.choices if it != exhibit.cause)
    known = done(WRONG).with_more(zoo_answers.KEY, {key: wrong}).with_more(GAME, [14, 20])
    files = {
        "ana.html": make_learn_report(learner_report(known), Words(author="Ana"), number="1"),
        "bea.html": made(number="2", author="Bea"),
    }
    status, _, _, tests = check(files)
    assert status == 0 and tests is not None
    columns = ("lessons done", "zoo answered", "zoo found", "game names", "game right")
    counts = [[row[it] for it in columns] for row in tests]
    assert sorted(counts) == [["1", "0", "0", "", ""], ["1", "1", "0", "20", "14"]]
    rows = rows_of(table_beside(tmp_path / "marks.csv", QUESTIONS))
    assert "Ana" not in json.dumps(rows) and {row["lesson"] for row in rows} == {LESSON.key}
    first = [row for row in rows if row["report"] == rows[0]["report"]]
    asked = sum(len(it.items) for it in LESSON.questions.values())
    assert len(rows) == 2 * len(first) == 2 * asked
    (bet,) = [row for row in first if row["question"] == "untrained"]
    assert (bet["kind"], bet["answer"], bet["result"], bet["right"]) == ("bet", "3.3", "3.36", "0")
    assert float(bet["off"]) == pytest.approx(-0.06) and bet["skipped"] == "0"
    tries = {(row["tries"], row["right"]) for row in first if row["question"] == "softmax"}
    assert tries == {("2", "1")}
    assert {row["skipped"] for row in first if row["question"] == "ruler"} == {"1"}


@pytest.mark.parametrize(
    "old, new",
    [
        ("1 of {count} lessons are done", "9 of {count} lessons are done"),
        ('<td class="number">2</td>', '<td class="number">3</td>'),
        ("0 of 10 answers were right", "9 of 10 answers were right"),
        ("✗", "✓"),
        ("</main>", "<p>All lessons are done.</p></main>"),
    ],
)
def test_a_page_that_shows_other_totals_than_it_did_does_not_hold(
    check: Any, old: str, new: str
) -> None:
    raw, count = made(WRONG, MIXED).decode(), len(learner_report(Progress()).lessons)
    before, after = (it.format(count=count) for it in (old, new))
    assert before in raw
    status, lines, table, tests = check({"a.html": raw.replace(before, after, 1).encode()})
    assert status == 1 and table[0]["result"] == "does not hold" and tests is None
    assert any("page: it does not show" in line for line in lines)


def test_a_page_whose_lines_a_mail_program_broke_anew_still_holds(check: Any) -> None:
    raw = made(WRONG, MIXED).replace(b"\n", b"\r\n")
    assert check({"a.html": raw})[0] == 0


@pytest.mark.parametrize(
    "change, item",
    [
        (lambda facts: {"lessons": [{**it, "done": True} for it in facts["lessons"]]}, "lessons"),
        (
            lambda facts: {
                "lessons": [{**it, "settled": it["settled"][1:] * 2} for it in facts["lessons"]]
            },
            "lessons",
        ),
        (lambda facts: {"zoo": [[*it[:2], True] for it in facts["zoo"]]}, "zoo"),
    ],
)
def test_totals_of_lessons_and_zoo_that_do_not_agree_are_found(
    check: Any, change: Any, item: str
) -> None:
    key, exhibit = next(iter(ZOO.items()))
    wrong = next(it for it in exhibit.choices if it != exhibit.cause)
    known = done().with_more(zoo_answers.KEY, {key: wrong})
    raw = make_learn_report(learner_report(known), number="1")
    status, lines, table, _ = check({"a.html": signed(raw, **change(facts_in(raw)))})
    assert status == 1 and table[0]["reason"].startswith(f"{item}: ")


@pytest.mark.parametrize("change", [{"game": [3, 2]}, {"game": [1]}, {"zoo": [["x", None, True]]}])
def test_counts_that_no_page_makes_are_refused(check: Any, change: Any) -> None:
    status, _, table, _ = check({"a.html": signed(made(), **change)})
    assert status == 1 and table[0]["result"] == "could not be read"


@pytest.mark.parametrize("second", [(3.36,), None])
def test_a_bet_that_was_asked_once_more_has_both_answers(
    check: Any, tmp_path: Path, second: tuple[float] | None
) -> None:
    known = with_second(done(), (LESSON.key, "untrained"), second)
    raw = make_learn_report(learner_report(known), number="1")
    said = "skipped" if second is None else "3.36 nats per symbol"
    text = " ".join(shown(raw).split())
    assert f"second answer result {said} 3.36 nats per symbol" in text
    assert "3.30 nats per symbol 3.36 nats per symbol −0.06" in text  # the first answer
    assert check({"a.html": raw})[0] == 0
    rows = rows_of(table_beside(tmp_path / "marks.csv", QUESTIONS))
    again = {row["question"]: row["asked again"] for row in rows if row["asked again"]}
    assert again == {"untrained": "skipped" if second is None else "3.36"}


def test_a_report_counts_bets_and_tasks_answered_right_skipped_and_their_tries() -> None:
    text = " ".join(shown(made()).split())
    kinds = [it.kind for it in LESSON.questions.values() if it.name in ("ruler", "perplexity")]
    assert f"Bets 1 0 1 {kinds.count('bet')} Tasks 1 1 2 {kinds.count('task')}" in text


def test_a_copy_is_named_and_reports_of_runs_are_checked_beside(check: Any, corpus: Corpus) -> None:
    raw = made(WRONG, MIXED, author="Ana")
    copy = signed(raw, author="Bea")
    status, lines, table, tests = check(
        {"a.html": raw, "b.html": copy, "r.html": report(TINY, corpus)}
    )
    assert status == 0 and "the same report as b.html" in lines[1]
    end = LABELS["val_loss"]
    assert len(table) == 3 and table[2][end] == "holds" and not table[0][end]
    assert tests is not None and len(tests) == 2


def test_without_a_test_there_is_no_second_table(check: Any, corpus: Corpus) -> None:
    assert check({"r.html": report(TINY, corpus)})[3] is None


def test_the_key_is_that_of_the_test_in_every_language() -> None:
    assert all(key_of(concept_test(it).questions.values()) == KEY for it in languages())
    assert KEY.right == right_answers(TEST) and KEY.count_right(KEY.right) == ITEMS


def test_a_tick_of_a_link_hands_in_no_lesson() -> None:
    keys = frozenset(lessons("en"))
    assert not any(it.is_done for it in learner_report(Progress(ticked=keys)).lessons)
