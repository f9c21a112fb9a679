"""`python -m dino map`: every source file with its first sentence; `--figures` counts the tree.

The files are parsed, never imported, so the tree of any commit can be counted: `git worktree add
FOLDER COMMIT`, then `python -m dino map --figures FOLDER`.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import shutil
import statistics
import textwrap
import tokenize
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from dino.places import PACKAGE

HERE = PACKAGE.parent  # in a clone, it also contains app.py
SMALL = 80  # lines; a smaller module with one importer could be a part of it
WIDEST = 100  # columns
Function = ast.FunctionDef | ast.AsyncFunctionDef
Arrows = dict[str, set[str]]  # what each module imports


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `map`."""
    parser.add_argument("folder", nargs="?", type=Path, default=HERE, help="another source tree")
    parser.add_argument("--figures", action="store_true", help="show counts instead of files")


def print_map(folder: Path, counted: bool) -> None:
    """Print the files of a tree, or its figures, on lines that fit the terminal. Raises
    ValueError.
    """
    modules = read_tree(folder)
    width = min(shutil.get_terminal_size().columns, WIDEST)
    print("\n".join(figures(modules, width) if counted else listing(modules, width)))


class Module:
    """A source file: its path in the tree, its dotted name, its text, its syntax."""

    def __init__(self, path: Path, root: Path) -> None:
        """Raises ValueError if the file is not Python."""
        self.path = path.relative_to(root)
        self.name = ".".join(self.path.with_suffix("").parts).removesuffix(".__init__")
        self.text = path.read_text(encoding="utf-8")
        try:
            self.tree = ast.parse(self.text)
        except SyntaxError as error:
            raise ValueError(f"A source file must be Python. {path} is not: {error}.") from error

    @cached_property
    def lines(self) -> int:
        """How many lines it has."""
        return len(self.text.splitlines())

    @property
    def sentence(self) -> str:
        """The first sentence of its docstring; '' if it has none."""
        first = " ".join((ast.get_docstring(self.tree) or "").partition("\n\n")[0].split())
        return re.split(r"(?<=[.?!])\s+(?=[A-Z`*])", first)[0]

    def imported(self) -> Iterator[str]:
        """Every dotted name that it imports, also late or for types only (absolute imports)."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)

    def functions(self) -> Iterator[Function]:
        """Every function, including those inside others and methods."""
        yield from (node for node in ast.walk(self.tree) if isinstance(node, Function))


def read_tree(folder: Path) -> list[Module]:
    """The modules of `dino/`, `cloud/` and `app.py` in a folder, by path. Raises ValueError."""
    paths = [*folder.glob("dino/**/*.py"), *folder.glob("cloud/*.py"), *folder.glob("app.py")]
    if not paths:
        raise ValueError(f"A source tree needs a folder dino with files *.py. {folder} has none.")
    return [Module(path, folder) for path in sorted(paths)]


# ---- the list


def listing(modules: list[Module], width: int) -> Iterator[str]:
    """Each folder with its files. The core comes first, then what imports least; so do a
    folder's files.
    """
    floor = floors(arrows(modules))
    folders: dict[Path, list[Module]] = {}
    for module in sorted(modules, key=lambda it: (floor[it.name], it.path)):
        folders.setdefault(module.path.parent, []).append(module)
    middle = {at: statistics.median(floor[it.name] for it in them) for at, them in folders.items()}
    for at in sorted(folders, key=lambda at: (at != Path("dino"), middle[at], at)):
        folders[at].sort(key=lambda it: it.path.name != "__init__.py")  # the folder's sentence
        yield f"{at}/"
        names = max(len(it.path.name) for it in folders[at])
        for module in folders[at]:
            text = f"  {module.path.name:{names}}  {module.sentence}"
            yield from wrapped(text, names + 4, width)
        yield ""


def wrapped(text: str, indent: int, width: int) -> list[str]:
    """A text on lines of a width; all lines except the first are indented."""
    return textwrap.wrap(
        text, width, subsequent_indent=" " * indent, break_on_hyphens=False, break_long_words=False
    )


# ---- who imports whom


def arrows(modules: list[Module]) -> Arrows:
    """The modules of the tree that each of them imports, anywhere in it, also for types only."""
    names = {module.name for module in modules}

    def within(name: str) -> str:
        while name and name not in names:
            name = name.rpartition(".")[0]
        return name

    return {it.name: {*map(within, it.imported())} - {"", it.name} for it in modules}


def circles(graph: Arrows) -> list[set[str]]:
    """The modules that import one another, directly or through others: strongly connected ones."""
    below = {name: set(used) for name, used in graph.items()}
    grown = True
    while grown:
        grown = False
        for name, reached in below.items():
            more = set().union(*(below[it] for it in reached)) - reached
            below[name], grown = reached | more, grown or bool(more)
    found = {frozenset(it for it in below[name] if name in below[it]) for name in below}
    return sorted((set(circle) for circle in found if circle), key=sorted)


def floors(graph: Arrows) -> dict[str, int]:
    """How many modules the longest walk down from each one has; a circle is on one floor."""
    around = {name: circle for circle in circles(graph) for name in circle}
    found: dict[str, int] = {}

    def floor(name: str) -> int:
        circle = around.get(name, {name})
        if name not in found:
            below = set().union(*(graph[it] for it in circle)) - circle
            found.update(dict.fromkeys(circle, 1 + max(map(floor, below), default=0)))
        return found[name]

    return {name: floor(name) for name in graph}


def longest_walk(graph: Arrows) -> list[str]:
    """A longest chain of imports, from the top floor down. One module represents its circle."""
    floor = floors(graph)
    around = {name: circle for circle in circles(graph) for name in circle}
    walk = [min(floor, key=lambda name: (-floor[name], name))]
    while floor[walk[-1]] > 1:
        used = set().union(*(graph[it] for it in around.get(walk[-1], {walk[-1]})))
        walk.append(min(it for it in used if floor[it] == floor[walk[-1]] - 1))
    return walk


# ---- the figures


def figures(modules: list[Module], width: int) -> Iterator[str]:
    """What is counted of a tree, each figure on one line or a few."""
    graph = arrows(modules)
    rows = {
        "files": f"{len(modules):,}",
        **_line_rows(modules),
        **_function_rows(modules),
        **_import_rows(modules, graph),
        "file names in several folders": _listed(same_names(modules)),
        "circles of imports": _listed(" ".join(sorted(circle)) for circle in circles(graph)),
    }
    walk = longest_walk(graph)
    rows["longest walk"] = f"{len(walk)} floors: {' > '.join(walk)}"
    for name, value in rows.items():
        yield from wrapped(f"{name}: {value}", 4, width)


def _listed(found: Iterable[str]) -> str:
    """How many there are, and which."""
    each = list(found)
    return f"{len(each)}: {'; '.join(each)}" if each else "0"


def _line_rows(modules: list[Module]) -> dict[str, str]:
    sums: Counter[str] = Counter()
    for module in modules:
        sums.update(line_kinds(module))
    kinds = ", ".join(f"{kind} {sums[kind]:,}" for kind in ("code", "blank", "docstrings"))
    return {
        "lines": f"{sum(module.lines for module in modules):,} ({kinds}, "
        f"comments {sums['comments']:,}; imports, a part of the code, {sums['imports']:,})"
    }


def line_kinds(module: Module) -> dict[str, int]:
    """How many lines of a module are code (imports among them), blank, docstrings, comments.

    A blank line in a docstring is a line of the docstring; a comment beside code is code.
    """
    documented, imports = set[int](), set[int]()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Module | ast.ClassDef | Function) and ast.get_docstring(node):
            documented |= _lines_of(node.body[0])
        elif isinstance(node, ast.Import | ast.ImportFrom):
            imports |= _lines_of(node)
    blank = sum(
        not line.strip()
        for number, line in enumerate(module.text.splitlines(), 1)
        if number not in documented
    )
    tokens = tokenize.generate_tokens(io.StringIO(module.text).readline)
    comments = sum(
        token.type == tokenize.COMMENT and token.line.lstrip().startswith("#") for token in tokens
    )
    rest = module.lines - blank - len(documented) - comments
    kinds = {"code": rest, "blank": blank, "docstrings": len(documented), "comments": comments}
    return kinds | {"imports": len(imports)}


def _lines_of(node: ast.stmt) -> set[int]:
    return {*range(node.lineno, (node.end_lineno or node.lineno) + 1)}


def _function_rows(modules: list[Module]) -> dict[str, str]:
    lengths = sorted(_length(it) for module in modules for it in module.functions())
    once = [_length(it) for module in modules for it in called_once(module)]
    middle, most = statistics.median(lengths or [0]), max(lengths, default=0)
    tenth = lengths[len(lengths) * 9 // 10] if lengths else 0
    return {
        "functions": f"{len(lengths):,} (lines: median {middle:g}, p90 {tenth}, max {most})",
        "private functions called once": f"{len(once):,} ({sum(once):,} lines)",
    }


def _length(function: Function) -> int:
    """The number of lines from `def` to the last one, without decorators."""
    return len(_lines_of(function))


def called_once(module: Module) -> Iterator[Function]:
    """Private functions, `async` ones included, whose name is used once in their module."""
    used = Counter(
        node.id if isinstance(node, ast.Name) else node.attr
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute)
        or (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
    )
    for function in module.functions():
        if re.match("_(?!_)", function.name) and used[function.name] == 1:
            yield function


def _import_rows(modules: list[Module], graph: Arrows) -> dict[str, str]:
    single = one_importer(modules, graph)
    small = [module for module in single if module.lines < SMALL]
    names = " ".join(module.name for module in small)
    return {
        "arrows between modules": f"{sum(map(len, graph.values())):,} (for types, too)",
        "modules with one importer": f"{len(single)} ({_sum(single)} lines)",
        f"of these, under {SMALL} lines": f"{len(small)} ({_sum(small)} lines): {names}",
    }


def one_importer(modules: list[Module], graph: Arrows) -> list[Module]:
    """The modules that exactly one other module imports."""
    importers = Counter(used for each in graph.values() for used in each)
    return [module for module in modules if importers[module.name] == 1]


def _sum(modules: list[Module]) -> str:
    return f"{sum(module.lines for module in modules):,}"


def same_names(modules: list[Module]) -> list[str]:
    """File names that several folders have, the most frequent first: 'page.py×5'."""
    times = Counter(module.path.name for module in modules if module.path.name != "__init__.py")
    return [
        f"{name}×{n}" for name, n in sorted(times.items(), key=lambda it: (-it[1], it[0])) if n > 1
    ]
