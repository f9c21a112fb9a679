"""What is found inside a network is what the network computes."""

import copy

import numpy as np
import pytest
import torch

from dino import probe
from dino.config import CELLS, Config
from dino.data import END, encode
from dino.data import corpus as corpus_of
from dino.lists import clean
from dino.model import CharRNN, nll
from dino.sample import draws, probabilities, write
from dino.train import Trainer, evaluate

each_cell = pytest.mark.parametrize("cell", CELLS)


@pytest.fixture(scope="module")
def nets(corpus):
    """A network a cell, trained a little."""
    found = {}
    for cell in CELLS:
        trainer = Trainer(Config(cell=cell, hidden_size=16, learning_rate=0.02, max_steps=150,
                                 engine="torch"), corpus)
        trainer.advance()
        found[cell] = trainer.judged
    return found


@pytest.fixture(scope="module")
def alone(corpus):
    """A run of the notebook's kind: every letter from a zero state."""
    trainer = Trainer(Config(hidden_size=25, learning_rate=0.02, max_steps=200, context=1), corpus)
    trainer.advance()
    return trainer


def arrays(data):
    return map(torch.from_numpy, data[:2])


def last(results):
    """The last of what a study yields, and that its share rose to 1."""
    shares, values = zip(*((share, np.copy(value)) for share, value in results), strict=True)
    assert list(shares) == sorted(shares) and shares[-1] == 1
    return values[-1]


# Reading, and a step taken apart


@each_cell
@pytest.mark.parametrize("context", [0, 1, 3])
def test_a_reading_is_what_the_network_gives_at_every_position(cell, context, nets, corpus):
    found = probe.read(nets[cell], corpus.vocab, "diplodocus", context)
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
    step = probe.take_apart(net, corpus.vocab, text, context)
    reading = probe.read(net, corpus.vocab, text, context)
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
    g = dict(zip(probe.GATE_NAMES[cell], step.gates.reshape(-1, H), strict=True))
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
    step = probe.take_apart(net, corpus.vocab, "tri")
    for unit in range(net.hidden_size):
        terms = step.h_prev * net.W_hh[:, unit].detach().numpy()
        total = step.from_letter[unit] + step.bias[unit] + terms.sum()
        assert total == pytest.approx(step.sums[unit], abs=1e-6)
        assert np.tanh(total) == pytest.approx(step.h[unit], abs=1e-6)


def test_a_foreign_letter_is_refused_in_a_sentence(nets, corpus):
    for function in (probe.read, probe.take_apart):
        with pytest.raises(ValueError, match="does not occur in this list"):
            function(nets["rnn"], corpus.vocab, "dñ")


# The memory dial


@each_cell
def test_the_dial_at_full_length_is_the_ordinary_loss(cell, nets, corpus):
    data = corpus.val_arrays
    steps = int(data.lengths.max())
    losses = last(probe.dial(nets[cell], data, steps + 3))
    whole = evaluate(nets[cell], *arrays(data))
    assert losses[steps - 1 :] == pytest.approx(whole, abs=1e-6)
    for k in (1, 2, 5):
        assert losses[k - 1] == pytest.approx(evaluate(nets[cell], *arrays(data), k), abs=1e-6)


@each_cell
def test_at_one_it_depends_on_the_last_letter_only(cell, nets, corpus):
    one, other = (probe.read(nets[cell], corpus.vocab, text, 1).logits[-1]
                  for text in ("tyranno", "o"))
    assert np.abs(one - other).max() < 1e-6
    wide = [probe.read(nets[cell], corpus.vocab, text, 3).logits[-1] for text in ("tyranno", "nno")]
    assert np.abs(wide[0] - wide[1]).max() < 1e-6
    assert np.abs(wide[0] - one).max() > 1e-4  # and three letters tell more than one


def test_a_run_of_letters_alone_is_best_at_one(alone, corpus):
    losses = last(probe.dial(alone.judged, corpus.val_arrays, 12))
    assert losses[0] == pytest.approx(alone.val_losses[-1], abs=1e-6)
    assert losses[1:].min() >= losses[0]
    assert probe.letters_used(losses, losses[0]) == 1


def test_letters_used_is_the_fewest_that_come_near_enough():
    assert probe.letters_used(np.array([2.2, 1.9, 1.709, 1.70, 1.70]), 1.69) == 3
    assert probe.letters_used(np.array([2.2, 2.1]), 1.7) is None


# Silence


@each_cell
def test_silencing_all_units_leaves_the_output_bias_alone(cell, nets, corpus):
    quiet = probe.silenced(nets[cell], range(16))
    expected = probabilities(nets[cell].b_y.detach().numpy())
    for row in probe.read(quiet, corpus.vocab, "allo").probs:
        assert np.array_equal(row, expected)


@each_cell
def test_silence_is_a_state_held_at_zero(cell, nets, corpus):
    net, units = nets[cell], [2, 7, 11]
    quiet = probe.read(probe.silenced(net, units), corpus.vocab, "stegosaurus")
    mask = torch.ones(16)
    mask[units] = 0
    state, table = net.initial_state(1), net.input_table()
    with torch.no_grad():
        for i, expected in zip(quiet.ids, quiet.logits, strict=True):
            state = net.step(table[[i]], state)
            state = (state[0] * mask, *state[1:])
            assert np.abs(net.logits(state[0])[0].numpy() - expected).max() < 1e-5


