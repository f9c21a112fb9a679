"""Whatever a browser or an attacker sends, nobody else notices, and the log stays clean.

A small page of all kinds of widgets runs on a server of its own; the tests speak to it as a browser
does, by messages over a websocket, and send what no browser would.
"""

import ast
import http.client
import json
import math
import os
import random
import re
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from load.server import FORCED, ROOT, forced, free_port, only_one
from load.web import HOST
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from waiting import PATIENCE, wait_for
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from dino.ui.workarounds import scripts

pytestmark = pytest.mark.xdist_group("server")  # as all tests that start one
SERVED = """
from starlette.middleware import Middleware
import streamlit as st
from dino.ui.workarounds import Guard
app = st.App("page.py", middleware=[Middleware(Guard)])
"""
PLAIN = """
import streamlit as st
from dino.ui import workarounds
workarounds.close_metrics()
st.text("plain")
"""
PARTS = """
import streamlit as st
from dino.ui import workarounds
workarounds.redraw_what_changed()
workarounds.forgive_nonsense()

@st.fragment
def draw(number):
    st.button("l", key=f"go{number}")
    st.slider("l", 0, 9, key=f"own{number}")
    st.text("GOT " + repr({"cell": st.session_state.cell, "part": number}))

st.selectbox("l", ["rnn", "gru"], key="cell")
st.session_state.runs = st.session_state.get("runs", 0) + 1
st.text("HAS " + repr({"runs": st.session_state.runs, "cell": st.session_state.cell}))
draw(1)
draw(2)
"""
# A page whose part, when pressed, has the script go to another page.
LEFT = """
import time
import streamlit as st
from dino.ui import workarounds
workarounds.redraw_what_changed()

@st.fragment
def draw():
    if st.button("l", key="go"):
        st.session_state.leave = True
        st.rerun()
    st.text("GOT " + repr({"page": 1, "part": 1}))

def one():
    if st.session_state.get("leave"):
        st.switch_page(pages[1])
    draw()

def two():
    if st.session_state.pop("leave", False):
        st.text("BEGUN")
        time.sleep(0.5)
    st.text("GOT " + repr({"page": 2}))

pages = [st.Page(one, default=True), st.Page(two)]
st.navigation(pages).run()
"""
# Two pages; the first has a choice of its own and one in a part.
PAGES = """
import time
import streamlit as st
from dino.ui import workarounds
workarounds.redraw_what_changed()

@st.fragment
def draw():
    st.slider("l", 0, 9, key="heat", on_change=keep, args=("heat",))
    st.text("GOT " + repr({"part": 1}))

def keep(key):
    st.session_state[f"kept {key}"] = st.session_state[key]

def show(page):
    kept = {name[5:]: it for name, it in st.session_state.items() if name.startswith("kept ")}
    st.text("GOT " + repr({"page": page, **kept}))

def one():
    st.selectbox("l", ["rnn", "gru"], key="cell", on_change=keep, args=("cell",))
    draw()
    show(1)

def two():
    st.text("BEGUN")
    time.sleep(0.5)
    show(2)

st.navigation([st.Page(one, default=True), st.Page(two)]).run()
"""
# A page whose callback takes a while, and sets one value after the other.
CALLED = """
import time
import streamlit as st
from dino.ui import workarounds
workarounds.finish_callbacks()
workarounds.run_one_script()

def work():
    st.text("BEGUN")
    for _ in range(8):
        time.sleep(0.05)
        st.session_state.done = st.session_state.get("done", 0) + 1

st.button("l", key="go", on_click=work)
st.slider("l", 0, 9, key="own")
st.text("GOT " + repr({"done": st.session_state.get("done", 0), "own": st.session_state.own}))
"""
# A page with many buttons, and a box that sets another one. Its script takes a while between two
# values that belong together. It counts how many scripts of a page run at once.
STORM = """
import collections, threading, time
import streamlit as st
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from dino.ui import workarounds
for mend in ("finish_callbacks", "keep_what_is_set", "read_options_together", "run_one_script",
             "take_each_message", "break_off_at_drawing"):
    getattr(workarounds, mend)()

def counting(self, wanted, original=ScriptRunner._run_script):
    at_work = ScriptRunner.at_work
    at_work[self._session_id] += 1
    ScriptRunner.most = max(ScriptRunner.most, *at_work.values())
    try:
        original(self, wanted)
    finally:
        at_work[self._session_id] -= 1

if not hasattr(ScriptRunner, "at_work"):
    ScriptRunner.at_work, ScriptRunner.most = collections.Counter(), 0
    ScriptRunner._run_script = counting

state = st.session_state
state.setdefault("pressed", ())
def press(number):
    state.pressed += (number,)
def preset():
    state.cell = {"best": "lstm", "first": "rnn"}[state.preset]
for number in range(30):
    st.button("l", key=f"go{number}", on_click=press, args=(number,))
st.selectbox("l", ["first", "best"], key="preset", on_change=preset)
st.selectbox("l", ["rnn", "gru", "lstm"], key="cell")
st.slider("l", 0, 9, key="own")
st.text_input("l", key="mark")
half = state.half = state.get("half", 0) + 1
time.sleep(0.02)
state.other_half = state.get("other_half", 0) + half - state.half + 1
st.text_input("l", workarounds.script_number(), key="heard_page")
st.text("GOT " + repr({"pressed": state.pressed, "cell": state.cell, "own": state.own,
    "mark": state.mark, "whole": state.half == state.other_half, "most": ScriptRunner.most}))
"""
# A page whose server is slow: it looks at a message for a part only once the script has ended.
LATE = """
import time
import streamlit as st
from streamlit.runtime.app_session import AppSession
from dino.ui import workarounds
workarounds.gather_messages()

def looks_late(self, state, original=AppSession.request_rerun):
    if state.fragment_id and self._scriptrunner:
        self._scriptrunner._script_thread.join()
    original(self, state)

if not hasattr(AppSession, "is_late"):
    AppSession.request_rerun, AppSession.is_late = looks_late, True

@st.fragment
def draw():
    st.session_state.drawn = st.session_state.get("drawn", 0) + 1
    st.text("GOT " + repr({"part": 1, "drawn": st.session_state.drawn}))

st.session_state.runs = st.session_state.get("runs", 0) + 1
draw()
st.text("HAS " + repr({"runs": st.session_state.runs}))
"""
# Part of a page: once "wait" is pressed, it waits until somebody presses "go on".
WAITING = """
import threading

@st.cache_resource
def gate():
    return threading.Event()

waits = st.button("l", key="wait")
if st.button("l", key="go_on"):
    gate().set()
if waits:
    gate().clear()
    st.text("BEGUN")
    gate().wait()
"""
# A page that waits in the same way in the middle of its script, and then draws a block that is not
# broken off.
HALF = (
    """
import streamlit as st
from dino.ui import workarounds
for mend in ("gather_messages", "finish_callbacks", "come_back_to_nothing_unsent"):
    getattr(workarounds, mend)()

@st.cache_resource
def drawn():
    return []

st.session_state.runs = st.session_state.get("runs", 0) + 1
box = st.container()
"""
    + WAITING
    + """
with workarounds.unbroken():
    box.text("REST")
    st.text("GOT " + repr({"runs": st.session_state.runs, "drawn": [*drawn()]}))
    drawn().append(workarounds.session_id())
"""
)
# A page with a button for a file, which a tick removes. It waits, once "wait" is pressed, until
# somebody presses "go on".
FILES = (
    """
import streamlit as st
from dino.ui import workarounds
workarounds.bring_files()

@st.fragment
def draw():
    drawn = st.session_state.drawn = st.session_state.get("drawn", 0) + 1
    if not st.checkbox("l", key="without"):
        st.download_button("l", lambda: f"file {drawn}", key="save", on_click="ignore")
    st.text("GOT " + repr({"part": 1, "drawn": drawn}))

"""
    + WAITING
    + """draw()
"""
)
# A page that says how many are connected, on a server that keeps only the last two closed sessions.
FEW = """
import streamlit as st
from dino.ui import workarounds as w
from dino.ui.workarounds import sessions

sessions.STORED = 2
w.free_sessions()
st.text("GOT " + repr({"connected": len(w.connected_sessions())}))
"""
# A page whose script reads a click, and waits in the same way.
READ = (
    """
import streamlit as st
from dino.ui import workarounds
for mend in ("read_options_together", "run_one_script", "take_each_message"):
    getattr(workarounds, mend)()

state = st.session_state
if st.button("l", key="read"):
    state.clicks = state.get("clicks", 0) + 1
"""
    + WAITING
    + """st.text("GOT " + repr({"clicks": state.get("clicks", 0)}))
"""
)
PAGE = """
import threading, time
import streamlit as st
from streamlit import runtime
from dino.live import server_process
from dino.ui import workarounds as w
from dino.ui.workarounds import values

values.LIST_LETTERS["names"] = values.LIST_LETTERS["own_text"]
w.forgive_nonsense()
w.refuse_messages()
w.limit_uploads(per_session=2_000_000, per_browser=3_000_000, total=5_000_000)

@st.cache_resource
def kept():
    def clean():
        while True:
            time.sleep(0.2)
            w.free_sessions()
            server_process.trim_memory()
    server_process.bound_arenas()
    threading.Thread(target=clean, daemon=True).start()
    return [time.time()]

state, rates = st.session_state, {"sgd": 1, "adam": 2}
state.setdefault("ballast", bytearray(500_000))
state.setdefault("called", [])
def chosen():
    state.rate = rates[state.optimizer]
def clicked():
    state.called.append(state.part.row)
since = kept()[0]
with st.expander("all"):
    got = dict(
        steps=st.slider("l", 0, 100, 10, key="steps"),
        heat=st.slider("l", 0.0, 2.0, 1.0, key="heat"),
        pace=st.select_slider("l", [0.1, 0.2, 0.5], key="pace"),
        optimizer=st.selectbox("l", [*rates], key="optimizer", on_change=chosen),
        tool=st.segmented_control("l", ["name", "unit"], key="tool", default="name"),
        size=st.number_input("l", 1, 512, 64, key="size"),
        rate_=st.number_input("l", 0.0, 1.0, 0.5, key="rate_"),
        prefix=st.text_input("l", key="prefix"),
        names=st.text_area("l", key="names", max_chars=1_000_001),
        case=st.toggle("l", key="case"),
        box=st.checkbox("l", key="box"),
        go=st.button("l", key="go"),
        file=st.file_uploader("l", type="txt", key="file"),
        save=st.download_button("l", "x", key="save"))
part = st.components.v2.component("probe", html="<i></i>")(
    key="part", default={"row": 1}, on_row_change=clicked, on_press_change=lambda: None)
got["part"] = part.row
got["file"] = got["file"] and got["file"].name
got["names"] = got["names"][:9] + str(len(got["names"]))
st.text("GOT " + repr(got))
uploads = runtime.get_instance()._uploaded_file_mgr
st.text("HAS " + repr(dict(
    since=since, session=w.session_id(), connected=w.is_connected(w.session_id()),
    others=len(w.connected_sessions()), called=len(state.called),
    mine=sum(len(f.data) for f in uploads.file_storage[w.session_id()].values()),
    all=sum(len(f.data) for fs in uploads.file_storage.values() for f in fs.values()))))
for note in w.collect_notes():
    st.warning(note)
"""


