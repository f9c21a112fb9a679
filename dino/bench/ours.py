"""Our own loops for the benchmark, and the table of all loops of its rows."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

from dino.bench.peers import KerasFit, KerasNotebook, OneNameNumpy, Peer, Tutorial
from dino.bench.peers_batched import Makemore, UsualLoop
from dino.bench.peers_writing import NAMES, KerasWriter, PrefixWriter, train_writing_network
from dino.compiled import engine
from dino.config import Config
from dino.data import Corpus
from dino.parts import Parts
from dino.sample import draws, write
from dino.train import Trainer


class TimedTrainer(Trainer):
    """A trainer that adds up the CPU seconds of its evaluation and sampling."""

    evaluation_seconds = 0.0

    def record(self) -> Parts[None]:
        """Evaluate and sample as every trainer does, and add up the time that it takes."""
        parts = super().record()
        while True:
            began = time.process_time()
            try:
                next(parts)
            except StopIteration:
                return
            finally:
                self.evaluation_seconds += time.process_time() - began
            yield


class OurTraining(Peer):
    """Our training, on the engine of the recipe."""

    def __init__(self, config: Config, corpus: Corpus) -> None:
        if config.engine == "compiled":
            engine.prepare()
        self.trainer, self.batch = TimedTrainer(config, corpus), config.batch_size

    def run(self, updates: int) -> float:
        """Make some updates in few calls; return the last one's loss.

        Raises ValueError if the run diverges, or if the recipe's engine did not make them.
        """
        trainer = self.trainer
        if trainer.step_count + updates > trainer.max_steps:
            trainer.extend(max(updates, trainer.config.max_steps))
        trainer.advance(updates)
        self.evaluation_seconds = trainer.evaluation_seconds
        if trainer.stopped or trainer.engine != trainer.config.engine:
            raise ValueError(trainer.stopped or f"it ran on {trainer.engine}")
        return float(trainer.history.losses[-1])

    def held_out_loss(self) -> float:
        """Mean of −ln p(target) over all held-out targets, in nats per symbol."""
        return self.trainer.evaluate()


class OurWriter(Peer):
    """Our writing: all the names at once, with every probability and hidden state kept."""

    batch = NAMES

    def __init__(self, corpus: Corpus) -> None:
        self.network, self.vocab = train_writing_network(corpus), corpus.vocab
        self.draws = draws(NAMES, seed=0)

    def update(self) -> float:
        """All the names."""
        self.traces = write(self.network, self.vocab, self.draws)
        return 0.0


class MatrixProduct(Peer):
    """A large matrix product, as a measure of one core's peak speed."""

    def __init__(self, n: int) -> None:
        self.a, self.b, self.out = torch.rand(3, n, n)

    def update(self) -> float:
        """One product."""
        torch.mm(self.a, self.b, out=self.out)
        return 0.0


LOOPS: dict[str, Callable[[Corpus], Peer]] = {
    "keras-notebook-25": KerasNotebook,
    "keras-fit-25": KerasFit,
    "pytorch-tutorial-128": Tutorial,
    "numpy-one-name-25": OneNameNumpy,
    "makemore-rnn-64": lambda corpus: Makemore(corpus, "rnn"),
    "makemore-gru-64": lambda corpus: Makemore(corpus, "gru"),
    "nn-rnn-64": lambda corpus: UsualLoop(corpus, "rnn"),
    "nn-gru-64": lambda corpus: UsualLoop(corpus, "gru"),
    "nn-lstm-64": lambda corpus: UsualLoop(corpus, "lstm"),
    "sample-16": KerasWriter,
    "sample-16-torch-loop": PrefixWriter,
    "ours": OurWriter,
}
