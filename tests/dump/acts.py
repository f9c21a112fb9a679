"""What the scenes do with a page: open it, press, wait until nothing of it is under way, say it."""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

from .made import file_lines
from .texts import MARK, once, page_lines, steady

LANGUAGES = ("en", "es")
BOXES = ("take_home", "open_box", "experiment_home", "learn_home")
MOST_LOOKS = 4000  # at a page that is waited for


def steady_tokens() -> None:
    """Have every random token begin with the mark that a dump finds it by."""
    counted = itertools.count(1)

    def token(length: int) -> str:
        return f"{MARK}{next(counted):0{length - len(MARK)}x}"

    secrets.token_hex = lambda nbytes=32: token(2 * nbytes)
    secrets.token_urlsafe = lambda nbytes=32: token((nbytes * 4 + 2) // 3)
    secrets.randbits = lambda k: next(counted) % 2**k


def scan_packages_once() -> None:
    """Streamlit reads what every installed package says of itself for each page: in 0.3 s."""
    from streamlit.components.v2 import manifest_scanner

    scan = cache(manifest_scanner.scan_component_manifests)
    manifest_scanner.scan_component_manifests = scan


class Downloads:
    """The files that the pages' buttons make, by their names, as Streamlit is given them."""

    def __init__(self) -> None:
        from streamlit.runtime.media_file_manager import MediaFileManager

        self.made: dict[str, Callable[[], Any]] = {}
        at_once, later = MediaFileManager.add, MediaFileManager.add_deferred

        def add(manager: Any, data: Any, *rest: Any, **how: Any) -> Any:
            self.hear(lambda: data, rest, how)
            return at_once(manager, data, *rest, **how)

        def add_deferred(manager: Any, make: Any, *rest: Any, **how: Any) -> Any:
            self.hear(make, rest, how)
            return later(manager, make, *rest, **how)

        MediaFileManager.add = add  # type: ignore[method-assign]  # to hear of each file
        MediaFileManager.add_deferred = add_deferred  # type: ignore[method-assign]  # likewise

    def hear(self, make: Callable[[], Any], rest: Sequence[Any], how: Mapping[str, Any]) -> None:
        """Note a file that has a name."""
        if name := how.get("file_name", rest[2] if len(rest) > 2 else None):
            self.made[str(name)] = make


class Stage:
    """Where scenes are played: the tree of an app, and the folder that its texts go to."""

    def __init__(self, app: Path, folder: Path) -> None:
        self.app, self.folder = app, folder
        self.downloads = Downloads()
        self.offered: dict[str, dict[str, Any]] = {}  # files by language, as last said
        scan_packages_once()
        folder.mkdir(parents=True, exist_ok=True)

    def open(self, name: str = "lab", **params: str) -> Any:
        """A page of a new visitor, by an address."""
        from streamlit.testing.v1 import AppTest
        from waiting import PATIENCE

        page = AppTest.from_file(str(self.app / "app.py"), default_timeout=PATIENCE)
        page.query_params.update(params)
        page.run()  # the buttons at once
        page.run()  # and the rest, which a browser asks for
        return page if name == "lab" else self.go(page, name)

    def go(self, page: Any, name: str) -> Any:
        """The same visitor's page of this name."""
        page.switch_page(f"dino/pages/{name}/page.py").run()
        return page

    def say(self, page: Any, name: str) -> None:
        """Write what a page shows, in each language, once nothing is under way."""
        self._say_in(page, name, "en")
        opened = [box for box in BOXES if box in page.session_state and page.session_state[box]]
        press(page, "language_es")
        with speaking("es"):
            hold(page, **dict.fromkeys(opened, True))  # a box with another label is closed
            self._say_in(page, name, "es")
            press(page, "language_en")

    def _say_in(self, page: Any, name: str, code: str) -> None:
        self.downloads.made.clear()
        self.write(f"{name}.{code}.txt", page_lines(look(page), once))
        self.offered[code] = dict(self.downloads.made)

    def files(self, name: str) -> None:
        """Write the files that the page offered which was said last, in each language."""
        for code, made in self.offered.items():
            for file, lines in file_lines(made):
                self.write(f"{name}.{code}.{file}.txt", lines)

    def write(self, name: str, lines: list[str]) -> None:
        """Write a file of the dump."""
        text = "".join(f"{line}\n" for line in lines)
        (self.folder / name).write_text(text, encoding="utf-8")
        print(name, flush=True)

    def text(self, name: str, text: str) -> None:
        """Write a text of many lines."""
        self.write(name, [steady(line.rstrip()) for line in text.splitlines()])


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Where no script runs, too: AppTest asks a box there for the words of its choices."""
    from dino.locale import sentences
    from dino.ui import language

    spoken = sentences.languages()[code]
    with (
        mock.patch.object(sentences, "ENGLISH", spoken),
        mock.patch.object(language, "ENGLISH", spoken),
    ):
        yield


def press(page: Any, key: str) -> bool:
    """Click on a button, if the page has it and it may be clicked."""
    found = [it for it in page.button if it.key == key and not it.proto.disabled]
    if found:
        found[0].click()
        page.run()
    return bool(found)


def keys_of(page: Any, *, ends: str = "", begins: str = "") -> list[str]:
    """The keys of the page's buttons that begin and end so."""
    keys = [str(it.key) for it in page.button if it.key]
    return [key for key in keys if key.startswith(begins) and key.endswith(ends)]


def set_value(page: Any, kind: str, key: str, value: Any) -> bool:
    """Choose in a box, if the page has it."""
    found = [it for it in page.get(kind) if it.key == key]
    if found:
        found[0].set_value(value)
        page.run()
    return bool(found)


def hold(page: Any, **values: Any) -> Any:
    """Set values of the session, and draw the page with them."""
    for key, value in values.items():
        page.session_state[key] = value
    page.run()
    return page


def is_busy(page: Any) -> bool:
    """Whether a run, an experiment or a measurement of the page is still at work."""
    from dino.ui import server

    works = server.jobs().all_jobs()
    visit = page.session_state["visit"]
    return (
        any(it.running or not getattr(it, "settled", True) for it in works)
        or any(not it.done for it in visit.measurements.values())
        or server.jobs().count_running() > 0
    )


def look(page: Any) -> Any:
    """Draw a page again until it was drawn while nothing was under way."""
    for _ in range(MOST_LOOKS):
        was_busy = is_busy(page)
        page.run()
        assert not page.exception, page.exception[0].message
        if not was_busy and not is_busy(page):
            return page
        time.sleep(0.1)
    raise AssertionError("a page does not come to rest")
