"""Lessons that show the cell at work on one name.

By hand with two units; without tanh; unrolled; and in one update: each symbol's loss, what flows
back, how far weights move.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from dino.anatomy import spectral_radius
from dino.charts import strips as charts
from dino.charts.cell_kinds import state_lengths as draw_lengths
from dino.jobs import RunEntry
from dino.lessons import figures_cell
from dino.lessons.figures import dinosaurs, uniform_loss
from dino.lessons.figures_cell import READ_NAME, Lengths, exercise, state_figures
from dino.lessons.item import Value
from dino.locale.sentences import Sentence, sentence
from dino.model import CharRNN, rebuild
from dino.pages.learn.network import Network, draw_name_box, draw_network, draw_run, run_of
from dino.pages.learn.stage import Stage
from dino.ui import measurements
from dino.ui.language import put, say, say_number
from dino.ui.plot import plot
from dino.ui.table import draw_table
from dino.ui.text import show_text

if TYPE_CHECKING:
    from dino.lessons.figures_step import OneName

START = "·"  # the title of the input that is not a letter
NAME = "triceratops"
WIDE = 5  # values in a row of a function's table
REACHED = 480  # pixels; a table with a limit is reached by Tab, and so a panel that stays in view
# scrolls by keys. This limit is higher than the tables.
SHOW = "show"  # its option: 'losses', 'back' or 'update'


def draw_two_units(stage: Stage) -> Mapping[str, Value]:
    """Draw the weights of the exercise, and a table of tanh."""
    draw_exercise(stage.key)
    return {}


def draw_exercise(key: Callable[[str], str]) -> None:
    """Draw the weights as tables, which print well, and a table of tanh. key: makes keys."""
    found = exercise()
    units = [say("unit {number}", number=j + 1) for j in range(len(found.b_h))]
    into = [
        *_rows("W_xh", found.symbols, found.W_xh),
        *_rows("W_hh", units, found.W_hh),
        ["b_h", "", *_cells(found.b_h)],
    ]
    heads = [say("weights"), say("row")]
    caption = say("What goes into each unit, one column per unit")
    draw_table(
        [*heads, *units], into, key("into"), caption, numeric=range(2, 4), max_height=REACHED
    )
    out = [*_rows("W_hy", units, found.W_hy), ["b_y", "", *_cells(found.b_y)]]
    caption = say("What goes into each symbol's score, one column per symbol")
    draw_table([*heads, *found.symbols], out, key("out"), caption, numeric=range(2, 5))
    draw_tanh_table(key, found.tanh)


def _rows(name: str, heads: Sequence[str], matrix: np.ndarray) -> list[list[str]]:
    return [[name, head, *_cells(row)] for head, row in zip(heads, matrix, strict=True)]


def _cells(values: np.ndarray) -> list[str]:
    return [say_number(value, ".1f") for value in values.tolist()]


def draw_tanh_table(key: Callable[[str], str], table: Sequence[tuple[float, float]]) -> None:
    """Draw tanh from 0 to 2 in steps of 0.1."""
    about = say("tanh x, if your calculator lacks it. tanh(−x) = −tanh x")
    draw_values(table, about, key("tanh"))


def draw_values(table: Sequence[tuple[float, float]], about: str, key: str) -> None:
    """Draw a function's values in rows of five, which have room on a phone and beside boxes.

    A row begins with its first x, and a column with what is added to it.
    """
    st.caption(about)
    heads = ["x", *(f"+ {say_number(x, '.1f')}" for x, _ in table[:WIDE])]
    rows = [
        [say_number(x, ".1f"), *(say_number(y, ".3f") for _, y in table[i : i + WIDE])]
        for i, (x, _) in list(enumerate(table))[::WIDE]
    ]
    rows = [row + [""] * (len(heads) - len(row)) for row in rows]
    draw_table(heads, rows, key, about, numeric=range(1, len(heads)))


def draw_without_tanh(stage: Stage) -> Mapping[str, Value]:
    """Train the lesson's recipe; then draw its state along a name, with tanh and without it."""
    found = dict(draw_run(stage))
    entry = run_of(stage.config)
    if entry is None or entry.run.step < entry.run.max_steps:
        return found
    lengths = lengths_of(entry)
    heads = [START, *READ_NAME]
    bound = float(np.sqrt(entry.run.config.hidden_size))
    words = put(lengths_sentence(lengths))
    figure = draw_lengths(lengths.bounded, lengths.linear, bound, heads, put)
    plot(figure, stage.key("lengths"), words, 14 * 24)
    show_text(words)
    return found | state_figures(lengths, spectral_radius(_network_of(entry)))


