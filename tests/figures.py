"""The checks for every figure, on any page."""

from __future__ import annotations

import json
import re

import plotly.graph_objects as go

from dino.charts.base import Figure


def colors(value: object, key: str = "") -> list[str]:
    """Every colour in a figure."""
    if isinstance(value, dict):
        return [c for k, v in value.items() for c in colors(v, k)]
    if isinstance(value, list):
        return [c for v in value for c in colors(v, key)]
    return [value] if "color" in key and isinstance(value, str) else []


def check_plotly_accepts(figure: Figure) -> None:
    """plotly accepts the figure once its colours are filled in."""
    text = json.dumps(figure, allow_nan=False)
    text = re.sub(r'"@(sequential|diverging)"', '"Viridis"', text)
    go.Figure(json.loads(re.sub(r'"@\w+"', '"#123456"', text)))


def check_colors(figure: Figure) -> None:
    """Check that the figure has colours, and that all of them come from the theme."""
    found = colors(figure)
    assert found and all(c.startswith("@") or c == "rgba(0,0,0,0)" for c in found)
