"""The entry point on a public host, which installs the requirements beside it.

It does what `app.py` does. The host runs `streamlit run cloud/streamlit_app.py` in the project's
folder, so this file has to say where the code lies.
"""

import sys
from pathlib import Path

import streamlit as st

ROOT = str(Path(__file__).resolve().parent.parent)
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from dino.ui import workarounds  # noqa: E402  # the code is found only now

if workarounds.is_script():
    from dino.pages.router import main

    main()
else:
    from dino.ui.serve import lifespan, middleware, routes

    app = st.App(__file__, lifespan=lifespan, routes=routes(), middleware=middleware())
