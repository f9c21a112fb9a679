"""A file that left the app as lines: of HTML what it shows, of a saved run its note."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Any

from .texts import flat, steady


class HtmlLines(HTMLParser):
    """A file of HTML, one line a tag or a text; without its styles, and without its white space."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.inside = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        said = " ".join(f"{name}={value}" for name, value in sorted(attrs, key=str))
        self.lines.append(steady(f"<{tag} {said}>" if said else f"<{tag}>"))

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        words = " ".join(data.split())
        if not words or self.inside == "style":
            return
        is_json = self.inside == "pre" and words.startswith("{")  # what a report says for `check`
        self.lines += flat(json.loads(data), "facts") if is_json else [steady(words)]


def lines_of_file(name: str, raw: bytes) -> list[str]:
    """The lines of a file that the app made; of a saved run its note alone."""
    if name.endswith(".safetensors"):
        return list(flat(unpacked(json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])), ""))
    text = raw.decode("utf-8-sig")
    if name.endswith(".html"):
        return HtmlLines(text).lines
    if name.endswith(".ipynb"):
        return list(flat(json.loads(text), ""))
    return [steady(line) for line in text.splitlines()]


def unpacked(value: Any) -> Any:
    """The same, with the JSON in its texts as values."""
    if isinstance(value, dict):
        return {key: unpacked(inner) for key, inner in value.items()}
    if isinstance(value, str) and value[:1] in ("{", "["):
        return unpacked(json.loads(value))
    return value


def file_lines(made: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Each file that a page offers, or why there is none."""
    for name, make in sorted(made.items()):
        try:
            found = make()
        except Exception as error:  # a refusal, in the page's words
            yield name, [f"{type(error).__name__}: {error}"]
            continue
        yield name, lines_of_file(name, found.encode() if isinstance(found, str) else found)
