"""What MkDocs does beside its own work when ``make docs`` builds the site: see ``hooks`` in ``mkdocs.yml``.

The pages of ``docs/`` are written for GitHub as well. Three things are unlike there and in MkDocs, and are made alike
here, so that nobody has to write for two readers: pages beside ``docs/`` (the changelog, runbooks), the ids of
headings, and lists and tables that follow a line of text at once.
"""

from __future__ import annotations

import os
import posixpath
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
#: Pages of the repository that lie outside ``docs/``: where they are, and in which folder of the site they come.
BESIDE = (
    ("CHANGELOG.md", ""),
    ("CONTRIBUTING.md", ""),
    ("SECURITY.md", ""),
    ("LICENSE", ""),
    ("src/spreadscope/dashboard/runbook/*.md", "runbook/"),
)
#: Pages of the root that the site has under another name.
INSTEAD = {"README.md": "index.md"}

_FENCE = re.compile(r" *(```+|~~~+)")
_ITEM = re.compile(r"([-*]|\d+\.) +(?=\S)")
_ROW = re.compile(r"\|.*\|\s*$")
_LINK = re.compile(r"(?<=\]\()([^)\s#]+)(?=[)\s#])")
_SLUG_DROPS = re.compile(r"[^\w\- ]")


def on_config(config: Any) -> Any:
    """Headings get the ids that GitHub gives them: links to them are written once. One of several versions says so."""
    config.mdx_configs.setdefault("toc", {})["slugify"] = slug
    if os.environ.get("SPREADSCOPE_SITE_VERSION"):
        config.extra["version"] = {"provider": "mike"}  # the form of versions.json (scripts/site_versions.py)
    return config


def on_files(files: Any, *, config: Any) -> Any:
    """The pages beside ``docs/`` become pages of the site."""
    from mkdocs.structure.files import File

    for source, place in beside().items():
        files.append(File.generated(config, place, content=(ROOT / source).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, *, page: Any, config: Any, files: Any) -> str:  # noqa: ARG001 - MkDocs' interface
    """Lists, tables and links of one page."""
    return with_site_links(spaced(markdown), page.file.src_uri)


def slug(title: str, separator: str) -> str:
    """Returns the id that GitHub gives a heading, for ``toc`` of Python-Markdown."""
    return _SLUG_DROPS.sub("", title.strip().lower()).replace(" ", separator)


def beside() -> dict[str, str]:
    """Returns the pages outside ``docs/`` by their paths in the repository, with their paths in the site."""
    return {
        path.relative_to(ROOT).as_posix(): folder + (path.name if path.suffix != ".md" else path.name.lower())
        for pattern, folder in BESIDE
        for path in sorted(ROOT.glob(pattern))
    }


def with_site_links(markdown: str, page: str) -> str:
    """Links as the site needs them; ``page`` is the path of the page in the site.

    A link out of ``docs/`` leads to the page that the site has of it, a link to a folder to its first page. Any other
    stays, and MkDocs says where it leads nowhere.
    """
    places = beside()
    source = next((there for there, place in places.items() if place == page), f"docs/{page}")

    def changed(link: re.Match[str]) -> str:
        target = link[1]
        if re.match(r"[a-z]+:", target):
            return target
        there = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
        if there.startswith("docs/"):
            place = there.removeprefix("docs/")
            if (ROOT / there).is_dir():
                place += "/README.md"
        else:  # runbooks name each other by the address that the dashboard gives them, without .md
            place = INSTEAD.get(there) or places.get(there) or places.get(f"{there}.md", "")
        return posixpath.relpath(place, posixpath.dirname(page) or ".") if place else target

    return "".join(
        part if number % 2 else _LINK.sub(changed, part)
        for number, part in enumerate(
            re.split(r"(^ *```.*?^ *```|`[^`\n]+`)", markdown, flags=re.MULTILINE | re.DOTALL)
        )
    )


def spaced(markdown: str) -> str:
    """An empty line before a list or table that has none, and four spaces before what belongs to an item.

    Python-Markdown takes a list that follows a line of text at once for more of that text, and what is indented as
    far as the text of its item (two or three spaces) for no part of it. Lists within lists are not known here.
    """
    out: list[str] = []
    fence, width = "", 0
    for line in markdown.splitlines():
        opened = _FENCE.match(line)
        before = out[-1] if out else ""
        if fence:
            fence = "" if opened and line.strip() == fence else fence
        elif opened:
            fence = opened[1]
        elif item := _ITEM.match(line):
            if before.strip() and not width:
                out.append("")
            width = item.end()
        elif line.strip() and not line.startswith(" "):
            if width and not before.strip():
                width = 0
            if _ROW.match(line) and before.strip() and not _ROW.match(before):
                out.append("")
        of_item = width and line.startswith(" " * width) and not _ITEM.match(line)
        out.append(" " * (4 - width) + line if of_item else line)
    return "\n".join(out) + "\n"
