"""What holds the notebook back: a table that fills as a visitor runs its variants, and the cause.

Below the table are sentences on its runs (`notebook_runs.findings`), and facts about the present
run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

import streamlit as st

from dino.config import Config
from dino.locale.sentences import Sentence, Text, number_list, plural_sentence, sentence
from dino.pages.lab import notebook_runs
from dino.pages.lab.experiment_links import draw_link
from dino.pages.lab.notebook_runs import LARGE, MEMORIES, SMALL, STEPPINGS, Stepping, Variant
from dino.setting import decimal_of
from dino.ui import current_run, measurements, settings, state
from dino.ui.language import put, say, say_plural
from dino.ui.listening import draw_pulse, turn
from dino.ui.server import this_visit
from dino.ui.text import show_text
from dino.ui.widgets import run_to_end

if TYPE_CHECKING:
    from dino.data import Corpus
    from dino.jobs import Measurement, RunEntry, RunHandle
    from dino.run import Run

HEAD, CELL = 118, 92  # pixels; a row fits on a phone
EXAMPLE = "jinzhousaurus"  # the notebook's own, if the list has it


def draw_what_holds_back(job: RunHandle, entries: Sequence[RunEntry]) -> None:
    """On the notebook's recipes, draw the table, the cause and the facts.

    On other recipes with a bounded memory, draw only the facts. entries: the visitor's runs whose
    losses may be compared with this one's.
    """
    if notebook_runs.is_of_notebook(job.config):
        with st.container(border=True, key="notebook"):
            st.markdown(say("**What holds the notebook back**"))
            _draw_table(job, entries)
            if facts := run_facts(job):
                st.caption(say("This run:"))
                _draw_facts(facts)
            _draw_cause(job.corpus, job.config)
    elif facts := run_facts(job):
        with st.container(border=True, key="memory_facts"):
            st.markdown(say("**What holds it back**"))
            _draw_facts(facts)


def _draw_facts(facts: Sequence[Text]) -> None:
    """Draw facts of the app's own, one per line."""
    if facts:
        st.markdown("\n".join(f"- {put(fact)}" for fact in facts))


# ---- the table


def _draw_table(job: RunHandle, entries: Sequence[RunEntry]) -> None:
    config = job.config
    runs = notebook_runs.runs_by_variant(entries, config)
    st.caption(
        say(
            "Its steps are small (learning rate), and its memory is one letter. Try larger steps "
            "and more memory to see how each changes the loss."
        )
    )
    st.caption(_table_words(config))
    _draw_row("head", say("held-out loss"), [say("one letter"), say("all letters")])
    for stepping in STEPPINGS:
        cells = [Variant(context, stepping) for context in MEMORIES]
        _draw_variants(stepping, cells, runs, config, current_run.may_act(job))
    drawn = turn(this_visit())  # before anything is read, because it may change just after
    measured = _measure_losses(runs)
    is_known = measured is not None and measured.done and not measured.failed
    found = notebook_runs.findings(runs, measured.result if measured and is_known else {})
    _draw_facts(found)
    if found:
        st.caption(
            say(
                "Each number comes from one run. ± is the standard error over the held-out names. "
                "Another seed would also change a run's loss."
            )
        )
    rates = SMALL.learning_rate, LARGE.learning_rate
    levels = {"context": MEMORIES, "learning_rate": rates}
    recipe = Variant(config.context, SMALL).recipe(config)
    draw_link(job, say("Again with five seeds"), recipe, levels)
    with st.container():  # a fixed place: what comes and goes here moves no other part
        if measured is not None and not measured.done:
            draw_pulse(job, "notebook_pulse", drawn=drawn)


def _table_words(config: Config) -> str:
    return say_plural(
        "Each number is the held-out loss of one of your runs after one step. Only the memory "
        "(columns) and the step size (rows) differ. Adam also uses another update rule.",
        "Each number is the held-out loss of one of your runs after {count:,} steps. Only the "
        "memory (columns) and the step size (rows) differ. Adam also uses another update rule.",
        config.max_steps,
    )


def _measure_losses(runs: Mapping[Variant, RunEntry]) -> Measurement | None:
    """Measure the losses of each run's held-out names; None if there are fewer than two runs."""
    held = [entry for entry in runs.values() if entry.run.weights is not None]
    if len(held) < 2:
        return None
    key = ("notebook", *((entry.token, entry.run.kept_step) for entry in held))
    return measurements.measure(key, lambda: notebook_runs.name_losses_in_parts(runs))


def _draw_row(key: str, head: str, cells: Sequence[str]) -> None:
    with st.container(key=f"notebook_{key}", horizontal=True, gap="xsmall"):
        st.markdown(head, width=HEAD)
        for cell in cells:
            st.markdown(cell, width=CELL)


def _draw_variants(
    stepping: Stepping,
    variants: Sequence[Variant],
    runs: Mapping[Variant, RunEntry],
    config: Config,
    may_act: bool,
) -> None:
    """Draw one row of the table: a run's loss, or a button that sets its recipe up."""
    key, wanted = STEPPINGS.index(stepping), settings.config()
    with st.container(
        key=f"notebook_{key}", horizontal=True, gap="xsmall", vertical_alignment="center"
    ):
        st.markdown(put(stepping.words()), width=HEAD)
        for variant in variants:
            recipe = variant.recipe(config)
            if variant in runs:
                st.markdown(say("{loss:.2f}", loss=runs[variant].run.val_loss), width=CELL)
            elif recipe == wanted:
                st.markdown(say("chosen"), width=CELL)
            else:
                st.button(
                    say("Set up"),
                    key=f"set_up_{key}_{variant.context}",
                    width=CELL,
                    disabled=not may_act,
                    help=_set_up_words(variant),
                    on_click=set_up,
                    args=(recipe,),
                )


