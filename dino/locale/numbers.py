"""Numbers as visitors type them, with a decimal point or a decimal comma."""

from __future__ import annotations

import re
from decimal import Decimal

from dino.locale.sentences import MINUS, Language, Refusal, number_sentence, sentence

MOST_LETTERS = 40  # of a number; a float prints at most 17 digits
_SPACES = re.compile("[ \u00a0\u2009\u202f](?=[0-9]{3})")  # between thousands
_ONE_MARK_OR_NONE = re.compile(r"[+-]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]*)?(?:[eE][+-]?[0-9]+)?")
_GROUPS = re.compile(r"[+-]?[1-9][0-9]{0,2}([.,][0-9]{3})+")
_GROUPS_AND_REST = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:(?:,[0-9]{3})+\.|(?:\.[0-9]{3})+,)[0-9]+")


def read_number(text: str, language: Language, integer: bool = False) -> str:
    """Put what was typed into the form that `float` reads: a decimal point, nothing between
    thousands.

    Point and comma are treated alike: 0,005 is 0.005. 1,234.5 and 1.234,5 are 1234.5; 1,234,567 is
    1234567. A text that is not a number is returned unchanged.

    Raises Refusal for a text of more than `MOST_LETTERS`, and for one that could mean two numbers:
    1.234 in Spanish and 1,234 in English, because that mark may be a decimal mark or separate
    thousands. If a whole number is expected (`integer`), only the second is possible, so nothing is
    refused.
    """
    if len(text) > MOST_LETTERS:
        raise Refusal(
            sentence(
                "A number may have at most {most} characters, but this one has "
                "{letters:,}. Write it with fewer digits.",
                most=MOST_LETTERS,
                letters=len(text),
            )
        )
    typed = _SPACES.sub("", text.strip()).replace(MINUS, "-")
    if _GROUPS_AND_REST.fullmatch(typed):
        other = "," if typed.rindex(".") > typed.rindex(",") else "."
        return typed.replace(other, "").replace(",", ".")
    if _is_thousands(typed, language, integer):
        return re.sub("[.,]", "", typed)
    return typed.replace(",", ".") if _ONE_MARK_OR_NONE.fullmatch(typed) else text


def _is_thousands(typed: str, language: Language, integer: bool) -> bool:
    """Whether each mark separates thousands. Raises Refusal if it may also be the decimal mark."""
    if not _GROUPS.fullmatch(typed):
        return False
    marks = re.findall("[.,]", typed)
    if integer or len(marks) > 1:
        return len(set(marks)) == 1
    if marks[0] == language.separators[0]:
        return False
    with_point = typed.replace(",", ".")
    raise Refusal(
        sentence(
            "“{typed}” could mean {fraction} or {thousands}. Write {fraction}, or "
            "{thousands} without a separator.",
            typed=typed,
            fraction=number_sentence(Decimal(with_point), "f"),
            thousands=with_point.replace(".", ""),
        )
    )
