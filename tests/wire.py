"""What a page loads over the wire, by its parts, and when its Train button takes clicks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

STREAM = "events of the run"  # longer the longer one trains
# Which part of a page an address belongs to: the first whose mark is in it.
MARKS = {
    STREAM: "/dino/events",
    "plotly.js": "plotly-",
    "of our own": "/dino/",
    "Streamlit's scripts": "/static/js/",
    "styles": "/static/css/",
    "fonts": "/static/media/",
    "the page and the rest": "",
}
# True once the main button has its word and takes clicks.
TAKES_CLICKS = """() => [...document.querySelectorAll("button:enabled")].some(
    button => button.innerText.trim().endsWith("Train"))"""
# In each frame from the page's beginning on, and when it began to be true.
NOTE = f"""(() => {{
    const takesClicks = {TAKES_CLICKS};
    const look = () => {{
        if (takesClicks()) window.trainTook = performance.timeOrigin + performance.now();
        else requestAnimationFrame(look);
    }};
    requestAnimationFrame(look);
}})()"""


@dataclass
class Loaded:
    """One request: its address, when it was sent (seconds since 1970), its bytes so far."""

    address: str
    sent: float
    bytes: int = 0


class Wire:
    """Everything that a page requests from now on. Begin before it opens an address."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._found: dict[str, Loaded] = {}
        self._socket: list[tuple[float, int]] = []
        self._ahead = 0.0  # seconds from the browser's own clock to the one of all
        page.add_init_script(NOTE)
        listening = page.context.new_cdp_session(page)
        listening.send("Network.enable")
        listening.on("Network.requestWillBeSent", self._send)
        listening.on("Network.dataReceived", self._receive)
        listening.on("Network.loadingFinished", self._finish)
        listening.on("Network.webSocketFrameReceived", self._hear)

    def _send(self, event: Any) -> None:
        self._ahead = event["wallTime"] - event["timestamp"]
        if event["request"]["url"].startswith("http"):
            self._found[event["requestId"]] = Loaded(event["request"]["url"], event["wallTime"])

    def _receive(self, event: Any) -> None:
        if event["requestId"] in self._found:
            self._found[event["requestId"]].bytes += event["encodedDataLength"]

    def _finish(self, event: Any) -> None:
        if event["requestId"] in self._found:
            self._found[event["requestId"]].bytes = event["encodedDataLength"]

    def _hear(self, event: Any) -> None:
        text = event["response"]["payloadData"]
        binary = event["response"]["opcode"] == 2  # then it is told in base64
        size = len(text) * 3 // 4 if binary else len(text.encode())
        self._socket.append((event["timestamp"] + self._ahead, size))

    def took_clicks(self) -> float:
        """When Train took clicks, in seconds since 1970; waits until it does."""
        took = self._page.wait_for_function("() => window.trainTook").json_value()
        return float(took) / 1000

    def requests(self, until: float = float("inf")) -> list[Loaded]:
        """The requests that were sent before a time: what was on its way then counts in full."""
        return [it for it in self._found.values() if it.sent < until]

    def parts(self, until: float = float("inf")) -> dict[str, int]:
        """The bytes of each part of what was requested before a time."""
        parts = dict.fromkeys(MARKS, 0)
        for it in self.requests(until):
            parts[next(part for part, mark in MARKS.items() if mark in it.address)] += it.bytes
        return parts

    def files(self, until: float = float("inf")) -> int:
        """The bytes of all files that were requested before a time."""
        return sum(size for part, size in self.parts(until).items() if part != STREAM)

    def socket(self, until: float = float("inf")) -> int:
        """The bytes of the messages of Streamlit's server up to a time."""
        return sum(size for at, size in self._socket if at < until)
