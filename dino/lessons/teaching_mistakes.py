"""Mistakes in the teacher's sheet that reading it does not find: plans that cannot be held, lessons
without a note, names of things that do not exist.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dino.lessons.lengths import minutes_of
from dino.lessons.lesson import Lesson
from dino.lessons.reading import fields_of
from dino.lessons.teaching import ClassPlan, PlanPart, Sheet, lessons_named
from dino.locale.sentences import Sentence, sentence
from dino.setting import quoted

LONGEST_SITTING = 60  # minutes; a longer plan needs a pause


def sheet_mistakes(sheet: Sheet, lessons: Mapping[str, Lesson]) -> Iterator[Sentence]:
    """A sentence for each plan that cannot be carried out, each lesson without a note, and each
    name of a lesson or a figure that is unknown.
    """
    yield from _note_mistakes(sheet, lessons)
    for name in sorted(lessons_named(sheet) - set(lessons)):
        yield sentence(
            "The teacher's sheet names {lesson}, which is not the key of a lesson.",
            lesson=quoted(name),
        )
    for plan in sheet.plans:
        yield from _plan_mistakes(plan)
        seen = set[str]()
        for part in plan.parts:
            yield from _part_mistakes(sheet, part, lessons, seen)
            seen |= {*part.tells, *([part.lesson] if part.lesson else [])}


def _note_mistakes(sheet: Sheet, lessons: Mapping[str, Lesson]) -> Iterator[Sentence]:
    from dino.lessons.figures import FIGURES  # loads torch

    unknown = (fields_of(sheet.paper) | fields_of(sheet.sample)) - set(FIGURES)
    for lesson in lessons.values():
        note = sheet.notes.get(lesson.key)
        if note is not None:
            unknown |= note.fields - set(FIGURES) - set(lesson.figures_of_claims())
        elif lesson.questions:
            yield sentence("Lesson {number} has no note. Add one.", number=lesson.number)
    for name in sorted(unknown):
        yield sentence(
            "The teacher's sheet names the figure {name}, which needs training and is "
            "neither the lowest nor the highest value of a claim of its lesson. Correct "
            "its name.",
            name=quoted(name),
        )


def _plan_mistakes(plan: ClassPlan) -> Iterator[Sentence]:
    """Whether the parts fill the plan, with a pause in a long one."""
    total = sum(part.minutes for part in plan.parts)
    if total != plan.minutes:
        yield sentence(
            "The parts of the plan of {minutes} minutes take {total} minutes. Change one.",
            minutes=plan.minutes,
            total=total,
        )
    sitting = 0
    for part in plan.parts:
        sitting = 0 if part.is_pause else sitting + part.minutes
        if sitting > LONGEST_SITTING:
            yield sentence(
                "In the plan of {minutes} minutes, more than {most} minutes pass without a pause. "
                "Add one.",
                minutes=plan.minutes,
                most=LONGEST_SITTING,
            )
            return


def _part_mistakes(
    sheet: Sheet, part: PlanPart, lessons: Mapping[str, Lesson], seen: set[str]
) -> Iterator[Sentence]:
    """Whether a part's lesson has a note, its time, and before it what it needs."""
    key = part.lesson
    if key is None:
        return
    if key not in sheet.notes:
        yield sentence("A plan has {lesson}, which has no note. Add one.", lesson=quoted(key))
    if key not in lessons:
        return
    if part.minutes < (needed := minutes_of(lessons[key]).least):
        yield sentence(
            "{lesson} takes at least {needed} minutes, but a plan gives it {minutes}.",
            lesson=quoted(key),
            needed=needed,
            minutes=part.minutes,
        )
    for name in lessons[key].needs:
        if name not in seen:
            yield sentence(
                "In a plan, {lesson} needs {before}, which is neither done nor told before it. Add "
                "it.",
                lesson=quoted(key),
                before=quoted(name),
            )
