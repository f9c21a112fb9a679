"""What a learner has done, as the report of Learn shows it: in one language, in plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from dino.lessons.chips import chips_sentence, round_of
from dino.lessons.concept_test import (
    AFTER,
    VERSION,
    are_right,
    change_sentences,
    concept_test,
    rounds_in,
)
from dino.lessons.dinosaur_list import dinosaurs
from dino.lessons.figures import Figures
from dino.lessons.item import AnswerChoice, Item, Value
from dino.lessons.judging import judge_question
from dino.lessons.lesson import Lesson, Question
from dino.lessons.looking_back import bets, judged_again, second_answers
from dino.lessons.progress import Progress
from dino.lessons.reading import fields_of, lessons
from dino.lessons.real_or_made import GameScore, game_score
from dino.lessons.zoo_answers import ZooAnswer, zoo_answers
from dino.locale.sentences import ENGLISH, Language, Sentence, Text
from dino.zoo import ZOO

if TYPE_CHECKING:
    from dino.exam import ExamResult
    from dino.metrics import BesideBaseline

LONGEST = 200  # letters of a question in a report
LONGEST_TEXT = 900  # letters of everything that is asked with it
FRACTION = re.compile(r"\\d?frac\{([^{}]*)\}\{([^{}]*)\}")
SIGNS = {r"\sigma": "σ", r"\partial": "∂", r"\odot": "⊙", r"\propto": "∝", r"\leftarrow": "←"}
# A power or an index with more than letters and digits: e^(z_i / T), but not W_hh.
RAISED = re.compile(r"([\^_])\{([^{}]*[^{}\w][^{}]*)\}")
# Marks of Markdown and of formulas, which plain text does without; \n is not one.
MARKUP = re.compile(r"\*+|[`${}]|\\(text|mathrm|mathbf|left|right)(?![a-z])|\\(?=[A-Za-z]{2})")
QUESTION = re.compile(r"¿?[^.?!¿]*\?")


class OwnWords(NamedTuple):
    """A learner's own words: where they were written, what was asked, the sentences."""

    name: str
    question: str
    text: str


@dataclass(frozen=True)
class LessonReport:
    """A lesson. settled: how many of its questions are settled, of how many; words: the
    learner's own.

    questions: those that were answered or skipped
    """

    number: int
    key: str
    title: str
    is_done: bool
    settled: tuple[int, int]
    questions: tuple[Question, ...] = ()
    words: tuple[OwnWords, ...] = ()

    @property
    def counts(self) -> QuestionCounts:
        """How many of its questions were answered, skipped and right, with how many tries."""
        return counts_of(self.questions)


class QuestionCounts(NamedTuple):
    """Of some questions: how many were answered, how many skipped, how many of the answered ones
    are right, and how many tries these took.
    """

    answered: int
    skipped: int
    right: int
    tries: int


def counts_of(questions: Sequence[Question]) -> QuestionCounts:
    """The counts of questions that were answered or skipped."""
    answered = [it for it in questions if it.is_answered]
    right = sum(it.is_right is True for it in answered)
    tries = sum(it.tries for it in answered)
    return QuestionCounts(len(answered), len(questions) - len(answered), right, tries)


class TestReport(NamedTuple):
    """The concept test.

    rounds: the answers of those that are over (0 to 2, 10), names of choices; changes: what differs
    in the second round; version: of the questions
    """

    questions: tuple[Question, ...]
    rounds: tuple[tuple[str, ...], ...]
    changes: tuple[Text, ...] = ()
    version: int = VERSION


@dataclass(frozen=True)
class ChallengeEntry:
    """The entry of the challenge that was handed in.

    run: its title; opened: what its exam showed, None if that is no longer known; counting: the run
    beside counting, on the exam's names
    """

    run: str
    opened: ExamResult | None = None
    counting: tuple[BesideBaseline, ...] = ()


class SecondAnswer(NamedTuple):
    """A bet that was asked once more. answers: the second ones, None if it was skipped; question:
    the bet with them, in words.
    """

    lesson: LessonReport
    question: Question
    answers: tuple[Value, ...] | None


@dataclass(frozen=True)
class LearnerReport:
    """What a learner has done on the Learn page, with all texts in the report's language.

    date: of the report, year-month-day; '' for none; exhibits: how many the zoo has
    """

    lessons: tuple[LessonReport, ...]
    test: TestReport
    date: str = ""
    zoo: tuple[ZooAnswer, ...] = ()
    exhibits: int = 0
    game: GameScore | None = None
    challenge: ChallengeEntry | None = None
    again: tuple[SecondAnswer, ...] = ()


def learner_report(
    progress: Progress,
    language: Language = ENGLISH,
    date: str = "",
    challenge: ChallengeEntry | None = None,
) -> LearnerReport:
    """Everything that a learner has done, with the texts in a language.

    date: of today, year-month-day; challenge: the entry handed in, which the learner's runs have
    """
    known = [it for it in lessons(language.code).values() if it.questions]
    found = tuple(_lesson(progress, it, language) for it in known)
    return LearnerReport(
        found,
        _test(progress, language),
        date,
        zoo_answers(progress),
        len(ZOO),
        game_score(progress),
        challenge,
        tuple(_second_answers(progress, found, language)),
    )


