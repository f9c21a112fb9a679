"""How soon a cold server shows a page that takes clicks, and what a visitor costs in memory.

`python -m tests.cold_start [rounds]` measures the Lab against a bare Streamlit page, in the same
run and a real browser, taking turns. It prints medians and every value.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # as pytest does for the tests beside this file

from browser import ROOT, app, browser, button, finish, metric
from playwright.sync_api import Browser, Page
from waiting import wait_for

BARE = """import streamlit as st
st.set_page_config(layout="wide")
st.button("Train", type="primary")
"""
VISITORS = 5
AGE = 60.0  # seconds
# Evaluated at every frame, because `expect` checks after 0, 100, 350 and 850 ms only.
TAKES_CLICKS = """() => [...document.querySelectorAll("button:enabled")].some(
    button => button.innerText.trim().endsWith("Train"))"""

MOVED = """() => !["", "–", "0"].includes(document.querySelector(
    ".dino-live [data-label='Names seen'] .value")?.innerText ?? "")"""
DRAWN = """() => Number(document.querySelector(".st-key-live [data-draws]")?.dataset.draws) >= 2"""


def resident_megabytes(pid: int) -> float:
    """Resident memory of a process, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def open_page(chrome: Browser, address: str) -> Page:
    """A page as soon as its Train button takes clicks."""
    page = chrome.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(address)
    page.wait_for_function(TAKES_CLICKS)
    return page


def measure_bare_page(chrome: Browser) -> float:
    """Seconds from spawning a bare page's server to a button that takes clicks."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "bare.py")
        script.write_text(BARE)
        began = time.perf_counter()
        with app(str(script)) as (address, _):
            open_page(chrome, address).close()
            return time.perf_counter() - began


def measure_lab(chrome: Browser) -> dict[str, float]:
    """The same for the Lab; then its first curve, and memory as visitors come."""
    began = time.perf_counter()
    with app() as (address, server):
        page = open_page(chrome, address)
        found = {"lab": time.perf_counter() - began, "MB idle": resident_megabytes(server.pid)}
        clicked = time.perf_counter()
        button(page, "Train").click()
        wait_for(lambda: metric(page, "Names seen") not in ("0", "–"), "a curve")
        found["first curve"] = time.perf_counter() - clicked
        finish(page)
        wait_for(lambda: _is_memory_stable(server.pid), "the compiler")
        found["MB after the first training"] = resident_megabytes(server.pid)
        for _ in range(VISITORS):
            visitor = open_page(chrome, address)
            button(visitor, "Train").click()
            finish(visitor)
        grown = resident_megabytes(server.pid) - found["MB after the first training"]
        found["MB a further training visitor"] = grown / VISITORS
    return found


def measure_minute_old_server(chrome: Browser) -> dict[str, float]:
    """A visitor of a server that was started a minute ago: seconds from opening to a moving curve
    with one click, and its parts.
    """
    with app() as (address, _):
        time.sleep(AGE)
        began = time.perf_counter()
        page = open_page(chrome, address)
        buttons = time.perf_counter()
        button(page, "Train").click()
        page.wait_for_function(MOVED)
        moving = time.perf_counter()
        page.wait_for_function(DRAWN)
        drawn = time.perf_counter()
        page.close()
    return {
        "a minute old: buttons": buttons - began,
        "a minute old: then figures": moving - buttons,
        "a minute old: then the curve": drawn - moving,
        "a minute old: all": drawn - began,
    }


def _is_memory_stable(pid: int) -> bool:
    before = resident_megabytes(pid)
    time.sleep(2)
    return abs(resident_megabytes(pid) - before) < 0.2


def main() -> None:
    """Measure in turns and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    values: dict[str, list[float]] = {}
    with browser() as chrome:
        for _ in range(rounds):
            values.setdefault("bare", []).append(measure_bare_page(chrome))
            for name, value in {**measure_lab(chrome), **measure_minute_old_server(chrome)}.items():
                values.setdefault(name, []).append(value)
    for name, found in values.items():
        print(f"{name:32} {statistics.median(found):7.2f}   {[round(v, 2) for v in found]}")
    ratios = [a / b for a, b in zip(values["lab"], values["bare"], strict=True)]
    print(f"{'lab / bare':32} {statistics.median(ratios):7.2f}   {[round(r, 2) for r in ratios]}")
    print(f"measured from the spawn of `streamlit run`, in {ROOT.name}")


if __name__ == "__main__":
    main()
