"""What comes from outside is read, or refused in one sentence; nothing else ever happens."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from learn_reports import MIXED, WRONG, made
from reports import TINY, facts_in, report
from test_saved_run import joined, parts, rested, saved

from dino.choice import Choice
from dino.config import DEFAULT, Config, Writing
from dino.data import Corpus, load_bundled
from dino.experiments.bet import Bet
from dino.experiments.folder import Folder
from dino.experiments.member import Outcome, TrainedMember, train_member
from dino.experiments.plan import Factor, Plan
from dino.grader.kinds import read_report
from dino.lessons import concept_test, real_or_made, teaching, zoo_answers
from dino.lessons.checking import mistakes
from dino.lessons.lesson import Answer
from dino.lessons.progress import Progress, progress_from_text
from dino.lessons.reading import HERE, LESSON, lesson_from, lessons, parse_lesson
from dino.lessons.teaching import parse_sheet, sheet_from
from dino.lessons.teaching_mistakes import sheet_mistakes
from dino.locale.sentences import Refusal, languages, sentence
from dino.outside import (
    FLAG,
    MOST_DEPTH,
    TEXT,
    Document,
    Fields,
    Rule,
    line,
    list_of,
    one_of,
    or_none,
    read_json,
    read_toml,
    real,
    row_of,
    whole,
)
from dino.reports.experiment_facts import FinishedExperiment
from dino.reports.experiment_report import make_experiment_report
from dino.reports.facts import CLOSING, OPENING, Words
from dino.reports.learn_report import CHECKSUM, checksum
from dino.saved.saved_run import from_bytes

PLAN = Plan(TINY, (Factor("cell", ("rnn", "gru")),), seeds=2, splits=2)
PLAIN = (
    *(None, True, False, -1, 0, 1, 2, 3, 10**9, 2**63, 10**400, -(10**400), 0.5, 1e308, 1e-320),
    *(math.nan, math.inf, "", "x", "nan", "\n", "\ud800", "{", "{{x}}", "<b>*x*</b>", "x" * 5_000),
    *(
        [],
        [[]],
        [1],
        ["x"],
        [None],
        [{}],
        [{"x": 1}],
        {},
        {"x": 1},
        [0] * 1_200,
        [[[[[[[[[]]]]]]]]],
    ),
)


# ---- values as JSON, in which an object may have a key twice


class Twice(NamedTuple):
    """An object in which one key stands again, with another value."""

    table: dict[str, Any]
    key: str
    value: Any


def written(value: Any) -> str:
    """It as JSON."""
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    if not isinstance(value, dict | Twice):
        return json.dumps(value)
    pairs = list(value.items()) if isinstance(value, dict) else [*value[0].items(), value[1:]]
    return f"{{{', '.join(f'{json.dumps(key)}: {written(it)}' for key, it in pairs)}}}"


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to every value in it but itself."""
    inner: Any = value.items() if isinstance(value, dict) else ()
    for key, it in enumerate(value) if isinstance(value, list) else inner:
        yield (*way, key)
        yield from places(it, (*way, key))


@st.composite
def changed(draw: st.DrawFn, value: Any, junk: st.SearchStrategy[Any]) -> Any:
    """It with something missing, misspelt, twice there or of another kind, once to three times."""
    value = deepcopy(value)
    for _ in range(draw(st.integers(1, 3))):
        ways = list(places(value))
        if not ways:
            return draw(junk)
        *before, key = draw(st.sampled_from(ways))
        inside = value
        for each in before:
            inside = inside[each]
        what = draw(st.sampled_from(("replace", "replace", "remove", "rename", "repeat")))
        if what == "remove":
            del inside[key]
        elif what == "rename" and isinstance(inside, dict):
            inside[f"{key}s"] = inside.pop(key)
        elif what == "repeat" and isinstance(inside, list):
            inside.append(inside[key])
        else:
            inside[key] = deepcopy(draw(junk))
    return value


@st.composite
def with_a_key_twice(draw: st.DrawFn, value: Any) -> str:
    """It as JSON in which one object has a key twice."""
    ways = [way for way in [(), *places(value)] if isinstance(_at(value, way), dict)]
    way = draw(st.sampled_from([way for way in ways if _at(value, way)]))
    table = _at(value, way)
    twice = Twice(table, draw(st.sampled_from(sorted(table))), draw(st.sampled_from(PLAIN)))
    if not way:
        return written(twice)
    value = deepcopy(value)
    _at(value, way[:-1])[way[-1]] = twice
    return written(value)


