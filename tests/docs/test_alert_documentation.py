"""The page about alerts names everything a rule may say and be set to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from spreadscope.alerts import RuleError, parse
from spreadscope.alerts.language.vocabulary import VOCABULARY
from spreadscope.alerts.presets import presets
from spreadscope.model.config import SignalConfig
from spreadscope.model.events import SetRule

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "alerts.md").read_text(encoding="utf-8")
TABLE = (DOCS / "statistics-table.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [term.name for term in VOCABULARY])
def test_every_name_is_described(name: str) -> None:
    assert re.search(rf"\b{name}\b", PAGE + TABLE), name
    assert "(statistics-table.md)" in PAGE


@pytest.mark.parametrize(
    "option",
    sorted(
        set(SetRule.__struct_fields__) - {"rule_id", "text", "timeframe", "name", "origin", "muted_until", "subject"}
    ),
)
def test_every_option_is_described_with_its_default(option: str) -> None:
    row = re.search(rf"^\| `{option}` \| ([^|]+) \|", PAGE, flags=re.MULTILINE)
    assert row is not None, option
    default = getattr(SetRule("r", "z > 2", "A/B"), option)
    words = {None: "none", (): "all", True: "true", False: "false"}
    shown = words.get(default, str(default)) if not isinstance(default, float) else f"{default:g}"
    assert row[1] == shown


def test_the_examples_are_rules() -> None:
    block = PAGE.split("## The language")[1].split("A condition compares")[0]
    examples = [text for line in block.splitlines()[3:] for text in re.split(r"\s{3,}", line.strip()) if text]
    assert len(examples) == 6
    for example in examples:
        try:
            parse(example)
        except RuleError as error:
            pytest.fail(f"{example}: {error}")


def test_every_preset_is_named() -> None:
    for preset in presets(SignalConfig()):
        assert preset.title.lower() in PAGE.lower().replace("\n", " ")
