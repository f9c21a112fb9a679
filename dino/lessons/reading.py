"""A lesson's text file (TOML), read: every mistake in it gives one sentence that names the cure."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from string import Formatter
from typing import Any, TypeVar

from dino.config import SETTINGS
from dino.lessons.item import AnswerChoice, Item, Value, Wrong
from dino.lessons.lesson import KINDS, QUESTIONS, Lesson, Question, Step
from dino.lessons.step_rules import (
    NUMBER,
    check_names,
    check_step,
    read_claims,
    read_evidence,
    with_drawn_choices,
)
from dino.locale.sentences import Refusal, refusal_sentence, sentence
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
    whole,
)
from dino.presets import PRESETS
from dino.setting import quoted

T = TypeVar("T")
log = logging.getLogger(__name__)

LESSON = Document(
    sentence("A lesson's file"),
    100_000,
    shorten=sentence("Split it into two lessons."),
    add=sentence("Add it."),
    drop=sentence("Correct the word, or delete it."),
)
MOST_TABLES = 99  # in a row: steps, choices
HERE = Path(__file__).parent
PRESET = "preset"  # in a recipe, beside settings
FILE_NAME = re.compile(r"(\d{2})-([a-z0-9-]+)\.toml")
FIELD = re.compile(r"\{\{([a-z0-9_]+(?::[^{}]*)?)\}\}")  # a figure in a text: {{uniform_loss:.2f}}
TOP = (
    *("title", "question", "step", "recipe", "claims", "defines", "aims", "needs"),
    "evidence",
    "minutes",  # of older files; `lengths` computes them now
)
STEP = (
    *("kind", "text", "name", "of", "item", "choice", "wrong", "answer", "low", "high", "digits"),
    *("unit", "drag", "grid", "panel", "options", "recipe", "source", "marker", "more"),
    *("because", "solution", "model", "evidence", "ordered", "beside", "by_hand"),
)
CHOICE = ("name", "text")
WRONG = ("value", "to", "belief", "reply", "evidence")
ITEM = (
    *("text", "answer", "choice", "wrong", "low", "high", "digits", "unit", "drag", "grid"),
    *("because", "solution", "evidence", "ordered"),
)
EVIDENCE_FIELDS = ("name", "kind", "text", "command")


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


WHOLE = whole(999)
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
TEXTS = list_of(TEXT, MOST_TABLES)


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
    check_names(steps)
    return Lesson(
        number=int(named[1]),
        key=named[2],
        title=fields.take("title", TEXT),
        question=fields.take("question", TEXT),
        steps=tuple(with_drawn_choices(named[2], step) for step in steps),
        recipe=_recipe(fields),
        claims=read_claims(fields.maybe("claims", TABLE, {})),
        **{name: tuple(fields.maybe(name, TEXTS, [])) for name in ("defines", "aims", "needs")},
        evidence=read_evidence(_evidence_tables(fields), TEMPLATE),
    )


def _evidence_tables(fields: Fields) -> list[Fields]:
    place = sentence("an evidence")
    known = EVIDENCE_FIELDS
    return fields.tables("evidence", MOST_TABLES, place, known) if "evidence" in fields else []


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
        model=fields.maybe("model", TEMPLATE, ""),
        beside=fields.maybe("beside", FLAG, False),
        by_hand=fields.maybe("by_hand", whole(9), 0),
        **_told(fields),
    )
    check_step(fields.place, step)
    return step


def _items(step: Fields) -> tuple[Item, ...]:
    """What a step asks for: its items, or the single item that the step itself is."""
    own = _item(step, "", step.maybe("answer", VALUE, ""), ())
    if "item" not in step:
        return (own,) if "answer" in step else ()
    place = sentence("an item of {step}", step=step.place)
    return tuple(
        replace(
            _item(it, it.take("text", TEMPLATE), it.take("answer", VALUE), own.choices),
            ordered=it.maybe("ordered", FLAG, own.ordered),
            **_told(it),
        )
        for it in step.tables("item", MOST_TABLES, place, ITEM)
    )


def _told(fields: Fields) -> dict[str, Any]:
    """What is told after an answer: why it is right, the way to it, and what both rest on."""
    found: dict[str, Any] = {
        name: fields.maybe(name, TEMPLATE, "") for name in ("because", "solution")
    }
    return {**found, "evidence": fields.maybe("evidence", NAMES, ())}


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
        ordered=fields.maybe("ordered", FLAG, False),
    )


def _choices(owner: Fields) -> tuple[AnswerChoice, ...]:
    place = sentence("a choice of {step}", step=owner.place)
    tables = owner.tables("choice", MOST_TABLES, place, CHOICE) if "choice" in owner else []
    return tuple(AnswerChoice(it.take("name", TEXT), it.take("text", TEMPLATE)) for it in tables)


def _wrong(owner: Fields) -> tuple[Wrong, ...]:
    place = sentence("a wrong answer of {step}", step=owner.place)
    tables = owner.tables("wrong", MOST_TABLES, place, WRONG) if "wrong" in owner else []
    return tuple(
        Wrong(
            it.take("value", NUMBER if "to" in it else VALUE),
            it.take("belief", TEXT),
            it.take("reply", TEMPLATE),
            it.maybe("evidence", NAMES, ()),
            it.take("to", NUMBER) if "to" in it else None,
        )
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
