"""The words of a live page, from a run as it is now.

`put` gives the words of the page's language; by default they are English.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dino.compiled import compiling
from dino.config import ENGINES
from dino.cost import kernels_cover
from dino.lists import BUNDLED
from dino.locale.sentences import Sentence, Text, mark, number_sentence, plural_sentence, sentence

if TYPE_CHECKING:
    from dino.charts.base import Put
    from dino.config import Config
    from dino.data import Corpus
    from dino.jobs import RunHandle
    from dino.run import Run, Snapshot

LONG = 600.0  # seconds; a visitor is told before a run that takes longer
NAME_ROWS = 7  # at most, in the table of names
LARGE_NAMES = 3  # of the newest moment
SLOWED = mark("slowed down for watching")
ENGINE_WORDS = {"torch": "PyTorch", "compiled": mark("compiled to machine code")}
NONE = "–"
BUILDING = mark("Building the network…")
NOT_SHOWN = mark("Untrained. The server is short of memory, so the figures appear once you train.")
Segments = list[tuple[str, bool]]  # words, and whether they are emphasised


def status(job: RunHandle, place: int | None, mine: bool, put: Put = str) -> Segments:
    """What the run does now, in one sentence. place: how many are before it in the line."""
    phase, run = job.phase, job.run
    if job.message:
        return [(put(job.message), False)]
    if phase == "refused":
        return [(put(job.refusal), False)]
    if phase == "running" and job.waits_for:
        return [(put(job.waits_for), False)]
    if phase == "waiting":
        words = sentence(
            "Waiting in line: **{count:,} before you**. It starts automatically.", count=place or 0
        )
        return _segments(put(words))
    if phase == "building" or run is None:
        is_on_its_way = phase in ("building", "running")
        return [(put(BUILDING if is_on_its_way else NOT_SHOWN), False)]
    if run.stopped and phase in ("stopped", "kept"):
        why = [run.stopped, *([_say_kept(run)] if phase == "kept" else [])]
        return [(" ".join(map(put, why)), False)]
    if phase == "running":
        return _segments(" · ".join(map(put, _progress(job, run, mine))))
    return _segments(" ".join(map(put, _state_at_rest(job, run, mine))))


def progress_text(run: Run | None, put: Put = str) -> str:
    """How far a run is, for those who hear it; '' before its first step."""
    if run is None or not run.step:
        return ""
    fields = {"step": run.step, "most": run.max_steps}
    if not math.isfinite(run.val_loss):
        return put(sentence("Update {step:,} of {most:,}.", **fields))
    return put(
        sentence(
            "Update {step:,} of {most:,}: held-out loss {loss:.2f}.", **fields, loss=run.val_loss
        )
    )


def _segments(words: str) -> Segments:
    """Words, split where **two stars** emphasise some."""
    return [(part, i % 2 == 1) for i, part in enumerate(words.split("**")) if part]


def _progress(job: RunHandle, run: Run, mine: bool) -> list[Text]:
    """The step of a run that trains, and its list unless that is all dinosaurs."""
    steps = sentence("Update **{step:,}** of {most:,}", step=run.step, most=run.max_steps)
    title = _list_title(job, mine)
    return [steps, *([title] if title else []), *_no_kernels_sentences(job, run)]


def _state_at_rest(job: RunHandle, run: Run, mine: bool) -> list[Text]:
    """The state of a network that is built and does not train, in sentences."""
    if job.phase == "untrained":
        words: list[Text] = [
            sentence("Untrained. Its weights are random, and so are its names."),
            *long_run_sentences(job.config, job.corpus),
        ]
    elif job.done:
        words = [_say_finished(run), _say_seconds(job, run)]
    elif not job.settled:
        return [sentence("Pausing after this update…")]
    else:
        words = [
            sentence(
                "Paused at update **{step:,}** of {most:,}.", step=run.step, most=run.max_steps
            )
        ]
    title = _list_title(job, mine)
    if title:
        words.append(sentence("Names: {list}.", list=title))
    if job.phase == "kept":
        words.append(_say_kept(run))
    return [*words, *_no_kernels_sentences(job, run), *takeover_sentences(run)]


def _no_kernels_sentences(job: RunHandle, run: Run) -> list[Sentence]:
    """That the compiled engine was asked for, but PyTorch trains, and why.

    A recipe that the kernels do not cover trains on PyTorch on every server.
    """
    config, symbols, steps = job.config, len(job.corpus.vocab), 1 + job.corpus.longest
    if config.engine != "compiled" or run.engine != "torch":
        return []
    if not kernels_cover(config, symbols, steps):
        return []
    if compiling.tries.is_hopeless:
        return [sentence("This server's memory is too small for compiling the kernels.")]
    return [sentence("The kernels could not be compiled, so this run uses PyTorch.")]


def _say_kept(run: Run) -> Sentence:
    """What an earlier run that can no longer be trained still has."""
    if run.weights is None:
        return sentence(
            "It can no longer be continued, because its weights were discarded to save memory."
        )
    return sentence("It can no longer be continued, but it still has its weights and writes names.")


def _say_finished(run: Run) -> Sentence:
    return plural_sentence(
        "Finished **{count} update**.", "Finished **{count:,} updates**.", run.step
    )


def _say_seconds(job: RunHandle, run: Run) -> Sentence:
    """How long its computing took, on which engine, and whether it waited to be watched."""
    seconds = run.seconds
    took = duration(seconds) if seconds >= 100 else sentence("{seconds:.1f} s", seconds=seconds)
    fields = {"time": took, "engine": Sentence(ENGINE_WORDS[run.engine])}
    if job.slowed:
        return sentence(
            "Computing took {time} ({engine}). The display was slowed down for watching.", **fields
        )
    return sentence("Computing took {time} ({engine}).", **fields)


def takeover_sentences(run: Run) -> list[Sentence]:
    """That another engine took over a run with dropout, whose dropout draws then differ.

    Without dropout the engines agree, and there is nothing to say.
    """
    config = run.config
    if len(run.engines) < 2 or not config.drops:
        return []
    step, engine = run.engines[-1]
    return [
        sentence(
            "From update {step:,} the engine was {engine}. It draws other random numbers for "
            "dropout, so a run on a single engine would end a little differently.",
            step=step + 1,
            engine=Sentence(ENGINES[engine]),
        )
    ]


def _list_title(job: RunHandle, mine: bool) -> Text:
    """The list it is trained on; '' if that is all dinosaurs."""
    if job.corpus.owner and not mine:
        return sentence("its owner's list")
    title = job.corpus.title
    return "" if title == BUNDLED["dinos"].title else title


def long_run_sentences(config: Config, corpus: Corpus) -> list[Sentence]:
    """That a run of this recipe takes long, if it does."""
    from dino.cost import training_seconds  # it needs numpy

    seconds = training_seconds(config, len(corpus.vocab), corpus.longest + 1)
    if seconds < LONG:
        return []
    return [
        plural_sentence(
            "Its {count:,} update takes about {time} or more on this server.",
            "Its {count:,} updates take about {time} or more on this server.",
            config.max_steps,
            time=duration(seconds),
        )
    ]


def duration(seconds: float) -> Sentence:
    """A duration for a narrow place: 40 s, 12 min, 3.5 h, 3.8 days."""
    if seconds < 100:
        return sentence("{seconds:.0f} s", seconds=seconds)
    if seconds < 100 * 60:
        return sentence("{minutes:.0f} min", minutes=seconds / 60)
    if seconds < 48 * 3600:
        return sentence("{hours:.1f} h", hours=seconds / 3600)
    return sentence("{days:,.1f} days", days=seconds / 86_400)


def row_figures(run: Run | None, put: Put = str) -> list[str]:
    """A run in a table of runs: steps, the held-out loss now, the best one and its step."""
    if run is None or not run.step:
        return [put(mark("untrained")), NONE, NONE]
    step, (best_step, best) = run.step, run.best
    steps: Text = number_sentence(step)
    if run.stopped:
        steps = sentence("diverged at {step:,}", step=step)
    elif step != run.max_steps:
        steps = sentence("{step:,} of {most:,}", step=step, most=run.max_steps)
    lowest = sentence("{loss:.2f} at {step:,}", loss=best, step=best_step)
    return [put(steps), put(number_sentence(run.val_loss, ".2f")), put(lowest)]


def newest_names(
    run: Run | None, baselines: Mapping[str, float] | None, put: Put = str
) -> dict[str, Any] | None:
    """The newest moment with names: its step, a few of the names, the baseline that it has passed.

    Of the untrained network it has nothing that tells its loss.
    """
    if run is None or not run.named_moments:
        return None
    newest = run.named_moments[-1]
    when: Text = mark("Update 0 · untrained")
    if newest.step:
        when = sentence(
            "Update {step:,} · held out {loss:.2f}", step=newest.step, loss=newest.val_loss
        )
    return {
        "when": put(when),
        "names": [name or NONE for name in newest.names[:LARGE_NAMES]],
        "passed": put(_passed(newest.val_loss, baselines) if newest.step else ""),
    }


def _passed(val_loss: float, baselines: Mapping[str, float] | None) -> Text:
    """The lowest dashed line that is above a moment's held-out loss."""
    if not baselines:
        return ""
    from dino.charts.base import line_name
    from dino.metrics import passed_baseline

    passed = passed_baseline(val_loss, baselines)
    if passed is None:
        return mark("Above all dashed lines")
    if passed == "nothing":
        return sentence("Below the line for guessing ({loss:.2f})", loss=baselines[passed])
    return sentence(
        "Below the line for counting {what} ({loss:.2f})",
        what=Sentence(line_name(passed)),
        loss=baselines[passed],
    )


def name_rows(
    run: Run | None, baselines: Mapping[str, float] | None, put: Put = str
) -> list[list[str]]:
    """Names from the same draws at several moments: rows of a step, two names, the baseline passed.

    It has every snapshot, every second, every fourth, … so that rows stay while others are added;
    and the newest moment.
    """
    moments = run.named_moments if run else ()
    snapshots = moments[:-1] if run and moments[-1:] == (run.latest,) else moments
    stride = 1
    while len(snapshots) > stride * (NAME_ROWS - 1):
        stride *= 2
    chosen = dict.fromkeys([*snapshots[::stride], *moments[-1:]])
    return [_name_row(snapshot, baselines or {}, put) for snapshot in chosen]


def _name_row(snapshot: Snapshot, baselines: Mapping[str, float], put: Put) -> list[str]:
    from dino.charts.base import line_name
    from dino.metrics import passed_baseline

    names = [name or NONE for name in (*snapshot.names, "", "")[:2]]  # a file may have no names
    # An untrained network guesses; by chance it is a little better or worse.
    passed = passed_baseline(snapshot.val_loss, baselines) if snapshot.step else None
    return [put(number_sentence(snapshot.step)), *names, put(line_name(passed)) if passed else NONE]
