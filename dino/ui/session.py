"""A page's session from the address to its end: what it begins with, and what the address says.

start(page)     reads the address, once a session
prepare()       makes what is on the controls fit together, before anything is drawn
finish()        after everything is drawn
"""

from __future__ import annotations

import streamlit as st

from dino.config import Config, Writing
from dino.ui import chosen_list, current_run, settings, state, workarounds
from dino.ui.notices import notify
from dino.ui.server import jobs, server, this_visit
from dino.ui.widgets import run_to_end

LAB, INSIDE, DATA = (f"dino/pages/{name}/page.py" for name in ("lab", "inside", "data"))


def start(page: str) -> bool:
    """Read the address once a session: settings and run; refused values become notices.

    page: which one this is; what the browser is sent of the run depends on it.

    Whether this is a visitor who has just come, and has no run yet.
    """
    here = this_visit()
    here.page = page
    if here.erased:  # by this page, or by another one of this browser
        state.erase()
    if state.BEGUN.get():
        _notify_of_refused_values()
        return False
    if here.erased:
        st.query_params.clear()
    new = _read_address(st.query_params.to_dict(), here.erased)
    state.BEGUN.set(True)  # last: a script that is broken off begins again
    here.erased = False
    return new


def _read_address(params: dict[str, str], erased: bool) -> bool:
    """Settings, run and list, as an address names them. Whether it names no run that is kept."""
    config, refused = Config.from_url(params)
    writing, refused_too = Writing.from_url(params)
    state.NOTICES.set((*refused, *refused_too))
    if erased:
        notify("Your runs, your lists and this browser's identity were erased.")
    settings.show_recipe(config)
    settings.show_writing(writing)
    token = params.get(state.RUN_TOKEN.key, "")
    state.RUN_TOKEN.set(token)
    job = current_run.current_job()
    if job is None and token:
        notify(_why_there_is_no_run(token))
        state.RUN_TOKEN.set("")
    chosen_list.choose_from_address(params, job.corpus if job is not None else None)
    return job is None


def _why_there_is_no_run(token: str) -> str:
    """A sentence on a run that an address names and this browser cannot see."""
    if jobs().find(token) is not None:
        return (
            "The run in this address learned from a list of its owner's own, which only their "
            "browser shows; its settings are here, so press Train to run them on the "
            "dinosaurs."
        )
    return (
        "The run in this address is no longer kept; its settings are, so press Train to run "
        "it again."
    )


def prepare() -> None:
    """Make list, settings and run fit each other, and set what the page Inside begins with.

    The widgets' own values outlive the pages that show them: each has persist_state="session".
    """
    current_run.forget_lost_run()
    chosen_list.mend_choice()
    settings.mend_settings()
    chosen_list.put_back_if_too_few(settings.config().split_seed)
    current_run.apply_learning_rate(settings.config())
    state.set_first(state.INSIDE_TAB, state.WALK, state.UNIT, state.REACH, state.MATRIX)


def finish() -> None:
    """At the end of a page: show what was refused while its parts were drawn."""
    if _notify_of_refused_values():
        st.rerun()


def _notify_of_refused_values() -> bool:
    """Show what widgets refused to take from the browser. Whether there was anything."""
    notes = workarounds.collect_notes()
    for sentence in notes:
        notify(sentence)
    return bool(notes)


@run_to_end
def erase() -> None:
    """Callback: end all runs of this browser, its lists and its identity, at once.

    What its pages hold besides is cleared where each begins again.
    """
    browser = this_visit().browser
    jobs().erase(browser)
    server().visits.erase(browser)


def is_erased() -> bool:
    """Whether all was erased since the page was drawn: it begins again then."""
    return this_visit().erased


def update_address() -> None:
    """Keep the address up to date, so that a reload or a link finds the same settings and run."""
    wanted = address()
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def address() -> dict[str, str]:
    """What the address says of settings, list and run."""
    wanted = {
        **settings.config().to_url(),
        **settings.writing().to_url(),
        **chosen_list.choice().to_url(),
    }
    token = state.RUN_TOKEN.get()
    return {**wanted, state.RUN_TOKEN.key: token} if token else wanted
