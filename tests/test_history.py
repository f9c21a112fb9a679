"""Numbers that grow: their views share them and never change."""

import numpy as np
import pytest

from dino.growing import Growing


def test_it_is_a_list_of_its_numbers():
    numbers = Growing(np.float32)
    assert len(numbers) == 0 and numbers == [] and not numbers
    numbers.append(1.5)
    numbers.extend([2, 3])
    assert numbers == [1.5, 2.0, 3.0] and numbers != [1.5] and numbers[-1] == 3
    assert numbers[1:] == [2.0, 3.0] and list(numbers) == [1.5, 2.0, 3.0]
    assert np.asarray(numbers).dtype == np.float32
    assert numbers == numbers.copy() and numbers != Growing(np.float32)


def test_a_view_never_changes_and_is_not_written_to():
    numbers, views = Growing(np.int64), []
    for i in range(1000):
        views.append(numbers.view)
        numbers.append(i)
    assert all(view.tolist() == list(range(n)) for n, view in enumerate(views))
    with pytest.raises(ValueError):
        views[5][0] = 7


def test_two_views_share_their_numbers():
    numbers = Growing(np.float32, range(100))
    numbers.append(1)
    assert np.shares_memory(numbers.view, numbers.view)
    assert not np.shares_memory(numbers.view, numbers.copy().view)
