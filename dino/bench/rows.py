"""The rows that the benchmark compares, and how long it measures each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from dino.bench.worker import ENGINE
from dino.config import Config


@dataclass(frozen=True)
class Budget:
    """How much is measured: the number of rounds, CPU seconds per turn, and limits."""

    rounds: int = 15
    turn: float = 0.4
    peak_rounds: int = 7
    seeds: int = 5
    most_steps: int = 10_000  # towards TARGET; after these the time so far is a lower bound
    learner_rounds: int = 3
    learner_seconds: float = 5.0
    learner_steps: int = 1000  # updates of each learner before counting begins
    starts: int = 3


FULL = Budget()
QUICK = Budget(
    rounds=4,
    turn=0.1,
    peak_rounds=2,
    seeds=1,
    most_steps=5000,
    learner_rounds=1,
    learner_seconds=1.5,
    learner_steps=300,
    starts=1,
)


class BenchRow(NamedTuple):
    """A comparison: the library whose process the peer runs in, and our recipe (None: writing)."""

    library: str
    ours: Config | None = None


def bench_recipe(
    hidden_size: int,
    cell: str = "rnn",
    optimizer: str = "adam",
    rate: float = 0.001,
    clip_norm: float = 0.0,
) -> Config:
    """Our recipe, without anything that the peer does not do."""
    return Config(
        cell=cell,
        hidden_size=hidden_size,
        optimizer=optimizer,
        learning_rate=rate,
        clip_norm=clip_norm,
        average=0.0,
        max_steps=100_000,
        engine=ENGINE,
    )


ROWS = {
    "keras-notebook-25": BenchRow("keras", bench_recipe(25, optimizer="sgd", rate=0.0005)),
    "keras-fit-25": BenchRow("keras", bench_recipe(25, optimizer="sgd", rate=0.0005)),
    "pytorch-tutorial-128": BenchRow("torch", bench_recipe(128, optimizer="sgd", rate=0.0005)),
    "numpy-one-name-25": BenchRow(
        "numpy", bench_recipe(25, optimizer="adagrad", rate=0.1, clip_norm=5.0)
    ),
    "makemore-rnn-64": BenchRow("makemore", bench_recipe(64, optimizer="adamw", rate=0.0005)),
    "makemore-gru-64": BenchRow("makemore", bench_recipe(64, "gru", "adamw", 0.0005)),
    "nn-rnn-64": BenchRow("torch", bench_recipe(64)),
    "nn-gru-64": BenchRow("torch", bench_recipe(64, "gru")),
    "nn-lstm-64": BenchRow("torch", bench_recipe(64, "lstm")),
    "sample-16": BenchRow("keras"),
    "sample-16-torch-loop": BenchRow("torch"),
}
