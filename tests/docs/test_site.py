"""What makes the site: pages written for GitHub come out right in MkDocs, and a link that leads nowhere is found."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from tests.docs.guide import ROOT
from tests.docs.site import check_site, site_hooks, site_versions


@pytest.mark.parametrize(
    ("written", "for_the_site"),
    [
        ("text\n- item\n- item", "text\n\n- item\n- item"),
        ("text\n| a | b |\n|---|---|", "text\n\n| a | b |\n|---|---|"),
        ("- item\n  goes on", "- item\n    goes on"),
        ("1. item\n\n   ```\n   code\n   - no item\n   ```", "1. item\n\n    ```\n    code\n    - no item\n    ```"),
        ("- item\n\ntext\n  stays", "- item\n\ntext\n  stays"),
        ("```\ntext\n- no item\n| no | row |\n```", "```\ntext\n- no item\n| no | row |\n```"),
    ],
)
def test_lists_and_tables_are_those_of_the_site(written: str, for_the_site: str) -> None:
    assert site_hooks.spaced(written) == for_the_site + "\n"


@pytest.mark.parametrize(
    ("page", "written", "for_the_site"),
    [
        ("index.md", "[c](../CHANGELOG.md)", "[c](changelog.md)"),
        ("guides/add-a-page.md", "[c](../../CONTRIBUTING.md#commits)", "[c](../contributing.md#commits)"),
        ("architecture.md", "[d](decisions) [l](lab.md)", "[d](decisions/README.md) [l](lab.md)"),
        ("contributing.md", "[r](README.md) [g](docs/guides/add-a-page.md)", "[r](index.md) [g](guides/add-a-page.md)"),
        ("index.md", "[`c`](../CHANGELOG.md) `[c](../CHANGELOG.md)`", "[`c`](changelog.md) `[c](../CHANGELOG.md)`"),
        ("index.md", "[s](https://example.com/docs/) [h](#here)", "[s](https://example.com/docs/) [h](#here)"),
        ("index.md", "[nowhere](../src/nowhere.md)", "[nowhere](../src/nowhere.md)"),
    ],
)  # fmt: skip
def test_links_lead_to_the_pages_of_the_site(page: str, written: str, for_the_site: str) -> None:
    assert site_hooks.with_site_links(written, page) == for_the_site


def test_runbooks_lead_to_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """They name each other by the addresses that the dashboard gives them."""
    places = {f"src/runbook/{name}.md": f"runbook/{name}.md" for name in ("disk-low", "engine-down")}
    monkeypatch.setattr(site_hooks, "beside", lambda: places)
    assert site_hooks.with_site_links("[d](disk-low)", "runbook/engine-down.md") == "[d](disk-low.md)"
    assert site_hooks.with_site_links("[d](../src/runbook/disk-low.md)", "operate.md") == "[d](runbook/disk-low.md)"


def test_headings_have_the_ids_of_github() -> None:
    assert site_hooks.slug("`spreadscope demo`", "-") == "spreadscope-demo"
    assert site_hooks.slug("Update, and the way back", "-") == "update-and-the-way-back"
    assert site_hooks.slug("a & b", "-") == "a--b"


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('<a href="other/">there</a> <a href="other/#part">there</a> <a href="#top">here</a>', ""),
        ('<a href="missing/">nowhere</a>', "index.html links to missing/: there is no such file"),
        ('<a href="other/#gone">nowhere</a>', "index.html links to other/#gone: that page has no such heading"),
        ('<a href="#gone">nowhere</a>', "index.html links to #gone: that page has no such heading"),
        ('<img src="missing.png">', "index.html links to missing.png: there is no such file"),
        ('<script src="https://cdn.example.com/a.js"></script>', "index.html loads https://cdn.example.com/a.js"),
        ('<link rel="stylesheet" href="//fonts.example.com/a.css">', "index.html loads //fonts.example.com/a.css"),
        ('<a href="https://example.com/">elsewhere</a>', ""),
    ],
)
def test_a_link_that_leads_nowhere_is_found(body: str, fault: str, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "index.html").write_text('<h2 id="part">part</h2>', encoding="utf-8")
    (tmp_path / "index.html").write_text(f'<h1 id="top">top</h1>{body}', encoding="utf-8")
    wrong, elsewhere = check_site.check(tmp_path)
    assert [found[: len(fault)] for found in wrong] == ([fault] if fault else [])
    assert check_site.main(tmp_path) == int(bool(fault))
    assert list(elsewhere) == (["https://example.com/"] if "https://example.com/" in body else [])


def test_a_style_that_asks_others_is_found(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<p>page</p>", encoding="utf-8")
    (tmp_path / "a.css").write_text("@font-face { src: url(https://fonts.example.com/a.woff2) }", encoding="utf-8")
    assert check_site.check(tmp_path)[0] == [
        "a.css loads https://fonts.example.com/a.woff2: what a page needs lies in the site"
    ]
    assert check_site.main(tmp_path / "nowhere") == 1


def test_versions_are_listed_newest_first(tmp_path: Path) -> None:
    for name in ("0.2", "0.10", "0.9.1", "drafts"):
        (tmp_path / name).mkdir()
    assert site_versions.listed(tmp_path) == ["0.10", "0.9.1", "0.2"]
    entries = json.loads((tmp_path / "versions.json").read_text(encoding="utf-8"))
    assert [(each["version"], each["aliases"]) for each in entries] == [
        ("0.10", ["latest"]),
        ("0.9.1", []),
        ("0.2", []),
    ]
    assert "url=0.10/" in (tmp_path / "index.html").read_text(encoding="utf-8")
    assert site_versions.main("newest") == 2


# --- what is on it ---------------------------------------------------------------------------------------------------


def pages_of_nav() -> list[str]:
    """Every page that ``mkdocs.yml`` names, in its order."""
    found: list[str] = []

    def walk(part: object) -> None:
        if isinstance(part, str):
            found.append(part)
        elif isinstance(part, dict):
            for each in part.values():
                walk(each)
        elif isinstance(part, list):
            for each in part:
                walk(each)

    walk(yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"])
    return found


def test_the_site_leads_to_every_page_once() -> None:
    there = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    beside = {path for path in site_hooks.beside().values() if path.endswith(".md") and not path.startswith("runbook/")}
    named = pages_of_nav()
    assert len(named) == len(set(named)), "a page is named twice in the nav of mkdocs.yml"
    assert there | beside == set(named), "docs/ and the nav of mkdocs.yml differ"


def test_the_list_of_decisions_has_each() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(r"\]\(([\w-]+\.md)\)", (folder / "README.md").read_text(encoding="utf-8"))
    assert listed == sorted(path.name for path in folder.glob("0*.md"))
