"""The figures of a live page: the name of each, its meaning, and its present value.

Those of `LABELS` that are always shown come first; the others are behind a button. Each has the
words of the page and then, if there is one, the field's term for it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from dino.live.status_text import NONE, SLOWED, duration
from dino.locale.sentences import Sentence, Text, number_sentence, prose, sentence

if TYPE_CHECKING:  # a page is drawn before numpy is loaded
    from dino.charts.base import Put
    from dino.jobs import RunHandle
    from dino.run import Run


class Label(NamedTuple):
    """A figure's name in plain words, what it means, and the field's term, or ''.

    always: whether it is shown without asking for more.
    """

    words: Sentence
    help: Sentence
    term: Text
    always: bool


def _label(key: str, term: bool = False, always: bool = False) -> Label:
    words, about = prose("figures", f"{key}.words"), prose("figures", f"{key}.help")
    return Label(words, about, prose("figures", f"{key}.term") if term else "", always)


SURE = 2.0  # seconds of computing after which a run's speed is known well enough
NAMES_SEEN, HELD_OUT, TRAIN, TIME_LEFT = "names_seen", "held_out", "training", "time_left"
EVALUATED, PERPLEXITY, SPEED = "evaluated", "perplexity", "speed"
LABELS = {
    NAMES_SEEN: _label(NAMES_SEEN, always=True),
    HELD_OUT: _label(HELD_OUT, term=True, always=True),
    TRAIN: _label(TRAIN, always=True),
    TIME_LEFT: _label(TIME_LEFT, always=True),
    EVALUATED: _label(EVALUATED, term=True),
    PERPLEXITY: _label(PERPLEXITY, term=True),
    SPEED: _label(SPEED),
}


def figures(job: RunHandle, run: Run | None, put: Put = str) -> dict[str, str]:
    """The figures of this moment, by the keys of `LABELS`.

    Before its first step a run shows none for its loss, because a visitor may guess that one first.
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
    """All digits if there is room for them: 426,720, then 1.28 M."""
    if names < 1e6:
        return number_sentence(names)
    return sentence("{millions:,.2f} M", millions=names / 1e6)


def _speed(names: float) -> Sentence:
    """Two digits: 950, 17,000, 200k."""
    names = _rounded(names, 2)
    if names < 1e5:
        return number_sentence(names, ",.0f")
    return sentence("{thousands:,.0f}k", thousands=names / 1000)
