"""Samples of names: what they are measured by, and what counting letters writes."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dino.data import Vocab
from dino.jobs import name_writing
from dino.name_measures import ENDING, measure_held_out, measure_names, share
from dino.ngram import NGram
from dino.parts import last_result

LIST = SimpleNamespace(
    train=("rex", "raptor", "saurus"),
    val=("gallus", "ornis"),
    train_set=frozenset(("rex", "raptor", "saurus")),
    val_set=frozenset(("gallus", "ornis")),
    exam_set=frozenset[str](),
)
samples = st.lists(
    st.tuples(st.sampled_from([*LIST.train, *LIST.val, "", "tyrannosaurus", "x"]), st.booleans()),
    min_size=1,
    max_size=50,
)


@given(samples)
def test_every_whole_name_is_new_copied_or_held_out_and_the_rest_are_none_of_these(names) -> None:
    found = measure_names(names, LIST)
    whole = sum(bool(name) and ended for name, ended in names) / len(names)
    assert found.new.share + found.copied.share + found.held_out.share == pytest.approx(whole)
    distinct = len({name for name, _ in names})
    assert found.repeated.share == pytest.approx(1 - distinct / len(names))
    assert found.lengths.sum() == found.names == len(names)
    letters = [len(name) for name, _ in names]
    assert found.mean_length.share == pytest.approx(np.mean(letters))
    if len(names) > 1:
        error = np.std(letters, ddof=1) / np.sqrt(len(names))
        assert found.mean_length.error == pytest.approx(error)


def test_a_name_ends_as_the_lists_do_where_a_training_name_has_its_last_letters() -> None:
    names = [(name, True) for name in ("rex", "trex", "gallus", "brus", "ex", "orex")]
    assert measure_names(names, LIST).ends.share == 4 / 6  # rex, trex, brus, orex
    assert ENDING == 3 and measure_names([("trex", False)], LIST).ends.share == 0


def test_the_real_held_out_names_are_copied_from_nowhere_and_repeat_nothing(corpus) -> None:
    found = measure_held_out(corpus)
    assert (found.new.share, found.copied.share, found.repeated.share) == (0, 0, 0)
    assert found.held_out.share == 1 and found.names == len(corpus.val)
    assert 0.5 < found.ends.share <= 1


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_error_of_a_share_is_never_zero_and_near_the_binomial_one(pair) -> None:
    found, count = pair
    result = share(found, count)
    assert result.share == found / count and 0 < result.error < 0.5
    mirrored = share(count - found, count)
    assert mirrored.error == pytest.approx(result.error)
    if 50 <= found <= count - 50:
        exact = np.sqrt(result.share * (1 - result.share) / count)
        assert result.error == pytest.approx(exact, rel=0.05)


def test_in_19_of_20_samples_a_share_is_within_two_errors() -> None:
    draws = np.random.default_rng(0)
    for truth in (0.01, 0.1, 0.5):
        hits = [share(int(draws.binomial(400, truth)), 400) for _ in range(2000)]
        assert np.mean([abs(it.share - truth) < 1.96 * it.error for it in hits]) > 0.93


# ---- written by counting


@pytest.mark.parametrize("n", [1, 2, 4, 6])
def test_counting_writes_each_letter_as_often_as_it_expects_it(n: int) -> None:
    names = ["aba", "abba", "bab", "aab"]
    model = NGram(n, names, Vocab("ab"))
    rows = 4000
    even = (np.arange(rows) + 0.5) / rows
    random = np.random.default_rng(1)
    draw = np.stack([even, *(random.permutation(even) for _ in range(29))], axis=1)
    written = last_result(model.write_in_parts(draw))
    first = Counter(name[:1] or "\n" for name, _ in written)
    expected = model.next_probs("")
    for symbol, i in model.vocab.index.items():
        assert first[symbol] / rows == pytest.approx(expected[i], abs=1 / rows)
    after = Counter(name[2:3] or "\n" for name, ended in written if name.startswith("ab"))
    for symbol, i in model.vocab.index.items():
        p, N = model.next_probs("ab")[i], after.total()
        assert after[symbol] / N == pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / N) + 1e-9)


def test_the_same_draws_write_the_same_names_and_none_is_longer_than_allowed(corpus) -> None:
    model = NGram(6, corpus.train, corpus.vocab)
    draw = np.random.default_rng(0).random((50, 12))
    names = last_result(model.write_in_parts(draw))
    assert names == last_result(model.write_in_parts(draw)) and len(names) == 50
    assert all(len(name) <= 12 and (ended or len(name) == 12) for name, ended in names)
    assert np.isfinite(model.name_losses([name for name, _ in names])).all()
    assert any(ended for _, ended in names) and any(name in corpus.train_set for name, _ in names)


def test_a_sample_of_a_run_is_what_writing_gives_and_grows_part_by_part(trained, corpus) -> None:
    from dino.sample import draws, write

    entry = SimpleNamespace(run=trained.run(), corpus=corpus)
    parts = list(name_writing.sample_run(entry, 3))
    shares, names = [done for done, _ in parts], parts[-1][1]
    assert shares == sorted(shares) and shares[-1] == 1 and len(names) == name_writing.NAMES
    traces = write(trained.eval_model, corpus.vocab, draws(name_writing.NAMES, 3)[:5])
    assert names[:5] == [(trace.name, trace.finished) for trace in traces]
    done, counted = last_result(name_writing.sample_counts(corpus, 4, 3))
    assert done == 1 and len(counted) == name_writing.NAMES
