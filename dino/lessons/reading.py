"""A lesson's text file (TOML), read: every mistake in it gives one sentence that names the cure."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from string import Formatter
from typing import Any, TypeVar

from dino.config import SETTINGS
from dino.lessons.lesson import (
    KINDS,
    QUESTIONS,
    AnswerChoice,
    Item,
    Lesson,
    Question,
    Step,
    Value,
    Wrong,
)
from dino.lessons.panels import PANELS
from dino.locale.sentences import Refusal, Text, refusal_sentence, sentence
from dino.outside import (
    FLAG,
    TABLE,
    TEXT,
    Document,
    Fields,
    Rule,
    list_of,
    one_of,
    read_toml,
    real,
    whole,
)
from dino.presets import PRESETS
from dino.setting import quoted

T = TypeVar("T")
log = logging.getLogger(__name__)

LESSON = Document(
    sentence("A lesson's file"),
    100_000,  # TOML's reader takes quadratic time for a key of many parts
    shorten=sentence("Split it into two lessons."),
    add=sentence("Add it."),
    drop=sentence("Correct the word, or delete it."),
)
MOST_TABLES = 99  # in a row: steps, choices
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


def template_of(text: str) -> str:
    """A text of a lesson as a template: {{name:.2f}} becomes a field, single braces stay text."""
    parts = FIELD.split(text.strip())  # texts between fields, and fields, alternately
    return "".join(
        f"{{{part}}}" if i % 2 else part.replace("{", "{{").replace("}", "}}")
        for i, part in enumerate(parts)
    )


def fields_of(template: str) -> set[str]:
    """The figures in a template."""
    return {name for _, name, _, _ in Formatter().parse(template) if name}


WHOLE, NUMBER = whole(999), real(-1e9, 1e9)
VALUE = Rule[Value](
    sentence("a text or a number"),
    lambda it: TEXT.fits(it) or NUMBER.fits(it),
    lambda it: it if isinstance(it, str) else float(it),
)
NAMES = Rule[tuple[str, ...]](
    sentence("a text or a list of texts"),
    lambda it: TEXT.fits(it) or (isinstance(it, list) and all(map(TEXT.fits, it))),
    lambda it: (it,) if isinstance(it, str) else tuple(it),
)
TEMPLATE = Rule(TEXT.words, TEXT.fits, template_of)


def lessons(language: str) -> dict[str, Lesson]:
    """All lessons in a language, by their keys, in their order; lessons that it lacks
    are in English.
    """
    return lessons_in(HERE, language)[0]


def left_out(language: str) -> int:
    """How many lessons are left out because their files have mistakes, which the log names."""
    return lessons_in(HERE, language)[1]


@cache
def lessons_in(folder: Path, language: str) -> tuple[dict[str, Lesson], int]:
    """The lessons of a folder, in the form of `lessons`, and how many files gave none."""
    folders = [folder / "en", folder / language]
    files: dict[str, set[Path]] = {}
    for path in (path for each in folders for path in each.glob("*.toml")):
        files.setdefault(path.name, set()).add(path)
    read = [_first_read(files[name], folders) for name in sorted(files)]
    found = [lesson for lesson in read if lesson is not None]
    return {lesson.key: lesson for lesson in found}, len(read) - len(found)


def _first_read(paths: Collection[Path], folders: Sequence[Path]) -> Lesson | None:
    """The lesson in the last of the folders in which it has no mistake; None if there is none."""
    for path in sorted(paths, key=lambda it: folders.index(it.parent), reverse=True):
        try:
            return read_lesson(path)
        except Refusal as refusal:
            log.warning("%s/%s", path.parent.name, refusal)
    return None


def read_lesson(path: Path, called: str = "") -> Lesson:
    """The lesson in a file. Raises Refusal with one sentence that names the file and the cure.

    called: the name that decides the lesson's number and key, if the file has another name
    """
    return read_file(path, lambda text: parse_lesson(called or path.name, text))


def read_file(path: Path, parse: Callable[[str], T]) -> T:
    """The contents of a teacher's file. Raises Refusal with one sentence that names the file."""
    try:
        return parse(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:  # or its bytes are not text
        why = refusal_sentence(error if isinstance(error, ValueError) else ValueError(str(error)))
        raise Refusal(sentence("{file}: {why}", file=path.name, why=why)) from error


def parse_lesson(name: str, text: str) -> Lesson:
    """A lesson from the name and the text of its file. Raises Refusal."""
    return lesson_from(name, read_toml(text, LESSON))


def lesson_from(name: str, table: Mapping[str, Any]) -> Lesson:
    """A lesson from the name of its file, and what is in it. Raises Refusal."""
    named = FILE_NAME.fullmatch(name)
    if named is None:
        raise Refusal(
            sentence(
                "The name of a lesson's file must be two digits, a hyphen and lower-case "
                "letters, such as 07-scores-to-loss.toml, not {name}. Rename it.",
                name=quoted(name),
            )
        )
    fields = Fields(table, LESSON, sentence("the lesson"), TOP)
    steps = tuple(
        _step(Fields(part, LESSON, sentence("step {number}", number=i), STEP))
        for i, part in enumerate(fields.take("step", list_of(TABLE, MOST_TABLES)), 1)
    )
    _check_names(steps)
    return Lesson(
        number=int(named[1]),
        key=named[2],
        title=fields.take("title", TEXT),
        question=fields.take("question", TEXT),
        minutes=fields.take("minutes", WHOLE),
        steps=steps,
        recipe=_recipe(fields),
        claims=_claims(fields.maybe("claims", TABLE, {})),
    )


def _claims(table: Mapping[str, Any]) -> dict[str, tuple[float, float] | str]:
    """What a lesson claims of runs with any seed. Raises Refusal."""
    found: dict[str, tuple[float, float] | str] = {}
    for name, claim in table.items():
        if isinstance(claim, str):
            found[name] = claim
            continue
        is_pair = isinstance(claim, list) and len(claim) == 2 and all(map(NUMBER.fits, claim))
        if not is_pair or claim[0] > claim[1]:
            raise Refusal(
                sentence(
                    "The claim {name} must be a lowest and a highest value, such as [1.5, 1.7], "
                    "not {value}. Correct it.",
                    name=name,
                    value=quoted(str(claim)),
                )
            )
        found[name] = (float(claim[0]), float(claim[1]))
    return found


def _step(fields: Fields) -> Step:
    kind, items = fields.take("kind", one_of(KINDS)), _items(fields)
    make: Callable[..., Step] = partial(Question, items=items) if kind in QUESTIONS else Step
    step = make(
        kind=kind,
        text=fields.maybe("text", TEMPLATE, ""),
        name=fields.maybe("name", TEXT, ""),
        of=fields.maybe("of", NAMES, ()),
        panel=fields.maybe("panel", TEXT, ""),
        options=fields.maybe("options", TABLE, {}),
        recipe=_recipe(fields),
        source=fields.maybe("source", TEXT, ""),
        marker=fields.maybe("marker", TEXT, ""),
        more=tuple(fields.maybe("more", list_of(TEMPLATE, MOST_TABLES), [])),
    )
    _check_step(fields.place, step)
    return step


def _check_step(place: Text, step: Step) -> None:
    """Raise Refusal if a step lacks what its kind needs."""
    items = step.items if isinstance(step, Question) else ()
    if step.kind in (*QUESTIONS, "words") and not NAME.fullmatch(step.name):
        raise Refusal(
            sentence(
                "In {place}, name is missing. A task, a bet and words need one, in lower case.",
                place=place,
            )
        )
    panel_asks = step.panel in PANELS and PANELS[step.panel].asks
    if panel_asks and (step.kind != "bet" or items):
        raise Refusal(
            sentence(
                "In {place}, the panel {name} itself asks the question. Set kind to bet, and "
                "leave answer out.",
                place=place,
                name=quoted(step.panel),
            )
        )
    if step.kind in QUESTIONS and not items and not panel_asks:
        raise Refusal(sentence("In {place}, answer is missing. Give the right one.", place=place))
    if step.kind == "reveal" and not step.of:
        raise Refusal(
            sentence("In {place}, of is missing. A reveal names its bets there.", place=place)
        )
    if step.kind == "code" and not (step.source and step.marker):
        raise Refusal(
            sentence(
                "In {place}, source and marker are missing. Give a function, and words of its "
                "line.",
                place=place,
            )
        )


def _check_names(steps: Sequence[Step]) -> None:
    """Raise Refusal for a name that two steps have, or a step that does not wait for
    an earlier bet.
    """
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
                        "Step {number} waits for {name}, which is not a bet above it. Name one "
                        "that is.",
                        number=number,
                        name=quoted(name),
                    )
                )
        seen.add(step.name)
        bets |= {step.name} if step.kind in QUESTIONS else set()


