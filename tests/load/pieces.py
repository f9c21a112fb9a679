"""Files that a hostile visitor sends in pieces over the websocket, as a browser without cookies."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
from functools import partial
from typing import Any, NamedTuple

from .attacks import MEGABYTE, Attacker
from .browser_tab import HERE, OWN_LIST, Tab
from .page import PATIENCE
from .run_buttons import trigger_state
from .visitors import leave
from .widgets import Widget

NO_SECRET = {"other": "cookie"}  # of another site: the app then knows the browser by its key
WHO, BOX, SENT, UPLOAD = "address_page", "_pieces", "sent", ["Upload"]
PIECE, SIZE = 180_000, 500_000  # bytes of an honest piece and of an honest list
ODD_NAME = "../../<img src=x onerror=alert(1)>.txt"
KEPT, REFUSED, GOING, IGNORED = "kept whole", "refused in a sentence", "begun", "ignored"
ENDS = {"A file that", "This file", "The name of", "Many other"}  # how the sentences begin
Message = dict[str, Any]


class Play(NamedTuple):
    """Messages of one tab, and how they may end."""

    name: str
    messages: list[Message]
    ends: tuple[str, ...]


def piece(data: bytes | str, at: int = 0, size: int = SIZE, **other: Any) -> Message:
    """A message as the component sends it; a text is sent as it is."""
    text = data if isinstance(data, str) else base64.b64encode(data).decode()
    return {"id": "a", "name": "x.txt", "size": size, "at": at, "data": text, **other}


def whole(size: int = SIZE, **other: Any) -> list[Message]:
    """All messages of a file."""
    data = (b"name\n" * (size // 5 + 1))[:size]
    parts = [piece(data[at : at + PIECE], at, size, **other) for at in range(0, size, PIECE)]
    return [piece("", size=size, **other), *parts]


def plays() -> list[Play]:
    """What one tab can try."""
    begun = piece("")
    deep: Any = []
    for _ in range(200):
        deep = [deep]
    return [
        Play("2 GB announced", [piece("", size=2_000_000_000)], (REFUSED,)),
        Play("a piece that is too large", [begun, piece(bytes(400_000))], (REFUSED, GOING)),
        Play("a file that is larger than it said", [begun, *whole(2 * SIZE)[1:]], (REFUSED,)),
        Play("pieces out of order", [begun, piece(bytes(PIECE), PIECE)], (REFUSED,)),
        Play("a piece of nothing", [piece(bytes(9), 9, id="b")], (REFUSED,)),
        Play("wrong base64", [begun, piece("%%%=")], (REFUSED,)),
        Play("other types", [begun, piece("", at=True), piece("", size=-1, id="c")], (REFUSED,)),
        Play("deep nonsense", [{"id": deep, "size": deep}], (REFUSED, IGNORED)),
        Play("repeated pieces", [it for it in whole() for _ in range(3)], (KEPT,)),
        Play("a name with a path and HTML", whole(name=ODD_NAME), (KEPT,)),
        Play("another kind of file", [piece("", name=ODD_NAME + ".exe")], (REFUSED,)),
        Play(
            "stopped, then continued", [begun, {"id": "a", "stops": True}, *whole()[1:]], (REFUSED,)
        ),
    ]


class Box:
    """A tab with the page Data, in a browser without cookies, and its box for a file."""

    def __init__(self, attacker: Attacker) -> None:
        self.tab = Tab(attacker.site.port, "", NO_SECRET, attacker.site.base)

    async def open(self) -> None:
        """Say who it is, and open the box. TimeoutError, KeyError."""
        tab = self.tab
        await tab.open("data", wait=PATIENCE)
        if await tab.until(lambda: tab.shows(WHO), 10):
            who = tab.find(WHO)
            told = {"key": secrets.token_urlsafe(32), "query": "", "forgets": False, "at": 1}
            await tab.ask(who.fragment, [trigger_state(who.id, HERE, told)])
        for key, value in (("data_list", OWN_LIST), ("own_how", UPLOAD)):
            if not await tab.until(partial(tab.has, key), PATIENCE):
                raise TimeoutError(f"no {key}")
            await tab.set(key, value)
        if not await tab.until(lambda: self.found() is not None, PATIENCE):
            raise TimeoutError("no box")

    def found(self) -> Widget | None:
        """The box as it is drawn now."""
        boxes = [it for it in self.tab.widgets() if it.id.endswith(BOX)]
        return boxes[0] if boxes else None

    def data(self) -> dict[str, Any]:
        """What the app says of it."""
        box = self.found()
        if box is None:
            return {}
        return dict(json.loads(box.element.json or box.element.mixed.json)[0])

    async def send(self, message: Message, *, waits: bool = True) -> None:
        """A message of the box. waits: for its answer."""
        box = self.found()
        if box is None:
            raise KeyError("no box")
        state = trigger_state(box.id, SENT, message)
        await (self.tab.ask if waits else self.tab.send)(box.fragment, [state])

    def end(self) -> str:
        """What has come of the messages, in words."""
        said = self.data()
        if said.get("why"):
            is_ours = any(said["why"].startswith(first) for first in ENDS)
            return REFUSED if is_ours else f"WRONG: {said['why'][:60]}"
        if said.get("file"):
            return KEPT
        return GOING if said.get("id") else IGNORED


async def pieces(attacker: Attacker, tabs: int, begun: int) -> None:
    """Each play in a tab of its own; then tabs that all begin files and never end them, one with a
    new file in every message.
    """
    every = plays()

    async def one(number: int) -> str:
        play, box = every[number], Box(attacker)
        try:
            await box.open()
            for message in play.messages:
                await box.send(message)
            end = box.end()
            return f"{play.name}: {end if end in play.ends else f'WRONG: {end}'}"
        finally:
            attacker.note(box.tab)
            await box.tab.close()

    await attacker.each("pieces", len(every), 3, one)
    await _never_end(attacker, tabs, begun)


async def _never_end(attacker: Attacker, tabs: int, begun: int) -> None:
    boxes = [Box(attacker) for _ in range(tabs)]

    async def one(number: int) -> str:
        box = boxes[number]
        await box.open()
        await box.send(piece("", size=MEGABYTE))
        await box.send(piece(bytes(PIECE), size=MEGABYTE))
        if number:
            return f"never ended: {box.end()}"
        for count in range(begun):
            await box.send(piece("", id=f"n{count}"), waits=False)
            if count % 50 == 0:
                await asyncio.sleep(0.05)
        await box.send(piece("", id="last"))
        return f"{begun} files begun in one tab: {box.end()}"

    try:
        await attacker.each("pieces", tabs, 4, one)
        if tabs > 1 and boxes[1].tab.draws:  # the transfer of another session
            await boxes[0].send(piece(bytes(PIECE), PIECE, MEGABYTE))
            attacker.outcomes[f"pieces: of another session: {boxes[0].end()}"] += 1
    finally:
        for box in boxes:
            attacker.note(box.tab)
        await leave([box.tab for box in boxes])
