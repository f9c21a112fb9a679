"""What is said of a network read together with counting, and the figures behind it."""

import re
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dino import ngram
from dino.charts.name_rows import mixed_sentence
from dino.config import DEFAULT
from dino.data import make_corpus
from dino.difference import Difference, Side
from dino.jobs.counts import Counts
from dino.jobs.together import below_each_of, mixed_losses_of
from dino.lists import MAX_SYMBOLS, clean
from dino.locale.sentences import languages
from dino.mix import Mix, mix_beside
from dino.model import CharRNN
from dino.ngram import NGram
from dino.parts import finish, last_result
from dino.sample import draws, write
from dino.together import (
    BelowEach,
    below_sentences,
    chosen_sentences,
    exam_sentence,
    mixed_losses,
    together_sentence,
)
from dino.ui.mix_controls import mix_words

NAMES = 152
SIDES = {  # a difference of each kind, and what is said of it
    Side.LOWER: (Difference(0.07, 0.01, NAMES), "0.07 ± 0.01 lower than"),
    Side.HIGHER: (Difference(-0.3, 0.02, NAMES), "0.30 ± 0.02 higher than"),
    Side.CLOSE: (Difference(-0.01, 0.02, NAMES), "too close to call (0.01 ± 0.02 higher)"),
}


def weights_of(model: CharRNN) -> np.ndarray:
    return np.concatenate([p.detach().numpy().ravel() for p in model.parameters()])


def found(network: Difference, counting: Difference, loss: float = 1.479) -> BelowEach:
    return BelowEach(loss, network, counting, 0.03)


# ---- the figures


def independent(model, corpus, names, mix, context=0):
    """−ln p of each name by the network, by counting and by both, from probabilities of writing."""
    counts, rows = NGram(mix.n, corpus.train, corpus.vocab), []
    for name in names:
        trace = write(model, corpus.vocab, draws(1, 0), prefix=name, context=context)[0]
        ids = [*corpus.vocab.encode(name), 0]
        ours = trace.probs()[np.arange(len(ids)), ids]
        theirs = np.array([counts.next_probs(name[:t])[symbol] for t, symbol in enumerate(ids)])
        both = mix.share * ours + (1 - mix.share) * theirs
        rows.append([-np.log(p).sum() for p in (ours, theirs, both)])
    return np.array(rows).T


@pytest.mark.parametrize("mix", [Mix(), Mix("pairs", 0.3), Mix("fours", 0.0)])
@pytest.mark.parametrize("context", [0, 1])
def test_the_figures_are_those_of_an_independent_sum(mix, context, corpus):
    config = DEFAULT.replace(cell="gru", hidden_size=6, context=context)
    model = CharRNN(config.cell, config.hidden_size, len(corpus.vocab))
    how = config, weights_of(model), corpus, corpus.val, mix, Counts()
    network, counting, both = independent(model, corpus, corpus.val, mix, context)
    losses = finish(mixed_losses_of(*how))
    for ours, theirs in zip(losses, (network, counting, both), strict=True):
        assert ours == pytest.approx(theirs, rel=1e-4)
    shares, results = zip(*below_each_of(*how), strict=True)
    assert list(shares) == sorted(shares) and not any(results[:-1])
    symbols = np.array([len(name) + 1 for name in corpus.val])
    below = results[-1]
    assert below.loss == pytest.approx(both.sum() / symbols.sum(), rel=1e-4)
    N = len(symbols)
    for side, gaps in ((below.network, network - both), (below.counting, counting - both)):
        mean = gaps.sum() / symbols.sum()
        spread = ((gaps - mean * symbols) ** 2).sum() * N / (N - 1)
        assert side.lower_by == pytest.approx(mean, abs=1e-5) and side.over == N
        assert side.error == pytest.approx(np.sqrt(spread) / symbols.sum(), rel=1e-3, abs=1e-6)


def test_another_list_and_other_names_are_read_as_well():
    corpus = make_corpus(clean("\n".join("ab" * n + "ñ" for n in range(1, 25))), "mine", 1)
    config = DEFAULT.replace(hidden_size=3)
    model = CharRNN(config.cell, 3, len(corpus.vocab))
    names = corpus.train[:5]
    losses = finish(mixed_losses_of(config, weights_of(model), corpus, names, Mix(), Counts()))
    assert losses.together == pytest.approx(independent(model, corpus, names, Mix())[2], rel=1e-4)


