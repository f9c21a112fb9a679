"""Parts of the workarounds that need no server; the others are in test_workarounds_served.py."""

import logging
import math
import platform
import random
from types import SimpleNamespace

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg, ForwardMsgMetadata
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType
from streamlit.runtime.state.session_state import SessionState
from streamlit.testing.v1 import AppTest
from waiting import run_async

from dino.live import server_process
from dino.ui import workarounds
from dino.ui.server import PROTECTIONS
from dino.ui.workarounds import messages, wrapping


def sent_as(kind, value):
    """A widget's value as a browser sends it, in this field of the message."""
    state = WidgetState(id="a")
    if isinstance(value, list):
        getattr(state, kind).data.extend(value)
    else:
        setattr(state, kind, value)
    return state


@pytest.mark.parametrize(
    "kind, value", [("string_value", "x"), ("string_array_value", ["x"]), ("int_value", 3)]
)
def test_a_value_of_a_kind_that_its_widget_has_not_is_no_change_and_is_not_read(kind, value):
    def read(value):
        raise AssertionError("the log gets a report of what cannot be read")

    widget = SimpleNamespace(value_type="json_value", deserializer=read)
    assert not messages.has_new_value(None, widget, sent_as(kind, value))


@pytest.mark.parametrize(
    "asked, at_work, taking, waits",
    [
        ("RERUN", True, False, True),  # it waits for the script to end
        ("CONTINUE", False, False, True),  # it was taken, and its script has not begun
        ("CONTINUE", True, True, True),  # its callbacks run
        ("CONTINUE", True, False, False),
        ("STOP", False, False, False),  # the script has ended
    ],
)
def test_a_message_waits_until_it_is_read_to_its_end(asked, at_work, taking, waits, monkeypatch):
    runner = SimpleNamespace(
        _execing=at_work, _requests=SimpleNamespace(_state=ScriptRequestType[asked])
    )
    state = SimpleNamespace()
    monkeypatch.setattr(messages, "is_taking", lambda it: it is state and taking)
    session = SimpleNamespace(_scriptrunner=runner, session_state=state)
    assert messages.has_waiting(session) is waits
    assert not messages.has_waiting(SimpleNamespace(_scriptrunner=None, session_state=state))


def test_messages_are_being_read_while_their_callbacks_run_and_not_afterwards(monkeypatch):
    states, reading = [], SessionState.on_script_will_rerun

    def noting(state, *sent, **how):
        states.append(state)
        reading(state, *sent, **how)

    def page(states):
        import streamlit as st

        from dino.ui.workarounds import scripts

        def note(when):
            st.session_state[when] = scripts.is_taking(states[-1])

        st.button("l", on_click=note, args=("in the callback",))
        note("in the script")

    monkeypatch.setattr(SessionState, "on_script_will_rerun", noting)
    workarounds.take_each_message()  # around it
    app = AppTest.from_function(page, args=(states,)).run()
    app.button[0].click().run()
    assert app.session_state["in the callback"] and not app.session_state["in the script"]


def test_a_value_that_its_widget_cannot_have_is_no_change():
    def read(value):
        return {"a": 1}[value]  # of a list: TypeError

    state = SimpleNamespace(
        _getitem=lambda *about: 1, _key_id_mapper=SimpleNamespace(id_key_mapping={})
    )
    widget = SimpleNamespace(value_type="string_array_value", deserializer=read)
    assert not messages.has_new_value(state, widget, sent_as("string_array_value", ["a"]))
    widget = SimpleNamespace(value_type="double_value", deserializer=int)  # as a number_input's
    assert not messages.has_new_value(state, widget, sent_as("double_value", math.inf))
    assert messages.has_new_value(state, widget, sent_as("double_value", 2.0))
    widget = SimpleNamespace(value_type="string_value", deserializer={"a": 1, "b": 2}.get)
    assert messages.has_new_value(state, widget, sent_as("string_value", "b"))
    assert not messages.has_new_value(state, widget, sent_as("string_value", "a"))


