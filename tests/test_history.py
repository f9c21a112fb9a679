"""What a run has shown until now: numbers that grow, and views of them that never change."""

import numpy as np
import pytest

from dino.history import SPARE, Evaluation, GrowingArray, History
from dino.run import Snapshot


def test_it_is_a_list_of_its_numbers():
    numbers = GrowingArray(np.float32)
    assert len(numbers) == 0 and numbers == [] and not numbers
    numbers.append(1.5)
    numbers.extend([2, 3])
    assert numbers == [1.5, 2.0, 3.0] and numbers != [1.5] and numbers[-1] == 3
    assert numbers[1:] == [2.0, 3.0] and list(numbers) == [1.5, 2.0, 3.0]
    assert np.asarray(numbers).dtype == np.float32
    assert numbers == numbers.copy() and numbers != GrowingArray(np.float32)


def test_a_view_never_changes_and_is_not_written_to():
    numbers, views = GrowingArray(np.int64), []
    for i in range(1000):
        views.append(numbers.view)
        numbers.append(i)
    assert all(view.tolist() == list(range(n)) for n, view in enumerate(views))
    with pytest.raises(ValueError):
        views[5][0] = 7


def test_two_views_share_their_numbers():
    numbers = GrowingArray(np.float32, range(100))
    numbers.append(1)
    assert np.shares_memory(numbers.view, numbers.view)
    assert not np.shares_memory(numbers.view, numbers.copy().view)


def test_a_copied_history_has_arrays_of_its_own_and_no_weights():
    history = History([(0, 0.1)], snapshots=[moment(step) for step in range(3)])
    history.add_updates([1.0, 2.0], [5, 6], clipped=1, names=8)
    history.add_evaluation(Evaluation(3.0, 2.5))
    history.val_name_losses = np.ones(4, np.float32)
    copy = history.copy()
    history.add_updates([1.5], [5], clipped=0, names=4)
    history.set_rate(0.2)
    assert copy.losses == [1.0, 2.0] and copy.symbols == [5, 6] and copy.val_steps == [2]
    assert (copy.step_count, copy.names_seen, copy.clipped) == (2, 8, 1)
    assert copy.learning_rates == [(0, 0.1)] and history.learning_rates == [(0, 0.1), (3, 0.2)]
    assert [s.weights for s in copy.snapshots] == [None] * 3
    assert copy.is_measured and not history.is_measured
    assert copy.evaluation == history.evaluation == (3.0, 2.5, None)
    assert copy.val_name_losses.tolist() == [1.0] * 4 and history.val_name_losses is None


def test_the_bytes_of_a_history_count_both_measured_curves_and_the_names_losses():
    history = History([(0, 0.1)])
    before = history.numbers_nbytes
    history.add_evaluation(Evaluation(3.0, 2.5))
    assert history.numbers_nbytes - before == 8 + 8 + 4  # a step and two losses
    history.val_name_losses = np.ones(4, np.float32)
    assert history.numbers_nbytes - before == 8 + 8 + 4 + 16


def moment(step, size=10):
    return Snapshot(step, 1.0, ("rex",), np.full(size, step, np.float32))


def test_an_array_that_grows_has_little_room_to_spare(monkeypatch):
    numbers, made = GrowingArray(np.float32), []
    monkeypatch.setattr(np, "empty", lambda size, dtype: made.append(size) or np.zeros(size, dtype))
    for _ in range(20_000):
        numbers.append(2.5)
    assert made[-1] <= (1 + SPARE) * 20_000 and sum(made) < 10 * 20_000  # copied a few times each
