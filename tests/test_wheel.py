"""What installs the app: the wheel, which has every file of it, and a public host's manifest."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from sources import ROOT
from waiting import PATIENCE
from wheel import build, contents

from dino.live.plotly_file import copy_to_static

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

pytestmark = pytest.mark.xdist_group("wheel")  # one worker builds it, once
MANIFEST, PEOPLES = ROOT / "cloud/requirements.txt", ROOT / "requirements.txt"
# The host takes the first of these that lies beside the entry point, then at the root.
ORDER = "uv.lock", "Pipfile", "environment.yml", "requirements.txt", "pyproject.toml"
# Where the files beside `dino/` are in the wheel.
BESIDE = {"data/": "dino/_installed/data/", "app.py": "dino/_installed/app.py"}
BESIDE[".streamlit/config.toml"] = "dino/_installed/.streamlit/config.toml"
CONTRARY = """
[server]
enableStaticServing = false
maxUploadSize = 1
fileWatcherType = "auto"
[theme.light]
primaryColor = "#ff0000"
"""
# `dino run` up to where Streamlit would serve; prints the settings, and the script that it took.
SETTINGS = """
import json, sys
sys.path.insert(0, sys.argv.pop(1))
names = sys.argv.pop(1).split()
import streamlit
from streamlit.web import bootstrap
def tell(script, app, arguments, options):
    bootstrap.prepare_streamlit_environment(script)  # it warns where a folder is missing
    print(json.dumps([script, app, {name: streamlit.get_option(name) for name in names}]))
bootstrap.run_asgi_app = tell
from dino.__main__ import main
main()
"""
THERE = "import sys; sys.path.insert(0, sys.argv.pop(1)); "
CALL = THERE + "from dino.__main__ import main; main()"
CACHE = THERE + "from dino.compiled.jit import find_cache_folder as find; print(find())"


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture
def site(wheel: Path, tmp_path: Path) -> Path:
    """A folder with what pip would put beside the libraries."""
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(tmp_path / "site")
    return tmp_path / "site"


def in_the_tree() -> dict[str, bytes]:
    """What the wheel has to have, by its name there."""
    found = {}
    for start in ("dino", "data", "app.py", ".streamlit/config.toml"):
        for path in [ROOT / start, *(ROOT / start).rglob("*")]:
            if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc":
                name = path.relative_to(ROOT).as_posix()
                for here, there in BESIDE.items():
                    name = there + name.removeprefix(here) if name.startswith(here) else name
                found[name] = path.read_bytes()
    return found


def in_the_wheel(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as packed:
        names = [name for name in packed.namelist() if ".dist-info/" not in name]
        return {name: packed.read(name) for name in names}


def called(site: Path, code: str, *words: str) -> str:
    """What Python prints for this code, which finds the package there and nothing of the tree."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, str(site), *words],
        cwd=site.parent,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_has_every_file_of_the_tree_and_no_other(wheel: Path) -> None:
    found, tree = in_the_wheel(wheel), in_the_tree()
    assert sorted(found) == sorted(tree)
    assert not [name for name, content in tree.items() if found[name] != content]
    kinds = {Path(name).suffix for name in found}
    assert kinds >= {".py", ".toml", ".json", ".mo", ".css", ".js", ".jinja", ".safetensors"}


def test_the_wheel_needs_what_requirements_txt_names_and_has_the_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        [metadata] = [name for name in packed.namelist() if name.endswith(".dist-info/METADATA")]
        told = message_from_bytes(packed.read(metadata))
        commands = packed.read(metadata.replace("METADATA", "entry_points.txt")).decode()
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    wanted = {match[0] for line in lines if (match := re.match(r"[\w-]+", line))}
    asked = {re.match(r"[\w-]+", need)[0] for need in told.get_all("Requires-Dist", [])}
    assert asked == wanted and len(asked) > 8
    assert "dino = dino.__main__:main" in commands


