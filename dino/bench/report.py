"""What the benchmark prints: its progress on stderr, and its result as a table for a terminal."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Sequence
from typing import Any

from dino.bench.worker import SCRIPT_SECONDS, TARGET

Spread = dict[str, float]


def spread(values: Sequence[float]) -> Spread:
    """Median, minimum and maximum, to four digits."""
    return {
        "median": round_to_four_digits(statistics.median(values)),
        "min": round_to_four_digits(min(values)),
        "max": round_to_four_digits(max(values)),
    }


def round_to_four_digits(number: float) -> float:
    """The number to four significant digits: 1235.0 for 1234.5678."""
    return float(f"{number:.4g}")


def print_progress(text: str) -> None:
    """Print on stderr how far the benchmark is."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


def format_table(result: dict[str, Any]) -> str:
    """The result of `rounds.run` as text of several paragraphs."""
    shares = [f"{size} units {share:.0%}" for size, share in result["peak_share"].items()]
    facts = [f"{key} {value}" for key, value in result["machine"].items()]
    paragraphs = [
        _ratio_lines(result),
        target_lines(result[f"time_to_{TARGET:.2f}"]),
        ["share of one core's torch.mm: " + ", ".join(shares)],
        _learner_lines(result["learners"]),
        _start_lines(result["import_seconds"]),
        [", ".join(facts)],
    ]
    return "\n\n".join("\n".join(lines) for lines in paragraphs)


def _ratio_lines(result: dict[str, Any]) -> list[str]:
    head = _row("CPU time per name, theirs over ours", ("median", "least", "most"))
    lines = [head + f"{'theirs/s':>10}{'ours/s':>10}"]
    for row, ratio in result["ratios"].items():
        line = _row(row, _spread_cells(ratio, "×"))
        pace = result["names_per_cpu_second"].get(row)
        if pace:
            line += f"{pace['peer']:10,.0f}{pace['ours']:10,.0f}"
        lines.append(line)
    return lines + [f"  {row:34}skipped: {why}" for row, why in result["skipped"].items()]


def target_lines(times: dict[str, Any]) -> list[str]:
    """The paragraph about the time to TARGET, from what `measure_times_to_target` gives."""
    lines = [f"CPU seconds to a held-out loss of {TARGET:.2f}"]
    for trainer, figures in times.items():
        if trainer == "ratios":
            continue
        name = f"{trainer}, rate {figures['rate']:g}" if "rate" in figures else trainer
        line = _row(name, _spread_cells(figures, "s"))
        if figures["capped"]:
            line += f"  or more: {figures['capped']} did not get there"
        lines.append(line)
    for trainer, ratio in times["ratios"].items():
        lines.append(_row(f"{trainer} over ours", _spread_cells(ratio, "×")))
    return lines


def _learner_lines(learners: dict[str, Any]) -> list[str]:
    lines = ["learners on a pool of two"]
    for count, figures in learners.items():
        lines.append(
            f"  {count}: {figures['names_per_second']:,.0f} names/s on {figures['cores']:.2f} "
            f"cores, each within {figures['unfairness']:.0%} of its share; a "
            f"{1000 * SCRIPT_SECONDS:.0f} ms script: {figures['script_ms']:.0f} ms"
        )
    return lines


def _start_lines(starts: dict[str, Spread]) -> list[str]:
    lines = ["fresh processes, seconds by the clock, and their memory"]
    for name, figures in starts.items():
        cells = _spread_cells(figures, "s")
        if "megabytes" in figures:
            cells.append(f"{figures['megabytes']:,.0f} MB")
        lines.append(_row(name, cells))
    return lines


def _spread_cells(values: Spread, unit: str) -> list[str]:
    return [f"{values[key]:.3g} {unit}" for key in ("median", "min", "max")]


def _row(name: str, cells: Sequence[str]) -> str:
    return f"  {name:34}" + "".join(f"{cell:>10}" for cell in cells)
