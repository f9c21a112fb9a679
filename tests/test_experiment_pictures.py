"""An experiment's pictures: what they show of planted losses, and what is said of them."""

from __future__ import annotations

import json
import math
import re

import numpy as np
import pytest
from figures import check_colors, check_plotly_accepts
from hypothesis import given
from hypothesis import strategies as st
from sources import ROOT

from dino.charts import base
from dino.charts import factors as charts
from dino.charts.bet_axis import Belief, bell, bet_and_result, difference_range
from dino.charts.factors import MISSING, MOST_LEVELS
from dino.config import DEFAULT
from dino.difference import Difference
from dino.experiments.bet import Bet
from dino.experiments.picture_arrays import bands, belief_of, grid_of, ladders, means_of
from dino.experiments.picture_sentences import (
    band_sentences,
    bet_picture_sentences,
    grid_sentences,
    ladder_sentences,
)
from dino.experiments.plan import LADDER, make_plan
from dino.experiments.verdict import judge
from dino.locale.sentences import ENGLISH, languages

put = ENGLISH.put
OPTIMIZERS = make_plan(DEFAULT, ["optimizer=sgd,adam"])
RATES = make_plan(DEFAULT, ["learning_rate=0.3,0.001,0.03,0.1"])
SIZES = make_plan(DEFAULT, ["cell=rnn,gru", "hidden_size=16,32,64"])
SIZE_AND_RATE = make_plan(DEFAULT, ["hidden_size=16,32", "learning_rate=0.001,0.01,0.1"])


def noise(plan, seed=0):
    return np.random.default_rng(seed).normal(0, 0.01, plan.shape)


def planted(plan, best):
    """A U over each level's rates, lowest at the rate of this index: (log rate − log best)²."""
    rates = np.log(np.array(plan.rates))
    lowest = rates[np.arange(len(rates)), best][:, None]
    return (2.0 + (rates - lowest) ** 2)[..., None, None] + np.zeros(plan.shape)


def said(sentences):
    return " ".join(put(it) for it in sentences)


def contrast(one, other):
    """The contrast ratio of two colours, #rrggbb (WCAG 2)."""

    def luminance(color):
        parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def figures():
    losses = planted(OPTIMIZERS, [1, 4]) + noise(OPTIMIZERS)
    sizes = 2 + noise(SIZES)
    gone = sizes.copy()
    gone[2, 0, 1, 1] = np.nan
    curves = [(i % 2, range(0, 60, 10), np.linspace(3, 2, 6) + i / 50) for i in range(6)]
    bet, found = Belief(0.03, 0.02), Difference(0.05, 0.01, 3, enough=2)
    nothing = np.full(OPTIMIZERS.shape, np.nan)
    return {
        "ladder": charts.ladder(ladders(OPTIMIZERS, losses), put),
        "one ladder": charts.ladder(ladders(RATES, planted(RATES, [0] * 4)), put),
        "no loss yet": charts.ladder(ladders(OPTIMIZERS, nothing), put),
        "grid": charts.grid(grid_of(SIZES, sizes), put),
        "grid with a gap": charts.grid(grid_of(SIZES, gone), put),
        "empty grid": charts.grid(grid_of(SIZES, np.full(SIZES.shape, np.nan)), put),
        "band": charts.band(bands(OPTIMIZERS, curves), put),
        "no band": charts.band([], put),
        "bet": bet_and_result(bet, None, "A", "B", put),
        "both": bet_and_result(bet, found, "A", "B", put),
        "result": bet_and_result(None, found, "A", "B", put),
    }


@pytest.mark.parametrize("name", figures())
def test_plotly_accepts_the_figure_and_its_colours_come_from_the_theme(name):
    check_plotly_accepts(figures()[name])
    check_colors(figures()[name])


# ---- curves over learning rates


@given(st.integers(0, len(LADDER) - 1), st.integers(0, len(LADDER) - 1))
def test_a_planted_u_finds_its_best_rate(first, second):
    found = ladders(OPTIMIZERS, planted(OPTIMIZERS, [first, second]))
    assert [it.best for it in found] == [first, second]
    assert [it.rates[it.best] for it in found] == [
        OPTIMIZERS.rates[0][first],
        OPTIMIZERS.rates[1][second],
    ]
    for it, line in zip(found, charts.ladder(found, put)["data"], strict=True):
        colors = line["marker"]["color"]
        assert [i for i, color in enumerate(colors) if color != base.GROUND] == [it.best]
        lowest = int(np.argmin(line["y"]))
        assert lowest == it.best and line["y"][lowest] == 2.0
        rate = put(charts.rate_sentence(it.rates[it.best]))
        assert f"lowest mean loss is 2.000 ± 0.000, at a learning rate of {rate}." in said(
            ladder_sentences(found, 3, 3)
        )


