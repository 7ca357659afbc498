"""Who asks the fake engine, and its log of changes: the product's own service over a file of the test."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path
from typing import Any

import msgspec

from spreadscope.app.access_service import AccessService, person
from spreadscope.guard.identity import OWNER
from spreadscope.model.access_section import AccessConfig
from tests.dashboard.fake_answers import RefusalError


class FakeAccess:
    """``service`` holds the log; ``asks`` is who the pages are of; ``broken``: the log cannot be read."""

    def __init__(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="spreadscope-test-"))
        self.service = AccessService(folder, AccessConfig())
        weakref.finalize(self, shutil.rmtree, folder)
        self.asks = OWNER
        self.broken = ""

    def answer(self, name: str, query: dict[str, str]) -> Any:
        if name == "person":
            return msgspec.to_builtins(person(self.asks))
        if self.broken:
            raise RefusalError(503, self.broken)
        entries = self.service.log(int(query["limit"]), None, query.get("who", ""), query.get("what", ""))
        return msgspec.to_builtins(entries)
