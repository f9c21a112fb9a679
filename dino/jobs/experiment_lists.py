"""The experiments of all browsers: how one begins, and how long it is kept."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from dino.config import Writing
from dino.data import Corpus
from dino.jobs import limits
from dino.jobs.browsers import Browsers
from dino.jobs.experiment import Experiment
from dino.jobs.kept_runs import RunEntry
from dino.jobs.memory import MemoryBudget
from dino.jobs.run_work import RunWork
from dino.jobs.written import WrittenNames, write_names
from dino.locale.sentences import Refusal, sentence
from dino.parts import report_progress


class ExperimentLists:
    """The experiments of all browsers, by token, the oldest first; `Jobs` adds what trains them.

    Each counts as one of its browser's runs, at work and kept. The pool's lock guards them.

    _removed_experiments: the tokens of those that were deleted, which may still be put back, in the
    order of their deletion.
    """

    _experiments: dict[str, Experiment]
    _removed_experiments: list[str]
    _jobs: dict[str, RunWork]
    _browsers: Browsers
    _lock: threading.RLock
    memory: MemoryBudget

    def begin(self, experiment: Experiment) -> None:
        """Have a new experiment at work, for its browser.

        Raises Refusal where it can never fit, or the browser has too many that are not over.
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
        experiment.see(True)
        experiment.play()

    def _make_place(self, browser: str) -> None:
        """Forget one experiment, where there are as many as there may be."""
        gone = self.next_to_go(browser)
        if gone is not None:
            self._drop_experiment(gone)
        elif len(self._all_experiments(browser)) >= limits.EXPERIMENTS:
            raise Refusal(
                sentence(
                    "A browser has at most {most} experiments that are not over. Stop one first.",
                    most=limits.EXPERIMENTS,
                )
            )

    def next_to_go(self, browser: str) -> Experiment | None:
        """The experiment that a new one of its browser takes the place of: the one that was deleted
        first, or else the oldest that is over. None where there is room, or all are at work.
        """
        if len(self._all_experiments(browser)) < limits.EXPERIMENTS:
            return None
        over = [experiment for experiment in self.experiments_of(browser) if experiment.done]
        return next(iter((*self.removed_experiments(browser), *over[::-1])), None)

    def _all_experiments(self, browser: str) -> list[Experiment]:
        """The experiments of a browser, deleted ones too, the oldest first."""
        with self._lock:
            return [it for it in self._experiments.values() if it.owner == browser]

    def experiments_of(self, browser: str) -> list[Experiment]:
        """The experiments of a browser that are not deleted, the newest first."""
        with self._lock:
            mine, removed = self._all_experiments(browser), {*self._removed_experiments}
        return [experiment for experiment in mine[::-1] if experiment.token not in removed]

    def removed_experiments(self, browser: str) -> list[Experiment]:
        """Those that may still be put back, the one that was deleted last at the end."""
        with self._lock:
            removed = [self._experiments[token] for token in self._removed_experiments]
        return [experiment for experiment in removed if experiment.owner == browser]

    def remove_experiment(self, experiment: Experiment) -> None:
        """Stop an experiment and delete it, which `put_back_experiment` undoes."""
        experiment.stop()
        with self._lock:
            if experiment in self.experiments_of(experiment.owner):
                self._removed_experiments.append(experiment.token)
                self._count_experiments(experiment.owner)

    def put_back_experiment(self, experiment: Experiment) -> None:
        """Undo `remove_experiment`, as long as no new one has taken its place."""
        with self._lock:
            if experiment.token in self._removed_experiments:
                self._removed_experiments.remove(experiment.token)
                self._count_experiments(experiment.owner)

    def forget_experiments(self, browser: str) -> None:
        """Stop and forget all experiments of a browser, deleted ones too."""
        for experiment in self._all_experiments(browser):
            experiment.stop()
            with self._lock:
                self._drop_experiment(experiment)

    def _drop_experiment(self, experiment: Experiment) -> None:
        """Forget one that is over."""
        self.put_back_experiment(experiment)
        self._experiments.pop(experiment.token, None)
        self._count_experiments(experiment.owner)

    def keep_best(self, entry: RunEntry) -> None:
        """Keep the run of an experiment's best member as the next one of its browser, as a run that
        is no longer at work; where the browser has it already, with its weights as they are here.
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
        """Have its list of kept runs know how many of its places they take."""
        self._browsers.kept_runs(browser).experiments = len(self.experiments_of(browser))

    def _see_experiments(self, browsers: Collection[str]) -> None:
        """Note that of all browsers these have a page open now."""
        for experiment in tuple(self._experiments.values()):
            experiment.see(experiment.owner in browsers)

    def _end_experiments(self) -> None:
        """Forget the experiments of browsers whose time is over."""
        for browser in {experiment.owner for experiment in self._experiments.values()}:
            if self._browsers.is_gone(browser):
                self.forget_experiments(browser)


def names_of_best(
    experiment: Experiment, writing: Writing
) -> Iterator[tuple[float, tuple[WrittenNames, Corpus] | None]]:
    """Names of the best member's network, and its list as it had it split, in parts. Raises Refusal
    where the list cannot be split any more.
    """
    assert experiment.best is not None
    run = experiment.best[1]
    yield 0.0, None
    corpus = experiment.list_of_best()
    for share, written in write_names(run, corpus, writing):
        yield share, None if written is None else (written, corpus)


def entry_of_best(
    experiment: Experiment, count: Callable[[Corpus, float], dict[str, float] | None]
) -> Iterator[tuple[float, RunEntry | None]]:
    """The run of an experiment's best member for its browser's list, in parts; without a number.

    count: counts the baselines of its list until a time, as `Baselines.count` does. Raises Refusal
    where the list cannot be split any more.
    """
    assert experiment.best is not None
    from dino.recorder import with_trace

    yield 0.0, None
    corpus = experiment.list_of_best()
    yield 0.3, None
    run = yield from report_progress(with_trace(experiment.best[1], corpus.vocab), (0.3, None))
    while (baselines := count(corpus, time.monotonic() + limits.SLICE)) is None:
        yield 0.6, None
    token, owner, title = experiment.best_token, experiment.owner, sentence("Best of an experiment")
    yield 1.0, RunEntry(0, token, run, corpus, baselines, owner=owner, title=title)
