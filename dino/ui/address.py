"""What the address of a page says: settings, list, run and tab; and the component that writes it.

An address names a run by its number in its own browser. To watch another browser's run, it gives
the run's token, which nobody can guess. `by` marks the browser whose numbers they are, and the
server that gave them, so a link from another browser or from before a restart does not open the
wrong run.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from dino.choice import Choice
from dino.config import SETTINGS, Writing, quoted
from dino.locale.sentences import Sentence, Text, sentence
from dino.ui import (
    chosen_list,
    current_run,
    inside_address,
    learner,
    settings,
    shown_settings,
    state,
)
from dino.ui.component import component
from dino.ui.language import language_params
from dino.ui.public_address import public_address
from dino.ui.server import jobs, server, this_visit

if TYPE_CHECKING:
    from dino.config import Config
    from dino.data import Corpus
    from dino.jobs import RunEntry

MOVED = {("data", "compare"): "compare"}  # tabs that became pages, and where their links lead
RUN, BY, TAB, LOOK = "run", "by", "tab", "look"  # look: the run of Inside, if not the page's
# Parts of pages that also draw it
FRAGMENTS = (
    *("live", "writing", "lesson", "inside", "compare", "learn"),
    *("hidden_size", "max_steps", "temperature"),
)
ASKER = "address_page"  # key of the component that arrives
OF_RECIPES = (*SETTINGS, *Writing.settings())  # settings of recipes and of writing
NEAR = 0.85  # how alike two names are (1 is equal) for one to be taken for a typing error
MOST_DOUBTS = 3  # doubtful sentences that are shown; an address may be long
LONGEST = 8_000  # characters of an address that are read
ARRIVAL = ("key", "query")  # the fields by which a browser says who it is
KEY_LENGTHS = range(32, 129)  # of the key that identifies a browser without cookies


# Writing


def params() -> dict[str, str]:
    """The address of this page."""
    return _with_run(_settings_params())


def _with_run(said: Mapping[str, str]) -> dict[str, str]:
    """Complete an address that names the settings: add the run and the place of this page."""
    return {**said, **_run_params(), **_place_params()}


def _settings_params() -> dict[str, str]:
    return {
        **language_params(),
        **settings.config().to_url(),
        **settings.writing_settings().to_url(),
        **chosen_list.choice().to_url(),
        **shown_settings.to_url(),
    }


def _run_params() -> dict[str, str]:
    """The run of this page. An untrained run of this browser is named only by its settings."""
    job, look = current_run.current_job(), _looked_at()
    looks = {LOOK: str(look.number)} if look is not None else {}
    if job is not None and not current_run.may_act(job):
        return {RUN: job.token, **looks}
    if job is not None and job.number:
        return {RUN: str(job.number), **looks, BY: number_mark()}
    return {**looks, BY: number_mark()} if looks else {}


def _looked_at() -> RunEntry | None:
    """The run that the Inside page shows, if it is not the page's own."""
    token = state.INSIDE_RUN.get()
    if this_visit().page != "inside" or token in ("", state.RUN_TOKEN.get()):
        return None
    return next((entry for entry in current_run.runs() if entry.token == token), None)


def _place_params() -> dict[str, str]:
    """The tab of this page, and what Inside looks at."""
    page = this_visit().page
    tab = state.TABS[page].get() if page in state.TABS else ""
    looks = inside_address.to_url(tab) if page == "inside" else {}
    looks = learner.to_url() if page == "learn" else looks
    return {**({TAB: tab} if tab else {}), **looks}


def browser_mark() -> str:
    """A short mark of this browser, which tells its run numbers from others'. It reveals nothing
    else.
    """
    return hashlib.sha256(f"address {this_visit().browser}".encode()).hexdigest()[:4]


def number_mark() -> str:
    """A mark of this browser and of this server: each server counts a browser's runs."""
    return browser_mark() + server().mark


