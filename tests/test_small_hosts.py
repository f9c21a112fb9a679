"""How the load test bounds a server's share of a core, and the table of small hosts."""

import json
import os
import subprocess
import sys

import pytest
from load import quota, table
from load.small_hosts import Host
from waiting import in_thread, run_async

BURN = """
import sys, time
sys.path.insert(0, sys.argv[1])
from dino import machine
began, worked = time.perf_counter(), time.process_time()
while time.perf_counter() - began < 1.5:
    pass
print(machine.cores(), (time.process_time() - worked) / 1.5)
"""
ROOT = table.ROOT
CI = os.environ.get("CI")  # there what is missing is a failure


def burnt(cores):
    """The cores that a busy process sees, and those that it had."""
    with quota.bounded(cores) as bound:
        command = bound.command([sys.executable, "-c", BURN, str(ROOT)])
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        bound.watch(process.pid)
        seen, had = map(float, process.communicate()[0].split())
        bound.release()
    assert bound.group is None or not bound.group.exists()  # nothing stays behind
    assert bound.limiter is None
    return bound.how, seen, had


@pytest.mark.skipif(not (quota.way() or CI), reason=f"takes {quota.NEEDED}")
def test_a_server_gets_its_share_of_a_core_and_no_more():
    how, seen, had = burnt(0.3)
    assert had < 0.45
    if how == "cgroup":  # then the app knows, too
        assert seen == pytest.approx(0.3)


@pytest.mark.skipif(not (quota.shutil.which("cpulimit") or CI), reason="cpulimit is not installed")
def test_where_no_group_can_be_made_cpulimit_bounds_it(monkeypatch):
    monkeypatch.setattr(quota, "new_group", lambda _: None)
    how, _, had = burnt(0.3)
    assert how == "cpulimit" and had < 0.6  # it looks ten times a second


def test_where_neither_is_possible_that_is_said(monkeypatch):
    monkeypatch.setattr(quota, "new_group", lambda _: None)
    monkeypatch.setattr(quota.shutil, "which", lambda _: None)
    assert quota.way() == ""
    with pytest.raises(RuntimeError, match="cpulimit"), quota.bounded(0.5):
        pass
    with quota.bounded(None) as bound:
        assert bound.command(["a"]) == ["a"]


ROW = {
    **Host(0.25, 690)._asdict(),
    "visitors": 10,
    "page_ms": {"n": 9, "p50": 1234.0, "max": 3900.0},
    "first_curve_ms": {"n": 1, "p50": 700.0, "max": 700.0},
    "click_ms": {"n": 20, "p50": 90.0, "p95": 456.0},
    "moving": "9 of 10",
    "memory_mb_used": 431,
    "newcomers": 9,
    "opened": 9,
    "trained": 8,
    "unanswered": 0,
    "waiting": 1,
    "slow_engine": 0,
    "late_ms": 3.0,
}


def test_a_row_has_its_figures_and_says_what_gave_way():
    cells = table.table([ROW]).splitlines()[-1].strip("| ").split(" | ")
    assert cells[:3] == ["0.25", "690 MB", "10"]
    assert cells[3:7] == ["1.2, most 3.9 s", "0.7 s", "0.46 s", "431 MB"]
    assert "1 newcomers saw no curve" in cells[7] and "1 wait in line" in cells[7]
    assert "9 of 10 curves" in cells[7] and "late" not in cells[7]
    fine = {**ROW, "trained": 9, "waiting": 0, "moving": "10 of 10"}
    assert table.table([fine]).endswith("| nothing |")


def test_a_measurement_that_was_ended_goes_on_where_it_stopped(tmp_path, monkeypatch, capsys):
    asked = []

    async def measure(host, app, limit):
        asked.append(host)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return [{**ROW, **host._asdict()}]

    monkeypatch.setattr(table, "measure", measure)
    monkeypatch.setattr(table, "way", lambda: "cgroup")
    results = tmp_path / "results.jsonl"
    with pytest.raises(KeyboardInterrupt):
        in_thread(table.main, ["--results", str(results)])
    results.write_text(results.read_text() + '{"cores": 0.1, "mem')  # the machine was switched off
    assert in_thread(table.main, ["--results", str(results)]) == 0
    hosts = [Host(cores, memory) for memory in table.MEMORY_MB for cores in table.CORES]
    assert [*asked[:2], *asked[3:]] == hosts  # each of them once
    assert len(capsys.readouterr().out.splitlines()) == 2 + len(hosts)
    assert in_thread(table.main, ["--results", str(results)]) == 0
    assert len(asked) == len(hosts) + 1


def test_what_a_host_could_not_bear_is_said_and_takes_no_longer_than_its_limit(monkeypatch):
    class Nowhere(Host):
        def server(self, stage):
            raise RuntimeError("no such host")

    rows = run_async(table.measure(Nowhere(0.1, 690), ROOT / "app.py", 5.0))
    assert [row["visitors"] for row in rows] == list(table.GROUPS)
    assert "RuntimeError: no such host" in rows[-1]["why"]
    assert all(table.table([row]) for row in rows) and json.dumps(rows)


def test_the_whole_table_takes_at_most_25_minutes():
    assert len(table.MEMORY_MB) * sum(table.LIMIT[cores] for cores in table.CORES) <= 25 * 60
    assert table.WORK * len(table.GROUPS) < min(table.LIMIT.values()) / 2