def _at(value: Any, way: tuple[Any, ...]) -> Any:
    for key in way:
        value = value[key]
    return value


values = st.recursive(
    st.sampled_from(PLAIN) | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=20,
)
hostile = st.sampled_from(
    [
        *("", "{", "1e999", "NaN", "-Infinity", "9" * 100_000, "[" * 100_000, '{"a":' * 1_000),
        *(
            '"' + "\\" * 9_999,
            '"' + '\\"' * 9_999,
            '{"a": 1, "a": 1}',
            '"\\ud800"',
            "\ufeff{}",
            "é",
        ),
        *("[" * 9 + "]" * 9, '{"answers": [' + "[1]," * 9_999 + "1]}"),
    ]
)


# ---- the readers


class Kind(NamedTuple):
    """A kind of document: some that are right, and what reads one from its text."""

    documents: list[Any]
    read: Callable[[str], object]

    def __repr__(self) -> str:
        """Short, for a test's report."""
        return "…"


@pytest.fixture(scope="module")
def kinds(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Kind]:
    """All that is read from JSON."""
    outcomes = tuple(train_member(member.config, corpus.cleaned) for member in PLAN.members())
    experiment = FinishedExperiment(PLAN, corpus, outcomes, Bet(1, 0, 0.02, 0.01))
    reports = {
        "report of a run": report(TINY, corpus, author="Ana"),
        "report of an experiment": make_experiment_report(experiment, Words("Cells", "Ana")),
        "report of Learn": made(WRONG, MIXED, author="Ana"),
    }
    table, note, rest = parts(saved(rested(TINY, corpus, 9), with_names=True))
    return {
        **{name: Kind([facts_in(raw)], read_facts) for name, raw in reports.items()},
        "saved run": Kind([note], lambda text: from_bytes(joined(table, text, rest))),
        "kept progress": Kind([json.loads(progress().to_text())], read_progress),
        "member of a sweep": member_kind(tmp_path_factory.mktemp("sweep")),
    }


def read_facts(text: str) -> object:
    """The report that has this JSON; where it has a checksum, with one that agrees."""
    try:
        facts = json.loads(text)
        if isinstance(facts, dict) and CHECKSUM in facts:
            text = json.dumps({**facts, CHECKSUM: checksum(facts)})
    except (ValueError, RecursionError):  # it is no JSON, which the reader is to say
        pass
    return read_report(f"{OPENING}{text}{CLOSING}".encode("utf-8", "replace"))


def progress() -> Progress:
    """What a learner may have done."""
    lesson = lessons("en")["scores-to-loss"]
    test = concept_test.concept_test("en")
    found = Progress().with_answer(lesson, "untrained", Answer((3.3,), 1, False))
    found = found.with_result(lesson, "untrained", (3.31,)).with_words(lesson, "why", "It is so.")
    found = found.with_draft(lesson, "untrained", (3.1,))
    found = concept_test.keep_rounds(
        found, concept_test.Rounds().with_answer(0, concept_test.choices(test, 0)[0])
    )
    return real_or_made.with_game(found, 7, real_or_made.CARDS)


def read_progress(text: str) -> object:
    """It is never refused: what is not as a page writes it is left out."""
    found = progress_from_text(text, lessons("en"))
    kept = found.to_text()
    assert kept.encode() and progress_from_text(kept, lessons("en")).to_text() == kept
    return (
        zoo_answers.answers_in(found),
        real_or_made.games_in(found),
        concept_test.rounds_in(found),
    )


def member_kind(path: Path) -> Kind:
    """The file of a member, which is trained again where it cannot be read."""
    plan = Plan(DEFAULT.replace(max_steps=5), (Factor("cell", ("rnn", "gru")),), seeds=1, splits=2)
    folder = Folder(path, plan, load_bundled().cleaned)
    config = folder.members[0].config.as_dict()
    folder.keep(
        0, TrainedMember(Outcome(config, "done", val_loss=1.5, val_steps=(1,), val_losses=(2.0,)))
    )
    (place,) = (path / "members").glob("*.json")

    def read(text: str) -> object:
        place.write_bytes(text.encode("utf-8", "surrogatepass"))
        return [outcome.loss for outcome in folder.read().values()]

    return Kind([json.loads(place.read_text())], read)


