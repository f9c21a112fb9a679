"""What a page is sent while it listens: frames of its run, or that there is something to draw."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dino.live.frames import Frame, Seen, Sender

if TYPE_CHECKING:
    from dino.jobs import Job
    from dino.ui.visit import Visit

POLL, POLL_PER_RUN, POLL_RESTING = 1.0, 0.1, 3.0  # seconds, where there is no stream
TURN, TURN_PER_RUN = 0.8, 0.1  # seconds between two redraws of a page that follows a run


def seen(visit: Visit) -> Seen | None:
    """The run of a visit, as it may see it."""
    from dino.ui.server import server

    job, pool = visit.job, server().pool
    if job is None or pool.find(job.token) is not job:
        return None
    if job.corpus.owner not in ("", visit.browser):
        return None
    place = pool.place(job) if job.waiting_since is not None else None
    return Seen(job, job.may_act(visit.browser), place)


def stream(visit: Visit, job: Job | None) -> dict[str, Any]:
    """How a component hears of news: by events, or else by asking, less often under load."""
    from dino.ui.server import server

    shared = server()
    if job is None or job.phase not in ("running", "building", "waiting"):
        pace = POLL_RESTING
    else:
        pace = max(POLL, POLL_PER_RUN * shared.pool.running())
    return {"key": visit.key, "stream": shared.events is not None, "pace": pace}


def sender(visit: Visit, last_id: str) -> Callable[[], tuple[str, Frame] | None]:
    """What gives the next frame of the Lab, or the next turn of another page."""
    frames, turns = Sender(last_id), Turns(visit)

    def step() -> tuple[str, Frame] | None:
        if visit.page == "lab":
            return frames.next(seen(visit)) or turns.next()
        return turns.next()

    return step


def turn(visit: Visit) -> str:
    """What a page draws itself, and is told of: its measurements; but on the Lab, its run too."""
    found = seen(visit) if visit.page != "lab" else None
    run = found.job.run if found else None
    studies = [(hash(key), study.share, study.failed) for key, study in list(
        visit.studies.items())]
    return str(hash((visit.erased, found and (found.state, found.job.baselines is None),
                     run and run.step, tuple(studies))))


class Turns:
    """Tells a page that it has something new to draw, at most every TURN seconds."""

    def __init__(self, visit: Visit) -> None:
        self._visit, self._last, self._at = visit, "", 0.0

    def next(self) -> tuple[str, Frame] | None:
        """The next turn; None while nothing changed, or too soon."""
        from dino.ui.server import server

        now, at = turn(self._visit), time.monotonic()
        pause = max(TURN, TURN_PER_RUN * server().pool.running())
        if self._visit.page == "lab":
            pause = 0.0  # only names that are being written, which somebody waits for
        if now == self._last or (self._last and at - self._at < pause):
            return None
        self._last, self._at = now, at
        return "", {"turn": now}