def test_silencing_none_changes_nothing_and_the_original_stays(nets, corpus):
    net = nets["rnn"]
    before = copy.deepcopy(net.state_dict())
    assert np.array_equal(probe.read(probe.silenced(net, []), corpus.vocab, "rex").logits,
                          probe.read(net, corpus.vocab, "rex").logits)
    probe.silenced(net, range(16))
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())


@pytest.mark.parametrize("context", [0, 1])
def test_a_unit_s_worth_is_the_rise_of_the_loss_without_it(context, nets, corpus):
    net, data = nets["rnn"], corpus.val_arrays
    rises = last(probe.worth(net, data, context))
    whole = evaluate(net, *arrays(data), context)
    for unit in (0, 9):
        rise = evaluate(probe.silenced(net, [unit]), *arrays(data), context) - whole
        assert rises[unit] == pytest.approx(rise, abs=2e-6)
    dead = probe.silenced(net, [3])  # nobody hears it already: it is worth nothing
    assert last(probe.worth(dead, data, context))[3] == pytest.approx(0, abs=2e-6)


def test_unit_values_are_the_states_of_reading(nets, corpus):
    names = ["rex", "diplodocus", "troodon"]
    data = encode(names, corpus.vocab)
    values = probe.unit_values(nets["gru"], data, 5)
    for row, name in enumerate(names):
        states = probe.read(nets["gru"], corpus.vocab, name).hidden[:, 5]
        assert np.abs(values[row, : len(name) + 1] - states).max() < 1e-6
        assert np.isnan(values[row, len(name) + 1 :]).all()
    means = probe.by_letter(values, data, corpus.vocab)
    after_x = values[0, 3]
    assert means[corpus.vocab.index["x"]] == pytest.approx(after_x)
    assert means[corpus.vocab.start] == pytest.approx(values[:, 0].mean())
    assert np.isnan(means[0]) and np.isnan(means[corpus.vocab.index["q"]])


def test_extremes_are_the_highest_and_lowest_places_one_a_name():
    values = np.array([[0.1, 0.9, 0.8], [-0.5, 0.2, np.nan], [0.95, -0.9, np.nan]])
    assert probe.extremes(values, 2) == [(2, 0, 0.95), (0, 1, 0.9)]
    assert probe.extremes(values, 2, most=False) == [(2, 1, -0.9), (1, 0, -0.5)]


# Gradient through time


@each_cell
@pytest.mark.parametrize("context", [0, 4])
def test_gradients_through_time_are_those_of_autograd_and_of_finite_differences(
    cell, context, nets, corpus
):
    net, name, t = nets[cell], "stegosaurus", 8
    found = probe.gradient_through_time(net, corpus.vocab, name, t, context)
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
    vocab = corpus_of(clean("\n".join("ab" + "a" * (1 + i) for i in range(20))), "x").vocab
    net = CharRNN("rnn", 4, len(vocab))
    with torch.no_grad():
        net.W_hh.copy_(0.5 * torch.eye(4))
        net.W_hy[:, 1] = torch.tensor([1e-3, 2e-3, 0, 0])
    norms = probe.gradient_through_time(net, vocab, "aaaaaaa", 7)["h"]
    assert norms[1:] / norms[:-1] == pytest.approx(0.5, abs=1e-4)
    assert probe.spectral_radii(net) == pytest.approx({"h": 0.5})


def test_a_position_outside_the_name_is_refused(nets, corpus):
    for position in (-1, 4):
        with pytest.raises(ValueError, match="from 0 to 3"):
            probe.gradient_through_time(nets["rnn"], corpus.vocab, "rex", position)


@each_cell
def test_spectral_radii_are_those_of_numpy_gate_by_gate(cell, nets):
    W = nets[cell].W_hh.detach().numpy()
    for g, radius in enumerate(probe.spectral_radii(nets[cell]).values()):
        expected = np.abs(np.linalg.eigvals(W[:, 16 * g : 16 * (g + 1)])).max()
        assert radius == pytest.approx(expected, rel=1e-3)


# The map of the letters


def test_the_map_keeps_the_last_moment_s_distances_and_its_axes(nets):
    flat = np.zeros((27, 16), np.float32)
    flat[:, :2] = np.random.default_rng(0).standard_normal((27, 2))
    flat -= flat.mean(axis=0)
    places, share = probe.letter_map([flat * 0.5, flat])
    apart = np.linalg.norm(flat[:, None] - flat[None], axis=-1)
    on_map = np.linalg.norm(places[1][:, None] - places[1][None], axis=-1)
    assert np.abs(apart - on_map).max() < 1e-5
    assert share.sum() == pytest.approx(1)
    assert np.abs(places[0] - places[1] / 2).max() < 1e-5  # half as far out, nothing turned
    again, _ = probe.letter_map([flat])
    assert np.array_equal(again[0], places[1])


