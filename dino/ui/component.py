"""Our own components: how their parts are handed to Streamlit, and which clicks are new.

A component numbers its clicks and repeats them until they are confirmed, so that each is carried
out once and in order. This is necessary because Streamlit sometimes drops a message, and repeats
one when runs of a page overlap. `clicks.js` is the browser's half: it sends all unconfirmed clicks
in one message. `own_code.py` says how their code comes to a browser.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeGuard

import streamlit as st

from dino.ui import own_code, state, workarounds

HERE = Path(__file__).parent
# What each component's JavaScript uses besides `latest.js`, which all of them use.
_SHARED = {
    "plot": ("stream", "keep", "pointer", "sonify", "chart"),
    "print": ("stream", "keep", "pointer", "sonify", "chart"),
    "live_network": ("stream",),
    "training": ("stream", "keep", "pointer", "sonify", "chart"),
    "run_buttons": ("stream", "clicks"),
    "run_line": ("stream", "clicks"),
    "runs": ("stream", "copy"),
    "share": ("copy",),
    "pulse": ("stream",),
    "address": ("storage", "browser_key", "host_page", "links"),
    "learn_store": ("storage",),
    "ways_in": ("clicks", "storage"),
}
MOST = 64  # entries of a message
MOST_TIMES = 10_000  # clicks of an entry
LARGEST = 2**53  # a browser counts no further without errors


def component_source(file: str, folder: Path = HERE) -> str:
    """Read a file of this folder, or of a page's folder."""
    return (folder / file).read_text(encoding="utf-8")


def draw_styles(file: Path) -> None:
    """Give the page the styles of a file."""
    st.html(_Styles(file))


class _Styles:
    """A file of styles, which Streamlit would read at each drawing."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def _repr_html_(self) -> str:
        return _styles(self._file)


@cache
def _styles(file: Path) -> str:
    return f"<style>{file.read_text(encoding='utf-8')}</style>"


def files_of(name: str, folder: Path, parts: tuple[str, ...]) -> list[Path]:
    """The files of a component's JavaScript, shared code first."""
    shared = (HERE / f"{part}.js" for part in ("latest", *_SHARED.get(name, ())))
    return [*shared, *(folder / f"{part}.js" for part in (*parts, name))]


@cache
def code(name: str, folder: Path = HERE, parts: tuple[str, ...] = ()) -> str:
    """The JavaScript of a component, with the shared code before it."""
    return "".join(file.read_text(encoding="utf-8") for file in files_of(name, folder, parts))


@cache
def component(
    name: str,
    html: str = "",
    folder: Path = HERE,
    *,
    css: str = "",
    parts: tuple[str, ...] = (),
    isolate_styles: bool = True,
) -> Callable[..., Any]:
    """Make the component that `name`.js of a folder draws.

    Its HTML is `html`, or else `name`.html if that file exists. Its styles are in `name`.css if
    that exists, and in `css`. parts: more JavaScript.

    Pass its data in a list, or encoded. In a dictionary, Streamlit would look for tables and import
    pandas.
    """
    own = {end: folder / f"{name}.{end}" for end in ("html", "css")}
    texts = {end: file.read_text(encoding="utf-8") for end, file in own.items() if file.exists()}

    @cache
    def registered(addresses: tuple[str, ...]) -> Any:
        """The component with its code at these addresses; if there are none, in the message."""
        names = [own_code.part_name(file) for file in files_of(name, folder, parts)]
        return st.components.v2.component(
            f"dino_{name}" if addresses else f"dino_{name}_whole",
            html=html or texts.get("html", ""),
            css=texts.get("css", "") + css,
            js=own_code.loader(name, names, addresses) if addresses else code(name, folder, parts),
            isolate_styles=isolate_styles,
        )

    def mount(**options: Any) -> Any:
        """Draw it. A browser that cannot load its code says so once."""
        addresses = workarounds.once_a_script("code", _addresses)
        options["data"] = workarounds.data_to_send(options.get("data"))
        return registered(addresses)(**options, on_whole_change=send_whole_code)

    return mount


def _addresses() -> tuple[str, ...]:
    return () if state.WHOLE_CODE.get() else own_code.addresses()


def send_whole_code() -> None:
    """From now on, send this session's code in the messages."""
    state.WHOLE_CODE.set(True)


class Click(NamedTuple):
    """`times` clicks on the same button; `number` is the number of the last one."""

    number: int
    action: str
    times: int = 1


def new_clicks(sent: Any, done: int) -> list[Click]:
    """The clicks of a message with numbers above `done`; none if the message is nonsense.

    sent: a list of {"n": the last click's number, "action": a word, "times": how many of it}
    """
    found: list[Click] = []
    for entry in sent[:MOST] if isinstance(sent, list) else ():
        click = _click(entry)
        if click is None or click.number <= done:
            continue
        found.append(click._replace(times=min(click.times, click.number - done)))
        done = click.number
    return found


def _click(entry: Any) -> Click | None:
    """Read a click; None if the entry is not one."""
    if not isinstance(entry, dict):
        return None
    number, action, times = entry.get("n"), entry.get("action"), entry.get("times", 1)
    if not _is_count(number, LARGEST) or not _is_count(times, MOST_TIMES):
        return None
    return Click(number, action, times) if isinstance(action, str) else None


def _is_count(value: Any, most: int) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= most
