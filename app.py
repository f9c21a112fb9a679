"""The entry point: `streamlit run app.py`.

Streamlit finds `app`, a server with additional routes. It also runs this file as the script of
every page. A host that does not look for `app` runs only the script: every page still works, but
polls for news, because the server cannot push them.
"""

import streamlit as st

from dino.ui import workarounds

if workarounds.is_script():
    from dino.pages.router import main

    main()
else:
    from dino.ui.serve import lifespan, middleware, routes

    app = st.App(__file__, lifespan=lifespan, routes=routes(), middleware=middleware())
