"""python -m tests.load [SCENARIO ...] [--full] [--json] …: visitors, and how they are served.

Without a name: the short form of 'class', which is scenario 2 of the issue 'Thirty at once'. A
bound that is broken is named, and the program then ends with 1; --full judges the figures, too.
It starts the app itself, or takes one that runs on this machine (--port, --pid).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path

from .report import Report
from .scenarios import ALONE, SCENARIOS, play_all, stage_of
from .server import Site
from .stage import Stage

MOST_VISITORS, MOST_SECONDS = 1000, 3600.0


def options() -> argparse.ArgumentParser:
    """The options of the command line."""
    names = "\n".join(f"  {name:9} {it.about}" for name, it in SCENARIOS.items())
    parser = argparse.ArgumentParser(
        prog="python -m tests.load",
        description=__doc__,
        epilog=f"scenarios:\n{names}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help="one or more; 'all'")
    parser.add_argument("--short", action="store_true", help="as CI plays it (this is the default)")
    parser.add_argument("--full", action="store_true", help="as the issue asks, in minutes")
    parser.add_argument("--json", action="store_true", help="one line of JSON for each scenario")
    parser.add_argument("--visitors", type=int, help="how many come, instead of the form's number")
    parser.add_argument("--seconds", type=float, help="how long it lasts, instead of the form's")
    parser.add_argument(
        "--mixed",
        type=float,
        help="class, crowd: which share of them writes names together with counting",
    )
    parser.add_argument("--app", type=Path, help="another app.py to start, as of an older commit")
    parser.add_argument("--port", type=int, help="a server that runs already")
    parser.add_argument("--pid", type=int, default=0, help="its process, for memory and cores")
    parser.add_argument(
        "--one-cookie",
        action="store_true",
        help="hostile: one cookie for all tabs, not a new one for each",
    )
    return parser


def stages(args: argparse.Namespace) -> list[Stage]:
    """The stages to play. Raises SystemExit if they cannot be played."""
    names = list(SCENARIOS) if args.scenarios == ["all"] else args.scenarios or [ALONE]
    if unknown := [name for name in names if name not in SCENARIOS]:
        raise SystemExit(f"No scenario {unknown[0]}; there are: {', '.join(SCENARIOS)}.")
    if args.port and (own := [name for name in names if not SCENARIOS[name].shares]):
        raise SystemExit(f"{', '.join(own)}: needs a server of its own; leave --port out.")
    if args.short and args.full:
        raise SystemExit("Either --short or --full.")
    site = Site(args.port, args.pid) if args.port else None
    visitors = args.visitors and min(max(1, args.visitors), MOST_VISITORS)
    seconds = args.seconds and min(max(1.0, args.seconds), MOST_SECONDS)
    mixed = None if args.mixed is None else min(max(0.0, args.mixed), 1.0)
    app = args.app.resolve() if args.app else None
    return [
        stage_of(name, not args.full, app, site, args.one_cookie).resized(visitors, seconds, mixed)
        for name in names
    ]


def main(arguments: list[str] | None = None) -> int:
    """Play and print. 0: all bounds hold; 1: some do not; 143: ended from outside."""
    args = options().parse_args(arguments)
    told: list[Report] = []

    def tell(report: Report) -> None:
        told.append(report)
        print(
            json.dumps(report.figures(), default=str) if args.json else report.text() + "\n",
            flush=True,
        )

    try:
        asyncio.run(play_all(stages(args), tell))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 143
    return 0 if all(report.ok for report in told) else 1


if __name__ == "__main__":
    sys.exit(main())
