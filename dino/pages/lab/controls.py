"""The recipe: the settings that are changed most in a row above the chart, the rest in the sidebar.

Each control has a fixed place, and below it a place for the way back to its preset's value.
Sentences on the settings are below the row, in a line that is always there. So a change moves
nothing.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from dino.choice import OWN, Choice
from dino.config import CELLS, LSTM_ONLY, OPTIMIZERS, SETTINGS, Config, usual_rate
from dino.lists import BUNDLED
from dino.locale.sentences import Language, Sentence, sentence
from dino.pages.lab.changes import draw_changes
from dino.pages.lab.fold import draw_fold
from dino.pages.lab.parts import ALONE, draw_setting
from dino.presets import PRESETS
from dino.setting import decimal_of
from dino.ui import chosen_list, session, settings, shown_settings, state
from dino.ui.component import component, draw_styles
from dino.ui.formulas import OPTIMIZER_LEGENDS
from dino.ui.language import language, put, say, say_part, say_plural
from dino.ui.number_box import draw_number
from dino.ui.share import draw_share
from dino.ui.text import setting_text, show_text
from dino.ui.typed_numbers import NumberBox

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

HERE = Path(__file__).parent
# The stops of each box; other values can be typed. Rates: 1, 2 and 5 in every decade.
STOPS: dict[str, list[float]] = {
    "hidden_size": [1, 2, 4, 8, 16, 25, 32, 64, 128, 256, 512],
    "max_steps": [100, 200, 500, 1000, 1200, 1600, 2000, 5000, 10_000, 20_000, 50_000, 100_000],
    "learning_rate": [*(float(f"{n}e{power}") for power in range(-5, 1) for n in (1, 2, 5)), 10.0],
}
# Widths in pixels. Three controls, then two, fill the rows of a phone.
WIDTHS = {"cell": 144, "hidden_size": 102, "max_steps": 96, "optimizer": 172, "learning_rate": 114}
ROW_WIDTH = sum(WIDTHS.values()) + 8 * (len(WIDTHS) - 1)
DROPPED = ("letter_dropout", "hidden_dropout", "weight_drop")
MORE = (
    "batch_size",
    "clip_norm",
    "average",
    *DROPPED,
    "count_teacher",
    "shuffle",
    "context",
    *LSTM_ONLY,
    "seed",
    "split_seed",
    "exam",
    "engine",
)
FINE = {"clip_norm": 0.5, "average": 0.01, "forget_bias": 0.5, "count_teacher": 0.05}
FINE |= dict.fromkeys(DROPPED, 0.05)


def draw_place_of_row() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Draw the first row, empty. Return the places of the settings and, beside them, of the run's
    buttons.
    """
    draw_styles(HERE / "places.css")
    with st.container(key="first_row", horizontal=True, gap="small"):
        draw_fold()
        return (
            st.container(key="settings_row", horizontal=True, gap="xsmall", width=ROW_WIDTH),
            st.container(key="buttons_place", width="stretch"),
        )


def draw_row(row: DeltaGenerator) -> None:
    """Draw the settings that are changed most."""
    with row, session.whole_part("row"):
        for name, width in WIDTHS.items():
            if shown_settings.is_shown(name):
                _draw_field(name, width)
        # An invisible component. It makes a box take what was typed when the visitor clicks
        # elsewhere.
        component("typed", '<div class="dino-typed"></div>', HERE)(key="typed", height=1)


def draw_line(config: Config) -> DeltaGenerator:
    """Draw the line below the row, and return it; more may be drawn at its end.

    It says why a value was refused or, if the learning rate is not the usual one, which one is.
    """
    usual = settings.offered_rate(config)
    if usual is None and settings.side_of_usual(config) > 0:
        usual = usual_rate(config)
    line = st.container(
        key="settings_line", horizontal=True, vertical_alignment="center", gap="small"
    )
    with line:
        if sentence := settings.refusal():
            show_text(sentence)
        elif usual is not None:
            _draw_offer(config, usual)
    return line


