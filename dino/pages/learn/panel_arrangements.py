"""Four small strips: where inputs enter the unrolled cell, and where outputs leave it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from dino.charts.strips import ARRANGEMENTS, arrangement_picture, arrangement_sentence
from dino.lessons.lesson import Value
from dino.pages.learn.stage import Stage
from dino.ui.component import component, read
from dino.ui.language import put

HERE = Path(__file__).parent


@cache
def _component() -> Any:
    css = read("arrangements.css", HERE)
    html = '<div class="arrangements"></div>'
    return component("arrangements", html=html, css=css, folder=HERE)


def draw_arrangements(stage: Stage) -> Mapping[str, Value]:
    """Draw the four of them, each with its name and what it means."""
    strips = [
        {
            "title": put(shown.title),
            "about": put(shown.about),
            "alt": put(arrangement_sentence(shown)),
            "picture": arrangement_picture(shown),
        }
        for shown in ARRANGEMENTS.values()
    ]
    # A list, because Streamlit imports pandas to look for tables in a dictionary.
    _component()(key=stage.key("arrangements"), data=[{"strips": strips}])
    return {}