def _set_up_words(variant: Variant) -> str:
    stepping = variant.stepping.words()
    if variant.context:
        return say("Set the controls to {stepping} with one letter of memory.", stepping=stepping)
    return say("Set the controls to {stepping} with memory of all letters.", stepping=stepping)


@run_to_end
def set_up(recipe: Config) -> None:
    """Callback: put a recipe on the controls. The visitor trains it."""
    settings.show_recipe(recipe)
    state.REDRAW.set(True)  # the controls are outside this fragment


# ---- facts about the present run


def run_facts(job: RunHandle) -> list[Text]:
    """Facts on the memory and the steps of a run at rest, of the notebook's kind or with bounded
    memory.

    Empty before its first step and while it trains.
    """
    run, context = job.run, job.config.context
    if run is None or not run.step or not job.baselines or job.running:
        return []  # these figures would be outdated while it trains
    if not context and not notebook_runs.is_of_notebook(job.config):
        return []
    facts: list[Text] = [how_far_it_moved(run)]
    if context:
        facts.append(what_it_sees(context))
    if context == 1:
        facts += what_one_letter_gives(run, job.baselines["pairs"])
    if run.carried_loss is not None:
        facts.append(what_carrying_gives(run.val_loss, run.carried_loss))
    return facts


def how_far_it_moved(run: Run) -> Sentence:
    """Say how far the weights moved from their initial values, and at which rates."""
    share = 100 * run.moved
    percent = round(share) if share >= 10 else float(format(share, ".2g"))
    rates = [rate for step, rate in run.learning_rates if step < run.step]
    return plural_sentence(
        "In {count} update its weights changed by {percent:g} % of their size (learning rate: "
        "{rates}).",
        "In {count:,} updates its weights changed by {percent:g} % of their size (learning rate: "
        "{rates}).",
        run.step,
        percent=percent,
        rates=number_list(cast("list[float]", [*map(decimal_of, rates)]), "f"),
    )


def what_it_sees(context: int) -> Sentence:
    """Say what a bounded memory is."""
    return plural_sentence(
        "Every prediction starts from a zero state and sees only the last letter.",
        "Every prediction starts from a zero state and sees only the last {count} letters.",
        context,
    )


def what_one_letter_gives(run: Run, pairs: float) -> list[Text]:
    """Say why W_hh cannot learn with memory of one letter, and the most that can be learned.

    pairs: the held-out loss of counting letter pairs, nats per symbol.
    """
    moved = run.recurrent_moved
    if moved:  # the gradient is zero, so only weight decay can move them
        still = sentence(
            "So the recurrent weights W_hh multiply zeros, and their gradient is zero. They moved "
            "by {moved:.3g}, only through the optimizer's weight decay.",
            moved=moved,
        )
    else:
        still = sentence(
            "So the recurrent weights W_hh multiply zeros, their gradient is zero, and they have "
            "moved by {moved:.3g}.",
            moved=moved,
        )
    most = sentence(
        "From one letter it can learn only letter pairs (a bigram model). Counting them reaches a "
        "held-out loss of {pairs:.2f}.",
        pairs=pairs,
    )
    return [still, most]


def what_carrying_gives(loss: float, carried: float) -> Sentence:
    """Compare the loss as trained with the loss if the state is carried (training never did)."""
    return sentence(
        "Its held-out loss is {loss:.2f} as trained. It is {carried:.2f} if the state passes from "
        "letter to letter anyway, as when the notebook writes.",
        loss=loss,
        carried=carried,
    )


# ---- the cause


def example_name(corpus: Corpus) -> str:
    """The name that illustrates the cause."""
    return EXAMPLE if EXAMPLE in corpus.train_set or EXAMPLE in corpus.val_set else corpus.train[0]


def input_shapes(name: str, vocab_size: int) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """The shape of a name as the notebook feeds it, and as a sequence: (batch, steps, symbols)."""
    steps = len(name) + 1  # the start, then each letter
    return (steps, 1, vocab_size), (1, steps, vocab_size)


def _draw_cause(corpus: Corpus, config: Config) -> None:
    name = example_name(corpus)
    fed, right = input_shapes(name, len(corpus.vocab))
    with st.expander(say("Why the notebook has no memory: the shape of its input")):
        # As plain text, because the name may be a visitor's. One fact per line.
        show_text(
            say(
                "The notebook gives Keras “{name}” as an array of shape {shape}.",
                name=name,
                shape=str(fed),
            )
        )
        show_text(say("Keras reads a shape as (batch, steps, symbols)."))
        show_text(
            say(
                "So the letters lie on the batch axis, as {count} names of one step. Each starts "
                "from its own zero state.",
                count=fed[0],
            )
        )
        show_text(
            say(
                "As one name of {count} steps its shape is {shape}.", count=fed[0], shape=str(right)
            )
        )
        show_text(say("The fix is one line, with a layer that returns the state of every step:"))
        st.code(
            f"x, y = x.reshape{right}, y.reshape{right}"
            f"  # SimpleRNN({config.hidden_size}, return_sequences=True)",
            language="python",
        )
