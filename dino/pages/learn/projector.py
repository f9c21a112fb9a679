"""Projector mode: a lesson for a whole class, one step at a time, with larger type and lines."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dino.lessons.lesson import Lesson
from dino.ui import state
from dino.ui.component import component
from dino.ui.language import say
from dino.ui.widgets import run_to_end

HERE = Path(__file__).parent
HTML = (
    '<div class="bar"><button class="back">‹</button><span class="at"></span>'
    '<button class="next">›</button></div>'
)
# The page's sizes are in rem. A chart is drawn in pixels, so `chart.js` enlarges it.
LARGER = """<style>
.dino-projector { font-size: 150%; --dino-fit: 100%; }
.dino-projector .st-key-learn_frame { max-width: 100%; }
.dino-projector .st-key-learn_frame div:has(.dino-plot) {
  height: auto !important; min-height: max-content;  /* the element had the smaller height */
}
.dino-projector :is(.st-key-page_top, .st-key-learn_next) { display: none; }
.dino-projector [data-testid=stMainBlockContainer] { padding-bottom: 1rem; }
.dino-projector .st-key-lesson_top { padding-top: 3rem; }
.dino-projector .st-key-learn_frame { padding-bottom: 5rem; }
.dino-projector .st-key-projector { position: fixed; bottom: 0.5rem; left: 0; right: 0; }
@media (min-width: 1100px) {  /* in the page's own head, where they cover nothing */
  .dino-projector :is(.st-key-lesson_top, .st-key-projector) {
    position: fixed; top: 0.4rem; bottom: auto; width: fit-content; padding: 0; z-index: 1000000;
  }
  .dino-projector .st-key-lesson_top { left: 1.5rem; }
  .dino-projector .st-key-projector { left: 60%; right: auto; transform: translateX(-50%); }
  .dino-projector .st-key-learn_frame { padding: 3rem 0 1rem; }
}
</style>"""


def is_on() -> bool:
    """Whether the page is shown on a projector."""
    return bool(state.PROJECTOR.get())


def draw_switch() -> None:
    """Draw the button that begins or ends it."""
    st.button(
        say("Leave projector mode") if is_on() else say("Projector mode"),
        icon=":material/present_to_all:",
        key="projector_switch",
        type="tertiary",
        on_click=_switch,
        help=say(
            "Shows the lesson larger, one step at a time. → or the space bar shows the next step. "
            "If a step does not fit on the screen, ↓ and Page Down scroll it first."
        ),
    )


def draw_bar(lesson: Lesson) -> None:
    """In projector mode, draw which step is shown and the way to the next one."""
    if not is_on():
        return
    st.html(LARGER)
    data = {
        "place": lesson.key,
        "count": len(lesson.steps),
        "back": say("Step back"),
        "next": say("Next step"),
    }
    component("projector", HTML, HERE)(key="projector", data=[data])


@run_to_end
def _switch() -> None:
    """Callback: begin projector mode, or end it."""
    state.PROJECTOR.set(not is_on())
