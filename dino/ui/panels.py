"""Small panels: notices, why a bounded memory stays poor, the network as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dino import cost as room
from dino.config import CELLS, PRESETS, Config
from dino.ui import session
from dino.ui.table import table

if TYPE_CHECKING:
    from dino.jobs import Job

# Row vectors, as in dino/model.py; a test reads the weights' names and shapes off the model.
FORMULAS = {
    "rnn": r"h_t = \tanh(x_t W_{xh} + h_{t-1} W_{hh} + b_h)",
    "gru": r"""\begin{aligned} r, z &= \sigma(x_t W_{xh} + h_{t-1} W_{hh} + b_h)_{r,z} \\
        n &= \tanh(x_t W_{xn} + b_n + r \odot h_{t-1} W_{hn}) \\
        h_t &= (1 - z) \odot n + z \odot h_{t-1} \end{aligned}""",
    "lstm": r"""\begin{aligned} i, f, o &= \sigma(x_t W_{xh} + h_{t-1} W_{hh} + b_h)_{i,f,o} \\
        g &= \tanh(x_t W_{xg} + h_{t-1} W_{hg} + b_g) \\
        c_t &= f \odot c_{t-1} + i \odot g, \quad h_t = o \odot \tanh(c_t) \end{aligned}""",
}
GATES = {
    "rnn": "",
    "gru": " ⊙ multiplies number by number. W_xh holds three blocks side by side, for r, z and "
           "n; so do W_hh and b_h.",
    "lstm": " ⊙ multiplies number by number. W_xh holds four blocks side by side, for i, f, g and "
            "o; so do W_hh and b_h.",
}
OUTPUT = r"p_t = \mathrm{softmax}(h_t W_{hy} + b_y)"


def header() -> None:
    """What this is, in one line."""
    st.markdown("**Dino** · watch a recurrent network learn to name dinosaurs")


def notices() -> None:
    """Sentences that wait to be read. Plain text: they quote what came from outside."""
    sentences = session.notices()
    if not sentences:
        return
    with st.container(border=True, key="notices"):
        for sentence in sentences:
            st.text(sentence)
        st.button("Dismiss", key="dismiss", on_click=session.dismiss)


def erase_button(key: str) -> None:
    """For a computer that others use next: all that is this browser's ends at once."""
    with st.popover("Erase my data", icon=":material/delete:", key=key):
        st.markdown("This ends all your runs, deletes your lists and names, and forgets this "
                    "browser itself. This cannot be undone.")
        st.button("Erase now", type="primary", key=f"{key}_now", on_click=session.erase)


def memory(job: Job) -> None:
    """Why a network whose memory is cut learns so little, with this run's own figures."""
    run, context = job.run, job.config.context
    if run is None or not context or not run.step or not job.baselines or job.running:
        return  # while it trains these figures would fall behind
    letters = "letter" if context == 1 else f"{context} letters"
    lines = [
        f"Every prediction starts from a zero state and sees only the last {letters}."]
    if context == 1:
        decay = "" if not run.recurrent_moved else " (by the optimizer's weight decay alone)"
        lines.append(
            "So the recurrent weights W_hh multiply zeros, their gradient is zero, and they have "
            f"moved by {run.recurrent_moved:.3g}{decay}. Seeing one letter, it can at best "
            f"learn what counting letter pairs knows ({job.baselines['pairs']:.2f}).")
    rates = ", then ".join(f"{rate:g}" for step, rate in run.learning_rates if step < run.step)
    steps = "step has" if run.step == 1 else "steps have"
    lines.append(f"{run.step:,} {steps} moved its weights by {_percent(run.moved)} of their "
                 f"length, at learning rate {rates}.")
    if run.carried_loss is not None:
        lines.append(
            f"Held out, it loses {run.val_loss:.2f} as trained; if the state is carried from "
            f"letter to letter all the same, as the notebook does when it writes, "
            f"{run.carried_loss:.2f}.")
    st.info("**What holds it back.** " + " ".join(lines),
            icon=":material/lightbulb:")


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.1 else f"{100 * share:.2g} %"


def network(job: Job) -> None:
    """Layers, shapes and counts, read off the model, and the formula that it runs."""
    st.subheader("The network", anchor=False)
    left, right = st.columns([2, 3], gap="medium")
    layers = room.layers(job.config, len(job.corpus.vocab))
    with left:
        total = sum(count for *_, count in layers)
        rows = [[name, shape, f"{count:,}"] for name, shape, count in layers]
        table(["weights", "shape", "numbers"], [*rows, ["all", "", f"{total:,}"]], "layers",
              "The network's weights, their shapes and how many numbers they hold",
              numeric=(2,), names=(0,))
    with right:
        st.latex(FORMULAS[job.config.cell])
        st.latex(OUTPUT)
        st.caption(f"What the {CELLS[job.config.cell]} computes at every letter: x_t is the letter "
                   "before (one-hot; zeros at the start), h_t the hidden state, p_t the "
                   "probabilities of the next one; all are rows."
                   + GATES[job.config.cell])


_NEXT = dict(zip(PRESETS, [*list(PRESETS)[1:], "first-success"], strict=True))
WHY = {
    "first-success": "back to the first success",
    "notebook-as-written": "see why the notebook's own recipe stays noise",
    "notebook-through-time": "carry the state from letter to letter, as the notebook meant to",
    "best-rnn": "see the best that a plain RNN does here",
    "best-lstm": "see what gates and dropout add",
}


def next_step(config: Config) -> None:
    """What to try now."""
    name = _NEXT[session.nearest_preset(config)]
    st.divider()
    st.page_link(session.INSIDE, label="Look inside: rewind it, take parts away",
                 icon=":material/visibility:")
    st.button(f"Next: {WHY[name]}", icon=":material/arrow_forward:", type="tertiary",
              key="next", on_click=_choose, args=(name,))


@session.whole
def _choose(name: str) -> None:
    st.session_state["preset"] = name
    session.choose_preset()
