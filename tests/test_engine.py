"""The compiled engine computes what PyTorch computes."""

import numpy as np
import pytest
import torch

from dino.compiled import engine
from dino.config import CELLS, OPTIMIZERS, Config
from dino.data import make_corpus
from dino.lists import clean
from dino.model import nll, rebuild
from dino.parts import finish
from dino.presets import PRESETS
from dino.sample import draws, write
from dino.train import Trainer

pytestmark = [
    pytest.mark.xdist_group("compiled"),  # one worker loads them
    pytest.mark.usefixtures("kernels"),  # they are compiled once for all workers
    pytest.mark.skipif(not engine.is_available(), reason="numba and scipy are not installed"),
]
kernels = pytest.importorskip("dino.compiled.kernels")
BASE = Config(hidden_size=24, learning_rate=0.01, batch_size=16, max_steps=200, seed=3)


def pair(config: Config, corpus) -> tuple[Trainer, Trainer]:
    """The same recipe on both engines, trained to the end."""
    both = [Trainer(config.replace(engine=name), corpus) for name in ("compiled", "torch")]
    for trainer in both:
        trainer.advance()
    assert [trainer.engine for trainer in both] == ["compiled", "torch"]
    return both[0], both[1]


# A rule does not know the cell: the README's line tries each rule on one cell and each cell with
# one rule, and CI all pairs.
PAIRS = [
    pytest.param(cell, rule, marks=[] if cell == "rnn" or rule == "adam" else pytest.mark.long)
    for cell in CELLS
    for rule in OPTIMIZERS
]


@pytest.mark.parametrize("cell, optimizer", PAIRS)
def test_a_whole_training_is_that_of_pytorch(cell, optimizer, corpus):
    rate = OPTIMIZERS[optimizer].learning_rate / 4  # so that rounding errors do not grow
    compiled, reference = pair(
        BASE.replace(cell=cell, optimizer=optimizer, learning_rate=rate), corpus
    )
    one, other = compiled.history, reference.history
    assert np.abs(np.subtract(one.losses, other.losses)).max() < 1e-4
    assert one.symbols == other.symbols and one.val_steps == other.val_steps
    assert np.abs(np.subtract(one.val_losses, other.val_losses)).max() < 1e-4
    assert np.abs(np.subtract(one.train_eval_losses, other.train_eval_losses)).max() < 1e-4
    assert (one.names_seen, one.clipped) == (other.names_seen, other.clipped)


