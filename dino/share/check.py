"""`python -m dino check`: trains the recipe of every report again, and says which figures hold.

A teacher checks a folder of reports, a student one file; both get the same words. Of a report only
its JSON is read.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dino.config import quoted
from dino.data import Corpus, load, load_bundled
from dino.experiments.plan import MOST_MEMBERS
from dino.files import to_csv
from dino.locale.sentences import Refusal
from dino.ngram import baselines
from dino.outside import whole_letters
from dino.share.check_progress import Bar, Clock
from dino.share.copies import Claims
from dino.share.experiment_judge import judge_experiment
from dino.share.experiment_reading import ExperimentClaims, read_report
from dino.share.facts import all_names, bundled_prints
from dino.share.judge import ITEMS, PERTURBED, Finding, Verdict, holds, judge
from dino.share.learn_facts import TestKey
from dino.share.learn_reading import LearnClaims
from dino.share.learn_table import judge_learn, table_beside, tests_csv
from dino.share.marks import COLUMNS, NOT_READ, Row, count_words, printable, reasons_of, with_notes
from dino.share.reading import MOST_BYTES, Facts
from dino.share.repeat import OutOfTime, Progress, Repeated, ignore_progress, repeat
from dino.share.report_files import Found, find_reports
from dino.share.saved_list import fingerprint

if TYPE_CHECKING:
    import argparse

MOST_MINUTES = 24 * 60


class Lists:
    """The lists that reports are trained on: those of the app, and files that were given."""

    def __init__(self, files: Sequence[Path] = ()) -> None:
        """Raises Refusal for a file that is no list."""
        self._files = {
            fingerprint(all_names(load(path, keep_case=case))): (path, case)
            for path in files
            for case in (True, False)
        }
        self._counted: dict[tuple[str, tuple[int, ...], int, bool], dict[str, float]] = {}

    def corpus(self, facts: Facts) -> Corpus:
        """The list of a report, split as its recipe says. Raises Refusal where it is not here."""
        seed, exam = facts.config.split_seed, facts.config.exam
        if found := bundled_prints().get(facts.fingerprint):
            corpus = load_bundled(found[0], seed, found[1], exam)
        elif given := self._files.get(facts.fingerprint):
            corpus = load(given[0], seed, given[1], exam)
        else:
            raise Refusal("its list is none of this Dino's; give the file of its names with --data")
        names = all_names(corpus)
        if any(place >= len(names) for place in facts.removed):
            raise Refusal("its removed names are not in its list")
        removed = [names[place] for place in facts.removed]
        return corpus.without(removed) if removed else corpus

    def name(self, fingerprint: str) -> str:
        """What a list is called here: its key in the app, or its file; '' where it is not here."""
        if found := bundled_prints().get(fingerprint):
            return found[0]
        given = self._files.get(fingerprint)
        return given[0].name if given else ""

    def baselines(self, facts: Facts, corpus: Corpus) -> dict[str, float]:
        """What counting letters reaches on it, in nats per symbol."""
        config = facts.config
        key = facts.fingerprint, facts.removed, config.split_seed, config.exam
        if key not in self._counted:
            self._counted[key] = baselines(corpus)
        return self._counted[key]


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


class Grading(NamedTuple):
    """How a report is judged. The fields are those of `check_report`."""

    lists: Lists
    minutes: float
    progress: Progress
    members: int | None
    key: TestKey | None


def _judged(name: str, claims: Claims, how: Grading) -> Row:
    """What is said of a report that was read."""
    if isinstance(claims, LearnClaims):
        return _row(name, claims, judge_learn(claims, how.key) if how.key is not None else {}, "")
    listed, until = how.lists.name(claims.fingerprint), time.monotonic() + 60 * how.minutes
    if isinstance(claims, ExperimentClaims):
        corpus_of = how.lists.corpus
        found = judge_experiment(claims, corpus_of, how.members, until, how.progress)
        return _row(name, claims, found, listed)
    try:
        return _row(name, claims, _train_and_judge(claims, how.lists, until, how.progress), listed)
    except OutOfTime:
        reason = f"training it again takes more than {how.minutes:g} minutes (--minutes)"
    except (ArithmeticError, MemoryError, RuntimeError, ValueError) as error:
        reason = str(error) or type(error).__name__
    unchecked = dict.fromkeys(ITEMS, Finding(Verdict.UNCHECKED))
    return Row(name, Verdict.UNCHECKED, reason, claims, unchecked, listed)


def _row(name: str, claims: Claims, findings: Mapping[str, Finding], listed: str) -> Row:
    reasons = "; ".join(reasons_of(findings))
    return Row(name, _together(findings), reasons, claims, findings, listed)


def _together(findings: Mapping[str, Finding]) -> Verdict:
    """Of all items: the worst that is said of any."""
    said = {finding.verdict for finding in findings.values()}
    return next(it for it in (Verdict.FAILS, Verdict.UNCHECKED, Verdict.HOLDS) if it in said)


def _train_and_judge(
    facts: Facts, lists: Lists, until: float, progress: Progress
) -> dict[str, Finding]:
    """Train once; where a figure does not hold, find out how far rounding moves it, and only then
    say so.
    """
    corpus = lists.corpus(facts)
    counted = lists.baselines(facts, corpus)
    again = repeat(facts, corpus, until=until, progress=progress)
    findings = judge(facts, again, [], counted)
    perturbed: list[Repeated] = []
    while not holds(findings) and len(perturbed) < PERTURBED:
        seed = len(perturbed) + 1
        perturbed.append(repeat(facts, corpus, perturbed=seed, until=until, progress=progress))
        findings = judge(facts, again, perturbed, counted)
    return findings


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