def lengths_of(entry: RunEntry) -> Lengths:
    """The lengths of the states of a run's network along the lesson's name."""
    return figures_cell.state_lengths(_network_of(entry), entry.corpus.vocab)


def _network_of(entry: RunEntry) -> CharRNN:
    return rebuild(entry.run.config, len(entry.corpus.vocab), entry.run.weights)


def lengths_sentence(lengths: Lengths) -> Sentence:
    """Say what the picture shows at the name's end."""
    return sentence(
        "With the same weights, the state after {count:,} inputs has length {bounded:,.1f} with "
        "tanh and {linear:,.1f} without it.",
        count=len(lengths.bounded),
        bounded=float(lengths.bounded[-1]),
        linear=float(lengths.linear[-1]),
    )


def draw_unrolled(stage: Stage) -> Mapping[str, Value]:
    """Draw the cell unrolled over a name that the learner may change. It gives no figures.

    Its options: network, 'untrained' or 'trained'; name, the first one that is read; ways,
    'forward' where nothing else is explained yet.
    """
    options = stage.step.options
    network = _untrained(stage) if options.get("network") == "untrained" else draw_network(stage)
    if network is None:
        return {}
    from dino.ui.strip import Walk, draw_strip
    from dino.ui.strip_code import FORWARD

    first = options.get("name", NAME)
    first = first if set(first) <= set(network.vocab.index) else ""
    name = draw_name_box(stage, network.vocab, say("Name to read"), first)
    key, model, config = network.key, network.model, network.config
    walk = Walk(key, model, config, network.vocab, name, True, config.context)
    draw_strip(walk, stage.key("strip"), is_forward=options.get("ways") == FORWARD)
    return {}


def _untrained(stage: Stage) -> Network:
    from dino.lessons.chips import untrained

    config = stage.config
    return Network(untrained(config), dinosaurs().vocab, (f"{config}", 0), config)


def draw_one_step(stage: Stage) -> Mapping[str, Value]:
    """Draw a part of the update: its losses, the gradient back, or the change of the weights.

    It gives no figures, because the lesson's figures are of one name, and the learner may type
    another.
    """
    show = stage.step.options.get(SHOW, "losses")
    vocab = dinosaurs().vocab
    name = draw_name_box(stage, vocab, say("Name to read"), NAME)
    one = _one_name(stage, name, _draw_updates(stage) if show == "update" else 1)
    if one is None:
        st.progress(0.0, say("Computing…"))
        return {}
    symbols = [vocab.labels[i] for i in one.before.targets]
    if show == "losses":
        _draw_symbol_losses(stage, one, symbols)
    elif show == "back":
        _draw_back(stage, one, ["–", *symbols[:-1]])
    else:
        _draw_update(stage, one, symbols)
    return {}


def _draw_updates(stage: Stage) -> int:
    from dino.lessons.figures_step import MOST_UPDATES

    found: int = st.slider(
        say("Updates on this name"),
        1,
        MOST_UPDATES,
        key=stage.key("updates"),
        persist_state="session",
        width=320,
    )
    return found


def _one_name(stage: Stage, name: str, updates: int) -> OneName | None:
    """The name before and after some updates; None while it is computed."""
    config = stage.config

    def parts() -> Iterator[tuple[float, OneName | None]]:
        from dino.lessons.figures_step import train_on_name

        yield 0.0, None  # the page's script stops here
        yield 1.0, train_on_name(config, dinosaurs().vocab, name, updates)

    found: OneName | None = measurements.measure(
        ("learn_step", config, name, updates), parts
    ).result
    return found


def _draw_symbol_losses(stage: Stage, one: OneName, symbols: list[str]) -> None:
    figure = charts.symbol_losses(symbols, one.before.losses, None, uniform_loss(), put)
    words = loss_sentences(one, symbols)
    plot(figure, stage.key("losses"), say("The loss of each symbol"))
    show_text(" ".join(map(put, words)))