def test_without_shuffling_too(corpus):
    """And its batches are then the sorted names, whose symbols can be counted."""
    compiled, reference = pair(BASE.replace(shuffle=False), corpus)
    B, names = BASE.batch_size, sorted(corpus.train)
    names = names * (1 + BASE.max_steps * B // len(names))
    symbols = [sum(len(n) + 1 for n in names[i * B : i * B + B]) for i in range(BASE.max_steps)]
    assert list(compiled.history.symbols) == list(reference.history.symbols) == symbols
    one, other = compiled.history, reference.history
    assert np.abs(np.subtract(one.losses, other.losses)).max() < 1e-4
    assert np.abs(np.subtract(one.val_losses, other.val_losses)).max() < 1e-4


@pytest.mark.parametrize("cell", CELLS)
def test_the_same_recipe_twice_is_bit_identical_however_it_is_cut_into_calls(cell, corpus):
    config = BASE.replace(
        cell=cell, engine="compiled", letter_dropout=0.2, hidden_dropout=0.3, weight_drop=0.4
    )
    one, other = Trainer(config, corpus), Trainer(config, corpus)
    one.advance()
    while not other.done:
        other.advance(7)
    assert one.history.losses == other.history.losses
    assert torch.equal(one.state.average, other.state.average)


@pytest.mark.parametrize("cell", CELLS)
def test_the_held_out_loss_is_that_of_pytorch(cell, corpus):
    trainer = Trainer(BASE.replace(cell=cell, engine="compiled"), corpus)
    trainer.advance(50)
    inputs, targets, _ = map(torch.from_numpy, corpus.val_arrays)
    with torch.no_grad():
        expected = float(nll(trainer.eval_model(inputs), targets))
    assert trainer.evaluate() == pytest.approx(expected, abs=1e-6)


def test_it_trains_the_very_numbers_of_the_model(corpus):
    trainer = Trainer(BASE.replace(engine="compiled"), corpus)
    before = trainer.model.W_hh.detach().clone()
    trainer.advance(1)
    assert not torch.equal(trainer.model.W_hh.detach(), before)
    assert trainer.state.weights.data_ptr() == trainer.model.W_xh.data_ptr()


@pytest.mark.parametrize("cell", CELLS)
def test_a_compiled_run_that_breaks_keeps_its_good_weights(cell, corpus):
    trainer = Trainer(BASE.replace(cell=cell, engine="compiled", max_steps=1000), corpus)
    trainer.advance(20)
    good = trainer.state.average.clone()
    trainer.state.weights.fill_(float("nan"))
    trainer.advance(100)
    assert "no longer a finite number" in str(trainer.stopped)
    assert torch.equal(trainer.state.average, good)


def test_a_recipe_that_it_does_not_cover_runs_on_pytorch(corpus):
    T, V = corpus.train_arrays.inputs.shape[1], len(corpus.vocab)
    for change in ({"context": 2}, {"cell": "lstm", "hidden_size": 512, "batch_size": 512}):
        assert (
            finish(engine.choose_engine(BASE.replace(engine="compiled", **change), T, V)) == "torch"
        )
    assert finish(engine.choose_engine(BASE.replace(engine="compiled"), T, V)) == "compiled"
    trainer = Trainer(BASE.replace(engine="compiled", context=2), corpus)
    trainer.step()
    assert trainer.engine == "torch"


def test_names_of_other_lengths_and_alphabets_train_alike():
    text = "\n".join("añß日"[i % 4] * (1 + i % 11) + "bñ"[i % 2] * (i % 5) for i in range(200))
    compiled, reference = pair(BASE.replace(max_steps=60), make_corpus(clean(text), "odd"))
    assert np.abs(np.subtract(compiled.history.losses, reference.history.losses)).max() < 1e-4


@pytest.mark.long
@pytest.mark.parametrize("name", ["first-success", "best-rnn"])
def test_presets_end_no_worse_than_on_pytorch(name, corpus):
    ends = [[], []]
    for seed in range(3):
        for losses, trainer in zip(
            ends, pair(PRESETS[name].config.replace(seed=seed), corpus), strict=True
        ):
            losses.append(trainer.history.val_losses[-1])
    assert np.mean(ends[0]) <= np.mean(ends[1]) + 0.01


# Moving to the kernels during a run

MOVING = BASE.replace(learning_rate=0.0025, engine="auto", max_steps=150)


@pytest.mark.long
@pytest.mark.parametrize(
    "optimizer",
    [pytest.param(rule, marks=[] if rule == "adam" else pytest.mark.long) for rule in OPTIMIZERS],
)
def test_a_run_that_moves_to_the_kernels_is_that_of_either_engine(optimizer, corpus):
    config = MOVING.replace(
        optimizer=optimizer,
        cell="gru",
        average=0.9,
        learning_rate=OPTIMIZERS[optimizer].learning_rate / 4,
    )
    engine.prepare()
    moved = Trainer(config, corpus, kernels_from=37)
    moved.advance()
    assert moved.run().engines == ((0, "torch"), (37, "compiled"))
    assert moved.run().engine == "compiled"
    for alone in pair(config, corpus):
        one, other = moved.history, alone.history
        assert np.abs(np.subtract(one.losses, other.losses)).max() < 1e-4
        assert np.abs(np.subtract(one.val_losses, other.val_losses)).max() < 1e-4
        assert one.symbols == other.symbols


@pytest.mark.parametrize("cell", CELLS)
def test_the_same_move_twice_is_bit_identical_however_it_is_cut(cell, corpus):
    config = MOVING.replace(cell=cell, letter_dropout=0.2, hidden_dropout=0.3, max_steps=60)
    one, other = (Trainer(config, corpus, kernels_from=37) for _ in range(2))
    one.advance()
    while not other.done:
        other.advance(7, 1e-3)
    assert one.history.losses == other.history.losses
    assert one.history.val_losses == other.history.val_losses
    assert torch.equal(one.state.average, other.state.average)


def test_a_run_moves_as_soon_as_the_kernels_are_ready_unless_it_is_pytorchs(corpus, monkeypatch):
    engine.prepare()
    monkeypatch.setattr("dino.compiled.engine.is_ready", lambda: False)
    runs = [Trainer(MOVING.replace(engine=name), corpus) for name in ("auto", "torch")]
    for trainer in runs:
        trainer.advance(12)
        assert trainer.engine == "torch"
    monkeypatch.undo()
    for trainer in runs:
        trainer.advance(5)
    assert [trainer.engine for trainer in runs] == ["compiled", "torch"]
    assert runs[0].history.engines == [(0, "torch"), (12, "compiled")]
    again = Trainer(MOVING, corpus, kernels_from=12)
    again.advance(17)
    assert again.history.losses == runs[0].history.losses


@pytest.mark.parametrize("cell", CELLS)
def test_a_packed_compiled_run_goes_on_bit_for_bit(cell, corpus):
    config = MOVING.replace(cell=cell, letter_dropout=0.2, hidden_dropout=0.3, max_steps=60)
    straight, packed = (Trainer(config, corpus, kernels_from=5) for _ in range(2))
    straight.advance()
    for steps in (3, 20, 11):
        packed.advance(steps)
        packed = Trainer(config, corpus, packed=packed.pack())
    packed.advance()
    assert straight.history.losses == packed.history.losses
    assert straight.history.val_losses == packed.history.val_losses
    assert torch.equal(straight.state.average, packed.state.average)
    assert packed.history.engines == straight.history.engines == [(0, "torch"), (5, "compiled")]


def test_the_first_call_of_the_kernels_makes_one_update(corpus):
    trainer = Trainer(BASE.replace(engine="compiled", max_steps=5000), corpus)
    trainer.advance(1200)
    again = Trainer(trainer.config, corpus, packed=trainer.pack())
    assert again.advance(seconds=1e-9) == 1


@pytest.mark.parametrize("name", ["compiled", "torch"])
def test_each_update_drops_other_weights_and_the_held_out_loss_knows_of_none(name, corpus):
    config = BASE.replace(optimizer="sgd", learning_rate=1e-5, average=0, engine=name)
    rows = torch.arange(64)
    for share, differ in ((0.0, False), (0.5, True)):
        trainer = Trainer(config.replace(weight_drop=share), corpus)
        whole, losses = trainer.evaluate(), [trainer.step(rows) for _ in range(3)]
        assert (min(np.abs(np.diff(losses))) > 1e-3) == differ
        assert trainer.engine == name and trainer.evaluate() == pytest.approx(whole, abs=1e-4)


@pytest.mark.long
def test_weight_drop_trains_alike_on_both_engines(corpus):
    config = BASE.replace(cell="lstm", weight_drop=0.5, max_steps=600)
    gaps = []
    for seed in range(4):
        both = pair(config.replace(seed=seed), corpus)
        gaps.append(np.subtract(*(trainer.history.val_losses[-1] for trainer in both)))
    assert abs(np.mean(gaps)) < 0.02


@pytest.mark.parametrize("cell", CELLS)
def test_names_are_those_that_pytorch_writes(cell, corpus):
    trainer = Trainer(BASE.replace(cell=cell, engine="compiled"), corpus)
    vocab, numbers = corpus.vocab, draws(200, seed=7)
    first = trainer.state.average.numpy().copy()
    trainer.advance()
    for weights in (first, None):  # the untrained network's run to the longest length
        model = trainer.eval_model
        if weights is not None:
            model = rebuild(trainer.config, len(vocab), weights)
        traces = write(model, vocab, numbers)
        expected = [trace.name + ("" if trace.finished else "…") for trace in traces]
        made = engine.CompiledEngine(trainer.config, len(vocab), trainer.state, corpus.train_arrays)
        assert finish(made.write(vocab, numbers, 0, weights)).names == tuple(expected)
        assert any(name.endswith("…") for name in expected) == (weights is not None)


def test_moments_have_the_names_that_their_weights_write(corpus):
    trainer = Trainer(BASE.replace(engine="compiled", average=0.9), corpus)
    trainer.advance()
    trainer.settle()
    run, numbers = trainer.run(), draws(4, BASE.seed)
    for moment in (*run.snapshots, run.best_moment):
        traces = write(rebuild(run.config, 27, moment.weights), corpus.vocab, numbers)
        assert moment.names == tuple(t.name + ("" if t.finished else "…") for t in traces)
    assert len(run.snapshots) > 10


def test_names_with_a_bounded_memory_are_refused(corpus):
    trainer = Trainer(BASE.replace(engine="compiled"), corpus)
    made = engine.CompiledEngine(BASE, 27, trainer.state, corpus.train_arrays)
    with pytest.raises(ValueError, match="context must be 0, not “3”"):
        finish(made.write(corpus.vocab, draws(1, 0), context=3))


@pytest.mark.parametrize("cell", CELLS)
def test_the_first_name_comes_with_the_states_and_scores_that_pytorch_computes(cell, corpus):
    trainer = Trainer(BASE.replace(cell=cell, engine="compiled", average=0.9), corpus)
    vocab, lengths = corpus.vocab, set()
    made = engine.CompiledEngine(trainer.config, len(vocab), trainer.state, corpus.train_arrays)
    for _ in range(3):
        for seed in range(3):
            numbers = draws(4, seed, longest=50 if seed else 4)
            (trace, *_) = write(trainer.eval_model, vocab, numbers)
            found = finish(made.write(vocab, numbers))
            assert found.ids.tolist() == trace.ids.tolist()
            assert np.abs(found.hidden - trace.hidden).max() < 1e-5
            assert np.abs(found.logits - trace.logits).max() < 1e-4
            lengths.add((len(trace.ids), trace.finished))
        trainer.advance(60)
    assert len(lengths) > 3 and {ended for _, ended in lengths} == {True, False}
