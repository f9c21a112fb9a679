"""What a hostile visitor does. Each attack is bounded in count and time and returns its results.

An attacker's failures (refusals, closed sockets) are counted, but are not errors.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from streamlit.proto.BackMsg_pb2 import BackMsg

from . import nonsense
from .browser_tab import KEY_HEADER, OWN_LIST, ROUTES, Tab, trigger_state
from .page import PATIENCE
from .server import Site
from .visitors import leave, recipe, some_at_a_time
from .web import HOST, ask, cookie_header, new_cookies, request_bytes

MEGABYTE = 1_000_000
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE")
HEAVY = "cell=lstm&hidden_size=512&batch_size=512&max_steps=100000"


@dataclass
class Attacker:
    """Somebody with many tabs: one cookie for all of them, or a new one for each."""

    site: Site
    one_cookie: bool
    until: float  # when every attack is over
    outcomes: Counter[str] = field(default_factory=Counter)
    page_errors: Counter[str] = field(default_factory=Counter)
    _cookies: dict[str, str] = field(default_factory=dict)

    async def cookies(self) -> dict[str, str]:
        """The next tab's cookies."""
        if not self.one_cookie:
            return await new_cookies(self.site.port, self.site.base)
        self._cookies = self._cookies or await new_cookies(self.site.port, self.site.base)
        return self._cookies

    async def tab(self, query: str = "", page: str = "") -> Tab:
        """A new tab, open."""
        tab = Tab(self.site.port, query, await self.cookies(), self.site.base)
        try:
            await tab.open(page, wait=PATIENCE)
        except BaseException:
            tab.drop()
            raise
        return tab

    async def each(
        self, name: str, count: int, together: int, make: Callable[[int], Awaitable[str]]
    ) -> None:
        """Do something `count` times; count the outcomes."""
        for found in await some_at_a_time(
            [lambda number=number: make(number) for number in range(count)], together, self.until
        ):
            word = found if isinstance(found, str) else f"{type(found).__name__} {found}"[:70]
            self.outcomes[f"{name}: {word}"] += 1

    def note(self, tab: Tab) -> None:
        """Remember what errors its page showed."""
        self.page_errors.update(tab.errors)
        tab.errors.clear()


async def clear_caches(attacker: Attacker, seconds: float) -> None:
    """Have Streamlit empty its caches, every second."""
    tab = await attacker.tab()
    end = min(attacker.until, time.perf_counter() + seconds)
    while time.perf_counter() < end and not tab.closed:
        await tab.post(BackMsg(clear_cache=True))
        attacker.outcomes["clear_cache: sent"] += 1
        await asyncio.sleep(1.0)
    attacker.note(tab)
    await tab.close()


async def heavy_tabs(attacker: Attacker, count: int) -> None:
    """Tabs that train the largest network on the heaviest list; all stay until the end."""
    text, tabs = nonsense.heavy_list(), []

    async def one(_: int) -> str:
        tab = await attacker.tab(HEAVY, "data")
        tabs.append(tab)
        for step, key, value in (("chosen", "data_list", OWN_LIST), ("pasted", "own_text", text)):
            if not await tab.until(lambda k=key: tab.has(k), PATIENCE):
                return f"not {step}"
            await tab.set(key, value)
        for step, key in (("used", "own_use"), ("trained", "data_train")):
            if not await tab.until(lambda k=key: tab.has(k), PATIENCE):
                return f"not {step}"
            await tab.press(key)
        await tab.until(lambda: tab.frame is not None, 10)
        return tab.phase or "no frame"

    try:
        await attacker.each("heavy tab", count, 8, one)
        await asyncio.sleep(max(0.0, min(15.0, attacker.until - time.perf_counter())))
    finally:
        for tab in tabs:
            attacker.note(tab)
        await leave(tabs)


