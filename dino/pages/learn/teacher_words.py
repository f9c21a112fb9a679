"""What several parts of the teacher's sheet say: links to lessons, and texts that name lessons."""

from __future__ import annotations

from urllib.parse import urlencode

from dino.lessons.lesson import Lesson
from dino.lessons.teaching import filled, with_titles
from dino.pages.learn.stage import lesson_title
from dino.ui import learner
from dino.ui.language import language_params, put


def link_to(lesson: Lesson) -> str:
    """A lesson's title as a link to it, in Markdown."""
    params = urlencode({"tab": lesson.key, **language_params()})
    return f"[{lesson_title(lesson)}](learn?{params})"


def title_of(key: str) -> str:
    """A lesson's number and title; its key if there is no such lesson."""
    lesson = learner.all_lessons().get(key)
    return key if lesson is None else lesson_title(lesson)


def linked(text: str) -> str:
    """A text of the sheet as Markdown, with links to the lessons that it names."""
    known = learner.all_lessons()
    return with_titles(text, lambda key: link_to(known[key]) if key in known else key)


def filled_words(text: str, lesson: Lesson | None = None) -> str:
    """A text of the sheet with its figures and links. lesson: the one that its note is on."""
    return linked(put(filled(text, lesson)))


def listed(head: str, lines: list[str] | tuple[str, ...]) -> str:
    """A list in Markdown with its head."""
    return "\n".join([f"**{head}**", "", *(f"- {line}" for line in lines)])
