"""The app's sources, parsed: what the tests of the tree itself read."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted([*ROOT.glob("dino/**/*.py"), *ROOT.glob("cloud/*.py"), ROOT / "app.py"])
TESTS = sorted(ROOT.glob("tests/**/*.py"))
TABLE_FILES = sorted(ROOT.glob("dino/locale/*/*.toml"))  # of prose, a language a folder
TABLES = {path.stem for path in TABLE_FILES}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def short(path: Path) -> str:
    """The path inside the project: dino/ui/plot.py."""
    return path.relative_to(ROOT).as_posix()


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[Function]:
    """All functions of a file, also those inside others."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, Function):
            yield node


def length(function: Function) -> int:
    """Lines from `def` to the last one; decorators do not count, the docstring does."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def dotted(node: ast.AST) -> str:
    """'torch.optim.SGD' for that expression, else ''."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


def for_types_only(path: Path) -> set[ast.AST]:
    """All nodes below `if TYPE_CHECKING:`, which never run."""
    return {
        inner
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.If)
        if dotted(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")
        for branch in node.body
        for inner in ast.walk(branch)
    }


def imports(path: Path, types: bool = True) -> Iterator[str]:
    """Every dotted name that a file imports, wherever in it: dino.config, numpy, torch.nn."""
    skipped = set() if types else for_types_only(path)
    for node in ast.walk(parsed(path)):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: imports are absolute, from dino"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
