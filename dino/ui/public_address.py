"""Where links and QR codes lead: the public address of this server.

A host may show the app in a frame at an inner path of its own address. A link to that path would
open the app without the page around it, so it is cut off.
"""

from __future__ import annotations

import logging
import os
from functools import cache
from urllib.parse import SplitResult, urlsplit

import streamlit as st

log = logging.getLogger("dino.server")

VARIABLE = "DINO_ADDRESS"
INNER = "/~/+"  # where Streamlit Community Cloud shows an app, below the app's address


def public_address(page: str = "") -> str:
    """The address of this server without a slash at its end; '' if neither the operator nor the
    browser says it.

    page: the page that the browser shows, whose name ends its address there.
    """
    named = named_address()
    if named:
        return named
    shown = urlsplit(st.context.url or "")
    if not shown.netloc:
        return ""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    # With a base path, the browser's address adds nothing: in a frame of its own origin it names
    # the page around it.
    path = f"/{base}" if base else shown.path.rstrip("/").removesuffix(f"/{page}")
    return f"{shown.scheme}://{shown.netloc}{path.removesuffix(INNER)}"


def named_address() -> str:
    """The address that the operator gives in DINO_ADDRESS; '' for none or one that is refused."""
    return checked_address(os.environ.get(VARIABLE, ""))


@cache
def checked_address(address: str) -> str:
    """An address without a slash at its end; '' if it is none, which is logged once."""
    if not address:
        return ""
    if _is_address(address):
        return address.rstrip("/")
    log.warning(
        "%s must be an address such as https://HOST/PATH, without ? and #, not “%s”. Correct it "
        "and restart the server. Until then, links and QR codes lead to the address that each "
        "browser shows.",
        VARIABLE,
        address[:200].encode("unicode_escape").decode(),
    )
    return ""


def _is_address(address: str) -> bool:
    if not address.isprintable() or any(it in address for it in ' \\"<>?#'):
        return False
    try:
        found = urlsplit(address)
        return _is_http(found)
    except ValueError:  # brackets or a port that are none
        return False


def _is_http(found: SplitResult) -> bool:
    """Raises ValueError for a port that is none."""
    has_host = bool(found.hostname) and found.port != 0
    return found.scheme in ("http", "https") and has_host and "@" not in found.netloc
