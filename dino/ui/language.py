"""The language of a page: its visitor's, not the process's.

A switch or `lang=` in the address decides; without them, the browser's own language.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import streamlit as st

from dino.config import quoted
from dino.locale.sentences import (
    ENGLISH,
    Language,
    Sentence,
    Text,
    comma_list,
    find_language,
    languages,
    number_sentence,
    plural_sentence,
    prose_part,
    sentence,
)
from dino.ui import state, workarounds
from dino.ui.visit import VISIT, present_visit

LANG = "lang"  # in the address


def language() -> Language:
    """The language of the page whose script runs in this thread; English outside one."""
    memory = workarounds.script_memory()
    if memory is None and not workarounds.session_id():
        return ENGLISH
    visit = memory.get(VISIT) if memory else None
    if visit is None:
        visit = present_visit(memory)
    found: Language = ENGLISH if visit is None else visit.language
    return found


def wanted_language() -> Language:
    """The language that was chosen, or else the browser's own."""
    return find_language((state.LANGUAGE.get(), st.context.locale))


def choose_language(code: str) -> None:
    """Callback: show this page in another language from now on."""
    state.LANGUAGE.set(code)
    state.set_again()


def language_params() -> dict[str, str]:
    """The language in the address, if the visitor chose one."""
    return {LANG: state.LANGUAGE.get()} if state.LANGUAGE.get() else {}


def choose_from_address(said: Mapping[str, str]) -> Sentence | None:
    """Take the language that an address names. Return a sentence if it does not exist."""
    code = said.get(LANG, "")
    if LANG not in said:
        return None
    if code in languages():
        state.LANGUAGE.set(code)
        return None
    return sentence(
        "lang must be one of {codes}, not {value}. The page uses {used}.",
        codes=comma_list(list(languages())),
        value=quoted(code),
        used=wanted_language().title,
    )


def put(text: Text) -> str:
    """A sentence in the page's language, or a text that was marked for translation elsewhere."""
    return language().put(text)


def say(template: str, /, **fields: Any) -> str:
    """A template with named fields, in the page's language: `say("{n:,} names", n=1200)`."""
    return put(sentence(template, **fields))


def say_part(table: str, part: str) -> dict[str, str]:
    """All texts of a part of a table in the page's language, by key; their fields are not filled
    in.
    """
    return {key: put(text) for key, text in prose_part(table, part).items()}


def say_plural(one: str, many: str, count: int, /, **fields: Any) -> str:
    """Like `say`, with one form for one and one for many; `count` is a field of both."""
    return put(plural_sentence(one, many, count, **fields))


def say_number(value: float | Decimal, spec: str = ",") -> str:
    """A single number, with the decimal mark of the page's language. spec: as in an f-string."""
    return put(number_sentence(value, spec))
