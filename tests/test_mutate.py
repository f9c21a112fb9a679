"""The check by mutants, on a project of two modules: one is noticed, one is not, one is gone."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from mutate.__main__ import found_again, report, try_all
from mutate.imports import Imports
from mutate.places import all_places, drawn, find_again, places_in
from mutate.trials import KILLED, SURVIVED, UNTESTED
from waiting import PATIENCE

OLD = """
def is_small(x):
    return x < 3  # ñ, and a < that is none

def is_large(x):
    return x > 5

def is_odd(x):
    return x % 2 == 1
"""
NEW = """
def is_large(x):
    return x > 5

def is_small(x):
    return x < 3
"""
TEST = """
from helper import is_small

def test_small():
    assert is_small(2) and not is_small(3)
"""


@pytest.fixture
def trees(tmp_path: Path) -> tuple[Path, Path]:
    """A project before its module was moved, and after."""
    files = {
        "old/toy/__init__.py": "",
        "old/toy/sizes.py": OLD,
        "new/toy/__init__.py": "",
        "new/toy/small/__init__.py": "from toy.small.sizes import is_small\n",
        "new/toy/small/sizes.py": NEW,
        "new/toy/alone.py": "from toy.small.sizes import is_small\n",
        "new/tests/helper.py": "from toy.small import is_small as is_small\n",
        "new/tests/test_small.py": TEST,
        "new/tests/test_alone.py": "import toy.alone\n\ndef test_it():\n    assert toy.alone\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path / "old", tmp_path / "new"


@pytest.mark.long
def test_one_is_noticed_one_is_not_and_one_is_gone(
    trees: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = trees
    before = (new / "toy/small/sizes.py").read_text("utf-8")
    places = all_places(old, ["toy/sizes.py"])
    there, gone = found_again(old, new, places, "toy")
    assert [it.name for it in gone] == ["is_odd"]
    assert {it.file for it in there} == {"toy/small/sizes.py"}
    outcomes = try_all(new, there, "toy", PATIENCE, 1)
    states = {it.place.name: it.state for it in outcomes}
    assert states == {"is_small": KILLED, "is_large": SURVIVED}
    assert outcomes[0].by == "tests/test_small.py::test_small"
    assert (new / "toy/small/sizes.py").read_text("utf-8") == before  # only a copy is changed
    assert report(outcomes, gone) == 1
    out = capsys.readouterr().out
    assert "survived: toy/small/sizes.py:3 is_large: x > 5   [> → >=]" in out
    assert "3 places: 1 killed, 1 survived, 1 gone." in out
    assert report([it for it in outcomes if it.state == KILLED], []) == 0


@pytest.mark.long
def test_a_test_that_fails_by_itself_has_noticed_nothing(trees: tuple[Path, Path]) -> None:
    _, new = trees
    (new / "tests/test_small.py").write_text(
        "from toy.small.sizes import is_large\n\ndef test_broken():\n    assert is_large(1)\n"
        "\ndef test_large():\n    assert is_large(6)\n"
    )
    places = [it for it in all_places(new, ["toy/small/sizes.py"]) if it.name == "is_large"]
    assert [it.state for it in try_all(new, places, "toy", PATIENCE, 1)] == [SURVIVED]


def test_the_tests_of_a_module_import_it_or_its_importers(trees: tuple[Path, Path]) -> None:
    _, new = trees
    imports = Imports(new, "toy")
    assert imports.tests_of("toy/small/sizes.py") == ["tests/test_small.py"]
    assert imports.tests_of("toy/alone.py") == ["tests/test_alone.py"]
    (new / "tests/test_small.py").unlink()
    assert Imports(new, "toy").tests_of("toy/small/sizes.py") == ["tests/test_alone.py"]
    (new / "tests/test_alone.py").unlink()
    (place, *_) = all_places(new, ["toy/small/sizes.py"])
    assert [it.state for it in try_all(new, [place], "toy", PATIENCE, 1)] == [UNTESTED]


@pytest.mark.parametrize(
    ("source", "mutants"),
    [
        ("a < b <= c", ["a <= b <= c", "a < b < c"]),
        ("a > b", ["a >= b"]),
        ("a >= b", ["a > b"]),
        ("a == b", ["a != b"]),
        ("a != b", ["a == b"]),
        ("x + 1 - y", ["x + 1 + y", "x - 1 - y"]),
        ("-x", ["+x"]),
        ("f(-1)", ["f(+1)"]),
        ("'ñ' in a and b < c", ["'ñ' in a and b <= c"]),
        ("(a  # < not this\n < b)", ["(a  # < not this\n <= b)"]),
        ("(a) < (b)", ["(a) <= (b)"]),
        ("'text' + a", []),
        ("[1] + a", []),
        ("f'{a < b}'", []),
        ("a is b", []),
        ("not a", []),
    ],
)
def test_each_comparison_and_sign_is_turned_into_another(source: str, mutants: list[str]) -> None:
    assert [it.apply(source) for it in places_in("x.py", source)] == mutants


def test_a_place_is_found_where_its_function_is_and_not_where_two_may_be_meant() -> None:
    (place,) = places_in("a.py", "def f(x):\n    return x < 1")
    same = list(places_in("b.py", "def g(x):\n    return x < 2\n\ndef f(x):\n    return x < 1"))
    assert find_again(place, same) == same[1]
    other = list(places_in("c.py", "def f(x):\n    return x < 1"))
    assert find_again(place, [*same, *other]) is None
    renamed = list(places_in("d.py", "def h(x):\n    return x < 1"))
    assert find_again(place, renamed) == renamed[0]
    assert find_again(place, []) is None


def test_a_larger_count_only_continues_what_a_seed_has_drawn() -> None:
    places = list(places_in("x.py", "\n".join(f"a{i} < b" for i in range(30))))
    assert drawn(places, 20, 0)[:5] == drawn(places, 5, 0) != drawn(places, 5, 1)
    assert len(drawn(places, 100, 0)) == 30


def test_every_place_of_this_tree_can_be_turned_and_parsed() -> None:
    root = Path(__file__).parent.parent
    for file in ("dino/metrics.py", "dino/ngram.py", "dino/experiments/verdict.py"):
        text = (root / file).read_text("utf-8")
        for place in places_in(file, text):
            assert ast.dump(ast.parse(place.apply(text))) != ast.dump(ast.parse(text))