class Server:
    """A page on a server of its own, started as `streamlit run START` in this folder."""

    def __init__(self, folder, start, flags):
        self.port, self.path = free_port(), folder / "log"
        with open(self.path, "wb") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "streamlit",
                    "run",
                    start,
                    f"--server.port={self.port}",
                    f"--server.address={HOST}",
                    "--server.headless=true",
                    "--server.enableStaticServing=false",
                    "--server.disconnectedSessionTTL=2",
                    *flags,
                ],
                cwd=folder,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=log,
                stderr=log,
            )

    def up(self):
        try:
            return self.ask("GET", "/_stcore/health")[0] == 200
        except OSError:
            return False

    def ask(self, method, path, body=None, headers=()):
        connection = http.client.HTTPConnection(HOST, self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), answer.headers
        finally:
            connection.close()

    @property
    def log(self):
        return self.path.read_text(errors="replace")

    @property
    def files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def vital(self, name):
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1])

    def stop(self):
        self.process.kill()
        self.process.wait(PATIENCE)


@contextmanager
def served_page(page, start="app.py", *flags):
    """A page on a server of its own. start: "page.py" for a script alone, without the guard. flags:
    in place of those of every test's server.
    """
    with only_one("server"), tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "app.py").write_text(SERVED)
        (folder / "page.py").write_text(page)
        (folder / ".streamlit").mkdir()
        (folder / ".streamlit" / "config.toml").write_text(
            (ROOT / ".streamlit" / "config.toml").read_text()
        )
        server = Server(folder, start, flags or forced())
        try:
            wait_for(server.up, "the server")
            yield server
        finally:
            server.stop()


