"""What gates, size and dropout add: recipes from First success to the best LSTM, one change each.

A table that a visitor's own runs fill. What is said of two recipes needs a run of each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from dino.config import Config
from dino.locale.sentences import Sentence, error_sentence, sentence
from dino.presets import PRESETS, single_changes
from dino.ui import current_run, settings, state
from dino.ui.language import put, say, say_number
from dino.ui.table import draw_table
from dino.ui.widgets import run_to_end

if TYPE_CHECKING:
    import numpy as np

    from dino.jobs import RunEntry, RunHandle
    from dino.run import Run


def place_of(config: Config) -> int | None:
    """The place of a recipe among them, 0 for First success; None for any other recipe."""
    recipes = single_changes(config)
    return recipes.index(config) if config in recipes else None


def runs_by_recipe(entries: Iterable[RunEntry]) -> dict[Config, RunEntry]:
    """The first run of each recipe that was trained as the recipe says.

    entries: runs on one list with one split.
    """
    found: dict[Config, RunEntry] = {}
    for entry in entries:
        if entry.run.is_by_its_recipe:
            found.setdefault(entry.run.config, entry)
    return found


def difference_sentence(before: Run, after: Run, symbols: np.ndarray) -> Sentence | None:
    """How much higher a run's held-out loss is than that of the one before, in nats per symbol.

    symbols (N,): each held-out name's targets. None where the names' losses are not known, or are
    too few.
    """
    from dino.metrics import CLEAR, ENOUGH_NAMES, loss_difference  # it needs numpy

    if before.val_name_losses is None or after.val_name_losses is None:
        return None
    if len(symbols) < ENOUGH_NAMES:
        return None
    difference, error = loss_difference(after.val_name_losses, before.val_name_losses, symbols)
    words = error_sentence(difference, error, 3, "+")
    if abs(difference) > CLEAR * error:
        return words
    return sentence("{difference}, too close to call", difference=words)


def few_names(names: int) -> Sentence | None:
    """That so few names are held out that nothing is said of a difference; None for enough."""
    from dino.metrics import ENOUGH_NAMES, few_names_sentence  # it needs numpy

    return few_names_sentence(names) if names < ENOUGH_NAMES else None


def draw_single_changes(job: RunHandle, entries: Sequence[RunEntry]) -> None:
    """The table, for a run of one of its recipes; on First success the page shows other things.

    entries: the visitor's runs whose losses may be compared with this one's.
    """
    if not place_of(job.config):
        return
    recipes, runs = single_changes(job.config), runs_by_recipe(entries)
    with st.container(border=True, key="single_changes"):
        st.markdown(say("**What gates, size and dropout add**"))
        st.caption(
            say("From First success to Best LSTM: each row changes one setting of the row above.")
        )
        may_act = current_run.may_act(job)
        draw_table(
            [say("change"), say("held out"), say("against the row above")],
            _rows(recipes, runs),
            "single_changes_table",
            say("Recipes from First success to Best LSTM, and what your runs of them reached"),
            numeric=(1,),
            selected=place_of(settings.config()),
            on_row=(lambda row: set_up(recipes[row])) if may_act else None,
        )
        st.caption(
            say("Choose a row to put its recipe on the controls; a run of it fills the row.")
        )
        if (few := few_names(len(job.corpus.val))) is not None:
            st.caption(put(few))
        st.caption(
            say(
                "This is what one run each shows; ± is the standard error over the held-out names, "
                "and another seed moves a run as well."
            )
        )


def _rows(recipes: Sequence[Config], runs: Mapping[Config, RunEntry]) -> list[list[str]]:
    """For each recipe what it changes, what its run reached, and how far that is from the last."""
    rows = [[put(PRESETS["first-success"].label), *_figures(runs.get(recipes[0]), None)]]
    for before, recipe in zip(recipes, recipes[1:], strict=False):
        change = "; ".join(settings.change_words(before, recipe))
        rows.append([change, *_figures(runs.get(recipe), runs.get(before))])
    return rows


def _figures(entry: RunEntry | None, before: RunEntry | None) -> tuple[str, str]:
    if entry is None:
        return "–", ""
    loss = say_number(entry.run.val_loss, ".3f")
    if before is None:
        return loss, ""
    found = difference_sentence(before.run, entry.run, entry.corpus.val_arrays.lengths)
    return loss, put(found) if found is not None else ""


@run_to_end
def set_up(recipe: Config) -> None:
    """Callback: put a recipe on the controls; training it is the visitor's to do."""
    settings.show_recipe(recipe)
    state.REDRAW.set(True)  # the controls are outside of the fragment that has the table
