"""What a server loads before anybody comes: PyTorch, plotly.js, the compiled kernels."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from dino.compiled.compiling import is_available, is_on_disk, is_ready, prepare_beside
from dino.jobs import Jobs
from dino.jobs.workers import load_pytorch
from dino.live.plotly_file import PlotlyFile

_log = logging.getLogger(__name__)
_loading = threading.Lock()


def warm_up(pool: Jobs, plotly: PlotlyFile | None = None) -> None:
    """Load all of it in threads of their own; visitors are served meanwhile."""
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
    """PyTorch, then the kernels; while these are compiled, use one worker fewer."""
    load_pytorch(_loading)
    if not is_available() or is_ready():
        return
    wanted = pool.workers.wanted
    if not is_on_disk():
        pool.workers.set_wanted(wanted - 1)
    try:
        prepare_beside()
    finally:
        pool.workers.set_wanted(wanted)
