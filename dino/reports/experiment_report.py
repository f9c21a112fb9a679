"""The report of an experiment: what its template, `experiment_report.jinja`, shows.

make_experiment_report(FinishedExperiment(plan, corpus, outcomes, bet), Words(title="…")) -> bytes
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dino.charts.base import Put
from dino.charts.differences import PairRow, differences_figure
from dino.charts.factors import LevelBand, band
from dino.charts.svg import figure_svg
from dino.config import ENGINES, SETTINGS
from dino.experiments.bet import bet_sentence, result_sentences
from dino.experiments.committees import ABOUT, TITLES, committee_rows, committee_sentences
from dino.experiments.member import DONE
from dino.experiments.picture_arrays import bands, curves_of
from dino.experiments.picture_sentences import band_sentences
from dino.experiments.plan import MOST_MEMBERS, MemberPlace, Plan, value_words
from dino.experiments.verdict import Comparison
from dino.experiments.words import (
    DIGITS,
    NO_ROUND,
    STOPPED,
    fixed_sentence,
    member_sentence,
    verdict_sentences,
    without_loss_sentence,
    written_sentence,
)
from dino.locale.sentences import (
    ENGLISH,
    Language,
    Sentence,
    Text,
    comma_list,
    error_sentence,
    join_sentences,
    mark,
    number_list,
    number_sentence,
    sentence,
)
from dino.reports.experiment_facts import FinishedExperiment, experiment_facts, pairs_of
from dino.reports.facts import Words, bundled_key
from dino.reports.report_frame import MOST_BYTES, WIDTHS, write_report
from dino.setting import decimal_of

MOST_ROWS = 12  # in the picture of differences
MOST_POINTS = 600  # of all curves of a picture
PICTURE = 360  # pixels: the height of the picture of curves
ABOUT_PAIRS = (  # the sentences below the picture of differences
    mark(
        "A point is a difference, and its bar is one standard error on each side. The bar of a "
        "bet is its spread. A difference is not clear just because its bar leaves out 0."
    ),
    mark(
        "The standard error is pooled over all levels and includes splits and seeds. A paired t "
        "test of two levels, over only the splits, has a different standard error."
    ),
)
NONE = "–"
STATUSES = {"diverged": mark("diverged"), "failed": mark("failed")}


def make_experiment_report(
    made: FinishedExperiment,
    words: Words | None = None,
    language: Language = ENGLISH,
    with_names: bool = False,
    date: str = "",
) -> bytes:
    """A report of an experiment that is over: UTF-8, at most `MOST_BYTES`.

    words: the visitor's own. with_names: whether written names may be in a report on a
    visitor's own list; with the app's lists they always may. date: of the report,
    year-month-day; '' for none.
    """
    words, rows = words or Words(), MOST_MEMBERS
    may_name = with_names or bundled_key(made.corpus) is not None
    varied = comma_list([Sentence(SETTINGS[factor.name].label) for factor in made.plan.factors])
    shown = _shown(made, language.put)
    while True:
        raw = write_report(
            "experiment_report",
            language,
            words,
            experiment_facts(made, words, may_name, date),
            called=sentence("Experiment: {settings}", settings=varied),
            corpus=made.corpus,
            date=date,
            may_name=may_name,
            most_rows=rows,
            **shown,
        )
        if len(raw) <= MOST_BYTES or not rows:
            return raw
        rows //= 2  # of a long table, whose numbers are also in the facts


def _shown(made: FinishedExperiment, put: Put) -> dict[str, Any]:
    """What the template shows of an experiment."""
    plan, verdict, exam, written = made.plan, made.verdict, made.exam, made.written
    levels, has_rates = plan.level_sentences(), plan.shape[1] > 1
    found = bands(plan, curves_of(plan, plan.members(), made.outcomes, verdict))
    drawn = found if any(len(it.steps) for it in found) else []
    rows = list(_pair_rows(made))
    return {
        "made": made,
        "plan": list(_plan_rows(plan, len(made.outcomes))),
        "fixed": fixed_sentence(plan, made.corpus.title),
        "has_rates": has_rates,
        "no_round": NO_ROUND,
        "verdict": list(_verdict_sentences(made)),
        "pair_pictures": [_pair_picture(rows, size, put) for size in WIDTHS if _comparisons(made)],
        "about_pairs": list(_about_pairs(len(_comparisons(made)))),
        "means": _mean_rows(made),
        "committees": committee_rows(made.of_committees, levels),
        "committee_titles": list(map(put, TITLES)),
        "about_committees": [*committee_sentences(made.of_committees, levels), ABOUT],
        "band_pictures": [_band_picture(drawn, size, put) for size in WIDTHS if drawn],
        "about_bands": band_sentences(drawn, len(levels), has_rates) if drawn else [],
        "bet": list(_bet_sentences(made)),
        "examined": member_sentence(plan, exam.member) if exam else "",
        "written_by": written_sentence(plan, *written[:3]) if written else "",
        "names": written.names if written else [],
        "losses": _loss_rows(made),
        "missing": NONE,
        "rule": without_loss_sentence(plan),
    }


def _plan_rows(plan: Plan, trained: int) -> Iterator[tuple[Text, Text]]:
    """What is varied, what is repeated, and what all members have in common."""
    for factor in plan.factors:
        levels = comma_list([value_words(factor.name, level) for level in factor.levels])
        yield SETTINGS[factor.name].label, levels
    if plan.shape[1] > 1:
        for level, rates in zip(plan.level_sentences(), plan.rates, strict=True):
            yield sentence("learning rates of {level}", level=level), _rates(rates)
    for label, first, count in (
        (mark("seeds"), plan.config.seed, plan.seeds),
        (mark("splits"), plan.config.split_seed, plan.splits),
    ):
        yield label, number_list(range(first, first + count), "d")
    members = sentence("{count:,}, of which {done:,} were trained", count=plan.count, done=trained)
    yield mark("members"), members
    yield mark("engine"), Sentence(ENGINES[plan.config.engine])
    yield SETTINGS["exam"].label, SETTINGS["exam"].value_sentence(plan.config.exam)


def _rates(rates: tuple[float, ...]) -> Sentence:
    words = [number_sentence(decimal_of(rate), ",f") for rate in rates]
    found = words[-1]
    for word in words[-2::-1]:
        found = sentence("{number}, {numbers}", number=word, numbers=found)
    return found


def _comparisons(made: FinishedExperiment) -> Sequence[Comparison]:
    return made.verdict.comparisons if made.verdict else ()


def _verdict_sentences(made: FinishedExperiment) -> Iterator[Text]:
    """The verdict in the words of the page."""
    plan, verdict = made.plan, made.verdict
    if verdict is not None:
        listed = len(pairs_of(verdict))
        yield from verdict_sentences(verdict, plan.level_sentences(), plan.rates, listed)
    if len(made.outcomes) < plan.count:
        yield STOPPED


def _about_pairs(comparisons: int) -> Iterator[Text]:
    """The sentences below the picture of differences."""
    if comparisons:
        yield from ABOUT_PAIRS
    if comparisons > MOST_ROWS:
        yield sentence(
            "The picture shows the first {drawn} of {count:,} comparisons.",
            drawn=MOST_ROWS,
            count=comparisons,
        )


def _pair_rows(made: FinishedExperiment) -> Iterator[PairRow]:
    """The rows of that picture: the bet, then the first comparisons."""
    bet, levels = made.bet, made.plan.level_sentences()
    if bet is not None:
        words = sentence(
            "Bet: {lower} lower than {higher} by {difference}",
            lower=levels[bet.lower],
            higher=levels[bet.higher],
            difference=error_sentence(bet.difference, bet.spread, DIGITS),
        )
        yield PairRow(words, bet.difference, bet.spread, "bet")
    for it in _comparisons(made)[:MOST_ROWS]:
        fields = {
            "lower": levels[it.lower],
            "higher": levels[it.higher],
            "difference": it.difference.size(DIGITS),
        }
        if it.is_clear:
            words = sentence("{lower} lower than {higher} by {difference}", **fields)
        else:
            words = sentence("{lower} and {higher}: {difference}, too close to call", **fields)
        lower_by, error, *_ = it.difference
        yield PairRow(words, lower_by, error, "clear" if it.is_clear else "open")


def _pair_picture(rows: Sequence[PairRow], size: str, put: Put) -> str:
    about = mark("The differences between levels. The same figures are in the text.")
    figure = differences_figure(rows, WIDTHS[size], put)
    return figure_svg(figure, put(about), put, WIDTHS[size], f"pairs {size}")


def _band_picture(found: Sequence[LevelBand], size: str, put: Put) -> str:
    """The mean curves of the levels as SVG, with fewer points if they have many."""
    shown = [it.with_fewer_points(MOST_POINTS // len(found)) for it in found]
    about = mark("Mean held-out loss against updates, with a line for each level.")
    figure = band(shown, put, PICTURE)
    return figure_svg(figure, put(about), put, WIDTHS[size], f"bands {size}")


def _mean_rows(made: FinishedExperiment) -> list[list[Text]]:
    """The mean loss of each level, at the learning rate at which it is compared."""
    plan, verdict, rows = made.plan, made.verdict, list[list[Text]]()
    if verdict is None:
        return rows
    for level, rate, mean, rates in zip(
        plan.level_sentences(), verdict.rates, verdict.means, plan.rates, strict=True
    ):
        taken: Text = NONE if rate is None else number_sentence(decimal_of(rates[rate]), ",f")
        loss: Text = NONE if mean is None else number_sentence(mean, f".{DIGITS}f")
        rows.append([level, *([taken] if len(rates) > 1 else []), loss])
    return rows


def _bet_sentences(made: FinishedExperiment) -> Iterator[Text]:
    """What the bet was, and how far off it was."""
    bet, levels = made.bet, made.plan.level_sentences()
    if bet is not None:
        yield bet_sentence(bet, levels)
        if made.verdict is not None:
            yield from result_sentences(bet, made.result, levels)


def _loss_rows(made: FinishedExperiment) -> list[list[Text]]:
    """The loss of each member: a row for each level, rate and split, the seeds in order."""
    plan, losses, rows = made.plan, _losses(made), list[list[Text]]()
    for level, (name, rates) in enumerate(zip(plan.level_sentences(), plan.rates, strict=True)):
        for rate, value in enumerate(rates):
            shown = [number_sentence(decimal_of(value), ",f")] if len(rates) > 1 else []
            for split in range(plan.splits):
                places = (MemberPlace(level, rate, split, seed) for seed in range(plan.seeds))
                words = join_sentences([losses.get(it, NONE) for it in places], " · ")
                number = number_sentence(plan.config.split_seed + split, "d")
                rows.append([name, *shown, number, words])
    return rows


def _losses(made: FinishedExperiment) -> dict[MemberPlace, Text]:
    """Of each member that was trained: its loss, or its other outcome."""
    found: dict[MemberPlace, Text] = {}
    for member, it in zip(made.plan.members(), made.outcomes, strict=False):
        found[member.place] = Sentence(STATUSES[it.status]) if it.status in STATUSES else NONE
        if it.status == DONE and it.val_loss is not None:
            found[member.place] = number_sentence(it.val_loss, ".4f")
    return found
