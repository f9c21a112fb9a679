"""Counting baselines: real probabilities, and the held-out losses that were measured elsewhere."""

import math
import random

import numpy as np
import pytest

from dino.data import END, Vocab
from dino.ngram import (
    ORDERS,
    NGram,
    baseline_name_losses_in_parts,
    baselines,
    baselines_in_parts,
    mean_losses,
)
from dino.parts import finish, last_result

# Ten folds of the distinct names, nats per symbol, end mark counted, D = 0.8.
MEASURED = {"letters": 2.812, "pairs": 2.162, "triples": 1.777, "fours": 1.617, "sixes": 1.551}


@pytest.fixture(scope="module")
def models(corpus):
    return {n: NGram(n, corpus.train, corpus.vocab) for n in ORDERS.values()}


@pytest.mark.parametrize("name", MEASURED)
def test_the_loss_over_ten_folds_is_the_measured_one(name, corpus):
    shuffled = list(corpus.names)
    random.Random(0).shuffle(shuffled)
    losses = []
    for k in range(10):
        low, high = k * len(shuffled) // 10, (k + 1) * len(shuffled) // 10
        model = NGram(ORDERS[name], shuffled[:low] + shuffled[high:], corpus.vocab)
        losses.append(model.loss(shuffled[low:high]))
    assert np.mean(losses) == pytest.approx(MEASURED[name], abs=0.02)


@pytest.mark.parametrize("n", ORDERS.values())
def test_probabilities_are_positive_and_sum_to_one_after_any_prefix(n, models, corpus):
    generator = random.Random(n)
    letters = corpus.vocab.symbols[1:]
    prefixes = ["", "a", "zzzzzzz", "tyrannosau", *corpus.val[:20]]
    prefixes += ["".join(generator.choices(letters, k=generator.randrange(9))) for _ in range(50)]
    for prefix in prefixes:
        probs = models[n].next_probs(prefix)
        assert probs.shape == (27,)
        assert (probs > 0).all()
        assert probs.sum() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("n", ORDERS.values())
def test_the_loss_is_the_mean_surprise_of_every_letter_and_end_mark(n, models, corpus):
    names, index = corpus.val[:25], corpus.vocab.index
    surprises = [
        -math.log(models[n].next_probs(name[:i])[index[symbol]])
        for name in names
        for i, symbol in enumerate(name + END)
    ]
    assert models[n].loss(names) == pytest.approx(np.mean(surprises), abs=1e-12)


@pytest.mark.parametrize("n", ORDERS.values())
def test_only_the_last_letters_count(n, models):
    ends = "saurus"[len("saurus") - (n - 1) :]
    assert np.array_equal(
        models[n].next_probs("aaaaaaa" + ends), models[n].next_probs("zzzzzzz" + ends)
    )


@pytest.mark.parametrize("n", ORDERS.values())
def test_all_symbols_after_a_context_are_looked_up_in_one_search(n, models, corpus, monkeypatch):
    names, searched, search = [*corpus.val, "zzzzzz", "q"], [], np.searchsorted
    one_by_one = np.concatenate(models[n].surprises(names))
    targets = corpus.vocab.encode(END.join(names) + END)
    before, sizes = finish(models[n].contexts_in_parts(names))
    monkeypatch.setattr(np, "searchsorted", lambda *args: searched.append(args) or search(*args))
    probs = models[n].after(before, sizes)
    assert np.array_equal(-np.log(probs[np.arange(len(targets)), targets]), one_by_one)
    assert len(searched) == 1


def test_without_any_names_nothing_is_known(corpus):
    for n in ORDERS.values():
        model = NGram(n, [], corpus.vocab)
        assert model.next_probs("rex") == pytest.approx(np.full(27, 1 / 27))
        assert model.loss(corpus.val) == pytest.approx(math.log(27))


def test_many_even_counts_tend_to_the_uniform_distribution():
    vocab = Vocab("abc")
    probs = NGram(2, ["a", "b", "c"] * 1000, vocab).next_probs("")
    assert probs[1:] == pytest.approx(np.full(3, 1 / 3), abs=1e-3)
    assert 0 < probs[0] < 1e-3  # no name is empty


