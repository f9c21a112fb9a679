"""The concept test and the game of the Learn page: their texts, their answers, their chances."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product
from math import comb
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dino.data import Corpus, load_bundled
from dino.grader.grading import Grading
from dino.grader.judge import HOLDS
from dino.grader.learn_claims import ITEM, judge_learn, learn_claims
from dino.grader.report_check import Lists
from dino.lessons.checking import mistakes
from dino.lessons.concept_test import (
    FIRST,
    FOLDER,
    FOLDERS,
    ITEMS,
    KEY,
    NAMES,
    VERSION,
    Rounds,
    are_right,
    change_sentences,
    choices,
    concept_test,
    item_of,
    keep_rounds,
    read_test,
    right_answers,
    rounds_in,
    wrong_beliefs,
)
from dino.lessons.learner_report import learner_report
from dino.lessons.lesson import Lesson
from dino.lessons.progress import Progress, progress_from_text
from dino.lessons.reading import lessons
from dino.lessons.real_or_made import (
    CARDS,
    RARE,
    chance_of_at_least,
    chance_sentence,
    deal,
    made_names,
    rare_score,
    rare_sentence,
    score_of,
)
from dino.locale.sentences import Refusal, languages
from dino.reports.facts import Words
from dino.reports.learn_report import learn_facts

TEST = concept_test("en")
EACH = range(ITEMS)
each_language = pytest.mark.parametrize("code", sorted(languages()))
BELIEFS = (  # each is a wrong answer of some question
    "it looks names up",
    "the network still learns while it writes",
    "weights differ per step",
    "the state keeps its values from name to name, as a weight does",
    "greedy writing gives the most probable name",
    "temperature changes the network",
    "one lower loss proves the better model",
    "any gap is overfitting",
    "perplexity 5 means that five letters are possible",
    "an LSTM always wins",
)


# ---- the texts


@each_language
def test_each_language_has_the_same_ten_questions(code: str) -> None:
    other = concept_test(code)
    assert (FOLDER / f"{code}.toml").is_file()
    assert [step.name for step in other.steps] == [step.name for step in TEST.steps]
    assert right_answers(other) == right_answers(TEST)
    assert [choices(other, i) for i in EACH] == [choices(TEST, i) for i in EACH]
    assert code == "en" or all(
        here.text != there.text for here, there in zip(other.steps, TEST.steps, strict=True)
    )
    assert not [str(mistake) for mistake in mistakes(other)]


@each_language
def test_each_wrong_choice_has_one_belief_and_its_own_reply(code: str) -> None:
    test = concept_test(code)
    replies = []
    for i in EACH:
        item = item_of(test, i)
        wrong = [str(it.value) for it in item.wrong]
        assert sorted([*wrong, str(item.right)]) == sorted(choices(test, i))
        assert all(it.belief for it in item.wrong)
        replies += [it.reply for it in item.wrong]
        assert len({choice.text for choice in item.choices}) == 4
    assert len(set(replies)) == 3 * ITEMS
    assert len({step.because for step in test.steps} - {""}) == ITEMS


def test_the_beliefs_that_people_have_are_wrong_answers_one_in_each_question() -> None:
    listed = [{wrong.belief for wrong in item_of(TEST, i).wrong} for i in EACH]
    assert [next(i for i in EACH if belief in listed[i]) for belief in BELIEFS] == list(EACH)


@each_language
def test_neither_its_place_nor_its_length_tells_the_right_choice(code: str) -> None:
    """With four places, ten right ones: none has more than four of them; nor is the right text the
    longest or the shortest of its four more than four times.
    """
    test = concept_test(code)
    places = [choices(test, i).index(right) for i, right in enumerate(right_answers(test))]
    assert max(places.count(place) for place in range(4)) <= 4
    ranks = []
    for i, right in enumerate(right_answers(test)):
        lengths = {choice.name: len(choice.text) for choice in item_of(test, i).choices}
        ranks.append(sorted(lengths, key=lengths.__getitem__).index(right))
    assert ranks.count(3) <= 4 and ranks.count(0) <= 4


def test_a_file_with_other_than_ten_questions_is_refused(tmp_path: Path) -> None:
    text = (FOLDER / "en.toml").read_text(encoding="utf-8")
    short = tmp_path / "short.toml"
    short.write_text(text.rpartition("\n[[step]]\n")[0], encoding="utf-8")
    with pytest.raises(Refusal, match="short.toml: the concept test needs 10 questions"):
        read_test(short)


def test_no_lesson_has_the_key_of_the_test() -> None:
    assert KEY not in lessons("en")


# ---- the versions of its questions

FIRST_TEST = concept_test("en", FIRST)
FIRST_RIGHT = right_answers(FIRST_TEST)


def kept_first(over: int, *rows: tuple[str, ...]) -> Progress:
    """What a browser kept before the rounds had a version."""
    table = {name: list(row) for name, row in zip(NAMES, rows, strict=False)} | {"over": over}
    return progress_from_text(json.dumps({"more": {KEY: table}}), lessons("en"))


@each_language
def test_older_questions_are_the_same_in_each_language(code: str) -> None:
    other = concept_test(code, FIRST)
    assert (FOLDERS[FIRST] / f"{code}.toml").is_file()
    assert right_answers(other) == FIRST_RIGHT
    assert [choices(other, i) for i in EACH] == [choices(FIRST_TEST, i) for i in EACH]


def test_who_began_with_older_questions_ends_with_them() -> None:
    rounds = rounds_in(kept_first(1, FIRST_RIGHT))
    assert (rounds.version, rounds.rows()) == (FIRST, (FIRST_RIGHT,))
    for i, name in enumerate(FIRST_RIGHT):
        rounds = rounds.with_answer(i, name)
    known = keep_rounds(Progress(), rounds.ended())
    assert rounds_in(known).rows() == (FIRST_RIGHT, FIRST_RIGHT)
    report = learner_report(known).test
    assert [it.name for it in report.questions] == [it.name for it in FIRST_TEST.steps]
    claims = learn_claims(learn_facts(learner_report(known), Words(), "n"))
    assert claims.totals == (ITEMS, ITEMS) and claims.test_version == FIRST
    assert judge_learn(claims, Grading(Lists(), 1)).findings[ITEM] is HOLDS


def test_a_first_round_that_is_not_over_has_the_present_questions() -> None:
    rounds = rounds_in(kept_first(0, (*FIRST_RIGHT[:9], "")))
    assert rounds.version == VERSION and not rounds.over
    first = dict(zip([it.name for it in FIRST_TEST.steps], FIRST_RIGHT, strict=True))
    shared = {name: first[name] for name in first.keys() & {it.name for it in TEST.steps}}
    del shared["cells"]  # which had no answer
    given = dict(zip([it.name for it in TEST.steps], rounds.answers[0], strict=True))
    assert {name: it for name, it in given.items() if it} == shared and len(shared) > 5


@pytest.mark.parametrize("version", [0, VERSION + 1, True, "1", None, [1]])
def test_rounds_of_an_unknown_version_are_none(version: object) -> None:
    kept = {"before": list(FIRST_RIGHT), "over": 1, "version": version}
    text = json.dumps({"more": {KEY: kept}})
    assert rounds_in(progress_from_text(text, lessons("en"))) == Rounds()


# ---- the answers

answers = st.tuples(*(st.sampled_from(choices(TEST, i)) for i in EACH))


def answered(*rows: tuple[str, ...]) -> Rounds:
    """Rounds that were answered question by question and ended."""
    rounds = Rounds()
    for row in rows:
        for i, name in enumerate(row):
            rounds = rounds.with_answer(i, name)
        rounds = rounds.ended()
    return rounds


@given(st.lists(answers, max_size=2), st.data())
def test_answers_come_back_from_the_browser_as_they_were_given(
    rows: list[tuple[str, ...]], data: st.DataObject
) -> None:
    rounds = answered(*rows)
    if len(rows) < 2:  # some of the next round
        for i in data.draw(st.sets(st.sampled_from(EACH), max_size=9)):
            rounds = rounds.with_answer(i, choices(TEST, i)[0])
    text = keep_rounds(Progress(), rounds).to_text()
    assert rounds_in(progress_from_text(text, lessons("en"))) == rounds
    assert rounds.rows() == tuple(rows) and rounds.over == len(rows)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from([*NAMES, *choices(TEST, 0)]),
    lambda inner: (
        st.lists(inner, max_size=10)
        | st.dictionaries(st.sampled_from([*NAMES, "over", "x"]), inner)
    ),
    max_leaves=30,
)
near = st.fixed_dictionaries(
    {},
    optional={
        "before": answers.map(list) | st.lists(values, min_size=10, max_size=10) | values,
        "after": answers.map(list) | st.lists(values, min_size=10, max_size=10) | values,
        "over": st.integers(-1, 3) | values,
        "version": st.sampled_from([FIRST, VERSION]) | values,
    },
)


@given(values | near)
def test_whatever_a_browser_kept_the_rounds_are_some_that_a_page_can_make(kept: object) -> None:
    found = rounds_in(progress_from_text(json.dumps({"more": {KEY: kept}}), lessons("en")))
    assert 0 <= found.over <= 2 and len(found.rows()) == found.over
    test = concept_test("en", found.version)
    for row in found.answers:
        assert len(row) == ITEMS
        assert all(not name or name in choices(test, i) for i, name in enumerate(row))
    assert all(all(row) for row in found.rows())
    assert found.over or not any(found.answers[1])
    again = keep_rounds(Progress(), found)
    assert rounds_in(again) == found


def test_a_round_ends_with_all_its_answers_and_no_more_than_two_do() -> None:
    rounds = Rounds().with_answer(0, choices(TEST, 0)[1])
    with pytest.raises(Refusal, match="2, 3, 4, 5, 6, 7, 8, 9, 10. A guess"):
        rounds.ended()
    both = answered(right_answers(TEST), right_answers(TEST))
    assert both.ended() == both and both.with_answer(0, "rules") == both
    assert not both.missing


def test_what_changed_is_counted_and_no_cause_is_claimed() -> None:
    before = [True] * 3 + [False] * 7
    after = [True] * 2 + [False] + [True] * 5 + [False] * 2
    words = [str(it) for it in change_sentences(before, after)]
    assert words[:3] == [
        "Before the lessons, 3 of 10 answers were right. After them, 7 were.",
        "5 answers were wrong and are right now.",
        "1 answer was right and is wrong now.",
    ]
    assert "even without lessons" in words[-1]
    (same, none, caution) = (str(it) for it in change_sentences(before, before))
    assert none.startswith("No answer changed") and caution == words[-1]


@given(answers, answers)
def test_the_counts_of_what_changed_add_up(one: tuple[str, ...], two: tuple[str, ...]) -> None:
    before, after = are_right(TEST, one), are_right(TEST, two)
    found = {it.template: it.count for it in change_sentences(before, after) if it.many}
    gained = sum(n for words, n in found.items() if "is right now" in words)
    lost = sum(n for words, n in found.items() if "is wrong now" in words)
    assert sum(after) - sum(before) == gained - lost


def test_each_belief_gets_one_reply_the_latest_first_and_a_right_answer_none() -> None:
    for i, right in enumerate(right_answers(TEST)):
        assert not list(wrong_beliefs(TEST, i, [right, right]))
        for one, two in product(choices(TEST, i), repeat=2):
            found = [str(it.value) for it in wrong_beliefs(TEST, i, [one, two])]
            assert found == [it for it in dict.fromkeys([two, one]) if it != right]


# ---- the game


def test_the_chance_of_a_score_is_the_binomial_tail() -> None:
    """By listing all 2¹⁰ games, and by the sums 1/1024, 11/1024, 56/1024."""
    games = [sum(coins) for coins in product((0, 1), repeat=10)]
    for score in range(12):
        share = sum(it >= score for it in games) / len(games)
        assert chance_of_at_least(score, 10) == pytest.approx(share, abs=1e-15)
    tails = [chance_of_at_least(score, 10) * 1024 for score in (10, 9, 8)]
    assert tails == [1, 11, 56]
    assert rare_score(10) == 9 and rare_score(4) == 5 and rare_score(5) == 5


@given(st.integers(5, 200))
def test_the_rare_score_is_the_lowest_that_chance_reaches_rarely(count: int) -> None:
    score = rare_score(count)
    assert chance_of_at_least(score, count) <= RARE < chance_of_at_least(score - 1, count)
    assert chance_of_at_least(0, count) == 1
    assert chance_of_at_least(count, count) == 0.5**count
    pair = chance_of_at_least(score, count) - chance_of_at_least(score + 1, count)
    assert pair == pytest.approx(comb(count, score) / 2**count)


MADE = [f"zz{a}{b}saurus" for a in "abcdefgh" for b in "abcdefgh"]


@pytest.fixture(scope="module")
def dinosaurs() -> Corpus:
    return load_bundled("dinos")


def test_a_game_has_ten_names_held_out_or_made_and_none_twice(dinosaurs: Corpus) -> None:
    for game in range(50):
        cards = deal(dinosaurs, MADE, game)
        assert len({card.name for card in cards}) == len(cards) == CARDS
        for card in cards:
            assert card.is_real == (card.name in dinosaurs.val_set)
            assert card.is_real or card.name in MADE
        assert cards == deal(dinosaurs, MADE, game)
    assert deal(dinosaurs, MADE, 0) != deal(dinosaurs, MADE, 1)


def test_the_coin_of_the_game_is_fair_and_knows_nothing_of_the_place(dinosaurs: Corpus) -> None:
    """Over 2,000 games each place is real in half of them: within 4 standard errors, √(1/4/2000);
    and the number of real names has the variance of a binomial, 10/4: within 4 of its errors.
    """
    coins = np.array([[it.is_real for it in deal(dinosaurs, MADE, g)] for g in range(2000)])
    error = (0.25 / len(coins)) ** 0.5
    assert (abs(coins.mean(0) - 0.5) < 4 * error).all()
    spread = coins.sum(1).var()
    assert abs(spread - 2.5) < 4 * 2.5 * (2 / len(coins)) ** 0.5


def test_only_names_that_ended_and_are_in_no_list_count_as_made(dinosaurs: Corpus) -> None:
    copied, held_out = dinosaurs.train[0], dinosaurs.val[0]
    written = [(copied, True), (held_out, True), ("", True), ("zzz", False), ("zzx", True)]
    assert made_names([*written, ("zzx", True)], dinosaurs) == ["zzx"]
    with pytest.raises(Refusal, match="This network wrote 1. Train"):
        deal(dinosaurs, ["zzx"], 0)


def test_a_score_is_told_beside_chance(dinosaurs: Corpus) -> None:
    cards = deal(dinosaurs, MADE, 3)
    right = [card.is_real for card in cards]
    assert score_of(cards, right) == 10
    assert score_of(cards, [not it for it in right]) == 0
    assert str(chance_sentence(8, 10)) == (
        "You got 8 of 10 right. Blind guessing gets 5 right on average. In 5.5 % of games it gets "
        "as many right as you or more."
    )
    assert "could well be chance" in str(rare_sentence(8, 10))
    words = "at least 9, which chance reaches in only 1.1 % of games, below the limit of 5 %."
    assert words in str(rare_sentence(8, 10))
    assert "reaches 9 or more in only 1.1 %" in str(rare_sentence(9, 10))
    assert rare_sentence(9, 10) == rare_sentence(10, 10)


def test_a_bet_s_result_is_kept_for_the_report_if_it_is_one() -> None:
    known = lessons("en")
    lesson = known["scores-to-loss"]
    kept = Progress().with_result(lesson, "untrained", [3.31])
    assert progress_from_text(kept.to_text(), known) == kept
    assert not kept.without_answers(lesson).results
    for wrong in ([], ["x"], [True], [1e12], [float("nan")], [1.0, 2.0], "x", None):
        text = json.dumps({"results": [[lesson.key, "untrained", wrong]]})
        assert not progress_from_text(text, known).results


def test_a_bet_on_a_choice_has_a_short_name_for_its_result() -> None:
    known = lessons("en")
    lesson: Lesson = known["scores-to-loss"]
    step = lesson.questions["untrained"]
    item = replace(step.items[0], choices=item_of(TEST, 0).choices)
    steps = tuple(replace(step, items=(item,)) if it is step else it for it in lesson.steps)
    with_choices = {**known, lesson.key: replace(lesson, steps=steps)}
    for value, is_taken in (("drawn", True), ("0.003", True), (3.0, False), ("x" * 201, False)):
        text = json.dumps({"results": [[lesson.key, "untrained", [value]]]})
        assert bool(progress_from_text(text, with_choices).results) == is_taken
