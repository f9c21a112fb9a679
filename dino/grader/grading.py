"""What reports are judged with: the lists they may be trained on, and how long that may take.

Grading(Lists([Path("names.txt")]), minutes=10)
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from dino.data import Corpus, load, load_bundled
from dino.grader.claims import RunClaims
from dino.grader.repeat import Progress, ignore_progress
from dino.locale.sentences import Refusal
from dino.ngram import baselines
from dino.reports.facts import all_names
from dino.saved.saved_list import bundled_prints, fingerprint


class Lists:
    """The lists that reports are trained on: those of the app, and given files."""

    def __init__(self, files: Sequence[Path] = ()) -> None:
        """Raises Refusal for a file that is not a list."""
        self._files = {
            fingerprint(all_names(load(path, keep_case=case))): (path, case)
            for path in files
            for case in (True, False)
        }
        self._counted: dict[tuple[str, tuple[int, ...], int, bool], dict[str, float]] = {}

    def corpus(self, facts: RunClaims) -> Corpus:
        """The list of a report, split as its recipe says. Raises Refusal if it is not here."""
        seed, exam = facts.config.split_seed, facts.config.exam
        if found := bundled_prints().get(facts.fingerprint):
            corpus = load_bundled(found[0], seed, found[1], exam)
        elif given := self._files.get(facts.fingerprint):
            corpus = load(given[0], seed, given[1], exam)
        else:
            raise Refusal(
                "this Dino does not have its list. Give the file of its names with --data"
            )
        names = all_names(corpus)
        if any(place >= len(names) for place in facts.removed):
            raise Refusal("its removed names are not in its list")
        removed = [names[place] for place in facts.removed]
        return corpus.without(removed) if removed else corpus

    def name(self, fingerprint: str) -> str:
        """A list's name here: its key in the app, or its file; '' if it is not here."""
        if found := bundled_prints().get(fingerprint):
            return found[0]
        given = self._files.get(fingerprint)
        return given[0].name if given else ""

    def baselines(self, facts: RunClaims, corpus: Corpus) -> dict[str, float]:
        """What counting letters reaches on it, in nats per symbol."""
        config = facts.config
        key = facts.fingerprint, facts.removed, config.split_seed, config.exam
        if key not in self._counted:
            self._counted[key] = baselines(corpus)
        return self._counted[key]


class Grading:
    """How one report is judged, beginning now.

    minutes: how long its training may take; until: when it must be done, in seconds of
    `time.monotonic`
    members: how many members of an experiment are trained again; None for as many as
    there is time for
    """

    def __init__(
        self,
        lists: Lists,
        minutes: float,
        progress: Progress = ignore_progress,
        members: int | None = None,
    ) -> None:
        self.lists, self.minutes, self.progress = lists, minutes, progress
        self.members = members
        self.until = time.monotonic() + 60 * minutes
