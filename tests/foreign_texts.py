"""All that reads a text from outside: each with the tokens of its worst texts, and its bound.

A new reader of such a text gets a line in `READERS`. The regular expressions of `dino/` are found
in its source; those that are no literals have examples in `EXAMPLES`, and those that only see our
own texts may grow: they are in `OURS`, each with its reason.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import numpy as np
from growth import Reader
from sources import FILES, short

from dino import files, lists
from dino.choice import Choice
from dino.config import SETTINGS, Config, Writing, quoted
from dino.grader import claims
from dino.grader.kinds import read_report
from dino.jobs.kept_runs import checked_title
from dino.lessons import concept_test, real_or_made, zoo_answers
from dino.lessons.chips import check_chips
from dino.lessons.grids import GRIDS
from dino.lessons.judging import check_answers
from dino.lessons.progress import MOST_TEXT, Progress, progress_from_text
from dino.lessons.reading import lessons, parse_lesson
from dino.lessons.teaching import parse_sheet
from dino.live.routes import make_health_endpoint
from dino.locale.numbers import read_number
from dino.locale.sentences import ENGLISH, find_language
from dino.outside import Fields, read_json, whole_letters
from dino.reports.facts import CLOSING, OPENING, Words
from dino.saved import saved_list, shipped_runs
from dino.saved.run_note import read_note
from dino.saved.saved_run import from_bytes
from dino.saved.tensors import HEADER_BYTES, LENGTH_BYTES, RUN
from dino.ui.address import LONGEST
from dino.ui.component import new_clicks
from dino.ui.open_saved_run import title_of
from dino.ui.text import isolate
from dino.ui.workarounds.sessions import browser_secret
from dino.ui.workarounds.values import JSON_LETTERS, LETTERS

HEADERS = 65_536  # bytes of a request's headers that the server takes
FRAME = 100  # letters that a frame may have
LISTED = 400_000  # letters of a list; a list of 1 MB has more, and takes as much longer
OWN_FILE = 100_000  # letters of a teacher's own file; the longest that is read has as many

DIGITS = [*"0195+-.,eE x", "\u2212", "\u00a0", "10", "000"]
NAMES = [
    *"aé'\"-_ \n\t\r,;|،、؛1.",
    "\u0301",
    "\u0323\u0301",
    "\u200d",
    "\u200b",
    "ا",
    "日",
    "🦕",
    "İ",
    "\ud83e",
]
CELLS = [*"\"',;|\t\n\ra1. ", '""', '"a",', "\r\n", ";;"]
JSON = [
    *'"\\{}[]:,1a- ',
    '\\"',
    "\\u00e9",
    "\\ud83e",
    "[[",
    "{}",
    '"a":',
    "1e9",
    "null",
    "[1,",
    '["a"],',
]
ADDRESS = [*"&=;+%a1,.", "%00", "%C3", "a=1", "hidden_size=", "seed=1&", "prefix=", "list=", "%2C"]
TOML = [
    *"\n\"'=[]{}a.1,# ",
    '"""',
    "'''",
    "[a]\n",
    "[[a]]\n",
    "a=1\n",
    "a.",
    "\\u00e9",
    "{a=",
    "[1,",
]
LATIN = [*"a\n,\x00\xff\xfe\xe9", "\xef\xbb\xbf", "\x00a", "a\x00", "\xc3\xa9"]
HEX = [*"0123456789abcdefx|- ", "2|", "00"]


def _tokens(text: str) -> dict[str, str]:
    return dict(parse_qsl(text[:LONGEST], keep_blank_values=True))


def _address(text: str) -> object:
    said = _tokens(text)
    return Config.from_url(said), Writing.from_url(said), Choice.from_url(said)


def _numbers(text: str) -> None:
    for integer in (False, True):
        _quietly(lambda i=integer: read_number(text, ENGLISH, i))


def _settings(text: str) -> None:
    for name, setting in SETTINGS.items():
        _quietly(lambda s=setting, n=name: s.parse(n, text))


def _quietly(read: Callable[[], object]) -> None:
    try:
        read()
    except ValueError:
        pass


def _table(text: str) -> object:
    rows = files.parse_table(text)
    heading = files.has_heading(rows)
    return files.column_text(rows, files.likely_column(rows, heading), heading)


def _pasted(text: str) -> object:
    files.check_pasted(text)
    return files.parted_names(text), files.looks_like_table(text), files.without_numbers(text)


def _saved(header: bytes) -> object:
    return from_bytes(len(header).to_bytes(LENGTH_BYTES, "little") + header + bytes(64))


def _note(text: str) -> object:
    """The text as what our own part of a header says."""
    return _saved(json.dumps({"__metadata__": {"dino": text}}).encode())


LIST = {  # the fields of a private list in a saved run
    **{"key": saved_list.OWN, "keep_case": False, "fingerprint": "0" * 64, "split": "0" * 64},
    **{"split_seed": 0, "names": 2, "train_names": 1, "held_out": 1, "removed_count": 0},
    **{"title": "a", "symbols": "\nab"},
}


