"""Each guide leads where it says: it is followed to the letter on a copy of the project."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.guide import ROOT, Copy, Step, changed, steps

GUIDES = ROOT / "docs" / "guides"
CHECKS = {
    "add-a-statistic": "check_statistic",
    "add-a-page": "check_page",
    "add-an-alert-subject": "check_subject",
    "add-a-venue": "check_venue",
}


def test_every_guide_is_followed() -> None:
    assert {guide.stem for guide in GUIDES.glob("*.md")} == set(CHECKS)


@pytest.mark.slow
@pytest.mark.parametrize("name", CHECKS)
def test_a_guide_leads_where_it_says(name: str, tmp_path: Path) -> None:
    copy = Copy(tmp_path / "copy")
    files = copy.follow(GUIDES / f"{name}.md", also=(f"tests/docs/followed/{CHECKS[name]}.py",))
    source = [file for file in files if file.startswith("src/")]
    most = 3 if name == "add-a-venue" else 2  # a venue is a folder, which has its two files, and a line of registration
    assert len(source) <= most, "what a change costs has grown: say why in the guide"
    written = [str(copy.folder / file) for file in files if file.endswith(".py")]
    for check in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *check, "--quiet", "--config", str(ROOT / "pyproject.toml"), *written],
            cwd=copy.folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr


# --- how a guide is read ----------------------------------------------------------------------------------------------

PAGE = """
1. **Make** it. `a/b.py`:

   ```python
   x = 1

   y = 2
   ```

2. Change `c.py`, in two places. `d.py`:

   ```diff
    one
   +two
   ```

   ```diff
   -three
   ```

3. Run

   ```
   .venv/bin/pytest tests
   ```
"""


def test_blocks_belong_to_the_file_that_is_named_before_them() -> None:
    assert steps(PAGE) == [
        Step("a/b.py", "python", "x = 1\n\ny = 2\n"),
        Step("d.py", "diff", " one\n+two\n"),
        Step("d.py", "diff", "-three\n"),
        Step("", "", ".venv/bin/pytest tests\n"),
    ]


def test_a_change_is_made_where_its_lines_are_once() -> None:
    before = "one\n  two\n\nthree is long\n"
    assert (
        changed(before, " one\n-  two\n+  2\n+  2.5\n\n three…\n+four\n") == "one\n  2\n  2.5\n\nthree is long\nfour\n"
    )
    assert changed(before, "+zero\n one\n") == "zero\n" + before
    with pytest.raises(ValueError, match="there 0 times"):
        changed(before, " five\n+six\n")
    with pytest.raises(ValueError, match="there 2 times"):
        changed("same\nsame\n", " same\n+other\n")


def test_a_guide_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    guide = tmp_path / "guide.md"
    guide.write_text("""`test_false.py`:

```python
def test_it() -> None:
    assert not 1
```

```
.venv/bin/pytest test_false.py -q
```
""")
    with pytest.raises(AssertionError, match="assert not 1"):
        Copy(tmp_path / "copy", project=project).follow(guide)
