"""What each picture's sentence for who does not see it claims: true of the figure beside it, as the
page hands both to the browser, and of the list or the network that it is a picture of.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest
from pressing import job_of, press
from streamlit.testing.v1 import AppTest
from waiting import PATIENCE, wait_for

from dino import clustering
from dino.charts import name as name_charts
from dino.charts.base import CHOSEN, MOST_ROWS
from dino.charts.inside import weights_alt
from dino.data import Corpus, Vocab
from dino.jobs import RunHandle
from dino.jobs.counts import Counts
from dino.jobs.together import below_each_of
from dino.mix import Mix
from dino.model import rebuild
from dino.parts import last_result
from dino.ui import server

RUN = {"hidden_size": "6", "max_steps": "60", "engine": "torch"}
Figure = dict[str, Any]


class Seen(NamedTuple):
    """What a picture is of: the run of its page, if it has one, and its list."""

    job: RunHandle
    corpus: Corpus


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    yield
    server.renew()


@pytest.fixture
def lab() -> AppTest:
    """The Lab with a run that has come to its end and has written names."""
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE)
    page.query_params.update(RUN)
    page.run()
    page.run()
    press(page, "play")
    until(page, lambda: "Probability of every symbol" in " ".join(alts(page)))
    return page


def until(page: AppTest, is_ready: Callable[[], bool]) -> None:
    """Run the script again, as polling does."""

    def looks() -> bool:
        page.run()
        assert not page.exception
        return is_ready()

    wait_for(looks, "what the page waits for")


def pictures(page: AppTest) -> list[tuple[str, Figure]]:
    """Each picture of a page: its sentence, and its figure."""
    found = []
    for node in page.get("bidi_component"):
        data = json.loads(node.proto.json or node.proto.mixed.json or "[{}]")
        if isinstance(data, list) and data and "alt" in data[0] and "figure" in data[0]:
            found.append((data[0]["alt"], data[0]["figure"]))
    return found


def alts(page: AppTest) -> list[str]:
    return [alt for alt, _ in pictures(page)]


def check(page: AppTest, expected: int) -> None:
    """Every picture of the page has a sentence whose claims are known, and they hold."""
    job = job_of(page)
    found = pictures(page)
    assert len(found) >= expected
    for alt, figure in found:
        claims = [claim for claim in CLAIMS if re.fullmatch(claim, alt)]
        assert len(claims) == 1, alt
        CLAIMS[claims[0]](figure, Seen(job, job.corpus), re.fullmatch(claims[0], alt))


# ---- the claims


def outlined(figure: Figure) -> dict[int, int]:
    """The row that has an outline in each column of a heat map."""
    boxes = [box for box in figure["layout"]["shapes"] if "dash" not in box["line"]]
    return {round(box["x0"] + 0.5): round(box["y0"] + 0.5) for box in boxes}


def every_symbol_and_the_chosen_outlined(figure: Figure, seen: Seen, _: Any) -> None:
    z, labels = np.array(figure["data"][0]["z"]), figure["layout"]["yaxis"]["ticktext"]
    assert labels == seen.corpus.vocab.labels
    assert z.shape[0] == len(labels) and z.sum(axis=0) == pytest.approx(1, abs=2e-3)
    heads = figure["layout"]["xaxis"]["ticktext"]
    assert [labels[outlined(figure)[t]] for t in range(z.shape[1])] == heads


def every_symbol_at_each_letter(figure: Figure, seen: Seen, _: Any) -> None:
    z = np.array(figure["data"][0]["z"])
    assert z.shape == (len(seen.corpus.vocab), len(figure["layout"]["xaxis"]["ticktext"]))
    assert z.sum(axis=0) == pytest.approx(1, abs=2e-3)


def every_unit_at_every_letter(figure: Figure, seen: Seen, _: Any) -> None:
    z = np.array(figure["data"][0]["z"])
    columns = figure["layout"]["xaxis"]["ticktext"]
    assert z.shape == (seen.job.config.hidden_size, len(columns)) and (abs(z) <= 1).all()


def vectors_unit_by_unit(figure: Figure, seen: Seen, _: Any) -> None:
    z = np.array(figure["data"][0]["z"])
    assert z.shape == (len(figure["layout"]["yaxis"]["ticktext"]), seen.job.config.hidden_size)


def surprise(figure: Figure, seen: Seen, _: Any) -> None:
    """In bits: of the symbols taken as the picture of the same name has them."""
    y, heads = figure["data"][0]["y"], figure["layout"]["xaxis"]["ticktext"]
    assert len(y) == len(heads) and min(y) >= 0
    (bits, *_), (first, *_) = y, figure["data"][0]["text"]
    assert first == f"{heads[0]}: {bits:.2f} bits"


def the_draw_fell_on_the_chosen_stretch(figure: Figure, seen: Seen, _: Any) -> None:
    bars, _line, mark = figure["data"]
    (chosen,) = [i for i, color in enumerate(bars["marker"]["color"]) if color == CHOSEN]
    draw, symbol = mark["x"][0], seen.corpus.vocab.labels[chosen]
    assert bars["base"][chosen] - 1e-4 <= draw <= bars["base"][chosen] + bars["x"][chosen] + 1e-4
    assert mark["text"][0].endswith(f"→ {symbol}")
    assert len(bars["x"]) == len(seen.corpus.vocab) and sum(bars["x"]) == pytest.approx(1, abs=0.01)


def losses_on_three_scales(figure: Figure, seen: Seen, _: Any) -> None:
    points, nats, bits, perplexities = figure["data"]
    job, names = seen.job, seen.corpus.val
    how = job.config, job.run.weights, seen.corpus, names, Mix(), Counts()
    together = last_result(below_each_of(*how))[1].loss
    expected = [job.run.val_loss, together, *job.baselines.values()]
    assert points["x"] == pytest.approx(sorted(expected, reverse=True), abs=1e-3)
    for scale, nats_of in (
        (nats, float),
        (bits, lambda n: n * math.log(2)),
        (perplexities, math.log),
    ):
        marks = [float(text) for text in scale["text"] if text]
        assert scale["x"][: len(marks)] == pytest.approx([nats_of(it) for it in marks])


def shares_of_symbols(figure: Figure, seen: Seen, _: Any) -> None:
    names, labels = seen.corpus.names, seen.corpus.vocab.labels
    anywhere = Counter(letter for name in names for letter in (*name, labels[0]))
    firsts = Counter(name[0] for name in names)
    for bars, counted in zip(figure["data"], (anywhere, firsts), strict=True):
        total = sum(counted.values())
        assert bars["y"] == pytest.approx([100 * counted[it] / total for it in labels], abs=1e-3)


def shares_of_pairs(figure: Figure, seen: Seen, _: Any) -> None:
    rows, columns = (figure["layout"][axis]["ticktext"] for axis in ("yaxis", "xaxis"))
    after = Counter(
        pair
        for name in seen.corpus.names
        for pair in zip(("start", *name), (*name, columns[0]), strict=True)
    )
    for side, shares in zip(rows, figure["data"][0]["z"], strict=True):
        total = sum(n for (before, _), n in after.items() if before == side)
        expected = [after[side, head] / total for head in columns]
        assert shares == pytest.approx(expected, abs=1e-3)


def lengths(figure: Figure, seen: Seen, _: Any) -> None:
    counted = Counter(map(len, seen.corpus.names))
    (bars,) = figure["data"]
    found = {x: y for x, y in zip(bars["x"], bars["y"], strict=True) if y}
    assert found == counted


def one_hot(figure: Figure, seen: Seen, _: Any) -> None:
    z = np.array(figure["data"][0]["z"])  # symbols down; nothing at the first step
    assert z.shape[0] == len(seen.corpus.vocab)
    assert z[:, 0].sum() == 0 and (z[:, 1:].sum(axis=0) == 1).all() and set(z.flat) == {0, 1}


def this_moment(figure: Figure, seen: Seen, match: re.Match[str]) -> None:
    upright = [it for it in figure["layout"]["shapes"] if it["x0"] == it["x1"]]
    (marked,) = [it["x0"] for it in upright if it["line"]["color"] == CHOSEN]
    assert match["words"].startswith(f"After {marked} of {seen.job.run.max_steps} updates.")
    assert marked in [moment.step for moment in seen.job.run.moments]


def next_symbols(figure: Figure, seen: Seen, _: Any) -> None:
    (bars,) = figure["data"]
    assert figure["layout"]["xaxis"]["ticktext"] == seen.corpus.vocab.labels
    assert sum(bars["y"]) == pytest.approx(1, abs=2e-3)


def weights_of(figure: Figure, seen: Seen, match: re.Match[str]) -> None:
    model = rebuild(seen.job.config, len(seen.corpus.vocab), seen.job.run.weights)
    drawn = np.array(figure["data"][0]["z"])
    whole = getattr(model, match["matrix"]).detach().numpy()
    whole = whole.T if match["matrix"] == "W_hy" else whole
    assert drawn.shape == whole.shape and np.allclose(drawn, whole, atol=1e-4)


def vowels_in_colour(figure: Figure, seen: Seen, _: Any) -> None:
    (symbols,) = figure["data"]
    colored = [i for i, it in enumerate(symbols["textfont"]["color"]) if it == CHOSEN]
    assert symbols["text"] == seen.corpus.vocab.labels
    assert colored == clustering.vowels_of(seen.corpus.vocab)
    assert "".join(symbols["text"][i] for i in colored) == "aeiou"


def rises_of_units(figure: Figure, seen: Seen, _: Any) -> None:
    (bars,) = figure["data"]
    assert bars["y"] == sorted(bars["y"], reverse=True)
    assert set(bars["customdata"]) <= set(range(seen.job.config.hidden_size))


def mean_states(figure: Figure, seen: Seen, match: re.Match[str]) -> None:
    (bars,) = figure["data"]
    assert int(match["unit"]) < seen.job.config.hidden_size
    assert max(map(abs, bars["y"])) <= 1
    assert set(figure["layout"]["xaxis"]["ticktext"]) <= {*seen.corpus.vocab.labels, "start"}


def losses_by_memory(figure: Figure, seen: Seen, _: Any) -> None:
    """The network's own loss is the line; each curve has one point for each k."""
    (line,) = figure["layout"]["shapes"]
    assert line["y0"] == pytest.approx(seen.job.run.val_loss, abs=1e-3)
    assert all(list(it["x"]) == sorted(it["x"]) and min(it["x"]) >= 1 for it in figure["data"])


