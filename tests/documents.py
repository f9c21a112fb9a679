"""The project's Markdown pages, as tests read them: links, code, tables, paths, commands."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from sources import ROOT

README = ROOT / "README.md"
DOCS = sorted((ROOT / "docs").glob("*.md"))
OTHERS = [ROOT / "CHANGELOG.md", ROOT / "data/README.md", ROOT / "dino/lessons/README.md"]
PAGES = [README, *DOCS, *OTHERS]

_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_TOPS = ("dino", "tests", "data", "docs", "static", ".streamlit", ".ci")
_ENDS = r"py|md|txt|toml|jinja|css|js|json|po|pot|safetensors"
_MADE = ("data/runs/",)  # what no commit has: people and commands make it


@cache
def text_of(path: Path) -> str:
    """All of a page."""
    return path.read_text(encoding="utf-8")


def prose(path: Path) -> str:
    """A page without its fenced code."""
    return _FENCE.sub("", text_of(path))


def fences(path: Path, *languages: str) -> Iterator[str]:
    """The lines of fenced code in these languages, without empty ones and comments."""
    for _, language, code in _FENCE.findall(text_of(path)):
        if language in languages:
            yield from (line.strip() for line in code.splitlines() if line.strip())


def spans(path: Path) -> list[str]:
    """What is in code letters within a sentence."""
    return _SPAN.findall(prose(path))


def links(path: Path) -> list[str]:
    """Where a page's links and pictures lead to."""
    return _LINK.findall(_SPAN.sub("``", prose(path)))


def slugs(path: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", it.lower()).replace(" ", "-") for it in headings}


def section(path: Path, heading: str) -> str:
    """What is below a heading (`## Limits`), up to the next one of its rank or above."""
    rank = len(heading.split(" ")[0])
    after = re.split(rf"^{re.escape(heading)}$", text_of(path), flags=re.MULTILINE)
    assert len(after) == 2, f"{path.name} has no single heading {heading}"
    return re.split(rf"^#{{1,{rank}}} ", after[1], flags=re.MULTILINE)[0]


def tables(text: str) -> Iterator[list[list[str]]]:
    """The tables of a text: the cells of each row, the heads first."""
    for block in re.findall(r"(?:^\|.*\|\n?)+", text, re.MULTILINE):
        rows = [[cell.strip() for cell in it.strip()[1:-1].split("|")] for it in block.splitlines()]
        yield [row for row in rows if not set("".join(row)) <= set("-: ")]


def table(text: str, *heads: str) -> list[list[str]]:
    """The rows below these heads, of the one table that begins with them."""
    found = [rows[1:] for rows in tables(text) if tuple(rows[0][: len(heads)]) == heads]
    assert len(found) == 1, heads
    return found[0]


def named_paths(path: Path) -> Iterator[str]:
    """The paths of this repository that a page names, without the test after `::`."""
    for span in spans(path):
        name = span.partition("::")[0]
        if name.startswith(_MADE) or re.search(r"[…*<> ]|NAME|FOLDER|NN|YYYY", name):
            continue
        if (
            name.split("/")[0] in _TOPS
            and "/" in name
            or re.fullmatch(rf"[\w.-]+\.({_ENDS})", name)
        ):
            yield name


def is_there(name: str) -> bool:
    """Whether the repository has a path; of a mere file name, some folder."""
    return (ROOT / name).exists() or ("/" not in name and any(ROOT.glob(f"*/**/{name}")))


def files_of(path: Path) -> list[str]:
    """The files that a page says it is about, below its title."""
    head = prose(path).split("\n## ")[0]
    said = re.search(r"\bFiles:((?:\s+`[^`]+`,?)+)\.", head)
    return _SPAN.findall(said[1]) if said else []


def places_of_names(path: Path) -> Iterator[tuple[str, str]]:
    """Names and the file that they are said to be in: '`RULES` in `dino/optim.py`'."""
    text = " ".join(prose(path).split())
    for names, file in re.findall(r"((?:`\w+`(?:, | and | or )?)+) in `([\w./]+\.\w+)`", text):
        yield from ((name, file) for name in _SPAN.findall(names))


class Command(NamedTuple):
    """A command of a page, in words. whole: in a fence of its own, so that one can run it."""

    words: tuple[str, ...]
    whole: bool

    @property
    def dino(self) -> tuple[str, ...] | None:
        """The words after `python -m dino`; None where it is another program."""
        return self.words[3:] if self.words[1:3] == ("-m", "dino") else None

    def __str__(self) -> str:
        return " ".join(self.words)


def commands(path: Path) -> Iterator[Command]:
    """All commands of a page: fenced ones, and in sentences those that begin with a program."""
    for line in fences(path, "sh", "bat"):
        for each in line.split(" && "):
            yield Command(tuple(shlex.split(each.replace("\\", "/"))), True)
    for span in spans(path):
        begins = re.match(r"(\S*python3? |streamlit run |\S*/pip |pip )", span)
        if begins and "…" not in span:
            yield Command(tuple(shlex.split(span)), False)
