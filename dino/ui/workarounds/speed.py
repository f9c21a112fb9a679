"""Streamlit's frequent, slow steps, made faster for thirty pages that share one interpreter."""

from __future__ import annotations

import asyncio
import importlib
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any
from weakref import ref

from dino.ui.workarounds.wrapping import attempt, find_class, log_missing, wrap

TOGETHER = 0.003  # seconds in which messages of one script are gathered
PAUSE = 0.001  # seconds between two rounds of sending; gathered messages have waited already
AT_ONCE = 40  # messages that the loop sends in one turn
_thread = threading.local()  # what this thread keeps for `sent_as_one`


def gather_messages() -> None:
    """Wake the event loop a few times for a page's messages, not once for each.

    A page has about sixty messages. For each, a system call wakes the loop and releases Python's
    lock, and the script waits to get the lock back. With other busy pages, this was half of a
    page's time.

    The last messages of a script arrive even if the next script begins at that moment.
    """
    session = find_class("streamlit.runtime.app_session", "AppSession")
    runner = find_class("streamlit.runtime.scriptrunner.script_runner", "ScriptRunner")
    wrap(session, "_on_scriptrunner_event", _gathering)
    wrap(session, "_create_scriptrunner", _delivering)
    if hasattr(runner, "_maybe_handle_execution_control_request"):
        wrap(runner, "_enqueue_forward_msg", _straight)
    elif runner is not None:
        log_missing("ScriptRunner._maybe_handle_execution_control_request")


class _Gathered:
    """The events of one session that the loop has not handled yet, in order."""

    def __init__(self, loop: Any) -> None:
        self._loop, self._events, self._lock = loop, deque[Callable[[], None]](), threading.Lock()
        self._timed = False

    def add(self, event: Callable[[], None], waits: bool) -> None:
        """Add an event. waits: whether the loop may handle it later, together with others."""
        kept = getattr(_thread, "kept", None)
        if kept is not None:
            kept.append((self, event))
        else:
            self._add([event], waits)

    def _add(self, events: Iterable[Callable[[], None]], waits: bool) -> None:
        with self._lock:
            self._events += events
            # A delivery is planned already, and takes this event along.
            if waits and self._timed:
                return
            self._timed = waits
        try:
            if waits:
                self._loop.call_soon_threadsafe(self._loop.call_later, TOGETHER, self.deliver)
            else:
                self._loop.call_soon_threadsafe(self.deliver)
        except RuntimeError:  # the loop is closed: the process is ending
            if not self._loop.is_closed():
                raise

    def deliver(self) -> None:
        """Handle all events, in the event loop that calls this."""
        with self._lock:
            self._timed = False
        while self._events:
            self._events.popleft()()


@contextmanager
def sent_as_one() -> Iterator[None]:
    """Hand the loop all messages of a block at its end. Then a browser gets all of them or none:
    what waits for a browser is dropped when the next script begins.
    """
    if getattr(_thread, "kept", None) is not None:
        yield
        return
    kept: list[tuple[_Gathered, Callable[[], None]]] = []
    _thread.kept = kept
    try:
        yield
    finally:
        _thread.kept = None
        if kept:
            kept[0][0]._add([event for _, event in kept], True)


def _gathering(original: Any) -> Any:
    """Around AppSession._on_scriptrunner_event."""
    from streamlit.runtime.scriptrunner import ScriptRunnerEvent

    def on_event(self: Any, sender: Any, event: Any, *args: Any, **details: Any) -> None:
        handle = getattr(self, "_handle_scriptrunner_event_on_event_loop", None)
        loop = getattr(self, "_event_loop", None)
        if handle is None or loop is None:
            return original(self, sender, event, *args, **details)
        gathered = self.__dict__.get("_dino_gathered")
        if gathered is None:
            gathered = self.__dict__.setdefault("_dino_gathered", _Gathered(loop))
        is_message = event is ScriptRunnerEvent.ENQUEUE_FORWARD_MSG
        gathered.add(partial(handle, sender, event, *args, **details), is_message)
        if is_message and attempt("who hears a script", _hears_alone, sender):
            sender.dino_hearer = ref(self)

    return on_event


def _hears_alone(sender: Any) -> bool:
    return len(sender.on_event._receivers) == 1


