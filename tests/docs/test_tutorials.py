"""The tutorials do what they say: each command and each line of Python is run, and prints what the page shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.tutorial import TUTORIALS, Follower, agrees

#: Pages that go on with what an earlier one made, in their order.
IN_ONE_FOLDER = (("your-own-data", "backtest"), ("first-pair", "paper-trade", "service"))


def test_every_tutorial_is_followed() -> None:
    pages = {page.stem for page in TUTORIALS.glob("*.md")} - {"index"}
    assert pages == {name for names in IN_ONE_FOLDER for name in names}
    listed = set(re.findall(r"\]\(([\w-]+)\.md\)", (TUTORIALS / "index.md").read_text(encoding="utf-8")))
    assert listed == pages


@pytest.mark.slow
@pytest.mark.parametrize("names", IN_ONE_FOLDER, ids="+".join)
def test_a_tutorial_does_what_it_says(names: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")  # the width of the tables on the pages
    monkeypatch.delenv("SPREADSCOPE_DATA", raising=False)
    with Follower(tmp_path) as reader:
        for name in names:
            assert reader.follow(TUTORIALS / f"{name}.md") >= 3


# --- how a tutorial is read -------------------------------------------------------------------------------------------


def test_what_is_left_out_is_left_out_and_no_more() -> None:
    printed = "first 1\nsecond\nthird\n"
    assert agrees("first …\nsecond\nthird", printed)
    assert agrees("first 1\n…", printed)
    assert agrees("…\nthird", printed)
    assert not agrees("first 1", printed)
    assert not agrees("first …\nthird", printed)
    assert not agrees("first 2\n…", printed)


def test_a_tutorial_that_shows_something_else_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    for block, fault in (
        ("```python\nprint(1)\n```\n\n```text\n2\n```\n", "the page shows"),
        ("```sh\nspreadscope doctor --data nowhere\n```\n", "there is no store"),
        ("```sh\nls\n```\n", "no command of the environment"),
    ):
        page.write_text(block, encoding="utf-8")
        with pytest.raises(AssertionError, match=fault):
            Follower(tmp_path).follow(page)
    page.write_text("```\nls\n```\n", encoding="utf-8")
    with pytest.raises(ValueError, match="nobody runs"):
        Follower(tmp_path).follow(page)
