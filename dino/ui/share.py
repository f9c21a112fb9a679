"""Two links to give to others: one to the settings of this page, and one to watch its run.

The browser shows each in a dialog without running the script. Only a QR code runs it: making one
takes some milliseconds, and most visitors never need it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dino.choice import OWN
from dino.ui import address, current_run, state
from dino.ui.chosen_list import choice
from dino.ui.component import component
from dino.ui.language import say, say_part, say_plural
from dino.ui.server import jobs
from dino.ui.widgets import run_to_end

if TYPE_CHECKING:
    from dino.jobs import RunHandle

KEY = "share"
SETTINGS, RUN = "settings", "run"  # the two links
SHOW, HIDE = "show", "hide"  # what an owner answers about a run on a private list


def draw_share() -> None:
    """Draw the two buttons."""
    links = [_settings_link(), _run_link()]
    for link in links:
        link["qr"] = qr_code(link["link"]) if link["kind"] == state.QR_OF.get() else ""
    data = {"links": links, "words": say_part("components", "links")}
    component(KEY)(key=KEY, data=[data], on_qr_change=_ask_for_code, on_agree_change=_show_or_hide)


def _settings_link() -> dict[str, str]:
    words = say(
        "Anyone with this link can open this page with these settings and train their own run."
    )
    if state.LIST.get() == OWN:
        words += " " + say(
            "It does not hold your own list. Another browser uses a list of its own, if it has "
            "one, or the dinosaurs."
        )
    elif removed := choice().removed:
        words += " " + say_plural(
            "It leads to the complete list, with the name that you removed.",
            "It leads to the complete list, with the {count:,} names that you removed.",
            len(removed),
        )
    title = say("Link to these settings")
    return {"kind": SETTINGS, "title": title, "link": address.settings_link(), "words": words}


def _run_link() -> dict[str, Any]:
    """The link to the page's run; before it trains, why there is none yet.

    `then` holds the link for later. Pressing Train does not draw this again, but by then the
    address names the run.
    """
    job = current_run.current_job()
    named = {"kind": RUN, "title": say("Show my run")}
    why = say("Train a run first. Then you get a link here for others to watch it.")
    if job is None or not current_run.may_act(job):
        return {**named, "link": "", "words": why}
    if not job.trained:
        return {**named, "link": "", "words": why, "run": job.token, "then": _watch_link(job)}
    return {**named, **_watch_link(job)}


def _watch_link(job: RunHandle) -> dict[str, str]:
    """The link to a run that has begun to train. For a private list, the owner must first agree."""
    if not jobs().is_shown(job):
        why = say(
            "This run was trained on your own list. If you say yes here, anyone with the link sees "
            "names of the list and names that the run writes. Otherwise nobody does."
        )
        return {"link": "", "words": why, "agree": say("Yes, show it"), "says": SHOW}
    words = say("Anyone with this link can watch your run. Only you can control it.")
    link = address.watch_link(job.token, job.config, job.corpus)
    no = {"agree": say("No longer show it"), "says": HIDE} if job.corpus.owner else {}
    return {"link": link, "words": words, **no}


@lru_cache(maxsize=64)
def qr_code(link: str) -> str:
    """The QR code of a link as SVG; '' for no link, or for one that is too long."""
    import segno

    try:
        # The lowest level of error correction gives the smallest code.
        code = segno.make_qr(link, error="l") if link else None
    except segno.DataOverflowError:
        code = None
    if code is None:
        return ""
    return str(code.svg_inline(border=4, dark="#000", light="#fff", omitsize=True))


@run_to_end
def _ask_for_code() -> None:
    """Callback: the visitor asked for the QR code of one of the links."""
    kind = state.sent_value(KEY, "qr")
    if kind in (SETTINGS, RUN):
        state.QR_OF.set(kind)


@run_to_end
def _show_or_hide() -> None:
    """Callback: the owner of a run on a private list lets others watch it, or stops that."""
    said = state.sent_value(KEY, "agree")
    if said in (SHOW, HIDE):
        current_run.act(lambda job: jobs().show(job.owner, job.token, said == SHOW))
