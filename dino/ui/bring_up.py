"""An invisible component that scrolls to a part of the page, after a click that changes much."""

from __future__ import annotations

from dino.ui import state
from dino.ui.component import component


def bring_up(part: str) -> None:
    """In a callback: scroll the part with this key to the top of the window once it is drawn."""
    state.BROUGHT_UP.set((part, state.BROUGHT_UP.get()[1] + 1))


def draw_bring_up(key: str = "bring_up") -> None:
    """Draw the component. Call it after all parts that it may scroll to."""
    part, number = state.BROUGHT_UP.get()
    component("bring_up", '<div class="dino-bring-up"></div>')(
        key=key, height=1, data=[{"part": part, "number": number}]
    )
