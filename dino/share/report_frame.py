"""What the report of a run and that of an experiment have in common: their top and their end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dino import __version__
from dino.charts.base import Put
from dino.data import Corpus
from dino.exam import Opened, exam_sentences, loss_rows
from dino.lists import BUNDLED
from dino.locale.sentences import Language, Text, mark, number_sentence, sentence
from dino.share.facts import Words, as_block, bundled_key
from dino.share.markup import Row, document, heading, paragraph, table

MOST_BYTES = 300_000
NO_NAMES = mark(
    "This list is somebody's own, so the report has no names: none of the list, and none that the "
    "network wrote."
)


def top(
    title: str, words: Words, count: Text, corpus: Corpus | None, put: Put, date: str = ""
) -> Iterator[str]:
    """Title, author, list, date, and the visitor's own sentences. count: the list, with its names,
    or what else the report is of, without a list.
    """
    yield heading(title, 1)
    if words.author.strip():
        yield paragraph(words.author, "by")
    yield paragraph(put(count), "by")
    key = None if corpus is None else bundled_key(corpus)
    if key is not None and BUNDLED[key].credit:
        yield paragraph(put(BUNDLED[key].source), "by")
    yield paragraph(put(sentence("Made with Dino {version}", version=__version__)), "by")
    if date:
        yield paragraph(put(sentence("Made on {date}", date=date)), "by")
    if words.text.strip():
        yield heading(put(mark("In my own words")))
        yield paragraph(words.text.strip(), "own")


def exam_parts(opened: Opened, put: Put) -> Iterator[str]:
    """What opening the final exam showed: both losses, and what is said of them."""
    rows = [
        Row([put(title), put(loss), put(number_sentence(names))])
        for title, loss, names in loss_rows(opened)
    ]
    titles = [put(mark("loss, nats per symbol")), "", put(mark("names"))]
    yield table(titles, rows, numeric=(1, 2))
    for words in exam_sentences(opened):
        yield paragraph(put(words))


def html_file(
    title: str, language: Language, parts: Sequence[str], check: Text, facts: Mapping[str, Any]
) -> str:
    """The file, with the facts at its end. check: what `check` does with it."""
    ending = [
        heading(language.put(mark("Facts for checking"))),
        paragraph(language.put(check), "small"),
    ]
    folded = language.put(mark("Show facts"))
    return document(title, language.code, [*parts, *ending], folded, as_block(facts))
