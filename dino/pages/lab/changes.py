"""What differs from the preset on the controls, and what could be put there instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dino.pages.lab.long_list import draw_long_list_offer
from dino.pages.lab.parts import draw_part
from dino.presets import PRESETS
from dino.ui import settings
from dino.ui.language import say
from dino.ui.settings_back import draw_settings_back

if TYPE_CHECKING:
    from dino.config import Config


def draw_changes() -> None:
    """Draw the offers of other recipes, and the changes with the way back, as a part."""
    draw_part("changes", _draw)


def _draw() -> None:
    config = settings.config()
    draw_long_list_offer(config)
    _draw_changes(config)
    draw_settings_back("lab")


def _draw_changes(config: Config) -> None:
    """Say what has changed since a preset was chosen, and draw the way back to all of it."""
    chosen = PRESETS[settings.preset()].config
    words = settings.change_words(chosen, config)
    if not words:
        return
    changes = "; ".join(words)
    st.caption(say(":material/edit: Changed from this preset: {changes}.", changes=changes))
    st.button(
        say("Back to the preset"),
        icon=":material/undo:",
        on_click=settings.choose_preset,
        type="tertiary",
    )
