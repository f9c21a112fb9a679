"""Names in lessons: what networks wrote before their training and after; curves that grow into the
chart that a bet was dragged on.
"""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pressing import part
from streamlit.testing.v1 import AppTest
from test_experiments import work_to_the_end
from test_learn_page import look, texts
from waiting import PATIENCE

from dino.config import Config
from dino.data import load_bundled, make_corpus
from dino.experiments.member import MemberNames, names_written_by
from dino.experiments.plan import make_plan
from dino.lessons.figures_writing import NOTEBOOK_NAMES, names_before
from dino.lessons.panels import EXPERIMENT_FIGURES
from dino.lessons.reading import lessons
from dino.model import rebuild
from dino.pages.learn import lesson_view, network
from dino.pages.learn.panel_names import SHOWN, carried_figures, in_words
from dino.presets import PRESETS
from dino.run import Run, Snapshot
from dino.sample import draws, write
from dino.train import Trainer
from dino.ui import state

SMALL = Config(engine="torch", hidden_size=3, batch_size=4, max_steps=12)
VOCAB = load_bundled("dinos").vocab


def trained(config: Config) -> Run:
    trainer = Trainer(config, make_corpus(load_bundled("dinos").cleaned, "", config.split_seed))
    while not trainer.done:
        trainer.advance()
    return trainer.run()


def test_each_member_writes_with_the_state_carried_and_the_same_draws(jobs: Any) -> None:
    plan = make_plan(SMALL, ["context=1,0"], 1, 2)
    split = partial(load_bundled, "dinos")
    experiment = jobs.begin_experiment(plan, split, "mine", names=3)
    work_to_the_end(experiment)
    assert len(experiment.written) == len(experiment.outcomes) == 4
    for member, found in zip(experiment.members, experiment.written, strict=True):
        run = trained(member.config)
        model = rebuild(run.config, len(VOCAB), run.weights)
        assert found.names == tuple(it.name for it in write(model, VOCAB, draws(3, 0)))
        assert (found.carried_loss is None) == (member.config.context == 0)
        assert found.carried_loss == run.carried_loss
    means = [it.carried_loss for it in experiment.written if it.carried_loss is not None]
    assert carried_figures(experiment) == {"carried_1": pytest.approx(np.mean(means))}
    assert "carried_1" in EXPERIMENT_FIGURES


def test_no_member_writes_names_where_none_are_asked_for(jobs: Any) -> None:
    plan = make_plan(SMALL, ["cell=rnn,gru"], 1, 1)
    experiment = jobs.begin_experiment(plan, partial(load_bundled, "dinos"), "mine")
    work_to_the_end(experiment)
    assert experiment.written == (MemberNames(), MemberNames())


def test_the_names_before_training_are_those_of_the_first_weights() -> None:
    trainer = Trainer(SMALL, load_bundled("dinos"))
    assert names_before(SMALL, 2) == names_written_by(trainer.run(), VOCAB, 2).names


def test_the_notebook_wrote_the_names_that_its_lesson_shows() -> None:
    run = trained(PRESETS["notebook-as-written"].config)
    assert names_written_by(run, VOCAB, 4).names[:2] == NOTEBOOK_NAMES


def test_a_long_name_is_cut_and_an_empty_one_is_called_so() -> None:
    assert in_words(["oryx", "a" * SHOWN, "b" * (SHOWN + 1)]) == f"oryx, {'a' * SHOWN}, " + (
        "b" * SHOWN + "…"
    )
    assert in_words(["", "oryx"]) == "(the empty name), oryx"


LEVELS = """
from types import SimpleNamespace

from dino.config import Config
from dino.experiments.member import MemberNames, Outcome
from dino.experiments.plan import make_plan
from dino.lessons.figures import Figures
from dino.lessons.lesson import Lesson, Step
from dino.pages.learn import lesson_view, network
from dino.pages.learn.panel_names import draw_names_of_levels
from dino.pages.learn.stage import Stage

step = Step("read", panel="experiment", options={"names": COUNT})
lesson = Lesson(1, "x", "", "", (step,), {}, {})
plan = make_plan(Config(hidden_size=3), VARY, 1, 1)
members = tuple(plan.members())
done = [(Outcome({}, "done", val_loss=2.0), MemberNames(("oryx", "sau"))) for _ in members[:-1]]
outcomes, written = zip(*done)
experiment = SimpleNamespace(plan=plan, members=members, outcomes=outcomes, written=written)
draw_names_of_levels(Stage(lesson, step, 1, Figures(lesson)), experiment)
"""


@pytest.mark.parametrize(
    ("vary", "width", "rows"),
    [(["cell=rnn,gru"], 2, 2), (["cell=rnn,gru", "learning_rate=0.1,0.2"], 3, 4)],
)
def test_each_level_that_is_over_has_its_names_below_those_before_training(
    vary: list[str], width: int, rows: int
) -> None:
    script = LEVELS.replace("COUNT", "2").replace("VARY", str(vary))
    page = look(AppTest.from_string(script, default_timeout=PATIENCE))
    table = part(page, "learn_x_1_names")[1]["rows"]
    assert len(table) == rows  # the last level is not over yet
    assert all(len(row) == width and row[-1] == "oryx, sau" for row in table[1:])
    assert table[0][0] == "before training" and table[0][-1] != "oryx, sau"


