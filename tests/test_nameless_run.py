"""A saved run whose list's names stayed at home: what is seen of it without them."""

from __future__ import annotations

import math
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from test_saved_run import MUTATIONS, OWN_NAMES, rested, saved

from dino.config import Config
from dino.data import Corpus, make_corpus
from dino.lists import clean
from dino.locale.sentences import Refusal
from dino.model import rebuild
from dino.parts import finish
from dino.run import Run
from dino.sample import draws, write
from dino.saved.nameless_run import NAMES, SEED, SHOWN_RATES, NamelessRun, look_at
from dino.saved.saved_run import SavedRun, from_bytes
from dino.train import Trainer

TINY = Config(hidden_size=6, batch_size=5, max_steps=60, engine="torch", hidden_dropout=0.2)


@pytest.fixture(scope="module")
def own() -> Corpus:
    """A private list."""
    return make_corpus(clean("\n".join(OWN_NAMES)), "my people", 3)


@pytest.fixture(scope="module")
def trainer(own: Corpus) -> Trainer:
    return rested(TINY, own)


@pytest.fixture(scope="module")
def read(trainer: Trainer) -> SavedRun:
    return from_bytes(saved(trainer))


def seen(read: SavedRun, **changes: object) -> NamelessRun:
    """What is seen of a saved run, some fields of which are changed."""
    return finish(look_at(replace(read, run=replace(read.run, **changes)), "mine"))


def written(run: Run, weights: np.ndarray | None, corpus: Corpus) -> list[tuple[str, bool]]:
    model = rebuild(run.config, len(corpus.vocab), weights)
    traces = write(model, corpus.vocab, draws(NAMES, SEED), context=run.config.context)
    return [(trace.name, trace.finished) for trace in traces]


def test_it_has_the_losses_of_the_run_and_the_names_that_its_network_writes(
    trainer: Trainer, read: SavedRun, own: Corpus
) -> None:
    found, run = seen(read), trainer.run()
    for name in ("losses", "val_steps", "val_losses", "train_eval_losses"):
        assert getattr(found.run, name).tolist() == getattr(run, name).tolist(), name
    assert (found.run.best, found.run.step, found.written_at) == (run.best, 37, 37)
    assert (found.title, found.listed.train_names) == ("mine", len(own.train))
    assert list(found.names) == written(run, run.weights, own) and len(found.names) == 10
    assert found.baselines == {"nothing": math.log(len(own.vocab))}


@pytest.mark.parametrize("context", [0, 2])
def test_its_network_writes_with_the_memory_that_it_was_trained_with(
    context: int, own: Corpus
) -> None:
    trainer = rested(TINY.replace(context=context), own, 12)
    run = trainer.run()
    assert list(seen(from_bytes(saved(trainer))).names) == written(run, run.weights, own)


def test_without_its_last_weights_those_of_the_best_moment_write_and_without_any_none(
    read: SavedRun, own: Corpus
) -> None:
    best = read.run.best_moment
    assert best.weights is not None
    found = seen(read, weights=None)
    assert list(found.names) == written(read.run, best.weights, own)
    assert found.written_at == best.step
    assert seen(read, weights=None, kept_best=None).names == ()


def test_nothing_is_kept_that_is_not_shown(read: SavedRun) -> None:
    found = seen(read)
    assert found.run.weights is None and found.run.best_moment.weights is None
    assert not found.run.snapshots and found.run.val_name_losses is None
    full = replace(read, listed=replace(read.listed, removed=("ann",), removed_count=1))
    assert finish(look_at(full, "")).listed.removed is None


def test_a_long_run_takes_little_memory(read: SavedRun) -> None:
    steps = 50_000
    found = seen(
        read,
        losses=np.ones(steps, np.float32),
        symbols=np.full(steps, 9, np.int32),
        val_steps=np.arange(steps),
        val_losses=np.linspace(3, 1, steps),
        train_eval_losses=np.ones(steps, np.float32),
        learning_rates=tuple((step, 0.001 + 1e-8 * step) for step in range(steps)),
    )
    assert found.run.nbytes < 100_000 and found.run.step == steps
    assert found.rates == steps and found.run.learning_rates[-1][0] == steps - 1
    assert len(found.run.learning_rates) <= SHOWN_RATES
    assert found.run.best == (steps - 1, 1.0)


def test_a_changed_file_is_refused_in_a_sentence_or_can_be_seen(trainer: Trainer) -> None:
    data, ends = saved(trainer), set()
    for seed in range(80):
        random = Random(seed)
        try:
            found = finish(look_at(from_bytes(random.choice(MUTATIONS)(data, random)), ""))
        except Refusal as refusal:
            assert str(refusal.sentence).endswith(".")
            ends.add("refused")
        else:
            assert len(found.names) == NAMES
            ends.add("seen")
    assert ends == {"refused", "seen"}
