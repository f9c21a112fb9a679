"""What samples of written names show, in sentences that are true of any samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

from dino.locale.sentences import Sentence, comma_list, error_sentence, sentence
from dino.name_measures import NameMeasures, Share, difference_in_errors
from dino.ui.language import put

CHANCE = 0.05  # of calling any run's copies more or fewer than chance gives where they are not


def measure_row(measures: NameMeasures, by_split: bool = False) -> list[str]:
    """The cells of a sample: shares in percent and the mean length, each ± its standard error.

    by_split: a split made this sample, so that four of its shares have no error.
    """
    where = (measures.new, measures.copied, measures.held_out, measures.repeated)
    shares = [put(_exact(it) if by_split else percent(it)) for it in where]
    return [*shares, put(percent(measures.ends)), put(_with_error(measures.mean_length, 1))]


def _exact(found: Share) -> Sentence:
    return sentence("{percent:.0f} %", percent=100 * found.share)


def percent(found: Share) -> Sentence:
    """A share and its error in percent: 3.5 ± 0.9 %."""
    shown = error_sentence(100 * found.share, 100 * found.error, 1)
    return sentence("{percent} %", percent=shown)


def _with_error(found: Share, digits: int) -> Sentence:
    if math.isnan(found.error):
        return sentence("{value:.1f}", value=found.share)
    return error_sentence(found.share, found.error, digits)


def copied_sentences(
    runs: Sequence[tuple[str, NameMeasures]], sixes: NameMeasures
) -> list[Sentence]:
    """Which runs copy names of the list more or less often than counting sixes does, by more than
    chance explains; and which about as often.

    runs: what each is called, and its measures. The limit is corrected for the number of runs
    (Bonferroni).
    """
    if not runs:
        return []
    factor = NormalDist().inv_cdf(1 - CHANCE / (2 * len(runs)))
    apart = {title: difference_in_errors(it.copied, sixes.copied) for title, it in runs}
    sides = (
        (_more, [title for title, found in apart.items() if found > factor]),
        (_fewer, [title for title, found in apart.items() if found < -factor]),
        (_close, [title for title, found in apart.items() if abs(found) <= factor]),
    )
    chance = percent(sixes.copied)
    return [words(chance, comma_list(titles)) for words, titles in sides if titles]


def _more(chance: Sentence, runs: Sentence) -> Sentence:
    return sentence(
        "More of the written names are in the training names than counting sixes writes "
        "({share}): {runs}.",
        share=chance,
        runs=runs,
    )


def _fewer(chance: Sentence, runs: Sentence) -> Sentence:
    return sentence(
        "Fewer of the written names are in the training names than counting sixes writes "
        "({share}): {runs}.",
        share=chance,
        runs=runs,
    )


def _close(chance: Sentence, runs: Sentence) -> Sentence:
    return sentence(
        "Too close to call whether more or fewer of the written names are in the training names "
        "than counting sixes writes ({share}): {runs}.",
        share=chance,
        runs=runs,
    )
