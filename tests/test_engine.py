"""The compiled engine computes what PyTorch computes."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from dino.compiled import engine
from dino.config import CELLS, OPTIMIZERS, PRESETS, Config
from dino.data import PAD
from dino.data import corpus as corpus_of
from dino.lists import clean
from dino.model import CharRNN, nll
from dino.train import Trainer, flatten

pytestmark = [
    pytest.mark.xdist_group("compiled"),  # one worker compiles, once
    pytest.mark.skipif(not engine.available(), reason="numba and scipy are not installed"),
]
kernels = pytest.importorskip("dino.compiled.kernels")
ROOT = Path(__file__).parent.parent
BASE = Config(hidden_size=24, learning_rate=0.01, batch_size=16, max_steps=200, seed=3)


def pair(config: Config, corpus) -> tuple[Trainer, Trainer]:
    """The same recipe on both engines, trained to the end."""
    both = [Trainer(config.replace(engine=name), corpus) for name in ("compiled", "torch")]
    for trainer in both:
        trainer.advance()
    assert [trainer.engine for trainer in both] == ["compiled", "torch"]
    return both[0], both[1]


@pytest.mark.parametrize("shape", [(1, 1, 1), (32, 25, 27), (7, 64, 192), (3, 200, 1), (5, 0, 4)])
def test_products_are_those_of_numpy(shape):
    m, k, n = shape
    rng = np.random.default_rng(0)
    A, B = (rng.normal(size=s).astype(np.float32) for s in ((m, k), (k, n)))
    AT, BT = np.ascontiguousarray(A.T), np.ascontiguousarray(B.T)
    right = A.astype(float) @ B.astype(float)
    for product, add in [(lambda out: kernels.multiply(A, B, out, False), 0),
                         (lambda out: kernels.multiply(A, B, out, True), 1),
                         (lambda out: kernels.multiply_turned(A, BT, out, False), 0),
                         (lambda out: kernels.multiply_turned(A, BT, out, True), 1),
                         (lambda out: kernels.turned_multiply(AT, B, out), 0)]:
        out = np.full((m, n), 3, np.float32)
        product(out)
        np.testing.assert_allclose(out, right + 3 * add, atol=1e-4)


def test_matrices_begin_where_products_are_the_same_each_time():
    for rows, columns in ((1, 1), (3, 25), (400, 27)):
        room = kernels.matrix(rows, columns)
        assert room.shape == (rows, columns) and room.ctypes.data % 64 == 0
        assert room.flags.c_contiguous


def test_without_pytorch_scipy_multiplies():
    code = ("import sys, numpy as np; from dino import kernels as k;"
            "A = np.eye(3, dtype='f') * 2; out = A.copy(); k.multiply(A, A, out, True);"
            "assert 'torch' not in sys.modules; print(out.sum())")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True,
                          check=True)
    assert float(done.stdout) == 18


@pytest.mark.parametrize("cell", CELLS)
def test_every_gradient_is_that_of_autograd(cell, corpus):
    model = CharRNN(cell, 24, 27, torch.Generator().manual_seed(1))
    weights, gradient = flatten(model)
    weights += 0.1 * torch.randn(len(weights), generator=torch.Generator().manual_seed(2))
    inputs, targets, lengths = corpus.train_arrays
    rows = np.arange(40)
    loss = nll(model(torch.from_numpy(inputs[rows])), torch.from_numpy(targets[rows]))
    loss.backward()
    g, losses, symbols = np.zeros_like(gradient), np.zeros(1, np.float32), np.zeros(1, np.int32)
    w, spare = weights.numpy().copy(), np.zeros((3, len(g)), np.float32)
    kernels.train(
        engine.GATES[cell], 24, 27, w, g, *spare, 0, rows[None], inputs, targets, lengths, 0, 0.0,
        0.0, 0.0, 0.0, 0.0, 0, np.ones(1, np.uint64), losses, symbols)
    assert losses[0] == pytest.approx(loss.item(), abs=1e-6)
    assert symbols[0] == (targets[rows] != PAD).sum()
    assert np.abs(g - gradient.numpy()).max() < 1e-5
    assert np.array_equal(w, weights.numpy())  # at rate 0 nothing moves


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_whole_training_is_that_of_pytorch(cell, optimizer, corpus):
    rate = OPTIMIZERS[optimizer].learning_rate / 4  # where rounding is not blown up
    compiled, reference = pair(
        BASE.replace(cell=cell, optimizer=optimizer, learning_rate=rate), corpus)
    assert np.abs(np.subtract(compiled.losses, reference.losses)).max() < 1e-4
    assert compiled.symbols == reference.symbols and compiled.val_steps == reference.val_steps
    assert np.abs(np.subtract(compiled.val_losses, reference.val_losses)).max() < 1e-4
    assert (compiled.names_seen, compiled.clipped) == (reference.names_seen, reference.clipped)


@pytest.mark.parametrize("cell", CELLS)
def test_the_same_recipe_twice_is_bit_identical_however_it_is_cut_into_calls(cell, corpus):
    config = BASE.replace(cell=cell, engine="compiled", letter_dropout=0.2, hidden_dropout=0.3)
    one, other = Trainer(config, corpus), Trainer(config, corpus)
    one.advance()
    while not other.done:
        other.advance(7)
    assert one.losses == other.losses
    assert torch.equal(one.average, other.average)


@pytest.mark.parametrize("cell", CELLS)
def test_the_held_out_loss_is_that_of_pytorch(cell, corpus):
    trainer = Trainer(BASE.replace(cell=cell, engine="compiled"), corpus)
    trainer.advance(50)
    inputs, targets, _ = map(torch.from_numpy, corpus.val_arrays)
    with torch.no_grad():
        expected = float(nll(trainer.judged(inputs), targets))
    assert trainer.evaluate() == pytest.approx(expected, abs=1e-6)


def test_it_trains_the_very_numbers_of_the_model(corpus):
    trainer = Trainer(BASE.replace(engine="compiled"), corpus)
    before = trainer.model.W_hh.detach().clone()
    trainer.advance(1)
    assert not torch.equal(trainer.model.W_hh.detach(), before)
    assert trainer.weights.data_ptr() == trainer.model.W_xh.data_ptr()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_dropout_keeps_its_expectation_and_its_share(share):
    factors = np.empty(200_000, np.float32)
    kernels.dropout(factors, share, np.array([12345], np.uint64))
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
    kernels.exp_of(x, out, np.empty(len(x), np.int32))
    inside = np.abs(x) < 87
    assert np.abs(out[inside] / np.exp(exact[inside]) - 1).max() < 1e-6
    squashed = each(kernels.tanh, x)
    assert np.abs(squashed - np.tanh(exact)).max() < 1e-6 and np.abs(squashed).max() <= 1
    near = np.abs(x) < 1
    near &= x != 0
    assert np.abs(squashed[near] / np.tanh(exact[near]) - 1).max() < 1e-6
    assert np.abs(each(kernels.sigmoid, x) - 1 / (1 + np.exp(-exact))).max() < 1e-6


def test_what_is_no_number_stays_none():
    for function in (kernels.tanh, kernels.sigmoid):
        x = np.array([0.5, np.nan, -0.5, np.inf, -np.inf], np.float32)
        assert np.isnan(each(function, x)).tolist() == [False, True, False, False, False]


@pytest.mark.parametrize("cell", CELLS)
def test_a_compiled_run_that_breaks_keeps_its_good_weights(cell, corpus):
    trainer = Trainer(BASE.replace(cell=cell, engine="compiled", max_steps=1000), corpus)
    trainer.advance(20)
    good = trainer.average.clone()
    trainer.weights.fill_(float("nan"))
    trainer.advance(100)
    assert "no number" in trainer.stopped
    assert torch.equal(trainer.average, good)


def test_a_recipe_that_it_does_not_cover_runs_on_pytorch(corpus):
    for change in ({"context": 2}, {"cell": "lstm", "hidden_size": 512, "batch_size": 512}):
        trainer = Trainer(BASE.replace(engine="compiled", **change), corpus)
        trainer._choose_engine()
        assert trainer.engine == "torch"


def test_names_of_other_lengths_and_alphabets_train_alike():
    text = "\n".join("añß日"[i % 4] * (1 + i % 11) + "bñ"[i % 2] * (i % 5) for i in range(200))
    compiled, reference = pair(BASE.replace(max_steps=60), corpus_of(clean(text), "odd"))
    assert np.abs(np.subtract(compiled.losses, reference.losses)).max() < 1e-4


@pytest.mark.parametrize("name", ["first-success", "best-rnn"])
def test_presets_end_no_worse_than_on_pytorch(name, corpus):
    ends = [[], []]
    for seed in range(3):
        for losses, trainer in zip(ends, pair(
                PRESETS[name].config.replace(seed=seed), corpus), strict=True):
            losses.append(trainer.val_losses[-1])
    assert np.mean(ends[0]) <= np.mean(ends[1]) + 0.01


# Moving to the kernels in the midst of a run

MOVING = BASE.replace(learning_rate=0.0025, engine="auto", max_steps=150)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_run_that_moves_to_the_kernels_is_that_of_either_engine(optimizer, corpus):
    config = MOVING.replace(optimizer=optimizer, cell="gru", average=0.9,
                            learning_rate=OPTIMIZERS[optimizer].learning_rate / 4)
    engine.prepare()
    moved = Trainer(config, corpus, kernels_from=37)
    moved.advance()
    assert moved.run().engines == ((0, "torch"), (37, "compiled"))
    assert moved.run().engine == "compiled"
    for alone in pair(config, corpus):
        assert np.abs(np.subtract(moved.losses, alone.losses)).max() < 1e-4
        assert np.abs(np.subtract(moved.val_losses, alone.val_losses)).max() < 1e-4
        assert moved.symbols == alone.symbols


@pytest.mark.parametrize("cell", CELLS)
def test_the_same_move_twice_is_bit_identical_however_it_is_cut(cell, corpus):
    config = MOVING.replace(cell=cell, letter_dropout=0.2, hidden_dropout=0.3, max_steps=60)
    one, other = (Trainer(config, corpus, kernels_from=37) for _ in range(2))
    one.advance()
    while not other.done:
        other.advance(7, 1e-3)
    assert one.losses == other.losses and one.val_losses == other.val_losses
    assert torch.equal(one.average, other.average)


def test_a_run_moves_as_soon_as_the_kernels_are_ready_unless_it_is_pytorchs(corpus, monkeypatch):
    engine.prepare()
    monkeypatch.setattr("dino.compiled.engine.ready", lambda: False)
    runs = [Trainer(MOVING.replace(engine=name), corpus) for name in ("auto", "torch")]
    for trainer in runs:
        trainer.advance(12)
        assert trainer.engine == "torch"
    monkeypatch.undo()
    for trainer in runs:
        trainer.advance(5)
    assert [trainer.engine for trainer in runs] == ["compiled", "torch"]
    assert runs[0].engines == [(0, "torch"), (12, "compiled")]
    again = Trainer(MOVING, corpus, kernels_from=12)
    again.advance(17)
    assert again.losses == runs[0].losses


@pytest.mark.parametrize("cell", CELLS)
def test_a_packed_compiled_run_goes_on_bit_for_bit(cell, corpus):
    config = MOVING.replace(cell=cell, letter_dropout=0.2, hidden_dropout=0.3, max_steps=60)
    straight, packed = (Trainer(config, corpus, kernels_from=5) for _ in range(2))
    straight.advance()
    for steps in (3, 20, 11):
        packed.advance(steps)
        packed = Trainer(config, corpus, packed=packed.pack())
    packed.advance()
    assert straight.losses == packed.losses and straight.val_losses == packed.val_losses
    assert torch.equal(straight.average, packed.average)
    assert packed.engines == straight.engines == [(0, "torch"), (5, "compiled")]


def test_the_first_call_of_the_kernels_makes_one_update(corpus):
    trainer = Trainer(BASE.replace(engine="compiled", max_steps=5000), corpus)
    trainer.advance(1200)
    again = Trainer(trainer.config, corpus, packed=trainer.pack())
    assert again.advance(seconds=1e-9) == 1
