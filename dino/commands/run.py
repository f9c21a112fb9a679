"""`python -m dino run`: opens the app, as `streamlit run app.py` does in a clone."""

from __future__ import annotations

import argparse
import runpy
import sys
from importlib.util import find_spec

from dino import places
from dino.commands.recipe import Refused


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `run`: besides these, all of Streamlit's."""
    parser.add_argument("--port", type=int, help="the server's port; 8501 by default")
    parser.add_argument("--address", help="the address that it listens to; by default all")
    parser.add_argument("--headless", action="store_true", help="open no browser")
    parser.set_defaults(command=_run, streamlit=[])  # main() fills the list


def _run(args: argparse.Namespace) -> int:
    """Serve until somebody stops it. Streamlit runs in this process, as `python -m streamlit`.

    It reads `.streamlit/config.toml` beside the app. Options and environment variables override
    that, and it overrides a configuration in the current folder.
    """
    if find_spec("streamlit") is None:
        raise Refused("The app needs Streamlit. Install requirements.txt.")
    sys.argv = ["streamlit", "run", str(places.root() / "app.py"), *_options(args)]
    runpy.run_module("streamlit", run_name="__main__", alter_sys=True)
    return 0


def _options(args: argparse.Namespace) -> list[str]:
    """What is given to Streamlit: our settings, then the caller's, which override ours.

    Installed, nothing is copied to a static folder, and Streamlit would warn that there is none.
    """
    named = {"port": args.port, "address": args.address, "headless": args.headless or None}
    ours = [f"--server.{name}={value}" for name, value in named.items() if value is not None]
    static = ["--server.enableStaticServing=false"] if places.is_installed() else []
    return [*static, *ours, *args.streamlit]
