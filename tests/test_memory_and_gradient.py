"""The sentences of Inside's tabs Memory and Gradient: true where they hold, silent where not."""

from types import SimpleNamespace

import numpy as np
import pytest

from dino import context
from dino.config import Config
from dino.model import CharRNN
from dino.pages.inside import gradient
from dino.pages.inside.gradient import comparison_sentences, decay_sentence, factor_sentences
from dino.pages.inside.memory_sentences import (
    MemoryLosses,
    bounded_sentences,
    evidence_sentences,
    exchange_sentence,
    legend_sentences,
    next_symbol_sentences,
    one_network_texts,
    restart_sentence,
)
from dino.pages.inside.view import ONE_NETWORK

N, K = 150, 12
SYMBOLS = np.full(N, 10)
UNTRAINED = "It was never trained with a longer memory"
NOISE = np.random.default_rng(0).normal(0, 1, (K, N))


def measured(rises=(), trained_with=0, restarted=(), noise=0.1, trained=None, names=N):
    """Losses whose mean is 2 nats per symbol, higher by `rises` at k = 1, 2, …, give or take; of
    the first so many names alone. noise: one for each k, or for all.
    """

    def sums(rises):
        steps = np.zeros(K)
        steps[: len(rises)] = rises
        deviations = NOISE[:, :names] - NOISE[:, :names].mean(axis=1, keepdims=True)
        return own + 10 * steps[:, None] + np.broadcast_to(noise, K)[:, None] * deviations

    own, symbols = np.full(names, 20.0), SYMBOLS[:names]
    return MemoryLosses(own, sums(restarted), sums(rises), symbols, trained_with, trained, 1.0)


def said(sentences):
    return " ".join(map(str, sentences))


# Memory


def test_the_letters_used_are_told_with_their_error():
    losses = measured([1, 0.5, 0.1])
    gap_table = losses.gaps(losses.exchanged)
    assert str(exchange_sentence(losses)) == "The network uses about 4 letters."
    four, three = map(str, evidence_sentences(losses))
    gap, error = gap_table[3]
    assert "everything before the last 4 letters" in four
    assert f"not clearly higher ({gap:+.3f} ± {error:.3f} nats per symbol)" in four
    assert f"is clearly higher (+0.100 ± {gap_table[2, 1]:.3f})." in three


def test_no_use_of_earlier_letters_is_claimed_where_none_is_clear():
    losses = measured(noise=1)
    assert str(exchange_sentence(losses)).startswith("We cannot tell whether")
    (words,) = map(str, evidence_sentences(losses))
    assert "everything before the last letter" in words and "not clearly higher" in words


def test_what_is_measured_of_one_network_is_not_said_of_its_recipe():
    (words,) = one_network_texts(measured([1, 0.5, 0.1]))
    assert words == ONE_NETWORK
    assert one_network_texts(measured(names=15)) == []  # nothing is told
    assert one_network_texts(measured((), 1)) == []  # any network of such a recipe sees one letter


@pytest.mark.parametrize("names", [2, N])
def test_a_network_that_was_trained_to_see_one_letter_uses_no_other(names):
    losses = measured((), 1, noise=0, names=names)
    assert str(exchange_sentence(losses)).startswith("The network uses only its last letter,")
    assert evidence_sentences(losses) == []
    assert "uses more than its last letter" in str(exchange_sentence(measured((), 2, noise=0)))


def test_a_memory_beyond_the_picture_is_said_to_be():
    losses = measured([0.5] * K)
    assert str(exchange_sentence(losses)) == "The network uses more than 12 letters."
    (words,) = map(str, evidence_sentences(losses))
    assert "before the last 12 letters" in words and "still clearly higher" in words


