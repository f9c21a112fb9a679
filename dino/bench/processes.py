"""The processes of the benchmark: one for each library, and fresh ones that measure start-up."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from dino.bench.worker import ENGINE, Answer
from dino.machine import threads

ROOT = Path(__file__).resolve().parents[2]
ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "MKL_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "TF_NUM_INTRAOP_THREADS",
        "TF_NUM_INTEROP_THREADS",
    ),
    "1",
)
# These make the matrix products of numpy and numba use code for an older processor.
FORCED = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
FIRST_UPDATE = (
    "from dino.config import Config; from dino.data import load; "
    "from dino.train import Trainer; Trainer(Config(engine={!r}), load()).step()"
)
STARTS = {
    "python": "pass",
    "torch": "import torch",
    "dino.train": "import dino.train",
    "first update by PyTorch": FIRST_UPDATE.format("torch"),
    "first update compiled": FIRST_UPDATE.format(ENGINE),
}
PRINT_MEMORY = """
try:
    import resource, sys
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(most / (2**20 if sys.platform == "darwin" else 2**10))
except ImportError:
    print("nan")
"""


class Broken(ValueError):
    """A process of the benchmark has ended, or could not do its task."""


class WorkerProcess:
    """A library's process. It does one task after another; request and answer are JSON lines."""

    def __init__(self, library: str) -> None:
        paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
        self.library = library
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dino.bench.worker"],
            env=environment() | {"PYTHONPATH": os.pathsep.join(filter(None, paths))},
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def ask(self, task: str, **details: Any) -> Answer:
        """Run one of the `WorkerTasks` in it. Raises Broken if that fails."""
        assert self.process.stdin is not None and self.process.stdout is not None
        try:
            print(json.dumps([task, details]), file=self.process.stdin, flush=True)
            line = self.process.stdout.readline()
        except OSError:
            line = ""
        answer: Answer = json.loads(line) if line else {"error": "it ended"}
        if "error" in answer:
            raise Broken(f"The {self.library} process broke off: {answer['error']}.")
        return answer

    def close(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.communicate()


def environment() -> dict[str, str]:
    """The environment of every process here: one thread, and nothing forced on OpenBLAS."""
    return {name: value for name, value in os.environ.items() if name not in FORCED} | ONE_THREAD


def start_once(code: str) -> tuple[float, float]:
    """Wall-clock seconds and megabytes that a fresh process takes to run `code`; megabytes are NaN
    if the system does not report them.
    """
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code + PRINT_MEMORY],
        env=environment(),
        text=True,
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
    )
    return time.perf_counter() - began, float(done.stdout or "nan")


def load_average() -> float | None:
    """The load average of the last minute; None if the system does not report it."""
    return float(f"{os.getloadavg()[0]:.4g}") if hasattr(os, "getloadavg") else None


def describe_machine() -> dict[str, Any]:
    """The machine that the benchmark runs on, and whether other programs run there too."""
    versions: dict[str, str | None] = {}
    for name in ("torch", "numpy", "numba", "tensorflow"):
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = None
    before = load_average()
    return {
        "cpu": processor_name(),
        "cores": threads(),
        "python": platform.python_version(),
        **versions,
        "left_out": [name for name in FORCED if name in os.environ],
        "load_before": before,
        "other_load": before is not None and before > 0.3,
    }


def processor_name() -> str:
    """The processor's name, if the system states it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
