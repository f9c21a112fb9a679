"""Headless: one JSON object, names at the end, and errors in one line with exit status 2."""

import io
import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import PATIENCE

from dino import count_teacher
from dino.__main__ import main
from dino.config import LSTM_ONLY, OPTIMIZERS, SETTINGS
from dino.presets import PRESETS

ROOT = Path(__file__).parent.parent
TINY = ["--max-steps", "2", "--hidden-size", "3"]
KEYS = {
    "steps",
    "train_loss",
    "train_eval_loss",
    "val_loss",
    "best_val_loss",
    "best_step",
    "parameters",
    "seconds",
    "names_per_second",
    "baselines",
    "names",
}


def python_m_dino(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "dino", *arguments],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
    )


@pytest.fixture
def result(capsys):
    """A function that runs a command and reads the JSON object it prints."""

    def run(*arguments):
        assert main(arguments) == 0
        out, err = capsys.readouterr()
        assert all("held out" in line for line in err.splitlines())  # the bar, and nothing else
        return json.loads(out)

    return run


@pytest.fixture
def refusal(capsys):
    """A function that runs a command which must be refused; the line it prints."""

    def run(*arguments):
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        out, err = capsys.readouterr()
        assert caught.value.code == 2
        assert not out
        assert err.startswith("dino: ") and err.endswith("\n") and err.count("\n") == 1
        assert err[:-1].isprintable() and len(err) < 350
        return err

    return run


@pytest.fixture
def own_list(tmp_path):
    path = tmp_path / "own.txt"
    path.write_text("\n".join(f"{a}{b}" for a in "abcde" for b in "xyzuv"))
    return path


def test_train_prints_one_object_with_every_figure(result):
    found = result("train", *TINY, "--json", "--names", "4")
    assert found.keys() >= KEYS
    assert found["steps"] == 2 and len(found["names"]) == 4
    assert found["best_val_loss"] <= found["val_loss"]
    assert 0 <= found["best_step"] <= 2
    assert list(found["baselines"]) == ["nothing", "letters", "pairs", "triples", "fours", "sixes"]
    assert found["parameters"] == 27 * 3 + 9 + 3 + 3 * 27 + 27
    assert found["seconds"] > 0 and found["names_per_second"] > 0
    assert found["config"]["max_steps"] == 2


def test_the_same_command_twice_gives_the_same_run(result):
    timed = ("seconds", "names_per_second")
    one, other = (result("train", *TINY, "--json", "--seed", "5") for _ in range(2))
    assert {k: v for k, v in one.items() if k not in timed} == {
        k: v for k, v in other.items() if k not in timed
    }


def test_data_prints_the_notebooks_figures(result):
    found = result("data", "--json")
    dictionary = found.pop("dictionary")
    assert found == {
        "names": 1536,
        "characters": 19_909,
        "symbols": 27,
        "distinct": 1524,
        "longest": 26,
    }
    assert (dictionary["\n"], dictionary["a"], dictionary["z"]) == (0, 1, 26)


def test_any_list_will_do(result, own_list):
    assert result("data", str(own_list), "--json")["distinct"] == 25
    found = result("train", *TINY, "--json", "--data", str(own_list))
    assert set("".join(found["names"])) <= set("abcdexyzuv")
    assert found["parameters"] == 11 * 3 + 9 + 3 + 3 * 11 + 11


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_is_accepted(preset, result):
    found = result("train", "--preset", preset, "--max-steps", "2", "--json", "--names", "1")
    expected = PRESETS[preset].config.replace(max_steps=2)
    assert found["config"] == expected.as_dict()


@pytest.mark.parametrize("field", SETTINGS)
def test_every_setting_is_an_option(field, result):
    setting = SETTINGS[field]
    values = {int: 2, float: 0.5, bool: True}
    value = setting.choices[-1] if setting.choices else values[setting.kind]
    options = {
        **dict(zip(TINY[::2], TINY[1::2], strict=True)),
        f"--{field.replace('_', '-')}": str(value),
        **({"--cell": "lstm"} if field in LSTM_ONLY else {}),
    }
    found = result("train", "--json", *(word for pair in options.items() for word in pair))
    assert found["config"][field] == value


@pytest.mark.parametrize(
    "command", [("train", "--count-teacher", "0.5"), ("sweep", "--vary", "count_teacher=0,0.5")]
)
def test_a_list_that_is_too_long_to_teach_by_counting_is_refused(command, refusal, monkeypatch):
    monkeypatch.setattr(count_teacher, "MOST_BYTES", 1_000_000)
    assert "MB. Set it to 0, or choose a shorter list." in refusal(*command)


