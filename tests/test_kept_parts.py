"""What a page puts together once: it shows what it would show otherwise, and nothing of others."""

import gc
import json
import re
import threading
from types import SimpleNamespace
from weakref import ref

import numpy as np
import pytest
from browser import ONE_SERVER
from pressing import job_of, part, send
from sources import ROOT
from streamlit.testing.v1 import AppTest
from waiting import PATIENCE, wait_for

from dino.sample import Trace
from dino.ui import measurements, workarounds
from dino.ui.visit import Visit
from dino.ui.workarounds import drawing, reading, wrapping

pytestmark = ONE_SERVER


def shown(page: AppTest) -> dict[str, str]:
    """The data of each picture and table of a page, as they were sent."""
    assert not page.exception
    sent = {node.proto.id: node.proto.json for node in page.get("bidi_component")}
    return {key: text for key, text in sent.items() if '"figure"' in text or '"columns"' in text}


def lab() -> AppTest:
    """The Lab with a run that has trained, and its names."""
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE)
    page.query_params.update({"max_steps": "60", "hidden_size": "8"})
    page.run()
    page.run()
    job = job_of(page)
    job.play()
    wait_for(lambda: job.done and job.settled and job.run.step == 60, "the run")
    wait_for(lambda: part(page.run(), "probabilities") is not None, "the names")
    return page


def test_a_page_shows_what_it_would_show_if_nothing_were_kept(monkeypatch):
    monkeypatch.setattr(measurements, "PATIENCE", 60.0)
    page = lab()
    wait_for(lambda: part(page.run(), "ruler") and not part(page, "together_pulse"), "the ruler")

    def press(key):
        page.button(key=key).click().run()

    acts = {
        "nothing": page.run,
        "temperature": lambda: page.slider(key="temperature").set_value(2.0).run(),
        "name": lambda: send(page, part(page, "written")[0].id, "row", 1),
        "letter": lambda: page.slider(key="picked_letter").set_value(2).run(),
        "names": lambda: press("new_draws"),
    }
    before = shown(page)
    changes = {}
    for name, act in acts.items():
        act()
        wait_for(lambda: not part(page.run(), "writing_pulse"), "the names")
        kept = shown(page.run())
        with monkeypatch.context() as without:
            without.setattr(Visit, "make_once", lambda self, part, source, make: make())
            assert shown(page.run()) == kept, name
        changes[name] = {key.rpartition("-")[2] for key in kept if kept[key] != before[key]}
        assert kept.keys() == before.keys() and len(kept) >= 10
        before = kept
    of_a_name = {"probabilities", "hidden_states", "stretches", "surprise", "top_five"}
    assert changes["nothing"] == set()
    assert changes["temperature"] == {"probabilities", "surprise", "top_five"}
    assert changes["name"] >= of_a_name | {"written"} and "layers" not in changes["name"]
    assert changes["letter"] == {"probabilities", "stretches", "stretches_twin"}
    assert changes["names"] >= of_a_name | {"written"}


def once_more():
    import streamlit as st

    from dino.locale.sentences import find_language
    from dino.ui.language import say
    from dino.ui.plot import Picture, plot, plot_once
    from dino.ui.server import this_visit
    from dino.ui.table import Table, draw_table, draw_table_once

    this_visit().language = find_language((st.session_state.get("spoken", "en"),))
    made = st.session_state.setdefault("made", [])

    def picture():
        made.append("picture")
        axis = {"title": {"text": say("Temperature")}}
        layout = {"height": 90, "margin": {"l": 9, "r": 9, "t": 9, "b": 9}, "xaxis": axis}
        return Picture({"data": [], "layout": layout}, say("Temperature"), 50)

    def table():
        made.append("table")
        return Table([say("Temperature")], [["α"]], "about", numeric=range(1), selected=0)

    source = st.session_state.get("source", 1)
    plot_once("kept_picture", source, picture)
    draw_table_once("kept_table", source, table, on_row=print)
    plot(picture().figure, "picture", picture().alt, 50)
    columns, rows, caption, *_ = table()
    draw_table(columns, rows, "table", caption, numeric=range(1), selected=0, on_row=print)


def counted(page):
    """How often each was made for what is kept: all are also made for what is not."""
    made = page.session_state["made"]
    found = made.count("picture") - 2 * page.session_state.runs, made.count("table")
    return found[0], found[1] - page.session_state.runs


def test_it_is_made_again_only_where_its_source_or_the_language_changes():
    pages = [AppTest.from_function(once_more, default_timeout=PATIENCE) for _ in range(2)]
    seen = []
    for runs, state in enumerate(({}, {}, {"source": 2}, {"spoken": "es"}, {"spoken": "es"}), 1):
        for page in pages:
            for key, value in state.items():
                page.session_state[key] = value
            page.session_state["runs"] = runs
            page.run()
            assert not page.exception
            for kind in ("picture", "table"):
                kept, plain = part(page, f"kept_{kind}"), part(page, kind)
                assert kept[0].json == plain[0].json  # letter by letter
        seen.append(counted(pages[0]))
        assert counted(pages[1]) == seen[-1]  # each page makes its own
    assert seen == [(1, 1), (1, 1), (2, 2), (3, 3), (3, 3)]


