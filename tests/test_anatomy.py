"""Every number shown of a network is the one that it computes."""

import copy

import numpy as np
import pytest
import torch

from dino import anatomy
from dino.config import CELLS
from dino.data import make_corpus
from dino.lists import clean
from dino.model import CharRNN, nll
from dino.sample import probabilities

each_cell = pytest.mark.parametrize("cell", CELLS)


# Reading, and a step taken apart


@each_cell
@pytest.mark.parametrize("context", [0, 1, 3])
def test_a_reading_is_what_the_network_gives_at_every_position(cell, context, nets, corpus):
    found = anatomy.read_name(nets[cell], corpus.vocab, "diplodocus", context)
    assert found.ids.tolist() == [27, *corpus.vocab.encode("diplodocus")]
    with torch.no_grad():
        expected = nets[cell](torch.from_numpy(found.ids[None]), context)[0].numpy()
    assert np.abs(found.logits - expected).max() < 1e-6
    assert np.allclose(found.probs.sum(axis=1), 1)


@each_cell
@pytest.mark.parametrize("context", [0, 1, 3])
@pytest.mark.parametrize("text", ["", "d", "diplo"])
def test_a_step_taken_apart_adds_up_to_the_network_s_numbers(cell, context, text, nets, corpus):
    net = nets[cell]
    step = anatomy.take_apart(net, corpus.vocab, text, context)
    reading = anatomy.read_name(net, corpus.vocab, text, context)
    H = net.hidden_size
    assert np.abs(step.h - reading.hidden[-1]).max() < 1e-6
    assert np.abs(step.logits - reading.logits[-1]).max() < 1e-6
    assert np.abs(step.probs - probabilities(step.logits)).max() == 0
    x = np.zeros(27, np.float32)
    if step.letter < 27:
        x[step.letter] = 1
    weights = {name: p.detach().numpy() for name, p in net.named_parameters()}
    assert np.abs(x @ weights["W_xh"] - step.from_letter).max() < 1e-6
    assert np.abs(step.h_prev @ weights["W_hh"] - step.from_state).max() < 1e-6
    recurrent = step.from_state.copy()
    if cell == "gru":
        recurrent[2 * H :] *= step.gates[:H]
    assert np.abs(step.from_letter + step.bias + recurrent - step.sums).max() < 1e-6
    g = dict(zip(anatomy.GATE_NAMES[cell], step.gates.reshape(-1, H), strict=True))
    if cell == "rnn":
        h = g["h"]
    elif cell == "gru":
        h = (1 - g["z"]) * g["n"] + g["z"] * step.h_prev
    else:
        c = g["f"] * step.c_prev + g["i"] * g["g"]
        assert np.abs(c - step.c).max() < 1e-6
        h = g["o"] * np.tanh(c)
    assert np.abs(h - step.h).max() < 1e-6
    assert np.abs(step.h @ weights["W_hy"] + weights["b_y"] - step.logits).max() < 1e-5


def test_the_terms_of_one_unit_add_up_to_its_sum(nets, corpus):
    net = nets["rnn"]
    step = anatomy.take_apart(net, corpus.vocab, "tri")
    for unit in range(net.hidden_size):
        terms = step.h_prev * net.W_hh[:, unit].detach().numpy()
        total = step.from_letter[unit] + step.bias[unit] + terms.sum()
        assert total == pytest.approx(step.sums[unit], abs=1e-6)
        assert np.tanh(total) == pytest.approx(step.h[unit], abs=1e-6)


def test_a_foreign_letter_is_refused_in_a_sentence(nets, corpus):
    for function in (anatomy.read_name, anatomy.take_apart):
        with pytest.raises(ValueError, match="does not occur in this list"):
            function(nets["rnn"], corpus.vocab, "dñ")


# Gradient through time


