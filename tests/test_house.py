"""The source tree: complete tables of files, short modules, private names used in one file."""

from __future__ import annotations

import ast
import re
import statistics
import tokenize
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from sources import FILES, ROOT, TESTS, dotted, functions, imports, length, parsed, short

import dino
from dino.config import Config, Writing
from dino.ui import state, workarounds

LONGEST_FUNCTION, LONGEST_MODULE, MEDIAN_FUNCTION = 40, 350, 8


def faults(paths: list[Path], look: Callable[[Path], Iterator[str]]) -> str:
    """What `look` finds, one line each: the file and the fault."""
    return "\n".join(f"{short(path)}: {fault}" for path in paths for fault in look(path))


# ---- what is listed by hand: the reading order of the core (the folders: test_docs.py)


def test_the_reading_order_names_each_core_module_once_and_no_other_file() -> None:
    named = re.findall(r"[\w/]+\.py\b", dino.__doc__ or "")
    core = [path.name for path in FILES if path.parent.name == "dino"]
    assert sorted(["__init__.py", *named]) == sorted(core)


# ---- sizes


def too_long(path: Path) -> Iterator[str]:
    """Functions and the module, if they are too long, with their lines."""
    for function in functions(path):
        if length(function) > LONGEST_FUNCTION:
            yield f"{function.name}: {length(function)} lines"
    lines = len(path.read_text(encoding="utf-8").splitlines())
    if lines > LONGEST_MODULE:
        yield f"the module: {lines} lines"


def test_no_function_and_no_module_is_long() -> None:
    found = faults(FILES, too_long)
    assert not found, found


def test_functions_are_short_as_a_rule() -> None:
    lengths = [length(function) for path in FILES for function in functions(path)]
    assert statistics.median(lengths) <= MEDIAN_FUNCTION


# ---- private names: each is used in its own file only

# Methods of named tuples are public despite their names, and so is a function of sys.
PUBLIC = {"_replace", "_asdict", "_fields", "_make", "_current_frames"}
# Private parts of Streamlit, asyncio and uvicorn: one folder, which says so on its door. A page
# test presses a component's button, which Streamlit's own tools do not.
OF_OTHERS = (
    *("dino/ui/workarounds/", "tests/pressing.py"),
    "tests/test_workarounds_broken_off.py",  # it breaks scripts off, as Streamlit does
)


def private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in PUBLIC


def own_names(path: Path) -> set[str]:
    """Every name that a file itself defines, classes' attributes and arguments among them."""
    found = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
                found.add(node.attr)
    return found


def foreign_privates(path: Path) -> Iterator[str]:
    """Private names of other modules that a file uses: by import, by attribute, by text."""
    own = own_names(path)
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ImportFrom):
            names = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
        elif isinstance(node, ast.Attribute):
            inherited = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
            names = [] if inherited or node.attr in own else [node.attr]
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "setattr":
            names = [
                word
                for argument in node.args
                if isinstance(argument, ast.Constant)
                for word in str(argument.value).split(".")
            ]
        else:
            continue
        yield from (f"line {node.lineno}: {name}" for name in names if private(name))


def test_private_names_of_others_are_used_nowhere() -> None:
    outside = [path for path in [*FILES, *TESTS] if not short(path).startswith(OF_OTHERS)]
    found = faults(outside, foreign_privates)
    assert not found, found


def streamlits_inside(path: Path) -> Iterator[str]:
    """Modules of Streamlit that are not a public interface."""
    text = path.read_text(encoding="utf-8")
    yield from (name for name in ("streamlit.runtime", "streamlit.web") if name in text)


def test_private_parts_of_streamlit_are_used_in_one_folder() -> None:
    outside = [path for path in FILES if not short(path).startswith(OF_OTHERS)]
    found = faults(outside, streamlits_inside)
    assert not found, found


def test_the_door_of_that_folder_says_what_each_workaround_is_for() -> None:
    heads = re.findall(r"^\* (.+?):(?= |$)", workarounds.__doc__ or "", re.MULTILINE)
    said = [name for head in heads for name in re.findall(r"`(\w+)`", head)]
    assert sorted(said) == sorted(workarounds.__all__)


# ---- the state of a session


