"""Inside, units: how important each is, switches for them, and where one is on and off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from dino import probe
from dino.charts import base
from dino.charts import inside as charts_inside
from dino.data import Encoded, encode
from dino.pages.inside.moments import LATEST
from dino.pages.inside.view import View
from dino.ui import current_run, measurements, state
from dino.ui.plot import plot
from dino.ui.table import draw_table, draw_twin
from dino.ui.text import count_text, show_text
from dino.ui.widgets import run_to_end, set_widgets

LISTED = 1500  # names that a unit's states are looked up in
PLACES = 8  # shown where a unit is highest, and where it is lowest
MANY_LABELS = 40  # with this many symbols or more, the figure scrolls in its own frame


def draw_units(view: View) -> None:
    """The importance of every unit, with switches; one unit's state over the list."""
    H = view.config.hidden_size
    measurement = measurements.measure(
        (*view.key, "worth"),
        lambda: probe.unit_importance(view.intact_model, view.val_arrays, view.config.context),
    )
    if measurement.result is None:
        st.progress(measurement.share, "Silencing one unit after another…")
        return
    unit = min(max(int(state.UNIT.get() or 0), 0), H - 1)
    left, right = st.columns([5, 6], gap="medium")
    with left:
        _draw_switches(view, unit)
        _draw_importance(view, measurement.result, unit)
        if not measurement.done:
            _draw_progress(measurement.result)
    with right:
        _draw_states(view, unit)


def _draw_switches(view: View, unit: int) -> None:
    silent, H = view.silent, view.config.hidden_size
    with st.container(horizontal=True, vertical_alignment="bottom"):
        state.UNIT.set(unit)
        st.number_input("Unit", 0, H - 1, key="unit", persist_state="session", width=130)
        _draw_switch(silent, unit)
        st.button(
            "Silence all",
            key="all_off",
            on_click=_silence,
            args=(tuple(range(H)),),
            disabled=len(silent) == H,
        )
        st.button("All on", key="all_on", on_click=_silence, args=((),), disabled=not silent)
    if len(silent) == H:
        st.caption(
            "With all units silent only the output's bias b_y is left: the same probabilities at "
            "every letter."
        )


def _draw_switch(silent: tuple[int, ...], unit: int) -> None:
    if unit in silent:
        label, icon = f"Switch unit {unit} on", ":material/volume_up:"
        changed = tuple(u for u in silent if u != unit)
    else:
        label, icon = f"Silence unit {unit}", ":material/volume_off:"
        changed = (*silent, unit)
    st.button(label, key="switch", icon=icon, on_click=_silence, args=(changed,))


@run_to_end
def _silence(units: tuple[int, ...]) -> None:
    """Callback: silence these units and no others."""
    state.SILENT.set(tuple(sorted(units)))


@run_to_end
def _select(unit: int) -> None:
    set_widgets(unit=unit)


def _draw_importance(view: View, rises: np.ndarray, unit: int) -> None:
    """By how much the loss rises without each unit, and its error; NaN: not measured. (H, 2)"""
    known = np.isfinite(rises[:, 0])
    order = np.argsort(-np.where(known, rises[:, 0], -np.inf), kind="stable").tolist()
    measured = [u for u in order if known[u]]

    def select_bar(x: float, _: float) -> None:
        if 0 <= x < len(measured):
            _select(measured[int(x)])

    plot(
        charts_inside.unit_importance(measured, rises, unit, view.silent),
        "worth",
        "What every unit is worth",
        on_point=select_bar,
    )
    for sentence in importance_sentences(rises):
        st.caption(sentence)
    rows = [
        [
            str(u),
            f"{rises[u, 0]:+.4f}" if known[u] else "…",
            f"{rises[u, 1]:.4f}" if known[u] else "",
            "silent" if u in view.silent else "on",
        ]
        for u in order
    ]
    draw_table(
        ["unit", "worth", "±", "is"],
        rows,
        "worth_table",
        "Units by what they are worth; click one",
        numeric=(0, 1, 2),
        max_height=260,
        selected=order.index(unit),
        on_row=lambda row: _select(order[row]),
    )


def importance_sentences(rises: np.ndarray) -> list[str]:
    """What the units are worth. (H, 2): the rise of the loss and its standard error, NaN where not
    measured yet. A unit is clearly worth something where the rise is more than twice its error.
    """
    worth, errors = rises[np.isfinite(rises[:, 0])].T
    top = int(np.nanargmax(rises[:, 0]))
    useful, harmful = int((worth > 2 * errors).sum()), int((worth < -2 * errors).sum())
    part = "" if len(worth) == len(rises) else f" measured so far ({len(rises)} in all)"
    unclear = len(worth) - useful - harmful
    return [
        "What a unit is worth: by how much the held-out loss rises if it alone is silenced, in "
        "nats per symbol. ± is its standard error over these names; the thin lines are twice that.",
        f"Of {count_text(len(worth), 'unit')}{part}, unit {top} is worth most "
        f"({rises[top, 0]:+.3f} ± {rises[top, 1]:.3f}). Clearly worth something: {useful}. "
        f"Clearly better without it, on these names: {harmful}. Too close to call: {unclear}.",
        "Silencing also takes away what a unit adds all the time: one that stays at +1 acts as a "
        "bias, and seems precious.",
    ]


