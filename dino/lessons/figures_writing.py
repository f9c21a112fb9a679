"""Writing names: three symbols under a temperature, the probability of a name, likelier names.

`context` bounds a network's memory, as in the recipe; 0 means no bound.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import NamedTuple

import numpy as np
import torch

from dino.anatomy import read_name
from dino.config import Config
from dino.data import Vocab
from dino.lessons.dinosaur_list import dinosaurs
from dino.lessons.item import Value
from dino.lists import END
from dino.locale.sentences import Refusal, sentence
from dino.model import CharRNN, State
from dino.sample import LONGEST, choose, draws, probabilities, write

WIDTH = 20  # beginnings that the search keeps
COLD = 0.01  # a temperature near zero
THREE = np.log([0.5, 0.3, 0.2])  # the scores of three symbols in a question: a, s and the end mark
NAMES = ("a", "s", "end")
DRAWN = 0.62
# The first names, of four, that the notebook's recipe as written leads to.
NOTEBOOK_NAMES = ("qvpvw", "gxxaocipswgwvaufrbyzlstvzfpt")


class Likely(NamedTuple):
    """A name and the natural logarithm of its probability, that of all its letters and its end."""

    name: str
    log_p: float


def name_log_p(model: CharRNN, vocab: Vocab, name: str, context: int = 0) -> float:
    """ln of the probability that the network writes this name, its end mark included.

    A name's probability is the product of those of its symbols. Raises ValueError for a letter that
    is not in the list.
    """
    if END in name:
        raise Refusal(sentence("A name cannot contain the end mark. Delete it."))
    probs = read_name(model, vocab, name, context).probs
    ids = [*vocab.encode(name), vocab.index[END]]
    return float(np.log(probs[np.arange(len(ids)), ids]).sum())


@cache
def names_before(config: Config, count: int) -> tuple[str, ...]:
    """The first names that a recipe's network writes before its training."""
    from dino.lessons.chips import untrained

    traces = write(untrained(config), dinosaurs().vocab, draws(count, 0))
    return tuple(it.name for it in traces)


def greedy_name(model: CharRNN, vocab: Vocab, context: int = 0) -> tuple[Likely, bool]:
    """The name written by always taking the most likely symbol, and whether it ended
    with its end mark.

    If it did not, the probability is that of its letters: no name with this beginning has more.
    """
    (trace,) = write(model, vocab, draws(1, 0), greedy=True, context=context)
    taken = trace.probs()[np.arange(len(trace.ids)), trace.ids]
    return Likely(trace.name, float(np.log(taken).sum())), trace.finished


def search(
    model: CharRNN, vocab: Vocab, context: int = 0, width: int = WIDTH, longest: int = LONGEST
) -> Likely | None:
    """The most likely name with at least one letter that a beam search finds.

    It keeps the `width` most likely beginnings of each length. It ends once none of them can beat
    the best name, because more letters only lower a probability. Names have fewer letters than
    `longest`; None if that leaves none. It may drop a beginning that leads to a likelier name, so
    it promises nothing.
    """
    *_, best = searching(model, vocab, context, width, longest)
    return best


@torch.inference_mode()
def searching(
    model: CharRNN, vocab: Vocab, context: int = 0, width: int = WIDTH, longest: int = LONGEST
) -> Iterator[Likely | None]:
    """The same in parts: the best name so far, after each length. Each symbol is read once."""
    end, best = vocab.index[END], None
    beginnings, scores = np.full((1, 1), vocab.start, dtype=np.int64), np.zeros(1)
    state = model.initial_state(1)
    for length in range(longest):
        state, logs = _read_on(model, beginnings, state, context)
        logs += scores[:, None]  # (W, V)
        row = int(logs[:, end].argmax())
        if length and (best is None or logs[row, end] > best.log_p):
            best = Likely(vocab.decode(beginnings[row, 1:].tolist()), float(logs[row, end]))
        # An ended name has no continuation.
        logs[:, end] = -np.inf
        # Stable, so that equally likely beginnings keep their order on every machine.
        kept = np.argsort(-logs, axis=None, kind="stable")[:width]
        rows, symbols = np.unravel_index(kept, logs.shape)
        beginnings = np.concatenate([beginnings[rows], symbols[:, None]], axis=1)
        state = tuple(part[torch.from_numpy(rows)] for part in state)
        scores = logs[rows, symbols]
        yield best
        if best is not None and best.log_p >= scores.max():
            return


