"""Charts of the Data page: figures that plotly accepts, colours and words as in test_charts."""

import json
import re

import numpy as np
import pytest
from figures import check_colors, check_plotly_accepts

from dino.charts import base
from dino.charts import name_list as charts_data
from dino.locale.sentences import Text

COUNTS = np.array([[0, 0, 0, 0], [1, 2, 0, 0], [3, 0, 0, 1], [0, 0, 4, 0], [0, 2, 3, 0]])


def figures(a: str = "a") -> dict[str, base.Figure]:
    """Every figure of the page; `a` stands for a symbol."""
    labels = ["⏎", a, "b", "c"]
    return {
        "frequencies": charts_data.frequencies(
            np.array([4, 3, 2, 1]), np.array([0, 1, 2, 3]), labels, str
        ),
        "pairs": charts_data.pairs(COUNTS, labels, str),
        "lengths": charts_data.lengths(np.array([0, 1, 5, 2]), str),
        "one hot": charts_data.one_hot(np.eye(4)[[1, 2]], np.array([2, 0]), labels, str),
    }


@pytest.mark.parametrize("name", figures())
def test_plotly_accepts_the_figure_once_its_colours_are_filled_in(name):
    check_plotly_accepts(figures()[name])


@pytest.mark.parametrize("name", figures())
def test_every_colour_comes_from_the_theme(name):
    check_colors(figures()[name])


@pytest.mark.parametrize("letter", ["<b>", "&", "<img src=x>", "&lt;"])
@pytest.mark.parametrize("name", figures())
def test_words_of_a_user_are_escaped_wherever_plotly_would_read_them_as_html(name, letter):
    text = json.dumps(figures(letter)[name], ensure_ascii=False)
    assert "<" not in text and re.search(r"&(?!amp;|lt;)", text) is None
    if name != "lengths":
        assert base.escape(letter) in text


def test_every_text_that_no_visitor_typed_is_put_into_the_page_s_language():
    def put(text: Text) -> str:
        return f"«{text}»"

    counts = np.array([4, 3, 2, 1])
    labels = ["⏎", "a", "b", "c"]
    frequencies = charts_data.frequencies(counts, counts, labels, put)
    pairs = charts_data.pairs(COUNTS, labels, put)
    lengths = charts_data.lengths(counts, put)
    one_hot = charts_data.one_hot(np.eye(4)[[1, 2]], np.array([2, 0]), labels, put)
    for figure in (frequencies, pairs, lengths, one_hot):
        titles = [figure["layout"][axis]["title"]["text"] for axis in ("xaxis", "yaxis")]
        hover = np.ravel([trace["text"] for trace in figure["data"]]).tolist()
        legend = [trace["name"] for trace in figure["data"] if "name" in trace]
        for text in (*titles, *hover, *legend):
            assert not text or text.startswith("«")
    assert pairs["layout"]["yaxis"]["ticktext"][-1] == "«start»"


def test_bars_say_their_counts_in_a_sentence():
    anywhere, first = figures()["frequencies"]["data"]
    assert anywhere["text"][1] == "a is 3 of 10 symbols, 30 %"
    assert first["text"][3] == "c is the first letter of 3 of 6 names, 50 %"
    (bars,) = figures()["lengths"]["data"]
    assert bars["text"][1:3] == ["length 1: 1 name", "length 2: 5 names"]


def test_pairs_are_shares_of_their_rows_and_say_their_counts():
    (heat,) = figures()["pairs"]["data"]
    layout = figures()["pairs"]["layout"]
    assert layout["yaxis"]["ticktext"] == ["a", "b", "c", "start"]  # nothing follows an end
    assert layout["xaxis"]["ticktext"] == ["⏎", "a", "b", "c"]
    assert np.allclose(np.sum(heat["z"], axis=1), 1)
    assert heat["z"][0] == pytest.approx([1 / 3, 2 / 3, 0, 0], abs=1e-4)
    assert heat["text"][1][3] == "c follows b in 1 of 4 cases, p = 0.25"


def test_shares_add_up_to_a_hundred():
    for trace in figures()["frequencies"]["data"]:
        assert sum(trace["y"]) == pytest.approx(100)


def test_of_very_many_symbols_the_commonest_pairs_are_drawn():
    rng = np.random.default_rng(0)
    counts = rng.poisson(rng.exponential(2.0, (1, 200)), (201, 200))
    labels = [f"s{v}" for v in range(200)]
    kept = charts_data.most_frequent(counts, 200)
    assert len(kept) <= base.MOST_ROWS and 0 in kept
    assert counts.sum(0)[kept[1:]].min() >= np.sort(counts.sum(0))[-base.MOST_ROWS]
    layout = charts_data.pairs(counts, labels, str)["layout"]
    assert layout["xaxis"]["ticktext"] == [f"s{v}" for v in kept]
    assert layout["yaxis"]["ticktext"][-1] == "start"


def test_one_hot_columns_hold_at_most_a_one_and_show_their_targets():
    figure = figures()["one hot"]
    assert np.sum(figure["data"][0]["z"], axis=0).tolist() == [1, 1]
    assert figure["layout"]["xaxis"]["ticktext"] == ["b", "⏎"]
    read = charts_data.one_hot(np.eye(4)[[1, 2]], np.array([2, 0]), "⏎abc", str, over=["<", "a"])
    assert read["layout"]["xaxis"]["ticktext"] == ["&lt;", "a"]
    hot = np.zeros((2, 300))
    hot[1, 299] = 1
    many = charts_data.one_hot(hot, np.array([299, 0]), [f"s{v}" for v in range(300)], str)
    assert many["layout"]["yaxis"]["ticktext"] == ["s0", "s299"]
