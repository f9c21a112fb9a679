"""The words and figures of a live page, from a run as it is now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dino.config import ENGINES

if TYPE_CHECKING:
    from dino.jobs import Job
    from dino.run import Run

NAME_ROWS = 9
NAMES_TITLE = "Names as it learns"
LABELS = {
    "Names seen": "",  # plain enough
    "Train": "Training loss: mean of −ln p(right symbol) over the last 50 steps, dropout included; "
                  "in nats per symbol.",
    "Held out": "The same loss on held-out names, which it never trains on; in nats per symbol.",
    "Perplexity": "e to the held-out loss: as unsure as among this many equally likely symbols.",
    "Names / s": "Names trained on per second.",
    "Time left": "Time until the last step, at this pace.",
}
Segments = list[tuple[str, bool]]  # words, and whether they are set off


def status(job: Job, place: int | None, mine: bool) -> Segments:
    """Where the run is, in one sentence."""
    run, of = job.run, _of(job)
    phase = job.phase
    if job.message:
        return [(job.message, False)]
    if phase == "refused":
        return [(job.refusal, False)]
    if phase == "waiting":
        return [("Waiting in line: ", False), (f"{place or 0:,} before you", True),
                (". It starts by itself.", False)]
    if phase == "building" or run is None:
        return [("Building the network…" if phase in ("building", "running") else
                 "Untrained. Memory is short: its figures come with training. Press Train.", False)]
    if phase == "stopped":
        return [(run.stopped, False)]
    if phase == "running":
        by = f" · {ENGINES[run.engine]}" if run.engine else ""
        return [("Step ", False), (f"{run.step:,}", True),
                (f" of {run.max_steps:,}{by}{of}", False)]
    if phase == "untrained":
        return [(f"Untrained{of}: its weights are random, and so are its names. "
                 + ("Press Train." if mine else ""), False)]
    if phase == "done":
        return [("Finished ", False), (f"{run.step:,} step{'s' if run.step != 1 else ''}", True),
                (f" in {run.seconds:.1f} s of training ({ENGINES[run.engine]}){of}.", False)]
    if not job.settled:
        return [("Pausing after this update…", False)]
    return [("Paused at step ", False), (f"{run.step:,}", True),
            (f" of {run.max_steps:,}{of}.", False)]


def _of(job: Job) -> str:
    """Which list it learns from, if it is not the dinosaurs whole."""
    title = job.corpus.title
    return "" if title == "Dinosaurs" else f" · {title}"


def figures(job: Job, run: Run | None) -> dict[str, str]:
    """The figures of this moment, by their labels."""
    if run is None:
        return dict.fromkeys(LABELS, "–")
    from dino.metrics import perplexity

    pace = job.pace if job.running and job.pace else run.names_per_second
    names_left = (run.max_steps - run.step) * run.config.batch_size
    train = run.train_loss
    return {
        "Names seen": _count(run.names_seen),
        "Train": "–" if train is None else f"{train:.2f}",
        "Held out": f"{run.val_loss:.2f}",
        "Perplexity": three_digits(perplexity(run.val_loss)),
        "Names / s": _pace(pace) if pace else "–",
        "Time left": _duration(names_left / pace) if pace and not run.stopped else "–",
    }


def three_digits(number: float) -> str:
    """As a figure's narrow place has room for: 5.32, 88,700, 1e+06."""
    return f"{float(f'{number:.3g}'):,g}" if number < 1e5 else f"{number:.0e}"


def _count(names: int) -> str:
    """Every one of them, up to what has room: 426,720, then 1.28 M."""
    return f"{names:,}" if names < 1e6 else f"{names / 1e6:,.2f} M"


def _pace(names: float) -> str:
    """Two digits: 950, 17,000, 200k."""
    names = float(f"{names:.2g}")
    return f"{names / 1000:,.0f}k" if names >= 1e5 else f"{names:,.0f}"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def sentence(run: Run | None, baselines: dict[str, float] | None) -> str:
    """What the loss chart shows just now."""
    if run is None or baselines is None:
        return "The dashed lines show the losses of counting letters, without a network."
    from dino.metrics import standing

    words = standing(run.val_loss, baselines)
    if not run.step:
        return (f"Untrained, it loses {run.val_loss:.2f} nats per symbol on held-out names; "
                f"knowing nothing loses {baselines['nothing']:.2f}.")
    best_step, best = run.best
    if run.val_loss > best + 0.01:
        words += f" It was best at step {best_step:,} ({best:.2f})."
    return words


def names(run: Run | None) -> list[list[str]]:
    """The same draws at several moments: rows of a step and two names."""
    moments = run.snapshots if run else ()
    last = max(0, len(moments) - 1)
    rows = sorted({round(last * row / (NAME_ROWS - 1)) for row in range(NAME_ROWS)})
    return [[f"{m.step:,}", *(name or "–" for name in m.names[:2])]
            for m in ([moments[i] for i in rows] if moments else [])]