KINDS = (
    *("report of a run", "report of an experiment", "report of Learn", "saved run"),
    *("kept progress", "member of a sweep"),
)
TOML = {
    path.name: read_toml(path.read_text(), LESSON) for path in sorted((HERE / "en").glob("*.toml"))
}
SHEET = read_toml((teaching.FOLDER / "en.toml").read_text(), LESSON)
TABLES: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    **{name: (it, lambda it, n=name: mistakes(lesson_from(n, it))) for name, it in TOML.items()},
    "the teacher's sheet": (SHEET, lambda it: sheet_mistakes(sheet_from(it), lessons("en"))),
}


# ---- the properties


def assert_sentence(words: str) -> None:
    """One sentence, or a few, on one line, of a bearable length."""
    assert words[-1] in ".?)" and "\n" not in words and len(words) < 1_000, words


def assert_read_or_refused(read: Callable[[Any], object], given_value: Any) -> None:
    """A reader gives a value, or a `Refusal` with a sentence in each language."""
    try:
        read(given_value)
    except Refusal as refusal:
        for language in languages().values():
            assert_sentence(language.put(refusal.sentence))


def try_kind(kind: Kind, data: st.DataObject) -> None:
    whole_one = data.draw(st.sampled_from(kind.documents))
    junk = values | st.sampled_from(PLAIN)
    ways = changed(whole_one, junk).map(written) | with_a_key_twice(whole_one)
    assert_read_or_refused(kind.read, data.draw(ways | junk.map(written) | hostile))


few = settings(max_examples=150, suppress_health_check=list(HealthCheck))
many = settings(few, max_examples=1_500)


@pytest.mark.parametrize("name", KINDS)
@few
@given(data=st.data())
def test_any_json_is_read_or_refused(
    kinds: dict[str, Kind], name: str, data: st.DataObject
) -> None:
    try_kind(kinds[name], data)


@pytest.mark.long
@pytest.mark.parametrize("name", KINDS)
@many
@given(data=st.data())
def test_much_json_is_read_or_refused(
    kinds: dict[str, Kind], name: str, data: st.DataObject
) -> None:
    try_kind(kinds[name], data)


@pytest.mark.parametrize("name", KINDS)
def test_what_the_app_wrote_is_read(kinds: dict[str, Kind], name: str) -> None:
    assert all(kinds[name].read(written(it)) for it in kinds[name].documents)


def try_table(data: st.DataObject) -> None:
    table, read = TABLES[data.draw(st.sampled_from(sorted(TABLES)))]
    junk = values | st.sampled_from((*PLAIN, date.min))
    assert_read_or_refused(
        lambda it: [assert_sentence(str(said)) for said in read(it)],
        data.draw(changed(table, junk) | junk),
    )


@settings(few, max_examples=500)
@given(st.data())
def test_any_slip_in_a_teachers_file_is_a_sentence(data: st.DataObject) -> None:
    try_table(data)


@pytest.mark.long
@settings(few, max_examples=6_000)
@given(st.data())
def test_many_slips_in_a_teachers_file_are_sentences(data: st.DataObject) -> None:
    try_table(data)


@few
@given(
    st.text()
    | hostile
    | st.lists(st.sampled_from(["a", "=", "[", "]", "\n", '"', ".", "1"])).map("".join)
)
def test_any_text_is_a_lesson_and_a_sheet_or_refused(text: str) -> None:
    assert_read_or_refused(lambda it: parse_lesson("01-x.toml", it), text)
    assert_read_or_refused(parse_sheet, text)


names = st.sampled_from([*DEFAULT.as_dict(), *Writing().as_dict(), "list", "keep_case", "x"])


@few
@given(st.dictionaries(names, st.text(max_size=50) | st.sampled_from([str(it) for it in PLAIN])))
def test_any_link_gives_settings_and_sentences(said: dict[str, str]) -> None:
    refusals = (*Config.from_url(said)[1], *Writing.from_url(said)[1], *Choice.from_url(said)[2])
    for refusal in refusals:
        assert_sentence(str(refusal))


# ---- what the one reader holds

PAPER = Document("A paper", 60)
PLACE = sentence("step {number}", number=3)


