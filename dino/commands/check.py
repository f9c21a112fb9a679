"""`python -m dino check`: its options, and which of their values are refused."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from dino.commands.recipe import reading_input
from dino.config import quoted
from dino.experiments.plan import MOST_MEMBERS
from dino.locale.sentences import Refusal

MOST_MINUTES = 24 * 60


def add_options(check: argparse.ArgumentParser) -> None:
    """The options of `check`."""
    check.set_defaults(command=_run)
    check.add_argument("folder", help="a folder of reports, or one report")
    check.add_argument(
        "--csv",
        metavar="FILE",
        help="write a table with a row for each report. Of Learn, the concept tests and all bets "
        "and tasks go into two tables beside it, without names",
    )
    check.add_argument(
        "--minutes", default="10", metavar="M", help="the most minutes for each report (default 10)"
    )
    check.add_argument(
        "--members",
        metavar="N",
        help="how many members of an experiment to train again (default: as many as time allows)",
    )
    check.add_argument(
        "--data", nargs="+", default=[], metavar="FILE", help="lists that the app does not have"
    )


def _run(args: argparse.Namespace) -> int:
    from dino.grader.grading import Lists
    from dino.grader.report_check import run

    with reading_input():
        minutes = _minutes(args.minutes)
        members = None if args.members is None else _members(args.members)
        lists = Lists([Path(name) for name in args.data])
        table = Path(args.csv) if args.csv else None
        return run(Path(args.folder), table, minutes, lists, members)


def _minutes(text: str) -> float:
    """How many minutes a report may take."""
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0.0
    if not 0 < minutes <= MOST_MINUTES:
        raise Refusal(
            f"minutes must be a number above 0, at most {MOST_MINUTES:,}, not {quoted(text)}."
        )
    return minutes


def _members(text: str) -> int:
    """How many members of an experiment are to be trained again."""
    members = int(text) if re.fullmatch("[0-9]{1,4}", text) else 0
    if not 1 <= members <= MOST_MEMBERS:
        raise Refusal(
            f"members must be a whole number from 1 to {MOST_MEMBERS:,}, not {quoted(text)}."
        )
    return members
