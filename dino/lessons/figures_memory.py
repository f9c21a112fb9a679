"""How far back: a forget bias on made-up words, how much memory names need, and gates."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial

import numpy as np

from dino.anatomy import GATE_NAMES, take_apart
from dino.config import CELLS
from dino.data import Vocab
from dino.echo import Watched, watch_in_parts
from dino.echo_biases import BIASES, DISTANCES, learned
from dino.lessons.dinosaur_list import dinosaurs
from dino.lessons.figures_regularised import measured as regularised
from dino.lessons.item import Value
from dino.model import CharRNN
from dino.presets import PRESETS
from dino.regularised_contexts import RECIPE
from dino.trained_contexts import CONTEXTS, trained_contexts

DISTANCE = 32  # k of the list that the lesson trains on
ENOUGH = 0.05  # nats per symbol; a difference below it counts as none in the lesson's bet
LONG = DISTANCES[1:]  # k of the lists that not every network learns
KEEPS = {"gru": "z", "lstm": "f"}  # the gate that multiplies the previous state

Progress = Iterator[tuple[float, tuple[Watched, ...]]]


class SharedTraining:
    """One training that several visitors watch: whoever asks next makes its next part.

    So thirty students who open the lesson with one seed cost as much as one of them.
    clock: gives the time in seconds; tests replace it.
    """

    def __init__(self, work: Progress, clock: Callable[[], float] = time.perf_counter) -> None:
        self._work, self._lock, self._clock = work, threading.Lock(), clock
        self._last: tuple[float, tuple[Watched, ...]] = (0.0, ())
        self._spent = 0.0  # seconds of its parts so far

    def parts(self) -> Progress:
        """The share that is done and the results so far, until all are there."""
        while self._last[0] < 1:
            with self._lock:
                if self._last[0] < 1:
                    began = self._clock()
                    self._last = next(self._work)
                    self._spent += self._clock() - began
            yield self._last
        yield self._last

    def seconds_left(self, expected: float) -> float:
        """Seconds of a worker that the rest takes. expected: for the whole training, as measured
        beforehand; the time that its parts took replaces it in proportion to the share done.
        """
        left = 1 - self._last[0]
        return left * (left * expected + self._spent)


@cache
def shared_biases(seed: int) -> SharedTraining:
    """The training of `biases_in_parts` that all visitors of this server watch."""
    return SharedTraining(biases_in_parts(seed))


def biases_in_parts(seed: int) -> Progress:
    """Train an LSTM with each forget bias on the same list: the share done, the networks so far."""
    return watch_in_parts(DISTANCE, seed, BIASES)


def echo_figures(networks: Sequence[Watched]) -> dict[str, Value]:
    """Whether the network with each forget bias learned its list: 'learned' or 'not'."""
    return {
        f"echo_bias_{int(it.forget_bias)}": "learned" if it.echo.is_learned else "not"
        for it in networks
        if it.echo is not None
    }


def learned_of_all(bias: float) -> int:
    """Of the networks measured in advance at the larger two distances, how many with this bias
    learned their list.
    """
    return sum(learned(k, bias).learned for k in LONG)


def better_bias() -> str:
    """The right choice of the bet: which forget bias learned more lists."""
    low, high = (learned_of_all(bias) for bias in BIASES)
    return "equal" if low == high else "one" if low > high else "three"


# Names


@cache
def memory_losses() -> Mapping[str, np.ndarray]:
    """Held-out losses of networks trained with a memory of 1, …, 12 letters and of all, by cell.

    (13, S) nats per symbol, for S seeds; First success with each of the cells.
    """
    corpus, config = dinosaurs(), PRESETS["first-success"].config
    found = {cell: trained_contexts(config.replace(cell=cell), corpus) for cell in CELLS}
    return {cell: losses for cell, losses in found.items() if losses is not None}


def overfitted_cost(cell: str = "lstm") -> float:
    """How much higher First success's held-out loss is with 3 letters than with all. Nats."""
    return _mean(cell, 3) - _mean(cell, 0)


def cost_verdict() -> str:
    """The right choice of the bet on it, beside what the regularised network loses."""
    if overfitted_cost() < ENOUGH:
        return "none"
    return "larger" if overfitted_cost() > regularised().cost(3)[0] + ENOUGH else "same"


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
    "echo_distance": lambda: DISTANCE,
    "echo_longest": lambda: max(LONG),
    "bias_better": better_bias,
    "regular_updates": lambda: RECIPE.max_steps,
    "bias_networks": lambda: sum(learned(k, BIASES[0]).networks for k in LONG),
    **{f"bias_learned_{int(bias)}": partial(learned_of_all, bias) for bias in BIASES},
    **{
        f"bias_learned_{int(bias)}_{k}": partial(lambda k, b: learned(k, b).learned, k, bias)
        for bias in BIASES
        for k in LONG
    },
    "bias_seeds": lambda: learned(DISTANCE, BIASES[0]).networks,
    "overfitted_cost": overfitted_cost,
    "overfitted_verdict": cost_verdict,
    "memory_lstm_3": lambda: _mean("lstm", 3),
    "memory_rnn_all": lambda: _mean("rnn", 0),
    "memory_gru_all": lambda: _mean("gru", 0),
    "memory_lstm_all": lambda: _mean("lstm", 0),
    "memory_seeds": lambda: memory_losses()["rnn"].shape[1],
}
