"""The loops of the benchmark: how others train such a network and write names, and how we do.

Written anew from the known structure of each, for the list and the targets of this project: every
peer sees all the targets of a name, the end mark included, and its loss is nats per symbol. Where
a peer offers something that costs time without training (a plot, a progress line, helper
processes that load data), it is left out, in the peer's favour.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, Dataset, RandomSampler

from dino.compiled import engine
from dino.config import Config
from dino.data import PAD, Corpus, Vocab
from dino.model import CharRNN, nll
from dino.sample import choose, draws, write
from dino.train import Trainer

BATCH = 32  # names in one update of those who batch
NAMES = 16  # that a writer writes at once


class Peer:
    """Somebody's loop: one `update` trains on (or writes) `batch` names.

    looking: CPU seconds in which it did not train but looked how far it was.
    """

    batch, looking = 1, 0.0

    def update(self) -> float | Tensor:
        """One turn of the loop; its loss before the update, 0 for a writer."""
        raise NotImplementedError

    def run(self, updates: int) -> float:
        """Several turns of the loop; the last one's loss."""
        loss: float | Tensor = 0.0
        for _ in range(updates):
            loss = self.update()
        return float(loss)


def shifted(name: str, vocab: Vocab) -> tuple[list[int], list[int]]:
    """What goes in and what should come out. The end mark, index 0, also stands for the start."""
    ids = vocab.encode(name)
    return [0, *ids], [*ids, 0]


class Tutorial(Peer):
    """PyTorch's name tutorial: one name at a time, letter by letter, and its update by hand.

    The tutorial tells the network a language; there is only one here, so that input is left out.
    """

    def __init__(self, corpus: Corpus, seed: int = 0, size: int = 128) -> None:
        torch.manual_seed(seed)
        self.names, self.vocab, self.random = corpus.train, corpus.vocab, random.Random(seed)
        self.rnn = TutorialRNN(len(corpus.vocab), size)
        self.criterion = nn.NLLLoss()
        self.rate = 0.0005

    def one_hot(self, ids: list[int]) -> Tensor:
        """A vector a letter, zeros for the start. (L, 1, V)"""
        letters = torch.zeros(len(ids), 1, len(self.vocab))
        for place, index in enumerate(ids[1:], 1):
            letters[place][0][index] = 1
        return letters

    def update(self) -> float:
        """One name: a loss for every letter, added up; one step of SGD."""
        ids, goals = shifted(self.random.choice(self.names), self.vocab)
        letters, targets = self.one_hot(ids), torch.tensor(goals).unsqueeze(-1)  # (L, 1)
        hidden = self.rnn.initial()
        self.rnn.zero_grad()
        loss = torch.zeros(())
        for letter, target in zip(letters, targets, strict=True):
            output, hidden = self.rnn(letter, hidden)
            loss = loss + self.criterion(output, target)
        loss.backward()
        for parameter in self.rnn.parameters():
            parameter.data.add_(parameter.grad.data, alpha=-self.rate)
        return loss.item() / len(ids)


class TutorialRNN(nn.Module):
    """Linear layers over the joined input and state: no tanh, and a second one for the output."""

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

    def initial(self) -> Tensor:
        """A state of zeros. (1, H)"""
        return torch.zeros(1, self.size)


class OneNameNumpy(Peer):
    """min-char-rnn's way: numpy columns kept by step in dictionaries, one name, Adagrad."""

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
        """One name forward, back through time, its gradient cut to ±5, Adagrad."""
        ids, goals = shifted(self.random.choice(self.names), self.vocab)
        loss, gradients = self.loss_and_gradients(ids, goals)
        for w, g, squares in zip(self.weights, gradients, self.squares, strict=True):
            np.clip(g, -5, 5, out=g)
            squares += g * g
            w += -self.rate * g / np.sqrt(squares + 1e-8)
        return loss / len(ids)

    def loss_and_gradients(
        self, ids: list[int], goals: list[int]
    ) -> tuple[float, list[np.ndarray]]:
        """Summed over the letters of a name; gradients in the order of `weights`."""
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


