"""Other implementations' loops: what they share, and those that train one name at a time.

They are written for this project's list and targets, from the known structure of each. Every peer
sees all targets of a name, the end mark included, and its loss is in nats per symbol. What costs a
peer time without training (a plot, a progress line, helper processes that load data) is left out,
in the peer's favour.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from dino.data import Corpus, Vocab


class Peer:
    """One implementation's loop. One `update` trains on (or writes) `batch` names.

    evaluation_seconds: CPU seconds that `run` has spent on evaluation and sampling so far.
    """

    batch, evaluation_seconds = 1, 0.0

    def update(self) -> float | Tensor:
        """One turn of the loop; returns its loss before the update, in nats per symbol,
        0 for a writer.
        """
        raise NotImplementedError

    def run(self, updates: int) -> float:
        """Several turns of the loop; returns the last one's loss."""
        loss: float | Tensor = 0.0
        for _ in range(updates):
            loss = self.update()
        return float(loss)


def shift_by_one(name: str, vocab: Vocab) -> tuple[list[int], list[int]]:
    """A name's inputs and targets. The end mark, index 0, is also the first input."""
    ids = vocab.encode(name)
    return [0, *ids], [*ids, 0]


class Tutorial(Peer):
    """PyTorch's name tutorial: one name at a time, letter by letter, with a hand-written update.

    The tutorial's network also reads the language; here there is only one, so it is left out.
    """

    def __init__(self, corpus: Corpus, seed: int = 0, size: int = 128) -> None:
        torch.manual_seed(seed)
        self.names, self.vocab, self.random = corpus.train, corpus.vocab, random.Random(seed)
        self.rnn = TutorialRNN(len(corpus.vocab), size)
        self.criterion = nn.NLLLoss()
        self.rate = 0.0005

    def encode_one_hot(self, ids: list[int]) -> Tensor:
        """A one-hot vector for each letter, zeros for the start. (L, 1, V)"""
        letters = torch.zeros(len(ids), 1, len(self.vocab))
        for place, index in enumerate(ids[1:], 1):
            letters[place][0][index] = 1
        return letters

    def update(self) -> float:
        """One name: the sum of its letters' losses; one step of SGD."""
        ids, goals = shift_by_one(self.random.choice(self.names), self.vocab)
        letters, targets = self.encode_one_hot(ids), torch.tensor(goals).unsqueeze(-1)  # (L, 1)
        hidden = self.rnn.initial_state()
        self.rnn.zero_grad()
        loss = torch.zeros(())
        for letter, target in zip(letters, targets, strict=True):
            output, hidden = self.rnn(letter, hidden)
            loss = loss + self.criterion(output, target)
        loss.backward()
        for parameter in self.rnn.parameters():
            assert parameter.grad is not None
            parameter.data.add_(parameter.grad.data, alpha=-self.rate)
        return loss.item() / len(ids)


