"""How much work and memory a recipe takes, computed without PyTorch; how work is split into parts.

Letters for shapes: B batch, T steps (the longest name and its end mark), V symbols, H hidden units,
G gates, K inputs that a state sees if memory is bounded (else 1), P weights.
"""

from __future__ import annotations

import math

from dino.config import GATES, Config
from dino.run import SNAPSHOT_BYTES

# One part of an update takes about 0.15 s of a core. Smaller parts would multiply few rows at a
# time, which takes nearly as long: at 512 LSTM units, 3 GFLOP take 0.13 s and 6 GFLOP 0.15 s.
PART_FLOP = 6e9
# Gate values of one part. Autograd keeps 8 numbers for each, and 4 for a symbol's score: 64 MB.
PART_NUMBERS = 2_000_000
# One part of an evaluation, without gradient, takes about 0.07 s.
EVALUATION_FLOP = 4e9
EVALUATION_NUMBERS = 16_000_000  # all numbers of one part, 64 MB
EVALUATION_NAMES = 512
# One update of the kernels. They occupy a worker until it is done.
KERNEL_FLOP = 8e9
KERNEL_BYTES = 64_000_000
# Seconds of a core that one update saves on the kernels: for each of PyTorch's calls (one per gate
# and one more), for each weight, for each operation. Measured with three cells, 25 to 512 units and
# batches of 1 and 32; the estimate is within a factor of 2.5 of each. COMPILING: all kernels, once.
SAVED_PER_CALL, SAVED_PER_WEIGHT, SAVED_PER_FLOP = 0.5e-3, 50e-9, 2.5e-12
COMPILING = 30.0
FLOAT = 4  # bytes
# Measured on one core of our machines: the speed that large networks reach, and the time that an
# update takes in addition, as small networks show.
FLOP_PER_SECOND, UPDATE_SECONDS = 2e10, 2e-4


def weights_count(config: Config, vocab_size: int) -> int:
    """P: the number of trainable weights."""
    H, V, GH = config.hidden_size, vocab_size, GATES[config.cell] * config.hidden_size
    return GH * (V + H + 1) + V * (H + 1)


def _inputs_seen(context: int, steps: int) -> int:
    """K: how many times a position is computed, once for each input that it may see."""
    return min(context, steps) if 0 < context < steps else 1


def flop(cell: str, hidden_size: int, vocab_size: int, steps: int, context: int = 0) -> float:
    """Floating-point operations to read one name of `steps` steps; training takes three times."""
    H, GH = hidden_size, GATES[cell] * hidden_size
    return 2.0 * steps * (_inputs_seen(context, steps) * GH * H + vocab_size * H)


def training_seconds(config: Config, vocab_size: int, steps: int) -> float:
    """About how many seconds a run takes on a free core. Only the order of magnitude is meant."""
    work = flop(config.cell, config.hidden_size, vocab_size, steps, config.context)
    update = 3 * config.batch_size * work / FLOP_PER_SECOND + UPDATE_SECONDS
    return config.max_steps * update


def update_part_size(config: Config, vocab_size: int, steps: int) -> tuple[int, int]:
    """How many names, and how many of their positions, one part of an update may have.

    Usually these are more than a batch, and all positions. Positions are split only if
    one name is too large. The result depends only on the recipe and the list, because
    parts affect the rounding.
    """
    GH, K = GATES[config.cell] * config.hidden_size, _inputs_seen(config.context, steps)
    work = 3 * flop(config.cell, config.hidden_size, vocab_size, steps, config.context)
    names = min(PART_FLOP / work, PART_NUMBERS / (steps * (K * GH + vocab_size / 2)))
    if names >= 1 or K == 1:  # a state that is carried through a name cannot be cut
        return max(1, int(names)), steps
    return 1, max(1, int(steps * names))


def evaluation_part_size(
    cell: str, hidden_size: int, vocab_size: int, steps: int, context: int = 0
) -> tuple[int, int]:
    """How many names, and how many of their positions, one part of an evaluation may have."""
    work = flop(cell, hidden_size, vocab_size, steps, context)
    numbers = steps * numbers_per_position(cell, hidden_size, vocab_size, steps, context)
    names = min(EVALUATION_FLOP / work, EVALUATION_NUMBERS / numbers, EVALUATION_NAMES)
    if names >= 1 or _inputs_seen(context, steps) == 1:
        return max(1, int(names)), steps
    return 1, max(1, int(steps * names))


def numbers_per_position(
    cell: str, hidden_size: int, vocab_size: int, steps: int, context: int
) -> int:
    """How many numbers an evaluation holds for each position of a name.

    If memory is bounded, all positions are computed at once, and so are the sums of their gates.
    """
    sums = GATES[cell] * hidden_size * (4 if 0 < context < steps else 1)
    return sums + 2 * hidden_size + 3 * vocab_size