def _items(step: Fields) -> tuple[Item, ...]:
    """What a step asks for: its items, or the single item that the step itself is."""
    own = _item(step, "", step.maybe("answer", VALUE, ""), ())
    if "item" not in step:
        return (own,) if "answer" in step else ()
    place = sentence("an item of {step}", step=step.place)
    return tuple(
        _item(it, it.take("text", TEMPLATE), it.take("answer", VALUE), own.choices)
        for it in step.tables("item", MOST_TABLES, place, ITEM)
    )


def _item(fields: Fields, text: str, right: Value, shared: tuple[AnswerChoice, ...]) -> Item:
    """One thing that is asked for. shared: the choices if it has none itself."""
    low, high = fields.maybe("low", NUMBER, 0.0), fields.maybe("high", NUMBER, 100.0)
    if low >= high:
        raise Refusal(
            sentence(
                "In {place}, the lowest answer ({low:g}) must be below the highest ({high:g}). "
                "Correct low or high.",
                place=fields.place,
                low=low,
                high=high,
            )
        )
    return Item(
        text=text,
        right=right,
        choices=_choices(fields) or shared,
        wrong=_wrong(fields),
        low=low,
        high=high,
        digits=fields.maybe("digits", whole(9), 0),
        unit=fields.maybe("unit", TEXT, ""),
        drag=fields.maybe("drag", FLAG, False),
        grid=fields.maybe("grid", TEXT, ""),
    )


