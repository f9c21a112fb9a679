"""What a learner has done on the page Learn: in the session, and in the browser's storage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dino.locale.sentences import Sentence, sentence
from dino.setting import quoted
from dino.ui import state
from dino.ui.component import component
from dino.ui.language import language
from dino.ui.notices import notify
from dino.ui.server import this_visit
from dino.ui.widgets import run_to_end

if TYPE_CHECKING:  # what judges an answer loads PyTorch, and every page has an address
    from dino.lessons.concept_test import Rounds
    from dino.lessons.lesson import Lesson, Value
    from dino.lessons.progress import Progress

DONE = "done"  # in a link of before: the numbers of the lessons that somebody has done
PROJECTOR = "projector"  # there, too: 1 where a lesson is shown on a projector
STORE = "learn_store"  # the key of the component


def all_lessons() -> dict[str, Lesson]:
    """The lessons in the page's language, by their keys."""
    from dino.lessons.reading import lessons

    return lessons(language().code)


def lessons_left_out() -> int:
    """How many lessons are missing, because their files have mistakes."""
    from dino.lessons.reading import left_out

    return left_out(language().code)


def ways_in() -> dict[str, str]:
    """The parts of Learn to begin with, the game and the first lesson: their keys."""
    from dino.lessons import real_or_made

    return {"play": real_or_made.KEY, "learn": next(iter(all_lessons()))}


def progress() -> Progress:
    """What the learner has done so far."""
    from dino.lessons.progress import Progress

    found = state.PROGRESS.get()
    return found if isinstance(found, Progress) else Progress()


def has_begun() -> bool:
    """Whether the learner has opened a lesson or another part of Learn, as far as is known here."""
    from dino.lessons.progress import Progress

    return bool(state.LAST_PART.get()) or progress() != Progress()


def keep(changed: Progress) -> None:
    """Keep what the learner has done; where that has no room, keep what is there and say so."""
    if _has_room(changed):
        state.PROGRESS.set(changed)


def _has_room(changed: Progress) -> bool:
    """Whether a browser takes all of that back, which it would else lose; a sentence where not."""
    from dino.lessons.progress import MOST_TEXT

    size = len(changed.to_text())
    if size <= MOST_TEXT or size < len(progress().to_text()):  # what makes it smaller is welcome
        return True
    notify(
        sentence(
            "This was not stored, because a browser stores at most {most:,} characters of answers "
            "and sentences from the page Learn. Shorten one of your sentences, or answer a lesson "
            "again. Everything stored before is still there.",
            most=MOST_TEXT,
        )
    )
    return False


def keep_with(changed: Progress, value: state.Value[Any], now: Any) -> None:
    """Keep what the learner has done, and set a value in the same moment: a callback that is
    started again then finds both done or neither. So the value is set also where there is no room.
    """
    changed = changed if _has_room(changed) else progress()
    state.set_all({state.PROGRESS.key: changed, value.key: now})


def link_ticks() -> list[int]:
    """The lessons that a link calls done and that are not done here, by their numbers; none until
    the browser has said what it kept.
    """
    named = state.LINK_TICKS.get() if state.KEPT_HERE.get() else frozenset()
    return [
        lesson.number
        for lesson in all_lessons().values()
        if lesson.number in named and not progress().is_done(lesson)
    ]


def answer_ticks(keeps: bool) -> None:
    """Keep the ticks of a link as this learner's own, or forget them."""
    from dino.lessons.progress import Progress

    ticked = state.LINK_TICKS.get() if keeps else frozenset()
    keep_with(progress().merged(Progress(ticked=ticked)), state.LINK_TICKS, frozenset())


def note_result(lesson: Lesson, name: str, values: Sequence[Value]) -> None:
    """Keep what a bet turned out to be on, for the learner's report."""
    known = progress()
    if known.results.get((lesson.key, name)) != tuple(values):
        keep(known.with_result(lesson, name, values))


def test() -> Lesson:
    """The concept test in the page's language."""
    from dino.lessons.concept_test import concept_test

    return concept_test(language().code)


def rounds() -> Rounds:
    """What the learner has answered in the concept test."""
    from dino.lessons.concept_test import rounds_in

    return rounds_in(progress(), test())


def to_url() -> dict[str, str]:
    """Projector mode, for an address. What a learner has done is in none: a link that is given
    away would give it away, too.
    """
    return {PROJECTOR: "1"} if state.PROJECTOR.get() else {}


def read_address(said: Mapping[str, str]) -> list[Sentence]:
    """Projector mode, and the lessons that a link calls done, which the page asks about; a sentence
    where it names what is no lesson.
    """
    state.PROJECTOR.set(said.get(PROJECTOR) == "1")
    text = said.get(DONE, "")
    if not text:
        return []
    numbers = {lesson.number for lesson in all_lessons().values()}
    named = [
        int(it) if it.isascii() and it.isdecimal() and len(it) < 4 else 0 for it in text.split(",")
    ]
    known = frozenset(named) & numbers
    state.LINK_TICKS.set(known)
    if len(known) == len(set(named)):
        return []
    return [
        sentence(
            "In a link, {name} lists the numbers of lessons, such as 1,2, but {value} does not. "
            "The page asks only about lessons that exist.",
            name=DONE,
            value=quoted(text),
        )
    ]


def draw_store() -> None:
    """Have the browser keep what the learner has done, once it has said what it kept before."""
    text = progress().to_text() if state.KEPT_HERE.get() else None
    if state.UNREAD.get():
        text = None
    asks, erased = not state.KEPT_HERE.get(), this_visit().erasures
    data = {"text": text, "erased": erased, "asks": asks, "begun": has_begun()}
    component("learn_store")(key=STORE, height=1, data=[data], on_here_change=_take)


@run_to_end
def _take() -> None:
    """Callback: what the browser kept; later, what another tab of it has changed."""
    from dino.lessons.progress import MOST_TEXT, progress_from_text

    sent, here = state.sent_value(STORE, "here"), this_visit()
    if not isinstance(sent, dict) or sent.get("erased") != here.erasures:
        return
    if sent.get("first") and state.KEPT_HERE.get():
        return  # it was told more than once; the page has answers since
    text = sent.get("text")
    if isinstance(text, str) and len(text) <= MOST_TEXT:
        kept = progress_from_text(text, all_lessons())
        both = kept if state.KEPT_HERE.get() else progress().merged(kept)
        state.PROGRESS.set(both if len(both.to_text()) <= MOST_TEXT else kept)
    elif isinstance(text, str):
        _say_unread(len(text))
    state.KEPT_HERE.set(True)


def _say_unread(length: int) -> None:
    """What the browser kept is longer than is read: it stays there as it is."""
    from dino.lessons.progress import MOST_TEXT

    state.UNREAD.set(True)
    notify(
        sentence(
            "This browser has stored {length:,} characters from the page Learn, and at most "
            "{most:,} can be read. They do not change, but nothing new is stored until you delete "
            "them with Erase my data.",
            length=length,
            most=MOST_TEXT,
        )
    )