@each_cell
@pytest.mark.parametrize("context", [0, 4])
def test_gradients_through_time_are_those_of_autograd_and_of_finite_differences(
    cell, context, nets, corpus
):
    net, name, t = nets[cell], "stegosaurus", 8
    found = anatomy.gradient_through_time(net, corpus.vocab, name, t, context)
    ids = [corpus.vocab.start, *corpus.vocab.encode(name)][: t + 1][-context:]
    target = torch.tensor([corpus.vocab.encode(name)[t]])
    double = copy.deepcopy(net).double()

    def loss(j, nudge):
        """The loss if `nudge` is added to the state j steps before the last: h, or c as well."""
        table = double.input_table()
        state = tuple(s.double() for s in double.initial_state(1))
        for place, i in enumerate(ids):
            state = double.step(table[[i]], state)
            if len(ids) - 1 - place == j:
                h, *c = state
                if c:  # h = o tanh(c), so a nudge of c moves h as well
                    h = h / torch.tanh(c[0]) * torch.tanh(c[0] + nudge[1])
                state = (h + nudge[0], *(c[0] + nudge[1] for _ in c))
        return nll(double.logits(state[0]), target)

    parts = ["h", "c"] if cell == "lstm" else ["h"]
    assert list(found) == parts and all(len(found[p]) == len(ids) for p in parts)
    for j in range(len(ids)):
        nudge = [torch.zeros(1, 16, dtype=torch.float64, requires_grad=True) for _ in parts]
        exact = torch.autograd.grad(loss(j, nudge), nudge, allow_unused=True)
        for p, gradient in zip(parts, exact, strict=True):
            size = 0.0 if gradient is None else float(gradient.norm())
            assert found[p][j] == pytest.approx(size, rel=1e-4, abs=1e-9)
        way = exact[0] / exact[0].norm()
        step = [torch.zeros(1, 16, dtype=torch.float64) for _ in parts]
        step[0] = 1e-4 * way
        with torch.no_grad():
            slope = (loss(j, step) - loss(j, [-s for s in step])) / 2e-4
        assert found["h"][j] == pytest.approx(float(slope), rel=1e-3, abs=1e-8)


def test_a_recurrence_that_halves_every_step_shows_it():
    """W_hh = ½ I and tiny states: the gradient halves with every step back."""
    vocab = make_corpus(clean("\n".join("ab" + "a" * (1 + i) for i in range(20))), "x").vocab
    net = CharRNN("rnn", 4, len(vocab))
    with torch.no_grad():
        net.W_hh.copy_(0.5 * torch.eye(4))
        net.W_hy[:, 1] = torch.tensor([1e-3, 2e-3, 0, 0])
    norms = anatomy.gradient_through_time(net, vocab, "aaaaaaa", 7)["h"]
    assert norms[1:] / norms[:-1] == pytest.approx(0.5, abs=1e-4)
    assert anatomy.spectral_radius(net) == pytest.approx(0.5)


def test_a_position_outside_the_name_is_refused(nets, corpus):
    for position in (-1, 4):
        with pytest.raises(ValueError, match="from 0 to 3"):
            anatomy.gradient_through_time(nets["rnn"], corpus.vocab, "rex", position)


def test_the_spectral_radius_is_numpys(nets):
    W = nets["rnn"].W_hh.detach().numpy()
    expected = np.abs(np.linalg.eigvals(W)).max()
    assert anatomy.spectral_radius(nets["rnn"]) == pytest.approx(expected, rel=1e-3)


def test_a_radius_below_one_is_no_bound():
    """Why the page promises nothing: W has radius 0, and the gradient grows with every two steps
    whose slopes of tanh are 1 and 0.1.
    """
    W, slopes = np.array([[2.0, -2.0], [2.0, -2.0]]), np.diag([1.0, 0.1])
    assert np.abs(np.linalg.eigvals(W)).max() == pytest.approx(0, abs=1e-6)
    assert np.abs(np.linalg.eigvals(slopes @ W)).max() > 1.5


