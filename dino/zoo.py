"""The failure zoo: six runs that fail, each as a puzzle ('this run failed: why?') with its cure.

The texts are in the table `zoo`. Numbers in them are bounds that hold for the dinosaurs with seeds
0, 1 and 2; tests train the exhibits and hold them to it. `findings.py` says what one run shows,
with its own figures.
"""

from __future__ import annotations

from typing import NamedTuple

from dino.config import DEFAULT, Config
from dino.findings import CAUSES
from dino.locale.sentences import Sentence, prose

QUESTION = prose("zoo", "question")


class Exhibit(NamedTuple):
    """A recipe that fails, and what it teaches.

    failing, cure: recipes; cause: its key in `findings.CAUSES`; choices: four keys of causes to
    choose from, the true one among them
    """

    key: str
    failing: Config
    cure: Config
    cause: str
    choices: tuple[str, ...]

    @property
    def title(self) -> Sentence:
        """Its title, which names the cause."""
        return self._text("title")

    @property
    def seen(self) -> Sentence:
        """What its curves show."""
        return self._text("seen")

    @property
    def why(self) -> Sentence:
        """Why it fails."""
        return self._text("why")

    @property
    def cure_words(self) -> Sentence:
        """What to change."""
        return self._text("cure")

    def reply(self, choice: str) -> Sentence:
        """The answer to a choice: the reason of the cause, or why a wrong choice is wrong."""
        return self.why if choice == self.cause else self._text(f"replies.{choice}")

    def _text(self, name: str) -> Sentence:
        return prose("zoo", f"{self.key}.{name}")


_SMALL_RATE = DEFAULT.replace(optimizer="sgd", learning_rate=0.0005)
_SINGLE = DEFAULT.replace(batch_size=1, average=0.0, max_steps=2000)
_SGD = _SINGLE.replace(optimizer="sgd", learning_rate=1.0)
_MOMENTUM = _SINGLE.replace(optimizer="momentum", learning_rate=0.2)
_ONE_UNIT = DEFAULT.replace(hidden_size=1)
_LONG = DEFAULT.replace(hidden_size=256, max_steps=1500)
_BATCH_AXIS = DEFAULT.replace(context=1)

_EXHIBITS = (
    Exhibit(
        "small_rate",
        failing=_SMALL_RATE,
        cure=_SMALL_RATE.replace(learning_rate=1.0),
        cause="rate_too_small",
        choices=("too_short", "too_narrow", "rate_too_small", "no_memory"),
    ),
    Exhibit(
        "sgd_single",
        failing=_SGD,
        cure=_SGD.replace(learning_rate=0.2),
        cause="rate_too_large",
        choices=("overfitting", "rate_too_large", "too_short", "rate_too_small"),
    ),
    Exhibit(
        "momentum_single",
        failing=_MOMENTUM,
        cure=_MOMENTUM.replace(learning_rate=0.04),
        cause="rate_too_large",
        choices=("rate_too_large", "no_memory", "too_narrow", "overfitting"),
    ),
    Exhibit(
        "one_unit",
        failing=_ONE_UNIT,
        cure=_ONE_UNIT.replace(hidden_size=64),
        cause="too_narrow",
        choices=("rate_too_small", "no_memory", "too_short", "too_narrow"),
    ),
    Exhibit(
        "trained_too_long",
        failing=_LONG,
        cure=_LONG.replace(max_steps=500),
        cause="overfitting",
        choices=("too_short", "overfitting", "rate_too_large", "too_narrow"),
    ),
    Exhibit(
        "batch_axis",
        failing=_BATCH_AXIS,
        cure=_BATCH_AXIS.replace(context=0),
        cause="no_memory",
        choices=("too_narrow", "rate_too_small", "no_memory", "overfitting"),
    ),
)

ZOO = {exhibit.key: exhibit for exhibit in _EXHIBITS}


def choice_texts(exhibit: Exhibit) -> list[tuple[str, Sentence]]:
    """The choices of an exhibit: their keys, and their texts."""
    return [(key, CAUSES[key]) for key in exhibit.choices]
