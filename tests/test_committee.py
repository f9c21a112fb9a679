"""A committee: its loss is that of the mean probability, and never above its members' mean."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dino.committee import (
    CommitteeLosses,
    CommitteeResult,
    GrowingCommittee,
    committee,
    committee_result,
)
from dino.difference import Difference
from dino.experiments.committees import MOST_SAID, committee_rows, committee_sentences

SYMBOLS = np.array([3, 2, 4])  # targets of three names
TARGETS = 9
members_of = st.integers(1, 5).flatmap(
    lambda count: st.lists(
        st.lists(st.floats(0, 60), min_size=TARGETS, max_size=TARGETS),
        min_size=count,
        max_size=count,
    )
)


def grown(members):
    found = GrowingCommittee(SYMBOLS)
    for losses in members:
        found.add(np.array(losses, np.float32))
    return found


def test_it_is_minus_ln_of_the_mean_probability():
    p = np.array([[0.5, 0.1], [0.1, 0.3]])
    assert committee(list(-np.log(p))) == pytest.approx(-np.log([0.3, 0.2]))
    assert committee([np.array([800.0]), np.array([800.0])]) == pytest.approx([800.0])


@given(members_of)
def test_no_letter_of_it_is_worse_than_the_mean_of_its_members(members):
    each = np.array(members)
    assert (committee(list(each)) <= each.mean(0) + 1e-9).all()
    assert (committee(list(each)) >= each.min(0) - 1e-9).all()


def test_its_bytes_are_counted_while_another_thread_closes_it():
    class Closing(GrowingCommittee):
        reads = iter([np.zeros(TARGETS, np.float32), None])
        _log_sums = property(lambda self: next(self.reads), lambda self, value: None)

    assert Closing(SYMBOLS).nbytes >= 4 * TARGETS


@given(members_of)
def test_grown_member_by_member_it_is_the_same(members):
    found, each = grown(members).losses(len(members)), np.array(members, np.float32)
    assert found is not None and found.members == len(members)
    split = np.cumsum(SYMBOLS)[:-1]
    together = [it.sum() for it in np.split(committee(list(each)), split)]
    alone = [it.sum() for it in np.split(each.astype(np.float64).mean(0), split)]
    assert found.together == pytest.approx(together, rel=1e-5, abs=1e-5)
    assert found.alone == pytest.approx(alone, rel=1e-9)
    assert found.lower_by >= -1e-5


def test_members_that_agree_gain_nothing_whatever_their_count():
    losses = np.linspace(0.1, 5, TARGETS)
    for count in (1, 2, 7):
        found = grown([losses] * count).losses(count)
        assert found is not None and found.lower_by == pytest.approx(0, abs=1e-6)


def test_it_knows_its_present_size_and_the_one_before_and_frees_the_rest():
    random = np.random.default_rng(0)
    members = random.uniform(0, 5, (4, TARGETS))
    found = grown(members)
    assert [found.losses(count) is not None for count in range(1, 6)] == [0, 0, 1, 1, 0]
    three = grown(members[:3]).losses(3)
    assert three is not None and found.losses(3).loss == three.loss
    before = found.nbytes
    found.close()
    assert before - found.nbytes == 4 * TARGETS and found.losses(4) is not None


def test_of_one_split_the_error_is_over_names_and_of_several_over_splits():
    random = np.random.default_rng(0)
    parts = []
    for _ in range(3):
        alone = random.uniform(3, 9, 20)
        symbols = random.integers(4, 9, 20)
        parts.append(CommitteeLosses(2, symbols, alone - random.uniform(0, 1, 20), alone))
    one = committee_result(parts[:1])
    assert one.difference.over == 20 and one.difference.error > 0
    assert one.difference.lower_by == pytest.approx(parts[0].lower_by)
    several = committee_result(parts)
    gaps = [it.lower_by for it in parts]
    assert several.difference.over == 3 and several.members == 2
    assert several.difference.lower_by == pytest.approx(np.mean(gaps))
    assert several.difference.error == pytest.approx(np.std(gaps, ddof=1) / 3**0.5)
    alone = [it.alone.sum() / it.symbols.sum() for it in parts]
    assert several.alone == pytest.approx(np.mean(alone))


def test_a_sentence_says_how_much_lower_its_loss_is_and_what_the_error_is_over():
    one = CommitteeResult(3, 1, 1.5134, Difference(0.0261, 0.0062, 152))
    said = [str(it) for it in committee_sentences([one, None], ["LSTM", "RNN"])]
    assert said == [
        "The committee of 3 members with LSTM has a held-out loss of 1.513, which is 0.026 ± 0.006 "
        "nats lower than the mean loss of its members.",
        "A committee has 3 members, one for each seed. The error is over 152 held-out names.",
    ]
    eight = CommitteeResult(3, 8, 1.5134, Difference(0.0261, 0.0062, 8))
    assert "over 8 splits" in str(committee_sentences([eight], ["LSTM"])[-1])
    assert [[str(it) for it in row] for row in committee_rows([one, None], ["LSTM", "RNN"])] == [
        ["LSTM", "1.540", "1.513", "0.026 ± 0.006"],
        ["RNN", "–", "–", "–"],
    ]


def test_of_many_levels_the_table_has_the_figures_and_no_level_a_sentence():
    found = CommitteeResult(2, 2, 1.5, Difference(0.02, 0.01, 2))
    levels = [str(it) for it in range(MOST_SAID + 1)]
    assert len(committee_sentences([found] * len(levels), levels)) == 1
    assert len(committee_sentences([found] * MOST_SAID, levels[:-1])) == MOST_SAID + 1
    assert committee_sentences([], levels) == committee_sentences([None], levels) == []