@pytest.mark.long
def test_a_wheel_of_the_source_archive_is_the_same(wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(build("sdist", tmp_path)) as packed:
        packed.extractall(tmp_path, filter="data")
    [tree] = [path for path in tmp_path.iterdir() if path.is_dir()]
    again = build("wheel", tmp_path / "again", tree)
    assert in_the_wheel(again) == in_the_wheel(wheel)


def test_the_command_works_without_the_tree_and_writes_nothing_there(site: Path) -> None:
    before = contents(site)
    help_ = called(site, CALL, "--help")
    assert "run " in help_ and "train " in help_
    told = json.loads(called(site, CALL, "data", "--json"))
    assert told["distinct"] == 1524
    kernels = Path(called(site, CACHE).strip())
    assert kernels.is_absolute() and not kernels.is_relative_to(site)
    after = contents(site)
    assert {name for name in after if "__pycache__" not in name} == set(before)
    assert [name for name in before if before[name] != after[name]] == []


def flat(settings: dict[str, Any], start: str = "") -> dict[str, Any]:
    """The settings of a configuration by their dotted names."""
    found = {}
    for name, value in settings.items():
        inner = flat(value, f"{start}{name}.") if isinstance(value, dict) else {start + name: value}
        found.update(inner)
    return found


def test_dino_run_serves_with_the_settings_of_the_tree_whatever_folder_it_is_in(site: Path) -> None:
    wanted = flat(tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8")))
    assert len(wanted) > 40
    (site.parent / ".streamlit").mkdir()
    (site.parent / ".streamlit" / "config.toml").write_text(CONTRARY)
    options = ["--port", "8712", "--headless", "--server.maxMessageSize=7"]
    names = " ".join([*wanted, "server.port", "server.headless"])
    said = called(site, SETTINGS, names, "run", *options)
    assert "WARNING" not in said
    script, app, found = json.loads(said)
    assert Path(script) == site / "dino/_installed/app.py" and app == "app:app"
    given = {"server.port": 8712, "server.headless": True, "server.maxMessageSize": 7}
    given["server.enableStaticServing"] = False  # nothing is copied there, so there is no folder
    assert found == {**wanted, **given}


def test_an_option_that_streamlit_does_not_know_is_refused(site: Path) -> None:
    with pytest.raises(AssertionError, match="No such option"):
        called(site, SETTINGS, "server.port", "run", "--server.nonsense=7")


def test_an_installed_app_copies_nothing_beside_itself(site: Path, monkeypatch: Any) -> None:
    installed = site / "dino" / "_installed"
    monkeypatch.setattr("dino.places.INSTALLED", installed)
    assert copy_to_static(installed / "app.py") is None
    assert not (installed / "static").exists()
    assert copy_to_static(site / "app.py") is not None


# ---- what a public host installs


def wanted(text: str) -> dict[str, Requirement]:
    """The packages that a list of requirements names."""
    lines = (re.sub(r"(^|\s+)#.*", "", line) for line in text.splitlines())
    found = [Requirement(line) for line in lines if line and not line.startswith("-")]
    return {each.name: each for each in found}


def test_the_host_takes_our_manifest_which_pins_streamlit_within_the_range_of_all() -> None:
    assert [name for name in ORDER if (MANIFEST.parent / name).exists()] == [MANIFEST.name]
    assert "-r ../requirements.txt" in MANIFEST.read_text(encoding="utf-8").splitlines()
    pinned, ranges = (wanted(path.read_text(encoding="utf-8")) for path in (MANIFEST, PEOPLES))
    assert list(pinned) == ["streamlit"] and len(ranges) > 8
    [exactly] = pinned["streamlit"].specifier
    assert exactly.operator == "==" and "*" not in exactly.version
    assert ranges["streamlit"].specifier.contains(exactly.version)
    assert not [name for name, each in ranges.items() if "==" in str(each.specifier)]


def test_uv_is_told_to_take_the_build_for_processors_and_no_file_has_an_address() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["tool"]["uv"] == {"pip": {"torch-backend": "cpu"}}
    for path in (MANIFEST, PEOPLES, ROOT / "pyproject.toml"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"https?:|index-url|find-links", text), path
    assert not (ROOT / "uv.lock").exists()


@pytest.mark.parametrize("line", ["streamlit==1.67.0  # why", "streamlit==1.67.0"])
def test_a_comment_of_a_requirement_is_not_read(line: str) -> None:
    assert str(wanted(f"# first\n{line}\n-r other.txt")["streamlit"].specifier) == "==1.67.0"
