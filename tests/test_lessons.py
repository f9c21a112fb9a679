"""The lessons: every file is read, every bet can be placed and is judged on its own figure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dino.__main__ import main
from dino.anatomy import spectral_radius
from dino.compiled import engine
from dino.config import Config
from dino.experiments.member import on_one_engine, train_member
from dino.experiments.verdict import limits
from dino.lessons import figures
from dino.lessons.checking import code_of, mistakes, path_mistakes
from dino.lessons.figures import FIGURES, Figures, dinosaurs, given_by
from dino.lessons.figures_cell import state_figures, state_lengths
from dino.lessons.figures_memory import biases_in_parts, echo_figures
from dino.lessons.figures_step import factor_figures
from dino.lessons.figures_together import (
    Sides,
    disagreement_figures,
    partner_figures,
    sides_in_parts,
    together_figures,
)
from dino.lessons.figures_training import (
    experiment_figures,
    means_by_split,
    plan_of,
    rate_figures,
    run_figures,
)
from dino.lessons.figures_writing import greedy_and_search, likelier_figures
from dino.lessons.item import Item, Value
from dino.lessons.judging import check_answers, judge_question
from dino.lessons.lesson import Answer, Lesson, Question, Step
from dino.lessons.panels import EXPERIMENT_FIGURES, PANELS
from dino.lessons.progress import Progress, progress_from_text
from dino.lessons.reading import HERE, fields_of, lessons, parse_lesson, template_of
from dino.locale.sentences import Refusal, languages
from dino.parts import finish, last_result
from dino.train import Trainer

ENGLISH = lessons("en")
ALL = [pytest.param(lesson, id=lesson.key) for lesson in ENGLISH.values()]
each_lesson = pytest.mark.parametrize("lesson", ALL)
ASKED = [
    pytest.param(lesson, step, id=f"{lesson.key}-{step.name}")
    for lesson in ENGLISH.values()
    for step in lesson.questions.values()
]
each_question = pytest.mark.parametrize("lesson, step", ASKED)
BY_PANELS: dict[str, list[Value]] = {"chips": [50.0, 25.0, 25.0, *[0.0] * 24]}  # an answer to each


def structure(lesson: Lesson) -> Lesson:
    """A lesson without its words."""

    def item(it: Item) -> Item:
        choices = tuple(replace(choice, text="") for choice in it.choices)
        wrong = tuple(replace(each, belief="", reply="") for each in it.wrong)
        told = dict.fromkeys(("text", "unit", "because", "solution"), "")
        return replace(it, **told, choices=choices, wrong=wrong)

    def bare(step: Step) -> Step:
        found = replace(step, text="", more=(), because="", solution="", model="")
        is_question = isinstance(found, Question)
        return replace(found, items=tuple(map(item, found.items))) if is_question else found

    steps = tuple(map(bare, lesson.steps))
    evidence = {name: it._replace(text="") for name, it in lesson.evidence.items()}
    aims = ("",) * len(lesson.aims)
    return replace(lesson, title="", question="", steps=steps, evidence=evidence, aims=aims)


def items_of(step: Step) -> tuple[Item, ...]:
    return step.items if isinstance(step, Question) else ()


def texts(lesson: Lesson) -> Iterator[str]:
    for step in lesson.steps:
        yield from (step.text, step.because, step.solution, step.model)
        yield from step.more
        for item in items_of(step):
            yield from (item.text, item.because, item.solution)
            yield from (choice.text for choice in item.choices)
            yield from (wrong.reply for wrong in item.wrong)


@each_lesson
def test_a_lesson_names_nothing_that_there_is_not(lesson: Lesson) -> None:
    assert not [str(mistake) for mistake in mistakes(lesson)]
    assert not [str(mistake) for mistake in path_mistakes(ENGLISH)]


@each_lesson
def test_a_lesson_is_the_same_in_every_language_but_for_its_words(lesson: Lesson) -> None:
    for code in languages():
        other = lessons(code)[lesson.key]
        assert structure(other) == structure(lesson)
        assert code == "en" or other.title != lesson.title  # it is translated
        pairs = list(zip(texts(lesson), texts(other), strict=True))
        assert all(bool(here) == bool(there) for here, there in pairs)
        assert all(fields_of(here) == fields_of(there) for here, there in pairs), pairs


@each_lesson
def test_a_lesson_is_short(lesson: Lesson) -> None:
    assert all(len(text.split()) < 130 for text in texts(lesson))


def typed_numbers(text: str) -> set[str]:
    """The numbers of a text that are no figures: none in a field, a formula, or code."""
    rest = re.sub(r"\{[a-z0-9_]+(:[^{}]*)?\}|\$[^$]*\$|`[^`]*`", "", text)
    return {it.replace(",", ".") for it in re.findall(r"\d+(?:[.,]\d+)*", rest)}


@each_lesson
def test_a_number_in_a_reveal_is_a_figure_or_was_given_before(lesson: Lesson) -> None:
    """What a lesson gives may be typed, such as the levels of an experiment; results
    may not.
    """
    for code in languages():
        given = typed_numbers(str(lesson.recipe))
        for step in lessons(code)[lesson.key].steps:
            if step.kind == "reveal":
                assert typed_numbers(" ".join([step.text, *step.more])) <= given
            else:
                given |= typed_numbers(step.text)
                given |= set(re.findall(r"\d+(?:\.\d+)?", f"{step.options} {step.recipe}"))
                for item in items_of(step):
                    given |= typed_numbers(" ".join([item.text, *(it.text for it in item.choices)]))


@each_question
def test_a_question_is_not_answered_above_it(lesson: Lesson, step: Question) -> None:
    """No step above it shows the figure that decides, and what gives it waits for the bet."""
    names = {str(item.right) for item in step.items if isinstance(item.right, str)}
    above = lesson.steps[: lesson.steps.index(step)]
    for other in above:
        shown = set().union(*(fields_of(text) for text in (other.text,)))
        assert not shown & names, other.text
        if step.kind == "bet":
            assert not set(given_by(other)) & names or other.of, "a panel shows it before the bet"
    if step.kind == "bet":
        below = lesson.steps[lesson.steps.index(step) + 1 :]
        assert any(it.kind == "reveal" and step.name in it.of for it in below)
        for other in below:
            if set(given_by(other)) & names or fields_of(other.text) & names:
                assert step.name in other.of


def pretended(lesson: Lesson) -> Figures:
    """The figures of a lesson as if all panels had run: those of runs are made up."""
    found = Figures(lesson)
    for step in lesson.steps:
        if step.panel:
            made_up: dict[str, Value] = {
                name: 100.0 + i for i, name in enumerate(PANELS[step.panel].figures)
            }
            found.add(step, made_up)
    return found


def right_answers(lesson: Lesson, step: Question, known: Figures) -> list[Value]:
    """What a learner gives who is right; for a choice that only a run decides, the first one."""
    if not step.items:  # what a panel asks: nothing is right or wrong beforehand
        return list(BY_PANELS[step.panel])
    found = []
    for item in step.items:
        value = known.value(item.right)
        names = [choice.name for choice in item.choices]
        assert value is not None
        if names and value not in names:
            value = names[0]
        found.append(value if not item.is_number else round(float(value), item.digits))
    return found


@each_question
def test_a_question_can_be_answered_and_is_judged_on_its_own_figure(
    lesson: Lesson, step: Question
) -> None:
    answered = step.with_answer(Answer((0.0,) * len(step.items)))
    assert judge_question(answered, Figures(lesson)).results is None or not any(
        item.right in {it for other in lesson.steps for it in given_by(other)}
        for item in step.items
    )
    known = pretended(lesson)
    answers = right_answers(lesson, step, known)
    own = replace(step, items=tuple(replace(it, low=-1e9, high=1e9) for it in step.items))
    if not any(isinstance(it.right, str) and it.right.startswith("run_") for it in step.items):
        check_answers(own, answers)
    judged = judge_question(step.with_answer(Answer(tuple(answers))), known)
    assert judged.results is not None
    for item in judged.items:
        assert item.result == known.value(item.right)
        if not item.choices or item.result in [choice.name for choice in item.choices]:
            assert item.is_right


@each_question
def test_a_question_is_judged_once_it_is_answered_on_what_was_kept_of_it_if_anything_was(
    lesson: Lesson, step: Question
) -> None:
    known, empty = pretended(lesson), Progress()
    assert judge_question(step, known) == step == empty.question(lesson, step.name)
    skipped = empty.with_answer(lesson, step.name, Answer(None)).question(lesson, step.name)
    assert judge_question(skipped, known) == skipped and skipped.is_skipped and skipped.is_settled
    answer = Answer(tuple(right_answers(lesson, step, known)))
    given = empty.with_answer(lesson, step.name, answer).question(lesson, step.name)
    assert given.is_answered and given.is_settled == (step.kind == "bet")
    kept = tuple("kept" if not it.is_number else -2.0 for it in step.items)
    judged = judge_question(given, Figures(lesson), kept)
    assert judged.results == kept and not any(it.is_right for it in judged.items)
    assert replace(judge_question(judged, known).with_answer(None), items=()) == replace(
        step, items=()
    )


@each_question
def test_each_listed_wrong_answer_gets_its_own_reply(lesson: Lesson, step: Question) -> None:
    known = pretended(lesson)
    for i, item in enumerate(step.items):
        replies = [wrong.reply for wrong in item.wrong]
        assert len(set(replies)) == len(replies) or item.choices
        for wrong in item.wrong:
            names = [choice.name for choice in item.choices]
            value = wrong.value if wrong.value in names else known.value(wrong.value)
            assert value is not None and (not names or value in names)
            answers = right_answers(lesson, step, known)
            answers[i] = value if not item.is_number else round(float(value), item.digits)
            judged = judge_question(step.with_answer(Answer(tuple(answers))), known).items[i]
            assert judged.result is not None
            if str(judged.result) != str(value):
                assert not judged.is_right
                assert judged.belief == replace(wrong, value=value)


@each_question
def test_a_known_answer_of_a_number_lies_within_its_limits_and_wrong_ones_differ(
    lesson: Lesson, step: Question
) -> None:
    for item in step.items:
        if item.is_number and (not isinstance(item.right, str) or item.right in FIGURES):
            right = Figures(lesson).value(item.right)
            assert right is not None and item.low <= float(right) <= item.high
            for wrong in item.wrong:
                value = Figures(lesson).value(wrong.value)
                assert value is None or abs(float(value) - float(right)) > item.near


# ---- what runs give


OF_SIDES = {
    "together": together_figures,
    "disagreement": disagreement_figures,
    "partners": partner_figures,
}


@cache
def sides_of(config: Config) -> Sides:
    """A trained network beside counting; on the compiled engine, as it would take minutes on the
    other one.
    """
    engine.prepare()
    trainer = Trainer(config, dinosaurs(), takes_snapshots=False)
    while not trainer.done:
        trainer.advance()
    return finish(sides_in_parts(trainer.eval_model, config.context))


def measured(lesson: Lesson, step: Step, seed: int) -> dict[str, Value]:
    """The figures that a step's panel gives with a seed."""
    own = replace(step, recipe={**lesson.recipe, **step.recipe, "seed": 10 * seed})
    if step.panel in ("run", "tanh", "factor"):
        trainer = Trainer(lesson.config(own), dinosaurs())
        while not trainer.done:
            trainer.advance()
        if step.panel == "run":
            return run_figures(trainer.run())
        model = trainer.eval_model
        if step.panel == "factor":
            return run_figures(trainer.run()) | factor_figures(model, dinosaurs().vocab)
        along = state_figures(state_lengths(model, dinosaurs().vocab), spectral_radius(model))
        return run_figures(trainer.run()) | along
    if step.panel in OF_SIDES:
        return OF_SIDES[step.panel](sides_of(lesson.config(own)))
    if step.panel == "echo":
        return echo_figures(last_result(biases_in_parts(seed))[1])
    if step.panel == "likelier":
        trainer = Trainer(lesson.config(own), dinosaurs(), takes_snapshots=False)
        while not trainer.done:
            trainer.advance()
        return likelier_figures(
            last_result(greedy_and_search(trainer.eval_model, dinosaurs().vocab))[1]
        )
    if step.panel == "experiment":
        plan = on_one_engine(plan_of(lesson, own), dinosaurs())
        found = {
            member.place: train_member(member.config, dinosaurs().cleaned).loss
            for member in plan.members()
        }
        return experiment_figures(plan, plan.losses(found), step.options.get("compare", ()))
    raise AssertionError(f"{step.panel}: say here how its figures are measured")


