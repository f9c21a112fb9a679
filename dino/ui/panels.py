"""Small panels: notices, why a bounded memory stays poor, the network as a table."""

from __future__ import annotations

import streamlit as st

from dino.config import CELLS, PRESETS, Config
from dino.jobs import Job
from dino.ui import session
from dino.ui.table import table

FORMULAS = {
    "rnn": r"h_t = \tanh(W_{xh} x_t + W_{hh} h_{t-1} + b_h)",
    "gru": r"""\begin{aligned} r, z &= \sigma(W_{x} x_t + W_{h} h_{t-1} + b)_{r,z} \\
        n &= \tanh(W_{xn} x_t + b_n + r \odot W_{hn} h_{t-1}) \\
        h_t &= (1 - z) \odot n + z \odot h_{t-1} \end{aligned}""",
    "lstm": r"""\begin{aligned} i, f, o &= \sigma(W_{x} x_t + W_{h} h_{t-1} + b)_{i,f,o} \\
        g &= \tanh(W_{xg} x_t + W_{hg} h_{t-1} + b_g) \\
        c_t &= f \odot c_{t-1} + i \odot g, \quad h_t = o \odot \tanh(c_t) \end{aligned}""",
}
OUTPUT = r"p_t = \mathrm{softmax}(W_{hy} h_t + b_y)"


def notices() -> None:
    """Sentences that wait to be read. Plain text: they quote what came from outside."""
    sentences = session.notices()
    if not sentences:
        return
    with st.container(border=True, key="notices"):
        for sentence in sentences:
            st.text(sentence)
        st.button("Dismiss", key="dismiss", on_click=session.dismiss)


def memory(job: Job) -> None:
    """Why a network whose memory is cut learns so little, with this run's own figures."""
    run, context = job.run, job.config.context
    if run is None or not context or not run.step or not job.baselines:
        return
    letters = "letter" if context == 1 else f"{context} letters"
    lines = [
        f"Every prediction starts from a zero state and sees only the last {letters}."]
    if context == 1:
        lines.append(
            "So the recurrent weights W_hh multiply zeros, their gradient is zero, and they have "
            f"moved by exactly {run.recurrent_moved:g}. Seeing one letter, it cannot do better "
            f"than counting pairs: {job.baselines['pairs']:.2f}.")
    lines.append(f"{run.step:,} steps at learning rate {run.learning_rate:g} have moved its weights "
                 f"by {100 * run.moved:.2g} % of their length.")
    if run.carried_loss is not None:
        lines.append(
            f"Held out, it loses {run.val_loss:.2f} as trained; if the state is carried from "
            f"letter to letter all the same, as the notebook does when it writes, "
            f"{run.carried_loss:.2f}.")
    st.info(f"**Why it stays at {run.val_loss:.2f}.** " + " ".join(lines),
            icon=":material/lightbulb:")


def network(job: Job) -> None:
    """Layers, shapes and counts, read off the model, and the formula that it runs."""
    st.subheader("The network", anchor=False)
    left, right = st.columns([2, 3], gap="medium")
    layers = job.layers
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
                   "probabilities of the next one. ⊙ multiplies number by number.")


def next_step(config: Config) -> None:
    """What to try now."""
    known = PRESETS["notebook-as-written"].config == config
    name = "best-lstm" if known else "notebook-as-written"
    words = "what gates and dropout add" if known else "why the notebook's own recipe stays noise"
    st.divider()
    st.button(f"Next: see {words}", icon=":material/arrow_forward:", type="tertiary",
              key="next", on_click=_choose, args=(name,))


def _choose(name: str) -> None:
    st.session_state["preset"] = name
    session.choose_preset()
