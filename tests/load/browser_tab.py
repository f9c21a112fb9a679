"""What a browser does on our pages. All that the referee knows of how the app talks is here.

The Lab draws in two runs: the first has the buttons and a component `early`, whose browser half
then asks for the rest. The live part is one component, `live` on the Lab and `pulse` elsewhere;
its data is a list with one dictionary:

    key     of its event stream        stream  false: this server has no routes, poll
    pace    seconds between two polls  drawn   the state that the page has drawn
    frame   of this moment, if any

The stream's events have the fields of a frame, a `state`, and on other pages a `turn`.
"""

from __future__ import annotations

import asyncio
import json
import time
import urllib.parse
from contextlib import aclosing
from typing import Any, NamedTuple

from .clicks import Took
from .events import Event, NotAStream, Stream, connect
from .page import Page
from .web import cookie_header
from .widgets import WidgetState

EVENTS = "/dino/events"
ROUTES = ("/dino/events", "/dino/health", "/dino/here", "/dino/plotly-x.js")
KEY_HEADER = "X-Dino-Key"
EARLY, LIVE = "early", ("live", "pulse")
HERE, CHANGED, TURN, POLL = "here", "changed", "turn", "poll"  # a component's trigger events
DRAWN, FULL = ("hidden_size", "write"), "full"  # widgets of a whole Lab; a word of one without room
AT_WORK = ("running", "done", "paused")
END = "end"  # an event of this name: the browser is not to come back
BACK_AFTER = 1.0  # seconds after which a browser comes back to a stream that ended
STREAM_WAIT = 2.0  # seconds until a page that hears no stream polls
MOST = 100_000  # frames that a tab remembers, and polls or returns that it makes


class Frame(NamedTuple):
    """What a run looked like at some moment."""

    at: float
    step: int
    names_seen: int
    phase: str
    engine: str
    line: int | None