def kernels_cover(config: Config, vocab_size: int, steps: int) -> bool:
    """Whether one update, padding included, is small enough for the kernels."""
    work = 3 * config.batch_size * flop(config.cell, config.hidden_size, vocab_size, steps)
    return (
        config.context == 0
        and work <= KERNEL_FLOP
        and (kernel_bytes(config, vocab_size, steps) <= KERNEL_BYTES)
    )


def seconds_saved(config: Config, vocab_size: int, steps: int, updates: int) -> float:
    """About how many seconds of a core the kernels save for this number of updates.

    steps: T. The result is 0 for recipes that the kernels leave to PyTorch.
    """
    if not kernels_cover(config, vocab_size, steps):
        return 0.0
    work = 3 * config.batch_size * flop(config.cell, config.hidden_size, vocab_size, steps)
    each = SAVED_PER_CALL * (1 + GATES[config.cell]) + SAVED_PER_FLOP * work
    return updates * (each + SAVED_PER_WEIGHT * weights_count(config, vocab_size))


def kernel_bytes(config: Config, vocab_size: int, steps: int) -> int:
    """The bytes that `kernels.train` needs for its work."""
    H, G, N = config.hidden_size, GATES[config.cell], config.batch_size * steps
    GH = G * H
    columns = 2 * GH + 4 * H + 3 * vocab_size + 2 + 4  # and two int64
    columns += (2 * GH if G == 3 else 0) + (H if G == 4 else 0)
    columns += (H if config.hidden_dropout else 0) + (2 if config.count_teacher else 0)
    recurrent = GH * H * (3 if config.weight_drop else 1)  # W_hh transposed; its factors, and both
    return FLOAT * (N * columns + recurrent + 2 * config.batch_size * H)


def work_bytes(config: Config, longest: int, vocab_size: int) -> int:
    """About how many bytes one slice of a run needs in addition to its trainer.

    longest: letters of the list's longest name.
    """
    T, V, H = longest + 1, vocab_size, config.hidden_size
    GH = GATES[config.cell] * H
    names, positions = update_part_size(config, V, T)
    scores = 8 if config.count_teacher else 4
    training = (
        min(names, config.batch_size)
        * positions
        * (8 * _inputs_seen(config.context, T) * GH + 4 * H + scores * V)
    )
    names, positions = evaluation_part_size(config.cell, H, V, T, config.context)
    evaluating = names * positions * numbers_per_position(config.cell, H, V, T, config.context)
    covered = kernel_bytes(config, V, T) if kernels_cover(config, V, T) else 0
    return max(FLOAT * training, FLOAT * evaluating, covered) + 3 * FLOAT * weights_count(config, V)


def trainer_bytes(config: Config, vocab_size: int, moments: int = SNAPSHOT_BYTES) -> int:
    """About how many bytes a trainer holds between slices, with the `Run` that pages show.

    These are the weights, the first weights, their gradient, average and the optimizer's state; the
    last good weights with theirs; those of the newest picture; the best weights; those of earlier
    moments, up to `moments` bytes, but at least the first and the last; the losses.
    """
    P = weights_count(config, vocab_size)
    copies = 3 + 2 * bool(config.average) + 2 * optimizer_numbers(config) + 1 + 1 + 1
    snapshots = max(2 * FLOAT * P, min(40 * FLOAT * P, moments))
    history = 10 * config.max_steps  # a loss and a count, and the free places of arrays that grow
    return copies * FLOAT * P + snapshots + history + 200_000


def packed_bytes(config: Config, vocab_size: int, ended: bool) -> int:
    """About how many bytes a packed trainer holds beside its run, which has its evaluated and best
    weights and its curves.

    These are the weights, their average and the optimizer's state, and the last good ones of these.
    At the end of a run, they are the same.
    """
    copies = (1 if ended else 2) * (1 + bool(config.average) + optimizer_numbers(config)) - 1
    return copies * FLOAT * weights_count(config, vocab_size) + 60_000


def optimizer_numbers(config: Config) -> int:
    """How many numbers the optimizer's state has for each weight."""
    return {"sgd": 0, "adam": 2, "adamw": 2}.get(config.optimizer, 1)


def layers(config: Config, vocab_size: int) -> list[tuple[str, str, int]]:
    """Each weight of the model: its name, shape and count of numbers, as `CharRNN` has them."""
    H, V, GH = config.hidden_size, vocab_size, GATES[config.cell] * config.hidden_size
    shapes = {"W_xh": (V, GH), "W_hh": (H, GH), "b_h": (GH,), "W_hy": (H, V), "b_y": (V,)}
    return [(name, " × ".join(map(str, shape)), math.prod(shape)) for name, shape in shapes.items()]