def watch_link(token: str, config: Config, corpus: Corpus) -> str:
    """The address at which any browser may watch a run; its settings are in it for when the run is
    gone.
    """
    named = corpus.source.to_url() if isinstance(corpus.source, Choice) else {}
    return _link("", {**language_params(), **config.to_url(), **named, RUN: token})


def settings_link() -> str:
    """The address of this page without a run: its settings, list, tab, and what Inside looks at.

    Whoever opens it trains their own run.
    """
    return _link_to(_settings_params())


def _link_to(said: Mapping[str, str]) -> str:
    """The address of this page without a run. said: the settings."""
    page = this_visit().page
    return _link("" if page == "lab" else page, {**said, **_place_params()})


def learn_link(key: str) -> str:
    """The address of a part of the Learn page. Besides the language it has nothing of this
    visitor's: no settings, no run, no answers.
    """
    return _link("learn", {TAB: key, **language_params()})


def is_only_here() -> bool:
    """Whether other computers cannot open the address to which this server's links lead."""
    return urlsplit(public_address()).hostname in (None, "localhost", "127.0.0.1", "::1")


def _link(path: str, said: Mapping[str, str]) -> str:
    """An address of this server; only the query if the page does not know the server's address."""
    query = urlencode(said)
    here = public_address(this_visit().page)
    return f"{here}/{path}?{query}" if here else f"{path}?{query}"


def _component() -> Any:
    places = ", ".join(f".st-key-address_{name}" for name in ("page", *FRAGMENTS))
    css = f"{places} {{ position: absolute; max-width: 0; }}"  # else it would take up a row
    return component("address", css=css, isolate_styles=False)


def draw(fragment: str = "") -> None:
    """Have the browser's address say `params()`.

    fragment: the one of `FRAGMENTS` that draws it; '' for the whole page, which also asks who the
    browser is.
    """
    here, recipe = this_visit(), _settings_params()
    said = _with_run(recipe)
    here.address = said
    data = {
        "visit": here.id,
        "at": time.monotonic(),
        "page": here.page,
        "query": urlencode(said),
        "link": _link_to(recipe),
        "place": place(said),
        "by": number_mark(),
        "steps": here.steps,
        "followed": here.followed,
        "followed_to": here.followed_to,
        "read": here.read,
        "key": here.tab_key,
        "refused": here.refused,
        "asks": not fragment,
        "language": here.language.code,
        "erased": here.erasures,
    }
    if fragment:
        _component()(key=f"address_{fragment}", height=1, data=[data])
    else:
        _component()(key=ASKER, height=1, data=[data], on_here_change=arrive)


def ask_for_key() -> None:
    """Ask a browser without a cookie for its key, and draw nothing else; `arrive` answers."""
    here = this_visit()
    data = {
        "waits": True,
        "visit": here.id,
        "key": here.tab_key,
        "refused": here.refused,
        "language": here.language.code,
        "erased": here.erasures,
        "asks": True,
    }
    _component()(key=ASKER, height=1, data=[data], on_here_change=arrive)


def place(said: Mapping[str, str]) -> dict[str, str]:
    """The place that makes a history entry in the browser; a run keeps it under any name."""
    run = state.RUN_TOKEN.get() if RUN in said else ""
    return {TAB: said.get(TAB, ""), RUN: run, LOOK: said.get(LOOK, "")}


def arrive() -> None:
    """Callback: the browser says who it is and which address it shows. Take both."""
    sent, here = state.sent_value(ASKER, "here"), this_visit()
    if not isinstance(sent, dict):
        return
    key, query = (text if isinstance(text := sent.get(name), str) else "" for name in ARRIVAL)
    if len(key) in KEY_LENGTHS:
        server().visits.claim(here, key)
    here.forgets = sent.get("forgets") is True
    if sent.get("at") is None or here.arrived != sent["at"]:  # else it is a repetition
        here.arrived, here.arrival = sent.get("at"), query[:LONGEST]


