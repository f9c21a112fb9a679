"""The network of a lesson: a button that trains it, its losses, and a box for a name to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import streamlit as st

from dino.charts import loss as loss_chart
from dino.charts.walk import curve_walk
from dino.choice import Choice
from dino.config import Config
from dino.data import Vocab
from dino.lessons.figures_training import run_figures
from dino.lessons.item import Value
from dino.lessons.panels import ON_CHART
from dino.lists import END
from dino.locale.sentences import Refusal, Sentence, refusal_sentence, sentence
from dino.ngram import NOTHING
from dino.pages.learn.panel_names import draw_names_of_run
from dino.pages.learn.stage import Stage
from dino.sample import LONGEST
from dino.ui import chosen_list, current_run, learner, settings, state
from dino.ui.language import put, say
from dino.ui.plot import plot
from dino.ui.run_offer import draw_progress
from dino.ui.settings_back import draw_settings_back, hold_settings
from dino.ui.text import show_text
from dino.ui.widgets import run_to_end

if TYPE_CHECKING:
    from dino.jobs import RunEntry
    from dino.model import CharRNN
    from dino.run import Run

Bet = tuple[str, float]  # an axis of the loss chart, 'x' or 'y', and the bet on it
Curve = tuple[str, str, list[list[float]]]  # its kind, its name in words, and its points


def draw_training(
    config: Config,
    key: str,
    label: str = "",
    bets: Sequence[Bet] = (),
    guess: bool = True,
    chart: bool = True,
) -> RunEntry | None:
    """Train a recipe on the dinosaurs as a run of the visitor. Return the run once it exists.

    key: begins the keys of its widgets; label: of its button; bets: drawn into its loss chart.
    guess: whether the chart has the line of a uniform guess; chart: whether it is drawn at all.
    """
    job = current_run.current_job()
    entry = run_of(config)
    if job is not None and _is_of(job.config, config) and job.running:
        draw_progress(job, f"{key}_stop")
    elif entry is None or not is_over(entry.run):
        st.button(
            label or say("Train it"),
            type="primary",
            icon=":material/play_arrow:",
            key=f"{key}_train",
            on_click=_train,
            args=(config,),
        )
    else:
        _draw_again(config, key)
    if entry is not None and chart:
        _draw_curves(entry, key, bets, guess)
    elif entry is not None:
        show_text(put(curve_sentence(entry.run)))
    draw_settings_back(key, config)
    return entry


def is_over(run: Run) -> bool:
    """Whether a run has made all its steps or has diverged."""
    return run.step >= run.max_steps or bool(run.stopped)


def run_of(config: Config) -> RunEntry | None:
    """The visitor's newest run of a recipe on the dinosaurs; None if there is none."""
    return next(
        (
            entry
            for entry in current_run.runs()
            if _is_of(entry.run.config, config) and entry.corpus.source == Choice()
        ),
        None,
    )


def _is_of(config: Config, wanted: Config) -> bool:
    return config.replace(engine="auto") == wanted.replace(engine="auto")


@run_to_end
def _train(config: Config, is_new: bool = False) -> None:
    """Callback: train this recipe on the dinosaurs. is_new: as a new run, even if one exists."""
    job = current_run.current_job()
    if is_new or job is None or not _is_of(job.config, config) or not current_run.may_act(job):
        hold_settings(config)
        settings.show_recipe(config)
        chosen_list.choose_dinosaurs()
        current_run.replace_run(config)
    current_run.act(lambda job: job.play())


def _draw_again(config: Config, key: str) -> None:
    """Say that this recipe has a finished run, and draw a button that trains another."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            say("You have already trained this network. Its losses are below."), width="content"
        )
        st.button(
            say("Train it again"),
            type="tertiary",
            icon=":material/replay:",
            key=f"{key}_again",
            on_click=_train,
            args=(config, True),
        )


def _draw_curves(entry: RunEntry, key: str, bets: Sequence[Bet], guess: bool) -> None:
    run = entry.run
    lines = {name: loss for name, loss in entry.baselines.items() if guess or name != NOTHING}
    figure = loss_chart.loss_curves(
        run.train_curve(),
        run.val_curve(),
        lines,
        run.max_steps if bets else run.step,  # shows a bet on a step from the start
        evaluated=run.train_eval_curve(),
        put=put,
        revision=entry.token,
        height=300,
        bets=[bet for axis, bet in bets if axis == "y"],
    )
    for bet in bets:
        figure = loss_chart.with_bet(figure, *bet, put)
    words = put(curve_sentence(run))
    plot(figure, f"{key}_curve", words, walk=curve_walk(put))
    show_text(words)


def prepared_run(config: Config) -> RunEntry | None:
    """The app's example run of a recipe; None if there is none."""
    from dino.ui.example_runs import examples

    return next((it for it in examples() if _is_of(it.run.config, config)), None)


def draw_prepared_curves(config: Config, key: str) -> None:
    """Draw the losses of the app's example run of this recipe, if there is one."""
    entry = prepared_run(config)
    if entry is not None:
        _draw_curves(entry, key, (), guess=True)


def curve_sentence(run: Run) -> Sentence:
    """Say what the curves show so far."""
    _, losses = run.val_curve()
    return sentence(
        "After {step:,} of {all:,} updates the held-out loss is {loss:.3f} nats per symbol.",
        step=run.step,
        all=run.max_steps,
        loss=float(losses[-1]),
    )


