"""A Streamlit page in one browser tab: websocket, elements, widgets, and clicks in time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Any

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from .clicks import Click, Took
from .web import HOST, cookie_header, new_cookies
from .widgets import FIELDS, Widget, pressed, set_state, state_of, texts_of, widgets_of

PATIENCE = 30.0  # seconds for a click
SWALLOWED = 0.1  # seconds of quiet after which an earlier request is no longer waited for
Finish = ForwardMsg.ScriptFinishedStatus


class Page:
    """One tab. `errors`: exceptions and compile errors. `closed`: why the socket is closed."""

    def __init__(
        self, port: int, query: str = "", cookies: dict[str, str] | None = None, base: str = ""
    ) -> None:
        self.port, self.query, self.base, self.cookies = port, query, base, dict(cookies or {})
        self.session_id = self.page_hash = self.closed = ""
        self.pages: dict[str, str] = {}
        self.elements: dict[tuple[int, ...], tuple[str, str, Any]] = {}  # run, fragment, element
        self.boxes: dict[str, str] = {}  # the folded boxes that tell whether they are open, by key
        self.values: dict[str, WidgetState] = {}
        self.errors: list[str] = []
        self.draws = self.bytes = self.overtaken = self.awaited = 0
        self.profile_bytes = 0  # of `bytes`: which of Streamlit's functions a script called
        self.running = False
        self.uploads: dict[str, asyncio.Future[list[Any]]] = {}
        self._run: tuple[str, list[str]] = ("", [])
        self._rested = 0.0  # when a run finished last
        self._unbegun: list[tuple[str, float]] = []  # what was asked for: fragment, when
        self._click: Click | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._ending: set[asyncio.Task[None]] = set()  # cancelled, but not done yet
        self._socket: Any = None

    # ---- the connection

    async def open(self, page: str = "", session_id: str = "", wait: float = 60.0) -> Took:
        """Connect and have the page run once; `page`: its name in the address."""
        began = time.perf_counter()
        if not self.cookies:
            self.cookies = await new_cookies(self.port, self.base)
        protocols = ["streamlit", self.cookies.get("_streamlit_xsrf") or "PLACEHOLDER_AUTH_TOKEN"]
        try:
            self._socket = await self._connected(protocols + [session_id] * bool(session_id), wait)
        except websockets.WebSocketException as error:
            raise ConnectionError(f"{type(error).__name__}: {error}") from error
        self.closed = ""
        self.start("reader", self._read())
        took = await self.ask(name=page, wait=wait)
        spent = 1000 * (time.perf_counter() - began)
        return Took(spent - took.done + took.first, spent)

    async def _connected(self, protocols: list[str], wait: float) -> Any:
        return await websockets.connect(
            f"ws://{HOST}:{self.port}{self.base}/_stcore/stream",
            subprotocols=protocols,  # type: ignore[arg-type]  # a plain str will do
            origin=f"http://{HOST}:{self.port}",  # type: ignore[arg-type]  # here too
            additional_headers=cookie_header(self.cookies),
            compression=None,
            max_size=None,
            open_timeout=wait,
            ping_interval=None,
        )

    async def close(self) -> None:
        """As a tab that is closed."""
        ended = self._end_tasks()
        if self._socket is not None:
            try:
                await asyncio.wait_for(self._socket.close(), 3)
            except (OSError, asyncio.TimeoutError, websockets.WebSocketException):
                self._socket.transport.abort()
        await asyncio.gather(*ended, return_exceptions=True)

    def drop(self) -> None:
        """Like a machine that is switched off: the socket is not closed properly."""
        self._end_tasks()
        if self._socket is not None:
            self._socket.transport.abort()

    def start(self, name: str, work: Any) -> None:
        """Start a background task, in place of the previous one with this name."""
        self.stop(name)
        self._tasks[name] = asyncio.create_task(work)

    def stop(self, name: str) -> None:
        """End it. It is held until it is done: what awaits a server may catch its cancellation."""
        if task := self._tasks.pop(name, None):
            task.cancel()
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    def _end_tasks(self) -> list[asyncio.Task[None]]:
        self.closed = self.closed or "by the visitor"
        for task in self._ending:
            task.cancel()  # again
        for name in list(self._tasks):
            self.stop(name)
        return list(self._ending)

    async def _read(self) -> None:
        try:
            async for data in self._socket:
                self.bytes += len(data)
                self._take(ForwardMsg.FromString(data))
        except (OSError, websockets.WebSocketException) as error:
            self.closed = f"{type(error).__name__}: {error}"[:200]
        self.closed = self.closed or "closed by the server"
        if self._click and not self._click.done.done():
            self._click.done.set_exception(ConnectionError(self.closed))

    # ---- what the server says

    def _take(self, msg: ForwardMsg) -> None:
        kind = msg.WhichOneof("type")
        if kind == "delta":
            self._delta(msg)
        elif kind == "new_session":
            self._begun(msg)
        elif kind == "script_finished":
            self._finished(msg)
        elif kind == "navigation":
            self.pages = {
                p.url_pathname or p.page_name: p.page_script_hash for p in msg.navigation.app_pages
            }
            self.page_hash = msg.navigation.page_script_hash or self.page_hash
        elif kind == "page_profile":
            self.profile_bytes += msg.ByteSize()
        elif kind == "page_info_changed":
            self.query = msg.page_info_changed.query_string
        elif kind == "page_not_found":
            self.errors.append("page not found")
        elif kind == "file_urls_response":
            waiting = self.uploads.pop(msg.file_urls_response.response_id, None)
            if waiting and not waiting.done():
                waiting.set_result(list(msg.file_urls_response.file_urls))
        elif kind == "auto_rerun":
            name = f"timer {msg.auto_rerun.fragment_id}"
            self.start(name, self._tick(msg.auto_rerun.fragment_id, msg.auto_rerun.interval))
        elif kind == "stop_auto_rerun":
            for fragment in msg.stop_auto_rerun.fragment_ids:
                self.stop(f"timer {fragment}")

    def _begun(self, msg: ForwardMsg) -> None:
        run, fragments = msg.metadata.run.script_run_id, list(msg.metadata.run.fragment_ids)
        before = self._run[0] if self.running else ""
        self._run, self.running = (run, fragments), True
        new = msg.new_session
        self.session_id = new.initialize.session_id or self.session_id
        self.page_hash = new.page_script_hash or self.page_hash
        if fragments:
            self._unbegun = [it for it in self._unbegun if it[0] not in fragments]
        else:
            whole = [i for i, it in enumerate(self._unbegun) if not it[0]]
            del self._unbegun[: whole[0] + 1 if whole else 0]
            for name in [name for name in self._tasks if name.startswith("timer ")]:
                self.stop(name)
        if self._click:
            self.overtaken += self._click.begun(run, fragments, before)

    def _delta(self, msg: ForwardMsg) -> None:
        run, _ = self._run
        if self._click and run in self._click.runs and not self._click.first:
            self._click.first = time.perf_counter()
        if box := msg.delta.add_block.expandable.id:
            self.boxes[box.split("-", 2)[-1]] = box
        if msg.delta.WhichOneof("type") != "new_element":
            return
        element, fragment = msg.delta.new_element, msg.delta.fragment_id
        kind = element.WhichOneof("type")
        self.elements[tuple(msg.metadata.delta_path)] = (run, fragment, element)
        if kind == "exception":
            self.errors.append(f"{element.exception.type}: {element.exception.message[:160]}")
        elif kind and getattr(shown := getattr(element, kind), "set_value", False):
            if (state := set_state(shown)) is not None:
                self.values[shown.id] = state  # a browser sends it with every message
            else:
                self.values.pop(shown.id, None)
        self.drawn(element, fragment)

    def _finished(self, msg: ForwardMsg) -> None:
        run, fragments = self._run
        run = msg.metadata.run.script_run_id or run
        early = msg.script_finished == Finish.Value("FINISHED_EARLY_FOR_RERUN")
        self.draws, self.running, self._rested = self.draws + 1, False, time.perf_counter()
        if msg.script_finished == Finish.Value("FINISHED_WITH_COMPILE_ERROR"):
            self.errors.append("compile error")
        elif not early:
            self.elements = {
                path: it
                for path, it in self.elements.items()
                if it[0] == run or (fragments and it[1] not in fragments)
            }
        if self._click:
            self._click.finished(run, early)
        if not early:
            self.settled()

    def drawn(self, element: Any, fragment: str) -> None:
        """An element came. For subclasses that act as a browser."""

    def settled(self) -> None:
        """A run has finished. For subclasses that act as a browser."""

    async def _tick(self, fragment: str, seconds: float) -> None:
        while not self.closed:
            await asyncio.sleep(max(0.05, seconds))
            await self.send(fragment, auto=True)

    # ---- what the visitor says

    async def send(
        self,
        fragment: str = "",
        extra: Iterable[WidgetState] = (),
        *,
        page: str = "",
        name: str = "",
        auto: bool = False,
    ) -> None:
        """A message to run the page, or a fragment. extra: widgets' states for this run only; page:
        the one to go to, for which a browser sends no states.
        """
        back = BackMsg()
        client = back.rerun_script
        client.query_string, client.fragment_id, client.is_auto_rerun = self.query, fragment, auto
        client.page_script_hash, client.page_name = page or self.page_hash * (not name), name
        extra = list(extra)
        given = {state.id for state in extra}
        states = [state for key, state in self.values.items() if key not in given]
        client.widget_states.widgets.extend([] if page else states + extra)
        self._unbegun.append((fragment, time.perf_counter()))
        await self.post(back)

    async def post(self, back: BackMsg) -> None:
        """Any message. Nothing happens once the socket is closed; the reader says so."""
        try:
            await self._socket.send(back.SerializeToString())
        except (OSError, websockets.WebSocketException) as error:
            self.closed = self.closed or f"{type(error).__name__}: {error}"[:200]

    async def ask(
        self,
        fragment: str = "",
        extra: Iterable[WidgetState] = (),
        *,
        wait: float = PATIENCE,
        page: str = "",
        name: str = "",
    ) -> Took:
        """Send, and wait for the answer. TimeoutError, ConnectionError."""
        click = Click(fragment)
        if self._click is not None:
            raise RuntimeError("a tab clicks once at a time")
        self._click = click
        await self._clear(fragment, min(3.0, wait))
        try:
            if self.closed:
                raise ConnectionError(self.closed)
            click.sent = True
            await self.send(fragment, extra, page=page, name=name)
            done = await asyncio.wait_for(click.done, wait - (time.perf_counter() - click.began))
        except asyncio.TimeoutError as error:
            raise TimeoutError(f"no answer in {wait:g} s") from error
        finally:
            self._click = None
        return Took(1000 * ((click.first or done) - click.began), 1000 * (done - click.began))

    async def _clear(self, fragment: str, seconds: float) -> None:
        """Wait until runs have begun that were requested earlier and could be mistaken for ours."""
        end = time.perf_counter() + seconds
        while not self.closed and (now := time.perf_counter()) < end:
            quiet = not self.running and now - self._rested > SWALLOWED
            self._unbegun = [
                it
                for it in self._unbegun
                if now - it[1] < 3 and not (quiet and it[1] < self._rested)
            ]
            if not any(not asked or asked == fragment for asked, _ in self._unbegun):
                return
            await asyncio.sleep(0.005)

    async def press(self, key: str, wait: float = PATIENCE) -> Took:
        """Click a button, once it is there."""
        widget = await self._soon(key)
        return await self.ask(widget.fragment, [pressed(widget.id)], wait=wait)

    async def set(self, key: str, value: Any, wait: float = PATIENCE) -> Took:
        """Give a widget a value, once it is there."""
        widget = await self._soon(key)
        self.values[widget.id] = state_of(widget.id, FIELDS[type(widget.element).__name__], value)
        return await self.ask(widget.fragment, wait=wait)

    async def _soon(self, key: str) -> Widget:
        """The widget; the wait is not timed, because parts are missing between two runs."""
        if not self.shows(key):
            self.awaited += 1
            await self.until(lambda: self.shows(key), 2.0)
        return self.find(key)

    async def unfold(self, key: str, wait: float = PATIENCE) -> Took:
        """Open a folded box that draws its content only then, once it is there."""
        await self.until(lambda: key in self.boxes, 10)
        box = self.boxes[key]
        self.values[box] = state_of(box, "bool_value", True)
        return await self.ask(wait=wait)

    async def go(self, page: str, wait: float = 60.0) -> Took:
        """To another page, by the end of its address; '' is the first one."""
        first = next(iter(self.pages.values()), "")
        self.query = ""  # a browser leaves it behind
        return await self.ask(page=self.pages.get(page, "") or first, wait=wait)

    # ---- what there is to see

    def widgets(self) -> list[Widget]:
        """All widgets of the page, in its order."""
        return widgets_of(self.elements)

    def find(self, key: str) -> Widget:
        """The widget of this key. KeyError where there is none."""
        for widget in self.widgets():
            if widget.id.endswith(f"-{key}"):
                return widget
        raise KeyError(f"no widget {key} on the page")

    def shows(self, key: str) -> bool:
        """Whether there is such a widget."""
        return any(widget.id.endswith(f"-{key}") for widget in self.widgets())

    def has(self, key: str) -> bool:
        """Whether there is an enabled one."""
        return self.shows(key) and not getattr(self.find(key).element, "disabled", False)

    def texts(self) -> list[str]:
        """The words of the page."""
        return texts_of(self.elements)

    def says(self, *words: str) -> bool:
        """Whether one of its texts has all these words."""
        return any(all(word in text for word in words) for text in self.texts())

    @property
    def idle(self) -> bool:
        """Whether it was drawn, and nothing is being drawn."""
        return not self.running and bool(self.draws)

    async def until(self, condition: Callable[[], object], seconds: float = PATIENCE) -> bool:
        """Wait for something. Whether it came."""
        end = time.perf_counter() + seconds
        while not (met := bool(condition())) and time.perf_counter() < end and not self.closed:
            await asyncio.sleep(0.01)
        return met
