"""What a report of the Learn page claims, read and judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from dino.config import quoted
from dino.grader.claims import DATE, REPORT, check_version, read_words
from dino.grader.grading import Grading
from dino.grader.judge import HOLDS, ItemGrade, Judgement, failure
from dino.lessons.concept_test import FIRST, concept_test
from dino.lessons.concept_test import VERSION as TEST_VERSION
from dino.lessons.item import Value
from dino.lessons.lesson import QUESTIONS
from dino.lessons.progress import MOST_TRIES, RESULT
from dino.locale.sentences import Refusal
from dino.outside import ANY, FLAG, TEXT, Fields, Rule, list_of, one_of, or_none, row_of, whole
from dino.reports.facts import Words
from dino.reports.learn_report import CHECKSUM, ROUNDS, VERSION, TestKey, checksum, key_of
from dino.zoo import ZOO

MOST_LESSONS, MOST_QUESTIONS, MOST_ANSWERS = 99, 99, 99
# The items that are judged of a report of Learn.
ITEM = "concept test"
LESSONS = "lessons"
ZOO_ITEM = "zoo"
PAGE = "page"  # what the report shows
CHANGED = "it does not show what it showed when it was made. Somebody or a program changed it"
VALUE = Rule[Value](
    "a text or a number",
    lambda it: TEXT.fits(it) or RESULT.fits(it),
    lambda it: TEXT.value(it) if isinstance(it, str) else float(it),
)
ZOO_ROW = Rule(
    "a row of the zoo: an exhibit, a cause or null, true or false",
    lambda it: isinstance(it, list) and len(it) == 3 and it[0] in (*ZOO,) and _is_answer(*it),
    tuple,
)
SECOND = row_of(TEXT, TEXT, or_none(list_of(VALUE, MOST_ANSWERS)))
PAIR = row_of(whole(1_000_000), whole(1_000_000))
GAME = Rule(
    "how many names were guessed right, and of how many",
    lambda it: PAIR.fits(it) and it[0] <= it[1],
    tuple,
)


class Answered(NamedTuple):
    """A bet or a task. answers: of each of its parts the answer, the result, how far off it was."""

    lesson: str
    kind: str
    name: str
    tries: int
    is_right: bool | None
    answers: tuple[tuple[Value | None, Value | None, float | None], ...]

    @property
    def is_skipped(self) -> bool:
        """Whether it has no answer."""
        return all(answer is None for answer, _, _ in self.answers)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to do: a bet is placed, a task right, or it was skipped."""
        return self.is_skipped or self.kind == "bet" or self.is_right is True


@dataclass(frozen=True, eq=False)
class LearnClaims:
    """What a report of Learn claims, with values of the right types.

    number: the first digits of its checksum, for a table without names
    done: how many lessons are done; rounds: the answers to the concept test (0 to 2, 10)
    key: the concept test that they answer, of test_version
    totals: how many are right in each round, as claimed; () if nothing is claimed
    questions: the bets and tasks that were answered or skipped; settled: for each lesson how many
    of its questions are settled, of how many, and whether the report calls it done
    zoo: of each exhibit its key, the chosen cause or None, whether that is called right
    again: of each bet that was asked once more its lesson, its name, the second answers or None
    game: how many names were guessed right, of how many; None without a game
    date: year-month-day, or ''; page: the digest of what its page shows, as claimed; '' if an older
    report has none; shown: the same of the page itself
    claims: all of the JSON
    seconds, figures, fingerprint: of training, so they are empty
    """

    words: Words
    number: str
    done: int
    key: TestKey
    rounds: tuple[tuple[str, ...], ...]
    test_version: int
    totals: tuple[int, ...]
    questions: tuple[Answered, ...]
    settled: tuple[tuple[int, int, bool], ...]
    zoo: tuple[tuple[str, str | None, bool], ...]
    again: tuple[tuple[str, str, list[Value] | None], ...]
    game: tuple[int, int] | None
    date: str
    page: str
    claims: Mapping[str, Any]
    shown: str = ""
    seconds: float = 0.0
    figures: Mapping[str, float | None] = field(default_factory=dict)
    fingerprint: str = ""

    @property
    def skipped(self) -> int:
        """How many questions were skipped."""
        return sum(it.is_skipped for it in self.questions)

    @property
    def answered(self) -> int:
        """How many questions were answered."""
        return len(self.questions) - self.skipped


def _is_answer(key: str, choice: object, is_right: object) -> bool:
    return choice in (None, *ZOO[key].choices) and type(is_right) is bool


@cache
def concept_key(version: int = TEST_VERSION) -> TestKey:
    """The concept test's questions, choices and right answers, which no language changes."""
    return key_of(concept_test("en", version).questions.values())