CLAIMED = [
    pytest.param(lesson, step, seed, id=f"{lesson.key}-{number}-{seed}")
    for lesson in ENGLISH.values()
    for number, step in enumerate(lesson.steps, 1)
    if set(given_by(step)) & set(lesson.claims)
    for seed in range(3)
]


@pytest.mark.long
@pytest.mark.parametrize("lesson, step, seed", CLAIMED)
def test_what_a_lesson_claims_of_runs_holds_for_three_seeds(
    lesson: Lesson, step: Step, seed: int, kernels: None
) -> None:
    found = {figures.named(step, name): it for name, it in measured(lesson, step, seed).items()}
    for name in set(given_by(step)) & set(lesson.claims):
        claim = lesson.claims[name]
        if isinstance(claim, str):
            assert found[name] == claim, name
        else:
            assert claim[0] <= float(found[name]) <= claim[1], name


@pytest.mark.parametrize(
    ("key", "name", "figure"),
    [
        ("one-sample", "ordered", "clear_single"),
        ("how-fast", "pair", "clear_chosen"),
        ("is-it-better", "cells", "clear_chosen"),
        ("is-it-better", "drop", "clear_single"),
    ],
)
def test_what_makes_a_difference_clear_is_told_of_the_experiments_own_size(
    key: str, name: str, figure: str
) -> None:
    lesson = ENGLISH[key]
    (step,) = [it for it in lesson.steps if it.name == name]
    levels, rates, splits, seeds = plan_of(lesson, step).shape
    found = limits(levels, rates, splits, seeds)
    assert FIGURES[figure]() == (found.splits if seeds == 1 else found.both)
    assert f"{{{figure}:" in " ".join(texts(lesson))


