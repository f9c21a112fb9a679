"""The words that a report shows, as one number: it tells whether a page was changed after it was
made.

    page_digest(bytes of a report) -> 64 hexadecimal digits
"""

from __future__ import annotations

import hashlib
from html.parser import HTMLParser

from dino.reports.facts import CLOSING, OPENING

HIDDEN = ("style", "script", "title")  # of these nothing is on the page


class _Shown(HTMLParser):
    """Collects the words outside hidden elements."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._depth += tag in HIDDEN

    def handle_endtag(self, tag: str) -> None:
        self._depth -= tag in HIDDEN and self._depth > 0

    def handle_data(self, data: str) -> None:
        if not self._depth:
            self.words += data.split()


def page_digest(raw: bytes) -> str:
    """SHA-256 of the words that a report shows, without its facts and whatever spaces are between
    words.
    """
    before, _, rest = raw.decode("utf-8", "replace").partition(OPENING)
    reader = _Shown()
    reader.feed(before + rest.partition(CLOSING)[2])
    reader.close()
    return hashlib.sha256(" ".join(reader.words).encode()).hexdigest()
