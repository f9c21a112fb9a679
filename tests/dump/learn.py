"""The page Learn: its contents and parts, and each lesson closed, skipped, and answered in turn.

What a lesson asks is read from its file, so that any tree that reads these files can be dumped.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from .acts import Stage, hold, keys_of, look, press, set_value

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PASSES = 3  # how often each lesson is answered: with two wrong answers, and with the right one
TEACHER = ("20", "45", "90", "notes", "paper", "assignment")
SYMBOLS = 27


class Box(NamedTuple):
    """The box of an answer: its key, and the answers that are tried in it, the right one last."""

    key: str
    kind: str
    values: list[Any]


def table_of(path: Path) -> dict[str, Any]:
    """What a lesson's file has."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def files(stage: Stage) -> dict[str, Path]:
    """The lessons' files, by their keys."""
    paths = sorted((stage.app / "dino" / "lessons" / "en").glob("*.toml"))
    return {path.stem[3:]: path for path in paths}


def value_of(value: Any) -> Any:
    """An answer itself, or the figure that has it; None where only a run has it."""
    from dino.lessons.figures import figure

    if not isinstance(value, str):
        return value
    try:
        return figure(value)
    except (KeyError, ValueError):
        return None


def boxes(lesson: str, step: dict[str, Any]) -> Iterator[Box]:
    """The boxes of a step that asks."""
    for i, item in enumerate(step.get("item") or [{**step, "text": ""}]):
        key = f"ask_{lesson}_{step['name']}_{i}"
        right = value_of(item.get("answer"))
        wrong = [value_of(it["value"]) for it in item.get("wrong", ())]
        choices = [it["name"] for it in item.get("choice") or step.get("choice", ())]
        if choices:
            right = item["answer"] if item["answer"] in choices else right
            wrong = [it for it in choices if it != right]
            yield Box(key, "choice", [*wrong, right if right in choices else choices[0]])
        elif item.get("grid"):
            yield Box(key, "cells", [it for it in (*wrong, right) if it is not None])
        elif item.get("answer") is not None:
            low, high = item.get("low", 0), item.get("high", 100)
            known = [it for it in (*wrong, right) if isinstance(it, int | float)]
            rounded = [round(it, item.get("digits", 0)) for it in known]
            taken = [it for it in rounded if low <= it <= high]
            yield Box(key, "number", taken or [round((low + high) / 2)])


