# ruff: noqa: T201 - a script that reports to the terminal, not part of a package
"""Follows every link of the built site. Run by ``make docs``.

MkDocs judges the links that are written in Markdown; this reads the HTML that came of them, with what the theme and
the API reference added. Each link within the site must lead to a file and to an id on it. Links to elsewhere are
listed, not fetched. Nothing may be loaded from elsewhere: no script, style, font or picture. Exit status 1 where a
page breaks one of these.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlparse

#: What a browser fetches by itself when it shows a page.
_FETCHED = {("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src"), ("video", "src")}
_FETCHED_RELATIONS = {"stylesheet", "icon", "preload", "prefetch", "preconnect", "dns-prefetch", "modulepreload"}
_IN_STYLE = re.compile(r"url\(\s*[\"']?([^\"')]+)|@import\s+[\"']([^\"']+)")


class Page(HTMLParser):
    """The ids of a page, and where it leads."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: set[str] = set()
        self.fetched: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what one element names and needs."""
        values = {name: value or "" for name, value in attrs}
        self.ids |= {values[name] for name in ("id", "name") if values.get(name)}
        for name, value in values.items():
            fetched = (tag, name) in _FETCHED
            if tag == "link" and name == "href":
                fetched = bool(_FETCHED_RELATIONS & set(values.get("rel", "").split()))
            if fetched:
                self.fetched.add(value)
            if name in {"href", "src"}:
                self.links.add(value)


def check(site: Path) -> tuple[list[str], dict[str, list[str]]]:
    """Returns what is wrong, and the addresses elsewhere with the pages that link to them."""
    pages = {path.resolve(): _read(path) for path in sorted(site.resolve().rglob("*.html"))}
    wrong: list[str] = []
    elsewhere: dict[str, list[str]] = defaultdict(list)
    for path, page in pages.items():
        name = path.relative_to(site.resolve()).as_posix()
        for link in sorted(page.links):
            if not _is_elsewhere(link):
                fault = _inside(site.resolve(), path, link, pages)
                wrong += [f"{name} links to {link}: {fault}"] if fault else []
            elif link in page.fetched and not link.startswith("data:"):
                wrong.append(f"{name} loads {link}: what a page needs lies in the site")
            elif link.startswith("http"):
                elsewhere[urldefrag(link)[0]].append(name)
    for style in sorted(site.rglob("*.css")):
        for found in _IN_STYLE.finditer(style.read_text(encoding="utf-8")):
            address = found[1] or found[2]
            if _is_elsewhere(address) and not address.startswith("data:"):
                wrong.append(f"{style.relative_to(site)} loads {address}: what a page needs lies in the site")
    return wrong, dict(elsewhere)


def _is_elsewhere(link: str) -> bool:
    return bool(urlparse(link).scheme) or link.startswith("//")


def _inside(site: Path, path: Path, link: str, pages: dict[Path, Page]) -> str:
    """Returns why a link of the page at ``path`` leads nowhere in the site; empty where it leads somewhere."""
    address, anchor = urldefrag(link)
    # The page of what is not there has addresses from the root, for it is shown at any depth.
    start = site if address.startswith("/") else path.parent
    there = (start / unquote(address).lstrip("/")).resolve() if address else path
    there = there / "index.html" if there.is_dir() else there
    if not there.is_file():
        return "there is no such file"
    if anchor and there in pages and unquote(anchor) not in pages[there].ids:
        return "that page has no such heading"
    return ""


def main(site: Path) -> int:
    """Check, and say what was found."""
    if not (site / "index.html").is_file():
        print(f"there is no site in {site}: make docs builds it")
        return 1
    wrong, elsewhere = check(site)
    for address, pages in sorted(elsewhere.items()):
        print(f"elsewhere, not fetched: {address} ({len(pages)} {'page' if len(pages) == 1 else 'pages'})")
    for fault in wrong:
        print(fault)
    print(f"{len(list(site.rglob('*.html')))} pages, {len(wrong)} faults, {len(elsewhere)} addresses elsewhere")
    return int(bool(wrong))


def _read(path: Path) -> Page:
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
