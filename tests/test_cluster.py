"""A sweep on a Dask cluster: workers that are killed, are gone, or have no dino."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from concurrent.futures import Future
from contextlib import contextmanager

import pytest
from sources import ROOT
from waiting import PATIENCE, wait_for

from dino.__main__ import main
from dino.commands import sweep
from dino.config import DEFAULT
from dino.data import load_bundled
from dino.experiments import cluster
from dino.experiments.cluster import connect
from dino.experiments.folder import Folder
from dino.experiments.member import FAILED, Outcome, TrainedMember
from dino.experiments.parallel import MemberWorkers
from dino.experiments.plan import make_plan
from dino.locale.sentences import Refusal

pytestmark = [
    pytest.mark.long,
    pytest.mark.filterwarnings("default"),  # those of distributed are its own
]


@contextmanager
def dask_cluster(workers, **settings):
    """A Dask cluster of so many processes with one thread each."""
    import dask
    import distributed

    with (
        dask.config.set(settings),
        distributed.LocalCluster(
            n_workers=workers, threads_per_worker=1, dashboard_address=":0"
        ) as started,
    ):
        yield started


def six():
    """The recipes of six members by their numbers; number 1 is the GRU on split 0."""
    plan = make_plan(DEFAULT.replace(hidden_size=3, max_steps=1), ["cell=rnn,gru"], 1, 3)
    return {i: member.config for i, member in enumerate(plan.members())}


def result_of(work):
    """What `work` returns or raises; a TimeoutError where it waits for ever."""
    future = Future()

    def go():
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=go, daemon=True).start()
    return future.result(PATIENCE)


def trained_on(started, train):
    """What becomes of the six members on a cluster, by their numbers."""
    client = connect(started.scheduler_address)
    workers = MemberWorkers(train, load_bundled().cleaned, cluster=client)
    return result_of(lambda: {i: it.outcome for i, it in workers.train_members(six())})


def done(config, names):
    return TrainedMember(Outcome(config.as_dict(), "done", val_loss=1.0))


def test_a_member_whose_worker_is_killed_fails_alone():
    here = os.getpid()

    def train(config, names):  # pickled by value, as it is in no module that a worker has
        if config.cell == "gru" and config.split_seed == 0 and os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return TrainedMember(Outcome(config.as_dict(), "done", val_loss=1.0))

    once = {"distributed.scheduler.allowed-failures": 0}  # of those that wait for their turn, too
    with dask_cluster(1, **once) as started:
        found = trained_on(started, train)
    assert sorted(found) == list(range(6))
    assert [number for number, it in found.items() if it.status == FAILED] == [1]
    assert "its process ended" in found[1].message


def test_a_call_that_cannot_be_read_there_is_a_failed_member_with_the_reason():
    class Unreadable:
        """What the cluster fails to unpickle."""

        def __reduce__(self):
            return os.listdir, ("/nowhere",)

        def __call__(self, config, names):
            return done(config, names)

    with dask_cluster(1) as started:
        found = trained_on(started, Unreadable())
    assert sorted(found) == list(range(6))
    assert {it.status for it in found.values()} == {FAILED}
    assert all("Error" in it.message for it in found.values())


def test_where_the_scheduler_is_gone_the_sweep_ends_and_keeps_what_is_there(
    tmp_path, monkeypatch, capsys
):
    keep = Folder.keep

    def train(config, names, save):  # the second one never ends
        if config.cell == "gru":
            threading.Event().wait()
        return TrainedMember(Outcome(config.as_dict(), "done", val_loss=1.0))

    with dask_cluster(1) as started:

        def keep_and_close(folder, number, trained):
            keep(folder, number, trained)
            started.close()

        monkeypatch.setattr(Folder, "keep", keep_and_close)
        monkeypatch.setattr(sweep, "train_and_save", train)
        plan = ["--vary", "cell=rnn,gru", "--seeds", "1", "--splits", "2"]
        where = ["--scheduler", started.scheduler_address, "--out", str(tmp_path)]
        with pytest.raises(SystemExit) as caught:
            result_of(lambda: main(["sweep", *plan, *where]))
    assert caught.value.code == 2
    err = capsys.readouterr().err
    assert "dino: A sweep needs a scheduler and a worker" in err and "continues from here" in err
    assert len(list((tmp_path / "members").glob("*.json"))) == 1
    assert len((tmp_path / "sweep.csv").read_text().splitlines()) == 2


def test_where_every_worker_is_gone_the_sweep_ends(monkeypatch):
    monkeypatch.setattr(cluster, "DESERTED", 1)
    with dask_cluster(1) as started:
        client = connect(started.scheduler_address)
        started.scale(0)
        wait_for(lambda: not client.ncores(), "a cluster without workers")
        workers = MemberWorkers(done, load_bundled().cleaned, cluster=client)
        with pytest.raises(Refusal, match="or has no worker"):
            result_of(lambda: list(workers.train_members(six())))


def test_a_cluster_without_workers_is_refused(monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT", 1)
    with dask_cluster(0) as started, pytest.raises(Refusal, match="at least one worker"):
        connect(started.scheduler_address)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("none", "cannot load it .*No module named .dino"),
        ("another", "another version of its code"),
    ],
)
def test_a_worker_that_has_no_dino_or_another_version_is_refused(what, words, tmp_path):
    if what == "another":
        code = shutil.ignore_patterns("__pycache__", "static")
        shutil.copytree(ROOT / "dino", tmp_path / "dino", ignore=code)
        (tmp_path / "dino" / "more.py").write_text("")
    with dask_cluster(0) as started:
        command = [sys.executable, "-m", "distributed.cli.dask_worker", started.scheduler_address]
        worker = subprocess.Popen(
            [*command, "--no-nanny", "--no-dashboard"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": ""},
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_for(lambda: started.scheduler.workers, "a worker")
            with pytest.raises(Refusal, match=words):
                connect(started.scheduler_address)
        finally:
            worker.terminate()
            worker.wait(PATIENCE)


def test_a_scheduler_that_has_no_dino_is_refused(monkeypatch):
    import distributed

    def fail(client, function):
        raise ModuleNotFoundError("No module named 'dino'")

    with dask_cluster(1) as started:
        monkeypatch.setattr(distributed.Client, "run_on_scheduler", fail)
        address = started.scheduler_address
        with pytest.raises(Refusal, match=f"{address} cannot load it .*No module named .dino"):
            connect(address)
