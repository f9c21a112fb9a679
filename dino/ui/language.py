"""The language of a page: its visitor's, not the process's."""

from __future__ import annotations

from typing import Any

from dino.locale.sentences import (
    ENGLISH,
    Language,
    Text,
    number_sentence,
    plural_sentence,
    sentence,
)


def language() -> Language:
    """The language of the page that is being drawn."""
    return ENGLISH


def put(text: Text) -> str:
    """A sentence, or a text marked elsewhere, in the page's language."""
    return language().put(text)


def say(template: str, /, **fields: Any) -> str:
    """A template with named fields, in the page's language: `say("{n:,} names", n=1200)`."""
    return put(sentence(template, **fields))


def say_plural(one: str, many: str, count: int, /, **fields: Any) -> str:
    """The same with a form for one and one for many; `count` is a field of both."""
    return put(plural_sentence(one, many, count, **fields))


def say_number(value: float, spec: str = ",") -> str:
    """A number alone, with the decimal mark of the page's language; spec: as in an f-string."""
    return put(number_sentence(value, spec))
