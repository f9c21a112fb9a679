"""The files that leave the app, and what the commands of a shell say of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from .acts import Stage, hold, press
from .made import lines_of_file
from .scenes import OWN, train, trained
from .texts import steady

TRAIN = ("train", "--max-steps", "40", "--hidden-size", "8", "--engine", "torch", "--seed", "3")
SWEEP = ("sweep", "--max-steps", "20", "--hidden-size", "4", "--engine", "torch", "--no-exam")
WORDS = ("--title", "A title", "--author", "Ana", "--text", "<b>Mine</b>, and {braces}.")


def downloads(stage: Stage) -> None:
    """Every file of a run: a short one, a bounded one with an exam, and one of a private list."""
    for cell in ("rnn", "lstm"):
        page = hold(trained(stage, cell), take_home=True)
        for box, words in (("report_title", "A title"), ("report_author", "Ana")):
            page.text_input(key=box).set_value(words)
        stage.say(page, f"files-{cell}")
        stage.files(f"files-{cell}")
    page = hold(trained(stage, context="3", exam="true", weight_drop="0.2"), take_home=True)
    stage.say(page, "files-bounded")
    stage.files("files-bounded")
    page = hold(stage.open("data", max_steps="40", hidden_size="8", engine="torch"))
    hold(page, data_list="own")
    page.text_area(key="own_text").set_value(OWN).run()
    stage.say(page, "files-own-list")
    press(page, "own_use")
    train(stage.go(page, "lab"))
    stage.say(hold(page, take_home=True), "files-own")
    stage.files("files-own")


def command(stage: Stage, folder: Path, name: str, *arguments: str) -> None:
    """Write what a command says, and how it ends."""
    done = subprocess.run(
        [sys.executable, "-m", "dino", *arguments],
        cwd=folder,
        env={**environment(), "PYTHONPATH": str(stage.app)},
        capture_output=True,
        encoding="utf-8",
    )
    errors = done.stderr.replace("\r", "\n").splitlines()
    said = [*done.stdout.splitlines(), "---- stderr", *errors[-1:], f"---- {done.returncode}"]
    stage.write(f"command-{name}.txt", [steady(line) for line in said])


def environment() -> dict[str, str]:
    """This process's, with lines of a fixed width."""
    return {**os.environ, "COLUMNS": "100"}


def commands(stage: Stage) -> None:
    """The commands on what is right and on what is not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for options in ((), ("train",), ("sweep",), ("check",), ("lessons",), ("data",)):
            command(stage, folder, "-".join(("help", *options)), *options, "--help")
        command(stage, folder, "lessons", "lessons")
        command(stage, folder, "lessons-figures", "lessons", "--figures")
        command(stage, folder, "data", "data")
        command(stage, folder, "data-json", "data", "us-first-names", "--json")
        command(stage, folder, "data-none", "data", "none.txt")
        command(stage, folder, "train", *TRAIN)
        command(stage, folder, "train-json", *TRAIN, "--json")
        command(stage, folder, "train-refused", "train", "--hidden-size", "nan")
        for i, more in enumerate(((), ("--seeds", "2", "--splits", "2"), ("--splits", "3"))):
            command(stage, folder, f"sweep-{i}", *SWEEP, "--vary", "cell=rnn,gru", *more)
        check(stage, folder)


def check(stage: Stage, folder: Path) -> None:
    """`check` on reports that hold, that do not, and on what is no report."""
    for code in ("en", "es"):
        command(
            stage, folder, f"report-{code}", *TRAIN, *WORDS, "--lang", code, "--report", "r.html"
        )
        raw = (folder / "r.html").read_bytes()
        stage.write(f"command-report-{code}.html.txt", lines_of_file("r.html", raw))
        command(stage, folder, f"check-{code}", "check", "r.html")
    for name, changed in broken(raw).items():
        (folder / f"{name}.html").write_bytes(changed)
        command(stage, folder, f"check-{name}", "check", f"{name}.html")
    command(stage, folder, "check-folder", "check", ".", "--csv", "marks.csv")
    table = (folder / "marks.csv").read_text(encoding="utf-8-sig")
    stage.text("command-check-table.txt", table)
    command(stage, folder, "check-none", "check", "none.html")


def broken(raw: bytes) -> dict[str, bytes]:
    """Reports whose figures do not hold, or that cannot be read."""
    import reports

    facts = reports.facts_in(raw)
    return {
        "better": reports.forged(raw, val_loss=facts["val_loss"] - 0.05),
        "huge": reports.forged(raw, best_val_loss=10**400),
        "of-text": reports.forged(raw, val_loss="low"),
        "unknown": reports.forged(raw, config={**facts["config"], "hidden_size": -1}),
        "without": reports.rewritten(raw, {k: v for k, v in facts.items() if k != "config"}),
        "deep": reports.rewritten(raw, json.loads("[" * 60 + "]" * 60)),
        "cut": raw[: len(raw) // 2],
        "empty": b"",
    }
