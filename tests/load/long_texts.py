"""Texts that take long to read where a reader takes more than linear time for them.

A stranger needs a single small message for each: while it is read, Python's lock is held and nobody
is answered.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from streamlit.proto.WidgetStates_pb2 import WidgetState

from .attacks import Attacker, send_file
from .browser_tab import OWN_LIST, Tab

NUMBER = "1" * 20_000 + "x"  # for a box that takes a number
TABLE = b'"a",\n' + b'"' * 320 + b"a"  # a .csv
HEADER = b'\\"' * 128_000  # of a saved run
WAIT = 60.0  # seconds for an answer


async def long_numbers(attacker: Attacker) -> None:
    """A number of 20,000 digits and a letter, in a box of the Lab."""
    tab = await attacker.tab()
    await tab.until(lambda: tab.whole, 10)
    await _counted(attacker, tab, "long number", lambda: _set(tab, "hidden_size", NUMBER))


async def quoted_tables(attacker: Attacker) -> None:
    """A table of quotation marks, uploaded as a list of names."""
    tab = await attacker.tab("", "data")
    await tab.set("data_list", OWN_LIST)
    await tab.until(lambda: tab.has("own_how"), 10)
    await tab.set("own_how", ["Upload"])
    await _counted(attacker, tab, "table", lambda: _upload(tab, "own_file_0", "a.csv", TABLE))


async def long_headers(attacker: Attacker, header: bytes = HEADER) -> None:
    """A saved run with a header of quotation marks, in the box that opens one."""
    tab = await attacker.tab("run_file=none")  # so the box is open
    data = len(header).to_bytes(8, "little") + header + bytes(64)
    await _counted(
        attacker, tab, "header", lambda: _upload(tab, "run_file_0", "a.safetensors", data)
    )


async def long_addresses(attacker: Attacker) -> None:
    """An address whose settings are long texts."""
    query = f"hidden_size={NUMBER[:7000]}&learning_rate=0.{'0' * 3000}1&prefix={'a' * 3000}"
    tab = await attacker.tab(query)
    await _counted(attacker, tab, "address", tab.ask)


async def _counted(
    attacker: Attacker, tab: Tab, name: str, act: Callable[[], Awaitable[object]]
) -> None:
    try:
        await act()
        attacker.outcomes[f"{name}: answered"] += 1
    finally:
        attacker.note(tab)
        await tab.close()


async def _set(tab: Tab, key: str, text: str) -> None:
    await tab.set(key, text, wait=WAIT)


async def _upload(tab: Tab, key: str, name: str, data: bytes) -> None:
    """A file into a box for one."""
    await tab.until(lambda: tab.shows(key), 10)
    box, sent = tab.find(key), await send_file(tab, name, data)
    state = WidgetState(id=box.id)
    info = state.file_uploader_state_value.uploaded_file_info.add()
    info.file_id, info.name, info.size = sent.file_id, name, len(data)
    info.file_urls.CopyFrom(sent.urls)
    await tab.ask(box.fragment, [state], wait=WAIT)
