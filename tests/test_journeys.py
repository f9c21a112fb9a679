"""Each journey of the table, played in scripts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

import pytest
from addresses import said
from journeys import Visitor, journeys, play, step_in
from pressing import (
    job_of,
    numbers,
    offers,
    part,
    press,
    shown_values,
    state_in,
    type_in,
    type_numbers,
)
from sampling import one_in
from streamlit.testing.v1 import AppTest
from waiting import PATIENCE

from dino.ui import server
from dino.ui.settings import MARK

JOURNEYS = journeys()
OF_RUN = {"play", "pause", "step", "extend", "reset", "watch", "full", "new", "continue", "last"}
BOXES = ("button", "selectbox", "text_area", "button_group")
READ = ("subheader", "text", "caption", "markdown", "success", "warning")


class Script(Visitor):
    """A visitor whose pages are scripts without a browser."""

    def __init__(self, query: Mapping[str, str], secrets: list[str], name: str) -> None:
        self.secrets, self.name = secrets, name
        self.open(query)

    def open(self, query: Mapping[str, str]) -> None:
        self.secrets[0] = self.name  # by which the server knows a browser
        self.page = AppTest.from_file("../app.py", default_timeout=PATIENCE)
        self.page.query_params.update(query)
        self.page.run()
        self.look()

    # ---- acts

    def press(self, key: str) -> None:
        if key in OF_RUN:
            press(self.page, key)
            return
        before = self.where
        self.page.button(key=key).click().run()
        if self.where != before:
            self.go(self.where)

    attempt = press

    def choose(self, key: str, label: str) -> None:
        type_in(self.page, key, label)

    type = choose

    def fill(self, key: str, text: str) -> None:
        if key in numbers(self.page):
            type_numbers(self.page, {key: text})
        else:
            self.choose(key, text)

    def go(self, name: str) -> None:
        self.page.switch_page(f"dino/pages/{name}/page.py").run()

    def reload(self) -> None:
        where = self.where
        self.look()  # the address names a run from its first update on, which a worker has made
        self.open(said(self.page))
        if where != "lab":
            self.go(where)

    def leave(self) -> None:
        job_of(self.page).leave(self.page.session_state["visit"].id)

    def link(self, number: str = "") -> dict[str, str]:
        wanted = "number" if number else "present"
        row = next(it for it in self.runs if str(it[wanted]) == (number or "True"))
        return dict(parse_qsl(row["link"].partition("?")[2]))

    # ---- states

    @property
    def where(self) -> str:
        """The page that it is on."""
        return str(self.page.session_state["visit"].page)

    @property
    def runs(self) -> list[dict[str, Any]]:
        """The rows of the table of runs."""
        found = part(self.page, "runs")
        return [row for it in (found[1]["groups"] if found else ()) for row in it["rows"]]

    def look(self) -> None:
        self.page.run()
        assert not self.page.exception, self.page.exception[0].message

    def seen(self, name: str, wanted: str) -> str:
        return wanted if name == "past" else super().seen(name, wanted)

    def shown(self) -> dict[str, Any]:
        frame, found = part(self.page, "run_buttons")[1]["frame"], offers(self.page)
        present = [row["name"] for row in self.runs if row["present"]]
        return {
            "main": frame["kind"],
            "usable": not frame["watching"],
            "pace": frame["pace"],
            "step": step_in("".join(words for words, _ in frame["status"])),
            "offers": " + ".join(it["label"] for it in found),
            "weights": " ".join(it["weight"] for it in found),
            "run": "".join(present).removesuffix(" · the current run"),
        }

    def state_of(self, key: str) -> str:
        for box in (it for name in BOXES for it in self.page.get(name) if it.key == key):
            return "off" if box.proto.disabled else "on"
        if number := numbers(self.page).get(key):
            return "off" if number["disabled"] else "on"
        return "on" if part(self.page, key) else "gone"

    def held(self, key: str) -> str:
        if number := numbers(self.page).get(key):
            return "" if number["value"] is None else str(number["value"])
        return state_in(shown_values(self.page), key).string_value.removesuffix(MARK)

    def reads(self, words: str) -> bool:
        labels = [it.label for it in self.page.button] + [it["words"] for it in offers(self.page)]
        texts = [str(it.value) for name in READ for it in self.page.get(name)]
        return any(words in text for text in [*labels, *texts])


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    yield
    server.renew()


@pytest.mark.parametrize("name", one_in(3, JOURNEYS))
def test_each_act_is_followed_by_the_state_of_the_table(name: str, browser: list[str]) -> None:
    secrets = iter("abc")
    play(JOURNEYS[name], lambda query: Script(query, browser, next(secrets)))