@pytest.mark.parametrize("cell", ["rnn", "gru"])
def test_a_forget_bias_without_an_lstm_is_refused(cell, refusal, result):
    wanted = "forget_bias must be 1 unless the cell is lstm, not “3”. Add --cell lstm."
    vary = ("sweep", "--vary", f"cell={cell}" + (",gru" if cell == "rnn" else ",rnn"))
    assert wanted in refusal("train", "--cell", cell, "--forget-bias", "3")
    assert wanted in refusal(*vary, "--forget-bias", "3")
    assert "Forget bias is varied" in refusal("sweep", "--vary", "forget_bias=1,3", "--cell", cell)
    found = result("train", *TINY, "--json", "--cell", cell, "--forget-bias", "1")
    assert found["config"]["forget_bias"] == 1.0


def test_an_optimizer_brings_its_own_rate_unless_one_is_given(result):
    found = result("train", *TINY, "--json", "--optimizer", "sgd")
    assert found["config"]["learning_rate"] == OPTIMIZERS["sgd"].learning_rate
    found = result("train", *TINY, "--json", "--optimizer", "sgd", "--learning-rate", "0.5")
    assert found["config"]["learning_rate"] == 0.5


def test_without_json_names_stand_at_the_end(capsys):
    assert main(["train", *TINY, "--names", "3", "--json"]) == 0
    names = json.loads(capsys.readouterr().out)["names"]
    assert main(["train", *TINY, "--names", "3"]) == 0
    assert capsys.readouterr().out.split("\n")[-4:-1] == names


def test_data_without_json_names_its_figures(capsys):
    assert main(["data"]) == 0
    out = capsys.readouterr().out
    assert "names: 1536\n" in out and "distinct: 1524\n" in out


def test_the_output_is_one_line_of_strict_json_even_when_the_run_diverged(capsys):
    wild = [
        "--optimizer",
        "momentum",
        "--learning-rate",
        "10",
        "--clip-norm",
        "off",
        "--average",
        "off",
        "--hidden-size",
        "8",
        "--max-steps",
        "3000",
    ]
    assert main(["train", *wild, "--json"]) == 0
    out, err = capsys.readouterr()

    def no_constants(name):
        raise AssertionError(f"{name} is no JSON")

    found = json.loads(out, parse_constant=no_constants)
    assert out.endswith("\n") and out.count("\n") == 1
    assert found["stopped"] and found["steps"] < 3000
    assert err.startswith(f"dino: {found['stopped']}\n")


def test_numbers_that_json_does_not_know_are_null_at_every_depth(capsys, monkeypatch):
    figures = {"a": math.nan, "b": {"c": [1.0, -math.inf, {"d": (math.inf, "x")}]}, "e": None}
    monkeypatch.setattr("dino.data.Corpus.figures", lambda corpus: figures)
    assert main(["data", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "a": None,
        "b": {"c": [1.0, None, {"d": [None, "x"]}]},
        "e": None,
    }


@pytest.mark.parametrize(
    "command, broken",
    [
        (["train", *TINY], "dino.train.Trainer.advance"),
        (["data"], "dino.data.Corpus.figures"),
        (["bench", "--quick"], "dino.bench.rounds.compare"),
        (["compile"], "dino.compiled.compiling.prepare"),
    ],
)
def test_a_mistake_of_ours_is_not_shown_as_the_users(command, broken, monkeypatch, capsys):
    def fail(*args, **kwargs):
        raise ValueError("a bug")

    monkeypatch.setattr("dino.bench.rounds.WorkerProcess", Silent)
    monkeypatch.setattr(broken, fail)
    with pytest.raises(ValueError, match="a bug"):
        main(command)
    assert "dino: a bug" not in capsys.readouterr().err


class Silent:
    """A worker that is never asked."""

    def __init__(self, library):
        pass

    def close(self):
        pass


@pytest.mark.parametrize("command", ["bench", "compile"])
def test_without_numba_a_command_says_what_to_install(command, monkeypatch, refusal):
    monkeypatch.setattr("dino.compiled.compiling.is_available", lambda: False)
    assert "Install requirements.txt" in refusal(command)


@pytest.mark.parametrize(
    "value",
    ["nan", "1e400", "-1", "🦕", "x" * 10_000, "", "1\n2"],
    ids=["nan", "1e400", "-1", "emoji", "10,000 letters", "empty", "lines"],
)
@pytest.mark.parametrize("field", SETTINGS)
def test_a_bad_option_is_refused_in_one_line_that_names_it(field, value, refusal):
    option = f"--{field.replace('_', '-')}"
    line = refusal("train", option, value)
    assert field in line or option in line


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["train", "--wings", "2"],
        ["train", "--wi\nngs"],
        ["train", "--hidden-size"],
        ["train", "--preset", "best"],
        ["train", "--preset", "🦕" * 5000],
        ["data", "a", "b"],
        ["train", "--names", "0"],
        ["train", "--names", "1001"],
        ["train", "--names", "ten"],
        ["train", "--names", "9" * 10_000],
        ["train", "--names", "-1"],
        ["train", "--data", "no/such/list.txt"],
        ["data", "no/such/list.txt"],
        ["data", "."],
        ["data", "x" * 10_000],
        ["train", "--data", "two\nlines"],
    ],
    ids=lambda arguments: " ".join(arguments)[:40].encode("unicode_escape").decode() or "nothing",
)
def test_a_bad_command_is_refused_in_one_line(arguments, refusal):
    refusal(*arguments)


