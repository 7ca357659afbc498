"""Write what the browser knows of the contract. Run as ``python scripts/contract_types.py``.

``dashboard/assets/contract.d.ts`` comes from its structs, for those who check our JavaScript, and ``enums.js`` from its
enums, for the page.
"""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path

from spreadscope.api.structs import OVERRIDES
from spreadscope.contract import Severity, Timeframe
from spreadscope.contract.typescript import declarations

ASSETS = Path(__file__).resolve().parent.parent / "src" / "spreadscope" / "dashboard" / "assets"
# Those of which a page lists every member: a type alone does not reach the browser.
LISTED: dict[str, type[StrEnum]] = {"SEVERITIES": Severity, "TIMEFRAMES": Timeframe}


def enums() -> str:
    """Returns the text of ``enums.js``: each list in the order of its enum."""
    names = ", ".join(sorted(kind.__name__ for kind in LISTED.values()))
    head = (
        "// The enums of the contract of which a page lists every member, in their order.\n"
        "// Generated from spreadscope.contract by `python scripts/contract_types.py`: change the enums,"
        " not this file.\n\n"
        f'/** @import {{ {names} }} from "./contract.d.ts" */\n'
    )
    lists = (
        f"\n/** @type {{readonly {kind.__name__}[]}} */\n"
        f"export const {name} = {json.dumps([member.value for member in kind], ensure_ascii=False)};\n"
        for name, kind in LISTED.items()
    )
    return head + "".join(lists)


if __name__ == "__main__":
    (ASSETS / "contract.d.ts").write_text(declarations(OVERRIDES), encoding="utf-8")
    (ASSETS / "enums.js").write_text(enums(), encoding="utf-8")
