"""What fits a long list: a recipe, and from which length on it ends lower than the preset Best
LSTM, measured in advance.

`python -m tests.long_lists` trains both recipes on parts and the whole of the US first names and
writes the file. It also states what was trained: the recipes and the names.
"""

from __future__ import annotations

import json
from functools import cache
from math import ceil
from statistics import mean, stdev
from typing import TYPE_CHECKING, Any, NamedTuple

from dino.config import Config
from dino.difference import Difference
from dino.lists import DATA
from dino.locale.sentences import Refusal
from dino.presets import PRESETS

if TYPE_CHECKING:
    from dino.data import Corpus

FILE = DATA / "long_lists.json"
SHORT, LONG = "best-lstm", "long-list"  # the preset, and the recipe that is compared with it
# The shortest measured list, in names to train on, from which on the recipe ends clearly lower.
LONG_FROM = 4647
PASSES = 25  # over the names to train on, whatever their number
FREE = ("seed", "split_seed", "exam", "engine")  # settings that belong to no recipe
# By the number of splits: the errors that a difference must exceed to be clear. Chance alone
# causes that 5 times in 100 (Student's t).
CLEAR_OVER = {3: 4.303, 4: 3.182, 5: 2.776}

_RECIPE = Config(
    cell="lstm",
    hidden_size=256,
    learning_rate=0.005,
    batch_size=64,
    letter_dropout=0.1,
    hidden_dropout=0.3,
    count_teacher=0.3,
    average=0.998,
)


class Measured(NamedTuple):
    """Held-out losses on lists of one length, for S splits. Nats per symbol.

    names: how many are trained on; losses (S,): of each reader: a recipe, counting, or both
    """

    names: int
    losses: dict[str, tuple[float, ...]]

    def below(self, reader: str, other: str) -> Difference:
        """How much lower one reader's mean loss is than another's, with its error over splits."""
        pairs = zip(self.losses[other], self.losses[reader], strict=True)
        gaps = [theirs - ours for theirs, ours in pairs]
        error = stdev(gaps) / len(gaps) ** 0.5
        limit, enough = CLEAR_OVER[len(gaps)], min(CLEAR_OVER)
        return Difference(mean(gaps), error, len(gaps), limit, enough)


def long_list_recipe(names: int, like: Config) -> Config:
    """The recipe for a list with this many names to train on: `PASSES` over all of them.

    like: it has this one's seeds, final exam and engine.
    """
    free = {name: getattr(like, name) for name in FREE}
    updates = ceil(PASSES * names / _RECIPE.batch_size)
    most = _RECIPE.settings()["max_steps"].high
    return _RECIPE.replace(max_steps=min(updates, int(most)), **free)


def is_measured(config: Config) -> bool:
    """Whether a recipe is that of the preset as it was measured, with any number of updates."""
    measured_values: dict[str, Any] = _read()["recipes"][SHORT]
    return _values(config) == measured_values


def recipe_for(corpus: Corpus, config: Config) -> Config | None:
    """The recipe that ended lower than this one on lists as long as this.

    None where that was not measured: for another recipe, for a shorter list, and where the table of
    its soft targets would be too large.
    """
    from dino.count_teacher import check  # loads numpy

    if not is_measured(config) or len(corpus.train) < LONG_FROM:
        return None
    recipe = long_list_recipe(len(corpus.train), config)
    try:
        check(recipe, corpus)
    except Refusal:
        return None
    return recipe


def _values(config: Config) -> dict[str, Any]:
    """The settings of a recipe, except the updates, which may differ."""
    free = (*FREE, "max_steps")
    return {name: value for name, value in config.as_dict().items() if name not in free}


def recipes(names: int, like: Config) -> dict[str, Config]:
    """Both recipes, for a list with this many names to train on, with the seeds of `like`."""
    free = {name: getattr(like, name) for name in FREE}
    return {SHORT: PRESETS[SHORT].config.replace(**free), LONG: long_list_recipe(names, like)}


def recipes_values() -> dict[str, dict[str, Any]]:
    """What the file says of both recipes if they are those of the app."""
    both = recipes(1, Config())
    return {SHORT: _values(both[SHORT]), LONG: {**_values(both[LONG]), "passes": PASSES}}


def measured() -> tuple[Measured, ...]:
    """What was measured, from the shortest list to the longest."""
    return measured_in(_read())


def longest_short() -> int:
    """The longest measured list below `LONG_FROM`, in names to train on: there the recipe is not
    clearly lower.
    """
    return max(it.names for it in measured() if it.names < LONG_FROM)


def measured_in(found: dict[str, Any]) -> tuple[Measured, ...]:
    """The same of a file's content."""
    rows = [
        Measured(row["names"], {reader: tuple(it) for reader, it in row["losses"].items()})
        for row in found["lengths"]
    ]
    return tuple(sorted(rows, key=lambda it: it.names))


@cache
def _read() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found
