"""The markup of a report: escaped texts in headings, tables and lists, and the file around them."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

STYLE = Path(__file__).with_name("report.css")
# No address is loaded and no script runs, whatever a text in the file may say.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
SHORT = 10  # rows of a table that stays on one sheet of paper


class Row(NamedTuple):
    """A row of a table: its texts, the class of its style, and names that fill a last cell."""

    cells: Sequence[str]
    style: str = ""
    names: Sequence[str] = ()


def heading(words: str, level: int = 2) -> str:
    """A heading."""
    return f"<h{level}>{escape(words)}</h{level}>"


def paragraph(words: str, style: str = "") -> str:
    """A paragraph."""
    return f'<p class="{style}">{escape(words)}</p>'


def points(lines: Sequence[str]) -> str:
    """A list of sentences."""
    return f'<ul class="lines">{"".join(f"<li>{escape(line)}</li>" for line in lines)}</ul>'


def name(text: str) -> str:
    """A name, in its own direction."""
    return f"<bdi>{escape(text)}</bdi>"


def names_list(names: Sequence[tuple[str, str]]) -> str:
    """Names in columns, each with a word in brackets or none."""
    items = [f"{name(text)} ({escape(word)})" if word else name(text) for text, word in names]
    return f'<ul class="names">{"".join(f"<li>{item}</li>" for item in items)}</ul>'


def table(titles: Sequence[str], rows: Sequence[Row], numeric: Sequence[int] = ()) -> str:
    """A table; the columns at the places `numeric` are numbers."""
    kinds = ["number" if i in numeric else "" for i in range(len(titles))]
    head = [f'<th class="{kind}">{escape(t)}</th>' for t, kind in zip(titles, kinds, strict=True)]
    body = []
    for row in rows:
        cells = zip(row.cells, kinds, strict=False)
        found = [f'<td class="{kind}">{escape(cell)}</td>' for cell, kind in cells]
        if row.names:
            found.append(f'<td class="written">{" · ".join(map(name, row.names))}</td>')
        body.append(f'<tr class="{row.style}">{"".join(found)}</tr>')
    top = f"<thead><tr>{''.join(head)}</tr></thead>" if any(titles) else ""
    size = "short" if len(rows) <= SHORT else "long"
    return (
        f'<div class="wrap"><table class="{size}">{top}<tbody>{"".join(body)}</tbody></table></div>'
    )


def document(title: str, language: str, parts: Sequence[str], folded: str, block: str) -> str:
    """The whole file. folded: the words that unfold the block at its end."""
    return "\n".join(
        (
            f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>",
            f"<style>\n{STYLE.read_text(encoding='utf-8')}</style>\n</head>\n<body>\n<main>",
            *parts,
            f"<details><summary>{escape(folded)}</summary>",
            f"{block}</details>\n</main>\n</body>\n</html>\n",
        )
    )
