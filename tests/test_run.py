"""The results of a run: thinned curves stay true, snapshots stay within their limit."""

from dataclasses import replace

import numpy as np
import pytest

from dino.config import DEFAULT
from dino.run import SNAPSHOT_BYTES, Run, Snapshot, bound_snapshots, is_evaluation, is_snapshot


def a_run(steps, seed=0):
    generator = np.random.default_rng(seed)
    val_steps = np.array([s for s in range(steps + 1) if is_evaluation(s)])
    return Run(
        config=DEFAULT,
        max_steps=steps,
        weights=np.zeros(3, np.float32),
        losses=generator.random(steps).astype(np.float32),
        symbols=generator.integers(1, 500, steps).astype(np.int32),
        val_steps=val_steps,
        val_losses=generator.random(len(val_steps)),
        train_eval_losses=generator.random(len(val_steps)).astype(np.float32),
        learning_rates=((0, 0.1), (5, 0.2)),
    )


@pytest.mark.parametrize("steps", [1, 2, 299, 300, 301, 5000])
def test_a_thinned_training_curve_keeps_its_end_and_its_mean(steps):
    run = a_run(steps)
    at, means = run.train_curve(300)
    assert len(at) == len(means) == min(steps, 300)
    assert at[-1] == steps
    assert (np.diff(at) > 0).all()
    weights = np.add.reduceat(run.symbols, np.append(0, at[:-1]))
    whole = np.average(run.losses.astype(np.float64), weights=run.symbols)
    assert np.average(means, weights=weights) == pytest.approx(whole, rel=1e-6)


def test_each_point_is_the_mean_over_all_targets_of_its_stretch():
    run = a_run(1000)
    at, means = run.train_curve(10)
    for start, end, mean in zip([0, *at[:-1]], at, means, strict=True):
        expected = np.average(run.losses[start:end], weights=run.symbols[start:end])
        assert mean == pytest.approx(expected, rel=1e-6)


def test_a_short_curve_is_not_thinned():
    run = a_run(40)
    at, means = run.train_curve()
    assert at.tolist() == list(range(1, 41))
    assert means == pytest.approx(run.losses)


def test_a_run_without_steps_has_an_empty_curve_and_no_training_loss():
    run = a_run(0)
    assert [len(part) for part in run.train_curve()] == [0, 0]
    assert run.train_loss is None
    assert run.step == 0


@pytest.mark.parametrize(
    "snapshots, newest, kept_step, expected",
    [
        ((), 0, 5, [0]),
        ((), 1, 5, [1]),
        ((0, 10, 20), None, 30, [0, 10, 20]),
        ((0, 10, 20), 15, 30, [0, 10, 20]),
        ((0, 10, 20), 20, 30, [0, 10, 20]),
        ((0, 10, 20), 21, 30, [0, 10, 20, 21]),
        ((0, 10, 20), 30, 30, [0, 10, 20, 30]),
        ((0, 10, 20), 25, 12, [0, 10]),  # it diverged, and the weights of update 12 came back
        ((0, 10, 20), 12, 12, [0, 10, 12]),
        ((0, 10, 20), 20, 20, [0, 10, 20]),
    ],
)
def test_the_newest_names_are_named_where_they_are_later(snapshots, newest, kept_step, expected):
    moments = tuple(Snapshot(step, 1.0, ("rex",), None) for step in snapshots)
    latest = None if newest is None else Snapshot(newest, 1.0, ("mei",), None)
    run = replace(a_run(30), snapshots=moments, latest=latest, kept_step=kept_step)
    assert [moment.step for moment in run.named_moments] == expected


@pytest.mark.parametrize("points", [2, 20, 300])
def test_a_thinned_held_out_curve_keeps_its_ends_and_true_values(points):
    run = a_run(3000)
    at, values = run.val_curve(points)
    assert len(at) <= points
    assert (at[0], at[-1]) == (run.val_steps[0], run.val_steps[-1])
    truth = dict(zip(run.val_steps.tolist(), run.val_losses.tolist(), strict=True))
    assert [truth[step] for step in at.tolist()] == values.tolist()


def test_the_training_loss_is_the_mean_over_the_targets_of_the_last_fifty_steps():
    run = a_run(200)
    total = (run.losses[150:].astype(np.float64) * run.symbols[150:]).sum()
    assert run.train_loss == pytest.approx(total / run.symbols[150:].sum(), rel=1e-6)


def test_the_best_is_the_lowest_held_out_loss_and_its_step():
    run = a_run(500)
    step, loss = run.best
    assert loss == run.val_losses.min()
    assert run.val_losses[run.val_steps.tolist().index(step)] == loss


