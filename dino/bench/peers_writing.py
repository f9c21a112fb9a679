"""Other implementations' loops that write names, with the same network and random numbers."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from dino.bench.peers import KerasNotebook, Peer
from dino.config import Config
from dino.data import Corpus
from dino.model import CharRNN
from dino.sample import choose, draws
from dino.train import Trainer

NAMES = 16  # names that a writer writes in one update


def train_writing_network(corpus: Corpus) -> CharRNN:
    """The network of all writers: the same in every process, so they write the same names."""
    trainer = Trainer(
        Config(hidden_size=25, learning_rate=0.02, max_steps=200, engine="torch"), corpus
    )
    while not trainer.done:
        trainer.step()
    return trainer.eval_model


class Writer(Peer):
    """Writes the same names each time, one after another, letter by letter."""

    batch = NAMES

    def __init__(self, corpus: Corpus) -> None:
        self.vocab, self.draws = corpus.vocab, draws(NAMES, seed=0)

    def update(self) -> float:
        """All the names."""
        for draw in self.draws:
            self.write(draw)
        return 0.0

    def write(self, draw: np.ndarray) -> str:
        """One name from random numbers, one for each letter."""
        raise NotImplementedError

    def choose_symbol(self, probs: np.ndarray, draw: float) -> int:
        """The symbol that a uniform draw selects. (V,)"""
        return int(choose(probs[None], np.array([draw]))[0])


class KerasWriter(Writer):
    """The notebook's sampler: for each letter a call of the Keras cell and one of the head."""

    def __init__(self, corpus: Corpus) -> None:
        super().__init__(corpus)
        net, self.notebook = train_writing_network(corpus), KerasNotebook(corpus)
        weights = [p.detach().numpy() for p in net.parameters()]
        self.notebook.cell.set_weights(weights[:3])
        self.notebook.head.set_weights(weights[3:])

    def write(self, draw: np.ndarray) -> str:
        """Between two letters the state goes to numpy and back, as in the notebook."""
        x, a, name = np.zeros((1, 1, len(self.vocab))), np.zeros((1, self.notebook.size)), ""
        for number in draw:
            state, _ = self.notebook.cell(x.astype("float32"), initial_state=a.astype("float32"))
            probs = np.array(self.notebook.head(state)).ravel()
            index, a = self.choose_symbol(probs, number), np.array(state)
            if index == 0:
                break
            name += self.vocab.symbols[index]
            x = self.notebook.to_categorical(index, len(self.vocab)).reshape(1, 1, -1)
        return name


class PrefixWriter(Writer):
    """The usual sampler in PyTorch: for each letter, nn.RNN reads all letters before it again."""

    def __init__(self, corpus: Corpus) -> None:
        super().__init__(corpus)
        net, V = train_writing_network(corpus), len(corpus.vocab)
        self.rnn = nn.RNN(V, net.hidden_size, batch_first=True)
        self.head = nn.Linear(net.hidden_size, V)
        self.rnn.load_state_dict(
            {
                "weight_ih_l0": net.W_xh.T,
                "weight_hh_l0": net.W_hh.T,
                "bias_ih_l0": net.b_h,
                "bias_hh_l0": torch.zeros(net.hidden_size),
            }
        )
        self.head.load_state_dict({"weight": net.W_hy.T, "bias": net.b_y})

    @torch.no_grad()
    def write(self, draw: np.ndarray) -> str:
        """The prefix grows until the end mark is drawn."""
        ids: list[int] = []
        for number in draw:
            x = torch.zeros(1, 1 + len(ids), len(self.vocab))  # zeros for the start
            for place, index in enumerate(ids, 1):
                x[0, place, index] = 1
            states, _ = self.rnn(x)
            probs = self.head(states[0, -1]).softmax(-1).numpy()
            index = self.choose_symbol(probs, number)
            if index == 0:
                break
            ids.append(index)
        return self.vocab.decode(ids)
