"""What newcomers read first is true: commands and paths exist, links work, versions agree, hooks are local."""

from __future__ import annotations

import hashlib
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

import spreadscope

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def code(page: str) -> list[str]:
    """Every piece of code of a page: its blocks by line, and what stands between backticks."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL)
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", page, flags=re.MULTILINE | re.DOTALL))
    return [line for block in blocks for line in block.splitlines()] + inline


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))


@pytest.mark.parametrize("page", PAGES)
def test_every_make_target_that_is_named_exists(page: str) -> None:
    named = {
        word
        for text in code((ROOT / page).read_text(encoding="utf-8"))
        for word in re.findall(r"^make ([a-z-]+)", text)
    }
    assert named <= make_targets(), named - make_targets()


def test_every_path_that_is_named_exists() -> None:
    words = [word for text in code(CONTRIBUTING) for word in text.split()]
    paths = {word for word in words if word.startswith(("tests/", "docs/", "scripts/", "src/", "requirements/"))}
    assert len(paths) > 20
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


def test_every_program_is_one_of_the_environment() -> None:
    programs = {text.split()[0] for text in code(CONTRIBUTING) if text.startswith(".venv/bin/")}
    assert programs == {".venv/bin/python", ".venv/bin/pytest"}


def test_every_folder_of_tests_is_in_the_table() -> None:
    """A folder that is in no row would be run by nobody before the whole suite."""
    table = "".join(line for line in CONTRIBUTING.splitlines() if line.startswith("|"))
    folders = {path.parent.relative_to(ROOT).parts[1] for path in ROOT.glob("tests/*/**/test_*.py")}
    assert {name for name in folders if f"tests/{name}" not in table} == set()


def test_markers_that_are_named_are_declared() -> None:
    declared = {line.partition(":")[0] for line in PROJECT["tool"]["pytest"]["ini_options"]["markers"]}
    named = set(re.findall(r'-m "not (\w+)"', CONTRIBUTING))
    assert named == {"slow", "browser"}
    assert named <= declared


@pytest.mark.parametrize(
    "page", [*PAGES, *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md"))]
)
def test_every_link_to_a_file_leads_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    prose = re.sub(r"^ *```.*?^ *```|`[^`\n]+`", "", text, flags=re.MULTILINE | re.DOTALL)
    targets = {target for target in re.findall(r"\]\(([^)\s]+)\)", prose) if not re.match(r"[a-z]+:", target)}
    for target in targets:
        path, _, heading = target.partition("#")
        there = (ROOT / page).parent / path if path else ROOT / page
        assert there.exists(), f"{page} links to {target}"
        if heading:
            titles = re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), flags=re.MULTILINE)
            anchors = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
            assert heading in anchors, f"{page} links to {target}"


def test_the_readme_leads_to_each() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in ("CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "LICENSE"):
        assert f"({name})" in readme


def test_the_newest_version_of_the_changelog_is_that_of_the_project() -> None:
    versions = re.findall(r"^## \[([^\]]+)\](?: - \d{4}-\d\d-\d\d)?$", CHANGELOG, flags=re.MULTILINE)
    assert versions[0] == "Unreleased"
    assert versions[1] == PROJECT["project"]["version"] == spreadscope.__version__
    assert len(re.findall(r"^## ", CHANGELOG, flags=re.MULTILINE)) == len(versions)
    sections = set(re.findall(r"^### (.+)$", CHANGELOG, flags=re.MULTILINE))
    assert sections <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_the_licence_is_the_published_one_and_goes_with_the_package() -> None:
    assert PROJECT["project"]["license"] == "Apache-2.0"
    for name in PROJECT["project"]["license-files"]:
        assert (ROOT / name).is_file()
    text = (ROOT / "LICENSE").read_bytes()
    # Of https://www.apache.org/licenses/LICENSE-2.0.txt
    assert hashlib.sha256(text).hexdigest() == "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
    assert "The Spreadscope developers" in (ROOT / "NOTICE").read_text(encoding="utf-8")


def test_hooks_are_programs_of_the_environment_and_those_of_make_lint() -> None:
    settings = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert re.findall(r"^ *- repo: (.+)$", settings, flags=re.MULTILINE) == ["local"]
    entries = re.findall(r"^ *entry: (.+)$", settings, flags=re.MULTILINE)
    assert len(entries) == settings.count("- id: ") == settings.count("language: system")
    lint = (ROOT / "Makefile").read_text(encoding="utf-8").split("\nlint:")[1].split("\n\n")[0]
    *entries, javascript = entries
    assert "npm --prefix frontend/checks run --silent lint" in javascript
    assert "$(NPM) lint" in lint
    for entry in entries:
        program = re.match(r"\.venv/bin/(ruff \w+|[\w-]+)", entry)
        assert program is not None, entry
        assert f"$(BIN)/{program[1]}" in lint


def test_decisions_are_numbered_without_a_gap_and_say_what_was_chosen() -> None:
    notes = sorted(path for path in (ROOT / "docs" / "decisions").glob("*.md") if path.name != "README.md")
    assert [int(note.name[:4]) for note in notes] == list(range(1, len(notes) + 1))
    for note in notes:
        assert note.read_text(encoding="utf-8").startswith(f"# {int(note.name[:4])}. ")


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="there is no git repository")
def test_files_end_with_a_newline_and_lines_without_a_blank() -> None:
    """What .editorconfig asks for, in every text file that git knows."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    kinds = {".py", ".js", ".mjs", ".css", ".md", ".toml", ".yaml", ".yml", ".ts"}
    wrong = []
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if path.suffix not in kinds or name.startswith("tests/kept/") or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8")
        if (text and not text.endswith("\n")) or re.search(r"[ \t]+$", text, flags=re.MULTILINE) or "\r" in text:
            wrong.append(name)
    assert wrong == []
