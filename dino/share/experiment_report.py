"""The report of an experiment: plan, losses, verdict and bet, as one HTML file without a script.

make_experiment_report(Experimented(plan, corpus, outcomes, bet), Words(title="…")) -> bytes
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dino.config import ENGINES, SETTINGS
from dino.experiments.bet import bet_sentence, result_sentences
from dino.experiments.member import DONE
from dino.experiments.picture_arrays import bands, curves_of
from dino.experiments.picture_sentences import band_sentences
from dino.experiments.plan import MOST_MEMBERS, Place, value_words
from dino.experiments.verdict import Comparison, Verdict
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
    mark,
    number_list,
    number_sentence,
    plural_sentence,
    sentence,
)
from dino.setting import decimal_of
from dino.share.bands import bands_svg
from dino.share.experiment_facts import Experimented, experiment_facts, pairs_of
from dino.share.facts import Words, bundled_key
from dino.share.markup import Row, heading, names_list, paragraph, table
from dino.share.pairs import ABOUT, SIZES, PairRow, pairs_svg
from dino.share.report_frame import MOST_BYTES, NO_NAMES, exam_parts, html_file, top

MOST_ROWS = 12  # of the picture
NONE = "–"
RATE_TITLE: Text = mark("learning rate")
STATUSES = {"diverged": mark("diverged"), "failed": mark("failed")}


def make_experiment_report(
    made: Experimented,
    words: Words | None = None,
    language: Language = ENGLISH,
    with_names: bool = False,
    date: str = "",
) -> bytes:
    """A report of an experiment that is over: UTF-8, at most `MOST_BYTES`.

    words: the visitor's own. with_names: whether names that were written may be in a report on
    somebody's own list; of the app's lists they always may. date: of the report, year-month-day;
    '' where it is not told.
    """
    may_name = with_names or bundled_key(made.corpus) is not None
    rows = MOST_MEMBERS
    while True:
        page = Page(made, words or Words(), language, may_name, rows, date)
        raw = page.html().encode("utf-8", "replace")
        if len(raw) <= MOST_BYTES or not rows:
            return raw
        rows //= 2  # of a long table, whose numbers are also in the facts


@dataclass(frozen=True)
class Page:
    """What the report shows, section by section. most_rows: in a table; the facts have all."""

    made: Experimented
    words: Words
    language: Language
    may_name: bool
    most_rows: int
    date: str

    def html(self) -> str:
        """The whole file."""
        answers = self.result(), self.curves(), self.bet(), self.exam(), self.names()
        sections = (self.top(), self.plan(), *answers, self.members())
        return html_file(
            self.title,
            self.language,
            [part for section in sections for part in section],
            mark(
                "“python -m dino check” with this file works the verdict out again from the losses "
                "below, and trains as many members again as it has time for, the best one first "
                "if its exam was opened. It reads only the facts, never the text above."
            ),
            experiment_facts(self.made, self.words, self.may_name, self.date),
        )

    def put(self, text: Text) -> str:
        """A sentence in the report's language."""
        return self.language.put(text)

    @property
    def levels(self) -> list[Sentence]:
        """What the levels are called."""
        return self.made.plan.level_sentences()

    @property
    def title(self) -> str:
        """The visitor's, or what is varied."""
        plan = self.made.plan
        varied = comma_list([Sentence(SETTINGS[factor.name].label) for factor in plan.factors])
        return self.words.title.strip() or self.put(
            sentence("Experiment: {settings}", settings=varied)
        )

    def top(self) -> Iterator[str]:
        """Title, author, list, and the visitor's own sentences."""
        corpus = self.made.corpus
        count = plural_sentence(
            "{list}: {count:,} name, of which {held_out:,} are held out on each split",
            "{list}: {count:,} names, of which {held_out:,} are held out on each split",
            len(corpus.names),
            list=corpus.title,
            held_out=len(corpus.val),
        )
        yield from top(self.title, self.words, count, corpus, self.put, self.date)

    def plan(self) -> Iterator[str]:
        """What is varied, what is repeated, what is the same for all."""
        plan = self.made.plan
        yield heading(self.put(mark("Plan")))
        rows: list[tuple[Text, Text]] = []
        for factor in plan.factors:
            levels = comma_list([value_words(factor.name, level) for level in factor.levels])
            rows.append((SETTINGS[factor.name].label, levels))
        if plan.shape[1] > 1:
            pairs = zip(self.levels, plan.rates, strict=True)
            rows += [(_rates_of(level), _rates(rates)) for level, rates in pairs]
        for label, first, count in (
            (mark("seeds"), plan.config.seed, plan.seeds),
            (mark("splits"), plan.config.split_seed, plan.splits),
        ):
            rows.append((label, number_list(range(first, first + count), "d")))
        done = sentence(
            "{count:,}, of which {done:,} were trained",
            count=plan.count,
            done=len(self.made.outcomes),
        )
        rows.append((mark("members"), done))
        rows.append((mark("engine"), Sentence(ENGINES[plan.config.engine])))
        exam = SETTINGS["exam"]
        rows.append((exam.label, exam.value_sentence(plan.config.exam)))
        yield table(["", ""], [Row([self.put(what), self.put(words)]) for what, words in rows])
        fixed = fixed_sentence(plan, self.made.corpus.title)
        yield paragraph(self.put(fixed), "small")

    def result(self) -> Iterator[str]:
        """The verdict in the words of the page, each level's mean loss, and the picture."""
        verdict = self.made.verdict
        yield heading(self.put(mark("Result")))
        if verdict is None:
            yield paragraph(self.put(NO_ROUND))
            return
        plan = self.made.plan
        listed = len(pairs_of(verdict))
        for words in verdict_sentences(verdict, self.levels, plan.rates, listed):
            yield paragraph(self.put(words))
        if len(self.made.outcomes) < plan.count:
            yield paragraph(self.put(STOPPED))
        if verdict.comparisons:
            rows = list(self._rows(verdict))
            yield from (pairs_svg(rows, size, self.put) for size in SIZES)
            yield from (paragraph(self.put(words), "small") for words in ABOUT)
            if len(verdict.comparisons) > MOST_ROWS:
                drawn = sentence(
                    "The picture has the first {drawn} of {count:,} comparisons.",
                    drawn=MOST_ROWS,
                    count=len(verdict.comparisons),
                )
                yield paragraph(self.put(drawn), "small")
        yield self._means(verdict)

    def _rows(self, verdict: Verdict) -> Iterator[PairRow]:
        """The rows of the picture: the bet, then the first comparisons."""
        bet, levels = self.made.bet, self.levels
        if bet is not None:
            words = sentence(
                "Bet: {lower} lower than {higher} by {difference}",
                lower=levels[bet.lower],
                higher=levels[bet.higher],
                difference=error_sentence(bet.difference, bet.spread, DIGITS),
            )
            yield PairRow(words, bet.difference, bet.spread, "bet")
        for it in verdict.comparisons[:MOST_ROWS]:
            lower_by, error, *_ = it.difference
            kind = "clear" if it.is_clear else "open"
            yield PairRow(self._pair(it), lower_by, error, kind)

    def _pair(self, it: Comparison) -> Sentence:
        fields = {
            "lower": self.levels[it.lower],
            "higher": self.levels[it.higher],
            "difference": it.difference.size(DIGITS),
        }
        if it.is_clear:
            return sentence("{lower} lower than {higher} by {difference}", **fields)
        return sentence("{lower} and {higher}: {difference}, too close to call", **fields)

    def _means(self, verdict: Verdict) -> str:
        """The mean loss of each level, at the learning rate that is compared."""
        plan, rows = self.made.plan, list[list[Text]]()
        for level, rate, mean, rates in zip(
            self.levels, verdict.rates, verdict.means, plan.rates, strict=True
        ):
            taken: Text = NONE if rate is None else number_sentence(decimal_of(rates[rate]), ",f")
            loss: Text = NONE if mean is None else number_sentence(mean, f".{DIGITS}f")
            rows.append([level, taken, loss])
        return self._table([mark("level"), RATE_TITLE, mark("mean held-out loss")], rows, 2)

    def _table(self, titles: list[Text], rows: list[list[Text]], numeric: int) -> str:
        """A table whose second column is the learning rate, which is left out where each level has
        one. numeric: the last column of numbers.
        """
        kept = [i for i in range(len(titles)) if i != 1 or self.made.plan.shape[1] > 1]
        body = [Row([self.put(row[i]) for i in kept]) for row in rows[: self.most_rows]]
        numbers = range(1, kept.index(numeric) + 1)
        found = table([self.put(titles[i]) for i in kept], body, numeric=numbers)
        if len(rows) <= self.most_rows:
            return found
        words = sentence(
            "The table has the first {shown:,} of {count:,} rows, so that the file stays small; "
            "the facts at the end have all losses.",
            shown=len(body),
            count=len(rows),
        )
        return found + paragraph(self.put(words), "small")

    def curves(self) -> Iterator[str]:
        """The mean curves of the levels, and what they show; nothing where no member has one."""
        plan, members = self.made.plan, self.made.plan.members()
        found = bands(plan, curves_of(plan, members, self.made.outcomes, self.made.verdict))
        if not any(len(it.steps) for it in found):
            return
        yield heading(self.put(mark("Loss")))
        yield from (bands_svg(found, size, self.put) for size in SIZES)
        words = band_sentences(found, len(self.levels), plan.shape[1] > 1)
        yield paragraph(" ".join(map(self.put, words)))

    def bet(self) -> Iterator[str]:
        """What was bet before, and how far off it was."""
        bet, verdict = self.made.bet, self.made.verdict
        yield heading(self.put(mark("Bet")))
        if bet is None:
            yield paragraph(self.put(mark("No bet was placed before it ran.")))
            return
        yield paragraph(self.put(bet_sentence(bet, self.levels)))
        if verdict is not None:
            for words in result_sentences(bet, self.made.result, self.levels):
                yield paragraph(self.put(words))

    def exam(self) -> Iterator[str]:
        """What opening the final exam with a member's run showed; nothing without an exam."""
        if not self.made.plan.config.exam:
            return
        yield heading(self.put(mark("Final exam")))
        if self.made.exam is None:
            words = mark("The exam (test set) was not opened with a run of this experiment.")
            yield paragraph(self.put(words))
            return
        member, opened = self.made.exam
        yield paragraph(self.put(member_sentence(self.made.plan, member)))
        yield from exam_parts(opened, self.put)

    def names(self) -> Iterator[str]:
        """Some names of the best member's network, or why there are none; nothing without its
        weights.
        """
        written = self.made.written
        if written is None and self.may_name:
            return
        yield heading(self.put(mark("Names")))
        if written is None or not self.may_name:
            yield paragraph(self.put(NO_NAMES))
            return
        how = written.member, written.step, written.writing
        yield paragraph(self.put(written_sentence(self.made.plan, *how)))
        yield names_list([(name, self._kind(kind)) for name, kind in written.names])
        words = mark("A name without a word in brackets is new: not in the list.")
        yield paragraph(self.put(words), "small")

    def _kind(self, kind: str) -> str:
        """What a written name is, where it is not new."""
        return "" if kind == "new" else self.put(kind)

    def members(self) -> Iterator[str]:
        """The loss of each member: a row for each level, rate and split, the seeds in order."""
        plan = self.made.plan
        losses: dict[Place, str] = {}
        for member, outcome in zip(plan.members(), self.made.outcomes, strict=False):
            words: Text = STATUSES.get(outcome.status, NONE)
            if outcome.status == DONE and outcome.val_loss is not None:
                words = number_sentence(outcome.val_loss, ".4f")
            losses[member.place] = self.put(words)
        yield heading(self.put(mark("Losses of all members")))
        yield self._member_table(losses)
        words = sentence(
            "Held-out loss in the end, nats per symbol, of the seeds in their order; {none}: not "
            "trained. {rule}",
            none=NONE,
            rule=without_loss_sentence(plan),
        )
        yield paragraph(self.put(words), "small")

    def _member_table(self, losses: dict[Place, str]) -> str:
        plan, rows = self.made.plan, list[list[Text]]()
        levels, first = self.levels, plan.config.split_seed
        for level, rates in enumerate(plan.rates):
            for rate, value in enumerate(rates):
                for split in range(plan.splits):
                    places = (Place(level, rate, split, seed) for seed in range(plan.seeds))
                    words = " · ".join(losses.get(place, NONE) for place in places)
                    numbers = (
                        number_sentence(decimal_of(value), ",f"),
                        number_sentence(first + split, "d"),
                    )
                    rows.append([levels[level], *numbers, words])
        titles = [mark("level"), RATE_TITLE, mark("split"), mark("losses")]
        return self._table(titles, rows, 2)


def _rates_of(level: Text) -> Sentence:
    return sentence("learning rates of {level}", level=level)


def _rates(rates: tuple[float, ...]) -> Sentence:
    words = [number_sentence(decimal_of(rate), ",f") for rate in rates]
    found = words[-1]
    for word in words[-2::-1]:
        found = sentence("{number}, {numbers}", number=word, numbers=found)
    return found
