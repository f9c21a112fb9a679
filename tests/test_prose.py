"""Prose: its tables say the same in each language, and the code shows each of their texts."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sources import FILES, ROOT, TABLE_FILES, TABLES, dotted, parsed, short
from wording import MADE_BY_HAND, MARKS, SCRIPTS, fields, words_of

from dino import findings, glossary, zoo
from dino.config import CELLS
from dino.live import status_figures
from dino.locale import sentences
from dino.locale.sentences import Language, Sentence, languages, prose, prose_part, read_table
from dino.pages.lab import take_home
from dino.ui import formulas, strip_lines

OTHERS = [code for code in languages() if code != "en"]
# Texts whose keys the code puts together: what it has of them.
SHOWN: Mapping[str, Callable[[], Any]] = {
    "glossary": lambda: [glossary.PLACES, [(it.words, it.meaning) for it in glossary.TERMS]],
    "zoo": lambda: [
        (it.title, it.seen, it.why, it.cure_words, *map(it.reply, it.choices))
        for it in zoo.ZOO.values()
    ],
    "findings": lambda: [findings.CAUSES, findings.SIGNS],
    "legends": lambda: [formulas.LEGENDS, formulas.OPTIMIZER_LEGENDS],
    "figures": lambda: status_figures.LABELS,
    "take_home": lambda: take_home.FILES,
    "strip": lambda: [
        *(strip_lines.PART_NAMES, strip_lines.FORWARD_CELLS, strip_lines.FORWARD_PARTS),
        *(strip_lines.BACKWARD_CELLS, strip_lines.BACKWARD_PARTS),
        *map(strip_lines.end_of_way, CELLS),
    ],
    "code": lambda: [prose("code", f"headings.{key}") for key in in_templates("#%% ")],
}
# Parts whose keys a script puts together: step_at_{kind}, {kind}_help, {mode}_end.
PUT_TOGETHER = {
    *("step_at_extend", "step_at_pause", "copy_help", "copy_settings_help", "more_help"),
    *("forward_end", "backward_end", "writing_end", "update_end", "writing"),
    *("updates", "max_steps"),  # a column's head and a setting's label, which Python asks for
}
each_table = pytest.mark.parametrize("table", sorted(TABLES))
each_file = pytest.mark.parametrize("path", TABLE_FILES, ids=short)


def in_templates(before: str) -> set[str]:
    """The keys that stand after this sign in the templates of the code that a visitor takes."""
    paths = ROOT.glob("dino/reports/*.txt")
    texts = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    return set(re.findall(rf"{re.escape(before)}(\w+)", texts))


# ---- the tables


def test_each_table_is_there_in_english_and_in_each_other_language() -> None:
    there = {(path.parent.name, path.stem) for path in TABLE_FILES}
    assert there == {(code, table) for code in languages() for table in TABLES} and TABLES


@pytest.mark.parametrize("code", OTHERS)
@each_table
def test_a_table_has_the_same_keys_fields_and_marks_in_each_language(table: str, code: str) -> None:
    english, other = read_table(table, "en"), read_table(table, code)
    assert list(other) == list(english)
    for key, text in english.items():
        assert fields(other[key]) == fields(text), key
        for mark in MARKS:
            assert other[key].count(mark) == text.count(mark), (mark, key)


@each_file
def test_a_text_of_a_table_is_one_template_and_complete_in_itself(path: Path) -> None:
    for key, text in read_table(path.stem, path.parent.name).items():
        assert text and text == text.strip() and text[0] not in ",;.", key
        assert not MADE_BY_HAND.search(text) and not re.search(r"± ?\{\w+:", text), key
        assert not re.search(r"[0-9}]%", text), key  # a space parts a number from its sign


# ---- which texts the code shows


def calls(name: str) -> Iterator[tuple[str, list[str], ast.Call]]:
    """The calls of a function with literals: the file, the literals, the call."""
    for path in FILES:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] == name:
                found = [words_of(it) for it in node.args if isinstance(it, ast.Constant)]
                if len(found) == len(node.args):
                    yield short(path), found, node


def sentences_in(value: Any) -> Iterator[Sentence]:
    """All sentences in tables and lists."""
    if isinstance(value, Sentence):
        yield value
    elif isinstance(value, Mapping):
        yield from sentences_in([*value.values()])
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from sentences_in(inner)


def shown(table: str) -> Iterator[Sentence]:
    """The texts of a table whose keys the code puts together."""
    found = sentences_in(SHOWN[table]()) if table in SHOWN else ()
    yield from (it for it in found if it.table == table)


@each_table
def test_the_code_shows_each_text_of_a_table_and_no_other(table: str) -> None:
    parts = [f"{named[1]}." for _, named, _ in calls("prose_part") if named[0] == table]
    parts += [f"{named[1]}." for _, named, _ in calls("say_part") if named[0] == table]
    used = {named[1] for _, named, _ in calls("prose") if named[0] == table}
    used |= {it.template for it in shown(table)}
    there = set(read_table(table, "en"))
    assert used <= there
    assert {key for key in there - used if not key.startswith(tuple(parts))} == set()
    assert all(any(key.startswith(part) for key in there) for part in parts)


def test_each_call_gives_the_fields_of_its_text_and_no_other() -> None:
    found = [*calls("prose")]
    for path, (table, key), call in found:
        given = {word.arg for word in call.keywords}
        assert given == set(fields(read_table(table, "en")[key])), (path, key)
    for table in TABLES:
        for it in shown(table):
            assert set(it.fields) == set(fields(read_table(table, "en")[it.template])), it.template
    assert len(found) > 40


def test_a_script_asks_for_each_word_of_its_component_and_a_template_for_each_comment() -> None:
    pages = [*SCRIPTS, *ROOT.glob("dino/**/*.html")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in pages)
    asked = set(re.findall(r"words\.(\w+)|data-[a-z-]+=\"(\w+)\"|\"(\w+)\"", code))
    known = {word for found in asked for word in found} | PUT_TOGETHER
    components = [key.rpartition(".")[2] for key in read_table("components", "en")]
    assert {*components, *prose_part("strip", "words")} <= known
    comments = in_templates("#: ") | in_templates("$say_")
    assert {*prose_part("code", "comments"), *prose_part("code", "keras_comments")} <= comments
    cells = in_templates("#%% ")
    assert {*prose_part("code", "about"), "title"} == cells >= {*prose_part("code", "keras_about")}


def test_texts_that_a_script_fills_in_have_fields_without_a_format() -> None:
    for name in ("prose_part", "say_part"):
        for _, (table, part), _ in calls(name):
            for text in prose_part(table, part).values():
                words = read_table(table, "en")[text.template]
                assert not any(fields(words).values()) and str(text) == words


# ---- the reader


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Tables of a test's own, in English and in a language without all of them."""
    (tmp_path / "en").mkdir()
    (tmp_path / "xx").mkdir()
    table = '[part]\none = "{n} names"\ntwo = "step {step}"\n[more]\ncount = "{n:,} names"\n'
    (tmp_path / "en" / "own.toml").write_text(table, encoding="utf-8")
    table_of_xx = '[part]\none = "nombres: {n}"\n[more]\ncount = "nombres: {n:,}"\n'
    (tmp_path / "xx" / "own.toml").write_text(table_of_xx, encoding="utf-8")
    (tmp_path / "en" / "more.toml").write_text('key = "a text"\n', encoding="utf-8")
    monkeypatch.setattr(sentences, "CATALOGUES", tmp_path)
    read_table.cache_clear()
    yield tmp_path
    read_table.cache_clear()


