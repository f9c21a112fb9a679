"""Charts: figures that plotly accepts, colours left to the theme, words shown as they are."""

import inspect
import json
import pkgutil
import re
from importlib import import_module

import numpy as np
import pytest
from figures import check_colors, check_plotly_accepts

from dino import charts
from dino.charts import base
from dino.charts import bet_axis as guess_chart
from dino.charts import loss as loss_chart
from dino.charts import name as name_charts
from dino.charts.ends import MOST_LETTERS
from dino.data import Vocab
from dino.locale.sentences import languages

VOCAB = Vocab("abc")
IDS = np.array([1, 2, 0])
PROBS = np.array([[0.1, 0.6, 0.2, 0.1], [0.25, 0.25, 0.25, 0.25], [0.7, 0.1, 0.1, 0.1]])
LEVELS = {"nothing": 3.3, "letters": 2.8, "fours": 1.62, "fives": 1.6, "sixes": 1.59}
CURVE = (np.arange(5), np.array([3.4, 2.5, np.nan, 1.9, 1.8]))
EARLIER = [("Run 1 <b>", (np.array([0, 9]), np.array([3.3, 1.2]))), ("Run 2", CURVE)]


def figures() -> dict[str, base.Figure]:
    labels = VOCAB.labels
    return {
        "loss": loss_chart.loss_curves(
            CURVE, CURVE, LEVELS, 100, evaluated=CURVE, rates=[(0, 0.1), (3, 0.01)], put=str
        ),
        "earlier": loss_chart.loss_curves(CURVE, CURVE, LEVELS, 100, earlier=EARLIER, put=str),
        "loss and bet": loss_chart.with_bet(
            loss_chart.loss_curves(CURVE, CURVE, LEVELS, 100, put=str), "x", 30, str
        ),
        "empty loss": loss_chart.loss_curves(
            (np.empty(0),) * 2, (np.empty(0),) * 2, LEVELS, 100, put=str
        ),
        "probabilities": name_charts.probabilities(PROBS, IDS, labels, ["", "a", "ab"], str),
        "hidden": name_charts.hidden_states(np.zeros((3, 5)), IDS, labels, str),
        "surprise": name_charts.surprise(np.array([0.7, 2.0, np.inf]), IDS, labels, str),
    }


@pytest.mark.parametrize("bet", [0, 30, 50, 70, 100])
def test_the_words_of_a_bet_on_a_step_are_inside_the_axes(bet):
    """The names of the baselines are at the right of the axes, where the words would cover them."""
    curves = loss_chart.loss_curves(CURVE, CURVE, LEVELS, 100, put=str)
    words = loss_chart.with_bet(curves, "x", bet, str)["layout"]["annotations"][-1]
    assert words["x"] == bet and words["xanchor"] == ("left" if bet <= 50 else "right")


def test_the_words_of_a_bet_on_a_loss_are_where_falling_curves_are_not():
    curves = loss_chart.loss_curves(CURVE, CURVE, LEVELS, 100, put=str)
    low, high = curves["layout"]["yaxis"]["range"]
    for share, side in ((0.1, "left"), (0.9, "right")):
        bet = low + share * (high - low)
        words = loss_chart.with_bet(curves, "y", bet, str)["layout"]["annotations"][-1]
        assert (words["y"], words["xanchor"]) == (bet, side)


@pytest.mark.parametrize("name", figures())
def test_plotly_accepts_the_figure_once_its_colours_are_filled_in(name):
    check_plotly_accepts(figures()[name])


@pytest.mark.parametrize("name", figures())
def test_every_colour_comes_from_the_theme(name):
    check_colors(figures()[name])


def test_the_chosen_symbols_are_outlined():
    figure = figures()["probabilities"]
    boxes = [(s["x0"] + 0.5, s["y0"] + 0.5) for s in figure["layout"]["shapes"]]
    assert boxes == [(0, 1), (1, 2), (2, 0)]


def test_the_heatmap_shows_each_probability_under_its_symbol():
    heat = figures()["probabilities"]["data"][0]
    assert np.allclose(np.array(heat["z"]).T, PROBS)
    assert heat["text"][1][0] == "p(a | start) = 0.60"
    assert heat["text"][0][2] == "p(⏎ | ab) = 0.70"


