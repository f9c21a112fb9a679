"""The kernels alone: products, functions, gradients and dropout against numpy and autograd."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from dino import cost
from dino.compiled.compiling import is_available
from dino.compiled.engine import REMEMBERS
from dino.config import CELLS, GATES, OPTIMIZERS, Config
from dino.data import PAD
from dino.engines import GRADIENT_ERROR, UPDATE_ERROR
from dino.model import CharRNN, flatten, flatten_gradient, nll
from dino.optim import RULES

pytestmark = [
    pytest.mark.xdist_group("compiled"),  # one worker loads them
    pytest.mark.usefixtures("kernels"),  # they are compiled once for all workers
    pytest.mark.skipif(not is_available(), reason="numba and scipy are not installed"),
]
pytest.importorskip("numba")

from dino.compiled import elementwise, kernels, layout, matrices, updates, writer  # noqa: E402  # they need numba

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("shape", [(1, 1, 1), (32, 25, 27), (7, 64, 192), (3, 200, 1), (5, 0, 4)])
def test_products_are_those_of_numpy(shape):
    m, k, n = shape
    rng = np.random.default_rng(0)
    A, B = (rng.normal(size=s).astype(np.float32) for s in ((m, k), (k, n)))
    AT, BT = np.ascontiguousarray(A.T), np.ascontiguousarray(B.T)
    right = A.astype(float) @ B.astype(float)
    for product, add in [
        (lambda out: matrices.multiply(A, B, out, False), 0),
        (lambda out: matrices.multiply(A, B, out, True), 1),
        (lambda out: matrices.multiply_transposed(A, BT, out, False), 0),
        (lambda out: matrices.multiply_transposed(A, BT, out, True), 1),
        (lambda out: matrices.transpose_multiply(AT, B, out), 0),
    ]:
        out = np.full((m, n), 3, np.float32)
        product(out)
        np.testing.assert_allclose(out, right + 3 * add, atol=1e-4)


def test_matrices_begin_where_products_are_the_same_each_time():
    for rows, columns in ((1, 1), (3, 25), (400, 27)):
        matrix = matrices.allocate_matrix(rows, columns)
        assert matrix.shape == (rows, columns) and matrix.ctypes.data % 64 == 0
        assert matrix.flags.c_contiguous


def test_without_pytorch_scipy_multiplies():
    code = (
        "import sys, numpy as np; from dino.compiled import matrices as k;"
        "A = np.eye(3, dtype='f') * 2; out = A.copy(); k.multiply(A, A, out, True);"
        "assert 'torch' not in sys.modules; print(out.sum())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert float(done.stdout) == 18


def a_network(gates):
    """The smallest: its shape, its weights, all 0.5, and a name of one letter."""
    shape = kernels.Shape(gates, hidden_size=1, vocab_size=1)
    weights = kernels.Weights(*np.full((5, 3 * gates + 2), 0.5, np.float32))
    return shape, weights, kernels.Data(np.array([[1, 0]]), np.array([[0, -1]]), np.array([1]))


@pytest.mark.parametrize("gates", GATES.values())
def test_a_network_of_zeros_writes_every_symbol_equally_often(gates):
    shape, V = kernels.Shape(gates, hidden_size=2, vocab_size=5), 5
    size = V * gates * 2 + 2 * gates * 2 + gates * 2 + 2 * V + V
    numbers = np.random.default_rng(1).random((40, 6))
    found = writer.write(shape, np.zeros(size, np.float32), 0, numbers).chosen
    for row, drawn in zip(found, np.floor(V * numbers).astype(int), strict=True):
        ended = np.flatnonzero(drawn == 0)
        upto = ended[0] if len(ended) else 6
        assert row.tolist() == [*drawn[:upto], *[0] * (6 - upto)]
    assert (found[:, -1] > 0).any() and (found[:, -1] == 0).any()


def test_what_is_no_number_writes_the_first_symbol_as_pytorch_does():
    shape, weights, _ = a_network(1)
    nothing = np.full_like(weights.w, np.nan)
    found = writer.write(shape, nothing, 0, np.full((2, 3), 0.5))
    assert found.chosen.tolist() == [[0] * 3] * 2


def train_once(gates=1, rule=0):
    """One update of that network."""
    shape, weights, data = a_network(gates)
    recipe, batches = kernels.Recipe(rule, 0.1, *[0.0] * 5), np.zeros((1, 1), np.int64)
    no, random = kernels.NO_TEACHER, np.ones(1, np.uint64)
    return kernels.train(shape, recipe, weights, data, no, batches, 0, 0, random)


def test_all_tables_of_optimizers_agree():
    assert list(OPTIMIZERS) == list(RULES) == list(REMEMBERS)
    for number, name in enumerate(OPTIMIZERS):
        assert getattr(updates, name.upper()) == number
        state: dict[str, torch.Tensor] = {}
        RULES[name](torch.ones(3), torch.ones(3), 0.1, state)
        assert set(state) - {"t"} == set(REMEMBERS[name])
        assert cost.optimizer_numbers(Config(optimizer=name)) == len(REMEMBERS[name])


def test_a_rule_that_the_kernels_do_not_know_is_refused():
    train_once(rule=len(OPTIMIZERS) - 1)
    for number in (-1, len(OPTIMIZERS)):
        with pytest.raises(ValueError, match="no rule"):
            train_once(rule=number)


def test_the_kernels_tell_all_cells_apart_by_their_gates():
    assert list(CELLS) == list(GATES)
    assert list(GATES.values()) == [layout.RNN, layout.GRU, layout.LSTM]
    for gates in set(range(1, 6)) - set(GATES.values()):
        with pytest.raises(ValueError, match="no cell"):
            train_once(gates)


def drawn_as_the_kernels_do(share, shape):
    """The factors of weight drop, if they are the first that a generator at 1 draws."""
    factors = np.ones(shape, np.float32)
    if share:
        elementwise.draw_dropout(factors.reshape(-1), share, np.ones(1, np.uint64))
    return torch.from_numpy(factors)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_an_update_moves_each_weight_as_on_pytorch(optimizer):
    """Both from the same weights each time; what each remembers is its own."""
    generator = torch.Generator().manual_seed(1)
    w, state = 0.5 * torch.randn(2000, generator=generator), {}
    ours = kernels.Weights(*np.zeros((5, len(w)), np.float32))
    rate, rule = OPTIMIZERS[optimizer].learning_rate, getattr(updates, optimizer.upper())
    for t in range(1, 31):
        g = 0.1 * torch.randn(len(w), generator=generator)
        ours.w[:], ours.g[:], before = w.numpy(), g.numpy(), w.clone()
        RULES[optimizer](w, g, rate, state)
        updates.update(rule, ours, rate, t)
        assert np.abs(ours.w - w.numpy()).max() < UPDATE_ERROR
        assert (w - before).abs().mean() > 1000 * UPDATE_ERROR  # it moves far


@pytest.mark.parametrize("weight_drop", [0.0, 0.6])
@pytest.mark.parametrize("cell", CELLS)
def test_every_gradient_is_that_of_autograd(cell, weight_drop, corpus):
    model = CharRNN(cell, 24, 27, torch.Generator().manual_seed(1))
    weights, gradient = flatten(model), flatten_gradient(model)
    weights += 0.1 * torch.randn(len(weights), generator=torch.Generator().manual_seed(2))
    inputs, targets, lengths = corpus.train_arrays
    rows = np.arange(40)
    scale = drawn_as_the_kernels_do(weight_drop, model.W_hh.shape)
    states = model.hidden_states(torch.from_numpy(inputs[rows]), W_hh=model.W_hh * scale)
    loss = nll(model.logits(states), torch.from_numpy(targets[rows]))
    loss.backward()
    assert weight_drop == 0 or not model.W_hh.grad[scale == 0].any()
    g, w = np.zeros(len(gradient), np.float32), weights.numpy().copy()
    spare = np.zeros((3, len(g)), np.float32)
    losses, symbols, norms = kernels.train(
        kernels.Shape(GATES[cell], 24, 27),
        kernels.Recipe(0, *[0.0] * 5, weight_drop),
        kernels.Weights(w, g, *spare),
        kernels.Data(inputs, targets, lengths),
        kernels.NO_TEACHER,
        rows[None],
        0,
        0,
        np.ones(1, np.uint64),
    )
    assert np.isnan(norms).all()  # nothing is clipped
    assert losses[0] == pytest.approx(loss.item(), abs=1e-6)
    assert symbols[0] == (targets[rows] != PAD).sum()
    assert np.abs(g - gradient.numpy()).max() < GRADIENT_ERROR
    assert np.array_equal(w, weights.numpy())  # at rate 0 nothing moves


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_dropout_keeps_its_expectation_and_its_share(share):
    factors = np.empty(200_000, np.float32)
    elementwise.draw_dropout(factors, share, np.array([12345], np.uint64))
    values = np.unique(factors)
    assert len(values) == 2 and values[0] == 0
    assert values[1] == pytest.approx(1 / (1 - share), rel=1e-5)
    assert (factors == 0).mean() == pytest.approx(share, abs=0.005)
    assert factors.mean() == pytest.approx(1, abs=0.02)


def each(function, x):
    """A kernel for one number, of many."""
    return np.array([function(value) for value in x])


def test_exp_tanh_and_sigmoid_are_right_to_float_precision():
    x = np.concatenate([np.linspace(-100, 100, 4001), np.linspace(-1, 1, 2001)]).astype(np.float32)
    out, exact = np.empty_like(x), x.astype(np.float64)
    elementwise.compute_exp(x, out, np.empty(len(x), np.int32))
    inside = np.abs(x) < 87
    assert np.abs(out[inside] / np.exp(exact[inside]) - 1).max() < 1e-6
    squashed = each(elementwise.tanh, x)
    assert np.abs(squashed - np.tanh(exact)).max() < 1e-6 and np.abs(squashed).max() <= 1
    near = np.abs(x) < 1
    near &= x != 0
    assert np.abs(squashed[near] / np.tanh(exact[near]) - 1).max() < 1e-6
    assert np.abs(each(elementwise.sigmoid, x) - 1 / (1 + np.exp(-exact))).max() < 1e-6


def test_what_is_no_number_stays_none():
    for function in (elementwise.tanh, elementwise.sigmoid):
        x = np.array([0.5, np.nan, -0.5, np.inf, -np.inf], np.float32)
        assert np.isnan(each(function, x)).tolist() == [False, True, False, False, False]