def _symbols(text: str) -> object:
    return saved_list.SavedList.read(Fields({**LIST, "symbols": text}, RUN))


def _title(text: str) -> object:
    return saved_list.SavedList.read(Fields({**LIST, "title": text}, RUN))


def _rows(text: str) -> object:
    raw = np.frombuffer(text.encode("utf-8", "replace"), np.uint8)
    return saved_list.SavedList.read(Fields(LIST, RUN)).with_arrays({"rows": raw})


def _report(text: str) -> object:
    return read_report(f"{OPENING}{text}{CLOSING}".encode("utf-8", "replace"))


def _removed(text: str) -> object:
    return Fields({"removed": text}, claims.REPORT).take("removed", claims.REMOVED)


def _progress(text: str) -> object:
    found = progress_from_text(text, lessons("en"))
    return (
        zoo_answers.answers_in(found),
        real_or_made.games_in(found),
        concept_test.rounds_in(found),
    )


def _asking() -> tuple[Any, ...]:
    return tuple(step for lesson in lessons("en").values() for step in lesson.questions.values())


def _answers(text: str) -> None:
    for step in _asking():
        _quietly(lambda s=step: check_answers(s, [text] * len(s.items)))


def _host(text: str) -> object:
    client = SimpleNamespace(host="127.0.0.1")
    return make_health_endpoint(dict)(
        SimpleNamespace(headers={"host": text, "authorization": text}, client=client)
    )


def _of_json(read: Callable[[Any], object]) -> Callable[[str], object]:
    return lambda text: read(json.loads(text))


