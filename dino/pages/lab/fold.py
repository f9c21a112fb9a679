"""On a phone, one line in place of the row of settings; it opens them."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dino.pages.lab.parts import draw_part
from dino.ui import settings, shown_settings
from dino.ui.component import component
from dino.ui.language import say, say_plural
from dino.ui.text import setting_text

HERE = Path(__file__).parent
TOLD = ("cell", "hidden_size", "optimizer", "learning_rate", "max_steps")


def draw_fold() -> None:
    """Draw the line, which only phones show. The settings are drawn whether it is open or not."""
    if any(map(shown_settings.is_shown, TOLD)):
        with st.container(key="fold_place"):
            draw_part("fold", _draw_line)


def _draw_line() -> None:
    told = [_told(name) for name in TOLD if shown_settings.is_shown(name)]
    data = {"said": " · ".join(told), "words": {"settings": say("Settings:")}}
    component("fold", folder=HERE, parts=("words",), isolate_styles=False)(key="fold", data=[data])


def _told(name: str) -> str:
    """A setting's value, with the unit that it counts."""
    value = settings.value_of(name)
    if name == "hidden_size":
        return say_plural("{count} unit", "{count:,} units", int(value))
    if name == "max_steps":
        return say_plural("{count} update", "{count:,} updates", int(value))
    return setting_text(name, value)