def test_where_streamlit_cannot_take_encoded_data_it_gets_the_data(monkeypatch):
    data = [{"a": [1, 2.5, "é", None]}]
    encoded = workarounds.Encoded(data)
    assert json.loads(encoded.text) == data and encoded.nbytes == len(encoded.text.encode())
    workarounds.encode_once()
    assert workarounds.data_to_send(encoded) is encoded and workarounds.data_to_send(data) is data
    other = SimpleNamespace()
    monkeypatch.setattr(wrapping, "reported", set())
    monkeypatch.setattr(drawing, "find_class", lambda path, name: other)
    other.__name__ = "main"
    workarounds.encode_once()
    assert wrapping.reported == {"main.serialize_mixed_data"}
    assert workarounds.data_to_send(encoded) == data


def test_what_is_kept_is_counted_and_holds_no_name_for_longer():
    visit, numbers = Visit("s", "b"), np.zeros((2, 3), np.float32)
    trace = Trace("ab", np.zeros(2, int), numbers, numbers, np.zeros(2), 0, True)
    gone = ref(trace)
    kept = workarounds.Encoded(["a" * 100])
    assert visit.make_once("picture", (ref(trace), 1.0), lambda: kept) is kept
    assert visit.make_once("picture", (ref(trace), 1.0), lambda: pytest.fail("made again")) is kept
    assert visit.names_bytes == kept.nbytes > 100
    del trace
    gc.collect()
    assert gone() is None
    other = Trace("ab", np.zeros(2, int), numbers, numbers, np.zeros(2), 0, True)
    assert visit.make_once("picture", (ref(other), 1.0), lambda: None) is None
    assert visit.names_bytes == 0


def test_a_script_remembers_until_it_ends_and_only_for_itself():
    found = iter(range(9))

    def find():
        return next(found)

    assert [workarounds.once_a_script("a", find) for _ in range(2)] == [0, 1]
    with reading.remembering():
        assert [workarounds.once_a_script("a", find) for _ in range(2)] == [2, 2]
        with reading.remembering():  # a script that Streamlit runs again at once
            assert workarounds.once_a_script("a", find) == 3
        assert workarounds.once_a_script("a", find) == 2
        others = []
        thread = threading.Thread(target=lambda: others.append(workarounds.script_memory()))
        thread.start()
        thread.join()
        assert others == [None]
    assert workarounds.script_memory() is None


def ask_for_values():
    import streamlit as st
    from streamlit.runtime.state import get_session_state

    from dino.ui.component import component

    values = get_session_state()

    def is_read(key):
        try:
            values[key]
        except KeyError:
            return False
        return True

    keys = ["box", "number", "set", "early", "number_box", "deleted", "never", "$$ID-x-y"]
    keys += st.session_state.get("ids", [])
    st.session_state["set"] = None
    st.session_state["deleted"] = 1
    del st.session_state["deleted"]
    seen = [(key in values, is_read(key)) for key in keys]
    st.text_input("box", key="box", disabled="off" in st.session_state)
    if "without" not in st.session_state:
        st.slider("number", 1, 9, key="number")
    component("number_box")(key="number_box", data=[{}])
    seen += [(key in values, is_read(key)) for key in keys]
    assert all(one is other for one, other in seen), seen
    st.text(str([one for one, _ in seen]))


def test_whether_there_is_a_value_is_what_reading_it_says():
    workarounds.look_up_one_value()
    page = AppTest.from_function(ask_for_values, default_timeout=PATIENCE)
    page.session_state["early"] = 3
    seen = []
    for act in (
        page.run,
        lambda: page.text_input(key="box").set_value("a").run(),
        lambda: page.slider(key="number").set_value(4).run(),
        lambda: (page.session_state.__setitem__("without", 1), page.run(), page.run()),
    ):
        act()
        assert not page.exception
        seen.append(page.text[0].value)
        page.session_state["ids"] = [it.proto.id for it in (*page.text_input, *page.slider)]
    assert len({*seen}) > 2  # nothing, then all, then their ids too


def test_what_a_component_holds_is_copied_whole():
    from copy import deepcopy

    from streamlit.util import AttributeDictionary

    workarounds.look_up_one_value()
    held = AttributeDictionary({"a": [1, {"b": 2}]})
    copied = deepcopy(held)
    assert copied == held and type(copied) is type(held)
    copied.a[1]["b"] = 3
    assert held["a"][1]["b"] == 2


def in_a_form():
    import streamlit as st

    with st.form("a form"):
        st.text_input("a", key="a")


def test_no_element_looks_for_a_form_because_no_page_has_one():
    workarounds.look_for_no_form()
    page = AppTest.from_function(in_a_form, default_timeout=PATIENCE).run()
    assert page.text_input(key="a").proto.form_id == ""
    for file in (ROOT / "dino").rglob("*.py"):
        assert not re.search(r"\bst\.form|\.form\(", file.read_text(encoding="utf-8")), file
