"""The run's buttons, which are a component: what they show now, and how a click on one is sent.

`run_buttons` has Train, Step, Reset and the pace, `run_line` what is offered beside the run. Their
data are a list with one dictionary, of which this reads:

    done    the number of the last click that was carried out
    frame   kind of the main button, watching, pace; of the stream's frames the newest counts
    offers  of `run_line` only: buttons, each with its `action`

A click is sent with its number by the trigger `act`, again and again until it is done.
"""

from __future__ import annotations

import json
import time
import urllib.parse
from typing import Any

from .clicks import Took
from .page import PATIENCE, Page
from .widgets import Widget, WidgetState

BUTTONS, LINE, ACT = "run_buttons", "run_line", "act"
MAIN = {"play": "play", "on": "play", "extend": "extend", "pause": "pause", "none": ""}
OFFERED = ("new", "continue", "last")
PACES = ("watch", "full")
OF_RUN = {*MAIN.values(), *OFFERED, *PACES, "step", "reset"} - {""}
TRAINS = ("play", "extend", "new", "continue", "last")  # what begins to train, here at full speed
TRIES = 5  # that a click which Streamlit drops is sent


class PageWithButtons(Page):
    """A page that may have the run's buttons: they are found and pressed as all others are."""

    def __init__(self, *args: Any, **how: Any) -> None:
        super().__init__(*args, **how)
        self.kind, self.mine, self.pace, self.done = "none", True, "", 0
        self._offers: list[str] = []
        self._at = -1.0
        self._number = 0

    def shows(self, key: str) -> bool:
        """Whether there is such a widget, or such a button of the run's."""
        if key not in OF_RUN:
            return super().shows(key)
        if not super().shows(BUTTONS):
            return False
        if key in OFFERED:
            return super().shows(LINE) and key in self._offers
        return key in (MAIN.get(self.kind), *PACES, "step", "reset")

    def has(self, key: str) -> bool:
        """Whether there is one that may be used."""
        if key not in OF_RUN:
            return super().has(key)
        steps = key != "step" or self.kind in ("play", "on")
        return self.shows(key) and (key == "reset" or (self.mine and steps))

    async def press(self, key: str, wait: float = PATIENCE) -> Took:
        """Click a button, once it is there; one of the run's until it is done."""
        if key not in OF_RUN:
            return await super().press(key, wait)
        if not self.shows(key):
            self.awaited += 1
            if not await self.until(lambda: self.shows(key), 2.0):
                raise KeyError(f"no button {key} on the page")
        began, wanted = time.perf_counter(), self._clicks(key)
        for _ in range(TRIES):
            part = self.sender()
            left = wait - (time.perf_counter() - began)
            state = act_state(part.id, wanted)
            took = await self.ask(part.fragment, [state], wait=left)
            if await self.until(lambda: self.done >= wanted[-1]["n"], 0.5):
                break
        else:
            raise TimeoutError(f"{key} was not done in {TRIES} tries")
        late = 1000 * (time.perf_counter() - began) - took.done
        return took if late < 1000 else Took(took.first + late, took.done + late)

    def _clicks(self, key: str) -> list[dict[str, Any]]:
        """The click, and before one that begins to train, that on full speed if it is not on."""
        keys = [key]
        if key in TRAINS and self.pace != "full":
            keys = ["full", key]
        self._number = max(self._number, self.done)
        found = []
        for action in keys:
            self._number += 1
            found.append({"n": self._number, "action": action, "times": 1})
        return found

    def sender(self) -> Widget:
        """The part that sends: a browser takes the line, once it is there."""
        return self.find(LINE if super().shows(LINE) else BUTTONS)

    def buttons_drawn(self, key: str, data: dict[str, Any]) -> None:
        """What a script says of the buttons."""
        self.done = max(self.done, int(data.get("done") or 0))
        if key == LINE:
            self._offers = [str(it.get("action")) for it in data.get("offers") or ()]
        self.see_kind(data.get("frame") or {})

    def see_kind(self, frame: dict[str, Any]) -> None:
        """What a script or the stream says, if it is no older than what is known."""
        at = float(frame.get("at") or 0.0)
        if frame.get("kind") and at >= self._at:
            self._at, self.kind = at, str(frame["kind"])
            self.mine = not frame.get("watching")
            self.pace = str(frame.get("pace") or self.pace)


def act_state(component: str, clicks: list[dict[str, Any]]) -> WidgetState:
    """Clicks, as the component sends them."""
    return trigger_state(component, ACT, clicks)


def trigger_state(component: str, event: str, value: Any) -> WidgetState:
    """A component's trigger, as Streamlit's front end sends it."""
    return WidgetState(
        id=f"$$STREAMLIT_INTERNAL_KEY_{component}__events",
        json_trigger_value=json.dumps([{"event": event, "value": value}]),
    )


def present_link(data: dict[str, Any]) -> str:
    """The watch link of the page's run, from the table of runs; empty where it has none yet."""
    rows = [row for group in data.get("groups") or () for row in group["rows"]]
    return next((str(row["link"]) for row in rows if row.get("present")), "")


def run_of(address: str) -> str:
    """The run that an address, or its query alone, names."""
    return dict(urllib.parse.parse_qsl(address.rpartition("?")[2])).get("run", "")