@pytest.fixture
def server(shared_app):
    """The page of all kinds of widgets."""
    return shared_app.start(served_page, PAGE)


@pytest.fixture(autouse=True)
def clean_log(request):
    """Whatever a test sends, the server's log shows no exception."""
    if "server" not in request.fixturenames:
        return (yield)
    server = request.getfixturevalue("server")
    before = len(server.log)
    yield
    log = server.log[before:]
    assert not re.search(r"Traceback|\w+(Error|Exception):|lacks", log), log[-3000:]


class Tab:
    """A visitor's page."""

    def __init__(self, server, cookie="", session="", begin=True):
        self.server, self.widgets, self.page, self.values = server, {}, "", {}
        self.parts, self.pages, self.file, self.chosen = {}, [], "", {}
        self.cookie = (
            cookie
            or server.ask("GET", "/_stcore/health")[2].get("Set-Cookie", "").partition(";")[0]
        )
        self.socket = connect(
            f"ws://{HOST}:{server.port}/_stcore/stream",
            compression=None,
            max_size=None,
            subprotocols=["streamlit", self.cookie.partition("=")[2] or "x"]
            + [session] * bool(session),
            additional_headers={"Cookie": self.cookie},
        ).__enter__()
        if begin:
            self.run()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, back):
        self.socket.send(back.SerializeToString())

    def run(self, *states, **details):
        """Run the page with these values in addition to its own; read all that it shows."""
        back = BackMsg()
        back.rerun_script.page_script_hash = self.page
        for name, value in details.items():
            (
                back.rerun_script.cached_message_hashes.extend(value)
                if isinstance(value, list)
                else setattr(back.rerun_script, name, value)
            )
        for state in [*({**self.values, **{it.id: it for it in states}}).values()]:
            back.rerun_script.widget_states.widgets.append(state)
        if not back.rerun_script.HasField("widget_states"):
            back.rerun_script.SetInParent()
        self.send(back)
        return self.read()

    def begun(self):
        """Wait until the callback of a click has begun, and said so."""
        msg = ForwardMsg()
        while msg.delta.new_element.text.body != "BEGUN":
            msg.ParseFromString(self.socket.recv(timeout=PATIENCE))
            if msg.WhichOneof("type") == "new_session":
                self.page = msg.new_session.page_script_hash

    def read(self):
        self.notes, self.got, self.has, self.wrong = [], {}, {}, []
        while True:
            msg = ForwardMsg()
            msg.ParseFromString(self.socket.recv(timeout=PATIENCE))
            if msg.WhichOneof("type") == "script_finished":
                if self.got or self.wrong:
                    return self.got
            elif msg.WhichOneof("type") == "new_session":
                self.page = msg.new_session.page_script_hash
                self.pages.append(self.page)
                self.session = msg.new_session.initialize.session_id
            elif msg.WhichOneof("type") == "navigation":
                self.page = msg.navigation.page_script_hash
            elif msg.WhichOneof("type") == "delta":
                self._element(msg.delta.new_element)
                if msg.delta.new_element.text.body.startswith("GOT"):
                    self.parts[self.got.get("part")] = msg.delta.fragment_id

    def _element(self, element):
        kind = element.WhichOneof("type")
        widget = getattr(element, kind) if kind else None
        name = getattr(widget, "id", "")
        if name:
            self.widgets[name.split("-", 2)[-1]] = name
        if kind == "exception":
            self.wrong.append(widget.message)
        elif kind == "download_button":
            self.file = widget.deferred_file_id
        elif kind == "alert":
            self.notes.append(widget.body)
        elif kind == "text" and widget.body.startswith("GOT"):
            self.got = ast.literal_eval(widget.body[4:])
        elif kind == "text" and widget.body.startswith("HAS"):
            self.has = ast.literal_eval(widget.body[4:])

    def state(self, key, **fields):
        """A value of a widget, in the field of that name."""
        name = self.widgets[key.removesuffix("!")]
        state = WidgetState(id=f"$$STREAMLIT_INTERNAL_KEY_{name}__events" if "!" in key else name)
        for field, value in fields.items():
            if field.endswith("array_value"):
                getattr(state, field).SetInParent()
                getattr(state, field).data.extend(value)
            elif field in ("arrow_value", "chat_input_value", "string_trigger_value"):
                getattr(state, field).data = value
            elif field == "file_uploader_state_value":
                state.file_uploader_state_value.SetInParent()
                for key in value:
                    state.file_uploader_state_value.uploaded_file_info.add(file_id=key)
            else:
                setattr(state, field, value)
        return state

    def give(self, key, **fields):
        state = self.state(key, **fields)
        self.values[state.id] = state

    def choose(self, key, **fields):
        self.give(key, **fields)
        (self.chosen[key],) = fields.values()

    def ask_for(self, file):
        """Ask for a button's file by its id, as a click does."""
        back = BackMsg()
        back.backend_operation_request.request_id = "r"
        back.backend_operation_request.session_id = self.session
        back.backend_operation_request.deferred_file.file_id = file
        self.send(back)

    def answer(self):
        """The address of the file that was asked for; '' where it is refused."""
        msg = ForwardMsg()
        while msg.WhichOneof("type") != "backend_operation_response":
            msg.ParseFromString(self.socket.recv(timeout=PATIENCE))
        return msg.backend_operation_response.deferred_file.url

    def text_of(self, file):
        """What is in a button's file, by its id; '' where it is refused."""
        self.ask_for(file)
        address = self.answer()
        return self.server.ask("GET", address)[1] if address else ""

    def put(self, size=1_000_000, name="a.txt"):
        """Upload a file; its id."""
        back = BackMsg()
        back.file_urls_request.request_id = "r"
        back.file_urls_request.file_names.append(name)
        self.send(back)
        while True:
            msg = ForwardMsg()
            msg.ParseFromString(self.socket.recv(timeout=PATIENCE))
            if msg.WhichOneof("type") == "file_urls_response":
                info = msg.file_urls_response.file_urls[0]
                break
        body = (
            f'--x\r\nContent-Disposition: form-data; name="f"; filename="{name}"\r\n'
            f"Content-Type: text/plain\r\n\r\n{'a' * size}\r\n--x--\r\n"
        )
        status = self.server.ask(
            "PUT",
            info.upload_url,
            body.encode(),
            {
                "Content-Type": "multipart/form-data; boundary=x",
                "Cookie": self.cookie,
                "X-Xsrftoken": self.cookie.partition("=")[2],
            },
        )[0]
        assert status == 204
        return info.file_id