async def uploads(attacker: Attacker, count: int, size: int = MEGABYTE) -> None:
    """Files of 1 MB, as lists are, or larger ones, by plain HTTP to the addresses that the server
    gives for them.
    """
    tabs = [await attacker.tab("", "data") for _ in range(1 if attacker.one_cookie else 5)]
    body = b"name\n" * (size // 5)
    word = f"upload of {size // MEGABYTE} MB"

    async def one(number: int) -> str:
        return str((await send_file(tabs[number % len(tabs)], f"names-{number}.txt", body)).status)

    await attacker.each(word, count, 4, one)
    for tab in tabs:
        attacker.note(tab)
    await leave(tabs)


class Sent(NamedTuple):
    """A file that was sent: what the server calls it, its addresses, its answer."""

    file_id: str
    urls: Any
    status: int


async def send_file(tab: Tab, name: str, body: bytes) -> Sent:
    """A file to the address that the server gives for it."""
    request = secrets.token_hex(4)
    waiting = tab.uploads[request] = asyncio.get_running_loop().create_future()
    back = BackMsg()
    back.file_urls_request.request_id = request
    back.file_urls_request.file_names.append(name)
    back.file_urls_request.session_id = tab.session_id
    await tab.post(back)
    urls = (await asyncio.wait_for(waiting, 15))[0]
    return Sent(urls.file_id, urls, await _put(tab, name, urls.upload_url, body))


async def _put(tab: Tab, name: str, url: str, body: bytes) -> int:
    mark = secrets.token_hex(8)
    part = (
        (
            f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n'
            "Content-Type: text/plain\r\n\r\n"
        ).encode()
        + body
        + f"\r\n--{mark}--\r\n".encode()
    )
    headers = {
        **cookie_header(tab.cookies),
        "Content-Type": f"multipart/form-data; boundary={mark}",
        "X-Xsrftoken": tab.cookies.get("_streamlit_xsrf", ""),
    }
    path = url if url.startswith("/") else f"/{url}"
    return (await ask(tab.port, tab.base + path, "PUT", headers, part, wait=30)).status


async def idle_tabs(attacker: Attacker, count: int) -> None:
    """Tabs that are opened and left; then an ordinary visitor, who must still be served."""
    tabs: list[Tab] = []

    async def one(number: int) -> str:
        tabs.append(await attacker.tab(recipe(number, units=4)))
        return "opened"

    newcomer = Tab(attacker.site.port, recipe(77), base=attacker.site.base)
    try:
        await attacker.each("idle tab", count, 5, one)
        await newcomer.open()
        found = await newcomer.until(lambda: newcomer.has("play"), 15)
        if found:
            await newcomer.press("play")
            found = await newcomer.until(newcomer.trains, 15)
        attacker.outcomes[f"newcomer beside them: {'trains' if found else 'no place'}"] += 1
    except (OSError, TimeoutError, KeyError) as error:
        attacker.outcomes[f"newcomer beside them: {type(error).__name__}"] += 1
    finally:
        for tab in tabs:
            attacker.note(tab)
        await leave([*tabs, newcomer])


async def pastes(attacker: Attacker, count: int, size: int = 24 * MEGABYTE) -> None:
    """Texts of 24 MB into the box for an own list."""
    text = "abcdefghijk\n" * (size // 12)

    async def one(_: int) -> str:
        tab = await attacker.tab("", "data")
        try:
            await tab.set("data_list", OWN_LIST)
            if not await tab.until(lambda: tab.has("own_text"), 10):
                return "no box"
            await tab.set("own_text", text)
            return "answered"
        finally:
            attacker.note(tab)
            await tab.close()

    await attacker.each("paste", count, 2, one)


async def unread_streams(attacker: Attacker, count: int, seconds: float) -> None:
    """Requests to our own routes whose answers are never read, held open together."""
    rng, writers = random.Random(1), []
    tab = await attacker.tab(recipe(5))
    await tab.until(lambda: bool(tab.key), 10)
    keys = [tab.key, "", "x", "a" * 5000, "../..", "ключ"]
    headers = cookie_header(tab.cookies)

    async def one(number: int) -> str:
        real = number % 2 == 0  # half of them are valid streams with a valid key
        key = keys[0] if real else rng.choice(keys)
        method, path = ("GET", ROUTES[0]) if real else (rng.choice(METHODS), rng.choice(ROUTES))
        _, writer = await asyncio.open_connection(HOST, attacker.site.port, limit=1)
        writers.append(writer)
        last = rng.choice(("", "0", "-1", "nonsense", "9" * 4000, f"{tab.token}.1.999999.5"))
        writer.write(
            request_bytes(
                attacker.site.port,
                method,
                attacker.site.base + path,
                {**headers, "Accept": "text/event-stream", KEY_HEADER: key, "Last-Event-ID": last},
            )
        )
        await writer.drain()
        return "opened"

    try:
        await attacker.each("stream", count, 20, one)
        await asyncio.sleep(max(0.0, min(seconds, attacker.until - time.perf_counter())))
    finally:
        for writer in writers:
            writer.transport.abort()
        attacker.note(tab)
        await tab.close()


async def senseless(attacker: Attacker, count: int) -> None:
    """Nonsense in the address and in every widget of every page, some thirty values a tab."""
    rng = random.Random(2)

    async def one(number: int) -> str:
        query, fields = nonsense.address(rng)
        tab = await attacker.tab(query, ("", "data", "inside")[number % 3])
        try:
            await tab.until(lambda: tab.whole, 3)
            attacker.outcomes["nonsense values"] += fields
            await _spoil(attacker, tab, rng, 30)
            return "no answer" if tab.closed else "answered"
        finally:
            attacker.note(tab)
            await tab.close()

    await attacker.each("tab with nonsense", max(1, count // 45), 4, one)


async def _spoil(attacker: Attacker, tab: Tab, rng: random.Random, count: int) -> None:
    """Nonsense to `count` widgets, some at a time."""
    sent = 0
    while sent < count and not tab.closed and (widgets := tab.widgets()):
        chosen: list[Any] = rng.sample(widgets, min(3, len(widgets)))
        states = [nonsense.state(widget.id, rng) for widget in chosen]
        if type(chosen[0].element).__name__ == "BidiComponent":
            states[0] = trigger_state(
                chosen[0].id,
                rng.choice(("here", "changed", "turn", "poll")),
                rng.choice((None, [], {}, "x", 1e308, "y" * 10_000)),
            )
        sent += len(states)
        attacker.outcomes["nonsense values"] += len(states)
        await tab.ask(rng.choice((chosen[0].fragment, "")), states)
