"""Texts that take long to read where a reader takes more than linear time for them.

A stranger needs a single small message for each: while it is read, Python's lock is held and nobody
is answered.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from streamlit.proto.WidgetStates_pb2 import WidgetState

from .attacks import Attacker, send_file
from .browser_tab import OWN_LIST, Tab

NUMBER = "1" * 20_000 + "x"  # for a box that takes a number
TABLE = b'"a",\n' + b'"' * 320 + b"a"  # a .csv
HEADER = b'\\"' * 128_000  # of a saved run
WAIT = 60.0  # seconds for an answer


async def long_texts(attacker: Attacker, count: int) -> None:
    """Each of them, some times."""
    for name, send in KINDS.items():
        await attacker.each(name, count, 2, lambda _, send=send: _sent(attacker, send))


async def _sent(attacker: Attacker, send: Send) -> str:
    tab = await attacker.tab(*send.opens)
    try:
        await send.act(tab)
        return "no answer" if tab.closed else "answered"
    finally:
        attacker.note(tab)
        await tab.close()


async def _number(tab: Tab) -> None:
    """A number of 20,000 digits and a letter, in a box of the Lab."""
    await tab.until(lambda: tab.whole, 10)
    await tab.set("hidden_size", NUMBER, wait=WAIT)


async def _table(tab: Tab) -> None:
    """A table of quotation marks, as a list of names."""
    await tab.set("data_list", OWN_LIST)
    await tab.until(lambda: tab.has("own_how"), 10)
    await tab.set("own_how", ["Upload"])
    await _upload(tab, "own_file_0", "a.csv", TABLE)


async def _header(tab: Tab) -> None:
    """A saved run with a header of quotation marks, in the box that opens one."""
    await tab.unfold("open_box")
    data = len(HEADER).to_bytes(8, "little") + HEADER + bytes(64)
    await _upload(tab, "run_file_0", "a.safetensors", data)


async def _address(tab: Tab) -> None:
    """Nothing but the address, which has it all."""
    await tab.ask(wait=WAIT)


async def _upload(tab: Tab, key: str, name: str, data: bytes) -> None:
    """A file into a box for one."""
    await tab.until(lambda: tab.shows(key), 10)
    box, sent = tab.find(key), await send_file(tab, name, data)
    state = WidgetState(id=box.id)
    info = state.file_uploader_state_value.uploaded_file_info.add()
    info.file_id, info.name, info.size = sent.file_id, name, len(data)
    info.file_urls.CopyFrom(sent.urls)
    await tab.ask(box.fragment, [state], wait=WAIT)


class Send(NamedTuple):
    """A text that is sent: the tab that it needs (address, page), and how."""

    opens: tuple[str, ...]
    act: Callable[[Tab], Awaitable[None]]


ADDRESS = f"hidden_size={NUMBER[:7000]}&learning_rate=0.{'0' * 3000}1&prefix={'a' * 3000}"
KINDS = {
    "number of 20,001 letters": Send(("",), _number),
    "table of quotation marks": Send(("", "data"), _table),
    "header of quotation marks": Send(("",), _header),
    "address of 13,000 letters": Send((ADDRESS,), _address),
}
