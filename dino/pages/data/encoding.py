"""Data, the dictionary: from symbol to index and back; and one name as the network reads it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dino import survey
from dino.charts import name_list as charts_data
from dino.charts.base import LEAST_COLUMN
from dino.data import Vocab, encode
from dino.lists import MAX_LETTERS
from dino.locale.sentences import Refusal, sentence
from dino.pages.data.list_view import ListView, code_point
from dino.ui import state
from dino.ui.language import put, say
from dino.ui.plot import plot
from dino.ui.table import draw_table
from dino.ui.text import show_text

EXAMPLE = "jinzhousaurus"
SIDES = 112  # pixels beside the columns of the picture


def draw_encoding(view: ListView) -> None:
    """Draw a box for a name, its inputs and targets step by step, and a picture of the inputs."""
    vocab = view.corpus.vocab
    _fill_example(view)
    typed = st.text_input(
        say("A name"), key=state.ENCODED_NAME.key, persist_state="session", max_chars=MAX_LETTERS
    )
    try:
        inputs, targets = _encode(vocab, vocab.normalize(typed or ""))
    except Refusal as refusal:
        with st.container(border=True, key="encoded_refused"):
            show_text(put(refusal.sentence))
        return
    left, right = st.columns([2, 3], gap="medium")
    with left:
        _draw_steps(vocab, inputs, targets)
    with right:
        _draw_one_hot(vocab, inputs, targets)


def needs_example(view: ListView) -> bool:
    """Whether the box needs an example: it was never filled, or the new list lacks a letter."""
    name, vocab = state.ENCODED_NAME.get(), view.corpus.vocab
    if name is None:
        return True
    same_list = state.ENCODED_LIST.get() == view.complete.source
    return not same_list and not vocab.index.keys() >= set(vocab.normalize(name))


def _fill_example(view: ListView) -> None:
    """Put an example into the box if it needs one."""
    names = view.corpus.names
    if needs_example(view):
        state.ENCODED_NAME.set(EXAMPLE if EXAMPLE in names else names[0])
    state.ENCODED_LIST.set(view.complete.source)


def _encode(vocab: Vocab, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Inputs (T,) and targets (T,). Raises Refusal for a name that is too long or has other
    letters.
    """
    # Streamlit limits what is typed, but one letter can become two in lower case (İ).
    if len(name) > MAX_LETTERS:
        raise Refusal(
            sentence(
                "A name may have at most {most} letters, but this one has {letters}. Use fewer.",
                most=MAX_LETTERS,
                letters=len(name),
            )
        )
    data = encode([name], vocab)
    return data.inputs[0], data.targets[0]


def _draw_steps(vocab: Vocab, inputs: np.ndarray, targets: np.ndarray) -> None:
    """Draw what the network reads and what it should predict, step by step."""
    labels, rows = vocab.labels, []
    read = [say("nothing"), *(labels[i] for i in inputs[1:])]
    for t, target in enumerate(targets):
        rows.append([str(t + 1), read[t], str(inputs[t]), labels[target], str(target)])
    draw_table(
        [say("step"), say("input"), say("index"), say("target"), say("index")],
        rows,
        "encoding",
        say("Inputs and shifted targets, step by step"),
        numeric=(0, 2, 4),
        names=(1, 3),
        max_height=480,
    )
    show_text(
        say(
            "This name has {steps} targets: its letters and then ⏎.\nThe targets are the inputs "
            "shifted by one step. At each step the network should predict the letter that it "
            "reads next, or ⏎ where the name ends.",
            steps=len(inputs),
        )
    )


def _draw_one_hot(vocab: Vocab, inputs: np.ndarray, targets: np.ndarray) -> None:
    plot(
        charts_data.one_hot(survey.one_hot(inputs, len(vocab)), targets, vocab.labels, put),
        "one_hot",
        say("The one-hot input of every step"),
        LEAST_COLUMN * len(inputs) + SIDES,
    )
    show_text("\n".join(_shape_sentences(len(inputs), len(vocab))))


def _shape_sentences(T: int, V: int) -> list[str]:
    """What the picture shows, and how names of several lengths form a batch; one fact per line."""
    return [
        say(
            "Each column is the input of one step, with a 1 at the letter that was read (one-hot "
            "encoding)."
        ),
        say("The inputs have shape ({T}, {V}): steps × symbols.", T=T, V=V),
        say(
            "At step 1 no letter has been read, so the input is all zeros (index {V}: no symbol).",
            V=V,
        ),
        say("Above each column is its target. The targets have shape ({T},).", T=T),
        say(
            "One update may use several names (a mini-batch). The one-hot inputs of B names have "
            "shape (B, T, {V}), where T is the number of steps of the longest name.",
            V=V,
        ),
        say("Shorter names are padded at the end. Padding never counts in the loss."),
    ]


def draw_dictionary(view: ListView) -> None:
    """Draw both mappings side by side."""
    vocab = view.corpus.vocab
    left, right = st.columns(2, gap="medium")
    with left:
        _draw_to_index(vocab)
    with right:
        _draw_to_symbol(vocab)
    show_text(
        say(
            "These two mappings are the dictionary (vocabulary) of the list. It has {symbols} "
            "symbols.\nThe end mark, shown as ⏎, is the line break of the file. It comes first, "
            "and the others follow in the order of their codes.\nThe network reads and predicts "
            "these indices, never the symbols themselves.\nA symbol is one code point of Unicode. "
            "Some letters with accents and many emoji consist of several.",
            symbols=len(vocab),
        )
    )


def _draw_to_index(vocab: Vocab) -> None:
    st.markdown(say("**Symbol → index**"))
    draw_table(
        [say("symbol"), say("index")],
        [[vocab.labels[i], str(vocab.index[symbol])] for i, symbol in enumerate(vocab.symbols)],
        "to_index",
        say("From symbol to index"),
        numeric=(1,),
        names=(0,),
        max_height=420,
    )


def _draw_to_symbol(vocab: Vocab) -> None:
    st.markdown(say("**Index → symbol**"))
    draw_table(
        [say("index"), say("symbol"), say("code")],
        [[str(i), vocab.labels[i], code_point(symbol)] for i, symbol in enumerate(vocab.symbols)],
        "to_symbol",
        say("From index to symbol"),
        names=(1, 2),
        max_height=420,
    )