def asking(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The steps of a lesson that ask, with their numbers."""
    for number, step in enumerate(table_of(path)["step"], 1):
        if step["kind"] in ("task", "bet"):
            yield number, step


def answer(page: Any, box: Box, turn: int) -> None:
    """Put the answer of a turn into a box, the last of them into the last turn."""
    import pressing

    last = len(box.values) - 1
    value = box.values[last if turn == PASSES - 1 else min(turn, last)]
    if box.kind == "choice":
        set_value(page, "radio", box.key, value)
    elif box.kind == "cells" and (found := pressing.part(page, f"cells_{box.key}")):
        pressing.send(page, found[0].id, "marks", value)
    elif box.key in pressing.numbers(page):
        pressing.type_numbers(page, {box.key: value})
    else:
        set_value(page, "slider", box.key, value)


def place(page: Any, lesson: str, number: int, step: dict[str, Any], turn: int) -> None:
    """Answer one step, whatever it asks for."""
    import pressing

    for box in boxes(lesson, step):
        answer(page, box, turn)
    chips = pressing.part(page, f"learn_{lesson}_{number}_chips")
    if chips:
        bet = [0.0] * SYMBOLS
        bet[turn], bet[turn + 1] = 60.0, 40.0
        pressing.send(page, chips[0].id, "placed", bet)
    press(page, f"learn_{lesson}_{number}_place")


def lessons(stage: Stage, share: int, shares: int) -> None:
    """A share of the lessons: each closed, skipped, trained, and answered in each turn."""
    for i, (key, path) in enumerate(files(stage).items()):
        if i % shares == share:
            one_lesson(stage, key, path)


def open_lesson(stage: Stage, key: str) -> Any:
    """A new visitor's page Learn with a lesson."""
    page = stage.open("learn")
    press(page, f"open_{key}")
    return page


def one_lesson(stage: Stage, key: str, path: Path) -> None:
    """All states of one lesson."""
    page = open_lesson(stage, key)
    stage.say(page, f"learn-{key}-closed")
    asks = list(asking(path))
    for number, _ in asks:
        press(page, f"learn_{key}_{number}_place")
    stage.say(page, f"learn-{key}-empty")
    for number, _ in asks:
        press(page, f"learn_{key}_{number}_skip")
    stage.say(page, f"learn-{key}-skipped")
    run_all(page, key)
    stage.say(page, f"learn-{key}-run")
    for turn in range(PASSES if asks else 0):
        press(page, f"again_{key}")
        press(page, f"again_sure_{key}")
        for number, step in asks:
            place(page, key, number, step, turn)
        for box in [it.key for it in page.text_area if str(it.key).startswith("own_words_")]:
            set_value(page, "text_area", box, f"My sentence {turn}.")
        stage.say(page, f"learn-{key}-answered-{turn}")
    finish(stage, page, key)


def finish(stage: Stage, page: Any, key: str) -> None:
    """What else a lesson has: its switches, the projector, the question whether to do it again."""
    for box in [str(it.key) for it in page.toggle if str(it.key).startswith(f"learn_{key}_")]:
        set_value(page, "toggle", box, True)
    press(page, f"again_{key}")
    stage.say(page, f"learn-{key}-switched")
    if set_value(page, "toggle", "projector_switch", True):
        stage.say(page, f"learn-{key}-projector")
        set_value(page, "toggle", "projector_switch", False)
    press(page, "all_lessons")
    stage.say(page, f"learn-{key}-contents")


def handed_in(stage: Stage) -> None:
    """The report of what a learner did in two lessons, one with wrong answers."""
    page = stage.open("learn")
    for turn, key in ((0, "where-is-order"), (PASSES - 1, "letters-to-numbers")):
        press(page, f"open_{key}")
        for number, step in asking(files(stage)[key]):
            place(page, key, number, step, turn)
        press(page, "all_lessons")
    hold(page, learn_home=True)
    set_value(page, "text_input", "learn_report_author", "Ana")
    stage.say(page, "learn-report")
    stage.files("learn-report")


def run_all(page: Any, key: str) -> None:
    """Train whatever a lesson has to be trained, one after the other."""
    begins = f"learn_{key}_"
    for ends in ("_run_train", "_start"):
        for button in keys_of(page, begins=begins, ends=ends):
            press(page, button)
            look(page)


def parts(stage: Stage) -> None:
    """The contents, and the parts beside the lessons."""
    page = stage.open("learn")
    stage.say(page, "learn-contents")
    known = {f"open_{key}" for key in files(stage)}
    for key in [it for it in keys_of(page, begins="open_") if it not in known]:
        press(page, key)
        stage.say(page, f"learn-part-{key.removeprefix('open_')}")
        press(page, "all_lessons")
    page = stage.open("learn")
    press(page, "open_teacher")
    for part in TEACHER:
        stage.say(hold(page, teacher_part=part, solution=True), f"learn-teacher-{part}")
    for lesson in range(1, 15):
        hold(page, teacher_part="notes", teacher_lesson=lesson)
        stage.say(page, f"learn-teacher-notes-{lesson}")


def concept_test(stage: Stage) -> None:
    """Both rounds of the concept test, and the game, with and without a run."""
    steps = table_of(stage.app / "dino" / "lessons" / "test" / "en.toml")["step"]
    page = stage.open("learn")
    for over in (0, 1):
        press(page, "open_concept-test")
        for box in sorted(str(it.key) for it in page.radio):
            names = steps_by_box(steps, box)
            set_value(page, "radio", box, names[over % len(names)])
        stage.say(page, f"learn-test-{over}")
        press(page, f"end_concept-test_{over}")
        stage.say(page, f"learn-test-{over}-over")
    press(page, "open_concept-test")
    stage.say(page, "learn-test-results")
    game(stage)


def steps_by_box(steps: list[dict[str, Any]], box: str) -> list[str]:
    """The choices of the question that a box of the concept test is of."""
    step = steps[int(box.rpartition("_")[2])]
    return [it["name"] for it in step.get("choice", step.get("item", [{}])[0].get("choice", []))]


def game(stage: Stage) -> None:
    """The game: guessed, shown, and the next one."""
    page = stage.open("learn")
    press(page, "open_real-or-made")
    look(page)  # its names are dealt in the background
    press(page, "game_show")
    stage.say(page, "learn-game")
    for button in keys_of(page, ends="_train"):
        press(page, button)
        look(page)
    for box in [str(it.key) for it in page.radio if str(it.key).startswith("guess_")]:
        set_value(page, "radio", box, "real")
    press(page, "game_show")
    stage.say(page, "learn-game-shown")
    press(page, "game_next")
    stage.say(page, "learn-game-next")


def zoo(stage: Stage) -> None:
    """Each exhibit of the failure zoo: closed, run, answered wrongly or rightly, cured."""
    from dino.zoo import ZOO

    for i, (key, exhibit) in enumerate(ZOO.items()):
        page = stage.open("learn")
        press(page, "open_failure-zoo")
        stage.say(hold(page, exhibit_shown=key), f"learn-zoo-{key}")
        press(page, f"zoo_{key}_failing_train")
        stage.say(page, f"learn-zoo-{key}-run")
        set_value(page, "radio", f"ask_zoo_{key}", exhibit.choices[i % len(exhibit.choices)])
        press(page, f"zoo_{key}_place")
        press(page, f"zoo_{key}_cure_train")
        press(page, "diagnose")
        stage.say(page, f"learn-zoo-{key}-answered")


def challenge(stage: Stage) -> None:
    """The challenge: before a run, with one, and handed in."""
    from .scenes import train

    page = stage.open("lab", max_steps="80", engine="torch", exam="true", hidden_size="16")
    train(page)
    stage.go(page, "learn")
    press(page, "open_challenge")
    stage.say(page, "learn-challenge")
    press(page, "challenge_as_preset")
    press(page, "hand_in")
    stage.say(page, "learn-challenge-asked")
    press(page, "hand_in_sure")
    stage.say(page, "learn-challenge-handed-in")
