"""The lines of code that compute something, found by their words in the source that runs."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from textwrap import dedent
from typing import Any, NamedTuple, TypeAlias

from dino.config import quoted
from dino.locale.sentences import Refusal, sentence


class Kernel(NamedTuple):
    """A compiled function by its module and name, because importing it would load numba (0.4 s)."""

    module: str
    name: str


Code: TypeAlias = "Callable[..., Any] | Kernel"


class SourceLine(NamedTuple):
    """The line of a function that computes something.

    lines: the whole function; number: the index of the line, from 0
    """

    lines: tuple[str, ...]
    number: int


def source_line(function: Code, marker: str) -> SourceLine:
    """The line of a function's source that equals `marker`, or else the one that contains it.

    Raises ValueError if no line, or more than one, contains it.
    """
    lines = source_of(function)
    found = [number for number, line in enumerate(lines) if line.strip() == marker]
    if not found:
        found = [number for number, line in enumerate(lines) if marker in line]
    if len(found) != 1:
        raise Refusal(
            sentence(
                "A marker must be in exactly one line of a function, but {marker} is in {count} "
                "of {name}.",
                marker=quoted(marker),
                count=len(found),
                name=function.name if isinstance(function, Kernel) else function.__name__,
            )
        )
    return SourceLine(lines, found[0])


def statement(found: SourceLine) -> range:
    """The lines of the statement around a line, from 0. If it has a body, only the
    lines of its head.
    """
    at = found.number + 1
    tree = ast.walk(ast.parse("\n".join(found.lines)))
    around = [
        it for it in tree if isinstance(it, ast.stmt) and it.lineno <= at <= (it.end_lineno or 0)
    ]
    if around:
        inner = max(around, key=lambda it: (it.lineno, -(it.end_lineno or 0)))
        body = getattr(inner, "body", None)
        last = max(inner.lineno, body[0].lineno - 1) if body else inner.end_lineno or 0
        if at <= last:
            return range(inner.lineno - 1, last)
    return range(found.number, at)  # a comment, a decorator, 'else'


def source_of(function: Code) -> tuple[str, ...]:
    """The lines of a function with its decorators, without their common indentation.

    Raises ValueError for a kernel that is not in its module.
    """
    if not isinstance(function, Kernel):
        return _lines_of(inspect.unwrap(function))
    found = find_spec(function.module)
    text = Path(found.origin).read_text(encoding="utf-8") if found and found.origin else ""
    functions = _functions(text)
    if function.name not in functions:
        raise Refusal(
            sentence(
                "A kernel must be a function of its module, but {module} has no {name}.",
                module=function.module,
                name=quoted(function.name),
            )
        )
    return functions[function.name]


@lru_cache(maxsize=64)
def _lines_of(function: Callable[..., Any]) -> tuple[str, ...]:
    """Cached: finding the lines takes milliseconds, and a loaded function does not change."""
    return tuple(dedent(inspect.getsource(function)).splitlines())


@lru_cache(maxsize=16)
def _functions(text: str) -> dict[str, tuple[str, ...]]:
    """The lines of each function of a module, by its name."""
    lines, found = text.splitlines(), {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            first = min([node.lineno, *(it.lineno for it in node.decorator_list)])
            found[node.name] = tuple(lines[first - 1 : node.end_lineno])
    return found


def place_of(function: Code) -> str:
    """Where a function is: 'dino/model.py · CharRNN.step'."""
    if isinstance(function, Kernel):
        module, name = function
    else:
        module, name = function.__module__, function.__qualname__
    return f"{module.replace('.', '/')}.py · {name}"