def test_the_rate_in_force_is_the_last_one():
    assert a_run(10).learning_rate == 0.2


def snapshots(count, size):
    return [Snapshot(i, 1.0, ("rex",), np.full(size, i, np.float32)) for i in range(count)]


def weight(moments):
    return sum(s.weights.nbytes for s in moments if s.weights is not None)


@pytest.mark.parametrize("count", [3, 10, 42])
@pytest.mark.parametrize("size", [100, 90_000, 600_000])
def test_snapshots_keep_within_the_limit_and_the_first_and_last_keep_their_weights(count, size):
    moments = bound_snapshots(snapshots(count, size))
    assert weight(moments) <= SNAPSHOT_BYTES
    assert [s.step for s in moments] == list(range(count))
    assert all(s.names == ("rex",) for s in moments)
    for i in (0, -1):
        assert (moments[i].weights == moments[i].step).all()


def test_what_fits_is_left_as_it_is():
    moments = snapshots(20, 1000)
    assert bound_snapshots(moments) == moments


def test_snapshots_that_come_one_by_one_keep_the_same_promises():
    moments = []
    for new in snapshots(42, 90_000):
        moments = bound_snapshots([*moments, new])
        assert weight(moments) <= SNAPSHOT_BYTES
        assert moments[0].weights is not None and moments[-1].weights is new.weights
    holding = [s.step for s in moments if s.weights is not None]
    assert len(holding) >= SNAPSHOT_BYTES / 360_000 / 2 - 1  # no more were dropped than needed


def test_about_forty_moments_up_to_a_hundred_thousand_steps():
    moments = [step for step in range(100_001) if is_snapshot(step)]
    assert 35 <= len(moments) <= 45
    assert moments[:4] == [0, 1, 2, 3]
    assert moments[-1] == 100_000
    assert all(10**k in moments for k in range(6))
    late = np.array([m for m in moments if m >= 10])
    assert (late[1:] / late[:-1]).max() < 1.5  # evenly on a log scale


def test_every_snapshot_is_an_evaluation_and_no_long_stretch_goes_unmeasured():
    measured = [step for step in range(20_001) if is_evaluation(step)]
    assert all(is_evaluation(step) for step in range(20_001) if is_snapshot(step))
    assert measured[:10] == list(range(10))
    assert np.diff(measured).max() == 50


@pytest.mark.parametrize("steps, stride", [(1, 1), (256, 1), (257, 2), (5000, 32), (100_000, 512)])
def test_the_stride_is_the_smallest_power_of_two_that_is_enough(steps, stride):
    assert a_run(steps).stride() == stride


def test_stretches_are_means_over_their_targets_and_go_on_where_one_stopped():
    run = a_run(1003)
    at, means = run.stretches(8)
    assert at.tolist() == [*range(8, 1003, 8), 1003]
    for i in (0, 60, -1):
        part = slice(at[i] - (8 if i != -1 else 3), at[i])
        expected = np.average(run.losses[part], weights=run.symbols[part])
        assert means[i] == pytest.approx(expected, rel=1e-6)
    for first in (0, 1, 60, len(at) - 1):
        later = run.stretches(8, first)
        assert np.array_equal(later[0], at[first:]) and np.array_equal(later[1], means[first:])
    assert [len(x) for x in run.stretches(8, len(at))] == [0, 0]
    assert [len(x) for x in a_run(0).stretches(1)] == [0, 0]


# Thinned


@pytest.mark.parametrize("steps", [0, 1, 999, 1000, 1001, 1003, 5000, 33_333])
def test_a_thinned_run_tells_the_same_in_a_thousand_points(steps):
    run = a_run(steps)
    thin = run.with_fewer_points()
    assert len(thin.losses) == len(thin.symbols) <= 1000 and len(thin.val_steps) <= 1000
    figures = ("step", "train_loss", "val_loss", "train_eval_loss", "best", "names_seen")
    for figure in (*figures, "learning_rate"):
        assert getattr(thin, figure) == getattr(run, figure), figure
    assert thin.symbols.sum() == run.symbols.sum()
    assert thin.nbytes <= run.nbytes + 8 * 1000  # means are told more exactly than losses
    assert not any(
        np.shares_memory(getattr(thin, name), getattr(run, name))
        for name in ("losses", "symbols", "val_steps", "val_losses", "train_eval_losses")
    )


