"""A lesson's text file (TOML), read: every mistake in it is one sentence that names the cure."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from dino.config import SETTINGS, Config
from dino.lessons.lesson import KINDS, Choice, Item, Lesson, Step, Value, Wrong
from dino.lessons.panels import PANELS
from dino.lessons.toml_tables import ANY, check_keys, is_number, read_toml
from dino.locale.sentences import Refusal, Text, refusal_sentence, sentence
from dino.presets import PRESETS
from dino.setting import quoted

log = logging.getLogger(__name__)

HERE = Path(__file__).parent
PRESET = "preset"  # in a recipe, beside settings
FILE_NAME = re.compile(r"(\d{2})-([a-z0-9-]+)\.toml")
NAME = re.compile(r"[a-z][a-z0-9_]*")
FIELD = re.compile(r"\{\{([a-z0-9_]+(?::[^{}]*)?)\}\}")  # a figure in a text: {{uniform_loss:.2f}}
TOP = ("title", "question", "minutes", "step", "recipe", "claims")
STEP = (
    *("kind", "text", "name", "of", "item", "choice", "wrong", "answer", "low", "high", "digits"),
    *("unit", "drag", "grid", "panel", "options", "recipe", "source", "marker", "more"),
)
CHOICE = ("name", "text")
WRONG = ("value", "belief", "reply")
ITEM = ("text", "answer", "choice", "wrong", "low", "high", "digits", "unit", "drag", "grid")


def lessons(language: str) -> dict[str, Lesson]:
    """All lessons in a language, by their keys, in their order; those that it lacks in English."""
    return lessons_in(HERE, language)[0]


def left_out(language: str) -> int:
    """How many lessons are left out, because their files have mistakes, which the log has."""
    return lessons_in(HERE, language)[1]


@cache
def lessons_in(folder: Path, language: str) -> tuple[dict[str, Lesson], int]:
    """The lessons of a folder, as `lessons` has them, and how many files gave none."""
    folders = [folder / "en", folder / language]
    files: dict[str, set[Path]] = {}
    for path in (path for each in folders for path in each.glob("*.toml")):
        files.setdefault(path.name, set()).add(path)
    read = [_first_read(files[name], folders) for name in sorted(files)]
    found = [lesson for lesson in read if lesson is not None]
    return {lesson.key: lesson for lesson in found}, len(read) - len(found)


def _first_read(paths: Collection[Path], folders: Sequence[Path]) -> Lesson | None:
    """The lesson in the last of the folders in which it has no mistake; None without one."""
    for path in sorted(paths, key=lambda it: folders.index(it.parent), reverse=True):
        try:
            return read_lesson(path)
        except Refusal as refusal:
            log.warning("%s/%s", path.parent.name, refusal)
    return None


def read_lesson(path: Path, called: str = "") -> Lesson:
    """The lesson in a file. Raises Refusal with one sentence that names the file and the cure.

    called: what a lesson's file would be called, where this one is called otherwise
    """
    try:
        return parse_lesson(called or path.name, path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise Refusal(
            sentence("{file}: {why}", file=path.name, why=refusal_sentence(_as_value_error(error)))
        ) from error


def _as_value_error(error: Exception) -> ValueError:
    return error if isinstance(error, ValueError) else ValueError(str(error))


def parse_lesson(name: str, text: str) -> Lesson:
    """A lesson from the name and the text of its file. Raises ValueError."""
    return lesson_from(name, read_toml(text))


def lesson_from(name: str, table: Mapping[str, Any]) -> Lesson:
    """A lesson from the name of its file, and what is in it. Raises ValueError."""
    named = FILE_NAME.fullmatch(name)
    if named is None:
        raise Refusal(
            sentence(
                "A lesson's file is called like 07-scores-to-loss.toml: two digits, a hyphen, "
                "small letters; {name} is not. Rename it.",
                name=quoted(name),
            )
        )
    check_keys(sentence("the lesson"), table, TOP, needed=TOP[:4])
    steps = tuple(_step(number, part) for number, part in enumerate(table["step"], 1))
    _check_names(steps)
    return Lesson(
        number=int(named[1]),
        key=named[2],
        title=table["title"],
        question=table["question"],
        minutes=int(table["minutes"]),
        steps=steps,
        recipe=_recipe(table.get("recipe", {})),
        claims=_claims(table.get("claims", {})),
    )


def _claims(table: Mapping[str, Any]) -> dict[str, tuple[float, float] | str]:
    """What a lesson says of runs, whatever their seed. Raises Refusal."""
    found: dict[str, tuple[float, float] | str] = {}
    for name, claim in table.items():
        if isinstance(claim, str):
            found[name] = claim
            continue
        is_pair = isinstance(claim, list) and len(claim) == 2 and all(map(is_number, claim))
        if not is_pair or claim[0] > claim[1]:
            raise Refusal(
                sentence(
                    "A claim is its lowest and its highest value, [1.5, 1.7]; {name} is {value}.",
                    name=name,
                    value=quoted(str(claim)),
                )
            )
        found[name] = (float(claim[0]), float(claim[1]))
    return found


def _step(number: int, table: Mapping[str, Any]) -> Step:
    place = sentence("step {number}", number=number)
    check_keys(place, table, STEP, needed=("kind",))
    if table["kind"] not in KINDS:
        raise Refusal(
            sentence(
                "In {place} kind is one of {known}; {value} is not.",
                place=place,
                known=", ".join(KINDS),
                value=quoted(str(table["kind"])),
            )
        )
    of = table.get("of", ())
    step = Step(
        kind=table["kind"],
        text=template_of(table.get("text", "")),
        name=table.get("name", ""),
        of=(of,) if isinstance(of, str) else tuple(of),
        items=_items(place, table),
        panel=table.get("panel", ""),
        options=table.get("options", {}),
        recipe=_recipe(table.get("recipe", {})),
        source=table.get("source", ""),
        marker=table.get("marker", ""),
        more=tuple(map(template_of, table.get("more", ()))),
    )
    _check_step(place, step)
    return step


def _check_step(place: Text, step: Step) -> None:
    """Raises Refusal where a step lacks what its kind needs."""
    if (step.asks or step.kind == "words") and not NAME.fullmatch(step.name):
        raise Refusal(
            sentence(
                "In {place} name is missing: a task, a bet and words have one, in small letters.",
                place=place,
            )
        )
    panel_asks = step.panel in PANELS and PANELS[step.panel].asks
    if panel_asks and (step.kind != "bet" or step.items):
        raise Refusal(
            sentence(
                "In {place} the panel {name} asks: kind is bet, and there is no answer.",
                place=place,
                name=quoted(step.panel),
            )
        )
    if step.asks and not step.items and not panel_asks:
        raise Refusal(sentence("In {place} answer is missing: what is the right one?", place=place))
    if step.kind == "reveal" and not step.of:
        raise Refusal(
            sentence("In {place} of is missing: a reveal names the bets it is of.", place=place)
        )
    if step.kind == "code" and not (step.source and step.marker):
        raise Refusal(
            sentence(
                "In {place} source and marker are missing: a function, and words of its line.",
                place=place,
            )
        )


def _check_names(steps: Sequence[Step]) -> None:
    """Raises Refusal for a name that two steps have, or a step that waits for no earlier bet."""
    seen, bets = set[str](), set[str]()
    for number, step in enumerate(steps, 1):
        if step.name and step.name in seen:
            raise Refusal(
                sentence("Two steps are called {name}. Rename one.", name=quoted(step.name))
            )
        for name in step.of:
            if name not in bets:
                raise Refusal(
                    sentence(
                        "Step {number} waits for {name}, which is no bet above it. Name one that "
                        "is.",
                        number=number,
                        name=quoted(name),
                    )
                )
        seen.add(step.name)
        bets |= {step.name} if step.asks else set()


def _items(place: Text, table: Mapping[str, Any]) -> tuple[Item, ...]:
    """What a step asks for: its items, or the one that the step itself is."""
    shared = _choices(place, table)
    if "item" in table:
        for part in table["item"]:
            check_keys(
                sentence("an item of {step}", step=place), part, ITEM, needed=("text", "answer")
            )
        return tuple(_item(place, it, _choices(place, it) or shared) for it in table["item"])
    return (_item(place, {**table, "text": ""}, shared),) if "answer" in table else ()


def _item(place: Text, table: Mapping[str, Any], choices: tuple[Choice, ...]) -> Item:
    low, high = float(table.get("low", 0.0)), float(table.get("high", 100.0))
    if low >= high:
        raise Refusal(
            sentence(
                "In {place} the lowest answer is below the highest; {low:g} and {high:g} are not. "
                "Correct low or high.",
                place=place,
                low=low,
                high=high,
            )
        )
    for part in table.get("wrong", ()):
        check_keys(sentence("a wrong answer of {step}", step=place), part, WRONG, needed=WRONG)
    return Item(
        text=template_of(table.get("text", "")),
        answer=_value(table["answer"]),
        choices=choices,
        wrong=tuple(
            Wrong(_value(it["value"]), it["belief"], template_of(it["reply"]))
            for it in table.get("wrong", ())
        ),
        low=low,
        high=high,
        digits=int(table.get("digits", 0)),
        unit=table.get("unit", ""),
        drag=bool(table.get("drag", False)),
        grid=table.get("grid", ""),
    )


def _choices(place: Text, table: Mapping[str, Any]) -> tuple[Choice, ...]:
    found = table.get("choice", ())
    for part in found:
        check_keys(sentence("a choice of {step}", step=place), part, CHOICE, needed=CHOICE)
    return tuple(Choice(it["name"], template_of(it["text"])) for it in found)


def _value(value: Any) -> Value:
    return float(value) if isinstance(value, int | float) else str(value)


def _recipe(table: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of a run, checked, after those of a preset if one is named. Raises Refusal."""
    known = (PRESET, *SETTINGS)
    check_keys(sentence("the recipe"), table, known, kinds=dict.fromkeys(known, ANY))
    own = {name: value for name, value in table.items() if name != PRESET}
    checked = _preset_recipe(table).replace(**own)
    return {name: getattr(checked, name) for name in (SETTINGS if PRESET in table else own)}


def _preset_recipe(table: Mapping[str, Any]) -> Config:
    preset = table.get(PRESET, "first-success")
    if not isinstance(preset, str) or preset not in PRESETS:
        raise Refusal(
            sentence(
                "preset is one of {known}; {value} is not.",
                known=", ".join(PRESETS),
                value=quoted(str(preset)),
            )
        )
    return PRESETS[preset].config


def template_of(text: str) -> str:
    """A text of a lesson as a template with fields: {{name:.2f}} is one, single braces are text."""
    parts = FIELD.split(text.strip())  # what is between fields, and fields, in turn
    return "".join(
        f"{{{part}}}" if i % 2 else part.replace("{", "{{").replace("}", "}}")
        for i, part in enumerate(parts)
    )


def fields_of(template: str) -> set[str]:
    """The figures that a template has."""
    return {name for _, name, _, _ in Formatter().parse(template) if name}
