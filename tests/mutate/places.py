"""Comparisons and signs in a tree's sources, what each is turned into, and where it is now."""

from __future__ import annotations

import ast
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

COMPARED: dict[type[ast.cmpop], tuple[str, str]] = {  # what stands there, and what is put there
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
}
ADDED: dict[type[ast.operator], tuple[str, str]] = {ast.Add: ("+", "-"), ast.Sub: ("-", "+")}
NO_NUMBERS = ast.Constant | ast.JoinedStr | ast.List | ast.Tuple | ast.ListComp


class Place(NamedTuple):
    """A comparison or a sign.

    file: in the tree; name: of its function, '' outside one; text: of the expression; part: which
    of its operators; statement: the whole statement's text; nth: of equal ones in that function;
    at: where the operator begins in the file; old, new: the operator, and what it is turned into
    """

    file: str
    name: str
    text: str
    part: int
    statement: str
    nth: int
    at: int
    line: int
    old: str
    new: str

    @property
    def key(self) -> tuple[str, str, int]:
        """What it is found again by."""
        return self.name, self.text, self.part

    def apply(self, source: str) -> str:
        """The source with the other operator."""
        assert source[self.at :].startswith(self.old), self
        return source[: self.at] + self.new + source[self.at + len(self.old) :]

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.name}: {self.text}   [{self.old} → {self.new}]"


class _Source:
    """A file's text, and where the positions of its syntax tree are in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = text.splitlines(keepends=True)
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line))

    def at(self, line: int, column: int) -> int:
        """The place of a position, whose columns count bytes."""
        before = self.lines[line - 1].encode()[:column].decode()
        return self.starts[line - 1] + len(before)

    def between(self, left: ast.expr, right: ast.expr, sign: str) -> int:
        """Where an operator stands between two expressions, outside of comments."""
        begin = self.at(left.end_lineno or 0, left.end_col_offset or 0)
        text = self.text[begin : self.at(right.lineno, right.col_offset)]
        bare = re.sub(r"#[^\n]*", lambda found: " " * len(found[0]), text)
        return begin + bare.index(sign)


def is_sum(node: ast.BinOp) -> bool:
    """Whether numbers may be added here; texts and lists that are joined are no numbers."""
    sides = (node.left, node.right)
    return not any(
        isinstance(it, NO_NUMBERS) and not isinstance(getattr(it, "value", ""), int | float)
        for it in sides
    )


def operators(node: ast.AST, source: _Source) -> Iterator[tuple[int, str, str]]:
    """Where each operator of an expression stands, and what it is turned into."""
    if isinstance(node, ast.Compare):
        for left, op, right in zip(
            [node.left, *node.comparators], node.ops, node.comparators, strict=False
        ):
            if type(op) in COMPARED:
                old, new = COMPARED[type(op)]
                yield source.between(left, right, old), old, new
    elif isinstance(node, ast.BinOp) and type(node.op) in ADDED and is_sum(node):
        old, new = ADDED[type(node.op)]
        yield source.between(node.left, node.right, old), old, new
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield source.at(node.lineno, node.col_offset), "-", "+"


def places_in(file: str, text: str) -> Iterator[Place]:
    """All places of a file."""
    source, seen = _Source(text), Counter[tuple[str, str, int]]()
    for name, statement, node in expressions(ast.parse(text)):
        for part, (at, old, new) in enumerate(operators(node, source)):
            key = (name, ast.unparse(node), part)
            yield Place(
                file, *key, statement, seen[key], at, source.text.count("\n", 0, at) + 1, old, new
            )
            seen[key] += 1


def expressions(
    node: ast.AST, name: str = "", statement: str = ""
) -> Iterator[tuple[str, str, ast.AST]]:
    """All expressions, with the names of their functions and their statements' texts. Those in
    an f-string have no certain positions before Python 3.12.
    """
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.JoinedStr):
            continue
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from expressions(child, child.name, "")
        elif not isinstance(child, ast.AnnAssign) or child.value is not None:
            text = head(child) if isinstance(child, ast.stmt) else statement
            if isinstance(child, ast.expr):
                yield name, statement, child
            yield from expressions(child, name, text)


def head(statement: ast.stmt) -> str:
    """A statement's text; of one with others in it, its first line."""
    return ast.unparse(statement).partition("\n")[0]


def files_of(tree: Path, patterns: Iterable[str]) -> list[str]:
    """The files of a tree that patterns name, such as dino/*.py."""
    return sorted(
        {it.relative_to(tree).as_posix() for pattern in patterns for it in tree.glob(pattern)}
    )


def all_places(tree: Path, files: Sequence[str]) -> list[Place]:
    """The places of some files of a tree."""
    return [place for file in files for place in places_in(file, (tree / file).read_text("utf-8"))]


def drawn(places: Sequence[Place], count: int, seed: int) -> list[Place]:
    """So many places, drawn by a seed: an order that a larger count only continues."""
    return random.Random(seed).sample(list(places), len(places))[:count]


def find_again(place: Place, now: Sequence[Place]) -> Place | None:
    """Where a place is in another tree: by its function's name and its text, in the same file where
    it is there, else where only one has them; else by its statement, where that is the only one.
    """
    same = [it for it in now if it.key == place.key and it.nth == place.nth]
    here = [it for it in same if it.file == place.file]
    if here:
        return here[0]
    if len(same) == 1:
        return same[0]
    moved = [
        it
        for it in now
        if (it.statement, it.text, it.part) == (place.statement, place.text, place.part)
    ]
    named = [it for it in same or moved if Path(it.file).name == Path(place.file).name]
    found = named if len(named) == 1 else moved
    return found[0] if len(found) == 1 else None