def test_a_bad_list_is_refused_in_one_line(refusal, tmp_path):
    path = tmp_path / "short.txt"
    path.write_text("rex\nmei\n")
    assert "at least 20 distinct names" in refusal("train", "--data", str(path))
    assert "at least 20 distinct names" in refusal("data", str(path))
    path.write_bytes(b"\xe9\n" * 100)
    assert "UTF-8" in refusal("data", str(path))


def test_as_a_program_it_trains():
    done = python_m_dino("train", *TINY, "--json")
    assert done.returncode == 0
    assert "█" * 30 in done.stderr and "\r" not in done.stderr  # a log gets whole lines
    assert json.loads(done.stdout).keys() >= KEYS


def test_as_a_program_it_refuses_in_one_line_with_status_2():
    done = python_m_dino("train", "--hidden-size", "🦕")
    assert done.returncode == 2
    assert not done.stdout
    assert done.stderr.count("\n") == 1 and "hidden_size" in done.stderr


def test_help_names_every_setting_and_preset(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["train", "--help"])
    assert caught.value.code == 0
    out = capsys.readouterr().out
    assert all(f"--{field.replace('_', '-')}" in out for field in SETTINGS)
    words = " ".join(out.split()).replace("- ", "-")
    assert all(preset in words for preset in PRESETS)
    assert "the usual one for that optimizer and batch size" in words


def test_a_bar_fills_where_somebody_is_looking(monkeypatch, capsys):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    assert main(["train", "--max-steps", "25", "--hidden-size", "3"]) == 0
    pictures = screen.getvalue().split("\r")[1:]
    filled = [picture.count("█") for picture in pictures]
    assert filled == sorted(filled) and filled[-1] == 30
    assert pictures[-1].endswith("\n") and "25/25" in pictures[-1]


class Compiled(Exception):
    """The kernels were asked for; the test ends there, before anything trains."""


@pytest.fixture
def nothing_compiled(monkeypatch):
    """As on a fresh clone."""

    def ask():
        raise Compiled

    monkeypatch.setattr("dino.compiled.compiling.is_available", lambda: True)
    monkeypatch.setattr("dino.compiled.compiling.is_on_disk", lambda: False)
    monkeypatch.setattr("dino.compiled.engine.why_not_prepared", ask)


@pytest.mark.usefixtures("nothing_compiled")
def test_train_compiles_first_where_that_takes_less_time_than_it_saves(capsys):
    with pytest.raises(Compiled):
        main(["train", "--cell", "lstm", "--hidden-size", "128", "--max-steps", "20000"])
    (line,) = capsys.readouterr().err.splitlines()
    assert "compiling the kernels first" in line and "longer" in line


@pytest.mark.usefixtures("nothing_compiled")
@pytest.mark.parametrize("engine", ["auto", "torch"])
def test_train_compiles_nothing_for_a_short_run(result, engine):
    assert result("train", "--json", "--engine", engine, *TINY)["steps"] == 2


@pytest.mark.usefixtures("nothing_compiled")
def test_train_says_why_pytorch_trains_a_run_that_asks_for_the_kernels(result, capsys, monkeypatch):
    monkeypatch.setattr("dino.compiled.engine.why_not_prepared", lambda: "OSError: no space")
    monkeypatch.setattr("dino.compiled.engine.is_available", lambda: False)
    assert main(["train", "--json", "--engine", "compiled", *TINY]) == 0
    out, err = capsys.readouterr()
    (line,) = [it for it in err.splitlines() if "kernels" in it]
    assert line.endswith("could not be compiled, so this run uses PyTorch: OSError: no space")
    assert json.loads(out)["engine"] == "torch"
    with pytest.raises(SystemExit, match="2"):  # what must have them does not begin without
        main(["train", "--kernels-from", "0", *TINY])
    assert "this run needs them: OSError: no space" in capsys.readouterr().err


@pytest.mark.usefixtures("nothing_compiled")
def test_a_saved_run_that_has_many_steps_to_go_is_compiled_for_too(result, tmp_path):
    saved = str(tmp_path / "run.safetensors")
    assert main(["train", "--save", saved, *TINY]) == 0
    with pytest.raises(Compiled):
        main(["train", "--load", saved, "--max-steps", "100000"])
