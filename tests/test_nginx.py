"""The real nginx with the configuration of the docs, before servers that say what reached them."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from browser import ONE_SERVER
from load.server import ROOT, free_port
from load.web import HOST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from waiting import PATIENCE, run_async, wait_for
from websockets.asyncio.client import connect

CONFIGURATION = ROOT / "docs" / "nginx.conf"
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
NEEDS_NGINX = pytest.mark.skipif(
    not (NGINX and shutil.which("openssl") or os.environ.get("CI")),
    reason="no nginx or no openssl on this machine: apt-get install nginx-light openssl",
)
pytestmark = [ONE_SERVER, NEEDS_NGINX]
WHOLE = """daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{ }}
http {{
    log_format served '$upstream_addr $server_protocol $request_method $uri $cookie_dino_server';
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/dino.conf;
}}
"""
COOKIE = re.compile(r"dino_server=([0-9a-f]{32}); (.*)")


class Backend:
    """A server that says what reached it. name: by which it is told from others."""

    def __init__(self, name: str) -> None:
        self.name, self.heard = name, threading.Semaphore(0)
        self.port = free_port()
        routes = [
            Route("/dino/events", self.events),
            Route("/long", self.long),
            Route("/{any:path}", self.say, methods=["GET", "POST"]),
            WebSocketRoute("/_stcore/stream", self.echo),
        ]
        app = Starlette(routes=routes)
        self.server = uvicorn.Server(
            uvicorn.Config(app, host=HOST, port=self.port, log_level="error")
        )
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        wait_for(lambda: self.server.started, "the backend")

    async def say(self, request: Request) -> Response:
        size = len(await request.body())
        return JSONResponse({"name": self.name, "size": size, "headers": dict(request.headers)})

    async def long(self, request: Request) -> Response:
        return PlainTextResponse("word " * 1000, media_type="text/css")

    async def events(self, request: Request) -> Response:
        async def told() -> AsyncIterator[str]:
            for number in range(3):
                yield f"data: {number}\n\n"
                await asyncio.to_thread(self.heard.acquire, timeout=PATIENCE)

        return StreamingResponse(told(), media_type="text/event-stream")

    async def echo(self, socket: WebSocket) -> None:
        await socket.accept("streamlit")
        await socket.send_text(json.dumps([self.name, socket.headers.get("origin")]))
        await socket.close()

    def end(self) -> None:
        for _ in range(10):
            self.heard.release()
        self.server.should_exit = True
        self.thread.join(PATIENCE)


HTTP2_ALONE = (1, 25, 1)  # the first nginx that knows "http2 on;"


def version_of(nginx: str) -> tuple[int, ...]:
    said = subprocess.run([nginx, "-v"], capture_output=True, text=True, check=True).stderr
    found = re.search(r"nginx/(\d+)\.(\d+)\.(\d+)", said)
    assert found, said
    return tuple(map(int, found.groups()))


def spelled_for(version: tuple[int, ...], text: str) -> str:
    """The file of the docs for this nginx: an older one takes HTTP/2 as a word of `listen`, as the
    file says.
    """
    if version >= HTTP2_ALONE:
        return text
    text, lines = re.subn(r"\n    http2 on;.*", "", text)
    text, listens = re.subn(r"(listen \S+ ssl);", r"\1 http2;", text)
    assert lines == listens == 1
    return text


@contextmanager
def nginx(folder: Path, *ports: int) -> Iterator[int]:
    """nginx with the file of the docs before servers at these ports; gives its own port. In the
    folder, "served.log" says which server answered a request, and the cookie that came with it.
    """
    assert NGINX is not None
    port, text = free_port(), CONFIGURATION.read_text()
    key = folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        + ["-nodes", "-days", "2", "-subj", f"/CN={HOST}", "-keyout", key, "-out", key],
        check=True,
        capture_output=True,
    )
    changes = {
        "listen 80;": f"listen {HOST}:{free_port()};",
        "listen 443 ssl;": f"listen {HOST}:{port} ssl;",
        "server 127.0.0.1:8501 ": f"server {HOST}:{ports[0]} ",
        "server 127.0.0.1:8502 ": f"server {HOST}:{ports[-1]} ",
        "/etc/ssl/certs/dino.pem": str(key),
        "/etc/ssl/private/dino.key": str(key),
        "access_log /var/log/nginx/dino.log dino;": f"access_log {folder}/dino.log dino;"
        f" access_log {folder}/served.log served;",
        "/var/log/nginx/dino-error.log": f"{folder}/dino-error.log",
    }
    for before, after in changes.items():
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    (folder / "dino.conf").write_text(spelled_for(version_of(NGINX), text))
    (folder / "nginx.conf").write_text(WHOLE.format(folder=folder))
    how = [NGINX, "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log"]
    process = subprocess.Popen(how, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: process.poll() is not None or _listens(port), "nginx")
        assert process.poll() is None, (folder / "error.log").read_text()
        yield port
    finally:
        process.terminate()
        process.wait(PATIENCE)


def test_an_older_nginx_gets_the_older_spelling_that_the_file_names() -> None:
    text = CONFIGURATION.read_text()
    assert "before nginx 1.25.1" in text and spelled_for((1, 25, 1), text) == text
    older = spelled_for((1, 22, 1), text)
    assert "http2 on" not in older and older.count("listen 443 ssl http2;") == 1
    assert len(older.splitlines()) == len(text.splitlines()) - 1


def _listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex((HOST, port)) == 0


def trusting() -> ssl.SSLContext:
    """Trust any certificate, because the test has made its own."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


