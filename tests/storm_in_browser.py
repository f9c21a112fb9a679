"""One round of `storm.py` in a real browser: sixty clicks as fast as a page takes them.

A page of its own script clicks without waiting for the app, and notes which clicks an element took
that was there, could be used and did not show that choice already, and that shows it once it is
sent: a visitor sees that the others were none. Another visitor's page makes the noted clicks one by
one. Both pages must end alike.

A run that is paused before its first update is dropped at the next change of a setting; its number
is used up. Whether it had begun would depend on the worker, so Pause is pressed only after the
first update.
"""

from __future__ import annotations

import random
import time
from typing import Any

from browser import button, new_page, open_lab, settled
from load.server import Site
from load.web import HOST
from playwright.sync_api import Browser, Page
from waiting import wait_for

CLICKS, GAP = 60, 12  # of a round; most milliseconds between two of them
FEWEST = 20  # clicks that a page takes; of forty rounds, the least had 34
ROUND = 400.0  # seconds that a round may take
REST = 120.0  # seconds until a page has come to rest
OPENS = 3000  # milliseconds that a box may take to open, which needs no server
ARRIVES = 30_000  # the same for a page, or for a box that is clicked alone
LOOKS = 10  # that find the same, before a page counts as at rest
# Streamlit's own statistics, which a host forces on and a machine of tests cannot reach.
UNREACHABLE = "metrics", "ERR_NAME_NOT_RESOLVED"
QUERY = "?hidden_size=8&max_steps=20000"
Gesture = list[Any]
# What is clicked, how often. Of a box, the part of its choices is clicked that trains quickly.
BOXES = {
    "preset": (0.0, 1.0),
    "optimizer": (0.0, 1.0),
    "hidden_size": (0.0, 0.5),
    "learning_rate": (0.4, 0.7),
    "max_steps": (0.6, 1.0),
}
CELLS = ("RNN", "GRU", "LSTM")
# What is pressed on the slider: where it ends does not depend on where it was.
KEYS = [["Home"], ["End"], ["Home", "ArrowRight"], ["End", "ArrowLeft"], ["Home", "PageUp"]]
BY_TIME = ("runs", "status", "names", "main", "usable")  # depend on how far a run has trained
PAGES = ("Data", "Inside", "Compare", "Learn")
SCRIPT = """async ([gestures, gap, opens, arrives, again]) => {
  const sleep = (time) => new Promise((done) => setTimeout(done, time));
  const one = (selector) => document.querySelector(selector);
  const isLost = () => one("[data-testid=stConnectionStatus]");
  const usable = (it) => it?.isConnected && it.checkVisibility() && !it.disabled
    && it.ariaDisabled !== "true" && it.dataset.disabled === undefined;
  const plain = (it) => it.innerText.replace("\\u2060", "");
  // A link, until its page is there: Streamlit drops choices on the page that is being left.
  async function go(name, opens) {
    const link = () => named(".st-key-page_top a", name);
    if (await press(link(), name) === null) return null;
    const isThere = () => link()?.pathname === location.pathname
      && (name !== "Lab" || usable(one(".st-key-preset input")));
    for (const end = performance.now() + opens; performance.now() < end; await sleep(4))
      if (isThere()) break;
    return name;
  }
  async function choose(key, which) {
    const open = one(`.st-key-${key} [aria-haspopup]`), box = one(`.st-key-${key} input`);
    if (!usable(open)) return null;
    const listed = () => [...(document.getElementById(box.getAttribute("aria-controls"))
      ?.querySelectorAll("[role=option]") ?? [])];
    let clicked = -1e9;
    for (const end = performance.now() + opens; performance.now() < end; await sleep(4)) {
      const all = listed(), now = performance.now();
      if (!all.length && now - clicked > 400) {  // after a key, a box may open and close again
        open.click();
        clicked = now;
      }
      if (!all.length) continue;
      const option = typeof which === "string" ? all.find((it) => plain(it) === which)
        : all[Math.floor(which * all.length)];
      if (!option && box.value !== which) {  // a long list has only those in sight
        Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(box, which);
        box.dispatchEvent(new Event("input", { bubbles: true }));
        continue;
      }
      if (!usable(option)) continue;
      const word = plain(option), chose = box.value.replace("\\u2060", "") !== word;
      await press(option, word);
      for (let left = 50; left && window.dinoUnsaid?.(); left--) await sleep(10);
      if (box.value.replace("\u2060", "") === word) return chose || again ? word : null;
      if (again) continue;  // a list that has just opened may not take a click yet
      unseen += chose;
      return null;
    }
    if (listed().length) open.click();
    return null;
  }
  async function slide(keys) {
    const found = () => one(".st-key-temperature input[type=range]"), before = found()?.value;
    if (!usable(found())) return null;
    found().focus();
    for (const key of keys) {
      found().dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
      await null;
    }
    return again || found().value !== before ? keys : null;
  }
  async function radio(key, name) {
    const it = () => named(`.st-key-${key} [role=radio]`, name);
    const chose = it()?.ariaChecked === "false";
    if (await press(it(), name) === null) return null;
    for (let left = 50; left && window.dinoUnsaid?.(); left--) await sleep(10);
    if (it()?.ariaChecked === "true") return chose || again ? name : null;
    if (!again) unseen += chose;
    return null;
  }
  // The main button, which says Train, Pause or Train on. shown: what it must say, '' for anything.
  async function pressMain(shown) {
    const it = one(".dino-run-buttons .main"), kind = it?.dataset.kind;
    if (shown && kind !== shown) return null;
    const hasBegun = () => !window.dinoClicked?.waiting.length
      && /Update [1-9]/.test(one(".dino-run-line .words")?.innerText);
    if (kind === "pause") {
      for (const end = performance.now() + opens; !hasBegun(); await sleep(4))
        if (performance.now() > end) return null;
      if (it.dataset.kind !== kind) return null;
    }
    return press(it, kind);
  }
  async function press(it, word) {
    if (!usable(it)) return null;
    it.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true, pointerType: "mouse" }));
    await null;
    it.click();
    return word;
  }
  let lost = false, unseen = 0;  // choices that their box did not show
  const made = [], named = (selector, name) =>
    [...document.querySelectorAll(selector)].find((it) => it.innerText.trim() === name);
  const act = ([verb, what, which]) => verb === "choose" ? choose(what, which)
    : verb === "radio" ? radio(what, which)
    : verb === "slide" ? slide(which)
    : verb === "write" ? press(one(".st-key-write button"), verb)
    : verb === "go" ? go(what, arrives)
    : what === "main" ? pressMain(which) : press(one(`.dino-run-buttons .${what}`), what);
  for (const gesture of gestures) {
    const [verb, what] = gesture, waits = again && verb !== "run" ? opens : 0;
    let word = await act(gesture);
    // A page that rests may still get another part; one that clicks slowly waits for it.
    for (const end = performance.now() + waits; word === null && performance.now() < end;) {
      await sleep(50);
      word = await act(gesture);
    }
    if (word !== null) made.push([verb, what, word]);
    lost ||= Boolean(isLost());
    await sleep(Math.random() * gap);
  }
  return [made, lost, unseen];
}"""
BUSY = "() => window.dinoClicked?.waiting.length ?? 0"
# What a page shows: its settings, its run, what is written.
SHOWN = """(keys) => {
  const text = (selector) => document.querySelector(selector)?.innerText.trim() ?? "";
  const found = { address: location.pathname, main: text(".dino-run-buttons .main"),
    usable: [...document.querySelectorAll(".dino-run-buttons .row:first-child > button")]
      .map((it) => it.ariaDisabled).join(),
    cell: text(".st-key-cell [aria-checked=true]"),
    temperature: document.querySelector(".st-key-temperature input[type=range]")?.value ?? "",
    runs: text(".dino-runs tbody"), status: text(".dino-run-line .status"),
    names: document.querySelectorAll(".st-key-written tbody tr").length,
  };
  for (const [name, value] of new URLSearchParams(location.search))
    if (name !== "by") found["?" + name] = value;  // whose run it is
  for (const key of keys) found[key] = document.querySelector(`.st-key-${key} input`)?.value ?? "";
  return found;
}"""


