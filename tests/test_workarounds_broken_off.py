"""A script that the next click breaks off at any place, and that is drawn again, ends as if it had
not been broken off: what it does after its callbacks is done whole or not at all.
"""

import os
import zlib

import pytest
from addresses import said
from sampling import one_in
from streamlit.runtime.scriptrunner import RerunData, RerunException
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.testing.v1 import AppTest
from waiting import PATIENCE

from dino.ui import server

# Of so many places of an act, one is tried; each act begins at another one.
EVERY = 5 if os.environ.get("DINO_LONG") == "1" else 25
KEPT = (
    *("notices", "preset", "selection", "chosen_rates", "list", "removed", "learn_part", "tool"),
    *("data_tool", "last_part", "language", "level", "hidden", "shown", "begun", "use_best"),
    *("wanted_page", "refused_setting", "moment", "projector_mode", "link_ticks"),
)


class Breaker:
    """Breaks a script off once, at the n-th place where it looks for another click."""

    def __init__(self, monkeypatch):
        self.looks, self.at = 0, None
        original = ScriptRunner._maybe_handle_execution_control_request

        def look(runner):
            original(runner)
            if runner._execing and self.at is not None:
                self.looks += 1
                if self.looks == self.at:
                    context = runner._get_script_run_ctx()
                    raise RerunException(
                        RerunData(
                            query_string=context.query_string,
                            page_script_hash=context.page_script_hash,
                        )
                    )

        monkeypatch.setattr(ScriptRunner, "_maybe_handle_execution_control_request", look)

    def during(self, number, act):
        """Act, and break the script off at the n-th place; 0: at none. Return how many it has."""
        self.looks, self.at = 0, number
        act()
        self.at = None
        return self.looks


def opened(**params):
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE)
    page.query_params.update(params)
    return page.run()


def choose_preset(page):
    page.selectbox(key="preset").set_value("best-lstm").run()


def choose_optimizer(page):
    box = page.selectbox(key="optimizer")
    box.set_value(next(it for it in box.options if it != box.value)).run()


def choose_list(page):
    page.selectbox(key="list").set_value("us-first-names").run()


def go_to(name):
    return lambda page: page.switch_page(f"dino/pages/{name}/page.py").run()


ODD = {"hidden_size": "7", "list": "us-first-names", "temperature": "nan", "preset": "x"}
ACTS = {
    "open": ({}, [], lambda page: page.run()),
    "open an odd address": (ODD, [], lambda page: page.run()),
    "choose a preset": ({}, [AppTest.run], choose_preset),
    "choose an optimizer": ({}, [AppTest.run], choose_optimizer),
    "choose a list": ({}, [AppTest.run], choose_list),
    "go to the data": ({}, [AppTest.run], go_to("data")),
    "look inside": ({"cell": "gru"}, [AppTest.run], go_to("inside")),
    "compare": ({}, [AppTest.run], go_to("compare")),
    "learn": ({}, [AppTest.run], go_to("learn")),
}


def end(page):
    """What the page has in the end, without what is new in every session."""
    assert not page.exception and not page.error
    page.run()
    assert not page.exception and not page.error
    kept = {key: page.session_state[key] for key in KEPT if key in page.session_state}
    widgets = {
        each.key: each.value
        for kind in (page.selectbox, page.toggle, page.checkbox, page.slider, page.number_input)
        for each in kind
        if each.key
    }
    address = {name: value for name, value in said(page).items() if name != "by"}
    return address, kept, widgets, [text.value for text in page.text]


def played(breaker, name, number):
    """A new visitor acts, and the script is broken off at this place. Return how many it has."""
    params, first, act = ACTS[name]
    page = opened(**params)
    for each in first:
        each(page)
    places = breaker.during(number, lambda: act(page))
    found = end(page)
    browser = page.session_state["visit"].browser
    made = [job.token for job in server.jobs().all_jobs() if job.may_act(browser)]
    return places, (*found, len(made))


@pytest.mark.parametrize("name", one_in(3, ACTS))
def test_what_a_script_does_is_done_whole_wherever_it_is_broken_off(monkeypatch, name):
    opened()  # the server has started
    breaker = Breaker(monkeypatch)
    places, wanted = played(breaker, name, 0)
    assert places > 20
    for number in range(1 + zlib.crc32(name.encode()) % min(EVERY, places), places + 1, EVERY):
        assert played(breaker, name, number)[1] == wanted, number
