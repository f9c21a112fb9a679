"""The reports in a folder and its subfolders, as a course platform unzips them, in natural order.

    find_reports(Path("hand-ins")) -> ReportFolder(reports, skipped, empty)

Nothing outside the folder is read: symbolic links are skipped.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from dino.config import quoted
from dino.locale.sentences import Refusal
from dino.outside import whole_letters

ENDINGS = (".html", ".htm")
LEFTOVERS = (
    "__MACOSX",
)  # a folder in which a Mac's archive keeps files that are not the student's
MOST_FILES = 20_000  # in a folder of reports, at most


class Report(NamedTuple):
    """A file that may be a report, and its name: its path in the folder."""

    path: Path
    name: str


class SkippedFile(NamedTuple):
    """A file or folder that is not looked into, and why."""

    name: str
    why: str
    is_file: bool = True


class ReportFolder(NamedTuple):
    """The contents of a folder. empty: the folders at its top without a report."""

    reports: list[Report]
    skipped: list[SkippedFile]
    empty: list[str]


def find_reports(place: Path) -> ReportFolder:
    """The reports of a folder, or the one file. Raises Refusal if there is no report."""
    if place.is_file():
        return ReportFolder([Report(place, whole_letters(place.name))], [], [])
    if not place.is_dir():
        raise Refusal(
            f"check needs a folder of reports, or one report. There is no {quoted(place)}."
        )
    skipped: list[SkippedFile] = []
    reports = [
        Report(path, name) for path in _files(place, skipped) if (name := _name(path, place))
    ]
    if not reports:
        raise Refusal(
            f"check needs reports, which are .html files. {quoted(place)} and its subfolders "
            "have none."
        )
    reports.sort(key=lambda it: natural_order(it.name))
    skipped.sort(key=lambda it: natural_order(it.name))
    return ReportFolder(reports, skipped, _without_reports(place, reports))


def natural_order(name: str) -> tuple[tuple[str | int, ...], str]:
    """A key that puts s2 before s10, and a capital at the place of its small letter."""
    words = re.split("([0-9]+)", name.casefold())
    numbers = (int(it) if place % 2 else it for place, it in enumerate(words))
    return tuple(numbers), name


def _name(path: Path, place: Path) -> str:
    return whole_letters(path.relative_to(place).as_posix())


def _files(place: Path, skipped: list[SkippedFile]) -> Iterator[Path]:
    """All files that may be reports; everything else is added to `skipped`."""

    def note(path: Path, why: str, is_file: bool = True) -> None:
        skipped.append(SkippedFile(_name(path, place), why, is_file))

    def cannot_open(error: OSError) -> None:
        reason = error.strerror or type(error).__name__
        note(Path(os.fsdecode(error.filename or place)), f"cannot be opened ({reason})", False)

    count = 0
    for root, folders, files in os.walk(place, onerror=cannot_open):
        folder = Path(root)
        # `os.walk` does not enter a folder that is removed from its list.
        for name in [it for it in folders if why_skipped(folder / it, is_file=False)]:
            folders.remove(name)
            note(folder / name, why_skipped(folder / name, is_file=False), False)
        count += len(files)
        if count > MOST_FILES:
            raise Refusal(
                f"A folder of reports has at most {MOST_FILES:,} files. This one has more."
            )
        for path in (folder / name for name in files):
            if why := why_skipped(path, is_file=True):
                note(path, why)
            else:
                yield path


def why_skipped(path: Path, is_file: bool) -> str:
    """Why a file or folder is not looked into; '' if it is."""
    if path.is_symlink():
        return "a symbolic link, which is not followed"
    if path.name.startswith("."):
        return "hidden"
    if path.name in LEFTOVERS:
        return "left over from an archive"
    if is_file and path.suffix.lower() not in ENDINGS:
        return "not an .html file"
    return "" if not is_file or path.is_file() else "not a file"


def _without_reports(place: Path, reports: list[Report]) -> list[str]:
    """The folders at the top, one for each student, in which no report was found."""
    having = {it.name.split("/")[0] for it in reports}
    folders = (it for it in place.iterdir() if not it.is_file())
    names = (_name(it, place) for it in folders if not why_skipped(it, is_file=False))
    return sorted(set(names) - having, key=natural_order)
