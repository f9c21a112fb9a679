"""What the Lab says about a network: layers, formulas and their symbols, and what to try next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from dino import cost
from dino.config import CELLS, OPTIMIZERS, Config
from dino.locale.sentences import Sentence, Text, mark, plural_sentence, sentence
from dino.pages.lab.notebook_table import set_up, what_it_sees
from dino.pages.lab.parts import draw_part
from dino.presets import PRESETS, place_of, single_changes
from dino.ui import session, settings, state
from dino.ui.formulas import FORMULAS, LEGENDS, OPTIMIZER_LEGENDS, OUTPUT
from dino.ui.kept_parts import keep
from dino.ui.language import put, say, say_number
from dino.ui.table import Table, draw_table_once
from dino.ui.widgets import run_to_end

if TYPE_CHECKING:
    from dino.jobs import RunHandle

# What each preset shows, for the button that the preset before it has.
WHY = {
    "first-success": mark("Next: back to First success"),
    "notebook-as-written": mark("Next: see what holds the teaching notebook's recipe back"),
    "notebook-through-time": mark(
        "Next: carry the state from letter to letter, as the notebook was meant to do"
    ),
    "best-rnn": mark("Next: see the best recipe that we found for 64 tanh units"),
    "best-lstm": mark("Next: see 128 LSTM units with dropout"),
}
_NEXT = dict(zip(PRESETS, [*list(PRESETS)[1:], "first-success"], strict=True))


def draw_network(job: RunHandle) -> None:
    """Draw layers, shapes and counts, read from the model, and the formulas that it computes."""
    st.subheader(say("The network"), anchor=False)
    left, right = st.columns([2, 3], gap="medium")
    config, symbols = job.config, len(job.corpus.vocab)
    with left:
        st.caption(put(network_sentence(config, symbols)))
        draw_table_once("layers", (config, symbols), lambda: _layers(config, symbols))
    with right:
        st.latex(FORMULAS[config.cell])
        st.latex(OUTPUT)
        cell = CELLS[config.cell]
        st.caption(say("What the {cell} computes at every letter:", cell=cell))
        _draw_facts([*LEGENDS[config.cell], *memory_facts(config)])
        _draw_optimizer(config.optimizer)


def _draw_optimizer(name: str) -> None:
    """Its formula and legend, folded: one legend is in sight, and the box Optimizer has this one
    as its help.
    """
    optimizer = OPTIMIZERS[name]
    with st.expander(say("How {optimizer} updates the weights", optimizer=put(optimizer.label))):
        st.markdown(put(optimizer.formula))
        _draw_facts(OPTIMIZER_LEGENDS[name])


def network_sentence(config: Config, symbols: int) -> Sentence:
    """Say what the network consists of, and what it carries from letter to letter."""
    return sentence(
        "{cell}: {symbols:,} symbols in, {units}, {symbols:,} probabilities out. {memory}.",
        cell=config.cell.upper(),
        symbols=symbols,
        units=plural_sentence("{count} hidden unit", "{count:,} hidden units", config.hidden_size),
        memory=_memory(config),
    )


def _memory(config: Config) -> Sentence:
    """What the loop brings back, and over how many letters."""
    n, lstm = config.context, config.cell == "lstm"
    if n == 1 and lstm:
        return sentence("The state and the cell state start at zero before every letter")
    if n == 1:
        return sentence("The state starts at zero before every letter")
    if n and lstm:
        return sentence("The state and the cell state pass only through the last {n} letters", n=n)
    if n:
        return sentence("The state passes only through the last {n} letters", n=n)
    if lstm:
        return sentence("The state and the cell state pass from letter to letter")
    return sentence("The state passes from letter to letter")


def memory_facts(config: Config) -> list[Text]:
    """Say what a bounded memory changes in the formulas: the state is not carried on."""
    if not config.context:
        return []
    found: list[Text] = [what_it_sees(config.context)]
    if config.context == 1:
        found.append(
            mark("So the previous state, h at t − 1, is always zero here, and W_hh has no effect.")
        )
    return found


def _layers(config: Config, vocab_size: int) -> Table:
    """The network's weights as a table."""
    layers = cost.layers(config, vocab_size)
    total = sum(count for *_, count in layers)
    rows = [[name, shape, say_number(count)] for name, shape, count in layers]
    return Table(
        [say("weights"), say("shape"), say("parameters")],
        [*rows, [say("all"), "", say_number(total)]],
        say("The network's weights, their shapes and how many parameters they have"),
        numeric=(2,),
        names=(0,),
    )


def _draw_facts(facts: Sequence[Text]) -> None:
    """Draw facts of the app's own, one per line."""
    st.caption("\n".join(f"- {put(fact)}" for fact in facts))


def draw_next_step() -> None:
    """Draw what to try now, and say which settings that changes."""
    draw_part("next_step", _draw_next_step)


def _draw_next_step() -> None:
    config = settings.config()
    name, words, change = keep("next_step", config, lambda: _next_step(config))
    st.divider()
    session.draw_link(
        session.INSIDE,
        label=say("Look inside: rewind the run or take parts away"),
        icon=":material/visibility:",
    )
    st.button(
        put(WHY[name]),
        icon=":material/arrow_forward:",
        type="tertiary",
        key="next",
        on_click=_choose,
        args=(name,),
    )
    if words:
        st.caption(words)
    if change is not None:
        st.button(
            change.label,
            icon=":material/stairs:",
            type="tertiary",
            key="single_change",
            on_click=set_up,
            args=(change.to,),
        )


class Change(NamedTuple):
    """A way on that changes one setting: its label, and the recipe to which it leads."""

    label: str
    to: Config


def _next_step(config: Config) -> tuple[str, str, Change | None]:
    """The preset that comes next, what its button changes, and a way with one change."""
    name = _NEXT[settings.nearest_preset(config)]
    words = settings.change_words(config, PRESETS[name].config)
    if not words:
        return name, "", _single_change(config, name)
    said = say("This button changes these settings: {changes}.", changes="; ".join(words))
    return name, said, _single_change(config, name)


def _single_change(config: Config, name: str) -> Change | None:
    """If the best LSTM comes next: the way there that changes one setting at a time.

    name: the preset that comes next
    """
    place, recipes = place_of(config), single_changes(config)
    if place is None and name == "best-lstm":
        return Change(say("Or get there from First success, one change at a time"), recipes[1])
    if place and place + 1 < len(recipes):
        (change,) = settings.change_words(config, recipes[place + 1])
        label = say("Or change only one setting: {change}", change=change)
        return Change(label, recipes[place + 1])
    return None


@run_to_end
def _choose(name: str) -> None:
    state.PRESET.set(name)
    settings.choose_preset()
