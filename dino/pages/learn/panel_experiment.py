"""An experiment in a lesson: the lesson gives the plan, the visitor's runs give the losses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import streamlit as st

from dino.charts import factors as charts
from dino.choice import Choice
from dino.config import SETTINGS
from dino.experiments.member import on_one_engine
from dino.experiments.picture_arrays import grid_of, ladders
from dino.experiments.picture_sentences import grid_sentences, ladder_sentences
from dino.experiments.plan import Plan
from dino.experiments.words import ON_PYTORCH, fixed_sentence, members_sentence
from dino.jobs import Experiment
from dino.lessons.figures import dinosaurs
from dino.lessons.figures_training import experiment_figures, means_by_split, plan_of
from dino.lessons.item import Value
from dino.lessons.prepared_experiments import Prepared, prepared_experiment
from dino.locale.sentences import Refusal
from dino.pages.learn.panel_names import carried_figures, draw_names_of_levels
from dino.pages.learn.stage import Stage
from dino.ui import chosen_list, measurements, state
from dino.ui.experiment_parts import Shown, go_on, level_rows, pause
from dino.ui.language import language, put, say, say_number
from dino.ui.plot import plot
from dino.ui.server import jobs, this_visit
from dino.ui.table import draw_table
from dino.ui.text import in_a_line, show_text
from dino.ui.widgets import run_to_end


def draw_experiment(stage: Stage) -> Mapping[str, Value]:
    """Train every member of the plan. Its table and picture grow with each finished member."""
    plan = on_one_engine(plan_of(stage.lesson, stage.step), dinosaurs())
    found = _newest_of(plan)
    with st.expander(say("The whole recipe"), icon=":material/tune:"):
        show_text(put(fixed_sentence(plan, dinosaurs().title)))
    _explain_members(stage)
    if found is None or (found.done and len(found.outcomes) < len(found.members)):
        show_text(put(members_sentence(plan)))
        st.button(
            say("Train them all"),
            type="primary",
            icon=":material/play_arrow:",
            key=stage.key("start"),
            on_click=_start,
            args=(stage, plan),
        )
    box, why = state.LEARN_REFUSAL.get()
    if why and box == stage.key("experiment"):
        show_text(put(why))
    if found is None:
        return {}
    if found.lacks_kernels:
        show_text(put(ON_PYTORCH))
    if not found.done:
        _draw_progress(stage, found)
    if found.outcomes:
        _draw_results(stage, found)
    return _figures(found, stage.step.options.get("compare", ())) if found.done else {}


def _explain_members(stage: Stage) -> None:
    """Say what a level and a member are, in the first experiment of a lesson."""
    first = next((it for it in stage.lesson.steps if it.panel == stage.step.panel), None)
    if first is stage.lesson.steps[stage.number - 1]:
        st.caption(
            say(
                "A level is one of the compared settings. A member is one trained network. It has "
                "one level, one seed, and one split of the names into training and held-out names."
            )
        )


def _prepared(stage: Stage) -> Prepared | None:
    return prepared_experiment(plan_of(stage.lesson, stage.step), dinosaurs())


def prepared_figures(stage: Stage) -> Mapping[str, Value]:
    """The figures of the experiment as they were measured in advance; {} if they were not."""
    found = _prepared(stage)
    if found is None:
        return {}
    compare = stage.step.options.get("compare", ())
    return {**experiment_figures(found.plan, found.losses, compare), **carried_figures(found)}


def draw_prepared_experiment(stage: Stage) -> None:
    """Draw the results of the experiment as they were measured in advance, if they were."""
    found = _prepared(stage)
    if found is not None:
        _explain_members(stage)
        show_text(put(members_sentence(found.plan)))
        st.caption(say("These losses were measured in advance."))
        _draw_results(stage, found)


def _draw_results(stage: Stage, found: Shown) -> None:
    _draw_levels(stage, found)
    draw_names_of_levels(stage, found)
    _draw_splits(stage, found)
    _draw_pictures(stage, found)


def _newest_of(plan: Plan) -> Experiment | None:
    """The newest experiment of this browser with this plan on the dinosaurs."""
    mine = jobs().experiments_of(this_visit().browser)
    return next((it for it in mine if it.asked == plan and it.corpus.source == Choice()), None)


@run_to_end
def _start(stage: Stage, plan: Plan) -> None:
    """Callback: start. A second click finds it started and changes nothing."""
    state.LEARN_REFUSAL.set((stage.key("experiment"), ""))
    running = _newest_of(plan)
    if running is not None and not running.done:
        return
    try:
        jobs().begin_experiment(
            plan,
            chosen_list.dinosaurs_splitter(plan.config.exam),
            this_visit().browser,
            names=stage.step.options.get("names", 0),
        )
    except Refusal as refusal:
        state.LEARN_REFUSAL.set((stage.key("experiment"), refusal.sentence))


def _draw_progress(stage: Stage, experiment: Experiment) -> None:
    done, count = len(experiment.outcomes), len(experiment.members)
    words = say("{done:,} of {count:,} members are done.", done=done, count=count)
    st.progress(done / count, words)
    is_at_work = experiment.running
    st.button(
        say("Pause the experiment") if is_at_work else say("Continue the experiment"),
        icon=":material/pause:" if is_at_work else ":material/play_arrow:",
        key=stage.key("pause" if is_at_work else "continue"),
        type="secondary" if is_at_work else "primary",
        on_click=pause if is_at_work else go_on,
        args=(experiment.token,),
    )
    if experiment.message:
        show_text(put(experiment.message))
    if experiment.running and experiment.waits_for:
        show_text(put(experiment.waits_for))


def _draw_levels(stage: Stage, experiment: Shown) -> None:
    """Draw a row for each recipe: its mean loss over the finished members."""
    has_rates = len(experiment.plan.rates[0]) > 1
    rows = [
        [row.name, *([row.rate_text] if has_rates else []), *row.losses[:2]]
        for row in level_rows(experiment)
    ]
    rate_head = [in_a_line(put(SETTINGS["learning_rate"].label))] if has_rates else []
    draw_table(
        [say("level"), *rate_head, say("members"), say("mean loss")],
        rows,
        stage.key("levels"),
        say("Held-out loss of each level, over its members"),
        numeric=range(1, 3 + len(rate_head)),
    )


def _draw_splits(stage: Stage, experiment: Shown) -> None:
    """Draw what a paired comparison of two levels compares: their means on each split."""
    means = means_by_split(experiment.losses)
    if means is None:
        return
    first, second = map(put, experiment.plan.level_sentences())
    rows = [
        [str(split), *(say_number(value, ".3f") for value in (a, b, a - b))]
        for split, (a, b) in enumerate(means.T.tolist(), 1)
    ]
    draw_table(
        [say("split"), first, second, say("difference")],
        rows,
        stage.key("splits"),
        say("Held-out loss of both levels on each split, and their difference"),
        numeric=range(1, 4),
    )
    words = say(
        "Each row is a split, with the mean of its seeds ({seeds}). Over the splits, the loss of "
        "the first level has a range of {own:.3f}. The difference between the two levels has a "
        "range of {paired:.3f}.",
        seeds=experiment.plan.seeds,
        own=float(np.ptp(means[0])),
        paired=float(np.ptp(means[0] - means[1])),
    )
    st.caption(words)


def _draw_pictures(stage: Stage, experiment: Shown) -> None:
    """Draw the losses by learning rate or as a grid, if these are varied."""
    plan, losses = experiment.plan, experiment.losses
    if not losses.size:
        return
    *_, splits, seeds = losses.shape
    found, grid = ladders(plan, losses), grid_of(plan, losses)
    if found:
        words = ladder_sentences(found, splits, seeds, len(plan.level_sentences()))
        alt = say("Mean held-out loss of each level at each rate")
        plot(charts.ladder(found, language().put), stage.key("ladder"), alt)
        show_text(" ".join(map(put, words)))
    if grid is not None:
        words = grid_sentences(grid, splits * seeds)
        figure = charts.grid(grid, language().put)
        alt = say("Mean held-out loss of each pair of levels")
        plot(figure, stage.key("grid"), alt, charts.grid_width(grid))
        show_text(" ".join(map(put, words)))


def _figures(experiment: Experiment, compare: Sequence[int]) -> Mapping[str, Value]:
    """The figures of a finished experiment; {} while its verdict is computed."""
    plan, losses = experiment.plan, experiment.losses
    if len(experiment.outcomes) < len(experiment.members):
        return {}

    def parts() -> Iterator[tuple[float, Mapping[str, Value] | None]]:
        yield 0.0, None
        yield 1.0, experiment_figures(plan, losses, compare)

    found = measurements.measure(
        ("lesson_figures", experiment.token, *compare), parts, patience=0.0
    )
    return {**found.result, **carried_figures(experiment)} if found.result else {}
