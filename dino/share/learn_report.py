"""The report of the page Learn: one HTML file that opens offline, runs no script, prints on A4.

    make_learn_report(learned, Words(author="Ana"), language, number) -> bytes

All texts in it are escaped. The facts are in it as JSON, for `check`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from dino.exam import counting_rows, counting_sentences
from dino.locale.sentences import (
    ENGLISH,
    Language,
    Text,
    mark,
    number_sentence,
    plural_sentence,
    sentence,
)
from dino.share.facts import Words
from dino.share.learn_facts import ROUNDS, Learned, LearnedLesson, Question, learn_facts
from dino.share.markup import Row, heading, paragraph, points, table
from dino.share.report_frame import MOST_BYTES, exam_parts, html_file, top

LENGTHS = (600, 300, 150, 75, 0)  # letters of each own sentence, the most that a file has room for
RIGHT = {True: mark("right"), False: mark("not right yet"), None: mark("not known yet")}
SKIPPED = mark("skipped")


def make_learn_report(
    learned: Learned, words: Words | None = None, language: Language = ENGLISH, number: str = ""
) -> bytes:
    """A report of what a learner has done: UTF-8, at most `MOST_BYTES`.

    words: the learner's own; number: drawn for this file. Own sentences are cut where the file
    would be too large.
    """
    raw = b""
    for length in LENGTHS:
        page = Page(_cut(learned, length), words or Words(), language, number)
        raw = page.html().encode("utf-8", "replace")
        if len(raw) <= MOST_BYTES:
            break
    return raw


def _cut(learned: Learned, length: int) -> Learned:
    """The same with own sentences of at most this many letters, the mark of what is left out among
    them.
    """

    def lesson(it: LearnedLesson) -> LearnedLesson:
        words = tuple(
            one if len(one.text) <= length else one._replace(text=one.text[: length - 1] + "…")
            for one in it.words
            if length
        )
        return replace(it, words=words)

    return replace(learned, lessons=tuple(map(lesson, learned.lessons)))


@dataclass(frozen=True)
class Page:
    """What the report shows, section by section. The fields are those of `make_learn_report`."""

    learned: Learned
    words: Words
    language: Language
    number: str

    def put(self, text: Text) -> str:
        """A sentence in the report's language."""
        return self.language.put(text)

    def html(self) -> str:
        """The whole file."""
        title = self.words.title.strip() or self.put(mark("What I did on the page Learn"))
        done = sum(it.is_done for it in self.learned.lessons)
        count = sentence(
            "{done} of {count} lessons are done.", done=done, count=len(self.learned.lessons)
        )
        first = top(title, self.words, count, None, self.put, self.learned.date)
        sections = (
            first,
            self.lessons(),
            self.asked("bet", mark("Bets")),
            self.asked("task", mark("Tasks")),
            self.own(),
            self.test(),
            self.zoo(),
            self.challenge(),
            self.game(),
        )
        parts = [part for section in sections for part in section]
        check = mark(
            "“python -m dino check” with this file says whether its facts are whole, and whether "
            "the totals of the concept test agree with the answers."
        )
        facts = learn_facts(self.learned, self.words, self.number)
        return html_file(title, self.language, parts, check, facts)

    def lessons(self) -> Iterator[str]:
        """Each lesson: how many questions it has, how many were answered, and how many skipped."""
        yield heading(self.put(mark("Lessons")))
        rows = []
        for it in self.learned.lessons:
            found = it.settled[1], it.answered, it.skipped
            numbers = [self.put(number_sentence(count)) for count in found]
            state = mark("done") if it.is_done else ""
            rows.append(Row([self._title(it), *numbers, self.put(state)]))
        counts = mark("questions"), mark("of these answered"), mark("of these skipped")
        titles = mark("lesson"), *counts, ""
        yield table([self.put(title) for title in titles], rows, numeric=(1, 2, 3))

    def _title(self, lesson: LearnedLesson) -> str:
        return self.put(sentence("{number} · {title}", number=lesson.number, title=lesson.title))

    def asked(self, kind: str, title: str) -> Iterator[str]:
        """Every bet, or every task: what was asked, the answer, what came out, how far off it was;
        of a task how many tries it took, and whether the last one was right.
        """
        found = [(it, q) for it in self.learned.lessons for q in it.questions if q.kind == kind]
        if found:
            yield heading(self.put(title))
        for lesson, question in found:
            words = [self._title(lesson)]
            if kind == "task":
                words += map(self.put, _outcome(question))
            yield paragraph(" · ".join(words), "small")
            yield paragraph(question.text)
            yield self._answers(question)

    def _answers(self, question: Question) -> str:
        """The answers to a question, beside their results."""
        rows = []
        for it in question.given:
            is_said = len(question.given) == 1 and it.question in question.text
            own = "" if is_said else it.question
            cells = map(self.put, (it.value_words or SKIPPED, it.result_words, it.off_words))
            rows.append(Row([own, *(cell or "–" for cell in cells)]))
        titles = "", mark("answer"), mark("result"), mark("off by")
        return table([self.put(title) for title in titles], rows)

    def own(self) -> Iterator[str]:
        """The sentences that were written in the lessons."""
        written = [(it, words) for it in self.learned.lessons for words in it.words]
        if written:
            yield heading(self.put(mark("Sentences in the lessons")))
        for lesson, words in written:
            asked = f"{self._title(lesson)} · {words.question}"
            yield paragraph(asked, "small")
            yield paragraph(words.text, "own")

    def test(self) -> Iterator[str]:
        """The concept test: the answers of each round, and once both are over what is right."""
        test = self.learned.test
        yield heading(self.put(mark("Concept test")))
        if not test.answers:
            yield paragraph(self.put(mark("It was not taken.")))
            return
        if len(test.answers) < len(ROUNDS):
            words = mark("It was taken once; what is right is shown after the second time.")
            yield paragraph(self.put(words))
        yield points([self.put(words) for words in test.changes])
        rows = []
        for i, (question, choices) in enumerate(zip(test.questions, test.choices, strict=True)):
            answers = [self._answer(row[i], i) for row in test.answers]
            number = self.put(number_sentence(i + 1))
            rows.append(Row([number, question, *(f"{m}{choices[name]}" for m, name in answers)]))
        titles = ["", mark("question"), mark("before the lessons"), mark("after them")][
            : 2 + len(test.answers)
        ]
        yield table([self.put(title) for title in titles], rows)

    def _answer(self, name: str, number: int) -> tuple[str, str]:
        """The mark of an answer, none before both rounds are over, and its name."""
        test = self.learned.test
        if len(test.answers) < len(ROUNDS):
            return "", name
        return ("✓ " if name == test.key.right[number] else "✗ "), name

    def zoo(self) -> Iterator[str]:
        """The exhibits of the failure zoo that were answered or skipped."""
        found = self.learned.zoo
        if not found:
            return
        yield heading(self.put(mark("Failure zoo")))
        solved = sentence(
            "Of {count} runs that fail, the cause of {solved} was found at the first answer.",
            count=self.learned.exhibits,
            solved=sum(it.is_right for it in found),
        )
        yield paragraph(self.put(solved))
        rows = [
            Row(
                [
                    self.put(sentence("{number} · {title}", number=it.number, title=it.title)),
                    self.put(it.choice_words or SKIPPED),
                    self.put(it.cause_words),
                ]
            )
            for it in found
        ]
        titles = mark("run"), mark("answer"), mark("cause")
        yield table([self.put(title) for title in titles], rows)

    def challenge(self) -> Iterator[str]:
        """The entry that was handed in, and what its final exam showed."""
        handed = self.learned.challenge
        if handed is None:
            return
        yield heading(self.put(mark("The challenge")))
        if not handed.run:
            words = mark("An entry was handed in; its run is no longer kept.")
            yield paragraph(self.put(words))
            return
        yield paragraph(self.put(sentence("Handed in: {run}", run=handed.run)))
        if handed.opened is None:
            words = mark("What its final exam showed is not known any more.")
            yield paragraph(self.put(words))
            return
        yield from exam_parts(handed.opened, self.put)
        if handed.counting:
            rows = [Row([self.put(cell) for cell in row]) for row in counting_rows(handed.counting)]
            titles = mark("on the exam's names"), mark("its loss"), mark("the run's loss minus it")
            yield table([self.put(title) for title in titles], rows, numeric=(1, 2))
            yield points([self.put(words) for words in counting_sentences(handed.counting)])

    def game(self) -> Iterator[str]:
        """All games Real or made, beside chance."""
        if self.learned.game is not None:
            yield heading(self.put(mark("Real or made?")))
            yield paragraph(self.put(self.learned.game.words))


def _outcome(question: Question) -> Iterator[Text]:
    """How many tries a task took, and whether the last one was right."""
    if not question.is_answered:
        yield SKIPPED
        return
    yield plural_sentence("{count} try", "{count} tries", question.tries)
    yield RIGHT[question.is_right]