@pytest.mark.parametrize(("cell", "gate", "block"), [("gru", "z", 1), ("lstm", "f", 1)])
def test_the_mean_gate_is_the_factor_of_the_direct_path(cell, gate, block, nets, corpus):
    """With all weights zero but the gate's bias, it is the sigmoid of the bias, and the gradient
    along the state is multiplied by it.
    """
    net = CharRNN(cell, 4, len(corpus.vocab))
    with torch.no_grad():
        net.b_h[4 * block : 4 * (block + 1)] = 1.5
        net.W_hy[0] = torch.linspace(-1, 1, len(corpus.vocab))
    expected = 1 / (1 + np.exp(-1.5))
    assert anatomy.mean_gate(net, corpus.vocab, "rexus") == (gate, pytest.approx(expected))
    if cell == "gru":
        norms = anatomy.gradient_through_time(net, corpus.vocab, "rexus", 5)["h"]
        assert norms[1:] / norms[:-1] == pytest.approx(expected, rel=1e-3)
    steps = [anatomy.take_apart(nets[cell], corpus.vocab, "rexus"[:k]) for k in range(1, 6)]
    mean = np.mean([step.gates.reshape(-1, 16)[block].mean() for step in steps])
    assert anatomy.mean_gate(nets[cell], corpus.vocab, "rexus")[1] == pytest.approx(mean)


def test_no_gate_no_mean(nets, corpus):
    for cell, text in (("rnn", "rex"), ("gru", "")):
        with pytest.raises(ValueError):
            anatomy.mean_gate(nets[cell], corpus.vocab, text)


# The map of the letters


def test_the_map_keeps_the_last_moment_s_distances_and_its_axes(nets):
    flat = np.zeros((27, 16), np.float32)
    flat[:, :2] = np.random.default_rng(0).standard_normal((27, 2))
    flat -= flat.mean(axis=0)
    places, share = anatomy.letter_map([flat * 0.5, flat])
    apart = np.linalg.norm(flat[:, None] - flat[None], axis=-1)
    on_map = np.linalg.norm(places[1][:, None] - places[1][None], axis=-1)
    assert np.abs(apart - on_map).max() < 1e-5
    assert share.sum() == pytest.approx(1)
    assert np.abs(places[0] - places[1] / 2).max() < 1e-5  # half as far out, nothing turned
    again, _ = anatomy.letter_map([flat])
    assert np.array_equal(again[0], places[1])


def test_a_network_of_one_unit_has_a_map_too():
    places, share = anatomy.letter_map([np.linspace(-1, 1, 9)[:, None]])
    assert places.shape == (1, 9, 2) and share.tolist() == [1, 0]


def test_output_vectors_leave_out_what_softmax_does_not_see(nets):
    net = copy.deepcopy(nets["rnn"])
    before = anatomy.output_vectors(net)
    with torch.no_grad():
        net.W_hy += torch.randn(16, 1)
    assert np.abs(before - anatomy.output_vectors(net)).max() < 1e-6


# Two models, and names that change


def test_disagreement_is_total_variation_over_the_union_of_symbols(corpus):
    other = make_corpus(clean("\n".join(f"ñandú{'a' * i}" for i in range(20))), "other").vocab
    symbols = sorted({*corpus.vocab.symbols, *other.symbols})
    one = anatomy.align_symbols(np.full(27, 1 / 27), corpus.vocab, symbols)
    two = anatomy.align_symbols(np.full(len(other), 1 / len(other)), other, symbols)
    assert one.sum() == pytest.approx(1) and two.sum() == pytest.approx(1)
    assert anatomy.disagreement(one, one) == 0
    shared = len(set(corpus.vocab.symbols) & set(other.symbols))
    assert anatomy.disagreement(one, two) == pytest.approx(1 - shared * min(1 / 27, 1 / len(other)))
    assert anatomy.disagreement(np.array([1.0, 0]), np.array([0, 1.0])) == 1