def test_a_server_names_at_its_start_which_protection_is_gone(caplog):
    def finds_its_place():
        wrapping.wrap(SimpleNamespace(part=lambda: 1), "part", lambda part: lambda: part())

    def finds_none():
        wrapping.find_class("streamlit.nowhere", "Nothing")

    mends = {finds_its_place: "all is well", finds_none: "uploads together have no limit"}
    with caplog.at_level(logging.WARNING):
        assert wrapping.apply(mends) == ["uploads together have no limit"]
        assert wrapping.apply(mends) == ["uploads together have no limit"]  # said of each start
    said = caplog.records[-1].getMessage()
    assert "uploads together have no limit" in said and "all is well" not in said
    assert "requirements.txt" in said


def test_the_streamlit_that_is_tested_has_a_place_for_every_protection():
    assert wrapping.apply(PROTECTIONS) == []


def test_the_guard_knows_a_base_path_and_lets_the_rest_pass():
    async def status(path, kind="http"):
        sent = []

        async def app(scope, receive, send):
            sent.append({"status": 200})

        async def send(message):
            sent.append(message)

        await workarounds.Guard(app)({"type": kind, "path": path}, None, send)
        return sent[0]["status"]

    for path, wanted in (("/a/b/_stcore/metrics", 404), ("/metrics", 200), ("/", 200)):
        assert run_async(status(path)) == wanted
    assert run_async(status("/_stcore/stream", "websocket")) == 200


def test_outside_a_server_all_count_as_connected():
    assert workarounds.session_id() == ""
    assert workarounds.is_connected("x") and workarounds.is_known("x")
    assert workarounds.connected_sessions() == set() and workarounds.collect_notes() == []
    workarounds.free_sessions()

    def page():
        import streamlit as st

        from dino.ui import workarounds as w

        w.forgive_nonsense()
        st.number_input("n", 0, 9, key="n")
        w.free_sessions()
        st.text(
            f"{bool(w.session_id())} {w.is_connected('x')} {w.is_known('x')} "
            f"{w.connected_sessions()}"
        )

    at = AppTest.from_function(page).run()
    assert at.text[0].value == "True True True set()" and not at.exception
    assert at.number_input(key="n").set_value(5).run().session_state["n"] == 5


def test_another_streamlit_costs_a_line_in_the_log_and_no_more(caplog, monkeypatch):
    monkeypatch.setattr(wrapping, "reported", set())
    caplog.set_level(logging.WARNING)

    class Other:
        pass

    for _ in range(2):
        wrapping.wrap(Other, "method", lambda original: original)
        for path in ("streamlit.nothing", "streamlit.runtime.stats"):
            wrapping.wrap(wrapping.find_class(path, "X"), "method", lambda original: original)
        assert wrapping.attempt("a part", lambda: Other().method) is None
    assert len(caplog.records) == 4
    assert all("lacks" in record.message for record in caplog.records)


def test_wrapping_twice_is_wrapping_once():
    class Thing:
        def method(self):
            return 1

    for _ in range(3):
        wrapping.wrap(Thing, "method", lambda original: lambda self: original(self) + 1)
    assert Thing().method() == 2


class Options:
    """A module that keeps its options as Streamlit's does, and counts who needs its lock."""

    FIRST = {"theme.base": "dark", "theme.font": None, "server.port": 8501}

    def __init__(self):
        self.__name__, self.locked = "config", 0
        self._config_options, self._config_lock = None, self

    def __enter__(self):
        self.locked += 1

    def __exit__(self, *_):
        pass

    def parse(self, **changed):
        """Read them all, as they are written now."""
        self._config_options = {
            key: SimpleNamespace(section=key.split(".")[0], name=key.split(".")[1], value=value)
            for key, value in (self.FIRST | changed).items()
        }

    def change(self, key, value):
        """What `set_option` does."""
        self._config_options[key].value = value

    def get_option(self, key):
        """As Streamlit's."""
        with self:
            if self._config_options is None:
                self.parse()
            return self._config_options[key].value

    def get_options_for_section(self, section):
        """As Streamlit's."""
        with self:
            found = self._config_options.values()
            return {it.name: it.value for it in found if it.section == section}


