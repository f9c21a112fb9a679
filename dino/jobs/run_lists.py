"""What a browser sees of its runs, at work and kept, and does to its list of them."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dino.jobs import limits
from dino.jobs.browsers import Browsers
from dino.jobs.exams import Opening, which_exam
from dino.jobs.kept_runs import KeptRuns, RunEntry, checked_title
from dino.jobs.run_handle import RunHandle
from dino.jobs.run_work import RunWork
from dino.locale.sentences import Refusal, sentence

if TYPE_CHECKING:  # PyTorch takes a second to load
    from dino.exam import ExamLosses


class RunLists:
    """The lists of runs of all browsers; `Jobs` adds what trains them.

    _retiring: jobs that were dropped, and are kept once a worker has packed them.
    """

    _jobs: dict[str, RunWork]
    _retiring: dict[str, RunWork]
    _browsers: Browsers
    _lock: threading.RLock

    def drop(self, job: RunHandle, keep: bool = True) -> None:
        """Stop a job."""
        raise NotImplementedError

    def runs_of(self, browser: str) -> list[RunEntry]:
        """Its runs, those at work and the kept ones, the newest number first."""
        with self._lock:
            entries = [job.entry() for job in self._jobs.values() if job.owner == browser]
            found = [entry for entry in entries if entry is not None]
            found += self._browsers.kept_runs(browser).entries
        return sorted(found, key=lambda entry: -entry.number)

    def kept_of(self, browser: str) -> KeptRuns:
        """Its kept runs, with how many were discarded and lightened."""
        return self._browsers.kept_runs(browser)

    def find_number(self, browser: str, number: int) -> RunEntry | None:
        """Its run of this number, at work or kept; a run that has just begun, perhaps without steps
        and baselines.
        """
        with self._lock:
            for job in self._jobs.values():
                if job.owner == browser and job.number == number > 0:
                    return job.early_entry()
            return self._browsers.kept_runs(browser).find(number)

    def at_work(self, browser: str, number: int) -> RunHandle | None:
        """Its job of this number, if it is at work; perhaps before its network is built."""
        with self._lock:
            mine = (job for job in self._jobs.values() if job.owner == browser)
            return next((job for job in mine if job.number == number > 0), None)

    def find_kept(self, token: str) -> RunEntry | None:
        """The kept run of this token, whoever's it is."""
        with self._lock:
            kept = (entry for runs in self._browsers.all_kept() for entry in runs.entries)
            return next((entry for entry in kept if entry.token == token), None)

    def knew(self, browser: str, number: int) -> bool:
        """Whether this browser once had a run of this number, kept or not."""
        with self._lock:
            return self._browsers.knew(browser, number)

    def show(self, browser: str, token: str, shown: bool) -> None:
        """Let others watch a run that a browser trained on a list of its own, or no longer."""
        with self._lock:
            if shown:
                self._browsers.meet(browser).shown.add(token)
            else:
                self._browsers.shown_tokens(browser).discard(token)

    def may_watch(self, browser: str, run: RunHandle | RunEntry) -> bool:
        """Whether a browser may see a run and its names: those on a list of somebody's own only
        where that is its own, or where the run's owner shows it.
        """
        if run.corpus.owner in ("", browser):
            return True
        with self._lock:
            return run.token in self._browsers.shown_tokens(run.corpus.owner)

    def is_shown(self, run: RunHandle | RunEntry) -> bool:
        """Whether others may watch a run."""
        return self.may_watch("", run)

    def name_run(self, browser: str, number: int, title: str) -> None:
        """Give a run of a browser a title. Raises Refusal for one that is too long."""
        self._change(browser, number, title=checked_title(title))

    def pin(self, browser: str, number: int, pinned: bool) -> None:
        """Pin a run of a browser, or no longer. Raises Refusal where too many are pinned."""
        others = [it for it in self.runs_of(browser) if it.pinned and it.number != number]
        if pinned and len(others) >= limits.PINNED_RUNS:
            raise Refusal(
                sentence(
                    "At most {most} runs are pinned at once; unpin one first.",
                    most=limits.PINNED_RUNS,
                )
            )
        self._change(browser, number, pinned=pinned)

    def _change(self, browser: str, number: int, **values: Any) -> None:
        """Change what a browser's list says of a run, at work or kept."""
        with self._lock:
            for job in (*self._jobs.values(), *self._retiring.values()):
                if job.owner == browser and job.number == number > 0:
                    for name, value in values.items():
                        setattr(job, name, value)
            kept = self._browsers.kept_runs(browser)
            entry = kept.find(number)
            if entry is not None:
                kept.change(entry.token, lambda entry: replace(entry, **values))

    def open_exam(self, browser: str, entry: RunEntry) -> None:
        """Note that a browser opens the final exam with a run; once for the same weights."""
        with self._lock:
            exams = self._browsers.meet(browser).kept.exams
            exams.open(which_exam(entry.corpus), entry.token, entry.run.kept_step)

    def note_exam(self, browser: str, opening: Opening, found: ExamLosses) -> None:
        """Keep what an opening showed."""
        with self._lock:
            self._browsers.kept_runs(browser).exams.note(opening, found)

    def remove(self, browser: str, number: int) -> str:
        """Delete a run of a browser, at work or kept, which `put_back` undoes. Its token; '' for
        none.
        """
        entry, job = self.find_number(browser, number), self.at_work(browser, number)
        if job is not None:
            self.drop(job)
        if entry is None:
            return ""
        self.show(browser, entry.token, False)
        with self._lock:
            for token in self._browsers.kept_runs(browser).remove(entry.token):
                self._retiring.pop(token, None)
        return entry.token

    def put_back(self, browser: str, token: str) -> None:
        """Undo `remove`, as long as the browser's kept runs still have this one."""
        with self._lock:
            self._browsers.kept_runs(browser).put_back(token)