DEFAULT = {
    "steps": 10,
    "heat": 1.0,
    "pace": 0.1,
    "optimizer": "sgd",
    "tool": "name",
    "size": 64,
    "rate_": 0.5,
    "prefix": "",
    "names": "0",
    "case": False,
    "box": False,
    "go": False,
    "file": None,
    "save": False,
    "part": 1,
}
GOOD = {
    "steps": {"double_array_value": [20]},
    "heat": {"double_array_value": [0.5]},
    "pace": {"string_array_value": ["0.5"]},
    "optimizer": {"string_value": "adam"},
    "tool": {"string_array_value": ["unit"]},
    "size": {"int_value": 128},
    "rate_": {"double_value": 0.25},
    "prefix": {"string_value": "tri"},
    "names": {"string_value": "a\nb"},
    "case": {"bool_value": True},
    "box": {"bool_value": True},
    "part": {"json_value": '{"row": 7}'},
}
SHOWN = {
    **DEFAULT,
    "steps": 20,
    "heat": 0.5,
    "pace": 0.5,
    "optimizer": "adam",
    "tool": "unit",
    "size": 128,
    "rate_": 0.25,
    "prefix": "tri",
    "names": "a\nb3",
    "case": True,
    "box": True,
    "part": 7,
}
DEEP = "[" * 400 + "]" * 400
# Nonsense for a widget that takes another field.
NONSENSE = {
    "trigger_value": [True],
    "bool_value": [True],
    "double_value": [math.nan, math.inf, 1e308],
    "int_value": [-(2**63), 3],
    "string_value": ["evil", "x" * 100_000, "\0\u202e<b>"],
    "double_array_value": [[], [math.nan], [1, 2, 3]],
    "int_array_value": [[2**62], []],
    "string_array_value": [[], ["evil"], ["0.5", "0.5"]],
    "json_value": ["{", DEEP, "[1]", "1" * 5000],
    "json_trigger_value": ["{", DEEP, "null"],
    "arrow_value": [b"\xff"],
    "bytes_value": [b"\xff\0"],
    "file_uploader_state_value": [["evil"]],
    "string_trigger_value": ["evil"],
    "chat_input_value": ["evil"],
}
# The fields that a widget may come in, and what is nonsense in them all the same.
OWN = {
    "steps": {
        "double_array_value": [[], [math.nan], [1, 2, 3], [500], [1.5]],
        "int_array_value": [[-5]],
    },
    "heat": {"double_array_value": [[], [math.inf], [2.5]], "int_array_value": [[9]]},
    "pace": {"string_array_value": [[], ["evil"], ["0.5", "0.5"]]},
    "optimizer": {"string_value": ["evil", "", "x" * 100_000]},
    "tool": {"string_array_value": [["evil"], ["name", "unit"], ["x" * 5_001], ["x"] * 1_001]},
    "size": {"double_value": [math.nan, math.inf, 1e308, 1.5], "int_value": [0, 2**62]},
    "rate_": {"double_value": [math.nan, -1.0, 7.0], "int_value": [9]},
    "prefix": {"string_value": ["x" * 5_001]},
    "names": {"string_value": []},
    "case": {"bool_value": []},
    "box": {"bool_value": []},
    "go": {"trigger_value": []},
    "save": {"trigger_value": []},
    "file": {"file_uploader_state_value": []},
    "part": {
        "json_value": ["{", DEEP, "[1]", "null", '"x"', "1" * 5000, f'{{"row": "{"x" * 300_000}"}}']
    },
    "part!": {"json_trigger_value": [DEEP, "1" * 5000, f'"{"x" * 300_000}"']},
}


