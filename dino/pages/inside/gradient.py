"""Inside, gradient: how far back training can look, in this run and in the visitor's other runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import streamlit as st

from dino import anatomy
from dino.charts import reach as charts_memory
from dino.config import GATES
from dino.jobs import RunEntry
from dino.locale.sentences import Sentence, mark, plural_sentence, prose_part, sentence
from dino.model import CharRNN, rebuild
from dino.pages.inside.start_box import LONGEST, draw_start_box, fill_start_box
from dino.pages.inside.view import View
from dino.ui import measurements, run_titles, state
from dino.ui.language import put, say, say_number
from dino.ui.plot import plot
from dino.ui.table import draw_table, draw_twin
from dino.ui.text import more_box, show_text
from dino.ui.widgets import run_to_end

OVERLAID = 4  # runs in one picture
QUICK = 256  # units whose eigenvalues take 0.04 s; 512 units take 0.4 s
OFFERS = {
    "rnn": mark("Train a vanilla RNN on the same list in the Lab to see it beside this run."),
    "gru": mark("Train a GRU on the same list in the Lab to see it beside this run."),
    "lstm": mark("Train an LSTM on the same list in the Lab to see it beside this run."),
}


class Line(NamedTuple):
    """One line of the picture: a run's gradient with respect to its state `part`, h or c. (J,)

    context: how many letters back its network sees; 0 for all. run: the run's title.
    """

    entry: RunEntry
    model: CharRNN
    context: int
    part: str
    norms: np.ndarray
    run: str = ""

    @property
    def title(self) -> str:
        """Its name in the legend."""
        return say("{run}, cell state c", run=self.run) if self.part == "c" else self.run


def draw_gradient(view: View) -> None:
    """Draw how much each earlier state could change one loss, in this run and in others."""
    fill_start_box(view, state.GRADIENT_NAME, max(view.corpus.val[:40], key=len))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width=260):
            name = draw_start_box(view, state.GRADIENT_NAME, say("A name"))
        place = _draw_place_slider(name) if name else 0
        _draw_longest(view, name)
    if name is None:
        return
    lines = _lines(view, name, place)
    if not any((line.norms > 0).any() for line in lines):
        show_text(say("No state can change this loss, so no gradient flows back."))
        return
    left, right = st.columns([5, 4], gap="medium")
    with left:
        _draw_lines(lines)
        _draw_words(view, lines, name, place)
        _draw_twin(lines)
    with right:
        _draw_factors(lines, name[:place])
        _draw_missing(lines)


def _draw_longest(view: View, name: str | None) -> None:
    """Draw a button for a long name, because over more letters the lines differ more."""
    longest = max((n for n in view.corpus.open_names if len(n) <= LONGEST), key=len, default="")
    st.button(
        say("Take the longest name"),
        key="grad_longest",
        icon=":material/expand:",
        help=say("The longer the name, the further back you can follow the gradient."),
        on_click=_take_name,
        args=(longest,),
        disabled=not longest or name == longest,
    )


@run_to_end
def _take_name(name: str) -> None:
    """Callback: choose the loss at this name's end mark."""
    state.set_all({state.GRADIENT_NAME.key: name, state.GRADIENT_PLACE.key: len(name)})


def _draw_place_slider(name: str) -> int:
    """Draw the slider. Return the position in the name whose loss is used."""
    chosen = state.GRADIENT_PLACE.get()
    place = len(name) if chosen is None else min(int(chosen), len(name))
    state.GRADIENT_PLACE.correct(place)
    st.slider(
        say("Loss of which letter"),
        0,
        len(name),
        key=state.GRADIENT_PLACE.key,
        persist_state="session",
        width=260,
        help=say("Counted from 0. The last one is the end mark."),
    )
    return place


