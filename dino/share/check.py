"""`python -m dino check`: trains the recipe of every report again, and says which figures hold.

A teacher checks a folder of reports, a student one file; both get the same words. Of a report only
its JSON is read.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dino.config import quoted
from dino.experiments.plan import MOST_MEMBERS
from dino.files import to_csv
from dino.locale.sentences import Refusal
from dino.outside import whole_letters
from dino.share.check_progress import Bar, Clock
from dino.share.grading import Grading, Lists
from dino.share.judge import Finding, Verdict
from dino.share.kinds import Claims, kind_of, read_report
from dino.share.learn_facts import TestKey
from dino.share.learn_reading import LearnClaims
from dino.share.learn_table import table_beside, tests_csv
from dino.share.marks import COLUMNS, NOT_READ, Row, count_words, printable, reasons_of, with_notes
from dino.share.reading import MOST_BYTES
from dino.share.repeat import Progress, ignore_progress
from dino.share.report_files import Found, find_reports

if TYPE_CHECKING:
    import argparse

MOST_MINUTES = 24 * 60


def check_report(
    path: Path,
    lists: Lists,
    minutes: float,
    progress: Progress = ignore_progress,
    members: int | None = None,
    key: TestKey | None = None,
    *,
    name: str = "",
    clock: Clock | None = None,
) -> Row:
    """Read one report, train its recipe again, and judge its figures. Whatever is in the file, the
    row says it: nothing is raised.

    members: of an experiment, how many of its members are trained again, None for as many as there
        is time for
    key: of the concept test, for reports of the page Learn
    name: what the file is called in the row, by default by its own name
    """
    clock, name = clock or Clock(), name or whole_letters(path.name)
    try:
        with clock.part("reading"), path.open("rb") as file:
            claims = read_report(file.read(MOST_BYTES + 1), key)
        with clock.part("training"):
            return _judged(name, claims, Grading(lists, minutes, progress, members, key))
    except OSError as error:
        reason = f"it cannot be read ({error.strerror or type(error).__name__})"
    except ValueError as refusal:
        reason = str(refusal)
    except Exception as error:  # a teacher's other files are checked all the same
        reason = (
            f"its facts cannot be judged ({type(error).__name__}); the file may have been changed"
        )
    return Row(name, Verdict.BROKEN, reason)


def _judged(name: str, claims: Claims, how: Grading) -> Row:
    """What is said of a report that was read."""
    findings, reason = kind_of(claims).judge(claims, how)
    listed = how.lists.name(claims.fingerprint)
    said = reason or "; ".join(reasons_of(findings))
    return Row(name, _together(findings), said, claims, findings, listed)


def _together(findings: Mapping[str, Finding]) -> Verdict:
    """Of all items: the worst that is said of any."""
    said = {finding.verdict for finding in findings.values()}
    return next(it for it in (Verdict.FAILS, Verdict.UNCHECKED, Verdict.HOLDS) if it in said)


def run(
    place: Path,
    table: Path | None,
    minutes: float,
    lists: Lists,
    members: int | None = None,
    key: TestKey | None = None,
) -> int:
    """Check all reports, write the table after each, print what is said; the exit status."""
    with (clock := Clock()).part("reading"):
        found = find_reports(place)
    _write(table, [])  # where that is impossible, it is known before hours of work
    rows, bar = [], Bar(len(found.reports))
    for report in found.reports:
        bar.begin(report.name)
        how = lists, minutes, bar.show, members, key
        rows.append(check_report(report.path, *how, name=report.name, clock=clock))
        _write(table, rows)
    bar.end()
    with clock.part("comparing"):
        rows, groups = with_notes(rows)
    _write(table, rows)
    _write_tests(table, rows, key)
    _say([*map(str, rows), *groups])
    if place.is_dir():
        _say(_end(found, rows))
    print(clock, file=sys.stderr)
    return 0 if all(row.result is Verdict.HOLDS for row in rows) else 1


def _end(found: Found, rows: Sequence[Row]) -> Iterator[str]:
    """What was not looked at, and how many files hold."""
    for it in found.skipped:
        yield f"skipped: {it.name}: {it.why}"
    for name in found.empty:
        yield f"no report in: {name}"
    yield f"{NOT_READ[0].upper()}{NOT_READ[1:]}."
    yield count_words(rows, sum(it.is_file for it in found.skipped))


def _say(lines: Iterable[str]) -> None:
    """Print lines, whichever letters the terminal has."""
    letters = sys.stdout.encoding or "utf-8"
    for line in lines:
        words = "\n".join(map(printable, line.split("\n")))
        print(words.encode(letters, "replace").decode(letters))


def _write(table: Path | None, rows: Sequence[Row]) -> None:
    if table is not None:
        _put(table, to_csv(COLUMNS, [row.cells() for row in rows]))


def _write_tests(table: Path | None, rows: Sequence[Row], key: TestKey | None) -> None:
    """Beside the table: the concept tests whose totals agree, if there are any, without names."""
    whole = [row.facts for row in rows if row.result is Verdict.HOLDS]
    tests = [facts for facts in whole if isinstance(facts, LearnClaims)]
    if table is not None and key is not None and tests:
        _put(table_beside(table), tests_csv(tests, key))


def _put(table: Path, raw: bytes) -> None:
    """Write a table. Raises Refusal where that is impossible."""
    try:
        table.write_bytes(raw)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Refusal(f"The table {quoted(table)} cannot be written ({reason}).") from None


def command(args: argparse.Namespace, key: TestKey | None = None) -> int:
    """What the command line asks for. Raises Refusal for what cannot be read or written.

    key: of the concept test
    """
    try:
        minutes = float(args.minutes)
    except ValueError:
        minutes = 0.0
    if not 0 < minutes <= MOST_MINUTES:
        raise Refusal(
            f"minutes is a number above 0, at most {MOST_MINUTES:,}; {quoted(args.minutes)} is not."
        )
    members = None if args.members is None else _members(args.members)
    lists = Lists([Path(name) for name in args.data])
    table = Path(args.csv) if args.csv else None
    return run(Path(args.folder), table, minutes, lists, members, key)


def _members(text: str) -> int:
    """How many members of an experiment are asked for."""
    members = int(text) if re.fullmatch("[0-9]{1,4}", text) else 0
    if not 1 <= members <= MOST_MEMBERS:
        raise Refusal(
            f"members is a whole number from 1 to {MOST_MEMBERS:,}; {quoted(text)} is not."
        )
    return members