def _second_answers(
    progress: Progress, found: Sequence[LessonReport], language: Language
) -> Iterator[SecondAnswer]:
    """The bets that were asked once more, each with its second answer."""
    known, titled = lessons(language.code), {it.key: it for it in found}
    given = second_answers(progress, known)
    for bet in bets(progress, known):
        if bet.key in given:
            answers = given[bet.key]
            question = bet.question if answers is None else judged_again(bet, answers)
            words = partial(plain, figures=Figures(bet.lesson), language=language)
            shown = _labelled(question.with_words(words), language)
            yield SecondAnswer(titled[bet.lesson.key], shown, answers)


def _lesson(progress: Progress, lesson: Lesson, language: Language) -> LessonReport:
    figures = Figures(lesson)
    done, count = progress.settled(lesson)
    is_settled = done == count
    texts = {step.name: plain(step.text, figures, language) for step in lesson.steps if step.name}
    return LessonReport(
        lesson.number,
        lesson.key,
        lesson.title,
        progress.is_done(lesson) and is_settled,  # a tick without answers is nothing to hand in
        (done, count),
        tuple(_questions(progress, lesson, figures, language)),
        tuple(
            OwnWords(step.name, _cut(texts[step.name]), progress.words[lesson.key, step.name])
            for step in lesson.steps
            if step.kind == "words" and (lesson.key, step.name) in progress.words
        ),
    )


def _questions(
    progress: Progress, lesson: Lesson, figures: Figures, language: Language
) -> Iterator[Question]:
    """The tasks and bets that were answered or skipped, each beside its result if that is known:
    kept from a run, or known without one.
    """
    words = partial(plain, figures=figures, language=language)
    for question in progress.questions(lesson):
        if question.answer is not None:
            kept = progress.results.get((lesson.key, question.name))
            yield _labelled(judge_question(question, figures, kept).with_words(words), language)


def _labelled(question: Question, language: Language) -> Question:
    """The question with a text for each item, and its own text shortened if it is too long."""
    asked = asked_in(question.text)
    items = tuple(replace(it, text=it.text or asked) for it in question.items)
    if question.panel == "chips":
        items = (_chips(question, language),)
    return replace(question, items=items, text=_cut(question.text, LONGEST_TEXT))


def _chips(question: Question, language: Language) -> Item:
    """A bet of chips: how many are on which symbols, which symbol came, and at what loss."""
    played, labels = round_of(question), dinosaurs().vocab.labels
    item = Item(f"{played.start}…", "")
    if question.answer is None or question.answer.values is None:
        return item
    values = question.answer.values
    counts = sorted(((-int(float(n)), i) for i, n in enumerate(values) if n))
    staked = ", ".join(f"{labels[i]} {-n}" for n, i in counts)
    came = AnswerChoice(labels[played.target], language.put(chips_sentence(values, played)))
    return replace(item, answer=staked, result=came.name, choices=(came,))


def plain(template: str, figures: Figures, language: Language) -> str:
    """A text of a lesson without marks of Markdown and of formulas; … for a figure that is unknown
    without a run.
    """
    known: dict[str, Value] = {}
    for name in fields_of(template):
        found = figures.get(name)
        if found is None:
            template = re.sub(rf"\{{{name}(:[^{{}}]*)?\}}", "…", template)
        else:
            known[name] = found
    words = language.put(Sentence(template, known)) if template else ""
    return _without_markup(words)


def _without_markup(words: str) -> str:
    """The words without Markdown, and without rows of tables."""
    lines = [line for line in words.splitlines() if not line.lstrip().startswith("|")]
    text = FRACTION.sub(r"(\1)/(\2)", " ".join(lines))
    for name, sign in SIGNS.items():
        text = text.replace(name, sign)
    text = RAISED.sub(r"\1(\2)", text)
    return " ".join(MARKUP.sub("", text).split())


def asked_in(text: str) -> str:
    """The last question of a text; if it has none, its beginning, at most `LONGEST` letters."""
    asked = QUESTION.findall(text)
    return _cut(asked[-1].strip() if asked else text)


def _cut(text: str, longest: int = LONGEST) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _test(progress: Progress, language: Language) -> TestReport:
    """The rounds of the concept test that are over."""
    found = rounds_in(progress)
    test, rounds = concept_test(language.code, found.version), found.rows()
    marks = [are_right(test, row) for row in rounds]
    changes = tuple(change_sentences(*marks)) if len(rounds) > AFTER else ()
    questions = (it.with_words(_plainly) for it in test.questions.values())
    return TestReport(tuple(questions), rounds, changes, found.version)


def _plainly(template: str) -> str:
    """A text of the concept test, which has no figures."""
    return _without_markup(template.format())
