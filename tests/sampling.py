"""Parameters of which the README's line tries some; where DINO_LONG=1 is set, all are tried."""

from collections.abc import Iterable
from typing import Any

import pytest


def one_in(n: int, values: Iterable[Any]) -> list[Any]:
    """Each value as a parameter: the first and every n-th after it always run, others are long."""
    return [
        pytest.param(*(it if type(it) is tuple else (it,)), marks=[pytest.mark.long] * bool(i % n))
        for i, it in enumerate(values)
    ]
