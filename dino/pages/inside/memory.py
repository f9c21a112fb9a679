"""Inside, memory: how many of the last letters the network uses."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import streamlit as st

from dino import context, probe, trained_contexts
from dino.charts import reach as charts_memory
from dino.locale.sentences import Sentence, digits_beside
from dino.ngram import ORDERS
from dino.pages.inside.memory_sentences import (
    MemoryLosses,
    bounded_sentences,
    evidence_sentences,
    exchange_sentence,
    legend_sentences,
    mean_sentence,
    next_symbol_sentences,
    one_network_texts,
    restart_sentence,
)
from dino.pages.inside.view import View
from dino.ui import measurements, state
from dino.ui.language import put, say, say_number
from dino.ui.plot import plot
from dino.ui.table import draw_twin
from dino.ui.text import draw_lines, more_box

FURTHEST = 12  # letters of memory up to which it is measured


def draw_memory(view: View) -> None:
    """Draw the held-out loss by the letters that a prediction may see, and one place of a name."""
    if view.config.context != 1:  # one letter is the shortest memory
        _draw_limit_slider(view)
    left, right = st.columns([5, 6], gap="medium")
    with left:
        _draw_losses(view)
    with right:
        _draw_one_place(view)


def _draw_limit_slider(view: View) -> None:
    """Draw the slider. It ends at the memory of training, as more was never learned."""
    longest = _longest(view)
    state.REACH.correct(min(int(state.REACH.get() or 0), longest))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.slider(
            say("Limit its memory to this many letters (0: as trained)"),
            0,
            longest,
            key=state.REACH.key,
            persist_state="session",
            help=say(
                "The page then computes names, pictures and losses from a zero state and only "
                "the last letters. The weights do not change."
            ),
        )


def _longest(view: View) -> int:
    """The most letters that the page lets this network see, at most as many as in training."""
    return min(view.config.context or FURTHEST, FURTHEST)


# The experiments


def _draw_losses(view: View) -> None:
    if len(view.silent) == view.config.hidden_size:
        st.markdown(say("With all units silent, no letter changes what the network predicts."))
        return
    if len(view.val_arrays.lengths) < 2:
        st.markdown(
            say(
                "One held-out name is too few, because there is no other name whose "
                "beginning could replace its own."
            )
        )
        return
    losses = _measure(view)
    if losses is None:
        return
    known = view.entry.baselines
    counting = {name: (n - 1, known[name]) for name, n in ORDERS.items() if name in known}
    _draw_chart(losses, counting, view.context_limit)
    if losses.share >= 1:
        st.markdown(f"**{put(exchange_sentence(losses))}**")
        for text in one_network_texts(losses):
            st.markdown(put(text))
    else:  # no answer yet: the first names may suggest a different one
        st.progress(losses.share, say("Measuring on more names…"))
    _draw_more(losses)
    _draw_losses_twin(losses, counting)


def _draw_more(losses: MemoryLosses) -> None:
    """Fold what each line is and, once there is an answer, its evidence."""
    with more_box():
        if losses.share >= 1:
            restarted = restart_sentence(losses)
            evidence = [*evidence_sentences(losses), *bounded_sentences(losses)]
            for line in (*evidence, *([restarted] if restarted else [])):
                st.markdown(put(line))
        for line in legend_sentences(losses):
            st.caption(put(line))


def _measure(view: View) -> MemoryLosses | None:
    """Measure the memory. While an experiment has no result, draw a bar and return None."""
    model, data, limit = view.model, view.val_arrays, view.config.context
    longest = 1 if limit == 1 else FURTHEST  # its W_hh was never trained
    works = {
        "own": lambda: probe.name_losses_in_parts(model, data, limit),
        "restarted": lambda: context.name_losses_after_restart(model, data, longest),
        "exchanged": lambda: context.name_losses_after_exchange(model, data, FURTHEST, limit),
    }
    found = {
        name: measurements.measure((*view.key, "memory", name, view.silent), work)
        for name, work in works.items()
    }
    share = sum(each.share for each in found.values()) / len(found)
    results = {name: each.result for name, each in found.items()}
    if all(each is not None for each in results.values()):
        trained = _trained_contexts(view)
        losses = MemoryLosses(
            **results, symbols=data.lengths, context=limit, trained=trained, share=share
        )
        if losses.known.any():
            return losses
    st.progress(share, say("Measuring the memory…"))
    return None


def _trained_contexts(view: View) -> np.ndarray | None:
    """The losses of networks trained beforehand, if this run has their length and their rate."""
    run, config = view.entry.run, view.config
    same_rate = all(rate == config.learning_rate for _, rate in run.learning_rates)
    if not same_rate or view.moment.step != config.max_steps:
        return None
    return trained_contexts.trained_contexts(config, view.corpus)


def _draw_chart(
    losses: MemoryLosses, counting: Mapping[str, tuple[int, float]], limit: int
) -> None:
    errors = losses.gaps(losses.exchanged)[:, 1]
    exchanged = np.stack([losses.mean(losses.exchanged), errors], axis=1)  # (K, 2)
    trained = None if losses.trained is None else losses.trained[:FURTHEST]
    restarted = losses.mean(losses.restarted)
    curves = charts_memory.LossesByMemory(restarted, exchanged, trained, losses.own_loss)
    plot(
        charts_memory.loss_by_memory(curves, counting, limit, put),
        "loss_by_memory",
        say("Held-out loss against the letters a prediction may see"),
    )


def _draw_losses_twin(losses: MemoryLosses, counting: Mapping[str, tuple[int, float]]) -> None:
    named = {
        k: say("{name} {loss:.3f}", name=Sentence(name), loss=loss)
        for name, (k, loss) in counting.items()
    }
    restarted, exchanged = losses.mean(losses.restarted), losses.mean(losses.exchanged)
    gaps = losses.gaps(losses.exchanged)
    rows = []
    for k, (gap, error) in enumerate(gaps.tolist(), 1):
        fine = digits_beside(error, 4)
        shown = [(exchanged[k - 1], ".4f"), (gap, f"+.{fine}f"), (error, f".{fine}f")]
        trained = "" if losses.trained is None else put(mean_sentence(losses.trained[k - 1]))
        numbers = [say_number(float(value), spec) for value, spec in shown]
        first = say_number(float(restarted[k - 1]), ".4f") if k <= len(restarted) else ""
        rows.append([str(k), first, *numbers, trained, named.get(k, "")])
    draw_twin(
        [
            "k",
            say("restarted"),
            say("another name's past"),
            say("above its own"),
            "±",
            say("trained with k letters"),
            say("counting"),
        ],
        rows,
        "loss_by_memory_twin",
        say("Held-out loss by letters seen"),
        numeric=(0, 1, 2, 3, 4, 5),
    )


# One place of a name


def _draw_one_place(view: View) -> None:
    """Draw one place of the picked name, with a memory of 1, 2, … letters."""
    labels = view.vocab.labels
    prefix = _draw_place_slider(view.picked_trace.name)
    probs = context.probs_by_memory(view.model, view.vocab, prefix, _longest(view))  # (K, V)
    plot(
        charts_memory.probs_by_memory(probs, prefix, labels, view.context_limit or None, put),
        "window",
        say("What comes next if only the last letters are seen"),
        charts_memory.probs_by_memory_width(prefix, len(view.vocab)),
    )
    shown, *more = next_symbol_sentences(probs, labels, len(prefix))
    draw_lines([shown], more)
    rows = [
        [str(k), labels[int(p.argmax())], say_number(float(p.max()), ".3f")]
        for k, p in enumerate(probs, 1)
    ]
    draw_twin(
        ["k", say("most probable next"), "p"],
        rows,
        "window_twin",
        say("The most probable next symbol by memory"),
        numeric=(0, 2),
    )


def _draw_place_slider(name: str) -> str:
    """Draw the slider. Return the letters of the picked name before this place."""
    if not name:
        return ""
    chosen = state.PLACE.get()
    place = len(name) if chosen is None else min(int(chosen), len(name))
    state.PLACE.correct(place)
    st.slider(
        say("After how many letters of the picked name"),
        0,
        len(name),
        key=state.PLACE.key,
        persist_state="session",
    )
    return name[:place]
