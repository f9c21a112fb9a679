"""The facts that a report contains as JSON: those of all reports, and those of a run's report.

    facts_of(run, corpus, Words(title="My run"), baselines) -> dict      as_block(dict) -> HTML

Every claim goes the same way: it is stated here, then a grader reads it and judges it.
"""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any

from dino import __version__
from dino.data import Corpus
from dino.locale.sentences import Refusal, Sentence, mark, sentence
from dino.run import Run
from dino.saved.saved_list import bundled_prints, fingerprint

if TYPE_CHECKING:  # PyTorch takes a second to load
    from dino.exam import ExamResult
    from dino.together import Reading

FORMAT, VERSION = "dino-report", 1
CURVE_POINTS = 300
TYPED = {"title": mark("The title"), "author": mark("The name"), "text": mark("Your own text")}
LIMITS = {"title": 200, "author": 100, "text": 4_000}  # letters that a visitor may type
# The block of a report that has the JSON. `<`, `>` and `&` do not occur in it: they are escaped.
OPENING, CLOSING = '<pre id="dino-facts">', "</pre>"
ESCAPES = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&'"}


@dataclass(frozen=True)
class Words:
    """What a visitor typed for a report: its title, a name, and their own sentences."""

    title: str = ""
    author: str = ""
    text: str = ""

    def __post_init__(self) -> None:
        """Raises Refusal for a text that is too long."""
        for name, most in LIMITS.items():
            if len(getattr(self, name)) > most:
                raise Refusal(
                    sentence(
                        "{field} can have at most {most:,} letters in a report. It has "
                        "{letters:,}.",
                        field=Sentence(TYPED[name]),
                        most=most,
                        letters=len(getattr(self, name)),
                    )
                )


def all_names(corpus: Corpus) -> list[str]:
    """The distinct names of a list, sorted, removed ones included."""
    return sorted({*corpus.names, *corpus.removed})


def removed_places(corpus: Corpus) -> list[int]:
    """The places of the removed names among a list's distinct names, from 0 on."""
    return [place for place, name in enumerate(all_names(corpus)) if name in corpus.removed]


def bundled_key(corpus: Corpus) -> str | None:
    """The key of the app's list that this is, or is a part of; None for a visitor's own list."""
    key, _ = bundled_prints().get(fingerprint(all_names(corpus)), (None, False))
    return key


def statement(
    form: tuple[str, int],
    words: Words,
    date: str,
    claimed: Mapping[str, Any],
    number: str | None = None,
) -> dict[str, Any]:
    """What a report states: its kind, what was typed for it, what it claims, and the versions.

    form: the kind and its version; date: of the report, year-month-day, '' for none; number: drawn
    for one file, in the kind that has it
    """
    kind, version = form
    return {
        "format": kind,
        "version": version,
        **({} if number is None else {"number": number}),
        "date": date,
        **{name: getattr(words, name) for name in LIMITS},
        **claimed,
        "versions": versions(),
    }


def facts_of(
    run: Run,
    corpus: Corpus,
    words: Words,
    baselines: Mapping[str, float],
    names: Sequence[str] = (),
    with_names: bool = True,
    exam: ExamResult | None = None,
    date: str = "",
    reading: Reading | None = None,
) -> dict[str, Any]:
    """What a report says of a run, as plain values. names: some that it wrote at its end.

    with_names: whether names, written ones included, may be in it. exam: what opening it showed.
    date: of the report, year-month-day; '' for none. reading: of its network together with
    counting, which then wrote the names too.
    """
    starts = [step for step, name in run.engines if name == "compiled"]
    moments = [{"step": s.step, "names": list(s.names)} for s in run.named_moments if with_names]
    claimed = {
        "list": list_facts(corpus),
        "config": run.config.as_dict(),
        "steps": run.step,
        "learning_rates": [list(pair) for pair in run.learning_rates],
        "engines": [list(pair) for pair in run.engines],
        "kernels_from": starts[0] if starts else None,
        **_loss_facts(run),
        "stopped": str(run.stopped),
        "baselines": {name: number_of(loss) for name, loss in baselines.items()},
        "exam": None if exam is None else exam_facts(exam),
        "mix": None if reading is None else reading.mix.text,
        "together": None if reading is None else reading_facts(reading),
        "curve": _curve_facts(run),
        "seconds": run.seconds,
        "moments": moments,
        "names": list(names) if with_names else [],
    }
    return statement((FORMAT, VERSION), words, date, claimed)


def _loss_facts(run: Run) -> dict[str, Any]:
    """The final losses, and the lowest."""
    best_step, best_loss = run.best
    return {
        "val_loss": number_of(run.val_loss),
        "best_val_loss": number_of(best_loss),
        "best_step": best_step,
        "train_eval_loss": number_of(run.train_eval_loss),
        "train_loss": number_of(run.train_loss),
    }


def versions() -> dict[str, str]:
    """Of this app, of Python, and of the libraries that compute."""
    found = {"dino": __version__, "python": platform.python_version()}
    for library in ("torch", "numpy", "numba"):
        try:
            found[library] = metadata.version(library)
        except metadata.PackageNotFoundError:  # numba may be missing
            continue
    return found


def list_facts(corpus: Corpus) -> dict[str, Any]:
    """What identifies a list, so that it can be found again; no name of it."""
    names, removed = all_names(corpus), removed_places(corpus)
    found = fingerprint(names)
    key, keep_case = bundled_prints().get(found, (None, None))
    return {
        "key": key,
        "keep_case": keep_case,
        "title": str(corpus.title),
        "fingerprint": found,
        "removed": format(sum(1 << place for place in removed), "x"),
        "names": len(names) - len(removed),
        "held_out": len(corpus.val),
    }


def exam_facts(opened: ExamResult) -> dict[str, Any]:
    """The loss on the final exam, which opening of it this was, and how many there were."""
    loss, number, times = opened.losses.exam, opened.number, opened.times
    return {"loss": number_of(loss), "number": number, "times": times}


def reading_facts(reading: Reading) -> dict[str, Any]:
    """The figures of a network that is read together with counting."""
    return {name: number_of(value) for name, value in reading.figures.items()}


def _curve_facts(run: Run) -> dict[str, list[Any]]:
    """The measured losses, at most `CURVE_POINTS` of them, the first, best and last included.

    A step that was measured twice, because the run diverged there, counts with its second loss.
    """
    thinned = run.with_fewer_points(CURVE_POINTS)
    rows = zip(thinned.val_steps, thinned.val_losses, thinned.train_eval_losses, strict=True)
    points = {int(step): losses for step, *losses in list(rows)[: thinned.drawn]}
    return {
        "steps": list(points),
        "val_losses": [number_of(loss) for loss, _ in points.values()],
        "train_eval_losses": [number_of(loss) for _, loss in points.values()],
    }


def number_of(value: float | None) -> float | None:
    """A number for JSON: None for NaN and ±∞."""
    return None if value is None or not math.isfinite(value) else float(value)


def as_block(facts: Mapping[str, Any]) -> str:
    """The facts as the block of a report: JSON in ASCII that no browser takes for markup."""
    text = json.dumps(facts, allow_nan=False)
    # JSON has these letters only within strings, where an escape means the same letter.
    return f"{OPENING}{text.translate(ESCAPES)}{CLOSING}"
