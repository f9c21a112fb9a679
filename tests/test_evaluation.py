"""The held-out loss: a mean over symbols, in any division into parts."""

import numpy as np
import pytest
import torch
from trainers import SMALL, losses_by_hand, train

from dino.evaluation import evaluate, letter_losses_in_parts
from dino.parts import finish
from dino.train import Trainer


@pytest.mark.parametrize("context", [0, 1])
def test_the_held_out_loss_is_the_mean_over_all_symbols_not_over_names(context, corpus):
    trainer = train(SMALL.replace(context=context), corpus)
    losses = losses_by_hand(trainer.eval_model, corpus.val, corpus.vocab, context)
    pooled, of_names = np.concatenate(losses).mean(), np.mean([x.mean() for x in losses])
    assert abs(pooled - of_names) > 1e-4
    assert trainer.evaluate() == pytest.approx(pooled, abs=1e-5)


def test_the_size_of_the_parts_does_not_change_the_held_out_loss(corpus):
    trainer = Trainer(SMALL, corpus)
    inputs, targets, _ = map(torch.from_numpy, corpus.train_arrays)  # more than one part
    losses = np.concatenate(losses_by_hand(trainer.model, corpus.train, corpus.vocab))
    assert evaluate(trainer.model, inputs, targets) == pytest.approx(losses.mean(), abs=1e-5)


@pytest.mark.parametrize("context", [0, 1, 3])
def test_each_letters_loss_is_its_own_and_0_where_there_is_no_letter(context, corpus, monkeypatch):
    monkeypatch.setattr("dino.cost.EVALUATION_NAMES", 50)
    trainer = train(SMALL.replace(context=context), corpus)
    inputs, targets, lengths = map(torch.from_numpy, corpus.val_arrays)
    losses = finish(letter_losses_in_parts(trainer.eval_model, inputs, targets, context))
    by_hand = losses_by_hand(trainer.eval_model, corpus.val, corpus.vocab, context)
    for row, length, right in zip(losses, lengths, by_hand, strict=True):
        assert row[:length].numpy() == pytest.approx(right, abs=1e-5)
        assert not row[length:].any()
