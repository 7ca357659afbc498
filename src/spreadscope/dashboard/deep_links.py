"""Pages opened by their own address, as from a bookmark.

Streamlit's scripts look for their server below the address of the page first, two requests that fail (404), and find it at the
root after that. Its document takes the server's address from ``window.__streamlit``, made for hosts that embed it; so
these pages are served the same document with it. A Streamlit that knows nothing of it would look as before.
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
    """The path under which Streamlit itself is served, ``""`` or such as ``"/spreadscope"``."""
    base = str(config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}" if base else ""


async def document(_request: Request) -> HTMLResponse:
    """Streamlit's document, never kept by the browser: it names scripts that change with Streamlit's version."""
    return HTMLResponse(_document(), headers={"Cache-Control": "no-cache"})


@cache
def _document() -> str:
    html = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    server = f"window.__streamlit = {{ BACKEND_BASE_URL: new URL({json.dumps(base_path() + '/')}, window.location.origin).href }};"
    return html.replace("<head>", f"<head><script>{server}</script>", 1)