class Makemore(Peer):
    """makemore's way: an embedding, a cell of Linear layers, a Python loop over a fixed length.

    makemore loads data with four helper processes; here it does so itself, which is quicker for
    names and leaves no time uncounted. `rate` is its own learning rate.
    """

    batch = BATCH

    def __init__(
        self, corpus: Corpus, cell: str, seed: int = 0, rate: float = 5e-4, size: int = 64
    ) -> None:
        torch.manual_seed(seed)
        self.corpus, names = corpus, MakemoreNames(corpus)
        self.net = MakemoreNet(cell, len(corpus.vocab), size)
        self.optimizer = torch.optim.AdamW(
            self.net.parameters(), lr=rate, weight_decay=0.01, betas=(0.9, 0.99), eps=1e-8)
        sampler = RandomSampler(names, replacement=True, num_samples=10**10)
        self.batches = iter(DataLoader(names, sampler=sampler, batch_size=BATCH))

    def update(self) -> Tensor:
        """One batch; makemore reads its loss only now and then, so it stays a tensor."""
        inputs, targets = next(self.batches)
        loss = cross_entropy(self.net(inputs), targets)
        self.net.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    @torch.inference_mode()
    def held_out(self) -> float:
        """Mean of −ln p(target) over all held-out targets, as we have it."""
        inputs, targets, _ = map(torch.from_numpy, self.corpus.val_arrays)
        start = inputs == self.corpus.vocab.start
        return float(nll(self.net(inputs.masked_fill(start, 0)), targets))


class MakemoreNames(Dataset):
    """Names as rows of one length, that of the longest and one more. The end mark starts them."""

    def __init__(self, corpus: Corpus) -> None:
        self.names, self.index = corpus.train, corpus.vocab.index
        self.length = max(map(len, corpus.names)) + 1

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, row: int) -> tuple[Tensor, Tensor]:
        ids = torch.tensor([self.index[letter] for letter in self.names[row]], dtype=torch.long)
        inputs = torch.zeros(self.length, dtype=torch.long)
        targets = torch.zeros(self.length, dtype=torch.long)
        inputs[1 : 1 + len(ids)] = ids
        targets[: len(ids)] = ids
        targets[len(ids) + 1 :] = PAD
        return inputs, targets


class MakemoreNet(nn.Module):
    """Embedding of as many numbers as there are units, cell, head; the first state is learned."""

    def __init__(self, cell: str, symbols: int, size: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(symbols, size)
        self.start = nn.Parameter(torch.zeros(1, size))
        self.cell = MakemoreGRU(size) if cell == "gru" else MakemoreRNN(size)
        self.head = nn.Linear(size, symbols)

    def forward(self, inputs: Tensor) -> Tensor:
        """(B, T) -> (B, T, V)"""
        letters = self.embedding(inputs)  # (B, T, H)
        state, states = self.start.expand(len(inputs), -1), []
        for t in range(inputs.shape[1]):
            state = self.cell(letters[:, t, :], state)  # (B, H)
            states.append(state)
        return self.head(torch.stack(states, 1))


class MakemoreRNN(nn.Module):
    """h' = tanh(Linear(x, h))"""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.both = nn.Linear(2 * size, size)

    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        """(B, H), (B, H) -> (B, H)"""
        return torch.tanh(self.both(torch.cat([x, h], dim=1)))


class MakemoreGRU(nn.Module):
    """Three Linear layers over the joined input and state; the state is reset before the third."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.update, self.reset, self.new = (nn.Linear(2 * size, size) for _ in range(3))

    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        """(B, H), (B, H) -> (B, H)"""
        both = torch.cat([x, h], dim=1)
        reset = torch.sigmoid(self.reset(both))
        new = torch.tanh(self.new(torch.cat([x, reset * h], dim=1)))
        update = torch.sigmoid(self.update(both))
        return (1 - update) * h + update * new


def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean over the real targets, as both batched peers have it. (B, T, V), (B, T)"""
    return functional.cross_entropy(
        logits.reshape(-1, logits.shape[-1]), targets.reshape(-1), ignore_index=PAD)


class Usual(Peer):
    """The usual loop: nn.RNN, GRU or LSTM on padded one-hot batches of a DataLoader, and Adam."""

    batch = BATCH

    def __init__(self, corpus: Corpus, cell: str, seed: int = 0, size: int = 64) -> None:
        torch.manual_seed(seed)
        self.net = UsualNet(cell, len(corpus.vocab), size)
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=0.001)
        self.loader = DataLoader(
            UsualNames(corpus), batch_size=BATCH, shuffle=True, drop_last=True, collate_fn=padded)
        self.batches = self.epochs()

    def epochs(self) -> Iterator[tuple[Tensor, Tensor]]:
        """All batches of all epochs."""
        while True:
            yield from self.loader

    def update(self) -> float:
        """One batch."""
        inputs, targets = next(self.batches)
        self.optimizer.zero_grad()
        loss = cross_entropy(self.net(inputs), targets)
        loss.backward()
        self.optimizer.step()
        return loss.item()


