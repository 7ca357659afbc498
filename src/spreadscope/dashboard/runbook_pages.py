"""The pages that say what to do about an alarm: files of this package, shown as simple pages of this server.

They need neither the engine nor a script: they are read when something is broken.
"""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path

from markdown_it import MarkdownIt
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from spreadscope.contract import Runbook
from spreadscope.dashboard import component_assets
from spreadscope.dashboard.deep_links import base_path

PATH = "/runbook/{name}"
FOLDER = Path(__file__).parent / "runbook"
STYLE = "runbook.css"
_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title} - Spreadscope</title>
<link rel="stylesheet" href="{base}/assets/{version}/{style}"></head>
<body><main>{body}</main><footer><a href="{base}/">To the pages</a></footer></body>
</html>
"""


def address(runbook: Runbook) -> str:
    """Returns where a page is on this server."""
    return f"{base_path()}/runbook/{runbook}"


def text(runbook: Runbook) -> str:
    """Returns a page as it was written, in Markdown."""
    return (FOLDER / f"{runbook}.md").read_text(encoding="utf-8")


async def page(request: Request) -> Response:
    """Returns a page; 404 where there is none of that name."""
    name = request.path_params["name"]
    if name not in set(Runbook):
        return PlainTextResponse("there is no such page: the alarm's link has its name", 404)
    title, body = _rendered(Runbook(name))
    html = _PAGE.format(
        title=escape(title), base=base_path(), version=component_assets.version(), style=STYLE, body=body
    )
    return HTMLResponse(html, headers={"Cache-Control": "no-cache"})


@cache
def _rendered(runbook: Runbook) -> tuple[str, str]:
    """Returns the title and the HTML of a page."""
    written = text(runbook)
    return written.partition("\n")[0].removeprefix("# "), MarkdownIt("commonmark", {"html": False}).render(written)
