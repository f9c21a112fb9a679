"""Plain English: words that sound translated are in no text of the app, for visitors or readers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from catalogues import TEMPLATE
from documents import PAGES
from sources import FILES, ROOT, TABLE_FILES, short
from wording import SCRIPTS, TEMPLATES

TEXTS = [
    *FILES,
    *SCRIPTS,
    *TEMPLATES,
    *sorted(ROOT.glob("dino/**/*.html")),
    *(path for path in TABLE_FILES if path.parent.name == "en"),
    *PAGES,
]
TRANSLATED = re.compile(
    r"\b(anew|at hand|likeliest|commonest|let go|lets go|go(es|ing)? on|went on|so many|by heart"
    r"|stands? (above|alone|at|below|beside|between|in|large|more|on|together|twice|under)"
    r"|it loses|nobody hears|no slip|trust no|per default)\b"
)
# What these sentences once said; each was unclear or untrue.
OLD = (
    "never sees the one before",  # memory reaches back
    "names are averaged",  # batch size
    "begins anew",
    "wavers",
    "e to the held-out",
    "by a factor of",  # of a gradient, which is multiplied
    "fully on or off",  # saturation
    "no number any more",
    "no longer memory",
    "most needed",
    "Redraw",
    "same seed, same run",
    "sees as many",  # counting
    "stays noise",
    "steers",
    "turn the order",
)


@pytest.mark.parametrize("path", TEXTS, ids=short)
def test_no_text_sounds_translated(path: Path) -> None:
    text = " ".join(path.read_text(encoding="utf-8").split())
    found = [text[max(0, it.start() - 30) : it.end() + 30] for it in TRANSLATED.finditer(text)]
    assert not found


def test_no_sentence_says_what_was_unclear() -> None:
    lines = re.findall(r'^(?:msgid(?:_plural)? )?"(.*)"$', TEMPLATE.read_text("utf-8"), re.M)
    tables = [path for path in TABLE_FILES if path.parent.name == "en"]
    text = "".join([*lines, *(path.read_text("utf-8") for path in tables)])
    assert "too close to call" in text
    assert not [words for words in OLD if words in text]


@pytest.mark.parametrize(
    "catalogue", [TEMPLATE, *TEMPLATE.parent.glob("*/LC_MESSAGES/*.po")], ids=short
)
def test_a_space_parts_a_number_from_its_percent_sign(catalogue: Path) -> None:
    text = catalogue.read_text("utf-8")
    assert re.search(r"[0-9}] %", text) and not re.findall(r".*[0-9}]%.*", text)


def test_what_is_forbidden_is_found() -> None:
    assert TRANSLATED.search("training goes on") and TRANSLATED.search("they stand together")
    assert not TRANSLATED.search("circles that stand for units")