def windows(figure: Figure, seen: Seen, _: Any) -> None:
    z = np.array(figure["data"][0]["z"])
    assert (z >= 0).all() and (z.sum(axis=1) <= 1 + 2e-3).all()


def gradient_sizes(figure: Figure, _: Seen, __: Any) -> None:
    for curve in figure["data"]:
        assert list(curve["x"]) == list(range(len(curve["y"])))  # letters back, from none on
        assert min(y for y in curve["y"] if y is not None) >= 0


CLAIMS: dict[str, Callable[[Figure, Seen, Any], None]] = {
    "Probability of every symbol at every letter, the chosen ones outlined": (
        every_symbol_and_the_chosen_outlined
    ),
    "What the network expected at each of these letters": every_symbol_at_each_letter,
    "Value of every hidden unit when each letter was drawn": every_unit_at_every_letter,
    "The vectors of this step, unit by unit": vectors_unit_by_unit,
    "Surprise of every letter in bits": surprise,
    "The stretch of each symbol, and the draw that fell on one": (
        the_draw_fell_on_the_chosen_stretch
    ),
    "How often each symbol occurs anywhere, and how often as the first letter": shares_of_symbols,
    "Losses as points on scales of nats, bits and perplexity": losses_on_three_scales,
    r"The probability of each next symbol after each symbol\.": shares_of_pairs,
    "How many names have each length": lengths,
    "The one-hot input of every step": one_hot,
    r"Loss against updates, with this moment marked\. (?P<words>.*)": this_moment,
    "Probability of each symbol to come next": next_symbols,
    "The weights (?P<matrix>.*)": weights_of,
    "The symbols by their output vectors, vowels in colour": vowels_in_colour,
    "Rise of the held-out loss without each unit measured so far": rises_of_units,
    r"Mean state of unit (?P<unit>\d+) after each letter": mean_states,
    "Held-out loss against the letters a prediction may see": losses_by_memory,
    "What comes next if only the last letters are seen": windows,
    "Size of the gradient by letters back": gradient_sizes,
}


