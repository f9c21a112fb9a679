"""A run from the header and the arrays of a file. Each field is checked where it is read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch

from dino.config import Config
from dino.cost import weights_count
from dino.divergence import DivergenceGuard, Point
from dino.history import Evaluation, GrowingArray, History
from dino.locale.sentences import sentence
from dino.packing import PackedTrainer
from dino.run import Run, Snapshot
from dino.saved.expected_arrays import (
    ExpectedArrays,
    check_numbers,
    expect_curves,
    expect_names,
    expect_training,
    optimizer_sizes,
)
from dino.saved.run_note import LeftOut, NotedMoment, RunNote, read_note
from dino.saved.saved_list import SavedList
from dino.saved.tensors import RUN, read_arrays, read_header, refusal_of_array


class RunFile(NamedTuple):
    """The contents of a file: a run, what is needed to train on, its list, what was left
    out, versions.
    """

    run: Run
    packed: PackedTrainer | None
    listed: SavedList
    left_out: LeftOut
    versions: Mapping[str, str]


def read_run(data: bytes) -> RunFile:
    """The contents of a file. Raises Refusal if it is not as `run_writer.py` makes it."""
    header = read_header(data)
    note = read_note(header.ours)
    step = _check_arrays(note, ExpectedArrays(header.places))
    arrays = read_arrays(data, header)
    listed = note.listed.with_arrays(arrays)
    stretch = note.thinning.stretch if note.thinning else 1
    check_numbers(arrays, note.config, listed.train_names, step, stretch)
    if note.training is not None and arrays["val_steps"][-1] != step:
        raise refusal_of_array("val_steps")
    return _make(note, listed, arrays, step)


def _check_arrays(note: RunNote, expected: ExpectedArrays) -> int:
    """The run's step. Raises Refusal unless the arrays and steps agree with its header."""
    config, listed, thinning = note.config, note.listed, note.thinning
    P = weights_count(config, len(listed.vocab))
    count = expect_curves(expected, thinning is not None, listed.held_out)
    step = thinning.step if thinning else count
    if thinning and count != math.ceil(step / thinning.stretch):
        raise refusal_of_array("losses")
    for moment in note.moments:
        if moment.has_weights:
            expected.take(f"moment.{moment.step}", "F32", P)
    has_best = expected.maybe("best", "F32", P, P) >= 0
    if note.training is None:
        expected.maybe("weights", "F32", P, P)
    else:
        expect_training(
            expected,
            config,
            len(listed.vocab),
            listed.train_names,
            note.training.shared,
            bool(note.engines) and note.engines[-1][1] == "compiled",
        )
    expect_names(expected)
    expected.end()
    _check_best(note, has_best)
    _check_steps(note, step)
    return step


def _check_best(note: RunNote, has_best: bool) -> None:
    """Raise Refusal unless the best moment's weights are where its header says."""
    best = note.best
    shared = best is not None and any(m.has_weights and m.step == best.step for m in note.moments)
    wanted = best is not None and best.has_weights
    if has_best and (best is None or not wanted) or (wanted and not has_best and not shared):
        raise refusal_of_array("best")


def _check_steps(note: RunNote, step: int) -> None:
    """Raise Refusal for steps out of order, or after the last one."""
    stopped, training = note.stopped, note.training
    moments = [moment.step for moment in note.moments]
    engines = [began for began, _ in note.engines]
    others = [moment.step for moment in (note.best, note.latest) if moment is not None]
    later = [0, *moments, *engines, note.clipped, *others]
    if stopped is not None:
        later += [stopped.step, stopped.kept_step]
    if training is not None:
        later += [training.good_step, training.watch_from]
    if max(later) > step:
        raise RUN.refusal_of(
            "steps", max(later), sentence("at most {most:,}, the last update", most=step)
        )
    if moments != sorted(set(moments)):
        raise RUN.refusal_of("moments", moments, sentence("in the order of their updates"))
    if bool(step) != bool(engines):
        raise RUN.refusal_of("engines", engines, sentence("empty only before the first update"))


def _make(note: RunNote, listed: SavedList, arrays: dict[str, np.ndarray], step: int) -> RunFile:
    """The run, and what is needed to train on, from checked parts."""
    snapshots = tuple(_moment(each, arrays.get(f"moment.{each.step}")) for each in note.moments)
    best = None if note.best is None else _best(note.best, snapshots, arrays.get("best"))
    guard = _guard(note, arrays, step)
    history = _history(note, arrays, guard, best)
    packed, weights = None, arrays.get("weights")
    if note.training is not None:
        packed = _packed(note, arrays, guard, history, snapshots)
        now = packed.now
        weights = (now.weights if now.average is None else now.average).numpy()
    made = replace(history, snapshots=list(snapshots)).make_run(
        note.config,
        note.max_steps,
        np.empty(0, np.float32),
        note.moved,
        note.recurrent_moved,
        listed.train_names,
    )
    run = replace(made, weights=weights, thinning=note.thinning)
    if not run.stopped:
        run = replace(run, kept_step=step)
    return RunFile(run, packed, listed, note.left_out, note.versions)