def test_rates_that_are_varied_alone_make_one_curve_in_their_order():
    losses = 2 + np.array([0.3, 0.1, 0.0, 0.2])[:, None, None, None] + np.zeros(RATES.shape)
    (found,) = ladders(RATES, losses)
    assert found.rates.tolist() == [0.001, 0.03, 0.1, 0.3]
    assert found.means.tolist() == pytest.approx([2.1, 2.0, 2.2, 2.3])
    assert put(found.name) == "Learning rate" and found.best == 1
    figure = charts.ladder([found], put)
    assert not figure["layout"]["showlegend"] and figure["layout"]["xaxis"]["type"] == "log"


def test_levels_at_one_rate_make_no_curve():
    assert ladders(SIZES, 2 + noise(SIZES)) == []


def test_a_bar_is_the_standard_error_over_the_splits():
    losses = 2 + noise(OPTIMIZERS)
    means, errors = means_of(losses)
    cells = losses.mean(-1)
    assert np.allclose(means, losses.mean((2, 3)))
    assert np.allclose(errors, cells.std(-1, ddof=1) / math.sqrt(3))
    _, none = means_of(losses[:, :, :1])
    assert np.isnan(none).all()
    assert "standard error" not in said(ladder_sentences(ladders(OPTIMIZERS, losses), 1, 3))


def test_a_rate_with_a_member_missing_has_no_point_and_is_nobodys_best():
    losses = planted(OPTIMIZERS, [2, 2])
    losses[0, 2, 1, 1] = np.nan
    losses[1, 0, 0, 0] = np.inf
    found = ladders(OPTIMIZERS, losses)
    assert found[0].best in (1, 3) and found[1].best == 2
    assert np.flatnonzero(np.isnan(found[0].means)).tolist() == [2]
    assert charts.ladder(found, put)["data"][0]["y"][2] is None
    assert "2 points are not drawn" in said(ladder_sentences(found, 3, 3))
    assert [it.best for it in found] == list(judge(losses).rates)


@pytest.mark.parametrize("losses", [np.full(OPTIMIZERS.shape, np.nan), np.empty((2, 5, 0, 1))])
def test_before_there_is_a_loss_nothing_is_called_the_lowest(losses):
    found = ladders(OPTIMIZERS, losses)
    assert [it.best for it in found] == [None, None]
    words = said(ladder_sentences(found, 3, 3))
    assert "SGD: no learning rate has a mean yet." in words and "10 points are not drawn" in words


def test_of_many_levels_the_lowest_are_drawn_each_in_a_style_of_its_own():
    plan = make_plan(
        DEFAULT, [f"hidden_size={','.join(map(str, range(4, 18)))}", "learning_rate=0.01,0.1"], 1, 2
    )
    losses = 2 + np.arange(14)[::-1, None, None, None] / 10 + np.zeros(plan.shape)
    found = ladders(plan, losses)
    assert [put(it.name) for it in found] == [f"Hidden size {n}" for n in range(8, 18)]
    lines = charts.ladder(found, put)["data"]
    assert len({(it["line"]["color"], it["line"]["dash"]) for it in lines}) == MOST_LEVELS
    assert "Of 14 levels, the 10 with the lowest" in said(ladder_sentences(found, 2, 1, 14))


# ---- the grid


@pytest.mark.parametrize("plan", [SIZES, SIZE_AND_RATE])
def test_a_cell_has_the_mean_of_its_pair_of_levels(plan):
    losses = 2 + noise(plan)
    grid = grid_of(plan, losses)
    rows, columns = plan.factors
    expected = losses.mean((2, 3)).reshape(len(rows.levels), len(columns.levels))
    assert np.allclose(grid.means, expected) and grid.rates is None
    figure = charts.grid(grid, put)
    words = {(it["y"], it["x"]): it["text"] for it in figure["layout"]["annotations"]}
    assert words == {place: f"{mean:.3f}" for place, mean in np.ndenumerate(expected)}
    assert put(grid.rows) in figure["layout"]["title"]["text"]
    best = np.unravel_index(expected.argmin(), expected.shape)
    (box,) = figure["layout"]["shapes"]
    assert (box["y0"] + 0.5, box["x0"] + 0.5) == best == grid.best
    assert f"{expected.min():.3f}." in said(grid_sentences(grid, 9))


