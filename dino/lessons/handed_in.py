"""What a learner has done, as the report of Learn has it: plain values and plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from dino.lessons.chips import chips_sentence, round_of
from dino.lessons.concept_test import (
    AFTER,
    ITEMS,
    are_right,
    change_sentences,
    choices,
    concept_test,
    item_of,
    right_answers,
    rounds_in,
)
from dino.lessons.dinosaur_list import dinosaurs
from dino.lessons.figures import Figures
from dino.lessons.judging import Judged, judge, number_of
from dino.lessons.lesson import Item, Lesson, Step, Value
from dino.lessons.progress import Answer, Progress
from dino.lessons.reading import fields_of, lessons
from dino.lessons.real_or_made import game_score
from dino.lessons.zoo_answers import zoo_answers
from dino.locale.sentences import ENGLISH, Language, Sentence, Text, number_sentence, sentence
from dino.reports.learn_report import (
    Given,
    HandedIn,
    Learned,
    LearnedLesson,
    LearnedTest,
    Question,
    Sentences,
    TestKey,
)
from dino.zoo import ZOO

LONGEST = 200  # letters of a question in a report
LONGEST_TEXT = 900  # and of all that is asked with it
CELLS = str.maketrans({"1": "■", "0": "□", "/": " "})
FRACTION = re.compile(r"\\d?frac\{([^{}]*)\}\{([^{}]*)\}")
SIGNS = {r"\partial": "∂", r"\odot": "⊙", r"\propto": "∝", r"\leftarrow": "←"}
# A power or an index that is more than letters and digits: e^(z_i / T), but W_hh.
RAISED = re.compile(r"([\^_])\{([^{}]*[^{}\w][^{}]*)\}")
# Marks of Markdown and of formulas, which a reader of plain text does without; \n is none.
MARKUP = re.compile(r"\*+|[`${}]|\\(text|mathrm|mathbf|left|right)(?![a-z])|\\(?=[A-Za-z]{2})")
QUESTION = re.compile(r"¿?[^.?!¿]*\?")


def key_of(language: str) -> TestKey:
    """The concept test as `check` needs it."""
    test = concept_test(language)
    names = tuple(step.name for step in test.steps)
    return TestKey(names, tuple(choices(test, i) for i in range(ITEMS)), right_answers(test))


def learned(
    progress: Progress,
    language: Language = ENGLISH,
    date: str = "",
    challenge: HandedIn | None = None,
) -> Learned:
    """All that a learner has done, with the texts in a language. date: of today, year-month-day;
    challenge: the entry handed in, which the learner's runs know.
    """
    known = [it for it in lessons(language.code).values() if any(it.asking())]
    return Learned(
        tuple(_lesson(progress, it, language) for it in known),
        _test(progress, language),
        date,
        zoo_answers(progress),
        len(ZOO),
        game_score(progress),
        challenge,
    )


def _lesson(progress: Progress, lesson: Lesson, language: Language) -> LearnedLesson:
    figures = Figures(lesson)
    done, count = progress.settled(lesson)
    is_settled = done == count
    texts = {step.name: plain(step.text, figures, language) for step in lesson.steps if step.name}
    return LearnedLesson(
        lesson.number,
        lesson.key,
        lesson.title,
        progress.is_done(lesson) and is_settled,  # a tick alone is no answer to hand in
        (done, count),
        tuple(_questions(progress, lesson, figures, language)),
        tuple(
            Sentences(step.name, _cut(texts[step.name]), progress.words[lesson.key, step.name])
            for step in lesson.steps
            if step.kind == "words" and (lesson.key, step.name) in progress.words
        ),
    )


def _questions(
    progress: Progress, lesson: Lesson, figures: Figures, language: Language
) -> Iterator[Question]:
    """The tasks and bets that were answered or skipped."""
    for step in lesson.asking():
        answer = progress.answer(lesson, step.name)
        if answer is None:
            continue
        found = _judged(step, answer, progress.results.get((lesson.key, step.name)), figures)
        text = plain(step.text, figures, language)
        asked = asked_in(text)
        given = tuple(
            _given(item, i, answer, judged, asked, figures, language)
            for i, (item, judged) in enumerate(zip(step.items, found, strict=True))
        )
        if step.panel == "chips":
            given = (_chips(step, answer),)
        is_right = answer.is_right if step.kind == "task" else _are_all_right(found)
        text = text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
        yield Question(step.kind, step.name, answer.tries, is_right, given, text)


def _judged(
    step: Step, answer: Answer, results: tuple[Value, ...] | None, figures: Figures
) -> Sequence[Judged | None]:
    """Each answer beside its result, as far as that is known: kept from a run, or without one."""
    if results is not None:
        pairs = zip(step.items, results, strict=True)
        step = replace(step, items=tuple(replace(item, answer=it) for item, it in pairs))
    found = judge(step, answer.values, figures) if answer.values is not None else None
    return found or [None] * len(step.items)


def _are_all_right(found: Sequence[Judged | None]) -> bool | None:
    known = [it.is_right for it in found if it is not None]
    return all(known) if known and len(known) == len(found) else None


def _chips(step: Step, answer: Answer) -> Given:
    """A bet of chips: how many lie on which symbols, and which one came, at what loss."""
    played, labels = round_of(step), dinosaurs().vocab.labels
    question = f"{played.start}…"
    if answer.values is None:
        return Given(question, None)
    counts = sorted(((-int(float(n)), i) for i, n in enumerate(answer.values) if n))
    staked = ", ".join(f"{labels[i]} {-n}" for n, i in counts)
    told = chips_sentence(answer.values, played)
    return Given(question, staked, labels[played.target], None, staked, told)


def _given(
    item: Item,
    place: int,
    answer: Answer,
    judged: Judged | None,
    asked: str,
    figures: Figures,
    language: Language,
) -> Given:
    """An answer to an item beside its result, as values and in words."""
    own = plain(item.text, figures, language)
    question = own or asked
    if answer.values is None:
        return Given(question, None)
    value = answer.values[place]
    words = _words(item, value, figures, language)
    if judged is None:
        return Given(question, value, value_words=words)
    off, result = judged.off, words
    off_words: Text = ""
    if off is not None:
        # A right number has all decimals that are asked for: 0.63 for 0.625, which rounds to 0.62.
        off_words = number_sentence(0.0 if judged.is_right else off, f"+,.{item.digits}f")
    if not judged.is_right:
        result = _words(item, judged.right, figures, language)
    return Given(question, value, judged.right, off, words, result, off_words)


def _words(item: Item, value: Value, figures: Figures, language: Language) -> Text:
    """An answer in words: what its choice says, or the number with its unit."""
    if item.choices:
        text = next((it.text for it in item.choices if it.name == value), str(value))
        return plain(text, figures, language)
    if item.grid:  # which cells are marked, row by row
        return str(value).translate(CELLS)
    number = number_of(item, float(value))
    return sentence("{number} {unit}", number=number, unit=item.unit) if item.unit else number


def plain(template: str, figures: Figures, language: Language) -> str:
    """A text of a lesson without marks of Markdown and of formulas; … for a figure that is not
    there without a run.
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
    """Without rows of tables, too."""
    lines = [line for line in words.splitlines() if not line.lstrip().startswith("|")]
    text = FRACTION.sub(r"(\1)/(\2)", " ".join(lines))
    for name, sign in SIGNS.items():
        text = text.replace(name, sign)
    text = RAISED.sub(r"\1(\2)", text)
    return " ".join(MARKUP.sub("", text).split())


def asked_in(text: str) -> str:
    """The last question of a text; without one its beginning, at most `LONGEST` letters."""
    asked = QUESTION.findall(text)
    return _cut(asked[-1].strip() if asked else text)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _test(progress: Progress, language: Language) -> LearnedTest:
    """The rounds of the concept test that are over."""
    test = concept_test(language.code)
    rows = rounds_in(progress, test).rows()
    is_over = len(rows) > AFTER
    return LearnedTest(
        key_of(language.code),
        rows,
        tuple(_plainly(step.text) for step in test.steps),
        tuple(
            {choice.name: _plainly(choice.text) for choice in item_of(test, i).choices}
            for i in range(ITEMS)
        ),
        tuple(change_sentences(*(are_right(test, row) for row in rows))) if is_over else (),
    )


def _plainly(template: str) -> str:
    """A text of the concept test, which has no figures."""
    return _without_markup(template.format())
