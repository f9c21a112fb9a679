"""Inside, units: what each is worth, switches for them, and where a unit is high or low."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dino import probe
from dino.charts import inside as charts_inside
from dino.difference import CLEAR, ENOUGH_NAMES, few_names_sentence
from dino.locale.sentences import (
    Sentence,
    digits_beside,
    error_sentence,
    mark,
    plural_sentence,
    sentence,
)
from dino.pages.inside.unit_states import draw_states
from dino.pages.inside.view import View
from dino.setting import Setting
from dino.ui import current_run, measurements, state
from dino.ui.inside_address import LATEST
from dino.ui.language import put, say, say_number
from dino.ui.number_box import draw_number, draw_refusals
from dino.ui.plot import plot
from dino.ui.table import draw_table
from dino.ui.typed_numbers import NumberBox
from dino.ui.widgets import run_to_end

# The share of worthless units whose rise is more than twice its error. A normal figure would have
# 0.023, but names differ in length and their losses are skewed. A test measures the share.
PASS_BY_CHANCE = 0.03
WAYS = {"silence": mark("silencing it"), "hold": mark("holding it at its mean")}


def draw_units(view: View) -> None:
    """Draw the importance of every unit, with switches, and one unit's state over the list."""
    unit = min(max(int(state.UNIT.get() or 0), 0), view.config.hidden_size - 1)
    left, right = st.columns([5, 6], gap="medium")
    with left:
        _draw_switches(view, unit)
        _draw_measured(view, unit)
    with right:
        draw_states(view, unit)


def unit_box(hidden_size: int) -> NumberBox:
    """The box of a unit of the hidden state. Both tabs that have one show the same unit."""
    return NumberBox(state.UNIT, Setting(int, mark("Unit"), "", low=0, high=hidden_size - 1))


def _draw_switches(view: View, unit: int) -> None:
    silent, H = view.silent, view.config.hidden_size
    box = unit_box(H)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        state.UNIT.correct(unit)
        draw_number(box, says=False, width=130)
        _draw_switch(silent, unit)
        st.button(
            say("Silence all"),
            key="all_off",
            on_click=_silence,
            args=(tuple(range(H)),),
            disabled=len(silent) == H,
        )
        st.button(say("All on"), key="all_on", on_click=_silence, args=((),), disabled=not silent)
    draw_refusals(box)
    if len(silent) == H:
        st.caption(
            say(
                "With all units silent, only the output's bias b_y is left, so the "
                "probabilities are the same at every letter."
            )
        )


def _draw_switch(silent: tuple[int, ...], unit: int) -> None:
    if unit in silent:
        label, icon = say("Switch unit {unit} on", unit=unit), ":material/volume_up:"
        changed = tuple(u for u in silent if u != unit)
    else:
        label, icon = say("Silence unit {unit}", unit=unit), ":material/volume_off:"
        changed = (*silent, unit)
    st.button(label, key="switch", icon=icon, on_click=_silence, args=(changed,))


@run_to_end
def _silence(units: tuple[int, ...]) -> None:
    """Callback: silence exactly these units."""
    state.SILENT.set(tuple(sorted(units)))


@run_to_end
def _select(unit: int) -> None:
    state.UNIT.set(unit)


def _draw_measured(view: View, unit: int) -> None:
    """Draw what every unit is worth; there are two ways to do without it."""
    way = _draw_way_box()
    model, data, context = view.intact_model, view.val_arrays, view.config.context
    measurement = measurements.measure(
        (*view.key, "unit_importance", way),
        lambda: probe.unit_importance(model, data, context, hold=way == "hold"),
    )
    if measurement.result is None:
        st.progress(measurement.share, say("Measuring one unit after another…"))
        return
    rises = measurement.result
    order = _ranking(rises)
    _draw_importance(view, rises, order, unit)
    lines = importance_sentences(rises, len(data.lengths), way)
    st.caption("  \n".join(put(line) for line in lines))
    _draw_table(view, rises, order, unit)
    if not measurement.done:
        _draw_progress(rises)


def _draw_way_box() -> str:
    """Draw the box. Return the key of the chosen way."""
    chosen = st.segmented_control(
        say("Test a unit by"),
        list(WAYS),
        format_func=lambda way: put(WAYS[way]),
        key="without",
        required=True,
        default="silence",
        help=say(
            "A unit that never changes acts as a bias. Silencing it can change the loss, "
            "but holding it at its mean does not."
        ),
    )
    return str(chosen or "silence")


def _ranking(rises: np.ndarray) -> list[int]:
    """The units by their rise, largest first; units that are not measured yet are last. (H, 2)"""
    ranked = np.where(np.isfinite(rises[:, 0]), rises[:, 0], -np.inf)
    order: list[int] = np.argsort(-ranked, kind="stable").tolist()
    return order


def _draw_importance(view: View, rises: np.ndarray, order: list[int], unit: int) -> None:
    """Draw by how much the loss rises without each unit, ± its error; NaN: not measured. (H, 2)"""
    measured = [u for u in order if np.isfinite(rises[u, 0])]

    def select_bar(x: float, _: float) -> None:
        if 0 <= x < len(measured):
            _select(measured[int(x)])

    plot(
        charts_inside.unit_importance(measured, rises, unit, view.silent, put),
        "unit_importance",
        say("Rise of the held-out loss without each unit measured so far"),
        on_point=select_bar,
    )