def learn_claims(claims: Mapping[str, Any]) -> LearnClaims:
    """The claims of a report of Learn, checked. Raises Refusal, with one sentence."""
    is_first = claims.get("version") == 1
    check_version(claims, 1 if is_first else VERSION)
    fields = Fields(claims, REPORT)
    said = fields.take(CHECKSUM, TEXT)
    if said != checksum(claims):
        raise Refusal("Its facts do not agree with their checksum, so the file was changed.")
    lessons = fields.tables("lessons", MOST_LESSONS)
    test = fields.fields("test")
    version = FIRST if is_first else test.take("version", whole(TEST_VERSION, FIRST))
    return LearnClaims(
        words=read_words(fields),
        number=said[:10],
        done=sum(it.take("done", FLAG) for it in lessons),
        test_version=version,
        key=(key := concept_key(version)),
        rounds=_read_rounds(test, key),
        totals=_read_totals(test, key),
        questions=tuple(found for it in lessons for found in _read_questions(it)),
        settled=tuple(map(_read_settled, lessons)),
        zoo=tuple(fields.maybe("zoo", list_of(ZOO_ROW, len(ZOO)), [])),
        again=tuple(fields.maybe("again", list_of(SECOND, MOST_QUESTIONS), [])),
        game=fields.maybe("game", or_none(GAME), None),
        date=fields.maybe("date", DATE, ""),
        page="" if is_first else fields.take("page", TEXT),
        claims=claims,
    )


def _read_questions(lesson: Fields) -> Iterator[Answered]:
    """The bets and tasks of a lesson that were answered or skipped."""
    for it in lesson.tables("questions", MOST_QUESTIONS):
        yield Answered(
            lesson.take("key", TEXT),
            it.take("kind", one_of(QUESTIONS)),
            it.take("name", TEXT),
            it.take("tries", whole(MOST_TRIES)),
            it.take("right", or_none(FLAG)),
            tuple(map(_read_answer, it.tables("answers", MOST_ANSWERS))),
        )


def _read_answer(fields: Fields) -> tuple[Value | None, Value | None, float | None]:
    answer, result = (fields.take(name, or_none(VALUE)) for name in ("answer", "result"))
    return answer, result, fields.take("off", or_none(RESULT))


def _read_settled(lesson: Fields) -> tuple[int, int, bool]:
    most = whole(MOST_QUESTIONS)
    done, count = lesson.take("settled", row_of(most, most))
    return done, count, lesson.take("done", FLAG)


def _read_rounds(test: Fields, key: TestKey) -> tuple[tuple[str, ...], ...]:
    if test.take("questions", ANY) != list(key.names):
        raise Refusal(
            "The questions of its concept test differ from those of this Dino. Use the Dino that "
            "made it."
        )
    rows = test.take("rounds", list_of(list_of(TEXT, len(key.names)), len(ROUNDS)))
    return tuple(_read_round(row, key) for row in rows)


def _read_round(row: list[str], key: TestKey) -> tuple[str, ...]:
    if len(row) != len(key.names):
        raise Refusal(f"A round must have {len(key.names)} answers, not {len(row):,}.")
    for answer, known in zip(row, key.choices, strict=True):
        if answer not in known:
            raise Refusal(f"An answer must be one of {', '.join(known)}, not {quoted(answer)}.")
    return tuple(row)


def _read_totals(test: Fields, key: TestKey) -> tuple[int, ...]:
    totals = test.take("right", list_of(whole(len(key.names)), len(ROUNDS)))
    if len(totals) not in (0, len(ROUNDS)):
        raise Refusal("Its concept test must have two totals or none.")
    return tuple(totals)


def judge_learn(claims: LearnClaims, how: Grading) -> Judgement:
    """Whether the totals agree with the answers, and the page with its facts. The numbers are left
    out, because names are beside them.
    """
    found = {
        ITEM: _judge_test(claims),
        LESSONS: _judge_lessons(claims),
        ZOO_ITEM: _judge_zoo(claims),
    }
    if claims.page:
        found[PAGE] = HOLDS if claims.page == claims.shown else failure(CHANGED)
    return Judgement(found)


def _judge_test(claims: LearnClaims) -> ItemGrade:
    counted = [claims.key.count_right(row) for row in claims.rounds]
    expected = tuple(counted) if len(counted) == len(ROUNDS) else ()
    if claims.totals != expected:
        return failure("how many it calls right does not agree with its answers")
    return HOLDS


def _judge_lessons(claims: LearnClaims) -> ItemGrade:
    """Whether as many questions are called settled as the answers settle, and no lesson is called
    done before all are.
    """
    said = sum(done for done, _, _ in claims.settled)
    if said != sum(it.is_settled for it in claims.questions):
        return failure("how many questions it calls settled does not agree with its answers")
    if any(done > count or (is_done and done < count) for done, count, is_done in claims.settled):
        return failure("it calls a lesson done that has open questions")
    return HOLDS


def _judge_zoo(claims: LearnClaims) -> ItemGrade:
    if any(is_right != (choice == ZOO[key].cause) for key, choice, is_right in claims.zoo):
        return failure("what it calls right in the zoo does not agree with its answers")
    return HOLDS
