"""A whole experiment from a shell: all members on all cores, or on a Dask cluster.

python -m dino sweep --vary optimizer=SGD,Adam --seeds 5 --splits 3 --out runs/
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from dino.commands.recipe import (
    JSON_HELP,
    Refused,
    add_recipe_options,
    config_of,
    print_json,
    read_list,
    reading_input,
    refuse_idle,
)
from dino.commands.sweep_committees import committees_of
from dino.commands.sweep_results import as_json, judged, member_words, report
from dino.compiled import compiling
from dino.config import Config, quoted
from dino.count_teacher import check
from dino.data import Corpus
from dino.experiments.folder import Folder
from dino.experiments.member import DONE, FAILED, Outcome, on_one_engine, train_and_save
from dino.experiments.plan import Member, Plan, make_plan
from dino.experiments.words import ON_PYTORCH
from dino.locale.sentences import Refusal, Text
from dino.split import EXAM_FROM

if TYPE_CHECKING:  # joblib and PyTorch are loaded when a sweep begins
    from dino.experiments.parallel import MemberWorkers
    from dino.train import Trainer

MOST_JOBS = 512
LIGHT, WHOLE, NONE = "light", "whole", "none"  # what the saved runs of members contain
CURVE_POINTS = 1000  # of each curve in a light one
TABLES_EVERY = 2.0  # seconds between two writings of the tables


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `sweep`."""
    parser.set_defaults(command=_run)
    add_recipe_options(parser)
    parser.add_argument(
        "--no-exam",
        dest="exam",
        action="store_const",
        const="false",
        help="set no final exam (test set) aside. By default a sweep sets one aside if the list "
        f"has {EXAM_FROM} distinct names. Each split then has names that its held-out losses do "
        "not use",
    )
    parser.add_argument(
        "--vary",
        action="append",
        required=True,
        metavar="SETTING=A,B",
        help="a factor and its levels. Given twice, it makes a grid. Optimizers are compared over "
        "a ladder of learning rates, the usual one ÷9, ÷3, ×1, ×3, ×9, unless learning_rate also "
        "varies",
    )
    for name, first in (("seeds", "seed"), ("splits", "split seed")):
        words = f"how many {name}, from the recipe's {first} on (default 3)"
        parser.add_argument(f"--{name}", default="3", metavar="N", help=words)
    words = "how many members train at once (default: one per core)"
    parser.add_argument("--jobs", default="", metavar="N", help=words)
    words = "the address of a Dask cluster whose workers have this dino: tcp://…"
    parser.add_argument("--scheduler", default="", metavar="TCP", help=words)
    parser.add_argument("--json", action="store_true", help=JSON_HELP)
    _add_file_options(parser)


def _add_file_options(parser: argparse.ArgumentParser) -> None:
    """The options for where the results go, and what the saved runs contain."""
    parser.add_argument(
        "--out",
        default="runs",
        metavar="FOLDER",
        help="where the results go (default runs). Members already there are not trained again",
    )
    parser.add_argument(
        "--runs",
        choices=(LIGHT, WHOLE, NONE),
        default=LIGHT,
        help="what the saved run of each member has. The app opens these files. light (default) "
        "has its curve, its names, its last and its best weights: some 0.1 MB with 64 units, 9 MB "
        "with an LSTM of 512. whole also has its earlier moments and all that further training "
        "needs, up to 24 MB each. none saves no files",
    )
    parser.add_argument(
        "--with-names", action="store_true", help="let saved runs contain names of your own list"
    )


@dataclass(frozen=True)
class Sweep:
    """A sweep that can begin: everything that may be refused was checked. title: of its list."""

    plan: Plan
    title: Text
    folder: Folder
    workers: MemberWorkers


def _run(args: argparse.Namespace) -> int:
    with reading_input():
        sweep = _prepare(args, *_recipe_and_list(args))
    try:
        return carry_out(sweep, args.json)
    except Refusal as refusal:  # its cluster is gone
        raise Refused(str(refusal)) from None


def carry_out(sweep: Sweep, wants_json: bool) -> int:
    """Train the members that are missing, and print the outcomes of all.

    Returns the exit status: 1 if a member failed.
    """
    plan, folder, outcomes = sweep.plan, sweep.folder, _train_all(sweep)
    verdict = judged(folder, outcomes)
    committees = committees_of(folder, sweep.workers.names, outcomes, verdict)
    folder.write_committees(verdict, committees.results)
    if wants_json:
        if committees.refusal:
            print(f"dino: {committees.refusal}", file=sys.stderr)
        print_json(as_json(plan, folder, outcomes, committees))
    else:
        print("\n".join(report(plan, folder, sweep.title, outcomes, committees)))
    return int(any(outcome.status == FAILED for outcome in outcomes.values()))