def test_every_claim_is_of_a_figure_that_a_panel_of_the_lesson_gives() -> None:
    for lesson in ENGLISH.values():
        given = {name for step in lesson.steps for name in given_by(step)}
        assert set(lesson.claims) <= given


def test_an_experiments_figures_are_those_that_its_panel_promises() -> None:
    lesson = Lesson(1, "x", "", "", (), {"hidden_size": 4, "max_steps": 5}, {})
    step = Step("read", panel="experiment", options={"vary": "cell=rnn,gru", "splits": 2})
    plan = plan_of(lesson, step)
    losses = np.array([[[[2.0], [2.1]]], [[[2.5], [2.6]]]])  # L R S K
    found = experiment_figures(plan, losses)
    assert set(found) <= set(EXPERIMENT_FIGURES)
    assert (found["lowest"], found["lowest_loss"]) == ("rnn", pytest.approx(2.05))
    assert (found["difference"], found["verdict"]) == (pytest.approx(-0.5), "first")
    turned = experiment_figures(plan, losses[::-1])
    assert (turned["difference"], turned["verdict"]) == (pytest.approx(0.5), "second")
    diverged = experiment_figures(plan, np.array([[[[2.0], [2.1]]], [[[np.nan], [2.6]]]]))
    assert diverged["without_loss"] == 1 and "verdict" not in diverged


