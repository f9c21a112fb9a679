"""The figures that training gives a lesson: of a run, and of an experiment by its plan and losses.

Levels are counted from 1 in the plan's order, each at every rate: loss_1, loss_2, …
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache

import numpy as np

from dino.config import SETTINGS
from dino.difference import Side
from dino.experiments.picture_arrays import means_of
from dino.experiments.plan import RATE, Plan, make_plan
from dino.experiments.verdict import judge, limits
from dino.lessons.dinosaur_list import dinosaurs
from dino.lessons.item import Value
from dino.lessons.lesson import Lesson, Step
from dino.lessons.panels import MOST_RECIPES
from dino.lessons.prepared_experiments import prepared_experiment
from dino.lessons.reading import lessons
from dino.locale.sentences import Refusal, sentence
from dino.metrics import perplexity
from dino.run import Run
from dino.setting import quoted


def plan_of(lesson: Lesson, step: Step) -> Plan:
    """The plan of a step's experiment. Raises Refusal for an impossible one.

    Its options: vary, a list of 'setting=value,value'; seeds and splits, how many of each (1).
    """
    vary = step.options["vary"]
    texts = [vary] if isinstance(vary, str) else vary
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
        raise Refusal(
            sentence(
                "vary must be a text such as “cell=rnn,gru”, or a list of such texts, not {value}. "
                "Correct it.",
                value=quoted(vary),
            )
        )
    seeds, splits = (_count(step, name) for name in ("seeds", "splits"))
    return make_plan(lesson.config(step), texts, seeds, splits)


def _count(step: Step, name: str) -> int:
    count = step.options.get(name, 1)
    if not isinstance(count, int) or isinstance(count, bool):
        raise Refusal(
            sentence(
                "{name} must be a whole number, not {value}. Correct it.",
                name=name,
                value=quoted(count),
            )
        )
    return count


def recipe_names(plan: Plan) -> list[str]:
    """The name of each recipe, from the values that are varied: '0.01', or 'gru,0.01'. (L·R)"""
    return [
        ",".join(SETTINGS[name].text(getattr(config, name)) for name in plan.names)
        for level in plan.recipes
        for config in level
    ]


def experiment_figures(
    plan: Plan, losses: np.ndarray, compare: Sequence[int] = ()
) -> dict[str, Value]:
    """The figures of an experiment that is over. losses (L, R, S, K): nats per symbol.

    lowest, highest: the names of the recipes with the lowest and the highest mean
    without_loss: how many recipes have no mean, because a member diverged
    For two levels: the difference, the first's loss above the second's, its standard error, and the
    verdict: 'first' or 'second' (whose loss is lower), or 'close' order: the numbers of all
    recipes, the lowest loss first stronger: of two settings with two levels each, the one that
    lowers the loss more if only it changes better: of the recipes with the numbers in `compare`,
    the number of the one with the lowest loss
    """
    means = means_of(losses)[0].ravel()
    found: dict[str, Value] = {"without_loss": float((~np.isfinite(means)).sum())}
    if np.isfinite(means).any():
        names = recipe_names(plan)
        low, high = int(np.nanargmin(means)), int(np.nanargmax(means))
        found |= {"lowest": names[low], "lowest_loss": float(means[low])}
        found |= {"highest": names[high], "highest_loss": float(means[high])}
    for i, mean in enumerate(means[:MOST_RECIPES].tolist(), 1):
        if np.isfinite(mean):
            found[f"loss_{i}"] = mean
    chosen = [i for i in compare if np.isfinite(means[i - 1])]
    if chosen:
        found["better"] = str(min(chosen, key=lambda i: float(means[i - 1])))
    if np.isfinite(means).all():
        found["order"] = ",".join(str(1 + i) for i in np.argsort(means, kind="stable"))
    return found | _stronger(plan, means) | _difference(losses) | rate_figures(plan, losses)


def rate_figures(plan: Plan, losses: np.ndarray) -> dict[str, Value]:
    """Whether two levels that were trained at the same rates have their lowest mean loss at the
    same one. losses (L, R, S, K): nats per symbol.

    same_rate: that rate; else own_rate_1 and own_rate_2, the rate of each. other_above_1: how far
    the first level's loss at the other's rate is above that at its own, with its standard error
    over the splits; {} if a member has no loss there, or if there is one split.
    """
    shared = set(plan.rates)
    means = means_of(losses)[0]  # (L, R)
    if len(means) != 2 or len(shared) != 1 or not np.isfinite(means).any(1).all():
        return {}
    (rates,), (first, second) = shared, np.nanargmin(means, 1).tolist()
    if len(rates) < 2:
        return {}
    if first == second:
        return {"same_rate": rates[first]}
    found: dict[str, Value] = {"own_rate_1": rates[first], "own_rate_2": rates[second]}
    for i, (own, other) in enumerate([(first, second), (second, first)]):
        above = (losses[i, other] - losses[i, own]).mean(-1)  # (S,)
        if np.isfinite(above).all() and len(above) > 1:
            found[f"other_above_{i + 1}"] = float(above.mean())
            error = float(above.std(ddof=1) / np.sqrt(len(above)))
            found[f"other_above_error_{i + 1}"] = error
    return found


def _stronger(plan: Plan, means: np.ndarray) -> dict[str, Value]:
    """Of two settings with two levels, the one that lowers the loss more if only it changes."""
    sizes = [len(factor.levels) for factor in plan.factors]
    if sizes != [2, 2] or means.size != 4 or not np.isfinite(means).all():
        return {}
    _, second_changed, first_changed, _ = means.tolist()
    names = [factor.name for factor in plan.factors]
    if names[0] == RATE:  # the rates are the columns, in either order of the factors
        names = names[::-1]
    return {"stronger": names[0] if first_changed < second_changed else names[1]}


def means_by_split(losses: np.ndarray) -> np.ndarray | None:
    """The mean loss of two levels on each split, over the seeds: the pairs of a paired comparison.

    (L, R, S, K) -> (2, S). None unless there are two levels at one rate and several splits, and
    while a loss is missing.
    """
    if losses.ndim != 4 or losses.shape[:2] != (2, 1) or losses.shape[2] < 2:
        return None
    means: np.ndarray = losses[:, 0].mean(axis=-1)
    return means if np.isfinite(means).all() else None


def _difference(losses: np.ndarray) -> dict[str, Value]:
    """The paired difference of two levels, with the verdict; {} for other numbers, or
    for one split.
    """
    L, _, S, K = losses.shape
    if L != 2 or S < 2 or not K:
        return {}
    comparisons = judge(losses).comparisons
    if not comparisons:  # a level has no rate at which every member has a loss
        return {}
    (pair,) = comparisons
    second, called = pair.seen_from(1), "close"
    if pair.is_clear:
        called = "second" if second.side is Side.LOWER else "first"
    found: dict[str, Value] = {
        "difference": second.lower_by,
        "difference_error": second.error,
        "verdict": called,
    }
    times = {"difference_times": abs(second.lower_by) / second.error} if second.error else {}
    return found | times


def run_figures(run: Run) -> dict[str, Value]:
    """The figures of a run that has made all its steps; of another run those that it has.

    Losses are in nats per symbol: the held-out loss before the first step and at the end (and its
    perplexity), the training loss measured like it, the lowest held-out loss, its step, and how far
    the held-out loss has risen since.
    """
    steps, losses = run.val_curve()
    if not len(losses):
        return {}
    found: dict[str, Value] = {"run_start_loss": float(losses[0])}
    if run.step < run.max_steps:
        return found
    val, train = float(losses[-1]), float(run.train_eval_curve()[1][-1])
    best = run.best_moment
    return found | {
        "run_val_loss": val,
        "run_val_perplexity": perplexity(val),
        "run_train_loss": train,
        "run_gap": val - train,
        "run_best_step": float(best.step),
        "run_best_loss": float(best.val_loss),
        "run_rise": val - float(best.val_loss),
        "run_steps": float(run.step),
    }


@cache
def optimizers() -> dict[str, Value]:
    """The figures of the experiment of SGD and Adam in *How fast?*, trained in advance."""
    lesson = lessons("en")["how-fast"]
    (step,) = (it for it in lesson.steps if it.name == "pair")
    found = prepared_experiment(plan_of(lesson, step), dinosaurs())
    return experiment_figures(found.plan, found.losses) if found else {}


# How many standard errors make a difference of two levels clear: each at one rate, with three seeds
# on three splits; and each at the best of four rates, with one seed on five splits.
FIGURES: Mapping[str, Callable[[], Value]] = {
    "clear_single": lambda: limits(2, 1, 3, 3).both,
    "clear_chosen": lambda: limits(2, 4, 5, 1).splits,
    "optimizers_difference": lambda: optimizers()["difference"],
    "optimizers_error": lambda: optimizers()["difference_error"],
}
