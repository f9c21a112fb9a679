"""README and docs/: all that they name is there, and all that there is to say is in them."""

from __future__ import annotations

import ast
import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import test_imports
from documents import (
    DOCS,
    PAGES,
    README,
    Command,
    commands,
    files_of,
    is_there,
    links,
    named_paths,
    places_of_names,
    prose,
    section,
    slugs,
    spans,
    table,
    tables,
    text_of,
)
from sources import FILES, ROOT, TESTS, parsed, short

import dino
from dino import files, lists
from dino.__main__ import main, make_parser
from dino.config import DEFAULT, LESSONS_ONLY, SETTINGS, Config, Writing
from dino.jobs import limits
from dino.lessons.reading import lessons
from dino.lists import BUNDLED
from dino.live.plotly_file import PlotlyFile
from dino.live.routes import Events, routes
from dino.presets import PRESETS
from dino.setting import Setting
from dino.ui import shown_settings
from dino.ui.address import TAB
from dino.ui.language import LANG
from dino.ui.open_saved_run import RUN_FILE
from dino.ui.own_code import code_file

CLI, SERVER = ROOT / "docs/cli.md", ROOT / "docs/server.md"
ARCHITECTURE, CONTRIBUTING = ROOT / "docs/architecture.md", ROOT / "docs/contributing.md"
FEATURES, CLASSROOM = ROOT / "docs/features.md", ROOT / "docs/classroom.md"
each_page = pytest.mark.parametrize("path", PAGES, ids=short)
each_doc = pytest.mark.parametrize("path", DOCS, ids=short)


# ---- what pages name


@each_doc
def test_a_page_says_which_files_it_is_about(path: Path) -> None:
    found = files_of(path)
    assert found and not [name for name in found if not (ROOT / name).exists()]


@each_page
def test_every_path_that_a_page_names_is_there(path: Path) -> None:
    here = [path.parent, path.parent / "en"]  # the lessons' page names its own files
    gone = [
        name
        for name in named_paths(path)
        if not is_there(name) and not any((folder / name).exists() for folder in here)
    ]
    assert not gone


@each_doc
def test_a_name_is_in_the_file_that_it_is_said_to_be_in(path: Path) -> None:
    pairs = [it for it in places_of_names(path) if (ROOT / it[1]).is_file()]
    gone = [f"{name} in {file}" for name, file in pairs if name not in text_of(ROOT / file)]
    assert not gone
    assert path != CONTRIBUTING or len(pairs) > 20


def test_every_class_that_a_page_names_is_there() -> None:
    nodes = (node for path in FILES for node in ast.walk(parsed(path)))
    classes = {node.name for node in nodes if isinstance(node, ast.ClassDef)}
    named = {span for path in [README, *DOCS] for span in spans(path)}
    found = {it for it in named if re.fullmatch(r"([A-Z][a-z]+)+", it)}
    assert {"Config", "Corpus", "Trainer", "Run"} <= found <= classes


def test_every_button_and_part_that_a_page_names_has_that_name_in_the_app() -> None:
    """In slanted letters with a capital: *Show my run*. One section has words of Streamlit."""
    shown = {text for path in FILES for text in constants(parsed(path))}
    shown |= {title for name in ("teacher/en", "en/01-what-comes-next") for title in titles(name)}
    for path in DOCS:
        text = prose(path).replace(section(FEATURES, "## What stays English on a Spanish page"), "")
        named = set(re.findall(r"(?<![*\w])\*([A-Z][^*\n]*)\*(?![*\w])", text))
        assert not named - shown, path
        assert path != FEATURES or len(named) > 4


