"""What Streamlit does often and slowly, where thirty pages share one interpreter."""

from __future__ import annotations

import asyncio
import importlib
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from functools import partial
from typing import Any

from dino.ui.workarounds.wrapping import attempt, find_class, wrap

TOGETHER = 0.003  # seconds in which messages of one script gather
PAUSE = 0.001  # seconds between two rounds of sending; what gathers has waited already
AT_ONCE = 40  # messages that the loop sends in one turn


def gather_messages() -> None:
    """Wake the event loop a few times for a page's messages, not once for each.

    A page has some sixty. Each wakes the loop by a system call that gives Python's lock away, and
    the script waits to get it back: with other pages at work that was half of a page's time.

    What a script has said when it ends still arrives, though another one begins at that moment.
    """
    session = find_class("streamlit.runtime.app_session", "AppSession")
    wrap(session, "_on_scriptrunner_event", _gathering)
    wrap(session, "_create_scriptrunner", _delivering)


class _Gathered:
    """The events of one session that the loop has not seen yet, in their order."""

    def __init__(self, loop: Any) -> None:
        self._loop, self._events, self._lock = loop, deque[Callable[[], None]](), threading.Lock()
        self._timed = False

    def add(self, event: Callable[[], None], waits: bool) -> None:
        """Add an event. waits: the loop may get it a little later, together with others."""
        with self._lock:
            self._events.append(event)
            if waits and self._timed:
                return
            self._timed = waits
        try:
            if waits:
                self._loop.call_soon_threadsafe(self._loop.call_later, TOGETHER, self.deliver)
            else:
                self._loop.call_soon_threadsafe(self.deliver)
        except RuntimeError:  # the loop is closed: the process ends
            if not self._loop.is_closed():
                raise

    def deliver(self) -> None:
        """Let the loop, which calls this, see them."""
        with self._lock:
            self._timed = False
        while self._events:
            self._events.popleft()()


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
        gathered.add(
            partial(handle, sender, event, *args, **details),
            event is ScriptRunnerEvent.ENQUEUE_FORWARD_MSG,
        )

    return on_event


def _delivering(original: Any) -> Any:
    """Around AppSession._create_scriptrunner: a session ignores what comes from a script before."""

    def create(self: Any, *about: Any) -> None:
        gathered = self.__dict__.get("_dino_gathered")
        if gathered is not None:
            gathered.deliver()
        original(self, *about)

    return create


def send_together() -> None:
    """Let the event loop send a page's messages in few turns.

    It gives way after each of them, and then waits to get Python's lock back.
    """
    module = find_class("streamlit.runtime", "runtime")
    if module is not None and not isinstance(getattr(module, "asyncio", None), _FewTurns):
        module.asyncio = _FewTurns()
        module.MESSAGE_FLUSH_INTERVAL_SECS = PAUSE


class _FewTurns:
    """asyncio, except that most calls of `sleep(0)` return at once."""

    def __init__(self) -> None:
        self._given = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    async def sleep(self, seconds: float) -> None:
        """As asyncio's."""
        self._given += 1
        if seconds or self._given % AT_ONCE == 0:
            await asyncio.sleep(seconds)


def send_at_once() -> None:
    """Let the system send a small message at once, not after 40 ms.

    asyncio turns Nagle's delay off only for sockets that name TCP as their protocol, and Streamlit
    makes its own without. A second small message then waits until the first is acknowledged.
    """
    events = importlib.import_module("asyncio.base_events")
    if getattr(events, "_set_nodelay", None) is not None:
        events._set_nodelay = _set_nodelay  # type: ignore[attr-defined]  # private


def _set_nodelay(sock: socket.socket) -> None:
    if sock.family in (socket.AF_INET, socket.AF_INET6) and sock.type == socket.SOCK_STREAM:
        with suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def look_up_one_value() -> None:
    """Let a widget look up its own value without a copy of all values of the session.

    Boxes for numbers and texts, choices and sliders copy them, half a millisecond each.
    """
    attempt("SessionState.filtered_state", _look_up_one_value)