# Reading


def doubtful_sentences(said: Mapping[str, str], tabs: Collection[str]) -> list[Sentence]:
    """Sentences on what an address names that does not exist: a tab, a preset, a mistyped setting.

    A parameter that resembles no setting gets no sentence, because it may belong to the host.
    """
    found, tab = [], _tab_in(said)
    if tab and tabs and tab not in tabs and (this_visit().page, tab) not in MOVED:
        found.append(_no_part_sentence(quoted(tab)))
    if "preset" in said:
        found.append(sentence("An address cannot name a preset. Choose it in the Preset box."))
    for name in said:
        near = get_close_matches(name, OF_RECIPES, 1, NEAR)
        if near and name not in (*OF_RECIPES, *inside_address.FIELDS):
            found.append(
                sentence(
                    "{name} in the address is not a setting, so the page ignores it. The nearest "
                    "setting is {near}.",
                    name=quoted(name),
                    near=near[0],
                )
            )
    return found[:MOST_DOUBTS]


def _no_part_sentence(part: str) -> Sentence:
    """Say that this page has no such part, and what it shows."""
    if this_visit().page == "learn":
        return sentence("This page has no part {part}, so it shows the list of lessons.", part=part)
    return sentence("This page has no part {part}, so it shows the first one.", part=part)


def show_place(said: Mapping[str, str], tabs: Collection[str]) -> Text:
    """Show the run and the tab that an address names, if it names any. Return why its run is not
    shown.

    A run number of another browser is ignored.
    """
    why = _show_run(said)
    _look_at(said)
    tab, page = _tab_in(said), this_visit().page
    if (page, tab) in MOVED:
        state.WANTED_PAGE.set(MOVED[page, tab])
    if tab and tab in tabs:
        state.TABS[page].set(tab)
    return why


def _tab_in(said: Mapping[str, str]) -> str:
    """The tab that an address names, by its present name; '' if it names none."""
    tab = said.get(TAB, "")
    return learner.part_now(tab) if this_visit().page == "learn" else tab


def _show_run(said: Mapping[str, str]) -> Text:
    name, number = said.get(RUN, ""), _own_number(said, RUN)
    if _is_number(name) and number is None:
        return _why_no_number(name) if said[BY].startswith(browser_mark()) else ""
    if not name:
        return ""
    if number is None:
        return "" if current_run.show_token(name) else _why_no_token(name)
    if current_run.show_number(number) or not jobs().knew(this_visit().browser, number):
        return ""
    return current_run.gone_sentence(number)


def _why_no_number(number: str) -> Sentence:
    """Say what became of a run of this browser that an earlier server had."""
    return sentence("Run {number} is gone, because its server has stopped.", number=int(number))


def _why_no_token(token: str) -> Text:
    if jobs().find(token) is not None or jobs().find_kept(token) is not None:
        return sentence(
            "The run in this link was trained on a private list, and its owner does not show it."
        )
    return sentence("The run in this link is no longer kept.")


def _own_number(said: Mapping[str, str], name: str) -> int | None:
    """The number that an address gives under a name, if it is a run number of this browser."""
    number, mine = said.get(name, ""), number_mark()
    return int(number) if _is_number(number) and said.get(BY, mine) == mine else None


def _is_number(name: str) -> bool:
    """Whether a run is named by its number, not by its token."""
    return name.isascii() and name.isdecimal() and len(name) < 10


def _look_at(said: Mapping[str, str]) -> None:
    """On Inside, show the run that the address names besides the page's own."""
    if this_visit().page != "inside" or not (RUN in said or LOOK in said):
        return
    entries, number = current_run.runs(), _own_number(said, LOOK)
    wanted = [entry for entry in entries if entry.number == number]
    if entries:
        state.NEWEST_RUN.set(entries[0].token)  # else Inside would go there
        state.INSIDE_RUN.set((wanted or entries)[0].token)
