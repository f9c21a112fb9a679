"""Values that no browser would send, for every widget and every field of the address."""

from __future__ import annotations

import random
import urllib.parse
from typing import Any

from streamlit.proto.WidgetStates_pb2 import WidgetState

FIELDS = (
    "cell",
    "hidden_size",
    "optimizer",
    "learning_rate",
    "batch_size",
    "max_steps",
    "clip_norm",
    "average",
    "letter_dropout",
    "hidden_dropout",
    "weight_drop",
    "count_teacher",
    "shuffle",
    "context",
    "forget_bias",
    "seed",
    "split_seed",
    "engine",
    "count",
    "temperature",
    "greedy",
    "top_k",
    "prefix",
    "longest",
    "carry",
    "draw",
    "mix",
    "run",
    "list",
    "preset",
    "names",
)
TEXTS = (
    "",
    "x",
    "NaN",
    "-1",
    "1e309",
    "0x10",
    "null",
    "true",
    "[]",
    "{}",
    "<b>x</b>",
    "\x00",
    "\u202e\u2066",
    "../../etc/passwd",
    "'; drop table--",
    "${7*7}",
    "٣",
    "1_0",
    "a" * 10_000,
    "\n" * 100,
    "🦖" * 500,
    "%00",
    "run=evil",
)
NUMBERS = (
    float("nan"),
    float("inf"),
    -float("inf"),
    -1.0,
    0.0,
    0.5,
    1e308,
    -1e308,
    5e-324,
    2.0**63,
    1e9,
)
WHOLE = (-1, 0, 1, 2**31, -(2**63), 2**63 - 1)
JSON = (
    "",
    "no json",
    "{",
    "null",
    "[]",
    "{}",
    "NaN",
    "[[[[]]]]",
    '{"point": [1]}',
    '"x"',
    '{"point": "x"}',
    '{"value": {"a": null}}',
    "1e999",
    "[" * 2000,
)
TRIGGERS = (
    '[{"event": "here"}]',
    '[{"event": "turn", "value": "x"}]',
    '[{"event": []}]',
    "[1]",
    '[{"event": "changed", "value": {"a": 1}}]',
    '[{"event": "poll", "value": null}]',
    '[{"event": "point", "value": [1e999, "x"]}]',
    '{"event": "here"}',
    "{",
    "null",
)


def address(rng: random.Random) -> tuple[str, int]:
    """An address with nonsense in some of its fields, and how many values that are."""
    fields = rng.sample(FIELDS, rng.randint(5, len(FIELDS)))
    values = [str(rng.choice((*TEXTS, *NUMBERS, *WHOLE, *JSON))) for _ in fields]
    values = [value[:2000] for value in values]
    return urllib.parse.urlencode(list(zip(fields, values, strict=True))), len(fields)


def state(widget: str, rng: random.Random) -> WidgetState:
    """Nonsense for a widget, in any field of WidgetState."""
    found = WidgetState(id=widget)
    kind = rng.choice(
        (
            "trigger_value",
            "bool_value",
            "double_value",
            "int_value",
            "string_value",
            "json_value",
            "bytes_value",
            "json_trigger_value",
            "double_array_value",
            "int_array_value",
            "string_array_value",
            "string_trigger_value",
            "none",
        )
    )
    if kind.endswith("_array_value"):
        getattr(found, kind).data.extend(rng.choices(_choices(kind), k=rng.randint(0, 4)))
    elif kind == "string_trigger_value":
        found.string_trigger_value.data = rng.choice(TEXTS)
    elif kind != "none":
        setattr(found, kind, rng.choice(_choices(kind)))
    return found


def _choices(kind: str) -> tuple[Any, ...]:
    if kind in ("trigger_value", "bool_value"):
        return (True, False)
    if kind.startswith("double"):
        return NUMBERS
    if kind.startswith("int"):
        return WHOLE
    if kind == "json_trigger_value":
        return TRIGGERS + JSON
    if kind == "json_value":
        return JSON
    return tuple(text.encode() for text in TEXTS) if kind == "bytes_value" else TEXTS


def heavy_list(names: int = 16_390, letters: int = 60) -> str:
    """The heaviest list that the limits admit: 1 MB of long names, all different."""
    rng = random.Random(0)
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    return "\n".join("".join(rng.choices(alphabet, k=letters)) for _ in range(names))