def test_a_message_that_changes_another_part_redraws_the_page(shared_app):
    """A browser makes one message of what changes in one instant; it names one part only."""
    with Tab(shared_app.start(served_page, PARTS)) as tab:
        assert tab.has == {"runs": 1, "cell": "rnn"}
        first, second = tab.parts[1], tab.parts[2]
        tab.give("cell", string_value="rnn")
        tab.give("own1", int_array_value=[0])
        press = tab.state("go1", trigger_value=True)
        assert tab.run(press, fragment_id=first)["part"] == 1 and not tab.has
        tab.give("own1", int_array_value=[3])
        assert tab.run(press, fragment_id=first)["part"] == 1 and not tab.has
        tab.give("cell", string_value="gru")  # with a press in a part
        tab.run(press, fragment_id=first)
        assert tab.has == {"runs": 2, "cell": "gru"}
        assert tab.run(press, fragment_id=first)["cell"] == "gru" and not tab.has
        tab.run(press, tab.state("go2", trigger_value=True), fragment_id=second)
        assert tab.has["runs"] == 3
        tab.give("cell", string_value="nonsense")
        assert tab.run(press, fragment_id=first)["cell"] == "gru"
        tab.give("cell", string_value="gru")
        tab.run()
        runs = tab.has["runs"]
        late = BackMsg()  # of another page, which the browser has left
        late.rerun_script.page_script_hash = "another page"
        late.rerun_script.fragment_id = first
        late.rerun_script.widget_states.widgets.append(tab.state("cell", string_value="rnn"))
        tab.send(late)
        tab.read()
        assert tab.has == {"runs": runs + 1, "cell": "rnn"}  # the page is redrawn for its choice
        del late.rerun_script.widget_states.widgets[:]
        late.rerun_script.widget_states.widgets.append(WidgetState(id="gone", int_value=1))
        tab.send(late)  # and not for nothing
        tab.run()
        assert tab.has == {"runs": runs + 2, "cell": "gru"}


@pytest.mark.parametrize("of_a_part", [True, False])
def test_a_choice_that_comes_after_the_click_on_a_link_is_taken_on_the_next_page(
    shared_app, of_a_part
):
    """A browser may send the two in this order, the choice as a message of the page before."""
    with Tab(shared_app.start(served_page, PAGES)) as tab:
        first, link, choice = tab.page, BackMsg(), BackMsg()
        link.rerun_script.page_name = "two"
        link.rerun_script.widget_states.SetInParent()
        tab.send(link)
        assert tab.read() == {"page": 2}
        second, back = tab.page, BackMsg()
        back.rerun_script.page_script_hash = first
        back.rerun_script.widget_states.SetInParent()
        tab.send(back)
        assert tab.read() == {"page": 1}
        link.rerun_script.page_name, link.rerun_script.page_script_hash = "", second
        choice.rerun_script.page_script_hash = first
        if of_a_part:
            choice.rerun_script.fragment_id = tab.parts[1]
            sent, taken = tab.state("heat", double_array_value=[7]), {"heat": 7}
        else:
            sent, taken = tab.state("cell", string_value="gru"), {"cell": "gru"}
        choice.rerun_script.widget_states.widgets.append(sent)
        tab.send(link)
        tab.begun()
        tab.send(choice)
        while tab.read() != {"page": 2, **taken}:
            pass
        tab.send(back)
        assert tab.read() == {"page": 1, **taken}


def test_a_part_of_a_page_that_the_script_has_left_is_not_drawn(shared_app):
    """A browser that is told to draw a part of the page before shows nothing."""
    with Tab(shared_app.start(served_page, LEFT)) as tab:
        press, late = BackMsg(), BackMsg()
        for back in (press, late):
            back.rerun_script.page_script_hash = tab.page
            back.rerun_script.fragment_id = tab.parts[1]
        press.rerun_script.widget_states.widgets.append(tab.state("go", trigger_value=True))
        late.rerun_script.widget_states.SetInParent()
        tab.send(press)
        tab.begun()
        tab.send(late)
        assert tab.read() == {"page": 2}
        second, again = tab.page, BackMsg()
        again.rerun_script.page_script_hash = second
        before = len(tab.pages)
        tab.send(again)
        assert tab.read() == {"page": 2}
        assert {*tab.pages[before:]} == {second}


def test_a_callback_is_done_whole_though_another_message_comes_meanwhile(shared_app):
    with Tab(shared_app.start(served_page, CALLED)) as tab:
        assert tab.got == {"done": 0, "own": 0}
        for number in range(1, 4):
            click, other = BackMsg(), BackMsg()
            for back in (click, other):
                back.rerun_script.page_script_hash = tab.page
            states = click.rerun_script.widget_states.widgets
            states.append(tab.state("go", trigger_value=True))
            own = tab.state("own", int_array_value=[number])
            other.rerun_script.widget_states.widgets.append(own)
            tab.send(click)
            tab.begun()
            tab.send(other)
            while tab.read()["own"] != number:
                pass
            assert tab.got["done"] == 8 * number


