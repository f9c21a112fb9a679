"""How far back a lesson's networks remember: made-up words, the memory that names need, gates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from dino.charts import cell_kinds as cells_chart
from dino.choice import Choice
from dino.config import CELLS
from dino.experiments.estimate import at_load, duration_sentence
from dino.lessons.figures import dinosaurs
from dino.lessons.item import Value
from dino.lessons.panels import PANELS
from dino.locale.sentences import Sentence, error_sentence, sentence
from dino.pages.learn.network import draw_name_box
from dino.pages.learn.stage import Stage
from dino.ui import current_run, measurements
from dino.ui.language import put, say, say_number, say_plural
from dino.ui.plot import plot
from dino.ui.server import jobs
from dino.ui.table import draw_table
from dino.ui.text import show_text

if TYPE_CHECKING:
    from dino.echo import Echo, Watched
    from dino.jobs import RunEntry

SEEDS = 3  # seeds that a learner may try
NAME = "triceratops"


def draw_echo(stage: Stage) -> Mapping[str, Value]:
    """Train two LSTMs on made-up words in the background, and show what they learned."""
    seed: int = st.slider(
        say("Seed of the lists and the initial weights"),
        *(0, SEEDS - 1, 0),
        key=stage.key("seed"),
        persist_state="session",
        width=320,
    )
    found = _measured(seed)
    networks: tuple[Watched, ...] = found.result or ()
    if not found.done:
        st.progress(found.share, _waiting_words(seed))
    if any(it.updates for it in networks):
        _draw_networks(stage, networks)
    if not found.done:
        return {}
    from dino.lessons.figures_memory import echo_figures

    return echo_figures(networks)


def _waiting_words(seed: int) -> str:
    """Say how long the training still takes beside what else is at work on this server."""
    from dino.lessons.figures_memory import shared_biases

    workers, watchers = jobs().workers, measurements.count_at_work(_key(seed))
    others = max(0, workers.at_work - watchers)
    left = shared_biases(seed).seconds_left(PANELS["echo"].seconds)
    time = put(duration_sentence(at_load(left, workers.wanted, others, watchers)))
    if not others:
        return say(
            "The networks are training in the background. The result takes about {time}. You can "
            "read on.",
            time=time,
        )
    return say_plural(
        "The networks are training in the background. One other computation shares the server. "
        "The result takes about {time}. You can read on.",
        "The networks are training in the background. {count} other computations share the "
        "server. The result takes about {time}. You can read on.",
        others,
        time=time,
    )


def _key(seed: int) -> tuple[str, int]:
    """The key of a visitor's measurement that watches the training with a seed."""
    return "learn_echo", seed


def _measured(seed: int) -> Any:
    def parts() -> Iterator[tuple[float, Any]]:
        from dino.lessons.figures_memory import shared_biases

        yield 0.0, ()
        yield from shared_biases(seed).parts()

    return measurements.measure(_key(seed), parts, patience=0.0)


def _draw_networks(stage: Stage, networks: tuple[Watched, ...]) -> None:
    """Draw how the networks learn; and when they are trained, how well."""
    from dino.echo import FORGOTTEN, LEARNED, RECIPE

    lines = [
        cells_chart.Learning(
            say("forget bias {bias:.0f}", bias=it.forget_bias), it.updates, it.losses
        )
        for it in networks
    ]
    alt = say("The loss of each network at the last letter of held-out words")
    figure = cells_chart.losses_by_update(lines, RECIPE.max_steps, FORGOTTEN, LEARNED, put)
    plot(figure, stage.key("echo"), alt)
    echoes = tuple(it.echo for it in networks if it.echo is not None)
    if echoes:
        _draw_echoes(stage, echoes)


def _draw_echoes(stage: Stage, echoes: tuple[Echo, ...]) -> None:
    """Draw each network's loss at the last letter, and how often its best guess is right."""
    from dino.echo import meaning_sentences, verdict_sentence

    rows = [
        [
            say_number(it.forget_bias, ".0f"),
            put(error_sentence(it.loss, it.error, 3)),
            say("{right:,} of {words:,}", right=it.right, words=it.words),
            put(verdict_sentence(it)),
        ]
        for it in echoes
    ]
    columns = [
        say("forget bias"),
        say("loss at the last letter, nats"),
        say("most likely letter right"),
        say("verdict"),
    ]
    caption = say("The loss of each network at the last letter of held-out words")
    draw_table(columns, rows, stage.key("echo_table"), caption, numeric=(0, 1, 2), less=(2,))
    show_text("\n".join(map(put, meaning_sentences())))


# Names


