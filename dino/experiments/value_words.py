"""The values of settings in words, as experiments name their levels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dino.config import CELLS, OPTIMIZERS, SETTINGS
from dino.locale.sentences import Sentence, Text, mark, sentence

CHOICE_LABELS: Mapping[str, Mapping[str, str]] = {
    "cell": CELLS,
    "optimizer": {key: optimizer.label for key, optimizer in OPTIMIZERS.items()},
}
# Values whose number or switch says little: as a label, and as the name of what is compared.
VALUE_WORDS: Mapping[tuple[str, Any], tuple[str, str]] = {
    ("context", 0): (mark("all letters"), mark("Memory of all letters")),
    ("context", 1): (mark("one letter"), mark("Memory of one letter")),
    ("shuffle", False): (mark("sorted"), mark("Sorted names")),
    ("shuffle", True): (mark("shuffled"), mark("Shuffled names")),
}


def value_words(name: str, value: Any) -> Sentence:
    """A setting's value in words: of a choice only its label, of some values their own name, else
    the value after the setting's label.
    """
    if name in CHOICE_LABELS:
        return Sentence(CHOICE_LABELS[name][value])
    if (name, value) in VALUE_WORDS:
        return Sentence(VALUE_WORDS[name, value][1])
    setting = SETTINGS[name]
    return sentence(
        "{setting} {value}", setting=Sentence(setting.label), value=setting.value_sentence(value)
    )


def value_label(name: str, value: Any) -> Text:
    """A setting's value in words below the setting's label."""
    if name in CHOICE_LABELS:
        return Sentence(CHOICE_LABELS[name][value])
    if (name, value) in VALUE_WORDS:
        return Sentence(VALUE_WORDS[name, value][0])
    return SETTINGS[name].value_sentence(value)
