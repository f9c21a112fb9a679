"""Three ways to begin on the Lab: for whom they are drawn, and where they lead."""

from __future__ import annotations

from typing import Any

import pytest
from pressing import part, press, send
from streamlit.testing.v1 import AppTest
from waiting import PATIENCE

from dino.lessons.reading import lessons
from dino.lessons.real_or_made import KEY as GAME
from dino.pages.lab.ways_in import KEY
from dino.ui import server

FIRST = next(iter(lessons("en")))


@pytest.fixture(autouse=True)
def empty():
    yield
    server.renew()


def open_lab(**params: str) -> AppTest:
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE)
    page.query_params.update(params)
    return look(page.run())


def look(page: AppTest) -> AppTest:
    page.run()
    assert not page.exception
    return page


def ways(page: AppTest) -> Any:
    """What their component is sent; None where they are not drawn."""
    found = part(page, KEY)
    return None if found is None else found[1]


def take(page: AppTest, way: Any) -> AppTest:
    send(page, part(page, KEY)[0].id, "take", way)
    return look(page)


def to(page: AppTest, name: str) -> AppTest:
    page.switch_page(f"dino/pages/{name}/page.py")
    return look(page)


@pytest.mark.parametrize(("way", "key"), [("play", GAME), ("learn", FIRST)])
def test_a_way_leads_to_its_part_of_learn_and_then_there_are_none(way: str, key: str) -> None:
    page = open_lab()
    assert ways(page)["links"][way] == f"learn?tab={key}"
    take(page, way)
    assert page.session_state["learn_part"] == key and len(page.subheader) == 1
    assert ways(to(page, "lab")) is None


@pytest.mark.parametrize("sent", ["zoo", "", None, 3, ["play"], {"play": 1}, "try"])
def test_nothing_else_leads_anywhere(sent: Any) -> None:
    page = take(open_lab(), sent)
    assert ways(page) is not None and "learn_part" not in page.session_state


def test_a_link_keeps_the_language_that_was_chosen() -> None:
    assert ways(open_lab(lang="es"))["links"]["learn"] == f"learn?tab={FIRST}&lang=es"


def test_a_link_with_settings_has_them_and_one_to_a_lesson_has_its_lesson() -> None:
    assert ways(open_lab(hidden_size="32")) is not None
    page = to(open_lab(), "learn")
    assert ways(page) is None
    page.button(key="open_scores-to-loss").click()
    assert ways(to(look(page), "lab")) is None


def test_who_has_trained_needs_none_also_after_a_reset() -> None:
    page = open_lab(max_steps="10", hidden_size="4", engine="torch")
    press(page, "step")
    assert ways(look(page)) is None
    press(page, "reset")
    assert ways(look(page)) is None


def test_what_the_line_has_to_say_comes_first() -> None:
    page = open_lab()
    page.selectbox(key="optimizer").set_value("SGD")
    assert ways(look(page)) is None
    page.button(key="use_usual").click()
    assert ways(look(page)) is not None
