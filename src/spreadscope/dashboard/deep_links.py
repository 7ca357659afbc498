"""Pages that are opened by their address, for example from a bookmark.

Streamlit's scripts first look for their server below the address of the page (two requests that fail with 404), then at
the root. ``window.__streamlit`` can give them the address, so these pages get the document with it. A Streamlit without
this setting works as before.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import streamlit
from starlette.requests import Request
from starlette.responses import HTMLResponse
from streamlit import config

from spreadscope.dashboard.pages import PAGES

PATHS = tuple(f"/{name}" for name in PAGES[1:])


def base_path() -> str:
    """Returns the path under which Streamlit is served: ``""``, or for example ``"/spreadscope"``."""
    base = str(config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}" if base else ""


async def document(_request: Request) -> HTMLResponse:
    """Returns Streamlit's document. The browser must not cache it: its scripts change with Streamlit's version."""
    return HTMLResponse(_document(), headers={"Cache-Control": "no-cache"})


@cache
def _document() -> str:
    html = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    server = (
        f"window.__streamlit = {{ BACKEND_BASE_URL: new URL({json.dumps(base_path() + '/')},"
        " window.location.origin).href };"
    )
    return html.replace("<head>", f"<head><script>{server}</script>", 1)
