"""The dashboard: ``streamlit run app.py``. Starts an engine when none answers at ``SPREADSCOPE_ENGINE``."""

import streamlit as st

from spreadscope.dashboard.page_server import SCRIPT, current_server

server = current_server()
app = st.App(SCRIPT, lifespan=server.lifespan, routes=server.routes(), middleware=server.middleware())