def test_a_context_never_seen_falls_back_to_its_end():
    vocab = Vocab("abcd")
    model = NGram(3, ["abab", "bcbc"], vocab)
    a, b, c, d = vocab.encode("abcd")
    # 'db' and 'bb' were never seen, so both use the probabilities after 'b'; 'ab' has its own
    after_b = model.next_probs("db")
    assert np.array_equal(after_b, model.next_probs("bb"))
    assert not np.allclose(after_b, model.next_probs("ab"))
    # 'd' was never seen: only the number of contexts that each letter follows is known
    after_d = model.next_probs("dd")
    assert np.array_equal(after_d, model.next_probs("cd"))
    assert min(after_d[[a, b, c]]) > after_d[d] > 0
    assert after_b[c] > after_d[c] and after_b[b] < after_d[b]


def test_letter_frequencies_by_hand():
    # 'aab' and its end mark: a, a, b, end. One discount, the rest shared out evenly.
    probs = NGram(1, ["aab"], Vocab("ab")).next_probs("")
    share = 0.8 * 3 / 4 / 3
    assert probs == pytest.approx([0.2 / 4 + share, 1.2 / 4 + share, 0.2 / 4 + share])


def test_lower_orders_count_contexts_not_occurrences():
    # 'x' follows 'q' alone, though often; 'e' follows four letters, once each. After an unseen
    # letter 'e' is more likely, which is special to Kneser-Ney.
    vocab = Vocab("qxeabcdz")
    names = ["qx"] * 50 + ["ae", "be", "ce", "de", "z"]
    pairs, letters = NGram(2, names, vocab), NGram(1, names, vocab)
    x, e = vocab.index["x"], vocab.index["e"]
    assert letters.next_probs("")[x] > letters.next_probs("")[e]
    after_unseen = NGram(2, [n for n in names if n != "z"], vocab).next_probs("z")
    assert after_unseen[e] > after_unseen[x]
    assert pairs.next_probs("q")[x] > 0.9


def test_baselines_stand_worst_first_and_more_letters_are_better(corpus):
    found = baselines(corpus)
    assert list(found) == ["nothing", *ORDERS]
    assert found["nothing"] == pytest.approx(math.log(27))
    assert list(found.values()) == sorted(found.values(), reverse=True)


def test_the_losses_of_the_names_make_up_the_loss(corpus):
    share, found = last_result(baseline_name_losses_in_parts(corpus))
    assert share == 1 and list(found) == ["nothing", *ORDERS]
    assert mean_losses(found, corpus.val) == baselines(corpus)
    model = NGram(3, corpus.train, corpus.vocab)
    assert baselines(corpus)["triples"] == pytest.approx(model.loss(corpus.val))
    for name, loss in zip(corpus.val[:9], found["triples"], strict=False):
        assert loss == pytest.approx((len(name) + 1) * model.loss([name]))


def test_less_than_one_letter_is_refused(corpus):
    with pytest.raises(ValueError, match="at least 1"):
        NGram(0, corpus.train, corpus.vocab)


def test_more_letters_than_a_number_can_hold_are_refused():
    vocab = Vocab(chr(0x4E00 + i) for i in range(199))
    names = ["一丁七", "丁七丄"]
    assert NGram(8, names, vocab).next_probs("一丁").sum() == pytest.approx(1)
    with pytest.raises(ValueError, match="Take fewer"):
        NGram(9, names, vocab)


def test_surprises_are_the_loss_letter_by_letter(models, corpus):
    names = corpus.val[:30]
    surprises = models[4].surprises(names)
    assert [len(s) for s in surprises] == [len(name) + 1 for name in names]
    assert np.concatenate(surprises).mean() == pytest.approx(models[4].loss(names), abs=1e-12)


def test_counting_in_parts_ends_with_all_baselines(corpus):
    parts = list(baselines_in_parts(corpus))
    shares = [share for share, _ in parts]
    assert len(parts) > 40 and shares == sorted(shares) and shares[-1] == 1 and shares[-2] < 1
    assert parts[-1][1] == baselines(corpus)
    assert parts[0][1] == {"nothing": pytest.approx(math.log(27))}
