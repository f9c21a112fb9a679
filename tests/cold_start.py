"""How soon a cold server shows a page that takes clicks, what it loads, and what a visitor costs.

`python -m tests.cold_start [rounds]` measures the Lab against a bare Streamlit page, in the same
run and a real browser, taking turns. It prints medians and every value: seconds, memory, the bytes
of a first visit by parts, how long the live picture takes to draw, and how much each page's parts
move while it loads.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # as pytest does for the tests beside this file

from browser import ROOT, adapt, app, browser, button, finish, metric, settled
from layout_shift import layout_shift
from playwright.sync_api import Browser, Page
from waiting import wait_for
from wire import TAKES_CLICKS, Wire

BARE = """import streamlit as st
st.set_page_config(layout="wide")
st.button("Train", type="primary")
"""
VISITORS = 5
AGE = 60.0  # seconds
SIZES = [(1280, 800), (390, 664)]
MOVED = """() => !["", "–", "0"].includes(document.querySelector(
    ".dino-live [data-label='names_seen'] .value")?.innerText ?? "")"""
# Whether the curve has been drawn twice: in lines alone, or by plotly.js, which comes later.
DRAWN = """() => {
    const count = (name) => document.querySelector(`.st-key-live [data-${name}]`)?.dataset[name];
    return Number(count("curves") ?? count("draws")) >= 2;
}"""
DRAWS = "() => document.querySelector('.dino-live-network')?.draws ?? []"  # milliseconds
UNITS, ENOUGH = 512, 100  # of the live picture: hidden units; draws that are measured
PAGES = ("lab", "data", "inside", "compare", "learn")
# Presses Train in the frame in which it takes clicks.
PRESSED = """() => {
    const train = [...document.querySelectorAll("button:enabled")].find(
        button => button.innerText.trim().endsWith("Train"));
    train?.click();
    return Boolean(train);
}"""


def resident_megabytes(pid: int) -> float:
    """Resident memory of a process, in MB of 10^6 bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) * 1024 / 1e6


@contextmanager
def new_visitor(chrome: Browser, size: tuple[int, int] = SIZES[0]) -> Iterator[Page]:
    """A page of somebody whose browser has kept nothing."""
    context = chrome.new_context()
    yield adapt(context.new_page(), size)
    context.close()


def open_page(page: Page, address: str) -> float:
    """Seconds until the page's Train button takes clicks."""
    began = time.perf_counter()
    page.goto(address)
    page.wait_for_function(TAKES_CLICKS)
    return time.perf_counter() - began


def measure_bare_page(chrome: Browser) -> dict[str, float]:
    """Seconds from spawning a bare page's server to a button that takes clicks; and what opening
    that page takes.
    """
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "bare.py")
        script.write_text(BARE)
        began = time.perf_counter()
        with app(str(script)) as (address, _), new_visitor(chrome) as page:
            open_page(page, address)
            found = {"bare, s": time.perf_counter() - began}
        with app(str(script)) as (address, _):
            time.sleep(AGE / 10)  # a bare server has nothing to load for longer
            with new_visitor(chrome) as page:
                found["bare, to open, s"] = open_page(page, address)
    return found


def measure_lab(chrome: Browser) -> dict[str, float]:
    """The same for the Lab; then its first curve, and memory as visitors come."""
    began = time.perf_counter()
    with app() as (address, server):
        with new_visitor(chrome) as page:
            open_page(page, address)
            found = {
                "lab, s": time.perf_counter() - began,
                "MB idle": resident_megabytes(server.pid),
            }
            clicked = time.perf_counter()
            button(page, "Train").click()
            wait_for(lambda: metric(page, "names_seen") not in ("0", "–"), "a curve")
            found["first curve, s"] = time.perf_counter() - clicked
            finish(page)
        wait_for(lambda: _is_memory_stable(server.pid), "the compiler")
        found["MB after the first training"] = resident_megabytes(server.pid)
        for _ in range(VISITORS):
            with new_visitor(chrome) as page:
                open_page(page, address)
                button(page, "Train").click()
                finish(page)
        grown = resident_megabytes(server.pid) - found["MB after the first training"]
        found["MB a further training visitor"] = grown / VISITORS
        for measure in (measure_wire, measure_shifts, measure_draws):
            found |= measure(chrome, address)
    return found


