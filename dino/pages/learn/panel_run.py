"""A network trained in a lesson: its button, its loss curves, and the figures that it gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from dino.charts import loss as loss_chart
from dino.lessons.lesson import Value
from dino.lessons.run_figures import run_figures
from dino.locale.sentences import Sentence, sentence
from dino.pages.learn.stage import Stage
from dino.ui import chosen_list, current_run, settings
from dino.ui.choice import Choice
from dino.ui.language import put, say
from dino.ui.plot import plot
from dino.ui.text import show_text
from dino.ui.widgets import run_to_end

if TYPE_CHECKING:
    from dino.config import Config
    from dino.jobs import Job, RunEntry
    from dino.run import Run


def draw_run(stage: Stage) -> Mapping[str, Value]:
    """Train the lesson's recipe as a run of the visitor's own, which the other pages show, too."""
    job = current_run.current_job()
    is_this = job is not None and _is_of(job.config, stage.config)
    entry = run_of(stage)
    if job is not None and is_this and job.running:
        _draw_progress(job, stage)
    elif entry is None or entry.run.step < entry.run.max_steps:
        st.button(
            say("Train it"),
            type="primary",
            icon=":material/play_arrow:",
            key=stage.key("train"),
            on_click=_train,
            args=(stage.config,),
        )
    if entry is None:
        return {}
    _draw_curves(stage, entry)
    return run_figures(entry.run)


def run_of(stage: Stage) -> RunEntry | None:
    """The visitor's newest run of the lesson's recipe on the dinosaurs, if there is one."""
    return next(
        (
            entry
            for entry in current_run.runs()
            if _is_of(entry.run.config, stage.config) and entry.corpus.source == Choice()
        ),
        None,
    )


def _is_of(config: Config, wanted: Config) -> bool:
    return config.replace(engine="auto") == wanted.replace(engine="auto")


def _draw_progress(job: Job, stage: Stage) -> None:
    run = job.run
    step, share = (run.step, run.step / run.max_steps) if run else (0, 0.0)
    st.progress(share, say("Training: step {step:,}", step=step))
    st.button(
        say("Stop"),
        icon=":material/stop:",
        key=stage.key("stop"),
        on_click=_stop,
        disabled=not current_run.may_act(job),
    )


@run_to_end
def _stop() -> None:
    current_run.act(lambda job: job.pause())


@run_to_end
def _train(config: Config) -> None:
    """Callback: train this recipe on the dinosaurs."""
    job = current_run.current_job()
    if job is None or not _is_of(job.config, config) or not current_run.may_act(job):
        settings.show_recipe(config)
        chosen_list.choose_dinosaurs()
        current_run.replace_run(config)
    current_run.act(lambda job: job.play())


def _draw_curves(stage: Stage, entry: RunEntry) -> None:
    run = entry.run
    figure = loss_chart.loss_curves(
        run.train_curve(),
        run.val_curve(),
        entry.baselines,
        run.step,
        evaluated=run.train_eval_curve(),
        put=put,
        revision=entry.token,
        height=300,
    )
    words = put(curve_sentence(run))
    plot(figure, stage.key("curve"), words)
    show_text(words)


def curve_sentence(run: Run) -> Sentence:
    """What the curves show so far."""
    _, losses = run.val_curve()
    return sentence(
        "After {step:,} of {all:,} steps the held-out loss is {loss:.3f} nats per symbol; it began "
        "at {start:.3f}.",
        step=run.step,
        all=run.max_steps,
        loss=float(losses[-1]),
        start=float(losses[0]),
    )
