"""The experiments of all browsers: how one begins, and how long it is kept."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from dino.data import Corpus
from dino.jobs import limits
from dino.jobs.browsers import Browsers
from dino.jobs.experiment import Experiment
from dino.jobs.job import Job
from dino.jobs.kept_runs import RunEntry
from dino.jobs.memory import MemoryBudget
from dino.locale.sentences import Refusal, sentence


class ExperimentLists:
    """The experiments of all browsers, by token, the oldest first; `Jobs` adds what trains them.

    Each counts as one of its browser's runs, at work and kept. The pool's lock guards them.
    """

    _experiments: dict[str, Experiment]
    _jobs: dict[str, Job]
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
            self._make_place(browser)
            self._browsers.meet(browser)
            self._experiments[experiment.token] = experiment
            self._count_experiments(browser)
        experiment.see(True)
        experiment.play()

    def _make_place(self, browser: str) -> None:
        """Forget the oldest experiment that is over, where there are as many as there may be."""
        mine = self.experiments_of(browser)
        if len(mine) < limits.EXPERIMENTS:
            return
        over = [experiment for experiment in mine if experiment.done]
        if not over:
            raise Refusal(
                sentence(
                    "A browser has at most {most} experiments that are not over. Stop one first.",
                    most=limits.EXPERIMENTS,
                )
            )
        del self._experiments[over[-1].token]

    def experiments_of(self, browser: str) -> list[Experiment]:
        """The experiments of a browser, the newest first."""
        with self._lock:
            mine = [it for it in self._experiments.values() if it.owner == browser]
        return mine[::-1]

    def remove_experiment(self, experiment: Experiment) -> None:
        """Stop an experiment, and forget it."""
        experiment.stop()
        with self._lock:
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
        for experiment in tuple(self._experiments.values()):
            if self._browsers.is_gone(experiment.owner):
                self.remove_experiment(experiment)


def entry_of_best(
    experiment: Experiment, count: Callable[[Corpus, float], dict[str, float] | None]
) -> Iterator[tuple[float, RunEntry | None]]:
    """The run of an experiment's best member for its browser's list, in parts; without a number.

    count: counts the baselines of its list until a time, as `Baselines.count` does. Raises Refusal
    where the list cannot be split any more.
    """
    assert experiment.best is not None
    run = experiment.best[1]
    yield 0.0, None
    corpus = experiment.list_of_best()
    yield 0.3, None
    while (baselines := count(corpus, time.monotonic() + limits.SLICE)) is None:
        yield 0.6, None
    token, owner, title = experiment.best_token, experiment.owner, sentence("Best of an experiment")
    yield 1.0, RunEntry(0, token, run, corpus, baselines, owner=owner, title=title)
