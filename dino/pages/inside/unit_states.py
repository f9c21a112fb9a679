"""Inside, units: after which letters, at which positions, in which names a unit is high or low."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from dino import probe
from dino.charts import base
from dino.charts import inside as charts_inside
from dino.data import Encoded, encode
from dino.locale.sentences import Sentence, plural_sentence, sentence
from dino.pages.inside.view import View
from dino.ui import measurements
from dino.ui.language import put, say, say_number
from dino.ui.plot import plot
from dino.ui.table import draw_table, draw_twin
from dino.ui.text import show_text

LISTED = 1500  # names on which a unit's state is computed
PLACES = 8  # places that are shown where a unit is highest, and lowest
MANY_LABELS = 40  # from this number of symbols on, the figure scrolls


@dataclass(frozen=True, eq=False)
class UnitStates:
    """One unit's state at every position of some names of the list.

    every: 3 if every third name was used; values (N, T): NaN after a name's end.
    """

    unit: int
    every: int
    names: list[str]
    data: Encoded
    values: np.ndarray


def draw_states(view: View, unit: int) -> None:
    """Draw where the unit is high and low over the names of the list."""
    states = _measure(view, unit)
    if states is None:
        return
    means = probe.mean_by_letter(states.values, states.data, view.vocab)
    start = say("start")
    labels = [*view.vocab.labels, start]
    plot(
        charts_inside.mean_by_letter(means, labels, put),
        "by_letter",
        say("Mean state of unit {unit} after each letter", unit=unit),
        base.LEAST_COLUMN * len(labels) if len(labels) > MANY_LABELS else 0,
    )
    by_letter = _by_mean(means, labels)
    lines = [*letter_sentences(states, by_letter, start), *position_sentences(states, view.context)]
    if view.silent:
        lines.append(sentence("Silencing units changes none of these figures."))
    show_text("\n".join(put(line) for line in lines))
    for column, most in zip(st.columns(2, gap="small"), (True, False), strict=True):
        with column:
            _draw_extremes(states, most)
    draw_twin(
        [say("after"), say("mean state")],
        [[label, say_number(mean, "+.3f")] for label, mean in by_letter],
        "by_letter_twin",
        say("A unit's mean state after each letter"),
        numeric=(1,),
    )


def _measure(view: View, unit: int) -> UnitStates | None:
    """Compute the states in the background. Until they are there, draw a bar and return None."""
    every = max(1, -(-len(view.corpus.open_names) // LISTED))
    names = view.corpus.open_names[::every]
    data = encode(names, view.vocab)
    measurement = measurements.measure(
        (*view.key, "values", unit, view.context),
        lambda: probe.unit_values_in_parts(view.intact_model, data, unit, view.context),
    )
    if not measurement.done or measurement.result is None:
        st.progress(measurement.share, say("Reading the list…"))
        return None
    return UnitStates(unit, every, names, data, measurement.result)


def _by_mean(means: np.ndarray, labels: list[str]) -> list[tuple[str, float]]:
    """Letters by mean, highest first; without letters that these names lack. (V + 1,), (V + 1,)"""
    known = np.flatnonzero(np.isfinite(means)).tolist()
    order = sorted(known, key=lambda i: -means[i])
    return [(labels[i], float(means[i])) for i in order]


def letter_sentences(
    states: UnitStates, by_letter: list[tuple[str, float]], start: str
) -> list[Sentence]:
    """Say which names were read, and after which letters the unit is highest and lowest.

    by_letter: letters with the unit's mean after each, highest first. start: the word
    in it for the beginning of a name.
    """
    (highest, high), (lowest, low) = by_letter[0], by_letter[-1]
    found = [
        _names_sentence(states),
        sentence(
            "On average, the state of unit {unit} is highest {where} ({mean:+.2f}).",
            unit=states.unit,
            where=_where(highest, start),
            mean=high,
        ),
    ]
    if len(by_letter) > 1:
        found.append(
            sentence(
                "On average it is lowest {where} ({mean:+.2f}).",
                where=_where(lowest, start),
                mean=low,
            )
        )
    return found


def _where(letter: str, start: str) -> Sentence:
    if letter == start:
        return sentence("at the beginning of a name")
    return sentence("after {letter}", letter=letter)


def _names_sentence(states: UnitStates) -> Sentence:
    if states.every == 1:
        return plural_sentence(
            "Measured on {count} name of the list.",
            "Measured on all {count:,} training and held-out names.",
            len(states.names),
        )
    return plural_sentence(
        "Measured on {count} training or held-out name, one of every {every}.",
        "Measured on {count:,} training and held-out names, one of every {every}.",
        len(states.names),
        every=states.every,
    )


def position_sentences(states: UnitStates, context: int) -> list[Sentence]:
    """Say at which positions the unit is highest and lowest.

    Only positions count that at least a twentieth of the names has. context: how many letters the
    network sees, 0 for all.
    """
    window = [_window_sentence(context)] if context else []
    if context == 1:  # its means by position are those of the letters
        return window
    enough = max(5, len(states.names) // 20)
    reached = np.isfinite(states.values).sum(axis=0)
    columns = np.flatnonzero(reached >= enough)
    if len(columns) < 2:
        return []
    means = np.nanmean(states.values[:, columns], axis=0)
    high, low = int(columns[means.argmax()]), int(columns[means.argmin()])
    return [
        plural_sentence(
            "By position, it is highest after {count} letter ({mean:+.2f}). Only positions "
            "that occur in at least {enough} names are counted.",
            "By position, it is highest after {count} letters ({mean:+.2f}). Only "
            "positions that occur in at least {enough} names are counted.",
            high,
            enough=enough,
            mean=float(means.max()),
        ),
        plural_sentence(
            "By position, it is lowest after {count} letter ({mean:+.2f}).",
            "By position, it is lowest after {count} letters ({mean:+.2f}).",
            low,
            mean=float(means.min()),
        ),
        *window,
    ]


def _window_sentence(context: int) -> Sentence:
    return plural_sentence(
        "The network sees only the last letter, so two positions differ only in that letter.",
        "The network sees only the last {count} letters, so from {count} letters on, two "
        "positions differ only in those letters.",
        context,
    )


def _draw_extremes(states: UnitStates, most: bool) -> None:
    """Draw the places where the unit's state is highest, or lowest; one place per name."""
    rows = []
    for n, t, value in probe.extremes(states.values, PLACES, most):
        name = states.names[n]
        rows.append([f"{name[:t]}▏{name[t:]}", say_number(value, "+.2f")])
    if most:
        head = say("highest after")
        caption = say("Where unit {unit} is highest", unit=states.unit)
    else:
        head = say("lowest after")
        caption = say("Where unit {unit} is lowest", unit=states.unit)
    draw_table(
        [head, say("state")],
        rows,
        "highest_states" if most else "lowest_states",
        caption,
        numeric=(1,),
        names=(0,),
        fluid=True,
    )