def test_a_cell_of_several_rates_is_taken_at_its_best_one():
    plan = make_plan(DEFAULT, ["optimizer=sgd,adam", "hidden_size=16,32"])
    best = [0, 1, 2, 3]
    grid = grid_of(plan, planted(plan, best))
    assert np.allclose(grid.means, 2.0)
    rates = [level[i] for level, i in zip(plan.rates, best, strict=True)]
    assert np.array_equal(grid.rates.ravel(), rates)
    assert "the learning rate with its lowest mean loss" in said(grid_sentences(grid, 9))
    assert "at learning rate" in charts.grid(grid, put)["data"][0]["text"][0][0]


def test_a_cell_with_a_member_missing_is_blank():
    losses = 2 + noise(SIZES)
    losses[4, 0, 2, 0] = np.nan
    grid = grid_of(SIZES, losses)
    figure = charts.grid(grid, put)
    assert [it["text"] for it in figure["layout"]["annotations"]].index(MISSING) == 4
    assert figure["data"][0]["z"][1][1] is None
    assert "1 cell has … because at least one" in said(grid_sentences(grid, 9))
    assert "No cell has a mean yet." in said(
        grid_sentences(grid_of(SIZES, np.full(SIZES.shape, np.nan)), 9)
    )


def test_one_factor_makes_no_grid():
    assert grid_of(OPTIMIZERS, 2 + noise(OPTIMIZERS)) is None