def test_a_mixture_has_the_networks_share_of_each_letter_below_its_column():
    labels, prefixes = VOCAB.labels, ["", "a", "ab"]
    parts = np.array([[0.1, 0.254, 0.3, 1], [0.5, 0.5, 0.75, 0.5], [0.0, 0.9, 0.9, 0.9]])
    own = name_charts.probabilities(PROBS, IDS, labels, prefixes, str)
    mixed = name_charts.probabilities(PROBS, IDS, labels, prefixes, str, from_network=parts)
    heat, row = mixed["data"]
    assert heat["z"] == own["data"][0]["z"] and mixed["layout"]["shapes"] == own["layout"]["shapes"]
    assert row["text"] == ["25", "75", "0"] and row["x"] == [0, 1, 2]
    rows = mixed["layout"]["yaxis"]
    assert rows["ticktext"][row["y"][0]] == "%" and rows["range"][0] > row["y"][0]
    assert heat["text"][3][0].endswith("100 % of it from the network")
    assert "network" not in str(own)
    heard = name_charts.letters_walk(PROBS, IDS, labels, str, 0, parts)["letters"]
    assert heard[0].endswith(" Of its probability, 25 % came from the network.")
    check_plotly_accepts(mixed)
    check_colors(mixed)


def test_labels_of_the_baselines_never_overlap():
    layout = figures()["loss"]["layout"]
    bottom, top = layout["yaxis"]["range"]
    inner = layout["height"] - layout["margin"]["t"] - layout["margin"]["b"]
    places = sorted(a["ay"] for a in layout["annotations"] if a.get("xref") == "paper")
    pixels = np.diff(places) * inner / (top - bottom)
    assert len(places) == len(LEVELS) and pixels.min() > 14


def test_words_of_rates_that_changed_soon_after_each_other_stand_below_each_other():
    rates = [(0, 0.1), (10, 0.2), (12, 0.3), (14, 0.4), (60, 0.5), (95, 0.6)]
    layout = loss_chart.loss_curves(CURVE, CURVE, LEVELS, 100, rates=rates, put=str)["layout"]
    marks = [a for a in layout["annotations"] if a["text"].startswith("rate ")]
    assert [(a["x"], a["yshift"]) for a in marks] == [
        (10, 0),
        (12, -15),
        (14, -30),
        (60, 0),
        (95, 0),
    ]
    assert marks[-1]["xanchor"] == "right"  # right-aligned at the end of the chart


@pytest.mark.parametrize("language", languages().values(), ids=lambda it: it.code)
@pytest.mark.parametrize("height", [260, 270, 300, 400])
def test_the_title_of_the_loss_fits_beside_its_axis(language, height):
    """A letter of 12 pixels is 6.2 wide on average; below the axis is the picture's button."""
    figure = loss_chart.loss_curves(CURVE, CURVE, LEVELS, 100, height=height, put=language.put)
    layout = figure["layout"]
    room = height - layout["margin"]["t"] - layout["margin"]["b"]
    title = layout["yaxis"]["title"]["text"]
    assert "nats" in title and 6.2 * len(title) <= room + layout["margin"]["t"]


def test_what_is_no_number_is_a_gap_and_a_run_gone_wild_is_cut_off():
    assert figures()["loss"]["data"][0]["y"][2] is None
    wild = (np.arange(2), np.array([3.3, 900.0]))
    assert (
        loss_chart.loss_curves(wild, wild, LEVELS, 100, put=str)["layout"]["yaxis"]["range"][1] < 10
    )


def test_where_the_held_out_curve_leaves_the_top_it_is_said_how_far_it_goes():
    def cut(*losses, good=None):
        curve = (10 * np.arange(len(losses)), np.array(losses))
        figure = loss_chart.loss_curves(CURVE, curve, LEVELS, 100, good=good, put=str)
        words = figure["layout"]["annotations"]
        return [(it["text"], it["x"]) for it in words if "↑" in it["text"]]

    assert cut(3.3, 2.0, 8.0) == cut(3.3, np.nan, 2.0) == []
    assert cut(3.3, 2.0, 8.9, 9.07, 8.95) == [("↑ held out: up to 9.07", 20)]
    assert cut(3.3, 2.0, 900.0, good=10) == []  # a diverged run ends before


def test_earlier_runs_lie_behind_in_a_tone_of_their_own_and_are_named_where_the_pointer_is():
    figure = figures()["earlier"]
    *earlier, train, evaluated, val = figure["data"]
    assert [curve["name"] for curve in earlier] == ["Run 1 &lt;b>", "Run 2"]
    tones = {curve["line"]["color"] for curve in earlier}
    dashes = {shape["line"]["color"] for shape in figure["layout"]["shapes"]}
    assert tones == {base.EARLIER} and not tones & {*dashes, base.TRAIN, base.VAL}
    names = [curve["name"] for curve in (train, evaluated, val)]
    assert names == ["train", "train, evaluated", "held out"]
    assert not any(curve["showlegend"] for curve in earlier)
    assert figure["layout"]["hovermode"] == "x unified"


def ends(earlier, steps=100):
    """The name at the end of each earlier curve: its text and where it is."""
    figure = loss_chart.loss_curves(CURVE, CURVE, LEVELS, steps, earlier=earlier, put=str)
    words = figure["layout"]["annotations"]
    return {it["text"]: it for it in words if it["text"].startswith(("Run", "Entrenamiento"))}