@pytest.mark.parametrize("points", [256, 100, 10, 1])
@pytest.mark.parametrize("steps", [1001, 1003, 4096, 33_333])
def test_stretches_of_a_thinned_run_are_those_of_the_whole_one(steps, points):
    run = a_run(steps)
    thin = run.with_fewer_points()
    stride = thin.stride(points)
    assert stride == run.stride(points)
    for first in (0, 1, points - 1):
        (at, means), (whole_at, whole) = thin.stretches(stride, first), run.stretches(stride, first)
        assert at.tolist() == whole_at.tolist()
        assert means == pytest.approx(whole, rel=1e-12)


def test_a_stride_that_is_smaller_than_the_thinned_runs_gives_its_own():
    run = a_run(5000)
    thin = run.with_fewer_points(100)
    assert thin.stretch == thin.stride(5000) == 64 and run.stretch == 1
    for stride in (1, 32, 64):
        assert np.array_equal(thin.stretches(stride), thin.stretches(64))
    at, means = thin.train_curve(10_000)
    assert at.tolist() == [*range(64, 5000, 64), 5000]
    assert means == pytest.approx(run.stretches(64)[1], rel=1e-12)


@pytest.mark.parametrize("steps", [40, 5003])
def test_thinning_twice_changes_nothing_and_thinning_more_is_thinning_at_once(steps):
    run = a_run(steps)
    once, twice = run.with_fewer_points(100), run.with_fewer_points(100).with_fewer_points(100)
    for name in ("losses", "symbols", "val_steps", "val_losses", "train_eval_losses"):
        assert np.array_equal(getattr(once, name), getattr(twice, name)), name
    assert once.thinning == twice.thinning
    later = run.with_fewer_points(1000).with_fewer_points(100)
    assert later.losses == pytest.approx(once.losses, rel=1e-6)
    assert later.symbols.tolist() == once.symbols.tolist() and later.thinning == once.thinning


@pytest.mark.parametrize("points", [3, 10, 100])
def test_held_out_losses_of_a_thinned_run_are_measured_ones_with_the_ends_and_the_best(points):
    run = a_run(33_333)
    thin = run.with_fewer_points(points)
    assert len(thin.val_steps) in (points - 1, points)
    assert (np.diff(thin.val_steps) > 0).all()
    assert {run.best[0], 0, run.val_steps[-1]} <= {*thin.val_steps.tolist()}
    truth = dict(zip(run.val_steps.tolist(), run.val_losses.tolist(), strict=True))
    assert [truth[step] for step in thin.val_steps.tolist()] == thin.val_losses.tolist()
    truth = dict(zip(run.val_steps.tolist(), run.train_eval_losses.tolist(), strict=True))
    assert [truth[step] for step in thin.val_steps.tolist()] == thin.train_eval_losses.tolist()


# Moments


def run_with(moments, best, kept_step):
    return replace(a_run(100), snapshots=tuple(moments), kept_best=best, kept_step=kept_step)


def test_the_best_moment_is_one_of_the_moments_once_and_in_its_place():
    moments, best = snapshots(5, 10), Snapshot(3, 0.5, ("best",), np.ones(10, np.float32))
    run = run_with([*moments, *snapshots(60, 10)[50:]], best, kept_step=100)
    assert [m.step for m in run.moments] == [0, 1, 2, 3, 4, *range(50, 60), 100]
    assert run.moments[3] is run.best_moment is best
    run = run_with(moments, replace(best, step=42), kept_step=100)
    assert [m.step for m in run.moments] == [0, 1, 2, 3, 4, 42, 100]
    run = run_with(moments, replace(best, step=3), kept_step=3)  # it is the present one
    assert [m.step for m in run.moments] == [0, 1, 2, 3]


def test_what_is_given_up_for_room_is_weights_alone():
    best = Snapshot(3, 0.5, ("best",), np.ones(10, np.float32))
    run = run_with(snapshots(5, 10), best, kept_step=100)
    lists = (run.losses, run.symbols, run.val_steps, run.val_losses, run.train_eval_losses)
    curves = sum(x.nbytes for x in lists)
    assert run.nbytes == curves + 12 + 6 * 40
    smaller = run.without_moments()
    assert [m.step for m in smaller.moments] == [3, 100]
    assert smaller.nbytes == curves + 12 + 40
    smallest = run.without_weights()
    assert smallest.nbytes == curves and smallest.weights is None
    assert [m.weights for m in smallest.moments] == [None]
    assert smallest.best_moment.names == ("best",) and smallest.best_moment.weights is None
    assert [s.names for s in smallest.snapshots] == [s.names for s in run.snapshots]


def test_weights_that_two_moments_share_are_counted_once():
    moments = snapshots(5, 10)
    assert run_with(moments, moments[2], 100).nbytes == run_with(moments, None, 100).nbytes
