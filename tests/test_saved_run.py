"""A saved run: the same run from its file, bit for bit, and one sentence for any other file."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from trainers import same_run

from dino.config import CELLS, OPTIMIZERS, Config
from dino.data import load_bundled, make_corpus
from dino.lists import clean
from dino.locale.sentences import Refusal
from dino.run import Run
from dino.share.saved_run import from_bytes, to_bytes
from dino.train import Trainer

TINY = Config(hidden_size=6, batch_size=5, max_steps=60, engine="torch")
OWN_NAMES = [f"{a}{b}x{c}{b}" for a in "kmn" for b in "aeiou" for c in "rst"]


@pytest.fixture(scope="module")
def own():
    """A private list."""
    return make_corpus(clean("\n".join(OWN_NAMES)), "my people", 3)


def rested(config, corpus, steps=37):
    """A trainer that rests after some steps, in the middle of a pass over the names."""
    trainer = Trainer(config, corpus)
    trainer.advance(steps)
    trainer.settle()
    return trainer


def saved(trainer, **how):
    return to_bytes(trainer.run(), trainer.pack(), trainer.corpus, **how)


def trained_on(trainer, steps=23):
    trainer.advance(steps)
    trainer.settle()
    return trainer


def same_packed(one, other):
    """Assert that two paused trainers are the same, in every number."""
    for a, b in ((one.now, other.now), (one.guard.good, other.guard.good)):
        assert (a.step, a.evaluation) == (b.step, b.evaluation)
        assert torch.equal(a.weights, b.weights)
        assert (a.average is None) == (b.average is None)
        assert a.average is None or torch.equal(a.average, b.average)
        assert a.optimizer_state.keys() == b.optimizer_state.keys()
        assert all(map(torch.equal, a.optimizer_state.values(), b.optimizer_state.values()))
    assert one.guard.first_loss == other.guard.first_loss
    assert one.guard.watch_from == other.guard.watch_from
    assert (one.max_steps, one.kernels_from) == (other.max_steps, other.kernels_from)
    assert torch.equal(one.generator_state, other.generator_state)
    assert torch.equal(one.rest_of_round, other.rest_of_round)
    assert np.array_equal(one.kernels_random_state, other.kernels_random_state)
    for name in ("losses", "symbols", "val_steps", "val_losses", "train_eval_losses"):
        a, b = (np.asarray(getattr(packed.history, name)) for packed in (one, other))
        assert a.dtype == b.dtype and np.array_equal(a, b, equal_nan=True)


def same_fields(one: Run, other: Run):
    """Assert that every field of two runs is the same."""
    for field in fields(Run):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if isinstance(a, np.ndarray):
            assert np.array_equal(a, b, equal_nan=True) and a.dtype == b.dtype, field.name
        elif field.name in ("snapshots", "kept_best"):
            pairs = zip(a, b, strict=True) if field.name == "snapshots" else [(a, b)]
            for s, t in pairs:
                assert (s.step, s.val_loss, s.names) == (t.step, t.val_loss, t.names)
                assert np.array_equal(s.weights, t.weights)
        else:
            assert a == b, field.name


@pytest.mark.parametrize("engine", ["torch", "compiled"])
@pytest.mark.parametrize("cell", CELLS)
def test_a_saved_run_trains_on_as_if_it_had_never_stopped(cell, engine, corpus, kernels):
    config = TINY.replace(
        cell=cell, engine=engine, letter_dropout=0.2, hidden_dropout=0.3, average=0.95
    )
    trainer = rested(config, corpus)
    found = from_bytes(saved(trainer))
    again = found.trainer(found.corpus())
    assert len(trainer.pack().rest_of_round) not in (0, len(corpus.train))
    same_run(trained_on(trainer), trained_on(again))
    assert again.engine == engine


@pytest.mark.parametrize("engine", ["torch", "compiled"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_so_it_does_with_each_optimizer(optimizer, engine, own, kernels):
    config = TINY.replace(optimizer=optimizer, engine=engine, average=0.0, learning_rate=0.01)
    trainer = rested(config, own)
    found = from_bytes(saved(trainer, with_names=True))
    same_packed(found.packed, trainer.pack())
    again = found.trainer(own)
    same_run(trained_on(trainer), trained_on(again))
    same_packed(again.pack(), trainer.pack())


@pytest.mark.parametrize("steps", [0, 1, 60])
def test_every_field_is_there_again(steps, corpus):
    trainer = rested(TINY.replace(context=3), corpus, steps)
    trainer.learning_rate = 0.02
    run, packed = trainer.run(), trainer.pack()
    found = from_bytes(to_bytes(run, packed, corpus))
    same_fields(found.run, run)
    same_packed(found.packed, packed)
    assert found.vocab.symbols == corpus.vocab.symbols
    assert found.versions["torch"] == torch.__version__
    assert found.word == ""
    assert saved(found.trainer(corpus)) == to_bytes(found.run, found.packed, corpus)


def test_a_run_that_diverged_says_so_again_and_trains_on_from_its_last_good_weights(own):
    trainer = Trainer(TINY.replace(optimizer="sgd", learning_rate=10.0, clip_norm=0.0), own)
    trainer.advance()
    trainer.settle()
    assert trainer.stopped
    found = from_bytes(saved(trainer, with_names=True))
    same_fields(found.run, trainer.run())
    again = found.trainer(found.corpus())
    for each in (trainer, again):
        each.extend(20)
        each.learning_rate = 0.01
    same_run(trained_on(trainer), trained_on(again))


def test_a_kept_run_without_what_training_needs_can_be_looked_at(corpus):
    trainer = rested(TINY.replace(max_steps=300), corpus, 300)
    for run in (trainer.run(), trainer.run().thinned(100), trainer.run().without_weights()):
        found = from_bytes(to_bytes(run, None, corpus))
        same_fields(found.run, replace(run, val_steps=run.val_steps.astype(np.int64)))
        with pytest.raises(Refusal, match="only what is looked at"):
            found.trainer(corpus)


def test_a_list_is_known_by_its_names_however_it_was_cleaned(own):
    for key, keep_case in (("dinos", False), ("colombian-towns", True)):
        corpus = load_bundled(key, 5, keep_case).without([])
        corpus = corpus.without([corpus.train[3], corpus.val[0]])
        trainer = rested(TINY.replace(split_seed=5), corpus, 2)
        found = from_bytes(saved(trainer))
        assert (found.listed.key, found.listed.keep_case) == (key, keep_case)
        there = found.corpus()
        assert (there.train, there.val) == (corpus.train, corpus.val)
        assert there.removed == corpus.removed
        assert all(snapshot.names for snapshot in found.run.snapshots)


def test_no_name_of_a_private_list_travels_without_its_owners_word(own):
    trainer = rested(TINY.replace(max_steps=400, learning_rate=0.02), own, 400)
    written = {name for snapshot in trainer.run().snapshots for name in snapshot.names}
    assert written & set(OWN_NAMES)  # it has learnt some by heart
    data = saved(trainer)
    for name in {*written, *OWN_NAMES, "my people"} - {""}:
        assert len(name) < 5 or name.encode() not in data
    found = from_bytes(data)
    assert (found.listed.key, found.listed.rows, found.listed.title) == ("", None, "")
    with pytest.raises(Refusal, match="Bring the same list"):
        found.corpus()
    same_run(trained_on(found.trainer(own)), trained_on(found.trainer(own)))


def test_with_the_owners_word_the_list_is_in_the_file(own):
    removed = own.without(OWN_NAMES[4:6])
    for corpus in (own, removed):
        found = from_bytes(saved(rested(TINY, corpus), with_names=True))
        there = found.corpus(owner="somebody")
        assert (there.rows, there.train, there.val) == (corpus.rows, corpus.train, corpus.val)
        assert (there.owner, there.title, there.removed) == (
            "somebody",
            "my people",
            corpus.removed,
        )


def test_another_list_is_refused(own):
    found = from_bytes(saved(rested(TINY, own)))
    others = {
        "fingerprint": make_corpus(clean("\n".join([*OWN_NAMES, "other"])), "", 3),
        "split seed 3": make_corpus(clean("\n".join(OWN_NAMES)), "", 4),
        "remove the same": own.without(OWN_NAMES[:1]),
    }
    for word, other in others.items():
        with pytest.raises(Refusal, match=word):
            found.trainer(other)


def test_what_is_not_at_rest_or_not_finite_is_not_saved(own):
    trainer = Trainer(TINY, own)
    trainer.advance(47)
    with pytest.raises(Refusal, match="Pause it"):
        saved(trainer)
    trainer.settle()
    trainer.state.weights[0] = math.nan
    with pytest.raises(Refusal, match="finite weights"):
        saved(trainer)
    with pytest.raises(Refusal, match="at most 1,000,000 steps"):
        to_bytes(replace(trainer.run(), max_steps=1_000_001), None, own)
