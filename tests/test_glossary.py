"""The glossary: every term once, two short sentences at most, a place; its links lead there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
import torch  # noqa: F401  # else a page's thread loads it while the next test begins
from pressing import part, send
from sources import FILES, ROOT, TABLES, parsed, short
from streamlit.testing.v1 import AppTest
from waiting import PATIENCE
from wording import templates, words_of

from dino.glossary import PLACES, TERMS, Term
from dino.locale.sentences import ENGLISH, Language, read_table
from dino.ui import glossary_dialog, state

SPANISH = Language("es", "Español", comma=True)
each_term = pytest.mark.parametrize("term", TERMS, ids=lambda term: term.key)
# Brackets on pages with something else than a term of the field.
NO_TERMS = set("empty index removed left right rows columns".split()) | {
    "right symbol",
    "blue",  # colours of curves
    "orange",
    "dotted blue",
    "their split seeds differ",
    "may be left out",
    "now none",
    "empty name",
    "geometric mean",
    "optional",
}


def names(term: Term) -> list[str]:
    """A term and all other words for it."""
    return str(term.words).split(", ")


def test_no_term_is_there_twice_and_the_table_has_them_by_the_alphabet() -> None:
    found = [name.lower() for term in TERMS for name in names(term)]
    assert len(found) == len(set(found))
    listed = [text for key, text in read_table("glossary", "en").items() if key.endswith(".term")]
    firsts = [text.partition(", ")[0] for text in listed]
    assert firsts == sorted(firsts, key=glossary_dialog.sort_key)
    assert len({SPANISH.put(term.words) for term in TERMS}) == len(TERMS) >= 45


@each_term
def test_a_meaning_is_one_sentence_or_two_short_ones(term: Term) -> None:
    meaning = str(term.meaning)
    assert re.search(r"[^.?!]\.$", meaning) and len(re.findall(r"[.?!]\s", meaning)) <= 1
    assert len(meaning) <= 180


def tabs_of(page: str) -> dict[str, str]:
    """The tabs of a page, key to label, as its source has them; none for a page without tabs."""
    for path in (ROOT / "dino" / "pages" / page).glob("*.py"):
        for node in parsed(path).body:
            if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "TABS":
                assert isinstance(node.value, ast.Dict)
                pairs = zip(node.value.keys, node.value.values, strict=True)
                return {words_of(key): first_words(value) for key, value in pairs}
    return {}


def first_words(node: ast.AST) -> str:
    """The first text within an expression."""
    return next(text for inner in ast.walk(node) if (text := words_of(inner)))


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_place_is_a_page_and_a_tab_that_are_there(place) -> None:
    page, _, tab = str(place.label).partition(", ")
    assert page.lower() == place.page
    if place.tab:
        assert tabs_of(place.page)[place.tab] == tab
    else:
        assert not tabs_of(place.page)


def test_every_place_has_a_term_and_every_term_a_place() -> None:
    assert {term.place for term in TERMS} == set(PLACES)


def on_pages() -> Iterator[tuple[str, str]]:
    """The texts of pages, each after the file or the table that it is in."""
    for path in FILES:
        if short(path).startswith(("dino/ui/", "dino/pages/", "dino/live/", "dino/metrics.py")):
            for node in ast.walk(parsed(path)):
                if isinstance(node, ast.Call):
                    yield short(path), " ".join(map(words_of, templates(node)))
    for table in sorted(TABLES - {"glossary", "zoo", "findings", "code"}):
        yield from ((table, text) for text in read_table(table, "en").values())


def bracketed() -> dict[str, set[str]]:
    """What stands in brackets in the texts of pages: lower-case words, and where."""
    found: dict[str, set[str]] = {}
    for place, text in on_pages():
        for words in re.findall(r"\(((?:an? |the )?[a-zK][\w–-]+(?: [\w–-]+){0,3})\)", text):
            found.setdefault(re.sub(r"^(an?|the) ", "", words), set()).add(place)
    return found


def test_every_term_in_brackets_on_a_page_is_in_the_glossary() -> None:
    known = {name.lower() for term in TERMS for name in names(term)} | NO_TERMS
    missing = {
        words: files
        for words, files in bracketed().items()
        if not {words.lower(), words.lower().removesuffix("s")} & known
    }
    assert not missing


def test_all_terms_reach_the_page_in_the_order_of_its_alphabet() -> None:
    for language in (ENGLISH, SPANISH):
        entries = glossary_dialog.entries(language)
        found = [glossary_dialog.sort_key(entry["name"]) for entry in entries]
        assert len(found) == len(TERMS) and found == sorted(found)
        assert all(entry["meaning"] and entry["where"] for entry in entries)
    spanish = {entry["name"]: entry for entry in entries}
    assert spanish["entropía cruzada"]["other"] == "cross-entropy"
    assert spanish["entropía cruzada"]["other_lang"] == "en"


def test_accents_and_case_do_not_change_the_order() -> None:
    assert sorted(["época", "Elman", "eso"], key=glossary_dialog.sort_key) == [
        "Elman",
        "época",
        "eso",
    ]


@pytest.mark.parametrize(
    "sought",
    "quadgram cuartetos draw sorteo preset preajuste engine motor compiled compilado evaluated "
    "evaluado notebook cuaderno moment momento triples sextetos".split()
    + ["split seed", "semilla de división", "SGD + momentum", "best moment", "mejor momento"],
)
def test_the_words_of_the_pages_are_found_in_both_languages(sought: str) -> None:
    for language in (ENGLISH, SPANISH):
        found = [
            entry
            for entry in glossary_dialog.entries(language)
            if sought in " ".join(entry[part] for part in ("name", "also", "other"))
        ]
        assert found, language.code


def follow(page: AppTest, place: str) -> AppTest:
    """Click a link of the glossary, as the browser does."""
    component, data = part(page, glossary_dialog.KEY)
    assert place in {entry["place"] for entry in data["entries"]}
    send(page, component.id, "go", place)
    assert not page.exception
    return page


@pytest.fixture
def page() -> AppTest:
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE)
    page.run()
    return page.run()


@pytest.mark.parametrize("place", PLACES)
def test_a_link_leads_to_its_page_and_tab(page: AppTest, place: str) -> None:
    there = PLACES[place]
    follow(page, place)
    assert part(page, glossary_dialog.KEY)[1]["page"] == there.page
    if there.tab:
        assert page.session_state[state.TABS[there.page].key] == there.tab
    assert page.session_state[state.WANTED_PAGE.key] == ""
    follow(page, "recipe")
    assert part(page, glossary_dialog.KEY)[1]["page"] == "lab"


@pytest.mark.parametrize("sent", ["nowhere", None, 7, ["recipe"], {"a": 1}])
def test_what_is_no_place_leads_nowhere(page: AppTest, sent: object) -> None:
    component, _ = part(page, glossary_dialog.KEY)
    send(page, component.id, "go", sent)
    assert not page.exception and part(page, glossary_dialog.KEY)[1]["page"] == "lab"


@pytest.mark.parametrize(
    ("code", "place", "change"),
    [("en", "place of one symbol in a name", "change of all"), ("es", "lugar", "cambio de todos")],
)
def test_a_step_is_a_place_in_a_name_and_an_update_a_change(
    code: str, place: str, change: str
) -> None:
    told = read_table("glossary", code)
    step, update = told["step.meaning"], told["update.meaning"]
    assert place in step and change in update and change not in step and place not in update
