"""Measures small hosts and prints a table: python -m tests.load.table [--results FILE] …

For each host (a share of a core, and its memory) one server with Community Cloud's settings; then
one visitor comes, nine more, twenty more, and all of them click. Each result is written to a file
at once. If it is ended, the same command continues it. At most 25 minutes in all. A server that
could not bear a group is not asked to bear a larger one.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from .browser_tab import Tab
from .measures import Watch
from .quota import NEEDED, way
from .report import Report
from .results import add, read
from .server import ROOT, Site
from .small_hosts import Crowd, Host
from .stage import Form, Stage
from .visitors import leave, people, warm

CORES, MEMORY_MB, GROUPS = (0.1, 0.25, 0.5, 1.0, 2.0), (690, 2700), (1, 10, 30)
# Seconds for a host's server in all, the start included: the sum of two columns is 24 minutes.
LIMIT = {0.1: 230.0, 0.25: 170.0, 0.5: 130.0, 1.0: 100.0, 2.0: 90.0}
WORK, EVERY = 12.0, 5.0  # seconds that each group clicks; between two clicks of a visitor
BORNE = 0.5  # share of a group that has to be served before a larger one comes
HEAD = "cores | memory | visitors | page | first curve | click, 95th percentile | used | gave way"


def options() -> argparse.ArgumentParser:
    """The options of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.load.table",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    place = Path(tempfile.gettempdir()) / "dino-load-table.jsonl"
    parser.add_argument("--results", type=Path, default=place, help="where results are kept")
    parser.add_argument("--again", action="store_true", help="forget the results first")
    parser.add_argument("--only", type=float, help="only hosts with this share of a core")
    parser.add_argument("--print", action="store_true", help="only print the table")
    parser.add_argument("--app", type=Path, default=ROOT / "app.py", help="another app.py")
    return parser


def left(done: list[dict[str, Any]], only: float | None) -> Iterator[Host]:
    """The hosts that have no result yet."""
    known = {(row["cores"], row["memory_mb"]) for row in done}
    for memory in MEMORY_MB:
        for cores in CORES:
            if (cores, memory) not in known and only in (None, cores):
                yield Host(cores, memory)


async def measure(host: Host, app: Path, limit: float) -> list[dict[str, Any]]:
    """The rows of one host: one for each group, as far as it came within its time."""
    rows: list[dict[str, Any]] = []
    end = time.perf_counter() + limit
    stage = Stage(Form(max(GROUPS), max(GROUPS), WORK, limit), Report("table", True), app)
    why = ""
    try:
        async with host.server(stage) as site:
            is_warm = await warm(site, limit / 3)
            why = "" if is_warm else "no kernels before the first came"
            await asyncio.wait_for(_groups(host, site, rows, end), end - time.perf_counter())
    except (TimeoutError, asyncio.TimeoutError):
        why = f"{limit:g} s were over"
    except Exception as error:  # the other hosts are measured all the same
        why = f"{type(error).__name__}: {error}"[:120]
    if stage.report.broken:
        why = "; ".join(filter(None, (why, *stage.report.broken)))
    for count in GROUPS[len(rows) :]:
        rows.append({**host._asdict(), "visitors": count, "why": why or "not tried"})
    if why:
        rows[-1]["why"] = why
    return rows


async def _groups(host: Host, site: Site, rows: list[dict[str, Any]], end: float) -> None:
    everybody = people(site, max(GROUPS))
    try:
        for count in GROUPS:
            patience = (end - time.perf_counter()) / (1 + len(GROUPS) - len(rows))
            crowd = Crowd(site, patience)
            crowd.tabs = everybody[: GROUPS[len(rows) - 1] if rows else 0]
            row = await _group(crowd, everybody[len(crowd.tabs) : count])
            rows.append({**host._asdict(), "visitors": count, **row})
            if row["served"] < BORNE * count:
                return
    finally:
        await leave(everybody)


async def _group(crowd: Crowd, newcomers: list[Tab]) -> dict[str, Any]:
    watch = Watch(crowd.site.pid)
    try:
        await crowd.come(newcomers)
        await crowd.work(WORK, EVERY)
        tabs, figures = crowd.tabs, crowd.figures()
    finally:
        watch.stop()
    engines = [tab.frame.engine for tab in tabs if tab.frame and tab.frame.step]
    server = watch.figures()
    return {
        **figures,
        "newcomers": len(newcomers),
        "opened": len(crowd.opening.ms("page")),
        "trained": len(crowd.curves),
        "unanswered": len(crowd.clicks.errors),
        "served": sum(tab.trains() for tab in tabs),
        "waiting": sum(tab.line is not None for tab in tabs),
        "slow_engine": sum(engine != "compiled" for engine in engines),
        "memory_mb_used": round(server["memory_mb"]["most"]),
        "late_ms": server["generator_late_ms"].get("p95", 0.0),
    }


def table(rows: Iterable[dict[str, Any]]) -> str:
    """All rows as Markdown."""
    lines = [f"| {HEAD} |", "|" + "---|" * len(HEAD.split("|"))]
    for row in sorted(rows, key=lambda row: (row["memory_mb"], row["cores"], row["visitors"])):
        lines.append(f"| {' | '.join(_cells(row))} |")
    return "\n".join(lines)


def _cells(row: dict[str, Any]) -> list[str]:
    start = [f"{row['cores']:g}", f"{row['memory_mb']} MB", str(row["visitors"])]
    if "click_ms" not in row:
        return [*start, "", "", "", "", row["why"]]
    times = [_seconds(row[name]) for name in ("page_ms", "first_curve_ms")]
    click = row["click_ms"].get("p95")
    clicks = "" if click is None else f"{click / 1000:.2f} s"
    return [*start, *times, clicks, f"{row['memory_mb_used']} MB", _gave_way(row)]


def _seconds(found: dict[str, float]) -> str:
    """Median and most."""
    if "p50" not in found:
        return "none"
    few = found["n"] == 1
    most = "" if few else f", most {found['max'] / 1000:.1f}"
    return f"{found['p50'] / 1000:.1f}{most} s"


def _gave_way(row: dict[str, Any]) -> str:
    lacking = {
        "pages not opened": row["newcomers"] - row["opened"],
        "newcomers saw no curve": row["newcomers"] - row["trained"],
        "clicks without an answer": row["unanswered"],
        "wait in line for memory": row["waiting"],
        "on PyTorch": row["slow_engine"],
    }
    words = [f"{count} {what}" for what, count in lacking.items() if count]
    moving, count = row["moving"].split(" of ")
    if moving != count:
        words.append(f"{row['moving']} curves moved while all clicked")
    if row["late_ms"] > 100:
        words.append(f"the load test itself was late by {row['late_ms']:.0f} ms")
    return "; ".join([*words, *filter(None, [row.get("why", "")])]) or "nothing"


def main(arguments: list[str] | None = None) -> int:
    """Measure what has no result yet, and print the table."""
    args = options().parse_args(arguments)
    if args.again:
        args.results.unlink(missing_ok=True)
    done = read(args.results)
    if not args.print:
        how = way()
        if not how:
            print(f"This needs {NEEDED}.", file=sys.stderr)
            return 2
        print(f"Shares of a core by {how}; results in {args.results}", file=sys.stderr)
        for host in list(left(done, args.only)):
            rows = asyncio.run(measure(host, args.app.resolve(), LIMIT[host.cores]))
            add(args.results, rows)
            done += rows
            print(table(rows), file=sys.stderr, flush=True)
    print(table(done))
    return 0


if __name__ == "__main__":
    sys.exit(main())
