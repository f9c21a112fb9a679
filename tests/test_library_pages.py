"""Pages of libraries: which may be given back, when, and that what is loaded still works."""

import subprocess
import sys

import pytest
from sources import ROOT

from dino.live import library_pages
from dino.live.library_pages import GONE, Crowd, LibraryPages, Part

SMAPS = """\
10000-20000 r--p 00000000 08:01 5 {0}
Rss:                  64 kB
Private_Dirty:         0 kB
Anonymous:             0 kB
Swap:                  0 kB
VmFlags: rd mr mw me
20000-30000 r-xp 00010000 08:01 5 {0}
Rss:                  32 kB
Anonymous:             0 kB
Swap:                  0 kB
30000-40000 r--p 00020000 08:01 5 {0}
Rss:                   8 kB
Anonymous:             4 kB
Swap:                  0 kB
40000-50000 rw-p 00030000 08:01 5 {0}
Rss:                   8 kB
Anonymous:             0 kB
Swap:                  0 kB
50000-60000 r--p 00000000 08:01 6 /data/names.txt
Rss:                   8 kB
Anonymous:             0 kB
Swap:                  0 kB
60000-70000 r--p 00000000 00:00 0
Rss:                   8 kB
Anonymous:             0 kB
Swap:                  0 kB
70000-80000 r--p 00040000 08:01 5 {0}
Rss:                   0 kB
Anonymous:             0 kB
Swap:                  0 kB
80000-90000 r--p 00050000 08:01 5 {0}
Rss:                   8 kB
Anonymous:             0 kB
Swap:                  4 kB
SwapPss:               0 kB
"""
LIVE = """
import numpy as np
from dino.live.library_pages import LibraryPages, unchanged_parts
matrix = np.random.default_rng(0).normal(size=(40, 40))
before, pages = np.linalg.eigvals(matrix), LibraryPages()
held = sum(size for _, size in unchanged_parts())
print(pages.release(), pages.release() > held / 2, pages.release())
assert sum(size for _, size in unchanged_parts()) < held
assert (np.linalg.eigvals(matrix) == before).all()
"""


@pytest.fixture
def maps(tmp_path, monkeypatch):
    """A function that sets what the system says of the memory, and a list of what is forgotten."""
    for name in ("MAPS", "SMAPS"):
        monkeypatch.setattr(library_pages, name, tmp_path / "maps")
    forgotten = []
    monkeypatch.setattr(library_pages, "forget", lambda part, size: forgotten.append(part) or size)

    def write(text):
        (tmp_path / "maps").write_text(text)
        return forgotten

    return write


def test_only_pages_that_equal_their_file_are_given_back(maps):
    forgotten, pages = maps(SMAPS.format("/lib/a.so.2")), LibraryPages()
    assert pages.release() == 0 and pages.release() == (64 + 32) * 1024
    assert forgotten == [
        Part(0x10000, 0x20000, "/lib/a.so.2"),
        Part(0x20000, 0x30000, "/lib/a.so.2"),
    ]


def test_a_library_is_left_alone_until_it_is_loaded_and_then_given_back_once(maps):
    forgotten, pages = maps(SMAPS.format("/lib/a.so")), LibraryPages()
    pages.release()
    maps(SMAPS.format("/lib/a.so") + SMAPS.format("/lib/b.so"))  # one more, perhaps half loaded
    assert pages.release() == 0 and not forgotten
    assert pages.release() and {part.file for part in forgotten} == {"/lib/a.so", "/lib/b.so"}
    count = len(forgotten)
    assert pages.release() == 0 and len(forgotten) == count


def test_the_system_is_asked_only_after_an_import(maps):
    imported = 10
    forgotten, pages = maps(SMAPS.format("/lib/a.so")), LibraryPages(lambda: imported)
    assert pages.release() == 0 and pages.release() > 0
    imported += 1  # of a module that brings no library
    assert pages.release() == pages.release() == 0
    count = len(forgotten)
    maps(SMAPS.format("/lib/b.so"))
    assert pages.release() == pages.release() == 0
    imported += 1
    assert pages.release() == 0 and pages.release() > 0
    assert {part.file for part in forgotten[count:]} == {"/lib/b.so"}


def test_pages_are_given_back_again_when_asked_for(maps):
    forgotten, pages = maps(SMAPS.format("/lib/a.so")), LibraryPages()
    given = pages.release() or pages.release()
    assert pages.release() == pages.release() == 0
    pages.release_again()
    assert (pages.release(), pages.release()) == (given, 0)
    assert forgotten[:2] == forgotten[2:]


def test_a_crowd_has_gone_once_when_fewer_than_half_stay_for_a_while():
    now = 0.0
    crowd = Crowd(lambda: now)

    def gone(*pages, seconds=GONE):
        nonlocal now
        found = []
        for count in pages:
            found.append(crowd.has_gone(count))
            now += seconds
        return found

    assert not any(gone(0, 0, 1, 1, 30, 20, 15, 15))
    assert not any(gone(14, 15, 14, 16))  # some come back in time
    assert gone(4, 4, 4, 4, 2, 2) == [False, True, False, False, False, False]
    assert not any(gone(1, 1, seconds=GONE / 3))
    assert gone(1, 1, 0, 0, 0) == [False, True, False, True, False]


@pytest.mark.parametrize("unsaid", ["", "Rss", "Anonymous", "Swap"])
def test_where_the_system_does_not_say_nothing_is_done(maps, unsaid):
    lines = SMAPS.format("/lib/a.so").splitlines(keepends=True) if unsaid else []
    forgotten = maps("".join(line for line in lines if not line.startswith(f"{unsaid}:")))
    pages = LibraryPages()
    assert pages.release() == 0 and pages.release() == 0 and not forgotten


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says what is in memory")
def test_a_library_whose_pages_were_given_back_computes_the_same():
    done = subprocess.run(
        [sys.executable, "-c", LIVE], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["0", "True", "0"]
