"""How much lower one loss is than another: on which side it is, and what is said of it where."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dino.difference import CLEAR, ENOUGH_NAMES, Difference, Side, few_names_sentence
from dino.exam import ExamLosses, ExamResult, counting_sentences, exam_sentences
from dino.experiments.bet import Bet, result_sentences
from dino.experiments.verdict import Comparison, Verdict
from dino.experiments.words import verdict_sentences
from dino.locale.sentences import Sentence, languages
from dino.metrics import BesideBaseline, baseline_sentence, compare_with_baselines
from dino.pages.lab import notebook_runs
from dino.pages.lab.notebook_runs import SMALL, BeforeAndAfter

LOWER, HIGHER, CLOSE, UNJUDGED = Side
FLOATS = st.floats(-5, 5)
ERRORS = st.floats(0, 2)
COUNTS = st.integers(0, 40)
LIMITS = st.sampled_from([CLEAR, 2.8, 4.3])
DIFFERENCES = st.builds(Difference, FLOATS, ERRORS, COUNTS, LIMITS, st.sampled_from([1, 2, 16, 20]))


@given(DIFFERENCES)
def test_the_side_follows_from_the_difference_its_error_and_how_many_it_is_over(it) -> None:
    judged, far = it.over >= it.enough, abs(it.lower_by) > it.limit * it.error
    expected = {True: LOWER, False: HIGHER}[it.lower_by > 0] if far else CLOSE
    assert it.side is (expected if judged else UNJUDGED)
    assert it.is_clear == (it.side in (LOWER, HIGHER))


@given(DIFFERENCES)
def test_seen_from_the_other_loss_the_side_is_the_other_one(it) -> None:
    other = {LOWER: HIGHER, HIGHER: LOWER, CLOSE: CLOSE, UNJUDGED: UNJUDGED}
    assert it.mirrored().side is other[it.side] and it.mirrored().mirrored() == it
    assert str(it.above(6)).lstrip("+") == str(it.mirrored().below(6))


@given(FLOATS, ERRORS, COUNTS)
def test_the_rounded_numbers_say_what_the_sentence_says_of_them(lower_by, error, count) -> None:
    it = Difference(lower_by, error, max(count, ENOUGH_NAMES))
    shown = [float(number) for number in str(it.size()).split(" ± ")]
    if max(len(number.partition(".")[2]) for number in str(it.size()).split(" ± ")) < 6:
        assert (shown[0] > CLEAR * shown[1]) == it.is_clear


def test_a_close_call_has_a_third_decimal_where_two_would_seem_clear() -> None:
    assert str(Difference(0.0251, 0.0149, 152).size()) == "0.025 ± 0.015"
    assert str(Difference(0.0304, 0.0146, 152).size()) == "0.03 ± 0.01"
    assert str(Difference(0.08, 0.02, 152).size()) == "0.08 ± 0.02"


@given(FLOATS, ERRORS, COUNTS)
def test_within_twice_its_error_nothing_is_lower(lower_by, error, count) -> None:
    found = Difference(lower_by, error, count)
    if abs(lower_by) <= 2 * error:
        assert not found.is_clear and not found.is_lower_by(0.0)
        assert not found.mirrored().is_clear


@pytest.mark.parametrize(
    "lower_by, over, side",
    [
        (0.5, 16, CLOSE),  # just twice its error
        (-0.5, 16, CLOSE),
        (math.nextafter(0.5, 1), 16, LOWER),
        (math.nextafter(-0.5, -1), 16, HIGHER),
        (1.0, 15, UNJUDGED),
        (0.0, 15, UNJUDGED),
    ],
)
def test_at_its_limits_a_difference_is_close_and_of_enough_names(lower_by, over, side) -> None:
    assert Difference(lower_by, 0.25, over).side is side


@given(FLOATS, st.sampled_from([math.nan, 0.0, 0.1]))
def test_without_an_error_nothing_is_judged(lower_by, error) -> None:
    assert Difference(lower_by, error, 0).side is UNJUDGED


@pytest.mark.parametrize(
    "lower_by, error, least, is_lower",
    [
        (0.10, 0.049, 0.05, True),
        (0.10, 0.051, 0.05, False),  # within chance
        (0.04, 0.001, 0.05, False),  # clear, and too small
        (0.05, 0.001, 0.05, False),  # no more than the limit
        (-0.1, 0.0, 0.0, False),
        (math.nan, 0.0, 0.0, False),
        (0.0, 0.0, 0.0, False),
    ],
)
def test_lower_by_more_than_a_limit_is_clear_and_large(lower_by, error, least, is_lower) -> None:
    assert Difference(lower_by, error, 152).is_lower_by(least) is is_lower


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_difference_that_is_no_number_is_never_lower(value) -> None:
    assert Difference(math.nan, value, 152).side is CLOSE
    assert Difference(value, math.inf, 152).side is CLOSE


@pytest.mark.parametrize("count", [1, 5, ENOUGH_NAMES - 1])
def test_that_names_are_too_few_is_said_with_how_many_it_takes(count) -> None:
    found = few_names_sentence(count)
    assert found.fields == {"count": count, "enough": ENOUGH_NAMES} and found.count == count
    assert Difference(0.5, 0.1, count).side is UNJUDGED
    assert Difference(0.5, 0.1, ENOUGH_NAMES).side is LOWER


# ---- what is said of each pair of losses, a sentence for each side


def exam(it: Difference) -> Sentence:
    losses = ExamLosses(2.0 - it.lower_by, it.error, 2.0, 0.0, 152, 152)
    return exam_sentences(ExamResult(losses, 1, 1))[1]


def verdict(it: Difference) -> Sentence:
    found = Verdict((Comparison(1, 0, it),), (0, 0), (2.0, 2.0), 3, 3)
    return verdict_sentences(found, ["SGD", "Adam"], [[0.1], [0.1]])[0]


def notebooks(say: Callable[[BeforeAndAfter], Sentence]) -> Callable[[Difference], Sentence]:
    return lambda it: say(BeforeAndAfter(2.5 + it.lower_by, 2.5, it))


PLACES: dict[str, Callable[[Difference], Sentence]] = {
    "a baseline": lambda it: baseline_sentence(BesideBaseline("pairs", 2.2, it)),
    "a baseline, after another": lambda it: baseline_sentence(
        BesideBaseline("pairs", 2.2, it), False
    ),
    "counting in the exam": lambda it: counting_sentences([BesideBaseline("pairs", 2.2, it)])[0],
    "the exam": exam,
    "a verdict": verdict,
    "a bet": lambda it: result_sentences(Bet(0, 1, 0.1, 0.1), it, ["SGD", "Adam"])[0],
    "steps, one letter": notebooks(lambda it: notebook_runs.step_size_sentence(1, it)),
    "steps, all letters": notebooks(lambda it: notebook_runs.step_size_sentence(0, it)),
    "memory": notebooks(lambda it: notebook_runs.memory_sentence(SMALL, it)),
    "one change alone": notebooks(notebook_runs.larger_change_sentence),
}
AT_SIDES = {
    LOWER: Difference(0.5, 0.1, 152),
    HIGHER: Difference(-0.5, 0.1, 152),
    CLOSE: Difference(0.1, 0.06, 152),
    UNJUDGED: Difference(0.5, 0.1, 15),
}
# Of each place the sides that it has a sentence for, and what that says, a part of its template.
SAID = {
    "a baseline": {
        LOWER: "lower than",
        HIGHER: "Its held-out loss is",
        CLOSE: "too close to call ({difference} lower",
    },
    "a baseline, after another": {LOWER: "lower than", HIGHER: "It is", CLOSE: "too close to call"},
    "counting in the exam": {
        LOWER: "is lower than that of {names}",
        HIGHER: "is higher than that of {names}",
        CLOSE: "Too close",
    },
    "the exam": {LOWER: "lower by more", HIGHER: "higher by more", CLOSE: "within twice the error"},
    "a verdict": {LOWER: "nats lower than that of", CLOSE: "too close to call"},
    "a bet": {LOWER: "as you bet", HIGHER: "contrary to your bet", CLOSE: "too close to call"},
    "steps, one letter": {
        LOWER: "} lower",
        HIGHER: "} higher",
        CLOSE: "too close",
        UNJUDGED: "{before",
    },
    "steps, all letters": {
        LOWER: "} lower",
        HIGHER: "} higher",
        CLOSE: "too close",
        UNJUDGED: "{before",
    },
    "memory": {LOWER: "} lower", HIGHER: "} higher", CLOSE: "too close", UNJUDGED: "{before"},
    "one change alone": {LOWER: "lower", HIGHER: "lower", CLOSE: "too close", UNJUDGED: "{before"},
}


@pytest.mark.parametrize("place, side", [(place, side) for place in SAID for side in SAID[place]])
def test_each_side_has_its_sentence_with_the_size_and_the_error(place, side) -> None:
    found = PLACES[place](AT_SIDES[side])
    assert SAID[place][side] in found.template
    shown = {LOWER: ("0.50", "± 0.10"), HIGHER: ("0.50", "± 0.10"), CLOSE: ("0.10", "± 0.06")}
    if side is not UNJUDGED and place not in ("the exam", "counting in the exam"):
        assert all(part in str(found) for part in shown[side])
    if side is UNJUDGED:
        assert "3.00" in str(found) and "2.50" in str(found) and "±" not in str(found)
        unknown = PLACES[place](Difference(0.5, math.nan, 0))
        assert unknown.template == found.template and str(unknown) == str(found)


@pytest.mark.parametrize("place", SAID)
@given(st.floats(-1, 1), st.floats(0, 1))
def test_no_sentence_takes_a_side_within_twice_the_error(place, lower_by, error) -> None:
    assume(abs(abs(lower_by) - CLEAR * error) > 1e-9)  # the exam's is a difference of two losses
    found, close = Difference(lower_by, error, 152), SAID[place][CLOSE]
    if place == "a verdict":  # the lower one comes first
        found = Difference(abs(lower_by), error, 152)
    said = PLACES[place](found).template
    if found.side is CLOSE:
        assert close.partition("{")[0] in said
        assert "as you bet" not in said and "than that" not in said
    else:
        assert close not in said


@given(FLOATS, ERRORS)
def test_of_a_bet_too_close_to_call_no_level_is_named_in_any_language(lower_by, error) -> None:
    found, levels = Difference(lower_by, error, 3, limit=math.inf, enough=2), ["SGD", "Adam"]
    for language in languages().values():
        words = [language.put(it) for it in result_sentences(Bet(0, 1, 0.1, 0.1), found, levels)]
        assert not [level for level in levels if level in " ".join(words)]


def test_which_single_change_is_larger_is_named_by_what_it_changes() -> None:
    for side, name in ((LOWER, "larger steps"), (HIGHER, "memory")):
        found = PLACES["one change alone"](AT_SIDES[side])
        assert str(found.fields["lower"]) == name


def test_of_too_few_names_no_baseline_is_spoken_of() -> None:
    few = BesideBaseline("pairs", 2.2, AT_SIDES[UNJUDGED])
    assert compare_with_baselines([few]) == []
