"""Pages that are opened by their address, for example from a bookmark.

Streamlit's scripts first look for their server below the address of the page (two requests that fail with 404), then at
the root. ``window.__streamlit`` can give them the address, so these pages get the document with it. A Streamlit without
this setting works as before. Each document also names the modules of its components (``component_assets``).
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import streamlit
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse
from streamlit import config

from spreadscope.dashboard import component_assets
from spreadscope.dashboard.pages import PAGES

FIRST_PAGE = f"/{PAGES[0]}"
PATHS = ("/", *(f"/{name}" for name in PAGES[1:]))


def base_path() -> str:
    """Returns the path under which Streamlit is served: ``""``, or for example ``"/spreadscope"``."""
    base = str(config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}" if base else ""


async def document(request: Request) -> HTMLResponse:
    """Returns Streamlit's document. The browser must not cache it: its scripts change with Streamlit's version."""
    path = request.url.path.removeprefix(base_path())
    named = component_assets.links(path, base_path())
    return HTMLResponse(page_document().replace("</head>", f"{named}</head>", 1), headers={"Cache-Control": "no-cache"})


async def first_page(request: Request) -> RedirectResponse:
    """Lead from the name of the first page to its address, ``/``: Streamlit says *not found* of any other."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{base_path()}/{query}")


@cache
def page_document() -> str:
    """Returns Streamlit's document with the address of its server."""
    html = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    server = (
        f"window.__streamlit = {{ BACKEND_BASE_URL: new URL({json.dumps(base_path() + '/')},"
        " window.location.origin).href };"
    )
    return html.replace("<head>", f"<head><script>{server}</script>", 1)
