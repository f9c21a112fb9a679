"""The final exam (test set): what is measured when it is opened, and what is said of it.

measure_in_parts(model, corpus, context) -> (share done, ExamLosses or None)
count_in_parts(model, corpus, context) -> (share done, the network beside counting, or None)
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from dino.data import Corpus, encode
from dino.difference import Difference, Side
from dino.locale.sentences import (
    Refusal,
    Sentence,
    comma_list,
    error_sentence,
    number_sentence,
    plural_sentence,
    sentence,
)
from dino.metrics import BASELINE_NAMES, BesideBaseline, baseline_differences, loss_difference
from dino.model import CharRNN
from dino.ngram import NOTHING, baseline_name_losses_in_parts
from dino.probe import name_losses_in_parts


class ExamLosses(NamedTuple):
    """A network's losses on the final exam and on the held-out names, nats per symbol.

    exam_error, held_out_error: their standard errors over names
    names, held_out_names: how many names each is over
    """

    exam: float
    exam_error: float
    held_out: float
    held_out_error: float
    names: int
    held_out_names: int

    @property
    def difference(self) -> Difference:
        """How much lower the exam's loss is than the held-out one, judged for any number of names.

        The two sets share no name, so their errors add up as those of two independent samples.
        """
        error = math.hypot(self.exam_error, self.held_out_error)
        return Difference(self.held_out - self.exam, error, self.names, enough=1)


class ExamResult(NamedTuple):
    """What the exam showed when it was opened with a run.

    number: which opening of this exam this was for the browser, from 1 on;
    times: how many there were; mix: the text of the mixture that was set then, '' if none was
    """

    losses: ExamLosses
    number: int
    times: int
    mix: str = ""


def measure_in_parts(
    model: CharRNN, corpus: Corpus, context: int = 0
) -> Iterator[tuple[float, ExamLosses | None]]:
    """Both losses, in parts: the share that is done, and the losses with the last part.

    model: with the run's averaged weights. Raises Refusal for a list without an exam.
    """
    if not corpus.exam:
        raise Refusal(sentence("This list has no final exam."))
    found: list[tuple[float, float]] = []
    for done, names in enumerate((corpus.exam, corpus.val)):
        data = encode(names, corpus.vocab)
        losses = np.zeros(len(names))
        for share, sums in name_losses_in_parts(model, data, context):
            losses = sums
            yield 0.49 * (done + share), None
        found.append(loss_difference(losses, np.zeros(len(names)), data.lengths))
    yield 1.0, ExamLosses(*found[0], *found[1], len(corpus.exam), len(corpus.val))


def count_in_parts(
    model: CharRNN, corpus: Corpus, context: int = 0
) -> Iterator[tuple[float, tuple[BesideBaseline, ...] | None]]:
    """The network beside counting on the exam's names, in parts: the share that is done, and with
    the last part a difference for each way of counting, the highest loss first.

    Letters are counted in the training names, as for the held-out losses. model: with the run's
    averaged weights. Raises Refusal for a list without an exam.
    """
    if not corpus.exam:
        raise Refusal(sentence("This list has no final exam."))
    counted: dict[str, np.ndarray] = {}
    for share, so_far in baseline_name_losses_in_parts(corpus, corpus.exam):
        counted = so_far
        yield 0.7 * share, None
    data, losses = encode(corpus.exam, corpus.vocab), np.zeros(len(corpus.exam))
    for share, sums in name_losses_in_parts(model, data, context):
        losses = sums
        yield 0.7 + 0.29 * share, None
    levels = {name: of_names for name, of_names in counted.items() if name != NOTHING}
    yield 1.0, tuple(baseline_differences(losses, levels, data.lengths, enough=1))


def counting_rows(
    differences: Sequence[BesideBaseline],
) -> list[tuple[Sentence, Sentence, Sentence]]:
    """Each way of counting, its loss on the exam's names, and how far the network's is above it."""
    return [
        (
            Sentence(BASELINE_NAMES[it.baseline]),
            number_sentence(it.level, ".3f"),
            it.difference.above(3),
        )
        for it in differences
    ]


def counting_sentences(differences: Sequence[BesideBaseline]) -> list[Sentence]:
    """Which ways of counting a network is clearly below on the exam, too close to, clearly above.

    differences: from `count_in_parts`
    """
    found = []
    for side in (Side.LOWER, Side.CLOSE, Side.HIGHER):
        names = [Sentence(BASELINE_NAMES[it.baseline]) for it in differences if it.side is side]
        if names:
            found.append(_counting_sentence(side, comma_list(names)))
    return found


def _counting_sentence(side: Side, names: Sentence) -> Sentence:
    """On which side of these ways of counting a network is on the exam's names."""
    return {
        Side.LOWER: sentence(
            "Its loss on the exam's names is lower than that of {names}, by more than twice the "
            "error.",
            names=names,
        ),
        Side.CLOSE: sentence(
            "Too close to call on the exam, within twice the error: {names}.", names=names
        ),
        Side.HIGHER: sentence(
            "Its loss on the exam's names is higher than that of {names}, by more than twice the "
            "error.",
            names=names,
        ),
    }[side]