@pytest.mark.parametrize(
    "rises, noise, words",
    [
        ((0.2, 0.1, 0, -0.1), 0.1, "helps. With 4 letters the loss is 0.100 ± 0.00"),
        ((0.2, 0.1, 0, *[0.1] * 9), 0.1, "A longer memory does not help."),
        ((0.2, -0.5, 0, *[0.1] * 9), 0.1, "A longer memory does not help."),
        ((0.2, 0.1, 0, -0.01), 1.0, "At best it lowers the loss by 0.010 ± "),
    ],
)
def test_a_network_trained_with_a_memory_within_the_picture_gets_a_true_sentence(
    rises, noise, words
):
    """Its memory was 3 letters; at evaluation it does best with fewer, as many, or more."""
    first, second, last = map(str, bounded_sentences(measured((), 3, rises, noise)))
    assert first == "It was trained with a memory of 3 letters. Its loss is 2.000."
    assert words in second
    assert last.startswith(UNTRAINED)


def test_the_gain_that_is_told_is_the_largest_of_those_that_are_clear():
    """With 5 letters it is larger, but so is its error."""
    noise = [0.1, 0.1, 0.1, 0.1, 60.0, *[0.1] * 7]
    losses = measured((), 3, (0.2, 0.1, 0, -0.1, -0.3, -0.05, *[0] * 6), noise)
    gap, error = losses.gaps(losses.restarted)[4]
    assert gap == pytest.approx(-0.3) and abs(gap) < 2 * error
    _, words, _ = map(str, bounded_sentences(losses))
    assert "With 4 letters the loss is 0.100 ± 0.00" in words and "the largest clear gain" in words


@pytest.mark.parametrize("names", [2, 15])
def test_of_few_names_nothing_is_said_to_be_clear(names):
    losses = measured([1, 0.5, 0.1], 0, [1, 0.5], names=names)
    assert str(exchange_sentence(losses)).startswith(f"{names} held-out names are too few to tell")
    assert restart_sentence(losses) is None
    assert "learly" not in said(legend_sentences(losses))
    bounded = measured((), 3, (0.2, 0.1, 0, -0.1), names=names)
    trained, untrained = map(str, bounded_sentences(bounded))
    assert trained.endswith("memory of 3 letters. Its loss is 2.000.")
    assert untrained.startswith(UNTRAINED) and evidence_sentences(losses) == []
    assert "The network uses about" in str(exchange_sentence(measured([1, 0.5, 0.1], names=16)))


def test_a_memory_of_one_letter_and_one_beyond_the_picture():
    worse = measured((), 1, (0, 0.2, *[0.1] * 10))  # by weights that never learned to use it
    trained, untrained = map(str, bounded_sentences(worse))
    assert trained == "It was trained with a memory of 1 letter. Its loss is 2.000."
    assert untrained.startswith(UNTRAINED)
    legend = said(legend_sentences(worse))
    assert "Restarted" not in legend and "learly" not in legend
    assert "fitted to k letters, this network to one." in legend
    assert "this network to 3." in said(legend_sentences(measured((), 3)))
    assert said(bounded_sentences(measured((), 20))).endswith("This picture ends at 12 letters.")
    assert bounded_sentences(measured()) == []


def test_a_restart_is_no_measure_of_memory_and_is_said_to_be_none():
    words = str(restart_sentence(measured((), 0, [1, 0.5])))
    assert words.startswith("Restarted from a zero state, the network needs 3 letters until")
    assert "does not measure how many letters it uses" in words
    beyond = str(restart_sentence(measured((), 0, [1] * K)))
    assert "12 letters back, the network still has" in beyond
    assert restart_sentence(measured((), 3)) is None  # for it a restart is nothing new


def test_counting_is_compared_with_networks_that_were_trained_with_as_many_letters():
    prepared = np.linspace(2.2, 1.7, 39).reshape(13, 3)
    words = said(legend_sentences(measured(trained=prepared)))
    assert "Compare this line with the networks trained with k letters." in words
    assert f"With 3 letters their loss is {prepared[2].mean():.3f}" in words
    assert (
        f"With all letters it is {prepared[-1].mean():.3f} ± {prepared[-1].std(ddof=1):.3f}."
        in words
    )
    without = said(legend_sentences(measured()))
    assert "Compare it" not in without and "this network was not" in without
    assert f"more than {context.clear_limit(K, N):.1f} standard errors" in words


