"""What the tests of experiments on networks share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import torch

from dino.data import Encoded


def arrays(data: Encoded) -> Iterator[torch.Tensor]:
    """The inputs and the targets of some names."""
    return map(torch.from_numpy, data[:2])


def last(results: Iterable[tuple[float, np.ndarray | None]]) -> np.ndarray:
    """The last of what an experiment yields, and that its share rose to 1."""
    shares, values = zip(*((share, np.copy(value)) for share, value in results), strict=True)
    assert list(shares) == sorted(shares) and shares[-1] == 1
    return values[-1]
