"""Files in another site's frame that has no cookies: a list, a saved run, what is refused."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import pytest
from browser import FLAGS, IN_A_BROWSER, SharedBrowser, adapt, button, chromium, new_page, only_one
from playwright.sync_api import Browser, Frame, Locator, Page, expect, sync_playwright
from waiting import wait_for

from dino.config import Config
from dino.data import load_bundled
from dino.saved.saved_run import to_bytes
from dino.saved.tensors import MOST_BYTES
from dino.train import Trainer
from dino.ui import open_box
from dino.ui.component import code, component_source
from dino.ui.workarounds.transfers import IDLE

pytestmark = IN_A_BROWSER
BLOCKED = {"profile": {"block_third_party_cookies": True, "cookie_controls_mode": 1}}
NAMES = [f"{a}{b}x{c}{b}" for a in "kmn" for b in "aeiou" for c in "rst"]
SET_COOKIE = """() => {
    document.cookie = 'own=1; SameSite=None; Secure';
    return document.cookie;
}"""
PUT = "() => fetch('/_stcore/upload_file/a/b', {method: 'PUT', body: 'x'}).then(it => it.status)"
DROP = """(frame, [name, text]) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([text], name));
    for (const kind of ['dragover', 'drop']) {
        frame.dispatchEvent(new DragEvent(kind, {dataTransfer, bubbles: true, cancelable: true}));
    }
}"""


class Course(BaseHTTPRequestHandler):
    """A page of another site: it shows the address that its query names in a frame."""

    def do_GET(self) -> None:
        """Any address."""
        style = "position: fixed; inset: 0; width: 100%; height: 100%; border: 0"
        body = f'<iframe src="{self.path.partition("?")[2]}" style="{style}"></iframe>'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def course() -> Iterator[str]:
    """The course's address. `localhost` and `127.0.0.1` are different sites to a browser."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Course)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}/?"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def outer(tmp_path: Path, shared_browser: SharedBrowser) -> Iterator[Page]:
    """A page of a browser that blocks the cookies of other sites."""
    shared_browser.end()
    preferences = tmp_path / "Default" / "Preferences"
    preferences.parent.mkdir()
    preferences.write_text(json.dumps(BLOCKED))
    with only_one("browser"), sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path, executable_path=chromium(), args=FLAGS
        )
        yield adapt(context.pages[0])
        context.close()


def framed(outer: Page, address: str) -> Frame:
    """The app in the frame of the course's page."""
    outer.goto(address)
    wait_for(lambda: len(outer.frames) > 1 and outer.frames[1].url != "about:blank", "the frame")
    return outer.frames[1]


def open_upload(frame: Frame) -> Locator:
    """Our box for a list, on the page Data."""
    frame.locator(".st-key-data_list").get_by_text("Your own", exact=True).click()
    frame.locator(".st-key-own_how").get_by_text("Upload", exact=True).click()
    box = frame.locator(".dino-file")
    expect(box).to_be_visible()
    return box


def choose(box: Locator, name: str, data: bytes) -> None:
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": data}
    box.locator("input").set_input_files(file)


@pytest.mark.long
def test_a_frame_without_cookies_trains_on_an_uploaded_list_and_opens_a_saved_run(
    outer: Page, course: str, address: str
) -> None:
    made = Trainer(Config(hidden_size=5, engine="torch"), load_bundled())
    made.advance(3)
    made.settle()
    saved = to_bytes(made.run(), made.pack(), made.corpus)
    frame = framed(outer, f"{course}{address}/data?max_steps=60&hidden_size=4")
    box = open_upload(frame)
    assert frame.evaluate(SET_COOKIE) == "", "the browser blocks no cookies"
    assert frame.evaluate(PUT) == 403, "Streamlit's way would be open"
    box.locator(".frame").evaluate(DROP, ["names.pdf", "no list"])
    expect(box.get_by_role("alert")).to_contain_text(
        "must end in one of .txt, .csv, .tsv, not “names.pdf”"
    )
    box.locator(".frame").evaluate(DROP, ["names.txt", "\n".join(NAMES)])
    expect(frame.locator(".st-key-own_report tr", has_text="will be used")).to_contain_text("45")
    expect(box.get_by_role("alert")).to_be_empty()
    expect(button(frame, "Remove: names.txt")).to_be_visible()
    button(frame, "Remove: names.txt").click()
    expect(button(frame, "Use this list")).to_have_count(0)
    choose(box, "names.txt", "\n".join(NAMES).encode())
    button(frame, "Use this list").click()
    frame.locator(".st-key-data_train button").click()
    expect(frame.get_by_text("Names: Your list.", exact=False)).to_be_visible()

    frame.locator(".st-key-open_box summary").click()
    choose(frame.locator(".dino-file"), "mine.safetensors", saved)
    expect(frame.get_by_text("Run 2 was opened from the file “mine”.")).to_be_visible()
    choose(frame.locator(".dino-file"), "other.safetensors", bytes(8_000_000))
    button(frame, "Stop: other.safetensors").click()
    expect(frame.locator(".dino-file .sent")).to_be_hidden()
    choose(frame.locator(".dino-file"), "broken.safetensors", b"nonsense")
    refusal = frame.locator(".st-key-open_refused").last  # a redraw may show the old one beside it
    expect(refusal).to_contain_text("“broken.safetensors”")


# The box without a server, which notes when it sends.
ALONE = """async ([source, html]) => {
    document.body.innerHTML = `<div id=holder>${html}</div>`;
    const url = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
    const module = await import(url);
    const data = {label: "", limits: "", kinds: [], words: {lost: "lost"}, file: null, piece: 1e5};
    window.sent = [];
    window.hear = (answer) => module.default({
        data: [{...data, ...answer}], parentElement: holder,
        setTriggerValue: (_, message) => sent.push({...message, when: performance.now()})});
    hear({});
}"""
READ = """() => new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done();
    reader.readAsDataURL(new Blob(["a"]));
})"""


@pytest.mark.parametrize("first", [1, 14])
def test_a_box_repeats_its_messages_before_its_transfer_ends(chrome: Browser, first: int) -> None:
    page = new_page(chrome)  # all pages of a context have the same clock
    page.clock.install()
    page.evaluate(ALONE, [code("file_box"), component_source("file_box.html")])
    page.clock.pause_at(10_000_000_000)
    box = page.locator(".dino-file")
    choose(box, "names.txt", b"a" * 100)
    page.clock.run_for(1000 * first)  # the server's first answer is slow, and it is the last one
    page.evaluate("hear({id: sent[0].id, got: 0})")
    while not box.get_by_role("alert").inner_text():
        page.clock.run_for(1000)
        page.evaluate(READ)  # as the box does before it sends
    sent = page.evaluate("sent")
    assert [it["data"] for it in sent].count("") < len(sent) - 5, "pieces too"
    waits = [after["when"] - before["when"] for before, after in pairwise(sent)]
    assert max(waits) < 1000 * IDLE / 2
    page.close()


def test_a_box_says_the_same_bound_as_the_reader_of_saved_runs() -> None:
    assert open_box.TAKES.most == MOST_BYTES