def test_the_means_on_each_split_are_those_that_the_paired_difference_is_of() -> None:
    losses = np.random.default_rng(0).normal(2, 0.1, (2, 1, 3, 4))
    means = means_by_split(losses)
    assert means is not None and means.shape == (2, 3)
    step = Step("read", panel="experiment", options={"vary": "cell=rnn,gru", "splits": 3})
    plan = plan_of(Lesson(1, "x", "", "", (), {}, {}), step)
    found = experiment_figures(plan, losses)["difference"]
    assert float(found) == pytest.approx(float((means[0] - means[1]).mean()))
    losses[1, 0, 2, 3] = np.nan
    assert means_by_split(losses) is None
    assert means_by_split(np.ones((3, 1, 3, 1))) is None
    assert means_by_split(np.ones((2, 1, 1, 3))) is None
    assert means_by_split(np.ones((2, 4, 3, 1))) is None


def test_two_levels_at_the_same_rates_have_one_best_rate_or_each_its_own() -> None:
    lesson = Lesson(1, "x", "", "", (), {"hidden_size": 4, "max_steps": 5}, {})
    vary = ["optimizer=sgd,adam", "learning_rate=0.01,0.1,1"]
    plan = plan_of(lesson, Step("read", options={"vary": vary, "splits": 2}))
    means = np.array([[2.7, 2.3, 1.9], [1.8, 2.0, np.nan]])
    losses = means[..., None, None] + np.array([[0.0], [0.1]])  # L R S K
    losses[0, 0, 1] += 0.2
    found = rate_figures(plan, losses)
    assert set(found) <= set(EXPERIMENT_FIGURES)
    assert (found["own_rate_1"], found["own_rate_2"]) == (1.0, 0.01)
    # 0.8 on the one split, 1.0 on the other
    assert found["other_above_1"] == pytest.approx(0.9)
    assert found["other_above_error_1"] == pytest.approx(0.1)
    assert "other_above_2" not in found and "same_rate" not in found  # Adam diverged there
    assert rate_figures(plan, losses[[1, 1]]) == {"same_rate": 0.01}
    assert not rate_figures(plan, np.full(plan.shape, np.nan))
    own = plan_of(lesson, Step("read", options={"vary": "optimizer=sgd,adam", "splits": 2}))
    assert not rate_figures(own, np.full(own.shape, 2.0))  # each has rates of its own


