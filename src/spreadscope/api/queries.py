"""Parameters and headers that several routes share."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import Query

MOST_ROWS = 10_000
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS)]
From = Annotated[int, Query(alias="from", ge=0)]
To = Annotated[int, Query(alias="to", ge=0)]


def attachment(name: str) -> str:
    """Content-Disposition for a name that need not be ASCII (RFC 6266)."""
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
