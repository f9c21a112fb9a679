"""Network and counting together: the three losses, a name letter by letter, other partners."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import streamlit as st

from dino.charts.sides import losses_by_symbol
from dino.lessons.dinosaur_list import dinosaurs
from dino.lessons.figures_loss import uniform_loss
from dino.lessons.item import Value
from dino.locale.sentences import Sentence, error_sentence, sentence
from dino.pages.learn.network import draw_run, is_over, run_of
from dino.pages.learn.stage import Stage
from dino.ui import measurements
from dino.ui.language import put, say, say_number
from dino.ui.plot import plot
from dino.ui.table import draw_table, draw_twin
from dino.ui.text import show_text

if TYPE_CHECKING:
    from dino.jobs import RunEntry
    from dino.lessons.figures_together import Letters, Sides


def draw_together(stage: Stage) -> Mapping[str, Value]:
    """Train the lesson's network; then draw its loss, that of counting, and that of both."""
    found = dict(draw_run(stage))
    sides = _sides(stage)
    if sides is None:
        return found
    from dino.lessons.figures_together import together_figures

    figures = together_figures(sides)
    rows = [
        [title, say_number(float(figures[f"{key}_loss"]), ".3f")]
        for key, title in (
            ("network", say("network")),
            ("counting", say("counting sixes")),
            ("both", say("half and half")),
        )
    ]
    caption = say("Losses on the held-out names, in nats per symbol")
    heads = [say("what predicts"), say("held-out loss")]
    draw_table(heads, rows, stage.key("together"), caption, numeric=(1,))
    show_text(put(below_sentence(figures)))
    return found | figures


def below_sentence(figures: Mapping[str, Value]) -> Sentence:
    """Say how far the mixture's loss is below that of each side."""
    network, counting = (
        error_sentence(float(figures[name]), float(figures[f"{name}_error"]), 3)
        for name in ("below_network", "below_counting")
    )
    return sentence(
        "The loss of half and half is {network} nats below that of the network and {counting} "
        "below that of counting (± the standard error over the held-out names).",
        network=network,
        counting=counting,
    )


def _sides(stage: Stage) -> Sides | None:
    """The losses of the visitor's network and of counting on each symbol; None until they are
    there. Then it says what they wait for, if there is a trained network.
    """
    entry = _trained(stage)
    if entry is None:
        return None

    def parts() -> Iterator[tuple[float, Sides | None]]:
        from dino.lessons.figures_together import sides_in_parts
        from dino.model import rebuild
        from dino.parts import report_progress

        model = rebuild(entry.run.config, len(entry.corpus.vocab), entry.run.weights)
        sides = yield from report_progress(sides_in_parts(model, stage.config.context), (0.5, None))
        yield 1.0, sides

    found = measurements.measure(("learn_together", entry.token, entry.run.step), parts)
    if found.failed:
        st.caption(say("This could not be measured."))
    elif not found.done:
        st.progress(found.share, say("Computing the losses…"))
    result: Sides | None = found.result
    return result


def _trained(stage: Stage) -> RunEntry | None:
    """The visitor's newest run of the lesson's recipe, if it was trained to its end."""
    entry = run_of(stage.config)
    return entry if entry and is_over(entry.run) and not entry.run.stopped else None


def _missing(stage: Stage) -> Mapping[str, Value]:
    """Say that there is no trained network, if that is why there are no losses."""
    if _trained(stage) is None:
        st.caption(say("There is no trained network yet. Train one above."))
    return {}


# ---- a name, letter by letter


def draw_disagreement(stage: Stage) -> Mapping[str, Value]:
    """Draw what network, counting and both lose on each symbol of a held-out name."""
    sides = _sides(stage)
    if sides is None:
        return _missing(stage)
    from dino.lessons.figures_together import disagreement_figures, letters_of

    by_name = {it.name: it for it in letters_of(sides)}
    chosen = st.selectbox(
        say("Held-out name"),
        list(by_name),
        key=stage.key("name"),
        persist_state="session",
        width=320,
        help=say("The name on which the two disagree most comes first."),
    )
    _draw_letters(stage, by_name.get(chosen) or next(iter(by_name.values())))
    return disagreement_figures(sides)


def _draw_letters(stage: Stage, name: Letters) -> None:
    vocab = dinosaurs().vocab
    symbols = [*name.name, vocab.labels[0]]
    readers = {
        say("network"): name.network,
        say("counting sixes"): name.counting,
        say("half and half"): name.both,
    }
    words = put(letters_sentence(name))
    plot(losses_by_symbol(symbols, readers, name.from_network, put), stage.key("letters"), words)
    show_text(words)
    columns = zip(symbols, *readers.values(), name.from_network, strict=True)
    rows = [
        [
            symbol,
            *(say_number(float(it), ".2f") for it in losses),
            say("{percent:.0f} %", percent=100 * part),
        ]
        for symbol, *losses, part in columns
    ]
    heads = [say("symbol"), *readers, say("from the network")]
    caption = say("−ln p of each symbol, in nats, and how much of the mixture is from the network")
    draw_twin(heads, rows, stage.key("letters_table"), caption, numeric=(1, 2, 3, 4))


def letters_sentence(name: Letters) -> Sentence:
    """Say what the three lines of a name show."""
    network, counting, both = (float(it.mean()) for it in (name.network, name.counting, name.both))
    return sentence(
        "On {name}, the mean of −ln p is {network:.2f} nats for the network, {counting:.2f} for "
        "counting and {both:.2f} for half and half. The numbers above the lines say how many "
        "percent of each mixed probability come from the network.",
        name=name.name,
        network=network,
        counting=counting,
        both=both,
    )


# ---- other partners


def draw_partners(stage: Stage) -> Mapping[str, Value]:
    """Draw the loss of the network half and half with counting, a uniform guess, and a copy."""
    sides = _sides(stage)
    if sides is None:
        return _missing(stage)
    from dino.lessons.figures_together import partner_figures, together_figures

    found, first = partner_figures(sides), together_figures(sides)
    network = float(first["network_loss"])
    table = (
        (say("counting sixes"), first["counting_loss"], first["both_loss"]),
        (say("a uniform guess"), uniform_loss(), found["guessing_both"]),
        (say("a copy of the network"), network, found["copy_both"]),
    )
    rows = [
        [partner, *(say_number(float(it), ".3f") for it in losses)] for partner, *losses in table
    ]
    heads = [say("partner"), say("its loss"), say("loss of half and half")]
    caption = say("The network mixed half and half with three partners, in nats per symbol")
    draw_table(heads, rows, stage.key("partners"), caption, numeric=(1, 2))
    words = sentence("Without a partner, the network's loss is {loss:.3f}.", loss=network)
    show_text(put(words))
    return found