def test_a_list_with_as_many_symbols_as_a_list_may_have_is_counted():
    text = "\n".join(chr(0x4E00 + i % 250) + chr(0x4E00 + i // 8) for i in range(2000))
    corpus = make_corpus(clean(text), "mine")
    V = len(corpus.vocab)
    assert V == MAX_SYMBOLS
    model = CharRNN("rnn", 3, V)
    config = DEFAULT.replace(hidden_size=3)
    how = config, weights_of(model), corpus, corpus.val, Mix(), Counts()
    below = last_result(below_each_of(*how))[1]
    assert np.isfinite(below.loss) and below.network.over == len(corpus.val)


def test_counting_reads_many_names_in_parts_that_change_nothing(corpus, monkeypatch):
    counts = NGram(6, corpus.train, corpus.vocab)
    whole = counts.surprises(corpus.val)
    monkeypatch.setattr(ngram, "GRAMS_AT_ONCE", 7)
    for name, one, other in zip(corpus.val, whole, counts.surprises(corpus.val), strict=True):
        assert len(one) == len(name) + 1 and np.array_equal(one, other)
    parts = counts.surprises_in_parts(corpus.val)
    assert sum(1 for _ in parts) > sum(map(len, whole)) / 7


LOSSES = st.lists(st.lists(st.floats(0, 30), min_size=1, max_size=9), max_size=6)


@given(LOSSES, st.floats(0, 1), st.randoms())
def test_the_losses_of_names_are_sums_over_their_symbols(names, share, random):
    network = [np.array(row) for row in names]
    counting = [np.array([random.uniform(0.1, 9) for _ in row]) for row in names]
    both = mixed_losses(network, counting, share)
    for i, (a, b) in enumerate(zip(network, counting, strict=True)):
        with np.errstate(divide="ignore"):
            wanted = -np.log(share * np.exp(-a) + (1 - share) * np.exp(-b)).sum()
        assert both.together[i] == pytest.approx(wanted) and both.network[i] == pytest.approx(
            a.sum()
        )
        assert both.counting[i] == pytest.approx(b.sum())
    assert {len(it) for it in both} == {len(names)}


# ---- the sentences


@pytest.mark.parametrize("network, counting", [*product(SIDES, SIDES)])
@pytest.mark.parametrize("spoken", [*languages().values()], ids=[*languages()])
def test_each_side_has_a_sentence_that_says_what_the_rule_of_compare_says(
    network, counting, spoken
):
    sides = SIDES[network][0], SIDES[counting][0]
    said = below_sentences(found(*sides), Mix())
    english = [str(it) for it in said]
    for side, difference, text in zip((network, counting), sides, english, strict=True):
        assert difference.side is side and SIDES[side][1] in text
    assert "without counting" in english[0] and "without the network" in english[1]
    numbers = [re.findall(r"\d[.,]\d+", spoken.put(it)) for it in said]
    assert [[n.replace(",", ".") for n in row] for row in numbers] == [
        re.findall(r"\d\.\d+", text) for text in english
    ]


def test_too_few_names_decide_nothing_and_counting_is_not_set_beside_itself():
    few = Difference(0.5, 0.01, 5)
    (said,) = below_sentences(found(few, few), Mix())
    assert str(said) == "5 held-out names are too few to tell a difference. At least 16 are needed."
    equal = Difference(0.0, 0.0, NAMES)
    (said,) = below_sentences(found(SIDES[Side.HIGHER][0], equal), Mix("sixes", 0.0))
    assert "without counting" in str(said)


@pytest.mark.parametrize("mix", [Mix(), Mix("pairs", 0.35)])
def test_its_loss_is_said_with_what_it_was_read_with_and_at_which_share(mix):
    below = found(*(SIDES[Side.LOWER][0],) * 2)
    said = str(together_sentence(below, mix, 1200))
    assert f"counting {mix.partner} has a held-out loss of 1.48" in said and "update 1,200" in said
    assert f"λ = {mix.share:g}" in said
    exam = str(exam_sentence(below, mix))
    assert f"counting {mix.partner} has a loss of 1.479 ± 0.030" in exam
    assert f"λ = {mix.share:g}" in exam


@pytest.mark.parametrize("spoken", [*languages().values()], ids=[*languages()])
def test_at_a_share_of_0_no_sentence_says_that_the_network_has_a_part(spoken):
    below, mix = found(*(SIDES[Side.LOWER][0],) * 2), Mix("sixes", 0.0)
    said = [together_sentence(below, mix, 1200), exam_sentence(below, mix), mixed_sentence(mix)]
    assert mix_words(mix.text) == "counting sixes without the network"
    for text in map(spoken.put, said):
        assert re.search("without the network|sin la red", text), text
        assert not re.search(r"together|junto con|\b[01] ·|\b[01] (network|red)", text), text


def test_who_moves_the_share_is_told_where_the_honest_figure_is():
    assert chosen_sentences(Mix(), True) == chosen_sentences(Mix("pairs"), False) == []
    with_exam, without = (
        " ".join(map(str, chosen_sentences(Mix("sixes", 0.6), it))) for it in (True, False)
    )
    assert with_exam.startswith("You chose λ on these names") and "The final exam" in with_exam
    assert "A run with a final exam gives the honest figure." in without


def test_without_a_choice_it_is_half_sixes_and_all_network_is_no_mixture():
    assert mix_beside("") == Mix() == Mix("sixes", 0.5)
    assert mix_beside("pairs:0.3") == Mix("pairs", 0.3)
    assert mix_beside("sixes:1") is None