def _look_up_one_value() -> None:
    state = find_class("streamlit.runtime.state.session_state", "SessionState")
    original = state.filtered_state
    if not getattr(original.fget, "by_dino", False):

        def view(self: Any) -> Mapping[str, Any]:
            return _Values(self, original.fget)

        view.by_dino = True  # type: ignore[attr-defined]  # a mark, so that it is wrapped once
        state.filtered_state = property(view)


class _Values(Mapping[str, Any]):
    """A session's values by their keys; copied only if all of them are requested."""

    def __init__(self, state: Any, copy: Callable[[Any], dict[str, Any]]) -> None:
        self._state, self._copy = state, copy

    def __getitem__(self, key: str) -> Any:
        return self._state[key]

    def __contains__(self, key: object) -> bool:
        return key in self._state

    def __iter__(self) -> Iterator[str]:
        return iter(self._copy(self._state))

    def __len__(self) -> int:
        return len(self._copy(self._state))

    def items(self) -> Any:
        """All of them, by their keys."""
        return self._copy(self._state).items()

    def __repr__(self) -> str:
        return repr(self._copy(self._state))


def read_values(keys: Mapping[str, Any]) -> dict[str, Any] | None:
    """The values of the session by these keys; for those never set, the given values. None where
    this Streamlit lacks a part.

    Streamlit checks each key, looks the session up, and looks for another click and locks the
    session for each: a page reads its settings forty times, some seven hundred values.
    """
    found: dict[str, Any] | None = attempt("SafeSessionState", _read_values, keys)
    return found


def _read_values(keys: Mapping[str, Any]) -> dict[str, Any]:
    from streamlit.runtime.state import get_session_state

    safe: Any = get_session_state()
    safe._yield_callback()
    found = dict(keys)
    with safe._lock:
        for key in keys:
            with suppress(KeyError):
                found[key] = safe._state[key]
    return found


def read_options_together() -> None:
    """Let threads read Streamlit's options without waiting for each other.

    It reads each under one lock, several hundred times while a page is drawn. A thread that loses
    Python's lock meanwhile keeps all others out: with thirty pages they spent a third of their
    time there. An option is one reference, so reading it needs no lock once all are parsed.
    """
    config = importlib.import_module("streamlit.config")
    parsed = _Parsed(config)
    wrap(config, "get_option", parsed.reading_one)
    wrap(config, "get_options_for_section", parsed.reading_section)


class _Parsed:
    """Streamlit's options, once they are parsed completely."""

    def __init__(self, config: Any) -> None:
        self._config = config
        self._complete: Any = None  # None, or `config._config_options` as it was last
        self._sections: dict[str, list[Any]] = {}  # of `_complete`

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
        """All options by their keys; empty where this Streamlit does not keep them like that."""
        if self._complete is None or self._complete is not getattr(
            self._config, "_config_options", None
        ):
            attempt("a lock for its options", self._take)
        return self._complete or {}

    def _take(self) -> None:
        with self._config._config_lock:  # whoever parses them has it
            options = self._config._config_options
            sections: dict[str, list[Any]] = {}
            for option in (options or {}).values():
                sections.setdefault(option.section, []).append(option)
            self._sections = sections  # first: who sees `_complete` reads them
            self._complete = options


def around_scripts(at_work: Callable[[], AbstractContextManager[object]]) -> None:
    """Run every page script, and every fragment, within `at_work()`."""

    def timing(original: Any) -> Any:
        def run(self: Any, *args: Any, **details: Any) -> Any:
            with at_work():
                return original(self, *args, **details)

        return run

    wrap(
        find_class("streamlit.runtime.scriptrunner.script_runner", "ScriptRunner"),
        "_run_script",
        timing,
    )
