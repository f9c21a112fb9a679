"""A page's session: how it begins from the address, what each script run prepares, how it ends.

wait_for_key()  until a browser without a cookie has said who it is
check_room()    that the server has memory for one more page
start(page)     reads the address, once a session
prepare()       makes what is on the controls fit together, before anything is drawn
finish()        after everything is drawn
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import streamlit as st

from dino import places
from dino.choice import OWN
from dino.config import Config, Writing
from dino.locale.sentences import Refusal, Sentence, Text, sentence
from dino.ui import (
    address,
    chosen_list,
    current_run,
    inside_address,
    learner,
    measurements,
    open_saved_run,
    settings,
    shown_settings,
    state,
    workarounds,
)
from dino.ui.language import choose_from_address, language_params, say, wanted_language
from dino.ui.notices import notify
from dino.ui.server import jobs, server, this_visit
from dino.ui.widgets import run_to_end

if TYPE_CHECKING:
    from dino.data import Corpus

# Streamlit would look for a relative path beside the file with which it was started.
LAB, DATA, INSIDE, COMPARE, LEARN = (
    str(places.PACKAGE / "pages" / name / "page.py")
    for name in ("lab", "data", "inside", "compare", "learn")
)


def wait_for_key() -> None:
    """Stop the script, and begin nothing, until a browser without a cookie has said who it is."""
    if not this_visit().is_known:
        address.ask_for_key()
        st.caption("…")
        st.stop()


def check_room() -> None:
    """If the server has no memory for one more page, say so, and stop the script."""
    here = this_visit()
    pages = 0 if here.has_room else server().open_page(here)
    if pages:
        choose_from_address(_parsed(workarounds.sent_query()))
        here.language = wanted_language()
        st.text(
            say(
                "This server has no memory for one more page: {pages} are open. Close pages of "
                "Dino that you do not need. Then reload this page.",
                pages=pages,
            )
        )
        st.stop()


def start(page: str, tabs: Collection[str] = ()) -> bool:
    """Read the address once per session, and at every step back or forward; show refused values.

    page: which page this is; the browser gets what this page shows of the run. tabs: its tabs.

    Returns whether the visitor has just arrived and has no run yet.
    """
    here = this_visit()
    if page != here.page:
        measurements.leave_page()
        state.REFUSED_SETTING.set(("", None))
    here.page = page
    if here.erased:  # by this page or another one of the same browser
        number = state.BROUGHT_UP.get()[1]
        state.erase()
        state.BROUGHT_UP.set(("notice_box", number + 1))  # up, from the button at the foot
    arrival = here.arrival
    begun = state.BEGUN.get()
    if begun and arrival is None:
        here.language = wanted_language()
        _notify_of_refused_values()
        _follow(tabs)
        return False
    here.read = workarounds.sent_query() if arrival is None else arrival
    said = {} if here.erased else _parsed(here.read)
    new = _read_address(said, tabs, here.erased)
    state.PACE.set(server().visits.chosen_pace(here.browser))
    state.BEGUN.set(True)  # last: if the script is stopped before this, the next one starts over
    here.erased, here.arrival = False, None
    return new and not begun


def _parsed(query: str) -> dict[str, str]:
    """The parameters of an address."""
    return dict(parse_qsl(query[: address.LONGEST], keep_blank_values=True))


def _read_address(said: Mapping[str, str], tabs: Collection[str], erased: bool) -> bool:
    """Take settings, run, list and tab from an address. Return whether it gave no run."""
    config, refused = Config.from_url(said)
    writing, refused_too = Writing.from_url(said)
    unknown = choose_from_address(said)
    this_visit().language = wanted_language()
    refused += [
        *refused_too,
        *shown_settings.read_address(said),
        *inside_address.read_address(said),
    ]
    refused += [*learner.read_address(said), *address.doubtful_sentences(said, tabs)]
    state.NOTICES.set((*refused, *([unknown] if unknown else [])))
    _say_what_is_not_here(erased)
    settings.show_recipe(config)
    settings.show_writing(writing)
    state.RUN_TOKEN.set("")
    why = address.show_place(said, tabs)
    if why:
        notify(_settings_are_here(why, said))
    job, names = current_run.current_job(), _list_of_run()
    if job is not None and names is None:
        notify(
            sentence(
                "You are watching a run on its owner's list. Nobody else can train on that list, "
                "so your own runs use the dinosaurs."
            )
        )
    chosen_list.choose_from_address(said, names)
    try:
        open_saved_run.begin_from_address(said)
    except Refusal as refused_file:
        notify(refused_file.sentence)
    if job is not None and job.trained and current_run.may_act(job):
        settings.show_pace(job.pace)
    return job is None


def _say_what_is_not_here(erased: bool) -> None:
    """Say that everything was erased, and that a browser stores nothing."""
    if erased:
        notify(
            sentence(
                "Your runs, experiments, lists, names, answers, sentences and tests were erased. "
                "The server now treats this browser as a new one."
            )
        )
    if this_visit().forgets:
        notify(
            sentence(
                "In this frame of another page, your browser stores nothing for Dino. If you "
                "reload the page, you lose your runs, lists and answers. To keep your work, open "
                "Dino in a tab of its own before you begin."
            )
        )


def _list_of_run() -> Corpus | None:
    """The list of the page's run, if this browser may train on it.

    A visitor who watches a run on another visitor's private list may not.
    """
    job = current_run.current_job()
    return job.corpus if job is not None and chosen_list.may_see(job.corpus) else None


def _settings_are_here(why: Text, said: Mapping[str, str]) -> Sentence:
    """Say that only the settings of a run are here; for a private list, also that its list is not
    here.
    """
    if said.get("list") == OWN:
        return sentence(
            "{why} Its settings are here, but its list is not. Press Train to use them on the "
            "dinosaurs.",
            why=why,
        )
    return sentence("{why} Its settings are here. Press Train to run it again.", why=why)


def _follow(tabs: Collection[str]) -> None:
    """After Back or Forward: go to the tab and the run of the browser's address. Its page runs
    already.

    While the run is the same, the settings stay, so nothing that was set is lost.
    """
    if not workarounds.is_history_step():
        return
    here, query = this_visit(), workarounds.sent_query()
    if here.left is None:  # else an earlier script was stopped before it had followed
        here.left = state.RUN_TOKEN.get()
    said = _parsed(query)
    if here.page == "learn" and address.TAB not in said:
        state.LESSON.set("")  # the list of all lessons has no tab in its address
    why = address.show_place(said, tabs)
    if why:
        notify(sentence("{why} The page does not change.", why=why))
    job = current_run.current_job()
    if job is not None and job.token != here.left:
        settings.show_recipe(Config.from_url(said)[0])
        chosen_list.choose_from_address(said, _list_of_run())
    # Last: if this script is stopped before, the next one follows again.
    here.followed_to = address.place(address.params())
    here.followed, here.steps, here.left = query, here.steps + 1, None


def prepare() -> None:
    """Make list, settings and run fit each other, and give the Inside page its first values.

    The widgets' own values outlive the pages that show them, because each has
    persist_state="session".
    """
    open_saved_run.open_what_was_read()
    current_run.find_lost_run()
    chosen_list.mend_choice()
    settings.mend_settings()
    chosen_list.make_splittable(settings.config())
    current_run.apply_learning_rate(settings.config())
    state.set_first(state.INSIDE_TAB, state.WALK, state.UNIT, state.REACH, state.MATRIX)


def finish() -> None:
    """At the end of a page: forget what it has not read, and show the values that were refused
    while its parts were drawn.
    """
    draw_heard("page")
    state.OWN_LOOKED.end_page()
    show_refused()


def show_refused() -> None:
    """Draw the page again if widgets refused values, or callbacks failed, since it began."""
    if _notify_of_refused_values():
        st.rerun()


def draw_heard(part: str) -> None:
    """Draw the hidden box at the end of a part of the page. A browser that sends back what it
    holds shows all values that the page has set in that part.
    """
    _draw_hidden(workarounds.HEARD + part)


@contextmanager
def whole_part(part: str) -> Iterator[None]:
    """Draw a part of the page with controls whole, between two hidden boxes. A click breaks the
    script off before it or after it. A browser that sends back the first box shows some of its
    values, one that sends back the last box shows all.
    """
    with workarounds.unbroken():
        _draw_hidden(workarounds.BEGUN + part)
        yield
        draw_heard(part)


def _draw_hidden(key: str) -> None:
    if text := workarounds.script_number():
        state.correct_all({key: text})
    st.text_input(key, key=key, label_visibility="collapsed")


def _notify_of_refused_values() -> bool:
    """Show which values widgets refused to take from the browser. Return whether there were any."""
    notes = workarounds.collect_notes()
    for note in notes:
        notify(note)
    return bool(notes)


@run_to_end
def erase() -> None:
    """Callback: end all runs of this browser, and erase its lists and its identity, at once.

    Each of its pages clears what else it holds when it next runs.
    """
    here = this_visit()
    # Read it first, because visits.erase gives the browser a new identity.
    browser = here.browser
    jobs().erase(browser)
    server().visits.erase(browser, here.tab_key)


def is_erased() -> bool:
    """Whether everything was erased since the page was drawn. The page then starts over."""
    return this_visit().erased


def update_address(fragment: str = "") -> None:
    """Keep the address up to date, so that a reload or a link has the same settings and run.

    fragment: the name in `address.FRAGMENTS` of the fragment that calls this; '' for the whole
    page.
    """
    if fragment and this_visit().arrival is not None:
        st.rerun()  # only the page takes the browser's address, which this would overwrite
    address.draw(fragment)
    if fragment:
        draw_heard(fragment)


def update_address_early() -> None:
    """The same, as early as the first buttons, if the browser had to say who it is: else it would
    say it again.
    """
    if this_visit().tab_key:
        address.draw()


def draw_link(page: str, *, label: str, icon: str | None = None) -> None:
    """A link to another page. In a new tab, that page has the language of this one."""
    st.page_link(page, label=label, icon=icon, query_params=language_params() or None)


def switch_page(page: str) -> None:
    """Go to another page, with the address that the browser shows.

    With any other address, Streamlit would add an entry to the browser's history first.
    """
    st.switch_page(page, query_params=this_visit().address)