def loss_sentences(one: OneName, symbols: list[str]) -> list[Sentence]:
    """Say which symbol has the highest loss, and the mean loss, before any update."""
    losses = one.before.losses
    t = int(losses.argmax())
    return [
        sentence(
            "{symbol} at step {t} has the highest loss: {loss:.2f} nats.",
            symbol=symbols[t],
            t=t + 1,
            loss=float(losses[t]),
        ),
        sentence(
            "The mean over all symbols is the loss L, {loss:.2f} nats.", loss=float(losses.mean())
        ),
    ]


def _draw_back(stage: Stage, one: OneName, inputs: list[str]) -> None:
    figure = charts.step_parts(inputs, one.back.parts, put)
    words = back_sentences(one)
    plot(figure, stage.key("parts"), say("What each step adds to the gradient of W_hh"))
    show_text(" ".join(map(put, words)))


def back_sentences(one: OneName) -> list[Sentence]:
    """Say what each third of the strip adds to the gradient of W_hh, and how long the sum is."""
    from dino.lessons.figures_step import shares_of_thirds

    parts = one.back.parts
    if not parts.any():
        return [
            sentence("No step adds anything to ∂L/∂W_hh, because each begins with a zero state.")
        ]
    first, middle, last = (100 * shares_of_thirds(parts)).tolist()
    return [
        sentence(
            "Measured by their norms, {first:.0f} % of the steps' contributions to ∂L/∂W_hh come "
            "from the first third of the steps, {middle:.0f} % from the middle third and "
            "{last:.0f} % from the last third.",
            first=first,
            middle=middle,
            last=last,
        ),
        sentence(
            "The norms of the contributions add up to {parts:.2f}. The gradient, the sum of the "
            "contributions, has norm {sum:.2f}.",
            parts=float(parts.sum()),
            sum=float(one.back.collected[0]),
        ),
    ]


def _draw_update(stage: Stage, one: OneName, symbols: list[str]) -> None:
    before, after = one.before.losses, one.after.losses
    figure = charts.symbol_losses(symbols, before, after, uniform_loss(), put)
    words = update_sentences(one, symbols)
    plot(figure, stage.key("update"), say("The loss of each symbol before and after"))
    show_text(put(words[0]))
    figure = charts.symbol_pulls(symbols, one.pulls, put)
    plot(figure, stage.key("pulls"), say("What each symbol's loss contributes to the gradient"))
    show_text(put(words[1]))
    rows = [
        [move.name, say_number(move.change, ".3f"), say_number(move.before, ".2f")]
        for move in one.report.moved
    ]
    draw_table(
        [say("weights"), say("moved by"), say("length before")],
        rows,
        stage.key("moved"),
        say("How far the last update moved each group of weights"),
        numeric=(1, 2),
    )
    show_text(put(moved_sentence(one)))


def update_sentences(one: OneName, symbols: list[str]) -> list[Sentence]:
    """Say how many losses are lower after the updates, and whose loss gave most of the gradient."""
    before, after = one.before.losses, one.after.losses
    t = int(one.pulls.argmax())
    return [
        sentence(
            "After update {step}, the loss is lower for {count} of {all} symbols. L went from "
            "{before:.2f} to {after:.2f}.",
            step=one.report.step,
            count=int((after < before).sum()),
            all=len(before),
            before=float(np.mean(before)),
            after=float(np.mean(after)),
        ),
        sentence(
            "In the first update, the loss of {symbol} at step {t} contributed most to the "
            "gradient, {share:.0f} % of it.",
            symbol=symbols[t],
            t=t + 1,
            share=100 * float(one.pulls[t]),
        ),
    ]


def moved_sentence(one: OneName) -> Sentence:
    """Say which group of weights the last update moved furthest."""
    most = max(one.report.moved, key=lambda it: it.change)
    if not most.before:
        return sentence(
            "Update {step} moved {weights} furthest, by {change:.3f}.",
            step=one.report.step,
            weights=most.name,
            change=most.change,
        )
    return sentence(
        "Update {step} moved {weights} furthest, by {change:.3f}. That is {share:.1f} % of its "
        "length before.",
        step=one.report.step,
        weights=most.name,
        change=most.change,
        share=100 * most.change / most.before,
    )
