"""The code of our components as one file, which a browser fetches once and keeps.

Streamlit sends a component's code with each message that draws it: some 320 kB for the Lab.
Here the message carries only `loader.js`, which fetches the file. The file holds each part once,
because components share parts. Its mark changes with its contents, so no browser keeps an old one.

If a browser cannot fetch the file, its session gets the code in the messages.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from pathlib import Path

import streamlit as st

from dino.live.packed_file import PackedFile, keep_in_static
from dino.ui import workarounds
from dino.ui.server import has_routes

HERE = Path(__file__).parent
LOADER = "loader.js"
_COMMENTS_AND_MARGINS = re.compile(r"^\s*//.*\n|^\s+", re.MULTILINE)
_kept: dict[Path, str] = {}  # addresses of static files, by the script that they lie beside


def part_name(file: Path) -> str:
    """The name of a part in the file: its path without the ending, from `dino/` on."""
    return file.relative_to(HERE.parent).with_suffix("").as_posix()


@cache
def contents() -> tuple[str, bytes]:
    """The file's mark and its bytes."""
    files = sorted(HERE.parent.rglob("*.js"))
    texts = {part_name(it): it.read_text(encoding="utf-8") for it in files if it.name != LOADER}
    mark = hashlib.sha256(json.dumps(texts).encode()).hexdigest()[:16]
    return mark, json.dumps({"mark": mark, "texts": texts}).encode()


@cache
def code_file() -> PackedFile:
    """The file as a route serves it."""
    mark, content = contents()
    return PackedFile(f"code-{mark}.json", lambda: content, "application/json")


def addresses() -> tuple[str, ...]:
    """Where a browser finds the file: by our route, or among the static files beside the script;
    empty if it is nowhere.
    """
    route = [f"dino/{code_file().name}"] if has_routes() else []
    file = _address_of_copy(workarounds.main_script())
    return (*route, *([file] if file else []))


def _address_of_copy(script: Path) -> str | None:
    if not st.get_option("server.enableStaticServing"):
        return None
    if script not in _kept:
        content = contents()[1]
        address = keep_in_static(script, code_file().name, lambda file: file.write_bytes(content))
        if address is None:
            return None
        _kept[script] = address
    return _kept[script]


def loader(name: str, parts: list[str], files: tuple[str, ...]) -> str:
    """The code that a message carries for a component: it loads these parts of the file."""
    words = {"name": name, "parts": parts, "mark": contents()[0], "files": files}
    pairs = (f"{key}={json.dumps(word, separators=(',', ':'))}" for key, word in words.items())
    return f"const {','.join(pairs)};\n{_loader_code()}"


@cache
def _loader_code() -> str:
    return _COMMENTS_AND_MARGINS.sub("", (HERE / LOADER).read_text(encoding="utf-8"))
