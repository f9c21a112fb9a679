"""Charts of the Inside page: figures that plotly accepts, colours and words as in test_charts."""

import json
import re

import numpy as np
import pytest
from figures import check_colors, check_plotly_accepts

from dino.charts import base
from dino.charts import inside as charts_inside
from dino.charts import inside as charts_weights
from dino.charts import loss as loss_chart
from dino.charts import name as name_charts
from dino.charts import reach as charts_memory
from dino.data import Vocab
from dino.locale.sentences import languages

VOCAB = Vocab("abc")
P = np.array([0.1, 0.6, 0.2, 0.1])
LOSSES = charts_memory.LossesByMemory(
    np.array([2.0, 1.8, np.nan]),
    np.array([[1.9, 0.1], [1.7, 0.0], [np.nan, np.nan]]),
    np.array([[2.1, 2.2], [1.9, 1.8], [1.7, 1.7]]),
    1.7,
)
RISES = np.array([[0.01, 0.02], [0.3, 0.05], [np.nan, np.nan]])  # and their errors


def figures(a: str = "a", name: str = "Run 1") -> dict[str, base.Figure]:
    """Every figure of the page; `a` stands for a symbol and `name` for a run's name."""
    labels = ["⏎", a, "b", "c"]
    return {
        "bars": charts_inside.next_symbol(P, labels, a + "b", chosen=1, put=str),
        "paired bars": charts_inside.next_symbol_of_two(P, P[::-1], (name, "other"), labels, str),
        "strips": charts_inside.strips({"h": np.array([0.5, -2.0, 0]), "sum": np.zeros(3)}, 1, str),
        "loss_by_memory": charts_memory.loss_by_memory(
            LOSSES, {"letters": (0, 2.8), "pairs": (1, 2.1)}, 2, str
        ),
        "unit_importance": charts_inside.unit_importance([1, 0, 2], RISES, 1, [0], str),
        "by letter": charts_inside.mean_by_letter(
            np.array([np.nan, 0.5, -0.5, 0, 0.1]), [*labels, "start"], str
        ),
        "gradient": charts_memory.gradient(
            {name: np.array([1.0, 0.1, 0.0]), f"{name}, c": np.array([2.0])}, "(h or c)", str
        ),
        "weights": charts_weights.weights(np.array([[1.0, -2.0]]), [a], ["0", "1"], ("x", "y")),
        "letter map": charts_weights.letter_map(
            np.arange(8.0).reshape(4, 2), labels, [1], 7.0, np.array([0.5, 0.25]), str
        ),
        "windows": charts_memory.probs_by_memory(np.tile(P, (3, 1)), a + "bcb", labels, 2, str),
        "apart": charts_inside.disagreement(np.array([0.1, 0.9]), [a, "?"], str),
        "moment": loss_chart.loss_strip(
            (np.arange(3), np.ones(3)), (np.arange(3), np.ones(3)), 100, 50, put=str
        ),
        "open end": name_charts.probabilities(
            np.tile(P, (2, 1)), np.array([1, -1]), labels, ["", a], str
        ),
    }


def test_the_size_of_a_gradient_is_named_in_the_language_of_the_page():
    for code, loss in (("en", "loss"), ("es", "pérdida")):
        figure = charts_memory.gradient({"": np.array([1.0])}, "h", languages()[code].put)
        assert f"∂{loss}<sub>t</sub>" in figure["layout"]["yaxis"]["title"]["text"]


def test_a_network_that_sees_one_letter_has_no_line_of_longer_memories():
    one = LOSSES._replace(restarted=LOSSES.restarted[:1], trained=None)
    figure = charts_memory.loss_by_memory(one, {"pairs": (1, 2.1)}, 0, str)
    assert [line["name"] for line in figure["data"]] == [
        "counting what follows k letters",
        "another name's past",
    ]
    assert figure["layout"]["xaxis"]["tickvals"] == [1, 2, 3]


def test_a_picture_of_one_row_has_room_for_the_numbers_of_its_colour_bar():
    one, three, four = (
        charts_memory.probs_by_memory(np.tile(P, (k, 1)), "abcb", ["⏎", "a", "b", "c"], None, str)
        for k in (1, 3, 4)
    )
    heights = [figure["layout"]["height"] for figure in (one, three, four)]
    assert heights[0] == heights[1] < heights[2]


@pytest.mark.parametrize("name", figures())
def test_plotly_accepts_the_figure_once_its_colours_are_filled_in(name):
    check_plotly_accepts(figures()[name])


@pytest.mark.parametrize("name", figures())
def test_every_colour_comes_from_the_theme(name):
    check_colors(figures()[name])


@pytest.mark.parametrize("name", figures())
def test_axes_are_named(name):
    layout = figures()[name]["layout"]
    titles = [layout[axis]["title"]["text"] for axis in ("xaxis", "yaxis")]
    shows_it = [layout[axis].get("ticktext") is not None for axis in ("xaxis", "yaxis")]
    assert all(title or ticks for title, ticks in zip(titles, shows_it, strict=True))


@pytest.mark.parametrize("name", figures())
def test_what_shows_a_figure_has_a_hover_value(name):
    for trace in figures()[name]["data"]:
        assert trace.get("text") or trace.get("hovertext") or trace.get("hovertemplate")


@pytest.mark.parametrize("letter", ["<b>", "&", "<img src=x>"])
def test_words_of_a_user_are_escaped_wherever_plotly_would_read_them_as_html(letter):
    for name, figure in figures(letter, f"Run {letter}").items():
        text = json.dumps(figure, ensure_ascii=False)
        for ours in ("<sub>", "</sub>", "<extra></extra>"):
            text = text.replace(ours, "")
        assert "<" not in text and re.search(r"&(?!amp;|lt;)", text) is None, name


def test_a_window_shows_what_the_memory_cuts_off():
    sides = figures()["windows"]["layout"]["yaxis"]["ticktext"]
    assert sides == ["···b", "··cb", "·bcb"]


def test_the_open_end_has_a_question_mark_and_no_outline():
    layout = figures()["open end"]["layout"]
    assert layout["xaxis"]["ticktext"] == ["a", "?"]
    assert len(layout["shapes"]) == 1


def test_signed_weights_are_centred_at_zero():
    heat = figures()["weights"]["data"][0]
    assert (heat["zmin"], heat["zmax"]) == (-2, 2)


def test_a_gradient_of_nothing_is_a_gap_on_the_log_axis():
    assert figures()["gradient"]["data"][0]["y"] == [1.0, 0.1, None]
