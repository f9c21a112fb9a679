"""What the server sends a live page about a run: text, figures, and new points of its curves.

A frame is a dictionary for JSON. The page redraws what a frame contains and keeps the rest. Scripts
send frames too, so frames may arrive out of order; `at` tells which is newer.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from dino.live.loss_words import loss_sentence
from dino.live.status_figures import figures
from dino.live.status_text import name_rows, newest_names, progress_text, row_figures, status
from dino.live.step_values import report_frame

if TYPE_CHECKING:  # a page is drawn before numpy and PyTorch are loaded
    from dino.charts.base import Put
    from dino.charts.ends import Curve, Named
    from dino.jobs import RunHandle
    from dino.run import Run

Frame = dict[str, Any]

CHART_HEIGHT = 260  # pixels; a phone draws it lower, as `training.css` says
LOWEST_LINE = 0.44  # of a uniform guess's loss: about the lowest line, before letters are counted
LONGER = 4  # an axis leaves room for longer runs, up to this many times the run's own length
POINTS = 256  # of the training curve: means over stretches of 1, 2, 4, … steps
BUTTONS = {  # the button of each phase; when it changes, a page draws its buttons again
    "building": "play",
    "untrained": "play",
    "refused": "none",
    "waiting": "pause",
    "running": "pause",
    "paused": "on",
    "done": "extend",
    "stopped": "extend",
    "failed": "none",
    "kept": "none",
}


def frame_kind(job: RunHandle) -> str:
    """The main button that a run has now. While it makes single steps, more may be asked for."""
    return "on" if job.stepping else BUTTONS[job.phase]


@dataclass(frozen=True)
class SeenRun:
    """A run as one page sees it.

    mine: whether its browser owns it; place: in the waiting line; earlier: the runs whose held-out
    curves are drawn behind its own.
    """

    job: RunHandle
    mine: bool
    place: int | None = None
    earlier: tuple[Named, ...] = ()

    @property
    def state(self) -> str:
        """All that a page's buttons depend on."""
        return self.state_with(self.kind)

    @property
    def kind(self) -> str:
        """Its main button."""
        return frame_kind(self.job)

    def state_with(self, kind: str) -> str:
        """The same state, for buttons of this kind."""
        return f"{self.job.token[:6]}-{kind}-{'mine' if self.mine else 'theirs'}"


class FrameView(NamedTuple):
    """What a page draws from frames: a run, or None, in the words of a language."""

    seen: SeenRun | None
    put: Put


