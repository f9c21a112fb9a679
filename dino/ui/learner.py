"""What a learner has done on the Learn page: in the session, and in the browser's storage."""

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

if TYPE_CHECKING:  # judging an answer loads PyTorch, and every page imports this
    from dino.lessons.concept_test import Rounds
    from dino.lessons.item import Value
    from dino.lessons.lesson import Lesson
    from dino.lessons.progress import Progress

DONE = "done"  # in older links: the numbers of then of the lessons that their owner has done
PROJECTOR = "projector"  # in links: 1 if a lesson is shown on a projector
STORE = "learn_store"  # the key of the component


def all_lessons() -> dict[str, Lesson]:
    """The lessons in the page's language, by their keys."""
    from dino.lessons.reading import lessons

    return lessons(language().code)


def asking() -> list[Lesson]:
    """The lessons that ask something, in their order."""
    return [it for it in all_lessons().values() if it.questions]


def lessons_left_out() -> int:
    """Count the lessons that are missing because their files have mistakes."""
    from dino.lessons.reading import left_out

    return left_out(language().code)


def part_now(key: str) -> str:
    """The present key of a part of Learn, which a link may name by an older one."""
    from dino.lessons.renamed import key_now

    return key_now(key)


def ways_in() -> dict[str, str]:
    """The keys of the parts of Learn for a beginner: the game and the first lesson."""
    from dino.lessons import real_or_made

    return {"play": real_or_made.KEY, "learn": next(iter(all_lessons()))}


def progress() -> Progress:
    """What the learner has done so far."""
    from dino.lessons.progress import Progress

    found = state.PROGRESS.get()
    return found if isinstance(found, Progress) else Progress()


def has_begun() -> bool:
    """Whether the learner has opened any part of Learn, as far as the server knows."""
    from dino.lessons.progress import Progress

    return bool(state.LAST_PART.get()) or progress() != Progress()


def keep(changed: Progress) -> None:
    """Keep what the learner has done. If it has no room, keep the old state and say so."""
    if _has_room(changed):
        state.PROGRESS.set(changed)


def _has_room(changed: Progress) -> bool:
    """Whether it is short enough to be read back from the browser's storage. If not, say so."""
    from dino.lessons.progress import MOST_TEXT

    size = len(changed.to_text())
    if size <= MOST_TEXT or size < len(progress().to_text()):  # a shorter text is always welcome
        return True
    notify(
        sentence(
            "This was not stored, because a browser stores at most {most:,} characters of answers "
            "and sentences from the Learn page. Shorten one of your sentences, or answer a lesson "
            "again. Everything stored before is still there.",
            most=MOST_TEXT,
        )
    )
    return False


def keep_with(changed: Progress, value: state.Value[Any], now: Any) -> None:
    """Keep what the learner has done, and set a value with it.

    A stopped callback starts again, and must find both done or neither. So the value is set even if
    there is no room.
    """
    changed = changed if _has_room(changed) else progress()
    state.set_all({state.PROGRESS.key: changed, value.key: now})


def link_ticks() -> list[str]:
    """The titles of the lessons that a link calls done and that are not done here.

    Empty until the browser has said what it kept.
    """
    named = state.LINK_TICKS.get() if state.KEPT_HERE.get() else frozenset()
    return [
        lesson.title
        for lesson in all_lessons().values()
        if lesson.key in named and not progress().is_done(lesson)
    ]


def answer_ticks(keeps: bool) -> None:
    """Take over the ticks of a link as this learner's own, or drop them."""
    from dino.lessons.progress import Progress

    ticked = state.LINK_TICKS.get() if keeps else frozenset()
    keep_with(progress().merged(Progress(ticked=ticked)), state.LINK_TICKS, frozenset())


def note_result(lesson: Lesson, name: str, values: Sequence[Value]) -> None:
    """Keep the result of an experiment that the learner bet on, for their report."""
    known = progress()
    if known.results.get((lesson.key, name)) != tuple(values):
        keep(known.with_result(lesson, name, values))


def test() -> Lesson:
    """The concept test in the page's language, with the questions that the learner began with."""
    from dino.lessons.concept_test import concept_test

    return concept_test(language().code, rounds().version)


def rounds() -> Rounds:
    """The learner's answers in the concept test."""
    from dino.lessons.concept_test import rounds_in

    return rounds_in(progress())


def to_url() -> dict[str, str]:
    """Write projector mode into an address. What a learner has done is private, so no link holds
    it.
    """
    return {PROJECTOR: "1"} if state.PROJECTOR.get() else {}


def read_address(said: Mapping[str, str]) -> list[Sentence]:
    """Read projector mode and the lessons that a link calls done; the page asks before it takes
    these.

    Return a sentence if it names something that is not a lesson.
    """
    state.PROJECTOR.set(said.get(PROJECTOR) == "1")
    text = said.get(DONE, "")
    if not text:
        return []
    from dino.lessons.renamed import FIRST, keys_of_numbers

    named = [
        int(it) if it.isascii() and it.isdecimal() and len(it) < 4 else 0 for it in text.split(",")
    ]
    state.LINK_TICKS.set(keys_of_numbers(named, all_lessons()))
    if set(named) <= set(FIRST):
        return []
    return [
        sentence(
            "In a link, {name} must list lessons by the numbers of an earlier version (1 to "
            "{last}), such as 1,2, not {value}. The page ignores all other numbers.",
            name=DONE,
            last=max(number for number, old in FIRST.items() if old.tasks or old.bets),
            value=quoted(text),
        )
    ]


def draw_store() -> None:
    """Have the browser keep what the learner has done, after it has said what it kept before."""
    text = progress().to_text() if state.KEPT_HERE.get() else None
    if state.UNREAD.get():
        text = None
    asks, erased = not state.KEPT_HERE.get(), this_visit().erasures
    data = {"text": text, "erased": erased, "asks": asks, "begun": has_begun()}
    component("learn_store")(key=STORE, height=1, data=[data], on_here_change=_take)


@run_to_end
def _take() -> None:
    """Callback: take what the browser kept or, later, what another tab has changed."""
    from dino.lessons.progress import MOST_TEXT, progress_from_text

    sent, here = state.sent_value(STORE, "here"), this_visit()
    if not isinstance(sent, dict) or sent.get("erased") != here.erasures:
        return
    if sent.get("first") and state.KEPT_HERE.get():
        return  # a repeated message: the page has newer answers
    text = sent.get("text")
    if isinstance(text, str) and len(text) <= MOST_TEXT:
        kept = progress_from_text(text, all_lessons())
        # The learner may have answered before the browser told what it kept.
        both = kept if state.KEPT_HERE.get() else progress().merged(kept)
        state.PROGRESS.set(both if len(both.to_text()) <= MOST_TEXT else kept)
    elif isinstance(text, str):
        _say_unread(len(text))
    state.KEPT_HERE.set(True)


def _say_unread(length: int) -> None:
    """Say that the stored text is too long to read. It is left in the browser unchanged."""
    from dino.lessons.progress import MOST_TEXT

    state.UNREAD.set(True)
    notify(
        sentence(
            "This browser has stored {length:,} characters from the Learn page, and at most "
            "{most:,} can be read. They stay as they are, but nothing new is stored until you "
            "erase them with the button “Erase my data”.",
            length=length,
            most=MOST_TEXT,
        )
    )
