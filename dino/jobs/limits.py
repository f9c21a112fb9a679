"""All of a server's limits in one place, and how much memory it may use."""

from __future__ import annotations

import os
from pathlib import Path

# Time, in seconds
LEAST_TURN = 0.0002  # a turn counts as at least this, so that many tiny turns cannot delay others
SLICE = 0.015  # a run trains for this long before the next one's turn
YIELD = 0.05  # between two slices of a worker while a page is drawn, at most
PUBLISH, PUBLISH_BUSY = 0.07, 0.25  # between two published states of a run: few running, many
BUSY = 6  # from this many runs waiting for a turn on, runs publish less often
PAUSE_AFTER = 10.0  # without a page, a run pauses and shrinks
KEEP_PLACE = 60.0  # without a page, a run keeps its place in the line
KEEP_RUN = 1800.0  # without a page, a run is kept
WATCH_SECONDS = 8.0  # that a recipe's moments last together at the pace 'watch'

# For each browser
RUNNING_AT_ONCE = 4  # runs that train at the same time
RUNS = 12  # runs that have trained
LISTS = 4  # lists of one's own, split in any way
KEPT_RUNS = 200  # kept runs
PINNED_RUNS, REMOVED_RUNS = 10, 10  # of them pinned; deleted ones that may be put back
EXPERIMENTS = 10  # experiments, at work or over; each counts as a run
EXPERIMENT_POINTS = 20_000  # of all curves of an experiment's members
TITLE_LETTERS = 40  # of a run's title
KEPT_BYTES = 8_000_000  # what they take without their lists, where others need the server's room
KEPT_LISTS_BYTES = 16_000_000  # the lists of kept runs
OPENED_BYTES = 60_000_000  # its runs at work, without loaded ones, where one from a file is added
CURVE_POINTS = 1000  # of each curve of a kept run
ENTRY_BYTES = 2_000_000  # weights in one of them; past that, every second moment loses its own

# For the server
SNAPSHOTS_BYTES = 16_000_000  # weights of earlier moments, over all runs that are loaded
RUN_SNAPSHOT_BYTES = (400_000, 8_000_000)  # of one run, at least and at most
JOBS = 2000  # runs, including untrained ones, which take almost no memory
PARKED_BYTES = 40_000_000  # of all runs that no page shows
ALL_KEPT_BYTES, KEPT_SHARE = 32_000_000, 0.25  # of all kept runs; at most this share of capacity
AWAY_BYTES = 16_000_000  # of the kept runs of browsers without a page
BROWSERS = 10_000  # whose counts of runs are remembered
BASE_BYTES = 430_000_000  # Python, Streamlit, PyTorch and the kernels, before anybody comes
SESSION_BYTES = 1_500_000  # what Streamlit keeps of a page
FALLBACK_BYTES = 800_000_000  # where neither a container's nor the machine's memory can be read
LEAST_CAPACITY = 40_000_000  # bytes for runs, however small the server
OPENINGS = 400  # of final exams that a browser's list remembers, more than it keeps runs
PREVIEW_SHARE = 0.25  # of the capacity stays free where a network is only shown untrained

WORKER_NICE = 5  # how far the system prefers other threads to a worker (0: not at all)

MEMORY_VARIABLE = "DINO_MEMORY_MB"


def memory_limit() -> int:
    """How many bytes the server may use: from the environment, or 80 % of the memory there is."""
    try:
        wanted = float(os.environ.get(MEMORY_VARIABLE, ""))
        if 0 < wanted < 1e9:
            return int(1e6 * wanted)
    except ValueError:
        pass
    found = [size for size in (_container(), _machine()) if size]
    return int(0.8 * min(found)) if found else FALLBACK_BYTES


def _container() -> int:
    """The limit of the control group that this process runs in; 0 for none."""
    for file in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            size = int(Path(file).read_text().strip())
        except (OSError, ValueError):
            continue
        if 0 < size < 2**60:  # a group without a limit reports a huge number
            return size
    return 0


def _machine() -> int:
    """The machine's memory in bytes; 0 where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return 0


def resident_bytes() -> int:
    """What this process holds in memory now; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError, AttributeError):
        return 0
