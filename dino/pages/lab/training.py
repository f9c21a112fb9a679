"""The live part of the Lab: buttons, the network, figures, the loss chart, names as it learns.

Components listen to the server's events and redraw themselves while the run changes. The script
runs only when a button is clicked, or when the run's new state needs other elements.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from dino.charts.walk import curve_walk
from dino.config import OPTIMIZERS, usual_rate
from dino.live.frames import Sender, frame_kind
from dino.live.loss_words import MEASURED, explain_lines, explain_measuring
from dino.live.status_figures import LABELS, Label
from dino.locale.sentences import Language
from dino.pages.lab import run_buttons
from dino.pages.lab.earlier_runs import draw_runs, lay_behind, list_runs
from dino.pages.lab.experiment_links import draw_single_change
from dino.pages.lab.live_network import draw_live_network
from dino.pages.lab.notebook_table import draw_what_holds_back
from dino.pages.lab.parts import draw_part
from dino.setting import decimal_of
from dino.ui import current_run, measurements, session, settings, state
from dino.ui.component import component
from dino.ui.failures import safe_fragment
from dino.ui.language import language, put, say, say_part
from dino.ui.listening import stream, visible_run
from dino.ui.plot import FRAME_CSS, load_early, picture_words, publish_plotly
from dino.ui.seeds import optimizer_sentences, seed_sentences
from dino.ui.server import server, this_visit

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from dino.jobs import RunHandle

HERE = Path(__file__).parent
PARTS = ("words", "early_curve", "figures", "step_report")  # of `training.js`


def draw_first_buttons() -> None:
    """Draw only the buttons, for a visitor who has just come; the rest follows later."""
    safe_fragment(_draw_buttons)()


def draw_buttons() -> None:
    """The buttons of this page's run, at the place of the first ones."""
    job = current_run.current_job()
    if job is not None:
        safe_fragment(_draw_buttons)(job.token)


def draw_place_of_training() -> DeltaGenerator:
    """The place of the live part. It has its size from the start, so nothing below it moves."""
    return st.container(key="lab_live")


def draw_training() -> None:
    """Draw the live part: where the run is, the network, figures, chart and names."""
    job = current_run.current_job()
    if job is None:
        return
    state.WHOLE_PAGE.set(True)
    with draw_place_of_training():
        draw_part("live", _draw_live, job.token)


def _draw_buttons(token: str = "") -> None:
    """Draw the first buttons and all later ones. One function does both, so they are one fragment.

    token: the run that the rest of the page was drawn for; '' before the rest is drawn.
    """
    if token:
        run_buttons.draw_buttons(_job_of(token))
        return
    if current_run.current_job() is not None or state.PAGE_IS_THERE.take():
        st.rerun()  # a button was pressed or the browser asked: draw the whole page
    run_buttons.draw_buttons(None)
    load_early(_ask_for_the_rest)


def _job_of(token: str) -> RunHandle:
    """The run that the page was drawn for. If there is another one now, the page is drawn again."""
    job = current_run.current_job()
    if job is None or job.token != token:
        st.rerun()
    return job


def _draw_live(token: str) -> None:
    """Draw where the run is and what is offered, the network, figures, chart and names."""
    job = _job_of(token)
    if state.REDRAW.take():
        st.rerun()
    current_run.watch(job)
    kind = frame_kind(job)  # read only once, because the run may change during the drawing
    draw_part("run_line", _draw_line, token)
    draw_live_network(job)
    listed = list_runs(job)
    lay_behind(listed)
    whole_page = state.WHOLE_PAGE.get()
    state.WHOLE_PAGE.set(False)
    component("training", folder=HERE, css=FRAME_CSS, parts=PARTS, isolate_styles=False)(
        key="live",
        data=[_data(job, kind, whole_page)],
        on_changed_change=_do_nothing,
        on_poll_change=_do_nothing,
    )
    with st.container():
        draw_runs(listed)
        same_names = listed.groups[0]
        if found := [*seed_sentences(same_names), *optimizer_sentences(same_names)]:
            st.caption("  \n".join(put(words) for words in found))
    entries = listed.groups[0] or [it for it in [job.entry()] if it]
    with st.container():
        draw_what_holds_back(job, entries)
        draw_single_change(job)
    session.update_address("live")
    measurements.end_unasked("live")
    if not whole_page and measurements.names_are_due(job):
        st.rerun()  # the run is at rest, and the names below can be written


def _draw_line(token: str) -> None:
    run_buttons.draw_line(_job_of(token), settings.config())


def _ask_for_the_rest() -> None:
    """Callback: the browser shows the first buttons. Have their fragment ask for the rest.

    If the browser asked for the whole page, that request would overtake a click on a button.
    """
    state.PAGE_IS_THERE.set(True)


def _do_nothing() -> None:
    """The trigger only has to run the script."""


def _data(job: RunHandle, kind: str, whole_page: bool) -> dict[str, Any]:
    """What the live component needs: its key, and all frames if it does not hear them."""
    here, events = this_visit(), server().events
    found = visible_run(here)
    listens = events is not None and events.listens(here.key)
    # During its last steps a run already looks like one at rest, and no later frame says that it
    # rests. So the component asks again until the names are written.
    asks_again = kind != "pause" and measurements.names_are_awaited(job)
    frame = None if listens and not whole_page else Sender().next(found, put)
    return {
        **stream(here, job),
        "drawn": found.state_with(kind) if found and not asks_again else "",
        "source": publish_plotly(),
        # another picture shows the name that is being written
        "frame": {k: v for k, v in frame[1].items() if k != "written"} if frame else None,
        "lines": [
            [put(term), put(words)] for term, words in explain_lines(job.corpus, job.trained)
        ],
        **_words_in(language()),
        "doubt": rate_sentence(job),
    }


@cache
def _words_in(language: Language) -> dict[str, Any]:
    """What the component says of every run, in the page's language."""
    from dino.charts.loss import empty_curves

    return {
        "labels": [_label(key, label) for key, label in LABELS.items()],
        "measured": [put(MEASURED), [put(fact) for fact in explain_measuring()]],
        "words": say_part("components", "training"),
        "separators": language.separators,
        **picture_words(),
        "traces": empty_curves(put),
        "walk": curve_walk(put),
    }


def _label(key: str, label: Label) -> list[Any]:
    """What the component needs to show a figure with its help."""
    words, term = put(label.words), put(label.term) if label.term else ""
    about = say("What “{label}” means", label=words)
    return [key, words, term, put(label.help), about, label.always]


def rate_sentence(job: RunHandle) -> str:
    """A sentence if the run's rate is far from usual and the visitor did not choose it; else ''."""
    config = job.config.replace(learning_rate=job.learning_rate)
    fields = {
        "rate": decimal_of(job.learning_rate),
        "optimizer": put(OPTIMIZERS[config.optimizer].label),
        "usual": decimal_of(usual_rate(config)),
    }
    side = settings.rate_side(config)
    if side < 0:
        return say(
            "Its learning rate, {rate:f}, is far below the usual rate of {optimizer} ({usual:f}).",
            **fields,
        )
    if side > 0:
        return say(
            "Its learning rate, {rate:f}, is far above the usual rate of {optimizer} ({usual:f}).",
            **fields,
        )
    return ""
