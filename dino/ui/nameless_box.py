"""A saved run whose file lacks its list's names: a visitor can look at it, but not train it."""

from __future__ import annotations

import streamlit as st

from dino.charts.loss import loss_curves
from dino.charts.walk import curve_walk
from dino.live.loss_words import explain_curves, final_losses, loss_sentences
from dino.mix import mix_of
from dino.reports.tables import curve_rows
from dino.saved.nameless_run import NamelessRun
from dino.ui import open_saved_run, settings
from dino.ui.language import put, say, say_number
from dino.ui.plot import plot
from dino.ui.run_titles import recipe_title
from dino.ui.table import draw_table, draw_twin
from dino.ui.text import show_text

ROWS = 300  # of the chart's table
HEIGHT = 300  # pixels of the chart


def draw_nameless(found: NamelessRun) -> None:
    """Draw what the file shows, and a button that closes it."""
    with st.container(border=True, key="nameless"):
        st.markdown(f"**{say('A saved run, for viewing only')}**")
        show_text("\n".join(_what_it_is(found)))
        _draw_losses(found)
        _draw_names(found)
        st.button(
            say("Close"),
            icon=":material/close:",
            key="nameless_close",
            on_click=open_saved_run.close_nameless,
        )


def _what_it_is(found: NamelessRun) -> list[str]:
    """One line each: its file, why one can only look at it, its recipe, its list, its seeds."""
    run, listed = found.run, found.listed
    title = [say("File: “{file}”.", file=found.title)] if found.title else []
    why = say(
        "It was trained on a private list (fingerprint {fingerprint}) whose names are not in the "
        "file, so it is not one of your runs. To train it further and look inside, choose the "
        "same list on the Data page and open the file again.",
        fingerprint=listed.fingerprint[:8],
    )
    counts = [
        say("names trained on: {count:,}", count=listed.train_names),
        say("held out: {count:,}", count=listed.held_out),
        *([say("set aside for the final exam: {count:,}", count=listed.exam)] * bool(listed.exam)),
        say("split seed: {seed}", seed=listed.split_seed),
        say("seed: {seed}", seed=run.config.seed),
    ]
    return [*title, why, recipe_title(run), *_rates_left_out(found), " · ".join(counts)]


def _rates_left_out(found: NamelessRun) -> list[str]:
    """Say that only two of its many learning rates are shown."""
    if found.rates == len(found.run.learning_rates):
        return []
    return [
        say("It had {count:,} learning rates. The first and the last are shown.", count=found.rates)
    ]


def _draw_losses(found: NamelessRun) -> None:
    """Draw the final losses, their curves, and what they show."""
    run, listed = found.run, found.listed
    draw_table(
        [say("loss, nats per symbol"), say("value")],
        [[put(what), put(loss)] for what, loss in final_losses(run)],
        "nameless_losses",
        say("The losses of this run"),
        numeric=(1,),
    )
    figure = loss_curves(
        run.train_curve(),
        run.val_curve(),
        found.baselines,
        run.step,
        evaluated=run.train_eval_curve(),
        good=run.kept_step if run.stopped else None,
        rates=run.learning_rates,
        revision="nameless",
        height=HEIGHT,
        put=put,
    )
    words = [put(it) for it in loss_sentences(run, found.baselines, [], listed.held_out)]
    words += [put(run.stopped)] if run.stopped else []
    alt = say("Loss against updates. {words}", words=words[0])
    plot(figure, "nameless_curves", alt, walk=curve_walk(put))
    show_text(" ".join(words))
    st.caption(
        say("Its loss together with counting is not shown, because counting needs the list.")
    )
    lines = explain_curves(len(listed.vocab), listed.held_out)
    st.caption("  \n".join(f"{put(term)}: {put(about)}" for term, about in lines))
    _draw_twin(found)


def _draw_twin(found: NamelessRun) -> None:
    rows = [
        [say_number(row.step), *(_loss(it) for it in (row.train, row.evaluated, row.held_out))]
        for row in curve_rows(found.run.with_fewer_points(ROWS))
    ]
    draw_twin(
        [say("update"), say("train"), say("train, evaluated"), say("held out")],
        rows,
        "nameless_twin",
        say("The losses of this run by update"),
        numeric=range(4),
    )


def _loss(value: float | None) -> str:
    return "–" if value is None else say_number(value, ".3f")


def _draw_names(found: NamelessRun) -> None:
    """Draw the names that its network writes, as plain text, because they come from a file."""
    st.markdown(f"**{say('Names that its network writes')}**")
    if not found.names:
        st.caption(say("Its file has no weights, so its network cannot write names."))
        return
    st.caption(
        say(
            "They are not in the file. The network writes them now, with its weights after update "
            "{step:,}. Without the list, nobody can tell whether one of them is a copy of a name.",
            step=found.written_at,
        )
    )
    if mix_of(settings.writing_settings().mix) is not None:
        st.caption(
            say(
                "Counting needs the list, so here the network writes without counting. To "
                "write names together with counting, choose the same list and open the file again."
            )
        )
    draw_table(
        [say("name")],
        [[f"{name}{'' if is_whole else '…'}" or say("(empty)")] for name, is_whole in found.names],
        "nameless_names",
        say("Names that the network of this run writes now"),
        names=(0,),
    )
