"""The inside of a process of the benchmark: it builds loops when first asked for, and times them.

    python -m dino.bench.worker    reads a request a line, answers each with a line of JSON
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

from dino.config import PRESETS, Config
from dino.data import load

if TYPE_CHECKING:  # PyTorch is for whoever asks for a loop that needs it
    from dino.jobs import Job

Answer = dict[str, Any]

ENGINE = "compiled"  # ours; tests take the other one, which needs no compiler
TARGET = 1.70  # nats per symbol, held out
LOOK_EVERY = 10  # updates between two looks at the held-out loss
SCRIPT, SCRIPT_RUNS = 0.02, 25  # seconds of a page's script, and how often it runs


class Desk:
    """Answers what a `Worker` of the benchmark asks: each method is one thing it can do."""

    def __init__(self) -> None:
        self.corpus = load()
        self.loops: dict[str, Any] = {}
        self.pace: dict[str, float] = {}  # seconds of CPU an update took last

    def run(self, loop: str, seconds: float, config: dict[str, Any] | None = None) -> Answer:
        """Let a loop run for about `seconds` of CPU. With a `config` it is a training of ours."""
        if loop not in self.loops:
            self.loops[loop] = self._build(loop, config)
        it = self.loops[loop]
        updates = max(1, int(seconds / self.pace.get(loop, seconds)))
        spent, looking, loss = timed(it, updates)
        self.pace[loop] = spent / updates
        return {"seconds": spent, "looking": looking, "names": updates * it.batch, "loss": loss}

    def _build(self, loop: str, config: dict[str, Any] | None) -> Any:
        from dino.bench import peers

        if config is not None:
            return peers.Ours(Config(**config), self.corpus)
        if loop.startswith("mm "):
            return peers.Product(int(loop.removeprefix("mm ")))
        return peers.PEERS[loop](self.corpus)

    def reach(self, seed: int, most: int, rate: float | None = None) -> Answer:
        """Train until the held-out loss is TARGET: ours, or makemore's RNN with this `rate`."""
        from dino.bench import peers

        if rate is None:
            config = PRESETS["best-rnn"].config.replace(seed=seed, engine=ENGINE)
            it: Any = peers.Ours(config, self.corpus)
        else:
            it = peers.Makemore(self.corpus, "rnn", seed, rate)
        spent, steps, loss = 0.0, 0, math.inf
        while loss > TARGET and steps < most:
            spent += timed(it, LOOK_EVERY)[0]
            steps += LOOK_EVERY
            loss = it.held_out()
        return {"seconds": spent, "steps": steps, "reached": loss <= TARGET}

    def learners(self, count: int, seconds: float, steps: int) -> Answer:
        """What so many learners train by the clock on a pool of two, once they are warm.

        And how long a page's script of 20 ms takes meanwhile, which is Python as they are not.
        """
        from dino.jobs import Jobs

        work = script(SCRIPT)
        pool = Jobs(workers=2)
        jobs = [pool.create(Config(seed=seed, max_steps=100_000, engine=ENGINE), self.corpus,
                            page="bench") for seed in range(count)]
        for job in jobs:
            job.play()
        while any(seen(job) < job.config.batch_size * steps for job in jobs):
            time.sleep(0.01)
            if any(job.done for job in jobs):
                raise ValueError("a learner stopped before the others were warm")
        before, began, cpu_began = list(map(seen, jobs)), time.perf_counter(), time.process_time()
        time.sleep(seconds)
        shares = [seen(job) - b for job, b in zip(jobs, before, strict=True)]
        took, spent = time.perf_counter() - began, time.process_time() - cpu_began
        mean = sum(shares) / count
        runs = [clocked(work) for _ in range(SCRIPT_RUNS)]
        for job in jobs:
            pool.drop(job)
        pool.close()
        return {"names_per_second": sum(shares) / took, "cores": spent / took,
                "unfairness": max(abs(share / mean - 1) for share in shares),
                "script_ms": 1000 * statistics.median(runs)}


def script(seconds: float) -> Callable[[], object]:
    """Plain Python work that takes so long on a free core."""

    def work(rounds: int) -> list[str]:
        return [f"{i:x}" for i in range(rounds)]

    rounds = 1000
    while clocked(partial(work, rounds)) < seconds / 4:
        rounds *= 2
    rounds = int(rounds * seconds / min(clocked(partial(work, rounds)) for _ in range(9)))
    return partial(work, rounds)


def clocked(work: Callable[[], object]) -> float:
    """Seconds by the clock, after a pause as between two clicks."""
    time.sleep(0.03)
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def timed(it: Any, updates: int) -> tuple[float, float, float]:
    """CPU seconds of some updates of a loop, those it spent on looking besides, its last loss."""
    looking, began = it.looking, time.process_time()
    loss = it.run(updates)
    looking = it.looking - looking
    return time.process_time() - began - looking, looking, loss


def seen(job: Job) -> int:
    """Names that a learner has trained on until now, shown or not."""
    return job.run.names_seen if job.run else 0


def serve(requests: Iterable[str], answers: TextIO) -> None:
    """Answer each line until there are no more."""
    desk = Desk()
    for line in requests:
        what, details = json.loads(line)
        try:
            answer = getattr(desk, what)(**details)
        except Exception as error:  # the benchmark goes on without this row
            answer = {"error": f"{type(error).__name__}, {str(error)[:200].rstrip('.')}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever a library prints goes elsewhere
    serve(sys.stdin, answers)