@pytest.mark.parametrize("fast", ["true", "false"])
def test_after_a_storm_of_clicks_every_last_choice_is_right(shared_app, fast):
    """Sixty messages at once, as from a browser that hears of nothing before it has sent all."""
    flags = {**FORCED, "runner.fastReruns": fast}
    server = shared_app.start(
        served_page, STORM, "app.py", *(f"--{name}={value}" for name, value in flags.items())
    )
    for seed in range(3):
        with Tab(server) as tab:
            chance, cell = random.Random(seed), "rnn"
            wanted = [*[("go", number) for number in range(30)], *["preset", "cell", "own"] * 10]
            chance.shuffle(wanted)
            for what in wanted:
                back = BackMsg()
                back.rerun_script.page_script_hash = tab.page
                if what == "preset":
                    preset = chance.choice(["first", "best"])
                    if tab.chosen.get("preset", "first") != preset:
                        cell = {"first": "rnn", "best": "lstm"}[preset]
                    tab.choose("preset", string_value=preset)
                elif what == "cell":
                    shown = tab.chosen.get("cell", "rnn")  # in a browser that hears of nothing
                    cell = chance.choice([it for it in ("rnn", "gru", "lstm") if it != shown])
                    tab.choose("cell", string_value=cell)
                elif what == "own":
                    tab.choose("own", int_array_value=[chance.randrange(10)])
                else:
                    back.rerun_script.widget_states.widgets.append(
                        tab.state(f"go{what[1]}", trigger_value=True)
                    )
                back.rerun_script.widget_states.widgets.extend(tab.values.values())
                tab.send(back)
            numbers = tuple(what[1] for what in wanted if what[0] == "go")
            tab.give("mark", string_value="last")
            tab.run()
            while tab.got["mark"] != "last":
                tab.read()
            assert tab.got["pressed"] == numbers and tab.got["own"] == tab.chosen["own"][0]
            assert tab.got["cell"] == cell and tab.got["whole"] and tab.got["most"] == 1


def test_a_click_that_waits_is_read_once_by_the_script_though_a_message_waits_after_it(shared_app):
    server = shared_app.start(served_page, READ)
    with Tab(server) as tab, Tab(server) as other:
        for keys in (["wait"], ["read"], []):
            back = BackMsg()
            back.rerun_script.page_script_hash = tab.page
            back.rerun_script.widget_states.SetInParent()
            for key in keys:
                state = tab.state(key, trigger_value=True)
                back.rerun_script.widget_states.widgets.append(state)
            tab.send(back)
            if keys == ["wait"]:
                tab.begun()
        tab.ask_for("none")
        tab.answer()  # so all three wait: a script that has begun may lose a click that it reads
        other.run(other.state("go_on", trigger_value=True))
        assert tab.read() == {"clicks": 1}
        tab.run()
        assert tab.got == {"clicks": 1}


