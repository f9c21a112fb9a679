"""Charts of bets in a browser: no word of theirs lies over another one, or is cut at the side."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from browser import IN_A_BROWSER
from playwright.sync_api import Page
from plotly.offline import get_plotlyjs
from sampling import one_in

from dino.charts import loss as loss_chart
from dino.charts.base import Figure
from dino.charts.bet_axis import Belief, bet_and_result, guesses
from dino.difference import Difference
from dino.lessons.reading import lessons
from dino.locale.sentences import languages
from dino.metrics import BASELINE_NAMES

pytestmark = IN_A_BROWSER
WIDTHS = (290, 800)  # pixels of a chart on a phone, and on a desktop

WORDS = """() => [...document.querySelectorAll('#chart text')].map(text => {
  const { left, right, top, bottom } = text.getBoundingClientRect();
  return { words: text.textContent, left, right, top, bottom };
}).filter(({ words, left, right }) => words.trim() && right > left)"""


def drawn(page: Page, figure: Figure, width: int) -> None:
    """Draw a chart as wide as this, with nothing else on the page."""
    if not page.evaluate("() => Boolean(window.Plotly)"):
        page.set_content('<div id="chart"></div>')
        page.add_script_tag(content=get_plotlyjs())
    page.evaluate(
        """([figure, width]) => {
          document.getElementById('chart').style.width = `${width}px`;
          return Plotly.newPlot('chart', figure.data, figure.layout);
        }""",
        [json.loads(re.sub(r'"@\w+"', '"#123456"', json.dumps(figure))), width],
    )


def overlapping(page: Page, figure: Figure, width: int, touch: float = 2.0) -> list[str]:
    """The pairs of words that lie over each other by more than `touch` pixels, and words that are
    cut at the chart's sides.
    """
    drawn(page, figure, width)
    words = page.evaluate(WORDS)
    box = page.locator("#chart").bounding_box()
    assert box is not None
    found = [
        f"{one['words']} | {other['words']}"
        for i, one in enumerate(words)
        for other in words[:i]
        if min(one["right"], other["right"]) - max(one["left"], other["left"]) > touch
        and min(one["bottom"], other["bottom"]) - max(one["top"], other["top"]) > touch
    ]
    left, right = box["x"] - 1, box["x"] + box["width"] + 1
    return found + [
        f"cut: {it['words']}" for it in words if it["left"] < left or it["right"] > right
    ]


def questions(code: str) -> list[tuple[list[str], str]]:
    """What is asked in each bet on numbers, and the unit."""
    found = []
    for lesson in lessons(code).values():
        for step in lesson.questions.values():
            items = [item for item in step.items if not item.choices and not item.grid]
            if step.kind == "bet" and items:
                texts = [re.sub(r"{[^}]*}", "12", item.text) for item in items]
                found.append((texts, items[0].unit))
    return found


@pytest.mark.parametrize("code", one_in(2, ["es", "en"]))
def test_words_of_a_bet_beside_its_result_do_not_lie_over_each_other(page: Page, code: str) -> None:
    put, draw = languages()[code].put, np.random.default_rng(0)
    for texts, unit in questions(code):
        for bets, results in (*draw.uniform(0, 4, (3, 2, len(texts))), np.ones((2, len(texts)))):
            rows = list(zip(texts, bets.tolist(), results.tolist(), strict=True))
            for width in WIDTHS:
                assert not overlapping(page, guesses(rows, unit, put), width), rows


BELIEFS = [None, Belief(0.03, 0.03), Belief(-0.1, 0.02), Belief(0.3, 0.01)]
FOUND = [None, *(Difference(*it, 3, enough=2) for it in ((0.03, 0.01), (0.0, 0.02), (-0.2, 0.02)))]


@pytest.mark.parametrize("code", one_in(2, ["es", "en"]))
def test_words_of_an_experiments_bet_do_not_lie_over_each_other(page: Page, code: str) -> None:
    put = languages()[code].put
    for bet, found in ((bet, found) for bet in BELIEFS for found in FOUND if bet or found):
        figure = bet_and_result(bet, found, "GRU", "RNN", put)
        for width in WIDTHS:
            assert not overlapping(page, figure, width), (bet, found)


@pytest.mark.parametrize("code", one_in(2, ["es", "en"]))
def test_words_of_a_bet_in_the_losses_of_its_run_do_not_lie_over_each_other(
    page: Page, code: str
) -> None:
    put, steps = languages()[code].put, np.arange(0, 1201, 25)
    curve = steps, 1.75 + 1.6 * np.exp(-steps / 100)
    levels = dict(zip(BASELINE_NAMES, (3.3, 2.83, 2.19, 1.8, 1.62, 1.53), strict=False))
    for axis, bet in (*(("x", it) for it in (0, 500, 1200)), *(("y", it) for it in (0, 2.2, 6))):
        bets = [bet] if axis == "y" else []
        figure = loss_chart.loss_curves(curve, curve, levels, 1200, bets=bets, height=300, put=put)
        for width in WIDTHS:
            assert not overlapping(page, loss_chart.with_bet(figure, axis, bet, put), width), bet