def _draw_progress(rises: np.ndarray) -> None:
    measured, job = int(np.isfinite(rises[:, 0]).sum()), current_run.current_job()
    st.progress(measured / len(rises), f"{measured} of {len(rises)} units measured…")
    if job is not None and job.running and state.MOMENT.get() == LATEST:
        st.caption(
            "It starts again as training goes on; move the slider to a moment to let it end."
        )


@dataclass(frozen=True, eq=False)
class _UnitStates:
    """One unit's state at every position of some names of the list.

    every: 3 if every third name was used; values (N, T): NaN after a name's end.
    """

    unit: int
    every: int
    names: list[str]
    data: Encoded
    values: np.ndarray


def _draw_states(view: View, unit: int) -> None:
    """Where the unit is high and low: after which letter, at which position, in which name."""
    states = _measure_states(view, unit)
    if states is None:
        return
    means = probe.mean_by_letter(states.values, states.data, view.vocab)
    labels = [*view.vocab.labels, "start"]
    plot(
        charts_inside.mean_by_letter(means, labels),
        "by_letter",
        f"Mean state of unit {unit} after each letter",
        base.LEAST_COLUMN * len(labels) if len(labels) > MANY_LABELS else 0,
    )
    # From high to low; letters that these names do not have are left out.
    order = sorted(np.flatnonzero(np.isfinite(means)).tolist(), key=lambda i: -means[i])
    by_letter = [(labels[i], float(means[i])) for i in order]
    show_text(f"{_letter_words(states, by_letter)} {_position_words(states)}")
    for column, most in zip(st.columns(2, gap="small"), (True, False), strict=True):
        with column:
            _draw_extremes(states, most)
    draw_twin(
        ["after", "mean state"],
        [[label, f"{mean:+.3f}"] for label, mean in by_letter],
        "by_letter_twin",
        "A unit's mean state after each letter",
        numeric=(1,),
    )


def _measure_states(view: View, unit: int) -> _UnitStates | None:
    """None, with a progress bar, while they are computed in the background."""
    every = max(1, -(-len(view.corpus.names) // LISTED))
    names = view.corpus.names[::every]
    data = encode(names, view.vocab)
    measurement = measurements.measure(
        (*view.key, "values", unit, view.context),
        lambda: probe.unit_values_in_parts(view.intact_model, data, unit, view.context),
    )
    if not measurement.done or measurement.result is None:
        st.progress(measurement.share, "Reading the list…")
        return None
    return _UnitStates(unit, every, names, data, measurement.result)


def _letter_words(states: _UnitStates, by_letter: list[tuple[str, float]]) -> str:
    part = f" (one in {states.every})" if states.every > 1 else ""
    high, low = by_letter[0], by_letter[-1]
    return (
        f"Unit {states.unit} over {len(states.names):,} names of the list{part}: highest after "
        f"{high[0]} ({high[1]:+.2f} on average), lowest after {low[0]} ({low[1]:+.2f})."
    )


def _position_words(states: _UnitStates) -> str:
    """At which positions it is highest and lowest, of those that a twentieth of the names has."""
    enough = max(5, len(states.names) // 20)
    reached = np.isfinite(states.values).sum(axis=0)
    means = np.nanmean(states.values[:, reached >= enough], axis=0)
    high, low = int(means.argmax()), int(means.argmin())
    return (
        f"By place, as far as {enough} names reach, it is highest after "
        f"{count_text(high, 'letter')} ({means[high]:+.2f}), lowest after {low} "
        f"({means[low]:+.2f})."
    )


def _draw_extremes(states: _UnitStates, most: bool) -> None:
    """The places where the unit's state is highest, or lowest."""
    end = "highest" if most else "lowest"
    rows = []
    for n, t, value in probe.extremes(states.values, PLACES, most):
        name = states.names[n]
        rows.append([f"{name[:t]}▏{name[t:]}", f"{value:+.2f}"])
    draw_table(
        [f"{end} after", "state"],
        rows,
        f"{end}_states",
        f"Where unit {states.unit} is {end}",
        numeric=(1,),
        names=(0,),
        fluid=True,
    )