def _choices(owner: Fields) -> tuple[AnswerChoice, ...]:
    place = sentence("a choice of {step}", step=owner.place)
    tables = owner.tables("choice", MOST_TABLES, place, CHOICE) if "choice" in owner else []
    return tuple(AnswerChoice(it.take("name", TEXT), it.take("text", TEMPLATE)) for it in tables)


def _wrong(owner: Fields) -> tuple[Wrong, ...]:
    place = sentence("a wrong answer of {step}", step=owner.place)
    tables = owner.tables("wrong", MOST_TABLES, place, WRONG) if "wrong" in owner else []
    return tuple(
        Wrong(it.take("value", VALUE), it.take("belief", TEXT), it.take("reply", TEMPLATE))
        for it in tables
    )


def _recipe(owner: Fields) -> dict[str, Any]:
    """Settings of a run, checked; if a preset is named, they change it. Raises Refusal."""
    table = owner.maybe("recipe", TABLE, {})
    fields = Fields(table, LESSON, sentence("the recipe"), (PRESET, *SETTINGS))
    preset = PRESETS[fields.maybe(PRESET, one_of(PRESETS), "first-success")].config
    own = {name: value for name, value in table.items() if name != PRESET}
    checked = preset.replace(**own)
    return {name: getattr(checked, name) for name in (SETTINGS if PRESET in table else own)}
