"""Journeys of the table in a real browser: those in which its own part decides what is seen."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from browser import IN_A_BROWSER, enter, new_page, open_box, settled, watch_link
from journeys import Visitor, journeys, play, step_in
from playwright.sync_api import Browser, Locator, Page

from dino.ui.settings import MARK

pytestmark = IN_A_BROWSER
JOURNEYS = {name: it for name, it in journeys().items() if "browser" in it.where}
ACTIONS = {"play": ".main", "pause": ".main", "step": ".step", "reset": ".reset"}
ACTIONS |= {pace: f"[data-pace={pace}]" for pace in ("watch", "full")}
OFFERS = {"new": 0, "continue": 1, "last": 1}  # their places
DISABLED = "button:disabled, input:disabled, textarea:disabled"
SHOWN = """() => {
    const find = (what) => document.querySelector(what), main = find(".dino-run-buttons .main");
    const title = find(".dino-runs .present .title")?.innerText ?? "";
    const offers = [...document.querySelectorAll(".dino-run-line .offer:not([hidden])")];
    return {
        main: main?.dataset.kind ?? "",
        usable: main?.ariaDisabled === "false",
        past: Boolean(main?.title),
        pace: find("[data-pace][aria-pressed=true]")?.dataset.pace ?? "",
        offers: offers.map((it) => it.firstElementChild.textContent).join(" + "),
        weights: offers.map((it) => it.className.replace("offer ", "")).join(" "),
        run: title.replace(" · the current run", ""),
        step: find(".dino-run-line .words")?.innerText ?? "",
    };
}"""


class Window(Visitor):
    """A visitor with a browser."""

    def __init__(self, page: Page, link: str) -> None:
        self.page = page
        self.open(link)

    def open(self, link: str) -> None:
        self.page.goto(link)
        self.page.wait_for_selector(".st-key-live [data-draws]")

    def part(self, key: str) -> Locator:
        """A widget or a component by its key."""
        return self.page.locator(f".st-key-{key}, .st-key-number_{key}")

    # ---- acts

    def button(self, key: str) -> Locator:
        """A button by its action or by its key."""
        if key in ACTIONS:
            return self.page.locator(f".dino-run-buttons {ACTIONS[key]}")
        if key in OFFERS:
            return self.page.locator(".dino-run-line .offer button").nth(OFFERS[key])
        return self.part(key).get_by_role("button")

    def press(self, key: str) -> None:
        self.button(key).click()

    def attempt(self, key: str) -> None:
        if self.button(key).is_visible():
            self.button(key).click(force=True)

    def choose(self, key: str, label: str) -> None:
        if self.part(key).get_by_role("combobox").count():
            open_box(self.part(key).get_by_role("combobox"))
            self.page.get_by_role("option", name=label, exact=True).click()
        else:
            self.part(key).get_by_text(label, exact=True).click()
        settled(self.page)

    def type(self, key: str, text: str) -> None:
        enter(self.page, key, text)

    def fill(self, key: str, text: str) -> None:
        self.part(key).locator("input, textarea").fill(text)
        self.page.keyboard.press("Tab")
        settled(self.page)

    def go(self, name: str) -> None:
        links = self.page.locator(".st-key-page_top")
        links.get_by_role("link", name=name.title(), exact=True).click()

    def reload(self) -> None:
        if self.page.url == "about:blank":
            self.page.go_back()
        else:
            self.page.reload()

    def leave(self) -> None:
        self.page.goto("about:blank")

    def link(self, number: str = "") -> str:
        return watch_link(self.page, f"[data-number='{number}']" if number else ".present")

    # ---- states

    def look(self) -> None:
        """It shows what is new by itself."""

    def shown(self) -> dict[str, Any]:
        found = self.page.evaluate(SHOWN)
        return {**found, "step": step_in(found["step"])}

    def state_of(self, key: str) -> str:
        found = self.part(key)
        if not found.count():
            return "gone"
        return "off" if found.locator(DISABLED).count() else "on"

    def held(self, key: str) -> str:
        value = self.part(key).locator("input, textarea").first.input_value()
        return value.removesuffix(MARK)

    def reads(self, words: str) -> bool:
        return self.page.get_by_text(re.compile(re.escape(words))).first.is_visible()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.long if "long" in it.where else ())
        for name, it in JOURNEYS.items()
    ],
)
def test_each_act_is_followed_by_the_state_of_the_table(
    name: str, page: Page, chrome: Browser, address: str
) -> None:
    pages = itertools.chain([page], (new_page(chrome) for _ in itertools.count()))

    def visitor(query: Mapping[str, str]) -> Window:
        return Window(next(pages), f"{address}/?{urlencode(query)}")

    play(JOURNEYS[name], visitor)