class OtherOptions(Options):
    """Those of a Streamlit that keeps them in another way."""

    def __init__(self):
        self.__name__ = "config"

    def get_option(self, key):
        """As in `Options`."""
        return self.FIRST[key]


@pytest.fixture(params=[Options])
def options(request, monkeypatch):
    """The module `streamlit.config`, after the workaround."""
    monkeypatch.setattr(wrapping, "reported", set())
    module = request.param()
    monkeypatch.setattr("importlib.import_module", lambda name: module)
    workarounds.read_options_together()
    return module


def test_options_are_read_without_a_lock_once_they_are_parsed(options):
    assert options.get_option("theme.base") == "dark"
    assert options.get_option("theme.font") is None
    before = options.locked
    for _ in range(20):
        assert options.get_option("theme.base") == "dark"
        assert options.get_options_for_section("theme") == {"base": "dark", "font": None}
        assert options.get_options_for_section("no such") == {}
    assert options.locked == before
    options.change("theme.base", "light")
    assert options.get_option("theme.base") == "light"
    assert options.get_options_for_section("theme")["base"] == "light"


def test_options_that_are_parsed_again_are_read_again(options):
    assert options.get_option("server.port") == 8501
    options.parse(**{"server.port": 80})
    assert options.get_option("server.port") == 80
    assert options.get_options_for_section("server") == {"port": 80}
    with pytest.raises(KeyError):
        options.get_option("server.portal")


@pytest.mark.parametrize("options", [OtherOptions], indirect=True)
def test_options_of_another_streamlit_are_read_as_it_does(options, caplog):
    caplog.set_level(logging.WARNING)
    assert [options.get_option("theme.base") for _ in range(3)] == ["dark"] * 3
    assert ["options" in record.message for record in caplog.records] == [True]


def test_two_that_wrap_one_method_both_do():
    class Thing:
        def method(self):
            return 1

    def doubled(original):
        return lambda self: 2 * original(self)

    def raised(original):
        return lambda self: original(self) + 10

    for _ in range(3):
        wrapping.wrap(Thing, "method", doubled)
        wrapping.wrap(Thing, "method", raised)
    assert Thing().method() == 12


def test_freed_memory_goes_back_where_the_system_can(monkeypatch):
    assert server_process.bound_arenas() == (platform.libc_ver()[0] == "glibc")
    server_process.trim_memory()
    monkeypatch.setattr("platform.libc_ver", lambda: ("", ""))
    assert not server_process.bound_arenas() and not server_process.trim_memory()


def sent(place, part, is_block=False, is_known=False):
    """A message that draws something there. part: whose it is; is_known: the browser has it."""
    message = ForwardMsg(metadata=ForwardMsgMetadata(delta_path=place))
    if is_known:
        message.ref_hash = "its hash"
        return message
    message.delta.fragment_id = part
    drawn = message.delta.add_block if is_block else message.delta.new_element
    drawn.SetInParent()
    return message


def begun(*parts):
    """The message by which a script begins that redraws these parts; none for the whole page."""
    message = ForwardMsg()
    message.new_session.SetInParent()
    message.metadata.run.script_run_id = "a run"
    message.metadata.run.fragment_ids.extend(parts)
    return message


@pytest.mark.parametrize(
    "drawn, again, left",
    [
        (["outer"], ["outer"], [[0, 0], [0, 2], [0, 2, 0]]),
        (["outer", "other"], ["outer", "other"], [[0, 0]]),
        (["outer", "other"], ["other"], "all but other"),
        (["outer"], ["inner"], "all"),  # after it, the outer part has drawn more
        (["outer", "inner"], ["inner"], "all"),
        ([], ["outer"], "all"),
        ([], None, []),
    ],
)
def test_a_part_that_begins_again_leaves_nothing_without_a_place_to_be_sent(drawn, again, left):
    messages.redraw_what_changed()
    queue = ForwardMsgQueue()
    shown = [
        sent([0, 0], ""),
        sent([0, 1], "outer", is_block=True),
        sent([0, 1, 0], "outer", is_block=True),
        sent([0, 1, 0, 0], "inner", is_block=True),
        sent([0, 1, 0, 0, 0], "inner"),
        sent([0, 1, 1], "", is_known=True),
        sent([0, 2], "other", is_block=True),
        sent([0, 2, 0], "other"),
    ]
    for message in (begun(*drawn), *shown):
        queue.enqueue(message)
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=again)
    all_places = [list(it.metadata.delta_path) for it in shown]
    wanted = {"all": all_places, "all but other": all_places[:-2]}.get(str(left), left)
    found = [it for it in queue.flush() if it.WhichOneof("type") != "new_session"]
    assert [list(it.metadata.delta_path) for it in found] == wanted


