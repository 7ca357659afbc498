"""Writes the table of docs/access.md from the scopes that the routes declare."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from spreadscope.api.access_table import AccessTable
from spreadscope.api.application import create_app
from spreadscope.app.access_service import AccessService
from spreadscope.app.live_engine import LiveEngine
from spreadscope.guard.identity import NOTHING, AccessScope, Identity, IdentityKind, Needed
from spreadscope.model.config import Config

TARGET = Path(__file__).parents[1] / "docs" / "access.md"
HEAD = "| what | nobody | read | alerts | trade | admin |"


def table() -> AccessTable:
    """Returns the table of an engine that does not run."""
    with tempfile.TemporaryDirectory() as folder:
        config = Config(data=Path(folder))
        with AccessService(config.data, config.access) as access:
            declared: AccessTable = create_app(LiveEngine(config), access=access).state.access_table
    return declared


def page(text: str) -> str:
    """Returns the page with its table made anew; what stands above the table stays."""
    above = text[: text.index(HEAD)]
    rows = sorted((path, method, needed) for method, path, needed in table())
    lines = [f"| `{method} {path}` |{_marks(needed)}" for path, method, needed in rows]
    return above + "\n".join([HEAD, "|---|---|---|---|---|---|", *lines]) + "\n"


def _marks(needed: Needed) -> str:
    held = [Identity(kind=IdentityKind.KEY, name="", scopes=frozenset({scope})) for scope in AccessScope]
    return f"{' yes' if needed == NOTHING else ''} |" + "".join(" yes |" if each.may(needed) else " |" for each in held)


if __name__ == "__main__":
    TARGET.write_text(page(TARGET.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"{TARGET.name} is written\n")