# ---- the pages


def test_the_lab_claims_of_its_pictures_what_they_show(lab: AppTest) -> None:
    check(lab, 4)
    bits = dict(pictures(lab))["Surprise of every letter in bits"]["data"][0]["y"]
    heat = next(figure for alt, figure in pictures(lab) if alt.startswith("Probability of every"))
    z = np.array(heat["data"][0]["z"])
    taken = [z[row, t] for t, row in sorted(outlined(heat).items())]
    assert bits == pytest.approx(-np.log2(np.maximum(taken, 1e-9)), abs=0.02, rel=0.02)


@pytest.mark.parametrize("tab, count", [("letters", 3), ("encoding", 1)])
def test_the_page_data_claims_of_its_pictures_what_they_show(tab: str, count: int) -> None:
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE)
    page.run()
    page.run()
    page.switch_page("dino/pages/data/page.py").run()
    page.session_state["data_tool"] = tab
    page.run()
    check(page, count)


def test_the_page_inside_claims_of_its_pictures_what_they_show(lab: AppTest) -> None:
    lab.switch_page("dino/pages/inside/page.py").run()
    pictured = {
        "name": "Value of every hidden unit",
        "letters": "Probability of each symbol to come next",
        "memory": "What comes next",
        "units": "Mean state",
        "gradient": "Size of the gradient",
        "weights": "The symbols by",
    }
    for tab, last in pictured.items():
        lab.session_state["tool"] = tab
        until(lab, lambda last=last: any(alt.startswith(last) for alt in alts(lab)))
        check(lab, 2)


def test_of_a_matrix_with_more_units_than_are_drawn_not_all_is_claimed() -> None:
    assert str(weights_alt("W_hh", range(96), 96)) == "The weights W_hh"
    words = str(weights_alt("W_hh", range(96, 120), 120))
    assert words == "The weights W_hh of the hidden units 96 to 119"


def test_of_more_symbols_than_have_rows_not_every_one_is_claimed() -> None:
    for count in (MOST_ROWS - 1, MOST_ROWS, MOST_ROWS + 1):
        vocab = Vocab([chr(0x4E00 + i) for i in range(count - 1)])
        probs = np.full((1, len(vocab)), 1 / len(vocab))
        ids = np.array([1])
        figure = name_charts.probabilities(probs, ids, vocab.labels, [""], str)
        drawn = set(vocab.labels) == set(figure["layout"]["yaxis"]["ticktext"])
        assert drawn == ("every symbol" in str(name_charts.probabilities_alt(len(vocab))))