def uses_of_state(path: Path) -> Iterator[str]:
    """Where a file uses the session's state itself: `st.session_state`, or an import of it."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Attribute):
            used = dotted(node) in ("st.session_state", "streamlit.session_state")
        elif isinstance(node, ast.ImportFrom):
            imported = {alias.name for alias in node.names}
            used = node.module == "streamlit" and "session_state" in imported
        else:
            continue
        if used:
            yield f"line {node.lineno}: {ast.unparse(node)}"


def test_the_session_s_state_is_used_in_one_module() -> None:
    one = ROOT / "dino" / "ui" / "state.py"
    assert list(uses_of_state(one))
    found = faults([path for path in FILES if path != one], uses_of_state)
    assert not found, found


def key_places() -> dict[str, int]:
    """Functions of the app that take a key, and which of their arguments it is."""
    return {
        function.name: names.index("key")
        for path in FILES
        for function in functions(path)
        if "key" in (names := [each.arg for each in function.args.args])
    }


def constants(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The texts among some expressions."""
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def literal_keys(path: Path, places: dict[str, int]) -> Iterator[tuple[int, str]]:
    """Keys that a file spells where it draws, sets or checks a widget, with their lines."""
    for node in ast.walk(parsed(path)):
        if not isinstance(node, ast.Call):
            continue
        name = dotted(node.func).rpartition(".")[2]
        found = list(constants(each.value for each in node.keywords if each.arg == "key"))
        if name in places:
            found += constants(node.args[places[name] :][:1])
        if name in ("set_all", "correct_all"):
            found += constants(
                k for each in node.args if isinstance(each, ast.Dict) for k in each.keys if k
            )
        yield from ((node.lineno, key) for key in found)


def test_a_key_of_the_session_is_spelt_in_one_module() -> None:
    listed = {value.key for value in vars(state).values() if isinstance(value, state.Value)}
    # A setting's key is its field's name, which a page may spell.
    owned = listed - Config.settings().keys() - Writing.settings().keys()
    places = key_places()

    def spelt(path: Path) -> Iterator[str]:
        yield from (f"line {n}: {key}" for n, key in literal_keys(path, places) if key in owned)

    drawing = [path for path in FILES if short(path).startswith(("dino/ui/", "dino/pages/"))]
    assert "page_top" in {key for path in drawing for _, key in literal_keys(path, places)}
    found = faults(drawing, spelt)
    assert not found, found


GIVEN = {"SILENT", "OTHER_DRAWS", "INSIDE_NAME", "INSIDE_RUN"}  # what a View of Inside has of it
PICTURES = {"picked_name.py", "unit_states.py", "memory_sentences.py"}  # these have no widgets


def takes_view(path: Path) -> bool:
    """Whether a function of a file has an argument that is a View."""
    arguments = [each for function in functions(path) for each in function.args.args]
    return any(each.annotation and dotted(each.annotation) == "View" for each in arguments)


def session_imports(path: Path) -> set[str]:
    """What a file imports that reads a visitor's session."""
    found = set(imports(path)) & {"dino.ui.state", "dino.ui.session", "dino.ui.current_run"}
    return found | set(uses_of_state(path))


def reads_of_given(path: Path) -> Iterator[str]:
    """Where a file asks the session for what its View has: `state.SILENT.get()`."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call):
            _, _, name = dotted(node.func).removesuffix(".get").rpartition("state.")
            if name in GIVEN and dotted(node.func).endswith(".get"):
                yield f"line {node.lineno}: {name}"


def test_what_a_picture_of_inside_shows_comes_from_its_view_and_not_from_the_session() -> None:
    inside = [path for path in FILES if short(path).startswith("dino/pages/inside/")]
    (view,) = [path for path in inside if path.name == "view.py"]
    assert "streamlit" not in set(imports(view)) and not session_imports(view)
    pictures = [path for path in inside if path.name in PICTURES]
    assert len(pictures) == len(PICTURES)
    assert not {name for path in pictures for name in session_imports(path)}
    (frame,) = [path for path in inside if path.name == "moment_tabs.py"]  # which makes the view
    assert list(reads_of_given(frame))
    found = faults([p for p in inside if takes_view(p) and p != frame], reads_of_given)
    assert not found, found


# ---- clicks: Streamlit gives a press to one run of the script, which the next click may break off

BUTTONS = {"button", "form_submit_button", "download_button"}


def presses_in_the_body(path: Path) -> Iterator[str]:
    """Buttons whose press a script reads, and buttons whose press nobody takes."""
    tree = parsed(path)
    alone = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in BUTTONS:
            takes = any(keyword.arg == "on_click" for keyword in node.keywords)
            if node not in alone or not takes:
                yield f"line {node.lineno}"


def test_a_press_is_taken_by_a_callback_and_not_by_the_script() -> None:
    drawn = [path for path in FILES if short(path).startswith(("dino/ui/", "dino/pages/"))]
    found = faults(drawn, presses_in_the_body)
    assert not found, found


@pytest.mark.parametrize("body", ["if st.button('x'): act()", "y = st.button('x', on_click=act)"])
def test_a_press_in_the_script_is_found(body: str, tmp_path: Path) -> None:
    file = tmp_path / "page.py"
    file.write_text(body, encoding="utf-8")
    assert list(presses_in_the_body(file))


# ---- tests: one server and one browser at a time

STARTERS = {"Server", "app", "served", "served_page", "short_forms", "site_of"}
FIXTURES = {"address", "chrome", "home", "shared_app", "shared_browser"}
GROUPED = {"IN_A_BROWSER", "ONE_SERVER", "pytest.mark.xdist_group('server')"}


def uses_a_server(tree: ast.Module) -> set[str]:
    """By what a file of tests starts a server or a browser, or shares one: calls, and fixtures."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            found |= {dotted(node.func).rpartition(".")[2]} & STARTERS
        elif isinstance(node, ast.FunctionDef) and (
            node.name.startswith("test_") or node.decorator_list
        ):
            found |= {argument.arg for argument in node.args.args} & FIXTURES
    return found


