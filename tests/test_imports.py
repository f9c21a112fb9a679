"""The modules: which may import which, and what every public name must document."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

import pytest
from sampling import one_in
from sources import FILES, ROOT, dotted, imports, parsed, short


class Row(NamedTuple):
    """What a room may use: other rooms, and libraries besides Python's own (None: any)."""

    rooms: set[str]
    libraries: set[str] | None


def rows(text: str, **groups: dict[str, Row]) -> dict[str, Row]:
    """A table of rooms: `name: rooms | libraries`; an indented line continues the one before. A
    group's name stands for all its rows, * for every library.
    """
    found = {}
    for line in dedent(text).strip().replace("\n ", " ").splitlines():
        name, _, rest = line.partition(":")
        words, _, libraries = rest.partition("|")
        used = {room for word in words.split() for room in groups.get(word, {word: ()})}
        found[name] = Row(used, None if libraries.strip() == "*" else set(libraries.split()))
    return found


# Which parts ("rooms") of the app a room may use, and which libraries. A room is a flat module, a
# folder, a page, or a single module of ui/. A row names only rows above it, so that there is no
# import cycle.
CORE = rows(
    """
    dino: |
    locale: | tomli
    machine: |
    python_lock: machine |
    apart: | numpy
    setting: |
    mix: setting |
    writing: mix setting |
    config: setting writing |
    outside: config setting | tomli
    source: config |
    glossary: |
    places: |
    presets: config |
    parts: |
    files: config |
    lists: files parts places |
    split: |
    data: config files lists parts split | numpy
    choice: config data lists |
    model: config | numpy torch
    optim: config | torch
    packed_trace: | numpy
    run: apart config packed_trace | numpy
    history: config packed_trace run | numpy
    cost: config run |
    training_state: data lists optim parts | numpy torch
    evaluation: cost data model parts | torch
    step_report: config data evaluation model parts training_state | torch
    ngram: data lists mix parts | numpy
    count_teacher: config data ngram parts | numpy
    compiled: config cost count_teacher data lists optim parts places training_state | llvmlite
      numba numpy torch
    mixture: | numpy
    sample: data lists mixture model ngram parts | numpy torch
    torch_engine: config cost count_teacher data evaluation model optim parts sample training_state
      | numpy torch
    engines: compiled data parts training_state torch_engine | numpy
    divergence: config history optim run training_state | numpy torch
    batches: | torch
    packing: apart divergence history run | numpy torch
    recorder: config data divergence engines evaluation history lists model packed_trace parts run
      sample training_state | numpy torch
    train: batches config count_teacher data divergence engines history model packing parts recorder
      run step_report torch_engine training_state | torch
    difference: |
    metrics: data difference run sample | numpy rapidfuzz
    together: data difference evaluation metrics mix mixture model ngram parts | numpy torch
    committee: difference metrics | numpy
    standing: difference metrics | numpy
    name_measures: data | numpy
    anatomy: config data lists model sample | numpy torch
    unit_weights: config run | numpy
    unrolled: data lists model sample | numpy torch
    clustering: data parts | numpy
    probe: compiled cost data evaluation metrics model parts | numpy torch
    context: cost data difference metrics model parts probe sample | numpy torch
    exam: data difference metrics model ngram probe | numpy
    trained_contexts: config data lists | numpy
    regularised_contexts: config data lists metrics trained_contexts | numpy
    seed_losses: config data lists trained_contexts |
    long_lists: config count_teacher data difference lists presets |
    trials: batches config count_teacher data divergence engines history model parts probe recorder
      torch_engine training_state | numpy torch
    diagnosis: config data difference metrics model ngram parts probe recorder run trials
      | numpy torch
    diagnosis_words: diagnosis difference metrics probe setting trials |
    findings: config diagnosis diagnosis_words metrics run setting trials |
    zoo: config findings |
    echo: config data difference lists model parts train | torch
    echo_biases: config echo lists |
    survey: data ngram parts | numpy
    """
)
WINGS = rows(
    """
    charts: difference mix | numpy
    experiments: CORE charts | distributed joblib numpy
    jobs: CORE compiled experiments | numpy
    live: CORE charts compiled jobs | anyio numpy starlette
    lessons: CORE experiments | numpy torch
    saved: CORE | numpy safetensors torch
    reports: CORE charts experiments lessons live saved | jinja2 numpy
    grader: CORE experiments lessons reports saved | numpy torch
    bench: CORE jobs | *
    commands: CORE experiments grader lessons reports saved |
    __main__: CORE bench commands |
    """,
    CORE=CORE,
)
UI = rows(
    """
    ui: |
    ui.workarounds: config files places | starlette streamlit
    ui.state: config mix ui.workarounds | streamlit
    ui.formulas: config |
    ui.text: config setting | streamlit
    ui.visit: charts choice data jobs saved ui.state ui.workarounds | streamlit
    ui.language: config locale ui.state ui.visit ui.workarounds | streamlit
    ui.failures: ui.workarounds | streamlit
    ui.server: jobs live python_lock ui.failures ui.visit ui.workarounds |
    ui.own_code: live ui.server ui.workarounds | streamlit
    ui.component: ui.own_code ui.state ui.workarounds | streamlit
    ui.kept_parts: ui.language ui.server ui.workarounds |
    ui.table: ui.component ui.kept_parts ui.state ui.text ui.workarounds | streamlit
    ui.listening: jobs live ui.component ui.server ui.visit |
    ui.plot: charts live ui.component ui.kept_parts ui.server ui.state ui.workarounds | streamlit
    ui.printing: ui.component ui.language ui.plot |
    ui.loss_ruler: charts metrics ui.plot ui.table | streamlit
    ui.bring_up: ui.component ui.state |
    ui.public_address: | streamlit
    ui.serve: live ui.listening ui.own_code ui.public_address ui.server ui.workarounds
      | starlette streamlit
    ui.notices: ui.state |
    ui.typed_numbers: setting ui.state |
    ui.widgets: ui.typed_numbers ui.state ui.workarounds | streamlit
    ui.file_box: ui.component ui.state ui.widgets ui.workarounds | streamlit
    ui.number_box: ui.component ui.state ui.text ui.typed_numbers ui.widgets |
    ui.settings: config presets setting ui.notices ui.server ui.state ui.text ui.widgets |
    ui.shown_settings: config ui.settings ui.state ui.text ui.widgets |
    ui.chosen_list: config data jobs lists split choice ui.notices ui.server ui.settings ui.state
      ui.visit ui.widgets |
    ui.current_run: config jobs ui.chosen_list ui.notices ui.server ui.settings ui.state
      ui.widgets |
    ui.inside_address: config setting ui.current_run ui.state |
    ui.strip_lines: model sample source |
    ui.strip_code: config engines optim source ui.strip_lines |
    ui.strip: config data model source ui.component ui.state ui.strip_code ui.strip_lines ui.table
      ui.text ui.widgets unrolled | numpy
    ui.measurements: config jobs ui.server ui.state |
    ui.learner: lessons setting ui.component ui.notices ui.server ui.state ui.widgets |
    ui.address: config data jobs choice ui.chosen_list ui.component ui.current_run ui.learner
      ui.inside_address ui.public_address ui.server ui.settings ui.shown_settings ui.state
      ui.widgets |
    ui.share: jobs choice ui.address ui.chosen_list ui.component ui.current_run ui.server ui.state
      ui.widgets | segno
    ui.run_groups: data jobs choice ui.chosen_list ui.server |
    ui.open_saved_run: choice data jobs parts recorder saved setting ui.chosen_list
      ui.current_run ui.measurements ui.run_groups ui.server ui.settings ui.state ui.widgets
      ui.workarounds |
    ui.session: config data places ui.address choice ui.chosen_list ui.current_run ui.learner
      ui.inside_address ui.measurements ui.notices ui.open_saved_run ui.server ui.settings
      ui.shown_settings ui.state ui.widgets ui.workarounds | streamlit
    ui.mix_controls: charts config mix ui.session ui.settings ui.state ui.widgets | numpy streamlit
    ui.run_titles: config jobs run ui.current_run ui.settings ui.state ui.text | streamlit
    ui.seeds: jobs ui.run_titles |
    ui.example_runs: jobs presets saved ui.run_titles |
    ui.glossary_dialog: glossary ui.component ui.server ui.state ui.widgets ui.workarounds |
    ui.run_offer: config jobs presets choice ui.chosen_list ui.current_run ui.session ui.settings
      ui.text ui.widgets | streamlit
    ui.nameless_box: charts live mix reports saved ui.open_saved_run ui.plot ui.run_titles
      ui.settings ui.table ui.text | streamlit
    ui.open_box: saved ui.current_run ui.failures ui.file_box ui.listening ui.measurements
      ui.nameless_box ui.open_saved_run ui.server ui.session ui.state ui.text ui.widgets
      ui.workarounds | streamlit
    ui.settings_back: config presets ui.chosen_list choice ui.settings ui.state
      ui.widgets | streamlit
    ui.experiment_parts: experiments jobs setting ui.server ui.widgets | numpy
    ui.exam_box: exam jobs metrics mix model parts together ui.measurements ui.server ui.settings
      ui.table ui.text ui.widgets | streamlit
    ui.report_words: reports ui.state ui.text ui.workarounds | streamlit
    ui.away: ui.component ui.language ui.server | streamlit
    ui.page_top: ui.away ui.bring_up ui.component ui.glossary_dialog ui.notices ui.server ui.session
      ui.state ui.widgets | streamlit
    """
)
SHOWN = "experiments", "charts", "jobs", "live", "saved", "reports"  # no page grades
PAGES = rows(
    """
    pages: |
    pages.compare: CORE WINGS UI | numpy streamlit
    pages.data: CORE WINGS UI | numpy streamlit
    pages.inside: CORE WINGS UI | numpy streamlit
    pages.lab: CORE WINGS UI | numpy streamlit
    pages.learn: CORE WINGS UI lessons | numpy streamlit
    pages.router: ui.failures | streamlit
    app: pages.router ui.serve ui.workarounds | streamlit
    cloud: pages.router ui.serve ui.workarounds | streamlit
    """,
    CORE=CORE,
    WINGS={name: WINGS[name] for name in SHOWN},
    UI=UI,
)
TABLE = {**CORE, **WINGS, **UI, **PAGES}
WORDS = "locale", "ui.language"  # every room may use the first, ui and pages the second, too
STREAMLIT = {"app", "cloud", "ui", "pages"}
BANNED = {"pandas", "altair", "pickle", "marshal", "shelve", "dill", "joblib"}
HANDS_OUT = "dino/experiments/parallel.py"  # the members of a sweep, which joblib pickles
MODULES = {
    short(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in FILES
}
each_file = pytest.mark.parametrize("path", FILES, ids=short)


def room(module: str) -> str:
    """'train' for dino.train, 'jobs' for all of dino.jobs, 'ui.plot', 'pages.lab', 'app'."""
    parts = module.removeprefix("dino.").split(".")
    inside = parts[0] in ("ui", "pages") and len(parts) > 1
    return ".".join(parts[:2]) if inside else parts[0]


def module_of(path: Path) -> str:
    """'dino.ui.plot' for dino/ui/plot.py."""
    return short(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def modules_used(path: Path, types: bool = True) -> set[str]:
    """The modules of the app that a file uses; `from dino import x` and `from dino.x import y`
    alike.
    """
    found = set()
    for name in imports(path, types):
        while name and name not in MODULES:
            name = name.rpartition(".")[0]
        found.add(name)
    return found - {"", "dino"}


def libraries(path: Path) -> set[str]:
    """The libraries that a file uses, besides Python's own."""
    tops = {name.split(".")[0] for name in imports(path)}
    return tops - set(sys.stdlib_module_names) - {"dino", "__future__"}


def test_the_table_has_a_row_for_every_room_and_reads_imports_right() -> None:
    rooms = {room(module) for module in MODULES}
    assert rooms == set(TABLE)
    train = ROOT / "dino" / "train.py"
    assert {room(used) for used in modules_used(train)} - {*WORDS} == TABLE["train"].rooms
    assert libraries(train) == TABLE["train"].libraries


def test_a_row_of_the_table_names_only_rows_above_it() -> None:
    above: set[str] = set()
    for name, row in TABLE.items():
        assert row.rooms <= above, f"{name} uses {row.rooms - above}"
        above.add(name)


@each_file
def test_a_room_uses_only_the_rooms_it_may(path: Path) -> None:
    mine = room(module_of(path))
    words = WORDS if mine.split(".")[0] in ("ui", "pages") else WORDS[:1]
    used = {room(used) for used in modules_used(path)} - ({*words} if mine not in WORDS else set())
    assert used <= TABLE[mine].rooms | {mine}


def test_no_page_uses_another_page() -> None:
    pages = {name for name in PAGES if name.startswith("pages.")}
    assert len(pages) > 3  # the router and three pages
    assert not any(TABLE[page].rooms & pages for page in pages)


def circle(graph: dict[str, set[str]]) -> list[str]:
    """A cycle of a graph; empty if there is none."""
    done: set[str] = set()

    def walk(node: str, way: list[str]) -> list[str]:
        if node in way:
            return [*way[way.index(node) :], node]
        if node in done:
            return []
        done.add(node)
        return next(filter(None, (walk(it, [*way, node]) for it in graph.get(node, ()))), [])

    return next(filter(None, (walk(node, []) for node in sorted(graph))), [])


def test_no_module_imports_itself_round_some_corners() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert circle({"a": {"b", "c"}, "b": {"c"}}) == []
    # A package whose __init__ imports its own modules is no cycle: they do not import it.
    assert not circle({module_of(path): modules_used(path, types=False) for path in FILES})


def test_no_module_imports_itself_for_its_types_either() -> None:
    assert not circle({module_of(path): modules_used(path) for path in FILES})


@each_file
def test_a_room_uses_only_the_libraries_it_may(path: Path) -> None:
    used, mine = libraries(path), room(module_of(path))
    allowed = TABLE[mine].libraries
    assert allowed is None or used <= allowed
    assert "streamlit" not in used or mine.split(".")[0] in STREAMLIT


def names_used(path):
    """All imported names and all dotted names in a file."""
    return {*imports(path), *(dotted(node) for node in ast.walk(parsed(path)))}


@each_file
def test_nothing_slow_to_load_and_nothing_that_runs_foreign_code_is_used(path):
    names = names_used(path)
    banned = BANNED - ({"joblib"} if short(path) == HANDS_OUT else set())
    assert not {name.split(".")[0] for name in imports(path)} & banned
    # The benchmark's peers follow other implementations, so they may use torch.optim.
    for name in ("torch.load",) if path.name.startswith("peers") else ("torch.optim", "torch.load"):
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
    module = parsed(path)
    assert ast.get_docstring(module)
    bare = [
        name
        for name, node in public(module.body)
        if not ast.get_docstring(node) and not is_setter(node) and node.name != "__init__"
    ]
    assert not bare


@each_file
def test_everything_public_is_annotated(path):
    bare = []
    for name, node in public(parsed(path).body):
        if isinstance(node, ast.ClassDef):
            continue
        a = node.args
        arguments = [*a.posonlyargs, *a.args, *a.kwonlyargs, a.vararg, a.kwarg]
        bare += [
            f"{name}({arg.arg})"
            for arg in arguments
            if arg and arg.arg not in ("self", "cls") and arg.annotation is None
        ]
        bare += [name] if node.returns is None else []
    assert not bare


LIGHT = (
    "config lists files data ngram metrics survey run jobs jobs.pool __main__ compiled.engine "
    "compiled.compiling charts.base charts.loss charts.compare charts.name charts.name_list "
    "charts.inside commands.sweep bench.rounds bench.worker live.frames "
    "live.routes live.server_process"
)


@pytest.mark.parametrize("module", one_in(4, LIGHT.split()))
def test_a_page_can_open_before_torch_is_loaded(module: str) -> None:
    code = f"import sys, dino.{module}; print({{'torch', 'streamlit'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("set()\n", "")


def test_what_every_page_begins_with_loads_neither_pytorch_nor_numba() -> None:
    """Its address names lessons, too; what judges their answers is loaded on the Learn page."""
    heavy = "{'torch', 'numba'} & set(sys.modules)"
    code = f"import sys, dino.ui.session, dino.ui.page_top; print({heavy})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "set()\n", done.stderr


def test_templates_are_loaded_where_a_report_is_made_alone() -> None:
    """Neither by the package nor by what the app starts with. Streamlit loads none of its own."""
    started = "dino, app, dino.__main__, dino.ui.server, dino.ui.session, dino.ui.page_top"
    pages = "dino.pages.lab.page, dino.pages.compare.page, dino.pages.learn.page"
    code = f"import sys, {started}, {pages}; print('jinja2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "False\n", done.stderr
