"""Reports whose facts somebody crafted: `check` says so in a row, and never ends."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from learn_reports import MIXED, WRONG, made, signed
from reports import TINY, claims_in, facts_in, forged, report, rewritten

from dino.data import Corpus
from dino.experiments.bet import Bet
from dino.experiments.member import train_member
from dino.experiments.plan import Factor, Plan
from dino.grader import judge as judging
from dino.grader import members_again
from dino.grader.judge import Grade
from dino.grader.kinds import read_report
from dino.grader.marks import WIDTH, ReportRow, with_notes
from dino.grader.repeat import Repetition, repeat
from dino.grader.report_check import Lists, check_report
from dino.reports.experiment_facts import FinishedExperiment
from dino.reports.experiment_report import make_experiment_report
from dino.reports.facts import Words, versions
from dino.reports.learn_report import CHECKSUM, checksum

PLAN = Plan(TINY, (Factor("cell", ("rnn", "gru")),), seeds=2, splits=2)
HUGE = 10**400  # valid JSON, and no float of Python's
KINDS = ("run", "experiment", "lessons")


@pytest.fixture(scope="module")
def reports(corpus: Corpus) -> dict[str, bytes]:
    """A real report of each kind."""
    outcomes = tuple(train_member(member.config, corpus.cleaned) for member in PLAN.members())
    made_of = FinishedExperiment(PLAN, corpus, outcomes, Bet(1, 0, 0.02, 0.01))
    return {
        "run": report(TINY, corpus, "sixes:0.5", author="Ana", text="It fell."),
        "experiment": make_experiment_report(made_of, Words("Cells", "Ana", "It fell.")),
        "lessons": made(WRONG, MIXED, author="Ana"),
    }


@pytest.fixture
def check(tmp_path: Path) -> Any:
    """A function that checks one report."""

    def checked(raw: bytes) -> ReportRow:
        path = tmp_path / "one.html"
        path.write_bytes(raw)
        return check_report(path, Lists(), 0.01, members=1)

    return checked


@pytest.fixture
def quick(reports: dict[str, bytes], corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every training gives what one real one gave."""
    found = repeat(claims_in(reports["run"]), corpus)

    def same(*_: Any, **__: Any) -> Repetition:
        return found

    monkeypatch.setattr(judging, "repeat", same)
    monkeypatch.setattr(members_again, "repeat", same)