def test_messages_that_wait_are_merged_where_they_are_many_bytes():
    def last(old, new):
        return new

    keep = scripts.keeping_each(last)
    for letters, most in ((10, scripts.MOST), (100_000, scripts.MOST_BYTES // 100_000)):
        message, waiting = WidgetStates(), None
        message.widgets.add(id="own", string_value="a" * letters)
        for _ in range(2 * scripts.MOST):
            waiting = keep(waiting, message)
        assert 0.9 * most <= len(waiting.each) <= most


def test_what_a_script_has_said_arrives_though_a_part_is_redrawn_next(shared_app):
    with Tab(shared_app.start(served_page, LATE)) as tab:
        for number in range(2, 6):
            assert tab.has == {"runs": number - 1}
            page, part = BackMsg(), BackMsg()
            page.rerun_script.page_script_hash = tab.page
            part.rerun_script.page_script_hash = tab.page
            part.rerun_script.fragment_id = tab.parts[1]
            tab.send(page)
            tab.send(part)
            if tab.read()["drawn"] < 2 * number - 1:  # the page's own messages came first
                whole = tab.has
                assert tab.read()["drawn"] == 2 * number - 1
                tab.has = whole
        assert tab.has == {"runs": 5}


def test_a_click_that_comes_after_a_redraw_brings_the_file_of_the_same_button(shared_app):
    """A browser asks by the id that it knew, when the click that ends the typing has had a part of
    the page drawn.
    """
    server = shared_app.start(served_page, FILES)
    with Tab(server) as tab, Tab(server) as other:
        first = tab.file
        assert tab.text_of(first) == "file 1"
        tab.run(fragment_id=tab.parts[1])
        assert tab.file != first and tab.text_of(first) == "file 2"
        tab.run()
        assert tab.text_of(first) == tab.text_of(tab.file) == "file 3"
        assert other.text_of(first) == ""
        tab.give("without", bool_value=True)
        tab.run()
        assert tab.text_of(first) == ""


def test_a_click_while_the_page_is_drawn_waits_for_its_button(shared_app):
    """Another visitor's script ends meanwhile: what nobody's page shows is then forgotten."""
    server = shared_app.start(served_page, FILES)
    with Tab(server) as tab, Tab(server) as other:
        click = BackMsg()
        click.rerun_script.page_script_hash = tab.page
        click.rerun_script.widget_states.widgets.append(tab.state("wait", trigger_value=True))
        tab.send(click)
        tab.begun()
        other.run()
        other.run()
        tab.ask_for(tab.file)
        other.run(other.state("go_on", trigger_value=True))
        assert server.ask("GET", tab.answer())[1] == "file 2"


def test_a_file_lasts_until_its_browser_has_it_whatever_else_is_drawn(shared_app):
    server = shared_app.start(served_page, FILES)
    with Tab(server) as tab, Tab(server) as other:
        tab.ask_for(tab.file)
        address = tab.answer()
        for _ in range(3):
            other.run()
            tab.run()
        assert server.ask("GET", address)[:2] == (200, "file 1")


@pytest.mark.parametrize(
    "key",
    [pytest.param(key, marks=[] if i % 12 == 0 else pytest.mark.long) for i, key in enumerate(OWN)],
)
def test_nonsense_in_any_widget_costs_one_sentence_and_no_value(server, key):
    with Tab(server) as tab:
        assert tab.got == DEFAULT
        for name, fields in GOOD.items():
            tab.give(name, **fields)
        assert tab.run() == SHOWN and not tab.notes
        others = {
            field: values
            for field, values in NONSENSE.items()
            if field not in OWN[key]
            and not (key in ("size", "rate_") and field in ("int_value", "double_value"))
        }
        for field, values in {**others, **OWN[key]}.items():
            for value in values:
                assert tab.run(tab.state(key, **{field: value})) == SHOWN
                assert not tab.wrong
                assert len(tab.notes) == 1 and tab.notes[0].startswith(f"{key.strip('!')} takes ")
                assert len(tab.notes[0]) < 250 and tab.notes[0].isprintable()
        assert tab.run() == SHOWN and not tab.notes


def test_the_same_nonsense_is_told_once_and_what_was_right_never(server):
    with Tab(server) as tab:
        for _ in range(3):
            tab.run(tab.state("size", string_value="x"))
        assert not tab.notes
        tab.run(tab.state("size", string_value="y"))
        assert tab.notes == [
            "size takes a number within its bounds, but your browser sent “y”. It "
            "keeps its old value. Set it again, or reload the page."
        ]


def test_nonsense_that_comes_before_the_page_is_known(server):
    with Tab(server) as first:
        states = [
            first.state("size", string_value="x"),
            first.state("pace", double_value=0.5),
            first.state("optimizer", string_value="evil"),
            first.state("part", json_value="{"),
            first.state("go", string_value="x"),
        ]
        for name in ("run", "called", "ballast", "$$ID-nothing-run", "$$", ""):
            states.append(WidgetState(id=name, string_value="x"))
        # As a browser that comes back to a server that was restarted.
        with Tab(server, begin=False) as tab:
            assert tab.run(*states) == DEFAULT and not tab.wrong
            assert {note.split()[0] for note in tab.notes} == {
                "size",
                "pace",
                "optimizer",
                "part",
                "go",
            }
        assert first.run() == DEFAULT and not first.notes


def test_a_trigger_and_a_file_do_what_they_should(server):
    with Tab(server) as tab:
        assert tab.run(tab.state("go", trigger_value=True))["go"]
        assert not tab.run()["go"]
        key = tab.put(10)
        assert tab.run(tab.state("file", file_uploader_state_value=[key]))["file"] == "a.txt"
        key = tab.put(10, "a.exe")
        assert tab.run(tab.state("file", file_uploader_state_value=[key]))["file"] == "a.txt"
        assert tab.notes and not tab.wrong
        tab.run(tab.state("part", json_value='{"row": 3}'))
        assert tab.got["part"] == 3 and tab.has["called"] == 1
        events = json.dumps([{"event": "row"}, 5, None, {"event": []}, {"event": "evil"}])
        tab.run(tab.state("part!", json_trigger_value=events))
        assert tab.has["called"] == 2 and not tab.wrong


def test_nonsense_around_the_values(server):
    with Tab(server) as tab:
        for details in (
            {"query_string": "&&==%%ff%00=%zz&a[]=1"},
            {"query_string": "x" * 100_000},
            {"query_string": "&".join(f"a{i}" for i in range(50_000))},
            {"page_script_hash": "evil\0" * 100},
            {"page_name": "../../etc/passwd"},
            {"cached_message_hashes": ["x" * 50] * 20_000},
            {"is_auto_rerun": True},
            {"is_history_navigation": True, "query_string": "size=x"},
        ):
            assert tab.run(**details) == DEFAULT and not tab.wrong, details
            tab.page = ""
        back = BackMsg()
        back.rerun_script.fragment_id = "evil"  # there is no such fragment, so nothing runs
        tab.send(back)
        assert tab.run() == DEFAULT


def test_messages_that_reach_further_are_refused(server):
    with Tab(server) as other, Tab(server) as tab:
        since = other.has["since"]
        many = BackMsg()
        many.file_urls_request.file_names.extend([""] * 200_000)
        skills = BackMsg()
        skills.backend_operation_request.session_id = tab.session
        skills.backend_operation_request.install_skills.SetInParent()
        for back in (
            BackMsg(clear_cache=True),
            BackMsg(load_git_info=True),
            many,
            skills,
            BackMsg(set_run_on_save=True),
            BackMsg(debug_shutdown_runtime=True),
            BackMsg(),
            BackMsg(stop_script=True),
            BackMsg(app_heartbeat=True),
        ):
            tab.send(back)
        tab.socket.send(b"\xfa\x3f\x03abc")  # a field that no message has
        assert tab.run() == DEFAULT and tab.has["since"] == since
        other.run()
        assert other.has["since"] == since and other.got == DEFAULT


@pytest.mark.parametrize("frame, code", [(b"\xff" * 100, 1002), ("text", 1003)])
def test_a_frame_of_garbage_ends_its_own_connection(server, frame, code):
    with Tab(server) as other, Tab(server) as tab:
        tab.socket.send(frame)
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                tab.socket.recv(timeout=PATIENCE)
        assert closed.value.rcvd.code == code
        assert other.run() == DEFAULT


def test_a_long_paste_is_refused_and_a_huge_one_ends_its_connection(server):
    with Tab(server) as other, Tab(server) as tab:
        tab.run(tab.state("names", string_value="é" * 1_000_001))  # the most that its box takes
        assert tab.got["names"] == "é" * 9 + "1000001" and not tab.notes
        tab.run(tab.state("names", string_value="é" * 1_000_002))
        assert tab.got["names"] == "é" * 9 + "1000001"  # as before
        assert any("at most 1,000,001 characters" in it for it in tab.notes), tab.notes
        before = server.vital("VmRSS")
        with pytest.raises(ConnectionClosed) as closed:
            tab.run(tab.state("names", string_value="a" * 24_000_000))
        # While it is still being sent, the connection may end without a message.
        assert closed.value.rcvd is None or closed.value.rcvd.code == 1009
        assert other.run() == DEFAULT
        wait_for(lambda: server.vital("VmRSS") - before < 12_000, "24 MB are not kept")


@pytest.mark.long
def test_uploads_are_bounded_for_a_session_a_browser_and_all(server):
    def gone():
        with Tab(server) as tab:
            return tab.has["all"] == 0

    wait_for(gone, "earlier tests' uploads are gone")
    with Tab(server) as tab, Tab(server) as stranger:
        keys = [tab.put() for _ in range(6)]
        tab.run(tab.state("file", file_uploader_state_value=keys[-1:]))
        assert tab.has["mine"] == 2_000_000 and tab.got["file"] == "a.txt"
        assert any("removed" in note for note in tab.notes) and not tab.wrong
        tab.run(tab.state("file", file_uploader_state_value=keys[:1]))  # one that was removed
        assert tab.got["file"] is None and not tab.wrong
        with Tab(server, tab.cookie) as second:
            second.put(), second.put()
            assert second.run() and second.has["mine"] == 2_000_000
            tab.run()
            assert tab.has["mine"] == 1_000_000  # of one browser: 3 MB
            stranger.put(), stranger.put()
            with Tab(server) as third:
                third.put()
                third.run()
                assert third.has["all"] == 5_000_000 and third.has["mine"] == 1_000_000
            stranger.run()
            assert stranger.has["mine"] == 2_000_000  # of all: the largest holder lost one
    wait_for(gone, "uploads leave with their sessions")


def test_a_page_holds_one_large_upload_and_keeps_its_small_ones_beside_it(server):
    with Tab(server) as tab:
        small = tab.put()
        keys = [tab.put(size) for size in (14_000_000, 13_000_000)]
        tab.run(tab.state("file", file_uploader_state_value=keys[-1:]))
        assert tab.has["mine"] == 14_000_000 and tab.got["file"] == "a.txt"
        assert any("before it was read" in note for note in tab.notes) and not tab.wrong
        tab.run(tab.state("file", file_uploader_state_value=[small]))
        assert tab.got["file"] == "a.txt"


@pytest.mark.long
def test_sixty_who_left_leave_nothing(server):
    def held():
        return server.files, server.vital("Threads")

    with Tab(server):
        pass
    with Tab(server) as tab:
        wait_for(
            lambda: tab.run() and tab.has["others"] == 1 and server.files < 20,
            "earlier tests' sessions have ended",
        )
        files, threads = held()
        memory, most = server.vital("VmRSS"), files
        for _ in range(60):
            with Tab(server) as other:
                other.run(other.state("steps", double_array_value=[5]))
            most = max(most, server.files)
        assert most > files + 10  # two seconds for each browser to come back
        wait_for(lambda: server.files <= files, "descriptors are back")
        wait_for(lambda: server.vital("Threads") <= threads, "threads are back")
        wait_for(lambda: server.vital("VmRSS") < memory + 10_000, "most of 30 MB is back")
        tab.run()
        assert tab.has["connected"] and tab.has["session"] == tab.session


def test_a_browser_that_comes_back_in_time_finds_its_session(server):
    with Tab(server) as tab:
        tab.give("size", int_value=99)
        tab.run()
        session = tab.session
    with Tab(server, session=session) as back:
        assert back.got["size"] == 99 and back.session == session


def test_a_browser_that_comes_back_gets_nothing_of_the_script_that_its_connection_broke(shared_app):
    server = shared_app.start(served_page, HALF)
    with Tab(server) as tab, Tab(server) as other:
        begin = BackMsg()
        begin.rerun_script.page_script_hash = tab.page
        state = tab.state("wait", trigger_value=True)
        begin.rerun_script.widget_states.widgets.append(state)
        tab.send(begin)
        tab.begun()
        tab.socket.close()
        other.run(other.state("go_on", trigger_value=True))
        wait_for(
            lambda: other.run()["drawn"].count(tab.session) == 2,
            "the script whose browser is gone has drawn the rest",
        )
        with Tab(server, session=tab.session, begin=False) as back:
            other.run()  # then the server sends what waits for anybody
            again = BackMsg()
            again.rerun_script.page_script_hash = tab.page
            back.send(again)
            kinds = []
            while "new_session" not in kinds or kinds[-1] != "script_finished":
                msg = ForwardMsg()
                msg.ParseFromString(back.socket.recv(timeout=PATIENCE))
                kinds.append(msg.WhichOneof("type"))
            assert "delta" in kinds and "delta" not in kinds[: kinds.index("new_session")]
            assert kinds.count("new_session") == 1
            assert back.run()["runs"] == 4


def test_of_closed_sessions_the_latest_are_kept(shared_app):
    flags = (*forced(), "--server.disconnectedSessionTTL=600")
    server, closed = shared_app.start(served_page, FEW, "app.py", *flags), []
    with ExitStack() as stack:
        tab = stack.enter_context(Tab(server))
        for _ in range(4):
            with Tab(server) as other:
                closed.append(other.session)
            wait_for(lambda: tab.run()["connected"] == 1, "it is closed")
        back = [stack.enter_context(Tab(server, session=session)) for session in closed]
        assert [it.session == was for it, was in zip(back, closed, strict=True)] == [
            False,
            False,
            True,
            True,
        ]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
def test_metrics_are_closed(server, method):
    for path in ("/_stcore/metrics", "/_stcore/metrics/", "/_stcore/%6detrics?families=x"):
        assert server.ask(method, path)[0] == 404
    assert server.ask("GET", "/_stcore/health")[0] == 200


def test_a_plain_script_tells_no_counts(shared_app):
    server = shared_app.start(served_page, PLAIN, "page.py")
    assert "session" in server.ask("GET", "/_stcore/metrics")[1]
    with connect(f"ws://{HOST}:{server.port}/_stcore/stream", subprotocols=["streamlit"]) as socket:
        back = BackMsg()
        back.rerun_script.SetInParent()
        socket.send(back.SerializeToString())
        wait_for(
            lambda: "session" not in server.ask("GET", "/_stcore/metrics")[1],
            "the script has closed it",
        )
    assert "Traceback" not in server.log