def test_each_earlier_curve_has_its_name_at_its_end_and_a_pattern_of_its_own():
    runs = [(f"Run {i}", (np.array([0, 100]), np.array([3.3, 1.7 + i / 100]))) for i in range(5)]
    curves = loss_chart.earlier_curves(runs)
    assert len({curve["line"]["dash"] for curve in curves}) == len(runs)
    found = ends(runs)
    assert list(found) == [name for name, _ in runs]
    assert all(it["xref"] == "paper" and it["x"] == 1 for it in found.values())
    figure = loss_chart.loss_curves(CURVE, CURVE, LEVELS, 100, earlier=runs, put=str)
    beside = sorted(it["ay"] for it in figure["layout"]["annotations"])
    assert len(beside) == len(LEVELS) + len(runs)
    low, high = figure["layout"]["yaxis"]["range"]
    gap = (high - low) / (figure["layout"]["height"] / loss_chart.LINE_HEIGHT)
    assert min(np.diff(beside)) > gap  # no name covers another, of a run or of a line


def test_the_name_of_a_curve_that_ends_early_or_goes_on_beyond_the_chart_is_where_it_ends():
    early, late = (np.array([0, 20]), np.array([3.3, 2.5])), (np.arange(500), np.full(500, 2.4))
    found = ends([("Run 1", early), ("Run 2", late), ("Run 3 · a title <b>", early)])
    assert found["Run 1"]["x"] == 20 and "xref" not in found["Run 1"]
    assert found["Run 2"]["x"] == 1 and found["Run 2"]["y"] == 2.4
    (other,) = set(found) - {"Run 1", "Run 2"}
    assert len(other) <= MOST_LETTERS and other.endswith("…")
    assert {*ends([("Entrenamiento 12 · a title", early)])} == {"Entrenamiento 12"}
    nothing = (np.arange(2), np.full(2, np.nan))
    assert not ends([("Run 4", nothing), ("Run 5", (np.empty(0), np.empty(0)))])


def test_the_training_loss_that_is_measured_like_held_out_is_a_thin_line_of_the_training_colour():
    below = (np.arange(5), np.full(5, 1.0))
    figure = loss_chart.loss_curves(CURVE, CURVE, LEVELS, 100, evaluated=below, put=str)
    train, evaluated, val = figure["data"]
    assert evaluated["y"] == [1.0] * 5 and evaluated["line"]["color"] == train["line"]["color"]
    assert evaluated["line"]["width"] < val["line"]["width"] and "dash" in evaluated["line"]
    assert figure["layout"]["yaxis"]["range"][0] < 1.0  # it has room, too


def test_every_word_of_the_loss_chart_comes_in_the_language_that_is_asked_for():
    words = []

    def put(text):
        words.append(str(text))
        return "«»"

    figure = loss_chart.loss_curves(
        CURVE, CURVE, LEVELS, 100, evaluated=CURVE, rates=[(3, 0.01)], put=put
    )
    layout = figure["layout"]
    shown = [curve["name"] for curve in figure["data"]]
    shown += [mark["text"] for mark in layout["annotations"]]
    shown += [layout[axis]["title"]["text"] for axis in ("xaxis", "yaxis")]
    assert set(shown) == {"«»"} and len(shown) == len(LEVELS) + 6
    assert "rate 0.01" in words and "guessing 3.30" in words


def test_the_strip_has_both_measured_curves_the_moment_and_room_for_its_line():
    figure = loss_chart.loss_strip(CURVE, CURVE, 100, 2, put=str)
    assert [curve["name"] for curve in figure["data"]] == ["train, evaluated", "held out"]
    layout = figure["layout"]
    assert [(mark["x0"], mark["x1"]) for mark in layout["shapes"]] == [(2, 2)]
    assert [mark["text"] for mark in layout["annotations"]] == ["2"]
    whole = loss_chart.loss_curves(CURVE, CURVE, LEVELS, 100, height=270, put=str)
    assert layout["height"] < 0.5 * whole["layout"]["height"]
    assert layout["height"] - layout["margin"]["t"] - layout["margin"]["b"] > 50


@pytest.mark.parametrize(
    "code, steps, words", [("en", 1200, ",d"), ("es", 1200, "d"), ("es", 20_000, ",d")]
)
def test_the_step_axis_writes_thousands_as_sentences_do(code, steps, words):
    put = languages()[code].put
    figure = loss_chart.loss_curves(CURVE, CURVE, LEVELS, steps, put=put)
    assert figure["layout"]["xaxis"]["tickformat"] == words


def test_no_figure_falls_back_on_english_words():
    """Whoever draws one says in which language."""
    found = {}
    for module in pkgutil.iter_modules(charts.__path__, "dino.charts."):
        for name, function in inspect.getmembers(import_module(module.name), inspect.isfunction):
            if "put" in (parameters := inspect.signature(function).parameters):
                found[name] = parameters["put"].default
    assert len(found) > 20
    assert set(found.values()) == {inspect.Parameter.empty}


