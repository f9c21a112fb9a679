"""What a page's address says, for tests without a browser: as the component is given it."""

from __future__ import annotations

from urllib.parse import parse_qsl

from pressing import part
from streamlit.testing.v1 import AppTest

from dino.ui.address import ASKER


def shown(page: AppTest) -> dict:
    """All that the component of the whole page was given."""
    return part(page, ASKER)[1]


def said(page: AppTest) -> dict[str, str]:
    """The parameters of the address."""
    return dict(parse_qsl(shown(page)["query"], keep_blank_values=True))