ROW = f'["{next(iter(lessons("en")))}", "a", [1], 1, true],'
READERS = {
    "a number that is typed": Reader(_numbers, LETTERS, DIGITS),
    "a setting's value": Reader(_settings, HEADER_BYTES, DIGITS),
    "an address": Reader(_address, LISTED, ADDRESS),
    "a value that a sentence quotes": Reader(quoted, JSON_LETTERS, NAMES),
    "names that a sentence shows": Reader(isolate, LISTED, NAMES),
    "bytes of a list": Reader(lambda it: files.decode(it.encode("latin-1")), LISTED, LATIN),
    "bytes of a list in UTF-16": Reader(
        lambda it: files.decode(it.encode("latin-1")), LISTED, LATIN, ("\xff\xfe", "")
    ),
    "a table": Reader(_table, LISTED, CELLS),
    "a table that begins with a quoted cell": Reader(_table, LISTED, CELLS, ('"a",\n', "a")),
    "a text that is pasted": Reader(_pasted, LISTED, [*CELLS, *NAMES]),
    "a list that is cleaned": Reader(lists.clean, LISTED // 4, NAMES),
    "a list with its capitals": Reader(lambda it: lists.clean(it, True), LISTED // 4, NAMES),
    "a name that is typed": Reader(lists.normalize, LETTERS, NAMES),
    "a run's title": Reader(checked_title, JSON_LETTERS, NAMES),
    "a file's name": Reader(title_of, HEADERS, [*NAMES, "/", "\\", ".safetensors"]),
    "a saved run's JSON": Reader(lambda it: read_json(it, RUN), HEADER_BYTES, JSON),
    "a saved run's header": Reader(
        lambda it: _saved(it.encode("utf-8", "replace")), HEADER_BYTES, JSON
    ),
    "a saved run's own part": Reader(_note, HEADER_BYTES // 4, JSON),
    "a saved run's fields": Reader(
        _of_json(read_note), HEADER_BYTES - FRAME, JSON, ('{"format": 1, "a": [', "]}")
    ),
    "a saved run's symbols": Reader(_symbols, HEADER_BYTES, NAMES),
    "a saved run's title of its list": Reader(_title, HEADER_BYTES, NAMES),
    "a saved run's names": Reader(_rows, LISTED, NAMES),
    "a prepared run's name": Reader(
        shipped_runs.read_shipped_run, LONGEST, [*NAMES, "a", "..", "/", "\0"]
    ),
    "a report": Reader(
        lambda it: claims.read_claims(it.encode("utf-8", "replace")),
        claims.MOST_BYTES,
        [*"<pre id=\"'>\n/", OPENING, CLOSING, "<pre ", '<pre id="dino-fact', "a"],
    ),
    "a report's facts": Reader(_report, claims.MOST_BYTES - FRAME, JSON),
    "a report's list of facts": Reader(
        _report, claims.MOST_BYTES - FRAME, JSON, ('{"a": [', "1]}")
    ),
    "a report's removed names": Reader(_removed, claims.MOST_BYTES, HEX),
    "a report's words": Reader(lambda it: Words(it, it, it), LETTERS, NAMES),
    "half letters in a report": Reader(whole_letters, LETTERS, NAMES),
    "kept progress": Reader(_progress, MOST_TEXT - FRAME, JSON),
    "kept answers": Reader(_progress, MOST_TEXT - FRAME, [*JSON, ROW], ('{"answers": [', "1]}")),
    "kept games": Reader(
        _progress,
        MOST_TEXT - FRAME,
        [*JSON, '"a": "b",'],
        ('{"more": {"failure-zoo": {', '"a": 1}}}'),
    ),
    "a learner's words": Reader(
        lambda it: Progress().with_words(lessons("en")[next(iter(lessons("en")))], "a", it),
        LETTERS,
        NAMES,
    ),
    "an answer": Reader(_answers, LETTERS, [*DIGITS, "0/", "1/", "a"]),
    "an answer in a table": Reader(
        lambda it: [grid().is_answer(it) for grid in GRIDS.values()], JSON_LETTERS, [*"01/ a\n"]
    ),
    "a bet of chips": Reader(_of_json(check_chips), JSON_LETTERS, JSON, ("[", "1]")),
    "clicks": Reader(
        _of_json(lambda it: new_clicks(it, 0)), JSON_LETTERS, [*JSON, '{"n": 1},'], ("[", "1]")
    ),
    "a cookie": Reader(browser_secret, HEADERS, HEX),
    "a browser's language": Reader(lambda it: find_language((it,)), HEADERS, [*"en-_ES,;=", "es"]),
    "the host of a request": Reader(_host, HEADERS, [*"a.:[]@/?#1%é", "127.0.0.1", "::"]),
    "a lesson's file": Reader(lambda it: parse_lesson("01-a.toml", it), OWN_FILE, TOML),
    "a teacher's sheet": Reader(parse_sheet, OWN_FILE, TOML),
}

# ---- regular expressions

OURS = {  # (file, expression): why no text from outside reaches it
    ("dino/lessons/learner_report.py", r"\\d?frac\{([^{}]*)\}\{([^{}]*)\}"): "texts of lessons",
    ("dino/lessons/learner_report.py", r"([\^_])\{([^{}]*[^{}\w][^{}]*)\}"): "texts of lessons",
    ("dino/lessons/learner_report.py", r"¿?[^.?!¿]*\?"): "texts of lessons",
    ("dino/lessons/learner_report.py", "f'\\\\{{{name}(:[^{{}}]*)?\\\\}}'"): "texts of lessons",
    ("dino/lessons/grids.py", "shape"): "its reader has a line of its own, 'an answer in a table'",
}
EXAMPLES = {  # of those that are no literals
    ("dino/files.py", r"f'[{PARTING[marks]}\r\n]'"): f"[{files.PARTING['commas']}\r\n]"
}
METHODS = ("fullmatch", "match", "search", "findall", "finditer", "split", "sub")
COMMON = [*'aA0 1_.,\n"\\é-']


class Use(NamedTuple):
    """A regular expression where it is used: file, itself (or its source), flags, method."""

    file: str
    pattern: str
    flags: int
    method: str
    is_literal: bool

    @property
    def reader(self) -> Reader:
        """What reads a text with it."""
        method = getattr(re.compile(self.pattern, self.flags), self.method)

        def read(text: str) -> object:
            found = method("", text) if self.method == "sub" else method(text)
            return list(found) if self.method == "finditer" else found

        return Reader(read, 16_000, sorted({*self.pattern, *COMMON}))


def uses() -> list[Use]:
    """Every regular expression of `dino/`, with every method by which it is used."""
    trees = {
        short(path): ast.parse(path.read_text())
        for path in FILES
        if short(path).startswith("dino/")
    }
    return [use for file, tree in trees.items() for use in _uses(file, tree)]


def _uses(file: str, tree: ast.Module) -> Iterator[Use]:
    for call in ast.walk(tree):
        if not _is_of(call, "re"):
            continue
        source, flags = call.args[0], _flags(call)
        is_literal = isinstance(source, ast.Constant)
        pattern = source.value if is_literal else ast.unparse(source)
        methods = [call.func.attr]
        if methods == ["compile"]:
            methods = sorted(_methods(tree, call)) or ["search", "fullmatch"]
        for method in methods:
            yield Use(file, pattern, flags, method, is_literal)


def _is_of(node: ast.AST, module: str) -> bool:
    is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    return is_call and isinstance(node.func.value, ast.Name) and node.func.value.id == module


def _flags(call: ast.Call) -> int:
    names = [
        it.attr for arg in call.args[1:] for it in ast.walk(arg) if isinstance(it, ast.Attribute)
    ]
    return sum(
        getattr(re, name) for name in names if isinstance(getattr(re, name, None), re.RegexFlag)
    )


def _methods(tree: ast.Module, call: ast.Call) -> set[str]:
    """The methods of what a compiled expression is assigned to, in its own file."""
    names = {
        target.id
        for it in ast.walk(tree)
        if isinstance(it, ast.Assign) and it.value is call
        for target in it.targets
        if isinstance(target, ast.Name)
    }
    return {
        it.attr
        for it in ast.walk(tree)
        if isinstance(it, ast.Attribute)
        and isinstance(it.value, ast.Name)
        and it.value.id in names
        and it.attr in METHODS
    }
