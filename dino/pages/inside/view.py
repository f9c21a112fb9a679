"""The input of every tab of the Inside page: one moment of one run, with the visitor's choices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dino.config import Config
from dino.data import Corpus, Encoded, Vocab
from dino.jobs import RunEntry
from dino.locale.sentences import Refusal, mark, sentence
from dino.model import CharRNN, rebuild
from dino.probe import silence_units
from dino.recorder import NAMES_PER_SNAPSHOT
from dino.run import Snapshot
from dino.sample import Trace, draws, write
from dino.ui.inside_address import NAMES

# shown below a measurement that a reader might take for a property of the recipe
ONE_NETWORK = mark("This is one network, and another seed may give a different answer.")


@dataclass(frozen=True, eq=False)
class View:
    """One moment of one run. It does not read the session; everything it needs is passed in.

    entry: the run; intact_model: the network of that moment; silent: the units taken from it;
    context_limit: how many letters back the visitor lets a prediction see, at most as many as
    training did, 0 for as trained; seed: of the random draws for names; picked: the index of the
    name that is shown in detail; others: the visitor's other runs, newest first; mixed: the names
    that network and counting wrote together, if they are shown in place of the network's.
    """

    entry: RunEntry
    moment: Snapshot
    intact_model: CharRNN
    silent: tuple[int, ...]
    context_limit: int
    seed: int
    picked: int
    others: tuple[RunEntry, ...]
    mixed: tuple[Trace, ...] | None = None

    @property
    def config(self) -> Config:
        """The run's recipe."""
        return self.entry.run.config

    @property
    def corpus(self) -> Corpus:
        """The list that the run was trained on."""
        return self.entry.corpus

    @property
    def vocab(self) -> Vocab:
        """The symbols of that list."""
        return self.entry.corpus.vocab

    @property
    def val_arrays(self) -> Encoded:
        """The held-out names of that list, encoded."""
        return self.entry.corpus.val_arrays

    @property
    def context(self) -> int:
        """How many letters back a prediction sees; 0 for all."""
        return self.context_limit or self.config.context

    @property
    def key(self) -> tuple[object, ...]:
        """A key that identifies this moment of this run."""
        return (self.entry.token, self.entry.number, self.moment.step)

    @cached_property
    def model(self) -> CharRNN:
        """The network without the silent units."""
        return silence_units(self.intact_model, self.silent) if self.silent else self.intact_model

    @cached_property
    def traces(self) -> Sequence[Trace]:
        """The names of this moment; every moment writes them from the same draws."""
        if self.mixed is not None:
            return self.mixed
        return write(self.model, self.vocab, draws_of(self.seed), context=self.context)

    @property
    def picked_trace(self) -> Trace:
        """The name that is shown in detail."""
        return self.traces[self.picked]


def draws_of(seed: int) -> np.ndarray:
    """The random draws of the names. (NAMES, longest)

    The first ones are those of the run's own moments, so that these names are the ones in the Lab.
    """
    more = draws(NAMES, seed)[NAMES_PER_SNAPSHOT:]
    return np.concatenate([draws(NAMES_PER_SNAPSHOT, seed), more])


def network_at(entry: RunEntry, moment: Snapshot) -> CharRNN:
    """The network of a run at one of its moments. Raises ValueError if its weights are gone."""
    if moment.weights is None:
        raise Refusal(
            sentence(
                "The weights of update {step:,} were discarded. Choose another moment.",
                step=moment.step,
            )
        )
    return rebuild(entry.run.config, len(entry.corpus.vocab), moment.weights)


Tabs = dict[str, tuple[str, Callable[[View], None]]]  # from key to label and drawing function
