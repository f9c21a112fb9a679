"""The lines of code that a page shows are those that run."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys

import pytest

from dino.compiled.compiling import is_available
from dino.model import CharRNN, nll
from dino.source import Kernel, SourceLine, place_of, source_line, source_of, statement

COMPILED = "cells", "layers", "kernels", "updates"


def test_the_line_of_a_function_is_found_by_its_words(tmp_path):
    whole = source_line(CharRNN.step, "a_h = state[0] @")
    assert whole.lines[0].startswith("def step(") and "W_hh" in whole.lines[whole.number]
    assert place_of(CharRNN.step) == "dino/model.py · CharRNN.step"
    for value in ("1", "2"):
        path = tmp_path / f"version_{value}.py"
        path.write_text(f"def total(x):\n    # adds\n    return x + {value}  # the sum\n")
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        line = source_line(module.total, "# the sum")
        assert line.lines[line.number] == f"    return x + {value}  # the sum"
        assert eval(line.lines[line.number].strip()[7:], {"x": 1}) == module.total(1)


SHAPES = """@fast
def total(x):
    '''Adds.'''
    # first
    if (
        x
    ):
        return add(
            x,
            1,
        )
    else:
        return 0
"""


@pytest.mark.parametrize(
    "marker, lines",
    [
        ("@fast", [0]),
        ("def total", [1]),
        ("Adds", [2]),
        ("# first", [3]),
        ("if (", [4, 5, 6]),
        ("        x\n    )", [4, 5, 6]),
        ("            1,", [7, 8, 9, 10]),
        ("else", [11]),
        ("return 0", [12]),
    ],
)
def test_a_line_is_shown_with_the_whole_statement_that_it_is_of(marker, lines):
    number = SHAPES[: SHAPES.index(marker)].count("\n")
    assert list(statement(SourceLine(tuple(SHAPES.splitlines()), number))) == lines


def test_the_statement_of_the_loss_has_its_four_arguments():
    found = source_line(nll, "cross_entropy")
    shown = [found.lines[i].strip() for i in statement(found)]
    assert shown[0].startswith("return nn.functional.cross_entropy(") and shown[-1] == ")"
    assert "targets.reshape(-1)," in shown


KERNEL = "def other():\n    pass\n\n\n@fast\ndef total(x):\n    return x + {}\n\n\nLAST = 1\n"


def test_the_lines_of_a_kernel_change_with_its_text_and_its_module_is_not_loaded(
    tmp_path, monkeypatch
):
    monkeypatch.syspath_prepend(tmp_path)
    path, kernel = tmp_path / "one_kernel.py", Kernel("one_kernel", "total")
    for value in ("1", "22"):
        path.write_text(KERNEL.format(value))
        importlib.invalidate_caches()
        found = source_line(kernel, "return x +")
        assert found.lines == ("@fast", "def total(x):", f"    return x + {value}")
        assert found.number == 2 and place_of(kernel) == "one_kernel.py · total"
    assert "one_kernel" not in sys.modules  # `fast` is no name: it could not be loaded


@pytest.mark.skipif(not is_available(), reason="numba and scipy are not installed")
@pytest.mark.parametrize("room", COMPILED)
def test_the_lines_of_every_kernel_are_those_that_were_compiled(room):
    module = importlib.import_module(f"dino.compiled.{room}")
    kernels = {
        name: value
        for name, value in vars(module).items()
        if hasattr(value, "py_func") and value.py_func.__module__ == module.__name__
    }
    assert len(kernels) > 3
    for name, kernel in kernels.items():
        found = source_of(Kernel(module.__name__, name))
        assert "\n".join(found) + "\n" == inspect.getsource(kernel.py_func)
        assert found[0] == "@jit"


@pytest.mark.parametrize("marker", ["no such words", "state"])
def test_a_marker_that_is_not_in_exactly_one_line_is_refused(marker):
    with pytest.raises(ValueError, match="A marker must be in exactly one line"):
        source_line(CharRNN.step, marker)


def test_a_line_that_is_the_marker_comes_before_lines_that_have_it():
    kernel = Kernel("dino.compiled.updates", "update")
    marker = "w[i] -= eta * g[i]"
    assert sum(marker in line for line in source_of(kernel)) > 1
    found = source_line(kernel, marker)
    assert found.lines[found.number].strip() == marker


@pytest.mark.parametrize("name", ["no_such_kernel", "F"])
def test_a_kernel_that_its_module_does_not_have_is_refused(name):
    with pytest.raises(ValueError, match=r"dino\.compiled\.cells has no"):
        source_of(Kernel("dino.compiled.cells", name))
