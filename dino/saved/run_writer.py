"""What a file has of a run: the fields of its header, and its arrays, thinned to fit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from dino import __version__
from dino.divergence import Point
from dino.history import History
from dino.locale.sentences import Refusal, Sentence, sentence
from dino.packing import PackedTrainer
from dino.run import MOST_RATES, MOST_STEPS, Run, Snapshot, bound_snapshots
from dino.saved.run_note import FORMAT, LeftOut, number_in_header
from dino.saved.saved_list import SavedList
from dino.saved.tensors import HEADER_BYTES, MOST_BYTES, write_tensors


def to_bytes(run: Run, packed: PackedTrainer | None, listed: SavedList) -> bytes:
    """The file of a run; `dino/saved/saved_run.py` explains it. Raises Refusal."""
    _check(run, packed)
    if not listed.shows_names:
        run, packed = _without_names(run, packed)
    run, packed, left_out = _fit(run, packed, _size(listed.arrays()))
    arrays = {**_arrays(run, packed), **listed.arrays()}
    return write_tensors(_header(run, packed, listed, left_out), arrays)


def _check(run: Run, packed: PackedTrainer | None) -> None:
    """Raise Refusal for a run that cannot be saved."""
    if max(run.step, run.max_steps) > MOST_STEPS:
        raise Refusal(
            sentence(
                "A saved run may have at most {most:,} updates, but this one would have {steps:,}. "
                "Train a shorter one.",
                most=MOST_STEPS,
                steps=max(run.step, run.max_steps),
            )
        )
    if len(run.learning_rates) > MOST_RATES:
        raise Refusal(
            sentence(
                "A saved run may have at most {most:,} learning rates, but this one has "
                "{count:,}. Train its recipe again with fewer changes.",
                most=MOST_RATES,
                count=len(run.learning_rates),
            )
        )
    if packed is not None and not (packed.history.is_measured and run.step == packed.now.step):
        raise Refusal(
            sentence(
                "A run can be saved only when it is not training and its losses are measured, but "
                "this one is still at work. Pause it first."
            )
        )
    weights = run.weights if packed is None else packed.now.weights.numpy()
    if weights is not None and not np.isfinite(weights).all():
        raise Refusal(
            sentence(
                "A saved run must have finite weights, but this one's are not. Train it for one "
                "more update, and it goes back to its last good weights."
            )
        )


def _without_names(run: Run, packed: PackedTrainer | None) -> tuple[Run, PackedTrainer | None]:
    """The same without the names that it wrote."""
    best = run.kept_best
    run = replace(
        run,
        snapshots=tuple(replace(s, names=()) for s in run.snapshots),
        kept_best=None if best is None else replace(best, names=()),
        latest=None,
    )
    return run, packed


def _fit(
    run: Run, packed: PackedTrainer | None, names: int
) -> tuple[Run, PackedTrainer | None, LeftOut]:
    """As much of a run as fits.

    First, moments lose their weights. Then the last good weights go, because the present ones can
    replace them. Then all that is needed to train on goes. names: the bytes of the list's names.
    """
    room, left_out = MOST_BYTES - HEADER_BYTES - names, LeftOut()
    bare = run.without_moments()
    if packed is not None and _size(_arrays(bare, packed)) > room:
        now = packed.now
        guard = replace(packed.guard, good=now)
        packed, left_out = replace(packed, guard=guard), left_out._replace(good=True)
    if packed is not None and _size(_arrays(bare, packed)) > room:
        packed, left_out = None, LeftOut(training=True)
        run = run.with_fewer_points()
        bare = run.without_moments()
    room -= _size(_arrays(bare, packed))
    held = [s for s in run.snapshots if s.weights is not None]
    snapshots = bound_snapshots(list(run.snapshots), room)
    if sum(s.weights.nbytes for s in snapshots if s.weights is not None) > room:
        snapshots = list(bare.snapshots)
    kept = [s for s in snapshots if s.weights is not None]
    left_out = left_out._replace(moments=len(held) - len(kept))
    return replace(run, snapshots=tuple(snapshots)), packed, left_out


def _size(arrays: dict[str, np.ndarray]) -> int:
    """The bytes of these arrays."""
    return sum(array.nbytes for array in arrays.values())


def _arrays(run: Run, packed: PackedTrainer | None) -> dict[str, np.ndarray]:
    """All numbers of a run. With `packed` its curves are complete, else they are the run's own."""
    found = _curves(run if packed is None else packed.history)
    steps, rates = zip(*run.learning_rates, strict=True)
    found |= {"rate_steps": np.array(steps, np.int64), "rates": np.array(rates, np.float64)}
    if run.val_name_losses is not None:
        found["val_name_losses"] = run.val_name_losses
    for moment in run.snapshots:
        if moment.weights is not None:
            found[f"moment.{moment.step}"] = moment.weights
    best = run.kept_best
    if best is not None and best.weights is not None and not _is_shared(best, run.snapshots):
        found["best"] = best.weights
    if packed is not None:
        return found | _training(packed)
    return found if run.weights is None else {**found, "weights": run.weights}


