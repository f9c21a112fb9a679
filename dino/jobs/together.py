"""Runs read together with counting, measured in turns with training on names they did not see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from dino.data import Corpus
from dino.jobs.counts import Counts
from dino.mix import Mix
from dino.parts import Parts, report_progress

if TYPE_CHECKING:  # PyTorch takes a second to load
    from dino.config import Config
    from dino.together import BelowEach, MixedLosses


def mixed_losses_of(
    config: Config, weights: Any, corpus: Corpus, names: Sequence[str], mix: Mix, counts: Counts
) -> Parts[MixedLosses]:
    """The losses of a run's weights, of counting, and of both, on `names` of its list, in parts.

    counts: those of lists in use
    """
    from dino.model import rebuild
    from dino.together import mixed_losses_in_parts

    counted = yield from counts.count(corpus, mix.n)
    model = rebuild(config, len(corpus.vocab), weights)
    return (yield from mixed_losses_in_parts(model, counted, names, mix.share, config.context))


def below_each_of(
    config: Config, weights: Any, corpus: Corpus, names: Sequence[str], mix: Mix, counts: Counts
) -> Iterator[tuple[float, BelowEach | None]]:
    """How far the mixture is below each side, for a page: (share done, None), last (1, found)."""
    from dino.together import below_each

    yield 0.0, None  # the page's script may stop here; the pool does the rest
    work = mixed_losses_of(config, weights, corpus, names, mix, counts)
    losses = yield from report_progress(work, (0.5, None))
    yield 1.0, below_each(losses, names)
