"""What the pool knows of each browser: its last sign of life, its count of runs, its kept runs."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection

from dino.jobs import limits
from dino.jobs.kept_runs import KeptRuns, RunEntry


class _Browser:
    """seen_at: when it had a page last; count: how many runs it has trained ever; shown: the tokens
    of runs on a list of its own that others may watch.
    """

    def __init__(self, now: float) -> None:
        self.seen_at, self.count, self.kept = now, 0, KeptRuns()
        self.shown: set[str] = set()


class Browsers:
    """The browsers that train, or did: at most `limits.BROWSERS`, the latest. A browser's kept runs
    end `limits.KEEP_RUN` seconds after its last page; its count stays, so that a number is never
    given twice. The pool's lock guards it.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """clock: tells the seconds."""
        self._clock = clock
        self._known: OrderedDict[str, _Browser] = OrderedDict()

    def see(self, browsers: Collection[str]) -> None:
        """Note that of all browsers these have a page open now."""
        for name, browser in self._known.items():
            browser.kept.is_here = name in browsers
        for name in browsers:
            if name in self._known:
                self._known[name].seen_at = self._clock()
                self._known.move_to_end(name)

    def next_number(self, name: str) -> int:
        """The number of the run that a browser begins to train."""
        browser = self.meet(name)
        browser.count += 1
        return browser.count

    def meet(self, name: str) -> _Browser:
        """A browser that gives a sign of life."""
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
        """Whether its time is over: nothing of its runs is kept."""
        browser = self._known.get(name)
        return browser is None or self._clock() - browser.seen_at >= limits.KEEP_RUN

    def keeps(self, name: str) -> bool:
        """Whether runs of this owner are kept: of a browser whose time is not over."""
        return name != "" and not self.is_gone(name)

    def kept_runs(self, name: str) -> KeptRuns:
        """The kept runs of a browser."""
        browser = self._known.get(name)
        return browser.kept if browser is not None else KeptRuns()

    def shown_tokens(self, name: str) -> set[str]:
        """The tokens of a browser's runs on a list of its own that others may watch."""
        browser = self._known.get(name)
        return browser.shown if browser is not None else set()

    def all_kept(self) -> list[KeptRuns]:
        """The kept runs of each browser that has some."""
        return [browser.kept for browser in self._known.values() if browser.kept.all]

    def keep(self, entry: RunEntry, room: Callable[[KeptRuns], int] = lambda _: 0) -> None:
        """Keep a run of a browser whose time is not over. room: tells the bytes there are for its
        kept runs.
        """
        if self.keeps(entry.owner):
            if entry.corpus.owner:
                entry.corpus.trim()
            kept = self.kept_runs(entry.owner)
            kept.add(entry.to_keep(self._clock()), room(kept))

    def end_visits(self) -> None:
        """Forget the kept runs of those whose time is over."""
        for name, browser in self._known.items():
            if browser.kept.all and self.is_gone(name):
                browser.kept, browser.shown = KeptRuns(), set()

    def erase(self, name: str) -> None:
        """Forget all of a browser."""
        self._known.pop(name, None)
