"""`python -m dino check`: trains the recipe of every report again, and says which figures hold.

A teacher checks a folder of reports, a student one file; both get the same words. Of a report only
its JSON is read.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from dino.config import quoted
from dino.data import Corpus, load, load_bundled
from dino.experiments.plan import MOST_MEMBERS
from dino.files import to_csv
from dino.locale.sentences import Refusal
from dino.ngram import baselines
from dino.share.experiment_judge import EXPERIMENT_ITEMS, judge_experiment
from dino.share.experiment_reading import ExperimentClaims, read_report
from dino.share.facts import all_names, bundled_prints
from dino.share.judge import ITEMS, PERTURBED, Finding, Verdict, holds, judge
from dino.share.learn_facts import CHECKSUM, TestKey
from dino.share.learn_reading import LearnClaims
from dino.share.learn_table import judge_learn, table_beside, tests_csv
from dino.share.reading import FIGURES, MOST_BYTES, Facts, replace_half_letters
from dino.share.repeat import OutOfTime, Progress, Repeated, repeat
from dino.share.saved_list import fingerprint

if TYPE_CHECKING:
    import argparse

ENDINGS = (".html", ".htm")
MOST_MINUTES = 24 * 60
TYPED = ("title", "author")
FREE = (*TYPED, "names", CHECKSUM)  # what two copies of one report may differ in
COLUMNS = (
    "file",
    *TYPED,
    "result",
    *ITEMS,
    *EXPERIMENT_ITEMS,
    *(f"says {name}" for name in FIGURES),
    "reason",
    "equal to",
)


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

    def baselines(self, facts: Facts, corpus: Corpus) -> dict[str, float]:
        """What counting letters reaches on it, in nats per symbol."""
        config = facts.config
        key = facts.fingerprint, facts.removed, config.split_seed, config.exam
        if key not in self._counted:
            self._counted[key] = baselines(corpus)
        return self._counted[key]


@dataclass
class Row:
    """What is said of one file. result: of all its items together; findings: of each."""

    file: str
    result: Verdict
    reason: str = ""
    facts: Facts | ExperimentClaims | LearnClaims | None = None
    findings: Mapping[str, Finding] = field(default_factory=dict)
    equal: list[str] = field(default_factory=list)

    def cells(self) -> list[object]:
        """As a row of `COLUMNS`."""
        words, facts = self.facts.words if self.facts else None, self.facts
        typed = [getattr(words, name) if words else "" for name in TYPED]
        found = (self.findings.get(item) for item in (*ITEMS, *EXPERIMENT_ITEMS))
        verdicts = [finding.verdict.value if finding else "" for finding in found]
        claimed = [facts.figures.get(name) if facts else None for name in FIGURES]
        first = [self.file, *typed, self.result.value]
        return [*first, *verdicts, *claimed, self.reason, "; ".join(self.equal)]

    def __str__(self) -> str:
        """As a line, in letters that a terminal shows as they are."""
        words = [f"{self.file}: {self.result.value}", *filter(None, [self.reason, *self.equal])]
        return "".join(c if c.isprintable() else "·" for c in "; ".join(words))


def find_reports(place: Path) -> list[Path]:
    """The reports of a folder, by name; or the one file. Raises Refusal where there is none."""
    if place.is_file():
        return [place]
    if not place.is_dir():
        raise Refusal(f"check needs a folder of reports, or one; there is no {quoted(place)}.")
    found = [path for path in place.iterdir() if path.suffix.lower() in ENDINGS and path.is_file()]
    if not found:
        raise Refusal(f"check needs reports, which are .html files; {quoted(place)} has none.")
    return sorted(found)


def check_report(
    path: Path,
    lists: Lists,
    minutes: float,
    progress: Progress,
    members: int | None = None,
    key: TestKey | None = None,
) -> Row:
    """Read one report, train its recipe again, and judge its figures.

    members: of an experiment, how many of its members are trained again, None for as many as there
        is time for
    key: of the concept test, for reports of the page Learn
    """
    name = replace_half_letters(path.name)
    try:
        with path.open("rb") as file:
            facts = read_report(file.read(MOST_BYTES + 1), key)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return Row(name, Verdict.BROKEN, f"it cannot be read ({reason})")
    except ValueError as refusal:
        return Row(name, Verdict.BROKEN, str(refusal))
    if isinstance(facts, LearnClaims):
        found = judge_learn(facts, key) if key is not None else {}
        return Row(name, _together(found), _reasons(found), facts, found)
    until = time.monotonic() + 60 * minutes
    if isinstance(facts, ExperimentClaims):
        found = judge_experiment(facts, lists.corpus, members, until, progress)
        return Row(name, _together(found), _reasons(found), facts, found)
    try:
        findings = _train_and_judge(facts, lists, until, progress)
    except OutOfTime:
        reason = f"training it again takes more than {minutes:g} minutes (--minutes)"
    except (ArithmeticError, MemoryError, RuntimeError, ValueError) as error:
        reason = str(error) or type(error).__name__
    else:
        return Row(name, _together(findings), _reasons(findings), facts, findings)
    unchecked = dict.fromkeys(ITEMS, Finding(Verdict.UNCHECKED))
    return Row(name, Verdict.UNCHECKED, reason, facts, unchecked)


def _together(findings: Mapping[str, Finding]) -> Verdict:
    """Of all items: the worst that is said of any."""
    said = {finding.verdict for finding in findings.values()}
    return next(it for it in (Verdict.FAILS, Verdict.UNCHECKED, Verdict.HOLDS) if it in said)


def _reasons(findings: Mapping[str, Finding]) -> str:
    return "; ".join(f"{item}: {it.reason}" for item, it in findings.items() if it.reason)


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


def name_equals(rows: Sequence[Row]) -> None:
    """Note in each row which other reports equal it, and in what.

    Two runs of one recipe and seed have the same losses; they do not take the same time to the last
    digit, so reports with the same time are of one run, whatever else was changed in them.
    """
    for row in rows:
        for other in rows:
            if other is row or row.facts is None or other.facts is None:
                continue
            one, two = row.facts, other.facts
            texts = _plain(one.words.text), _plain(two.words.text)
            if _without(one.claims, FREE) == _without(two.claims, FREE):
                row.equal.append(f"the same report as {other.file}")
            elif one.seconds == two.seconds > 0:
                row.equal.append(f"the same run as {other.file}, to the time that it took")
            elif texts[0] and texts[0] == texts[1]:
                row.equal.append(f"the same sentences as {other.file}")


def _without(claims: Mapping[str, object], names: Collection[str]) -> str:
    return json.dumps({k: v for k, v in claims.items() if k not in names}, sort_keys=True)


def _plain(text: str) -> str:
    """A text without what two copies of it may differ in: case, spaces."""
    return " ".join(text.casefold().split())


class Bar:
    """Progress on stderr: one line redrawn in place on a terminal, a line every 5 s in a log."""

    def __init__(self, reports: int) -> None:
        self.reports, self.number, self.file, self._due = reports, 0, "", 0.0

    def begin(self, file: str) -> None:
        """The next report."""
        self.number, self.file = self.number + 1, "".join(c for c in file if c.isprintable())[:40]

    def show(self, step: int, steps: int) -> None:
        """How far its training is."""
        now = time.monotonic()
        if now < self._due:
            return
        on_terminal = sys.stderr.isatty()
        self._due = now + (0.1 if on_terminal else 5.0)
        share = (self.number - 1 + step / max(1, steps)) / self.reports
        words = f"{'█' * int(30 * share):░<30} {self.number}/{self.reports}  {self.file}"
        start, end = ("\r", "\033[K") if on_terminal else ("", "\n")
        print(f"{start}{words}  {step:,}/{steps:,}", end=end, file=sys.stderr, flush=True)

    def end(self) -> None:
        """Nothing more is redrawn."""
        if sys.stderr.isatty():
            print("\r\033[K", file=sys.stderr, end="", flush=True)


def run(
    place: Path,
    table: Path | None,
    minutes: float,
    lists: Lists,
    members: int | None = None,
    key: TestKey | None = None,
) -> int:
    """Check all reports, write the table after each, print a line each; the exit status."""
    paths = find_reports(place)
    _write(table, [])  # where that is impossible, it is known before hours of work
    rows, bar = [], Bar(len(paths))
    for path in paths:
        bar.begin(path.name)
        rows.append(check_report(path, lists, minutes, bar.show, members, key))
        _write(table, rows)
    bar.end()
    name_equals(rows)
    _write(table, rows)
    _write_tests(table, rows, key)
    print(*rows, sep="\n")
    return 0 if all(row.result is Verdict.HOLDS for row in rows) else 1


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
