"""The windows in which a page's shifts are added up, as Chrome does."""

from layout_shift import worst_window


def test_shifts_that_follow_each_other_within_a_second_add_up() -> None:
    assert worst_window([]) == 0
    assert worst_window([(0, 0.25), (999, 0.25), (1500, 0.5)]) == 1


def test_a_second_without_one_ends_a_window_and_the_largest_counts() -> None:
    assert worst_window([(0, 0.25), (1000, 0.5), (2000, 0.125)]) == 0.5


def test_a_window_has_five_seconds_at_most() -> None:
    assert worst_window([(600 * i, 1) for i in range(18)]) == 9