def _straight(original: Any) -> Any:
    """Around ScriptRunner._enqueue_forward_msg: after the first message of a script's thread, hand
    each to the one session that hears it, without asking again who does.
    """
    from streamlit.runtime.scriptrunner import ScriptRunnerEvent

    event = ScriptRunnerEvent.ENQUEUE_FORWARD_MSG

    def enqueue(self: Any, msg: Any) -> None:
        hearer = self.__dict__.get("dino_hearer")
        session = hearer() if hearer is not None else None
        if session is None:
            return original(self, msg)
        self._maybe_handle_execution_control_request()
        handle = session._handle_scriptrunner_event_on_event_loop
        session._dino_gathered.add(partial(handle, self, event, forward_msg=msg), True)

    return enqueue


def _delivering(original: Any) -> Any:
    """Around AppSession._create_scriptrunner: deliver first, because a session ignores messages of
    an earlier script.
    """

    def create(self: Any, *about: Any) -> None:
        gathered = self.__dict__.get("_dino_gathered")
        if gathered is not None:
            gathered.deliver()
        original(self, *about)

    return create


def send_together() -> None:
    """Let the event loop send a page's messages in few turns.

    Streamlit yields to other tasks after each message, and then waits to get Python's lock back.
    """
    module = find_class("streamlit.runtime", "runtime")
    if module is not None and not isinstance(getattr(module, "asyncio", None), _FewTurns):
        module.asyncio = _FewTurns()
        module.MESSAGE_FLUSH_INTERVAL_SECS = PAUSE


class _FewTurns:
    """The module asyncio, except that most calls of `sleep(0)` return at once."""

    def __init__(self) -> None:
        self._given = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    async def sleep(self, seconds: float) -> None:
        """Like asyncio's."""
        self._given += 1
        if seconds or self._given % AT_ONCE == 0:
            await asyncio.sleep(seconds)


def send_at_once() -> None:
    """Let the system send a small message at once, not after 40 ms.

    asyncio turns Nagle's delay off only for sockets that name TCP as their protocol, and
    Streamlit's sockets do not. A second small message then waits until the first is acknowledged.
    """
    events = importlib.import_module("asyncio.base_events")
    if getattr(events, "_set_nodelay", None) is not None:
        events._set_nodelay = _set_nodelay  # type: ignore[attr-defined]  # private


def _set_nodelay(sock: socket.socket) -> None:
    if sock.family in (socket.AF_INET, socket.AF_INET6) and sock.type == socket.SOCK_STREAM:
        with suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def read_options_together() -> None:
    """Let threads read Streamlit's options without waiting for each other.

    Streamlit reads each option under one lock, several hundred times while a page is drawn. If a
    thread loses Python's lock meanwhile, all others wait: with thirty pages they spent a third of
    their time there. Once all options are parsed, reading one needs no lock, because it is one
    reference.
    """
    config = importlib.import_module("streamlit.config")
    parsed = _Parsed(config)
    wrap(config, "get_option", parsed.reading_one)
    wrap(config, "get_options_for_section", parsed.reading_section)


class _Parsed:
    """Streamlit's options, once all are parsed."""

    def __init__(self, config: Any) -> None:
        self._config = config
        self._complete: Any = None  # None, or `config._config_options` as it was last
        self._sections: dict[str, list[Any]] = {}  # the options of `_complete` by section

    def reading_one(self, original: Callable[[str], Any]) -> Callable[[str], Any]:
        """Around `get_option`."""

        def get_option(key: str) -> Any:
            option = self._options().get(key)
            return original(key) if option is None else option.value

        return get_option

    def reading_section(self, original: Callable[[str], Any]) -> Callable[[str], Any]:
        """Around `get_options_for_section`."""

        def get_options_for_section(section: str) -> Any:
            if not self._options():
                return original(section)
            return {option.name: option.value for option in self._sections.get(section, ())}

        return get_options_for_section

    def _options(self) -> Mapping[str, Any]:
        """All options by key; empty if this version of Streamlit keeps them otherwise."""
        if self._complete is None or self._complete is not getattr(
            self._config, "_config_options", None
        ):
            attempt("a lock for its options", self._take)
        return self._complete or {}

    def _take(self) -> None:
        with self._config._config_lock:  # Streamlit holds it while it parses them
            options = self._config._config_options
            sections: dict[str, list[Any]] = {}
            for option in (options or {}).values():
                sections.setdefault(option.section, []).append(option)
            self._sections = sections  # before `_complete`: a thread that sees that one reads these
            self._complete = options
