"""A component that nobody sees: it has a page printed as plain text, tables and charts."""

from __future__ import annotations

from functools import cache
from typing import Any

from dino.ui.component import component, read
from dino.ui.language import say
from dino.ui.plot import theme_colors, theme_options


@cache
def _component() -> Any:
    return component("print", html="", css="")


@cache
def _button() -> Any:
    return component(
        "print_button", html='<button class="print"></button>', css=read("print_button.css")
    )


PRINTED = "print_sheet"  # the key of a container that is printed alone, without the page's address


def draw_print_button() -> None:
    """A button that opens the browser's own dialog for printing."""
    _button()(key="print_button", width="content", data=[{"text": say("Print this page")}])


def draw_print_view() -> None:
    """Have this page printed by a view of its own, in the light colours, on A4."""
    words = {"on": say("on"), "off": say("off")}  # of what is switched
    data = {"tokens": theme_colors("light"), "theme": theme_options("light"), "words": words}
    _component()(key="print", height=1, data=[data])
