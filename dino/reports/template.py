"""Code for a visitor from one of our templates: only what a recipe uses, comments in one language.

A template is code with these lines between:

    #%% key          a cell begins, with the heading of this key
    #: key           a comment of this key, with the same indentation
    #if a b, #elif a, #else, #end     lines for recipes with one of these flags; #if not a
    #include file    another template of this folder

`$name` in a line is replaced by a value. Text from outside reaches the code only through `literal`.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from dino.locale.sentences import Language, Text

FOLDER = Path(__file__).parent
WIDTH = 96  # letters in a line with a comment


class Cell(NamedTuple):
    """A part of the code: the key of its heading, and its lines."""

    key: str
    code: str


class Filling(NamedTuple):
    """What fills a template.

    flags: what the recipe uses; values: code, by name; words: comments and printed texts, by name,
    for `#: name` and `$say_name`
    """

    flags: frozenset[str]
    values: Mapping[str, str]
    words: Mapping[str, Text]


def literal(text: str) -> str:
    """A text as a literal of Python, in one line. Whatever it contains, it ends where we end it."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(c: str) -> str:
    if c in '"\\':
        return "\\" + c
    return c if c.isprintable() else c.encode("unicode_escape").decode("ascii")


def fill(name: str, filling: Filling, language: Language) -> list[Cell]:
    """The cells of a template, filled."""
    cells: list[tuple[str, list[str]]] = []
    for line in _chosen(_lines(name), filling.flags):
        mark, _, key = line.strip().partition(" ")
        if mark == "#%%":
            cells.append((key, []))
        elif mark == "#:":
            indent = " " * (len(line) - len(line.lstrip()))
            cells[-1][1].extend(comment(language.put(filling.words[key]), indent))
        else:
            cells[-1][1].append(_put_values(line, filling, language))
    return [Cell(key, "\n".join(lines).strip("\n")) for key, lines in cells]


def comment(text: str, indent: str = "") -> list[str]:
    """A text as lines of comments."""
    return textwrap.wrap(
        " ".join(text.split()),
        WIDTH,
        initial_indent=f"{indent}# ",
        subsequent_indent=f"{indent}# ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _lines(name: str) -> Iterator[str]:
    for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
        mark, _, other = line.partition(" ")
        yield from _lines(other) if mark == "#include" else (line,)


def _chosen(lines: Iterator[str], flags: frozenset[str]) -> Iterator[str]:
    """The lines whose conditions hold."""
    inside: list[tuple[bool, bool]] = []  # for each open #if: whether it holds, or has held
    for line in lines:
        mark, *named = line.split() or [""]
        holds = (named[1] not in flags) if named[:1] == ["not"] else not flags.isdisjoint(named)
        if mark == "#if":
            inside.append((holds, holds))
        elif mark in ("#elif", "#else"):
            _, had = inside.pop()
            now = not had and (holds or mark == "#else")
            inside.append((now, had or now))
        elif mark == "#end":
            inside.pop()
        elif all(now for now, _ in inside):
            yield line


def _put_values(line: str, filling: Filling, language: Language) -> str:
    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name.startswith("say_"):
            return literal(language.put(filling.words[name.removeprefix("say_")]))
        return filling.values[name]

    return re.sub(r"\$(\w+)", value, line)
