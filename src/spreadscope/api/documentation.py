"""``/docs``: every route with the scope it needs, on a page that needs no program and nothing of another server."""

from __future__ import annotations

from html import escape

from fastapi import FastAPI
from starlette.responses import HTMLResponse

from spreadscope.api.access_table import AccessTable
from spreadscope.guard.identity import names

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
_STYLE = "body{font:15px system-ui;margin:2em}td,th{text-align:left;padding:.2em 1em .2em 0}code{white-space:nowrap}"


def add_documentation(app: FastAPI, table: AccessTable) -> None:
    """Add the page. FastAPI's own load their programs from another server."""

    @app.get("/docs", include_in_schema=False)
    async def get_documentation() -> HTMLResponse:
        rows = "".join(
            f"<tr><td>{method}</td><td><code>{escape(path)}</code></td><td>{' or '.join(names(needed))}</td></tr>"
            for method, path, needed in table
        )
        page = (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Spreadscope API</title>'
            f"<style>{_STYLE}</style>"
            f"<h1>Spreadscope {escape(app.version)}: the API</h1>"
            '<p>The whole description is <a href="/openapi.json">openapi.json</a>; messages of the socket are in'
            ' <a href="/api/socket.json">socket.json</a>.</p>'
            f"<table><tr><th>method</th><th>route</th><th>scope</th></tr>{rows}</table></html>"
        )
        return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})
