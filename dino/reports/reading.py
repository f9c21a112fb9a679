"""What a report shows of a network that is read together with counting."""

from __future__ import annotations

from typing import Any

from dino.charts.name_rows import mixed_sentence
from dino.difference import Difference
from dino.locale.sentences import Sentence, Text, error_sentence, mark, number_sentence, sentence
from dino.metrics import BASELINE_NAMES
from dino.together import BelowEach, Reading

CHOSEN = mark(
    "The share of the network (λ) was chosen on these names, so this loss does not judge it "
    "fairly. A loss on other names does, for example on those of a final exam."
)
OWN = mark(
    "The rest of this report reads the network without counting, except for names written on "
    "request."
)


def reading_shown(reading: Reading) -> dict[str, Any]:
    """The mixture in words, both sides and their mixture as rows, and what to know of them."""
    below, mix = reading.below, reading.mix
    rows = [
        _both(sentence("the network and counting together"), below),
        _side(sentence("the network without counting"), below.loss, below.network),
        _side(Sentence(BASELINE_NAMES[mix.partner]), below.loss, below.counting),
    ]
    if reading.exam is not None:
        rows.append(
            _both(sentence("the network and counting together, on the final exam"), reading.exam)
        )
    return {
        "mixed": mixed_sentence(mix),
        "rows": rows,
        "sentences": [Sentence(it) for it in ([CHOSEN] if mix.is_chosen else []) + [OWN]],
    }


def _both(name: Text, below: BelowEach) -> tuple[Text, Text, Text]:
    """A mixture: its name, and its loss with the error."""
    return name, error_sentence(below.loss, below.error, 3), "–"


def _side(name: Text, loss: float, below: Difference) -> tuple[Text, Text, Text]:
    """A side alone: its name, its loss, and how much lower the loss of both is."""
    return name, number_sentence(loss + below.lower_by, ".3f"), below.below(3, "+")
