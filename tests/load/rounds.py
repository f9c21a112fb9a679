"""Plays scenarios in full, round after round: python -m tests.load.rounds [SCENARIO ...] …

Prints the median and the worst of all rounds beside each aim, as Markdown. Each result is written
to a file at once. If it is ended, the same command continues it. Three rounds of all five scenarios
take about an hour, on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from .report import Report
from .results import add, read
from .scenarios import play_all, stage_of
from .server import ROOT

ROUNDS = 3


class Aim(NamedTuple):
    """A figure of a scenario. path: its keys in the report, or two such paths with "/" between
    them: the first divided by the second; unit: "s" for figures in ms, "ms", "MB", "%" for shares;
    aim: in that unit; least: an aim that figures should not be below.
    """

    words: str
    path: str
    unit: str
    aim: float | None = None
    least: bool = False


FIGURES = {
    "cold": (
        Aim("page, 95th percentile", "page_ms.p95", "s", 5),
        Aim("all train after", "trained_ms.max", "s", 15),
        Aim("all on compiled kernels after", "on_kernels_ms.max", "s", 60),
    ),
    "class": (
        Aim("click, median", "clicks.done_ms.p50", "ms", 30),
        Aim("click, 95th percentile", "clicks.done_ms.p95", "ms", 100),
        Aim("click, 99th percentile", "clicks.done_ms.p99", "ms", 250),
        Aim("training speed, compared with no pages", "of_headless", "%", 75, least=True),
        Aim("memory at most", "server.memory_mb.most", "MB", 500),
        Aim(
            "memory after 5 minutes as a share of after one",
            "server.memory_mb.end/server.memory_mb.minute",
            "%",
            103,
        ),
        Aim("frames per visitor and second, least", "frames_per_second.least", "", 2, least=True),
    ),
    "droppers": (
        Aim("click before they come, 95th percentile", "calm_ms.p95", "ms"),
        Aim("click while they come, 95th percentile", "storm_ms.p95", "ms", 75),
        Aim("memory before they come", "before.rss", "MB"),
        Aim("memory two minutes after they went", "after.rss", "MB"),
        Aim("this as a share of before", "after.rss/before.rss", "%", 110),
    ),
    "hostile": (
        Aim("click of the others, 95th percentile", "ordinary.done_ms.p95", "ms", 250),
        Aim("memory at most", "server.memory_mb.most", "MB", 800),
    ),
    "alone": (
        Aim("first curve", "first_curve_ms", "s", 2),
        Aim("frames a second", "frames_per_second", "", 10, least=True),
        Aim(
            "training speed, compared with no page",
            "names_per_second/headless.names_per_second",
            "%",
            95,
            least=True,
        ),
    ),
}


def options() -> argparse.ArgumentParser:
    """The options of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.load.rounds",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=", ".join(FIGURES))
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each is played")
    place = Path(tempfile.gettempdir()) / "dino-load-rounds.jsonl"
    parser.add_argument("--results", type=Path, default=place, help="where results are kept")
    parser.add_argument("--again", action="store_true", help="forget the results first")
    parser.add_argument("--print", action="store_true", help="only print the table")
    parser.add_argument("--app", type=Path, default=ROOT / "app.py", help="another app.py")
    return parser


def left(done: Iterable[dict[str, Any]], names: Iterable[str], rounds: int) -> Iterator[str]:
    """What has to be played yet, in turn: a slow minute of the machine does not hit one only."""
    played = [row["scenario"] for row in done]
    for number in range(rounds):
        yield from (name for name in names if played.count(name) <= number)


def figure(row: dict[str, Any], path: str) -> float | None:
    """A figure of a report, or the share of two; None where it has none."""
    found = []
    for part in path.split("/"):
        value: Any = row
        for key in part.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if not isinstance(value, (int, float)):
            return None
        found.append(float(value))
    return found[0] if len(found) == 1 else found[0] / found[1]


def table(rows: list[dict[str, Any]]) -> str:
    """The median and the worst of each figure; bold where it misses its aim."""
    lines = ["| scenario | figure | rounds | median | worst | aim |", "|---|---|---|---|---|---|"]
    for name, aims in FIGURES.items():
        played = [row for row in rows if row["scenario"] == name]
        for aim in aims:
            values = [value for row in played if (value := figure(row, aim.path)) is not None]
            if values:
                worst = min(values) if aim.least else max(values)
                cells = [_cell(aim, value) for value in (statistics.median(values), worst)]
                goal = _words(aim, aim.aim) if aim.aim is not None else ""
                cells = [name, aim.words, str(len(values)), *cells, goal]
                lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(aim: Aim, value: float) -> str:
    value = _in_unit(aim, value)
    words = _words(aim, value)
    return f"**{words}**" if _missed(aim, value) else words


def _missed(aim: Aim, value: float) -> bool:
    """Whether a figure, in the unit of the aim, misses it."""
    return aim.aim is not None and (value < aim.aim if aim.least else value > aim.aim)


def failed(row: dict[str, Any]) -> bool:
    """Whether a round broke one of its scenario's bounds, or missed an aim of the table."""
    figures = ((aim, figure(row, aim.path)) for aim in FIGURES[row["scenario"]])
    return bool(row["broken"]) or any(
        value is not None and _missed(aim, _in_unit(aim, value)) for aim, value in figures
    )


def _in_unit(aim: Aim, value: float) -> float:
    return value * {"s": 0.001, "%": 100}.get(aim.unit, 1)


def _words(aim: Aim, value: float) -> str:
    digits = {"ms": 0, "MB": 0, "%": 0, "s": 1 if value >= 1 else 2}.get(aim.unit, 1)
    return f"{value:.{digits}f} {aim.unit}".strip()


def main(arguments: list[str] | None = None) -> int:
    """Play what is left, and print the table. 0: each round held its bounds and aims; 1: not so."""
    args = options().parse_args(arguments)
    names = args.scenarios or [*FIGURES]
    if unknown := [name for name in names if name not in FIGURES]:
        raise SystemExit(f"No scenario {unknown[0]}; there are: {', '.join(FIGURES)}.")
    if args.again:
        args.results.unlink(missing_ok=True)
    done = read(args.results)

    def tell(report: Report) -> None:
        row = report.figures()
        add(args.results, [row])
        done.append(row)
        print(f"{row['scenario']}: {'; '.join(row['broken']) or 'held'}", file=sys.stderr)

    for name in [] if args.print else [*left(done, names, args.rounds)]:
        asyncio.run(play_all([stage_of(name, False, args.app.resolve())], tell))
    print(table(done))
    return int(any(failed(row) for row in done))


if __name__ == "__main__":
    sys.exit(main())
