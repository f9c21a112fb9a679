"""Streamlit's files in gzip: to whom, with which headers, and how much is kept."""

from __future__ import annotations

import asyncio
import gzip
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient
from streamlit import file_util
from streamlit.web.server.starlette.starlette_static_routes import (
    create_streamlit_static_assets_routes,
)
from waiting import PATIENCE, run_async

from dino.live import compressed
from dino.live.compressed import HELD, LARGEST, SMALLEST, CompressedFiles, Compression, accepts_gzip

FILES = Path(file_util.get_static_dir())
BASE = "/course/dino"
PARTS = sorted(FILES.glob("static/*/*"))
SCRIPT = max((file for file in PARTS if file.suffix == ".js"), key=lambda it: it.stat().st_size)
SCRIPT_PATH = f"/{SCRIPT.relative_to(FILES).as_posix()}"
FONT_PATH = next(f"/{it.relative_to(FILES).as_posix()}" for it in PARTS if it.suffix == ".woff2")
GZIP = {"accept-encoding": "gzip"}
CODE = b"let a = 1;\n" * 1000
PLAIN = {"accept-encoding": "identity"}


@pytest.fixture(params=["", BASE])
def base(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def clients(base: str = "") -> tuple[TestClient, ...]:
    """Streamlit's static files with and without what compresses them."""
    routes = create_streamlit_static_assets_routes(base)
    ours = Starlette(routes=routes, middleware=[Middleware(Compression, base=base)])
    streamlit = Starlette(routes=routes)
    return tuple(TestClient(it, follow_redirects=False) for it in (ours, streamlit))


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        ("gzip", True),
        ("gzip, deflate, br, zstd", True),
        ("GZIP;Q=0.5", True),
        ("br;q=1.0, gzip;q=0.8, *;q=0.1", True),
        ("*", True),
        ("gzip ; q = 0.3", False),  # no space belongs there
        ("gzip;q=0", False),
        ("gzip;q=0.000", False),
        ("*;q=0", False),
        ("gzip;q=0, *;q=1", False),
        ("identity, gzip;q=0.5", False),
        ("identity;q=0.5, gzip", True),
        ("gzip;q=2", False),
        ("gzip;q=nan", False),
        ("gzip;q=-1", False),
        ("gzip;q=", False),
        ("xgzip", False),
        ("", False),
        (",;,;q=1,", False),
    ],
)
def test_who_is_sent_gzip(header: str, accepted: bool) -> None:
    assert accepts_gzip(header) == accepted


@pytest.mark.parametrize("path", ["/", "/compare", "/static/js/nothing.js", SCRIPT_PATH])
def test_the_same_file_comes_in_fewer_bytes_with_streamlits_own_headers(
    base: str, path: str
) -> None:
    ours, streamlit = clients(base)
    was = streamlit.get(base + path, headers=GZIP)
    for _ in range(2):  # compressed, and kept
        now = ours.get(base + path, headers=GZIP)
        assert (now.status_code, now.content) == (200, was.content)
        assert now.headers["content-encoding"] == "gzip" and "content-encoding" not in was.headers
        assert int(now.headers["content-length"]) < int(was.headers["content-length"]) / 2
        assert now.headers["vary"] == "Accept-Encoding" and "accept-ranges" not in now.headers
        assert now.headers["etag"] == f"W/{was.headers['etag']}"
        changed = {"content-encoding", "content-length", "vary", "accept-ranges", "etag"}
        rest = [
            {k: v for k, v in it.headers.items() if k not in changed and k != "date"}
            for it in (now, was)
        ]
        assert rest[0] == rest[1] and "cache-control" in rest[0]


def test_each_encoding_has_its_own_place_in_a_cache(base: str) -> None:
    ours, streamlit = clients(base)
    for _ in range(2):
        was, now = (it.get(base + SCRIPT_PATH, headers=PLAIN) for it in (streamlit, ours))
        assert "content-encoding" not in now.headers and now.content == was.content
        assert now.headers["vary"] == "Accept-Encoding"
        assert now.headers["etag"] == was.headers["etag"]
        ours.get(base + SCRIPT_PATH, headers=GZIP)


def test_head_has_the_headers_of_get_and_no_body(base: str) -> None:
    ours, _ = clients(base)
    for _ in range(2):
        heads = [ours.request(it, base + SCRIPT_PATH, headers=GZIP) for it in ("HEAD", "GET")]
        assert heads[0].headers == heads[1].headers and not heads[0].content


