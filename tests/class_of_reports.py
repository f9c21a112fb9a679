"""A folder of reports as a large class hands them in: `python -m tests.class_of_reports FOLDER`.

Each is of ten steps of the first recipe, written as `train --report` writes it, in a folder for
each student. Three are crafted, two are copies: one tells by its time, one by its sentences.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from reports import counted, facts_in, forged, trained

from dino.config import Config
from dino.data import load
from dino.reports.facts import Words
from dino.reports.run_report import make_report

RECIPE = Config(max_steps=10, engine="torch")
SEEDS = 100  # so that each recipe is there three times
COUNT = 300
BETTER, FASTER, HUGE, SAME_RUN, SAME_WORDS = 0, 1, 2, 3, 4  # students, from 0 on
CRAFTED = (BETTER, FASTER, HUGE)


def name_of(student: int) -> str:
    """Where the report of a student is."""
    return f"s{student + 1}_assignsubmission_file/dino-report.html"


def write(folder: Path, count: int = COUNT) -> None:
    """Write the reports of a class into a folder, at least ten."""
    corpus = load()
    made: dict[int, bytes] = {}
    for student in reversed(range(count)):
        run = trained(RECIPE.replace(seed=student % SEEDS), corpus)
        words = Words("Ten steps", f"Student {student + 1}", f"Sentence {student + 1}.")
        made[student] = _crafted(student, made, make_report(run, corpus, counted(corpus), words))
    for student, raw in made.items():
        path = folder / name_of(student)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)


def _crafted(student: int, made: Mapping[int, bytes], raw: bytes) -> bytes:
    """The report of a student, who may be one of those who cheat."""
    facts = facts_in(raw)
    if student == BETTER:
        return forged(raw, val_loss=facts["val_loss"] - 0.05)
    if student == FASTER:
        rate = facts["config"] | {"learning_rate": 0.05}
        return forged(raw, config=rate, learning_rates=[[0, 0.05]])
    if student == HUGE:
        return forged(raw, best_val_loss=10**400)
    if student == SAME_RUN:
        return forged(made[8], author="Student 4", text="In my own words.", title="Mine")
    if student == SAME_WORDS:
        return forged(raw, text=facts_in(made[9])["text"].upper())
    return raw


if __name__ == "__main__":
    write(Path(sys.argv[1]))
