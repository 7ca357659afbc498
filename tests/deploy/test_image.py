"""The image can be built from what its builder is given."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "deploy" / "docker" / "Dockerfile"


def copied() -> list[str]:
    """Returns what the image takes from the repository."""
    text = DOCKERFILE.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE)
    return [source for line in lines for source in line.split()[:-1]]


def let_through(path: str) -> bool:
    """As builders read ``.dockerignore``: the last pattern that fits a path, or a folder above it, counts."""
    through = True
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").split():
        pattern = line.removeprefix("!")
        places = [path, *(str(folder) for folder in Path(path).parents)]
        if any(fnmatch(place, pattern) for place in places):
            through = line.startswith("!")
    return through


def test_what_is_copied_is_there_and_let_through() -> None:
    sources = copied()
    assert {"pyproject.toml", "src", "requirements/runtime.lock", "requirements/oidc.lock"} <= set(sources)
    for source in sources:
        assert (ROOT / source).exists(), source
        assert let_through(source), f"{source} is left out by .dockerignore"


def test_what_is_no_part_of_the_image_is_left_out() -> None:
    for path in ("tests", "docs/index.md", ".git", "requirements/dev.lock", "bench"):
        assert not let_through(path), path
