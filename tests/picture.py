"""Makes the README's moving picture: the Lab while it trains. `python -m tests.picture`

It films headless Chromium in real time, so the pictures between differ from one machine to another;
run, names and losses do not. Of a few films it keeps the one that stood still for the shortest.
"""

from __future__ import annotations

import base64
import io
import itertools
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))  # as pytest does for the tests beside this file

from browser import ROOT, app, browser, button, new_page, open_lab
from PIL import Image
from playwright.sync_api import Browser, Page, expect

TARGET = ROOT / "tests" / "pictures" / "lab.webp"
SIZE, WIDTH = (1280, 800), 900  # of the window; of the picture, in which there is no sidebar
BEFORE, AFTER = 1.0, 1.2  # seconds that it shows before Train is pressed, and after the end
FRAMES, QUALITY = 8, 60  # a second; of WebP
MOST = 10.0  # seconds that it lasts: the film of a slow machine is played faster
FILMS = 3
NETWORK = ".dino-live-network"  # the picture of the network
Shot = tuple[float, bytes]


@contextmanager
def filmed(page: Page) -> Iterator[list[Shot]]:
    """Every picture that the page shows meanwhile, each with its time in seconds."""
    shots: list[Shot] = []
    film = page.context.new_cdp_session(page)

    def take(shot: dict[str, Any]) -> None:
        shots.append((shot["metadata"]["timestamp"], base64.b64decode(shot["data"])))
        film.send("Page.screencastFrameAck", {"sessionId": shot["sessionId"]})

    film.on("Page.screencastFrame", take)
    film.send("Page.startScreencast", {"format": "png"})
    yield shots
    film.send("Page.stopScreencast")
    film.detach()


def film_run(page: Page) -> list[Shot]:
    """The Lab before its first run, one click on Train, and the run until it has ended."""
    with filmed(page) as shots:
        page.wait_for_selector(f"{NETWORK}[data-step='0']")
        del shots[:-1]
        page.wait_for_timeout(1000 * BEFORE)
        button(page, "Train").click()
        page.mouse.move(0, 0)
        expect(page.get_by_text("Finished", exact=False)).to_be_visible()
        page.wait_for_selector(f"{NETWORK}[data-state=rest][data-step='1200']")
        page.wait_for_timeout(1000 * AFTER)
    return [*shots, (time.time(), shots[-1][1])]


def film(chrome: Browser, address: str) -> tuple[list[Shot], int]:
    """A new visitor's film, and where its sidebar ends."""
    page = new_page(chrome, SIZE)
    open_lab(page, address)
    left = page.get_by_test_id("stMain").bounding_box()
    assert left is not None
    shots = film_run(page)
    page.context.close()
    return shots, round(left["x"])


def longest_still(shots: list[Shot]) -> float:
    """Seconds, while it trains."""
    first, last = shots[0][0] + BEFORE, shots[-1][0] - AFTER
    times = [first, *(at for at, _ in shots if first < at < last), last]
    return max(after - before for before, after in itertools.pairwise(times))


def evenly(shots: list[Shot]) -> list[bytes]:
    """What was seen at even times."""
    first, last = shots[0][0], shots[-1][0]
    number = int(FRAMES * min(MOST, last - first))
    times = [first + (last - first) * place / number for place in range(number)]
    return [max(shot for shot in shots if shot[0] <= at)[1] for at in times]


def drawn(data: bytes, left: int) -> Image.Image:
    """A picture without the sidebar, in its final size."""
    whole = Image.open(io.BytesIO(data)).convert("RGB")
    part = whole.crop((left, 0, *whole.size))
    return part.resize((WIDTH, round(part.height * WIDTH / part.width)), Image.Resampling.LANCZOS)


def main() -> None:
    """Train 'First success' a few times and keep the smoothest film."""
    with app() as (address, _), browser() as chrome:
        films = [film(chrome, address) for _ in range(FILMS)]
    shots, left = min(films, key=lambda it: longest_still(it[0]))
    first, *others = (drawn(data, left) for data in evenly(shots))
    TARGET.parent.mkdir(exist_ok=True)
    how = {"duration": round(1000 / FRAMES), "loop": 0, "quality": QUALITY, "method": 6}
    first.save(TARGET, save_all=True, append_images=others, **how)
    seconds, still = len(others) / FRAMES, longest_still(shots)
    print(f"{TARGET.name}: {TARGET.stat().st_size / 1000:.0f} kB, {first.size}, {seconds:.1f} s")
    print(f"it stands still for {still:.2f} s at most while it trains")


if __name__ == "__main__":
    main()