def test_only_names_with_every_result_count():
    losses = measured([1])
    losses.exchanged[:, 100:] = np.nan
    losses.own[50:60] = np.nan
    assert losses.known.sum() == 90
    assert losses.own_loss == pytest.approx(2.0)
    assert np.isfinite(losses.gaps(losses.exchanged)).all()


def test_the_most_probable_next_symbol_by_memory():
    probs = np.array([[0.2, 0.8], [0.7, 0.3]])

    def lines(probs, letters):
        return [str(line) for line in next_symbol_sentences(probs, ["a", "b"], letters)]

    _, shortest, longest = lines(probs, 1)
    assert shortest == "With one letter the most probable next symbol is b (p = 0.80)."
    assert longest == "With all letters and the start it is a (p = 0.70)."
    assert lines(probs, 5)[2] == "With 2 letters it is a (p = 0.70)."
    assert lines(probs[:1], 2)[0] == "The network sees only the last letter."
    assert lines(probs[:1], 0) == [
        "No letter has been read yet.",
        "The most probable first symbol is b (p = 0.80).",
    ]


# Gradient


def test_the_factor_is_the_geometric_mean_between_the_two_ends():
    words = str(decay_sentence(np.array([1.0, 0.9, 0.25]), "h"))
    assert words.startswith("Going back 2 letters from the last state")
    assert "state h goes from 1 to 0.25. That is × 0.50 per letter" in words
    words = str(decay_sentence(np.array([1, 0.9]), "c"))
    assert "state c goes from 1 to 0.9. That is × 0.90." in words


def test_where_nothing_flows_back_no_factor_is_told():
    assert "only one input" in str(decay_sentence(np.array([1.0]), "h"))
    for norms in ([1.0, 0.0, 0.0], [0.0, 0.0]):
        assert str(decay_sentence(np.array(norms), "h")).startswith("No earlier state")
    assert "back 1 letter from" in str(decay_sentence(np.array([1.0, 0.5, 0.0]), "h"))


def test_lines_are_compared_by_their_slopes_and_nothing_is_promised():
    words = said(comparison_sentences({"Run 1": 0.934, "Run 2": 0.55, "Run 2, c": 1.03}))
    assert "survives best in Run 2, c (× 1.03 per letter) and worst in Run 2 (× 0.55)." in words
    assert "may reverse the order" in words and "Compare slopes, not heights" in words
    assert comparison_sentences({"Run 1": 0.9}) == []
    even = said(comparison_sentences({"Run 1": 0.931, "Run 2": 0.934}))
    assert "the same factor, 0.93 per letter" in even and "best" not in even


def test_runs_are_compared_by_the_lines_that_the_table_measures():
    def line(token, part):
        run = SimpleNamespace(config=Config(), weights=None, kept_step=9)
        return gradient.Line(
            SimpleNamespace(run=run, token=token), CharRNN("rnn", 2, 3), 0, part, np.ones(1)
        )

    h, c, other = line("a", "h"), line("a", "c"), line("b", "h")
    assert gradient.measured_lines([h, c, other]) == [c, other]
    assert gradient.measured_lines([h, c]) == [c]


def test_of_a_network_that_saw_one_letter_no_factor_of_its_weights_is_told(monkeypatch):
    measured = SimpleNamespace(result=np.array([0.9]), done=True)
    monkeypatch.setattr(gradient.measurements, "measure", lambda key, work, patience: measured)
    told = []
    for letters in (0, 1, 3):
        run = SimpleNamespace(config=Config(context=letters), weights=None, kept_step=9)
        line = gradient.Line(
            SimpleNamespace(run=run, token="a"), CharRNN("rnn", 2, 3), letters, "h", np.ones(1)
        )
        told.append(gradient.direct_text(line, "ab"))
    assert told == ["radius 0.90", "–", "radius 0.90"]


def test_the_columns_promise_no_collapse():
    """Neither a radius nor a gate decides what happens on a few letters."""
    words = said(factor_sentences()).lower()
    assert "vanish" not in words and "explode" not in words
    for term in ("spectral radius", "update gate", "forget gate", "in the long run"):
        assert term in words