def test_a_step_without_the_option_shows_no_names() -> None:
    script = LEVELS.replace("COUNT", "0").replace("VARY", "['cell=rnn,gru']")
    page = look(AppTest.from_string(script, default_timeout=PATIENCE))
    assert part(page, "learn_x_1_names") is None


MEASURED = """
from dino.lessons.figures import Figures
from dino.lessons.reading import lessons
from dino.pages.learn.panel_experiment import draw_prepared_experiment
from dino.pages.learn.stage import Stage

lesson = lessons("en")["LESSON"]
for number, step in enumerate(lesson.steps, 1):
    if step.panel == "experiment":
        draw_prepared_experiment(Stage(lesson, step, number, Figures(lesson)))
"""


@pytest.mark.parametrize("lesson, picture", [("how-fast", "ladder"), ("the-notebook", "grid")])
def test_a_lesson_explains_members_once_and_says_of_no_picture_the_same_twice(
    lesson: str, picture: str
) -> None:
    script = MEASURED.replace("LESSON", lesson)
    page = look(AppTest.from_string(script, default_timeout=PATIENCE))
    assert texts(page).count("A member is one trained network.") == 1
    steps = enumerate(lessons("en")[lesson].steps, 1)
    numbers = [number for number, step in steps if step.panel == "experiment"]
    for number in numbers:
        alt = part(page, f"learn_{lesson}_{number}_{picture}")[1]["alt"]
        assert alt and alt not in texts(page)


DRAGGED = """
from dino.lessons.figures import Figures
from dino.lessons.item import Item
from dino.lessons.lesson import Lesson, Question, Step
from dino.pages.learn.lesson_view import draw_step
from dino.pages.learn.stage import Stage

item = Item("", "run_best_step", low=0, high=10, digits=0, drag=True)
bet = Question("bet", "Where?", name="turn", items=(item,))
step = Step("read", of=("turn",), panel="run", options={"names": 1})
lesson = Lesson(1, "x", "", "", (bet, step), {}, {})
for number, it in enumerate(lesson.steps, 1):
    draw_step(Stage(lesson, it, number, Figures(lesson)))
"""


def made_run() -> SimpleNamespace:
    """A run that is over, with a loss that is not a number."""
    curve = np.array([0, 5, 10]), np.array([3.3, np.nan, 2.0])
    moments = [Snapshot(step, 2.0, (name,), None) for step, name in ((0, "qqq"), (10, "oryx"))]
    ends = {"step": 10, "max_steps": 10, "stopped": "", "named_moments": tuple(moments)}
    return SimpleNamespace(train_eval_curve=lambda: curve, val_curve=lambda: curve, **ends)


def test_the_curve_grows_into_the_chart_that_was_dragged_once_the_bet_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert lesson_view.draw_step  # its modules have taken the functions before they are changed
    entry = SimpleNamespace(run=made_run())
    monkeypatch.setattr(network, "run_of", lambda config: entry)
    monkeypatch.setattr(network, "draw_settings_back", lambda *its: None)
    monkeypatch.setattr(network, "run_figures", lambda run: {})
    page = look(AppTest.from_string(DRAGGED, default_timeout=PATIENCE))
    key = f"drag_{state.answer_of('x', 'turn', 0).key}"
    assert part(page, key)[1]["curves"] == []  # nothing that gives the bet away
    page.button(key="learn_x_1_skip").click().run()
    curves = part(page, key)[1]["curves"]
    assert [kind for kind, _, _ in curves] == ["train", "val"]
    assert all(points == [[0, 3.3], [10, 2.0]] for _, _, points in curves)
    said = part(page, key)[1]["said"]
    assert said == (
        "On training names the loss went from 3.30 to 2.00. On held-out names it was lowest after "
        "10 updates, at 2.00."
    )
    assert said not in " ".join(it.value for it in page.text)  # it is said once
    assert part(page, "learn_x_2_run_curve") is None
    names = part(page, "learn_x_2_names")[1]["rows"]
    assert names == [["after 0 updates", "qqq"], ["after 10 updates", "oryx"]]


def test_what_the_dragged_curves_show_is_said_of_their_points() -> None:
    train, val = [[0, 3.3], [5, 2.5], [10, 0.9]], [[0, 3.25], [5, 1.75], [10, 1.875]]
    words = network.dragged_sentences(
        [("train", "training names", train), ("val", "held-out", val)]
    )
    assert [it.fields for it in words] == [{"first": 3.3, "last": 0.9}, {"step": 5, "loss": 1.75}]
    assert not network.dragged_sentences([("train", "training names", []), ("val", "held-out", [])])
    assert not network.dragged_sentences([])
