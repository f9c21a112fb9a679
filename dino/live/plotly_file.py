"""plotly.js for the browser, taken from the installed plotly package."""

from __future__ import annotations

import importlib.util
import shutil
from functools import cache, partial
from pathlib import Path

from dino.live.packed_file import PackedFile, keep_in_static


@cache
def source() -> Path | None:
    """The file in the installed package; None if there is none."""
    spec = importlib.util.find_spec("plotly")
    if spec is None or spec.origin is None:
        return None
    file = Path(spec.origin).parent / "package_data" / "plotly.min.js"
    return file if file.is_file() else None


def copy_to_static(script: Path) -> str | None:
    """Copy it to the static files beside the script, and return its address, as `keep_in_static`
    does.
    """
    file = source()
    if file is None:
        return None
    name = f"plotly-{file.stat().st_size}.min.js"
    return keep_in_static(script, name, partial(shutil.copyfile, file))


class PlotlyFile(PackedFile):
    """plotly.js as a route serves it. Its name changes with its size."""

    def __init__(self) -> None:
        file = source()
        name = f"plotly-{file.stat().st_size if file else 0}.js"
        super().__init__(name, lambda: file.read_bytes() if file else b"", "text/javascript")
