"""What a browser does on our pages. Only this file knows the app's protocol.

The Lab draws in two runs: the first has the buttons and a component `early`, whose browser half
then asks for the rest. The live parts are components: `live` on the Lab, `pulse` on other pages,
and others whose keys end with it, as `writing_pulse` beside the names. Their data is a list with
one dictionary:

    key     of the page's one stream   stream  false: this server has no routes, poll
    pace    seconds between two polls  drawn   the state (of `live`) or turn that is drawn
    frame   of this moment, if any

`network_picture` draws the network as it writes. It follows the same stream, whose field `written`
is the newest name's writing, and polls nothing. A unit that is pointed at is asked for by the
trigger `unit`; the answer is in its data.

The stream's events have the fields of a frame and a `state`, or a `turn`. A state that is not drawn
yet is sent to the script once, the next one after its answer. While there is no stream, each part
polls, and tries the stream again at growing intervals.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any, NamedTuple

from .clicks import Took
from .events import Event, NotAStream, Stream, connect
from .page import PATIENCE
from .run_buttons import BUTTONS, LINE, PageWithButtons, present_link, run_of, trigger_state
from .web import ask, cookie_header

EVENTS, BESIDE = "/dino/events", "/dino/here"
ROUTES = (EVENTS, "/dino/health", BESIDE, "/dino/plotly-x.js")
KEY_HEADER = "X-Dino-Key"
EARLY, LIVE, RUNS, PULSE = (
    "early",
    "live",
    "runs",
    "pulse",
)  # keys of components; those of PULSE end so
NETWORK, UNIT = "network_picture", "unit"  # the key of a component; its trigger event
STORE = "learn_store"  # the key of the component that keeps what a learner has done
HERE, CHANGED, TURN, POLL = "here", "changed", "turn", "poll"  # a component's trigger events
DRAWN, FULL = ("hidden_size", "write"), "full"  # widgets of a complete Lab; a word on a full one
OWN_LIST = ["Your own"]  # the choice of data_list, as its label says it
AT_WORK = ("running", "done", "paused")
STREAM_WAIT = 2.0  # seconds until a page that hears no stream polls
BACK_AFTER, BACK_LATEST = 0.3, 30.0  # seconds until a browser tries the stream again
ANSWER, REMIND = 2.0, 0.7  # seconds that it waits for a redraw; after one, for a newer state
TELL = 0.2  # seconds until a state that was not drawn is sent
MOST = 100_000  # frames that a tab remembers


class Frame(NamedTuple):
    """The state of a run at some moment. content: equal where the server said the same twice."""

    at: float
    step: int
    names_seen: int
    phase: str
    engine: str
    line: int | None
    content: int


class Part:
    """A live component: the data it got, and what it has sent to the script. event: what it sends
    where the script has not drawn the newest state; empty for one that only listens.
    """

    def __init__(self, tab: Tab, event: str) -> None:
        self.tab, self.event = tab, event
        self.id = self.fragment = ""
        self.data: dict[str, Any] = {}
        self.draws = 0
        self._pending: Any = None  # the newest state or turn
        self._asked: Any = None
        self._answered, self._asked_at = True, 0.0

    def redrawn(self, component: str, fragment: str, data: dict[str, Any]) -> None:
        """The script drew it again."""
        self.id, self.fragment, self.data = component, fragment, data
        self.draws += 1
        self._asked, self._answered = None, True
        self.tab.start(f"remind {component}", self._remind())

    async def _remind(self) -> None:
        await asyncio.sleep(REMIND)
        if self._pending is not None:
            await self.tell(self._pending)

    async def tell(self, state: Any) -> None:
        """Send a state that is not drawn yet: once, after a short wait, as a redraw with it may
        be on its way; send the next one after the answer.
        """
        self._pending = state
        if self.event and state not in (self.data.get("drawn"), self._asked):
            self.tab.start(f"tell {self.id}", self._tell(state))

    async def _tell(self, state: Any) -> None:
        await asyncio.sleep(TELL)
        if state != self._pending or state in (self.data.get("drawn"), self._asked):
            return
        if not self._answered and time.perf_counter() - self._asked_at < ANSWER:
            return
        self._asked, self._answered, self._asked_at = state, False, time.perf_counter()
        await self.send(self.event, state)

    async def send(self, event: str, value: Any) -> None:
        """Send a trigger."""
        await self.tab.send(self.fragment, [trigger_state(self.id, event, value)])

    async def poll(self) -> None:
        """Poll repeatedly, each time a while after the answer."""
        count = 0
        while not self.tab.closed:
            count += 1
            pace, draws = max(0.1, float(self.data.get("pace") or 2.0)), self.draws
            await asyncio.sleep(pace)
            self.tab.polls += 1
            await self.send(POLL, count)
            await self.tab.until(lambda seen=draws: self.draws > seen, 4 * pace)


class Tab(PageWithButtons):
    """A tab with our app: opens, looks, clicks, and does what the page's components do."""

    def __init__(
        self, port: int, query: str = "", cookies: dict[str, str] | None = None, base: str = ""
    ) -> None:
        super().__init__(port, query, cookies, base)
        self.frames: list[Frame] = []
        self.visits: list[tuple[float, str]] = []  # when it went where
        self.parts: dict[str, Part] = {}  # the live components of the page, by key
        self.written: list[dict[str, Any]] = []  # the names that the network's picture wrote
        self.heard = self.no_stream = ""  # "stream" or "poll"; why there is no stream
        self.events = self.polls = 0
        self.hidden = False
        self._key = ""  # of the stream that it follows
        self._last_event = ""
        self._asked_for_rest = False
        self._watch_link = ""
        self._stream: Stream | None = None
        self._streamed = 0  # bytes of streams that have ended
        self.code_bytes = 0  # of components, which come over the socket each time they are drawn

    # ---- coming and going

    async def open(self, page: str = "", session_id: str = "", wait: float = 60.0) -> Took:
        """Open a page, by default the Lab; `whole` tells when the Lab is complete."""
        self.visits.append((time.perf_counter(), page))
        return await super().open(page, session_id, wait)

    async def go(self, page: str, wait: float = 60.0) -> Took:
        """To another page of the app."""
        self.visits.append((time.perf_counter(), page))
        self._asked_for_rest = False
        return await super().go(page, wait)

    def drop(self) -> None:
        """Like a machine that is switched off: neither socket nor stream is closed properly."""
        super().drop()
        self._hang_up(abruptly=True)

    async def close(self) -> None:
        """As a tab that is closed."""
        self._hang_up()
        await super().close()

    def hide(self, hidden: bool = True) -> None:
        """Another tab is in front of it: no stream, but its socket stays. False: it is back."""
        self.hidden = hidden
        if hidden:
            self._deaf()
        else:
            self._listen()

    # ---- what there is to see

    @property
    def whole(self) -> bool:
        """Whether the Lab is complete, or says that there is no room, and is idle."""
        shown = all(map(self.shows, DRAWN))
        return self.idle and (shown or self.says(FULL) or self.line is not None)

    @property
    def shows_units(self) -> bool:
        """Whether there are units to point at: those of the run that the page shows."""
        part = self.parts.get(NETWORK)
        if part is None or UNIT not in part.data or not self.written:
            return False
        return bool(self.written[-1]["run"] == part.data["run"])

    @property
    def frame(self) -> Frame | None:
        """The newest frame."""
        return self.frames[-1] if self.frames else None

    @property
    def stream_bytes(self) -> int:
        """What its streams have brought so far."""
        return self._streamed + (self._stream.bytes if self._stream else 0)

    @property
    def line(self) -> int | None:
        """How many are before it in the line, if it waits."""
        return self.frame.line if self.frame else None

    @property
    def phase(self) -> str:
        """Where its run is."""
        return self.frame.phase if self.frame else ""

    @property
    def token(self) -> str:
        """The run in the address by which others may watch it, or in the one that was opened."""
        return run_of(self._watch_link) or run_of(self.query)

    def trains(self, after: float = 0.0, engine: str = "") -> bool:
        """Whether a frame since `after` shows a run with steps, on this engine if one is named."""
        for frame in reversed(self.frames):
            if frame.at < after:
                return False
            if frame.step > 0 and frame.phase in AT_WORK and engine in ("", frame.engine):
                return True
        return False

    # ---- what its components do

    @property
    def key(self) -> str:
        """The key of the page's stream, from the newest data."""
        return next(
            (str(part.data["key"]) for part in self.parts.values() if part.data.get("key")), ""
        )

    def drawn(self, element: Any, fragment: str) -> None:
        """A live part was drawn."""
        if element.WhichOneof("type") != "bidi_component":
            return
        component = element.bidi_component
        code = component.js_content, component.css_content, component.html_content
        self.code_bytes += sum(len(text.encode()) for text in code)
        key = component.id.rpartition("-")[2]
        if key not in (LIVE, BUTTONS, LINE, RUNS, STORE, NETWORK) and not key.endswith(PULSE):
            return
        try:
            data = dict(json.loads(component.json or component.mixed.json or "[{}]")[0])
        except (ValueError, LookupError, TypeError) as error:
            self.errors.append(f"data of {key}: {error}")
            return
        if key == RUNS:
            self._watch_link = present_link(data)
            return
        if key in (BUTTONS, LINE):
            self.buttons_drawn(key, data)
            return
        if key == STORE:
            if data.get("text") is None:  # like that component: tell that nothing was kept
                told = {"text": "", "first": True, "erased": data.get("erased")}
                state = trigger_state(component.id, HERE, told)
                self.start("store", self.send(fragment, [state]))
            return
        event = {LIVE: CHANGED, NETWORK: ""}.get(key, TURN)
        part = self.parts.setdefault(key, Part(self, event))
        part.redrawn(component.id, fragment, data)
        if isinstance(data.get("frame"), dict) and self._stream is None:
            self._see(data["frame"])  # frames of a stream would be newer
        if not self.hidden:
            self._listen()

    async def point(self, share: float, wait: float = PATIENCE) -> Took:
        """Point at a unit of the network's picture, and have its weights. share: from 0 for the
        first unit to 1 for the last.
        """
        part, newest = self.parts[NETWORK], self.written[-1]
        asked = {"run": newest["run"], "step": newest["step"]}
        asked[UNIT] = min(newest["units"] - 1, int(share * newest["units"]))
        took = await self.ask(part.fragment, [trigger_state(part.id, UNIT, asked)], wait=wait)
        answer = part.data.get(UNIT) or {}
        if not answer.get("strongest") or any(answer[it] != asked[it] for it in asked):
            raise KeyError(f"no weights of unit {asked}: {str(answer)[:80]}")
        return took

    def settled(self) -> None:
        """A run of the script has finished: ask for the rest of the page; forget removed parts."""
        for key in [key for key in self.parts if not self.shows(key)]:
            del self.parts[key]
            self.stop(f"poll {key}")
        if not self.parts:
            self._deaf()
        if self.shows(EARLY) and not self.shows(DRAWN[0]) and not self._asked_for_rest:
            self._asked_for_rest = True
            self.start("rest", self._rest())

    async def _rest(self) -> None:
        """Like the component `early`: ask for the rest, and again if nothing comes."""
        early = self.find(EARLY)
        await self.send(early.fragment, [trigger_state(early.id, HERE, 1)])
        if not await self.until(lambda: self.shows(DRAWN[0]), 1.0):
            await self.send()

    def _listen(self) -> None:
        """Follow the stream of the newest data; or poll."""
        streams = any(part.data.get("stream", True) for part in self.parts.values())
        if not self.key or not streams:
            self._poll()
        elif self.key != self._key:
            self._deaf()
            self._key, self._last_event = self.key, ""
            self.start("live", self._follow(self.key))
        elif self.heard == "poll":
            self._poll()  # for a new part

    def _deaf(self) -> None:
        """No stream, no polls."""
        self._key = ""
        self.stop("live")
        self._stop_polls()
        self._hang_up()

    def _poll(self) -> None:
        self.heard = "poll"
        for key, part in self.parts.items():
            if part.event and f"poll {key}" not in self._tasks:
                self.start(f"poll {key}", part.poll())

    def _stop_polls(self) -> None:
        for name in [name for name in self._tasks if name.startswith("poll ")]:
            self.stop(name)

    async def _follow(self, key: str) -> None:
        """Follow a stream and reconnect to it; poll while it is not available."""
        failures = 0
        while self._follows(key):
            try:
                await self._hear_all(key)
                failures = 0
            except NotAStream as error:
                self.no_stream = str(error)
                failures += 1
                self._poll()
            except (OSError, EOFError, ValueError):
                pass  # it broke off
            self._hang_up()
            if not self._follows(key):
                return
            await asyncio.sleep(min(BACK_LATEST, 2.0**failures) if failures else BACK_AFTER)

    def _follows(self, key: str) -> bool:
        """Whether it still wants this stream. To be asked after a wait, too: `asyncio.wait_for` of
        Python 3.11 may swallow the cancellation of a tab that closes meanwhile.
        """
        return not self.closed and self._key == key

    async def _hear_all(self, key: str) -> None:
        headers = {KEY_HEADER: key, **cookie_header(self.cookies)}
        if self._last_event:
            headers["Last-Event-ID"] = self._last_event
        beside = await ask(self.port, self.base + BESIDE, wait=STREAM_WAIT)
        if not beside.header("content-type").startswith("text/event-stream"):
            raise NotAStream(f"{BESIDE}: {beside.status} {beside.header('content-type')}")
        if not self._follows(key):
            return
        stream = self._stream = await connect(self.port, self.base + EVENTS, headers, STREAM_WAIT)
        self.heard = "stream"
        self._stop_polls()
        while (event := await stream.next_event()) is not None:
            if not event.name:
                await self._hear(event)

    async def _hear(self, event: Event) -> None:
        self._last_event = event.id or self._last_event
        try:
            said = json.loads(event.data)
        except ValueError as error:
            self.errors.append(f"an event: {error}")
            return
        self.events += 1
        self._see(said)
        for part in list(self.parts.values()):
            state = said.get("state" if part.event == CHANGED else "turn")
            if state:
                await part.tell(state)

    def _see(self, fields: dict[str, Any]) -> None:
        self.see_kind(fields)
        if fields.get("written") and len(self.written) < MOST:
            self.written.append(fields["written"])
        if "step" in fields and len(self.frames) < MOST:
            self.frames.append(
                Frame(
                    time.perf_counter(),
                    int(fields["step"] or 0),
                    int(fields.get("names_seen") or 0),
                    str(fields.get("phase", "")),
                    str(fields.get("engine", "")),
                    fields.get("line"),
                    hash(json.dumps({**fields, "at": None}, sort_keys=True)),
                )
            )

    def _hang_up(self, abruptly: bool = False) -> None:
        if self._stream is not None:
            self._streamed += self._stream.bytes
            self._stream.close(abruptly)
            self._stream = None
