"""Hands the members of a sweep to processes of this machine, or to a Dask cluster, through joblib.

What joblib pickles goes only to its own worker processes or to the named cluster,
never into a file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

import joblib
from joblib.externals.loky.process_executor import TerminatedWorkerError

from dino.config import Config
from dino.experiments.cluster import Calls
from dino.experiments.member import FAILED, Outcome, Train, TrainedMember, failed_outcome
from dino.lists import CleanNames
from dino.machine import threads

ENDED = "TerminatedWorkerError", "KilledWorker"  # loky's and Dask's names for a process that ended
AHEAD = 2  # members handed out for each process, so that none waits for the next
Numbered: TypeAlias = "tuple[int, TrainedMember]"
Result: TypeAlias = (
    "tuple[int, TrainedMember | Exception]"  # Dask's exception, for a member that it gave up
)


class MemberWorkers:
    """Trains members. jobs: how many at once, -1 for all cores that this process may use;
    cluster: a Dask client.

    train: called with a recipe and the names; if it meets an exception, its outcome says so
    """

    def __init__(
        self, train: Train, names: CleanNames, jobs: int = -1, cluster: Any = None
    ) -> None:
        self.jobs = threads() if jobs < 0 and cluster is None else jobs
        self.train, self.names, self.cluster = train, names, cluster

    def train_members(self, configs: Mapping[int, Config]) -> Iterator[Numbered]:
        """Train these recipes; yields each one's number and result when it is over, in any order.

        If a process ends (for example out of memory), the members that it may have had are
        tried again, one at a time. So is each member that Dask gave up. One that fails this way
        again has failed.
        """
        left = dict(configs)
        with self._backend():
            while left:
                suspects: dict[int, Config] = {}
                try:
                    for number, found in self._in_parallel(dict(left), self.jobs):
                        config = left.pop(number)
                        if isinstance(found, TrainedMember):
                            yield number, found
                        else:
                            suspects[number] = config
                except TerminatedWorkerError:
                    count = AHEAD * joblib.effective_n_jobs(self.jobs)
                    suspects = {number: left.pop(number) for number in list(left)[:count]}
                for number, config in suspects.items():
                    yield number, self._alone(number, config)

    def _in_parallel(self, configs: Mapping[int, Config], jobs: int) -> Iterator[Result]:
        parallel = joblib.Parallel(
            n_jobs=jobs,
            return_as="generator_unordered",
            batch_size=1,
            pre_dispatch=f"{AHEAD} * n_jobs",
        )
        call = joblib.delayed(_numbered)
        found: Iterator[Result] = parallel(
            call(number, self.train, config, self.names) for number, config in configs.items()
        )
        return found

    def _alone(self, number: int, config: Config) -> TrainedMember:
        """Train one member in a separate process, not in this one."""
        found: TrainedMember | Exception
        try:
            found = next(iter(self._in_parallel({number: config}, jobs=2)))[1]
        # jobs=2: joblib would run a single job in this process, and its end would end the sweep.
        except TerminatedWorkerError as error:
            found = error
        if isinstance(found, TrainedMember):
            return found
        if type(found).__name__ in ENDED:
            words = "its process ended, perhaps for want of memory"
            return TrainedMember(Outcome(config.as_dict(), FAILED, words))
        return TrainedMember(failed_outcome(config, found))

    @contextmanager
    def _backend(self) -> Iterator[None]:
        """Where joblib's work goes: to processes of one thread each, or to the cluster."""
        if self.cluster is None:
            with joblib.parallel_config(backend="loky", inner_max_num_threads=1):
                yield
        else:
            with self.cluster, joblib.parallel_config(backend="dask", client=self.cluster):
                Calls(joblib.parallel.get_active_backend()[0])
                yield


def _numbered(number: int, train: Train, config: Config, names: CleanNames) -> Numbered:
    return number, train(config, names)
