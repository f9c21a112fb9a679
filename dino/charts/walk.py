"""How keys move over a chart and how it is heard: the words for `sonify.js`, in the
page's language.

What the browser fills in stays a field in braces. Pitch is a value: low values sound low.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dino.locale.sentences import Sentence, Text, mark, sentence

if TYPE_CHECKING:  # a page is drawn before numpy is loaded
    from dino.charts.base import Put

Walk = dict[str, Any]  # what a component takes in addition to a figure
Stop = dict[str, Any]
STEP = sentence("Update")


def curve_walk(put: Put, unit: Sentence = STEP) -> Walk:
    """For a chart of losses: along a curve, and from one curve to the next. unit: what x counts."""
    line, level = "{line}", "{level}"
    return {
        **_common(put),
        "how": put(
            mark(
                "Left and right walk along a curve, Home and End go to its ends, up and down go to "
                "another curve. P plays it, M mutes, Escape leaves."
            )
        ),
        "words": {
            "curve": _curve(put),
            "point": put(sentence("{unit} {x}: {y}.", unit=unit, x="{x}", y="{y}")),
            "start": put(mark("The curve starts here.")),
            "end": put(mark("The curve ends here.")),
            "lowest": put(mark("Its lowest point.")),
            "below": put(sentence("Now below “{line}” ({level}).", line=line, level=level)),
            "above": put(sentence("Now above “{line}” ({level}).", line=line, level=level)),
            "passes": put(sentence("Here is “{line}”.", line=line)),
        },
    }


def letter_walk(letters: Sequence[Text], taken: Sequence[int], put: Put) -> Walk:
    """For a heat map of a name: from letter to letter, and to more and less likely symbols.

    letters: what is said at each; taken: the row of the symbol that was taken, below 0 for none.
    """
    return {
        **_common(put),
        "how": put(
            mark(
                "Left and right go from letter to letter, up and down to more and less likely "
                "symbols. P plays the name, M mutes, Escape leaves."
            )
        ),
        "words": {"curve": _curve(put)},
        "letters": [put(words) for words in letters],
        "taken": list(taken),
        "range": [0, 1],
    }


def stop_walk(
    lanes: Sequence[tuple[str, Sequence[Stop]]], ends: tuple[float, float], put: Put
) -> Walk:
    """For a chart of a few points: lanes of `stop`s, each with its name, '' for none.

    ends: of the axis of their values.
    """
    return {
        **_common(put),
        "how": put(
            mark(
                "Left and right go from mark to mark, up and down to the next row. P plays them, "
                "M mutes, Escape leaves."
            )
        ),
        "words": {"curve": _curve(put)},
        "lanes": [{"name": name, "stops": list(stops)} for name, stops in lanes],
        "range": list(ends),
    }


def walk_stop(x: float, y: float, words: Text, put: Put) -> Stop:
    """A point of a chart whose values are along x, and what is said there."""
    return {"x": x, "y": y, "value": x, "text": put(words)}


def _common(put: Put) -> Walk:
    return {
        "role": put(mark("audible chart")),
        "muted": put(mark("Sound off.")),
        "unmuted": put(mark("Sound on.")),
    }


def _curve(put: Put) -> str:
    return put(sentence("“{curve}”:", curve="{curve}"))
