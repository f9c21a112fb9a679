"""Kernels that truly cannot be compiled or loaded: PyTorch trains, in a server and in a command."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import TOTAL, wait_for

from dino.compiled import compiling

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not compiling.is_available(), reason="numba and scipy are not installed"),
    pytest.mark.skipif(sys.platform != "linux", reason="its bounds and its processes"),
]
ROOT = Path(__file__).parent.parent
FULL = 4096  # bytes of a file: a bound that stands for a full disk
SERVER = """
import logging, resource, sys, time
from dino.config import Config
from dino.data import load
from dino.experiments.plan import make_plan
from dino.jobs import Jobs
from dino.live.server_process import room_and_a_core
from dino.live.status_text import status

logging.basicConfig(stream=sys.stderr, format="%(message)s", level=logging.WARNING)
if len(sys.argv) > 1:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
jobs, corpus = Jobs(2), load()
config = Config(engine="compiled", hidden_size=4, batch_size=2, max_steps=5)
job = jobs.create(config, corpus)
job.play()
while not (job.done and job.settled):
    time.sleep(0.005)
said = "".join(words for words, _ in status(job, None, True))
print(job.failed, job.run.engine, job.run.step, said)
plan = make_plan(config, ["cell=rnn,gru"], 1, 1)
experiment = jobs.begin_experiment(plan, lambda seed: corpus, "mine")
while not experiment.done:
    time.sleep(0.005)
print(experiment.lacks_kernels, *{it.engine for it in experiment.outcomes})
"""
SAYS = "The kernels could not be compiled, so this run uses PyTorch."


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty folder for machine code, for all programs that a test starts."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "numba"))
    return tmp_path / "numba"


def started(*arguments, code=SERVER):
    """A program that runs this code."""
    command = [sys.executable, "-c", code, *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True)


def lines(program):
    """What it has printed when it is done, and its log."""
    try:
        out, log = program.communicate(timeout=TOTAL)
    finally:
        program.kill()
    assert program.returncode == 0, log
    return out.splitlines(), log


def test_where_the_disk_is_full_pytorch_trains(cache):
    said, log = lines(started(str(FULL)))
    assert said[0].startswith("False torch 5 ") and said[0].endswith(SAYS)
    assert said[1] == "True torch"
    (told,) = log.splitlines()  # once for the run and all members
    assert "could not be compiled: OSError" in told and "File too large" in told
    assert not list(cache.rglob("*.nb?"))  # a full disk keeps nothing of it


def test_where_the_compiler_is_killed_pytorch_trains_and_what_it_has_done_is_kept(cache):
    program = started()
    wait_for(lambda: list(cache.rglob("*.nbc")), "the first kernel", TOTAL)
    (compiler,) = children(program.pid)
    os.kill(compiler, signal.SIGKILL)
    said, log = lines(program)
    assert said[0].startswith("False torch 5 ") and said[0].endswith(SAYS)
    assert said[1] == "True torch" and "ended by signal 9" in log and "Traceback" not in log
    assert list(cache.rglob("*.nbc"))


def children(pid):
    """The programs that a process has started."""
    found = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(it) for path in found for it in path.read_text().split()]


COMMAND = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, ({FULL}, {FULL}))
from dino.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


def test_a_command_whose_kernels_cannot_be_compiled_trains_on_pytorch_and_says_why(cache, tmp_path):
    tiny = ("--hidden-size", "4", "--max-steps", "5", "--json")
    out, log = lines(started("train", "--engine", "compiled", *tiny, code=COMMAND))
    assert '"engine": "torch"' in "".join(out) and "Traceback" not in log
    assert "dino: The kernels could not be compiled, so this run uses PyTorch: OSError" in log
    how = ["--vary", "cell=rnn,gru", "--seeds", "1", "--splits", "1", "--no-exam", "--jobs", "1"]
    how += ["--runs", "none", "--out", str(tmp_path / "sweep")]
    out, log = lines(started("sweep", *how, *tiny, code=COMMAND))
    assert "dino: The kernels could not be compiled, so all members use PyTorch: OSError" in log
    assert "Traceback" not in log and '"compiled"' not in "".join(out)
    assert '"engine": "torch"' in (tmp_path / "sweep" / "sweep.json").read_text()


def test_kernels_on_disk_that_cannot_be_read_are_removed_and_pytorch_trains(cache):
    some = subprocess.Popen([sys.executable, "-m", "dino.compiled.compiling"], cwd=ROOT)
    wait_for(lambda: list(cache.rglob("*.nbc")), "the first kernel", TOTAL)
    some.kill()
    some.wait()
    lines(started(code="from dino.compiled import compiling; compiling.note_on_disk()"))
    for path in cache.rglob("*.nbc"):
        path.write_bytes(path.read_bytes()[:100])
    said, log = lines(started())
    assert said[0].startswith("False torch 5 ") and said[0].endswith(SAYS)
    assert "Traceback" in log and log.count("the kernels failed to compile or load") == 1
    assert not list(cache.rglob("*.nb?"))
