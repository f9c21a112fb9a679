"""A saved run without its list's names: what can be shown of it.

    look_at(saved, title) -> NamelessRun, in parts

Its recipe, its curves and the file's words about its list need no names. Nor does the network when
it writes some: it needs only the vocabulary. Nothing else is kept, so that it takes little memory.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from dino.model import rebuild
from dino.name_measures import Name
from dino.parts import Parts, until_result
from dino.run import Run, Snapshot
from dino.sample import draws, write_in_parts
from dino.saved.saved_list import SavedList
from dino.saved.saved_run import SavedRun

NAMES, SEED = 10, 0  # names that its network writes, and the seed of their draws
CURVE_POINTS = 1000  # of each curve
SHOWN_RATES = 20  # learning rates; if there are more, the first and the last are kept


@dataclass(frozen=True, eq=False)
class NamelessRun:
    """What is shown of a run whose list is not here.

    title: the name of its file; run: without weights, moments and names, its curves thinned
    listed: its list, without names; rates: how many learning rates the run had
    names: written with the weights after step `written_at`; empty if the file has no weights
    """

    title: str
    run: Run
    listed: SavedList
    rates: int
    names: tuple[Name, ...]
    written_at: int

    @property
    def baselines(self) -> dict[str, float]:
        """The only baseline that needs no names: the loss of the uniform guess."""
        return {"nothing": math.log(len(self.listed.vocab))}


def look_at(saved: SavedRun, title: str) -> Parts[NamelessRun]:
    """What is shown of a saved run without its list. Yields after every step of the network."""
    moment = _moment_with_weights(saved.run)
    names = yield from _write(saved, moment)
    listed = replace(saved.listed, rows=None, removed=None)
    rates = len(saved.run.learning_rates)
    return NamelessRun(title, _without_weights(saved.run), listed, rates, names, moment.step)


def _moment_with_weights(run: Run) -> Snapshot:
    """Its last weights, or those of its best moment if the file has only these."""
    last = run.moments[-1]
    return last if last.weights is not None else run.best_moment


def _write(saved: SavedRun, moment: Snapshot) -> Parts[tuple[Name, ...]]:
    """Names that its network writes now, each with whether it ended with its end mark."""
    if moment.weights is None:
        return ()
    config, vocab = saved.config, saved.vocab
    model = rebuild(config, len(vocab), moment.weights)
    work = write_in_parts(model, vocab, draws(NAMES, SEED), context=config.context)
    traces = yield from until_result(work)
    return tuple((trace.name, trace.finished) for trace in traces)


def _without_weights(run: Run) -> Run:
    """Only its figures and curves, in little memory however long it trained."""
    rates = run.learning_rates
    return replace(
        run.with_fewer_points(CURVE_POINTS),
        weights=None,
        snapshots=(),
        latest=None,
        kept_best=None,
        val_name_losses=None,
        learning_rates=rates if len(rates) <= SHOWN_RATES else (rates[0], rates[-1]),
    )
