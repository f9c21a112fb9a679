"""The rooms of the house: who may import whom, and what every public thing must say of itself."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CORE = {"config", "lists", "data", "survey", "ngram", "metrics", "model", "optim", "run", "sample",
        "train", "jobs", "charts", "charts_inside", "charts_data", "engine", "kernels", "blas",
        "probe", "parts", "room", "history", "keep", "judge", "compiling"}
# Which rooms of dino a room may use.
MAY_USE = {
    "app": {"ui", "pages"},
    "__init__": set(),
    "config": set(),
    "lists": {"config", "parts"},
    "data": {"config", "lists", "parts"},
    "parts": set(),
    "room": {"config", "run"},
    "history": set(),
    "keep": {"history", "optim", "run"},
    "judge": {"model", "parts", "room"},
    "survey": {"data", "ngram", "parts"},
    "charts_data": {"charts"},
    "ngram": {"data", "parts"},
    "metrics": {"data"},
    "model": {"config"},
    "kernels": {"blas"},
    "blas": set(),
    "engine": {"compiling", "config", "data", "kernels", "optim", "parts", "room"},
    "optim": set(),
    "run": {"config"},
    "charts": set(),
    "charts_inside": {"charts"},
    "probe": {"config", "data", "engine", "judge", "model", "parts", "room", "sample"},
    "sample": {"data", "model", "parts"},
    "train": {"config", "data", "engine", "history", "judge", "keep", "model", "optim", "parts",
              "room", "run", "sample"},
    "jobs": {"config", "data", "jobs", "metrics", "ngram", "room", "run", "sample", "train"},
    "compiling": {"config", "kernels", "parts"},
    "live": {"charts", "compiling", "config", "engine", "jobs", "live", "metrics", "run"},
    "peers": CORE,
    "desk": CORE | {"peers"},
    "bench": CORE | {"desk"},
    "__main__": CORE | {"bench"},
    "ui": CORE | {"live", "ui"},
    "pages": CORE | {"ui", "pages"},
}
# Which libraries a room may use, besides Python's own; ui and pages are free but for BANNED.
LIBRARIES = {
    "config": set(), "lists": set(), "data": {"numpy"}, "survey": {"numpy"},
    "ngram": {"numpy"}, "metrics": {"rapidfuzz"},
    "model": {"torch"}, "optim": {"torch"}, "run": {"numpy"}, "charts": {"numpy", "plotly"},
    "charts_inside": {"numpy"}, "charts_data": {"numpy"}, "probe": {"numpy", "torch"},
    "sample": {"numpy", "torch"}, "train": {"numpy", "torch"}, "jobs": set(), "__main__": set(),
    "compiling": {"numpy"},
    "live": {"numpy", "starlette"},
    "kernels": {"numba", "numpy"}, "blas": {"llvmlite", "numba"}, "engine": {"numpy", "torch"},
    "__init__": set(), "app": {"streamlit"}, "parts": set(), "room": set(),
    "history": {"numpy"}, "keep": {"numpy", "torch"}, "judge": {"torch"},
}
STREAMLIT = {"app", "ui", "pages"}
BANNED = {"pandas", "altair", "pickle", "marshal", "shelve", "dill", "joblib"}

FILES = sorted([*ROOT.glob("dino/**/*.py"), *ROOT.glob("app.py")])
each_file = pytest.mark.parametrize(
    "path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])


def room(path):
    """'train' for dino/train.py, 'ui' for everything under dino/ui, 'app' for app.py."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[1] if parts[0] == "dino" else parts[0]


def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path):
    """Every dotted name that a file imports, wherever in it: dino.config, numpy, torch.nn."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: imports are absolute, from dino"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def dino_rooms(path):
    """The rooms of dino that a file uses. `from dino import x` and `from dino.x import y` alike."""
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "dino" and len(parts) > 1 and not parts[1].startswith("__version"):
            yield parts[1]


def libraries(path):
    tops = {name.split(".")[0] for name in imports(path)}
    return tops - set(sys.stdlib_module_names) - {"dino", "__future__"}


def test_the_table_knows_every_room_and_reads_imports_right():
    assert {room(path) for path in FILES} <= set(MAY_USE)
    train = ROOT / "dino" / "train.py"
    assert set(dino_rooms(train)) == MAY_USE["train"]
    assert libraries(train) == {"numpy", "torch"}


@each_file
def test_a_room_uses_only_the_rooms_it_may(path):
    assert set(dino_rooms(path)) <= MAY_USE[room(path)]


@each_file
def test_a_room_uses_only_the_libraries_it_may(path):
    used = libraries(path)
    assert used <= LIBRARIES.get(room(path), used)
    assert "streamlit" not in used or room(path) in STREAMLIT


def dotted(node):
    """'torch.optim.SGD' for that expression, else ''."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


def names_used(path):
    """All that is imported or spelt out in a file, as dotted names."""
    return {*imports(path), *(dotted(node) for node in ast.walk(tree(path)))}


@each_file
def test_nothing_slow_to_load_and_nothing_that_runs_foreign_code_is_used(path):
    names = names_used(path)
    assert not {name.split(".")[0] for name in imports(path)} & BANNED
    # The peers of the benchmark do as others do.
    for name in ("torch.load",) if room(path) == "peers" else ("torch.optim", "torch.load"):
        assert not any(f"{used}.".startswith(f"{name}.") for used in names)
    assert not names & {"eval", "exec", "numpy.load", "np.load"}


def public(body, inside=""):
    """Public functions and classes, methods among them, as (name, node)."""
    for node in body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if node.name.startswith("_") and node.name != "__init__":
            continue
        yield inside + node.name, node
        if isinstance(node, ast.ClassDef):
            yield from public(node.body, f"{node.name}.")


def is_setter(node):
    return any(isinstance(d, ast.Attribute) and d.attr == "setter" for d in node.decorator_list)


@each_file
def test_every_module_and_everything_public_has_a_docstring(path):
    module = tree(path)
    assert ast.get_docstring(module)
    bare = [name for name, node in public(module.body)
            if not ast.get_docstring(node) and not is_setter(node) and node.name != "__init__"]
    assert not bare


@each_file
def test_everything_public_is_annotated(path):
    bare = []
    for name, node in public(tree(path).body):
        if isinstance(node, ast.ClassDef):
            continue
        a = node.args
        arguments = [*a.posonlyargs, *a.args, *a.kwonlyargs, a.vararg, a.kwarg]
        bare += [f"{name}({arg.arg})" for arg in arguments
                 if arg and arg.arg not in ("self", "cls") and arg.annotation is None]
        bare += [name] if node.returns is None else []
    assert not bare


@pytest.mark.parametrize("room", ["config", "lists", "data", "survey", "charts_data", "ngram",
                                  "metrics", "run", "jobs", "charts", "engine", "bench", "desk",
                                  "live", "live.frames", "live.routes", "live.warm_up",
                                  "__main__"])
def test_a_page_can_open_before_torch_is_loaded(room):
    code = f"import sys, dino.{room}; print({{'torch', 'streamlit'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("set()\n", "")
