"""The words and figures of a live page, from a run as it is now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dino.config import ENGINES

if TYPE_CHECKING:
    from dino.jobs import Job
    from dino.run import Run, Snapshot

NAME_ROWS = 7  # at most, of the table of names
LARGE_NAMES = 3  # of the newest moment
SLOWED = "slowed down to watch"
LABELS = {
    "Names seen": "",  # needs no explanation
    "Train": "Training loss: mean of −ln p(right symbol) over the last 50 steps, dropout included; "
    "in nats per symbol.",
    "Held out": "Loss on names that it never trains on, without dropout and with the averaged "
    "weights where averaging is on, so it may lie below Train; in nats per symbol.",
    "Perplexity": "e to the held-out loss: as unsure as among this many equally likely symbols.",
    "Names / s": "Names trained on per second.",
    "Time left": "Time until the last step, at this pace.",
}
BUILDING = "Building the network…"
NOT_SHOWN = (
    "Untrained. The server is short of memory, so the figures appear with training. Press Train."
)
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
        return [("Finished ", False), (count, True), (cost + takeover_sentence(run), False)]
    if not job.settled:
        return [("Pausing after this update…", False)]
    rest = f" of {run.max_steps:,}{of}." + takeover_sentence(run)
    return [("Paused at step ", False), (steps, True), (rest, False)]


def takeover_sentence(run: Run) -> str:
    """Where another engine took over a run with dropout: its dropout draws are others.

    Without dropout the engines agree, and there is nothing to say.
    """
    config = run.config
    if len(run.engines) < 2 or not (config.letter_dropout or config.hidden_dropout):
        return ""
    step, engine = run.engines[-1]
    return (
        f" From step {step + 1:,} on the engine was {ENGINES[engine]}: it draws dropout from "
        "random numbers of its own, so a run on one engine alone ends a little differently."
    )


def _of_list(job: Job) -> str:
    """Which list it is trained on, if not on all dinosaurs."""
    title = str(job.corpus.title)
    return "" if title == "Dinosaurs" else f" · {title}"


def figures(job: Job, run: Run | None) -> dict[str, str]:
    """The figures of this moment, by their labels."""
    if run is None:
        return dict.fromkeys(LABELS, "–")
    from dino.metrics import perplexity

    train = run.train_loss
    return {
        "Names seen": _count(run.names_seen),
        "Train": "–" if train is None else f"{train:.2f}",
        "Held out": f"{run.val_loss:.2f}",
        "Perplexity": three_digits(perplexity(run.val_loss)),
        **_speed_figures(job, run),
    }


def _speed_figures(job: Job, run: Run) -> dict[str, str]:
    """How fast it is and how long it takes; in words where it is held back to be watched."""
    if job.running and job.pace == "watch":
        return {"Names / s": SLOWED, "Time left": SLOWED}
    speed = job.speed if job.running and job.speed else run.names_per_second
    names_left = (run.max_steps - run.step) * run.config.batch_size
    return {
        "Names / s": _speed(speed) if speed else "–",
        "Time left": _duration(names_left / speed) if speed and not run.stopped else "–",
    }


def three_digits(number: float) -> str:
    """Three significant digits, for a narrow place: 5.32, 88,700, 1e+06."""
    return f"{float(f'{number:.3g}'):,g}" if number < 1e5 else f"{number:.0e}"


def _count(names: int) -> str:
    """All digits as long as there is room for them: 426,720, then 1.28 M."""
    return f"{names:,}" if names < 1e6 else f"{names / 1e6:,.2f} M"


def _speed(names: float) -> str:
    """Two digits: 950, 17,000, 200k."""
    names = float(f"{names:.2g}")
    return f"{names / 1000:,.0f}k" if names >= 1e5 else f"{names:,.0f}"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def loss_sentence(run: Run | None, baselines: dict[str, float] | None) -> str:
    """What the loss chart shows at present."""
    if run is None or baselines is None:
        return "The dashed lines show the losses of counting letters, without a network."
    from dino.metrics import compare_with_baselines

    words = compare_with_baselines(run.val_loss, baselines)
    if not run.step:
        return (
            f"Before training its held-out loss is {run.val_loss:.2f} nats per symbol; "
            f"knowing nothing gives {baselines['nothing']:.2f}."
        )
    return f"{words} {_best_sentence(run)}".rstrip()


def _best_sentence(run: Run) -> str:
    """When the run was best, where that was clearly before now; and whether it overfits."""
    from dino.metrics import overfitting

    if found := overfitting(run):
        return (
            f"Overfitting: the held-out loss was lowest at step {found.best_step:,} "
            f"({found.best_loss:.2f}) and has risen by {found.rise:.2f} since, while the training "
            "loss went on falling. That step was chosen for its low held-out loss, so that "
            "loss is a little too good."
        )
    best_step, best = run.best
    return f"It was best at step {best_step:,} ({best:.2f})." if run.val_loss > best + 0.01 else ""


def row_figures(run: Run | None) -> list[str]:
    """A run in a table of runs: steps, the held-out loss now, the best one and when it was."""
    if run is None or not run.step:
        return ["untrained", "–", "–"]
    steps = f"{run.step:,}" if run.step == run.max_steps else f"{run.step:,} of {run.max_steps:,}"
    if run.stopped:
        steps = f"diverged at {run.step:,}"
    best_step, best = run.best
    return [steps, f"{run.val_loss:.2f}", f"{best:.2f} at {best_step:,}"]


def newest_names(run: Run | None, baselines: Mapping[str, float] | None) -> dict[str, Any] | None:
    """The newest moment with names: when it was, a few of them, the baseline it has passed."""
    moments = _good_moments(run)
    if not moments:
        return None
    newest = moments[-1]
    return {
        "when": f"Step {newest.step:,} · held out {newest.val_loss:.2f}",
        "names": [name or "–" for name in newest.names[:LARGE_NAMES]],
        "passed": _passed(newest.val_loss, baselines),
    }


def _good_moments(run: Run | None) -> tuple[Snapshot, ...]:
    """All snapshots; of a diverged run those up to the step whose weights came back."""
    return tuple(s for s in run.snapshots if s.step <= run.kept_step) if run else ()


def _passed(val_loss: float, baselines: Mapping[str, float] | None) -> str:
    """How a moment stands beside the best baseline that it has passed."""
    if not baselines:
        return ""
    from dino.metrics import BASELINE_NAMES, passed_baseline

    passed = passed_baseline(val_loss, baselines)
    if passed is None:
        return f"not yet better than {BASELINE_NAMES['nothing']} ({baselines['nothing']:.2f})"
    return f"better than {BASELINE_NAMES[passed]} ({baselines[passed]:.2f})"


def name_rows(run: Run | None, baselines: Mapping[str, float] | None) -> list[list[str]]:
    """The same draws at several moments: rows of a step, two names, the baseline passed by then.

    Every moment, every second, every fourth, … so that rows stay while others come; and the newest.
    """
    snapshots = _good_moments(run)
    stride = 1
    while len(snapshots) > stride * (NAME_ROWS - 1):
        stride *= 2
    chosen = dict.fromkeys([*snapshots[::stride], *snapshots[-1:]])
    return [_name_row(snapshot, baselines or {}) for snapshot in chosen]


def _name_row(snapshot: Snapshot, baselines: Mapping[str, float]) -> list[str]:
    from dino.metrics import passed_baseline

    names = [name or "–" for name in snapshot.names[:2]]
    return [f"{snapshot.step:,}", *names, passed_baseline(snapshot.val_loss, baselines) or "–"]
