"""A small test app in place of ours: only what its protocol needs, with known delays.

Run by tiny_app.py with routes, or as a plain script without: then its pages poll.
"""

import os
import secrets
import sys
import time
from pathlib import Path

import streamlit as st

sys.path.insert(0, str(Path(__file__).parent))
import tiny_state
from tiny_state import PAGES, QUICK, RUNS, SLOW, STUCK, TRIGGERS, Run

state = st.session_state
if "key" not in state:
    state.key = secrets.token_urlsafe(8)
    state.me = str(st.context.cookies.get("_streamlit_xsrf", secrets.token_hex(8)))
    shown = RUNS.get(st.query_params.get("run", "")) or Run(
        state.me, int(st.query_params.get("max_steps", 10**9))
    )
    state.token = shown.token
    RUNS[shown.token] = shown
OFFERS = [{"action": "new"}, {"action": "continue"}]
component = st.components.v2.component("tiny", js="export default function() {}", html="<i></i>")


def run() -> Run:
    return RUNS[state.token]


def mine() -> bool:
    return run().owner == state.me or "TINY_OPEN" in os.environ


def new() -> None:
    made = Run(state.me)
    RUNS[made.token], state.token = made, made.token


def act(action: str) -> None:
    if action in ("reset", "new"):
        new()
    if mine():
        {"play": run().play, "pause": run().pause, "new": run().play}.get(action, str)()


def clicked(key: str) -> None:
    for click in state[key].get("act") or ():
        if click["n"] > state.get("done", 0):
            state.done = click["n"]
            act(click["action"])


def note(key: str) -> None:
    for event in ("here", "changed", "poll", "turn"):
        value = state[key].get(event)
        if value is not None:
            TRIGGERS.append((event, value))
            state.asked = True


def listening(key: str) -> None:
    PAGES[state.key] = (state.token, mine())
    data = {
        "key": state.key,
        "stream": hasattr(tiny_state, "routes"),
        "pace": 0.3,
        "drawn": run().state(mine()),
        "frame": run().frame(mine()),
    }
    component(
        key=key,
        data=[data],
        **{
            f"on_{event}_change": lambda: note(key) for event in ("here", "changed", "poll", "turn")
        },
    )


@st.fragment
def picture() -> None:
    asked = (state.get("network_picture") or {}).get("unit")
    answer = {**asked, "strongest": [["to", 0, 1.0]]} if asked else None
    data = {"key": state.key, "stream": hasattr(tiny_state, "routes"), "unit": answer}
    component(key="network_picture", data=[{**data, "run": run().token}], on_unit_change=str)


def buttons() -> None:
    st.query_params["run"] = state.token
    kind = {"running": "pause", "done": "extend"}.get(run().phase, "play")
    frame = {"at": time.monotonic(), "kind": kind, "watching": not mine(), "pace": "full"}
    changed = state.get("hidden_size", "64") != "64"
    for key, offers in (("run_buttons", []), ("run_line", OFFERS[: 2 * changed])):
        component(
            key=key,
            data=[
                {"key": state.key, "done": state.get("done", 0), "frame": frame, "offers": offers}
            ],
            on_act_change=lambda key=key: clicked(key),
        )


@st.fragment
def live() -> None:
    buttons()
    listening("live")


@st.fragment
def quick() -> None:
    if st.button("quick", key="quick"):
        time.sleep(QUICK)


def lab() -> None:
    if not state.get("asked"):
        buttons()
        component(key="early", data=[{}], on_here_change=lambda: note("early"))
        return
    picture()
    live()
    quick()
    st.selectbox("Hidden size", ["64"], key="hidden_size", accept_new_options=True)
    st.selectbox("Steps", ["20"], key="max_steps", accept_new_options=True)
    st.slider("Temperature", 0.05, 5.0, 1.0, key="temperature")
    st.button("Write", key="write")
    if st.button("slow", key="slow"):
        time.sleep(SLOW)
    if st.button("again", key="again"):
        time.sleep(QUICK)
        st.rerun()
    if st.button("stuck", key="stuck"):
        time.sleep(STUCK)
    if st.button("raise", key="raise"):
        raise ValueError("as it should")


def other() -> None:
    state.asked = True
    st.button("Stop", key="stop_offer", on_click=act, args=("pause",))
    listening("pulse")


st.navigation(
    [
        st.Page(lab, title="Lab", default=True),
        st.Page(other, title="Data", url_path="data"),
        st.Page(other, title="Inside", url_path="inside"),
    ]
).run()