@pytest.mark.parametrize(
    "text",
    [
        *("NaN", "[1e999]", "[-Infinity]", '{"a": 1, "a": 2}', "{", "", b"\xff", None, 5),
        *("[" * (MOST_DEPTH + 1) + "]" * (MOST_DEPTH + 1), " " * 61),
    ],
)
def test_json_has_bounds_finite_numbers_and_each_key_once(text: Any) -> None:
    with pytest.raises(Refusal, match=r"^A paper (must be JSON|may have at most 60 characters)"):
        read_json(text, PAPER)


def test_a_quotation_mark_hides_brackets() -> None:
    assert read_json('["[[[[[[[[[[[[\\"[[[[["]', PAPER) == ['[[[[[[[[[[[["[[[[[']


def test_a_huge_number_is_refused_where_a_number_belongs() -> None:
    for rule in (whole(9), real()):
        with pytest.raises(Refusal, match="a must be a"):
            Fields({"a": 10**400}, PAPER).take("a", rule)


def test_a_value_is_quoted_short_and_its_field_named_with_what_leads_to_it() -> None:
    fields = Fields({"a": {"b": "x" * 999}}, PAPER._replace(cure="Mend it."))
    with pytest.raises(Refusal) as refused:
        fields.fields("a").take("b", whole(9))
    words = str(refused.value)
    assert words == f"a.b must be a whole number from 0 to 9, not “{'x' * 30}…”. Mend it."


RULES: dict[str, tuple[Rule[Any], list[Any], list[Any]]] = {
    "whole": (whole(9, 2), [2, 9], [1, 10, 2.0, True, "2", None, 10**400]),
    "real": (real(-1, 2), [-1, 0.5, 2], [-1.001, 2.001, math.nan, math.inf, True, "1", 10**400]),
    "line": (line(3), ["", "añb"], ["abcd", "a\n", "\ud800", 3, None, ["a"]]),
    "one of": (one_of(("a", "b")), ["a"], ["c", "", None, ["a"], {}]),
    "or none": (or_none(whole(1)), [None, 1], [2, False]),
    "row": (row_of(whole(1), TEXT), [[1, "a"]], [[1], [1, 2], [1, "a", 1], ("1", "a"), "1a", None]),
    "list": (list_of(FLAG, 2), [[], [True, False]], [[True] * 3, [1], (True,), None, "", {}]),
}


@pytest.mark.parametrize("name", RULES)
def test_a_rule_takes_what_its_words_say_and_no_more(name: str) -> None:
    rule, right, wrong = RULES[name]
    assert all(map(rule.fits, right)) and not any(map(rule.fits, wrong))
    with pytest.raises(Refusal, match=re.escape(f"a must be {rule.words}, not ")):
        Fields({"a": wrong[0]}, PAPER).take("a", rule)


@pytest.mark.parametrize("code", languages())
def test_the_rules_of_a_row_are_told_apart_where_one_of_them_has_commas(code: str) -> None:
    put = languages()[code].put
    rules = one_of(("a", "b")), real(0, 1e6), TEXT
    _, _, inside = put(row_of(*rules).words).partition("(")
    assert inside.removesuffix(")").split("; ") == [put(rule.words) for rule in rules]


def test_what_is_missing_or_unknown_is_named_with_its_cure() -> None:
    fields = Fields({"a": 1, "b": 2}, PAPER._replace(add="Add it.", drop="Delete it."), PLACE)
    assert fields.take("a", whole(1)) == fields.maybe("c", whole(1), 1) == 1
    for act, words in (
        (lambda: fields.take("c", TEXT), "In step 3, c is missing. Add it."),
        (fields.end, "In step 3, “b” is not an allowed name (allowed: a, c). Delete it."),
    ):
        with pytest.raises(Refusal) as refused:
            act()
        assert str(refused.value) == words


def test_a_number_that_an_older_page_kept_and_that_is_none_loses_nothing_else() -> None:
    kept = progress().to_text()
    older = kept.replace("3.31", "NaN")
    assert older != kept
    lesson = lessons("en")["scores-to-loss"]
    without = replace(progress(), results={})
    assert progress_from_text(older, {lesson.key: lesson}) == without


def test_half_a_letter_in_what_a_browser_kept_is_one_that_can_be_sent_again() -> None:
    text = json.dumps({"words": [["scores-to-loss", "why", "a\ud800"]], "results": []})
    (words,) = progress_from_text(text, lessons("en")).words.values()
    assert words == "a?"
