"""The open bars of a pair, and its newest row restated at the newest prices; both from memory."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from spreadscope import contract
from spreadscope.api import shapes
from spreadscope.app.core_service import CoreService
from spreadscope.model.instrument import Pair
from spreadscope.model.timeframe import Timeframe
from spreadscope.store.tables import VALUE_COLUMNS


class Forming(NamedTuple):
    """The open bars of both legs, and the newest row restated at the newest prices, for screens."""

    y: contract.Bar | None
    x: contract.Bar | None
    live: contract.Row | None
    executable: contract.Executable | None


def forming(core: CoreService, pair: Pair, timeframe: Timeframe) -> Forming:
    """Returns the open bars and the restated row of a pair and timeframe; empty for a pair that was removed."""
    states = core.states(pair)
    if states is None:
        return Forming(None, None, None, None)
    y, x = core.series(pair.y), core.series(pair.x)
    forming_y, forming_x = y.forming(timeframe), x.forming(timeframe)
    state = states[timeframe]
    preview = state.preview(y, x)
    live_row = None
    if state.row is not None and preview:
        live_row = msgspec.structs.replace(
            shapes.row(state.row),
            **{
                name: contract.Value(number, None) if name in VALUE_COLUMNS else number
                for name, number in preview.items()
            },
        )
    executable = state.executable(y, x)
    return Forming(
        shapes.bar(forming_y) if forming_y else None,
        shapes.bar(forming_x) if forming_x else None,
        live_row,
        contract.Executable(*executable) if executable else None,
    )
