"""The frame of the Inside page: one run, one of its moments, and a tab that looks into it.

Without a run it shows an example. Everything is computed from the weights of that moment, without
the units that the visitor silenced and with the memory that the visitor allows.
"""

from __future__ import annotations

import math
from functools import cache, partial

import streamlit as st

from dino.charts import loss as loss_chart
from dino.charts.walk import curve_walk
from dino.jobs import RunEntry
from dino.locale.sentences import Sentence, number_sentence, plural_sentence, sentence
from dino.metrics import perplexity
from dino.pages.inside.changes import draw_changes
from dino.pages.inside.moments import draw_moments, go_to_end, go_to_step, play_interval
from dino.pages.inside.names import draw_names
from dino.pages.inside.picked_name import draw_picked_name
from dino.pages.inside.view import Tabs, View, network_at
from dino.run import Run, Snapshot
from dino.ui import current_run, inside_address, measurements, page_top, session, state
from dino.ui.example_runs import example_words, examples
from dino.ui.failures import safe_fragment, safe_part
from dino.ui.inside_address import NAMES
from dino.ui.language import put, say, say_plural
from dino.ui.listening import draw_pulse, turn
from dino.ui.plot import plot
from dino.ui.run_offer import draw_offer
from dino.ui.run_titles import draw_run_box
from dino.ui.server import jobs, this_visit
from dino.ui.text import show_text

WITH_PICTURE = ("memory", "units")  # tabs whose changes should also show in the picked name


def draw_inside(tabs: Tabs) -> None:
    """Draw all of the page below its notices."""
    with st.container(key="inside"):
        safe_fragment(_draw_fragment)(tabs)


def _draw_fragment(tabs: Tabs) -> None:
    """The fragment that is redrawn for anything new, and for every change by the visitor."""
    if session.is_erased():
        st.rerun()
    drawn = turn(this_visit())  # before anything is read, because the run may train meanwhile
    job = current_run.current_job()
    if job is not None:
        current_run.watch(job)
    entries = current_run.runs()
    if entries:
        if job is not None and not job.trained and inside_address.is_waiting():
            draw_offer(job, say("You opened a link to a run that you have not trained yet."))
        _draw_run(entries, tabs)
    else:
        draw_offer(
            job, say("This page looks inside a trained network. You have not trained one yet.")
        )
        if job is None or not job.running:
            draw_example()
    session.update_address("inside")
    measurements.end_unasked("inside")
    draw_pulse(job, play=play_interval(), moment=state.MOMENT.get(), drawn=drawn)


def _draw_run(entries: list[RunEntry], tabs: Tabs) -> None:
    entry = _draw_run_box(entries)
    view = _view(entry, draw_moments(entry), entries)
    _draw_loss(view)
    tab = _draw_tab_bar(tabs)
    with st.container():
        draw_changes(view, always=tab in WITH_PICTURE)
    with st.container(key="panel"):
        safe_part(tabs[tab][1])(view)
    if tab in WITH_PICTURE:
        draw_names(view, folds=True)
    with st.container(key="erase_line"):
        page_top.draw_erase_button("erase_runs")


def _draw_tab_bar(tabs: Tabs) -> str:
    """Draw the tab bar. Return the key of the chosen tab."""
    st.segmented_control(
        say("Look at"),
        list(tabs),
        format_func=lambda tab: put(tabs[tab][0]),
        key=state.INSIDE_TAB.key,
        persist_state="session",
        required=True,
        label_visibility="collapsed",
    )
    chosen = state.INSIDE_TAB.get()
    return chosen if chosen in tabs else "name"


def _draw_run_box(entries: list[RunEntry]) -> RunEntry:
    """Draw the box of runs, and how many were discarded. Return the run to show."""
    newest, tokens = entries[0].token, [entry.token for entry in entries]
    if state.NEWEST_RUN.get() != newest or state.INSIDE_RUN.get() not in tokens:
        state.NEWEST_RUN.set(newest)
        state.INSIDE_RUN.set(newest)  # after training a new run, one wants to see it
    entry = draw_run_box(
        say("Run"),
        entries,
        state.INSIDE_RUN,
        say("Your runs of this visit. When you start a new one, the previous one is kept here."),
    )
    _draw_discarded(jobs().kept_of(this_visit().browser).discarded)
    if entry.token != state.SHOWN_RUN.get():
        go_to_end()  # another run has other units and moments
    state.SHOWN_RUN.set(entry.token)
    return entry


def _draw_discarded(discarded: int) -> None:
    if discarded:
        st.caption(
            say_plural(
                "Only your latest runs fit in memory. {count} older one was discarded.",
                "Only your latest runs fit in memory. {count} older ones were discarded.",
                discarded,
            )
        )