def _draw_offer(config: Config, usual: float) -> None:
    """For a learning rate that another optimizer has left: draw two ways to settle it.

    For a rate that the visitor chose far above the usual one: draw only the way to the usual one.
    """
    st.button(
        say(
            "Use {rate:f}, usual for {optimizer}",
            rate=decimal_of(usual),
            optimizer=put(OPTIMIZERS[config.optimizer].label),
        ),
        key="use_usual",
        on_click=settings.use_rate,
        args=(usual,),
        help=_usual_help(config.batch_size),
    )
    if settings.offered_rate(config) is not None:
        st.button(
            say("Keep {rate:f}", rate=decimal_of(config.learning_rate)),
            key="keep_rate",
            on_click=settings.use_rate,
            args=(config.learning_rate,),
        )
    if doubt := _doubt(config):
        with st.container(key="rate_doubt", width="content"):
            st.caption(doubt)


def _usual_help(batch_size: int) -> str:
    """Say what the usual rate suits, as `tests/test_usual_rates.py` measures it."""
    return say_plural(
        "A good first rate for batches of {count} name. With such rates, every preset ends better "
        "than guessing.",
        "A good first rate for batches of {count} names. With such rates, every preset ends better "
        "than guessing.",
        batch_size,
    )


def _doubt(config: Config) -> str:
    """A sentence if the rate is far from the usual one, which the button names; else ''."""
    side, rate = settings.side_of_usual(config), decimal_of(config.learning_rate)
    if side < 0:
        return say("{rate:f} is far below the usual rate.", rate=rate)
    if side > 0:
        return say("{rate:f} is far above the usual rate.", rate=rate)
    return ""


def draw_recipe() -> None:
    """Draw the rest of the recipe."""
    with session.whole_part("recipe"):
        if shown_settings.is_shown("preset"):
            _draw_preset()
        if shown_settings.is_shown("list"):
            _draw_list()
        if shown := [name for name in MORE if shown_settings.is_shown(name)]:
            with st.expander(say("More settings")), st.container(key="more_settings", gap=None):
                for name in shown:
                    _draw_field(name)
    draw_share()
    if shown_settings.is_shown("preset"):
        draw_changes()  # last, because they appear, disappear and grow


def draw_hidden_settings() -> None:
    """Say that a link hides settings, or sets one without a control, and draw the way out."""
    if words := shown_settings.hidden_words():
        with st.container(key="hidden_settings", horizontal=True, vertical_alignment="center"):
            st.caption(words)
            label, key, change = shown_settings.way_out()
            st.button(label, key=key, type="tertiary", on_click=change)


def _draw_field(name: str, width: int | None = None) -> None:
    """Draw a setting's control. If it has left its preset's value, draw the way back below."""
    with st.container(key=f"field_{name}", width=width or "stretch", gap=None):
        if name in ALONE:
            draw_setting(name, _draw_with_back)
        else:
            _draw_with_back(name)


def _draw_with_back(name: str) -> None:
    value = getattr(PRESETS[settings.preset()].config, name)
    _draw_control(name)
    if settings.value_of(name) != value:
        st.button(
            setting_text(name, value),
            icon=":material/undo:",
            key=f"back_{name}",
            type="tertiary",
            on_click=settings.put_back,
            args=(name,),
            help=say("Back to the preset's value"),
        )


def _draw_control(name: str) -> None:
    """Draw the control of this setting; both have the same key."""
    setting = SETTINGS[name]
    if name == "cell":
        _draw_cell()
    elif name in STOPS:
        _draw_stops(name)
    elif setting.choices:
        _draw_choice(name)
    elif setting.kind is bool:
        st.toggle(put(setting.label), key=name, persist_state="session", help=put(setting.help))
    else:
        _draw_number(name)


