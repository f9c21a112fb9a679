"""The newest name, letter by letter: what pages are sent of it is what the network computed."""

import json
from base64 import b64decode
from dataclasses import replace

import numpy as np
import pytest

from dino import recorder
from dino.config import CELLS, Config
from dino.data import make_corpus
from dino.engines import Engines
from dino.lists import clean
from dino.model import rebuild
from dino.packed_trace import ALL_SYMBOLS, MOST_STEPS, MOST_SYMBOLS, pack_trace
from dino.parts import finish
from dino.recorder import NAMES_PER_SNAPSHOT, with_trace
from dino.sample import draws, stretches, write
from dino.saved.saved_run import from_bytes, to_bytes
from dino.train import Trainer

SMALL = Config(engine="torch", hidden_size=12, batch_size=8, max_steps=30, average=0.0)
HALF = 0.5 + 1e-3  # of a byte: what rounding to it may change, beside the arithmetic's own
# The same with the large weights of a diverged run: there, the order of a sum, which differs by
# processor, changes a state by some 1e-4.
WILD_HALF = 0.5 + 2e-2


@pytest.fixture(scope="module")
def wide():
    """A list with as many symbols as one may have."""
    symbols = [chr(0x4E00 + i) for i in range(199)]
    names = ["".join(symbols[(7 * i + j * j) % 199] for j in range(3 + i % 6)) for i in range(400)]
    return make_corpus(
        clean("\n".join([*names, *map("".join, zip(symbols, symbols[1:], strict=False))])), "wide"
    )


def unpacked(trace, symbols):
    """The bytes of a trace as numbers: states (T, H), and the probabilities (T, V) it tells."""
    T = len(trace["ids"])
    raw = {k: np.frombuffer(b64decode(trace[k]), np.uint8) for k in ("state", "probs")}
    state, told = raw["state"].reshape(T, trace["units"]), raw["probs"].reshape(T, -1)
    if trace["shown"] is None:
        assert told.shape[1] == symbols
        return (state - 128.0) / 127, told / 255
    shown = np.frombuffer(b64decode(trace["shown"]), np.uint8).reshape(T, MOST_SYMBOLS)
    probs = np.full((T, symbols), np.nan)
    np.put_along_axis(probs, shown.astype(int), told / 255, axis=1)
    return (state - 128.0) / 127, probs


def check_trace(run, corpus, half=HALF):
    """The run's trace is of its newest name, by the weights of that step."""
    newest, trace = run.named_moments[-1], run.written
    assert trace.step == newest.step
    weights = next(m.weights for m in run.moments if m.step == trace.step)
    numbers = draws(NAMES_PER_SNAPSHOT, run.config.seed)
    vocab = corpus.vocab
    model = rebuild(run.config, len(vocab), weights)
    (full,) = write(model, vocab, numbers[:1], context=run.config.context)
    assert newest.names[0] == full.name + ("" if full.finished else "…")
    sent = json.loads(json.dumps(trace.as_json(vocab.labels)))
    T = min(len(full.ids), MOST_STEPS)
    assert sent["ids"] == full.ids[:T].tolist() and sent["symbols"] == vocab.labels
    assert sent["finished"] == (full.finished and len(full.ids) <= MOST_STEPS)
    assert sent["name"] == vocab.decode(sent["ids"][: T - sent["finished"]])
    assert full.name.startswith(sent["name"])
    state, probs = unpacked(sent, len(vocab))
    assert np.abs(state - full.hidden[:T]).max() * 127 <= half
    told = ~np.isnan(probs)
    assert np.abs(probs - full.probs()[:T])[told].max() * 255 <= half
    assert told[np.arange(T), sent["ids"]].all()  # the one taken is always told
    assert np.allclose(sent["draws"], numbers[0, :T], atol=6e-5)
    for t, (place, symbol) in enumerate(zip(sent["within"], sent["ids"], strict=True)):
        edges = stretches(full.probs()[t])
        low, high = edges[symbol : symbol + 2]
        assert 0 <= place <= 1
        assert place == pytest.approx((numbers[0, t] - low) / (high - low), abs=0.02)
    return sent


HOW = {
    **{cell: {"cell": cell} for cell in CELLS},
    "context": {"cell": "gru", "context": 3},
    "average": {"average": 0.9},
    "other seed": {"seed": 5},
}


@pytest.mark.parametrize("how", HOW.values(), ids=HOW)
def test_a_trace_is_what_the_weights_of_its_step_compute(how, corpus):
    trainer = Trainer(SMALL.replace(**how), corpus)
    check_trace(trainer.run(), corpus)  # untrained
    for steps in (1, 4, 25):
        trainer.advance(steps)
        trainer.settle()
        run = trainer.run()
        assert run.written.step == run.step
        check_trace(run, corpus)


def test_of_many_symbols_each_step_has_the_most_probable_and_the_one_taken(wide):
    assert len(wide.vocab) == 200 > ALL_SYMBOLS
    trainer = Trainer(SMALL.replace(cell="lstm", hidden_size=512, max_steps=1), wide)
    while not trainer.done:
        sent = check_trace(trainer.run(), wide)
        _, probs = unpacked(sent, 200)
        assert ((~np.isnan(probs)).sum(axis=1) == MOST_SYMBOLS).all()
        assert len(json.dumps(sent)) < 30_000 and len(sent["ids"]) == MOST_STEPS
        trainer.advance(1)


