"""Writes the table of docs/configuration.md from the declarations of the configuration keys."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from spreadscope.model.setting_descriptions import SettingDescription, setting_descriptions
from spreadscope.model.states import SettingKind

TARGET = Path(__file__).parents[1] / "docs" / "configuration.md"
HEAD = "| key | default | meaning |"


def page(text: str) -> str:
    """Returns the page with its table made anew; what stands above the table stays."""
    above = text[: text.index(HEAD)]
    rows = [f"| `{each.key}` | {_default(each)} | {_meaning(each.help)} |" for each in setting_descriptions().values()]
    return above + "\n".join([HEAD, "|---|---|---|", *rows]) + "\n"


def _meaning(text: str) -> str:
    text = " ".join(text.split()).removesuffix(".")
    return text.replace("|", "\\|")


def _default(each: SettingDescription) -> str:
    if each.key == "data":
        return "the user's data directory"
    if each.kind is SettingKind.SWITCH:
        return f"`{str(each.default).lower()}`"
    if each.kind is SettingKind.LIST:
        return f"`{json.dumps(list(each.default))}`"
    return f"`{each.default}`" if str(each.default) else '`""`'


if __name__ == "__main__":
    TARGET.write_text(page(TARGET.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"{TARGET.name} is written\n")