def _curves(source: Run | History) -> dict[str, np.ndarray]:
    return {
        "losses": np.asarray(source.losses),
        "symbols": np.asarray(source.symbols),
        "val_steps": np.asarray(source.val_steps, np.int64),
        "val_losses": np.asarray(source.val_losses),
        "train_eval_losses": np.asarray(source.train_eval_losses),
    }


def _is_shared(best: Snapshot, snapshots: Sequence[Snapshot]) -> bool:
    """Whether a moment that keeps its weights has those of the best moment."""
    return best.weights is not None and any(
        s.weights is not None and np.array_equal(s.weights, best.weights)
        for s in snapshots
        if s.step == best.step
    )


def _training(packed: PackedTrainer) -> dict[str, np.ndarray]:
    """What is needed to train on, except the curves."""
    found = _point("now", packed.now)
    if not _is_same(packed.guard.good, packed.now):
        found |= _point("good", packed.guard.good)
    found["generator"] = packed.generator_state.numpy()
    found["rest_of_round"] = packed.rest_of_round.numpy()
    if packed.kernels_random_state is not None:
        found["kernels_generator"] = packed.kernels_random_state
    return found


def _point(name: str, point: Point) -> dict[str, np.ndarray]:
    tensors = {"weights": point.weights, **point.optimizer_state}
    if point.average is not None:
        tensors["average"] = point.average
    return {f"{name}.{key}": tensor.numpy() for key, tensor in tensors.items()}


def _is_same(one: Point, other: Point) -> bool:
    """Whether two points have the same numbers."""
    a, b = _point("", one), _point("", other)
    return a.keys() == b.keys() and all(np.array_equal(a[key], b[key]) for key in a)


def _header(
    run: Run, packed: PackedTrainer | None, listed: SavedList, left_out: LeftOut
) -> dict[str, Any]:
    """The fields of the header; `run_reader.py` reads them."""
    best = run.kept_best
    return {
        "format": FORMAT,
        "versions": {"dino": __version__, "torch": torch.__version__, "numpy": np.__version__},
        "settings": run.config.as_dict(),
        "list": listed.header(),
        "max_steps": run.max_steps,
        "names_seen": run.names_seen,
        "seconds": run.seconds,
        "clipped": run.clipped,
        "moved": run.moved,
        "recurrent_moved": run.recurrent_moved,
        "carried_loss": number_in_header(run.carried_loss),
        "engines": [list(pair) for pair in run.engines],
        "stopped": _stopped(run),
        "thinning": _thinning(run) if packed is None else None,
        "moments": [_moment(s, s.weights is not None) for s in run.snapshots],
        "best": None if best is None else _moment(best, best.weights is not None),
        "training": None if packed is None else _training_fields(packed),
        "left_out": left_out._asdict(),
        **({} if run.latest is None else {"latest": _moment(run.latest, False)}),
    }


def _stopped(run: Run) -> dict[str, Any] | None:
    """Where and how a run diverged. A reader makes the sentence from it again."""
    if not isinstance(run.stopped, Sentence) or run.cure is None:
        return None
    what = run.stopped.fields["what"].fields
    loss = what.get("loss", math.nan)
    return {
        "step": what["step"],
        "loss": number_in_header(loss),
        "kept_step": run.kept_step,
        "cure": run.cure.learning_rate,
    }


def _thinning(run: Run) -> dict[str, Any] | None:
    thinning = run.thinning
    if thinning is None:
        return None
    return {**thinning._asdict(), "train_loss": number_in_header(thinning.train_loss)}


def _moment(moment: Snapshot, has_weights: bool) -> dict[str, Any]:
    return {
        "step": moment.step,
        "val_loss": moment.val_loss,
        "names": list(moment.names),
        "weights": has_weights,
    }


def _training_fields(packed: PackedTrainer) -> dict[str, Any]:
    good = packed.guard.good
    losses = {key: number_in_header(loss) for key, loss in good.evaluation._asdict().items()}
    return {
        "kernels_from": packed.kernels_from,
        "watch_from": packed.guard.watch_from,
        "good": {"step": good.step, **losses, "shared": _is_same(good, packed.now)},
    }
