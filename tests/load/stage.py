"""The input of a scenario: its form, its report, and servers."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .measures import ASIDE, Clicks, listed, quantiles
from .report import Report
from .server import ROOT, Site, served


@dataclass(frozen=True)
class Form:
    """How large a scenario is. limit: seconds after which it is cut off."""

    visitors: int
    training: int
    seconds: float
    limit: float
    every: float = 5.0  # seconds between a visitor's clicks
    share: float = 1.0  # of the counts in the issue, for attackers and visitors who disconnect
    mixed: float = 0.0  # share of a class that writes names together with counting

    def some(self, count: int) -> int:
        """A share of a count, at least one."""
        return max(1, round(self.share * count))


@dataclass
class Stage:
    """One scenario, played once."""

    form: Form
    report: Report
    app: Path = ROOT / "app.py"
    site: Site | None = None  # a server that runs already; for scenarios that can share one
    one_cookie: bool = False

    @property
    def code(self) -> Path:
        """The folder of the app's code: beside its script, else ours."""
        return self.app.parent if (self.app.parent / "dino").is_dir() else ROOT

    @asynccontextmanager
    async def server(self, share: bool = True, **how: Any) -> AsyncIterator[Site]:
        """The given server, if this scenario can share it; else a new one, whose log must stay
        free of errors.
        """
        if share and self.site is not None:
            yield self.site
            return
        report = self.report
        async with served(self.app, **how) as site:
            report["log_errors"] = site.errors
            report.must("no error in the server's log", lambda: not site.faults())
            try:
                yield site
            finally:
                faults = site.faults()
                report["log_errors"] = site.errors()
                report.must("no error in the server's log", not faults)
                if faults:
                    report["log_end"] = site.logged()[-1500:]

    def judge_clicks(
        self,
        clicks: Clicks,
        p95: float,
        name: str = "clicks",
        more: Mapping[str, float] | None = None,
    ) -> None:
        """Every click is answered; its percentiles within bounds."""
        self.report[name] = clicks.figures
        self.report.must(f"{name}: every one answered", lambda: not clicks.errors)
        for quantile, bound in {"p95": p95, **(more or {})}.items():
            self.report.want(
                f"{name}: {quantile} at most {bound:g} ms",
                lambda q=quantile, b=bound: (
                    quantiles(
                        it.took.done
                        for it in clicks.done
                        if it.kind not in ("page", "train", *ASIDE)
                    )[q]
                    <= b
                ),
            )

    def judge_pages(self, tabs: list[Any]) -> None:
        """No exception on a page, no lost connection."""

        def errors() -> dict[str, int]:
            return listed([error for tab in tabs for error in tab.errors])

        def closed() -> dict[str, int]:
            return listed(
                [tab.closed for tab in tabs if tab.closed and tab.closed != "by the visitor"]
            )

        self.report["page_errors"], self.report["lost_connections"] = errors, closed
        self.report["answers_overtaken"] = lambda: sum(tab.overtaken for tab in tabs)
        self.report["widgets_awaited"] = lambda: sum(tab.awaited for tab in tabs)
        self.report.must("no error on a page", lambda: not errors())
        self.report.must("no connection lost", lambda: not closed())

    def patient(self, times: float) -> Stage:
        """The same with a limit that is `times` as long."""
        return dataclasses.replace(
            self, form=dataclasses.replace(self.form, limit=times * self.form.limit)
        )

    def resized(
        self, visitors: int | None, seconds: float | None, mixed: float | None = None
    ) -> Stage:
        """The same with other counts; its limit grows as its time does."""
        form = self.form
        if mixed is not None:
            form = dataclasses.replace(form, mixed=mixed)
        if visitors:
            share = visitors / form.visitors
            form = dataclasses.replace(
                form, visitors=visitors, training=max(1, round(form.training * share))
            )
        if seconds:
            form = dataclasses.replace(
                form, seconds=seconds, limit=form.limit + max(0.0, seconds - form.seconds)
            )
        return dataclasses.replace(self, form=form)
