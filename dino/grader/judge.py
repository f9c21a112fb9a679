"""Which figures of a report hold: they are compared with those of its recipe, trained again."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from functools import partial
from typing import NamedTuple, TypeVar

from dino.config import ENGINES, quoted
from dino.grader.claims import CURVES, FIGURES, TOGETHER, RunClaims
from dino.grader.grading import Grading
from dino.grader.repeat import OutOfTime, Repetition, distances, repeat
from dino.locale.sentences import ENGLISH, Sentence
from dino.metrics import BASELINE_NAMES

LEAST = 1e-3  # nats per symbol; a smaller difference does not count
# How many trainings begin with other last bits, and how much farther than the farthest of them an
# honest figure may be. Measured on recipes whose last loss moves by 0.006 (standard deviation):
# beyond once a single one are 27 % of honest figures, beyond twice the farthest of three 0.4 %.
PERTURBED, FACTOR = 3, 2.0
BREAKS = (ArithmeticError, MemoryError, RuntimeError, ValueError)  # errors that may end a training
NO_TIME = "time ran out (--minutes)"
T = TypeVar("T")
R = TypeVar("R")
# The items of a run's report that are judged, and the report's names for them.
LABELS = {
    "engines": "engines",
    "val_loss": FIGURES["val_loss"],
    "best_val_loss": FIGURES["best_val_loss"],
    "best_step": "update of the lowest",
    "train_eval_loss": FIGURES["train_eval_loss"],
    "train_loss": FIGURES["train_loss"],
    "exam_loss": "final exam",
    "together": "together with counting",
    "curve": "curve",
    "counting": "counting",
}
ITEMS = tuple(LABELS)


class Grade(Enum):
    """What is said of one figure, or of a whole report."""

    HOLDS = "holds"
    FAILS = "does not hold"
    UNCHECKED = "not checked"
    BROKEN = "could not be read"


class ItemGrade(NamedTuple):
    """What is said of one item of a report, with the reason if it does not hold."""

    grade: Grade
    reason: str = ""


Distances = Mapping[str, Mapping[int, float]]


def tolerance(moved: Sequence[Distances], curve: str, step: int) -> float:
    """How far a loss after this step may be from that of the training that repeats it.

    moved: how far that training's curves moved when the last bits of its first weights changed.
    """
    apart = [d for one in moved for s, d in one[curve].items() if s <= step and math.isfinite(d)]
    return max([LEAST, *(FACTOR * d for d in apart)])


def error_tolerance(allowed: float, over: int) -> float:
    """How far a standard error over this many names or splits may be off, if each of their losses
    may be off by `allowed`.

    Their standard deviation is then off by at most allowed · √(N / (N − 1)), and the error is that
    deviation over √N.
    """
    return allowed / math.sqrt(max(1, over - 1))


def judge_report(
    facts: RunClaims,
    again: Repetition,
    perturbed: Sequence[Repetition],
    counted: Mapping[str, float],
) -> dict[str, ItemGrade]:
    """What is said of each item. counted: the baselines of its list, nats per symbol."""
    moved = [distances(again, other) for other in perturbed]
    curves = again.curves
    last = {"val_loss": "val_losses", "train_eval_loss": "train_eval_losses"}
    found = {"engines": _judge_engines(facts, again)}
    for name, curve in last.items():
        allowed = tolerance(moved, curve, facts.steps)
        found[name] = judge_number(facts.figures[name], again.last[curve], allowed)
    allowed = tolerance(moved, "val_losses", facts.steps)
    found["best_val_loss"] = _judge_lowest(facts, again, allowed)
    found["best_step"] = _judge_best_step(facts.best_step, curves["val_losses"], allowed)
    found["train_loss"] = _judge_train_loss(facts, again, perturbed, moved)
    found["exam_loss"] = judge_exam(facts, again, perturbed, allowed)
    found["together"] = _judge_together(facts, again, perturbed, allowed)
    found["curve"] = _judge_curve(facts, curves, moved)
    found["counting"] = _judge_counting(facts.baselines, counted)
    return {item: found[item] for item in ITEMS}


class Judgement(NamedTuple):
    """What is said of each item of a report; reason: why nothing can be said, if that is so."""

    findings: Mapping[str, ItemGrade]
    reason: str = ""


def judge_run(facts: RunClaims, how: Grading) -> Judgement:
    """Train the recipe of a report again, and say of each item whether it holds."""
    try:
        corpus = how.lists.corpus(facts)
        counted = how.lists.baselines(facts, corpus)
        train = partial(repeat, facts, corpus, until=how.until, progress=how.progress)
        *_, findings = in_turn(
            lambda seed: train(perturbed=seed),
            lambda again, others: judge_report(facts, again, others, counted),
            holds,
        )
        return Judgement(findings)
    except OutOfTime:
        reason = f"training it again takes more than {how.minutes:g} minutes (--minutes)"
    except BREAKS as error:
        reason = str(error) or type(error).__name__
    return Judgement(dict.fromkeys(ITEMS, ItemGrade(Grade.UNCHECKED)), reason)


def in_turn(
    train: Callable[[int], R], judged: Callable[[R, list[R]], T], is_enough: Callable[[T], bool]
) -> Iterator[T]:
    """The finding from training once; if a figure does not hold, also from how far
    rounding moves it.

    For that, trainings begin with other last bits, drawn by a seed above 0.
    """
    again, others = train(0), list[R]()
    yield (found := judged(again, others))
    while not is_enough(found) and len(others) < PERTURBED:
        others.append(train(len(others) + 1))
        yield (found := judged(again, others))


def judge_in_turn(
    train: Callable[[int], R], judged: Callable[[R, list[R]], ItemGrade], name: str
) -> ItemGrade:
    """The last finding of `in_turn` on one figure; "not checked" if it does not hold and there is
    no time to find out how far rounding moves it.

    name: of what was trained. Raises OutOfTime if there is no finding.
    """
    found: list[ItemGrade] = []
    try:
        for it in in_turn(train, judged, lambda finding: finding.grade is not Grade.FAILS):
            found.append(it)
    except OutOfTime:
        if not found:
            raise
        words = (
            f"{name}: {found[-1].reason}. How far rounding moves it is not known, because {NO_TIME}"
        )
        return ItemGrade(Grade.UNCHECKED, words)
    return found[-1]


def holds(findings: Mapping[str, ItemGrade]) -> bool:
    """Whether every item holds."""
    return all(finding.grade is Grade.HOLDS for finding in findings.values())


HOLDS = ItemGrade(Grade.HOLDS)


def failure(reason: str) -> ItemGrade:
    """A finding that does not hold, and why."""
    return ItemGrade(Grade.FAILS, reason)


def _judge_engines(facts: RunClaims, again: Repetition) -> ItemGrade:
    if again.engines == facts.engines:
        return HOLDS
    return failure(
        f"it names {_list(facts.engines)}, but this recipe trains on {_list(again.engines)}"
    )


def _list(engines: Sequence[tuple[int, str]]) -> str:
    named = (f"{ENGLISH.put(ENGINES[name])} from step {step:,} on" for step, name in engines)
    return ", ".join(named) or "none"


def judge_number(claimed: float | None, again: float, allowed: float) -> ItemGrade:
    """Whether a figure equals that of the training that repeats it, to within `allowed`."""
    if claimed is None or not math.isfinite(again):
        if claimed is None and not math.isfinite(again):
            return HOLDS
        return failure(f"it says {_number(claimed)}, but training again gives {_number(again)}")
    if abs(claimed - again) <= allowed:
        return HOLDS
    digits = 4 if allowed >= LEAST else 6  # the error of many names may be off by little
    return failure(
        f"it says {claimed:.{digits}f}, but training again gives {again:.{digits}f}. The two may "
        f"differ by at most {allowed:.{digits}f}"
    )


def judge_exam(
    facts: RunClaims, again: Repetition, perturbed: Sequence[Repetition], allowed: float
) -> ItemGrade:
    """Whether the loss on the final exam holds, if there is one.

    allowed: how far the held-out loss may be off; it also holds for the exam's loss.
    """
    if facts.exam_loss is None:
        return HOLDS
    others = [other.exam_loss for other in perturbed]
    return judge_moved(facts.exam_loss, again.exam_loss, others, allowed)


def _judge_together(
    facts: RunClaims, again: Repetition, perturbed: Sequence[Repetition], allowed: float
) -> ItemGrade:
    """Whether the figures of network and counting together are those of the mixture that the report
    names. They hold if it has none. The reason names the first that does not hold.

    allowed: how far the held-out loss of the network may be off; a mixture's is off by less.
    """
    of_error = error_tolerance(allowed, len(again.held_out))
    for name, claimed in facts.together.items():
        # The list may lack the exam that a report claims.
        own, *others = (it.together.get(name, math.nan) for it in (again, *perturbed))
        most = of_error if name.endswith("_error") else allowed
        finding = judge_moved(claimed, own, others, most)
        if finding.grade is not Grade.HOLDS:
            mix = "" if facts.mix is None else facts.mix.text
            return failure(f"{mix}, {TOGETHER[name]}: {finding.reason}")
    return HOLDS


def _judge_train_loss(
    facts: RunClaims, again: Repetition, perturbed: Sequence[Repetition], moved: Sequence[Distances]
) -> ItemGrade:
    """Whether the loss of the last batches holds; it does if an older report has none."""
    if "train_loss" not in facts.figures:
        return HOLDS
    allowed = tolerance(moved, "train_eval_losses", facts.steps)
    others = [other.train_loss for other in perturbed]
    return judge_moved(facts.figures["train_loss"], again.train_loss, others, allowed)


def judge_moved(
    claimed: float | None, again: float, others: Sequence[float], allowed: float
) -> ItemGrade:
    """Whether a figure without a curve holds.

    others: the same figure of trainings that began with other last bits; allowed: the least
    that it may be off
    """
    apart = [FACTOR * abs(again - other) for other in others if math.isfinite(other)]
    return judge_number(claimed, again, max([allowed, *apart]))


def _number(value: float | None) -> str:
    return "no number" if value is None or not math.isfinite(value) else f"{value:.4f}"


def _judge_lowest(facts: RunClaims, again: Repetition, allowed: float) -> ItemGrade:
    """Whether the lowest loss holds. It is compared with the loss at the step that it names."""
    claimed, losses = facts.figures["best_val_loss"], again.curves["val_losses"]
    there = losses.get(facts.best_step, again.last["val_losses"])
    finding = judge_number(claimed, there, allowed)
    if finding.grade is Grade.HOLDS:
        return finding
    known = f"is {_number(there)}" if facts.best_step in losses else "is not measured"
    return failure(
        f"it says {_number(claimed)} after step {facts.best_step:,}, but after training again the "
        f"loss there {known}{_lowest_of(losses, facts.best_step)}. The two may differ by at most "
        f"{allowed:.4f}"
    )


def _judge_best_step(step: int, losses: Mapping[int, float], allowed: float) -> ItemGrade:
    """losses: by step, of the training that repeats it."""
    there, lowest = losses.get(step, math.nan), _lowest_of(losses, step)
    if not math.isfinite(there):
        return failure(f"it says step {step:,}, where no loss is measured{lowest}")
    if there - min(filter(math.isfinite, losses.values())) <= allowed:
        return HOLDS
    return failure(
        f"it says step {step:,}, but after training again the loss there is {there:.4f}{lowest}"
    )


def _lowest_of(losses: Mapping[int, float], named: int) -> str:
    """A curve's lowest loss and its step, in words, if that is not the step named; ''
    if all are NaN.
    """
    finite = {step: loss for step, loss in losses.items() if math.isfinite(loss)}
    if not finite:
        return ""
    step = min(finite, key=finite.__getitem__)
    if step == named:
        return ", which is the lowest"
    return f", and the lowest is {finite[step]:.4f}, after step {step:,}"


def _judge_curve(
    facts: RunClaims, curves: Mapping[str, Mapping[int, float]], moved: Sequence[Distances]
) -> ItemGrade:
    """Every point of both curves. The reason names the first that does not hold."""
    for name, again in curves.items():
        for step, claimed in zip(facts.curve.steps, getattr(facts.curve, name), strict=True):
            allowed = tolerance(moved, name, step)
            finding = judge_number(claimed, again.get(step, math.nan), allowed)
            if finding.grade is not Grade.HOLDS:
                return failure(f"{CURVES[name]}, after step {step:,} {finding.reason}")
    return HOLDS


def _judge_counting(claimed: Mapping[str, float], counted: Mapping[str, float]) -> ItemGrade:
    for name, loss in claimed.items():
        if name not in counted:
            known = ", ".join(counted)
            return failure(f"a baseline must be one of {known}, not {quoted(name)}")
        if abs(loss - counted[name]) > LEAST:
            return failure(
                f"it says {loss:.4f} for {ENGLISH.put(Sentence(BASELINE_NAMES[name]))}, but "
                f"counting again gives {counted[name]:.4f}"
            )
    return HOLDS