@pytest.mark.parametrize("weak", ["W/", ""])
def test_what_a_browser_has_is_not_sent_again(base: str, weak: str) -> None:
    ours, _ = clients(base)
    tag = ours.get(base + SCRIPT_PATH, headers=GZIP).headers["etag"].removeprefix("W/")
    same = ours.get(base + SCRIPT_PATH, headers={**GZIP, "if-none-match": weak + tag})
    assert same.status_code == 304 and not same.content and "content-encoding" not in same.headers
    assert same.headers["vary"] == "Accept-Encoding"
    other = ours.get(base + SCRIPT_PATH, headers={**GZIP, "if-none-match": '"other"'})
    assert other.status_code == 200 and other.headers["content-encoding"] == "gzip"


def test_a_part_of_a_file_is_a_part_of_the_file_itself(base: str) -> None:
    ours, _ = clients(base)
    packed = ours.get(base + SCRIPT_PATH, headers=GZIP)
    asked = {**GZIP, "range": "bytes=10-19"}
    part = ours.get(base + SCRIPT_PATH, headers=asked)
    assert (part.status_code, part.content) == (206, SCRIPT.read_bytes()[10:20])
    assert "content-encoding" not in part.headers
    # Whoever has a compressed part gets the whole, because its tag is another one.
    rest = ours.get(base + SCRIPT_PATH, headers={**asked, "if-range": packed.headers["etag"]})
    assert (rest.status_code, rest.content) == (200, SCRIPT.read_bytes())


