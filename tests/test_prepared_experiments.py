"""Experiments of lessons that were trained in advance: one for each lesson's, by value."""

import json
from dataclasses import replace

import numpy as np
import pytest

from dino.experiments.member import on_one_engine, train_member
from dino.lessons.dinosaur_list import dinosaurs
from dino.lessons.figures_training import experiment_figures, plan_of
from dino.lessons.prepared_experiments import FILE, plan_values, prepared_experiment
from dino.lessons.reading import lessons

STEPS = [
    pytest.param(lesson, step, id=f"{lesson.key}-{step.name}")
    for lesson in lessons("en").values()
    for step in lesson.steps
    if step.panel == "experiment"
]
each_experiment = pytest.mark.parametrize("lesson, step", STEPS)


def prepared(lesson, step):
    return prepared_experiment(plan_of(lesson, step), dinosaurs())


@each_experiment
def test_every_experiment_of_a_lesson_was_trained_in_advance(lesson, step):
    found = prepared(lesson, step)
    assert found is not None, "python -m tests.lesson_experiments"
    assert found.losses.shape == found.plan.shape
    assert [it.config for it in found.outcomes] == [it.config.as_dict() for it in found.members]
    count = step.options.get("names", 0)
    done = [it for it, o in zip(found.written, found.outcomes, strict=True) if o.status == "done"]
    assert all(len(it.names) == count for it in done)


@each_experiment
def test_it_shows_what_the_lesson_claims(lesson, step):
    found = prepared(lesson, step)
    compare = step.options.get("compare", ())
    figures = experiment_figures(found.plan, found.losses, compare)
    for name, claim in lesson.claims.items():
        own = name.removeprefix(f"{step.name}_")
        if own != name and own in figures:
            value = figures[own]
            fits = value == claim if isinstance(claim, str) else claim[0] <= value <= claim[1]
            assert fits, (name, value)


def test_the_file_has_no_other_experiment():
    file = json.loads(FILE.read_text(encoding="utf-8"))
    wanted = [plan_values(plan_of(*it.values)) for it in STEPS]
    assert [row["plan"] for row in file["experiments"]] == wanted


def test_another_plan_or_list_has_none():
    lesson, step = STEPS[0].values
    plan = plan_of(lesson, step)
    assert prepared_experiment(replace(plan, seeds=2), dinosaurs()) is None
    other = replace(plan, config=plan.config.replace(max_steps=100))
    assert prepared_experiment(other, dinosaurs()) is None
    fewer = dinosaurs().without([dinosaurs().train[0]])
    assert prepared_experiment(plan, fewer) is None
    engine = replace(plan, config=plan.config.replace(engine="torch"))
    assert prepared_experiment(engine, dinosaurs()) is not None


def test_trained_again_a_member_has_the_same_loss():
    lesson, step = STEPS[0].values
    found = prepared(lesson, step)
    plan = on_one_engine(found.plan, dinosaurs())
    again = train_member(next(iter(plan.members())).config, dinosaurs().cleaned)
    assert again.loss == pytest.approx(found.outcomes[0].loss, abs=0.02)
    assert np.isfinite(found.losses).all()
