"""Trains the recipe of every report again, and says which figures hold: `python -m dino check`.

    check_report(path, Lists(), minutes=10) -> ReportRow
    run(folder, table, minutes, lists) -> status

A teacher checks a folder of reports, a student one file; both get the same words. Only the JSON of
a report is read.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from dino.config import quoted
from dino.files import to_csv
from dino.grader.claims import MOST_BYTES
from dino.grader.grading import Grading, Lists
from dino.grader.judge import Grade, ItemGrade
from dino.grader.kinds import Claims, read_report, report_kind
from dino.grader.learn_claims import LearnClaims
from dino.grader.learn_tables import QUESTIONS, questions_csv, table_beside, tests_csv
from dino.grader.marks import (
    COLUMNS,
    NOT_READ,
    ReportRow,
    count_words,
    printable,
    reasons_of,
    with_notes,
)
from dino.grader.repeat import Progress, ignore_progress
from dino.grader.report_files import ReportFolder, find_reports
from dino.locale.sentences import Refusal
from dino.outside import whole_letters

PARTS = ("reading", "training", "comparing")


def check_report(
    path: Path,
    lists: Lists,
    minutes: float,
    progress: Progress = ignore_progress,
    members: int | None = None,
    *,
    name: str = "",
    clock: Clock | None = None,
) -> ReportRow:
    """Read one report, train its recipe again, and judge its figures.

    Nothing is raised: whatever is in the file, the row says it. members: how many members of an
    experiment are trained again; None for as many as there is time for. name: the file's name in
    the row, by default its own name.
    """
    clock, name = clock or Clock(), name or whole_letters(path.name)
    try:
        with clock.part("reading"), path.open("rb") as file:
            claims = read_report(file.read(MOST_BYTES + 1))
        with clock.part("training"):
            return _judged(name, claims, Grading(lists, minutes, progress, members))
    except OSError as error:
        reason = f"it cannot be read ({error.strerror or type(error).__name__})"
    except ValueError as refusal:
        reason = str(refusal)
    except Exception as error:  # a teacher's other files are checked nevertheless
        reason = (
            f"its facts cannot be judged ({type(error).__name__}). The file may have been changed"
        )
    return ReportRow(name, Grade.BROKEN, reason)


def _judged(name: str, claims: Claims, how: Grading) -> ReportRow:
    """What is said of a report that was read."""
    findings, reason = report_kind(claims).judge(claims, how)
    listed = how.lists.name(claims.fingerprint)
    said = reason or "; ".join(reasons_of(findings))
    return ReportRow(name, _together(findings), said, claims, findings, listed)


def _together(findings: Mapping[str, ItemGrade]) -> Grade:
    """The worst that is said of any item."""
    said = {finding.grade for finding in findings.values()}
    return next(it for it in (Grade.FAILS, Grade.UNCHECKED, Grade.HOLDS) if it in said)


def run(
    place: Path, table: Path | None, minutes: float, lists: Lists, members: int | None = None
) -> int:
    """Check all reports, write the table after each, and print what is said; return
    the exit status.
    """
    with (clock := Clock()).part("reading"):
        found = find_reports(place)
    _write(table, [])  # if that is impossible, it is known before hours of work
    rows, bar = [], Bar(len(found.reports))
    for report in found.reports:
        bar.begin(report.name)
        how = lists, minutes, bar.show, members
        rows.append(check_report(report.path, *how, name=report.name, clock=clock))
        _write(table, rows)
    bar.end()
    with clock.part("comparing"):
        rows, groups = with_notes(rows)
    _write(table, rows)
    _write_answers(table, rows)
    _say([*map(str, rows), *groups])
    if place.is_dir():
        _say(_end(found, rows))
    print(clock, file=sys.stderr)
    return 0 if all(row.result is Grade.HOLDS for row in rows) else 1


def _end(found: ReportFolder, rows: Sequence[ReportRow]) -> Iterator[str]:
    """Print what was not looked at, and how many files hold."""
    for it in found.skipped:
        yield f"skipped: {it.name}: {it.why}"
    for name in found.empty:
        yield f"no report in: {name}"
    if any(row.is_unread for row in rows):
        yield f"{NOT_READ[0].upper()}{NOT_READ[1:]}."
    yield count_words(rows, sum(it.is_file for it in found.skipped))


def _say(lines: Iterable[str]) -> None:
    """Print lines, whatever letters the terminal has."""
    letters = sys.stdout.encoding or "utf-8"
    for line in lines:
        words = "\n".join(map(printable, line.split("\n")))
        print(words.encode(letters, "replace").decode(letters))


def _write(table: Path | None, rows: Sequence[ReportRow]) -> None:
    if table is not None:
        _put(table, to_csv(COLUMNS, [row.cells() for row in rows]))


def _write_answers(table: Path | None, rows: Sequence[ReportRow]) -> None:
    """Write, beside the table, what the reports of Learn that hold answered, if there are any,
    without names: the concept tests, and the bets and tasks.
    """
    whole = [row.facts for row in rows if row.result is Grade.HOLDS]
    tests = [facts for facts in whole if isinstance(facts, LearnClaims)]
    if table is not None and tests:
        _put(table_beside(table), tests_csv(tests))
        _put(table_beside(table, QUESTIONS), questions_csv(tests))


def _put(table: Path, raw: bytes) -> None:
    """Write a table. Raises Refusal if that is impossible."""
    try:
        table.write_bytes(raw)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Refusal(f"The table {quoted(table)} cannot be written ({reason}).") from None


class Bar:
    """Progress on stderr: one line redrawn in place on a terminal, a line every 5 s in a log."""

    def __init__(self, reports: int) -> None:
        self.reports, self.number, self.file, self._due = reports, 0, "", 0.0

    def begin(self, file: str) -> None:
        """Begin the next report."""
        words = "".join(c for c in file if c.isprintable())
        self.number, self.file = (
            self.number + 1,
            words if len(words) <= 40 else f"{words[:24]}…{words[-15:]}",
        )
        self.show(0, 0)

    def show(self, step: int, steps: int) -> None:
        """Show how far its training is."""
        now = time.monotonic()
        if now < self._due:
            return
        on_terminal = sys.stderr.isatty()
        self._due = now + (0.1 if on_terminal else 5.0)
        share = (self.number - 1 + step / max(1, steps)) / self.reports
        words = f"{'█' * int(30 * share):░<30} {self.number}/{self.reports}  {self.file}"
        start, end = ("\r", "\033[K") if on_terminal else ("", "\n")
        told = f"  {step:,}/{steps:,}" if steps else ""
        print(f"{start}{words}{told}", end=end, file=sys.stderr, flush=True)

    def end(self) -> None:
        """Redraw nothing more."""
        if sys.stderr.isatty():
            print("\r\033[K", file=sys.stderr, end="", flush=True)


class Clock:
    """How many seconds each part of a check has taken."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(PARTS, 0.0)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Add the time of what is done inside to a part."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] += time.monotonic() - began

    def __str__(self) -> str:
        return ", ".join(f"{name} {seconds:.1f} s" for name, seconds in self.seconds.items())
