"""Writing names: each follows from its probabilities and draws, and its trace is correct."""

import numpy as np
import pytest
import torch

from dino.data import END
from dino.model import GATES, CharRNN
from dino.sample import LONGEST, choose, draws, probabilities, stretches, write, write_in_parts


@pytest.fixture
def names(trained, corpus):
    """A function that writes with the trained network."""

    def write_names(count=20, seed=0, longest=LONGEST, **how):
        return write(trained.model, corpus.vocab, draws(count, seed, longest), **how)

    return write_names


def texts(traces):
    return [trace.name for trace in traces]


@pytest.mark.parametrize(
    "how", [{}, {"temperature": 0.5}, {"top_k": 3}, {"prefix": "tri"}, {"context": 2}], ids=str
)
def test_the_same_draws_and_weights_give_the_same_names(names, how):
    once, again, other = names(**how), names(**how), names(seed=1, **how)
    assert texts(once) == texts(again)
    assert all(np.array_equal(a.logits, b.logits) for a, b in zip(once, again, strict=True))
    assert texts(once) != texts(other)


def test_draws_are_of_the_seed_and_a_shorter_limit_only_cuts_them():
    assert np.array_equal(draws(5, 3), draws(5, 3))
    assert not np.array_equal(draws(5, 3), draws(5, 4))
    assert np.array_equal(draws(5, 3, 12), draws(5, 3)[:, :12])
    assert ((draws(100, 0) >= 0) & (draws(100, 0) < 1)).all()


def test_a_name_is_what_its_ids_spell(names, corpus):
    for trace in names():
        T = len(trace.ids)
        assert corpus.vocab.decode(trace.ids) == trace.name + END * trace.finished
        assert trace.logits.shape == (T, 27)
        assert trace.hidden.shape == (T, 32)


def test_probabilities_of_every_step_sum_to_one(names):
    for how in ({}, {"temperature": 0.3}, {"top_k": 4}, {"temperature": 5.0, "top_k": 2}):
        for trace in names():
            probs = trace.probs(**how)
            assert (probs >= 0).all()
            assert probs.sum(-1) == pytest.approx(np.ones(len(probs)), abs=1e-12)
            assert ((probs > 0).sum(-1) == how.get("top_k", 27)).all()


def inverse_cdf(probs, draw):
    """The first symbol at which the sum of the probabilities so far passes the draw."""
    total = 0.0
    for symbol, p in enumerate(probs):
        total += p
        if total > draw:
            return symbol
    raise AssertionError("the probabilities end below the draw")


@pytest.mark.parametrize("temperature, top_k", [(1.0, 0), (0.6, 0), (1.5, 5)])
def test_each_symbol_is_the_one_on_whose_stretch_its_draw_falls(names, temperature, top_k):
    traces = names(temperature=temperature, top_k=top_k)
    for trace, draw in zip(traces, draws(20, 0), strict=True):
        probs = trace.probs(temperature, top_k)
        chosen = [inverse_cdf(p, u) for p, u in zip(probs, draw, strict=False)]
        assert chosen == trace.ids.tolist()


@pytest.mark.parametrize("prefix", ["", "tri"])
@pytest.mark.parametrize("temperature, top_k", [(1.0, 0), (0.3, 0), (5.0, 0), (1.5, 5), (1.0, 1)])
def test_the_trace_has_the_draws_and_the_symbol_under_each_is_the_one_written(
    names, temperature, top_k, prefix
):
    traces = names(temperature=temperature, top_k=top_k, prefix=prefix)
    for trace, draw in zip(traces, draws(20, 0), strict=True):
        T = len(trace.ids)
        assert trace.draws.shape == (T,) and np.isnan(trace.draws[: trace.given]).all()
        assert trace.draws[trace.given :].tolist() == draw[trace.given : T].tolist()
        for t in range(trace.given, T):
            edges, taken = stretches(trace.probs(temperature, top_k)[t]), trace.ids[t]
            assert edges[taken] <= trace.draws[t] < edges[taken + 1]


def test_greedy_writing_has_no_draws_and_takes_the_longest_stretch(names):
    for trace in names(2, greedy=True, prefix="a"):
        assert np.isnan(trace.draws).all() and trace.draws.shape == trace.ids.shape
        for p, taken in list(zip(trace.probs(), trace.ids, strict=True))[1:]:
            assert np.diff(stretches(p)).argmax() == taken


def test_stretches_are_as_long_as_the_probabilities_and_fill_0_to_1():
    edges = stretches(np.array([0.5, 0.0, 0.25, 0.25]))
    assert edges.tolist() == [0, 0.5, 0.5, 0.75, 1]
    rounded = stretches(np.full(27, 1 / 27))  # its sum is not exactly 1
    assert rounded[-1] == 1 and np.diff(rounded) == pytest.approx(np.full(27, 1 / 27))


def test_a_symbol_without_probability_is_never_chosen():
    probs = np.array([[0.0, 0.5, 0.0, 0.5, 0.0]])
    edge = np.nextafter(1, 0)
    assert [int(choose(probs, np.array([u]))[0]) for u in (0.0, 0.4, 0.5, 0.9, edge)] == [
        1,
        1,
        3,
        3,
        3,
    ]


def test_greedy_takes_the_most_likely_symbol_at_every_step(names):
    for trace in names(3, greedy=True):
        assert np.array_equal(trace.ids, trace.logits.argmax(-1))


