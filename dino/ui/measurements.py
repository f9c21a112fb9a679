"""What is computed for a visitor in the background: measurements, and written names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, Any

from dino.config import Writing
from dino.locale.sentences import Refusal
from dino.ui import state
from dino.ui.server import jobs, server, this_visit

if TYPE_CHECKING:
    from dino.jobs import Measurement, RunHandle, WrittenNames

KEPT = 24  # measurements whose results a visit remembers
_WRITTEN = ("written",)  # the key of the names that were asked for last
PATIENCE = 0.12  # seconds that a page waits for a measurement before it shows a progress bar


def measure(
    key: tuple[Any, ...],
    parts: Callable[[], Iterator[tuple[float, Any]]],
    patience: float = PATIENCE,
) -> Measurement:
    """Return this visitor's measurement with a key; start it if it is new.

    parts: a function that returns the work, as pairs (share done, result so far). If it takes
    longer than `patience` seconds, it continues in the background while its part of the page asks
    for it (`end_unasked`).
    """
    here = this_visit()
    if key not in here.measurements:
        _begin(key, parts, patience)
    found = here.measurements[key]
    here.asked.add(key)
    if not found.done:
        found.wake()
        jobs().enqueue(found)
    return found


def forget_others(first: str, key: tuple[Any, ...]) -> None:
    """Keep only the measurement with `key` of those whose keys begin with `first`: they are large
    and soon made again.
    """
    here = this_visit().measurements
    for other in [it for it in here if it[0] == first and it != key]:
        here.pop(other).stop()


def count_at_work(key: tuple[Any, ...]) -> int:
    """How many visitors' measurements with this key take turns now."""
    found = [visit.measurements.get(key) for visit in server().visits.all()]
    return sum(it is not None and it.takes_turns for it in found)


def _begin(
    key: tuple[Any, ...], parts: Callable[[], Iterator[tuple[float, Any]]], patience: float
) -> None:
    from dino.jobs import Measurement

    measurements = this_visit().measurements
    while len(measurements) >= KEPT:
        # The written names stay, because the page shows them until others are written.
        oldest = next(key for key in measurements if key != _WRITTEN)
        measurements.pop(oldest).stop()
    measurements[key] = Measurement(parts())
    measurements[key].work(patience)


def end_unasked(part: str, gone: Collection[str] = ()) -> None:
    """At the end of a part of a page: stop the unfinished measurements that no part asks for now.

    part: its name. If only one part is drawn, the measurements of the others stay wanted. gone:
    parts that the page no longer draws.
    """
    here = this_visit()
    here.wanted[part], here.asked = here.asked, set()
    for name in gone:
        here.wanted.pop(name, None)
    wanted = set().union(*here.wanted.values())
    for key, measurement in list(here.measurements.items()):
        if not measurement.done and key not in wanted and key != _WRITTEN:
            measurement.stop()
            del here.measurements[key]


def leave_page() -> None:
    """The visitor went to another page, so this page wants no measurement any more."""
    here = this_visit()
    here.asked, here.wanted = set(), {}


def write_names(job: RunHandle, writing: Writing, best: bool = False) -> None:
    """Write names for this visitor, with the run's present weights or with its best ones.

    Raises Refusal for first letters that this list does not have, or too many of them, and for
    a run without weights.
    """
    from dino.jobs import Measurement
    from dino.jobs import write_names as parts_of

    run = job.run
    if run is None:
        return
    names = Measurement(parts_of(run, job.corpus, writing, best, jobs().counts))
    names.work(PATIENCE)
    if names.refusal:
        raise Refusal(names.refusal)
    here = this_visit()
    if here.written is not None:
        here.written[1].stop()
    here.written = (job.token, names)
    here.measurements[_WRITTEN] = names  # only the last names, because they hold every probability
    if not names.done:
        jobs().enqueue(names)


def _written_by(job: RunHandle) -> Measurement | None:
    """The names that this visitor last asked this run for, finished or not."""
    written = this_visit().written
    return written[1] if written is not None and written[0] == job.token else None


def written_names(job: RunHandle) -> WrittenNames | None:
    """The names that this run wrote for this visitor; None until they are finished."""
    names = _written_by(job)
    return names.result if names is not None and names.done else None


def is_writing(job: RunHandle) -> bool:
    """Whether names that this visitor asked for are still being written."""
    names = _written_by(job)
    return names is not None and not names.done


def names_are_due(job: RunHandle) -> bool:
    """Whether the page should now write names without being asked.

    True once the run rests after its first steps, has weights, has no names for this visitor and no
    refusal is shown.
    """
    return not job.running and job.settled and names_are_awaited(job)


def names_are_awaited(job: RunHandle) -> bool:
    """Whether names will be due once the run rests."""
    run, is_at_rest = job.run, not job.running and job.settled
    if run is None or _written_by(job) is not None or state.REFUSAL.get():
        return False
    return not is_at_rest or (run.step > 0 and run.weights is not None)
