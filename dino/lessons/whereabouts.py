"""Where a learner is among the lessons: which comes next, and which are shown around it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dino.lessons.lesson import Lesson
from dino.lessons.progress import Progress

SHOWN = 4  # lessons: as many as one looks over without reading


class Whereabouts(NamedTuple):
    """next: the lesson to do now, None where all are done; begun: whether any was begun before.

    shown: the lessons from the next one on, or the last four; earlier, later: those around them.
    """

    next: Lesson | None
    begun: bool
    earlier: Sequence[Lesson]
    shown: Sequence[Lesson]
    later: Sequence[Lesson]


def whereabouts(known: Progress, lessons: Sequence[Lesson]) -> Whereabouts:
    """Where a learner left: at the farthest lesson that was begun or, once that is done, at the
    first one after it that is not; then at what was left out before. A class may begin anywhere.
    """
    begun = [place for place, lesson in enumerate(lessons) if known.has_begun(lesson)]
    farthest = max(begun, default=0)
    order = [*range(farthest, len(lessons)), *range(farthest)]
    place = next((it for it in order if not known.is_done(lessons[it])), None)
    if place is None:
        return Whereabouts(None, bool(begun), lessons, (), ())
    first = max(0, min(place, len(lessons) - SHOWN))
    end = first + SHOWN
    return Whereabouts(
        lessons[place], bool(begun), lessons[:first], lessons[first:end], lessons[end:]
    )
