"""How many cores and how much memory this process may use: the smallest of all limits it is under.

A container's host shows the processes in it all its cores and memory, and bounds them by control
groups (Linux). These are nested: a limit of any group above counts too. `root` is the file system's
root; tests give another one.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path("/")
GROUPS = Path("sys/fs/cgroup")
UNLIMITED = 2**60  # bytes; version 1 says a huge number where there is no limit
EPS = 0.05  # of a core: a quota of 2.02 cores is no reason for a third thread


def cores(root: Path = ROOT) -> float:
    """How many cores this process may use, at least a hundredth of one."""
    found = [float(visible_cores()), *_quotas(root)]
    return max(0.01, min(found))


def slowness(root: Path = ROOT) -> float:
    """How many times as long as on a whole core the work of one thread takes; at least 1."""
    return max(1.0, 1.0 / cores(root))


def threads(root: Path = ROOT) -> int:
    """How many threads keep its cores busy: at least one."""
    return max(1, math.ceil(cores(root) - EPS))


def memory_bytes(root: Path = ROOT) -> int:
    """The memory that this process may use: the smaller of its groups' limit and the machine's
    memory; 0 if unknown.
    """
    found = [*_memory_limits(root), installed_memory()]
    return min((size for size in found if size), default=0)


def dies_together(root: Path = ROOT) -> bool:
    """Whether the system ends all processes of a group of this one where that has no more memory,
    and not only one of them.
    """
    groups = _groups(root, "memory")
    return any(_words(folder / "memory.oom.group") == ["1"] for folder in groups)


def visible_cores() -> int:
    """The cores that the system lets this process run on."""
    try:
        return len(os.sched_getaffinity(0)) or 1
    except (AttributeError, OSError):  # not on macOS and Windows
        return os.cpu_count() or 1


def installed_memory() -> int:
    """The machine's memory in bytes; 0 if the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return 0


def _quotas(root: Path) -> Iterator[float]:
    """The quota of each group that has one, in cores."""
    for folder in _groups(root, "cpu"):
        quota = _words(folder / "cpu.max") or [
            *_words(folder / "cpu.cfs_quota_us"),
            *_words(folder / "cpu.cfs_period_us"),
        ]
        try:
            time, period = map(int, quota)
        except ValueError:  # "max", or no such file
            continue
        if time > 0 and period > 0:
            yield time / period


def _memory_limits(root: Path) -> Iterator[int]:
    """The memory limit of each group that has one, in bytes."""
    for folder in _groups(root, "memory"):
        for name in ("memory.max", "memory.limit_in_bytes"):
            words = _words(folder / name)
            if len(words) == 1 and words[0].isdecimal() and 0 < int(words[0]) < UNLIMITED:
                yield int(words[0])


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """The folders of this process's groups and of all above, as far as they can be seen.

    A container may see its own group as the topmost folder, while its path names the host's.
    """
    tops = {root / GROUPS: "", root / GROUPS / "unified": "", root / GROUPS / controller: ""}
    for line in _lines(root / "proc/self/cgroup"):
        _, _, rest = line.partition(":")
        names, _, path = rest.partition(":")
        if not names:  # version 2: one tree for all controllers
            tops[root / GROUPS] = tops[root / GROUPS / "unified"] = path
        elif controller in names.split(","):
            tops[root / GROUPS / controller] = tops[root / GROUPS / names] = path
    for top, path in tops.items():
        yield top
        folder = top
        for name in path.strip("/").split("/"):
            if name and name != "..":
                folder = folder / name
                yield folder


def _words(file: Path) -> list[str]:
    return " ".join(_lines(file)).split()


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return []
