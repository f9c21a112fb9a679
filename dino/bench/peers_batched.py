"""Other implementations' loops that train on batches: makemore's and the usual PyTorch loop."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, Dataset, RandomSampler

from dino.bench.peers import Peer, shift_by_one
from dino.data import PAD, Corpus
from dino.model import nll

BATCH = 32  # names in one update


class Makemore(Peer):
    """makemore's loop: an embedding, a cell of Linear layers, a Python loop over a fixed length.

    makemore loads data with four helper processes; here it loads them itself, which is faster for
    names and leaves no time uncounted. `rate` is makemore's own learning rate.
    """

    batch = BATCH

    def __init__(
        self, corpus: Corpus, cell: str, seed: int = 0, rate: float = 5e-4, size: int = 64
    ) -> None:
        torch.manual_seed(seed)
        self.corpus, names = corpus, MakemoreNames(corpus)
        self.net = MakemoreNet(cell, len(corpus.vocab), size)
        self.optimizer = torch.optim.AdamW(
            self.net.parameters(), lr=rate, weight_decay=0.01, betas=(0.9, 0.99), eps=1e-8
        )
        sampler = RandomSampler(names, replacement=True, num_samples=10**10)
        self.batches = iter(DataLoader(names, sampler=sampler, batch_size=BATCH))

    def update(self) -> Tensor:
        """One batch; makemore reads its loss only occasionally, so it stays a tensor."""
        inputs, targets = next(self.batches)
        loss = cross_entropy(self.net(inputs), targets)
        self.net.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    @torch.inference_mode()
    def held_out_loss(self) -> float:
        """Mean of −ln p(target) over all held-out targets, in nats per symbol, as ours."""
        inputs, targets, _ = map(torch.from_numpy, self.corpus.val_arrays)
        start = inputs == self.corpus.vocab.start
        return float(nll(self.net(inputs.masked_fill(start, 0)), targets))


class MakemoreNames(Dataset[tuple[Tensor, Tensor]]):
    """Names as rows one longer than the longest name; they start with the end mark."""

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
    """An embedding as wide as the hidden state, a cell, a head; the first state is learned."""

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
        logits: Tensor = self.head(torch.stack(states, 1))
        return logits


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
    """The loss of both batched peers: a mean over the real targets. (B, T, V), (B, T)"""
    return functional.cross_entropy(
        logits.reshape(-1, logits.shape[-1]), targets.reshape(-1), ignore_index=PAD
    )


class UsualLoop(Peer):
    """The usual loop: nn.RNN, GRU or LSTM on padded one-hot batches of a DataLoader, and Adam."""

    batch = BATCH

    def __init__(self, corpus: Corpus, cell: str, seed: int = 0, size: int = 64) -> None:
        torch.manual_seed(seed)
        self.net = UsualNet(cell, len(corpus.vocab), size)
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=0.001)
        names = UsualNames(corpus)
        self.loader = DataLoader(
            names, batch_size=BATCH, shuffle=True, drop_last=True, collate_fn=pad_batch
        )
        self.batches = self.repeat_epochs()

    def repeat_epochs(self) -> Iterator[tuple[Tensor, Tensor]]:
        """All batches of one epoch after another, without end."""
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


class UsualNames(Dataset[tuple[Tensor, Tensor]]):
    """A name as one-hot vectors, its targets one letter ahead."""

    def __init__(self, corpus: Corpus) -> None:
        self.names, self.vocab = corpus.train, corpus.vocab

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, row: int) -> tuple[Tensor, Tensor]:
        ids, targets = shift_by_one(self.names[row], self.vocab)
        inputs = functional.one_hot(torch.tensor(ids), len(self.vocab)).float()  # (L, V)
        return inputs, torch.tensor(targets)


def pad_batch(pairs: list[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    """A batch as long as its longest name. (B, T, V), (B, T)"""
    inputs, targets = [x for x, _ in pairs], [y for _, y in pairs]
    return (
        pad_sequence(inputs, batch_first=True),
        pad_sequence(targets, batch_first=True, padding_value=PAD),
    )


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
        logits: Tensor = self.head(states)
        return logits
