"""The report of a run: what its template, `run_report.jinja`, shows.

    make_report(run, corpus, counted, Words(title="My first run"), language) -> bytes

It contains the facts as JSON, for `check`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from dino.charts.base import Put
from dino.charts.loss import loss_picture
from dino.charts.svg import figure_svg
from dino.config import CELLS, DEFAULT, ENGINES, OPTIMIZERS, SETTINGS, Config, differences, told
from dino.data import Corpus
from dino.exam import ExamResult
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
from dino.reports.facts import Words, bundled_key, facts_of
from dino.reports.reading import reading_shown
from dino.reports.report_frame import MOST_BYTES, WIDTHS, write_report
from dino.run import Run, Snapshot
from dino.together import Reading

MOST_NAMES = 200  # written names in a report
MOST_MOMENTS = 12  # in its table of names
CURVE_POINTS = 200
CUT = "…"  # after a name without an end mark
NONE = "–"


def make_report(
    run: Run,
    corpus: Corpus,
    counted: Mapping[str, np.ndarray],
    words: Words | None = None,
    language: Language = ENGLISH,
    names: Sequence[str] = (),
    with_names: bool = False,
    exam: ExamResult | None = None,
    date: str = "",
    reading: Reading | None = None,
) -> bytes:
    """A report of a run at rest: UTF-8, at most `MOST_BYTES`.

    counted: the sum of −ln p over each held-out name, by baseline, (N,) nats; empty if not counted
    yet. words: the visitor's own. with_names: whether a report on a visitor's own list may have
    names. exam: what it showed, if it was opened with these weights. date: year-month-day, or ''.
    reading: of its last weights together with counting, if that is how it wrote `names`.
    """
    may_name = with_names or bundled_key(corpus) is not None
    written = list(names[:MOST_NAMES]) if may_name else []
    words, losses = words or Words(), mean_losses(counted, corpus.val)
    shown = {**_shown(run, corpus, counted, losses, language.put, reading), "exam": exam}
    while True:
        facts = facts_of(run, corpus, words, losses, written, may_name, exam, date, reading)
        raw = write_report(
            "run_report",
            language,
            words,
            facts,
            called=_called(run),
            corpus=corpus,
            date=date,
            may_name=may_name,
            names=[(name, _kind(name, corpus)) for name in written],
            **shown,
        )
        if len(raw) <= MOST_BYTES or not written:
            return raw
        written = written[: len(written) // 2]  # of long names in letters that take many bytes


def _called(run: Run) -> Sentence:
    """The run in words."""
    config = run.config
    return sentence(
        "{cell} {units} · {optimizer} {rate:f} · {steps}",
        cell=Sentence(CELLS[config.cell]),
        units=number_sentence(config.hidden_size),
        optimizer=Sentence(OPTIMIZERS[config.optimizer].label),
        rate=Decimal(SETTINGS["learning_rate"].text(config.learning_rate)),
        steps=plural_sentence("{count:,} update", "{count:,} updates", run.step),
    )


def _shown(
    run: Run,
    corpus: Corpus,
    counted: Mapping[str, np.ndarray],
    losses: Mapping[str, float],
    put: Put,
    reading: Reading | None,
) -> dict[str, Any]:
    """What the template shows of a run. losses: of the baselines, in nats per symbol."""
    symbols, names = np.array([len(name) + 1 for name in corpus.val]), run.val_name_losses
    apart = baseline_differences(names, counted, symbols) if names is not None and counted else []
    known = losses or {"nothing": float(np.log(len(corpus.vocab)))}
    said = loss_sentences(run, known, apart, len(corpus.val))
    held_out: Text = ""
    if names is not None and len(names) > 1:
        _, error = loss_difference(names, np.zeros(len(names)), symbols)
        held_out = error_sentence(run.val_loss, error, 3)
    return {
        "run": run,
        "settings": _setting_rows(run.config),
        "pictures": [_picture(run, losses, size, put) for size in WIDTHS],
        "sentences": [*said, *([run.stopped] if run.stopped else [])],
        "lines": explain_lines(corpus),
        "final_losses": final_losses(run, held_out),
        "counting": _counting_rows(losses, apart),
        "rates": [
            sentence(
                "{rate} from update {step:,} on",
                rate=SETTINGS["learning_rate"].value_sentence(rate),
                step=step,
            )
            for step, rate in run.learning_rates
        ],
        "engines": [
            sentence("{engine} from update {step:,} on", engine=Sentence(ENGINES[name]), step=step)
            for step, name in run.engines
        ],
        "moments": _some(run.named_moments),
        "together": None if reading is None else reading_shown(reading),
    }


def _picture(run: Run, losses: Mapping[str, float], size: str, put: Put) -> str:
    """The loss curves as SVG. On a phone there is no room for the name of a third one."""
    nothing, rates = (np.empty(0), np.empty(0)), [it for it in run.learning_rates if it[0]]
    figure = loss_picture(
        run.train_curve(CURVE_POINTS) if run.step else nothing,
        run.val_curve(CURVE_POINTS),
        run.train_eval_curve(CURVE_POINTS),
        losses,
        max(run.step, 1),
        rates=rates,
        named=("train", "val") if size == "narrow" else ("train", "val", "evaluated"),
        put=put,
    )
    about = mark("Loss against updates. The same figures are in the tables below.")
    return figure_svg(figure, put(about), put, WIDTHS[size], size)


def _setting_rows(config: Config) -> list[tuple[list[Text], bool]]:
    """Each setting here and in the app's first recipe, and whether they differ;
    differing ones first.
    """
    changed = differences(config, DEFAULT)
    names = [*changed, *(name for name in told(config) if name not in changed)]
    return [
        ([SETTINGS[it].label, _value(it, config), _value(it, DEFAULT)], it in changed)
        for it in names
    ]


def _counting_rows(
    losses: Mapping[str, float], differences: Sequence[BesideBaseline]
) -> list[tuple[Text, Text, Text]]:
    """Each baseline: its name, its loss, and how much lower the network's is."""
    apart = {it.baseline: it.difference.below(3, "+") for it in differences}
    return [
        (Sentence(BASELINE_NAMES[it]), number_sentence(loss, ".3f"), apart.get(it, NONE))
        for it, loss in losses.items()
    ]


def _some(moments: Sequence[Snapshot]) -> list[Snapshot]:
    """At most `MOST_MOMENTS` of them, the first and the last included."""
    chosen = np.unique(np.linspace(0, len(moments) - 1, MOST_MOMENTS).round().astype(int))
    return [moments[i] for i in chosen] if moments else []


def _kind(name: str, corpus: Corpus) -> str:
    """What a written name is. A name that was cut off counts as new."""
    return "new" if name.endswith(CUT) or not name else novelty(name, corpus)


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