class Network(NamedTuple):
    """A trained network. key: identifies its weights; config: the recipe of its run."""

    model: CharRNN
    vocab: Vocab
    key: tuple[str, int]
    config: Config


def draw_network(stage: Stage) -> Network | None:
    """The newest run of the lesson's recipe; without one, the visitor's present run on the
    dinosaurs.

    A line says which run it is. If there is none, it says what to do, and the result is None.
    """
    entry, job = _entry(stage), current_run.current_job()
    if entry is None:
        st.caption(say("There is no trained network yet. Train one above."))
        return None
    if job is not None and job.token == entry.token and job.running:
        st.caption(say("The network is training. Wait until it has finished, or stop it."))
        return None
    from dino.model import rebuild

    run = entry.run
    st.caption(
        say(
            "This is the network of run {number} after {step:,} updates.",
            number=entry.number,
            step=run.step,
        )
    )
    model = rebuild(run.config, len(entry.corpus.vocab), run.weights)
    return Network(model, entry.corpus.vocab, (entry.token, run.step), run.config)


def _entry(stage: Stage) -> RunEntry | None:
    found = run_of(stage.config)
    present = next(iter(current_run.runs()), None)
    if (found is None or not found.run.step) and present is not None:
        found = present if present.corpus.source == Choice() else None
    return found if found is not None and found.run.step else None


def draw_name_box(stage: Stage, vocab: Vocab, label: str, first: str) -> str:
    """Draw the box, which begins with `first`. Return its text, normalized like the list's names.

    The boxes of a lesson that begin with the same name share it: a text that is typed into one of
    them is in all. For a text that the network cannot read, a sentence says why, and `first` is
    returned.
    """
    shared = state.Value(f"learn_{stage.lesson.key}_name_{first}", first)
    box = state.Value(stage.key("name"), first)

    @run_to_end
    def share() -> None:
        """Callback: put what was typed here into the lesson's other boxes."""
        shared.set(box.get())

    box.correct(shared.get())
    st.text_input(label, key=box.key, on_change=share, max_chars=LONGEST, width=320)
    name = vocab.normalize(shared.get())
    try:
        check_name(vocab, name)
    except ValueError as error:
        show_text(put(refusal_sentence(error)))
        return first
    return name


def check_name(vocab: Vocab, name: str) -> None:
    """Raises ValueError for a name that is too long, or has letters that the list lacks."""
    if len(name) > LONGEST:  # one letter can become two in lower case
        raise Refusal(
            sentence(
                "A name can have at most {most} letters here. This one has {letters:,}. Use fewer "
                "letters.",
                most=LONGEST,
                letters=len(name),
            )
        )
    vocab.encode(name.replace(END, "⏎"))  # nobody types the end mark, and a name has only one


def draw_run(stage: Stage) -> Mapping[str, Value]:
    """Train the lesson's recipe as a run of the visitor, which the other pages also show.

    Its chart has the line of a uniform guess once a lesson has explained it: a bet is about it. If
    its bet was dragged on an empty chart, the curves grow there (`dragged_curves`).
    """
    guess, bets = stage.knows("uniform_guess"), _bets(stage)
    entry = draw_training(
        stage.config, stage.key("run"), bets=bets, guess=guess, chart=not _has_dragged(stage)
    )
    if entry is not None:
        draw_names_of_run(stage, entry)
    return {} if entry is None else run_figures(entry.run)


def _has_dragged(stage: Stage) -> bool:
    """Whether a bet on this run is dragged along the steps of an empty loss chart."""
    questions = [learner.progress().question(stage.lesson, name) for name in stage.step.of]
    return any(
        item.drag and ON_CHART.get(str(item.right)) == "x" for it in questions for item in it.items
    )


def dragged_curves(config: Config) -> list[Curve]:
    """The curves of the visitor's newest run of a recipe, for the chart that a bet was dragged on:
    of the training loss and of the held-out loss.
    """
    entry = run_of(config)
    if entry is None:
        return []
    named = (
        ("train", say("training names"), entry.run.train_eval_curve()),
        ("val", say("held-out names"), entry.run.val_curve()),
    )
    return [
        (kind, words, [[int(x), float(y)] for x, y in zip(*curve, strict=True) if np.isfinite(y)])
        for kind, words, curve in named
    ]


def dragged_sentences(curves: Sequence[Curve]) -> list[Sentence]:
    """Say what the curves of `dragged_curves` show besides the end of the held-out loss, which
    `curve_sentence` says.
    """
    losses = {kind: points for kind, _, points in curves if points}
    found = []
    if "train" in losses:
        (_, first), (_, last) = losses["train"][0], losses["train"][-1]
        found.append(
            sentence(
                "On training names the loss went from {first:.2f} to {last:.2f}.",
                first=first,
                last=last,
            )
        )
    if "val" in losses:
        step, loss = min(losses["val"], key=lambda point: point[1])
        found.append(
            sentence(
                "On held-out names it was lowest after {step:,} updates, at {loss:.2f}.",
                step=int(step),
                loss=loss,
            )
        )
    return found


def _bets(stage: Stage) -> list[Bet]:
    """The bets on figures of its loss chart, which were placed before it was opened."""
    found: list[Bet] = []
    for name in stage.step.of:
        for item in learner.progress().question(stage.lesson, name).items:
            if item.is_number and item.right in ON_CHART and item.answer is not None:
                found.append((ON_CHART[str(item.right)], float(item.answer)))
    return found
