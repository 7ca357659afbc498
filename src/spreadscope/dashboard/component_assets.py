"""The modules and style sheets of the components, served so that a page has them at once.

Streamlit serves each component's files by itself and lets no browser keep them: some hundred requests at every opening,
most of them for the same modules. Here a component is two small files, a style sheet with all that it imports, and a
module that points to ``/assets/VERSION/``. What lies there never changes under its address, so a browser keeps it, and
the components share it. A page's document names the modules, so that the first time they come side by side.
"""

from __future__ import annotations

import hashlib
import re
import time
from functools import cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

ASSETS = Path(__file__).parent / "assets"
ENTRY = re.compile(r"/_stcore/bidi-components/spreadscope\.(?P<component>[a-z]+)/(?P=component)(?P<suffix>\.js|\.css)$")
MODULE_PATH = "/assets/{version}/{file:path}"
LOOK_SECONDS = 1.0
KINDS = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css"}
# By the path of the page: the components that it mounts at once. The bar is on every page.
COMPONENTS: dict[str, tuple[str, ...]] = {
    "/": ("bar", "live", "editor"),
    "/watch": ("bar", "watch"),
    "/portfolio": ("bar", "portfolio"),
    "/alerts": ("bar", "rules", "editor"),
}
EVERY_PAGE = ("bar",)
_IMPORTED_MODULE = re.compile(r'^(?:import|export|\}).*?from "(\.[^"]+)";', re.MULTILINE)
_IMPORTED_SHEET = re.compile(r'^@import "([^"]+)";\n?', re.MULTILINE)


def version() -> str:
    """Returns the name of the files as they are now; it is another when one of them changes."""
    return _look().version


class _Look(NamedTuple):
    """The files as they were at ``at`` (monotonic seconds)."""

    version: str
    files: frozenset[Path]
    at: float


_last: list[_Look] = []


def _look() -> _Look:
    """Returns the files; they are looked at once a second at most, for a page asks for a hundred at once."""
    now = time.monotonic()
    if not _last or now - _last[0].at >= LOOK_SECONDS:
        files = frozenset(path for path in ASSETS.rglob("*") if path.suffix in KINDS)
        digest = hashlib.sha256()
        for path in sorted(files):
            stat = path.stat()
            digest.update(f"{path} {stat.st_mtime_ns} {stat.st_size}\n".encode())
        _last[:] = [_Look(digest.hexdigest()[:16], files, now)]
    return _last[0]


class ComponentFiles:
    """The middleware that answers for the two files of a component, which no route may: their path is Streamlit's."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = ENTRY.search(scope["path"]) if scope["type"] == "http" else None
        answer = None if found is None else entry(found["component"], found["suffix"])
        await (answer or self._app)(scope, receive, send)


def entry(component: str, suffix: str) -> Response | None:
    """Returns the style sheet of a component with all that it imports, or the module that points to its own.

    None where there is no such component.
    """
    name = f"{component}{suffix}"
    if not (ASSETS / name).is_file():
        return None
    now = version()
    text = sheet(name, now) if suffix == ".css" else f'export {{ default }} from "../../../assets/{now}/{name}";\n'
    return Response(text, media_type=KINDS[suffix], headers={"Cache-Control": "no-cache"})


async def module(request: Request) -> Response:
    """Returns a module. Its address names the version, so that a browser may keep it for ever."""
    if request.path_params["version"] != version():
        return PlainTextResponse("these modules have changed: load the page again", 404)
    name = request.path_params["file"]
    path = ASSETS / name
    if path not in _look().files:  # nothing beside the modules, by whatever way it is spelled
        return PlainTextResponse("there is no such module", 404)
    return Response(
        path.read_bytes(),
        media_type=KINDS[path.suffix],
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )


def links(path: str, base: str) -> str:
    """Returns the elements that name the modules in the head of the document of the page at ``path``."""
    now = version()
    names = dict.fromkeys(
        name for component in COMPONENTS.get(path, EVERY_PAGE) for name in modules(f"{component}.js", now)
    )
    return "".join(f'<link rel="modulepreload" href="{base}/assets/{now}/{name}">' for name in names)


@cache
def modules(first: str, _version: str) -> tuple[str, ...]:
    """Returns a module and all that it imports, by whatever way."""
    found = [first]
    for name in found:
        if "vendor" in PurePosixPath(name).parts:
            continue
        for imported in _IMPORTED_MODULE.findall((ASSETS / name).read_text(encoding="utf-8")):
            there = ((ASSETS / name).parent / imported).resolve().relative_to(ASSETS.resolve()).as_posix()
            if there not in found:
                found.append(there)
    return tuple(found)


@cache
def sheet(name: str, _version: str) -> str:
    """Returns a style sheet with those that it imports in place of its imports."""
    path = ASSETS / name
    text = path.read_text(encoding="utf-8")
    imported = [
        sheet((path.parent / each).resolve().relative_to(ASSETS.resolve()).as_posix(), _version)
        for each in _IMPORTED_SHEET.findall(text)
    ]
    return "\n".join([*imported, _IMPORTED_SHEET.sub("", text)])