def loss_rows(opened: ExamResult) -> list[tuple[Sentence, Sentence, int]]:
    """A row for each loss: its name, its value ± error, how many names it is over."""
    losses = opened.losses
    if opened.number == 1:
        title = sentence("final exam (test loss)")
    else:
        title = sentence("final exam (opened before, so now also a validation loss)")
    return [
        (
            sentence("held out (validation loss)"),
            error_sentence(losses.held_out, losses.held_out_error, 3),
            losses.held_out_names,
        ),
        (title, error_sentence(losses.exam, losses.exam_error, 3), losses.names),
    ]


def exam_sentences(opened: ExamResult) -> list[Sentence]:
    """What an opening shows, and what it does not show."""
    losses, number, times, _ = opened
    found = [
        sentence(
            "Exam minus held out: {difference} nats per symbol. ± is its standard error over "
            "names.",
            difference=losses.difference.above(3),
        ),
        _size_sentence(losses.difference),
        *_choice_sentences(number),
        count_sentence(times),
    ]
    if number > 1:
        found.append(
            plural_sentence(
                "This was opening {number} of the exam. What the {count} earlier opening showed "
                "may have influenced the choice of this run, so its loss is now also a validation "
                "loss.",
                "This was opening {number} of the exam. What the {count} earlier openings showed "
                "may have influenced the choice of this run, so its loss is now also a validation "
                "loss.",
                number - 1,
                number=number,
            )
        )
    return found


def _choice_sentences(number: int) -> list[Sentence]:
    """What choosing among runs does to both losses.

    number: which opening this was. From the second on, the exam's names may
    have influenced the choice.
    """
    found = [
        sentence(
            "The lowest held-out loss of several runs tends to be low partly by luck with the "
            "held-out names."
        )
    ]
    if number == 1:
        found.append(
            sentence(
                "On this split, no held-out loss includes the exam's names, so this luck "
                "does not lower their loss. But they may be easier or harder than the "
                "held-out names. The difference contains both effects."
            )
        )
    return found


def _size_sentence(difference: Difference) -> Sentence:
    """Whether chance, in the choice of the names, could explain such a difference."""
    return {
        Side.CLOSE: sentence(
            "That is within twice the error, so the choice of names for the two sets may explain "
            "it."
        ),
        Side.HIGHER: sentence(
            "The exam's loss is higher by more than twice the error. The held-out loss makes this "
            "run look better than it is on the exam's names."
        ),
        Side.LOWER: sentence(
            "The exam's loss is lower by more than twice the error. The held-out loss makes this "
            "run look worse than it is on the exam's names."
        ),
    }[difference.side]


def count_sentence(count: int) -> Sentence:
    """How many times a visit has opened an exam."""
    if not count:
        return sentence("You have not opened this exam in this visit yet.")
    return plural_sentence(
        "You have opened this exam once in this visit.",
        "You have opened this exam {count:,} times in this visit.",
        count,
    )
