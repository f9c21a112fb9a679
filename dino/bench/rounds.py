"""The benchmark: how much CPU time a name costs here, and in the ways of others (`peers.py`).

    python -m dino bench [--quick] [--json]

Each library lives in a process of its own, for as long as the benchmark lasts. In every round each
row has its turn, in random order: the peer trains for a moment and so do we, with the same cell,
hidden size and batch size and the nearest recipe; the ratio of a round comes from that round alone.
Against peers that train one name at a time, ours trains batches of 32. One thread each; seconds of
CPU, not of the clock. Settings that force OpenBLAS onto the code of another processor are left out
for all of them, ours too; the result says so. Measuring the held-out loss and showing names belong
to no training's time, on neither side; what they add to ours is told beside it.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import math
import os
import platform
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from dino.bench.worker import ENGINE, SCRIPT, TARGET, Answer
from dino.compiled import engine
from dino.config import Config
from dino.data import load

Spread = dict[str, float]

RATES = (5e-3, 2e-3, 1e-2)  # tried for the tuned peer; makemore's own is 5e-4
SIZES = (25, 64, 128, 256, 512)
PRODUCTS = (512, 1024, 2048)  # n for torch.mm of (n, n) by (n, n)
LEARNERS = (1, 8, 30)
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS",
     "TF_NUM_INTEROP_THREADS"), "1")
# Where these are set, numpy's and numba's products run the code of another, older processor.
FORCED = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
FIRST_UPDATE = ("from dino.config import Config; from dino.data import load; "
                "from dino.train import Trainer; Trainer(Config(engine={!r}), load()).step()")
STARTS = {
    "python": "pass", "torch": "import torch", "dino.train": "import dino.train",
    "first update by PyTorch": FIRST_UPDATE.format("torch"),
    "first update compiled": FIRST_UPDATE.format(ENGINE),
}
MEMORY = """
try:
    import resource, sys
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(most / (2**20 if sys.platform == "darwin" else 2**10))
except ImportError:
    print("nan")