def test_a_network_of_one_unit_has_a_map_too():
    places, share = probe.letter_map([np.linspace(-1, 1, 9)[:, None]])
    assert places.shape == (1, 9, 2) and share.tolist() == [1, 0]


def test_output_vectors_leave_out_what_softmax_does_not_see(nets):
    net = copy.deepcopy(nets["rnn"])
    before = probe.output_vectors(net)
    with torch.no_grad():
        net.W_hy += torch.randn(16, 1)
    assert np.abs(before - probe.output_vectors(net)).max() < 1e-6


def test_vowels_are_found_with_their_accents_and_gathering_is_relative():
    vocab = corpus_of(clean("\n".join(f"bógÖtá{'x' * i}" for i in range(20))), "towns").vocab
    assert [vocab.symbols[i] for i in probe.vowels(vocab)] == ["á", "ó", "ö"]
    vectors = np.array([[0.0], [0.0], [1.0], [2.0]])
    assert probe.gathering(vectors, [0, 1], range(4)) == 0
    assert probe.gathering(vectors, range(4), range(4)) == pytest.approx(1)


# Two models, and names that change


def test_disagreement_is_total_variation_over_the_union_of_symbols(corpus):
    other = corpus_of(clean("\n".join(f"ñandú{'a' * i}" for i in range(20))), "other").vocab
    symbols = sorted({*corpus.vocab.symbols, *other.symbols})
    one = probe.aligned(np.full(27, 1 / 27), corpus.vocab, symbols)
    two = probe.aligned(np.full(len(other), 1 / len(other)), other, symbols)
    assert one.sum() == pytest.approx(1) and two.sum() == pytest.approx(1)
    assert probe.disagreement(one, one) == 0
    shared = len(set(corpus.vocab.symbols) & set(other.symbols))
    assert probe.disagreement(one, two) == pytest.approx(1 - shared * min(1 / 27, 1 / len(other)))
    assert probe.disagreement(np.array([1.0, 0]), np.array([0, 1.0])) == 1


def test_the_same_draws_and_weights_write_the_same_name_and_other_weights_another(nets, corpus):
    draw = draws(8, seed=0)
    once, again = (write(nets["rnn"], corpus.vocab, draw) for _ in range(2))
    assert [t.name for t in once] == [t.name for t in again]
    untrained = CharRNN("rnn", 16, 27, torch.Generator().manual_seed(0))
    assert [t.name for t in write(untrained, corpus.vocab, draw)] != [t.name for t in once]
    assert END not in "".join(t.name for t in once)


# Two networks on the same names

@each_cell
@pytest.mark.parametrize("context", [0, 1])
def test_the_losses_of_names_add_up_to_the_held_out_loss(cell, context, nets, corpus):
    data = corpus.val_arrays
    losses = probe.name_losses(nets[cell], data, context)
    assert losses.shape == (len(corpus.val),)
    whole = evaluate(nets[cell], *arrays(data), context)
    assert losses.sum() / data.lengths.sum() == pytest.approx(whole, abs=1e-6)
    one = encode([corpus.val[7]], corpus.vocab)
    alone_ = evaluate(nets[cell], *arrays(one), context) * int(one.lengths[0])
    assert losses[7] == pytest.approx(alone_, abs=1e-4)


def test_the_error_of_a_difference_is_what_new_names_would_show():
    # many draws of names: their differences spread as the formula says of each
    rng = np.random.default_rng(0)
    symbols = rng.integers(5, 20, (400, 200))
    gaps = 0.1 * symbols + rng.normal(0, 1, symbols.shape)
    found = np.array([probe.difference(g, np.zeros(200), s)
                      for g, s in zip(gaps, symbols, strict=True)])
    assert found[:, 0].mean() == pytest.approx(0.1, abs=0.001)
    assert found[:, 1].mean() == pytest.approx(found[:, 0].std(), rel=0.1)
    assert probe.difference(symbols[0], symbols[0], symbols[0]) == (0.0, 0.0)


# In parts

@pytest.mark.parametrize("context", [0, 3])
@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_small_parts_change_nothing(cell, context, nets, corpus, monkeypatch):
    model, data = nets[cell], corpus.val_arrays
    looks = {
        "dial": lambda: list(probe.dial(model, data, 6)),
        "names": lambda: list(probe.name_losses_in_parts(model, data, context)),
        "unit": lambda: list(probe.unit_values_in_parts(model, data, 2, context)),
    }
    whole = {name: look()[-1][1].copy() for name, look in looks.items()}
    steps = data.inputs.shape[1]
    numbers = steps * 3 * probe.room._looked_at(
        cell, model.hidden_size, model.vocab_size, steps, context)
    monkeypatch.setattr("dino.cost.LOOK_NUMBERS", numbers if not context else numbers // 9)
    for name, look in looks.items():
        parts = look()
        assert len(parts) > 40 and parts[-1][0] == 1
        shares = [share for share, _ in parts]
        assert shares == sorted(shares)
        np.testing.assert_allclose(parts[-1][1], whole[name], atol=2e-5)
