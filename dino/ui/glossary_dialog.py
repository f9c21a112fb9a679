"""The glossary, which every page can open: a dialog that the browser shows by itself.

No script runs when it is opened, searched or closed, so that no click on the page is lost and
nothing that is live is drawn again. Only a link to another page or tab runs one.
"""

from __future__ import annotations

import unicodedata
from functools import cache

from dino.glossary import PLACES, TERMS, Term
from dino.locale.sentences import ENGLISH, Language, languages
from dino.ui import state
from dino.ui.component import component
from dino.ui.language import language, say
from dino.ui.server import this_visit
from dino.ui.widgets import run_to_end

KEY = "glossary"
OTHER = {"en": "es", "es": "en"}  # a language, and the one in which its terms are given, too


def draw_glossary() -> None:
    """Draw the button that opens the glossary, with all its terms in the page's language."""
    data = {
        "page": this_visit().page,
        "title": say("Glossary"),
        "search": say("Find a term"),
        "none": say("No term contains this."),
        "close": say("Close"),
        "entries": entries(language()),
    }
    component(KEY)(key=KEY, data=[data], on_go_change=_go)


@cache
def entries(language: Language) -> list[dict[str, str]]:
    """All terms as the dialog shows them, in the order of the alphabet of a language.

    name: the term in that language; other, other_lang: in the other one; place: a key of `PLACES`
    """
    found = [_entry(term, language) for term in TERMS]
    return sorted(found, key=lambda entry: sort_key(entry["name"]))


def _entry(term: Term, language: Language) -> dict[str, str]:
    name, also = language.put(term.words), ""
    if language.code == "en":  # it has other words for many of its terms
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
    """What a text is sorted by: itself in lower case, without accents."""
    letters = unicodedata.normalize("NFD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


@run_to_end
def _go() -> None:
    """Callback: open the tab where a term is seen; `wanted_page` then gives its page."""
    sent = state.sent_value(KEY, "go")
    place = PLACES.get(sent) if isinstance(sent, str) else None
    if place is None:
        return
    if place.tab:
        state.TABS[place.page].set(place.tab)
    state.WANTED_PAGE.set(place.page)


def note_arrival(page: str) -> None:
    """The visitor is on this page: a link of the glossary that led here leads nowhere now."""
    if wanted_page() == page:
        state.WANTED_PAGE.set("")


def wanted_page() -> str:
    """The page that a link of the glossary leads to; '' for none."""
    return state.WANTED_PAGE.get()