def draw_memory_curves(stage: Stage) -> Mapping[str, Value]:
    """Draw the losses of networks that were trained beforehand with a bounded memory."""
    from dino.lessons.figures_memory import memory_losses

    losses = memory_losses()
    named = {put(CELLS[cell]): each[:-1] for cell, each in losses.items()}
    words = [put(memory_sentence(cell, each)) for cell, each in losses.items()]
    alt = say("Held-out loss against the letters a prediction may see")
    plot(cells_chart.losses_by_memory(named, put), stage.key("memory"), alt)
    show_text("\n".join(words))
    st.caption(
        say(
            "Each point is the mean of {seeds} networks that were trained beforehand with this "
            "memory. The line through it shows their standard deviation.",
            seeds=next(iter(losses.values())).shape[1],
        )
    )
    return {}


def memory_sentence(cell: str, losses: np.ndarray) -> Sentence:
    """Say a cell's losses with a memory of one letter, of three, and of all. losses (13, S)."""
    means, spread = losses.mean(axis=1).tolist(), losses.std(axis=1, ddof=1).tolist()
    one, three, whole = (error_sentence(means[i], spread[i], 3) for i in (0, 2, -1))
    return sentence(
        "{cell}: {one} nats per symbol with a memory of one letter, {three} with three, {whole} "
        "with all.",
        cell=Sentence(CELLS[cell]),
        one=one,
        three=three,
        whole=whole,
    )


def draw_regularised(stage: Stage) -> Mapping[str, Value]:
    """Draw the losses of regularised networks, measured in advance, beside those of counting."""
    from dino.lessons.figures_regularised import measured

    found = measured()
    rows = [
        [
            say("LSTM, all letters") if not k else say("LSTM, {count} letters", count=k),
            *(say_number(loss, ".3f") for loss in (found.loss(k), float(it.train_losses.mean()))),
        ]
        for k, it in sorted(found.trained.items(), key=lambda it: it[0] or 99)
    ]
    for title, name in ((say("counting fours"), "fours"), (say("counting sixes"), "sixes")):
        rows.append([title, say_number(found.counting_loss(name), ".3f"), ""])
    caption = say(
        "Losses in nats per symbol, means of {seeds} networks each, trained beforehand",
        seeds=len(found.seeds),
    )
    heads = [say("what predicts"), say("held out"), say("training names")]
    draw_table(heads, rows, stage.key("regularised"), caption, numeric=(1, 2))
    st.caption(caption + ".")
    return {}


# Gates


def draw_gates(stage: Stage) -> Mapping[str, Value]:
    """Draw the gate that keeps the state, for the learner's GRU and LSTM, letter by letter."""
    entries = {cell: _newest(cell) for cell in ("gru", "lstm")}
    there = {cell: entry for cell, entry in entries.items() if entry is not None}
    if not there:
        st.caption(say("There is no GRU or LSTM yet. Train one above."))
        return {}
    vocab = dinosaurs().vocab
    name = draw_name_box(stage, vocab, say("Name to read"), NAME) or NAME
    from dino.lessons.figures_memory import KEEPS, gates_by_letter
    from dino.model import rebuild

    values, words = {}, []
    for cell, entry in there.items():
        run = entry.run
        model = rebuild(run.config, len(vocab), run.weights)
        found = gates_by_letter(model, vocab, name, run.config.context)
        label = say("{gate} of the {cell}", gate=KEEPS[cell], cell=Sentence(CELLS[cell]))
        values[label] = found
        words.append(put(gate_sentence(label, entry.number, found, name)))
    letters = [vocab.labels[i] for i in vocab.encode(name)]
    alt = say("The gate of each cell at each letter")
    plot(cells_chart.gates(letters, values, put), stage.key("gates"), alt)
    show_text("\n".join(words))
    return {}


def _newest(cell: str) -> RunEntry | None:
    """The visitor's newest trained network of a cell on the dinosaurs."""
    return next(
        (
            entry
            for entry in current_run.runs()
            if entry.run.config.cell == cell and entry.run.step and entry.corpus.source == Choice()
        ),
        None,
    )


def gate_sentence(label: str, number: int, values: np.ndarray, name: str) -> Sentence:
    """Say the mean of a gate over a name, and where it is lowest. values (T,): at each letter."""
    low = int(values.argmin())
    return sentence(
        "{gate}, run {number}: the mean over the letters is {mean:.2f}. The lowest value is "
        "{low:.2f}, at letter {place}, {letter}.",
        gate=label,
        number=number,
        mean=float(values.mean()),
        place=low + 1,
        letter=name[low],
        low=float(values[low]),
    )
