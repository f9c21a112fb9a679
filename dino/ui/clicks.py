"""Clicks that a component numbers and sends until they are carried out: each once, in their order.

Streamlit drops a message now and then, and repeats one where runs of a page overlap. `clicks.js` is
the browser's half: it sends all clicks that were not confirmed, in one message.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeGuard

MOST = 64  # entries of a message
MOST_TIMES = 10_000  # clicks of an entry
LARGEST = 2**53  # a browser counts no further


class Click(NamedTuple):
    """`times` clicks on the same button, of which `number` is the last one's."""

    number: int
    action: str
    times: int = 1


def new_clicks(sent: Any, done: int) -> list[Click]:
    """The clicks of a message that come after number `done`; none where it is nonsense.

    sent: a list of {"n": the last click's number, "action": a word, "times": how many of it}
    """
    found: list[Click] = []
    for entry in sent[:MOST] if isinstance(sent, list) else ():
        click = _read(entry)
        if click is None or click.number <= done:
            continue
        found.append(click._replace(times=min(click.times, click.number - done)))
        done = click.number
    return found


def _read(entry: Any) -> Click | None:
    """A click, if an entry is one."""
    if not isinstance(entry, dict):
        return None
    number, action, times = entry.get("n"), entry.get("action"), entry.get("times", 1)
    if not _is_count(number, LARGEST) or not _is_count(times, MOST_TIMES):
        return None
    return Click(number, action, times) if isinstance(action, str) else None


def _is_count(value: Any, most: int) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= most