def _draw_cell() -> None:
    """Draw all three cells side by side."""
    st.segmented_control(
        put(SETTINGS["cell"].label),
        list(CELLS),
        format_func=CELLS.__getitem__,
        key="cell",
        persist_state="session",
        required=True,
        help=put(SETTINGS["cell"].help),
        width="stretch",
    )


def _draw_choice(name: str) -> None:
    """Draw the box of optimizer or engine."""
    st.selectbox(
        put(SETTINGS[name].label),
        list(SETTINGS[name].choices),
        format_func=lambda key: setting_text(name, key),
        key=name,
        persist_state="session",
        help=_optimizer_help() if name == "optimizer" else put(SETTINGS[name].help),
        on_change=settings.choose_rate,
        filter_mode=None,
    )


def _optimizer_help() -> str:
    """Say what an optimizer is, and give the chosen one's formula with each of its symbols."""
    name = str(settings.value_of("optimizer"))
    optimizer = OPTIMIZERS[name]
    step = say("How {optimizer} updates the weights", optimizer=put(optimizer.label))
    facts = "\n".join(f"- {put(fact)}" for fact in OPTIMIZER_LEGENDS[name])
    return f"{put(SETTINGS['optimizer'].help)}\n\n{step}: {put(optimizer.formula)}\n\n{facts}"


def _draw_stops(name: str) -> None:
    """Draw a box with stops for a number, which can also be typed."""
    setting = SETTINGS[name]
    value = settings.value_of(name)
    narrow = say_part("components", "row_labels")  # with the hyphen that a narrow box needs
    st.selectbox(
        narrow.get(name) or put(setting.label),
        sorted({*STOPS[name], value}),
        format_func=lambda stop: settings.stop_label(name, stop),
        key=name,
        persist_state="session",
        help=put(setting.help),
        on_change=settings.choose_rate,
        accept_new_options=True,
        filter_mode="prefix",  # '12' is 12: with a looser match, Enter would take 128
    )


def _draw_number(name: str) -> None:
    """Draw a numeric setting with its limits. If 0 means 'off' or 'all', the label says so. A
    setting of LSTMs cannot be changed while another cell is chosen.
    """
    setting = SETTINGS[name]
    box = NumberBox(state.Value(name, settings.value_of(name)), setting)
    idle = name in LSTM_ONLY and settings.value_of("cell") != "lstm"
    label, step = _label(name, language()), FINE.get(name, 1)
    draw_number(box, label, help=put(setting.help), step=step, disabled=idle)


@cache
def _label(name: str, language: Language) -> str:
    setting = SETTINGS[name]
    if not setting.off:
        return language.put(setting.label)
    named = {"label": Sentence(setting.label), "zero": Sentence(setting.off)}
    return language.put(sentence("{label} (0: {zero})", **named))


def _draw_preset() -> None:
    """Draw the presets, and say what the chosen one shows."""
    st.selectbox(
        say("Preset"),
        list(PRESETS),
        format_func=lambda name: put(PRESETS[name].label),
        key=state.PRESET.key,
        persist_state="session",
        on_change=settings.choose_preset,
    )
    with st.container(key="preset_about"):
        st.caption(put(PRESETS[settings.preset()].about))


def _draw_list() -> None:
    """Draw the box of the lists. The page Data says more about them."""
    keys = [*BUNDLED, *([OWN] if state.OWN_LIST.get() else [])]
    chosen, number = chosen_list.choice(), state.OWN_NUMBER.get()
    st.selectbox(
        say("Names to learn from"),
        keys,
        key=state.LIST.key,
        persist_state="session",
        format_func=lambda key: put(Choice(key, number=number).title),
    )
    with st.container(key="list_link"):
        session.draw_link(session.DATA, label=say("This list, or your own"))
    with st.container(key="list_about"):
        if chosen.removed:
            st.caption(
                say_plural(
                    "{count:,} name was removed from the list.",
                    "{count:,} names were removed from the list.",
                    len(chosen.removed),
                )
            )
        if (bundled := BUNDLED.get(chosen.key)) and bundled.credit:
            st.caption(put(bundled.source))
