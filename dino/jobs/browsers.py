"""What the pool knows of each browser: when it was last seen, its count of runs, its kept runs."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection

from dino.jobs import limits
from dino.jobs.kept_runs import KeptRuns, RunEntry


class _Browser:
    """seen_at: when it last had a page open; count: how many runs it has ever trained.
    shown: tokens of its runs that others may watch, though their list is the browser's own.
    """

    def __init__(self, now: float) -> None:
        self.seen_at, self.count, self.kept = now, 0, KeptRuns()
        self.shown: set[str] = set()


class Browsers:
    """The browsers that train or have trained. Only the latest `limits.BROWSERS` are remembered.

    A browser's kept runs are forgotten `limits.KEEP_RUN` seconds after its last page. Its count
    stays, so no number is given twice. The pool's lock guards this object.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """clock: gives the time in seconds."""
        self._clock = clock
        self._known: OrderedDict[str, _Browser] = OrderedDict()

    def see(self, browsers: Collection[str]) -> None:
        """Note which browsers have a page open now: these and no others."""
        for name, browser in self._known.items():
            browser.kept.is_here = name in browsers
        for name in browsers:
            if name in self._known:
                self._known[name].seen_at = self._clock()
                self._known.move_to_end(name)

    def next_number(self, name: str) -> int:
        """Count one more run of a browser, and return its number."""
        browser = self.meet(name)
        browser.count += 1
        return browser.count

    def meet(self, name: str) -> _Browser:
        """The record of a browser, made if it is new. The browser counts as seen now."""
        browser = self._known.setdefault(name, _Browser(self._clock()))
        browser.seen_at = self._clock()
        self._known.move_to_end(name)
        while len(self._known) > limits.BROWSERS:
            self._known.popitem(last=False)
        return browser

    def knew(self, name: str, number: int) -> bool:
        """Whether a browser once had a run of this number, kept or not."""
        browser = self._known.get(name)
        return browser is not None and 1 <= number <= browser.count

    def is_gone(self, name: str) -> bool:
        """Whether it has had no page for `limits.KEEP_RUN` seconds: nothing of it is kept."""
        browser = self._known.get(name)
        return browser is None or self._clock() - browser.seen_at >= limits.KEEP_RUN

    def keeps(self, name: str) -> bool:
        """Whether runs of this owner are kept: it is a browser, and not gone."""
        return name != "" and not self.is_gone(name)

    def kept_runs(self, name: str) -> KeptRuns:
        """The kept runs of a browser."""
        browser = self._known.get(name)
        return browser.kept if browser is not None else KeptRuns()

    def shown_tokens(self, name: str) -> set[str]:
        """Tokens of the runs that a browser lets others watch, on lists of its own."""
        browser = self._known.get(name)
        return browser.shown if browser is not None else set()

    def all_kept(self) -> list[KeptRuns]:
        """The kept runs of each browser that has some."""
        return [browser.kept for browser in self._known.values() if browser.kept.all]

    def keep(self, entry: RunEntry, room: Callable[[KeptRuns], int] = lambda _: 0) -> None:
        """Keep a run, unless its browser is gone. room: gives the bytes for
        the browser's kept runs.
        """
        if self.keeps(entry.owner):
            if entry.corpus.owner:
                entry.corpus.trim()
            kept = self.kept_runs(entry.owner)
            kept.add(entry.to_keep(self._clock()), room(kept))

    def end_visits(self) -> None:
        """Forget the kept runs of browsers that are gone."""
        for name, browser in self._known.items():
            if browser.kept.all and self.is_gone(name):
                browser.kept, browser.shown = KeptRuns(), set()

    def erase(self, name: str) -> None:
        """Forget everything about a browser."""
        self._known.pop(name, None)
