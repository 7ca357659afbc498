"""What a script gives to a component of ours, read from a page that was run without a browser."""

from __future__ import annotations

import json
from typing import Any

from streamlit.testing.v1 import AppTest


def component_data(page: AppTest, name: str) -> list[dict[str, Any]]:
    """What each component of this name is given, from top to bottom."""
    found = [each.proto for each in page.get("bidi_component") if each.proto.component_name == f"spreadscope.{name}"]
    return [dict(json.loads(each.json or each.mixed.json)) for each in found]


def copied(page: AppTest) -> list[str]:
    """The texts that the page offers to copy."""
    return [given["text"] for given in component_data(page, "code")]