def test_the_best_one_of_one_is_the_greedy_one(names):
    assert texts(names(top_k=1)) == texts(names(greedy=True))


def test_a_low_temperature_approaches_the_greedy_name(names):
    assert texts(names(temperature=1e-4)) == texts(names(greedy=True))
    cold, warm = names(100, temperature=0.3), names(100)
    assert len(set(texts(cold))) < len(set(texts(warm)))


def test_top_k_takes_one_of_the_k_most_likely(names):
    for trace in names(top_k=3):
        ranks = (trace.logits > trace.logits[np.arange(len(trace.ids)), trace.ids, None]).sum(-1)
        assert ranks.max() <= 2


@pytest.mark.parametrize("temperature", [0.2, 1.0, 3.0])
def test_a_temperature_from_stored_logits_is_softmax_of_logits_over_T(names, temperature):
    for trace in names(5):
        exps = np.exp(trace.logits.astype(np.float64) / temperature)
        expected = exps / exps.sum(-1, keepdims=True)
        assert trace.probs(temperature) == pytest.approx(expected, abs=1e-9)


def test_probabilities_do_not_overflow():
    probs = probabilities(np.array([[1e4, 0.0, -1e4]], np.float32), 0.05)
    assert probs.tolist() == [[1, 0, 0]]


def test_surprise_is_the_negative_log2_of_what_was_taken(names):
    for trace in names(5):
        taken = [p[i] for p, i in zip(trace.probs(), trace.ids, strict=True)]
        assert 2 ** -trace.surprise() == pytest.approx(taken)
    trace = names(1, prefix="qqq")[0]
    assert np.isinf(trace.surprise(top_k=1)[:3]).any()  # it was set, and is not the most likely


@pytest.mark.parametrize("context", [0, 1, 3])
@pytest.mark.parametrize("cell", GATES)
def test_the_trace_is_what_the_network_says_of_the_name_when_it_reads_it(cell, context, corpus):
    model = CharRNN(cell, 16, 27, torch.Generator().manual_seed(1))
    with torch.no_grad():
        model.W_hy.mul_(3)  # an untrained network hardly depends on its state; this one does
    for trace in write(model, corpus.vocab, draws(8, 0), prefix="ab", context=context):
        inputs = torch.tensor([[corpus.vocab.start, *trace.ids[:-1]]])
        with torch.inference_mode():
            logits, hidden = model(inputs, context)[0], model.hidden_states(inputs, context)[0]
        np.testing.assert_allclose(trace.logits, logits, rtol=0, atol=1e-5)
        np.testing.assert_allclose(trace.hidden, hidden, rtol=0, atol=1e-5)


def test_how_far_memory_reaches_changes_the_names(names):
    assert texts(names(context=1)) != texts(names(context=0))
    assert texts(names(context=LONGEST)) == texts(names(context=0))


def test_the_first_letters_are_kept(names):
    for how in ({}, {"greedy": True}, {"top_k": 2}, {"context": 1}):
        for trace in names(prefix="xylo", **how):
            assert trace.name.startswith("xylo")
            assert trace.given == 4
    assert {trace.given for trace in names()} == {0}


@pytest.mark.parametrize("longest", [1, 2, 7, LONGEST])
def test_no_name_is_longer_than_the_longest_and_one_cut_there_says_so(names, longest):
    traces = names(60, longest=longest, temperature=3.0)
    assert max(len(trace.name) for trace in traces) <= longest
    for trace in traces:
        assert trace.finished == (trace.ids[-1] == 0)
        assert trace.finished or len(trace.name) == longest


def test_a_letter_that_the_list_does_not_have_is_refused(names):
    for prefix in ("rex7", "🦕", "T", "x" * 9 + "é"):
        with pytest.raises(ValueError, match="does not occur in this list"):
            names(1, prefix=prefix)


def test_first_letters_that_fill_the_name_are_refused(names):
    with pytest.raises(ValueError, match="maximum length, 4"):
        names(1, prefix="abcd", longest=4)
    assert len(names(1, prefix="abc", longest=4)[0].name) <= 4


def test_first_letters_come_as_often_as_their_probabilities_say(names):
    N = 20_000
    traces = names(N, longest=1)
    p = traces[0].probs()[0]
    counts = np.bincount([trace.ids[0] for trace in traces], minlength=27)
    sigma = np.sqrt(N * p * (1 - p))
    assert (np.abs(counts - N * p) <= 4 * sigma + 1).all()
    assert counts.max() > 3 * np.median(counts)  # so the frequencies are not uniform


def test_writing_many_gives_each_its_own_name(names):
    many, few = names(50), texts(names(50))
    assert len(set(few)) > 40
    assert all(trace.name == text for trace, text in zip(many, few, strict=True))


def test_writing_leaves_the_network_alone(trained, names):
    before = trained.state.weights.clone()
    names(5)
    assert torch.equal(trained.state.weights, before)


@pytest.mark.parametrize("context", [0, 3])
def test_writing_in_parts_yields_after_every_step_and_ends_with_the_names(context, trained):
    vocab, net = trained.corpus.vocab, trained.eval_model
    *steps, names = write_in_parts(net, vocab, draws(5, 1), context=context)
    assert steps == [None] * len(steps)
    whole = write(net, vocab, draws(5, 1), context=context)
    assert [trace.name for trace in names] == [trace.name for trace in whole]
    longest = max(len(trace.ids) for trace in names)
    assert len(steps) == sum(min(t + 1, context or 1) for t in range(longest))
