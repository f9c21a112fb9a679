"""The small test app with its routes: one event with an id for every step."""

import asyncio
import json
import sys
import time
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

sys.path.insert(0, str(Path(__file__).parent))
import tiny_state

BASES = ("", "/course/dino")


async def events(request: Request) -> Response:
    """The events of a page's run."""
    key = request.headers.get("x-dino-key", "")
    if key not in tiny_state.PAGES:
        return PlainTextResponse("no such page", 404)

    async def told():
        last = ""
        while True:
            token, mine = tiny_state.PAGES[key]
            frame = tiny_state.RUNS[token].frame(mine)
            if (now := json.dumps(frame)) != last:
                last = now
                frame["at"] = time.monotonic()
                yield f": words\n\nid: {frame['step']}\ndata: {json.dumps(frame)}\n\n"
            await asyncio.sleep(0.01)

    return StreamingResponse(told(), media_type="text/event-stream")


async def triggers(_: Request) -> Response:
    """What components sent."""
    return JSONResponse(tiny_state.TRIGGERS)


async def here(_: Request) -> Response:
    """Show that the routes can be reached."""
    return Response("", media_type="text/event-stream")


tiny_state.routes = True
ROUTES = {"events": events, "here": here, "triggers": triggers}
app = st.App(
    Path(__file__).with_name("tiny_page.py"),
    routes=[
        Route(f"{base}/dino/{name}", answer) for base in BASES for name, answer in ROUTES.items()
    ],
)
