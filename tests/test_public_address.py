"""Where links and QR codes lead: in a frame, behind a path, and where the operator says it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from dino.ui import public_address
from dino.ui.public_address import VARIABLE


@pytest.fixture(autouse=True)
def nothing_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    public_address.checked_address.cache_clear()


def leads_to(
    monkeypatch: pytest.MonkeyPatch, shown: str | None, page: str = "lab", base: str = ""
) -> str:
    """The public address where a browser shows an address, and the server has a base path."""
    monkeypatch.setattr("streamlit.context", SimpleNamespace(url=shown))
    monkeypatch.setattr("streamlit.get_option", {"server.baseUrlPath": base}.get)
    return public_address.public_address(page)


@pytest.mark.parametrize(
    "shown, page, base, found",
    [
        ("http://localhost:8501/", "lab", "", "http://localhost:8501"),
        ("https://x.org/compare", "compare", "", "https://x.org"),
        ("https://x.org/course/dino/inside", "inside", "course/dino", "https://x.org/course/dino"),
        ("https://x.org/course/dino/inside", "inside", "", "https://x.org/course/dino"),
        # In a frame of its own origin, a browser says the address of the page around it.
        ("https://x.org/", "lab", "~/+", "https://x.org"),
        ("https://x.org/compare", "compare", "/~/+/", "https://x.org"),
        ("https://x.org/lesson/3.html", "lab", "dino", "https://x.org/dino"),
        # In a frame of another origin, it says the frame's own.
        ("https://x.org/~/+/compare", "compare", "~/+", "https://x.org"),
        ("https://x.org/~/+/", "lab", "", "https://x.org"),
        ("https://x.org/a/~/+/learn", "learn", "a/~/+", "https://x.org/a"),
        (None, "lab", "~/+", ""),
    ],
)
def test_links_lead_to_the_app_without_the_inner_path_of_its_host(
    monkeypatch: pytest.MonkeyPatch, shown: str | None, page: str, base: str, found: str
) -> None:
    assert leads_to(monkeypatch, shown, page, base) == found


@pytest.mark.parametrize("named", ["https://dino.example/", "http://school:8080/apps/dino"])
def test_they_lead_to_the_address_that_the_operator_gives(
    monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    monkeypatch.setenv(VARIABLE, named)
    for shown in ("http://10.0.0.1:8501/~/+/learn", None):
        assert leads_to(monkeypatch, shown, "learn") == named.rstrip("/")


@pytest.mark.parametrize(
    "named",
    [
        "dino.example",
        "javascript:alert(1)",
        "ftp://x.org",
        "https://",
        "https://:80",
        "https://x.org:99999",
        "https://x.org/?a=1",
        "https://x.org/#a",
        "https://me:secret@x.org",
        "https://x.org/a b",
        "https://x.org/\nSet-Cookie",
        'https://x.org/"><script>',
        "https://[x",
    ],
)
def test_an_address_that_is_none_is_refused_in_a_logged_sentence_and_ignored(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, named: str
) -> None:
    monkeypatch.setenv(VARIABLE, named)
    for _ in range(2):
        assert leads_to(monkeypatch, "https://y.org/") == "https://y.org"
    [line] = caplog.messages
    assert line.startswith(f"{VARIABLE} must be an address such as ") and "\n" not in line
