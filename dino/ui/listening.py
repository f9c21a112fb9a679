"""What a listening page shows, and the invisible component that has it redrawn.

On the Lab, the browser draws the frames of the run. Other pages are told when there is something
new to draw.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from dino.live.frames import Frame, FrameView, SeenRun
from dino.ui.component import component
from dino.ui.server import server, this_visit
from dino.ui.visit import Visit

if TYPE_CHECKING:
    from dino.jobs import RunHandle

WITH_EXPERIMENTS = ("compare", "learn")  # the pages that show experiments
POLL, POLL_PER_RUN, POLL_RESTING = 1.0, 0.1, 3.0  # seconds, without a stream
POLL_WATCHED = 0.35  # for a run that is slowed down so that one can watch each moment
# Seconds between two redraws of a page that follows a run: at least, and for each run and each
# measurement at work, because every one of their pages is redrawn.
TURN, TURN_PER_RUN = 0.8, 0.1


def visible_run(visit: Visit) -> SeenRun | None:
    """The run that a visit looks at; None without one, or if this visit may not see it."""
    job, pool = visit.job, server().pool
    if job is None or pool.find(job.token) is not job:
        return None
    if not pool.may_watch(visit.browser, job):
        return None
    place = pool.place_in_line(job) if job.waiting_since is not None else None
    return SeenRun(job, job.may_act(visit.browser), place, visit.earlier)


def stream(visit: Visit, job: RunHandle | None) -> dict[str, Any]:
    """How a component hears of news: by events, or else by polling, which is less frequent under
    load.
    """
    shared = server()
    if job is None or job.phase not in ("running", "building", "waiting"):
        pace = POLL_RESTING
    else:
        shortest = POLL_WATCHED if job.pace == "watch" else POLL
        pace = max(shortest, POLL_PER_RUN * shared.pool.count_running())
    return {"key": visit.key, "stream": shared.events is not None, "pace": pace}


class PageListener:
    """A visit's page that listens: the `Listener` of the event route."""

    def __init__(self, visit: Visit) -> None:
        self._visit, self._turns = visit, Turns(visit)

    def is_alive(self) -> bool:
        """Whether the visit's session still exists."""
        return self._visit.is_alive()

    def view(self) -> FrameView | None:
        """What the Lab shows of its run; None on any other page, because their scripts draw."""
        visit = self._visit
        return FrameView(visible_run(visit), visit.language.put) if visit.page == "lab" else None

    def next_turn(self) -> tuple[str, Frame] | None:
        """The next turn of the page."""
        return self._turns.next()


def find_listener(key: str) -> PageListener | None:
    """The page whose visit has this key, if there is one."""
    visit = server().visits.find(key)
    return PageListener(visit) if visit is not None else None


def turn(visit: Visit) -> str:
    """A hash that changes when the script must redraw a page.

    It covers measurements; on every page but the Lab, the run; on Compare and Learn, the browser's
    experiments.
    """
    found = visible_run(visit) if visit.page != "lab" else None
    run = found.job.run if found else None
    measured = tuple(
        (hash(key), measurement.share, measurement.failed)
        for key, measurement in list(visit.measurements.items())
    )
    shows_experiments = visit.page in WITH_EXPERIMENTS
    experiments = server().pool.experiments_of(visit.browser) if shows_experiments else ()
    return str(
        hash(
            (
                visit.erased,
                tuple(
                    (it.token, it.phase, len(it.outcomes), bool(it.waits_for), it.lacks_kernels)
                    for it in experiments
                ),
                found and (found.state, found.job.baselines is None),
                run and run.step,
                measured,
            )
        )
    )


class Turns:
    """Tells a page that it has something new to draw, at most every TURN seconds."""

    def __init__(self, visit: Visit) -> None:
        self._visit, self._last, self._at = visit, "", 0.0

    def next(self) -> tuple[str, Frame] | None:
        """The next turn; None if nothing changed, or if it is too soon, or while the page is being
        drawn.

        A page that is being drawn probably gets the news anyway. A turn would make it draw twice.
        """
        now, at = turn(self._visit), time.monotonic()
        pool = server().pool
        at_work = max(pool.count_running(), pool.workers.at_work)
        pause = max(TURN, TURN_PER_RUN * at_work)
        if self._visit.page == "lab":
            pause = 0.0  # on the Lab only written names are news, and somebody waits for them
        # The first turn of a page is sent at once.
        if now == self._last or (self._last and at - self._at < pause):
            return None
        if self._visit.is_drawing():
            return None
        self._last, self._at = now, at
        return "", {"turn": now}


def draw_pulse(
    job: RunHandle | None,
    key: str = "pulse",
    *,
    drawn: str,
    play: float | None = None,
    moment: int = 0,
) -> None:
    """Redraw this fragment when the run or a measurement has something new.

    drawn: the value of `turn` before the drawing, so that a change during the drawing causes
    another one. play: seconds until the next moment is due, while moments are played. moment: the
    one that is shown.
    """
    here = this_visit()
    component("pulse", '<div class="dino-pulse"></div>')(
        key=key,
        height=1,
        on_turn_change=_nothing,
        on_poll_change=_nothing,
        on_tick_change=_nothing,
        data=[{**stream(here, job), "drawn": drawn, "play": play, "moment": moment}],
    )


def _nothing() -> None:
    """A trigger only needs to run the script."""
