"""What was traded in a long soak, on disk: neither side has to hold hours of trades in memory."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np

from spreadscope.exchange.local.trade_log import TradeColumns, TradeLog

_ROW: Final = np.dtype([("id", "<i8"), ("time", "<i8"), ("price", "<f8"), ("quantity", "<f8"), ("maker", "?")])


class TruthWriter:
    """Appends what has become visible of every tape since the last ``write``, one file a symbol.

    Call it more often than the tapes drop their oldest rows (``keep``); a row that was dropped unwritten is an error.
    """

    def __init__(self, folder: Path, tapes: Mapping[str, TradeLog]) -> None:
        self._tapes = tapes
        self._written = dict.fromkeys(tapes, 0)
        self._files = ExitStack()
        self._out = {symbol: self._files.enter_context((folder / f"{symbol}.rows").open("wb")) for symbol in tapes}

    def write(self) -> None:
        for symbol, tape in self._tapes.items():
            written = self._written[symbol]
            if tape.last_id <= written:
                continue
            if written and tape.first_id > written + 1:
                raise RuntimeError(f"{symbol}: trades from {written + 1} on left the tape before they were written")
            columns = tape.columns(written + 1)
            rows = np.empty(len(columns.ids), dtype=_ROW)
            for name, column in zip(_ROW.names or (), columns, strict=True):
                rows[name] = column
            self._out[symbol].write(rows.tobytes())
            self._written[symbol] = int(columns.ids[-1])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._files.close()


def read_truth(folder: Path, symbol: str) -> TradeColumns:
    """Every trade of a symbol that was played or could be had by REST."""
    rows = np.fromfile(folder / f"{symbol}.rows", dtype=_ROW)
    return TradeColumns(*(np.ascontiguousarray(rows[name]) for name in _ROW.names or ()))
