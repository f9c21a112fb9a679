"""What a page shows of a single step: each letter's loss, the gradient, how far weights moved.

`put` gives the words of the page's language; by default they are English.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dino.config import SETTINGS
from dino.locale.sentences import Sentence, Text, number_sentence, plural_sentence, sentence

if TYPE_CHECKING:
    from dino.charts.base import Put
    from dino.data import Vocab
    from dino.step_report import Move, StepReport

DARKEST = 1.5  # times a uniform guess's loss; from there on all letters are equally dark


def report_frame(report: StepReport, vocab: Vocab, put: Put = str) -> dict[str, Any]:
    """A step for JSON. Losses in nats.

    names: for each name its letters as they are shown, their losses, these in few
    digits, and in words
    scale: the loss of a uniform guess, and the one from which on all are equally dark
    moved: for each matrix its name, the length of its change, its length before, and their ratio
    """
    nothing = math.log(len(vocab))
    return {
        "step": report.step,
        "title": put(sentence("What update {step:,} did", step=report.step)),
        "batch": " ".join(map(put, batch_sentences(report))),
        "gradient": " ".join(map(put, gradient_sentences(report))),
        "names": [_name(name, losses, vocab, put) for name, losses in report.names],
        "scale": [round(nothing, 2), round(DARKEST * nothing, 2)],
        "scale_words": put(_say_scale(nothing)),
        "moved": [_moved(move, put) for move in report.moved],
    }


def _say_scale(nothing: float) -> Sentence:
    return sentence(
        "Loss of each letter, from 0 to {darkest:.1f} nats or more. A uniform guess has "
        "{nothing:.2f}.",
        darkest=DARKEST * nothing,
        nothing=nothing,
    )


def batch_sentences(report: StepReport) -> list[Sentence]:
    """The batch and its loss."""
    words = [_say_batch(report.batch_size, len(report.names))]
    loss = report.loss
    if report.with_dropout:
        words += [
            sentence("Its training loss was {loss:.3f} nats per symbol, with dropout.", loss=loss),
            sentence(
                "The letters' losses below are measured without dropout, so their mean differs."
            ),
        ]
    elif len(report.names) < report.batch_size:
        words.append(sentence("Its training loss was {loss:.3f} nats per symbol.", loss=loss))
    else:
        words.append(
            sentence(
                "Its training loss was {loss:.3f} nats per symbol, the mean over its {symbols:,} "
                "symbols.",
                loss=loss,
                symbols=sum(len(losses) for _, losses in report.names),
            )
        )
    return words


def _say_batch(count: int, shown: int) -> Sentence:
    if shown < count:
        return sentence(
            "The batch: {count:,} names, {shown} of them below.", count=count, shown=shown
        )
    return plural_sentence("The batch: {count} name.", "The batch: {count:,} names.", count)


def gradient_sentences(report: StepReport) -> list[Sentence]:
    """How long the gradient was, and whether it was clipped."""
    length, limit = report.gradient_norm, report.clip_norm
    if not limit:
        found = sentence(
            "The gradient had a norm of {length:.3g}. This recipe does not clip it.", length=length
        )
    elif report.clipped:
        found = sentence(
            "The gradient had a norm of {length:.3g}, more than {limit:g}, so it was "
            "clipped to {limit:g}.",
            length=length,
            limit=limit,
        )
    else:
        found = sentence(
            "The gradient had a norm of {length:.3g}, not more than {limit:g}, so it was "
            "not clipped.",
            length=length,
            limit=limit,
        )
    words = [found]
    if report.count_teacher:
        words.append(
            sentence(
                "It is the gradient with soft targets ({setting} {share:g}).",
                setting=Sentence(SETTINGS["count_teacher"].label),
                share=report.count_teacher,
            )
        )
    return [*words, sentence("Learning rate {rate:g}.", rate=report.learning_rate)]


def _name(name: str, losses: Sequence[float], vocab: Vocab, put: Put) -> list[list[Any]]:
    ids = [*vocab.encode(name), 0]  # the end mark has a loss too
    labels, exact = [vocab.labels[i] for i in ids], [round(float(loss), 3) for loss in losses]
    short = [put(number_sentence(loss, ".1f" if loss < 9.95 else ".0f")) for loss in exact]
    formulas = [
        put(sentence("−ln p({letter}) = {loss:.2f}", letter=letter, loss=loss))
        for letter, loss in zip(labels, exact, strict=True)
    ]
    return [labels, exact, short, formulas]


def _moved(move: Move, put: Put) -> list[Any]:
    share = _percent(move.change / move.before) if move.before else sentence("from zero")
    lengths = (number_sentence(length, ".3g") for length in (move.change, move.before))
    return [move.name, *map(put, lengths), put(share), round(move.change, 6)]


def _percent(share: float) -> Text:
    percent = 100 * share
    if not share:
        return sentence("{percent:.0f} %", percent=0)
    if share < 1e-5:
        return sentence("< {percent:.3f} %", percent=0.001)
    if share >= 0.995:
        return sentence("{percent:,.0f} %", percent=percent)
    return sentence("{percent:.2g} %", percent=percent)