# ---- the files


LEAST = """
title = "T"
question = "Q?"
[[step]]
kind = "read"
text = "Hello {{symbols:.0f}} and $e^{z_i}$"
"""


def test_a_text_keeps_its_braces_and_its_figures() -> None:
    (step,) = parse_lesson("01-x.toml", LEAST).steps
    assert step.text.format(symbols=27.0) == "Hello 27 and $e^{z_i}$"
    assert fields_of(template_of(r"\frac{a}{b} {{x}} {{y:.2f}}")) == {"x", "y"}


@pytest.mark.parametrize(
    "name, change, words",
    [
        ("x.toml", ("", ""), "must be two digits, a hyphen and lower-case letters"),
        ("01-x.toml", ('kind = "read"', 'kind = "rede"'), "kind must be one of"),
        ("01-x.toml", ("question", "qestion"), "qestion"),
        ("01-x.toml", ('kind = "read"', 'kind = "reveal"'), "of is missing"),
        ("01-x.toml", ('kind = "read"', 'kind = "bet"'), "name is missing"),
        ("01-x.toml", ('kind = "read"', 'kind = "bet"\nname = "b"'), "answer is missing"),
        (
            "01-x.toml",
            ('kind = "read"', 'kind = "read"\nof = "b"'),
            "“b”, which is not a bet above it",
        ),
        (
            "01-x.toml",
            ('kind = "read"', 'kind = "read"\npanel = "chips"'),
            "the panel “chips” itself asks",
        ),
        ("01-x.toml", ("[[step]]", "[recipe]\nhidden_size = 0\n[[step]]"), "hidden_size must be"),
        ("01-x.toml", ("[[step]]", '[recipe]\npreset = "x"\n[[step]]'), "preset must be one of"),
        (
            "01-x.toml",
            ("[[step]]", "[claims]\na = [2, 1]\n[[step]]"),
            "claim “a” must be a lowest and a highest value",
        ),
    ],
)
def test_a_mistake_in_a_file_is_one_sentence(
    name: str, change: tuple[str, str], words: str
) -> None:
    with pytest.raises(Refusal) as refused:
        parse_lesson(name, LEAST.replace(*change))
    assert words in str(refused.value)


def test_what_a_lesson_names_and_there_is_not_is_told() -> None:
    text = LEAST.replace("symbols", "cymbals") + 'panel = "ran"\n'
    found = [str(it) for it in mistakes(parse_lesson("01-x.toml", text))]
    assert len(found) == 2 and "cymbals" in found[0] and "ran" in found[1]
    missing = """[[step]]
kind = "task"
name = "t"
answer = "a"
[[step.choice]]
name = "a"
text = "A"
[[step.choice]]
name = "b"
text = "B"
"""
    (reply,) = mistakes(parse_lesson("01-x.toml", LEAST + missing))
    assert "has no reply" in str(reply)


def test_the_command_reads_every_file(capsys: pytest.CaptureFixture[str]) -> None:
    status, lines = main(["lessons"]), capsys.readouterr().out.splitlines()
    count = len(list(HERE.glob("*/*.toml")))
    (line,) = lines
    assert status == 0 and line.startswith(f"{count} lesson files read")


