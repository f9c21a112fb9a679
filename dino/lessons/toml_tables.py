"""The tables of a teacher's own file (TOML): a slip in one is a sentence that names the cure."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from dino.locale.sentences import Refusal, Sentence, Text, sentence
from dino.setting import quoted

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MOST_LETTERS = 100_000  # of a file; TOML's reader takes quadratic time for a key of many parts
MOST = 1e9  # of a number in it


class Kind(NamedTuple):
    """What a word of a table takes: in words, and what tells it."""

    rule: Sentence
    fits: Callable[[Any], bool]


def is_number(value: Any) -> bool:
    """Whether a value is a number that a lesson may have."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < MOST


def _is_whole(value: Any) -> bool:
    return type(value) is int and 0 <= value < MOST


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _are_tables(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(it, dict) for it in value)


TEXT = Kind(sentence("a text"), _is_text)
TEXTS = Kind(sentence("a list of texts"), _are_texts)
NAMES = Kind(sentence("a text or a list of texts"), lambda it: _is_text(it) or _are_texts(it))
WHOLE = Kind(sentence("a whole number from 0"), _is_whole)
DIGITS = Kind(sentence("a whole number from 0 to 9"), lambda it: _is_whole(it) and it < 10)
NUMBER = Kind(sentence("a number"), is_number)
VALUE = Kind(sentence("a text or a number"), lambda it: _is_text(it) or is_number(it))
FLAG = Kind(sentence("true or false"), lambda it: isinstance(it, bool))
TABLE = Kind(sentence("a table"), lambda it: isinstance(it, dict))
TABLES = Kind(sentence("a list of tables"), _are_tables)
ANY = Kind(Sentence(""), lambda _: True)  # what is checked elsewhere
# What a word takes wherever it is; others are texts.
KINDS = {
    **dict.fromkeys(("minutes", "lesson", "hard"), WHOLE),
    **dict.fromkeys(("low", "high"), NUMBER),
    **dict.fromkeys(("answer", "value"), VALUE),
    **dict.fromkeys(("recipe", "claims", "options"), TABLE),
    **dict.fromkeys(("step", "item", "choice", "wrong", "note", "plan", "part"), TABLES),
    "digits": DIGITS,
    "of": NAMES,
    "more": TEXTS,
    "drag": FLAG,
}


def read_toml(text: str) -> dict[str, Any]:
    """The table that a file is. Raises ValueError."""
    if len(text) > MOST_LETTERS:
        raise Refusal(
            sentence(
                "A lesson's file has at most {most:,} characters; this one has {letters:,}. Split "
                "it into two lessons.",
                most=MOST_LETTERS,
                letters=len(text),
            )
        )
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise Refusal(
            sentence("Its lists and tables are nested too deep. Write them side by side.")
        ) from None


def check_keys(
    place: Text,
    table: Mapping[str, Any],
    known: Sequence[str],
    needed: Sequence[str] = (),
    kinds: Mapping[str, Kind] | None = None,
) -> None:
    """Raises Refusal for a word that such a table has not, one that is missing, or one with a value
    of another kind. kinds: of words that take something else here than by `KINDS`
    """
    for key in table:
        if key not in known:
            raise Refusal(
                sentence(
                    "In {place} there is {key}, which is none of {known}. Correct the word, or "
                    "delete it.",
                    place=place,
                    key=quoted(key),
                    known=", ".join(known),
                )
            )
    for key in needed:
        if key not in table:
            raise Refusal(sentence("In {place} {key} is missing. Add it.", place=place, key=key))
    for key, value in table.items():
        kind = {**KINDS, **(kinds or {})}.get(key, TEXT)
        if not kind.fits(value):
            raise Refusal(
                sentence(
                    "In {place} {key} is {rule}; {value} is not.",
                    place=place,
                    key=key,
                    rule=kind.rule,
                    value=quoted(value),
                )
            )