def _read_on(
    model: CharRNN, ids: np.ndarray, state: State, context: int
) -> tuple[State, np.ndarray]:
    """Read the last symbol of each beginning; with a bounded memory, the last ones.

    Returns the state after it, and ln p of each next symbol. (W, t) -> (W, V)
    """
    if context:
        h = model.hidden_states(torch.from_numpy(ids[:, -context:]), context)[:, -1]
    else:
        state = model.step(model.input_table()[torch.from_numpy(ids[:, -1])], state)
        h = state[0]
    logs: np.ndarray = torch.log_softmax(model.logits(h).double(), -1).numpy()
    return state, logs


class NameSearch(NamedTuple):
    """The name that a network writes greedily, whether it ended, and what a search
    finds, if anything.

    empty: ln p of an end mark at the start, which writes no name
    """

    greedy: Likely
    ended: bool
    found: Likely | None
    empty: float


def greedy_and_search(
    model: CharRNN, vocab: Vocab, context: int = 0
) -> Iterator[tuple[float, NameSearch | None]]:
    """A network's greedy name, and the most likely name that a search finds: in parts, as (share
    done, result).
    """
    yield 0.0, None
    greedy, ended = greedy_name(model, vocab, context)
    found = None
    for length, best in enumerate(searching(model, vocab, context)):
        found = best
        yield length / LONGEST, None
    yield 1.0, NameSearch(greedy, ended, found, name_log_p(model, vocab, "", context))


def likelier_figures(searched: NameSearch) -> dict[str, Value]:
    """The figures that a lesson asks for of a network that writes. one_in: a
    probability p as 1 / p.

    most_likely: 'greedy' if the search finds no likelier name than greedy writing, else 'other'
    likelier_ratio: how many times as likely the found name is
    """
    greedy, found = searched.greedy, searched.found
    if found is None:
        return {}
    return {
        "greedy_one_in": math.exp(-greedy.log_p),
        "found_one_in": math.exp(-found.log_p),
        "likelier_ratio": math.exp(found.log_p - greedy.log_p),
        "most_likely": "other" if found.log_p > greedy.log_p else "greedy",
    }


# Three symbols in a question


def _three(temperature: float) -> np.ndarray:
    """The probabilities of the three symbols at a temperature. (3,)"""
    return probabilities(THREE, temperature)


def drawn() -> str:
    """The symbol on whose interval the draw of the question falls."""
    return NAMES[int(choose(_three(1.0)[None], np.array([DRAWN]))[0])]


FIGURES: Mapping[str, Callable[[], Value]] = {
    "notebook_names": lambda: ", ".join(NOTEBOOK_NAMES),
    "writing_drawn": drawn,
    "writing_draw": lambda: DRAWN,
    "writing_a": lambda: float(_three(1.0)[0]),
    "writing_s": lambda: float(_three(1.0)[1]),
    "writing_end": lambda: float(_three(1.0)[2]),
    "writing_half": lambda: float(_three(0.5)[0]),
    "writing_half_times": lambda: 0.5 * float(_three(1.0)[0]),
    "writing_cold": lambda: float(_three(COLD)[0]),
    "writing_third": lambda: 1 / len(THREE),
    "writing_top": lambda: float(probabilities(THREE, top_k=2)[0]),
    "writing_top_half": lambda: 1 / 2,
}
