"""Recipes and helpers that the tests of training share."""

import numpy as np
import torch

from dino.config import Config
from dino.data import encode
from dino.train import Trainer

SMALL = Config(hidden_size=12, batch_size=8, max_steps=40)
BUSY = SMALL.replace(letter_dropout=0.2, hidden_dropout=0.3, average=0.95)
HEAVY = Config(
    cell="lstm",
    hidden_size=96,
    batch_size=48,
    max_steps=12,
    average=0.95,
    letter_dropout=0.1,
    hidden_dropout=0.2,
    engine="torch",
)


def train(config, corpus):
    """A trainer of this recipe at its end."""
    trainer = Trainer(config, corpus)
    while not trainer.done:
        trainer.advance(1)
    return trainer


def losses_by_hand(model, names, vocab, context=0):
    """−ln p of every real target of `names`, name by name, so that nothing is padded."""
    losses = []
    for name in names:
        encoded = encode([name], vocab)
        with torch.no_grad():
            p = model(torch.from_numpy(encoded.inputs), context)[0].double().log_softmax(-1)
        losses.append(-p[torch.arange(len(p)), torch.from_numpy(encoded.targets[0])].numpy())
    return losses


def same_run(one, other):
    """Assert that all numbers of two trainers' runs are the same, except the seconds."""
    a, b = one.run(), other.run()
    for name in ("weights", "losses", "symbols", "val_steps", "val_losses", "train_eval_losses"):
        assert np.array_equal(getattr(a, name), getattr(b, name)), name
    for name in (
        "names_seen",
        "clipped",
        "engines",
        "learning_rates",
        "stopped",
        "cure",
        "kept_step",
        "moved",
        "carried_loss",
    ):
        assert getattr(a, name) == getattr(b, name), name
    assert [s.names for s in a.snapshots] == [s.names for s in b.snapshots]
    assert a.best_moment.step == b.best_moment.step
    assert np.array_equal(a.best_moment.weights, b.best_moment.weights)
    assert torch.equal(one.state.weights, other.state.weights)