@pytest.fixture(scope="module")
def backends() -> Iterator[tuple[Backend, Backend]]:
    with ExitStack() as ending:
        found = Backend("one"), Backend("other")
        for backend in found:
            ending.callback(backend.end)
        yield found


@pytest.fixture(scope="module")
def port(
    backends: tuple[Backend, Backend], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[int]:
    with nginx(tmp_path_factory.mktemp("nginx"), *(it.port for it in backends)) as found:
        yield found


def ask(
    port: int, path: str = "/", body: bytes | None = None, **headers: str
) -> tuple[HTTPResponse, bytes]:
    connection = HTTPSConnection(HOST, port, context=trusting(), timeout=PATIENCE)
    try:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET" if body is None else "POST", path, body, sent)
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


def told(port: int, path: str = "/", body: bytes | None = None, **headers: str) -> Any:
    return json.loads(ask(port, path, body, **headers)[1])


def cookie(answer: HTTPResponse) -> tuple[str, set[str]]:
    """The value of the cookie that an answer sets, and its attributes."""
    found = COOKIE.fullmatch(answer.headers["Set-Cookie"])
    assert found is not None
    return found[1], set(found[2].split("; "))


def test_a_browser_stays_at_its_server_and_browsers_are_spread(port: int) -> None:
    names: Counter[str] = Counter()
    for _ in range(30):
        answer, _ = ask(port)
        value, attributes = cookie(answer)
        # What a browser asks of a cookie that a frame in another site's page sends.
        assert attributes >= {"Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/"}
        mine = {told(port, Cookie=f"dino_server={value}")["name"] for _ in range(3)}
        assert len(mine) == 1
        names.update(mine)
        assert "Set-Cookie" not in ask(port, Cookie=f"dino_server={value}")[0].headers
    assert len(names) == 2 and min(names.values()) >= 3


def test_who_sends_no_cookie_stays_too_and_nonsense_is_replaced(port: int) -> None:
    for agent in ("one", "two", "three"):
        assert len({told(port, User_Agent=agent)["name"] for _ in range(4)}) == 1
    assert cookie(ask(port, Cookie="dino_server=x%0d; other=1")[0])


def test_events_come_one_by_one(port: int, backends: tuple[Backend, Backend]) -> None:
    connection = HTTPSConnection(HOST, port, context=trusting(), timeout=PATIENCE)
    connection.request("GET", "/dino/events", headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    assert "Content-Encoding" not in answer.headers
    for number in range(3):  # the server sends the next one once this one is here
        assert answer.readline() == f"data: {number}\n".encode() and answer.readline() == b"\n"
        for backend in backends:
            backend.heard.release()
    connection.close()


def test_a_websocket_goes_to_the_browser_s_server(port: int) -> None:
    value, _ = cookie(ask(port)[0])
    sent = {"Cookie": f"dino_server={value}"}

    async def exchange() -> Any:
        address = f"wss://{HOST}:{port}/_stcore/stream"
        async with connect(
            address,
            ssl=trusting(),
            subprotocols=["streamlit"],
            additional_headers=sent,
            origin=f"https://{HOST}:{port}",
        ) as opened:
            return json.loads(await opened.recv())

    assert run_async(exchange()) == [told(port, **sent)["name"], f"https://{HOST}:{port}"]


def test_what_a_server_hears_of_the_visitor_is_true(port: int) -> None:
    claims = {"X_Forwarded_For": "10.0.0.1", "X_Real_IP": "10.0.0.1", "Forwarded": "for=10.0.0.1"}
    heard = told(port, **claims)["headers"]
    assert heard["x-forwarded-for"] == heard["x-real-ip"] == HOST and "forwarded" not in heard
    assert heard["x-forwarded-proto"] == "https" and heard["host"] == f"{HOST}:{port}"


def test_what_nobody_has_compressed_is_compressed_and_uploads_are_bounded(port: int) -> None:
    answer, body = ask(port, "/long", Accept_Encoding="gzip")
    assert answer.headers["Content-Encoding"] == "gzip" and len(body) < 1000
    assert told(port, "/upload", bytes(24_500_000))["size"] == 24_500_000
    assert ask(port, "/upload", bytes(27_000_000))[0].status == 413


def test_the_log_has_no_query(port: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    ask(port, "/lab?run=SECRET")
    log = next(tmp_path_factory.getbasetemp().glob("nginx*/dino.log"))
    wait_for(lambda: "/lab" in log.read_text(), "a line of the log")
    assert "SECRET" not in log.read_text()


def test_a_browser_waits_for_its_server_that_ended_and_no_log_has_its_query(tmp_path: Path) -> None:
    with ExitStack() as ending:
        one, other = Backend("one"), Backend("other")
        ending.callback(other.end)
        port = ending.enter_context(nginx(tmp_path, one.port, other.port))
        found = dict[str, str]()
        while len(found) < 2:
            value = cookie(ask(port)[0])[0]
            found[told(port, Cookie=f"dino_server={value}")["name"]] = value
        one.end()
        for _ in range(3):
            answer, _ = ask(port, "/lab?run=SECRET", Cookie=f"dino_server={found['one']}")
            assert answer.status == 502
            assert told(port, Cookie=f"dino_server={found['other']}")["name"] == "other"
        log = tmp_path / "dino.log"
        wait_for(lambda: log.read_text().count(" 502 ") == 3, "three lines of the log")
    assert (tmp_path / "dino-error.log").is_file()
    for path in tmp_path.glob("*.log"):
        assert "SECRET" not in path.read_text(), path
