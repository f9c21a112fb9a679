"""Arrays in memory apart: the system has it back at once, and equal arrays are there once."""

import mmap
import sys
from dataclasses import replace

import numpy as np
import pytest

from dino.apart import places, same_in, set_apart
from dino.config import Config
from dino.jobs.kept_runs import RunEntry
from dino.jobs.limits import resident_bytes
from dino.train import Trainer

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux says what is in memory")


@linux
def test_memory_apart_is_the_systems_again_although_other_arrays_stay_between():
    row, kept, apart = np.ones(8000, np.float32), [], []
    for _ in range(1000):
        apart += set_apart([row])
        kept.append(np.ones(300, np.float32))  # one after each, in the C library's memory
    before = resident_bytes()
    assert all((array == row).all() for array in apart)
    apart.clear()
    assert before - resident_bytes() > 0.8 * 1000 * row.nbytes
    assert all(it.all() for it in kept)


@pytest.mark.parametrize("length", [0, 10, 10_000])
def test_copies_are_equal_and_none_overlaps_another(length):
    rng = np.random.default_rng(0)
    arrays = [rng.random(length), rng.integers(0, 9, (2, length), np.int32), np.array(3.5)]
    copies = set_apart([*arrays, arrays[0][::2]])
    for copy, array in zip(copies, [*arrays, arrays[0][::2].copy()], strict=True):
        assert copy.dtype == array.dtype and np.array_equal(copy, array)
        copy[...] = 0
    assert np.array_equal(arrays[0], np.random.default_rng(0).random(length))


def test_where_the_system_gives_no_memory_apart_copies_are_as_usual(monkeypatch):
    def refuse(*_, **__):
        raise OSError("too many pieces")

    monkeypatch.setattr(mmap, "mmap", refuse)
    array = np.arange(10_000)
    (copy,) = set_apart([array])
    assert np.array_equal(copy, array) and not np.shares_memory(copy, array)


def test_equal_means_bit_for_bit():
    zero, minus, nan = (np.full(100, it, np.float32) for it in (0.0, -0.0, np.nan))
    assert same_in([zero, nan], minus) is None
    assert same_in([zero, nan], nan.copy()) is nan
    assert same_in([zero], np.zeros(100, np.int32)) is None
    late = zero.copy()
    late[-1] = 1
    assert same_in([late], zero) is None


def put_apart(config, corpus, steps):
    """A trainer after some steps, its entry in memory apart, and the same entry as it was."""
    trainer = Trainer(config, corpus)
    trainer.advance(steps)
    assert trainer.settle()
    run, packed = trainer.run(), trainer.pack()
    moved = packed.put_apart(run)
    entries = [RunEntry(1, "a", run, corpus, {}, packed) for run, packed in (moved, (run, packed))]
    return trainer, *entries


@pytest.mark.parametrize("average", [0, 0.9])
@pytest.mark.parametrize("steps", [6, 12, 100])  # one before a measurement; 100 is the last one
def test_a_run_put_apart_is_the_same_and_each_of_its_weights_is_there_once(average, steps, corpus):
    config = Config(hidden_size=48, average=average, max_steps=100)
    trainer, apart, plain = put_apart(config, corpus, steps)
    for one, other in ((apart.run, plain.run), (apart.packed, plain.packed)):
        pairs = zip(one.arrays, other.arrays, strict=True)
        assert all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in pairs)
    assert apart.nbytes < plain.nbytes
    arrays = [*apart.run.arrays, *apart.packed.arrays]
    large = {at: size for at, size in places(arrays).items() if size >= apart.run.weights.nbytes}
    contents = {array.tobytes() for array in arrays if array.nbytes >= apart.run.weights.nbytes}
    assert len(large) == len(contents)
    again = Trainer(config, corpus, packed=apart.packed)
    if steps < 100:
        for it in (trainer, again):
            it.advance(7)
    assert trainer.state.weights.equal(again.state.weights)
    assert trainer.state.average.equal(again.state.average)


@linux
def test_what_a_run_gives_up_is_the_systems_again(corpus):
    config = Config(cell="lstm", hidden_size=512, engine="torch", batch_size=1, max_steps=100)
    _, entry, plain = put_apart(config, corpus, 2)
    del plain, _
    for give in (RunEntry.without_training, RunEntry.without_weights):
        size = entry.training_nbytes or entry.weights_nbytes
        before = resident_bytes()
        entry = give(entry)
        assert 0.8 * size < before - resident_bytes() < 1.2 * size
    assert replace(entry).nbytes < 100_000
