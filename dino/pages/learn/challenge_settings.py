"""The settings of the challenge's next run: what makes it an entry, and the ways back to them."""

from __future__ import annotations

import streamlit as st

from dino.config import DEFAULT
from dino.presets import PRESETS
from dino.ui import settings, state
from dino.ui.language import put, say
from dino.ui.run_offer import settings_words
from dino.ui.settings_back import draw_settings_back, hidden_changes, put_settings_back
from dino.ui.widgets import run_to_end


def draw_hidden_changes() -> None:
    """Draw the changes under More settings, and a button that resets them: they are not visible
    here, and may hold a network back.
    """
    names = hidden_changes()
    if not names:
        return
    chosen = PRESETS[settings.preset()]
    words = settings.change_words(settings.config().replace(**names), settings.config())
    with st.container(horizontal=True, vertical_alignment="center", key="challenge_hidden"):
        st.markdown(
            say(
                "The next run differs from the preset {preset} under More settings in the Lab: "
                "{changes}.",
                preset=put(chosen.label),
                changes="; ".join(words),
            )
        )
        st.button(
            say("Reset this to the preset"),
            icon=":material/undo:",
            key="challenge_as_preset",
            type="tertiary",
            on_click=_set_as_preset,
        )


@run_to_end
def _set_as_preset() -> None:
    """Callback: set everything under More settings to the preset's values."""
    state.set_all(hidden_changes())


def draw_control_words(key: str) -> None:
    """If the next run would not be an entry, say so. Draw the way back to own settings.

    key: of the part that the way back belongs to.
    """
    if not is_set_aside():
        st.caption(
            say(
                "The Lab's next run has no final exam, so it would not count. Opening a run, a "
                "preset, a lesson or the zoo can change this setting. Your entries below still "
                "count."
            )
        )
    draw_settings_back(key)


def is_set_aside() -> bool:
    """Whether the next run would have the exam and the split of an entry."""
    recipe = settings.config()
    return recipe.exam and recipe.split_seed == DEFAULT.split_seed


def what_counts() -> str:
    """Say what makes a run an entry, and what the next run would be."""
    if not is_set_aside():
        return say(
            "Set a final exam aside first, then train a run. Entries are your runs on the "
            "dinosaurs with a final exam and split seed {seed}.",
            seed=DEFAULT.split_seed,
        )
    return say(
        "A final exam is set aside. Now train a run in the Lab with these settings: {settings}.",
        settings=settings_words(),
    )


@run_to_end
def set_exam() -> None:
    """Callback: undo what the zoo or a lesson put on the controls; then put a final exam and the
    challenge's split there.
    """
    put_settings_back()
    recipe = settings.config().replace(exam=True, split_seed=DEFAULT.split_seed)
    settings.show_recipe(recipe)
