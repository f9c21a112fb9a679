"""How much a page's parts move while it loads, as Chrome defines it (web.dev/articles/cls).

A layout shift that follows a click or a key within half a second does not count. The others are
added up in windows: of five seconds at most, and without a gap of a second. The largest counts.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

GAP, LONGEST = 1000, 5000  # milliseconds
# Chrome keeps the first 150; a page that loads has some twenty.
ENTRIES = """() => {
  const observer = new PerformanceObserver(() => {});
  observer.observe({ type: 'layout-shift', buffered: true });
  return observer.takeRecords().filter((it) => !it.hadRecentInput).map((it) => ({
    at: it.startTime, value: it.value,
    moved: it.sources.map(({ node, previousRect: a, currentRect: b }) => [
      (node?.closest?.('[class*=st-key-]') ?? node)?.className ?? node?.nodeName ?? '',
      [a.x, a.y, a.width, a.height], [b.x, b.y, b.width, b.height]]) }));
}"""


def shifts(page: Page) -> list[dict[str, Any]]:
    """Each shift since the page began: when, how much, and which parts moved, from and to where."""
    found: list[dict[str, Any]] = page.evaluate(ENTRIES)
    return found


def layout_shift(page: Page) -> float:
    """The sum of the page's worst window up to now. Call it once the page is complete."""
    return worst_window([(it["at"], it["value"]) for it in shifts(page)])


def worst_window(found: list[tuple[float, float]]) -> float:
    """Of shifts in their order, (milliseconds, value): the largest sum of a window."""
    worst = total = 0.0
    begin = before = float("-inf")
    for at, value in found:
        if at - before >= GAP or at - begin >= LONGEST:
            begin, total = at, 0.0
        before, total = at, total + value
        worst = max(worst, total)
    return worst


def median_shift(load: Callable[[], Page], times: int = 5) -> float:
    """The median of several loads. load: opens a page that the visitor has not seen, and waits for
    it to be complete; it is closed.
    """
    found = []
    for _ in range(times):
        page = load()
        found.append(layout_shift(page))
        page.close()
    return statistics.median(found)
