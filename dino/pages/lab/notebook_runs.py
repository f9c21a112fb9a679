"""What holds the notebook's recipe back, its step size and its memory, measured on a visitor's
runs.

A variant is the recipe with one memory and one way to step, otherwise unchanged. Two variants are
compared only if each has a run. Losses are in nats per symbol.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from dino.config import OPTIMIZERS, Config
from dino.difference import Difference, Side, few_names_sentence
from dino.locale.sentences import Sentence, mark, sentence
from dino.presets import PRESETS
from dino.setting import decimal_of

if TYPE_CHECKING:
    import numpy as np

    from dino.jobs import RunEntry

NOTEBOOK = PRESETS["notebook-as-written"].config
# A recipe may differ in these and still count as the notebook's.
FREE = {
    *("context", "optimizer", "learning_rate", "hidden_size", "max_steps", "seed", "split_seed"),
    *("exam", "engine"),
}
MEMORIES = (1, 0)  # the last letter, and all letters
MEMORY_WORDS = {1: mark("one letter of memory"), 0: mark("memory of all letters")}


class Stepping(NamedTuple):
    """How a step is made: with which optimizer and which learning rate."""

    optimizer: str
    learning_rate: float

    def words(self) -> Sentence:
        """'SGD at 0.05'."""
        return sentence(
            "{optimizer} at {rate:f}",
            optimizer=Sentence(OPTIMIZERS[self.optimizer].label),
            rate=decimal_of(self.learning_rate),
        )


class Variant(NamedTuple):
    """The notebook's recipe with this memory, in letters (0: all), and this way to step."""

    context: int
    stepping: Stepping

    def recipe(self, config: Config) -> Config:
        """Change a recipe of the notebook's kind into this variant."""
        optimizer, rate = self.stepping
        return config.replace(context=self.context, optimizer=optimizer, learning_rate=rate)


SMALL = Stepping(NOTEBOOK.optimizer, NOTEBOOK.learning_rate)
LARGE = Stepping("sgd", 0.05)
ADAM = Stepping("adam", 0.01)  # differs from SMALL in two things: the rule and its rate
STEPPINGS = (SMALL, LARGE, ADAM)


def is_of_notebook(config: Config) -> bool:
    """Whether a recipe is the notebook's, except for what is varied, its size, steps and seeds."""
    return config.context in MEMORIES and set(NOTEBOOK.changes(config)) <= FREE


def runs_by_variant(entries: Iterable[RunEntry], config: Config) -> dict[Variant, RunEntry]:
    """For each variant of a recipe, its first complete run with a constant learning rate.

    entries: runs on one list with one split.
    """
    found: dict[Variant, RunEntry] = {}
    variants = [Variant(context, stepping) for stepping in STEPPINGS for context in MEMORIES]
    wanted = {variant.recipe(config): variant for variant in variants}
    for entry in entries:
        variant = wanted.get(entry.run.config)
        if variant is not None and entry.run.is_by_its_recipe:
            found.setdefault(variant, entry)
    return found


# ---- two variants


class BeforeAndAfter(NamedTuple):
    """The held-out losses of a run before and after one change, in nats per symbol.

    difference: how much lower the loss after it is.
    """

    before: float
    after: float
    difference: Difference

    def fields(self) -> dict[str, object]:
        """The fields of the sentences on it."""
        found = {"before": self.before, "after": self.after}
        return {**found, "difference": self.difference.size()}


def compare_variants(
    before: Variant,
    after: Variant,
    runs: Mapping[Variant, RunEntry],
    losses: Mapping[Variant, np.ndarray],
) -> BeforeAndAfter | None:
    """The losses that the runs of two variants reached; None unless both have a run.

    losses (N,): each run's summed losses of the held-out names, if they are known.
    """
    if before not in runs or after not in runs:
        return None
    first, second = runs[before].run.val_loss, runs[after].run.val_loss
    if before not in losses or after not in losses:
        return BeforeAndAfter(first, second, Difference(first - second, math.nan, 0))
    from dino.metrics import loss_difference  # loads numpy

    symbols = runs[before].corpus.val_arrays.lengths
    error = loss_difference(losses[after], losses[before], symbols)[1]
    return BeforeAndAfter(first, second, Difference(first - second, error, len(symbols)))


def name_losses_in_parts(
    runs: Mapping[Variant, RunEntry],
) -> Iterator[tuple[float, dict[Variant, np.ndarray]]]:
    """Measure each run's summed losses (N,) of its held-out names, for runs with weights."""
    from dino import probe
    from dino.model import rebuild

    held = {variant: entry for variant, entry in runs.items() if entry.run.weights is not None}
    losses: dict[Variant, np.ndarray] = {}
    for i, (variant, entry) in enumerate(held.items()):
        model = rebuild(entry.run.config, len(entry.corpus.vocab), entry.run.weights)
        names, context = entry.corpus.val_arrays, entry.run.config.context
        for share, sums in probe.name_losses_in_parts(model, names, context):
            losses = {**losses, variant: sums}
            yield (i + share) / (len(held) + 1), losses
    yield 1.0, losses


