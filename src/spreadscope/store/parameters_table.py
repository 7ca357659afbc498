"""The table of parameters: a row a layer above the configuration."""

from __future__ import annotations

import sqlite3

import msgspec

from spreadscope.model.errors import StoreError
from spreadscope.model.parameter_layers import Scope, Values
from spreadscope.store.command import Command


def store_parameters(scope: Scope, values: Values) -> Command:
    """Returns the statement that replaces a layer of parameters; without values it is removed."""
    if not values:
        return Command("DELETE FROM parameters WHERE pair = ? AND timeframe = ?", (scope.pair, scope.timeframe))
    changes = msgspec.json.encode(values).decode()
    return Command("INSERT OR REPLACE INTO parameters VALUES (?, ?, ?)", (scope.pair, scope.timeframe, changes))


def read_parameters(connection: sqlite3.Connection) -> list[tuple[Scope, Values]]:
    """Returns the layers, the lowest first. Raises ``StoreError``."""
    rows = connection.execute("SELECT pair, timeframe, changes FROM parameters ORDER BY pair, timeframe")
    try:
        return [
            (Scope(pair, timeframe), msgspec.json.decode(text, type=dict[str, bool | int | float | str]))
            for pair, timeframe, text in rows
        ]
    except (msgspec.DecodeError, TypeError) as error:
        raise StoreError(f"a row of the parameters is damaged ({error})") from None
