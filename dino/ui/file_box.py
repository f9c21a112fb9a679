"""A box for a visitor's file: Streamlit's where it works, else our own that sends in pieces.

Streamlit's box needs the browser's cookie. A browser that shows the app in another site's frame
does not send it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import streamlit as st

from dino.locale.sentences import comma_list
from dino.ui import state, workarounds
from dino.ui.component import component
from dino.ui.language import put, say, say_part
from dino.ui.widgets import run_to_end


class File(Protocol):
    """A file that a visitor has brought."""

    @property
    def file_id(self) -> str:
        """What identifies it in this visit."""

    @property
    def name(self) -> str:
        """Its name, without its folder."""

    @property
    def size(self) -> int:
        """Its bytes."""

    def getvalue(self) -> bytes:
        """What it holds."""


def draw_file_box(
    label: str, key: str, takes: workarounds.Takes, on_change: Callable[[str], None] | None = None
) -> File | None:
    """Draw a box. Return its file; None if it is empty.

    on_change(key): called when a file has come or was removed.
    """
    if workarounds.sends_cookie():
        return st.file_uploader(
            label,
            type=[kind.removeprefix(".") for kind in takes.kinds] or None,
            key=key,
            max_upload_size=_megabytes(takes),
            on_change=on_change or "rerun",
            args=(key,) if on_change else None,
        )
    _draw_own(label, key, takes, on_change)
    return workarounds.sent_file(key)


def _megabytes(takes: workarounds.Takes) -> int:
    """What a box takes, rounded up. Streamlit counts in MiB, so its box takes a little more."""
    return -(-takes.most // 1_000_000)


def file_in(key: str) -> File | None:
    """The file in a box; None if it is empty, or its file was removed because uploads have
    bounds.
    """
    found: Any = workarounds.sent_file(key) or state.get_all({key: None})[key]
    return found if hasattr(found, "getvalue") else None


def _draw_own(
    label: str, key: str, takes: workarounds.Takes, on_change: Callable[[str], None] | None
) -> None:
    answer, file = workarounds.transfer_answer(key), workarounds.sent_file(key)
    limits = say("at most {size:,} MB", size=_megabytes(takes))
    data = {
        **answer._asdict(),
        "why": put(answer.why),
        "label": label,
        "limits": f"{limits} • {put(comma_list(takes.kinds))}" if takes.kinds else limits,
        "kinds": takes.kinds,
        "piece": workarounds.PIECE,
        "file": file and {"name": file.name, "text": say("{size:,} bytes", size=file.size)},
        "words": say_part("components", "file_box"),
    }
    component("file_box")(
        key=f"{key}_pieces", data=[data], on_sent_change=_take(key, takes, on_change)
    )


def _take(
    key: str, takes: workarounds.Takes, on_change: Callable[[str], None] | None
) -> Callable[[], None]:
    """The callback for a message of our box."""

    @run_to_end
    def take() -> None:
        workarounds.take_piece(key, state.sent_value(f"{key}_pieces", "sent"), takes)
        if on_change is not None and workarounds.sent_file(key):
            on_change(key)

    return take
