"""The way back after the Learn page has put a recipe on the Lab's controls."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from dino.choice import Choice
from dino.presets import PRESETS
from dino.ui import chosen_list, settings, state
from dino.ui.language import say
from dino.ui.widgets import run_to_end

if TYPE_CHECKING:
    from dino.config import Config

# PLAIN: settings that are always on the controls. NEUTRAL: settings that do not affect how well a
# network learns.
PLAIN = ("cell", "hidden_size", "optimizer", "learning_rate", "max_steps")
NEUTRAL = ("seed", "split_seed", "exam", "engine")


class LabSettings(NamedTuple):
    """The controls before the Learn page put a recipe there, and this recipe (`put`)."""

    recipe: Config
    names: Choice
    put: Config


def hold_settings(put: Config) -> None:
    """Before a recipe is put on the controls, keep what is there, except what was put there
    earlier.
    """
    recipe, names = _before(), chosen_list.choice()
    held = _held()
    if held is not None and names == Choice():
        names = held.names
    state.LAB_BEFORE.set(LabSettings(recipe or settings.config(), names, put))


def _held() -> LabSettings | None:
    found: LabSettings | None = state.LAB_BEFORE.get()
    return found


def _before() -> Config | None:
    """The recipe on the controls without what was put there. It keeps the visitor's later changes.

    None if nothing that was put there is left.
    """
    held, now = _held(), settings.config()
    if held is None:
        return None
    left = {
        name: getattr(held.recipe, name)
        for name in held.recipe.changes(held.put)
        if getattr(now, name) == getattr(held.put, name)
    }
    return now.replace(**left) if left else None


def draw_settings_back(key: str, config: Config | None = None) -> None:
    """Draw a button that undoes what was put on the controls, while some of it is left.

    config: only for this recipe; None for any.
    """
    held = _held()
    if held is None or _before() is None or config not in (None, held.put):
        return
    st.button(
        say("Restore my Lab settings"),
        icon=":material/undo:",
        key=f"{key}_settings_back",
        type="tertiary",
        on_click=run_to_end(put_settings_back),
    )


def put_settings_back() -> None:
    """In a callback: undo what was put on the controls."""
    held, before = _held(), _before()
    state.LAB_BEFORE.set(None)
    if held is None or before is None:
        return
    settings.show_recipe(before)
    if chosen_list.choice() == Choice():
        chosen_list.choose_before(held.names)


def hidden_changes() -> dict[str, object]:
    """The settings under More settings that differ from the preset: name and preset's value."""
    chosen, now = PRESETS[settings.preset()].config, settings.config()
    names = (it for it in chosen.changes(now) if it not in (*PLAIN, *NEUTRAL))
    return {name: getattr(chosen, name) for name in names}