def _view(entry: RunEntry, moment: Snapshot, entries: list[RunEntry]) -> View:
    """The input of the tabs, with the visitor's choices."""
    config = entry.run.config
    return View(
        entry,
        moment,
        intact_model=network_at(entry, moment),
        silent=tuple(unit for unit in state.SILENT.get() if unit < config.hidden_size),
        context_limit=context_limit(int(state.REACH.get() or 0), config.context),
        seed=config.seed + 1000 * int(state.OTHER_DRAWS.get()),
        picked=min(int(state.INSIDE_NAME.get()), NAMES - 1),
        others=tuple(other for other in entries if other.token != entry.token),
    )


def context_limit(wanted: int, trained: int) -> int:
    """How many letters a prediction may see; 0 for as trained.

    It is never more than in training, because the weights did not learn to use more. trained: 0 for
    all.
    """
    limit = max(0, wanted)
    return min(limit, trained) if trained else limit


def _draw_loss(view: View) -> None:
    """Draw the run's curves in a strip, with the moment marked, and say its loss."""
    run = view.entry.run
    figure = loss_chart.loss_strip(
        run.train_eval_curve(),
        run.val_curve(),
        run.step,
        view.moment.step,
        revision=view.entry.token,
        put=put,
    )
    job = current_run.current_job()
    trains = job is not None and job.running and job.token == view.entry.token
    when, loss, *unsure = moment_sentences(run, view.moment, trains, len(view.vocab))
    lines = [put(line) for line in (when, loss, *unchanged_sentences(view))]
    strip, words = st.columns([3, 2], gap="medium")
    with strip:
        plot(
            figure,
            "past",
            say("Loss against updates, with this moment marked. {words}", words=lines[0]),
            walk=curve_walk(put),
            on_point=partial(go_to_step, [moment.step for moment in run.moments]),
        )
    with words:
        st.caption("  \n".join(lines), help=" ".join(map(put, unsure)) or None)


def moment_sentences(run: Run, moment: Snapshot, is_training: bool, symbols: int) -> list[Sentence]:
    """Say when a moment of a run was, and its held-out loss, in nats and as perplexity.

    symbols: how many the network knows.
    """
    found, loss = [_when_sentence(run, moment, is_training)], moment.val_loss
    if not math.isfinite(loss):
        return [*found, sentence("At that update its held-out loss is no longer a number.")]
    return [
        *found,
        sentence(
            "At that update its held-out loss (cross-entropy on the validation set) is {loss:.2f} "
            "nats per symbol.",
            loss=loss,
        ),
        _perplexity_sentence(loss, symbols),
    ]


def _perplexity_sentence(loss: float, symbols: int) -> Sentence:
    """Say a loss as perplexity, in three digits.

    If it is more than the number of symbols, no choice among them is that unsure.
    """
    rounded = float(format(perplexity(loss), ".3g"))
    shown = number_sentence(rounded, ".2f" if rounded < 10 else ".1f" if rounded < 100 else ",.0f")
    if rounded > symbols:
        return sentence(
            "That is a perplexity of {perplexity}, more than the {symbols} symbols. Equal "
            "probabilities for all of them would give a lower loss.",
            perplexity=shown,
            symbols=symbols,
        )
    return sentence(
        "That is a perplexity of {perplexity}. The network is as unsure as when choosing "
        "among that many equally likely symbols.",
        perplexity=shown,
    )


def unchanged_sentences(view: View) -> list[Sentence]:
    """Say that the loss of a moment is without the visitor's changes; nothing without changes."""
    is_bounded = view.context != view.config.context
    if view.silent and is_bounded:
        return [
            sentence(
                "This loss was measured with all units on and the same memory limit as in training."
            )
        ]
    if view.silent:
        return [sentence("This loss was measured with all units on.")]
    if is_bounded:
        return [sentence("This loss was measured with the same memory limit as in training.")]
    return []


def _when_sentence(run: Run, moment: Snapshot, is_training: bool) -> Sentence:
    if is_training:
        return sentence(
            "After {step:,} updates, while training continues ({now:,} of {all:,}).",
            step=moment.step,
            now=run.step,
            all=run.max_steps,
        )
    if moment.step == run.best_moment.step < run.kept_step:
        return sentence(
            "After {step:,} of {all:,} updates, when its held-out loss was lowest.",
            step=moment.step,
            all=run.max_steps,
        )
    return plural_sentence(
        "After {step:,} of {count} update.",
        "After {step:,} of {count:,} updates.",
        run.max_steps,
        step=moment.step,
    )


def draw_example() -> None:
    """Draw the example, and say what it is."""
    view = example_view()
    with st.container(border=True, key="example"):
        show_text(
            say(
                "This example shows what you will see. A prepared run, not yours, wrote the name "
                "{name} letter by letter ({run}).",
                name=view.picked_trace.name,
                run=example_words(view.entry),
            )
        )
        draw_picked_name(view)


@cache
def example_view() -> View:
    """The first example at the moment of its lowest held-out loss, with its first complete name."""
    entry = examples()[0]
    moment = entry.run.best_moment
    view = View(entry, moment, network_at(entry, moment), (), 0, entry.run.config.seed, 0, ())
    whole = [i for i, trace in enumerate(view.traces) if trace.finished and trace.name]
    return View(entry, moment, view.intact_model, (), 0, view.seed, whole[0], ())