def _lines(view: View, name: str, place: int) -> list[Line]:
    """The lines of this moment, and those of other runs that can read the name."""
    own = anatomy.gradient_through_time(view.model, view.vocab, name, place, view.context)
    lines = [Line(view.entry, view.model, view.context, *pair) for pair in own.items()]
    for entry in _overlaid(view):
        vocab, config = entry.corpus.vocab, entry.run.config
        model = rebuild(config, len(vocab), entry.run.weights)
        try:
            norms = anatomy.gradient_through_time(model, vocab, name, place, config.context)
        except ValueError:
            continue  # its list lacks one of these letters
        lines += [Line(entry, model, config.context, *pair) for pair in norms.items()]
    called = run_titles.short_titles([line.entry for line in lines])
    return [line._replace(run=called[line.entry.token]) for line in lines]


def _overlaid(view: View) -> list[RunEntry]:
    """The other runs, as many as fit into the figure; first the newest of each other cell."""
    cells, first, rest = {view.config.cell}, [], []
    for entry in view.others:
        cell = entry.run.config.cell
        if cell in cells:
            rest.append(entry)
        else:
            first.append(entry)
            cells.add(cell)
    return (first + rest)[: OVERLAID - 1]


def _draw_lines(lines: list[Line]) -> None:
    has_c = any(line.part == "c" for line in lines)
    states = say("(h or c)") if has_c else "h"
    plot(
        charts_memory.gradient({line.title: line.norms for line in lines}, states, put),
        "gradient",
        say("Size of the gradient by letters back"),
    )


def _draw_words(view: View, lines: list[Line], name: str, place: int) -> None:
    """Say what happens to the gradient on its way back, here and in the other runs."""
    symbols = [*(view.vocab.labels[i] for i in view.vocab.encode(name)), "⏎"]
    run = run_titles.run_label(view.entry)
    if place:
        where = sentence(
            "{run}: the loss at {symbol} after “{read}”.",
            run=run,
            symbol=symbols[place],
            read=name[:place],
        )
    else:
        where = sentence(
            "{run}: the loss at {symbol}, the first symbol of the name.", run=run, symbol=symbols[0]
        )
    own = [line for line in lines if line.entry is view.entry][-1]  # for an LSTM, the line of c
    measured = measured_lines(lines)
    shown = measured if len(measured) > 1 else lines
    factors = {line.title: decay.factor for line, decay in _decays(shown)}
    compared = comparison_sentences(factors)
    if compared and len(shown) < len(lines):
        compared.append(sentence("Of an LSTM, only the line of c is compared."))
    for words in (where, decay_sentence(own.norms, own.part), *compared):
        show_text(put(words))


def measured_lines(lines: list[Line]) -> list[Line]:
    """The line of each run whose factor is compared with others: for an LSTM, that of c."""
    return list({line.entry.token: line for line in lines}.values())  # the last of each run


def _decays(lines: list[Line]) -> list[tuple[Line, anatomy.Decay]]:
    found = [(line, anatomy.gradient_decay(line.norms)) for line in lines]
    return [(line, decay) for line, decay in found if decay is not None]


def decay_sentence(norms: np.ndarray, part: str) -> Sentence:
    """Say by how much the gradient is multiplied per letter going back. (J,); part: h or c."""
    decay = anatomy.gradient_decay(norms)
    if len(norms) == 1:
        return sentence(
            "The network reads only one input before this loss, so there is no earlier "
            "state to go back to."
        )
    if decay is None:
        return sentence("No earlier state of this network can change this loss.")
    return plural_sentence(
        "Going back {count} letter from the last state (backpropagation through time), the "
        "gradient with respect to the state {part} goes from {near:.2g} to {far:.2g}. That is × "
        "{factor:.2f}.",
        "Going back {count} letters from the last state (backpropagation through time), the "
        "gradient with respect to the state {part} goes from {near:.2g} to {far:.2g}. That is × "
        "{factor:.2f} per letter (geometric mean).",
        decay.reach,
        part=part,
        factor=decay.factor,
        near=decay.near,
        far=decay.far,
    )


