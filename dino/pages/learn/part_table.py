"""The parts of the Learn page besides its lessons, by key. The frame opens what is listed here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from dino.lessons import concept_test, looking_back, real_or_made, teaching
from dino.locale.sentences import mark
from dino.pages.learn import challenge, looking_back_screen, zoo_screen
from dino.pages.learn.game_screen import draw_real_or_made
from dino.pages.learn.teacher import draw_teacher
from dino.pages.learn.test_screen import draw_concept_test, test_words


def _no_words() -> str:
    return ""


class PagePart(NamedTuple):
    """A part of the page.

    title, about, icon: of its entry in the contents; draw: draws all of it; progress: says how far
    the learner is, in the page's language, '' if not begun.
    """

    title: str
    about: str
    draw: Callable[[], None]
    icon: str
    progress: Callable[[], str] = _no_words


PARTS: Mapping[str, PagePart] = {
    real_or_made.KEY: PagePart(
        mark("Real or made?"),
        mark("Ten names: are they real dinosaurs, or did your network make them up?"),
        draw_real_or_made,
        ":material/playing_cards:",
    ),
    concept_test.KEY: PagePart(
        mark("Concept test"),
        mark(
            "Ten questions, before the lessons and again after them. The answers are shown after "
            "the second time."
        ),
        draw_concept_test,
        ":material/quiz:",
        progress=test_words,
    ),
    looking_back.KEY: PagePart(
        looking_back_screen.TITLE,
        looking_back_screen.ABOUT,
        looking_back_screen.draw_looking_back,
        ":material/history:",
    ),
    challenge.KEY: PagePart(
        challenge.TITLE,
        challenge.ABOUT,
        challenge.draw_challenge,
        ":material/trophy:",
        progress=challenge.challenge_words,
    ),
    zoo_screen.KEY: PagePart(
        zoo_screen.TITLE,
        zoo_screen.ABOUT,
        zoo_screen.draw_zoo,
        ":material/pest_control:",
        progress=zoo_screen.zoo_words,
    ),
    teaching.KEY: PagePart(
        mark("Teacher's sheet"),
        mark(
            "Plans of 20, 45, 60 and 90 minutes to print, with what to prepare, stress and expect. "
            "There is also an assignment to paste and an exercise on paper. It has the answers to "
            "all lessons."
        ),
        draw_teacher,
        ":material/co_present:",
    ),
}
