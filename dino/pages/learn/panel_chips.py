"""The game of chips: bets on the next symbol of held-out names, and their losses beside others'."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from dino.lessons.chips import (
    CHIPS,
    COUNTED,
    Round,
    check_chips,
    chip_loss,
    chips_sentence,
    counted_losses,
    hedged_loss,
    least_sentence,
    mean_over,
    mean_sentence,
    network_losses,
    placed,
    round_of,
    rounds,
    untrained,
)
from dino.lessons.dinosaur_list import dinosaurs
from dino.lessons.item import Value
from dino.lessons.lesson import Answer
from dino.locale.sentences import Refusal
from dino.model import CharRNN, rebuild
from dino.pages.learn.asking import draw_refusal, draw_skip, refuse
from dino.pages.learn.network import run_of
from dino.pages.learn.stage import Stage
from dino.ui import current_run, learner, run_titles, state
from dino.ui.component import component
from dino.ui.language import put, say, say_number
from dino.ui.table import draw_table
from dino.ui.text import show_text
from dino.ui.widgets import run_to_end

if TYPE_CHECKING:
    from dino.jobs import RunEntry

HERE = Path(__file__).parent
NONE = "–"


def draw_chips(stage: Stage) -> Mapping[str, Value]:
    """Let the learner place chips on the next symbol of a name; then show it, and the loss."""
    played, question = round_of(stage.step), stage.question
    chips = question.answer.values if question.answer is not None else None

    @run_to_end
    def place() -> None:
        _place(stage, state.sent_value(stage.key("chips"), "placed"))

    with st.container(border=True, key=stage.key("ask")):
        st.caption(say("Your bet"))
        if question.is_skipped:
            show_text(
                say(
                    "After {start} came {symbol}.",
                    start=played.start,
                    symbol=dinosaurs().vocab.labels[played.target],
                )
            )
            st.caption(say("You skipped this."))
            return {}
        data = {
            "of": stage.key("chips"),
            "symbols": dinosaurs().vocab.labels,
            "start": played.start,
            "total": CHIPS,
            "chips": None if chips is None else [int(float(it)) for it in chips],
            # The next symbol leaves the server only after the bet is placed.
            "target": None if chips is None else played.target,
            "words": _words(played.start),
        }
        component("chips", '<div class="chips"></div>', HERE)(
            key=stage.key("chips"), data=[data], on_placed_change=place
        )
        if chips is None:
            draw_skip(stage)
        else:
            show_text(put(chips_sentence(chips, played)))
        draw_refusal(stage)
    return {}


def _words(start: str) -> Mapping[str, str]:
    return {
        "chips": say("chips"),
        "left": say("Chips left:"),
        "size": say("Chips per tap:"),
        "take": say("Take back"),
        "each": say("One on each"),
        "clear": say("Clear"),
        "place": say("Place the bet"),
        "group": say(
            "Chips on the symbol after {start}. Type a letter to put chips on it. Backspace takes "
            "them back, and the arrow keys move to another symbol.",
            start=start,
        ),
    }


def _place(stage: Stage, sent: Any) -> None:
    """Take a bet from the browser. A second click finds the first bet and changes nothing."""
    if stage.question.answer is not None:
        return
    try:
        chips = check_chips(sent)
    except Refusal as refusal:
        refuse(stage, refusal.sentence)
        return
    refuse(stage, "")
    learner.keep(learner.progress().with_answer(stage.lesson, stage.step.name, Answer(chips)))


def draw_chips_table(stage: Stage) -> Mapping[str, Value]:
    """Draw the losses of all rounds beside those of counting and of a network."""
    yours, entry = _losses(stage), _network_run(stage)
    model, context = _model(stage, entry)
    columns: dict[str, Sequence[float | None]] = {say("you"): yours}
    columns |= {put(name): counted_losses(n) for name, n in COUNTED.items()}
    columns[say("network")] = network_losses(model, context)
    which = placed(yours)
    rows = [
        [_place_text(it), *(_loss_text(losses[i]) for losses in columns.values())]
        for i, it in enumerate(rounds())
    ]
    means = [_loss_text(mean_over(losses, which)) for losses in columns.values()]
    draw_table(
        [say("next symbol"), *columns],
        [*rows, [say("mean"), *means]],
        stage.key("table"),
        say("Loss of each symbol in nats, for you, counting and the network"),
        numeric=range(1, 1 + len(columns)),
        names=(0,),
    )
    mean = mean_sentence(yours, _losses(stage, hedged_loss))
    lines = [put(mean), _network_words(entry), put(least_sentence(model, context))]
    show_text("\n".join(lines))
    return {}


def _place_text(played: Round) -> str:
    """The last letters that were shown, and the next symbol; short enough for a phone."""
    return f"…{played.start[-3:]} → {dinosaurs().vocab.labels[played.target]}"


def _loss_text(loss: float | None) -> str:
    if loss is None:
        return NONE
    return "∞" if math.isinf(loss) else say_number(loss + 0.0, ".2f")


def _losses(
    stage: Stage, loss: Callable[[Sequence[Value], int], float] = chip_loss
) -> list[float | None]:
    """The learner's loss in each round; None for a skipped one."""
    found: list[float | None] = [None] * len(rounds())
    for question in learner.progress().questions(stage.lesson):
        answer = question.answer if question.panel == "chips" else None
        if answer is not None and answer.values is not None:
            played = round_of(question)
            found[rounds().index(played)] = loss(answer.values, played.target)
    return found


def _network_run(stage: Stage) -> RunEntry | None:
    """The lesson's run; without one, the newest run that holds out the names of all rounds."""
    names = {it.name for it in rounds()}
    fitting = (
        entry
        for entry in current_run.runs()
        if names <= entry.corpus.val_set and entry.corpus.vocab.symbols == dinosaurs().vocab.symbols
    )
    return run_of(stage.config) or next(fitting, None)


def _model(stage: Stage, entry: RunEntry | None) -> tuple[CharRNN, int]:
    """A run's network at its last step, and its memory; without a run, the lesson's initial
    network.
    """
    if entry is None:
        return untrained(stage.config), stage.config.context
    config = entry.run.config
    return rebuild(config, len(dinosaurs().vocab), entry.run.weights), config.context


def _network_words(entry: RunEntry | None) -> str:
    """Say which network it is."""
    if entry is None:
        return say("The network is untrained. Train it above.")
    return say(
        "This is the network of {run} after {step:,} updates.",
        run=run_titles.run_label(entry),
        step=entry.run.kept_step,
    )
