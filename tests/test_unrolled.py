"""The strip's numbers: the model's own, the gradient of autograd, and the source that runs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from dino import anatomy
from dino.config import CELLS
from dino.lists import END
from dino.model import CharRNN, nll
from dino.unrolled import NONE, flow_back, unroll


@pytest.fixture(params=CELLS)
def model(request, corpus) -> CharRNN:
    generator = torch.Generator().manual_seed(3)
    model = CharRNN(request.param, 9, len(corpus.vocab), generator)
    with torch.no_grad():
        for weights in model.parameters():
            weights += 0.3 * torch.randn(weights.shape, generator=generator)
    return model


@pytest.mark.parametrize("text", ["", "r", "raptor"])
def test_a_strip_has_the_networks_own_numbers(model, corpus, text):
    vocab, ended = corpus.vocab, bool(text)
    found = unroll(model, vocab, text, ended)
    reading = anatomy.read_name(model, vocab, text)
    assert np.allclose(found.probs, reading.probs, atol=1e-6)
    assert np.allclose(found.hidden[1:], reading.hidden, atol=1e-6)
    assert not found.hidden[0].any() and found.left_out == 0
    assert found.ids.tolist() == [vocab.start, *vocab.encode(text)]
    if ended:
        targets = torch.tensor(vocab.encode(text + END))
        loss = nll(torch.from_numpy(reading.logits), targets)
        assert found.losses.mean() == pytest.approx(float(loss), abs=1e-6)
    else:
        assert found.targets.tolist() == [NONE] and np.isnan(found.losses).all()


@pytest.mark.parametrize("ended", [True, False])
def test_what_the_steps_add_is_the_gradient_of_the_shared_matrix(model, corpus, ended):
    """Against autograd: of the network as it is, and with a copy of the matrix for each step."""
    found = unroll(model, corpus.vocab, "raptor", ended)
    back = flow_back(model, found)
    assert back is not None
    targets = torch.from_numpy(found.targets)
    nll(model(torch.from_numpy(found.ids)[None])[0], targets).backward()
    assert np.allclose(back.gradient, model.W_hh.grad.numpy(), atol=1e-6)
    copies = [model.W_hh.detach().clone().requires_grad_() for _ in found.ids]
    state, hidden = model.initial_state(1), []
    for i, W_hh in zip(found.ids, copies, strict=True):
        state = model.step(model.input_table()[[int(i)]], state, W_hh)
        hidden.append(state[0])
    nll(model.logits(torch.cat(hidden)), targets).backward()
    parts = np.stack([np.zeros_like(back.gradient) if W.grad is None else W.grad for W in copies])
    later = parts[::-1].cumsum(axis=0)[::-1]
    for mine, theirs in ((back.parts, parts), (back.collected, later)):
        assert np.allclose(mine, np.sqrt((theirs**2).sum(axis=(1, 2))), atol=1e-6)
    assert not back.parts[0]  # h_0 is zero: the first step has nothing to add
    assert (back.parts[1:-1] > 0).all() and (back.parts[-1] > 0) == ended
    assert not model.W_xh.grad.isnan().any() and model.W_hh.requires_grad


def test_the_gradient_of_a_state_is_that_of_its_own_and_all_later_losses(model, corpus):
    """Against `anatomy.gradient_through_time`, which is of one loss: of the last target alone."""
    text = "raptor"
    found = unroll(model, corpus.vocab, text, ended=True)
    only_last = np.full(len(found.ids), NONE)
    only_last[-1] = found.targets[-1]
    back = flow_back(model, replace(found, targets=only_last))
    norms = anatomy.gradient_through_time(model, corpus.vocab, text, len(text))
    wanted = norms["c" if model.cell == "lstm" else "h"]
    assert back is not None and back.of in norms
    assert np.allclose(back.states[::-1], wanted, atol=1e-6)


def test_a_bounded_memory_has_the_inputs_that_it_sees(model, corpus):
    text, vocab = "raptor", corpus.vocab
    found = unroll(model, vocab, text, ended=True, context=3)
    assert found.left_out == 4 and found.ids.tolist() == vocab.encode("tor")
    reading = anatomy.read_name(model, vocab, text, 3)
    assert np.allclose(found.probs[-1], reading.probs[-1], atol=1e-6)
    # The network's predictions before it see other inputs than this strip's steps have.
    assert np.isnan(found.probs[:-1]).all() and found.targets.tolist() == [NONE] * 2 + [0]
    assert vocab.index[END] == 0 and np.isnan(found.losses).tolist() == [True, True, False]
    assert flow_back(model, found) is None
    assert unroll(model, vocab, text, context=7).left_out == 0
    assert flow_back(model, unroll(model, vocab, "")) is None
