"""The glossary, a dialog that every page can open; the browser shows it without a script.

No script runs when it is opened, searched or closed, so no click on the page is lost and nothing
live is redrawn. Only a link to another page or tab runs a script.
"""

from __future__ import annotations

import unicodedata
from functools import cache

from dino.glossary import PLACES, TERMS, Term
from dino.locale.sentences import ENGLISH, Language, languages, sentence
from dino.ui import state
from dino.ui.component import component
from dino.ui.language import language
from dino.ui.server import this_visit
from dino.ui.widgets import run_to_end
from dino.ui.workarounds import Encoded

KEY = "glossary"
OTHER = {"en": "es", "es": "en"}  # a language, and the one in which its terms are also given


def draw_glossary() -> None:
    """Draw the button that opens the glossary; the dialog has all terms in the page's language."""
    component(KEY)(key=KEY, data=_data(this_visit().page, language()), on_go_change=_go)


@cache
def _data(page: str, language: Language) -> Encoded:
    """What the dialog needs, encoded once for all visitors; there are few pages and languages."""
    words = {
        "title": sentence("Glossary"),
        "search": sentence("Find a term"),
        "none": sentence("No term contains this."),
        "close": sentence("Close"),
    }
    said = {name: language.put(text) for name, text in words.items()}
    return Encoded([{"page": page, **said, "entries": entries(language)}])


@cache
def entries(language: Language) -> list[dict[str, str]]:
    """All terms as the dialog shows them, in alphabetical order.

    name: the term in that language; other, other_lang: in the other language; place: a key of
    `PLACES`.
    """
    found = [_entry(term, language) for term in TERMS]
    return sorted(found, key=lambda entry: sort_key(entry["name"]))


def _entry(term: Term, language: Language) -> dict[str, str]:
    name, also = language.put(term.words), ""
    if language.code == "en":  # Spanish uses different words for many of them
        name, _, also = name.partition(", ")
    other = languages().get(OTHER.get(language.code, "es"), ENGLISH)
    place = PLACES[term.place]
    return {
        "name": name,
        "also": also,
        "other": other.put(term.words),
        "other_lang": other.code,
        "meaning": language.put(term.meaning),
        "place": term.place,
        "page": place.page,
        "tab": place.tab,
        "where": language.put(place.label),
    }


def sort_key(text: str) -> str:
    """The sort key of a text: lower case, without accents."""
    letters = unicodedata.normalize("NFD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


@run_to_end
def _go() -> None:
    """Callback: open the tab that shows a term. `wanted_page` then names its page."""
    sent = state.sent_value(KEY, "go")
    place = PLACES.get(sent) if isinstance(sent, str) else None
    if place is None:
        return
    if place.tab:
        state.TABS[place.page].set(place.tab)
    state.WANTED_PAGE.set(place.page)


def note_arrival(page: str) -> None:
    """The visitor is on this page now: drop the wanted page of a glossary link."""
    if wanted_page() == page:
        state.WANTED_PAGE.set("")


def wanted_page() -> str:
    """The page to which a glossary link leads; '' for none."""
    return state.WANTED_PAGE.get()
