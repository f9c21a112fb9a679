"""Which arrays a saved run has, with the type, size and allowed numbers of each.

All of it follows from the recipe, the vocabulary and a few counts of the header.
"""

from __future__ import annotations

import numpy as np

from dino.compiled.engine import REMEMBERS
from dino.config import SETTINGS, Config
from dino.cost import weights_count
from dino.lists import MAX_LETTERS
from dino.run import MOST_RATES, MOST_STEPS
from dino.saved.saved_list import NAMES_BYTES
from dino.saved.tensors import TensorPlace, refusal_of_array

GENERATOR_BYTES, WORDS = 5056, 624  # of the state of PyTorch's random generator, a Mersenne Twister
POINTS = ("now", "good")  # the present weights, with all needed to train on; the last good ones
# In PyTorch's order: seed, left, seeded, next, 624 words, then a spare normal number, twice.
_TWISTER = np.dtype(
    [
        ("seed", "<u8"),
        ("left", "<i4"),
        ("seeded", "<i4"),
        ("next", "<u8"),
        ("words", "<u8", WORDS),
        ("normals", "<f8", 3),
        ("has_normal", "<i4"),
        ("unused", "<i4"),
        ("normal", "<f4"),
        ("has_normal_too", "u1"),
        ("unused_too", "u1", 3),
    ]
)


class ExpectedArrays:
    """The arrays that a header allows: `take` and `maybe` compare them with the arrays in the file.

    They raise Refusal for one that is missing or has another type or size; `end` raises it for one
    that should not be there.
    """

    def __init__(self, places: dict[str, TensorPlace]) -> None:
        self._left = dict(places)

    def maybe(self, name: str, dtype: str, least: int, most: int) -> int:
        """The length of an optional array; −1 if it is not there."""
        place = self._left.pop(name, None)
        if place is None:
            return -1
        if place.dtype != dtype or not least <= place.shape[0] <= most:
            raise refusal_of_array(name)
        return place.shape[0]

    def take(self, name: str, dtype: str, least: int, most: int | None = None) -> int:
        """The length of a required array, from `least` to `most`; by default exactly `least`."""
        length = self.maybe(name, dtype, least, least if most is None else most)
        if length < 0:
            raise refusal_of_array(name)
        return length

    def end(self) -> None:
        """Raise Refusal for an array that nothing asked for."""
        for name in self._left:
            raise refusal_of_array(name)


def expect_curves(expected: ExpectedArrays, is_thinned: bool, held_out: int) -> int:
    """The arrays of curves, rates and names' losses. Returns how many training losses there are."""
    count = expected.take("losses", "F64" if is_thinned else "F32", 0, MOST_STEPS)
    expected.take("symbols", "I64" if is_thinned else "I32", count)
    measured = expected.take("val_steps", "I64", 1, MOST_STEPS)
    expected.take("val_losses", "F64", measured)
    expected.take("train_eval_losses", "F32", measured)
    rates = expected.take("rate_steps", "I64", 1, MOST_RATES)
    expected.take("rates", "F64", rates)
    expected.maybe("val_name_losses", "F32", held_out, held_out)
    return count


def expect_names(expected: ExpectedArrays) -> None:
    """The names that are in the file."""
    for name in ("rows", "removed"):
        expected.maybe(name, "U8", 1, NAMES_BYTES)


def expect_training(
    expected: ExpectedArrays,
    config: Config,
    vocab_size: int,
    train_names: int,
    shared: bool,
    compiled: bool,
) -> None:
    """All that is needed to train on.

    shared: whether the last good weights are the present ones; compiled: whether the compiled
    engine, which has its own generator, made the last update
    """
    P = weights_count(config, vocab_size)
    for point in POINTS[: 2 - shared]:
        expected.take(f"{point}.weights", "F32", P)
        if config.average:
            expected.take(f"{point}.average", "F32", P)
        sizes = optimizer_sizes(config, P)
        lengths = [
            expected.maybe(f"{point}.{name}", "F32", size, size) for name, size in sizes.items()
        ]
        if -1 in lengths and set(lengths) != {-1}:
            raise refusal_of_array(f"{point}.{next(iter(sizes))}")
    expected.take("generator", "U8", GENERATOR_BYTES)
    if compiled:
        expected.take("kernels_generator", "U64", 1)
    expected.take("rest_of_round", "I64", 0, train_names)


def optimizer_sizes(config: Config, weights: int) -> dict[str, int]:
    """What the optimizer remembers after its first step: the size of each array by its name."""
    names = REMEMBERS[config.optimizer]
    sizes = dict.fromkeys(names, weights)
    return {**sizes, "t": 1} if len(names) == 2 else sizes  # Adam counts its steps


def check_numbers(
    arrays: dict[str, np.ndarray], config: Config, train_names: int, step: int, stretch: int
) -> None:
    """Raise Refusal for a number that no run of this recipe can have."""
    curves = ("losses", "val_losses", "train_eval_losses", "val_name_losses")  # NaN if it diverged
    for name, array in arrays.items():
        if name not in curves and array.dtype.kind == "f" and not np.isfinite(array).all():
            raise refusal_of_array(name)
        if name in curves and (array < 0).any():
            raise refusal_of_array(name)
        if name.endswith(".s") and (array < 0).any():
            raise refusal_of_array(name)
        if name.endswith(".t") and not (array[0] == int(array[0]) and 0 <= array[0] <= step):
            raise refusal_of_array(name)
    _check_curves(arrays, config, step, stretch)
    if "generator" in arrays:
        _check_generators(arrays, train_names)


def _check_curves(arrays: dict[str, np.ndarray], config: Config, step: int, stretch: int) -> None:
    symbols, most = arrays["symbols"], stretch * config.batch_size * (MAX_LETTERS + 1)
    if len(symbols) and not (symbols.min() >= 1 and symbols.max() <= most):
        raise refusal_of_array("symbols")
    for name in ("val_steps", "rate_steps"):
        steps = arrays[name]
        least = int(name == "rate_steps")  # a rate is noted once a step, a divergence twice
        if steps[0] != 0 or steps[-1] > step or (np.diff(steps) < least).any():
            raise refusal_of_array(name)
    if not np.isfinite(arrays["val_losses"][0]):
        raise refusal_of_array("val_losses")
    limits = SETTINGS["learning_rate"]
    if arrays["rates"].min() < limits.low or arrays["rates"].max() > limits.high:
        raise refusal_of_array("rates")


def _check_generators(arrays: dict[str, np.ndarray], train_names: int) -> None:
    rest = arrays["rest_of_round"]
    if len(rest) and not (rest.min() >= 0 and rest.max() < train_names):
        raise refusal_of_array("rest_of_round")
    if len(np.unique(rest)) < len(rest):
        raise refusal_of_array("rest_of_round")
    if "kernels_generator" in arrays and not arrays["kernels_generator"][0]:
        raise refusal_of_array("kernels_generator")  # xorshift would give zeros for ever
    (twister,) = arrays["generator"].view(_TWISTER)
    # PyTorch does not check these, and would read beyond its words.
    left, following = int(twister["left"]), int(twister["next"])
    is_new = (left, following) == (1, 0)
    in_use = 1 <= left <= WORDS and left + following == WORDS + 1
    flags = (int(twister["has_normal"]), int(twister["has_normal_too"]))
    words_fit = bool((twister["words"] < 2**32).all())
    if twister["seeded"] != 1 or not (is_new or in_use) or not words_fit or set(flags) - {0, 1}:
        raise refusal_of_array("generator")
