"""The benchmark: CPU time per name, ours and other implementations' (`peers.py`).

    python -m dino bench [--quick] [--json]

Each library has its own process for the whole benchmark. Every round runs all rows in random order:
the peer trains for a moment and so do we, with the same cell, hidden size and batch size and the
most similar recipe. Each ratio compares two turns of the same round. Against peers that train one
name at a time, ours trains batches of 32. Every process has one thread; times are CPU seconds.
Settings that make OpenBLAS use code for another processor are removed from every process, ours
included, and the result says so. Evaluation and sampling are not timed, on either side. What they
add to ours is reported separately.
"""

from __future__ import annotations

import importlib.util
import math
import random
import statistics
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from typing import Any

from dino.bench.processes import (
    STARTS,
    Broken,
    WorkerProcess,
    describe_machine,
    load_average,
    start_once,
)
from dino.bench.report import print_progress, round_to_four_digits, spread
from dino.bench.rows import FULL, QUICK, ROWS, Budget, bench_recipe
from dino.bench.worker import ENGINE, TARGET, Answer
from dino.compiled import engine
from dino.data import load

RATES = (5e-3, 2e-3, 1e-2)  # tried for the tuned peer; makemore's own rate is 5e-4
SIZES = (25, 64, 128, 256, 512)
PRODUCTS = (512, 1024, 2048)  # n for torch.mm of (n, n) by (n, n)
LEARNERS = (1, 8, 30)


def run(quick: bool = False) -> dict[str, Any]:
    """The whole benchmark, as plain numbers. Raises ValueError if it cannot run."""
    if ENGINE == "compiled" and not engine.is_available():
        raise ValueError("The benchmark is of the compiled engine; install numba and scipy for it.")
    budget, began, machine = QUICK if quick else FULL, time.perf_counter(), describe_machine()
    skipped = missing_rows()
    result: dict[str, Any] = {"quick": quick}
    with ExitStack() as stack:
        libraries = {"dino", "makemore"}
        libraries |= {ROWS[row].library for row in ROWS if row not in skipped}
        workers = {
            library: stack.enter_context(closing(WorkerProcess(library)))
            for library in sorted(libraries)
        }
        result |= compare(workers, budget, skipped)
        result["peak_share"] = measure_peak_share(workers["dino"], budget)
        result[f"time_to_{TARGET:.2f}"] = measure_times_to_target(workers, budget)
        result["learners"] = measure_learners(workers["dino"], budget)
        result["ratios"]["learners-30"] = result["learners"]["30"].pop("over_one")
    result["import_seconds"] = measure_starts(budget)
    seconds = round_to_four_digits(time.perf_counter() - began)
    result["machine"] = machine | {"load_after": load_average(), "seconds": seconds}
    return result


def missing_rows() -> dict[str, str]:
    """The rows that cannot run here, each with the reason."""
    if importlib.util.find_spec("tensorflow"):
        return {}
    keras = [name for name, row in ROWS.items() if row.library == "keras"]
    return dict.fromkeys(keras, "TensorFlow is not installed")


def compare(
    workers: dict[str, WorkerProcess], budget: Budget, skipped: dict[str, str]
) -> dict[str, Any]:
    """All rows in all rounds. A row that fails is skipped from then on."""
    rng, skipped = random.Random(0), dict(skipped)
    rounds: dict[str, list[dict[str, Answer]]] = {row: [] for row in ROWS if row not in skipped}
    for number in range(budget.rounds + 1):
        print_progress(f"round {number} of {budget.rounds}" if number else "warming up")
        for row in rng.sample(list(rounds), len(rounds)):
            try:
                answers = run_duel(workers, row, budget.turn, rng, first=not number)
            except Broken as error:
                skipped[row] = str(error)
                del rounds[row]
                continue
            if number:
                rounds[row].append(answers)
    return {
        "ratios": {row: spread(time_ratios(answers)) for row, answers in rounds.items()},
        "skipped": skipped,
        "names_per_cpu_second": {row: names_per_second(a) for row, a in rounds.items()},
    }


