"""Which of the glossary's terms a text uses, in each language, and where a lesson uses one too
early.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from itertools import product
from pathlib import Path
from types import FunctionType
from typing import NamedTuple

from sources import ROOT, parsed
from wording import templates

from dino.glossary import TERMS
from dino.lessons.lesson import Lesson, Question
from dino.locale.sentences import languages

# Terms that are everyday words as well, so that a text may use the word and not mean the term:
EVERYDAY = {
    *("draw", "evaluated", "notebook", "parameter", "engine", "recipe", "run", "split", "level"),
    *("moment", "moment_of_a_run", "step", "update", "baseline", "smoothing", "bit", "padding"),
    *("surprise", "divergence", "saturation", "member", "norm", "preset"),
}
# Forms that the terms of the glossary lack, and forms that mean something else in lessons.
MORE: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "en": {"vanishing_gradient": ("gradient vanishes", "gradients vanish")},
    "es": {},
}
LESS = {"en": {"pair", "score", "dictionary"}, "es": {"par"}}


class Early(NamedTuple):
    """A term that a lesson uses and that only a later one defines, or none."""

    lesson: str
    term: str
    form: str


@cache
def forms(code: str) -> dict[str, str]:
    """Every form of every term in a language, and the key of its term."""
    found: dict[str, str] = {}
    for term in TERMS:
        words = languages()[code].put(term.words)
        for form in [it.strip() for it in words.split(",")] + list(MORE[code].get(term.key, ())):
            if form.lower() not in LESS[code]:
                found[form.lower()] = term.key
    return found


@cache
def pattern(code: str) -> re.Pattern[str]:
    """Any form, the longest first: 'cell state' is not 'cell'. Each word may be a plural."""
    every = sorted(forms(code), key=len, reverse=True)
    return re.compile(
        r"(?<![\w-])(" + "|".join(_any_number(it) for it in every) + r")(?![\w])", re.IGNORECASE
    )


def _any_number(form: str) -> str:
    return r"\s+".join(rf"{re.escape(word)}(?:e?s)?" for word in form.split())


@cache
def variants(code: str) -> dict[str, str]:
    """Every form with each of its words as it is or as a plural, and the key of its term."""
    found = dict(forms(code))
    for form, key in forms(code).items():
        for ends in product(("", "s", "es"), repeat=len(form.split())):
            many = " ".join(map("".join, zip(form.split(), ends, strict=True)))
            found.setdefault(many, key)
    return found


def terms_in(text: str, code: str) -> dict[str, str]:
    """The keys of the terms that a text uses, each with the form that it has there."""
    plain = re.sub(r"[{}*`\\]|:[.,\d]+f", " ", re.sub(r"_\{(\w+)\}", r"_\1", text))
    matches = [" ".join(it[0].lower().split()) for it in pattern(code).finditer(plain)]
    return {variants(code)[it]: it for it in matches}


def shown(lesson: Lesson, code: str) -> Iterator[str]:
    """The texts of a lesson in the order of its page, those of its panels among them."""
    yield from (lesson.title, lesson.question)
    for step in lesson.steps:
        yield from (step.text, *step.more)
        if step.panel:
            yield from panel_words(step.panel, code)
        if isinstance(step, Question):
            for item in step.items:
                yield from (item.text, *(it.text for it in item.choices))
                yield from (item.because, item.solution, *(it.reply for it in item.wrong))
        yield from (step.because, step.solution, step.model)


@cache
def panel_words(panel: str, code: str) -> tuple[str, ...]:
    """The sentences and labels that a panel's module draws it with."""
    from dino.pages.learn.panel_table import DRAW

    draw = DRAW[panel]
    assert isinstance(draw, FunctionType)
    path = ROOT / Path(draw.__code__.co_filename).resolve().relative_to(ROOT)
    functions = {it.name: it for it in parsed(path).body if isinstance(it, ast.FunctionDef)}
    waiting, seen = [draw.__name__], set[str]()
    while waiting:
        name = waiting.pop()
        if name in functions and name not in seen:
            seen.add(name)
            used = {it.id for it in ast.walk(functions[name]) if isinstance(it, ast.Name)}
            waiting += sorted(used)
    texts = [text for name in sorted(seen) for text in _literals(functions[name])]
    return tuple(map(languages()[code].put, texts))


def _literals(function: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        for found in templates(node) if isinstance(node, ast.Call) else ():
            if isinstance(found, ast.Constant):
                yield str(found.value)


def too_early(
    path: Sequence[Lesson],
    code: str,
    checked: Collection[str],
    allowed: Mapping[str, Collection[str]],
    is_complete: bool,
) -> list[Early]:
    """The terms that lessons use before they are defined.

    path: lessons in the order in which they are read; checked: the keys of those that are judged
    allowed: exceptions, by lessons; is_complete: whether a term that no lesson of the path defines
    is a fault as well
    """
    defined = {name for lesson in path for name in lesson.defines}
    known, found = set[str](), []
    for lesson in path:
        known |= set(lesson.defines)
        if lesson.key not in checked:
            continue
        own = known | EVERYDAY | set(allowed.get(lesson.key, ()))
        for text in shown(lesson, code):
            for term, form in terms_in(text, code).items():
                if term not in own and (is_complete or term in defined):
                    found.append(Early(lesson.key, term, form))
    return list(dict.fromkeys(found))
