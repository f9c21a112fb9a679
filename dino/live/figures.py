"""The figures of a live page: how each is called and what it means, and what they are now.

Those of `LABELS` that are always seen come first; the others wait behind a button. Each has the
words of the page and then, where there is one, the field's term for it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from dino.live.status_text import NONE, SLOWED, duration
from dino.locale.sentences import Sentence, Text, mark, number_sentence, sentence

if TYPE_CHECKING:  # a page is drawn before numpy is loaded
    from dino.charts.base import Put
    from dino.jobs import RunHandle
    from dino.run import Run


class Label(NamedTuple):
    """What a figure is called in plain words, what it means, and the field's term, or ''.

    always: whether it is seen without asking for more.
    """

    words: str
    help: str
    term: str = ""
    always: bool = False


SURE = 2.0  # seconds of computing, after which a run's speed is known well enough
NAMES_SEEN, HELD_OUT, TRAIN, TIME_LEFT = "names_seen", "held_out", "training", "time_left"
EVALUATED, PERPLEXITY, SPEED = "evaluated", "perplexity", "speed"
LABELS = {
    NAMES_SEEN: Label(
        mark("Names seen"),
        mark(
            "How many names it has trained on so far, repeats included; one round through all "
            "training names is an epoch."
        ),
        always=True,
    ),
    HELD_OUT: Label(
        mark("Loss on names it never saw"),
        mark(
            "Loss on names that it never trains on, at this moment: without dropout, and with the "
            "averaged weights where the recipe averages them."
        ),
        mark("held out"),
        always=True,
    ),
    TRAIN: Label(
        mark("Loss in training"),
        mark(
            "Training loss: the mean of −ln p(right symbol) over its last 50 steps, with dropout "
            "if the recipe has it, in nats per symbol."
        ),
        always=True,
    ),
    TIME_LEFT: Label(
        mark("Time left"), mark("About how long until the last step, at this pace."), always=True
    ),
    EVALUATED: Label(
        mark("Loss on training names"),
        mark(
            "Loss on as many training names as are held out, measured in the same way. The "
            "difference between the two losses is the generalization gap, apart from chance."
        ),
        mark("train, evaluated"),
    ),
    PERPLEXITY: Label(
        mark("Equally likely symbols"),
        mark(
            "e to the power of the held-out loss: the network is as unsure as when choosing among "
            "this many equally likely symbols."
        ),
        mark("perplexity"),
    ),
    SPEED: Label(
        mark("Names per second"),
        mark("Names trained on per second, by the clock: other work on this server slows it."),
    ),
}


def figures(job: RunHandle, run: Run | None, put: Put = str) -> dict[str, str]:
    """The figures of this moment, by the keys of `LABELS`.

    Before its first step there is none for its loss: a visitor may guess that one first.
    """
    if run is None:
        return dict.fromkeys(LABELS, NONE)
    found: dict[str, Text] = {NAMES_SEEN: _count(run.names_seen), **_speed_figures(job, run)}
    found |= _losses(run) if run.step else {}
    return {key: put(found.get(key, NONE)) for key in LABELS}


def _losses(run: Run) -> dict[str, Text]:
    from dino.metrics import perplexity

    train = run.train_loss
    return {
        HELD_OUT: number_sentence(run.val_loss, ".2f"),
        TRAIN: NONE if train is None else number_sentence(train, ".2f"),
        EVALUATED: number_sentence(run.train_eval_loss, ".2f"),
        PERPLEXITY: three_digits(perplexity(run.val_loss)),
    }


def _speed_figures(job: RunHandle, run: Run) -> dict[str, Text]:
    """How fast it is, unless it is held back to be watched; and how long it takes."""
    is_watched = job.running and job.pace == "watch"
    speed = job.speed if job.running and job.speed else run.names_per_second
    left = (run.max_steps - run.step) * run.config.batch_size / speed if speed else math.inf
    if is_watched:
        left = max(job.watched_for(run), left if run.seconds > SURE else 0.0)
    return {
        SPEED: SLOWED if is_watched else _speed(speed) if speed else NONE,
        TIME_LEFT: duration(left) if left < math.inf and not run.stopped else NONE,
    }


def three_digits(number: float) -> Sentence:
    """Three significant digits, for a narrow place: 5.32, 88,700, 1e+06."""
    if number >= 1e5:
        return number_sentence(number, ".0e")
    rounded = _rounded(number, 3)
    return number_sentence(rounded, f",.{2 if rounded < 10 else 1 if rounded < 100 else 0}f")


def _rounded(number: float, digits: int) -> float:
    """A number with this many significant digits."""
    return float(format(number, f".{digits}g"))


def _count(names: int) -> Sentence:
    """All digits as long as there is room for them: 426,720, then 1.28 M."""
    if names < 1e6:
        return number_sentence(names)
    return sentence("{millions:,.2f} M", millions=names / 1e6)


def _speed(names: float) -> Sentence:
    """Two digits: 950, 17,000, 200k."""
    names = _rounded(names, 2)
    if names < 1e5:
        return number_sentence(names, ",.0f")
    return sentence("{thousands:,.0f}k", thousands=names / 1000)
