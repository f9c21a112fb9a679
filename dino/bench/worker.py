"""A process of the benchmark: it builds loops when they are first asked for, and times them.

python -m dino.bench.worker    reads a request per line, answers each with a line of JSON
"""

from __future__ import annotations

import json
import math
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, TextIO

from dino.config import Config
from dino.data import load
from dino.presets import PRESETS

if TYPE_CHECKING:  # only loops that need PyTorch load it
    from dino.bench.peers import Peer
    from dino.jobs import RunHandle

Answer = dict[str, Any]

ENGINE = "compiled"  # ours; tests use the other one, which needs no compiler
TARGET = 1.70  # nats per symbol, held out
EVALUATE_EVERY = 10  # updates, on the way to TARGET
SCRIPT_SECONDS, SCRIPT_RUNS = 0.02, 25  # of a page's script, and how often it runs


class WorkerTasks:
    """What a `WorkerProcess` can be asked: each public method is one task."""

    def __init__(self) -> None:
        self.corpus = load()
        self.loops: dict[str, Peer] = {}
        self.seconds_per_update: dict[str, float] = {}  # CPU seconds, as measured last

    def run_loop(self, loop: str, seconds: float, config: dict[str, Any] | None = None) -> Answer:
        """Run a loop for about `seconds` of CPU time. With a `config`, it is our own training."""
        if loop not in self.loops:
            self.loops[loop] = self._build(loop, config)
        peer = self.loops[loop]
        updates = max(1, int(seconds / self.seconds_per_update.get(loop, seconds)))
        spent, evaluation, loss = time_updates(peer, updates)
        self.seconds_per_update[loop] = spent / updates
        return {
            "seconds": spent,
            "evaluation_seconds": evaluation,
            "names": updates * peer.batch,
            "loss": loss,
        }

    def _build(self, loop: str, config: dict[str, Any] | None) -> Peer:
        from dino.bench import ours

        if config is not None:
            return ours.OurTraining(Config(**config), self.corpus)
        if loop.startswith("mm "):
            return ours.MatrixProduct(int(loop.removeprefix("mm ")))
        return ours.LOOPS[loop](self.corpus)

    def train_to_target(self, seed: int, most: int, rate: float | None = None) -> Answer:
        """Train until the held-out loss is TARGET, for at most `most` updates.

        It is our training, or makemore's RNN if its `rate` is given.
        """
        from dino.bench.ours import OurTraining
        from dino.bench.peers_batched import Makemore

        peer: OurTraining | Makemore
        if rate is None:
            config = PRESETS["best-rnn"].config.replace(seed=seed, engine=ENGINE)
            peer = OurTraining(config, self.corpus)
        else:
            peer = Makemore(self.corpus, "rnn", seed, rate)
        spent, steps, loss = 0.0, 0, math.inf
        while loss > TARGET and steps < most:
            spent += time_updates(peer, EVALUATE_EVERY)[0]
            steps += EVALUATE_EVERY
            loss = peer.held_out_loss()
        return {"seconds": spent, "steps": steps, "reached": loss <= TARGET}

    def train_learners(self, count: int, seconds: float, steps: int) -> Answer:
        """Wall-clock speed of `count` learners on a pool of two, after `steps` updates each.

        At the same time, measures a 20 ms page script, which, unlike training, needs Python's lock.
        """
        from dino.jobs import Jobs

        script = make_script(SCRIPT_SECONDS)
        pool = Jobs(workers=2)
        jobs = [
            pool.create(
                Config(seed=seed, max_steps=100_000, engine=ENGINE), self.corpus, page="bench"
            )
            for seed in range(count)
        ]
        _train_until(jobs, steps)
        answer = _measure_learners(jobs, seconds)
        runs = [time_by_clock(script) for _ in range(SCRIPT_RUNS)]
        for job in jobs:
            pool.drop(job)
        pool.close()
        return answer | {"script_ms": 1000 * statistics.median(runs)}


def _train_until(jobs: list[RunHandle], steps: int) -> None:
    """Start all, and wait until each has made this many updates."""
    for job in jobs:
        job.play()
    while any(names_seen(job) < job.config.batch_size * steps for job in jobs):
        time.sleep(0.01)
        if any(job.done for job in jobs):
            raise ValueError("a learner stopped before the others were warm")


def _measure_learners(jobs: list[RunHandle], seconds: float) -> Answer:
    """The names they train on, the cores they use, and how unequal their shares are.

    Takes longer than `seconds` if no learner has had a turn by then, because there would be no
    shares to compare.
    """
    before, began, cpu_began = list(map(names_seen, jobs)), time.perf_counter(), time.process_time()
    time.sleep(seconds)
    while list(map(names_seen, jobs)) == before:
        time.sleep(0.01)
    shares = [names_seen(job) - names for job, names in zip(jobs, before, strict=True)]
    took, spent = time.perf_counter() - began, time.process_time() - cpu_began
    mean = sum(shares) / len(jobs)
    return {
        "names_per_second": sum(shares) / took,
        "cores": spent / took,
        "unfairness": max(abs(share / mean - 1) for share in shares),
    }


def names_seen(job: RunHandle) -> int:
    """Names that a learner has trained on, as its run shows it."""
    return job.run.names_seen if job.run else 0


def make_script(seconds: float) -> Callable[[], object]:
    """Work in plain Python that takes this long on a free core."""

    def work(rounds: int) -> list[str]:
        return [f"{i:x}" for i in range(rounds)]

    rounds = 1000
    while time_by_clock(partial(work, rounds)) < seconds / 4:
        rounds *= 2
    shortest = min(time_by_clock(partial(work, rounds)) for _ in range(9))
    return partial(work, int(rounds * seconds / shortest))


def time_by_clock(work: Callable[[], object]) -> float:
    """Seconds by the clock, after a pause like that between two clicks."""
    time.sleep(0.03)
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def time_updates(peer: Peer, updates: int) -> tuple[float, float, float]:
    """CPU seconds of some updates, then those of evaluation and sampling, then the last loss."""
    evaluation, began = peer.evaluation_seconds, time.process_time()
    loss = peer.run(updates)
    spent = time.process_time() - began
    evaluation = peer.evaluation_seconds - evaluation
    return spent - evaluation, evaluation, loss


def serve(requests: Iterable[str], answers: TextIO) -> None:
    """Answer each line until there are no more."""
    tasks = WorkerTasks()
    for line in requests:
        task, details = json.loads(line)
        try:
            answer = getattr(tasks, task)(**details)
        except Exception as error:  # the benchmark continues without this row
            answer = {"error": f"{type(error).__name__}, {str(error)[:200].rstrip('.')}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    answers, sys.stdout = sys.stdout, sys.stderr  # what a library prints is not an answer
    serve(sys.stdin, answers)
