"""The recipe in the sidebar: presets, the settings of a run, the ones for experts under 'More'."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from dino.config import CELLS, ENGINES, OPTIMIZERS, SETTINGS
from dino.lists import BUNDLED
from dino.presets import PRESETS
from dino.ui import chosen_list, session, settings, state
from dino.ui.choice import OWN, Choice
from dino.ui.text import setting_text

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

HERE = Path(__file__).parent
# What a selection offers; what is typed may lie between. Rates: 1, 2, 5 in every decade.
STOPS: dict[str, list[float]] = {
    "hidden_size": [1, 2, 4, 8, 16, 25, 32, 64, 128, 256, 512],
    "max_steps": [100, 200, 500, 1000, 1200, 1600, 2000, 5000, 10_000, 20_000, 50_000, 100_000],
    "learning_rate": [float(f"{digit}e{power}") for power in range(-5, 1) for digit in (1, 2, 5)]
    + [10.0],
}
WIDTHS = {"cell": 160, "hidden_size": 98, "max_steps": 84, "optimizer": 172, "learning_rate": 116}
ROW_WIDTH = sum(WIDTHS.values()) + 8 * (len(WIDTHS) - 1)  # pixels, with the gaps
MORE = (
    "batch_size",
    "clip_norm",
    "average",
    "letter_dropout",
    "hidden_dropout",
    "context",
    "seed",
    "split_seed",
)
FINE = {"clip_norm": 0.5, "average": 0.01, "letter_dropout": 0.05, "hidden_dropout": 0.05}


def draw_place_of_row() -> tuple[DeltaGenerator, DeltaGenerator]:
    """The first row, empty: where the settings go, and the place for the run's buttons beside."""
    st.html(HERE / "controls.css")
    with st.container(key="first_row", horizontal=True, gap="small"):
        return (
            st.container(key="settings_row", horizontal=True, gap="xsmall", width=ROW_WIDTH),
            st.container(key="buttons_place", width="stretch"),
        )


def draw_row(row: DeltaGenerator) -> None:
    """The settings that are changed most, each above the way back to its preset's value."""
    with row:
        for name, width in WIDTHS.items():
            with st.container(key=f"field_{name}", width=width, gap=None):
                _FIELDS[name](name)
                _draw_way_back(name)


def draw_recipe() -> None:
    """The rest of the recipe; `settings.config` is what all its controls hold."""
    with st.container():  # notes come and go in it, and the controls below stay what they are
        _draw_list()
        _draw_preset()
    with st.expander("More settings"):
        for name in MORE:
            _draw_number(name)
        st.selectbox(
            "Engine",
            list(ENGINES),
            format_func=ENGINES.__getitem__,
            key="engine",
            persist_state="session",
            help=SETTINGS["engine"].help,
        )


def _draw_cell(name: str) -> None:
    st.segmented_control(
        SETTINGS[name].label,
        list(CELLS),
        format_func=CELLS.__getitem__,
        key=name,
        persist_state="session",
        required=True,
        help=SETTINGS[name].help,
        width="stretch",
    )


def _draw_optimizer(name: str) -> None:
    st.selectbox(
        SETTINGS[name].label,
        list(OPTIMIZERS),
        format_func=lambda key: OPTIMIZERS[key].label,
        key=name,
        persist_state="session",
        help=SETTINGS[name].help,
        on_change=settings.choose_rate,
        filter_mode=None,
    )


def _draw_stops(name: str) -> None:
    """A number by marked stops, or as it is typed."""
    setting = SETTINGS[name]
    value = getattr(settings.config(), name)
    st.selectbox(
        setting.label,
        sorted({*STOPS[name], value}),
        format_func=setting.text,
        key=name,
        persist_state="session",
        help=setting.help,
        accept_new_options=True,
        filter_mode="prefix",
    )


def _draw_way_back(name: str) -> None:
    """To the preset's value; a button at a place of its own, seen where the setting has left it."""
    value = getattr(PRESETS[settings.preset()].config, name)
    away = getattr(settings.config(), name) != value
    st.button(
        setting_text(name, value),
        icon=":material/undo:",
        key=f"back_{name}",
        type="tertiary",
        disabled=not away,
        on_click=settings.put_back,
        args=(name,),
        help="Back to the preset's value",
    )


def _draw_list() -> None:
    """The names that the network learns from. The page Data has more to say of them."""
    keys = [*BUNDLED, *([OWN] if state.OWN_LIST.get() else [])]
    chosen, number = chosen_list.choice(), state.OWN_NUMBER.get()
    st.selectbox(
        "Names to learn from",
        keys,
        key="list",
        persist_state="session",
        format_func=lambda key: Choice(key, number=number).title,
    )
    if chosen.removed:
        st.caption(f"{len(chosen.removed):,} of its names are removed.")
    if (bundled := BUNDLED.get(chosen.key)) and bundled.credit:
        st.caption(f"From {bundled.source}")
    st.page_link(session.DATA, label="Look at it, or bring your own", icon=":material/list_alt:")


def _draw_preset() -> None:
    """The presets, and what was changed since one was chosen."""
    st.selectbox(
        "Preset",
        list(PRESETS),
        format_func=lambda name: PRESETS[name].label,
        key="preset",
        persist_state="session",
        on_change=settings.choose_preset,
    )
    chosen, config = PRESETS[settings.preset()], settings.config()
    changed = chosen.config.changes(config)
    if not changed:
        st.caption(chosen.about)
        return
    words = [
        f"{SETTINGS[name].label.lower()} "
        f"{setting_text(name, getattr(chosen.config, name))} "
        f"→ **{setting_text(name, getattr(config, name))}**"
        for name in changed
    ]
    st.caption(f":material/edit: Changed from this preset: {'; '.join(words)}.")
    st.button(
        "Back to the preset",
        icon=":material/undo:",
        on_click=settings.choose_preset,
        type="tertiary",
    )


def _draw_number(name: str) -> None:
    """One numeric setting, with its limits; 0 is named where it means 'off' or 'all'."""
    setting = SETTINGS[name]
    zero = f" (0: {setting.off})" if setting.off else ""
    kind = setting.kind
    st.number_input(
        setting.label + zero,
        kind(setting.low),
        kind(setting.high),
        key=name,
        persist_state="session",
        help=setting.help,
        step=FINE.get(name, 1),
        format="%d" if kind is int else "%.4g",
    )


_FIELDS = {
    "cell": _draw_cell,
    "hidden_size": _draw_stops,
    "max_steps": _draw_stops,
    "optimizer": _draw_optimizer,
    "learning_rate": _draw_stops,
}