def ways(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each node of plain values, the root left out."""
    if way:
        yield way
    inner = list(value.items()) if isinstance(value, dict) else []
    if isinstance(value, list):
        inner = list(enumerate(value))
    for key, one in inner:
        yield from ways(one, (*way, key))


def put(value: Any, way: tuple[Any, ...], found: Any) -> None:
    """Replace a node; `...` takes it away."""
    *before, last = way
    for key in before:
        value = value[key]
    if found is ...:
        del value[last]
    else:
        value[last] = found


HEAD = ["format", "version", "date", "title", "author", "text"]


@pytest.mark.parametrize("kind", KINDS)
def test_reports_of_every_kind_state_what_they_are_and_what_was_typed_in_one_order(
    reports: dict[str, bytes], kind: str
) -> None:
    facts = facts_in(reports[kind])
    assert [name for name in facts if name in HEAD] == HEAD and [*facts][:2] == HEAD[:2]
    assert ("number" in facts) == (kind == "lessons") and facts["versions"] == versions()
    assert [*read_report(reports[kind]).claims] == [*facts] and facts["author"] == "Ana"


PLAIN = st.sampled_from(
    [
        *(..., None, True, False, "", "x", "x" * 5000, "\ud800", "nan"),
        *(HUGE, -HUGE, 2**63, 10**9, -1, 0, 1, 2, 0.5, -0.5, 1e308, -1e308, 1e-320),
        *([], {}, [[]], [None], {"a": 1}, [1] * 1200, [[[[[[]]]]]], [["hidden_size", [1, 2]]]),
    ]
)


def crafted(raw: bytes, kind: str, data: st.DataObject) -> bytes:
    """A report with one to three nodes of its facts changed; lessons with their checksum again."""
    facts = facts_in(raw)
    for _ in range(data.draw(st.integers(1, 3))):
        field = data.draw(st.sampled_from(sorted(facts)))
        places = [(field,), *ways(facts[field], (field,))]
        put(facts, data.draw(st.sampled_from(places)), deepcopy(data.draw(PLAIN)))
    if kind == "lessons" and data.draw(st.booleans()):
        facts[CHECKSUM] = checksum(facts)
    return rewritten(raw, facts)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_crafted_report_gets_a_row_and_no_unforeseen_error(
    reports: dict[str, bytes], quick: None, check: Any, kind: str, data: st.DataObject
) -> None:
    row = check(crafted(reports[kind], kind, data))
    assert "cannot be judged" not in row.reason
    assert row.result is not Grade.BROKEN or row.reason.endswith((".", ")"))
    (noted, other), _ = with_notes([row, ReportRow("a", Grade.BROKEN)])
    assert str(noted) and len(noted.cells()) == len(other.cells())
    lines = str(noted).splitlines()
    assert all(len(line) <= WIDTH for line in lines if " " in line.strip())


FIELDS = {
    "difference": lambda facts: facts["verdict"]["pairs"][0].__setitem__(2, HUGE),
    "mean": lambda facts: facts["verdict"]["means"].__setitem__(0, -HUGE),
    "bet": lambda facts: facts["result"].update(off=HUGE),
    "count": lambda facts: facts["verdict"].update(clear=HUGE),
}


@pytest.mark.parametrize("name", FIELDS)
def test_a_huge_number_in_a_verdict_does_not_hold(
    reports: dict[str, bytes], check: Any, name: str
) -> None:
    facts = facts_in(reports["experiment"])
    FIELDS[name](facts)
    row = check(forged(reports["experiment"], **facts))
    assert row.result is Grade.FAILS
    assert "it says a number that no loss has, but its losses give" in row.reason


WORDS = {
    "the mean held-out loss of GRU: it says 1.0000, but its losses give": (
        lambda verdict: verdict["means"].__setitem__(1, 1.0)
    ),
    "how many differences are clear: it says 7, but its losses give": (
        lambda verdict: verdict.update(clear=7)
    ),
    ", how much lower the first loss is: it says 0.5000, but its losses give": (
        lambda verdict: verdict["pairs"][0].__setitem__(2, 0.5)
    ),
    ", whether it is clear: it says ": (
        lambda verdict: verdict["pairs"][0].__setitem__(4, not verdict["pairs"][0][4])
    ),
    "which learning rate is the best of RNN: it says nothing, but its losses give 0.02": (
        lambda verdict: verdict["rates"].__setitem__(0, None)
    ),
}


@pytest.mark.parametrize("words", WORDS)
def test_what_differs_has_the_words_of_the_report(
    reports: dict[str, bytes], check: Any, words: str
) -> None:
    verdict = facts_in(reports["experiment"])["verdict"]
    WORDS[words](verdict)
    row = check(forged(reports["experiment"], verdict=verdict))
    reason = row.findings["verdict"].reason
    assert words in reason and " for number " not in reason


def test_answered_and_skipped_questions_are_counted_apart(
    reports: dict[str, bytes], check: Any
) -> None:
    facts = facts_in(reports["lessons"])
    questions = [question for it in facts["lessons"] for question in it["questions"]]
    assert questions
    before = check(reports["lessons"]).facts
    answered = sum(any(a["answer"] is not None for a in it["answers"]) for it in questions)
    assert (before.answered, before.skipped) == (answered, len(questions) - answered)
    for answer in questions[0]["answers"]:
        answer["answer"] = None
    after = check(signed(forged(reports["lessons"], **facts))).facts
    assert (after.answered, after.skipped) == (answered - 1, before.skipped + 1)
