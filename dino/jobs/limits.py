"""All of a server's limits in one place, and how much memory it may use."""

from __future__ import annotations

import os
from pathlib import Path

from dino.machine import memory_bytes

# Time, in seconds
LEAST_TURN = 0.0002  # a turn costs at least this; else many tiny turns would delay other runs
SLICE = 0.015  # a run trains for this long before the next one's turn
YIELD = 0.05  # the longest that a worker waits between two slices while a page is drawn
PUBLISH, PUBLISH_BUSY = 0.07, 0.25  # between two published states of a run: few waiting, many
BUSY = 6  # if more runs than this wait for a turn, runs publish less often
PAUSE_AFTER = 10.0  # without a page, a run pauses and shrinks
KEEP_PLACE = 60.0  # without a page, a run keeps its place in the line
KEEP_RUN = 1800.0  # without a page, a run is kept
WATCH_SECONDS = 8.0  # how long all moments of a recipe take together at the pace 'watch'

# For each browser
RUNNING_AT_ONCE = 4  # runs that train at the same time
RUNS = 12  # runs that have trained
LISTS = 4  # lists of the visitor's own, each counted once however it is split
KEPT_RUNS = 200  # kept runs
PINNED_RUNS, REMOVED_RUNS = 10, 10  # of them pinned; deleted ones that may still be put back
EXPERIMENTS = 10  # at work or over; each counts as a run
EXPERIMENT_POINTS = 20_000  # of all curves of an experiment's members
COMMITTEE_BYTES = 4_000_000  # of an experiment's committees: a number for each held-out letter
TITLE_LETTERS = 40  # of a run's title
KEPT_BYTES = 8_000_000  # of kept runs without lists, once others need the server's room
KEPT_LISTS_BYTES = 16_000_000  # the lists of kept runs
OPENED_BYTES = 60_000_000  # runs at work that hold no trainer, when a run from a file is added
CURVE_POINTS = 1000  # of each curve of a kept run
ENTRY_BYTES = 2_000_000  # weights of a kept run; above that, every second moment loses its own

# For the server
SNAPSHOTS_BYTES = 16_000_000  # weights of earlier moments, over all loaded runs
RUN_SNAPSHOT_BYTES = (400_000, 8_000_000)  # of one run, at least and at most
COUNTS_BYTES = 32_000_000  # counted letters that networks are read together with
JOBS = 2000  # runs, including untrained ones, which take almost no memory
ALL_KEPT_BYTES, KEPT_SHARE = 32_000_000, 0.25  # of all kept runs; at most this share of capacity
PARKED_BYTES, PARKED_SHARE = 22_000_000, 0.1  # of runs that no page shows; this share, too
PARKED_MOMENTS = 4_000_000  # weights of their earlier moments, for each run an equal share
PARKED_RUNS = 36  # of these runs at most: a class, some of whom have two
RUN_OBJECTS = 20_000  # bytes of Python objects that each of them takes, measured with 60
AWAY_BYTES, AWAY_SHARE = 3_500_000, 0.05  # of browsers without a page; this share, too
BROWSERS = 10_000  # browsers whose count of runs is remembered
BASE_BYTES = 320_000_000  # Python, Streamlit, PyTorch and the kernels, before anybody comes
KERNELS_BYTES = 60_000_000  # of them the kernels, which are not there while they are compiled
SESSION_BYTES = 1_500_000  # what Streamlit keeps of a page
CLASS_PAGES = 40  # open pages for which there is always room: thirty students, some with two
FALLBACK_BYTES = 800_000_000  # limit where neither the container nor the machine states its memory
SHORT_LIST = 100_000  # letters of a visitor's own list, for which there is always room
LISTS_SHARE = 0.2  # of the capacity: for all longer lists together
LEAST_CAPACITY = 40_000_000  # bytes for runs, however small the server
OPENINGS = 400  # of final exams that are remembered for each browser; more than its kept runs
PREVIEW_SHARE = 0.25  # of the capacity, kept free where a network is only shown or a list comes

MOST_WORKERS = 4  # threads that train; fewer if the container or the machine has fewer cores
WORKER_NICE = 5  # added to a worker's nice value: the system prefers other threads; 0: not

MEMORY_VARIABLE = "DINO_MEMORY_MB"


def memory_limit() -> int:
    """How many bytes the server may use: as the environment says, else 80 % of the memory."""
    try:
        wanted = float(os.environ.get(MEMORY_VARIABLE, ""))
        if 0 < wanted < 1e9:
            return int(1e6 * wanted)
    except ValueError:
        pass
    found = memory_bytes()
    return int(0.8 * found) if found else FALLBACK_BYTES


def resident_bytes() -> int:
    """How many bytes of memory this process holds now; 0 if the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError, AttributeError):
        return 0