class Tab(Page):
    """A tab with our app: opens, looks, clicks, and does what the page's components do."""

    def __init__(self, port: int, query: str = "", cookies: dict[str, str] | None = None,
                 base: str = "") -> None:
        super().__init__(port, query, cookies, base)
        self.frames: list[Frame] = []
        self.visits: list[tuple[float, str]] = []  # when it went where
        self.live: dict[str, Any] = {}  # the live component's newest data
        self.heard = ""  # "stream" or "poll": how frames come
        self.events = self.polls = 0
        self.hidden = False
        self.no_stream = ""  # why there was none
        self._component = ("", "")  # the live component's id and fragment
        self._key: Any = None  # of the stream that is open
        self._sent = ""  # the state that was answered last
        self._turn: Any = None
        self._last_event = ""
        self._asked_for_rest = False
        self._stream: Stream | None = None

    # ---- coming and going

    async def open(self, page: str = "", session_id: str = "", wait: float = 60.0) -> Took:
        """Open a page; the Lab if none is named. It is whole when `whole` says so."""
        self.visits.append((time.perf_counter(), page))
        return await super().open(page, session_id, wait)

    async def go(self, page: str, wait: float = 60.0) -> Took:
        """To another page of the app."""
        self.visits.append((time.perf_counter(), page))
        self._asked_for_rest = False
        return await super().go(page, wait)

    def drop(self) -> None:
        """As a machine that is switched off: neither socket nor stream says farewell."""
        super().drop()
        self._hang_up(abruptly=True)

    async def close(self) -> None:
        """As a tab that is closed."""
        self._hang_up()
        await super().close()

    def hide(self, hidden: bool = True) -> None:
        """Another tab is in front of it: no stream, but its socket stays. Or it is back."""
        self.hidden = hidden
        if hidden:
            self.stop("live")
            self._hang_up()
        else:
            self._listen()

    # ---- what there is to see

    @property
    def whole(self) -> bool:
        """Whether the Lab is all there, or says that there is no room, and rests."""
        shown = all(map(self.shows, DRAWN))
        return self.idle and (shown or self.says(FULL) or self.line is not None)

    @property
    def frame(self) -> Frame | None:
        """The newest frame."""
        return self.frames[-1] if self.frames else None

    @property
    def line(self) -> int | None:
        """How many are before it, if it waits for a place."""
        return self.frame.line if self.frame else None

    @property
    def phase(self) -> str:
        """Where its run is."""
        return self.frame.phase if self.frame else ""

    @property
    def token(self) -> str:
        """The run in the address."""
        return dict(urllib.parse.parse_qsl(self.query.lstrip("?"))).get("run", "")

    def trains(self, after: float = 0.0, engine: str = "") -> bool:
        """Whether a frame since `after` shows a run with steps, on this engine if one is named."""
        for frame in reversed(self.frames):
            if frame.at < after:
                return False
            if frame.step > 0 and frame.phase in AT_WORK and engine in ("", frame.engine):
                return True
        return False

    # ---- what its components do

    def drawn(self, element: Any, fragment: str) -> None:
        """The live component's data came."""
        if element.WhichOneof("type") != "bidi_component":
            return
        component = element.bidi_component
        if not component.id.endswith(tuple(f"-{key}" for key in LIVE)):
            return
        try:
            data = json.loads(component.json or component.mixed.json or "[{}]")[0]
        except (ValueError, LookupError, TypeError) as error:
            self.errors.append(f"data of the live component: {error}")
            return
        self._component, self.live = (component.id, fragment), data
        if isinstance(data.get("frame"), dict) and self._stream is None:
            self._see(data["frame"])  # a stream's frames are newer
        if not self.hidden:
            self._listen()

    def settled(self) -> None:
        """A run of the script has finished: ask for the rest of the page; end what is gone."""
        if not any(map(self.shows, LIVE)):
            self.live, self._component, self._key = {}, ("", ""), None
            self.stop("live")
            self._hang_up()
        if self.shows(EARLY) and not self.shows(DRAWN[0]) and not self._asked_for_rest:
            self._asked_for_rest = True
            self.start("rest", self._rest())

    async def _rest(self) -> None:
        """As the component `early`: ask for the rest, and once more should nothing come."""
        early = self.find(EARLY)
        await self._trigger(early.id, early.fragment, HERE, 1)
        if not await self.until(lambda: self.shows(DRAWN[0]), 1.0):
            await self.send()

    async def _trigger(self, component: str, fragment: str, event: str, value: Any) -> None:
        await self.send(fragment, [trigger_state(component, event, value)])

    async def tell(self, event: str, value: Any) -> None:
        """Have the live component send something."""
        if self._component[0]:
            await self._trigger(*self._component, event, value)

    def _listen(self) -> None:
        """Follow the stream of the newest data, or poll."""
        key = (self.live.get("key"), bool(self.live.get("stream", True)))
        if self.live and (key != self._key or "live" not in self._tasks):
            self._hang_up()
            self._key, self._last_event = key, ""
            self.start("live", self._follow(*key) if key[1] else self._poll())

    async def _follow(self, key: Any, _: bool) -> None:
        for _ in range(MOST):
            headers = {KEY_HEADER: str(key), **cookie_header(self.cookies)}
            if self._last_event:
                headers["Last-Event-ID"] = self._last_event
            try:
                self._stream = await connect(
                    self.port, self.base + EVENTS, headers, STREAM_WAIT)
                self.heard = "stream"
                async with aclosing(self._stream.events()) as events:
                    async for event in events:
                        if event.name == END:
                            return
                        await self._hear(event)
            except NotAStream as error:
                self.no_stream = str(error)
                await self._poll()
                return
            except (OSError, EOFError, ValueError):
                pass  # it broke off
            self._hang_up()
            await asyncio.sleep(BACK_AFTER)

    async def _hear(self, event: Event) -> None:
        self._last_event = event.id or self._last_event
        try:
            said = json.loads(event.data)
        except ValueError as error:
            self.errors.append(f"an event: {error}")
            return
        self.events += 1
        if "turn" in said:
            if said["turn"] != self._turn:
                self._turn = said["turn"]
                await self.tell(TURN, self._turn)
        self._see(said)
        state = said.get("state")
        if state is not None and state not in (self.live.get("drawn"), self._sent):
            self._sent = state
            await self.tell(CHANGED, state)

    async def _poll(self) -> None:
        self.heard = "poll"
        for count in range(1, MOST):
            await asyncio.sleep(max(0.1, float(self.live.get("pace") or 2.0)))
            if not self.live or self.closed:
                return
            self.polls += 1
            await self.tell(POLL, count)

    def _see(self, fields: dict[str, Any]) -> None:
        if "step" in fields and len(self.frames) < MOST:
            self.frames.append(Frame(
                time.perf_counter(), int(fields["step"] or 0), int(fields.get("names_seen") or 0),
                str(fields.get("phase", "")), str(fields.get("engine", "")), fields.get("line")))

    def _hang_up(self, abruptly: bool = False) -> None:
        if self._stream is not None:
            self._stream.close(abruptly)
            self._stream = None


def trigger_state(component: str, event: str, value: Any) -> WidgetState:
    """A component's trigger, as Streamlit's front end sends it."""
    return WidgetState(id=f"$$STREAMLIT_INTERNAL_KEY_{component}__events",
                       json_trigger_value=json.dumps([{"event": event, "value": value}]))