@pytest.mark.parametrize(
    "path",
    [
        FONT_PATH,
        "/static/",
        "/inside/",
        "/static/js/",
        f"{SCRIPT_PATH}/",
        SCRIPT_PATH.replace("/js/", "/js//"),
        SCRIPT_PATH.replace("/js/", "/%2e/js/"),
        SCRIPT_PATH.replace("/js/", "/css/%2e%2e/js/"),
        "/static/../../version.py",
        "/static/%2e%2e/%2e%2e/version.py",
        "/static/..%2f..%2fversion.py",
        "/static/%5c%5chost%5cshare",
        "/static/js/%00",
        "/static/C:%5Cwindows",
        "//static/js/index.js",
        "/favicon.png",
        "/manifest.json",
        "/_stcore/health",
        "/compare/a",
        "/media/a",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_streamlit_decides_what_is_served(base: str, path: str, method: str) -> None:
    ours, streamlit = clients(base)
    now, was = (it.request(method, base + path, headers=GZIP) for it in (ours, streamlit))
    assert (now.status_code, now.content) == (was.status_code, was.content)
    assert "content-encoding" not in now.headers
    now.headers.pop("vary", None)
    assert now.headers == was.headers


def test_other_paths_with_the_same_names_are_left_alone() -> None:
    ours, streamlit = clients(BASE)
    for path in (SCRIPT_PATH, "/", "/course", BASE, "/course/dinosaur/"):
        now, was = (it.get(path, headers=GZIP) for it in (ours, streamlit))
        assert (now.status_code, now.headers, now.content) == (
            was.status_code,
            was.headers,
            was.content,
        )


class Files:
    """A server of made-up files, which notes what is asked of it."""

    def __init__(self, body: bytes = CODE, headers: dict[str, str] | None = None) -> None:
        self.body, self.tag = body, '"1"'
        self.asked: list[tuple[str, str, dict[bytes, bytes]]] = []
        self.headers = {"content-type": "text/javascript", **(headers or {})}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.append((scope["method"], scope["path"], dict(scope["headers"])))
        headers = {"etag": self.tag, "content-length": str(len(self.body)), **self.headers}
        pairs = [(key.encode(), value.encode()) for key, value in headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": pairs})
        body = self.body if scope["method"] == "GET" else b""
        await send({"type": "http.response.body", "body": body[:500], "more_body": True})
        await send({"type": "http.response.body", "body": body[500:]})

    def bodies(self) -> int:
        """How often a file was read."""
        return sum(method == "GET" for method, *_ in self.asked)


async def ask(packing: Compression, path: str = "/static/js/a.js", **headers: str) -> bytes:
    """The bytes that this server sends for a path, as they are."""
    pairs = [(k.encode(), v.encode()) for k, v in {"accept-encoding": "gzip", **headers}.items()]
    found = []

    async def send(message: Any) -> None:
        found.append(message)

    async def receive() -> Any:
        raise AssertionError("a file needs nothing from who asks for it")

    scope = {"type": "http", "method": "GET", "path": path, "headers": pairs}
    await packing(scope, receive, send)
    return b"".join(message.get("body", b"") for message in found[1:])


@pytest.fixture
def compressing(monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, list[Any]]:
    """What lets compressing go on, and the threads that have compressed."""
    may, threads, compress = threading.Event(), [], compressed.compress

    def held_up(body: bytes) -> bytes:
        threads.append(threading.current_thread())
        assert may.wait(PATIENCE)
        return compress(body)

    monkeypatch.setattr(compressed, "compress", held_up)
    return may, threads


async def until(is_so: Callable[[], bool]) -> None:
    """Wait on the event loop until something is so."""
    with anyio.fail_after(PATIENCE):
        while not is_so():
            await asyncio.sleep(0.001)


def test_those_who_come_at_once_share_one_compression_in_a_thread(compressing: Any) -> None:
    may, threads = compressing
    files = Files()
    packing = Compression(files)

    async def many() -> list[bytes]:
        asking = [asyncio.create_task(ask(packing)) for _ in range(20)]
        await until(lambda: bool(threads) and len(files.asked) == 21)  # the loop is free meanwhile
        asking[0].cancel()  # who came first leaves, and the others get it all the same
        await asyncio.gather(asking[0], return_exceptions=True)
        may.set()
        return list(await asyncio.gather(*asking[1:]))

    assert {gzip.decompress(it) for it in run_async(many())} == {files.body}
    assert len(threads) == 1 and threads[0] is not threading.main_thread()
    assert files.bodies() == 1


def test_only_some_files_are_compressed_at_the_same_time(compressing: Any) -> None:
    may, threads = compressing
    files = Files()
    packing = Compression(files)

    async def many() -> None:
        asking = [asyncio.create_task(ask(packing, f"/static/js/{i}.js")) for i in range(6)]
        await until(lambda: len(threads) == compressed.AT_ONCE and len(files.asked) == 8)
        may.set()
        await asyncio.gather(*asking)

    run_async(many())
    assert len(threads) == 6


def test_what_is_kept_has_nothing_of_who_asked_first(compressing: Any) -> None:
    compressing[0].set()
    files = Files()
    run_async(ask(Compression(files), cookie="secret", host="here", authorization="me"))
    (first, _, head), (second, _, get) = files.asked
    assert (first, second) == ("HEAD", "GET")
    assert b"cookie" in head and set(get) == {b"host"}


def test_addresses_without_a_file_are_kept_as_the_one_page_that_answers_them() -> None:
    files, held = Files(headers={"content-type": "text/html; charset=utf-8"}), CompressedFiles()
    packing = Compression(files, held=held)
    for path in ("/", "/compare", "/nothing", "/static/js/nothing.js"):
        assert gzip.decompress(run_async(ask(packing, path))) == files.body
    assert len(held) == 1 == files.bodies()


def test_a_file_that_changed_is_compressed_again() -> None:
    files = Files()
    held = CompressedFiles()
    packing = Compression(files, held=held)
    assert gzip.decompress(run_async(ask(packing))) == files.body
    files.body, files.tag = b"let b = 2;\n" * 1000, '"2"'
    assert gzip.decompress(run_async(ask(packing))) == files.body
    assert len(held) == 1 and files.bodies() == 2


def test_a_file_that_cannot_be_compressed_is_sent_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(body: bytes) -> bytes:
        raise MemoryError

    monkeypatch.setattr(compressed, "compress", fail)
    files, held = Files(), CompressedFiles()
    packing = Compression(files, held=held)
    assert [run_async(ask(packing)) for _ in range(2)] == [files.body] * 2 and not len(held)


@pytest.mark.parametrize(
    "files",
    [
        Files(b"a" * (SMALLEST - 1)),
        Files(headers={"content-length": str(LARGEST + 1)}),
        Files(headers={"content-length": "many"}),
        Files(headers={"content-encoding": "br"}),
        Files(headers={"content-type": "font/woff2"}),
        Files(headers={"content-type": "image/png"}),
        Files(headers={"etag": ""}),
    ],
)
def test_what_is_not_worth_it_is_sent_as_it_is(files: Files) -> None:
    held = CompressedFiles()
    assert run_async(ask(Compression(files, held=held))) == files.body and not len(held)


def test_what_is_kept_stays_within_its_bound_and_is_what_was_asked_for_last() -> None:
    held = CompressedFiles(most=100)
    for i in range(10):
        held.put(f"/{i}", "tag", bytes(30))
        assert held.get("/0", "tag") == bytes(30)
        assert held.size <= 100
    assert [i for i in range(10) if held.get(f"/{i}", "tag") is not None] == [0, 8, 9]
    held.put("/0", "new", bytes(50))
    assert held.get("/0", "tag") is None and held.get("/0", "new") == bytes(50) and held.size <= 100
    held.put("/large", "tag", bytes(101))
    assert held.size == 0 == len(held)


def test_all_files_of_streamlit_fit_into_what_is_kept() -> None:
    files = [it for it in PARTS if it.suffix in (".js", ".css")]
    largest = sorted((it.read_bytes() for it in files), key=len)[-8:]
    assert all(len(it) <= LARGEST for it in largest)
    share = sum(len(gzip.compress(it, 1)) for it in largest) / sum(map(len, largest))
    assert share * sum(it.stat().st_size for it in files) < HELD
