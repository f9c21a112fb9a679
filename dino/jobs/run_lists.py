"""A browser's lists of runs and experiments: what it sees of them, and how it changes them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dino.jobs import limits
from dino.jobs.browsers import Browsers
from dino.jobs.exams import ExamOpening, which_exam
from dino.jobs.experiment import Experiment
from dino.jobs.kept_runs import KeptRuns, RunEntry, checked_title
from dino.jobs.memory_budget import MemoryBudget
from dino.jobs.run_handle import RunHandle
from dino.jobs.run_work import RunWork
from dino.locale.sentences import Refusal, sentence

if TYPE_CHECKING:  # PyTorch takes a second to load
    from dino.exam import ExamLosses


class RunLists:
    """The runs and experiments of all browsers, at work and kept; `Jobs` adds the training.

    An experiment counts as one of its browser's runs.
    """

    memory: MemoryBudget

    def __init__(self, clock: Callable[[], float]) -> None:
        self._browsers = Browsers(clock)
        self._jobs: dict[str, RunWork] = {}
        self._retiring: dict[str, RunWork] = {}  # dropped jobs that a worker has not packed yet
        self._experiments: dict[str, Experiment] = {}  # by token, the oldest first
        # Tokens of the deleted ones that may still be put back, the last deleted one at the end.
        self._removed_experiments: list[str] = []
        # Reentrant: `Jobs` holds it while it calls methods here that take it again.
        self._lock = threading.RLock()

    def has_room_for_list(self, size: int) -> bool:
        """`MemoryBudget.has_room_for_list`, with all jobs."""
        with self._lock:
            return self.memory.has_room_for_list(size, self.all_jobs())

    # Runs

    def drop(self, job: RunHandle, keep: bool = True) -> None:
        """Stop a job."""
        raise NotImplementedError

    def all_jobs(self) -> list[RunWork]:
        """All jobs, the oldest first, then all experiments."""
        with self._lock:
            return [*self._jobs.values(), *self._experiments.values()]

    def runs_of(self, browser: str) -> list[RunEntry]:
        """The runs of a browser, at work and kept, the newest number first."""
        with self._lock:
            entries = [job.entry() for job in self._jobs.values() if job.owner == browser]
            found = [entry for entry in entries if entry is not None]
            found += self._browsers.kept_runs(browser).entries
        return sorted(found, key=lambda entry: -entry.number)

    def kept_of(self, browser: str) -> KeptRuns:
        """The kept runs of a browser, with the counts of discarded and lightened ones."""
        return self._browsers.kept_runs(browser)

    def find_number(self, browser: str, number: int) -> RunEntry | None:
        """The run of a browser with this number, at work or kept. A run that has just begun may
        have no updates and no baselines yet.
        """
        with self._lock:
            for job in self._jobs.values():
                if job.owner == browser and job.number == number > 0:
                    return job.early_entry()
            return self._browsers.kept_runs(browser).find(number)

    def at_work(self, browser: str, number: int) -> RunHandle | None:
        """The job of a browser with this number, if it is at work; its
        network may not be built yet.
        """
        with self._lock:
            mine = (job for job in self._jobs.values() if job.owner == browser)
            return next((job for job in mine if job.number == number > 0), None)

    def find_kept(self, token: str) -> RunEntry | None:
        """The kept run with this token, of any browser."""
        with self._lock:
            kept = (entry for runs in self._browsers.all_kept() for entry in runs.entries)
            return next((entry for entry in kept if entry.token == token), None)

    def knew(self, browser: str, number: int) -> bool:
        """Whether this browser once had a run of this number, kept or not."""
        with self._lock:
            return self._browsers.knew(browser, number)

    def show(self, browser: str, token: str, shown: bool) -> None:
        """Let others watch a run on a browser's own list, or forbid it again."""
        with self._lock:
            if shown:
                self._browsers.meet(browser).shown.add(token)
            else:
                self._browsers.shown_tokens(browser).discard(token)

    def may_watch(self, browser: str, run: RunHandle | RunEntry) -> bool:
        """Whether a browser may see a run and its names.

        A run on a visitor's own list is visible to its owner only, unless the owner shows it.
        """
        if run.corpus.owner in ("", browser):
            return True
        with self._lock:
            return run.token in self._browsers.shown_tokens(run.corpus.owner)

    def is_shown(self, run: RunHandle | RunEntry) -> bool:
        """Whether everyone may watch a run."""
        return self.may_watch("", run)

    def name_run(self, browser: str, number: int, title: str) -> None:
        """Give a run of a browser a title. Raises Refusal for one that is too long."""
        self._change(browser, number, title=checked_title(title))

    def pin(self, browser: str, number: int, pinned: bool) -> None:
        """Pin or unpin a run of a browser. Raises Refusal if too many are pinned."""
        others = [it for it in self.runs_of(browser) if it.pinned and it.number != number]
        if pinned and len(others) >= limits.PINNED_RUNS:
            raise Refusal(
                sentence(
                    "You can pin at most {most} runs. Unpin one first.", most=limits.PINNED_RUNS
                )
            )
        self._change(browser, number, pinned=pinned)

    def _change(self, browser: str, number: int, **values: Any) -> None:
        """Change fields of a run in a browser's list, at work or kept."""
        with self._lock:
            # A worker that packs the run makes its entry from the job, so that needs the values
            # also.
            for job in (*self._jobs.values(), *self._retiring.values()):
                if job.owner == browser and job.number == number > 0:
                    for name, value in values.items():
                        setattr(job, name, value)
            kept = self._browsers.kept_runs(browser)
            entry = kept.find(number)
            if entry is not None:
                kept.change(entry.token, lambda entry: replace(entry, **values))

    def open_exam(self, browser: str, entry: RunEntry, mix: str = "") -> None:
        """Note that a browser opens the final exam with a run. The same weights count once.

        mix: what its network is read together with, as a text.
        """
        with self._lock:
            exams = self._browsers.meet(browser).kept.exams
            exams.open(which_exam(entry.corpus), entry.token, entry.run.kept_step, mix)

    def note_exam(self, browser: str, opening: ExamOpening, found: ExamLosses) -> None:
        """Keep what an opening showed."""
        with self._lock:
            self._browsers.kept_runs(browser).exams.note(opening, found)

    def remove(self, browser: str, number: int) -> str:
        """Delete a run of a browser, at work or kept; `put_back` undoes it. Returns its token, ''
        if there is no such run.
        """
        entry, job = self.find_number(browser, number), self.at_work(browser, number)
        if job is not None:
            self.drop(job)
        if entry is None:
            return ""
        self.show(browser, entry.token, False)
        with self._lock:
            for token in self._browsers.kept_runs(browser).remove(entry.token):
                # A worker that is still packing it must not bring it back.
                self._retiring.pop(token, None)
        return entry.token

    def put_back(self, browser: str, token: str) -> None:
        """Undo `remove`, if the browser's kept runs still have this one."""
        with self._lock:
            self._browsers.kept_runs(browser).put_back(token)

    # Experiments

    def begin(self, experiment: Experiment) -> None:
        """Put a new experiment of its browser to work.

        Raises Refusal if it can never fit, or the browser has too many that are not over.
        """
        browser = experiment.owner
        experiment.refusal = self.memory.refusal(experiment)
        if experiment.refusal:
            raise Refusal(experiment.refusal)
        with self._lock:
            numbers = [it.number for it in self._all_experiments(browser)]
            experiment.number = 1 + max(numbers, default=0)
            self._make_place(browser)
            self._browsers.meet(browser)
            self._experiments[experiment.token] = experiment
            self._count_experiments(browser)
        # Its browser has just asked for it; the janitor may not have seen the page yet.
        experiment.see(True)
        experiment.play()

    def _make_place(self, browser: str) -> None:
        """If a browser has as many experiments as it may, forget one."""
        gone = self.next_to_go(browser)
        if gone is not None:
            self._drop_experiment(gone)
        elif len(self._all_experiments(browser)) >= limits.EXPERIMENTS:
            raise Refusal(
                sentence(
                    "A browser can have at most {most} unfinished experiments. Stop one first.",
                    most=limits.EXPERIMENTS,
                )
            )

    def next_to_go(self, browser: str) -> Experiment | None:
        """The experiment that is forgotten for a new one: the one deleted first, else the oldest
        that is over. None if there is room, or if all are at work.
        """
        if len(self._all_experiments(browser)) < limits.EXPERIMENTS:
            return None
        over = [experiment for experiment in self.experiments_of(browser) if experiment.done]
        return next(iter((*self.removed_experiments(browser), *over[::-1])), None)

    def _all_experiments(self, browser: str) -> list[Experiment]:
        """All experiments of a browser, the oldest first, deleted ones included."""
        with self._lock:
            return [it for it in self._experiments.values() if it.owner == browser]

    def experiments_of(self, browser: str) -> list[Experiment]:
        """The experiments of a browser that are not deleted, the newest first."""
        with self._lock:
            mine, removed = self._all_experiments(browser), {*self._removed_experiments}
        return [experiment for experiment in mine[::-1] if experiment.token not in removed]

    def removed_experiments(self, browser: str) -> list[Experiment]:
        """The deleted experiments that may still be put back, the last deleted one at the end."""
        with self._lock:
            removed = [self._experiments[token] for token in self._removed_experiments]
        return [experiment for experiment in removed if experiment.owner == browser]

    def remove_experiment(self, experiment: Experiment) -> None:
        """Stop and delete an experiment; `put_back_experiment` undoes it."""
        experiment.stop()
        with self._lock:
            if experiment in self.experiments_of(experiment.owner):
                self._removed_experiments.append(experiment.token)
                self._count_experiments(experiment.owner)

    def put_back_experiment(self, experiment: Experiment) -> None:
        """Undo `remove_experiment`, if no new experiment has taken its place."""
        with self._lock:
            if experiment.token in self._removed_experiments:
                self._removed_experiments.remove(experiment.token)
                self._count_experiments(experiment.owner)

    def forget_experiments(self, browser: str) -> None:
        """Stop and forget all experiments of a browser, deleted ones included."""
        for experiment in self._all_experiments(browser):
            experiment.stop()
            with self._lock:
                self._drop_experiment(experiment)

    def _drop_experiment(self, experiment: Experiment) -> None:
        """Forget an experiment that is over."""
        self.put_back_experiment(experiment)
        self._experiments.pop(experiment.token, None)
        self._count_experiments(experiment.owner)

    def keep_best(self, entry: RunEntry) -> None:
        """Keep the run of an experiment's best member as the next run of its browser.

        It is kept, not at work. If the browser has it already, its weights become those given here.
        """
        with self._lock:
            at_work = self._jobs.get(entry.token)
            if at_work is not None:
                at_work.run = entry.run
                return
            kept = self._browsers.kept_runs(entry.owner)
            kept.put_back(entry.token)
            before = kept.take(entry.token)
            if before is None:
                entry = replace(entry, number=self._browsers.next_number(entry.owner))
            else:
                entry = replace(before, run=entry.run)
            self._browsers.keep(entry, self.memory.kept_room)

    def _count_experiments(self, browser: str) -> None:
        """Tell a browser's kept runs how many of their places its experiments take."""
        self._browsers.kept_runs(browser).experiments = len(self.experiments_of(browser))

    def _see_experiments(self, browsers: Collection[str]) -> None:
        """Note which browsers have a page open now: these and no others."""
        for experiment in tuple(self._experiments.values()):
            experiment.see(experiment.owner in browsers)

    def _end_experiments(self) -> None:
        """Forget the experiments of browsers that are gone."""
        for browser in {experiment.owner for experiment in self._experiments.values()}:
            if self._browsers.is_gone(browser):
                self.forget_experiments(browser)
