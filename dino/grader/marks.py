"""What is said of each file: lines for a terminal, and a row of the table of marks."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from dino.grader.claims import FIGURES
from dino.grader.copies import CopyNote, find_copies
from dino.grader.experiment_judge import EXPERIMENT_ITEMS
from dino.grader.judge import LABELS, Grade, ItemGrade
from dino.grader.kinds import Claims, report_kind
from dino.grader.learn_claims import PAGE

DECIMALS = 4  # of a loss in the table: five digits
WIDTH = 100  # letters of a line
NOT_READ = "what the page shows is not read, so mark by this table"  # but of Learn it is
JUDGED = (*LABELS, *EXPERIMENT_ITEMS)
SAID = (*FIGURES, "together")  # figures that the table quotes
LEARNT = ("lessons done", "questions answered", "questions skipped")
COLUMNS = (
    *("file", "title", "author", "date", "list", "recipe", "steps", "mix", "result"),
    *(LABELS.get(item, item) for item in JUDGED),
    *(f"says {LABELS[name]}" for name in SAID),
    *LEARNT,
    *("reason", "equal to", "same recipe", "not read"),
)
COUNTED = {  # as the last line has it: singular and plural
    Grade.HOLDS: ("holds", "hold"),
    Grade.FAILS: ("does not hold", "do not hold"),
    Grade.UNCHECKED: ("was not checked", "were not checked"),
    Grade.BROKEN: ("could not be read", "could not be read"),
}


@dataclass(frozen=True)
class ReportRow:
    """What is said of one file.

    result: of all its items together; findings: of each; listed: the name of its list here; note:
    what it is a copy of
    """

    file: str
    result: Grade
    reason: str = ""
    facts: Claims | None = None
    findings: Mapping[str, ItemGrade] = field(default_factory=dict)
    listed: str = ""
    note: CopyNote = CopyNote()

    @property
    def is_unread(self) -> bool:
        """Whether only its facts were read, and not what its page shows."""
        return self.facts is not None and PAGE not in self.findings

    def cells(self) -> list[object]:
        """As a row of `COLUMNS`."""
        facts, note = self.facts, self.note
        kind = None if facts is None else report_kind(facts)
        recipe = kind.recipe(facts) if kind else ("", "")
        counts = (kind.counts(facts) if kind else ()) or ("",) * len(LEARNT)
        found = (self.findings.get(item) for item in JUDGED)
        grades = [finding.grade.value if finding else "" for finding in found]
        claimed = [_rounded(facts.figures.get(name)) if facts else None for name in SAID]
        mix = kind.mix(facts) if kind else ""
        return [
            *(self.file, *_about(facts), self.listed, *recipe, mix, self.result.value),
            *(*grades, *claimed, *counts),
            *(self.reason, "; ".join(note.copy_of), note.same, NOT_READ if self.is_unread else ""),
        ]

    def __str__(self) -> str:
        """As lines of letters that a terminal shows unchanged."""
        reasons = list(reasons_of(self.findings)) or [self.reason]
        words = [*reasons, *self.note.copy_of, self.note.same]
        lines = [f"{self.file}: {self.result.value}"]
        for one in filter(None, words):
            lines += wrapped(one)
        return "\n".join(map(printable, lines))


def reasons_of(findings: Mapping[str, ItemGrade]) -> Iterator[str]:
    """What is said of each item, in the words of the report."""
    for item, finding in findings.items():
        if finding.reason:
            yield f"{LABELS.get(item, item)}: {finding.reason}"


def wrapped(words: str) -> list[str]:
    """A sentence below a line that begins at the margin."""
    indent = " " * 4
    return textwrap.wrap(
        words,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent * 2,
        break_long_words=False,
        break_on_hyphens=False,
    )


def printable(line: str) -> str:
    """A line without characters that would move a terminal's cursor, or colour its text."""
    return "".join(c if c.isprintable() else "·" for c in line)


def _rounded(loss: float | None) -> float | None:
    return None if loss is None else round(loss, DECIMALS)


def _about(facts: Claims | None) -> list[str]:
    """The title, author and date in the report."""
    return ["", "", ""] if facts is None else [facts.words.title, facts.words.author, facts.date]


def with_notes(rows: Sequence[ReportRow]) -> tuple[list[ReportRow], list[str]]:
    """The rows, each with what it is a copy of, and the groups of more than two copies."""
    read = [(row.file, row.facts) for row in rows if row.facts is not None]
    notes, groups = find_copies(read)
    left = iter(notes)
    return [row if row.facts is None else replace(row, note=next(left)) for row in rows], groups


def count_words(rows: Sequence[ReportRow], skipped: int) -> str:
    """How many files hold, and how many do not."""
    results = [row.result for row in rows]
    counts = {grade: results.count(grade) for grade in COUNTED}
    parts = [
        f"{count} {COUNTED[grade][count != 1]}"
        for grade, count in counts.items()
        if count or grade is Grade.HOLDS
    ]
    if skipped:
        parts.append(f"{skipped} file{'s' * (skipped > 1)} skipped")
    return ", ".join(parts) + "."
