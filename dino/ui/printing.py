"""A component that nobody sees: it has a page printed as plain text, tables and charts."""

from __future__ import annotations

from dino.ui.component import component
from dino.ui.language import say
from dino.ui.plot import theme_colors, theme_options

PRINTED = "print_sheet"  # the key of a container that is printed alone, without the page's address


def draw_print_button() -> None:
    """A button that opens the browser's own dialog for printing."""
    component("print_button", '<button class="print"></button>')(
        key="print_button", width="content", data=[{"text": say("Print this page")}]
    )


def draw_print_view() -> None:
    """Have this page printed by a view of its own, in the light colours, on A4."""
    words = {"on": say("on"), "off": say("off")}  # of what is switched
    data = {"tokens": theme_colors("light"), "theme": theme_options("light"), "words": words}
    component("print")(key="print", height=1, data=[data])