class UsualNames(Dataset):
    """A name as one-hot vectors, its targets one letter ahead."""

    def __init__(self, corpus: Corpus) -> None:
        self.names, self.vocab = corpus.train, corpus.vocab

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, row: int) -> tuple[Tensor, Tensor]:
        ids, targets = shifted(self.names[row], self.vocab)
        inputs = functional.one_hot(torch.tensor(ids), len(self.vocab)).float()  # (L, V)
        return inputs, torch.tensor(targets)


def padded(pairs: list[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    """A batch as long as its longest name. (B, T, V), (B, T)"""
    inputs, targets = zip(*pairs, strict=True)
    return (pad_sequence(inputs, batch_first=True),
            pad_sequence(targets, batch_first=True, padding_value=PAD))


class UsualNet(nn.Module):
    """PyTorch's recurrent layer on one-hot vectors, and a head."""

    def __init__(self, cell: str, symbols: int, size: int) -> None:
        super().__init__()
        layer = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}[cell]
        self.recurrent = layer(symbols, size, batch_first=True)
        self.head = nn.Linear(size, symbols)

    def forward(self, inputs: Tensor) -> Tensor:
        """(B, T, V) -> (B, T, V)"""
        states, _ = self.recurrent(inputs)
        return self.head(states)


class KerasNotebook(Peer):
    """The notebook's loop: each letter of a name as a row of its own, `train_on_batch` a name."""

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

    def examples(self) -> Iterator[tuple[tuple[np.ndarray, np.ndarray], np.ndarray]]:
        """Names at random: the letters as a batch (L, 1, V), zero states (L, H), targets (L, V)."""
        while True:
            ids, goals = shifted(self.random.choice(self.names), self.vocab)
            x = np.zeros((len(ids), 1, len(self.vocab)))
            x[1:, 0] = self.to_categorical(ids[1:], len(self.vocab))
            y = self.to_categorical(goals, len(self.vocab))
            yield (x, np.zeros((len(ids), self.size))), y

    def update(self) -> float:
        """One name."""
        return float(self.model.train_on_batch(*next(self.examples())))


class KerasFit(KerasNotebook):
    """The same through `fit` and a generator, 80 names an iteration, as notebooks often have it."""

    batch = 80

    def update(self) -> float:
        """One iteration; the mean loss of its names."""
        history = self.model.fit(
            self.examples(), steps_per_epoch=self.batch, epochs=1, verbose=0)
        return float(history.history["loss"][0])


def load_keras() -> object:
    """Keras on TensorFlow, with one thread, as everybody has here."""
    import keras
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    return keras


def trained(corpus: Corpus) -> CharRNN:
    """The network all writers write with: the same in every process, so the same names too."""
    trainer = Trainer(Config(hidden_size=25, learning_rate=0.02, max_steps=200, engine="torch"),
                      corpus)
    while not trainer.done:
        trainer.step()
    return trainer.judged


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
        """One name from its random numbers, one a letter."""
        raise NotImplementedError

    def taken(self, probs: np.ndarray, draw: float) -> int:
        """The symbol that a draw falls on. (V,)"""
        return int(choose(probs[None], np.array([draw]))[0])


class KerasWriter(Writer):
    """The notebook's sampler: for each letter a call of the Keras cell and one of the head."""

    def __init__(self, corpus: Corpus) -> None:
        super().__init__(corpus)
        net, self.notebook = trained(corpus), KerasNotebook(corpus)
        weights = [p.detach().numpy() for p in net.parameters()]
        self.notebook.cell.set_weights(weights[:3])
        self.notebook.head.set_weights(weights[3:])

    def write(self, draw: np.ndarray) -> str:
        """The state goes to numpy and back between two letters, as in the notebook."""
        x, a, name = np.zeros((1, 1, len(self.vocab))), np.zeros((1, self.notebook.size)), ""
        for number in draw:
            state, _ = self.notebook.cell(x.astype("float32"), initial_state=a.astype("float32"))
            probs = np.array(self.notebook.head(state)).ravel()
            index, a = self.taken(probs, number), np.array(state)
            if index == 0:
                break
            name += self.vocab.symbols[index]
            x = self.notebook.to_categorical(index, len(self.vocab)).reshape(1, 1, -1)
        return name


class PrefixWriter(Writer):
    """The frequent sampler in PyTorch: for each letter, nn.RNN reads all letters before it anew."""

    def __init__(self, corpus: Corpus) -> None:
        super().__init__(corpus)
        net, V = trained(corpus), len(corpus.vocab)
        self.rnn, self.head = nn.RNN(V, net.hidden_size, batch_first=True), nn.Linear(25, V)
        with torch.no_grad():
            self.rnn.weight_ih_l0.copy_(net.W_xh.T), self.rnn.weight_hh_l0.copy_(net.W_hh.T)
            self.rnn.bias_ih_l0.copy_(net.b_h), self.rnn.bias_hh_l0.zero_()
            self.head.weight.copy_(net.W_hy.T), self.head.bias.copy_(net.b_y)

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
            index = self.taken(probs, number)
            if index == 0:
                break
            ids.append(index)
        return self.vocab.decode(ids)


class Ours(Peer):
    """Our training, by the engine of the recipe."""

    def __init__(self, config: Config, corpus: Corpus) -> None:
        if config.engine == "compiled":
            engine.prepare()
        self.trainer, self.batch = Trainer(config, corpus), config.batch_size
        self._recording, self.trainer._recording = self.trainer._recording, self._look
        self.held_out = self.trainer.evaluate

    def _look(self) -> Iterator[None]:
        """The trainer's own look, in its parts, and how long they take."""
        parts = self._recording()
        while True:
            began = time.process_time()
            try:
                next(parts)
            except StopIteration:
                return
            finally:
                self.looking += time.process_time() - began
            yield

    def run(self, updates: int) -> float:
        """Some updates, in few calls; the last one's loss."""
        trainer = self.trainer
        if trainer.step_count + updates > trainer.max_steps:
            trainer.extend(max(updates, trainer.config.max_steps))
        trainer.advance(updates)
        if trainer.stopped or trainer.engine != trainer.config.engine:
            raise ValueError(trainer.stopped or f"it ran on {trainer.engine}")
        return trainer.losses[-1]


class OurWriter(Peer):
    """Our writing: all the names at once, with every probability and hidden state kept."""

    batch = NAMES

    def __init__(self, corpus: Corpus) -> None:
        self.net, self.vocab, self.draws = trained(corpus), corpus.vocab, draws(NAMES, seed=0)

    def update(self) -> float:
        """All the names."""
        self.traces = write(self.net, self.vocab, self.draws)
        return 0.0


class Product(Peer):
    """A large matrix product: what one core can do."""

    def __init__(self, n: int) -> None:
        self.a, self.b, self.out = torch.rand(3, n, n)

    def update(self) -> float:
        """One product."""
        torch.mm(self.a, self.b, out=self.out)
        return 0.0


PEERS: dict[str, Callable[[Corpus], Peer]] = {
    "keras-notebook-25": KerasNotebook,
    "keras-fit-25": KerasFit,
    "pytorch-tutorial-128": Tutorial,
    "numpy-one-name-25": OneNameNumpy,
    "makemore-rnn-64": lambda corpus: Makemore(corpus, "rnn"),
    "makemore-gru-64": lambda corpus: Makemore(corpus, "gru"),
    "nn-rnn-64": lambda corpus: Usual(corpus, "rnn"),
    "nn-gru-64": lambda corpus: Usual(corpus, "gru"),
    "nn-lstm-64": lambda corpus: Usual(corpus, "lstm"),
    "sample-16": KerasWriter,
    "sample-16-torch-loop": PrefixWriter,
    "ours": OurWriter,
}
