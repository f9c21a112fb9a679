"""Numbers that visitors type: what came from a page's boxes, read, and refused in a sentence.

A box sends each text with a number of its own (`number_box.js`). Streamlit calls the callbacks of
buttons before those of components, so every callback first takes what was typed: `run_to_end`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, NamedTuple

from dino.locale.sentences import Refusal, Sentence, Text, sentence
from dino.setting import Setting, replaced_value
from dino.ui import state
from dino.ui.language import language

LONGEST = 60  # letters of what came that are kept; those of a number are fewer
LARGEST = 2**53  # a browser counts no further


class NumberBox(NamedTuple):
    """A box that the page has: what is typed there goes to `value`, if `setting` takes it.

    may_be_empty: whether it may hold no number. A refused one then leaves none; else the number
    before it stays. on_change: called after a new number was taken
    """

    value: state.Value[Any]
    setting: Setting
    may_be_empty: bool = False
    on_change: Callable[[], None] | None = None

    @property
    def key(self) -> str:
        """Of its component."""
        return f"number_{self.value.key}"


class TypedNumber(NamedTuple):
    """What came from a box. of: names this note, which begins again where the session does; done:
    the number of the last text that was taken; text, why: that one where it was refused, and why;
    beside: what the box held then
    """

    of: int
    done: int = 0
    text: str = ""
    why: Text = ""
    beside: Any = None


def register(box: NumberBox) -> TypedNumber:
    """Take from now on what is typed into a box; return what is known of it. A refusal is forgotten
    once the box holds another number.
    """
    state.NUMBER_BOXES.set({**state.NUMBER_BOXES.get(), box.key: box})
    note = state.typed_number(box.key)
    note.set(TypedNumber(secrets.randbits(48)) if note.get() is None else typed(box))
    return note.get()


def typed(box: NumberBox) -> TypedNumber:
    """What came from a box; without a refusal once it holds another number."""
    found: TypedNumber = state.typed_number(box.key).get() or TypedNumber(0)
    stands = bool(found.why) and box.value.get() == found.beside
    return found if stands else found._replace(text="", why="")


def empty_box(value: state.Value[Any]) -> None:
    """Empty the box of this value, also of a text that was refused."""
    _forget_refusal(f"number_{value.key}")
    value.set(None)


def unregister(key: str) -> None:
    """Take nothing more that is typed into the box of this key, and forget what was refused."""
    boxes = state.NUMBER_BOXES.get()
    state.NUMBER_BOXES.set({name: box for name, box in boxes.items() if name != key})
    _forget_refusal(key)


def _forget_refusal(key: str) -> None:
    note = state.typed_number(key).get()
    if note is not None:
        state.typed_number(key).set(note._replace(text="", why=""))


def take_typed() -> None:
    """Take what was typed into the page's boxes and not taken before, with the callbacks of those
    that have a new number.
    """
    for box in state.NUMBER_BOXES.get().values():
        note = state.typed_number(box.key).get()
        if note is not None and (sent := _sent(box, note)) is not None:
            _take(box, sent)


def _sent(box: NumberBox, note: TypedNumber) -> TypedNumber | None:
    """The note with what a box sent last; None where that is nonsense, or was taken before."""
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
    """Take a new text. A box that is emptied has no number then, or again the one before."""
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
    """Why a text was refused, and what is to be done, or the number that the page uses instead."""
    if box.may_be_empty:
        return sentence("{refusal} Type another number.", refusal=refusal.sentence)
    return replaced_value(refusal, box.setting, kept)
