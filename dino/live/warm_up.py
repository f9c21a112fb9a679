"""What a server loads before anybody comes: PyTorch, plotly.js, the compiled kernels."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from dino.compiled.compiling import available, kept, prepare_beside, ready
from dino.jobs import Jobs
from dino.jobs.pool import load_pytorch
from dino.live.plotly_file import PlotlyFile

_log = logging.getLogger(__name__)
_loading = threading.Lock()


def warm_up(pool: Jobs, plotly: PlotlyFile | None = None) -> None:
    """Load all of it in threads of their own; whoever comes meanwhile is served all the same."""
    steps: list[Callable[[], object]] = [lambda: load_kernels(pool)]
    if plotly is not None:
        steps.append(plotly.load)
    for step in steps:
        threading.Thread(target=_quietly, args=(step,), name="warm-up", daemon=True).start()


def _quietly(step: Callable[[], object]) -> None:
    try:
        step()
    except Exception:  # the server works without it
        _log.exception("a part of the server's start failed")


def load_kernels(pool: Jobs) -> None:
    """PyTorch, then the kernels; while these are compiled the pool works with a worker less."""
    load_pytorch(_loading)
    if not available() or ready():
        return
    every = pool.workers_wanted
    if not kept():
        pool.set_workers(every - 1)
    try:
        prepare_beside()
    finally:
        pool.set_workers(every)
