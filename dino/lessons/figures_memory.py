"""How far back: what cells learn from made-up words, how much memory names need, and gates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache

import numpy as np

from dino.anatomy import GATE_NAMES, take_apart
from dino.config import CELLS
from dino.data import Vocab
from dino.echo import Echo, learned_up_to, train_in_parts
from dino.lessons.dinosaur_list import dinosaurs
from dino.lessons.item import Value
from dino.model import CharRNN
from dino.presets import PRESETS
from dino.trained_contexts import CONTEXTS, LONGEST, trained_contexts

DISTANCES = (8, 16, 32)  # k of the lists that the lesson tries
ENOUGH = 0.05  # nats per symbol above the unbounded memory, in the lesson's question
KEEPS = {"gru": "z", "lstm": "f"}  # the gate that multiplies the previous state

Progress = Iterator[tuple[float, tuple[Echo, ...]]]


def echoes_in_parts(seed: int) -> Progress:
    """Train each cell on the list of each distance: the share done, and the results so far."""
    found: tuple[Echo, ...] = ()
    for done, k in enumerate(DISTANCES):
        of_k: tuple[Echo, ...] = ()
        for share, of_k in train_in_parts(k, seed):
            whole = (done + share) / len(DISTANCES)
            yield min(whole, 0.999), (*found, *of_k)
        found = (*found, *of_k)
    yield 1.0, found


def echo_figures(echoes: Sequence[Echo]) -> dict[str, Value]:
    """The largest of `DISTANCES` that each cell learned, as a choice: '16', or '0' for none."""
    return {f"echo_{cell}": str(learned_up_to(echoes, cell)) for cell in CELLS}


# Names


@cache
def memory_losses() -> Mapping[str, np.ndarray]:
    """Held-out losses of networks trained with a memory of 1, …, 12 letters and of all, by cell.

    (13, S) nats per symbol, for S seeds; First success with each of the cells.
    """
    corpus, config = dinosaurs(), PRESETS["first-success"].config
    found = {cell: trained_contexts(config.replace(cell=cell), corpus) for cell in CELLS}
    return {cell: losses for cell, losses in found.items() if losses is not None}


def memory_enough() -> int:
    """The shortest memory with which no cell's mean loss is more than `ENOUGH` above that with all
    letters. The networks were trained with these memories.
    """
    means = np.array([losses.mean(axis=1) for losses in memory_losses().values()])  # (C, 13)
    above = (means[:, :-1] - means[:, -1:]).max(axis=0)
    shortest: int = CONTEXTS[int((above <= ENOUGH).argmax())]
    return shortest


def _mean(cell: str, context: int) -> float:
    return float(memory_losses()[cell][CONTEXTS.index(context)].mean())


def gates_by_letter(model: CharRNN, vocab: Vocab, name: str, context: int = 0) -> np.ndarray:
    """The mean over units of the gate that multiplies the previous state: z of a GRU, f of an LSTM.

    (T,): at each step that reads a letter of the name. Raises KeyError for a vanilla network, and
    ValueError for a letter that is not in the list.
    """
    block = GATE_NAMES[model.cell].index(KEEPS[model.cell])
    H = model.hidden_size
    means = [
        take_apart(model, vocab, name[:end], context).gates[block * H : (block + 1) * H].mean()
        for end in range(1, len(name) + 1)
    ]
    return np.array(means, dtype=float)


FIGURES: Mapping[str, Callable[[], Value]] = {
    "memory_enough": memory_enough,
    "memory_nats": lambda: ENOUGH,
    "memory_longest": lambda: LONGEST,
    "memory_one": lambda: 1,
    "memory_rnn_1": lambda: _mean("rnn", 1),
    "memory_rnn_3": lambda: _mean("rnn", 3),
    "memory_gru_3": lambda: _mean("gru", 3),
    "memory_lstm_3": lambda: _mean("lstm", 3),
    "memory_rnn_all": lambda: _mean("rnn", 0),
    "memory_gru_all": lambda: _mean("gru", 0),
    "memory_lstm_all": lambda: _mean("lstm", 0),
    "memory_seeds": lambda: memory_losses()["rnn"].shape[1],
}
