"""What Streamlit does for each element of a page is done once: components, and parts of a page."""

from types import SimpleNamespace

import pytest
from browser import ONE_SERVER
from pressing import draw_part_then_page
from streamlit.components.v2.bidi_component import main
from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.testing.v1 import AppTest
from waiting import PATIENCE

from dino.ui import workarounds
from dino.ui.workarounds import drawing, messages, wrapping

pytestmark = ONE_SERVER


def test_the_data_of_a_component_with_a_key_is_not_encoded_for_its_id(monkeypatch):
    workarounds.mount_components_by_key()
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE).run()
    monkeypatch.setattr(main, "calc_hash", lambda text: pytest.fail(f"encoded: {text[:80]}"))
    page.run()
    assert not page.exception and page.get("bidi_component")


def nested():
    from contextlib import ExitStack
    from copy import deepcopy
    from unittest.mock import patch

    import streamlit as st
    from streamlit.delta_generator import DeltaGenerator as Place

    with ExitStack() as around:
        for _ in range(9):
            around.enter_context(st.container())
        place = st.container()
        place.text("first")
        with patch.object(Place, "__init__", autospec=True, side_effect=Place.__init__) as made:
            kept = deepcopy(place)
        st.session_state.copies = made.call_count
        place.text("second")
        kept.text("in place of the second")
        place.text("third")


def test_a_part_remembers_where_it_is_drawn_and_not_what_is_around_it():
    workarounds.copy_places_once()
    page = AppTest.from_function(nested, default_timeout=PATIENCE).run()
    assert not page.exception and page.session_state.copies == 0
    assert [it.value for it in page.text] == ["first", "in place of the second", "third"]


def with_a_part():
    """A page with a part in a container."""
    import streamlit as st

    st.text("top")
    with st.container():
        st.text("in the container")
        st.fragment(lambda: st.button("of the part", key="b"))()


def test_a_page_that_is_asked_for_as_a_part_ends_is_drawn_from_its_top(monkeypatch):
    workarounds.begin_at_the_top()
    page = AppTest.from_function(with_a_part, default_timeout=PATIENCE).run()
    drawn = draw_part_then_page(page, "b", monkeypatch)
    assert not page.exception
    of_part, of_page = ([it for it in places if it] for places in drawn)
    assert of_part == [[0, 1, 1], [0, 1, 1, 0]]
    assert of_page == [[0, 0], [0, 1], [0, 1, 0], *of_part]


@pytest.mark.parametrize("without", ["_parent", "_transient_elements"])
def test_the_places_of_another_streamlit_are_copied_as_it_does(without, monkeypatch, caplog):
    def copy_of(place, memo):
        return place

    def begin(place, **where):
        place.__dict__ = {"_parent": None, "_transient_elements": []}
        del place.__dict__[without]

    other = {"__deepcopy__": copy_of, "__init__": begin}
    kinds = {name: type(name, (), other) for name in ("DeltaGenerator", "RunningCursor")}
    kinds["LockedCursor"] = kinds["RunningCursor"]
    monkeypatch.setattr(drawing, "find_class", lambda path, name: kinds[name])
    monkeypatch.setattr(wrapping, "reported", set())
    drawing.copy_places_once()
    assert "lacks places to copy; left out. " in caplog.text and without in caplog.text
    assert all(kind.__deepcopy__ is copy_of for kind in kinds.values())


@pytest.mark.parametrize(
    ("asked", "drawn"),
    [
        (["box"], ["box", "first", "second"]),
        (["second", "box"], ["second", "box", "first"]),
        (["second"], ["second"]),
        (["link"], []),  # the whole page
        (["second", "gone"], []),
    ],
)
def test_parts_are_redrawn_together_and_the_page_for_a_part_that_has_moved(asked, drawn):
    workarounds.redraw_together("box", ("first", "second", "not drawn"))
    workarounds.redraw_together("link", None)
    parts = MemoryFragmentStorage()
    for name in ("box", "first", "second", "link"):
        parts.register(f"id of {name}", lambda: None, target_key=name)
    wanted = RerunData(fragment_id_queue=[f"id of {name}" for name in asked])
    found = messages.with_others(SimpleNamespace(_fragment_storage=parts), wanted)
    assert found.fragment_id_queue == [f"id of {name}" for name in drawn]
