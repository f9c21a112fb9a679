"""Machine code on disk: a change of any file runs new code, and old folders are removed."""

import itertools
import os
import shutil
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from waiting import PATIENCE, TOTAL, wait_for

from dino.compiled import compiling, jit, tries
from dino.config import Config
from dino.experiments.member import train_member
from dino.experiments.plan import make_plan
from dino.jobs import Jobs, limits
from dino.jobs.kept_runs import RunEntry
from dino.live.server_process import load_kernels, room_and_a_core
from dino.live.status_text import status
from dino.locale.sentences import Refusal
from dino.parts import finish
from dino.train import Trainer

pytestmark = [
    pytest.mark.xdist_group("compiled"),  # one worker compiles, once
    pytest.mark.skipif(not compiling.is_available(), reason="numba and scipy are not installed"),
]
ROOT = Path(__file__).parent.parent
# Each script prints a number that a kernel computes with code from another file.
EXP_IN_THE_LOSS = """
import numpy as np
from dino.compiled.layers import compute_cross_entropy
print(compute_cross_entropy(
    np.zeros((1, 2), "f"), np.zeros(1, np.int64), np.empty(2, "f"), np.empty(2, np.int32)))
"""
BLAS_IN_A_PRODUCT = """
import numpy as np
from dino.compiled.matrices import multiply
out = np.ones((1, 1), "f")
multiply(np.ones((1, 1), "f"), np.ones((1, 1), "f"), out, False)
print(out[0, 0])
"""


@pytest.fixture(params=["beside the files", "in NUMBA_CACHE_DIR"])
def copy(request, tmp_path, monkeypatch):
    """A copy of what the kernels need, whose machine code is kept in one of two places."""
    package = tmp_path / "copy" / "dino"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "dino" / "compiled", package / "compiled", ignore=ignored)
    (package / "__init__.py").touch()
    shutil.copy(ROOT / "dino" / "places.py", package)
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    if request.param == "in NUMBA_CACHE_DIR":
        monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "numba"))
    return package.parent


def run(code, folder):
    """What a new process prints that imports dino from this folder."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(folder)},
        check=True,
        timeout=PATIENCE,
    )
    return float(done.stdout)


def kept_code(folder):
    """How many kernels' machine code is on disk, anywhere beside the copy."""
    return len(list(folder.parent.rglob("*.nbc")))


@pytest.mark.long
@pytest.mark.parametrize(
    "code, file, old, new, before, after",
    [
        (
            EXP_IN_THE_LOSS,
            "elementwise.py",
            "out[i] *= two_to_the_k[i]",
            "out[i] *= two_to_the_k[i] * F(2)",
            0.6931,
            1.3863,
        ),
        (BLAS_IN_A_PRODUCT, "blas.py", "real(1.0), row_of_B", "real(3.0), row_of_B", 1, 3),
    ],
    ids=["a called kernel", "the call of BLAS"],
)
def test_a_change_in_another_file_runs_new_code(copy, code, file, old, new, before, after):
    assert run(code, copy) == pytest.approx(before, abs=1e-4)
    kept = kept_code(copy)
    assert kept > 0
    assert run(code, copy) == pytest.approx(before, abs=1e-4)
    assert kept_code(copy) == kept  # loaded, not compiled again
    path = copy / "dino" / "compiled" / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert run(code, copy) == pytest.approx(after, abs=1e-4)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A folder for machine code that is asked for as if for the first time."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "numba"))
    jit.make_cache_folder.cache_clear()
    yield tmp_path / "numba"
    jit.make_cache_folder.cache_clear()


BROKEN = """
import logging, sys, time
from dino.compiled import compiling
from dino.config import Config
from dino.data import load
from dino.jobs import Jobs
from dino.live.server_process import load_kernels, room_and_a_core

logging.basicConfig(stream=sys.stdout, format="%(message)s", level=logging.WARNING)
jobs, breaks = Jobs(2), []
compiling.tries.clock = lambda: sum(breaks)
load_kernels(jobs, breaks.append)
print(*breaks, jobs.workers.wanted)
job = jobs.create(Config(hidden_size=4, batch_size=2, max_steps=5), load())
job.play()
while not job.done:
    time.sleep(0.005)
print(compiling.is_ready(), compiling.is_on_disk(), job.run.engine, job.run.step, job.message)
"""


