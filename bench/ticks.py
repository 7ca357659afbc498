"""Files of ticks that several engines are measured on.

Parquet with symbol, id, time (ms), price, quantity, buyer_maker.

Sorted by time; ids dense for each symbol.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from spreadscope.model.events import Trades

START_MS = 1_750_000_000_000
RECORDED = Path(__file__).parents[2] / "shared" / "data" / "ticks" / "um_trades_btc_eth_2024-08-08.parquet"
_PAUSE_MS = 1_000


def write_dense(path: Path, ticks: int, a_second: int = 200) -> Path:
    """Two cointegrated symbols at an even pace, ``a_second`` of both together."""
    rng = np.random.default_rng(5)
    each = ticks // 2
    common = np.cumsum(rng.normal(0, 2e-5, each))
    times = START_MS + np.arange(each) * 2_000 // a_second
    columns = [
        _table(symbol, np.arange(1, each + 1), times,
            np.round(price * np.exp(common * beta + rng.normal(0, 1e-4, each)), 2),
               rng.integers(1, 2_000, each) / 1_000, rng.random(each) < 0.5)
        for symbol, price, beta in (("BTCUSDT", 60_000.0, 1.2), ("ETHUSDT", 2_500.0, 1.0))
    ]  # fmt: skip
    return _write(path, columns)


def write_recorded(path: Path, ticks: int, source: Path = RECORDED) -> Path | None:
    """Real trades, one recording after the other until there are so many; None where there is no recording.

    Each repetition is shifted by the length of the recording, and goes on with the ids.
    """
    if not source.exists():
        return None
    recorded = pq.read_table(source)
    stamps = recorded["trade_time_ms"].to_numpy()
    repeats, span = -(-ticks // len(stamps)), int(stamps.max() - stamps.min()) + _PAUSE_MS
    columns = []
    for symbol in ("BTCUSDT", "ETHUSDT"):
        part = recorded.filter(pc.equal(recorded["symbol"], symbol)).sort_by("trade_id")
        each, first = part.num_rows, part["trade_id"][0].as_py()
        shift = np.repeat(np.arange(repeats), each) * span
        price, quantity = (np.tile(pc.cast(part[name], pa.float64()).to_numpy(), repeats) for name in ("price", "qty"))
        columns.append(
            _table(
                symbol, first + np.arange(each * repeats), np.tile(part["trade_time_ms"].to_numpy(), repeats) + shift,
                price, quantity, np.tile(part["is_buyer_maker"].to_numpy(zero_copy_only=False), repeats),
            )
        )  # fmt: skip
    return _write(path, columns)


def read_batches(path: Path) -> list[Trades]:
    """The ticks of a file as the batcher hands them on: one batch a second and symbol, in the order of time."""
    table = pq.read_table(path)
    batches = []
    for symbol in sorted(table["symbol"].unique().to_pylist()):
        part = table.filter(pc.equal(table["symbol"], symbol)).sort_by("id")
        names = ("id", "time", "price", "quantity", "buyer_maker")
        columns = [part[name].to_numpy(zero_copy_only=False) for name in names]
        cuts = np.flatnonzero(np.diff(columns[1] // 1_000)) + 1
        batches += [Trades(symbol, *rows) for rows in zip(*(np.split(column, cuts) for column in columns), strict=True)]
    return sorted(batches, key=lambda batch: (int(batch.times[0]) // 1_000, batch.symbol))


def _table(
    symbol: str, ids: np.ndarray, times: np.ndarray, prices: np.ndarray, quantities: np.ndarray, maker: np.ndarray
) -> pa.Table:
    return pa.table(
        {
            "symbol": pa.DictionaryArray.from_arrays(np.zeros(len(ids), dtype=np.int32), [symbol]).cast(pa.string()),
            "id": ids.astype(np.int64), "time": times.astype(np.int64), "price": prices, "quantity": quantities,
            "buyer_maker": maker,
        }
    )  # fmt: skip


def _write(path: Path, tables: list[pa.Table]) -> Path:
    pq.write_table(
        pa.concat_tables(tables).sort_by([("time", "ascending"), ("symbol", "ascending"), ("id", "ascending")]), path
    )
    return path