def _recipe_and_list(args: argparse.Namespace) -> tuple[Config, Corpus]:
    """The recipe and the list, with a final exam unless an option or a short list rules it out.
    Raises ValueError.
    """
    config = config_of(args)
    read = partial(read_list, args.data or "dinos", 0, args.keep_case)
    if args.exam is not None:
        return config, read(config.exam)
    try:
        return config.replace(exam=True), read(True)
    except Refusal:
        corpus = read(False)  # raises the same again if the exam was not the reason
    print(
        f"dino: a final exam needs {EXAM_FROM} distinct names, and this list has "
        f"{len(corpus.names):,}. This sweep has no exam.",
        file=sys.stderr,
    )
    return config.replace(exam=False), corpus


def _prepare(args: argparse.Namespace, config: Config, corpus: Corpus) -> Sweep:
    """The sweep that the options ask for. Raises Refusal."""
    from dino.experiments.cluster import connect
    from dino.experiments.parallel import MemberWorkers

    names = corpus.cleaned
    assert names is not None  # every list that is read has been cleaned
    plan = on_one_engine(make_plan(config, args.vary, args.seeds, args.splits), corpus)
    refuse_idle(args, (level[0] for level in plan.recipes))
    for level in plan.recipes:
        check(level[0], corpus)
    jobs = _jobs(args.jobs)
    plan = plan if args.scheduler else _on_what_is_here(plan)
    folder = Folder(Path(args.out), plan, names)
    cluster = connect(args.scheduler) if args.scheduler else None
    save = partial(save_member, whole=args.runs == WHOLE, with_names=args.with_names)
    train = partial(train_and_save, save=None if args.runs == NONE else save)
    return Sweep(plan, corpus.title, folder, MemberWorkers(train, names, jobs, cluster))


def _jobs(text: str) -> int:
    if not text:
        return -1
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST_JOBS):
        raise Refusal(f"jobs must be a whole number from 1 to {MOST_JOBS}, not {quoted(text)}.")
    return int(text)


def save_member(trainer: Trainer, whole: bool, with_names: bool) -> bytes:
    """The saved run of a member, as a worker makes it; b'' if no file can hold it.

    whole: with its earlier moments and all that is needed to train on
    """
    from dino.saved.saved_run import to_bytes

    run, packed = trainer.run(), trainer.pack() if whole else None
    if not whole:
        run = run.without_moments().with_fewer_points(CURVE_POINTS)
    try:
        return to_bytes(run, packed, trainer.corpus, with_names=with_names)
    except Refusal:
        return b""


def _train_all(sweep: Sweep) -> dict[int, Outcome]:
    """Train the members that are missing, and write the tables. Returns the outcomes of all."""
    plan, folder, outcomes = sweep.plan, sweep.folder, sweep.folder.read()
    left = {
        i: member.config for i, member in enumerate(folder.members) if _is_open(outcomes.get(i))
    }
    if len(left) < plan.count:
        print(f"Members already there: {plan.count - len(left):,}.", file=sys.stderr)
    done, due = plan.count - len(left), 0.0
    try:
        for number, trained in sweep.workers.train_members(left):
            outcomes[number], done = trained.outcome, done + 1
            folder.keep(number, trained)
            if time.monotonic() >= due:  # a process that is killed cannot write at its end
                folder.write_tables(outcomes)
                due = time.monotonic() + TABLES_EVERY
            _show_progress(done, plan, folder.members[number], trained.outcome)
    finally:
        folder.write_tables(outcomes)
        if done < plan.count:
            print("\nThe same command continues from here.", file=sys.stderr)
    return outcomes


def _on_what_is_here(plan: Plan) -> Plan:
    """The plan on PyTorch where it is for the kernels and they cannot be compiled; else as it is.

    They are compiled once, and the processes then load them from disk. A cluster's computers have
    their own. PyTorch is loaded first, as in these processes, because the kernels use its BLAS if
    it is there, and another BLAS rounds differently.
    """
    if plan.config.engine != "compiled":
        return plan
    importlib.import_module("torch")
    why = compiling.why_not_prepared()
    if not why:
        return plan
    print(f"dino: {str(ON_PYTORCH).rstrip('.')}: {why}", file=sys.stderr)
    return replace(plan, config=plan.config.replace(engine="torch"))


def _is_open(outcome: Outcome | None) -> bool:
    """Whether a member is still to be trained; a failed one is tried again."""
    return outcome is None or outcome.status == FAILED


def _show_progress(done: int, plan: Plan, member: Member, outcome: Outcome) -> None:
    """A bar on stderr: one line redrawn in place on a terminal, a line for each member in a log."""
    loss = f"{outcome.loss:.3f}" if outcome.status == DONE else outcome.status
    filled = 30 * done // plan.count
    bar = f"{'█' * filled:░<30} {done:,}/{plan.count:,}  {member_words(plan, member)}: {loss}"
    if sys.stderr.isatty():
        print(f"\r\x1b[K{bar}", end="\n" if done == plan.count else "", file=sys.stderr, flush=True)
    else:
        print(bar, file=sys.stderr, flush=True)
