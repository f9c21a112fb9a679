"""How a run's newest name was written, in few bytes, for the picture of the network that writes.

It takes a byte for each hidden unit, symbol and step. With 512 units, 200 symbols and 30 steps that
is less than 30 kB as JSON. A page gets it in a frame and draws what the network computed.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

MOST_STEPS = 30  # longer names are cut
ALL_SYMBOLS = 40  # if a list has more, only the most probable ones of each step are packed
MOST_SYMBOLS = 12


@dataclass(frozen=True, eq=False)
class PackedTrace:
    """One name, letter by letter, in T steps; an end mark is one of them.

    step: that of the weights that wrote it; name: without what was cut; finished: False if it was
    cut; units: H
    ids: the symbol taken at each step; draws: the random number in [0, 1) that chose it; within:
    where in the symbol's interval of [0, 1) the draw fell, 0 to 1
    state: T·H bytes as base64, step by step: round(127 h) + 128
    probs: T·K bytes as base64: round(255 p), for all symbols in the dictionary's order, or for
    those in `shown`
    shown: T·12 symbol numbers as base64, the most probable first, the taken one always among them;
    None for all symbols
    """

    step: int
    name: str
    finished: bool
    units: int
    ids: tuple[int, ...]
    draws: tuple[float, ...]
    within: tuple[float, ...]
    state: str
    probs: str
    shown: str | None

    @property
    def nbytes(self) -> int:
        """About how many bytes it takes in memory."""
        texts = len(self.state) + len(self.probs) + len(self.shown or "")
        return texts + 100 * len(self.ids) + 1000

    def as_json(self, symbols: Sequence[str]) -> dict[str, Any]:
        """All of it for JSON, with the dictionary as pages show it."""
        return {
            "step": self.step,
            "name": self.name,
            "finished": self.finished,
            "units": self.units,
            "symbols": list(symbols),
            "ids": list(self.ids),
            "draws": list(self.draws),
            "within": list(self.within),
            "state": self.state,
            "probs": self.probs,
            "shown": self.shown,
        }


def pack_trace(
    step: int,
    name: str,
    ids: np.ndarray,
    probs: np.ndarray,
    hidden: np.ndarray,
    draws: np.ndarray,
    finished: bool,
) -> PackedTrace:
    """Pack the first steps of a name.

    ids (T,): the symbols taken; probs (T, V); h (T, H): the states; draws (T,): the random numbers
    name, finished: as they are after `MOST_STEPS`
    """
    ids = ids[:MOST_STEPS]
    probs, hidden = np.nan_to_num(probs[: len(ids)]), np.nan_to_num(hidden[: len(ids)])
    draws, shown = draws[: len(ids)], None
    # From the complete probabilities, before only some are kept.
    within = _places_within(ids, probs, draws)
    if probs.shape[1] > ALL_SYMBOLS:
        chosen = _most_probable(ids, probs)
        probs, shown = np.take_along_axis(probs, chosen, axis=1), _as_text(chosen)
    return PackedTrace(
        step,
        name,
        finished,
        hidden.shape[1],
        tuple(ids.tolist()),
        tuple(np.round(draws, 4).tolist()),
        tuple(np.round(within, 2).tolist()),
        _as_text(np.rint(127 * hidden.clip(-1, 1)) + 128),
        _as_text(np.rint(255 * probs)),
        shown,
    )


def _places_within(ids: np.ndarray, probs: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """How far into the taken symbol's interval of [0, 1) each draw falls: 0 to 1. (T,)"""
    edges, rows = probs.cumsum(axis=1, dtype=np.float64), np.arange(len(ids))
    taken = probs[rows, ids]
    into = draws * edges[:, -1] - (edges[rows, ids] - taken)
    shares = np.divide(into, taken, out=np.zeros(len(ids)), where=taken > 0)
    places: np.ndarray = shares.clip(0, 1)
    return places


def _most_probable(ids: np.ndarray, probs: np.ndarray) -> np.ndarray:
    """The most probable symbols of each step, the most probable first. (T, V) -> (T, 12)

    If the taken symbol is not among them, it replaces the last one.
    """
    order = np.argsort(-probs, axis=1, kind="stable")[:, :MOST_SYMBOLS]
    is_missing = (order != ids[:, None]).all(axis=1)
    order[is_missing, -1] = ids[is_missing]
    return order


def _as_text(numbers: np.ndarray) -> str:
    return b64encode(numbers.astype(np.uint8).tobytes()).decode()