def gestures(chance: random.Random, *, trains: bool) -> list[Gesture]:
    """The clicks of a round, in their order.

    trains: whether Train, Pause and Reset are among them. What these leave depends on how far a run
    is at that moment: a Reset drops a run that has not begun.
    """
    of_run = ["step", "step", *(["reset", *["main"] * 3] if trains else [])]
    verbs = ["choose"] * 3 + ["run"] * 2 + ["radio", "slide", "write", "go"]
    made: list[Gesture] = []
    while len(made) < CLICKS:
        verb = chance.choice(verbs)
        if verb == "choose":
            key = chance.choice(list(BOXES))
            made.append([verb, key, chance.uniform(*BOXES[key]) * 0.999])
        elif verb == "radio":
            made.append([verb, "cell", chance.choice(CELLS)])
        elif verb == "slide":
            made.append([verb, "temperature", chance.choice(KEYS)])
        elif verb == "go":
            made += [[verb, chance.choice(PAGES), ""], [verb, "Lab", ""]]
        else:
            made.append([verb, chance.choice(of_run) if verb == "run" else "", ""])
    return made


class Visitor:
    """A page on the Lab, and what goes wrong on it."""

    def __init__(self, chrome: Browser, site: Site) -> None:
        self.page: Page = new_page(chrome)
        self.wrong: list[str] = []
        self.sockets = 0
        self.page.on("pageerror", lambda error: self.wrong.append(f"an error: {error}"))
        self.page.on("console", self._hear)
        self.page.on("websocket", self._count)
        open_lab(self.page, f"http://{HOST}:{site.port}{site.base}/{QUERY}")
        self.rest()

    def _hear(self, message: Any) -> None:
        if message.type == "error" and not any(word in message.text for word in UNREACHABLE):
            where = message.location.get("url", "")
            self.wrong.append(f"in the console: {message.text[:200]} {where}")

    def _count(self, _: Any) -> None:
        self.sockets += 1

    def click(
        self, wanted: list[Gesture], gap: int, *, again: bool = False
    ) -> tuple[list[Gesture], bool, int]:
        """Click; which clicks were taken, whether the page lost its server, and how many choices a
        box did not show. again: a click counts also where its choice is shown already.
        """
        made, lost, unseen = self.page.evaluate(
            SCRIPT, [wanted, gap, ARRIVES if again else OPENS, ARRIVES, again]
        )
        return made, lost or self.sockets > 1, unseen

    def rest(self) -> None:
        """Wait until all clicks are carried out and the page is drawn."""
        wait_for(lambda: not self.page.evaluate(BUSY), "the clicks on the run's buttons", REST)
        settled(self.page)

    def end(self) -> dict[str, Any]:
        """What the page shows at last; its run rests then."""
        self.rest()
        if self.page.locator(".dino-run-buttons .main[data-kind=pause]").count():
            button(self.page, "Pause").click()
            self.rest()
        seen: list[dict[str, Any]] = []

        def stays() -> bool:
            seen.append(self.page.evaluate(SHOWN, list(BOXES)))
            return len(seen) > LOOKS and all(it == seen[-1] for it in seen[-LOOKS:])

        wait_for(stays, "a page that stays as it is", REST)
        if self.page.locator("[data-testid=stException], [data-testid=stAlert]").count():
            self.wrong.append("the page shows an error")
        return seen[-1]