def test_the_most_probable_come_first_and_the_one_taken_last_where_it_is_improbable():
    probs = np.full((2, 50), 0.5 / 49)
    probs[:, 7] = 0.5
    hidden, numbers = np.zeros((2, 3), np.float32), np.array([0.2, 0.99])
    trace = pack_trace(0, "ab", np.array([7, 49]), probs, hidden, numbers, False)
    shown = np.frombuffer(b64decode(trace.shown), np.uint8).reshape(2, MOST_SYMBOLS)
    assert shown[:, 0].tolist() == [7, 7] and shown[1, -1] == 49
    assert all(len(set(row)) == MOST_SYMBOLS for row in shown.tolist())


def test_what_is_no_number_is_packed_nevertheless():
    probs, hidden = np.full((1, 3), np.nan), np.full((1, 2), np.nan)
    trace = pack_trace(0, "", np.array([0]), probs, hidden, np.array([0.5]), True)
    json.dumps(trace.as_json("abc"), allow_nan=False)


def test_of_a_diverged_run_it_is_of_the_weights_that_came_back(corpus):
    wild = SMALL.replace(optimizer="momentum", learning_rate=10.0, clip_norm=0.0, max_steps=60)
    trainer = Trainer(wild, corpus)
    trainer.advance()
    assert trainer.stopped and trainer.run().kept_step < trainer.step_count
    trace = trainer.run().trace  # that of the newest moment, or none: not of one that was undone
    assert trace is None or trace.step == trainer.run().named_moments[-1].step
    trainer.settle()
    run = trainer.run()
    assert run.trace.step == run.kept_step == run.named_moments[-1].step
    check_trace(run, corpus, WILD_HALF)
    trainer.learning_rate = 0.001
    trainer.extend(3)
    trainer.advance()
    trainer.settle()
    check_trace(trainer.run(), corpus, WILD_HALF)


def test_it_is_written_once_a_moment_with_the_moments_names(corpus, monkeypatch):
    """It costs no writing of its own."""
    packed, wrote = [], []
    pack, write_names = recorder.pack_trace, Engines.write
    monkeypatch.setattr(
        recorder, "pack_trace", lambda *a, **k: packed.append(a[0]) or pack(*a, **k)
    )
    monkeypatch.setattr(Engines, "write", lambda *a: wrote.append(a) or write_names(*a))
    monkeypatch.setattr("dino.recorder.NAMES_EVERY", np.inf)
    trainer = Trainer(SMALL, corpus)
    trainer.advance()
    for _ in range(3):
        trainer.settle()
    run = trainer.run()
    moments = [moment.step for moment in run.named_moments]
    assert packed == moments == sorted({*packed}) and moments[-1] == 30
    snapshots = {moment.step for moment in run.snapshots}  # at rest another best one writes, too
    assert len(wrote) == len(moments) + (run.best_moment.step not in snapshots)


@pytest.mark.parametrize("engine", ["torch", "compiled"])
@pytest.mark.parametrize("cell", CELLS)
def test_a_run_from_a_file_has_it_again(cell, engine, corpus, kernels):
    trainer = Trainer(SMALL.replace(cell=cell, engine=engine, average=0.9), corpus)
    trainer.advance(21)
    trainer.settle()
    saved = from_bytes(to_bytes(trainer.run(), trainer.pack(), corpus, with_names=True))
    assert saved.run.trace is None
    run = finish(with_trace(saved.run, corpus.vocab))
    assert run.trace.step == 21 and run.named_moments[-1].names == trainer.run().latest.names
    check_trace(run, corpus)
    assert finish(with_trace(run, corpus.vocab)) is run
    again = saved.trainer(corpus)
    again.restore_moments(run)
    assert again.run().trace is run.trace
    again.advance(9)
    again.settle()
    check_trace(again.run(), corpus)


def test_the_best_member_of_an_experiment_has_it_too(corpus):
    trainer = Trainer(SMALL, corpus, takes_snapshots=False)
    trainer.advance()
    trainer.settle()
    kept = trainer.run().with_best_as_snapshot().with_fewer_points(20)
    assert kept.trace is None
    check_trace(finish(with_trace(kept, corpus.vocab)), corpus)


def test_a_name_that_another_machine_rounded_otherwise_becomes_that_of_its_weights(corpus):
    trainer = Trainer(SMALL, corpus)
    trainer.advance(3)
    run = trainer.run()
    first = run.snapshots[-1]
    told = replace(first, names=("another", *first.names[1:]))
    run = replace(run, snapshots=(*run.snapshots[:-1], told), written=None)
    found = finish(with_trace(run, corpus.vocab))
    assert found.named_moments[-1].names == first.names
    check_trace(found, corpus)


def test_without_weights_or_names_there_is_none(corpus):
    trainer = Trainer(SMALL, corpus)
    trainer.advance(5)
    trainer.settle()
    bare = replace(trainer.run().without_weights(), written=None)
    assert finish(with_trace(bare, corpus.vocab)) is bare and bare.trace is None
    silent = replace(bare, snapshots=(), latest=None, written=trainer.run().written)
    assert silent.trace is None
