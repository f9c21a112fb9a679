"""Which tests are run for a module: those that import it, the most direct ones first."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

SLOW = ("test_browser", "test_load", "test_interpreters", "test_cold")  # last, if at all


class Imports:
    """Who imports whom in a tree: the package's modules, the tests, and what tests share."""

    def __init__(self, tree: Path, package: str = "dino") -> None:
        self.tree, self.package = tree, package
        paths = [*tree.glob(f"{package}/**/*.py"), *tree.glob("tests/*.py")]
        self.files = {module_of(path.relative_to(tree)): path for path in paths}
        self.packages = {
            module_of(path.relative_to(tree)) for path in paths if path.name == "__init__.py"
        }

    @cached_property
    def of(self) -> Mapping[str, frozenset[str]]:
        """The modules that each module imports."""
        return {name: frozenset(self._imported(path)) for name, path in self.files.items()}

    def _imported(self, path: Path) -> Iterator[str]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            else:
                continue
            yield from filter(None, map(self.module, names))

    def module(self, dotted: str) -> str:
        """The module that a dotted name is of, through what a package hands on; '' for others."""
        name, rest = dotted, ""
        while name not in self.files:
            name, _, rest = name.rpartition(".")
            if not name:
                return ""
        return self._handed_on(name, rest) if name in self.packages and rest else name

    def _handed_on(self, package: str, name: str) -> str:
        for node in ast.walk(ast.parse(self.files[package].read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and name in {it.name for it in node.names}:
                found = f"{node.module}.{name}"
                if not found.startswith(f"{package}.{name}"):
                    return self.module(found)
        return package

    def tests_of(self, file: str) -> list[str]:
        """The files of tests that import a module, directly or through what tests share; where none
        does, those that import its importers, and so on.
        """
        wanted, seen = {module_of(Path(file))}, set[str]()
        while wanted:
            found = self._tests_importing(wanted)
            if found:
                return self._sorted(found, file)
            seen |= wanted
            wanted = {
                name
                for name, its in self.of.items()
                if its & wanted and name.startswith(self.package) and name not in seen
            }
        return []

    def _tests_importing(self, wanted: Iterable[str]) -> dict[str, int]:
        """Tests by how many helpers stand between them and the modules."""
        level, found, names = 0, dict[str, int](), set(wanted)
        while names:
            names = {
                name
                for name, its in self.of.items()
                if its & names and not name.startswith(self.package) and name not in found
            }
            for name in names:
                found[name] = level
            level += 1
        return {name: at for name, at in found.items() if name.startswith("test_")}

    def _sorted(self, tests: Mapping[str, int], file: str) -> list[str]:
        stem = Path(file).stem

        def order(name: str) -> tuple[bool, int, bool, int, str]:
            text = self.files[name].read_text("utf-8")
            is_slow = name.startswith(SLOW) or "AppTest" in text or "shared_app" in text
            return (is_slow, tests[name], name != f"test_{stem}", len(self.of[name]), name)

        return [
            self.files[name].relative_to(self.tree).as_posix() for name in sorted(tests, key=order)
        ]


def module_of(path: Path) -> str:
    """The module that a file is: dino.jobs.pool, dino.jobs, and test_jobs for what tests have."""
    parts = path.with_suffix("").parts
    parts = parts[1:] if parts[0] == "tests" else parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