def comparison_sentences(factors: Mapping[str, float]) -> list[Sentence]:
    """Say in which line the gradient is multiplied by most per letter, and in which by least.

    factors: by the titles of the lines. With fewer than two there is nothing to compare.
    """
    if len(factors) < 2:
        return []
    least, most = min(factors, key=factors.__getitem__), max(factors, key=factors.__getitem__)
    heights = sentence(
        "Compare slopes, not heights, because the states of two networks have different "
        "coordinates."
    )
    if round(factors[least], 2) == round(factors[most], 2):
        same = sentence(
            "In all these lines the gradient changes by the same factor, {factor:.2f} per letter.",
            factor=factors[most],
        )
        return [same, heights]
    return [
        sentence(
            "The gradient survives best in {most} (× {most_factor:.2f} per letter) and worst in "
            "{least} (× {least_factor:.2f}).",
            most=most,
            most_factor=factors[most],
            least=least,
            least_factor=factors[least],
        ),
        sentence(
            "That holds for these weights on this name. Another name or longer training may "
            "reverse the order."
        ),
        heights,
    ]


def _draw_twin(lines: list[Line]) -> None:
    rows = []
    for j in range(max(len(line.norms) for line in lines)):
        sizes = [
            say_number(float(line.norms[j]), ".3g") if j < len(line.norms) else "" for line in lines
        ]
        rows.append([str(j), *sizes])
    draw_twin(
        ["j", *(line.title for line in lines)],
        rows,
        "gradient_twin",
        say("Size of the gradient by letters back"),
        numeric=tuple(range(len(lines) + 1)),
    )


def _draw_factors(lines: list[Line], read: str) -> None:
    """Draw the factor of the gradient per letter: from the weights, and as measured."""
    rows = []
    for line in measured_lines(lines):
        decay = anatomy.gradient_decay(line.norms)
        measured = "–" if decay is None else say_number(decay.factor, ".2f")
        rows.append([line.run, direct_text(line, read), measured, _clipped_text(line.entry)])
    draw_table(
        [say("run"), say("by its weights"), say("measured"), say("updates clipped")],
        rows,
        "radii",
        say("The gradient's factor per letter going back, and the share of clipped updates"),
        numeric=(2, 3),
    )
    with more_box():
        for words in factor_sentences():
            st.caption(put(words))


def factor_sentences() -> list[Sentence]:
    """Say what the columns of the factors are.

    They are no guarantee: over a few letters a spectral radius is not a bound, and a gate is one
    path of several.
    """
    return list(prose_part("legends", "gradient").values())


def direct_text(line: Line, read: str) -> str:
    """The factor according to the weights; … while it is computed in the background.

    None is shown for a network that saw one letter in training, because the weights of its state
    never learned.
    """
    run = line.entry.run
    if run.config.context == 1:
        return "–"
    # The sum tells networks apart that have the same weights but other silent units.
    total = float(line.model.W_hh.detach().abs().sum())
    measurement = measurements.measure(
        ("factor", line.entry.token, id(run.weights), run.kept_step, total, read, line.context),
        lambda: _direct_factor(line, read),
        patience=measurements.PATIENCE if run.config.hidden_size <= QUICK else 0.0,
    )
    if measurement.result is None:
        return "–" if measurement.done else "…"
    value = float(measurement.result[0])
    if line.model.cell == "rnn":
        return say("radius {value:.2f}", value=value)
    if line.model.cell == "gru":
        return say("z, mean {value:.2f}", value=value)
    return say("f, mean {value:.2f}", value=value)


def _direct_factor(line: Line, read: str) -> Iterator[tuple[float, np.ndarray | None]]:
    yield 0.0, None  # with no patience, the page's script stops here
    if line.model.cell == "rnn":
        yield 1.0, np.array([anatomy.spectral_radius(line.model)])
    elif not read:
        yield 1.0, None
    else:
        vocab = line.entry.corpus.vocab
        yield 1.0, np.array([anatomy.mean_gate(line.model, vocab, read, line.context)[1]])


def _clipped_text(entry: RunEntry) -> str:
    run = entry.run
    if not run.config.clip_norm:
        return say("off")
    return say("{percent:.0f} %", percent=100 * run.clipped / max(run.step, 1))


def _draw_missing(lines: list[Line]) -> None:
    """Say which other cells the visitor could train for this picture."""
    cells = {line.entry.run.config.cell for line in lines}
    for cell in GATES:
        if cell not in cells:
            st.caption(put(OFFERS[cell]))