def test_the_readmes_example_is_a_lesson_without_mistakes(tmp_path: Path) -> None:
    text = (HERE / "README.md").read_text(encoding="utf-8")
    example = text.split("```toml\n", 1)[1].split("```", 1)[0]
    assert not list(mistakes(parse_lesson("99-example.toml", example)))
    for name in PANELS:
        assert any(f"`{name}`" in part for part in (text,)) or PANELS[name].about


@each_lesson
def test_a_line_of_code_is_that_of_the_function_that_runs(lesson: Lesson) -> None:
    for step in lesson.steps:
        if step.kind == "code":
            found = code_of(step)
            assert step.marker in found.lines[found.number]


# ---- what a learner has done


def test_progress_comes_back_from_the_browser_as_it_was_kept() -> None:
    lesson = ENGLISH["scores-to-loss"]
    kept = (
        Progress()
        .with_answer(lesson, "untrained", Answer((3.3,)))
        .with_answer(lesson, "softmax", Answer(None, 2))
        .with_answer(lesson, "ruler", Answer(("half",)))
        .with_answer(lesson, "perplexity", Answer((4.0,), 3, True))
        .with_result(lesson, "untrained", [3.36])
        .with_result(lesson, "ruler", ["half"])
        .with_words(lesson, "why", "<b>because</b>")
        .with_more("test", {"before": [1, 2]})
    )
    assert progress_from_text(kept.to_text(), ENGLISH) == kept
    assert kept.is_done(lesson) and kept.settled(lesson) == (4, 4)
    assert not kept.without_answers(lesson).is_done(lesson)


def everything() -> Progress:
    """All that a learner may have of every lesson: answers, results, drafts, sentences, ticks."""
    found = Progress(ticked=frozenset(ENGLISH))
    for lesson in ENGLISH.values():
        for name in lesson.questions:
            found = found.with_answer(lesson, name, Answer(None))
            found = found.with_result(lesson, name, [1.0])
        for name in lesson.questions:
            found = found.with_draft(lesson, name, (1.0,))
        for step in lesson.steps:
            if step.kind == "words":
                found = found.with_words(lesson, step.name, "So")
    return found


@each_question
def test_an_answer_takes_away_its_draft_alone(lesson: Lesson, step: Question) -> None:
    before, key = everything(), (lesson.key, step.name)
    assert len(before.drafts) == len(ASKED)
    emptied = before.with_draft(lesson, step.name, (None,))
    after = before.with_answer(lesson, step.name, Answer((2.0,)))
    assert emptied.drafts == after.drafts == {k: it for k, it in before.drafts.items() if k != key}
    assert after.answers == {**before.answers, key: Answer((2.0,))}
    assert replace(after, answers=before.answers, drafts=before.drafts) == before


@each_lesson
def test_a_lesson_that_is_done_again_loses_its_answers_and_its_tick_alone(lesson: Lesson) -> None:
    before = everything()
    own, rest = before.only(lesson), before.without_answers(lesson)
    assert rest.merged(own) == replace(before, drafts=rest.drafts)
    assert rest.words == before.words and not own.words
    assert own.ticked == {lesson.key} and rest.ticked == before.ticked - own.ticked
    for table in (own.answers, own.results):
        assert {key for key, _ in table} <= {lesson.key}
    for table in (rest.answers, rest.results, rest.drafts):
        assert {key for key, _ in table} == {key for key, _ in before.answers} - {lesson.key}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=9), inner),
        max_leaves=20,
    )
)
def test_nothing_that_a_browser_keeps_breaks_the_page(value: object) -> None:
    for text in (value, json.dumps(value), json.dumps({"answers": value, "words": value})):
        found = progress_from_text(text, ENGLISH)
        assert isinstance(found, Progress) and not found.answers


@pytest.mark.parametrize("values", [[9.9], ["3.3"], [True], [], None, [3.3, 3.3], [float("nan")]])
def test_an_answer_out_of_its_limits_is_not_taken(values: object) -> None:
    step = ENGLISH["scores-to-loss"].questions["untrained"]
    with pytest.raises(Refusal):
        check_answers(step, values)


def test_a_tick_of_a_link_is_a_lesson_that_there_is() -> None:
    found = progress_from_text('{"ticked": [7, 99, "7", true]}', ENGLISH)
    assert found.ticked == {"scores-to-loss"} and found.is_done(ENGLISH["scores-to-loss"])