def constants(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def titles(name: str) -> list[str]:
    return re.findall(r'^title = "(.+)"', text_of(ROOT / f"dino/lessons/{name}.toml"), re.MULTILINE)


@each_page
def test_every_link_leads_somewhere(path: Path) -> None:
    dead = []
    for link in links(path):
        if re.match(r"https://[\w.-]+\.\w+(/\S*)?$", link):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        inside = target.is_relative_to(ROOT) and target.exists()
        if not inside or (anchor and anchor not in slugs(target)):
            dead.append(link)
    assert not dead


def test_a_dead_link_and_a_path_that_is_gone_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A page\n\nFiles: `dino/run.py`,\n`dino/gone.py`.\n\n[x](y.md#z) `tests/no.py`\n"
    )
    assert files_of(page) == ["dino/run.py", "dino/gone.py"] and slugs(page) == {"a-page"}
    assert links(page) == ["y.md#z"]
    assert [it for it in named_paths(page) if not is_there(it)] == ["dino/gone.py", "tests/no.py"]


# Habits of this project's earlier English, which a reader has to read twice.
TICS = re.compile(
    r"\b(is|are|was|were) no\b|\balone\b|, too\b|\banother one\b"
    r"|\bof (its|their|one's) own\b|\bthat there (is|are)\b",
    re.IGNORECASE,
)


@each_page
def test_no_page_has_the_tics_of_the_earlier_english(path: Path) -> None:
    text = re.sub(r'`[^`]+`|"[^"]+"', "", " ".join(prose(path).split()))
    assert not [text[max(0, it.start() - 30) : it.end() + 20] for it in TICS.finditer(text)]


# ---- commands

COMMANDS = [
    pytest.param(command, id=f"{short(path)}: {command}"[:100])
    for path in PAGES
    for command in dict.fromkeys(commands(path))
]
# These read their options from the command line itself.
OWN = ("tests.ablations", "tests.dump", "tests.mutate")
EXAMPLES = {"NAME": "untrained"}  # what a word in capitals may be
NO_OPTIONS = (
    "tests.picture",
    "tests.example_runs",
    "tests.seed_spreads",
    "tests.cold_start",
    "tests.lesson_experiments",
)
OTHER = {  # programs that are not ours, and how what they are called with begins
    "python3": [("-m", "venv")],
    "py": [("-m", "venv")],
    "pip": [("install",), ("wheel", "."), ("wheel", "torch")],
    "streamlit": [("run", "app.py"), ("run", "cloud/streamlit_app.py")],
    "podman": [("build",), ("run",)],
    "env": [("DINO_MEMORY_MB=1500", ".venv/bin/streamlit", "run", "app.py")],
}


def check_dino(words: list[str]) -> None:
    """Have the real parser read the words of a command; a command alone is named, not called."""
    if len(words) == 1:
        assert words[0] in COMMAND_NAMES
    elif words:
        make_parser().parse_args(words)


def check_module(name: str, words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for a program of the tests."""
    monkeypatch.syspath_prepend(str(ROOT))
    if name == "tests.load":
        options = importlib.import_module("load.__main__").options().parse_args(words)
        assert options.app is None or short(ROOT / "app.py") == options.app.name
    elif name in OWN:
        monkeypatch.setattr("sys.argv", [name, *(EXAMPLES.get(word, word) for word in words)])
        importlib.import_module(f"{name.removeprefix('tests.')}.__main__").options()
    else:
        assert "__main__" in text_of(ROOT / f"{name.replace('.', '/')}.py")
        assert not words or name not in NO_OPTIONS


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_a_page_is_one_that_its_program_takes(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, *words = command.words
    name = program.rpartition("/")[2]
    if name == "python" and words[0] == "-m":
        module, rest = words[1], words[2:]
        if module == "dino":
            check_dino(rest)
        elif module == "pytest":
            assert all(is_there(word) for word in rest if "/" in word)
        else:
            check_module(module, rest, monkeypatch)
    elif name == "python":
        assert (ROOT / words[0]).is_file() and "__main__" in text_of(ROOT / words[0])
        assert all(
            f"{words[0]} {it}" in text_of(ROOT / words[0]) or is_there(it) for it in words[1:]
        )
    elif name == "run":
        assert (ROOT / program).is_file() and not words
    else:
        assert any(tuple(words[: len(start)]) == start for start in OTHER[name])
        assert all(is_there(it) for it in words if it.endswith((".txt", ".py")))


def test_ci_runs_the_command_of_the_readme() -> None:
    script = text_of(ROOT / ".ci/run")
    pattern = re.search(r"grep -E '(.+)' README\.md", script)
    assert pattern and len(re.findall(pattern[1], text_of(README), re.MULTILINE)) == 1
    switches, needs = (
        ("CI=true", "DINO_LONG=1", "DINO_HOST=1"),
        ("chromium", "nginx-light", "cpulimit"),
    )
    assert all(f" {it} " in script for it in switches)
    assert all(f"missing+=({it})" in script for it in needs)


# In pages: those that take their time, and those that test_bench.py and test_wheel.py play.
SLOW, ELSEWHERE = {"lessons", "map"}, {"bench", "run"}
CALLED = dict.fromkeys(
    command.dino
    for path in PAGES
    for command in commands(path)
    if command.whole and command.dino and command.dino[0] not in ELSEWHERE
)
RUN = [
    pytest.param(
        words, marks=[pytest.mark.long] if words[0] in SLOW else [], id=" ".join(words)[:80]
    )
    for words in CALLED
    if words is not None
]
TINY = ["--hidden-size", "3", "--max-steps", "2", "--engine", "torch"]
SHORTER = {  # what is added to a command so that it takes a moment
    "train": [*TINY, "--names", "2"],
    "sweep": [*TINY, "--seeds", "1", "--splits", "1", "--jobs", "1"],
}


def shortened(words: tuple[str, ...]) -> list[str]:
    """The words of a command, with fewer steps. One that loads a run has its recipe from it; one
    that repeats a run on the kernels needs them.
    """
    text = " ".join(words)
    if "--load" in words:
        return re.sub(r"(?<=--max-steps )\d+", "4", text).split()
    more = SHORTER.get(words[0], [])
    return [*words, *(more[:-4] + more[-2:] if "--kernels-from" in words else more)]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the commands of the pages read: a list, a saved run, a report."""
    folder = tmp_path_factory.mktemp("desk")
    names = [f"{a}{b}{c}" for a in "abcde" for b in "xyzuv" for c in "oi"]
    (folder / "my-names.txt").write_text("\n".join(names))
    for made in ("hand-ins", "data/runs"):
        (folder / made).mkdir(parents=True)
    report = folder / "my.html"
    written = ["--save", str(folder / "run.safetensors"), "--report", str(report)]
    assert main(["train", *SHORTER["train"], *written]) == 0
    (folder / "hand-ins" / "my.html").write_bytes(report.read_bytes())
    return folder


@pytest.mark.parametrize("words", RUN)
def test_a_command_of_a_page_runs_in_a_shortened_form(
    words: tuple[str, ...],
    desk: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    if words[0] == "compile" or "--kernels-from" in words:
        request.getfixturevalue("kernels")
    monkeypatch.chdir(desk)
    assert main(shortened(words)) == 0
    out = capsys.readouterr().out
    assert out.strip()
    if "--json" in words:
        json.loads(out)


def asked_for_help(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main([*words, "--help"])
    assert ended.value.code == 0
    return capsys.readouterr().out


COMMAND_NAMES = ["run", "train", "sweep", "check", "data", "bench", "compile", "lessons", "map"]
OF_RECIPES = {f"--{name.replace('_', '-')}" for name in SETTINGS}
OF_RECIPES |= {"--preset", "--data", "--keep-case"}


def test_every_command_has_its_section(capsys: pytest.CaptureFixture[str]) -> None:
    told = re.findall(r"^    (\w+) ", asked_for_help(capsys), re.MULTILINE)
    assert sorted(told) == sorted(COMMAND_NAMES)
    assert all(section(CLI, f"## {name}") for name in told)


@pytest.mark.parametrize("name", COMMAND_NAMES)
def test_every_option_of_a_command_is_in_its_section(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    there = set(re.findall(r"^  (--[\w-]+)", asked_for_help(capsys, name), re.MULTILINE))
    if OF_RECIPES <= there:
        there -= OF_RECIPES
        assert "(#settings)" in section(CLI, f"## {name}")
    rows = [row for each in tables(section(CLI, f"## {name}")) for row in each[1:]]
    assert sorted(re.findall(r"--[\w-]+", " ".join(row[0] for row in rows))) == sorted(there)


# ---- settings, lists, presets


def rule_of(setting: Setting) -> str:
    if setting.kind is str and not (setting.choices or setting.form):
        return f"one line of at most {setting.high:.0f} letters"
    return ", ".join(setting.choices) or str(setting.rule())


def test_every_setting_has_its_row_with_limits_and_default() -> None:
    for heads, settings, default, mark in (
        (("option", "what it is", "values"), SETTINGS, DEFAULT, "--"),
        (("parameter", "what it is", "values"), Writing.settings(), Writing(), ""),
    ):
        rows = table(section(CLI, "## Settings"), *heads)
        assert rows == [
            [
                f"`{mark}{name.replace('_', '-') if mark else name}`",
                *(setting.label, rule_of(setting), setting.text(getattr(default, name))),
            ]
            for name, setting in settings.items()
        ]


def test_every_preset_and_list_is_named() -> None:
    rows = dict(table(section(CLI, "## Settings"), "option", "meaning"))
    assert [it for it in PRESETS if f"`{it}`" not in rows["`--preset NAME`"]] == []
    assert [it for it in BUNDLED if f"`{it}`" not in rows["`--data FILE`"]] == []
    assert {row.split()[0].strip("`") for row in rows} | OF_RECIPES == OF_RECIPES


def test_every_tab_of_inside_has_its_row() -> None:
    text = text_of(ROOT / "dino/pages/inside/page.py")
    labels = re.findall(r'": \(mark\("(.+?)"\), draw', text)
    assert [row[0] for row in table(section(FEATURES, "## Inside"), "tab")] == labels


def test_every_parameter_of_a_link_for_a_class_is_one_that_the_app_reads() -> None:
    rows = table(section(CLASSROOM, "## Links"), "parameter", "what it does", "example")
    read = {shown_settings.LEVEL, shown_settings.HIDE, shown_settings.SHOW, RUN_FILE, TAB, LANG}
    assert {it.split("=")[0] for row in rows for it in re.findall(r"`(.+?)`", row[0])} == {
        *read,
        *LESSONS_ONLY,
    }
    for row in rows:
        address = urlsplit(row[2].strip("`"))
        said = dict(parse_qsl(address.query, strict_parsing=True))
        assert not Config.from_url(said)[1] and said.keys() <= {*read, *SETTINGS}
        named = ",".join(said.get(it, "") for it in (shown_settings.HIDE, shown_settings.SHOW))
        assert {*filter(None, named.split(","))} <= set(shown_settings.NAMES)
        assert said.get(TAB, "the-cell") in lessons("en") and address.path in ("/", "/learn")


# ---- the server


def test_every_route_is_documented() -> None:
    found = {it.path for it in routes(Events(lambda key: None), [PlotlyFile(), code_file()], dict)}
    rows = [row[0].strip("`") for row in table(section(SERVER, "## Routes"), "route")]
    shown = {re.sub(r"(plotly|code)-[^.]*", r"\1-…", path) for path in found}
    assert sorted(rows) == sorted(shown)


def variables_in(paths: list[Path]) -> set[str]:
    """Environment variables that files read or set."""
    text = "".join(path.read_text(encoding="utf-8") for path in paths)
    read = re.findall(r"os\.environ(?:\.get\(|\.setdefault\(|\[)\"(\w+)\"", text)
    return {*read, *re.findall(r"\bDINO_[A-Z_]+[A-Z]\b|\b[A-Z]+_NUM_THREADS\b", text)}


def test_every_environment_variable_is_documented_and_no_other() -> None:
    ours = variables_in(FILES) - {"PYTHONPATH"}
    assert {"DINO_MEMORY_MB", "NUMBA_CACHE_DIR", "OMP_NUM_THREADS"} <= ours
    said = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", section(SERVER, "## Environment variables")))
    assert said == ours
    of_tests = {it for it in variables_in([*TESTS, ROOT / ".ci/run"]) if it.startswith("DINO_")}
    told = {row[0].strip("`").split("=")[0] for row in table(prose(CONTRIBUTING), "variable")}
    assert told == of_tests - ours


def value_of(limit: Any) -> str:
    if isinstance(limit, tuple):
        return " to ".join(map(value_of, limit))
    return f"{limit:,g}" if isinstance(limit, float) else f"{limit:,}"


def limits_in(*modules: Any) -> dict[str, str]:
    """The limits of modules, by their names: numbers, and pairs of numbers."""
    return {
        name: value_of(value)
        for module in modules
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, int | float | tuple)
        if module is limits or name.startswith(("MAX_", "MIN_"))
    }


@pytest.mark.parametrize(
    "heading, modules",
    [("## Limits of the server", [limits]), ("## Limits of files and lists", [files, lists])],
)
def test_every_limit_is_documented_with_its_value(heading: str, modules: list[Any]) -> None:
    rows = table(section(SERVER, heading), "limit", "value")
    assert {name.strip("`"): value for name, value, _ in rows} == limits_in(*modules)
    assert len(limits_in(*modules)) > 6


# ---- README, architecture, versions


def test_the_readme_is_short_and_links_every_page() -> None:
    text = text_of(README)
    assert len(text.splitlines()) <= 110 and len(text.encode()) <= 8_000
    linked = {(ROOT / link.partition("#")[0]).resolve() for link in links(README)}
    assert not {*DOCS, ROOT / "CHANGELOG.md", ROOT / "LICENSE"} - linked


def test_each_folder_of_the_source_is_in_the_readme_s_ten_lines() -> None:
    lines = section(README, "## How it is built").strip().split("\n\n")[-1]
    assert len(re.findall(r"^- ", lines, re.MULTILINE)) <= 10
    tops = {short(path.parent) for path in FILES if len(path.relative_to(ROOT).parts) <= 3}
    named = {span.rstrip("/") for span in spans(README)}
    assert tops - {"."} - named == set()


FLAT = {*test_imports.CORE, "locale"} - {"dino"}


def folder_of(room: str) -> str:
    """The folder of a row of the table of imports; '' for the core."""
    if room in FLAT or room in ("dino", "__main__", "app"):
        return ""
    if room.startswith("pages.") and (ROOT / "dino" / room.replace(".", "/")).is_dir():
        return room.replace(".", "/")
    return "ui/workarounds" if room == "ui.workarounds" else room.split(".")[0]


def folders_used() -> dict[str, set[str]]:
    """By folder, the folders whose code it may import; '' is the core. Without the command line,
    which imports all, and the two files that are the server.
    """
    used: dict[str, set[str]] = {}
    for room, row in test_imports.TABLE.items():
        if room not in ("__main__", "app", "cloud"):
            used.setdefault(folder_of(room), set()).update(map(folder_of, row.rooms))
    return used


def test_the_table_of_folders_is_that_of_the_tree_and_of_the_imports() -> None:
    rows = table(section(ARCHITECTURE, "## The code by folder"), "folder", "what it is for")
    named = {row[0].strip("`/"): set(re.findall(r"`([\w/]+)`", row[2])) for row in rows}
    folders = {short(path.parent) for path in FILES if path.parent != ROOT}
    assert sorted(named) == sorted({*folders, "data", "tests"}) and len(named) == len(rows)
    assert all(re.fullmatch(r"\w.*\.", row[1]) for row in rows)
    used = folders_used()
    for folder, said in named.items():
        mine = folder.removeprefix("dino").strip("/")
        assert said == used.get(mine, set()) - {mine, ""}, folder


def test_what_a_folder_imports_is_on_a_lower_floor_of_the_picture() -> None:
    [picture] = re.findall(
        r"```\n(.*?)```", section(ARCHITECTURE, "## The code by folder"), re.DOTALL
    )
    floors = [set(line.split()) for line in picture.splitlines()]
    below = set(floors.pop())
    assert below == {"core"}
    for floor in reversed(floors):
        for folder in floor:
            assert folders_used()[folder] - {folder, ""} <= below, folder
        below |= floor
    assert below - {"core"} == folders_used().keys() - {"", "pages"}


def names_of_tests(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_each_invariant_is_bold_and_names_tests_that_there_are() -> None:
    rules = re.split(r"^- ", section(ARCHITECTURE, "## Invariants"), flags=re.MULTILINE)[1:]
    assert len(rules) >= 12
    for rule in rules:
        assert re.match(r"\*\*[A-Z].+?\*\*", rule, re.DOTALL), rule
        named = re.findall(r"`(tests/\w+\.py)::(\w+)`", rule)
        assert named, rule
        assert all(test in names_of_tests(ROOT / path) for path, test in named), rule


def test_the_changelog_has_few_lines_a_version_and_the_last_one_released_is_ours() -> None:
    parts = re.split(r"^## ", text_of(ROOT / "CHANGELOG.md"), flags=re.MULTILINE)[1:]
    heads = [part.splitlines()[0] for part in parts]
    assert all(len(part.strip().splitlines()) - 2 <= 15 for part in parts)
    released = [re.fullmatch(r"(\d+\.\d+\.\d+), (\d{4}-\d\d-\d\d)", head) for head in heads]
    found = [match for match in released if match]
    assert len(heads) - len(found) <= 1 and released[0] is None
    assert found[0][1] == dino.__version__
    assert f'\nversion = "{dino.__version__}"\n' in text_of(ROOT / "pyproject.toml")
