"""`python -m dino map`: the list of files is complete, and the figures of small trees are known."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sampling import one_in
from sources import FILES, short
from test_imports import circle

from dino.__main__ import main
from dino.commands.map import (
    HERE,
    Arrows,
    arrows,
    called_once,
    circles,
    floors,
    line_kinds,
    listing,
    longest_walk,
    one_importer,
    read_tree,
    same_names,
)

TREE = {
    "app.py": '"""The app. It has more to say."""\nimport dino.pages.page\n',
    "dino/__init__.py": '"""Dino: a tree of four lines."""\n',
    "dino/model.py": '''"""The network (Elman et al. 1990), as `equations`.

More of it.
"""
import os  # beside code

X = 1


def _once():  # used below
    # a comment
    return _twice()


def _twice():
    return _twice, X


async def _waits():
    """Waits.

    A line of its docstring."""
    return _once()
''',
    "dino/jobs/__init__.py": '"""Many runs."""\n',
    "dino/jobs/pool.py": '"""All runs."""\nfrom dino.jobs import job\n',
    "dino/jobs/job.py": '''"""One run."""
from typing import TYPE_CHECKING
from dino.model import X
if TYPE_CHECKING:
    from dino.jobs.pool import Pool
''',
    "dino/pages/page.py": '''"""A page."""
def late():
    from dino.jobs import pool
    import dino.model, numpy
''',
    "dino/jobs/page.py": '"""No page."""\n',
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in TREE.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def printed(lines: list[str]) -> dict[str, str]:
    """The sentence beside each file that a list names, by its path; each path once."""
    folder, found = "", {}
    for line in " \n".join(lines).replace("\n    ", "").splitlines():
        name, _, sentence = line.strip().partition(" ")
        if name.endswith("/"):
            folder = name.removeprefix("./")
        elif name:
            assert folder + name not in found
            found[folder + name] = " ".join(sentence.split())
    return found


@pytest.mark.parametrize("width", one_in(3, [60, 80, 100]))
def test_each_file_is_printed_once_with_a_sentence_that_fits(width: int) -> None:
    lines = list(listing(read_tree(HERE), width))
    found = printed(lines)
    assert found.keys() == {short(path) for path in FILES}
    assert all(re.fullmatch(r"\S.*\w.*[.?!]", sentence) for sentence in found.values())
    assert max(map(len, lines)) <= width


def test_a_file_is_after_what_it_imports_and_its_sentence_is_the_first(tree: Path) -> None:
    found = printed(list(listing(read_tree(tree), 80)))
    assert found["app.py"] == "The app."
    assert found["dino/model.py"] == "The network (Elman et al. 1990), as `equations`."
    order = list(found)
    assert order[:2] == ["dino/__init__.py", "dino/model.py"]
    assert order[2:] == [f"dino/jobs/{name}.py" for name in ("__init__", "page", "job", "pool")] + [
        "dino/pages/page.py",
        "app.py",
    ]


def test_the_figures_of_a_small_tree(tree: Path) -> None:
    modules = read_tree(tree)
    graph = arrows(modules)
    assert graph == {
        "app": {"dino.pages.page"},
        "dino": set(),
        "dino.jobs": set(),
        "dino.jobs.job": {"dino.model", "dino.jobs.pool"},
        "dino.jobs.page": set(),
        "dino.jobs.pool": {"dino.jobs.job"},
        "dino.model": set(),
        "dino.pages.page": {"dino.jobs.pool", "dino.model"},
    }
    assert circles(graph) == [{"dino.jobs.job", "dino.jobs.pool"}]
    assert [it.name for it in one_importer(modules, graph)] == ["dino.jobs.job", "dino.pages.page"]
    assert longest_walk(graph) == ["app", "dino.pages.page", "dino.jobs.pool", "dino.model"]
    assert same_names(modules) == ["page.py×2"]
    (model,) = [it for it in modules if it.name == "dino.model"]
    assert line_kinds(model) == {
        "code": 8,
        "blank": 7,
        "docstrings": 7,
        "comments": 1,
        "imports": 1,
    }
    assert sum(line_kinds(model).values()) == model.lines + 1  # imports are code
    assert [it.name for it in called_once(model)] == ["_once"]


def test_figures_are_printed_for_another_tree(tree: Path, capsys) -> None:
    assert main(["map", "--figures", str(tree)]) == 0
    text = " ".join(capsys.readouterr().out.split())
    lines = sum(len(text.splitlines()) for text in TREE.values())
    for figure in (
        "files: 8 ",
        f"lines: {lines} ",
        "functions: 4 (lines: median 3, p90 5, max 5)",
        "called once: 1 (3 lines)",
        "modules: 6 ",
        "one importer: 2 (9 lines)",
        "under 80 lines: 2 (9 lines): dino.jobs.job dino.pages.page",
        "circles of imports: 1: dino.jobs.job dino.jobs.pool",
        "longest walk: 4 floors: app > ",
    ):
        assert figure in text
    assert main(["map", str(tree)]) == 0
    assert len(printed(capsys.readouterr().out.splitlines())) == len(TREE)


@pytest.mark.parametrize("bad", ["", "x = (", "x = '\udcff'", "\0"])
def test_what_is_no_source_tree_is_refused_in_one_line(tmp_path: Path, bad: str, capsys) -> None:
    if bad:
        (tmp_path / "dino").mkdir()
        (tmp_path / "dino" / "x.py").write_bytes(bad.encode("utf-8", "surrogateescape"))
    with pytest.raises(SystemExit) as stopped:
        main(["map", str(tmp_path)])
    assert stopped.value.code == 2
    assert re.fullmatch(r"dino: .+\n", capsys.readouterr().err)


# ---- closed forms, and properties of any graph


@pytest.mark.parametrize("n", [1, 2, 5, 40])
def test_a_chain_a_ring_and_a_graph_with_all_arrows_down(n: int) -> None:
    chain: Arrows = {f"{k:02}": {f"{k - 1:02}"} if k else set() for k in range(n)}
    assert circles(chain) == []
    assert longest_walk(chain) == sorted(chain, reverse=True)
    ring = chain | {"00": {f"{n - 1:02}"}}
    assert circles(ring) == [set(ring)]
    assert set(floors(ring).values()) == {1}
    down: Arrows = {f"{k:02}": {f"{j:02}" for j in range(k)} for k in range(n)}
    assert floors(down) == {f"{k:02}": k + 1 for k in range(n)}


@given(st.lists(st.sets(st.integers(0, 6)), min_size=7, max_size=7))
def test_a_walk_goes_down_and_no_circle_is_left_out(used: list[set[int]]) -> None:
    graph: Arrows = {str(n): {str(m) for m in each if m != n} for n, each in enumerate(used)}
    around = {name: found for found in circles(graph) for name in found}
    assert bool(around) == bool(circle(graph))
    floor = floors(graph)
    for name, below in graph.items():
        for other in below:
            assert floor[other] < floor[name] or other in around.get(name, ())
    walk = longest_walk(graph)
    assert len(walk) == max(floor.values())
    assert all(floor[above] == floor[below] + 1 for above, below in pairwise(walk))
