"""The page that Streamlit serves has our styles before its parts; nothing else is changed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import streamlit as st
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route, Router
from starlette.staticfiles import StaticFiles
from waiting import run_async

from dino.ui.serve import first_styles
from dino.ui.workarounds import FirstLook

STATIC = Path(st.__file__).parent / "static"
CSS = ".here { color: red }"


async def _other(request):
    return HTMLResponse("<html><head></head></html>")


APP = FirstLook(
    Router([Route("/other", _other), Mount("/", StaticFiles(directory=STATIC, html=True))]), CSS
)


def ask(
    path: str, method: str = "GET", through: FirstLook = APP, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body."""
    raw = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "headers": raw, "query_string": b""}
    scope |= {"root_path": "", "scheme": "http", "server": ("localhost", 1), "extensions": {}}
    sent: list = []

    async def receive():
        await asyncio.Event().wait()  # it neither says more nor leaves

    async def send(message):
        sent.append(message)

    run_async(through(scope, receive, send))
    found = {k.decode().lower(): v.decode() for k, v in sent[0]["headers"]}
    return sent[0]["status"], found, b"".join(it.get("body", b"") for it in sent[1:])


def test_the_page_has_the_styles_in_its_head_and_the_length_that_it_says():
    status, headers, body = ask("/", accept_encoding="gzip, br")
    assert status == 200 and int(headers["content-length"]) == len(body)
    plain = (STATIC / "index.html").read_bytes()
    assert body == plain.replace(b"</head>", f"<style>{CSS}</style></head>".encode())
    assert ask("/", "HEAD")[1]["content-length"] == headers["content-length"]


def test_a_browser_that_has_this_page_is_told_so_and_one_with_another_page_gets_it():
    etag = ask("/")[1]["etag"]
    status, headers, body = ask("/", if_none_match=etag)
    assert (status, body, headers["etag"]) == (304, b"", etag)
    other = FirstLook(APP.app, CSS + " ")
    assert ask("/", if_none_match=etag, through=other)[0] == 200


@pytest.mark.parametrize("path", ["/other", "/favicon.png"])
def test_nothing_else_is_changed(path):
    status, headers, body = ask(path)
    assert b"<style>" not in body
    if status == 200:
        assert int(headers["content-length"]) == len(body)


def test_the_styles_are_balanced_and_end_no_tag():
    css = first_styles()
    assert css.count("{") == css.count("}") and "<" not in css
    assert css.startswith(":root:root {")  # stronger than the styles of Streamlit's parts
