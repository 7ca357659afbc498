"""The page of the architecture names places that are there, and its picture the rooms that there are."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "spreadscope"
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
STOP = re.compile(r"^\| (?:`([\w/]+)/`)? ?\| `([\w/]+\.(?:py|js))` `([\w.]+)` \|", flags=re.MULTILINE)


def names(path: Path) -> set[str]:
    """Classes, functions and methods of a module, as they are called from outside."""
    if path.suffix == ".js":
        text = path.read_text(encoding="utf-8")
        owner = re.search(r"export class (\w+)", text)
        own = set(re.findall(r"^  (?:async )?(\w+)\(", text, flags=re.MULTILINE))
        return {owner[1], *(f"{owner[1]}.{name}" for name in own)} if owner else set()
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef):
            found.add(node.name)
            found |= {f"{node.name}.{item.name}" for item in node.body if isinstance(item, ast.FunctionDef)}
        elif isinstance(node, ast.FunctionDef):
            found.add(node.name)
    return found


def test_every_stop_of_a_trade_is_there() -> None:
    stops = STOP.findall(PAGE)
    assert len(stops) >= 18
    for _, file, name in stops:
        assert name in names(SOURCE / file), f"{file} has no {name}: mend docs/architecture.md"


def test_each_room_is_entered_once() -> None:
    stops = STOP.findall(PAGE)
    entered = [room for room, _, _ in stops if room]
    assert len(entered) == len(set(entered))
    room = ""
    for named, file, _ in stops:
        room = named or room
        assert file.startswith(f"{room}/"), f"{file} does not lie in {room}"


def test_the_picture_has_every_room_and_no_other() -> None:
    folders = {path.name for path in SOURCE.iterdir() if (path / "__init__.py").exists()}
    picture = (ROOT / "docs" / "images" / "architecture.svg").read_text(encoding="utf-8")
    drawn = set(re.findall(r"(\w+)/", " ".join(re.findall(r">([^<]+)</text>", picture))))
    # What no trade passes: bounds of servers, files of others, figures of a strategy, programs that ask, what is sent.
    beside = {"client", "documents", "guard", "importing", "performance"}
    assert folders - drawn == beside
    assert drawn <= folders | {"assets"}


def test_the_source_of_the_picture_is_that_picture() -> None:
    source = (ROOT / "docs" / "images" / "architecture.drawio").read_text(encoding="utf-8")
    picture = (ROOT / "docs" / "images" / "architecture.svg").read_text(encoding="utf-8")
    boxes = re.findall(r'font-weight="600"[^>]*>([^<]+)</text>', picture)
    assert len(boxes) > 12
    for box in boxes:
        assert box.replace("&lt;", "&amp;lt;").replace("&gt;", "&amp;gt;") in source