def _draw_table(view: View, rises: np.ndarray, order: list[int], unit: int) -> None:
    rows = [
        [str(u), *_figures(rises[u]), say("silent") if u in view.silent else say("active")]
        for u in order
    ]
    draw_table(
        [say("unit"), say("worth"), "±", say("now")],
        rows,
        "unit_importance_table",
        say("Units by what they are worth. Click one"),
        numeric=(0, 1, 2),
        max_height=260,
        selected=order.index(unit),
        on_row=lambda row: _select(order[row]),
    )


def _figures(rise: np.ndarray) -> tuple[str, str]:
    """A unit's rise and its error for a table; … while it is not measured. (2,)"""
    if not np.isfinite(rise[0]):
        return "…", ""
    value, error = rise.tolist()
    digits = digits_beside(error, 4)
    return say_number(value, f"+.{digits}f"), say_number(error, f".{digits}f")


def importance_sentences(rises: np.ndarray, names: int, way: str = "silence") -> list[Sentence]:
    """Say what the units are worth, one fact per sentence.

    rises (H, 2): the rise of the loss and its standard error, NaN if not measured yet; names: how
    many it is measured on; way: how a unit is left out, of `WAYS`. With too few names, no unit is
    called clear.
    """
    found = [
        _importance_sentence(way),
        sentence(
            "± is its standard error over these names (paired: the same names with and "
            "without the unit). The thin lines show twice that."
        ),
        *_measured_sentences(rises),
    ]
    measured = rises[np.isfinite(rises[:, 0])]
    if not len(measured):
        return found
    if names < ENOUGH_NAMES:
        return [*found, few_names_sentence(names)]
    return [*found, *_clear_sentences(measured), _chance_sentence(len(measured))]


def _clear_sentences(rises: np.ndarray) -> list[Sentence]:
    """Say how many units are clearly worth something, and how many hurt. (H, 2)

    A unit is clearly worth something if the rise is more than twice its error.
    """
    importance, errors = rises.T
    useful = int((importance > CLEAR * errors).sum())
    harmful = int((importance < -CLEAR * errors).sum())
    found = [
        plural_sentence(
            "{count} unit is clearly worth something. Its rise is more than twice its error.",
            "{count} units are clearly worth something. For each, the rise is more than "
            "twice its error.",
            useful,
        )
    ]
    if harmful:
        found.append(
            plural_sentence(
                "{count} unit hurts on these names. Without it, the loss is clearly lower.",
                "{count} units hurt on these names. Without any one of them, the loss is "
                "clearly lower.",
                harmful,
            )
        )
    if unclear := len(importance) - useful - harmful:
        found.append(
            plural_sentence(
                "{count} unit is too close to call.",
                "{count} units are too close to call.",
                unclear,
            )
        )
    return found


def _importance_sentence(way: str) -> Sentence:
    if way == "hold":
        return sentence(
            "A unit's worth is how much the held-out loss rises if only that unit is held at "
            "its mean state over these names, in nats per symbol."
        )
    return sentence(
        "A unit's worth is how much the held-out loss rises if only that unit is silenced, in "
        "nats per symbol."
    )


def _measured_sentences(rises: np.ndarray) -> list[Sentence]:
    """If not all units are measured, say how many; then the largest rise. (H, 2)

    A measured rise may be NaN, if the network's loss is NaN.
    """
    is_known = np.isfinite(rises[:, 0])
    measured = int(is_known.sum())
    if not measured:
        return [
            sentence("The loss without a unit is not a number, so the units cannot be compared.")
        ]
    top = int(np.nanargmax(np.where(is_known, rises[:, 0], np.nan)))
    largest = sentence(
        "Unit {unit} has the largest rise: {rise}.",
        unit=top,
        rise=error_sentence(float(rises[top, 0]), float(rises[top, 1]), 3, "+"),
    )
    if measured == len(rises):
        return [largest]
    so_far = plural_sentence(
        "{count} of {units} units is measured so far.",
        "{count} of {units} units are measured so far.",
        measured,
        units=len(rises),
    )
    return [so_far, largest]


def _chance_sentence(units: int) -> Sentence:
    """Say how many units chance alone would call clearly worth something."""
    return plural_sentence(
        "By chance alone, a unit that is worth nothing passes this test in about 3 of 100 cases.",
        "By chance alone, about {passing:.1f} of {count} units would pass this test if all were "
        "worth nothing.",
        units,
        passing=PASS_BY_CHANCE * units,
    )


def _draw_progress(rises: np.ndarray) -> None:
    measured, job = int(np.isfinite(rises[:, 0]).sum()), current_run.current_job()
    words = say("{measured} of {units} units measured…", measured=measured, units=len(rises))
    st.progress(measured / len(rises), words)
    if job is not None and job.running and state.MOMENT.get() == LATEST:
        st.caption(
            say(
                "The measurement starts over while training continues. Move the slider to a "
                "fixed update to let it finish."
            )
        )
