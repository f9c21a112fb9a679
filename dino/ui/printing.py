"""Invisible component that prints a page as plain text, tables and charts."""

from __future__ import annotations

from dino.ui.component import component
from dino.ui.language import say
from dino.ui.plot import theme_colors, theme_options

PRINTED = "print_sheet"  # key of a container; a print has only this, without the address
PAGE = "print_page"  # key of a container, or how it begins: in print each one has a new page
CARD = "print_card"  # key of a container, or how it begins: in print it is never cut


def draw_print_button() -> None:
    """A button that opens the browser's print dialog."""
    component("print_button", '<button class="print"></button>')(
        key="print_button", width="content", data=[{"text": say("Print this page")}]
    )


def draw_print_view() -> None:
    """Have the browser print its own view of this page: light colours, A4."""
    words = {"on": say("on"), "off": say("off")}  # states of a switch
    data = {"tokens": theme_colors("light"), "theme": theme_options("light"), "words": words}
    component("print")(key="print", height=1, data=[data])
