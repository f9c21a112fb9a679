"""A page as lines of text: all that it gives to the browser, without what differs from run to run.

A line is an element's kind and key, or one of its values. Long data is one line a value, so that
two dumps differ in the lines whose values differ.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from google.protobuf.json_format import MessageToDict

MARK = "d1d0"  # how every random token of a dump begins
# What elements and components have for scripts, or what differs each time: positions in a stream,
# clocks, hashes.
UNSAID = {
    *("id", "formId", "fragmentId", "url", "deferredFileId", "pageScriptHash", "setValue"),
    *("cssContent", "jsContent", "htmlContent", "arrowData", "elementId"),
}
UNSTEADY = {"at", "turn", "drawn", "by", "seconds", "n", "done_at", "of_visit"}
PLACES: tuple[tuple[str, str], ...] = (
    (rf"{MARK}[0-9a-f]{{12,}}", "<token>"),
    (r"\bby=[0-9a-f]{4}\b", "by=<browser>"),
    (r"\b20\d\d-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?", "<date>"),
    (r"\b\d[\d.,]*(?=\s(?:ms|s|seconds?|segundos?)\b)", "<time>"),
    (r"\b\d[\d.,]*(?=\s(?:names per second|nombres por segundo)\b)", "<speed>"),
    (r"\b\d[\d.,]*(?=\s(?:[KMG]B)\b)", "<memory>"),
)


def steady(text: str) -> str:
    """A text with a placeholder for everything that differs from run to run."""
    for pattern, place in PLACES:
        text = re.sub(pattern, place, text)
    return text


def number_text(value: float) -> str:
    """A number to six digits, the same for an int and a float that are equal."""
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if math.isfinite(value) and value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.6g}"


def is_number(value: Any) -> bool:
    """Whether a value of JSON is a number or nothing, as in a figure's lists."""
    return value is None or isinstance(value, int | float)


def leaf(value: Any) -> str:
    """A value of JSON that has no parts."""
    return number_text(value) if is_number(value) else json.dumps(steady(value), ensure_ascii=False)


def is_row(value: list[Any]) -> bool:
    """Whether a list stands in one line: of numbers, or of short texts and numbers."""
    return all(is_number(it) or (isinstance(it, str) and len(it) < 60) for it in value)


def flat(value: Any, path: str) -> Iterator[str]:
    """A value of JSON, one line for each part: `figure.data[0].x: 1, 2`, sorted by name."""
    if isinstance(value, Mapping):
        for name in sorted(value):
            here = f"{path}.{name}" if path else name
            if name in UNSTEADY:
                yield f"{here}: <unsteady>"
            else:
                yield from flat(value[name], here)
    elif isinstance(value, list) and is_row(value):
        yield f"{path}: [{', '.join(map(leaf, value))}]"
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from flat(inner, f"{path}[{i}]")
    else:
        yield f"{path}: {leaf(value)}"


def fields(proto: Any) -> Iterator[str]:
    """The fields of an element that are set; what is JSON, part by part."""
    if proto is None:
        return
    held = {k: v for k, v in MessageToDict(proto).items() if k not in UNSAID}
    for name in ("json", "mixed"):
        text = held.pop(name, None)
        text = text.get("json") if isinstance(text, dict) else text
        if isinstance(text, str) and text:
            yield from flat(json.loads(text), "")
    yield from flat(held, "")


def lines_of(block: Any, depth: int = 0) -> Iterator[str]:
    """A part of a page and all in it, in the order of the page."""
    for child in block.children.values():
        key = getattr(child, "key", None)
        inside = hasattr(child, "children")
        own = list(fields(child.proto))
        indent = "  " * depth
        yield steady(f"{indent}{child.type}{f' #{key}' if key else ''}")
        yield from (f"{indent}  | {line}" for line in own)
        if inside:
            yield from lines_of(child, depth + 1)


def page_lines(page: Any) -> list[str]:
    """All lines of a page: what is in its middle, at its side, and what passes."""
    return [*lines_of(page.main), "---- sidebar", *lines_of(page.sidebar)]