# ---- the sentences


def step_size_sentence(context: int, found: BeforeAndAfter) -> Sentence:
    """Compare larger steps of SGD with the notebook's own, with the same memory."""
    fields = {
        "memory": Sentence(MEMORY_WORDS[context]),
        "small": decimal_of(SMALL.learning_rate),
        "large": decimal_of(LARGE.learning_rate),
        **found.fields(),
    }
    return {
        Side.LOWER: sentence(
            "Step size, with {memory}: at {large:f} the loss is {difference} lower than at "
            "{small:f}.",
            **fields,
        ),
        Side.HIGHER: sentence(
            "Step size, with {memory}: at {large:f} the loss is {difference} higher than at "
            "{small:f}.",
            **fields,
        ),
        Side.CLOSE: sentence(
            "Step size, with {memory}: the losses at {small:f} and {large:f} differ by "
            "{difference}, too close to call.",
            **fields,
        ),
        Side.UNJUDGED: sentence(
            "Step size, with {memory}: the loss is {before:.2f} at {small:f} and {after:.2f} at "
            "{large:f}.",
            **fields,
        ),
    }[found.difference.side]


def memory_sentence(stepping: Stepping, found: BeforeAndAfter) -> Sentence:
    """Compare memory of all letters with memory of one, with the same steps."""
    fields = {"stepping": stepping.words(), **found.fields()}
    return {
        Side.LOWER: sentence(
            "Memory, with {stepping}: the loss with all letters is {difference} lower than with "
            "one letter.",
            **fields,
        ),
        Side.HIGHER: sentence(
            "Memory, with {stepping}: the loss with all letters is {difference} higher than with "
            "one letter.",
            **fields,
        ),
        Side.CLOSE: sentence(
            "Memory, with {stepping}: the losses with one letter and with all letters differ by "
            "{difference}, too close to call.",
            **fields,
        ),
        Side.UNJUDGED: sentence(
            "Memory, with {stepping}: the loss is {before:.2f} with one letter and {after:.2f} "
            "with all letters.",
            **fields,
        ),
    }[found.difference.side]


def larger_change_sentence(found: BeforeAndAfter) -> Sentence:
    """Say which single change of the notebook's recipe reaches the lower loss.

    found: only more memory as `before`, only larger steps as `after`.
    """
    side, fields = found.difference.side, found.fields()
    if side is Side.UNJUDGED:
        return sentence(
            "The loss is {after:.2f} with only larger steps and {before:.2f} with only more "
            "memory.",
            **fields,
        )
    if side is Side.CLOSE:
        return sentence(
            "The losses with only larger steps and with only more memory differ by {difference}, "
            "too close to call.",
            **fields,
        )
    return sentence(
        "The loss is {after:.2f} with only larger steps and {before:.2f} with only more memory. "
        "With {lower} it is {difference} lower.",
        lower=Sentence(mark("larger steps") if side is Side.LOWER else mark("memory")),
        **fields,
    )


def findings(
    runs: Mapping[Variant, RunEntry], losses: Mapping[Variant, np.ndarray]
) -> list[Sentence]:
    """Say what a visitor's runs show, the step size first, for each pair that has both runs.

    If there are too few held-out names to tell, the last sentence says so.
    """
    found: list[Sentence] = []
    few: list[Sentence] = []
    for tell, before, after in _pairs(runs):
        compared = compare_variants(before, after, runs, losses)
        if compared is None:
            continue
        found.append(tell(compared))
        names = compared.difference.over
        if names and compared.difference.side is Side.UNJUDGED:
            few = [few_names_sentence(names)]
    return [*found, *few]


def _pairs(
    runs: Mapping[Variant, RunEntry],
) -> Iterator[tuple[Callable[[BeforeAndAfter], Sentence], Variant, Variant]]:
    """The pairs that may be compared: the function that compares, and the two variants."""
    for context in MEMORIES:
        tell_steps = partial(step_size_sentence, context)
        yield tell_steps, Variant(context, SMALL), Variant(context, LARGE)
    for stepping in STEPPINGS:
        yield partial(memory_sentence, stepping), Variant(1, stepping), Variant(0, stepping)
    if Variant(1, SMALL) in runs:
        yield larger_change_sentence, Variant(0, SMALL), Variant(1, LARGE)
