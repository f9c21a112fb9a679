"""Numbers that visitors type into a page's boxes: read, or refused with a sentence.

A box sends each text with a running number (`number_box.js`). Streamlit calls the callbacks of
buttons before those of components. So every callback first takes what was typed, in `run_to_end`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, NamedTuple

from dino.locale.sentences import Refusal, Sentence, Text, sentence
from dino.setting import Setting, replaced_value
from dino.ui import state
from dino.ui.language import language

LONGEST = 60  # letters of a text that are kept; a number has fewer
LARGEST = 2**53  # a browser counts no further without errors


class NumberBox(NamedTuple):
    """A box of the page. What is typed goes to `value` if `setting` takes it.

    may_be_empty: whether the box may hold no number. If it may, a refused text empties it; else the
    old number stays. on_change: called after a new number was taken.
    """

    value: state.Value[Any]
    setting: Setting
    may_be_empty: bool = False
    on_change: Callable[[], None] | None = None

    @property
    def key(self) -> str:
        """The key of its component."""
        return f"number_{self.value.key}"


class TypedNumber(NamedTuple):
    """What a box has received.

    of: identifies this note; it changes with the session. done: the number of the last text that
    was taken. text, why: this text, if it was refused, and the reason. beside: the box's value at
    that time.
    """

    of: int
    done: int = 0
    text: str = ""
    why: Text = ""
    beside: Any = None


def register(box: NumberBox) -> TypedNumber:
    """From now on take what is typed into a box. Return what it has received so far.

    A refusal is dropped once the box holds another number.
    """
    boxes = state.NUMBER_BOXES.get()
    if boxes is None:
        state.NUMBER_BOXES.set({box.key: box})
    else:
        boxes[box.key] = box
    note = state.typed_number(box.key)
    # 48 bits, because a browser's numbers are exact only up to 2**53.
    before = note.get()
    now = TypedNumber(secrets.randbits(48)) if before is None else typed(box)
    if now != before:
        note.set(now)
    return now


def typed(box: NumberBox) -> TypedNumber:
    """What a box has received; without a refusal once it holds another number."""
    found: TypedNumber = state.typed_number(box.key).get() or TypedNumber(0)
    stands = bool(found.why) and box.value.get() == found.beside
    return found if stands else found._replace(text="", why="")


def empty_box(value: state.Value[Any]) -> None:
    """Empty the box of this value, and remove a refused text from it."""
    _forget_refusal(f"number_{value.key}")
    value.set(None)


def unregister(key: str) -> None:
    """Take nothing more from the box with this key, and drop its refusal."""
    (state.NUMBER_BOXES.get() or {}).pop(key, None)
    _forget_refusal(key)


def _forget_refusal(key: str) -> None:
    note = state.typed_number(key).get()
    if note is not None:
        state.typed_number(key).set(note._replace(text="", why=""))


def take_typed() -> None:
    """Take every new text of the page's boxes. Call on_change of each box that has a new number."""
    for box in [*(state.NUMBER_BOXES.get() or {}).values()]:
        note = state.typed_number(box.key).get()
        if note is not None and (sent := _sent(box, note)) is not None:
            _take(box, sent)


def _sent(box: NumberBox, note: TypedNumber) -> TypedNumber | None:
    """The note with the last text of a box; None if the text is nonsense or was taken before."""
    sent = state.sent_state(box.key, "typed")
    if not isinstance(sent, dict) or sent.get("of") != note.of:
        return None
    number, text = sent.get("n"), sent.get("text")
    if not isinstance(number, int) or isinstance(number, bool) or not isinstance(text, str):
        return None
    if not note.done < number <= LARGEST:
        return None
    return note._replace(done=number, text=text.strip()[:LONGEST], why="")


def _take(box: NumberBox, sent: TypedNumber) -> None:
    """Take a new text. An emptied box holds no number or, if it may not be empty, its old one."""
    before = box.value.get()
    why: Text = ""
    value = None if box.may_be_empty else before
    if sent.text:
        try:
            value = box.setting.parse_typed(Sentence(box.setting.label), sent.text, language())
        except Refusal as refusal:
            why = _refusal(box, refusal, before)
    if value != before:
        box.value.set(value)
    state.typed_number(box.key).set(sent._replace(why=why, beside=value))
    if value != before and box.on_change is not None:
        box.on_change()


def _refusal(box: NumberBox, refusal: Refusal, kept: Any) -> Text:
    """Why a text was refused, and what to do, or which number the page uses instead."""
    if box.may_be_empty:
        return sentence("{refusal} Type another number.", refusal=refusal.sentence)
    return replaced_value(refusal, box.setting, kept)
