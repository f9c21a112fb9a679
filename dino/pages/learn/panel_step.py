"""One update on one name, slowly: each symbol's loss, what flows back, how far weights move."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from dino.charts import strips as charts
from dino.lessons.figures import dinosaurs, uniform_loss
from dino.lessons.lesson import Value
from dino.locale.sentences import Sentence, sentence
from dino.pages.learn.stage import Stage
from dino.pages.learn.typed_name import draw_name_box
from dino.ui import measurements
from dino.ui.language import put, say, say_number
from dino.ui.plot import plot
from dino.ui.table import draw_table
from dino.ui.text import show_text

if TYPE_CHECKING:
    from dino.lessons.figures_step import OneName

NAME = "triceratops"
SHOW = "show"  # its option: 'losses', 'back' or 'update'


def draw_one_step(stage: Stage) -> Mapping[str, Value]:
    """Draw a part of the update: its losses, the gradient back, or what the weights do.

    It gives no figures: those of the lesson are of one name, this one may be the learner's.
    """
    show = stage.step.options.get(SHOW, "losses")
    vocab = dinosaurs().vocab
    name = draw_name_box(stage, vocab, say("The name that is read"), NAME)
    one = _measured(stage, name, _draw_updates(stage) if show == "update" else 1)
    if one is None:
        st.progress(0.0, say("Computing…"))
        return {}
    symbols = [vocab.labels[i] for i in one.before.targets]
    if show == "losses":
        _draw_losses(stage, one, symbols)
    elif show == "back":
        _draw_back(stage, one, ["–", *symbols[:-1]])
    else:
        _draw_update(stage, one, symbols)
    return {}


def _draw_updates(stage: Stage) -> int:
    from dino.lessons.figures_step import MOST_UPDATES

    found: int = st.slider(
        say("After how many updates on this name"),
        1,
        MOST_UPDATES,
        key=stage.key("updates"),
        persist_state="session",
        width=320,
    )
    return found


def _measured(stage: Stage, name: str, updates: int) -> OneName | None:
    """The name before and after some updates; None while it is being computed."""
    config = stage.config

    def parts() -> Iterator[tuple[float, OneName | None]]:
        from dino.lessons.figures_step import train_on_name

        yield 0.0, None  # the page's script need work no further than this
        yield 1.0, train_on_name(config, dinosaurs().vocab, name, updates)

    found: OneName | None = measurements.measure(
        ("learn_step", config, name, updates), parts
    ).result
    return found


def _draw_losses(stage: Stage, one: OneName, symbols: list[str]) -> None:
    figure = charts.symbol_losses(symbols, one.before.losses, None, uniform_loss(), put)
    words = loss_sentences(one, symbols)
    plot(figure, stage.key("losses"), put(words[0]))
    show_text(" ".join(map(put, words)))


def loss_sentences(one: OneName, symbols: list[str]) -> list[Sentence]:
    """Which symbol has the highest loss, and their mean, before any update."""
    losses = one.before.losses
    t = int(losses.argmax())
    return [
        sentence(
            "The highest loss is that of {symbol}, at step {t}: {loss:.2f} nats.",
            symbol=symbols[t],
            t=t + 1,
            loss=float(losses[t]),
        ),
        sentence("The mean of all is the loss L: {loss:.2f}.", loss=float(losses.mean())),
    ]


def _draw_back(stage: Stage, one: OneName, inputs: list[str]) -> None:
    figure = charts.step_parts(inputs, one.back.parts, put)
    words = back_sentences(one)
    plot(figure, stage.key("parts"), put(words[0]))
    show_text(" ".join(map(put, words)))


def back_sentences(one: OneName) -> list[Sentence]:
    """What the thirds of the strip add to the gradient of W_hh, and how long their sum is."""
    from dino.lessons.figures_step import shares_of_thirds

    parts = one.back.parts
    if not parts.any():
        return [sentence("No step adds anything to ∂L/∂W_hh: each begins with a zero state.")]
    first, middle, last = (100 * shares_of_thirds(parts)).tolist()
    return [
        sentence(
            "Of all that the steps add to ∂L/∂W_hh, the first third of them adds {first:.0f} %, "
            "the middle third {middle:.0f} %, the last third {last:.0f} %.",
            first=first,
            middle=middle,
            last=last,
        ),
        sentence(
            "The lengths of the parts add up to {parts:.2f}; their sum, the gradient, has length "
            "{sum:.2f}.",
            parts=float(parts.sum()),
            sum=float(one.back.collected[0]),
        ),
    ]


def _draw_update(stage: Stage, one: OneName, symbols: list[str]) -> None:
    before, after = one.before.losses, one.after.losses
    figure = charts.symbol_losses(symbols, before, after, uniform_loss(), put)
    words = update_sentences(one, symbols)
    plot(figure, stage.key("update"), put(words[0]))
    show_text(put(words[0]))
    plot(charts.symbol_pulls(symbols, one.pulls, put), stage.key("pulls"), put(words[1]))
    show_text(put(words[1]))
    rows = [
        [move.name, say_number(move.change, ".3f"), say_number(move.before, ".2f")]
        for move in one.report.moved
    ]
    draw_table(
        [say("weights"), say("moved by"), say("length before")],
        rows,
        stage.key("moved"),
        say("How far the last update moved each of the weights"),
        numeric=(1, 2),
    )


def update_sentences(one: OneName, symbols: list[str]) -> list[Sentence]:
    """How many losses are lower after the updates, and whose loss gave most of the gradient."""
    before, after = one.before.losses, one.after.losses
    t = int(one.pulls.argmax())
    return [
        sentence(
            "After step {step} of training the loss is lower for {count} of {all} symbols; L went "
            "from {before:.2f} to {after:.2f}.",
            step=one.report.step,
            count=int((after < before).sum()),
            all=len(before),
            before=float(np.mean(before)),
            after=float(np.mean(after)),
        ),
        sentence(
            "At the first step the largest share of the gradient came from the loss of {symbol}, "
            "at place {t}: {share:.0f} % of its length.",
            symbol=symbols[t],
            t=t + 1,
            share=100 * float(one.pulls[t]),
        ),
    ]
