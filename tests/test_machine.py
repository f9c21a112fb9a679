"""How many cores and how much memory a process may use, by made-up trees of control groups."""

from __future__ import annotations

import os
import re

import pytest
from sources import ROOT

from dino import machine
from dino.jobs import Jobs, limits

GROUPS = "sys/fs/cgroup"
MB = 2**20


@pytest.fixture
def host(tmp_path, monkeypatch):
    """A machine of eight cores and 16 GB whose files a test writes: `host({path: text})`."""
    monkeypatch.setattr(machine, "visible_cores", lambda: 8)
    monkeypatch.setattr(machine, "installed_memory", lambda: 16_000 * MB)

    def write(files):
        for path, text in files.items():
            file = tmp_path / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return tmp_path

    return write


def test_without_groups_it_is_what_the_machine_has(host):
    root = host({})
    assert machine.cores(root) == 8 and machine.threads(root) == 8
    assert machine.memory_bytes(root) == 16_000 * MB


def test_groups_without_limits_change_nothing(host):
    root = host(
        {
            "proc/self/cgroup": "4:cpu,cpuacct:/a\n3:memory:/a\n0::/a\n",
            f"{GROUPS}/a/cpu.max": "max 100000\n",
            f"{GROUPS}/a/memory.max": "max\n",
            f"{GROUPS}/cpu,cpuacct/a/cpu.cfs_quota_us": "-1\n",
            f"{GROUPS}/cpu,cpuacct/a/cpu.cfs_period_us": "100000\n",
            f"{GROUPS}/memory/a/memory.limit_in_bytes": "9223372036854771712\n",
        }
    )
    assert machine.cores(root) == 8 and machine.memory_bytes(root) == 16_000 * MB


LAYOUTS = {
    "version 2, as a container sees it": {
        "proc/self/cgroup": "0::/\n",
        f"{GROUPS}/cpu.max": "7800 100000\n",
        f"{GROUPS}/memory.max": f"{690 * MB}\n",
    },
    "version 2, the path is the host's, the files are the container's": {
        "proc/self/cgroup": "0::/kubepods/pod1/abc\n",
        f"{GROUPS}/cpu.max": "7800 100000\n",
        f"{GROUPS}/memory.max": f"{690 * MB}\n",
    },
    "version 2, the limit is two groups above": {
        "proc/self/cgroup": "0::/kube/pod/app/inner\n",
        f"{GROUPS}/kube/pod/cpu.max": "7800 100000\n",
        f"{GROUPS}/kube/pod/memory.max": f"{690 * MB}\n",
        f"{GROUPS}/kube/pod/app/inner/cpu.max": "400000 100000\n",
        f"{GROUPS}/kube/pod/app/inner/memory.max": f"{2700 * MB}\n",
    },
    "both versions at once": {
        "proc/self/cgroup": "1:name=systemd:/x\n0::/inner\n",
        f"{GROUPS}/unified/inner/cpu.max": "7800 100000\n",
        f"{GROUPS}/unified/inner/memory.max": f"{690 * MB}\n",
    },
    "version 1, two controllers in one folder": {
        "proc/self/cgroup": "5:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n",
        f"{GROUPS}/cpu,cpuacct/docker/abc/cpu.cfs_quota_us": "7800\n",
        f"{GROUPS}/cpu,cpuacct/docker/abc/cpu.cfs_period_us": "100000\n",
        f"{GROUPS}/memory/docker/memory.limit_in_bytes": f"{690 * MB}\n",
        f"{GROUPS}/memory/docker/abc/memory.limit_in_bytes": f"{800 * MB}\n",
    },
    "version 1, as a container sees it": {
        "proc/self/cgroup": "5:cpu:/docker/abc\n4:memory:/docker/abc\n",
        f"{GROUPS}/cpu/cpu.cfs_quota_us": "3900\n",
        f"{GROUPS}/cpu/cpu.cfs_period_us": "50000\n",
        f"{GROUPS}/memory/memory.limit_in_bytes": f"{690 * MB}\n",
    },
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_smallest_limit_up_the_tree_counts(host, layout):
    root = host(LAYOUTS[layout])
    assert machine.cores(root) == pytest.approx(0.078)
    assert machine.threads(root) == 1  # a small share of a core is still one worker
    assert machine.memory_bytes(root) == 690 * MB


@pytest.mark.parametrize(
    ("quota", "threads"), [("1", 1), ("50000", 1), ("100000", 1), ("150000", 2), ("200000", 2)]
)
def test_a_part_of_a_core_is_rounded_up(host, quota, threads):
    root = host({f"{GROUPS}/cpu.max": f"{quota} 100000\n"})
    assert machine.threads(root) == threads
    assert machine.slowness(root) == min(100, max(1, 100_000 / int(quota)))


@pytest.mark.parametrize("text, together", [("0\n", False), ("1\n", True), ("", False)])
@pytest.mark.parametrize("folder", ["", "/pods", "/pods/a"])
def test_whether_the_system_ends_a_group_as_a_whole_is_said_by_it_or_a_group_above(
    host, folder, text, together
):
    root = host({"proc/self/cgroup": "0::/pods/a\n", f"{GROUPS}/pods/a/memory.oom.group": "0\n"})
    assert not machine.dies_together(root)
    host({f"{GROUPS}{folder}/memory.oom.group": text})
    assert machine.dies_together(root) is together


@pytest.mark.parametrize("text", ["", "max", "0 0", "x y", "1 2 3", "-1 100000", "\x00"])
def test_files_that_say_nothing_are_passed_over(host, text):
    root = host(
        {
            "proc/self/cgroup": f"{text}\n0::/../..\n::\n",
            f"{GROUPS}/cpu.max": text,
            f"{GROUPS}/memory.max": text,
        }
    )
    assert machine.cores(root) == 8 and machine.memory_bytes(root) == 16_000 * MB


def test_a_process_that_may_run_on_one_core_has_one():
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("this system binds no process to a core")
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert machine.threads() == 1
    finally:
        os.sched_setaffinity(0, before)


def test_the_pool_and_its_memory_come_from_the_container(host, monkeypatch):
    monkeypatch.setattr("dino.jobs.pool.threads", lambda: 1)
    monkeypatch.setattr("dino.jobs.limits.memory_bytes", lambda: 690 * MB)
    monkeypatch.delenv(limits.MEMORY_VARIABLE, raising=False)
    jobs = Jobs()
    try:
        assert len(jobs.workers) == 1
        assert jobs.memory.limit == int(0.8 * 690 * MB)
    finally:
        jobs.close()


def test_no_other_module_counts_cores_by_itself():
    asked = re.compile(r"cpu_count|sched_getaffinity|SC_PHYS_PAGES")
    found = {
        path.relative_to(ROOT).as_posix()
        for folder in ("dino", "tests")
        for path in (ROOT / folder).rglob("*.py")
        if asked.search(path.read_text(encoding="utf-8"))
    }
    assert found == {"dino/machine.py", "tests/test_machine.py"}
