"""An invisible component: it makes a page redraw when there is something new to draw."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from dino.ui.component import component
from dino.ui.listening import stream
from dino.ui.server import this_visit

if TYPE_CHECKING:
    from dino.jobs import RunHandle


@cache
def _component() -> Any:
    return component("pulse", html='<div class="dino-pulse"></div>', css="")


def draw_pulse(
    job: RunHandle | None,
    key: str = "pulse",
    *,
    drawn: str,
    play: float | None = None,
    moment: int = 0,
) -> None:
    """Redraw this fragment when the run or a measurement has something new.

    drawn: the value of `turn` before the drawing: what is done during it would else never be drawn.
    play: seconds until the next moment is due, while the moments play; moment: the one that is
    shown.
    """
    here = this_visit()
    _component()(
        key=key,
        height=1,
        on_turn_change=_nothing,
        on_poll_change=_nothing,
        on_tick_change=_nothing,
        data=[{**stream(here, job), "drawn": drawn, "play": play, "moment": moment}],
    )


def _nothing() -> None:
    """A trigger only needs to run the script."""
