"""For a long list: an offer of the recipe that ended lower there than the chosen one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dino.locale.sentences import Refusal
from dino.long_lists import LONG, SHORT, is_measured, longest_short, measured, recipe_for
from dino.presets import PRESETS
from dino.ui import chosen_list, settings
from dino.ui.language import put, say
from dino.ui.widgets import run_to_end

if TYPE_CHECKING:
    from dino.config import Config


def draw_long_list_offer(config: Config) -> None:
    """If the recipe on the controls suits shorter lists than the chosen one: say so, and draw a
    button that puts the other recipe there.
    """
    if not is_measured(config):  # first, because a visitor's list takes long to split
        return
    try:
        corpus = chosen_list.corpus(config.split_seed, config.exam)
    except Refusal:  # the page says it elsewhere
        return
    if recipe_for(corpus, config) is None:
        return
    whole = measured()[-1]
    with st.container(key="long_list", gap="xsmall"):
        st.caption(
            say(
                "This list is long for {preset}. With {names:,} US first names to learn from, "
                "another recipe ended {difference} nats per symbol lower. With {fewer:,} or fewer "
                "it was not clearly lower.",
                preset=put(PRESETS[SHORT].label),
                names=whole.names,
                difference=put(whole.below(LONG, SHORT).below(3)),
                fewer=longest_short(),
            )
        )
        st.button(
            say("Use that recipe"),
            icon=":material/format_list_bulleted:",
            key="use_long_list",
            type="tertiary",
            on_click=_use,
        )


@run_to_end
def _use() -> None:
    """Callback: put the list's recipe on the controls. The visitor trains it."""
    config = settings.config()
    recipe = recipe_for(chosen_list.corpus(config.split_seed, config.exam), config)
    if recipe is not None:
        settings.show_recipe(recipe)
