"""Trains the experiments of all lessons and writes `data/lesson_experiments.json`, which lessons
on paper show.

`python -m tests.lesson_experiments` trains what the file does not have yet; all of them take a few
minutes of one core. An experiment whose plan changed is trained again.
"""

import json
import math
import re
from collections.abc import Iterator

from dino.data import make_corpus
from dino.experiments.member import names_written_by, on_one_engine
from dino.experiments.plan import Member
from dino.lessons.dinosaur_list import dinosaurs
from dino.lessons.figures_training import plan_of
from dino.lessons.lesson import Lesson, Step
from dino.lessons.prepared_experiments import FILE, plan_values
from dino.lessons.reading import lessons
from dino.train import Trainer
from dino.trained_contexts import digest


def main() -> None:
    """Train what is missing, and write the file after every experiment."""
    kept, rows = known(), []
    for lesson, step in asked():
        plan = on_one_engine(plan_of(lesson, step), dinosaurs())
        values, count = plan_values(plan), step.options.get("names", 0)
        members = next((row["members"] for row in kept if row["plan"] == values), None)
        if members is None or count and "names" not in members[0]:
            members = [trained(member, count) for member in plan.members()]
        rows.append({"lesson": lesson.key, "plan": values, "members": members})
        print(lesson.key, step.name, [it["loss"] for it in members], flush=True)
        write([*rows, *(it for it in kept if it["plan"] not in [row["plan"] for row in rows])])
    write(rows)  # without those that no lesson has now


def asked() -> Iterator[tuple[Lesson, Step]]:
    """Each experiment of a lesson."""
    for lesson in lessons("en").values():
        yield from ((lesson, step) for step in lesson.steps if step.panel == "experiment")


def known() -> list[dict]:
    """What the file has of the same names."""
    if not FILE.exists():
        return []
    found = json.loads(FILE.read_text(encoding="utf-8"))
    return found["experiments"] if found["digest"] == digest(dinosaurs()) else []


def trained(member: Member, count: int) -> dict:
    """The held-out loss of a member at its end, None if it diverged; what it writes if `count`."""
    config = member.config
    names = dinosaurs().cleaned
    corpus = make_corpus(names, "", config.split_seed, exam=config.exam)
    trainer = Trainer(config, corpus, takes_snapshots=False)
    while not trainer.done:
        trainer.advance()
    run = trainer.run()
    loss = None if run.stopped or not math.isfinite(run.val_loss) else round(run.val_loss, 5)
    if not count:
        return {"loss": loss}
    written = names_written_by(run, corpus.vocab, count)
    carried = written.carried_loss
    told = {} if carried is None else {"carried": round(carried, 5)}
    return {"loss": loss, "names": list(written.names), **told}


def write(rows: list[dict]) -> None:
    """Each member in one line, so that a change can be read."""
    found = {"list": "dinos", "digest": digest(dinosaurs()), "experiments": rows}
    text = json.dumps(found, indent=1, ensure_ascii=False)
    for part in (r"\[[^\[\]{}]*\]", r"\{[^{}]*\}"):
        text = re.sub(part, lambda row: " ".join(row[0].split()), text)
    FILE.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
