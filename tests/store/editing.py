"""A store that somebody else has written to."""

from __future__ import annotations

from pathlib import Path

from spreadscope.store.directory import DATABASE, connect


def edit(data: Path, statement: str, *values: object) -> None:
    connection = connect(data / DATABASE)
    connection.execute(statement, values)
    connection.close()
