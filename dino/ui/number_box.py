"""Our own number box: it reads commas and points, and says a refusal beside itself.

It shows the number that the page uses. Only a box that may be empty keeps a refused text, marked as
refused; the box then holds no number.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from dino.locale.sentences import MINUS, Language, mark
from dino.ui.component import component
from dino.ui.language import language, put
from dino.ui.text import show_text
from dino.ui.typed_numbers import NumberBox, TypedNumber, register, typed, unregister
from dino.ui.widgets import run_to_end


def draw_number(
    box: NumberBox,
    label: str = "",
    *,
    help: str = "",
    step: float = 1,
    disabled: bool = False,
    shows: bool = True,
    says: bool = True,
    width: int | None = None,
) -> Any:
    """Draw a box. Return its number; None if it is empty.

    label: by default the setting's. shows: whether the label is seen; else it is only read aloud.
    says: whether the box shows its refusal below itself; else the page calls `draw_refusals` below
    the row. step: what an arrow key adds. width: in pixels.
    """
    value = box.value.get()
    if disabled:
        unregister(box.key)
    note = typed(box) if disabled else register(box)
    data = {
        **_number_data(box, note, value),
        "label": label or put(box.setting.label),
        "shows": shows,
        "help": help,
        "step": step,
        "disabled": disabled,
        "says": says,
        "words": _words(language()),
    }
    # A list, because Streamlit imports pandas to look for tables in a dictionary.
    component("number_box")(
        key=box.key, data=[data], on_typed_change=_take, width="stretch" if width is None else width
    )
    return value


@cache
def _words(language: Language) -> list[str]:
    return [*map(language.put, (mark("Decrease"), mark("Increase"), mark("Explanation")))]


def _number_data(box: NumberBox, note: TypedNumber, value: Any) -> dict[str, Any]:
    """What a box shows and takes, without its label."""
    setting, is_refused = box.setting, bool(note.why) and value is None
    return {
        "of": note.of,
        "done": note.done,
        "text": note.text if is_refused else number_text(box, value),
        "value": value,
        "invalid": is_refused,
        "refusal": put(note.why),
        "rule": put(setting.rule()),
        "low": setting.low,
        "high": setting.high,
        "whole": setting.kind is int,
        "mark": language().separators[0],
    }


def number_text(box: NumberBox, value: Any) -> str:
    """A number as its box shows it, in the page's language; '' for None."""
    if value is None:
        return ""
    number = int(value) if box.setting.kind is int and value == int(value) else value
    text = box.setting.text(number) if number else "0"  # 0 as a digit, not as a word
    return language().number(text).replace("-", MINUS)


def draw_refusals(*boxes: NumberBox) -> None:
    """Say below a row of boxes why their last texts were refused."""
    for box in boxes:
        if why := typed(box).why:
            show_text(put(why))


@run_to_end
def _take() -> None:
    """Callback of all boxes. It does nothing, because `run_to_end` first takes what was typed."""
