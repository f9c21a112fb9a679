"""What the Lab says of a run: why a bounded memory stays poor, the network, what to try next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dino import cost
from dino.config import CELLS, Config
from dino.presets import PRESETS
from dino.ui import session, settings, state
from dino.ui.formulas import BLOCKS, FORMULAS, OUTPUT
from dino.ui.table import draw_table
from dino.ui.widgets import run_to_end

if TYPE_CHECKING:
    from dino.jobs import Job
    from dino.run import Run

# What each preset shows, on the button of the one before it.
WHY = {
    "first-success": "back to the first success",
    "notebook-as-written": "see why the notebook's own recipe stays noise",
    "notebook-through-time": "carry the state from letter to letter, as the notebook meant to",
    "best-rnn": "see the best that a plain RNN does here",
    "best-lstm": "see what gates and dropout add",
}
_NEXT = dict(zip(PRESETS, [*list(PRESETS)[1:], "first-success"], strict=True))


def draw_memory(job: Job) -> None:
    """Why a network whose memory is cut learns so little, with this run's own figures."""
    run = job.run
    if run is None or not job.config.context or not run.step or not job.baselines or job.running:
        return  # while it trains these figures would be out of date
    lines = [_what_it_sees(job.config.context)]
    if job.config.context == 1:
        lines.append(_what_one_letter_gives(run, job.baselines["pairs"]))
    lines.append(_how_far_it_moved(run))
    if run.carried_loss is not None:
        lines.append(
            f"Its held-out loss is {run.val_loss:.2f} as trained; if the state is carried from "
            f"letter to letter all the same, as the notebook does when it writes, "
            f"{run.carried_loss:.2f}."
        )
    st.info("**What holds it back.** " + " ".join(lines), icon=":material/lightbulb:")


def _what_it_sees(context: int) -> str:
    letters = "letter" if context == 1 else f"{context} letters"
    return f"Every prediction starts from a zero state and sees only the last {letters}."


def _what_one_letter_gives(run: Run, pairs: float) -> str:
    """pairs: the held-out loss of counting letter pairs, nats per symbol."""
    decay = "" if not run.recurrent_moved else " (by the optimizer's weight decay alone)"
    return (
        "So the recurrent weights W_hh multiply zeros, their gradient is zero, and they have "
        f"moved by {run.recurrent_moved:.3g}{decay}. Seeing one letter, it can learn "
        f"no more than letter pairs; counting those has a held-out loss of {pairs:.2f}."
    )


def _how_far_it_moved(run: Run) -> str:
    rates = ", then ".join(f"{rate:g}" for step, rate in run.learning_rates if step < run.step)
    steps = "step has" if run.step == 1 else "steps have"
    return (
        f"{run.step:,} {steps} moved its weights by {_percent(run.moved)} of their "
        f"length, at learning rate {rates}."
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.1 else f"{100 * share:.2g} %"


def draw_network(job: Job) -> None:
    """Layers, shapes and counts, read off the model, and the formula that it runs."""
    st.subheader("The network", anchor=False)
    left, right = st.columns([2, 3], gap="medium")
    layers = cost.layers(job.config, len(job.corpus.vocab))
    with left:
        total = sum(count for *_, count in layers)
        rows = [[name, shape, f"{count:,}"] for name, shape, count in layers]
        draw_table(
            ["weights", "shape", "numbers"],
            [*rows, ["all", "", f"{total:,}"]],
            "layers",
            "The network's weights, their shapes and how many numbers they hold",
            numeric=(2,),
            names=(0,),
        )
    with right:
        st.latex(FORMULAS[job.config.cell])
        st.latex(OUTPUT)
        st.caption(
            f"What the {CELLS[job.config.cell]} computes at every letter: x_t is the letter before "
            "(one-hot; zeros at the start), h_t the hidden state, which is zero before the first "
            "letter (h_0 = 0), p_t the probabilities of the next one. All of them are rows; books "
            "that write W·h use columns and the transposed matrices." + BLOCKS[job.config.cell]
        )


def draw_next_step(config: Config) -> None:
    """What to try now."""
    name = _NEXT[settings.nearest_preset(config)]
    st.divider()
    st.page_link(
        session.INSIDE,
        label="Look inside: rewind it, take parts away",
        icon=":material/visibility:",
    )
    st.button(
        f"Next: {WHY[name]}",
        icon=":material/arrow_forward:",
        type="tertiary",
        key="next",
        on_click=_choose,
        args=(name,),
    )


@run_to_end
def _choose(name: str) -> None:
    state.PRESET.set(name)
    settings.choose_preset()
