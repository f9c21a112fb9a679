"""The core on the oldest and the newest Python of this machine, each in a separate environment.

The suite itself runs on one Python. Most PyTorch builds on PyPI take 3 GB, so these environments
use the PyTorch that an interpreter already has (Debian's: `apt-get install python3-torch`); without
one they run the tests that need no PyTorch, and the kernels.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sources import ROOT

OWN = sys.version_info[:2]
PLACES = (
    ("/usr/bin", "python3.[0-9]*"),
    ("/usr/local/bin", "python3.[0-9]*"),
    (Path.home() / ".pyenv" / "versions", "3.*/bin/python"),
    (Path.home() / ".local/share/uv/python", "*/bin/python"),
)
# Which tests are run there, by the names of their files.
WITHOUT_TORCH = (
    "bet charts charts_data charts_inside committee config data experiment_pictures files history "
    "lists metrics ngram plan regularised_contexts run standing survey trained_contexts verdict"
)
WITH_TORCH = (
    "anatomy apart batches clustering context cost divergence engine evaluation exam experiments "
    "jobs kept_runs keras kernels lessons memory model name_measures nameless_run optim pace probe "
    "learn_reading teaching sample run_lists saved_run step_report torch_engine train unrolled "
    "usual_rates wishes diagnosis zoo source echo concept_test learn_mechanics lesson_slips "
    "packed_trace unit_weights written_frames outside lesson_rules forget_bias echo_biases renamed "
    "learn_gate prepared_experiments mixture count_teacher together machine jit python_lock"
)
HERE_ONLY = (  # Streamlit, a browser, servers, the benchmark, the source itself
    "browser_away nginx browser_nginx container "
    "learn_teacher address bench browser browser_address browser_buttons browser_components "
    "browser_data browser_compare browser_experiment browser_glossary browser_homework "
    "browser_inside browser_keep browser_languages browser_learn browser_pointer browser_print "
    "browser_settings browser_share browser_stream browser_watch check checks choice claims cli "
    "cluster compare_page data_page small_hosts earlier_runs estimate exam_page experiment_report "
    "experiments_page first_screen formulas frames glossary house imports inside interpreters "
    "browser_frames public_address "
    "languages learn_page learn_flow zoo_and_challenge load load_app locale measurements "
    "lab_parts drawing "
    "memory_and_gradient nameless_page notebook open_run_page pages plain_words report routes "
    "run_buttons run_titles script_turns session share single_changes step_words strip sweep "
    "take_home take_home_page uploads visit workarounds workarounds_served writing_page shuffle "
    "learn_report browser_chips learn_first learn_mechanics_page learn_test learn_memory "
    "learn_step learn_writing alts browser_axe browser_bet_charts browser_heard browser_late "
    "browser_look browser_number_box check_crafted check_folder difference growth late_messages "
    "number_box watchdog browser_live_network browser_room browser_shift browser_ways browser_wire "
    "compressed example_runs first_look layout_shift map picture prose ways_in whereabouts "
    "dump mutate svg journeys browser_journeys docs ablations learn_told terms_order learn_names "
    "wheel browser_wheel browser_cloud failures looking_back together_page "
    "learn_together search_lstm long_lists browser_together transfers browser_uploads "
    "failed_kernels storm browser_storm "
    "workarounds_broken_off kept_parts own_code browser_own_code load_rounds library_pages "
)
NOT_INSTALLED = "torch streamlit playwright httpx2 ruff mypy babel distributed".split()


def python(path: Path, *arguments: str, **how: object) -> subprocess.CompletedProcess[str]:
    """Run an interpreter, without the settings of the one that runs here."""
    env = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("PYTHON", "PYTEST", "PYENV", "DINO"))
    }
    return subprocess.run(
        [str(path), *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**env, "PYTHONDONTWRITEBYTECODE": "1", **how},
    )


def interpreters() -> dict[tuple[int, int], Path]:
    """One interpreter for each version from 3.10 on; the one that runs the tests for its own."""
    found = {}
    for folder, pattern in PLACES:
        for path in sorted(Path(folder).glob(pattern)):
            said = python(path, "-c", "import sys; print(*sys.version_info[:2])").stdout.split()
            if len(said) == 2 and (version := (int(said[0]), int(said[1]))) >= (3, 10):
                found.setdefault(version, path)
    return {**found, OWN: Path(sys.executable)}


def requirements() -> list[str]:
    """What the core's tests need besides PyTorch, as the two files of requirements have it."""
    files = ROOT / "requirements.txt", ROOT / "tests" / "requirements.txt"
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    return [line for line in lines if line and re.split(r"[<>=~! ]", line)[0] not in NOT_INSTALLED]


@pytest.fixture
def environment(tmp_path: Path):
    """A function that makes an environment for an interpreter: the path of its Python."""

    def make(base: Path) -> Path:
        made = python(
            base, "-m", "venv", "--without-pip", "--system-site-packages", str(tmp_path / "env")
        )
        assert made.returncode == 0, made.stderr
        there = tmp_path / "env" / "bin" / "python"
        filled = python(
            Path(sys.executable),
            "-m",
            "pip",
            "--python",
            str(there),
            "install",
            "-q",
            *requirements(),
        )
        assert filled.returncode == 0, filled.stderr
        return there

    return make


def test_it_is_decided_for_every_test_where_it_runs() -> None:
    decided = sorted(f"{WITHOUT_TORCH} {WITH_TORCH} {HERE_ONLY}".split())
    there = [path.stem.removeprefix("test_") for path in (ROOT / "tests").glob("test_*.py")]
    assert decided == sorted(there)


@pytest.mark.skipif(
    os.environ.get("DINO_PYTHONS") != "1", reason="minutes for each Python; DINO_PYTHONS=1 runs it"
)
@pytest.mark.parametrize("which", ["oldest", "newest"])
def test_the_core_passes_on_the_oldest_and_the_newest_python(which, environment, tmp_path) -> None:
    found = interpreters()
    version = min(found) if which == "oldest" else max(found)
    if version == OWN:
        pytest.skip(f"the {which} Python here is {version}, which runs the whole suite")
    there = environment(found[version])
    read = python(
        there,
        "-m",
        "compileall",
        "-q",
        "dino",
        "app.py",
        "tests",
        PYTHONPYCACHEPREFIX=str(tmp_path),
    )
    assert read.returncode == 0, read.stdout
    torch = python(there, "-c", "import torch").returncode == 0
    names = f"{WITHOUT_TORCH} {WITH_TORCH if torch else ''}".split()
    files = [f"tests/test_{name}.py" for name in names]
    kept = str(tmp_path / "numba")
    done = python(
        there,
        "-m",
        "pytest",
        "-o",
        "addopts=-q",
        "-p",
        "no:cacheprovider",
        f"--basetemp={tmp_path / 'tests'}",
        *files,
        NUMBA_CACHE_DIR=kept,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    compiled = python(there, "-m", "dino", "compile", NUMBA_CACHE_DIR=kept)
    assert compiled.stdout == "compiled\n", compiled.stderr[-2000:]
    print(f"{'.'.join(map(str, version))} {found[version]}, {'with' if torch else 'without'} torch")