"""


@dataclass(frozen=True)
class Budget:
    """How long everything takes: rounds, and CPU seconds of one turn in them."""

    rounds: int = 15
    turn: float = 0.4
    peak_rounds: int = 7
    seeds: int = 5
    most_steps: int = 10_000  # towards TARGET; who is not there by then has its time as a bound
    learner_rounds: int = 3
    learner_seconds: float = 5.0
    learner_steps: int = 1000  # that each has made when the counting begins
    starts: int = 3


FULL = Budget()
QUICK = Budget(rounds=4, turn=0.1, peak_rounds=2, seeds=1, most_steps=5000, learner_rounds=1,
               learner_seconds=1.5, learner_steps=300, starts=1)


class Row(NamedTuple):
    """A comparison: the library whose process the peer runs in, and our recipe (None: writing)."""

    library: str
    ours: Config | None = None


def recipe(
    hidden_size: int, cell: str = "rnn", optimizer: str = "adam", rate: float = 0.001,
    clip_norm: float = 0.0,
) -> Config:
    """Ours, with nothing in it that the peer does not do."""
    return Config(cell=cell, hidden_size=hidden_size, optimizer=optimizer, learning_rate=rate,
                  clip_norm=clip_norm, average=0.0, max_steps=100_000, engine=ENGINE)


ROWS = {
    "keras-notebook-25": Row("keras", recipe(25, optimizer="sgd", rate=0.0005)),
    "keras-fit-25": Row("keras", recipe(25, optimizer="sgd", rate=0.0005)),
    "pytorch-tutorial-128": Row("torch", recipe(128, optimizer="sgd", rate=0.0005)),
    "numpy-one-name-25": Row("numpy", recipe(25, optimizer="adagrad", rate=0.1, clip_norm=5.0)),
    "makemore-rnn-64": Row("makemore", recipe(64, optimizer="adamw", rate=0.0005)),
    "makemore-gru-64": Row("makemore", recipe(64, "gru", "adamw", 0.0005)),
    "nn-rnn-64": Row("torch", recipe(64)),
    "nn-gru-64": Row("torch", recipe(64, "gru")),
    "nn-lstm-64": Row("torch", recipe(64, "lstm")),
    "sample-16": Row("keras"),
    "sample-16-torch-loop": Row("torch"),
}


def run(quick: bool = False) -> dict[str, Any]:
    """The whole benchmark, as plain numbers. Raises ValueError where it cannot run."""
    if ENGINE == "compiled" and not engine.available():
        raise ValueError("The benchmark is of the compiled engine; install numba and scipy for it.")
    budget, began, found = QUICK if quick else FULL, time.perf_counter(), machine()
    skipped = absent()
    with ExitStack() as stack:
        names = {"dino", "makemore", *(ROWS[row].library for row in ROWS if row not in skipped)}
        workers = {name: stack.enter_context(closing(Worker(name))) for name in sorted(names)}
        result: dict[str, Any] = {"quick": quick}
        result |= compare(workers, budget, skipped)
        result["peak_share"] = peak_share(workers["dino"], budget)
        result[f"time_to_{TARGET:.2f}"] = times(workers, budget)
        result["learners"] = learners(workers["dino"], budget)
        result["ratios"]["learners-30"] = result["learners"]["30"].pop("over_one")
    result["import_seconds"] = starts(budget)
    seconds = short(time.perf_counter() - began)
    result["machine"] = found | {"load_after": load_average(), "seconds": seconds}
    return result


def surroundings() -> dict[str, str]:
    """The environment of every process here: one thread, and nothing forced on OpenBLAS."""
    return {name: value for name, value in os.environ.items() if name not in FORCED} | ONE_THREAD


class Broken(ValueError):
    """A process of the benchmark ended, or could not do what it was asked."""


class Worker:
    """A library's process. It is asked one thing after another, a line of JSON each."""

    def __init__(self, library: str) -> None:
        paths = [str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH", "")]
        env = surroundings() | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
        self.library = library
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dino.bench.worker"], env=env, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def ask(self, what: str, **details: Any) -> Answer:
        """Have it do one of the things that `Desk` does. Raises Broken if it cannot."""
        try:
            print(json.dumps([what, details]), file=self.process.stdin, flush=True)
            line = self.process.stdout.readline()
        except OSError:
            line = ""
        answer = json.loads(line) if line else {"error": "it ended"}
        if "error" in answer:
            raise Broken(f"The {self.library} process broke off: {answer['error']}.")
        return answer

    def close(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.communicate()


def absent() -> dict[str, str]:
    """The rows that cannot run here, each with the reason."""
    if importlib.util.find_spec("tensorflow"):
        return {}
    return {name: "TensorFlow is not installed" for name, row in ROWS.items()
            if row.library == "keras"}


def compare(workers: dict[str, Worker], budget: Budget, skipped: dict[str, str]) -> dict[str, Any]:
    """All rows in all rounds. A row that breaks off is skipped from there on."""
    rng, skipped = random.Random(0), dict(skipped)
    rounds: dict[str, list[dict[str, Answer]]] = {row: [] for row in ROWS if row not in skipped}
    for number in range(budget.rounds + 1):
        say(f"round {number} of {budget.rounds}" if number else "warming up")
        for row in rng.sample(list(rounds), len(rounds)):
            try:
                answers = duel(workers, row, budget.turn, rng, first=not number)
            except Broken as error:
                skipped[row] = str(error)
                del rounds[row]
                continue
            rounds[row] += [answers] if number else []
    return {
        "ratios": {row: spread([per_name(a["peer"]) / per_name(a["ours"]) for a in each])
                   for row, each in rounds.items()},
        "skipped": skipped,
        "names_per_cpu_second": {row: speeds(each) for row, each in rounds.items()},
    }


def duel(
    workers: dict[str, Worker], row: str, turn: float, rng: random.Random, first: bool = False
) -> dict[str, Answer]:
    """A turn of the peer and one of ours, in random order; `first` they warm up."""
    library, config = ROWS[row]
    ours = {"loop": f"ours {row}", "config": config.as_dict()} if config else {"loop": "ours"}
    sides = [("peer", workers[library], {"loop": row}), ("ours", workers["dino"], ours)]
    return {side: take_turn(worker, turn, first, **details)
            for side, worker, details in rng.sample(sides, 2)}


def take_turn(worker: Worker, turn: float, first: bool = False, **details: Any) -> Answer:
    """Have a loop run for a turn; `first` often enough to know its pace."""
    answer = worker.ask("run", seconds=turn, **details)
    one = answer["names"]
    for _ in range(5 if first else 0):  # the very first updates may load and compile much
        answer = worker.ask("run", seconds=turn, **details)
        if answer["seconds"] > turn / 2 and answer["names"] > one:
            break
    return answer


def per_name(answer: Answer) -> float:
    """CPU seconds a name."""
    return answer["seconds"] / answer["names"]


def speeds(rounds: Sequence[dict[str, Answer]]) -> dict[str, float]:
    """Names a CPU second, medians: the peer's, ours, and ours with what we look at meanwhile."""
    whole = [per_name(a["ours"]) * (1 + a["ours"]["looking"] / a["ours"]["seconds"])
             for a in rounds]
    sides = {side: [per_name(a[side]) for a in rounds] for side in ("peer", "ours")}
    return {side: short(1 / statistics.median(costs))
            for side, costs in (sides | {"ours_with_looking": whole}).items()}


def peak_share(dino: Worker, budget: Budget) -> dict[str, float]:
    """Useful work of our vanilla RNN, as a share of what torch.mm does on a core, by hidden size.

    A target costs 6 · (H² + 27·H) operations, the recurrent product and the output's: a multiply
    and an add each, forward and twice backward. What goes in is a look-up.
    """
    rng, targets = random.Random(0), load().train_arrays.lengths.mean()
    loops: dict[str, dict[str, Any]] = {f"mm {n}": {} for n in PRODUCTS}
    loops |= {f"size {H}": {"config": recipe(H).as_dict()} for H in SIZES}
    work = {f"mm {n}": 2 * n**3 for n in PRODUCTS}
    work |= {f"size {H}": targets * 6 * (H * H + 27 * H) for H in SIZES}
    shares: dict[int, list[float]] = {H: [] for H in SIZES}
    for number in range(budget.peak_rounds + 1):
        say(f"share of peak, round {number} of {budget.peak_rounds}")
        pace = {
            loop: work[loop] / per_name(
                take_turn(dino, budget.turn, not number, loop=loop, **loops[loop]))
            for loop in rng.sample(list(loops), len(loops))
        }
        peak = max(pace[f"mm {n}"] for n in PRODUCTS)
        for H in SIZES if number else ():
            shares[H].append(pace[f"size {H}"] / peak)
    return {str(H): short(statistics.median(each)) for H, each in shares.items()}


def times(workers: dict[str, Worker], budget: Budget) -> dict[str, Any]:
    """CPU seconds of training until the held-out loss is TARGET: ours and makemore's RNN.

    makemore's has its own rate or the quickest of RATES (found on seed 0). `capped` counts the
    seeds that did not get there: their seconds are a lower bound, and so are their ratios.
    """
    rng = random.Random(0)
    say(f"time to {TARGET:.2f}: tuning the peer")
    rate = quickest(workers["makemore"], budget.most_steps)
    ways: dict[str, tuple[str, dict[str, float]]] = {
        "ours": ("dino", {}), "makemore-shipped": ("makemore", {"rate": 5e-4}),
        "makemore-tuned": ("makemore", {"rate": rate})}
    found: dict[str, list[Answer]] = {way: [] for way in ways}
    for seed in range(budget.seeds):
        say(f"time to {TARGET:.2f}: seed {seed + 1} of {budget.seeds}")
        for way in rng.sample(list(ways), len(ways)):
            worker, details = ways[way]
            found[way].append(
                workers[worker].ask("reach", seed=seed, most=budget.most_steps, **details))
    seconds = {way: [answer["seconds"] for answer in each] for way, each in found.items()}
    result: dict[str, Any] = {
        way: spread(seconds[way]) | {
            "steps": statistics.median(answer["steps"] for answer in found[way]),
            "capped": sum(not answer["reached"] for answer in found[way])} | ways[way][1]
        for way in ways}
    result["ratios"] = {
        way: spread([s / o for s, o in zip(seconds[way], seconds["ours"], strict=True)])
        for way in ways if way != "ours"}
    return result


def quickest(makemore: Worker, most: int) -> float:
    """The one of RATES with which makemore's RNN needs the fewest steps."""
    best = RATES[0]
    for rate in RATES:
        answer = makemore.ask("reach", seed=0, most=most, rate=rate)
        if answer["reached"] and answer["steps"] < most:
            best, most = rate, answer["steps"]
    return best


def learners(dino: Worker, budget: Budget) -> dict[str, Any]:
    """1, 8 and 30 learners on a pool of two by the clock, and what 30 do over what one does.

    `cores`: CPU seconds they were given in a second; two, where nobody else runs.
    `unfairness`: how far the learner farthest from the mean share is from it.
    `script_ms`: median milliseconds of a page's script that takes 20 where nobody trains.
    """
    rng = random.Random(0)
    found: dict[int, list[Answer]] = {count: [] for count in LEARNERS}
    for number in range(budget.learner_rounds):
        say(f"learners, round {number + 1} of {budget.learner_rounds}")
        for count in rng.sample(LEARNERS, len(LEARNERS)):
            found[count].append(undisturbed(dino, count, budget))
    pace = {count: [a["names_per_second"] for a in each] for count, each in found.items()}
    result: dict[str, Any] = {
        str(count): {key: short(statistics.median(answer[key] for answer in each))
                     for key in ("names_per_second", "cores", "unfairness", "script_ms")}
        for count, each in found.items()}
    result["30"]["over_one"] = spread([a / b for a, b in zip(pace[30], pace[1], strict=True)])
    return result


def undisturbed(dino: Worker, count: int, budget: Budget) -> Answer:
    """A measurement by the clock, again if others had the cores meanwhile; the freest of three."""
    answers: list[Answer] = []
    while len(answers) < 3:
        answers.append(dino.ask("learners", count=count, seconds=budget.learner_seconds,
                                steps=budget.learner_steps))
        if answers[-1]["cores"] > 0.9 * min(count, 2):
            break
    return max(answers, key=lambda answer: answer["cores"])


def starts(budget: Budget) -> dict[str, dict[str, float]]:
    """Seconds by the clock and megabytes of fresh processes: imports, and a first update."""
    env = surroundings()
    seconds: dict[str, list[float]] = {name: [] for name in STARTS}
    memory: dict[str, float] = {}
    for number in range(budget.starts):
        say(f"fresh starts, round {number + 1} of {budget.starts}")
        for name, code in STARTS.items():
            began = time.perf_counter()
            done = subprocess.run([sys.executable, "-c", code + MEMORY], env=env, text=True,
                                  cwd=Path(__file__).resolve().parents[2], check=True,
                                  stdout=subprocess.PIPE)
            seconds[name].append(time.perf_counter() - began)
            memory[name] = float(done.stdout or "nan")
    return {name: spread(each) | ({"megabytes": short(memory[name])}
                                  if math.isfinite(memory[name]) else {})
            for name, each in seconds.items()}


def spread(values: Sequence[float]) -> Spread:
    """Median, least and most."""
    return {"median": short(statistics.median(values)), "min": short(min(values)),
            "max": short(max(values))}


def short(number: float) -> float:
    """A number to four digits."""
    return float(f"{number:.4g}")


def say(text: str) -> None:
    """Tell on stderr how far it is."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


def load_average() -> float | None:
    """Processes that wanted to run in the last minute; None where the system does not say."""
    return short(os.getloadavg()[0]) if hasattr(os, "getloadavg") else None


def machine() -> dict[str, Any]:
    """What it runs on, and whether others run there too."""
    versions = {}
    for name in ("torch", "numpy", "numba", "tensorflow"):
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = None
    before = load_average()
    return {"cpu": cpu(), "cores": os.cpu_count(), "python": platform.python_version(), **versions,
            "left_out": [name for name in FORCED if name in os.environ],
            "load_before": before, "other_load": before is not None and before > 0.3}


def cpu() -> str:
    """The processor's name."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def table(result: dict[str, Any]) -> str:
    """The result for a terminal."""
    learners = [f"{count}: {it['names_per_second']:,.0f} names/s on {it['cores']:.2f} cores, each "
                f"within {it['unfairness']:.0%} of its share; a {1000 * SCRIPT:.0f} ms script: "
                f"{it['script_ms']:.0f} ms" for count, it in result["learners"].items()]
    shares = [f"{size} units {share:.0%}" for size, share in result["peak_share"].items()]
    facts = [f"{key} {value}" for key, value in result["machine"].items()]
    parts = [_rows(result), _times(result[f"time_to_{TARGET:.2f}"]),
             ["share of one core's torch.mm: " + ", ".join(shares)],
             ["learners on a pool of two"] + [f"  {line}" for line in learners],
             _starts(result["import_seconds"]), [", ".join(facts)]]
    return "\n\n".join("\n".join(lines) for lines in parts)


def _rows(result: dict[str, Any]) -> list[str]:
    lines = [_cells("CPU time a name, theirs over ours", ("median", "least", "most"))
             + f"{'theirs/s':>10}{'ours/s':>10}"]
    for row, ratio in result["ratios"].items():
        pace = result["names_per_cpu_second"].get(row, {})
        lines.append(_cells(row, _spread(ratio, "×")) + "".join(
            f"{pace[side]:10,.0f}" for side in ("peer", "ours") if pace))
    return lines + [f"  {row:34}skipped: {why}" for row, why in result["skipped"].items()]


def _times(found: dict[str, Any]) -> list[str]:
    lines = [f"CPU seconds to a held-out loss of {TARGET:.2f}"]
    for way in [way for way in found if way != "ratios"]:
        it = found[way]
        name = f"{way}, rate {it['rate']:g}" if "rate" in it else way
        bound = f"  or more: {it['capped']} did not get there" if it["capped"] else ""
        lines.append(_cells(name, _spread(it, "s")) + bound)
    return lines + [_cells(f"{way} over ours", _spread(ratio, "×"))
                    for way, ratio in found["ratios"].items()]


def _starts(found: dict[str, Spread]) -> list[str]:
    lines = ["fresh processes, seconds by the clock, and their memory"]
    for name, it in found.items():
        memory = [f"{it['megabytes']:,.0f} MB"] if "megabytes" in it else []
        lines.append(_cells(name, _spread(it, "s") + memory))
    return lines


def _spread(values: Spread, unit: str) -> list[str]:
    return [f"{values[key]:.3g} {unit}" for key in ("median", "min", "max")]


def _cells(name: str, values: Sequence[str]) -> str:
    return f"  {name:34}" + "".join(f"{value:>10}" for value in values)

