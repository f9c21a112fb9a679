"""The strongest weights of one hidden unit: where it reads from, and where it writes to.

Letters used for shapes: V symbols, H hidden units, G gates, P weights.
"""

from __future__ import annotations

from typing import NamedTuple

from dino.config import GATES
from dino.locale.sentences import Refusal, sentence
from dino.run import Run, Snapshot

CANDIDATES = {"rnn": "", "gru": "n", "lstm": "g"}


class UnitWeight(NamedTuple):
    """One weight of a unit, and its other end.

    end: 'reads' from a symbol (W_xh), 'from' a unit's last state (W_hh), 'to' a
    symbol's score (W_hy)
    place: the number of that symbol or unit
    """

    end: str
    place: int
    weight: float


class UnitWeights(NamedTuple):
    """The strongest weights of one unit, the strongest first.

    step: that of the weights; candidate: in a cell with gates, the block of these W_xh and W_hh
    ('n' or 'g'); '' for a cell without gates
    """

    step: int
    unit: int
    candidate: str
    strongest: list[UnitWeight]


def strongest_weights(run: Run, symbols: int, step: int, unit: int, most: int = 20) -> UnitWeights:
    """The weights of a unit with the largest absolute values, at a moment of a run.

    symbols: V; step: the moment that is shown. If its weights are not kept, the nearest moment with
    weights is used. Raises ValueError if the run has none, or not this unit.
    """
    config, moment = run.config, nearest_moment(run, step)
    H, V, GH = config.hidden_size, symbols, GATES[config.cell] * config.hidden_size
    if not 0 <= unit < H:
        raise Refusal(
            sentence(
                "The units of this network are numbered 0 to {last}, so there is no unit "
                "{unit}. Point at another unit.",
                last=H - 1,
                unit=unit,
            )
        )
    if moment is None or moment.weights is None:
        raise Refusal(
            sentence("The weights of this run were discarded to free memory. Train it again.")
        )
    w = moment.weights  # W_xh (V, G·H), W_hh (H, G·H), b_h (G·H), W_hy (H, V), b_y (V)
    column = unit if config.cell == "rnn" else 2 * H + unit  # the candidate is the third block
    reads = w[column : V * GH : GH]
    comes_from = w[V * GH + column : (V + H) * GH : GH]
    first = (V + H + 1) * GH + unit * V
    ends = {"reads": reads, "from": comes_from, "to": w[first : first + V]}
    found = [
        UnitWeight(end, place, weight)
        for end, weights in ends.items()
        for place, weight in enumerate(weights.tolist())
    ]
    found.sort(key=lambda it: -abs(it.weight))
    return UnitWeights(moment.step, unit, CANDIDATES[config.cell], found[:most])


def nearest_moment(run: Run, step: int) -> Snapshot | None:
    """The moment with weights nearest to a step, the later of two; None if there is none."""
    moments = [moment for moment in run.moments if moment.weights is not None]
    return min(moments, key=lambda it: (abs(it.step - step), -it.step), default=None)