class Sender:
    """Frames for one connection: each brings what is new since the one before.

    last_id: the id of the last frame that this page got over an earlier connection. It says
    which points, and which name's writing, the page already has. If it does not fit the
    run, all are sent.
    """

    def __init__(self, last_id: str = "") -> None:
        self._id, _, step = last_id.rpartition(".")
        self._version: tuple[Any, ...] = ()
        self._held: tuple[object, ...] = ()  # the version has their `id`: none is used again
        self._drawn: tuple[Any, ...] = ()  # all that the page's layout of the chart depends on
        self._moments: tuple[Any, ...] = ()
        self._earlier: tuple[Named, ...] | None = None
        # The run and the step of the name whose writing the page has
        self._written: tuple[Any, ...] = (self._id.partition(".")[0], step)
        self._report: object = self  # nothing sent yet, not even that there is none

    def next(self, seen: SeenRun | None, put: Put = str) -> tuple[str, Frame] | None:
        """The id and content of the next frame; None if nothing changed.

        put: gives the words of the page's language. If the language has changed, all
        words are sent.
        """
        if seen is None:
            return self._once(("gone",), {"phase": "none", "state": "gone", "step": 0})
        at = time.monotonic()  # before anything is read, so what follows is at least as new
        job, run = seen.job, seen.job.run
        version = (*_version(seen, run), put)
        if version == self._version:
            return None
        # Another language: these were sent in the words of the old one.
        if self._version[-1:] != (put,):
            self._moments, self._report = (), self
        self._version = version
        self._held = run, job.step_report, seen.earlier
        frame: Frame = {
            "at": at,
            "phase": job.phase,
            "state": seen.state,
            "kind": seen.kind,
            "line": seen.place,
            "step": run.step if run else 0,
            "names_seen": run.names_seen if run else 0,
            "engine": run.engine if run else "",
            "status": status(job, seen.place, seen.mine, put),
            "progress": progress_text(run, put),
            "watching": not seen.mine,
            "figures": figures(job, run, put),
            "sentence": loss_sentence(job, run, put),
            "number": job.number if job.baselines is not None else 0,  # before that it has no row
            "row": row_figures(run, put),
        }
        self._add_curves(frame, seen, run, put)
        self._add_names(frame, job, run, put)
        self._add_written(frame, job, run)
        self._add_report(frame, job, put)
        return f"{self._id}.{self._written[-1]}", frame

    def _once(self, version: tuple[Any, ...], frame: Frame) -> tuple[str, Frame] | None:
        if version == self._version:
            return None
        self._version, self._id, self._written = version, "", ("", "")
        return "", frame

    def _add_curves(self, frame: Frame, seen: SeenRun, run: Run | None, put: Put) -> None:
        """New points of the curves; also the chart's layout and earlier runs, if they changed."""
        from dino.charts.loss import NO_POINTS, earlier_curves

        job = seen.job
        if seen.earlier is not self._earlier:
            self._earlier = seen.earlier
            frame["earlier"] = earlier_curves(seen.earlier)
        stride = run.stride(POINTS) if run else 1
        train = run.stretches(stride) if run else NO_POINTS
        drawn, evaluated, val = 0, NO_POINTS, NO_POINTS
        if run and run.step:  # an untrained network's loss is not shown: a visitor may guess it
            drawn = run.drawn
            evaluated = run.val_steps[:drawn], run.train_eval_losses[:drawn]
            val = run.val_steps[:drawn], run.val_losses[:drawn]
        self._add_layout(frame, seen, run, (train, evaluated, val), put)
        complete = run.step // stride if run else 0  # stretches whose points no longer change
        t, v = self._known(job.token, stride, complete, drawn)
        frame["train"], frame["val"] = points(train, t), points(val, v)
        frame["evaluated"] = points(evaluated, v)
        self._id = f"{job.token}.{stride}.{complete}.{drawn}"

    def _add_layout(
        self,
        frame: Frame,
        seen: SeenRun,
        run: Run | None,
        curves: tuple[Curve, Curve, Curve],
        put: Put,
    ) -> None:
        """The layout of the loss chart, if what it depends on has changed. Before a list is counted
        it has only the line of a uniform guess; of an untrained network not even this one.
        """
        from dino.charts.loss import loss_layout, view_losses

        job, (train, evaluated, val) = seen.job, curves
        guess = {"nothing": math.log(len(job.corpus.vocab))}
        baselines = job.baselines or guess
        good = run.kept_step if run and run.stopped else None
        view = view_losses(
            train, val, baselines, evaluated=evaluated, earlier=seen.earlier, good=good
        )
        if job.baselines is None:  # about as far down as the lines will be
            view = view._replace(bottom=min(view.bottom, LOWEST_LINE * guess["nothing"]))
        if not (run and run.step):  # only the room for it shows where guessing is
            baselines = {name: loss for name, loss in baselines.items() if name not in guess}
        end = _chart_end(run, seen.earlier) if run else job.config.max_steps
        rates = run.learning_rates if run else ()
        drawn = (view, len(baselines), end, rates, job.token, put, id(seen.earlier))
        if drawn != self._drawn:
            self._drawn = drawn
            frame["layout"] = loss_layout(
                view,
                baselines,
                end,
                earlier=seen.earlier,
                rates=rates,
                revision=job.token,
                height=CHART_HEIGHT,
                put=put,
            )

    def _known(self, token: str, stride: int, stretches: int, measured: int) -> tuple[int, int]:
        """From which point on the training curve, and the measured curves, are new to the page, by
        the id of its last frame.
        """
        had = self._id.split(".")
        numbers = had[1:]
        if (
            len(had) != 4
            or had[0] != token
            or not all(n.isdecimal() and len(n) < 9 for n in numbers)
        ):
            return 0, 0
        had_stride, had_stretches, had_measured = map(int, numbers)
        has_train = had_stride == stride and had_stretches <= stretches
        has_val = had_measured <= measured
        return had_stretches if has_train else 0, had_measured if has_val else 0

    def _add_names(self, frame: Frame, job: RunHandle, run: Run | None, put: Put) -> None:
        """The newest moment and the table of moments, if there is a new moment or another run."""
        newest = run.named_moments[-1:] if run else ()
        moments = (job.token, *(it.step for it in newest), job.baselines is None)
        if moments != self._moments:
            self._moments = moments
            frame["newest"] = newest_names(run, job.baselines, put)
            frame["names"] = name_rows(run, job.baselines, put)

    def _add_written(self, frame: Frame, job: RunHandle, run: Run | None) -> None:
        """How the newest moment's first name was written, if the moment or the run is another one.

        None if this run has no such trace. It is the same in all languages. A run that diverged
        goes back to an earlier moment, and will soon have the trace of that one.
        """
        trace = run.trace if run else None
        key = (job.token, str(trace.step) if trace else "")
        if key == self._written or (trace is None and self._written[0] == job.token):
            return
        self._written, frame["written"] = key, None
        if run is not None and trace is not None:
            whose = {"run": job.token, "cell": run.config.cell}
            frame["written"] = {**whose, **trace.as_json(job.corpus.vocab.labels)}

    def _add_report(self, frame: Frame, job: RunHandle, put: Put) -> None:
        """What the last step did, if that is new; None if there is nothing to say."""
        report = job.step_report
        if report is not self._report:
            self._report = report
            frame["report"] = report_frame(report, job.corpus.vocab, put) if report else None


def _version(seen: SeenRun, run: Run | None) -> tuple[Any, ...]:
    """The values that decide whether a page gets a new frame: any change of them sends one."""
    job = seen.job
    objects = (id(run), id(job.step_report), id(seen.earlier))
    is_counted = job.baselines is not None
    has = (job.token, job.phase, job.settled, job.message, job.waits_for, job.pace, is_counted)
    return (*objects, *has, seen.mine, seen.kind, seen.place)


def _chart_end(run: Run, earlier: tuple[Named, ...]) -> int:
    """Where the step axis ends.

    That is where a diverged run stopped, else with room for what will come. It is later if earlier
    runs trained for longer, as far as this run can still be read.
    """
    end = max(run.step, 1) if run.stopped else axis_end(run.step, run.max_steps)
    longest = max((int(steps[-1]) for _, (steps, _) in earlier if len(steps)), default=0)
    return max(end, min(longest, LONGER * end))


def points(curve: Curve, first: int) -> dict[str, Any]:
    """The points of a curve from number `first` on; the page has the points before."""
    from dino.charts.base import numbers

    x, y = curve
    return {"from": first, "x": x[first:].tolist(), "y": numbers(y[first:])}


def axis_end(step: int, max_steps: int) -> int:
    """Where the step axis ends: at the budget; while that is far, at a half of it, a quarter, …"""
    end = max_steps
    while end > 3000 and end > 6 * step:
        end //= 2
    return end
