"""Runs beside each other on the Lab: only those on the same names, a few of them, explained."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from dino.data import Corpus, load_bundled
from dino.pages.lab import earlier_runs
from dino.pages.lab.earlier_runs import MOST_CURVES, POINTS
from dino.ui.run_groups import are_comparable, groups_of, predecessors, room_sentence
from dino.ui.seeds import optimizer_sentences, seed_sentences
from dino.ui.visit import Visit


def entry(number: int, corpus: Corpus, run: Any = None) -> Any:
    """What a list of runs holds, as far as it is asked for here."""
    return SimpleNamespace(number=number, token=f"t{number}", corpus=corpus, run=run)


def test_losses_are_compared_only_where_list_cleaning_and_split_are_the_same(corpus) -> None:
    same = replace(corpus, title="by another name")
    assert are_comparable(corpus, same)
    others = [
        load_bundled("us-first-names"),
        load_bundled("dinos", split_seed=1),
        load_bundled("dinos", keep_case=True),
        corpus.without(corpus.train[:3]),
        corpus.without(corpus.val[:1]),
    ]
    assert not any(are_comparable(corpus, other) for other in others)


def test_runs_form_groups_and_the_present_list_comes_first(corpus) -> None:
    other, third = load_bundled("us-first-names"), corpus.without(corpus.val[:1])
    entries = [
        entry(5, other),
        entry(4, corpus),
        entry(3, third),
        entry(2, other),
        entry(1, corpus),
    ]
    numbers = [[e.number for e in group] for group in groups_of(entries, corpus)]
    assert numbers == [[4, 1], [5, 2], [3]]
    assert groups_of([], corpus) == [[]]


def test_the_run_before_is_that_of_the_same_group(corpus) -> None:
    group = [entry(9, corpus), entry(4, corpus), entry(7, corpus)]
    assert {token: e.number for token, e in predecessors(group)} == {"t9": 7, "t7": 4}
    assert not dict(predecessors(group[:1]))


def test_the_newest_few_are_drawn_held_out_only_and_thinned(trained, corpus) -> None:
    run = trained.run()
    entries = [entry(number, corpus, run) for number in range(9, 0, -1)]
    drawn = earlier_runs.curves(entries, [f"Run {e.number}" for e in entries])
    assert [name for name, _ in drawn] == [
        f"Run {number}" for number in range(9, 9 - MOST_CURVES, -1)
    ]
    steps, losses = drawn[0][1]
    assert len(steps) <= POINTS and (steps[-1], losses[-1]) == (run.val_steps[-1], run.val_loss)


@pytest.mark.parametrize(
    "same, others, shown, words",
    [
        (0, 0, True, ""),
        (1, 0, True, "The pale curve is the held-out loss of 1 other run."),
        (9, 0, True, f"The pale curves are the held-out losses of {MOST_CURVES} other runs."),
        (9, 0, False, ""),
        (0, 1, True, "1 run is not drawn. It learned from another list"),
        (1, 2, True, "2 runs are not drawn. They learned from other lists"),
    ],
)
def test_a_sentence_says_which_are_drawn_and_why_others_are_not(
    same: int, others: int, shown: bool, words: str
) -> None:
    said = earlier_runs.chart_sentence(same, others, shown)
    assert words in said and bool(said) == bool(words)


def test_curves_that_are_the_same_stay_the_same_object(trained, corpus) -> None:
    visit, entries = Visit("session", "me"), [entry(1, corpus, trained.run())]
    visit.show_earlier(earlier_runs.curves(entries, ["Run 1"]))
    first = visit.earlier
    visit.show_earlier(earlier_runs.curves(entries, ["Run 1"]))
    assert visit.earlier is first
    visit.show_earlier(earlier_runs.curves(entries, ["Run 1, renamed"]))
    assert visit.earlier is not first


def test_what_was_given_up_for_room_is_said() -> None:
    assert room_sentence(0, 0) == ""
    assert room_sentence(1, 0).startswith("The weights of 1 run were discarded")
    both = room_sentence(3, 1)
    assert both.startswith("The weights of 3 runs were discarded")
    assert both.endswith("1 older run was discarded to save memory.")


# ---- what one run decides


def ended(trained, corpus, number: int, loss: float, made: int | None = None, **changes: Any):
    """An entry with a run of a recipe that ended at this held-out loss."""
    config = trained.run().config.replace(**changes)
    losses = np.ones(config.max_steps if made is None else made)
    rates = ((0, config.learning_rate),)
    run = replace(
        trained.run(),
        config=config,
        losses=losses,
        val_losses=np.array([3.3, loss]),
        learning_rates=rates,
    )
    return entry(number, corpus, run)


def said_of_seeds(*entries: Any) -> str:
    return " ".join(map(str, seed_sentences(entries)))


def test_of_recipes_with_one_seed_each_it_is_said_that_the_lowest_need_not_be_the_best(
    trained, corpus
) -> None:
    first = ended(trained, corpus, 1, 1.72)
    assert said_of_seeds() == said_of_seeds(first) == ""
    assert said_of_seeds(ended(trained, corpus, 2, 1.72), first) == ""  # the same run again
    said = said_of_seeds(ended(trained, corpus, 2, 1.7, hidden_size=9), first)
    assert said.startswith("Each of these runs has one seed and one split.")
    assert "need not come from the best recipe" in said and "compare the means" in said
    assert "An experiment does this" in said


def test_of_a_recipe_with_several_seeds_its_own_losses_are_named(trained, corpus) -> None:
    one, other = ended(trained, corpus, 1, 1.72), ended(trained, corpus, 2, 1.7, hidden_size=9)
    third = ended(trained, corpus, 3, 1.66, seed=5)
    fourth = ended(trained, corpus, 4, 1.69, seed=6, engine="torch")
    said = said_of_seeds(fourth, third, other, one)
    assert said.startswith("With 3 seeds, the recipe of Run 4 · RNN ")
    assert "ended at held-out losses from 1.660 to 1.720. Only the seed differed" in said
    moved = ended(trained, corpus, 5, 1.7, seed=7)
    moved.run = replace(moved.run, engines=((0, "torch"), (100, "compiled")))
    assert "Only the seed and the engine differed." in said_of_seeds(moved, third, one)


def test_of_two_optimizers_it_is_said_that_a_rate_is_not_the_same_step(trained, corpus) -> None:
    one, other = ended(trained, corpus, 1, 1.72), ended(trained, corpus, 2, 1.7, learning_rate=0.1)
    assert optimizer_sentences([]) == optimizer_sentences([other, one]) == []
    sgd = ended(trained, corpus, 3, 1.9, optimizer="sgd")
    (said,) = map(str, optimizer_sentences([sgd, other, one]))
    assert "updates of different sizes" in said and "its own best rate" in said
    untrained = ended(trained, corpus, 3, 1.9, 0, optimizer="sgd")
    assert optimizer_sentences([untrained, one]) == []


def test_a_run_that_is_not_the_whole_of_its_recipe_tells_nothing_of_the_seed(
    trained, corpus
) -> None:
    one = ended(trained, corpus, 1, 1.72)
    steps = one.run.config.max_steps
    short, further = (ended(trained, corpus, 2, 1.6, made, seed=5) for made in (9, steps + 1))
    stopped = ended(trained, corpus, 2, 1.6, seed=5)
    stopped.run = replace(stopped.run, stopped="It diverged.")
    mixed = ended(trained, corpus, 2, 1.6, seed=5)
    mixed.run = replace(mixed.run, learning_rates=((0, one.run.config.learning_rate), (9, 1.0)))
    for other in (short, further, stopped, mixed):
        assert said_of_seeds(other, one) == ""
