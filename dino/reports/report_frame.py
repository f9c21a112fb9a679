"""The common frame of all reports: one template around those of a run, an experiment and Learn.

    write_report("run_report", language, Words(title="My run"), facts, called="…", …) -> bytes

Everything that a template shows is escaped, except our own pictures and the block of facts. A
template says its texts itself with `say("…", loss=…)`, `say_plural` and `number`; texts that it is
given go through `put`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dino import __version__
from dino.data import Corpus
from dino.exam import counting_rows, counting_sentences, exam_sentences, loss_rows
from dino.lists import BUNDLED
from dino.locale.sentences import Language, Sentence, Text, mark, number_sentence
from dino.reports.facts import Words, as_block, bundled_key

FOLDER = Path(__file__).parent
MOST_BYTES = 300_000
WIDTHS = {"wide": 720, "narrow": 360}  # pixels of a picture: for paper and screens, for phones
NO_NAMES = mark(
    "This list is private, so the report has no names, neither from the list nor from the network."
)


def write_report(
    name: str,
    language: Language,
    words: Words,
    facts: Mapping[str, Any],
    *,
    called: Text,
    corpus: Corpus | None = None,
    date: str = "",
    **shown: Any,
) -> bytes:
    """A report by the template of this name: one HTML file that opens offline, runs no script and
    prints on A4. UTF-8.

    words: the visitor's own; called: the title if they have none; corpus: the list whose source is
    named; date: of the report, year-month-day; '' for none; shown: what the template shows
    """
    key = None if corpus is None else bundled_key(corpus)
    filled = (
        _templates()
        .get_template(f"{name}.jinja")
        .render(
            **_sayings(language),
            title=words.title.strip() or language.put(called),
            words=words,
            credit=BUNDLED[key].source if key is not None and BUNDLED[key].credit else "",
            date=date,
            corpus=corpus,
            facts=as_block(facts),
            **shown,
        )
    )
    return filled.encode("utf-8", "replace")


@cache
def _templates() -> Environment:
    """Our templates, read once. A name that a template lacks is an error."""
    found = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals.update(
        version=__version__,
        no_names=NO_NAMES,
        loss_rows=loss_rows,
        exam_sentences=exam_sentences,
        counting_rows=counting_rows,
        counting_sentences=counting_sentences,
    )
    return found


def _sayings(language: Language) -> dict[str, Any]:
    """The functions with which a template says its texts, in a language."""
    put = language.put

    def say(template: str, /, **fields: Any) -> str:
        return put(Sentence(template, fields))

    def say_plural(one: str, many: str, count: int, /, **fields: Any) -> str:
        return put(Sentence(one, {"count": count, **fields}, many, count))

    def number(value: float, spec: str = ",") -> str:
        return put(number_sentence(value, spec))

    return {
        "language": language.code,
        "put": put,
        "say": say,
        "say_plural": say_plural,
        "number": number,
    }