def _moment(noted: NotedMoment, weights: np.ndarray | None) -> Snapshot:
    return Snapshot(noted.step, noted.val_loss, noted.names, weights)


def _best(
    noted: NotedMoment, snapshots: tuple[Snapshot, ...], weights: np.ndarray | None
) -> Snapshot:
    """The best moment. If it shares the weights of another moment, it is that one."""
    if weights is None and noted.has_weights:
        (same,) = (s for s in snapshots if s.step == noted.step)
        if (same.val_loss, same.names) == (noted.val_loss, noted.names):
            return same
        weights = same.weights
    return _moment(noted, weights)


def _guard(note: RunNote, arrays: dict[str, np.ndarray], step: int) -> DivergenceGuard:
    """The guard of divergence; without weights if the run does not train on."""
    first, training = float(arrays["val_losses"][0]), note.training
    if training is None:
        kept = note.stopped.kept_step if note.stopped else step
        nothing = Point(kept, Evaluation(first, first), torch.empty(0), None, {})
        return DivergenceGuard(note.config, first, nothing)
    which = "now" if training.shared else "good"
    good = _point(note.config, arrays, which, training.good_step, training.good)
    return DivergenceGuard(note.config, first, good, training.watch_from)


def _point(
    config: Config, arrays: dict[str, np.ndarray], which: str, step: int, measured: Evaluation
) -> Point:
    tensors = {
        name.removeprefix(f"{which}."): torch.from_numpy(array)
        for name, array in arrays.items()
        if name.startswith(f"{which}.")
    }
    weights, average = tensors.pop("weights"), tensors.pop("average", None)
    state = {name: tensors[name] for name in optimizer_sizes(config, 0) if name in tensors}
    return Point(step, measured, weights, average, state)


def _history(
    note: RunNote, arrays: dict[str, np.ndarray], guard: DivergenceGuard, best: Snapshot | None
) -> History:
    """The results so far, with the file's curves, without moments."""
    pairs = zip(arrays["rate_steps"].tolist(), arrays["rates"].tolist(), strict=True)
    history = History(
        learning_rates=list(pairs),
        engines=list(note.engines),
        losses=_growing(arrays["losses"]),
        symbols=_growing(arrays["symbols"]),
        val_steps=_growing(arrays["val_steps"]),
        val_losses=_growing(arrays["val_losses"]),
        train_eval_losses=_growing(arrays["train_eval_losses"]),
        names_seen=note.names_seen,
        clipped=note.clipped,
        seconds=note.seconds,
        carried_loss=note.carried_loss,
        val_name_losses=arrays.get("val_name_losses"),
        best=best,
        latest=None if note.latest is None else _moment(note.latest, None),
    )
    stopped = note.stopped
    if stopped is not None:
        rate = 10 * stopped.cure  # the cure is a tenth of it
        history.kept_step, history.cure = stopped.kept_step, guard.find_cure(rate)
        if history.cure.learning_rate != stopped.cure:
            rule = sentence("a learning rate that is advised after a divergence")
            raise RUN.refusal_of("stopped.cure", stopped.cure, rule)
        with_step = replace(guard, good=guard.good._replace(step=stopped.kept_step))
        history.stopped = with_step.explain(stopped.step, stopped.loss, rate)
    return history


def _growing(array: np.ndarray) -> GrowingArray:
    growing = GrowingArray(array.dtype.type)
    growing.extend(array)
    return growing


def _packed(
    note: RunNote,
    arrays: dict[str, np.ndarray],
    guard: DivergenceGuard,
    history: History,
    snapshots: tuple[Snapshot, ...],
) -> PackedTrainer:
    """What is needed to train on. Its history has the moments without weights, as
    packing leaves it.
    """
    assert note.training is not None
    now = _point(note.config, arrays, "now", history.step_count, history.evaluation)
    return PackedTrainer(
        now=now,
        guard=guard,
        history=replace(history, snapshots=[replace(s, weights=None) for s in snapshots]),
        max_steps=note.max_steps,
        kernels_from=note.training.kernels_from,
        generator_state=torch.from_numpy(arrays["generator"]),
        kernels_random_state=arrays.get("kernels_generator"),
        rest_of_round=torch.from_numpy(arrays["rest_of_round"]),
    )
