"""The final exams that a browser opened: with which runs, how often, and what it saw."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from dino.data import Corpus
from dino.jobs import limits

if TYPE_CHECKING:  # PyTorch takes a second to load
    from dino.exam import ExamLosses, ExamResult


class ExamOpening(NamedTuple):
    """A final exam, opened with a run.

    exam: from `which_exam`; token, step: the run, and the step of its weights
    number: 1 for the first opening of this exam; losses: None until they are measured
    mix: the text of the mixture that was set when it was opened; '' if none was
    """

    exam: str
    token: str
    step: int
    number: int
    losses: ExamLosses | None = None
    mix: str = ""


class Exams:
    """The exam openings of a browser, the oldest first.

    The pool's lock guards all changes. A tuple is replaced, never changed, so that a page may
    read it without the lock.
    """

    def __init__(self) -> None:
        self._openings: tuple[ExamOpening, ...] = ()
        self._counts: dict[str, int] = {}

    def count(self, exam: str) -> int:
        """How often an exam was opened."""
        return self._counts.get(exam, 0)

    def find(self, token: str, step: int) -> ExamOpening | None:
        """The opening with these weights of a run."""
        found = (it for it in self._openings if (it.token, it.step) == (token, step))
        return next(found, None)

    def of_run(self, token: str) -> ExamOpening | None:
        """The first opening with a run, at any step."""
        return next((it for it in self._openings if it.token == token), None)

    def open(self, exam: str, token: str, step: int, mix: str = "") -> None:
        """Note an opening, unless these weights have opened one before: they
        would show the same loss. Its mixture stays, or the exam could choose it.
        """
        if self.find(token, step) is None:
            number = self.count(exam) + 1
            self._counts = {**self._counts, exam: number}
            opening = ExamOpening(exam, token, step, number, mix=mix)
            self._openings = (*self._openings, opening)[-limits.OPENINGS :]

    def note(self, opening: ExamOpening, losses: ExamLosses) -> None:
        """Keep what an opening showed."""
        self._openings = tuple(
            # [:3]: exam, token and step; another number would be the same opening.
            it._replace(losses=losses) if it[:3] == opening[:3] else it
            for it in self._openings
        )

    def opened_exam(self, token: str, step: int) -> ExamResult | None:
        """What the exam showed for these weights; None if it was not
        opened, or is not measured yet.
        """
        from dino.exam import ExamResult

        found = self.find(token, step)
        if found is None or found.losses is None:
            return None
        return ExamResult(found.losses, found.number, self.count(found.exam), found.mix)


def which_exam(corpus: Corpus) -> str:
    """A fingerprint of the exam of a list and its split.

    It does not depend on which names were removed from the list, because removing
    a name makes no new exam.
    """
    names = sorted({*corpus.names, *corpus.removed})
    lines = (str(corpus.split_seed), *names)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
