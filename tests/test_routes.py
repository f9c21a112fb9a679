"""The server's own routes: which pages may listen, what ends a stream, what an operator sees."""

import asyncio
import gzip
import json
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.testclient import TestClient
from waiting import PATIENCE, run_async

from dino.live import routes as routes_module
from dino.live.plotly_file import PlotlyFile, copy_to_static, source
from dino.live.routes import HEALTH_VARIABLE, KEY_HEADER, Events, routes

FIGURES = {"visitors": 3, "memory_mb": 400}


class Someone:
    """A page that has a few frames, and then none."""

    def __init__(self, frames=3, lasts=True):
        self.frames, self.lasts = frames, lasts

    def is_alive(self):
        return self.lasts or self.frames > 0

    def view(self):
        return None

    def next_turn(self):
        if self.frames <= 0:
            return None
        self.frames -= 1
        return f"t.{self.frames}", {"step": self.frames}


@pytest.fixture
def pages():
    return {"right-key": Someone(lasts=False)}


@pytest.fixture
def events(pages, monkeypatch):
    monkeypatch.setattr(routes_module, "FASTEST", 0.001)
    monkeypatch.setattr(routes_module, "SLOWEST", 0.001)
    return Events(pages.get)


@pytest.fixture
def client(events):
    app = Starlette(routes=routes(events, [PlotlyFile()], lambda: FIGURES, "course/dino"))
    return TestClient(app, base_url="http://localhost", client=("127.0.0.1", 5000))


def read(text):
    return [
        json.loads(line.removeprefix("data: "))
        for line in text.splitlines()
        if line.startswith("data: ")
    ]