class TutorialRNN(nn.Module):
    """Linear layers over the joined input and state: no tanh, and two of them for the output."""

    def __init__(self, symbols: int, size: int) -> None:
        super().__init__()
        self.size = size
        self.to_hidden = nn.Linear(symbols + size, size)
        self.to_output = nn.Linear(symbols + size, symbols)
        self.output_to_output = nn.Linear(size + symbols, symbols)
        self.dropout = nn.Dropout(0.1)
        self.softmax = nn.LogSoftmax(dim=1)

    def forward(self, letter: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """(1, V), (1, H) -> log-probabilities (1, V) and the next state (1, H)"""
        joined = torch.cat((letter, hidden), 1)
        hidden, output = self.to_hidden(joined), self.to_output(joined)
        output = self.output_to_output(torch.cat((hidden, output), 1))
        return self.softmax(self.dropout(output)), hidden

    def initial_state(self) -> Tensor:
        """A state of zeros. (1, H)"""
        return torch.zeros(1, self.size)


class OneNameNumpy(Peer):
    """min-char-rnn's loop: numpy columns in dictionaries by step, one name at a time, Adagrad."""

    def __init__(self, corpus: Corpus, seed: int = 0, size: int = 25) -> None:
        rng, V = np.random.default_rng(seed), len(corpus.vocab)
        self.names, self.vocab, self.random = corpus.train, corpus.vocab, random.Random(seed)
        self.rate, self.size = 0.1, size
        self.Wxh = rng.standard_normal((size, V)) * 0.01
        self.Whh = rng.standard_normal((size, size)) * 0.01
        self.Why = rng.standard_normal((V, size)) * 0.01
        self.bh, self.by = np.zeros((size, 1)), np.zeros((V, 1))
        self.weights = [self.Wxh, self.Whh, self.Why, self.bh, self.by]
        self.squares = [np.zeros_like(w) for w in self.weights]

    def update(self) -> float:
        """One name forward and back through time; each gradient clipped to ±5; Adagrad."""
        ids, goals = shift_by_one(self.random.choice(self.names), self.vocab)
        loss, gradients = self.compute_loss_and_gradients(ids, goals)
        for w, g, squares in zip(self.weights, gradients, self.squares, strict=True):
            np.clip(g, -5, 5, out=g)
            squares += g * g
            w += -self.rate * g / np.sqrt(squares + 1e-8)
        return loss / len(ids)

    def compute_loss_and_gradients(
        self, ids: list[int], goals: list[int]
    ) -> tuple[float, list[np.ndarray]]:
        """The sum of the letters' losses, and the gradients in the order of `weights`."""
        x, h, p, loss = {}, {-1: np.zeros((self.size, 1))}, {}, 0.0
        for t, index in enumerate(ids):
            x[t] = np.zeros((len(self.vocab), 1))
            x[t][index] = 1 if t else 0
            h[t] = np.tanh(self.Wxh @ x[t] + self.Whh @ h[t - 1] + self.bh)
            scores = np.exp(self.Why @ h[t] + self.by)
            p[t] = scores / np.sum(scores)
            loss += -np.log(p[t][goals[t], 0])
        dWxh, dWhh, dWhy, dbh, dby = gradients = [np.zeros_like(w) for w in self.weights]
        later = np.zeros_like(h[0])
        for t in reversed(range(len(ids))):
            dy = np.copy(p[t])
            dy[goals[t]] -= 1
            dWhy += dy @ h[t].T
            dby += dy
            da = (self.Why.T @ dy + later) * (1 - h[t] * h[t])
            dbh += da
            dWxh += da @ x[t].T
            dWhh += da @ h[t - 1].T
            later = self.Whh.T @ da
        return loss, gradients


class KerasNotebook(Peer):
    """The notebook's loop: each letter is a separate row, one `train_on_batch` call per name."""

    def __init__(self, corpus: Corpus, seed: int = 0, size: int = 25) -> None:
        keras = load_keras()
        keras.utils.set_random_seed(seed)
        self.names, self.vocab, self.random = corpus.train, corpus.vocab, random.Random(seed)
        self.to_categorical, V = keras.utils.to_categorical, len(corpus.vocab)
        letters, first = keras.Input((None, V)), keras.Input((size,))
        self.cell = keras.layers.SimpleRNN(size, return_state=True)
        self.head = keras.layers.Dense(V, activation="softmax")
        states, _ = self.cell(letters, initial_state=first)
        self.model, self.size = keras.Model([letters, first], self.head(states)), size
        self.model.compile(keras.optimizers.SGD(0.0005), "categorical_crossentropy")

    def draw_examples(self) -> Iterator[tuple[tuple[np.ndarray, np.ndarray], np.ndarray]]:
        """Names at random: the letters as a batch (L, 1, V), zero states (L, H), targets (L, V)."""
        while True:
            ids, goals = shift_by_one(self.random.choice(self.names), self.vocab)
            x = np.zeros((len(ids), 1, len(self.vocab)))
            x[1:, 0] = self.to_categorical(ids[1:], len(self.vocab))
            y = self.to_categorical(goals, len(self.vocab))
            yield (x, np.zeros((len(ids), self.size))), y

    def update(self) -> float:
        """One name."""
        return float(self.model.train_on_batch(*next(self.draw_examples())))


class KerasFit(KerasNotebook):
    """The same through `fit` and a generator, 80 names in each iteration, as in many notebooks."""

    batch = 80

    def update(self) -> float:
        """One iteration; the mean loss of its names."""
        history = self.model.fit(
            self.draw_examples(), steps_per_epoch=self.batch, epochs=1, verbose=0
        )
        return float(history.history["loss"][0])


def load_keras() -> Any:
    """Keras on TensorFlow, with one thread, like every other loop here."""
    import keras
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    return keras