def in_the_group(tree: ast.Module) -> bool:
    """Whether all tests of a file are in the group of those that xdist runs on one worker."""
    marks = [
        ast.unparse(mark)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"
        for mark in (node.value.elts if isinstance(node.value, ast.List) else [node.value])
    ]
    return bool(GROUPED.intersection(marks))


def beside_the_group(path: Path) -> Iterator[str]:
    tree = parsed(path)
    if not in_the_group(tree):
        yield from sorted(uses_a_server(tree))


def test_all_tests_with_a_server_are_in_one_group() -> None:
    tests = [path for path in TESTS if path.name.startswith("test_")]
    found = faults(tests, beside_the_group)
    assert not found, found
    assert sum(in_the_group(parsed(path)) for path in tests) > 15


def starts_beside_the_shared_one(path: Path) -> Iterator[str]:
    """A file that starts a server of its own, and has nothing that ends the shared one first."""
    tree = parsed(path)
    called = {dotted(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    if "served" in called and not {"shared_app.end", "shared_app.start"} & called:
        yield "served"


def test_a_test_ends_the_shared_server_before_it_starts_its_own() -> None:
    found = faults(
        [it for it in TESTS if it.name.startswith("test_")], starts_beside_the_shared_one
    )
    assert not found, found


def test_a_server_of_its_own_beside_the_shared_one_is_found(tmp_path: Path) -> None:
    file = tmp_path / "test_it.py"
    file.write_text("async def go():\n    async with served(APP): pass", encoding="utf-8")
    assert list(starts_beside_the_shared_one(file)) == ["served"]


@pytest.mark.parametrize(
    "test",
    ["def test_it(address): pass", "def test_it(shared_app): pass", "x = Server(1)", "x.app(1)"],
)
def test_a_server_beside_the_group_is_found(test: str) -> None:
    assert uses_a_server(ast.parse(test))
    for mark in ("", "pytestmark = pytest.mark.long", "mark = IN_A_BROWSER"):
        assert not in_the_group(ast.parse(f"{mark}\n{test}"))
    for mark in (
        "IN_A_BROWSER",
        "[ONE_SERVER, pytest.mark.long]",
        "pytest.mark.xdist_group('server')",
    ):
        assert in_the_group(ast.parse(f"pytestmark = {mark}\n{test}"))


# ---- tests: no wait ends at a number of seconds of its own

ENDS = {"join", "recv", "until", "wait", "wait_for", "wait_until"}
SHORT = 5.0  # seconds; a shorter one is a time that the test is about


def bare_seconds(tree: ast.Module) -> Iterator[str]:
    """Waits that end after seconds written in digits, which a slow machine may need."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = dotted(node.func).rpartition(".")[2]
            given = {it.arg: it.value for it in node.keywords}
            bounds = [value for key, value in given.items() if "timeout" in str(key)]
            bounds += [*node.args[-1:], given.get("seconds")] if name in ENDS else []
            for bound in bounds:
                if isinstance(bound, ast.Constant) and isinstance(bound.value, int | float):
                    if bound.value >= SHORT:
                        yield f"line {node.lineno}: {ast.unparse(node)}"


def test_a_wait_has_the_patience_of_all_tests() -> None:
    tests = [path for path in TESTS if path.parent.name == "tests"]
    found = faults(tests, lambda path: bare_seconds(parsed(path)))
    assert not found, found


@pytest.mark.parametrize(
    "wait",
    [
        "process.wait(8)",
        "run([], timeout=120)",
        "await tab.until(lambda: it, 30.0)",
        "wait_for(up, seconds=60)",
    ],
)
def test_a_wait_in_bare_seconds_is_found(wait: str) -> None:
    assert len([*bare_seconds(ast.parse(wait))]) == 1
    assert not [*bare_seconds(ast.parse(re.sub(r"\b\d+(\.\d)?\b", "PATIENCE", wait)))]


# ---- exceptions to the checks

EXCEPTION = re.compile(r"#\s*(type:\s*ignore|noqa|fmt:|mypy:)")
WITH_REASON = re.compile(
    r"# (type: ignore\[[\w, -]+\]|noqa: [A-Z]+\d+(, [A-Z]+\d+)*|fmt: (off|skip))"
    r"(?P<reason>  # \w.+|$)"
)


def without_reason(path: Path) -> Iterator[str]:
    """Comments that switch off a check without saying which, or why."""
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            comment = token.string if token.type == tokenize.COMMENT else ""
            if not EXCEPTION.match(comment) or comment == "# fmt: on":
                continue
            found = WITH_REASON.match(comment)
            if not found or not found["reason"]:
                yield f"line {token.start[0]}: {comment}"


def test_every_exception_to_a_check_has_its_code_and_its_reason() -> None:
    found = faults([*FILES, *TESTS], without_reason)
    assert not found, found
