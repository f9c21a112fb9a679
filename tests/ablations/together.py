"""Network and counting together: the lesson's networks, from their file."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dino.lessons.figures_together import measured, read

from . import Ablation, Finding, Seeds, finding


def together(seeds: Seeds) -> Iterator[Finding]:
    """The networks of *Together*, as `python -m tests.together_letters` trained them."""
    found, listed = measured(), read()["seeds"]
    rows = [listed.index(seed) for seed in seeds if seed in listed]
    for name in ("network", "both", "guessing", "second"):
        yield finding(f"{name}: held-out loss", getattr(found, name)[:, rows].ravel(), 3)
    yield finding("counting: held-out loss", found.counting, 3)
    yield finding("half and half is the lowest of three", found.lowest[:, rows].ravel())
    counting = np.broadcast_to(found.counting[:, None], found.both.shape)
    for name, one, other in (
        ("half and half below the network", found.both, found.network),
        ("half and half below counting", found.both, counting),
        ("a second network below one", found.second, found.network),
    ):
        gap, error = found.below(one[:, rows], other[:, rows])
        claim = f"{name} by {gap:.3f} ± {error:.3f} (over splits); by run"
        yield finding(claim, (other - one)[:, rows].ravel(), 3)
    for name in ("with_counting", "with_second"):
        better, apart, alike = np.moveaxis(getattr(found, name)[:, rows], -1, 0)
        yield finding(
            f"{name}: % of symbols at which the network is better", 100 * better.ravel(), 0
        )
        yield finding(f"{name}: % at which one gives over twice the other", 100 * apart.ravel(), 0)
        yield finding(f"{name}: correlation of the losses", alike.ravel())


ABLATIONS = {"together": Ablation(together, 5)}
