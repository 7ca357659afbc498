"""Refuses to build a wheel or sdist without the chart library: its dashboard could draw nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VENDOR = Path("src/spreadscope/dashboard/assets/vendor")
WANTED = ("lightweight-charts.standalone.production.mjs", "LICENSE", "NOTICE", "VERSION")


class ChartLibraryHook(BuildHookInterface):  # type: ignore[type-arg]
    """Run by hatchling before each build."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - its interface
        """Raise where a file of the chart library is missing. An editable install may bring it afterwards."""
        if version == "editable":
            return
        missing = [name for name in WANTED if not (Path(self.root) / VENDOR / name).is_file()]
        if missing:
            raise FileNotFoundError(
                f"{VENDOR} lacks {', '.join(missing)}: bring the chart library first with "
                "`python scripts/fetch_frontend.py` (it needs npm, or brings one)"
            )
