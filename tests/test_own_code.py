"""The code of our components: once for a browser, and in the messages if nothing else works."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from browser import ONE_SERVER
from load.browser_tab import Tab
from load.server import ROOT, served
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest
from waiting import PATIENCE, run_async

from dino import places
from dino.live.routes import Events, routes
from dino.pages.lab.training import PARTS
from dino.ui import component, own_code, server, workarounds

LAB = Path(component.__file__).parents[1] / "pages" / "lab"

pytestmark = ONE_SERVER


def words_of(loader: str) -> dict[str, Any]:
    """What a loader says before its code."""
    first = loader.partition(";\n")[0].removeprefix("const ")
    names = ("name", "parts", "mark", "files")
    starts = [first.index(f"{name}=") for name in names]
    pieces = [first[a:b].rstrip(",") for a, b in zip(starts, [*starts[1:], None], strict=True)]
    return {name: json.loads(it.partition("=")[2]) for name, it in zip(names, pieces, strict=True)}


def drawn(code: str) -> list[dict[str, object]]:
    """What its mounted components say, of a page that draws these."""
    page = AppTest.from_string(f"from dino.ui.component import component\n{code}").run()
    assert not page.exception
    protos = [it.proto for it in page.main if it.type == "bidi_component"]
    return [{"name": it.component_name, "js": it.js_content} for it in protos]


def test_the_parts_of_a_component_in_the_file_are_its_code_byte_for_byte() -> None:
    app = Starlette(routes=routes(Events(lambda key: None), [own_code.code_file()], dict))
    address = f"/dino/{own_code.code_file().name}"
    got = TestClient(app).get(address, headers={"Accept-Encoding": "gzip"})
    assert "immutable" in got.headers["cache-control"] and len(got.content) > 100_000
    assert int(got.headers["content-length"]) < 90_000
    for name, folder, parts in (
        ("training", LAB, PARTS),
        ("run_line", LAB, ("words",)),
        ("print", component.HERE, ()),
    ):
        files = component.files_of(name, folder, parts)
        loader = own_code.loader(name, [own_code.part_name(it) for it in files], (address,))
        said = words_of(loader)
        assert said["mark"] == got.json()["mark"] and said["files"] == [address]
        texts = [got.json()["texts"][part] for part in said["parts"]]
        assert "".join(texts) == component.code(name, folder, parts)
        assert len(loader) < 2_000


def test_the_files_name_changes_with_any_part(monkeypatch: pytest.MonkeyPatch) -> None:
    before = own_code.contents.__wrapped__()
    assert own_code.contents.__wrapped__() == before
    read = Path.read_text

    def changed(file: Path, *args: str, **how: str) -> str:
        return read(file, *args, **how) + ("\n" if file.name == "words.js" else "")

    monkeypatch.setattr(Path, "read_text", changed)
    assert own_code.contents.__wrapped__()[0] != before[0]


def test_without_routes_the_file_lies_beside_the_script(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workarounds, "main_script", lambda: tmp_path / "app.py")
    monkeypatch.setattr(own_code, "has_routes", lambda: False)
    static = tmp_path / "static"
    static.mkdir()
    for name in ("code-old.json", "code-recent.json", "plotly-1.min.js"):
        (static / name).touch()
        if name != "code-recent.json":
            os.utime(static / name, (0, 0))
    (address,) = own_code.addresses()
    assert address.startswith("app/static/code-")
    kept = {"code-recent.json", "plotly-1.min.js"}  # another server may serve the first
    assert {it.name for it in static.iterdir()} == {*kept, Path(address).name}
    content = (static / Path(address).name).read_bytes()
    assert content == own_code.contents()[1]
    assert own_code.addresses() == (address,)
    assert len(list(static.iterdir())) == 3


@pytest.mark.parametrize("why", ["the folder cannot be written", "it is installed"])
def test_if_a_browser_could_find_it_nowhere_the_messages_carry_the_code(
    why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workarounds, "main_script", lambda: tmp_path / "app.py")
    monkeypatch.setattr(own_code, "has_routes", lambda: False)
    if why == "it is installed":
        monkeypatch.setattr(places, "INSTALLED", tmp_path)
    else:
        (tmp_path / "static").touch()
    found = drawn("component('pulse')(key='pulse', data=[{}])")
    assert [it["js"] for it in found] == [component.code("pulse")]


def test_a_session_whose_browser_cannot_load_it_gets_it_in_the_messages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(own_code, "addresses", lambda: ("dino/code.json",))
    mount = "component('pulse')(key='pulse', data=[{}])"
    (before,) = drawn(mount)
    assert component.code("pulse") not in str(before["js"])
    asked = "from dino.ui.component import send_whole_code\nsend_whole_code()\n"
    (after,) = drawn(asked + mount)
    assert after["js"] == component.code("pulse")


def test_a_look_for_routes_finds_none_where_no_server_runs() -> None:
    server.renew()
    assert not server.has_routes()


async def redraw() -> tuple[int, int]:
    """The bytes of a second whole redraw of the Lab, and the components' code among them.

    What Streamlit reports of itself, where its host counts the use, is no part of the page.
    """
    async with served(ROOT / "app.py") as site:
        tab = Tab(site.port)
        await tab.open()
        assert await tab.until(lambda: tab.whole, PATIENCE)
        await tab.ask(wait=PATIENCE)
        before = tab.bytes - tab.profile_bytes, tab.code_bytes
        await tab.ask(wait=PATIENCE)
        found = tab.bytes - tab.profile_bytes - before[0], tab.code_bytes - before[1]
        await tab.close()
        return found


@pytest.mark.long
def test_a_whole_redraw_of_the_lab_carries_no_code_again(shared_app: Any) -> None:
    shared_app.end()
    whole, code = run_async(redraw())
    assert 60_000 < whole < 260_000 and code < 150_000
