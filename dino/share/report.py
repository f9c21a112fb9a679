"""The report of a run: one HTML file that opens offline, runs no script and prints on A4.

    make_report(run, corpus, counted, Words(title="My first run"), language) -> bytes

All that somebody typed, names too, is escaped. The facts are in it as JSON, for `check`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from dino.config import CELLS, DEFAULT, ENGINES, OPTIMIZERS, SETTINGS, Config, told
from dino.data import Corpus
from dino.exam import Opened
from dino.live.loss_words import explain_lines, final_losses, loss_sentences
from dino.locale.sentences import (
    ENGLISH,
    Language,
    Sentence,
    Text,
    error_sentence,
    mark,
    number_sentence,
    plural_sentence,
    sentence,
)
from dino.metrics import (
    BASELINE_NAMES,
    BesideBaseline,
    baseline_differences,
    loss_difference,
    novelty,
)
from dino.ngram import mean_losses
from dino.run import Run, Snapshot
from dino.share.curve import NARROW, WIDE, LossCurves, loss_svg
from dino.share.facts import Words, bundled_key, facts_of
from dino.share.markup import Row, heading, names_list, paragraph, points, table
from dino.share.report_frame import MOST_BYTES, NO_NAMES, exam_parts, html_file, top

MOST_NAMES = 200  # written ones in a report
MOST_MOMENTS = 12  # in its table of names
EMPTY = mark("(empty)")  # of a name whose first symbol is the end mark
CURVE_POINTS = 200
CUT = "…"  # after a name that did not end


def make_report(
    run: Run,
    corpus: Corpus,
    counted: Mapping[str, np.ndarray],
    words: Words | None = None,
    language: Language = ENGLISH,
    names: Sequence[str] = (),
    with_names: bool = False,
    exam: Opened | None = None,
    date: str = "",
) -> bytes:
    """A report of a run at rest: UTF-8, at most `MOST_BYTES`.

    counted: by baseline, the sum of −ln p over each held-out name (N,), nats; none where they are
    not counted yet. words: the visitor's own. names: some that it wrote in the end. with_names:
    whether names may be in a report on somebody's own list; of the app's lists they always may.
    exam: what opening the final exam showed, where it was opened with these weights. date: of the
    report, year-month-day; '' where it is not told.
    """
    may_name = with_names or bundled_key(corpus) is not None
    shown = list(names[:MOST_NAMES]) if may_name else []
    page = Page(run, corpus, counted, words or Words(), language, may_name, exam, date)
    while True:
        raw = page.html(shown).encode("utf-8", "replace")
        if len(raw) <= MOST_BYTES or not shown:
            return raw
        shown = shown[: len(shown) // 2]  # of long names in letters that take many bytes


@dataclass(frozen=True)
class Page:
    """What a report shows, section by section. The fields are those of `make_report`."""

    run: Run
    corpus: Corpus
    counted: Mapping[str, np.ndarray]
    words: Words
    language: Language
    may_name: bool
    opened: Opened | None = None
    date: str = ""

    def html(self, names: Sequence[str]) -> str:
        """The whole file, with these written names."""
        how = names, self.may_name, self.opened, self.date
        facts = facts_of(self.run, self.corpus, self.words, self.losses, *how)
        results = self.figures(), self.exam()
        sections = (self.top(), self.settings(), self.curve(), *results, self.course())
        parts = [part for section in sections for part in section]
        parts += self.names(names) if self.may_name else [paragraph(self.put(NO_NAMES))]
        return html_file(
            self.title,
            self.language,
            parts,
            mark(
                "“python -m dino check” with this file trains the recipe again and says which "
                "figures hold. It reads only the facts below, never the text above."
            ),
            facts,
        )

    def put(self, text: Text) -> str:
        """A sentence in the report's language."""
        return self.language.put(text)

    @property
    def title(self) -> str:
        """The visitor's, or what the run is."""
        config = self.run.config
        return self.words.title.strip() or self.put(
            sentence(
                "{cell} {units} · {optimizer} {rate:f} · {steps}",
                cell=Sentence(CELLS[config.cell]),
                units=number_sentence(config.hidden_size),
                optimizer=Sentence(OPTIMIZERS[config.optimizer].label),
                rate=Decimal(SETTINGS["learning_rate"].text(config.learning_rate)),
                steps=plural_sentence("{count:,} step", "{count:,} steps", self.run.step),
            )
        )

    @property
    def losses(self) -> dict[str, float]:
        """Those of the baselines, in nats per symbol."""
        return mean_losses(self.counted, self.corpus.val)

    @property
    def differences(self) -> list[BesideBaseline]:
        """The network beside each baseline, where it was measured name by name."""
        losses = self.run.val_name_losses
        if losses is None or not self.counted:
            return []
        return baseline_differences(losses, self.counted, self._symbols)

    @property
    def _symbols(self) -> np.ndarray:
        return np.array([len(name) + 1 for name in self.corpus.val])

    def top(self) -> Iterator[str]:
        """Title, author, list, and the visitor's own sentences."""
        count = plural_sentence(
            "{list}: {count:,} name, of which {held_out:,} are held out (split seed {split})",
            "{list}: {count:,} names, of which {held_out:,} are held out (split seed {split})",
            len(self.corpus.names),
            list=self.corpus.title,
            held_out=len(self.corpus.val),
            split=self.run.config.split_seed,
        )
        yield from top(self.title, self.words, count, self.corpus, self.put, self.date)

    def settings(self) -> Iterator[str]:
        """The recipe: what differs from the app's first recipe, then the rest."""
        config = self.run.config
        changed = config.changes(DEFAULT)
        others = [name for name in told(config) if name not in changed]
        yield heading(self.put(mark("Settings")))
        rows = []
        for name in (*changed, *others):
            cells = [SETTINGS[name].label, _value(name, config), _value(name, DEFAULT)]
            style = "changed" if name in changed else ""
            rows.append(Row([self.put(cell) for cell in cells], style))
        titles = (mark("setting"), mark("here"), mark("First success"))
        yield table([self.put(title) for title in titles], rows)
        if changed:
            words = mark("The settings that differ from the preset First success are first, bold.")
            yield paragraph(self.put(words), "small")

    def curve(self) -> Iterator[str]:
        """The loss curve, and what its lines are."""
        run, nothing = self.run, (np.empty(0), np.empty(0))
        curves = LossCurves(
            train=run.train_curve(CURVE_POINTS) if run.step else nothing,
            val=run.val_curve(CURVE_POINTS),
            evaluated=run.train_eval_curve(CURVE_POINTS),
        )
        yield heading(self.put(mark("Loss")))
        for size in (WIDE, NARROW):
            yield loss_svg(curves, self.losses, run.step, size, self.put, run.learning_rates)
        for words in loss_sentences(run, self._known, self.differences, len(self.corpus.val)):
            yield paragraph(self.put(words))
        if run.stopped:
            yield paragraph(self.put(run.stopped))
        lines = [(self.put(term), self.put(words)) for term, words in explain_lines(self.corpus)]
        yield points([f"{term}: {words}" for term, words in lines])

    @property
    def _known(self) -> dict[str, float]:
        """The baselines; without a count, the uniform guess alone."""
        return self.losses or {"nothing": float(np.log(len(self.corpus.vocab)))}

    def figures(self) -> Iterator[str]:
        """The losses with their errors, and the counting baselines."""
        yield table(
            [self.put(mark("loss, nats per symbol")), ""],
            [Row([self.put(words), self.put(loss)]) for words, loss in self._losses()],
            numeric=(1,),
        )
        apart = {it.baseline: it for it in self.differences}
        rows = []
        for name, loss in self.losses.items():
            found = apart.get(name)
            lower = found.difference.below(3, "+") if found else "–"
            cells = [Sentence(BASELINE_NAMES[name]), number_sentence(loss, ".3f"), lower]
            rows.append(Row([self.put(cell) for cell in cells]))
        titles = (mark("baseline"), mark("its loss"), mark("the network is lower by"))
        if rows:
            yield table([self.put(title) for title in titles], rows, numeric=(1, 2))
        for words in (
            sentence(
                "± is one standard error over the held-out names; a difference of at most twice "
                "that is too close to call."
            ),
            sentence("± does not contain what another seed or another split would change."),
        ):
            yield paragraph(self.put(words), "small")

    def _losses(self) -> list[tuple[Text, Text]]:
        """Each loss: what it is, and its number; the last held-out one with its error."""
        run, names = self.run, self.run.val_name_losses
        if names is None or len(names) <= 1:
            return final_losses(run)
        _, error = loss_difference(names, np.zeros(len(names)), self._symbols)
        return final_losses(run, error_sentence(run.val_loss, error, 3))

    def exam(self) -> Iterator[str]:
        """What opening the final exam showed; nothing for a run without one."""
        if not self.corpus.exam:
            return
        yield heading(self.put(mark("Final exam")))
        if self.opened is None:
            yield paragraph(self.put(mark("The exam (test set) was not opened with this run.")))
            return
        yield from exam_parts(self.opened, self.put)

    def course(self) -> Iterator[str]:
        """How the run went: its steps, learning rates and engines."""
        run = self.run
        yield heading(self.put(mark("How it was trained")))
        steps = sentence(
            "{step:,}; the recipe has {own:,}", step=run.step, own=run.config.max_steps
        )
        engines = [
            sentence("{engine} from step {step:,} on", engine=Sentence(ENGINES[name]), step=step)
            for step, name in run.engines
        ]
        rates = [
            sentence(
                "{rate} from step {step:,} on",
                rate=SETTINGS["learning_rate"].value_sentence(rate),
                step=step,
            )
            for step, rate in run.learning_rates
        ]
        rows = [
            (mark("steps made"), [steps]),
            (mark("learning rates"), rates),
            (mark("engines"), engines or [Sentence(mark("none yet"))]),
            (mark("names seen"), [number_sentence(run.names_seen)]),
        ]
        cells = [[self.put(what), "; ".join(map(self.put, words))] for what, words in rows]
        yield table(["", ""], [Row(row) for row in cells])

    def names(self, names: Sequence[str]) -> Iterator[str]:
        """The names that it wrote as it learned, and in the end."""
        yield heading(self.put(mark("Names")))
        yield paragraph(self.put(mark("Written from the same random draws at some moments.")))
        rows = [
            Row(
                [self.put(number_sentence(s.step)), self.put(number_sentence(s.val_loss, ".2f"))],
                names=[name or self.put(EMPTY) for name in s.names],
            )
            for s in _some(self.run.named_moments)
        ]
        titles = (mark("after step"), mark("held out"), mark("names"))
        yield table([self.put(title) for title in titles], rows, numeric=(0, 1))
        if names:
            words = mark("Written on request; the settings for writing are not in this report:")
            yield paragraph(self.put(words))
            yield names_list([(name or self.put(EMPTY), self._kind(name)) for name in names])

    def _kind(self, name: str) -> str:
        """What a written name is, where it is not new."""
        kind = "new" if name.endswith(CUT) or not name else novelty(name, self.corpus)
        return "" if kind == "new" else self.put(kind)


def _value(name: str, config: Config) -> Text:
    """A setting as its control shows it."""
    value = getattr(config, name)
    if name == "cell":
        return CELLS[value]
    if name == "optimizer":
        return OPTIMIZERS[value].label
    if name == "engine":
        return ENGINES[value]
    return SETTINGS[name].value_sentence(value)


def _some(moments: Sequence[Snapshot]) -> list[Snapshot]:
    """At most `MOST_MOMENTS` of them, the first and the last among them."""
    chosen = np.unique(np.linspace(0, len(moments) - 1, MOST_MOMENTS).round().astype(int))
    return [moments[i] for i in chosen] if moments else []
