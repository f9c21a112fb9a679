"""The network against torch.nn, against a plain loop in numpy, and against its own definitions."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from dino.data import encode
from dino.metrics import perplexity
from dino.model import GATES, CharRNN, nll, orthogonal

CELLS = list(GATES)
NAMES = ["mei", "zuul", "tyrannosaurus", "micropachycephalosaurus"]


def a_model(cell, hidden_size=7, vocab_size=27, seed=0):
    """A network in which no weight is zero, not even a bias."""
    generator = torch.Generator().manual_seed(seed)
    model = CharRNN(cell, hidden_size, vocab_size, generator)
    with torch.no_grad():
        for p in model.parameters():
            p.normal_(0, 0.5, generator=generator)
    return model


@pytest.fixture
def batch(corpus):
    """Inputs and targets of names of different lengths. (B, T), (B, T)"""
    encoded = encode(NAMES, corpus.vocab)
    return torch.from_numpy(encoded.inputs), torch.from_numpy(encoded.targets)


def close(ours, theirs):
    theirs = torch.as_tensor(np.array(theirs)) if isinstance(theirs, np.ndarray) else theirs
    torch.testing.assert_close(ours.double(), theirs.double(), rtol=0, atol=1e-5)


def one_hot(inputs, V):
    """Vectors as torch.nn wants them; index V is a zero vector. (B, T) -> (B, T, V)"""
    return nn.functional.one_hot(inputs, V + 1)[..., :V].float()


def gradients(model, logits, targets):
    model.zero_grad()
    nll(logits, targets).backward()
    return {name: p.grad.clone() for name, p in model.named_parameters()}


@pytest.mark.parametrize("cell", CELLS)
def test_forward_and_gradients_agree_with_torch_nn(cell, batch):
    inputs, targets = batch
    model = a_model(cell)
    theirs = getattr(nn, cell.upper())(27, 7, batch_first=True)
    head = nn.Linear(7, 27)
    with torch.no_grad():
        theirs.weight_ih_l0.copy_(model.W_xh.T)
        theirs.weight_hh_l0.copy_(model.W_hh.T)
        theirs.bias_ih_l0.copy_(model.b_h)
        theirs.bias_hh_l0.zero_()
        head.weight.copy_(model.W_hy.T)
        head.bias.copy_(model.b_y)
    states, _ = theirs(one_hot(inputs, 27))
    logits = head(states)
    real = targets >= 0
    p = logits.log_softmax(-1).gather(-1, targets.clamp(min=0)[..., None])[..., 0]
    (-p[real].mean()).backward()

    close(model.hidden_states(inputs), states)
    close(model(inputs), logits)
    ours = gradients(model, model(inputs), targets)
    close(ours["W_xh"], theirs.weight_ih_l0.grad.T)
    close(ours["W_hh"], theirs.weight_hh_l0.grad.T)
    close(ours["b_h"], theirs.bias_ih_l0.grad)
    close(ours["W_hy"], head.weight.grad.T)
    close(ours["b_y"], head.bias.grad)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def weights_of(model):
    return {name: p.detach().double().numpy() for name, p in model.named_parameters()}


def plain_states(cell, w, ids):
    """h after every input of one name, in double precision, letter by letter. (T, H)"""
    H = len(w["W_hh"])
    h, c, states = np.zeros(H), np.zeros(H), []
    for i in ids:
        x = np.zeros(len(w["W_xh"]))
        if i < len(x):
            x[i] = 1
        a_x, a_h = x @ w["W_xh"] + w["b_h"], h @ w["W_hh"]
        if cell == "rnn":
            h = np.tanh(a_x + a_h)
        elif cell == "gru":
            r, z = sigmoid(a_x[:H] + a_h[:H]), sigmoid(a_x[H : 2 * H] + a_h[H : 2 * H])
            n = np.tanh(a_x[2 * H :] + r * a_h[2 * H :])
            h = (1 - z) * n + z * h
        else:
            i_gate, f, g, o = np.split(a_x + a_h, 4)
            c = sigmoid(f) * c + sigmoid(i_gate) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
        states.append(h)
    return np.array(states)


@pytest.mark.parametrize("cell", CELLS)
def test_forward_agrees_with_a_plain_loop(cell, batch):
    inputs, _ = batch
    model = a_model(cell)
    w = weights_of(model)
    states, logits = model.hidden_states(inputs), model(inputs)
    for row, ids in enumerate(inputs.tolist()):
        expected = plain_states(cell, w, ids)
        close(states[row], expected)
        close(logits[row], expected @ w["W_hy"] + w["b_y"])


def plain_gradients(w, inputs, targets):
    """Of the mean −ln p over all real targets, for the vanilla cell, back through time by hand."""
    grads = {name: np.zeros_like(value) for name, value in w.items()}
    count = (targets >= 0).sum()
    for ids, goals in zip(inputs.tolist(), targets.tolist(), strict=True):
        goals = [goal for goal in goals if goal >= 0]
        states = plain_states("rnn", w, ids[: len(goals)])
        from_later = np.zeros(len(w["W_hh"]))
        for t in reversed(range(len(goals))):
            scores = states[t] @ w["W_hy"] + w["b_y"]
            d_logits = np.exp(scores) / np.exp(scores).sum() / count
            d_logits[goals[t]] -= 1 / count
            grads["W_hy"] += np.outer(states[t], d_logits)
            grads["b_y"] += d_logits
            d_a = (w["W_hy"] @ d_logits + from_later) * (1 - states[t] ** 2)
            if ids[t] < len(w["W_xh"]):
                grads["W_xh"][ids[t]] += d_a
            grads["b_h"] += d_a
            grads["W_hh"] += np.outer(states[t - 1], d_a) if t else 0
            from_later = w["W_hh"] @ d_a
    return grads


def test_vanilla_gradients_agree_with_backpropagation_by_hand(batch):
    inputs, targets = batch
    model = a_model("rnn")
    ours = gradients(model, model(inputs), targets)
    for name, expected in plain_gradients(
        weights_of(model), inputs.numpy(), targets.numpy()
    ).items():
        assert np.abs(expected).max() > 1e-3
        close(ours[name], expected)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("context", [1, 2, 3, 8])
def test_a_context_of_k_reads_each_window_of_k_inputs_from_a_zero_state(cell, context, batch):
    inputs, targets = batch
    model = a_model(cell)
    windows = [
        model.hidden_states(inputs[:, max(0, t + 1 - context) : t + 1])[:, -1]
        for t in range(inputs.shape[1])
    ]
    expected = torch.stack(windows, dim=1)
    close(model.hidden_states(inputs, context), expected)
    theirs = gradients(model, model.logits(expected), targets)
    ours = gradients(model, model(inputs, context), targets)
    for name in ours:
        close(ours[name], theirs[name])


@pytest.mark.parametrize("cell", CELLS)
def test_a_context_as_long_as_the_name_is_no_limit(cell, batch):
    inputs, _ = batch
    model, T = a_model(cell), inputs.shape[1]
    unlimited = model(inputs)
    assert torch.equal(model(inputs, T), unlimited)
    assert torch.equal(model(inputs, T + 30), unlimited)
    assert not torch.allclose(model(inputs, T - 1), unlimited)


@pytest.mark.parametrize("cell", CELLS)
def test_a_context_of_one_sees_only_the_last_input_and_never_teaches_W_hh(cell, batch):
    inputs, targets = batch
    model = a_model(cell)
    logits = model(inputs, 1)
    seen = {}
    for i, row in zip(inputs.flatten().tolist(), logits.flatten(0, 1), strict=True):
        assert torch.allclose(seen.setdefault(i, row), row)
    assert len(seen) > 10
    assert not gradients(model, logits, targets)["W_hh"].any()


@pytest.mark.parametrize("cell", CELLS)
def test_a_prediction_never_sees_what_comes_later(cell, batch):
    inputs, _ = batch
    model, changed = a_model(cell), inputs.clone()
    changed[:, 4:] = 5
    for context in (0, 3):
        before, after = model(inputs, context), model(changed, context)
        close(after[:, :4], before[:, :4])
        assert not torch.allclose(after[:, 4:], before[:, 4:])


@pytest.mark.parametrize("cell", CELLS)
def test_a_letter_scale_of_one_changes_nothing_and_of_zero_blanks_the_letter(cell, batch):
    inputs, _ = batch
    model = a_model(cell)
    ones = torch.ones(inputs.shape)
    close(model.hidden_states(inputs, 0, ones), model.hidden_states(inputs))
    blank = torch.full_like(inputs, 27)
    close(model.hidden_states(inputs, 0, 0 * ones), model.hidden_states(blank))


def test_the_notebooks_network_has_2027_parameters():
    model = CharRNN("rnn", 25, 27)
    assert model.parameter_count() == 2027
    counts = {name: count for name, _, count in model.summary()}
    assert counts["W_xh"] + counts["W_hh"] + counts["b_h"] == 1325
    assert counts["W_hy"] + counts["b_y"] == 702


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("H, V", [(1, 3), (25, 27), (512, 200)])
def test_the_summary_is_the_model_and_sums_to_its_parameters(cell, H, V):
    model, G = CharRNN(cell, H, V), {"rnn": 1, "gru": 3, "lstm": 4}[cell]
    summary = model.summary()
    assert [(name, count) for name, _, count in summary] == [
        ("W_xh", V * G * H),
        ("W_hh", H * G * H),
        ("b_h", G * H),
        ("W_hy", H * V),
        ("b_y", V),
    ]
    assert sum(count for _, _, count in summary) == model.parameter_count()
    for _, shape, count in summary:
        assert math.prod(int(n) for n in shape.split(" × ")) == count


@pytest.mark.parametrize("V", [3, 27])
@pytest.mark.parametrize("cell", CELLS)
def test_a_uniform_model_has_perplexity_V(cell, V):
    model = CharRNN(cell, 5, V)
    with torch.no_grad():
        for p in model.parameters():
            p.zero_()
        inputs = torch.arange(V)[None]
        loss = nll(model(inputs), inputs).item()
    assert loss == pytest.approx(math.log(V), abs=1e-6)
    assert perplexity(loss) == pytest.approx(V, rel=1e-5)


def test_the_loss_ignores_padding(batch):
    inputs, targets = batch
    logits = a_model("rnn")(inputs).detach()
    real = targets >= 0
    assert not real.all()
    p = logits.log_softmax(-1)[real].gather(-1, targets[real][:, None])
    close(nll(logits, targets), -p.mean())
    close(nll(logits, targets, "sum"), -p.sum())
    noise = torch.where(real[..., None], logits, torch.full_like(logits, 99.0))
    noise[..., 0][~real] = -99  # PyTorch 2.6 has no mask beside a number
    assert torch.equal(nll(noise, targets), nll(logits, targets))


@pytest.mark.parametrize("rows, columns", [(1, 1), (1, 4), (25, 25), (16, 48), (64, 256)])
def test_orthogonal_rows_are_orthonormal(rows, columns):
    matrix = orthogonal(rows, columns, torch.Generator().manual_seed(0))
    assert matrix.shape == (rows, columns)
    close(matrix @ matrix.T, torch.eye(rows))


@pytest.mark.parametrize("cell", CELLS)
def test_a_network_starts_as_keras_does(cell):
    model, G = CharRNN(cell, 32, 27, torch.Generator().manual_seed(0)), GATES[cell]
    for weight in (model.W_xh, model.W_hy):
        limit = math.sqrt(6 / sum(weight.shape))
        assert 0.9 * limit < weight.abs().max() <= limit
        assert abs(weight.mean()) < 0.1 * limit
    close(model.W_hh @ model.W_hh.T, torch.eye(32))
    assert not model.b_y.any()
    biases = model.b_h.reshape(G, 32)
    assert (biases[1] == 1).all() if cell == "lstm" else not biases.any()
    assert biases.sum() == (32 if cell == "lstm" else 0)


@pytest.mark.parametrize("cell", CELLS)
def test_another_forget_bias_changes_only_the_first_b_f_of_an_lstm(cell):
    generators = [torch.Generator().manual_seed(5) for _ in range(2)]
    usual, other = (
        CharRNN(cell, 32, 27, generator, bias)
        for generator, bias in zip(generators, (1.0, -2.5), strict=True)
    )
    changed = torch.zeros(GATES[cell], 32)
    if cell == "lstm":
        changed[1] = -3.5
    for (name, one), two in zip(usual.named_parameters(), other.parameters(), strict=True):
        assert torch.equal(two - one, changed.flatten() if name == "b_h" else 0 * one)
    assert torch.equal(*(it.get_state() for it in generators))  # the batches are drawn next


def test_the_generator_alone_decides_the_first_weights():
    def weights(seed):
        torch.rand(seed + 1)  # the global generator must not matter
        return CharRNN("gru", 8, 27, torch.Generator().manual_seed(seed)).state_dict()

    one, again, other = weights(3), weights(3), weights(4)
    assert all(torch.equal(one[name], again[name]) for name in one)
    assert not torch.equal(one["W_hh"], other["W_hh"])


def test_an_unknown_cell_is_refused():
    with pytest.raises(ValueError, match="cell must be one of rnn, gru, lstm, not “transformer”"):
        CharRNN("transformer", 8, 27)
