"""A whole experiment from a shell: all members on all cores, or on a Dask cluster.

python -m dino sweep --vary optimizer=SGD,Adam --seeds 5 --splits 3 --out runs/
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dino.compiled import compiling
from dino.config import Config
from dino.data import Corpus
from dino.experiments.folder import Folder
from dino.experiments.member import DIVERGED, DONE, FAILED, Outcome, on_one_engine, train_member
from dino.experiments.plan import Member, Plan, make_plan, value_words
from dino.experiments.verdict import judge
from dino.experiments.words import fixed_sentence, verdict_sentences
from dino.locale.sentences import Refusal, Text
from dino.setting import quoted

if TYPE_CHECKING:  # joblib loads where a sweep begins
    from dino.experiments.parallel import Workers

MOST_JOBS = 512


def add_options(parser: argparse.ArgumentParser) -> None:
    """What the command takes besides a recipe and a list."""
    parser.add_argument(
        "--vary",
        action="append",
        required=True,
        metavar="SETTING=A,B",
        help="a factor and its levels; given twice, a grid. An optimizer is compared over a ladder "
        "of learning rates, its usual one ÷9, ÷3, ×1, ×3, ×9, unless learning_rate is varied, too",
    )
    parser.add_argument("--seeds", default="3", metavar="N", help="from the recipe's seed on")
    parser.add_argument("--splits", default="3", metavar="N", help="from its split seed on")
    parser.add_argument(
        "--out", default="runs", metavar="FOLDER", help="for results; what is there is not repeated"
    )
    parser.add_argument("--jobs", default="", metavar="N", help="how many at once: all cores")
    parser.add_argument(
        "--scheduler", default="", metavar="TCP", help="a Dask cluster that has dino: tcp://…"
    )


@dataclass(frozen=True)
class Sweep:
    """A sweep that can begin: all that may be refused was checked. title: of its list."""

    plan: Plan
    title: Text
    folder: Folder
    workers: Workers


def prepare(args: argparse.Namespace, config: Config, corpus: Corpus) -> Sweep:
    """The sweep that a command asks for. Raises Refusal."""
    from dino.experiments.parallel import Workers, connect

    names = corpus.cleaned
    assert names is not None  # every list that is read has been cleaned
    plan = on_one_engine(make_plan(config, args.vary, args.seeds, args.splits), corpus)
    jobs = _jobs(args.jobs)
    folder = Folder(Path(args.out), plan, names)
    cluster = connect(args.scheduler) if args.scheduler else None
    return Sweep(plan, corpus.title, folder, Workers(train_member, names, jobs, cluster))


def _jobs(text: str) -> int:
    if not text:
        return -1
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST_JOBS):
        raise Refusal(f"jobs is a whole number from 1 to {MOST_JOBS}; {quoted(text)} is not.")
    return int(text)


def run(sweep: Sweep) -> int:
    """Train what is not there yet, write the tables, print the verdict; the exit status: 1 where a
    member failed.
    """
    plan, folder, outcomes = sweep.plan, sweep.folder, sweep.folder.read()
    left = {
        i: member.config for i, member in enumerate(folder.members) if _is_open(outcomes.get(i))
    }
    if len(left) < plan.count:
        print(f"{plan.count - len(left):,} members are there already.", file=sys.stderr)
    if left and plan.config.engine == "compiled" and sweep.workers.cluster is None:
        _prepare_kernels()
    done = plan.count - len(left)
    try:
        for number, outcome in sweep.workers.outcomes(left):
            outcomes[number], done = outcome, done + 1
            folder.keep(number, outcome)
            _show_progress(done, plan, folder.members[number], outcome)
    finally:
        folder.write_tables(outcomes)
        if done < plan.count:
            print("\nThe same command continues from here.", file=sys.stderr)
    print("\n".join(report(sweep, outcomes)))
    return int(any(outcome.status == FAILED for outcome in outcomes.values()))


def _prepare_kernels() -> None:
    """Compile the kernels once; the processes then load them from disk.

    PyTorch loads first, as in these processes: the kernels multiply with its BLAS if it is there,
    and another one rounds otherwise.
    """
    importlib.import_module("torch")
    compiling.prepare()


def _is_open(outcome: Outcome | None) -> bool:
    """Whether a member is still to be trained; one that failed is tried again."""
    return outcome is None or outcome.status == FAILED


def _show_progress(done: int, plan: Plan, member: Member, outcome: Outcome) -> None:
    """A bar on stderr: one line redrawn in place on a terminal, a line a member in a log."""
    loss = f"{outcome.loss:.3f}" if outcome.status == DONE else outcome.status
    filled = 30 * done // plan.count
    bar = f"{'█' * filled:░<30} {done:,}/{plan.count:,}  {name(plan, member)}: {loss}"
    if sys.stderr.isatty():
        print(f"\r\x1b[K{bar}", end="\n" if done == plan.count else "", file=sys.stderr, flush=True)
    else:
        print(bar, file=sys.stderr, flush=True)


def name(plan: Plan, member: Member) -> str:
    """A member in words: 'Adam, Learning rate 0.01, Seed 0, Split seed 2'."""
    settings = (*plan.names, "seed", "split_seed")
    return ", ".join(str(value_words(it, getattr(member.config, it))) for it in settings)


def report(sweep: Sweep, outcomes: Mapping[int, Outcome]) -> list[str]:
    """What the end of the command prints: who is not done, the verdict, what is fixed, where."""
    plan, members = sweep.plan, sweep.folder.members
    statuses = [outcome.status for outcome in outcomes.values()]
    counts = {it: statuses.count(it) for it in (DONE, DIVERGED, FAILED) if it in statuses}
    missing = [
        f"{name(plan, members[i])}: {outcome.status}. {outcome.message}"
        for i, outcome in sorted(outcomes.items())
        if outcome.status != DONE
    ]
    losses = plan.losses({members[i].place: outcome.loss for i, outcome in outcomes.items()})
    words = verdict_sentences(judge(losses), plan.level_sentences(), plan.rates)
    return [
        ", ".join(f"{count:,} {status}" for status, count in counts.items()),
        *missing,
        *map(str, words),
        str(fixed_sentence(plan, sweep.title)),
        f"The table: {sweep.folder.path / 'sweep.csv'}",
    ]
