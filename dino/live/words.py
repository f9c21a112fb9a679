"""The words and figures of a live page, from a run as it is now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dino.config import ENGINES

if TYPE_CHECKING:
    from dino.jobs import Job
    from dino.run import Run, Snapshot

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
BUILDING = "Building the network…"
NOT_SHOWN = "Untrained. Memory is short: its figures come with training. Press Train."
Segments = list[tuple[str, bool]]  # words, and whether they are emphasised


def status(job: Job, place: int | None, mine: bool) -> Segments:
    """Where the run is, in one sentence. place: how many are before it in the line."""
    phase, run = job.phase, job.run
    if job.message:
        return [(job.message, False)]
    if phase == "refused":
        return [(job.refusal, False)]
    if phase == "waiting":
        before = f"{place or 0:,} before you"
        return [("Waiting in line: ", False), (before, True), (". It starts by itself.", False)]
    if phase == "building" or run is None:
        is_on_its_way = phase in ("building", "running")
        return [(BUILDING if is_on_its_way else NOT_SHOWN, False)]
    return _status_of_run(job, run, mine)


def _status_of_run(job: Job, run: Run, mine: bool) -> Segments:
    """The same for a network that is built."""
    phase, of, steps = job.phase, _of_list(job), f"{run.step:,}"
    if phase == "stopped":
        return [(run.stopped, False)]
    if phase == "running":
        by = f" · {ENGINES[run.engine]}" if run.engine else ""
        return [("Step ", False), (steps, True), (f" of {run.max_steps:,}{by}{of}", False)]
    if phase == "untrained":
        words = f"Untrained{of}: its weights are random, and so are its names. "
        return [(words + ("Press Train." if mine else ""), False)]
    if phase == "done":
        count = f"{steps} step{'s' if run.step != 1 else ''}"
        cost = f" in {run.seconds:.1f} s of training ({ENGINES[run.engine]}){of}."
        return [("Finished ", False), (count, True), (cost, False)]
    if not job.settled:
        return [("Pausing after this update…", False)]
    return [("Paused at step ", False), (steps, True), (f" of {run.max_steps:,}{of}.", False)]


def _of_list(job: Job) -> str:
    """Which list it is trained on, if not on all dinosaurs."""
    title = job.corpus.title
    return "" if title == "Dinosaurs" else f" · {title}"


def figures(job: Job, run: Run | None) -> dict[str, str]:
    """The figures of this moment, by their labels."""
    if run is None:
        return dict.fromkeys(LABELS, "–")
    from dino.metrics import perplexity

    pace = job.speed if job.running and job.speed else run.names_per_second
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
    """Three significant digits, for a narrow place: 5.32, 88,700, 1e+06."""
    return f"{float(f'{number:.3g}'):,g}" if number < 1e5 else f"{number:.0e}"


def _count(names: int) -> str:
    """All digits as long as there is room for them: 426,720, then 1.28 M."""
    return f"{names:,}" if names < 1e6 else f"{names / 1e6:,.2f} M"


def _pace(names: float) -> str:
    """Two digits: 950, 17,000, 200k."""
    names = float(f"{names:.2g}")
    return f"{names / 1000:,.0f}k" if names >= 1e5 else f"{names:,.0f}"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def loss_sentence(run: Run | None, baselines: dict[str, float] | None) -> str:
    """What the loss chart shows just now."""
    if run is None or baselines is None:
        return "The dashed lines show the losses of counting letters, without a network."
    from dino.metrics import compare_with_baselines

    words = compare_with_baselines(run.val_loss, baselines)
    if not run.step:
        return (
            f"Untrained, it loses {run.val_loss:.2f} nats per symbol on held-out names; "
            f"knowing nothing loses {baselines['nothing']:.2f}."
        )
    best_step, best = run.best
    if run.val_loss > best + 0.01:
        words += f" It was best at step {best_step:,} ({best:.2f})."
    return words


def name_rows(run: Run | None) -> list[list[str]]:
    """The same draws at several moments: rows of a step and two names."""
    snapshots = run.snapshots if run else ()
    if not snapshots:
        return []
    last = len(snapshots) - 1
    chosen = sorted({round(last * row / (NAME_ROWS - 1)) for row in range(NAME_ROWS)})
    return [_name_row(snapshots[i]) for i in chosen]


def _name_row(snapshot: Snapshot) -> list[str]:
    return [f"{snapshot.step:,}", *(name or "–" for name in snapshot.names[:2])]
