"""The notebook's network as Keras computes it (SimpleRNN and Dense), recorded in reference/."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from dino.config import Config
from dino.data import encode
from dino.train import Trainer

REFERENCE = Path(__file__).parent / "reference" / "keras_simple_rnn.npz"
KERAS_NAMES = {
    "W_xh": "kernel",
    "W_hh": "recurrent_kernel",
    "b_h": "bias",
    "W_hy": "dense_kernel",
    "b_y": "dense_bias",
}
CONTEXT = {"letters": 1, "through_time": 0}
OPTIMIZER = {
    "sgd_0.0005": ("sgd", 0.0005),
    "sgd_0.1": ("sgd", 0.1),
    "momentum_0.01": ("momentum", 0.01),
}
PROBES = ["tyrannosaurus", "zuul", "mei", "micropachycephalosaurus"]


@pytest.fixture(scope="module")
def keras():
    with np.load(REFERENCE, allow_pickle=False) as file:
        return dict(file)


@pytest.fixture(scope="module")
def notebook(corpus):
    """The list as the notebook has it: every row of the file is trained on, including repeats."""
    return dataclasses.replace(corpus, train=corpus.rows)


def a_trainer(keras, notebook, way="through_time", tag="sgd_0.0005"):
    """A trainer that starts from the recorded weights."""
    optimizer, rate = OPTIMIZER[tag]
    config = Config(
        hidden_size=int(keras["hidden_size"]),
        optimizer=optimizer,
        learning_rate=rate,
        batch_size=1,
        clip_norm=0,
        average=0,
        context=CONTEXT[way],
        max_steps=200,
    )
    trainer = Trainer(config, notebook)
    with torch.no_grad():
        for name, weight in trainer.model.named_parameters():
            weight.copy_(torch.from_numpy(keras[f"init/{KERAS_NAMES[name]}"]))
    return trainer


def test_the_record_is_of_the_same_dictionary_and_probes(keras, notebook):
    assert tuple(keras["chars"].tolist()) == notebook.vocab.symbols
    assert keras["probes"].tolist() == PROBES


@pytest.mark.parametrize("name", PROBES)
def test_the_untrained_network_sees_a_name_as_keras_does(name, keras, notebook):
    model = a_trainer(keras, notebook).model
    inputs = torch.from_numpy(encode([name], notebook.vocab).inputs)
    with torch.inference_mode():
        hidden, probs = model.hidden_states(inputs)[0], model(inputs)[0].softmax(-1)
    np.testing.assert_allclose(hidden, keras[f"hidden/{name}"], rtol=0, atol=1e-5)
    np.testing.assert_allclose(probs, keras[f"probs/{name}"], rtol=0, atol=1e-5)


@pytest.mark.parametrize("tag", OPTIMIZER)
@pytest.mark.parametrize("way", CONTEXT)
def test_every_loss_and_every_weight_of_a_training_is_that_of_keras(way, tag, keras, notebook):
    trainer = a_trainer(keras, notebook, way, tag)
    start = trainer.model.W_hh.detach().clone()
    losses = [trainer.step(torch.tensor([row])) for row in keras["order"]]
    np.testing.assert_allclose(losses, keras[f"{way}/{tag}/loss"], rtol=0, atol=1e-4)
    for name, weight in trainer.model.named_parameters():
        expected = keras[f"{way}/{tag}/final/{KERAS_NAMES[name]}"]
        np.testing.assert_allclose(weight.detach(), expected, rtol=0, atol=1e-4)
    # letter by letter from a zero state, the recurrent weights learn nothing at all
    assert torch.equal(trainer.model.W_hh, start) == (way == "letters")