def run_duel(
    workers: dict[str, WorkerProcess],
    row: str,
    turn: float,
    rng: random.Random,
    first: bool = False,
) -> dict[str, Answer]:
    """One turn of the peer and one of ours, in random order; with `first` they warm up."""
    library, config = ROWS[row]
    ours = {"loop": f"ours {row}", "config": config.as_dict()} if config else {"loop": "ours"}
    sides = [("peer", workers[library], {"loop": row}), ("ours", workers["dino"], ours)]
    return {
        side: take_turn(worker, turn, first, **details)
        for side, worker, details in rng.sample(sides, 2)
    }


def take_turn(worker: WorkerProcess, turn: float, first: bool = False, **details: Any) -> Answer:
    """Run a loop for one turn. With `first`, run it a few times before, to learn its pace."""
    answer = worker.ask("run_loop", seconds=turn, **details)
    one = answer["names"]
    for _ in range(5 if first else 0):  # the very first updates may load and compile much
        answer = worker.ask("run_loop", seconds=turn, **details)
        if answer["seconds"] > turn / 2 and answer["names"] > one:
            break
    return answer


def seconds_per_name(answer: Answer) -> float:
    """CPU seconds per name of one turn."""
    return float(answer["seconds"] / answer["names"])


def time_ratios(rounds: Sequence[dict[str, Answer]]) -> list[float]:
    """Theirs over ours in each round, of CPU seconds per name."""
    return [seconds_per_name(a["peer"]) / seconds_per_name(a["ours"]) for a in rounds]


def names_per_second(rounds: Sequence[dict[str, Answer]]) -> dict[str, float]:
    """Names per CPU second, medians: the peer's, ours, and ours with evaluation and sampling."""
    peer = [seconds_per_name(a["peer"]) for a in rounds]
    ours = [seconds_per_name(a["ours"]) for a in rounds]
    all_of_ours = [
        seconds_per_name(a["ours"]) * (1 + a["ours"]["evaluation_seconds"] / a["ours"]["seconds"])
        for a in rounds
    ]
    sides = {"peer": peer, "ours": ours, "ours_with_looking": all_of_ours}
    return {
        side: round_to_four_digits(1 / statistics.median(costs)) for side, costs in sides.items()
    }


def measure_peak_share(dino: WorkerProcess, budget: Budget) -> dict[str, float]:
    """Useful work of our vanilla RNN, as a share of torch.mm's speed on a core, by hidden size.

    A target costs 6 · (H² + 27·H) operations, for the recurrent product and the output's: a
    multiply and an add each, forward once and backward twice. The input is a look-up.
    """
    rng, targets = random.Random(0), load().train_arrays.lengths.mean()
    loops: dict[str, dict[str, Any]] = {f"mm {n}": {} for n in PRODUCTS}
    loops |= {f"size {H}": {"config": bench_recipe(H).as_dict()} for H in SIZES}
    work = {f"mm {n}": 2 * n**3 for n in PRODUCTS}
    work |= {f"size {H}": targets * 6 * (H * H + 27 * H) for H in SIZES}
    shares: dict[int, list[float]] = {H: [] for H in SIZES}
    for number in range(budget.peak_rounds + 1):
        print_progress(f"share of peak, round {number} of {budget.peak_rounds}")
        pace = {}
        for loop in rng.sample(list(loops), len(loops)):
            answer = take_turn(dino, budget.turn, not number, loop=loop, **loops[loop])
            pace[loop] = work[loop] / seconds_per_name(answer)
        if number:  # the first round warms up
            peak = max(pace[f"mm {n}"] for n in PRODUCTS)
            for H in SIZES:
                shares[H].append(pace[f"size {H}"] / peak)
    return {str(H): round_to_four_digits(statistics.median(each)) for H, each in shares.items()}


