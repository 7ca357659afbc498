"""Write ``dashboard/assets/contract.d.ts`` from the structs of the contract. Run as ``python scripts/contract_types.py``."""

from __future__ import annotations

from pathlib import Path

from spreadscope.api.structs import OVERRIDES
from spreadscope.contract.typescript import declarations

FILE = Path(__file__).resolve().parent.parent / "src" / "spreadscope" / "dashboard" / "assets" / "contract.d.ts"

if __name__ == "__main__":
    FILE.write_text(declarations(OVERRIDES), encoding="utf-8")