@pytest.mark.parametrize("base", ["", "/course/dino"])
def test_a_key_opens_a_stream_that_ends_with_its_session(client, base):
    answer = client.get(f"{base}/dino/events", headers={KEY_HEADER: "right-key"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["x-accel-buffering"] == "no"
    assert "no-store" in answer.headers["cache-control"]
    assert [f.get("step") for f in read(answer.text)] == [2, 1, 0, None]
    assert "id: t.2" in answer.text and answer.text.rstrip().endswith("data: {}")


@pytest.mark.parametrize("key", ["", "wrong", "x" * 5000, "right-key2", "../right-key"])
def test_no_other_key_opens_one(client, key):
    answer = client.get("/dino/events", headers={KEY_HEADER: key})
    assert answer.status_code == 404 and "event-stream" not in answer.headers["content-type"]


def test_a_cookie_or_an_address_is_no_key(client):
    assert client.get("/dino/events?key=right-key").status_code == 404
    client.cookies.set("key", "right-key")
    assert client.get("/dino/events").status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", ["events", "here", "health"])
def test_other_methods_are_refused(client, method, path):
    assert client.request(method, f"/dino/{path}").status_code == 405


def test_the_last_id_comes_to_the_frames_and_is_short(client, monkeypatch):
    asked = []
    monkeypatch.setattr(routes_module, "Sender", asked.append)
    client.get("/dino/events", headers={KEY_HEADER: "right-key", "Last-Event-ID": "z" * 9000})
    assert asked == ["z" * 100]


async def sent(events, key, page, seconds=0.2):
    got = []

    async def send(message):
        got.append(message["body"])

    task = asyncio.create_task(events.run(key, page, "", send))
    await asyncio.sleep(0)
    return task, got


def test_a_newer_stream_of_the_same_page_ends_the_older_one(events):
    async def two():
        first, _ = await sent(events, "k", Someone())
        second, got = await sent(events, "k", Someone())
        await asyncio.wait_for(first, PATIENCE)
        assert events.listens("k") and len(events) == 1
        while not any(b"step" in part for part in got):
            await asyncio.sleep(0.001)
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        assert not events.listens("k")

    run_async(two())


@pytest.mark.parametrize("turns", range(10))
def test_a_stream_ends_with_its_reader_even_while_it_writes(events, pages, turns):
    """turns: how many turns of the event loop the write takes that the reader leaves at."""
    pages["k"] = Someone(frames=10**9)

    async def read_one_event():
        written = asyncio.Event()

        async def receive():
            await written.wait()
            return {"type": "http.disconnect"}

        async def send(message):
            if message["type"] == "http.response.body":
                written.set()
                for _ in range(turns):
                    await asyncio.sleep(0)

        headers = [(KEY_HEADER.encode(), b"k")]
        request = Request({"type": "http", "method": "GET", "path": "/", "headers": headers})
        response = await events.endpoint(request)
        await asyncio.wait_for(response(request.scope, receive, send), PATIENCE)
        assert not events.listens("k")

    run_async(read_one_event())


def test_a_stream_that_has_nothing_to_say_says_so_at_once(events):
    """A browser gives a stream up if the first seconds bring nothing."""

    async def silent():
        task, got = await sent(events, "k", Someone(frames=0))
        assert got == [b": \n\n"]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run_async(asyncio.wait_for(silent(), PATIENCE))


def test_a_silent_stream_sends_comments(events, monkeypatch):
    monkeypatch.setattr(routes_module, "QUIET", 0.01)

    async def silent():
        task, got = await sent(events, "k", Someone(frames=0))
        while got.count(b": \n\n") < 3:
            await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run_async(asyncio.wait_for(silent(), PATIENCE))


def test_who_does_not_read_is_left(events, monkeypatch):
    monkeypatch.setattr(routes_module, "STUCK", 0.05)

    async def stuck():
        async def never(message):
            await asyncio.Event().wait()

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(events.run("k", Someone(), "", never), PATIENCE)
        assert len(events) == 0

    run_async(stuck())


def test_pages_get_fewer_frames_where_there_are_many(pages):
    events = Events(pages.get)
    assert events.pace() == routes_module.FASTEST <= 0.1

    async def hundred():
        tasks = [(await sent(events, str(n), Someone(frames=0)))[0] for n in range(100)]
        assert len(events) == 100
        assert events.pace() == routes_module.SLOWEST <= 0.5
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    run_async(hundred())


@pytest.mark.parametrize("base", ["", "/course/dino"])
def test_a_page_finds_the_routes_by_their_kind(client, base):
    answer = client.get(f"{base}/dino/here")
    assert answer.headers["content-type"].startswith("text/event-stream")


def test_plotly_comes_compressed_once_and_is_kept_for_good(client):
    file = PlotlyFile()
    packed = client.get(f"/dino/{file.name}", headers={"Accept-Encoding": "gzip"})
    plain = client.get(f"/dino/{file.name}", headers={"Accept-Encoding": "identity"})
    assert "immutable" in packed.headers["cache-control"]
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content == source().read_bytes()
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert gzip.decompress(gzip.compress(plain.content)) == plain.content


def test_a_copy_of_plotly_that_failed_is_tried_again(tmp_path):
    static, script = tmp_path / "static", tmp_path / "app.py"
    static.touch()  # a file where the folder should be
    assert copy_to_static(script) is None
    static.unlink()
    address = copy_to_static(script)
    assert address is not None and address.startswith("app/static/plotly-")
    assert (static / address.removeprefix("app/static/")).read_bytes() == source().read_bytes()
    assert copy_to_static(script) == address and len(list(static.iterdir())) == 1


def test_a_copy_of_plotly_that_breaks_off_leaves_nothing_behind(tmp_path, monkeypatch):
    static = tmp_path / "static"

    def break_off(source, target):
        Path(target).write_bytes(b"part")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", break_off)
    assert copy_to_static(tmp_path / "app.py") is None
    assert list(static.iterdir()) == []


def seen(client, **headers):
    return client.get("/dino/health", headers=headers)


@pytest.mark.parametrize(
    ("host", "is_here"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),  # as a server sees it that listens at all addresses
        ("::ffff:192.0.2.7", False),
        ("192.0.2.7", False),
        ("nobody", False),
    ],
)
def test_who_asks_on_the_servers_machine_sees_the_figures(events, host, is_here):
    app = Starlette(routes=routes(events, [PlotlyFile()], lambda: FIGURES))
    found = seen(TestClient(app, base_url="http://localhost", client=(host, 5000)))
    assert found.json() == FIGURES if is_here else found.text == "ok"


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"X-Real-IP": "::1"},
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:80"},
    ],
)
def test_who_comes_through_a_proxy_or_by_another_name_sees_ok(client, headers):
    assert seen(client, **headers).text == "ok"


def test_a_stranger_sees_ok_and_with_the_key_the_figures(events, monkeypatch):
    app = Starlette(routes=routes(events, [PlotlyFile()], lambda: FIGURES))
    stranger = TestClient(app, client=("192.0.2.7", 5000))
    assert seen(stranger).text == "ok"
    monkeypatch.setenv(HEALTH_VARIABLE, "a secret")
    assert seen(stranger, Authorization="Bearer another").text == "ok"
    assert seen(stranger, Authorization="Bearer a secret").json() == FIGURES
    monkeypatch.setenv(HEALTH_VARIABLE, "")
    assert seen(stranger, Authorization="Bearer ").text == "ok"