def measure_times_to_target(workers: dict[str, WorkerProcess], budget: Budget) -> dict[str, Any]:
    """CPU seconds of training until the held-out loss is TARGET: ours and makemore's RNN.

    makemore's has its own rate or the fastest of RATES (found on seed 0). `capped` counts the
    seeds that did not reach TARGET: their seconds are a lower bound, and so are their ratios.
    """
    rng = random.Random(0)
    print_progress(f"time to {TARGET:.2f}: tuning the peer")
    rate = find_fastest_rate(workers["makemore"], budget.most_steps)
    trainers: dict[str, tuple[str, dict[str, float]]] = {
        "ours": ("dino", {}),
        "makemore-shipped": ("makemore", {"rate": 5e-4}),
        "makemore-tuned": ("makemore", {"rate": rate}),
    }
    answers: dict[str, list[Answer]] = {name: [] for name in trainers}
    for seed in range(budget.seeds):
        print_progress(f"time to {TARGET:.2f}: seed {seed + 1} of {budget.seeds}")
        for name in rng.sample(list(trainers), len(trainers)):
            worker, details = trainers[name]
            answer = workers[worker].ask(
                "train_to_target", seed=seed, most=budget.most_steps, **details
            )
            answers[name].append(answer)
    result: dict[str, Any] = {
        name: summarize_target(answers[name]) | details for name, (_, details) in trainers.items()
    }
    result["ratios"] = {
        name: spread(
            [a["seconds"] / o["seconds"] for a, o in zip(each, answers["ours"], strict=True)]
        )
        for name, each in answers.items()
        if name != "ours"
    }
    return result


def summarize_target(answers: Sequence[Answer]) -> dict[str, Any]:
    """Seconds, steps and capped seeds of one trainer."""
    return spread([answer["seconds"] for answer in answers]) | {
        "steps": statistics.median(answer["steps"] for answer in answers),
        "capped": sum(not answer["reached"] for answer in answers),
    }


def find_fastest_rate(makemore: WorkerProcess, most: int) -> float:
    """The one of RATES with which makemore's RNN needs the fewest steps."""
    best = RATES[0]
    for rate in RATES:
        answer = makemore.ask("train_to_target", seed=0, most=most, rate=rate)
        if answer["reached"] and answer["steps"] < most:
            best, most = rate, answer["steps"]
    return best


def measure_learners(dino: WorkerProcess, budget: Budget) -> dict[str, Any]:
    """Wall-clock speed of 1, 8 and 30 learners on a pool of two, and the ratio of 30 to 1.

    `cores`: CPU seconds per second of clock time; 2 on an otherwise idle machine. `unfairness`: the
    largest distance of a learner's share from the mean share. `script_ms`: median milliseconds of a
    page's script that takes 20 if nobody trains.
    """
    rng = random.Random(0)
    answers: dict[int, list[Answer]] = {count: [] for count in LEARNERS}
    for number in range(budget.learner_rounds):
        print_progress(f"learners, round {number + 1} of {budget.learner_rounds}")
        for count in rng.sample(LEARNERS, len(LEARNERS)):
            answers[count].append(measure_undisturbed(dino, count, budget))
    keys = ("names_per_second", "cores", "unfairness", "script_ms")
    result: dict[str, Any] = {
        str(count): {
            key: round_to_four_digits(statistics.median(answer[key] for answer in each))
            for key in keys
        }
        for count, each in answers.items()
    }
    pace = {count: [a["names_per_second"] for a in each] for count, each in answers.items()}
    result["30"]["over_one"] = spread([a / b for a, b in zip(pace[30], pace[1], strict=True)])
    return result


def measure_undisturbed(dino: WorkerProcess, count: int, budget: Budget) -> Answer:
    """A wall-clock measurement, repeated up to twice if other programs used the cores.

    Returns the measurement with the most CPU time.
    """
    answers: list[Answer] = []
    while len(answers) < 3:
        answer = dino.ask(
            "train_learners",
            count=count,
            seconds=budget.learner_seconds,
            steps=budget.learner_steps,
        )
        answers.append(answer)
        if answer["cores"] > 0.9 * min(count, 2):
            break
    return max(answers, key=lambda answer: float(answer["cores"]))


def measure_starts(budget: Budget) -> dict[str, dict[str, float]]:
    """Wall-clock seconds and megabytes of fresh processes: imports, and a first update."""
    seconds: dict[str, list[float]] = {name: [] for name in STARTS}
    memory: dict[str, float] = {}
    for number in range(budget.starts):
        print_progress(f"fresh starts, round {number + 1} of {budget.starts}")
        for name, code in STARTS.items():
            took, memory[name] = start_once(code)
            seconds[name].append(took)
    result = {name: spread(each) for name, each in seconds.items()}
    for name, megabytes in memory.items():
        if math.isfinite(megabytes):
            result[name]["megabytes"] = round_to_four_digits(megabytes)
    return result
