"""The recipe in the sidebar: presets, the settings of a run, the ones for experts under 'More'."""

from __future__ import annotations

import streamlit as st

from dino.config import CELLS, ENGINES, OPTIMIZERS, PRESETS, SETTINGS
from dino.lists import BUNDLED
from dino.ui import session
from dino.ui.chosen_list import OWN, Choice
from dino.ui.text import spoken

# 1, 1.5, 2, 3, 5, 7 in every decade from 1e-5 to 10: even steps on a log scale.
RATES = [
    float(f"{digit}e{power}")
    for power in range(-5, 1) for digit in (1, 1.5, 2, 3, 5, 7)
] + [10.0]
MORE = ("batch_size", "max_steps", "clip_norm", "average", "letter_dropout", "hidden_dropout",
        "context", "seed", "split_seed")
FINE = {"clip_norm": 0.5, "average": 0.01, "letter_dropout": 0.05, "hidden_dropout": 0.05}


def recipe() -> None:
    """Draw the controls; `session.config` is the recipe that they spell."""
    with st.container():  # notes come and go in it, and the controls below stay what they are
        _list()
        _preset()
    st.segmented_control(
        "Cell", list(CELLS), format_func=CELLS.__getitem__,
        key="cell", persist_state="session", required=True,
        help=SETTINGS["cell"].help, width="stretch")
    st.slider("Hidden size", 1, 512,
              key="hidden_size", persist_state="session", help=SETTINGS["hidden_size"].help)
    st.selectbox(
        "Optimizer", list(OPTIMIZERS), format_func=lambda name: OPTIMIZERS[name].label,
        key="optimizer", persist_state="session",
        help=SETTINGS["optimizer"].help, on_change=session.choose_rate)
    st.caption(OPTIMIZERS[session.config().optimizer].formula)
    rate = session.config().learning_rate
    st.select_slider(
        "Learning rate η", sorted({*RATES, rate}), format_func=SETTINGS["learning_rate"].text,
        key="learning_rate", persist_state="session", help=SETTINGS["learning_rate"].help,
        on_change=session.choose_rate)
    with st.expander("More settings"):
        for name in MORE:
            _number(name)
        st.selectbox("Engine", list(ENGINES), format_func=ENGINES.__getitem__,
                     key="engine", persist_state="session",
                     help=SETTINGS["engine"].help)


def _list() -> None:
    """What it learns from. The page Data has more to say of it."""
    keys = [*BUNDLED, *([OWN] if st.session_state.get("own") else [])]
    chosen = session.choice()
    st.selectbox(
        "Names to learn from", keys, key="list", persist_state="session",
        format_func=lambda key: Choice(key, number=st.session_state.get("own_number", 0)).title)
    if chosen.removed:
        st.caption(f"{len(chosen.removed):,} of its names are removed.")
    if chosen.key == "colombian-towns":
        st.caption(f"From {BUNDLED[chosen.key].source}")
    st.page_link(session.DATA, label="Look at it, or bring your own",
                 icon=":material/list_alt:")


def _preset() -> None:
    """The presets, and what was changed since one was chosen."""
    st.selectbox(
        "Preset", list(PRESETS), format_func=lambda name: PRESETS[name].label,
        key="preset", persist_state="session",
        on_change=session.choose_preset)
    chosen, config = PRESETS[session.preset()], session.config()
    changed = chosen.config.changes(config)
    if not changed:
        st.caption(chosen.about)
        return
    words = [f"{SETTINGS[name].label.lower()} {spoken(name, getattr(chosen.config, name))} "
             f"→ **{spoken(name, getattr(config, name))}**" for name in changed]
    st.caption(f":material/edit: Changed from this preset: {'; '.join(words)}.")
    st.button("Back to the preset", icon=":material/undo:", on_click=session.choose_preset,
              type="tertiary")


def _number(name: str) -> None:
    """One numeric setting, with its limits; 0 is named where it means 'off' or 'all'."""
    setting = SETTINGS[name]
    zero = f" (0: {setting.off})" if setting.off else ""
    kind = setting.kind
    st.number_input(
        setting.label + zero, kind(setting.low), kind(setting.high),
        key=name, persist_state="session", help=setting.help,
        step=FINE.get(name, 1), format="%d" if kind is int else "%.4g")
