"""A page as lines of text: all that it gives to the browser, without what differs from run to run.

A line is an element's kind and key, or one of its values. Long data is one line a value, so that
two dumps differ in the lines whose values differ.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from google.protobuf.json_format import MessageToDict

MARK = "d1d0"  # how every random token of a dump begins
# What elements and components have for scripts, or what differs each time: positions in a stream,
# clocks, hashes.
UNSAID = {
    *("id", "formId", "fragmentId", "url", "deferredFileId", "pageScriptHash", "setValue"),
    *("cssContent", "jsContent", "htmlContent", "arrowData", "elementId"),
}
UNSTEADY = {"at", "turn", "drawn", "by", "seconds", "speed"}
COUNTING = "heard_"  # how hidden boxes begin that count what a page has set
ONCE = {"value", "values", "rawValue"}  # what a page sets, of the one drawing that sets it
MANY = 100  # lines of an element that are written once for all pages of a scene: the glossary's
SEEN: set[str] = set()
Tell = Callable[[list[str]], list[str]]
PLACES: tuple[tuple[str, str], ...] = (
    (rf"{MARK}[0-9a-f]{{12,}}", "<token>"),
    (r"\bby=[0-9a-f]{4,8}\b", "by=<browser>"),
    (r"\b20\d\d-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?", "<date>"),
    (r"\b\d[\d.,]*(?=\s(?:ms|s|seconds?|segundos?)\b)", "<time>"),
    (r"\b\d[\d.,]*(?=\s(?:names per second|nombres por segundo)\b)", "<speed>"),
    (r"\b\d[\d.,]*(?=\snames a second\b)", "<speed>"),
    (r'(?<="seconds": )[\d.e-]+|(?<="names_per_second": )[\d.e-]+', "<time>"),
    (r"\b\d[\d.,]*(?=\s(?:[KMG]B)\b)", "<memory>"),
)


def steady(text: str) -> str:
    """A text with a placeholder for everything that differs from run to run."""
    if not re.search(r"\d", text):
        return text
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


@cache
def data_lines(text: str) -> tuple[str, ...]:
    """The data of a component, which are often those of the page before."""
    return tuple(flat(json.loads(text), ""))


def fields(proto: Any) -> Iterator[str]:
    """The fields of an element that are set; what is JSON, part by part."""
    if proto is None:
        return
    found = MessageToDict(proto)
    unsaid = UNSAID | (ONCE if found.get("setValue") else set())
    held = {k: v for k, v in found.items() if k not in unsaid}
    for name in ("json", "mixed"):
        text = held.pop(name, None)
        text = text.get("json") if isinstance(text, dict) else text
        if isinstance(text, str) and text:
            yield from data_lines(text)
    yield from flat(held, "")


def once(own: list[str]) -> list[str]:
    """An element's lines; of many that a page before had, too, how to tell that they are those."""
    if len(own) < MANY:
        return own
    found = hashlib.sha256("\n".join(own).encode()).hexdigest()[:12]
    if found in SEEN:
        return [f"the {len(own)} lines that were there before: {found}"]
    SEEN.add(found)
    return own


def lines_of(block: Any, tell: Tell, depth: int = 0) -> Iterator[str]:
    """A part of a page and all in it, in the order of the page. tell: what of an element's lines"""
    for child in block.children.values():
        key, indent = getattr(child, "key", None), "  " * depth
        yield steady(f"{indent}{child.type}{f' #{key}' if key else ''}")
        own = [] if str(key).startswith(COUNTING) else list(fields(child.proto))
        yield from (f"{indent}  | {line}" for line in tell(own))
        if hasattr(child, "children"):
            yield from lines_of(child, tell, depth + 1)


def page_lines(page: Any, tell: Tell = list) -> list[str]:
    """All lines of a page: what is in its middle, and at its side."""
    return [*lines_of(page.main, tell), "---- sidebar", *lines_of(page.sidebar, tell)]