class Browser:
    """The places that a browser has. A block of the same type keeps what was in it."""

    def __init__(self):
        self.tree = {}

    def take(self, message):
        path = list(message.metadata.delta_path)
        if not path:
            return
        inside = self.tree
        for index in path[:-1]:
            assert isinstance(inside.get(index), dict), f"{path} is in no container"
            inside = inside[index]
        assert path[-1] <= len(inside), f"{path}: there are only {len(inside)} before it"
        is_block = message.delta.WhichOneof("type") == "add_block"
        was = inside.get(path[-1])
        inside[path[-1]] = (was if isinstance(was, dict) else {}) if is_block else "an element"


def drawing(part, is_long):
    """What a script draws of a page in which an outer part has two inner ones, the first before
    another element. is_long: whether the outer part has these already, or one element.
    """
    inner = [
        [sent([0, 1, 0, place], name, is_block=True), sent([0, 1, 0, place, 0], name)]
        for place, name in ((0, "first"), (2, "second"))
    ]
    if part in ("first", "second"):
        return inner[part == "second"]
    rest = [*inner[0], sent([0, 1, 0, 1], "outer"), *inner[1], sent([0, 1, 0, 3], "outer")]
    drawn = [sent([0, 1], "outer", is_block=True)]
    drawn += [sent([0, 1, 0], "outer", is_block=True), *rest] if is_long else []
    drawn += [] if is_long else [sent([0, 1, 0], "outer")]
    return drawn if part else [sent([0], "", is_block=True), sent([0, 0], ""), *drawn]


RUNS = ([], ["outer"], ["first"], ["second"], ["outer", "first"], ["first", "second"])


@pytest.mark.parametrize("seed", range(300))
def test_however_scripts_follow_each_other_a_browser_has_a_place_for_all_it_gets(seed):
    messages.redraw_what_changed()
    chance, queue, browser, is_long = random.Random(seed), ForwardMsgQueue(), Browser(), False
    parts = []
    for _ in range(12):
        queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=parts or None)
        queue.enqueue(begun(*parts))
        if not parts or "outer" in parts:
            is_long = chance.random() < 0.6
        found = [it for it in RUNS if is_long or not {"first", "second"} & {*it}]
        following = chance.choice(found)
        # An outer part draws those in it, and only a script of the whole page breaks one off.
        alone = [it for it in parts or [""] if it in ("", "outer") or "outer" not in parts]
        drawn = [message for part in alone for message in drawing(part, is_long)]
        end = len(drawn) if following else chance.randint(1, len(drawn))
        for message in drawn[:end]:
            queue.enqueue(message)
            if chance.random() < 0.15:
                for it in queue.flush():
                    browser.take(it)
        parts = following
    for it in queue.flush():
        browser.take(it)


def test_for_a_browser_that_reads_nothing_no_part_waits_in_many_drawings():
    messages.redraw_what_changed()
    queue, sizes = ForwardMsgQueue(), []
    for part in ["", *["outer", "first", "second"] * 20]:
        parts = [part] if part else None
        queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=parts)
        queue.enqueue(begun(*parts or ()))
        for message in drawing(part, is_long=True):
            queue.enqueue(message)
        sizes.append(sum("delta" in it for it in queue.get_debug()["queue"]))
    assert sizes[-1] == sizes[3] <= 4 * len(drawing("", is_long=True))
