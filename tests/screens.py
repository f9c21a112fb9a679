"""Takes pictures of the app, for a person to look at: `python -m tests.screens FOLDER [WORD ...]`

    RUN-SIZE-THEME-SECONDS
        the Lab at 3, 10 and 30 seconds after it was opened, with one click on Train:
        a first success, an LSTM of 512 units, an own list of 200 symbols
    lab-SIZE-THEME-LANGUAGE-WHEN
        the Lab in all sizes, themes and languages, before the first run and after it;
        those that end with -whole show all that one scrolls to
    PAGE-SIZE-THEME-LANGUAGE-WHEN
        the other pages, too, on a desktop and on a phone

Words take only the pictures whose names have one of them, as in `python -m tests.screens /tmp/seen
lstm- phone`. It takes a quarter of an hour in all.
"""

from __future__ import annotations

import itertools
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal

sys.path.insert(0, str(Path(__file__).parent))  # as pytest does for the tests beside this file

from browser import adapt, app, browser, button, finish, href, new_page, open_lab, settled
from playwright.sync_api import Browser, Page, expect

Size = tuple[int, int]
Theme = Literal["light", "dark"]
WIDE, DESKTOP, PHONE = (1920, 1080), (1280, 800), (390, 664)
THEMES: tuple[Theme, ...] = ("light", "dark")
SECONDS = 3, 10, 30  # after the Lab was opened
HIGH = 3000  # pixels of a window in which one need not scroll
REST = 1000  # milliseconds for what moves when it comes: letters, units, menus
MAIN = ".dino-run-buttons .main"
PAGES = "data", "inside", "compare", "learn"


class Folder:
    """Where the pictures go, and which are wanted."""

    def __init__(self, path: Path, words: list[str]) -> None:
        self.path, self.words = path, words
        path.mkdir(parents=True, exist_ok=True)

    def wants(self, name: str) -> bool:
        """Whether a picture is wanted, or one whose name begins so."""
        return not self.words or any(word in name or name in word for word in self.words)

    def take(self, page: Page, name: str) -> None:
        """What is seen of the page."""
        page.screenshot(path=self.path / f"{name}.png")
        print(name, flush=True)


@contextmanager
def visitor(chrome: Browser, size: Size, theme: Theme = "light") -> Iterator[Page]:
    """A new visitor's page."""
    with closing(new_page(chrome, size)) as page:
        yield adapt(page, size, theme)


def at_rest(page: Page) -> None:
    """Wait until its script has ended and what moves has come."""
    settled(page)
    page.wait_for_timeout(REST)


# ---- the first half minute


def symbols(count: int = 200) -> list[str]:
    """Small letters of several scripts; the end of a name is the last symbol."""
    spans = (0x61, 0x7B), (0x3B1, 0x3CA), (0x430, 0x450), (0x561, 0x587), (0xE0, 0x180)
    letters = [chr(code) for span in spans for code in range(*span)]
    return [letter for letter in letters if letter.islower()][: count - 1]


def many_symbols() -> list[str]:
    """Names in which all these letters occur, the Latin ones most often."""
    rng, letters = random.Random(0), symbols()
    weights = [20] * 26 + [1] * (len(letters) - 26)
    names = {"".join(rng.choices(letters, weights, k=rng.randint(5, 11))) for _ in range(1500)}
    return sorted(names)


def at(query: str) -> Callable[[Page, str], float]:
    """A function that opens the Lab with these settings, and tells when."""

    def go(page: Page, address: str) -> float:
        began = time.monotonic()
        page.goto(address + query)
        return began

    return go


def with_own_list(page: Page, address: str) -> float:
    """Use a list of 200 symbols; then go to the Lab, and tell when."""
    page.goto(f"{address}/data")
    page.locator(".st-key-data_list").get_by_text("Your own", exact=True).click()
    page.locator(".st-key-own_text textarea").fill("\n".join(many_symbols()))
    button(page, "Check the names").click()
    button(page, "Use this list").click()
    expect(page.get_by_text("The next run uses Your list.")).to_be_visible()
    settled(page)
    began = time.monotonic()
    page.get_by_test_id("stMain").get_by_role("link", name="Lab", exact=True).click()
    return began


RUNS: dict[str, Callable[[Page, str], float]] = {
    "first-success": at(""),
    "lstm-512": at("?cell=lstm&hidden_size=512"),
    "own-200-symbols": with_own_list,
}


def opening(chrome: Browser, address: str, folder: Folder) -> None:
    """The Lab of each run from its opening on."""
    for run, size, theme in itertools.product(RUNS, (DESKTOP, PHONE), THEMES):
        name = f"{run}-{size[0]}x{size[1]}-{theme}"
        if not folder.wants(name):
            continue
        with visitor(chrome, size, theme) as page:
            began = RUNS[run](page, address)
            page.locator(f"{MAIN}:enabled").click()
            for seconds in SECONDS:
                page.wait_for_timeout(1000 * max(0.0, began + seconds - time.monotonic()))
                folder.take(page, f"{name}-{seconds:02}s")


# ---- pages before a run and after one


def show(page: Page, where: str, size: Size, theme: Theme) -> None:
    """A page anew, in this size and theme."""
    adapt(page, size, theme)
    page.goto(where)
    if page.locator(MAIN).count():
        page.wait_for_selector(".st-key-live [data-draws]")
    at_rest(page)


def photograph(page: Page, folder: Folder, where: str, name: str, look: tuple[Size, Theme]) -> None:
    """What is seen of a page, and all of it in a high window."""
    size, theme = look
    show(page, where, size, theme)
    folder.take(page, name)
    show(page, where, (size[0], HIGH), theme)
    folder.take(page, f"{name}-whole")


def sights(when: str) -> Iterator[tuple[str, str, tuple[Size, Theme], str]]:
    """Name, page, look and language of all that is shown before or after a run."""
    for size, theme, language in itertools.product((WIDE, DESKTOP, PHONE), THEMES, ("en", "es")):
        yield f"lab-{size[0]}x{size[1]}-{theme}-{language}-{when}", "", (size, theme), language
    looks: tuple[tuple[Size, Theme, str], ...] = (DESKTOP, "light", "en"), (PHONE, "dark", "es")
    for path, (size, theme, language) in itertools.product(PAGES, looks):
        yield (
            f"{path}-{size[0]}x{size[1]}-{theme}-{language}-{when}",
            path,
            (size, theme),
            language,
        )


def pages(chrome: Browser, address: str, folder: Folder, when: str) -> None:
    """All pages before a visitor's first run, or after it."""
    wanted = [sight for sight in sights(when) if folder.wants(sight[0])]
    if not wanted:
        return
    query = ""
    with visitor(chrome, DESKTOP) as page:
        if when == "after":
            open_lab(page, address)
            page.locator(MAIN).click()
            finish(page)
            settled(page)
            query = "&" + href(page).partition("?")[2]
        for name, path, look, language in wanted:
            where = f"{address}/{path}?lang={language}{query}"
            photograph(page, folder, where, name, look)


def main() -> None:
    """All pictures, or those that are named."""
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    folder = Folder(Path(sys.argv[1]), sys.argv[2:])
    with app() as (address, _), browser() as chrome:
        opening(chrome, address, folder)
        for when in ("before", "after"):
            pages(chrome, address, folder, when)


if __name__ == "__main__":
    main()