def play(chrome: Browser, site: Site, seed: int) -> tuple[str, list[str]]:
    """One round: how many clicks there were and how long they took, and what went wrong. The number
    of updates is compared where nothing trains by time.
    """
    began, trains = time.monotonic(), seed % 2 == 1
    fast = Visitor(chrome, site)
    start = time.monotonic()
    made, lost, unseen = fast.click(gestures(random.Random(seed), trains=trains), GAP)
    about = f"{len(made)} clicks in {time.monotonic() - start:.1f} s"
    ended = fast.end()
    fast.page.context.close()
    if lost or fast.sockets > 1:  # what was clicked then cannot have reached the server
        return about, ["not judged, because the page lost its server"]
    slow = Visitor(chrome, site)
    refused = 0
    for number, gesture in enumerate(made):
        if time.monotonic() - began > ROUND:
            slow.page.context.close()
            return about, [f"not over after {ROUND:g} s, at click {number} of {len(made)}"]
        again, lost, _ = slow.click([gesture], 0, again=True)
        refused += gesture[0] == "run" and not again  # its button is not to be used any more
        if gesture[0] != "run" and again != [gesture]:
            slow.wrong.append(f"click {number} is not there slowly: {gesture}, {again}")
        slow.rest()
    wanted = slow.end()
    slow.page.context.close()
    if lost or slow.sockets > 1:
        return about, ["not judged, because the slow page lost its server"]
    wrong = [*fast.wrong, *slow.wrong]
    if len(made) < FEWEST or unseen > len(made) / 4:
        wrong.append("too few of the clicks were taken to be a storm")
    for name in sorted({*ended, *wanted}):
        pair = ended.get(name), wanted.get(name)
        if pair[0] != pair[1] and not (trains and name in BY_TIME):
            wrong.append(f"{name}: {pair[0]!r}, slowly {pair[1]!r}")
    about += f", {unseen} more choices were not shown"
    return f"{about}, {refused} on buttons that slowly cannot be used", wrong
