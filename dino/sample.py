"""Writing names letter by letter, with a trace of every probability and every hidden state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import numpy as np
import torch

from dino.data import Vocab
from dino.lists import END
from dino.locale.sentences import Refusal, sentence
from dino.mixture import log_mixed, log_softmax, network_part
from dino.model import CharRNN
from dino.ngram import NGram
from dino.parts import Parts, last_result

LONGEST = 50


@dataclass(frozen=True, eq=False)
class Trace:
    """How one name was written. T steps: its letters and, unless it was cut, the end mark.

    ids (T,): the symbol taken at each step; logits (T, V): the scores it was taken from;
    hidden (T, H): the hidden state behind them; draws (T,): the random number in [0, 1) that chose
    each symbol, NaN if none did; given: how many letters were set beforehand; finished: False if it
    was cut at the longest length; from_network (T, V): which part of each probability came from the
    network, if it wrote together with counting, else None. `logits` are then the logarithms of the
    mixed probabilities.
    """

    name: str
    ids: np.ndarray
    logits: np.ndarray
    hidden: np.ndarray
    draws: np.ndarray
    given: int
    finished: bool
    from_network: np.ndarray | None = None

    @property
    def nbytes(self) -> int:
        """How much memory its arrays take."""
        arrays = (self.ids, self.logits, self.hidden, self.draws, self.from_network)
        return sum(array.nbytes for array in arrays if array is not None)

    def probs(self, temperature: float = 1.0, top_k: int = 0) -> np.ndarray:
        """The probabilities at each step, from the stored logits. (T, V)"""
        return probabilities(self.logits, temperature, top_k)

    def surprise(self, temperature: float = 1.0, top_k: int = 0) -> np.ndarray:
        """−log2 p of each symbol taken, in bits. (T,) Infinite if its probability is 0."""
        taken = self.probs(temperature, top_k)[np.arange(len(self.ids)), self.ids]
        with np.errstate(divide="ignore"):
            bits: np.ndarray = -np.log2(taken) + 0.0  # turns −0.0 into 0.0
        return bits


def probabilities(logits: np.ndarray, temperature: float = 1.0, top_k: int = 0) -> np.ndarray:
    """softmax(logits / temperature); with top_k, only the k largest share it. (…, V) -> (…, V)"""
    scores = logits.astype(np.float64) / temperature
    if 0 < top_k < scores.shape[-1]:
        order = np.argsort(-scores, axis=-1, kind="stable")
        np.put_along_axis(scores, order[..., top_k:], -np.inf, axis=-1)
    exps = np.exp(scores - scores.max(axis=-1, keepdims=True))
    probs: np.ndarray = exps / exps.sum(axis=-1, keepdims=True)
    return probs


def draws(count: int, seed: int, longest: int = LONGEST) -> np.ndarray:
    """The random numbers that writing uses: one in [0, 1) for each name and step. (N, longest)

    With the same draws, names differ only because the weights differ.
    """
    return np.random.default_rng(seed).random((LONGEST, count)).T[:, :longest]


def choose(probs: np.ndarray, draw: np.ndarray) -> np.ndarray:
    """The symbol whose interval of [0, 1) contains each draw. (N, V), (N,) -> (N,)"""
    edges = probs.cumsum(axis=-1)
    chosen: np.ndarray = (edges > draw[:, None] * edges[:, -1:]).argmax(axis=-1)
    return chosen


def stretches(probs: np.ndarray) -> np.ndarray:
    """Where the symbols' intervals of [0, 1) begin, and where the last one ends. (V,) -> (V + 1,)

    Each is as long as its symbol's probability. `choose` takes the one that contains the draw.
    """
    edges = probs.cumsum()
    return np.concatenate([[0.0], edges / edges[-1]])


@torch.inference_mode()
def write(
    model: CharRNN,
    vocab: Vocab,
    draw: np.ndarray,
    *,
    temperature: float = 1.0,
    greedy: bool = False,
    top_k: int = 0,
    prefix: str = "",
    context: int = 0,
    counts: NGram | None = None,
    share: float = 1.0,
) -> list[Trace]:
    """Write a name for each row of `draw` (N, longest). No name is longer than `longest`.

    greedy takes the most likely symbol instead of drawing one. context is how many last letters a
    state may depend on (0: all; the state is carried). With counts, the symbols come from the
    mixture: `share` of the network's probability and the rest of counting's. Raises ValueError for
    a letter in `prefix` that is not in the list, or a prefix that fills the longest length.
    """
    traces = last_result(
        write_in_parts(
            model,
            vocab,
            draw,
            temperature=temperature,
            greedy=greedy,
            top_k=top_k,
            prefix=prefix,
            context=context,
            counts=counts,
            share=share,
        )
    )
    assert traces is not None
    return traces


def write_in_parts(
    model: CharRNN,
    vocab: Vocab,
    draw: np.ndarray,
    *,
    temperature: float = 1.0,
    greedy: bool = False,
    top_k: int = 0,
    prefix: str = "",
    context: int = 0,
    counts: NGram | None = None,
    share: float = 1.0,
) -> Iterator[list[Trace] | None]:
    """`write` in parts: None after every step of the network, then the names."""
    count, longest = draw.shape
    given = _first_letters(prefix, vocab, longest)
    ids, logits, hidden = [], [], []
    alive = np.ones(count, dtype=bool)
    network = _Reader(model, vocab.start, count, context)
    reader = network if counts is None or share == 1 else _MixedReader(network, counts, share)
    for t in range(longest):
        h, scores = yield from reader.read()
        if t < len(given):
            chosen = np.full(count, given[t])
        elif greedy:
            chosen = scores.argmax(axis=-1)
        else:
            chosen = choose(probabilities(scores, temperature, top_k), draw[:, t])
        ids.append(chosen)
        logits.append(scores)
        hidden.append(h)
        alive &= chosen != vocab.index[END]
        if not alive.any():
            break
        reader.append(chosen)
    drawn = draw[:, : len(ids)].copy()
    drawn[:, : None if greedy else len(given)] = np.nan
    symbols, scores, states = (np.stack(steps, 1) for steps in (ids, logits, hidden))
    yield _traces(vocab, len(given), symbols, scores, states, drawn, reader.from_network)


def _first_letters(prefix: str, vocab: Vocab, longest: int) -> list[int]:
    ids = vocab.encode(prefix.replace(END, "⏎"))  # a name has one end mark, at its end
    if len(ids) >= longest:
        raise Refusal(
            sentence(
                "There must be fewer first letters than the maximum length, {longest}, but there "
                "are {given}. Use fewer, or allow longer names.",
                longest=longest,
                given=len(ids),
            )
        )
    return ids


class _Reader:
    """Reads names as they are written, N at a time."""

    def __init__(self, model: CharRNN, start: int, count: int, context: int) -> None:
        self.model, self.context = model, context
        with _inference_mode():
            self.table = model.input_table()
            self.zero_state = model.initial_state(count)
        self.state = self.zero_state
        self.inputs = [torch.full((count,), start)]  # (N,) each
        self.from_network: list[np.ndarray] = []  # stays empty: all of it

    def append(self, ids: np.ndarray) -> None:
        """The next symbol of every name. (N,)"""
        self.inputs.append(torch.from_numpy(ids))

    def read(self) -> Parts[tuple[np.ndarray, np.ndarray]]:
        """Hidden states (N, H) and logits (N, V) after the last input; yields after every step.

        Where memory is bounded, the last `context` inputs are read again, from a zero state.
        """
        if self.context:
            state, unread = self.zero_state, self.inputs[-self.context :]
        else:
            state, unread = self.state, self.inputs[-1:]
        for letters in unread:
            with _inference_mode():
                state = self.model.step(self.table[letters], state)
            yield
        self.state = state
        with _inference_mode():
            return state[0].numpy(), self.model.logits(state[0]).numpy()


class _MixedReader:
    """Reads names with a network and with counted letters, and mixes what they expect.

    from_network: (N, V) for each symbol read, which part of each probability is the network's.
    """

    def __init__(self, network: _Reader, counts: NGram, share: float) -> None:
        self._network, self._share = network, share
        self._counts = counts.reader(len(network.inputs[0]))
        self.from_network: list[np.ndarray] = []

    def append(self, ids: np.ndarray) -> None:
        """The next symbol of every name. (N,)"""
        self._network.append(ids)
        self._counts.append(ids)

    def read(self) -> Parts[tuple[np.ndarray, np.ndarray]]:
        """Hidden states (N, H) and logarithms of the mixed probabilities (N, V)."""
        h, logits = yield from self._network.read()
        network = log_softmax(logits)
        mixed = log_mixed(network, self._counts.probs(), self._share)
        part = network_part(network, mixed, self._share)
        self.from_network.append(part.astype(np.float32))
        return h, mixed.astype(np.float32)  # as a network's scores: traces are kept


def _inference_mode() -> AbstractContextManager[object]:
    """Inference mode, entered only once: entering it at each letter would cost as much
    as the product.

    `write` enters it for whole names. Writing in parts leaves it between the parts.
    """
    return nullcontext() if torch.is_inference_mode_enabled() else torch.inference_mode()


def _traces(
    vocab: Vocab,
    given: int,
    ids: np.ndarray,
    logits: np.ndarray,
    hidden: np.ndarray,
    drawn: np.ndarray,
    parts: Sequence[np.ndarray],
) -> list[Trace]:
    """A trace for each row, (N, T, …): its steps until its end mark. Copies: a view would
    keep all rows.
    """
    from_network = np.stack(parts, 1) if parts else None
    ends = ids == vocab.index[END]  # (N, T)
    finished = ends.any(axis=1)
    steps = np.where(finished, ends.argmax(axis=1) + 1, ids.shape[1])
    return [
        Trace(
            vocab.decode(ids[row, : n - is_finished].tolist()),
            ids[row, :n].copy(),
            logits[row, :n].copy(),
            hidden[row, :n].copy(),
            drawn[row, :n].copy(),
            given,
            is_finished,
            None if from_network is None else from_network[row, :n].copy(),
        )
        for row, (n, is_finished) in enumerate(zip(steps.tolist(), finished.tolist(), strict=True))
    ]