def test_a_language_without_a_text_or_without_a_table_shows_the_english_one(folder: Path) -> None:
    other = Language("xx", "Other", comma=True)
    count = prose("own", "more.count", n=12345)
    assert str(count) == "12,345 names" and other.put(count) == "nombres: 12\u202f345"
    assert {key: other.put(it) for key, it in prose_part("own", "part").items()} == {
        "one": "nombres: {n}",
        "two": "step {step}",
    }
    assert other.put(prose("more", "key")) == str(prose("more", "key")) == "a text"


def test_a_table_is_read_when_one_of_its_texts_is_first_shown(folder: Path) -> None:
    text = prose("own", "part.two", step=3)
    assert read_table.cache_info().currsize == 0
    assert f"{text}" == "step 3" and read_table.cache_info().currsize == 1
    (folder / "en" / "own.toml").unlink()
    assert f"{text}" == "step 3"


def test_texts_are_equal_where_table_key_and_fields_are(folder: Path) -> None:
    assert prose("own", "part.two", step=3) == prose("own", "part.two", step=3)
    different = prose("own", "part.two", step=4), prose("more", "part.two", step=3)
    assert prose("own", "part.two", step=3) not in different
    assert len({prose("own", "key"), prose("own", "key"), sentences.sentence("key")}) == 2