def theme(kind, name):
    """An option of the theme: a colour, or a list of them."""
    text = (ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    part = text.split(f"[theme.{kind}]")[1].split("\n[")[0]
    found = re.findall(r"#[0-9a-f]{6}", re.search(rf"^{name} = (.*)$", part, re.M).group(1))
    return found


@pytest.mark.parametrize("kind", ["light", "dark"])
def test_a_number_is_readable_on_every_colour_of_the_grid(kind):
    """A contrast of 4.5, as WCAG 2 asks of small text."""
    scale, (text,) = theme(kind, "chartSequentialColors"), theme(kind, "textColor")
    heat = figures()["grid"]["data"][0]
    z = np.array(heat["z"])
    places = (z - heat["zmin"]) / (heat["zmax"] - heat["zmin"]) * (len(scale) - 1)
    for place in [*places.ravel().tolist(), (len(scale) - 1) / 2]:
        below, share = int(place), place - int(place)
        pair = [
            [int(color[i : i + 2], 16) for i in (1, 3, 5)]
            for color in (scale[below], scale[min(below + 1, len(scale) - 1)])
        ]
        mixed = [round(a + share * (b - a)) for a, b in zip(*pair, strict=True)]
        assert contrast(text, "#" + "".join(f"{c:02x}" for c in mixed)) >= 4.5
    assert {it["font"]["color"] for it in figures()["grid"]["layout"]["annotations"]} == {base.TEXT}


# ---- bands


def test_the_band_of_equal_runs_has_no_width():
    losses = [3.0, 2.5, 2.25]
    (found,) = bands(OPTIMIZERS, [(1, (0, 10, 20), losses)] * 4)
    assert put(found.name) == "Adam" and found.members == 4
    assert found.low.tolist() == found.mean.tolist() == found.high.tolist() == losses
    assert "Adam: 4 members, 2.250 ± 0.000 after update 20." in said(band_sentences([found]))


@given(st.integers(2, 6), st.integers(0, 2**32 - 1))
def test_a_band_is_one_standard_deviation_of_its_members_on_both_sides(members, seed):
    losses = np.random.default_rng(seed).normal(2, 0.1, (members, 7))
    (found,) = bands(OPTIMIZERS, [(0, range(7), row) for row in losses])
    assert np.allclose(found.mean, losses.mean(0))
    assert np.allclose(found.high - found.mean, losses.std(0, ddof=1))
    assert np.allclose(found.mean - found.low, losses.std(0, ddof=1))
    figure = charts.band([found], put)
    (line,), (shape,) = figure["data"], figure["layout"]["shapes"]
    assert line["y"] == base.numbers(found.mean)
    corners = np.array([point.split(",") for point in shape["path"][2:-2].split(" L ")], float)
    assert corners[:7, 0].tolist() == corners[:6:-1, 0].tolist() == list(range(7))
    assert np.allclose(corners[:7, 1], found.high, atol=1e-5)
    assert np.allclose(corners[:6:-1, 1], found.low, atol=1e-5)


def test_steps_are_written_as_in_sentences():
    curves = [(0, (0, 1200), (3.0, 2.0))]
    for language, wanted in ((ENGLISH, ",d"), (languages()["es"], "d")):
        axis = charts.band(bands(OPTIMIZERS, curves), language.put)["layout"]["xaxis"]
        assert axis["tickformat"] == wanted
    short = charts.band(bands(OPTIMIZERS, [(0, (0, 60), (3.0, 2.0))]), put)["layout"]["xaxis"]
    assert "tickformat" not in short


def test_a_band_ends_where_a_member_ends_or_has_no_loss():
    whole = (0, (0, 10, 15, 20, 30), (3.0, 2.5, 2.4, 2.3, 2.2))  # paused at 15
    short = (0, (0, 10, 20), (3.0, 2.6, 2.5))
    wild = (0, (0, 10, 20, 30), (3.0, 2.6, math.nan, 9.0))
    (found,) = bands(OPTIMIZERS, [whole, short])
    assert found.steps.tolist() == [0, 10, 20]
    (found,) = bands(OPTIMIZERS, [whole, wild])
    assert found.steps.tolist() == [0, 10]
    (alone,) = bands(OPTIMIZERS, [whole])
    assert alone.low.tolist() == alone.high.tolist() == list(whole[2])
    assert "With a single member there is no spread" in said(band_sentences([alone]))
    assert "No member has a held-out curve yet." in said(band_sentences([]))


# ---- the bet


@given(st.floats(0, 0.5), st.floats(0.001, 0.5), st.floats(-0.5, 0.5), st.floats(0, 0.3))
def test_the_axis_of_a_bet_has_room_for_the_bet_the_result_and_zero(mean, spread, result, error):
    bet, found = Belief(mean, spread), Difference(result, error, 3)
    for shown in ((bet, found), (bet, None), (None, found)):
        low, high = difference_range(*shown)
        inside = [0.0]
        inside += [mean - spread, mean + spread] if shown[0] else []
        inside += [result - error, result + error] if shown[1] else []
        assert low < min(inside) and max(inside) < high
    small = Belief(mean / 10, spread / 100)  # before there is a result a hill has room to change
    assert difference_range(small, None) == difference_range(Belief(0.03, 0.03), None)
    x, y = bell(bet)
    assert y.max() == 1.0 and x[y.argmax()] == pytest.approx(mean)
    assert np.interp(mean + spread, x, y) == pytest.approx(math.exp(-0.5), abs=1e-6)


def test_a_bet_lies_beside_its_result_seen_from_its_side():
    losses = np.random.default_rng(0).normal(2, 0.001, (2, 1, 3, 3))
    losses[1] += 0.1
    bet = Bet(1, 0, 0.03, 0.02)
    found = bet.result(judge(losses))
    assert found.lower_by == pytest.approx(-0.1, abs=0.01) and found.is_clear
    figure = bet_and_result(belief_of(bet), found, "<b>A", "B", put)
    hill, point = figure["data"]
    assert hill["x"][int(np.argmax(hill["y"]))] == pytest.approx(0.03)
    assert point["x"] == [found.lower_by]
    assert point["error_x"]["array"] == [found.error]
    *_, zero = figure["layout"]["shapes"]
    assert zero["x0"] == zero["x1"] == 0
    assert json.dumps(figure).count("<") == json.dumps(figure).count("<br>") == 1
    words = [it["text"] for it in figure["layout"]["annotations"]]
    assert words == ["no difference", "your bet", "result"]
    # The label of 0 begins at it where 0 is at the left end, or a phone would cut it.
    anchors = [
        bet_and_result(None, found._replace(lower_by=it), "A", "B", put)["layout"]["annotations"]
        for it in (0.4, -0.4)
    ]
    assert [zero["xanchor"] for zero, *_ in anchors] == ["left", "right"]
    open_ = bet_and_result(None, found._replace(limit=math.inf), "A", "B", put)
    assert "result: too close to call" in json.dumps(open_)
    assert bet.result(judge(losses[:, :, :1])) is None
    assert len(bet_picture_sentences(belief_of(bet), found)) == 2


def test_every_sentence_is_in_spanish_too():
    es = languages()["es"].put
    losses = planted(OPTIMIZERS, [1, 4])
    losses[0, 0] = np.nan
    grid = grid_of(SIZES, np.full(SIZES.shape, np.nan))
    found = [
        *ladder_sentences(ladders(OPTIMIZERS, losses), 3, 3, 2),
        *grid_sentences(grid, 9),
        *band_sentences(bands(OPTIMIZERS, [(0, (0, 1), (2.0, 1.0))])),
        *bet_picture_sentences(Belief(0.1, 0.1), Difference(0.1, 0.1, 3)),
    ]
    assert not [it for it in found if put(it) == es(it)]