@pytest.mark.long
def test_kernels_that_do_not_compile_are_told_in_the_log_and_runs_stay_on_pytorch(
    tmp_path, monkeypatch
):
    ignored = shutil.ignore_patterns("__pycache__", "pages", "bench")
    shutil.copytree(ROOT / "dino", tmp_path / "dino", ignore=ignored)
    shutil.copytree(ROOT / "data", tmp_path / "data")
    (tmp_path / "dino" / "compiled" / "kernels.py").write_text("raise RuntimeError('no luck')\n")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "numba"))
    done = subprocess.run(
        [sys.executable, "-c", BROKEN],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    *told, waited, end = done.stdout.splitlines()
    *breaks, workers = map(float, waited.split())
    assert breaks == sorted(breaks) == list(tries.BREAKS) and workers == 2
    assert len(told) == 1 + len(breaks)  # a line for each try, no traceback
    assert all("(try" in line and "RuntimeError: no luck" in line for line in told)
    assert told[0].endswith("tried again in 30 s") and told[-1].endswith("runs stay on PyTorch")
    assert end.split() == ["False", "False", "torch", "5"], done.stdout + done.stderr


@pytest.fixture
def compiler(cache, monkeypatch):
    """A compiler that does not end well, and the tries of a process that has made none.

    begun: the moments at which it began; now: seconds, as the tries' clock gives them.
    """
    compiler = SimpleNamespace(begun=[], now=1000.0, code=1)

    def begin(*_, **__):
        compiler.begun.append(compiler.now)
        return subprocess.CompletedProcess([], compiler.code, "", "no luck")

    monkeypatch.setattr(compiling, "tries", tries.Tries(lambda: compiler.now))
    monkeypatch.setattr(compiling, "ready", threading.Event())
    monkeypatch.setattr(compiling, "prepare", lambda: pytest.fail("it compiles in the server"))
    monkeypatch.setattr(compiling, "run_while_it_works", begin)
    return compiler


def ask(match):
    """Ask for the kernels as a run does whose recipe needs them."""
    with pytest.raises(Refusal, match=match):
        list(compiling.prepare_in_parts())


def test_who_asks_for_kernels_that_failed_is_told_when_they_are_tried_again(compiler, caplog):
    ask("The next try can begin in 1 minute. Until then, runs trained on the kernels wait, and ")
    wait_for(lambda: "no luck" in caplog.text, "the log")
    assert "Traceback" not in caplog.text


@pytest.mark.long
def test_a_crowd_that_asks_for_the_kernels_keeps_to_the_breaks(compiler):
    for _ in range(3 * 120):  # every half a minute, for three hours
        ask("could not be compiled")
        compiler.now += 30
    pauses = [after - before for before, after in itertools.pairwise(compiler.begun)]
    assert pauses == [*tries.BREAKS, tries.BREAKS[-1]]


def test_a_break_ends_as_it_was_said(compiler):
    ask("in 1 minute")
    compiler.now += 30
    ask("in 2 minutes")
    compiler.now += 45
    ask("in 2 minutes")
    compiler.now += 20
    ask("in 1 minute")
    assert len(compiler.begun) == 2


@pytest.mark.parametrize("code", [1, -9])
def test_a_server_tries_after_each_break_also_where_a_run_has_tried_before_it(compiler, code):
    compiler.code = code  # -9: the system ended it, for example because memory ran out
    jobs = Jobs(2)

    def rest(seconds):
        compiler.now += seconds
        ask("could not be compiled")  # a run is first, each time

    try:
        load_kernels(jobs, rest)
    finally:
        jobs.close()
    pauses = [after - before for before, after in itertools.pairwise(compiler.begun)]
    assert pauses == list(tries.BREAKS) and jobs.workers.wanted == 2


@pytest.fixture
def server(compiler, monkeypatch):
    """A function that makes a server of so much memory.

    free: of the server, and how many workers take turns, each time the compiler is at work.
    """
    servers = []

    def serve(memory, resident=lambda: 0, **how):
        server = Jobs(2, memory=memory, resident=resident, **how)
        begin = compiling.run_while_it_works
        server.free = []
        servers.append(server)

        def look(*how, **more):
            server.free.append((server.memory.free_bytes([]), server.workers.wanted))
            return begin(*how, **more)

        monkeypatch.setattr(compiling, "run_while_it_works", look)
        return server

    yield serve
    for server in servers:
        server.close()


NEEDED = limits.BASE_BYTES + tries.COMPILER_BYTES - limits.KERNELS_BYTES


def test_the_compiler_begins_where_there_is_room_and_its_memory_counts(compiler, server, caplog):
    lent = []
    jobs = server(NEEDED, lambda: lent.append(jobs.memory.lent) or 0)
    jobs.memory.names = 1

    def rest(seconds):
        compiler.now += seconds
        if not jobs.free and compiler.now > 1000 + 10 * tries.NO_ROOM:
            assert [it.getMessage() for it in caplog.records] == [
                "the kernels could not be compiled: no room for the compiler, which takes 310 MB; "
                "tried again in 30 s"
            ]
            assert lent and not any(lent)  # nobody else saw a loan that was refused
            jobs.memory.names = 0  # a page has gone

    load_kernels(jobs, rest)
    assert jobs.free == [(0, 1)] * (1 + len(tries.BREAKS)) and compiler.begun[0] > 1300
    assert jobs.memory.lent == 0 and jobs.workers.wanted == 2


def test_the_loan_ends_before_the_kernels_are_loaded(compiler, server, monkeypatch):
    jobs, loaded = server(NEEDED), []
    compiler.code = 0
    monkeypatch.setattr(compiling, "is_ready", lambda: bool(loaded))
    monkeypatch.setattr(
        compiling, "prepare", lambda: loaded.append((jobs.memory.lent, jobs.workers.wanted))
    )
    load_kernels(jobs, pytest.fail)
    assert jobs.free == [(0, 1)] and loaded == [(0, 2)]


def test_the_compiler_gives_way_to_runs_that_wait_for_its_memory_and_to_no_others(
    compiler, server, corpus
):
    jobs = server(NEEDED, clock=lambda: compiler.now)
    recipe = Config(hidden_size=64, batch_size=8, max_steps=10_000)
    with room_and_a_core(jobs, tries.COMPILER_BYTES) as has_room:
        assert has_room and jobs.memory.free_bytes([]) == 0
        gives_way = compiling.tries.gives_way
        for engine in ("compiled", "auto"):
            assert not gives_way()
            job = jobs.create(recipe.replace(engine=engine), corpus, owner="a")
            job.play()
            wait_for(lambda it=job: it.phase == "waiting", "a place in the line")
            compiler.now += tries.NO_ROOM - 1
            assert not gives_way()
            compiler.now += 2
        assert gives_way()
        job.pause()
        wait_for(lambda: not gives_way(), "a line without it")
    assert jobs.memory.lent == 0 and not gives_way()


def test_what_is_soon_made_again_makes_way_for_the_compiler(compiler, server, corpus):
    jobs = server(NEEDED)
    finish(jobs.counts.count(corpus, 3))
    jobs.memory.names = 1
    with pytest.raises(tries.NoRoom):
        load_once(jobs)
    assert jobs.counts.nbytes  # that would not have been enough
    jobs.memory.names = 0
    compiler.now += tries.NO_ROOM
    with pytest.raises(tries.NotCompiled, match="no luck"):
        load_once(jobs)
    assert jobs.free == [(0, 1)] and not jobs.counts.nbytes


def test_a_run_that_asks_for_the_kernels_is_told_that_memory_is_missing(compiler, server, caplog):
    compiling.tries.lend = partial(room_and_a_core, jobs := server(NEEDED))
    jobs.memory.names = 1
    for _ in range(3):  # the second one in the break after the first
        ask("no memory for compiling the kernels now, so the training waits. With the engine “PyT")
        compiler.now += 0.6 * tries.NO_ROOM
    jobs.memory.names = 0
    compiler.now += tries.NO_ROOM
    assert not caplog.records and not compiler.begun
    ask("could not be compiled. The next try can begin in 1 minute")
    assert len(compiler.begun) == 1
    wait_for(lambda: "no luck" in caplog.text, "the log")


@pytest.fixture
def loaded(kernels):
    """The kernels are in this process, whatever a test says of them afterwards."""
    compiling.prepare()


def begin(jobs, corpus, is_experiment):
    """A run, or an experiment of two, that asks for the kernels."""
    config = Config(engine="compiled", hidden_size=4, batch_size=2, max_steps=5)
    if is_experiment:
        plan = make_plan(config, ["cell=rnn,gru"], 1, 1)
        return jobs.begin_experiment(plan, lambda seed: corpus, "mine")
    job = jobs.create(config, corpus)
    job.play()
    return job


def engines(job):
    """What trained a run, or each member of an experiment."""
    outcomes = getattr(job, "outcomes", None)
    return {job.run.engine} if outcomes is None else {it.engine for it in outcomes}


@pytest.mark.parametrize("is_experiment", [False, True])
def test_a_run_on_the_kernels_waits_until_there_is_memory_for_their_compiler(
    loaded, compiler, server, corpus, monkeypatch, is_experiment
):
    monkeypatch.setattr(tries, "NO_ROOM", 0.05)  # it is asked for again by the real clock
    compiling.tries.lend = partial(room_and_a_core, jobs := server(NEEDED))
    jobs.memory.names = 1
    job = begin(jobs, corpus, is_experiment)
    wait_for(lambda: job.waits_for, "the wait")
    assert "no memory for compiling the kernels now, so the training waits" in str(job.waits_for)
    assert job.running and not job.failed and not compiler.begun
    if not is_experiment:
        assert str(job.waits_for) == status(job, None, True)[0][0]
        job.pause()
        wait_for(lambda: job.settled, "the pause")
        assert "waits" not in status(job, None, True)[0][0]
        job.play()
    compiling.ready.set()  # what it waits for
    wait_for(lambda: job.done, "the run")
    assert not job.failed and not job.waits_for and engines(job) == {"compiled"}


@pytest.mark.parametrize("is_experiment", [False, True])
def test_where_there_is_never_memory_for_their_compiler_pytorch_trains(
    compiler, server, corpus, monkeypatch, is_experiment
):
    monkeypatch.setattr("dino.live.server_process.dies_together", lambda: True)
    load_kernels(jobs := server(NEEDED - 1), pytest.fail)
    job = begin(jobs, corpus, is_experiment)
    wait_for(lambda: job.done and job.settled, "the run")
    assert not job.failed and engines(job) == {"torch"} and not compiler.begun
    if not is_experiment:
        assert "memory is too small for compiling the kernels" in status(job, None, True)[-1][0]


@pytest.mark.parametrize("code", [1, -9])
@pytest.mark.parametrize("is_experiment", [False, True])
def test_where_the_kernels_cannot_be_compiled_pytorch_trains_and_says_so(
    compiler, server, corpus, is_experiment, code
):
    compiler.code = code
    job = begin(jobs := server(NEEDED), corpus, is_experiment)
    wait_for(lambda: job.done and job.settled, "the run")
    assert not job.failed and engines(job) == {"torch"} and len(compiler.begun) == 1
    if is_experiment:
        assert job.lacks_kernels and job.plan.config.engine == "torch"  # as its report has it
        assert {it.config["engine"] for it in job.outcomes} == {"torch"}
        assert job.asked.config.engine == "compiled"
        alone = [train_member(it.config, corpus.cleaned) for it in job.members]
        assert [it.loss for it in job.outcomes] == [it.loss for it in alone]
    else:
        words = "The kernels could not be compiled, so this run uses PyTorch."
        assert status(job, None, True)[-1][0].endswith(words)
        alone = jobs.create(job.config.replace(engine="torch"), corpus)
        alone.play()
        wait_for(lambda: alone.done and alone.settled, "the same on PyTorch")
        assert job.run.engines == ((0, "torch"),)
        assert job.run.losses.tolist() == alone.run.losses.tolist()
        assert "kernels" not in str(status(alone, None, True))


def test_a_run_that_says_why_it_is_on_pytorch_says_it_while_it_trains(compiler, server, corpus):
    job = server(NEEDED).create(Config(engine="compiled", hidden_size=4, batch_size=2), corpus)
    job.set_pace("watch")
    job.play()
    wait_for(lambda: job.run is not None and job.run.step > 0, "an update")
    said = "".join(part for part, _ in status(job, None, True))
    assert job.running and said.endswith(
        " · The kernels could not be compiled, so this run uses PyTorch."
    )


def test_a_run_that_was_trained_on_the_kernels_waits_until_they_are_there(
    loaded, compiler, server, corpus, monkeypatch
):
    monkeypatch.setattr(tries, "NO_ROOM", 0.05)  # it is asked for again by the real clock
    config = Config(engine="compiled", hidden_size=4, batch_size=2, max_steps=6)
    compiling.ready.set()
    trainer = Trainer(config, corpus)
    trainer.advance(3)
    compiling.ready.clear()
    trainer.settle()
    entry = RunEntry(1, "token", trainer.run(), corpus, {}, trainer.pack(), "mine")
    job = server(NEEDED).adopt(entry)
    job.play()
    wait_for(lambda: job.waits_for, "the wait")
    assert "runs trained on the kernels wait" in str(job.waits_for)
    assert job.running and not job.failed and job.run.step == 3
    compiling.ready.set()
    wait_for(lambda: job.done, "the run")
    assert not job.failed and job.run.engines == ((0, "compiled"),)


def test_kernels_that_do_not_load_are_compiled_again_after_a_break(compiler, monkeypatch, caplog):
    broken = []

    def load():
        if broken:
            raise broken[0]
        compiling.note_on_disk()
        compiling.ready.set()

    def compile_all(*_, **__):
        compiler.begun.append(compiler.now)
        compiling.note_on_disk()
        return subprocess.CompletedProcess([], 0, "", "")

    compiling.note_on_disk()
    monkeypatch.setattr(compiling, "prepare", load)
    monkeypatch.setattr(compiling, "run_while_it_works", compile_all)
    broken.append(EOFError("Ran out of input"))
    for _ in range(2):  # the second one in the break after the first
        ask("could not be compiled. The next try can begin in 1 minute")
    assert not compiling.is_on_disk() and not compiler.begun
    assert caplog.text.count("Traceback") == 1 and "Ran out of input" in caplog.text
    broken.clear()
    compiler.now += tries.BREAKS[0]
    list(compiling.prepare_in_parts())
    assert compiling.is_ready() and len(compiler.begun) == 1


def load_once(jobs):
    """One try of this server."""
    compiling.tries.lend = partial(room_and_a_core, jobs)
    compiling.prepare_beside()


@pytest.mark.parametrize("dies_together", [False, True])
def test_a_server_that_never_has_room_compiles_unless_that_could_end_it(
    compiler, server, caplog, monkeypatch, dies_together
):
    monkeypatch.setattr("dino.live.server_process.dies_together", lambda: dies_together)
    jobs, breaks = server(NEEDED - 1), []

    def rest(seconds):
        breaks.append(seconds)
        compiler.now += seconds

    load_kernels(jobs, rest)
    records = caplog.records.copy()
    told = [it.getMessage() for it in records]
    assert "too small for the compiler of the kernels, which takes 310 MB" in told[0]
    if dies_together:
        assert told[0].endswith("runs stay on PyTorch") and len(told) == 1
        assert not compiler.begun and not breaks
        assert not compiling.is_available() and not compiler.begun and caplog.records == records
    else:  # nobody waits for what it takes
        assert jobs.free == [(jobs.memory.capacity, 1)] * (1 + len(tries.BREAKS))
        assert len(told) == 1 + len(jobs.free) and "no luck" in told[-1]


COUNTED = """
import sys, time
from dino.compiled.compiling import bound_compiler
bound_compiler(processor_seconds=1)
began = time.perf_counter()
while time.perf_counter() - began < float(sys.argv[1]):
    time.sleep(1.1) if len(sys.argv) > 2 else None
print("ended by itself")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no bound of processor time there")
@pytest.mark.parametrize("arguments, ends", [(["60"], False), (["1", "asleep"], True)])
def test_the_compiler_is_bounded_byprocessor_time_and_not_by_the_clock(arguments, ends):
    done = subprocess.run(
        [sys.executable, "-c", COUNTED, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert (done.returncode == 0) is ends
    assert done.stdout.strip() == ("ended by itself" if ends else "")


ASLEEP = "import time; time.sleep(600)"
AT_WORK = """
import sys, time
while time.process_time() < 2.0:
    pass
sys.exit("done: " + sys.argv[0])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says how much a process works")
def test_a_compiler_that_does_nothing_is_ended_and_one_that_works_is_not():
    done = compiling.run_while_it_works([sys.executable, "-c", AT_WORK], 1.5, 0.1)
    assert (done.returncode, done.stderr.strip()) == (1, "done: -c")
    with pytest.raises(tries.NotCompiled, match="did nothing for 0.5 s"):
        compiling.run_while_it_works([sys.executable, "-c", ASLEEP], 0.5, 0.1)


def test_a_compiler_that_gives_way_is_ended_and_that_is_no_failure():
    asked, found = [], tries.Tries(lambda: 5.0)

    def gives_way():
        asked.append(1)
        return len(asked) > 2

    with pytest.raises(tries.NoRoom, match="runs waited"), found.one():
        compiling.run_while_it_works([sys.executable, "-c", ASLEEP], 60, 0.1, gives_way)
    assert len(asked) == 3 and found.failed == 0
    assert found.seconds_left() == tries.NO_ROOM
    assert "no memory for compiling" in str(found.refusal())


def test_where_the_system_does_not_say_how_much_it_works_the_clock_ends_it(monkeypatch):
    monkeypatch.setattr(compiling, "processor_time", lambda pid: None)
    monkeypatch.setattr(compiling, "STUCK", 0.5)
    with pytest.raises(tries.NotCompiled, match="was not done after 0.5 s"):
        compiling.run_while_it_works([sys.executable, "-c", AT_WORK.replace("2.0", "60")], 0.1, 0.1)


def test_a_compiler_that_is_ended_is_told_in_one_line(compiler):
    compiler.code = -9
    with pytest.raises(tries.NotCompiled, match="ended by signal 9: it had 600 s of a proc"):
        compiling.prepare_beside()


def test_where_no_process_can_be_started_the_kernels_are_compiled_here(cache, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError("no processes here")

    called = []
    monkeypatch.setattr(compiling, "tries", tries.Tries())
    monkeypatch.setattr(compiling, "is_ready", lambda: bool(called))
    monkeypatch.setattr(compiling, "prepare", lambda: called.append("here"))
    monkeypatch.setattr(subprocess, "Popen", refuse)
    compiling.prepare_beside()
    assert called == ["here"]


@pytest.mark.long
def test_tries_that_are_ended_early_get_all_kernels_done_together(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    kept = [{}]
    for more in (1, 3, None):  # new kernels after which a try is ended; the last one ends by itself
        compiler = subprocess.Popen([sys.executable, "-m", "dino.compiled.compiling"], cwd=ROOT)
        try:
            if more is None:
                assert compiler.wait() == 0  # it bounds its own time
            else:
                wanted = len(kept[-1]) + more
                wait_for(lambda n=wanted: len(kernels_in(tmp_path)) >= n, "a new kernel", TOTAL)
                assert compiler.poll() is None  # one try is not enough
        finally:
            compiler.kill()
            compiler.wait()
        kept.append(kernels_in(tmp_path))
        assert kept[-2].items() <= kept[-1].items()  # it compiles none again
    assert len(kept[-1]) > len(kept[-2]) and compiling.is_on_disk()


def kernels_in(folder):
    """When each kernel in a folder was written."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*.nbc")}


def test_older_folders_are_removed_and_those_of_others_are_not(cache):
    folder = jit.make_cache_folder()
    assert folder.parent == cache and folder.name == jit.cache_name()
    place, python, text = folder.name.rsplit("-", 2)
    older = cache / f"{place}-{python}-{'0' * len(text)}"
    others = [
        cache / f"{place}-py00-{text}",
        cache / f"dino-kernels-00000000-{python}-{text}",
        cache / "numba_0",
    ]
    for path in (older, *others):
        path.mkdir()
        (path / "kernels.nbc").touch()
    jit.remove_older_folders()
    assert set(cache.iterdir()) == {folder, older, *others}  # it may still be in use
    for path in (folder, older, *others):
        for each in (*path.iterdir(), path):
            os.utime(each, (0, 0))
    jit.remove_older_folders()
    assert set(cache.iterdir()) == {folder, *others}


def test_the_name_changes_with_every_file(tmp_path, monkeypatch):
    shutil.copytree(jit.HERE, tmp_path / "compiled", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(jit, "HERE", tmp_path / "compiled")
    names = {jit.cache_name()}
    files = sorted((tmp_path / "compiled").glob("*.py"))
    for file in files:
        file.write_text(file.read_text(encoding="utf-8") + "\n", encoding="utf-8")
        names.add(jit.cache_name())
    assert len(names) == 1 + len(files) > 8


def test_where_nothing_can_be_written_nothing_is_kept_and_kernels_compile_all_the_same(
    cache, monkeypatch
):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert jit.find_cache_folder() is None and jit.make_cache_folder() is None
    assert not compiling.is_on_disk()

    @jit.jit
    def add_one(x):
        return x + 1

    assert add_one(1) == 2
    assert not cache.exists()


def test_a_read_only_folder_of_the_files_leaves_the_users_cache(tmp_path, monkeypatch):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    assert jit.find_cache_folder().parent == jit.HERE / "__pycache__"
    access = os.access
    monkeypatch.setattr(
        os,
        "access",
        lambda path, mode: jit.HERE not in (path, *path.parents) and access(path, mode),
    )
    assert jit.find_cache_folder() == tmp_path / "home" / "dino" / jit.cache_name()


def test_kernels_are_on_disk_once_that_is_noted_for_the_text_of_now(cache, monkeypatch):
    assert not compiling.is_on_disk()
    compiling.note_on_disk()
    assert compiling.is_on_disk()
    monkeypatch.setattr(jit, "cache_name", lambda: "another text")
    assert not compiling.is_on_disk()


def test_kernels_for_a_kind_of_processor_are_on_disk_for_each_of_them(cache, monkeypatch):
    monkeypatch.setenv("NUMBA_CPU_NAME", "x86-64-v3")
    compiling.note_on_disk()
    with monkeypatch.context() as elsewhere:
        read = compiling.Path.read_text
        elsewhere.setattr(
            compiling.Path,
            "read_text",
            lambda it, *how, **more: (
                "model name : another one" if it.name == "cpuinfo" else read(it, *how, **more)
            ),
        )
        assert compiling.is_on_disk()
        elsewhere.setenv("NUMBA_CPU_FEATURES", "+avx512f")
        assert not compiling.is_on_disk()
    monkeypatch.delenv("NUMBA_CPU_NAME")
    assert not compiling.is_on_disk()