def measure_minute_old_server(chrome: Browser) -> dict[str, float]:
    """A visitor of a server that was started a minute ago: seconds from opening to a moving curve
    with one click, as soon as the button takes it, and its parts.
    """
    with app() as (address, _), new_visitor(chrome) as page:
        time.sleep(AGE)
        began = time.perf_counter()
        page.goto(address)
        page.wait_for_function(PRESSED)
        buttons = time.perf_counter()
        page.wait_for_function(MOVED)
        moving = time.perf_counter()
        page.wait_for_function(DRAWN)
        drawn = time.perf_counter()
    return {
        "a minute old: buttons, s": buttons - began,
        "a minute old: then figures, s": moving - buttons,
        "a minute old: then the curve, s": drawn - moving,
        "a minute old: all, s": drawn - began,
    }


def measure_wire(chrome: Browser, address: str) -> dict[str, float]:
    """The kB that a first visit loads until Train takes clicks, and with one run to its end."""
    with new_visitor(chrome) as page:
        wire = Wire(page)
        page.goto(address)
        took = wire.took_clicks()
        page.wait_for_function(PRESSED)
        page.wait_for_function(DRAWN)
        finish(page)
        settled(page)
        found: dict[str, float] = {}
        for until, words in ((took, "until Train takes clicks"), (float("inf"), "in all")):
            parts = wire.parts(until)
            found[f"kB of files {words}"] = wire.files(until) / 1000
            found |= {f"kB {words}: {part}": size / 1000 for part, size in parts.items()}
            found[f"kB {words}: websocket"] = wire.socket(until) / 1000
            found[f"requests {words}"] = len(wire.requests(until))
    return found


def measure_shifts(chrome: Browser, address: str) -> dict[str, float]:
    """The layout shift of each page at each size, once."""
    found = {}
    for size in SIZES:
        for name in PAGES:
            with new_visitor(chrome, size) as page:
                page.goto(address if name == "lab" else f"{address}/{name}")
                page.wait_for_selector("[data-testid=stMain] [class*=st-key-]")
                if name == "lab":
                    page.wait_for_selector(".st-key-live [data-draws]")
                settled(page)
                found[f"layout shift, {name}, {size[0]}×{size[1]}"] = layout_shift(page)
    return found


def measure_draws(chrome: Browser, address: str) -> dict[str, float]:
    """How long a draw of the live picture takes while a run trains: milliseconds."""
    with new_visitor(chrome) as page:
        page.goto(f"{address}/?hidden_size={UNITS}")
        page.wait_for_function(PRESSED)
        page.wait_for_function(f"() => ({DRAWS})().length >= {ENOUGH}")
        draws = sorted(page.evaluate(DRAWS))
    return {
        f"ms a draw, {UNITS} units, median": statistics.median(draws),
        f"ms a draw, {UNITS} units, 95th percentile": draws[int(0.95 * len(draws))],
    }


def _is_memory_stable(pid: int) -> bool:
    before = resident_megabytes(pid)
    time.sleep(2)
    return abs(resident_megabytes(pid) - before) < 0.2


def show(name: str, found: list[float]) -> None:
    """A line: the median, and every value."""
    print(f"{name:58} {statistics.median(found):9.2f}   {[round(value, 2) for value in found]}")


def main() -> None:
    """Measure in turns and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    values: dict[str, list[float]] = {}
    with browser() as chrome:
        for _ in range(rounds):
            for measure in (measure_bare_page, measure_lab, measure_minute_old_server):
                for name, value in measure(chrome).items():
                    values.setdefault(name, []).append(value)
    for name, found in values.items():
        show(name, found)
    pairs = list(zip(values["lab, s"], values["bare, s"], strict=True))
    show("lab / bare", [lab / bare for lab, bare in pairs])
    both = zip(values["a minute old: all, s"], values["bare, to open, s"], strict=True)
    show("a minute old: all, above the bare page, s", [all_ - bare for all_, bare in both])
    print(f"measured from the spawn of `streamlit run`, in {ROOT.name}")


if __name__ == "__main__":
    main()