def test_the_axis_has_room_for_an_earlier_run_that_came_further_down():
    def bottom(earlier):
        figure = loss_chart.loss_curves(CURVE, CURVE, LEVELS, 100, earlier=earlier, put=str)
        return figure["layout"]["yaxis"]["range"][0]

    assert bottom([]) > 1.4 and bottom(EARLIER) < 1.2
    assert bottom([("no number", (np.arange(2), np.full(2, np.nan)))]) == bottom([])


def test_after_a_divergence_the_axis_shows_the_good_part():
    train = (np.arange(1, 8), np.array([3.3, 3.0, 2.9, 2.8, 5.0, 7.0, 8.0]))
    val = (np.array([0, 2, 4, 7]), np.array([3.3, 3.0, 2.8, 2.8]))

    def top(good):
        figure = loss_chart.loss_curves(train, val, LEVELS, 7, good=good, put=str)
        return figure["layout"]["yaxis"]["range"][1]

    assert top(None) > 8 and top(4) == pytest.approx(3.3 + 0.08)


@pytest.mark.parametrize("letter", ["<b>", "&", "<img src=x>"])
def test_words_of_a_user_are_escaped_wherever_plotly_would_read_them_as_html(letter):
    labels = ["⏎", letter, "b", "c"]
    figure = name_charts.probabilities(PROBS, IDS, labels, ["", letter, letter + "b"], str)
    text = json.dumps(figure, ensure_ascii=False)
    assert "<" not in text and re.search(r"&(?!amp;|lt;)", text) is None


def test_of_very_many_symbols_the_taken_and_the_likeliest_have_rows_and_the_rest_one():
    rng = np.random.default_rng(0)
    labels = [f"s{v}" for v in range(200)]
    probs = rng.dirichlet(np.full(200, 0.05), size=5)
    ids = np.array([199, 3, 77, 0, -1])
    figure = name_charts.probabilities(probs, ids, labels, [""] * 5, str)
    (heat,) = figure["data"]
    rows = figure["layout"]["yaxis"]["ticktext"]
    assert len(rows) == len(heat["z"]) == base.MOST_ROWS
    assert {"s199", "s3", "s77", "s0"} <= set(rows) and rows[-1] == "+153"
    assert np.sum(heat["z"], axis=0) == pytest.approx(np.ones(5), abs=0.01)
    for t, box in enumerate(figure["layout"]["shapes"]):
        assert rows[int(box["y0"] + 0.5)] == labels[ids[t]]
    parts = rng.random(probs.shape)
    together = name_charts.probabilities(
        probs[:4], ids[:4], labels, [""] * 4, str, from_network=parts[:4]
    )
    mixed, row = together["data"]
    assert row["text"] == [f"{100 * parts[t, ids[t]]:.0f}" for t in range(4)]
    shown = {int(row[1:]) for row in together["layout"]["yaxis"]["ticktext"][:-2]}
    rest = sorted(set(range(200)) - shown)
    of_rest = (probs * parts)[:4, rest].sum(1) / probs[:4, rest].sum(1)
    assert [it.split(", ")[1].split(" ")[0] for it in mixed["text"][-1]] == [
        f"{100 * it:.0f}" for it in of_rest
    ]
    left_out = set(range(200)) - {int(row[1:]) for row in rows[:-1]}
    assert probs[:, sorted(left_out)].max() <= np.sort(probs.max(0))[-base.MOST_ROWS + 4]


@pytest.mark.parametrize("result", [2.31, 2.31 + 1e-12, 0.0])
def test_a_bet_that_is_right_but_for_rounding_is_drawn_at_the_result(result: float) -> None:
    bet = 2.31 if result else 0.0
    low, high = guess_chart.guesses([("", bet, result)], "nats", str)["layout"]["xaxis"]["range"]
    assert abs(result - bet) < 1e-6 * (high - low) and low < bet < high
    far, end = guess_chart.guesses([("", 1.0, 3.0)], "nats", str)["layout"]["xaxis"]["range"]
    assert far == pytest.approx(0.7) and end == pytest.approx(3.3)


def test_bets_on_near_whole_numbers_have_a_mark_at_each_of_them_and_no_part_of_one() -> None:
    def marks(bet: float, result: float) -> object:
        figure = guess_chart.guesses([("", bet, result)], "letters", str)
        return figure["layout"]["xaxis"].get("dtick")

    assert marks(26.0, 27.0) == marks(5.0, 5.0) == 1
    assert marks(3.3, 3.34) is None  # parts of one are what it is about
    assert marks(26.0, 1372.0) is None  # too many for a mark at each
