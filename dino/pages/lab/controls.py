"""The recipe in the sidebar: presets, the settings of a run, the ones for experts under 'More'."""

from __future__ import annotations

import streamlit as st

from dino.config import CELLS, ENGINES, OPTIMIZERS, SETTINGS
from dino.lists import BUNDLED
from dino.presets import PRESETS
from dino.ui import chosen_list, session, settings, state
from dino.ui.choice import OWN, Choice
from dino.ui.text import setting_text

# 1, 1.5, 2, 3, 5, 7 in every decade from 1e-5 to 10: even steps on a log scale.
RATES = [float(f"{digit}e{power}") for power in range(-5, 1) for digit in (1, 1.5, 2, 3, 5, 7)] + [
    10.0
]
MORE = (
    "batch_size",
    "max_steps",
    "clip_norm",
    "average",
    "letter_dropout",
    "hidden_dropout",
    "context",
    "seed",
    "split_seed",
)
FINE = {"clip_norm": 0.5, "average": 0.01, "letter_dropout": 0.05, "hidden_dropout": 0.05}


def draw_recipe() -> None:
    """Draw the controls; `settings.config` is the recipe that they hold."""
    with st.container():  # notes come and go in it, and the controls below stay what they are
        _draw_list()
        _draw_preset()
    _draw_network()
    _draw_optimizer()
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


def _draw_network() -> None:
    """Its cell and its size."""
    st.segmented_control(
        "Cell",
        list(CELLS),
        format_func=CELLS.__getitem__,
        key="cell",
        persist_state="session",
        required=True,
        help=SETTINGS["cell"].help,
        width="stretch",
    )
    st.slider(
        "Hidden size",
        1,
        512,
        key="hidden_size",
        persist_state="session",
        help=SETTINGS["hidden_size"].help,
    )


def _draw_optimizer() -> None:
    """The rule for a step, its formula, and how far a step goes."""
    st.selectbox(
        "Optimizer",
        list(OPTIMIZERS),
        format_func=lambda name: OPTIMIZERS[name].label,
        key="optimizer",
        persist_state="session",
        help=SETTINGS["optimizer"].help,
        on_change=settings.choose_rate,
    )
    config = settings.config()
    st.caption(OPTIMIZERS[config.optimizer].formula)
    st.select_slider(
        "Learning rate η",
        sorted({*RATES, config.learning_rate}),
        format_func=SETTINGS["learning_rate"].text,
        key="learning_rate",
        persist_state="session",
        help=SETTINGS["learning_rate"].help,
        on_change=settings.choose_rate,
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
    if chosen.key == "colombian-towns":
        st.caption(f"From {BUNDLED[chosen.key].source}")
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
