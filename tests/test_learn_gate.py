"""The exercise of one LSTM unit, and what a forget gate leaves."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn

from dino.lessons import figures_gate as gate
from dino.lessons.figures import figure

FOUND = gate.unit_exercise()


def solved(digits: int | None = None, by_table: bool = False) -> list[tuple[float, ...]]:
    """f, i, g, o, c and h after each letter by the formulas, rounded on the way or not."""

    def cut(x: float) -> float:
        return x if digits is None else round(x + math.copysign(1e-9, x), digits)

    def tanh(x: float) -> float:
        xs, ys = np.array(FOUND.tanh).T
        found = float(np.interp(abs(x), xs, ys.round(3)))
        return math.copysign(found, x) if by_table else math.tanh(x)

    c, h, rows = 0.0, 0.0, []
    for weights in gate.W_XH:
        sums = [w + u * h + b for w, u, b in zip(weights, gate.W_HH, gate.B_H, strict=True)]
        i, f, o = (cut(1 / (1 + math.exp(-sums[j]))) for j in (0, 1, 3))
        g = cut(tanh(cut(sums[2])))
        c = cut(f * c + i * g)
        h = cut(o * cut(tanh(c)))
        rows.append((f, i, g, o, c, h))
    return rows


def test_the_exercise_is_solved_as_by_its_formulas_in_float64() -> None:
    assert FOUND.cells.dtype == FOUND.gates.dtype == np.float64
    for t, (f, i, g, o, c, h) in enumerate(solved()):
        np.testing.assert_allclose(FOUND.gates[t], (i, f, g, o), atol=1e-14)
        np.testing.assert_allclose((FOUND.cells[t], FOUND.states[t]), (c, h), atol=1e-14)


def test_pytorchs_own_lstm_agrees() -> None:
    cell = nn.LSTMCell(3, 1).double()
    with torch.no_grad():
        cell.weight_ih.copy_(torch.tensor(gate.W_XH).double().T)
        cell.weight_hh.copy_(torch.tensor(gate.W_HH).double()[:, None])
        cell.bias_ih.copy_(torch.tensor(gate.B_H).double())
        cell.bias_hh.zero_()
        state = (torch.zeros(1, 1).double(), torch.zeros(1, 1).double())
        for t, letter in enumerate(torch.eye(3).double()):
            state = cell(letter[None], state)
            assert float(state[0]) == pytest.approx(float(FOUND.states[t]), abs=1e-14)
            assert float(state[1]) == pytest.approx(float(FOUND.cells[t]), abs=1e-14)


def test_the_given_weights_have_one_decimal_and_two_letters_are_kept_and_one_erased() -> None:
    for weights in (FOUND.W_xh, FOUND.W_hh, FOUND.b_h):
        np.testing.assert_array_equal(weights, weights.round(1))
    forget = FOUND.gates[:, gate.BLOCKS.index("f")]
    assert (forget[:2] > 0.9).all() and forget[2] < 0.1
    assert (np.abs(FOUND.sums[:, 2]) <= max(x for x, _ in FOUND.tanh)).all()
    others = np.abs(FOUND.sums[:, [0, 1, 3]])
    assert set(others.ravel().tolist()) <= {x for x, _ in FOUND.sigma}  # nothing in between


@pytest.mark.parametrize("by_table", [False, True])
def test_whoever_rounds_to_two_decimals_on_the_way_gets_the_same_answers(by_table: bool) -> None:
    for exact, rounded in zip(solved(), solved(2, by_table), strict=True):
        assert [round(it, 2) for it in exact] == pytest.approx(rounded, abs=1e-9)


def test_wrong_answers_are_what_the_wrong_sums_give() -> None:
    (f1, i1, g1, o1, c1, h1), (f2, i2, g2, _, c2, _), (f3, i3, g3, _, c3, _) = solved()
    wrong = {
        "c1_sigmoid": i1 / (1 + math.exp(-1.5)),
        "h1_linear": o1 * c1,
        "h1_open": math.tanh(c1),
        "c2_kept_only": f2 * c1,
        "c2_added_only": i2 * g2,
        "c2_open": f2 * c1 + g2,
        "c2_turned": (1 - f2) * c1 + i2 * g2,
        "c3_added_only": i3 * g3,
        "c3_turned": (1 - f3) * c2 + i3 * g3,
    }
    for name, value in wrong.items():
        assert figure(f"gate_{name}") == pytest.approx(value), name
    assert (figure("gate_c3"), figure("gate_h1")) == (pytest.approx(c3), pytest.approx(h1))
    assert f1 == pytest.approx(f2)


def test_a_forget_gate_leaves_a_power_of_itself() -> None:
    for bias in gate.BIASES:
        kept = 1.0
        for _ in range(gate.LETTERS):
            kept *= 1 / (1 + math.exp(-bias))
        assert figure(f"gate_left_{bias}") == pytest.approx(kept)
    assert gate.left(3, 14) == pytest.approx(0.5, abs=0.01)  # a reply says so
    assert (gate.left_share(1), gate.left_share(3)) == ("less", "tenth")
    assert (gate.left_share(9), gate.left_share(2)) == ("half", "thousandth")
    assert gate.left(1, 3) < 0.5 < gate.left(1, 2) < 0.55
