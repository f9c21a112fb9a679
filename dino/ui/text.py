"""Sentences that quote a visitor's letters: plain text, each script in its own direction."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import streamlit as st

from dino.config import CELLS, ENGINES, OPTIMIZERS, SETTINGS
from dino.locale.sentences import Text
from dino.setting import OFF, ON
from dino.ui.language import language, put, say, say_number

# Scripts that are written from right to left (their Unicode blocks), with spaces and marks within.
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]+"
    "(?:[ \u200c\u200d]+"
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]+)*"
)
_ISOLATE, _POP = "\u2068", "\u2069"


def isolate(text: str) -> str:
    """Mark the words of right-to-left scripts in `text`, so that they do not reorder the rest.

    The marks are Unicode's isolates (UAX 9). Without them, 'ا (0.3), ل (0.2)' would swap its
    letters and numbers.
    """
    return _RIGHT_TO_LEFT.sub(lambda found: f"{_ISOLATE}{found[0]}{_POP}", text)


def setting_text(name: str, value: Any) -> str:
    """A setting's value as its control shows it, in the page's language: GRU, Adam, 1,600."""
    if name == "cell":
        return put(CELLS[value])
    if name == "optimizer":
        return put(OPTIMIZERS[value].label)
    if name == "engine":
        return put(ENGINES[value])
    if SETTINGS[name].kind is bool:
        return put(ON if value else OFF)
    text = SETTINGS[name].text(value)
    is_number = type(value) in (int, float) and text != SETTINGS[name].off
    if not is_number:
        return put(text)
    return say_number(value) if type(value) is int else say_number(Decimal(text), "f")


def in_a_line(label: str) -> str:
    """A control's label within a sentence: hidden size. It keeps its case if it begins with
    initials.
    """
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def show_text(sentence: str) -> None:
    """Show a sentence that quotes letters or names: never as Markdown or HTML."""
    st.text(isolate(sentence))


@contextmanager
def more_box() -> Iterator[None]:
    """A folded box under a picture, for what one may ask of it: the body draws what is in it."""
    with st.expander(say("More about this picture")):
        yield


def draw_lines(lines: Iterable[Text], more: Iterable[Text]) -> None:
    """Show a picture's sentences, one a line, and those behind `more` in a folded box."""
    show_text("\n".join(map(put, lines)))
    with more_box():
        show_text("\n".join(map(put, more)))


def typed_levels(name: str, levels: Iterable[Any]) -> list[Any] | str:
    """Some values of a setting as the box of an experiment holds them.

    Choices are their keys; numbers are one line, written as in the page's language.
    """
    if SETTINGS[name].choices:
        return list(levels)
    thousands = language().separators[1]
    return " ".join(setting_text(name, it).replace(thousands, "") for it in levels)
