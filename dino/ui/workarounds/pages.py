"""Requests that a page sent while the browser was leaving it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dino.ui.workarounds.wrapping import attempt, find_class, wrap


def refuse_parts_of_other_pages() -> None:
    """Refuse to redraw a part of a page that the browser has left for another one."""
    session = find_class("streamlit.runtime.app_session", "AppSession")
    wrap(session, "request_rerun", _only_of_this_page)
    wrap(session, "_create_new_session_message", _forget_page)


def _only_of_this_page(original: Callable[..., None]) -> Callable[..., None]:
    def request_rerun(session: Any, client_state: Any) -> None:
        page = getattr(client_state, "page_script_hash", "")
        if not getattr(client_state, "fragment_id", ""):
            session.dino_page = page  # that the browser asked for last
        elif page and getattr(session, "dino_page", "") not in ("", page):
            return
        original(session, client_state)

    return request_rerun


def _forget_page(original: Callable[..., Any]) -> Callable[..., Any]:
    def create(session: Any, *about: Any, **named: Any) -> Any:
        attempt("the page of a run", _forget_another, session, *about[:2])
        return original(session, *about, **named)

    return create


def _forget_another(session: Any, page: str, run: Any) -> None:
    if not run.fragment_ids and page != getattr(session, "dino_page", ""):
        session.dino_page = ""  # the script itself has switched pages
