"""Layouts that exchanges, libraries and vendors write: each is read without help, or refused with what would help."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.feather as feather  # type: ignore[import-untyped]
import pytest

from spreadscope.importing.names import parse_foreign_symbol, subject_of_name, timeframe_length, timeframe_name
from spreadscope.model.errors import ConfigError, StoreError, SymbolError
from spreadscope.model.timeframe import Timeframe
from spreadscope.store.directory import DATABASE
from spreadscope.store.maintenance.diagnosis import examine
from spreadscope.store.reader import StoreReader
from tests.importing.bringing import bring

T0 = 1_761_990_600_000  # 2025-11-01 09:50:00
TIMES = [T0 + 60_000 * i for i in range(5)]
CANDLES = [(time, 110_000 + i, 110_010, 109_990, 110_001 + i, 1.5 + i) for i, time in enumerate(TIMES)]


def iso(time: int, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    return datetime.fromtimestamp(time / 1000, UTC).strftime(form)


def lines(*rows: str) -> bytes:
    return "\n".join([*rows, ""]).encode()


def candles(
    *, sep: str = ",", time: Any = str, decimal: str = ".", more: str = "", newest_first: bool = False
) -> list[str]:
    out = [
        sep.join([str(time(row[0])), *(str(value).replace(".", decimal) for value in row[1:])]) + more
        for row in CANDLES
    ]
    return out[::-1] if newest_first else out


BARS = {
    "kraken, no header, seconds": lines(*candles(time=lambda t: t // 1000, more=",7")),
    "no header, ISO": lines(*candles(time=lambda t: iso(t, "%Y-%m-%dT%H:%M:%SZ"))),
    "semicolons, decimal commas": lines("Date;Open;High;Low;Close;Volume", *candles(sep=";", time=iso, decimal=",")),
    "tabs": lines("time\topen\thigh\tlow\tclose\tVolume", *candles(sep="\t", time=lambda t: t // 1000)),
    "UTF-16 of a spreadsheet": "\n".join(
        ["Date\tOpen\tHigh\tLow\tClose\tVolume", *candles(sep="\t", time=iso)]
    ).encode("utf-16"),
    "a title, an empty line, newest first": lines(
        "Daily report for BTCUSDT, Ltd.", "", "Unix Timestamp,Date,Open,High,Low,Close,Volume",
        *(f"{row.split(',', 1)[0]},x,{row.split(',', 1)[1]}" for row in candles(newest_first=True)),
    ),
    "names of another case, quoted": lines(
        '"Open Time","Open","High","Low","Close","Volume"',
        *(f'"{c.replace(",", chr(34) + "," + chr(34))}"' for c in candles())
    ),
    "thousands set apart": lines(
        "Date,Open,High,Low,Close,Vol",
        *(f'{iso(t)},"{o:,.1f}","{h:,.1f}","{low:,.1f}","{c:,.1f}",{v}' for t, o, h, low, c, v in CANDLES)
    ),
    "microseconds": lines("open_time,open,high,low,close,volume", *candles(time=lambda t: t * 1000 + 7)),
    "nanoseconds": lines("timestamp,open,high,low,close,volume", *candles(time=lambda t: t * 1_000_000)),
    "day first with dots": lines(
        "Gmt time,Open,High,Low,Close,Volume", *candles(time=lambda t: iso(t, "%d.%m.%Y %H:%M:%S.000"))
    ),
    "two files after another": lines(
        "time,open,high,low,close,volume", *candles()[:2], "time,open,high,low,close,volume", *candles()[2:]
    ),
    "a footer is a bad row": lines("time,open,high,low,close,volume", *candles(), "source: vendor"),
    "array of arrays": json.dumps(CANDLES).encode(),
    "array, pretty": json.dumps(CANDLES, indent=1).encode(),
    "klines of REST": json.dumps(
        [[t, str(o), str(h), str(low), str(c), str(v), t + 59_999, "1", 9, "1", "1", "0"] for t, o, h, low, c,
         v in CANDLES]
    ).encode(),
    "objects under a key": json.dumps(
        {"code": 0, "data": [
            dict(zip(("timestamp", "open", "high", "low", "close", "volume"), c, strict=True)) for c in CANDLES
        ]}
    ).encode(),
    "a list a column": json.dumps(
        {"s": "ok", **{k: [c[i] // (1000 if k == "t" else 1) for c in CANDLES] for i, k in enumerate("tohlc")},
         "v": [c[5] for c in CANDLES]}
    ).encode(),
    "a column an object": json.dumps(
        {name: {str(i): c[place] for i, c in enumerate(CANDLES)} for place,
         name in enumerate(("time", "open", "high", "low", "close", "volume"))}
    ).encode(),
    "an array a line": lines(*map(json.dumps, CANDLES)),
    "an object a line": lines(*(
        json.dumps({"date": iso(c[0]), "o": c[1], "h": c[2], "l": c[3], "c": c[4], "v": c[5]}) for c in CANDLES
    )),
}  # fmt: skip


@pytest.mark.parametrize("layout", BARS)
def test_bars_of_many_layouts(tmp_path: Path, layout: str) -> None:
    file = tmp_path / "file.dat"
    file.write_bytes(BARS[layout])
    (result,) = bring(tmp_path / "d", file, symbol="BTCUSDT")
    assert (result.content, result.new, result.bad) == ("bars", 5, 1 if layout.startswith("a footer") else 0)
    bars = StoreReader(tmp_path / "d" / DATABASE).bars("BTCUSDT", Timeframe.M1)
    assert [(b.open_time, b.open, b.high, b.low, b.close, b.volume) for b in bars] == CANDLES


@pytest.mark.parametrize("kind", ["feather", "feather lz4", "parquet with an index", "parquet, seconds"])
def test_bars_in_columns(tmp_path: Path, kind: str) -> None:
    names = ("date", "open", "high", "low", "close", "volume")
    columns = dict(zip(names, map(list, zip(*CANDLES, strict=True)), strict=True))
    stamps = pa.array(columns["date"]).cast(pa.timestamp("ms", "UTC"))
    table = pa.table(columns | {"date": stamps})
    file = tmp_path / "BTC_USDT_USDT-1m-futures.feather"
    if kind.startswith("feather"):
        feather.write_feather(table, file, compression="lz4" if "lz4" in kind else "uncompressed")
    elif "index" in kind:
        pl.from_arrow(table.rename_columns(["__index_level_0__", *names[1:]])).write_parquet(file)
    else:
        pl.from_arrow(table).with_columns(pl.col("date").dt.epoch("s")).write_parquet(file)
    (result,) = bring(tmp_path / "d", file)
    assert (result.subjects, result.new) == (["BTCUSDT"], 5)
    bars = StoreReader(tmp_path / "d" / DATABASE).bars("BTCUSDT", Timeframe.M1)
    assert [(b.open_time, b.open, b.high, b.low, b.close, b.volume) for b in bars] == CANDLES


TICKS = [(T0 + 123, 110_000.5, 0.1, False), (T0 + 123, 110_000.5, 0.1, False), (T0 + 1_500, 110_001.0, 0.2, True)]
SIDES = ["buy", "buy", "sell"]
WITHOUT_IDS = {
    "kraken, no header": lines(*(f"{t / 1000},{p},{q}" for t, p, q, _ in TICKS)),
    "side of the taker": lines("timestamp,side,price,amount",
        *(f"{t},{s},{p},{q}" for (t, p, q, _), s in zip(TICKS, SIDES, strict=True))),
    "ids that are no numbers": lines("trade_id,time,price,size,side",
        *(f"9f-{i},{t},{p},{q},{s}" for i, ((t, p, q, _), s) in enumerate(zip(TICKS, SIDES, strict=True)))),
    "a list a line, saved twice": lines(*(
        json.dumps([{"ts": t, "price": p, "qty": q} for t, p, q, _ in part]) for part in (TICKS, TICKS)
    )),
    "newest first": lines("date,price,size,m", *(f"{iso(t)}.{t % 1000},{p},{q},{m}" for t, p, q, m in TICKS[::-1])),
    "a list of objects": json.dumps(
        [{"symbol": "BTC/USDT:USDT", "timestamp": t, "side": s, "price": p, "amount": q, "cost": 1} for (t, p, q, _),
         s in zip(TICKS, SIDES, strict=True)]
    ).encode(),
    "objects, text numbers": lines(*(
        json.dumps({
            "symbol": "btcusdt", "ts": iso(t, "%Y-%m-%dT%H:%M:%S.") + f"{t % 1000:03d}Z", "price": str(p),
            "size": str(q),
        })
        for t, p, q, _ in TICKS
    )),
}  # fmt: skip


@pytest.mark.parametrize("layout", WITHOUT_IDS)
def test_trades_without_ids(tmp_path: Path, layout: str) -> None:
    file = tmp_path / "BTCUSDT.dat"
    file.write_bytes(WITHOUT_IDS[layout])
    first, again = bring(tmp_path / "d", file, file)
    assert (first.content, first.subjects, first.new, first.unprovable) == ("ticks", ["BTCUSDT"], 3, True)
    assert first.read == first.new + first.repeated
    assert any("without the exchange's ids" in note for note in first.notes)
    assert (again.new, again.repeated) == (0, first.read)
    reader = StoreReader(tmp_path / "d" / DATABASE)
    held = reader.trades("BTCUSDT")
    assert list(zip(held.times.tolist(), held.prices.tolist(), held.quantities.tolist(), strict=True)) == [
        t[:3] for t in TICKS
    ]
    if "side" in layout or "objects" in layout.split()[-1:] or "newest" in layout:
        assert held.buyer_maker.tolist() == [m for *_, m in TICKS]
    assert reader.unprovable() == {"BTCUSDT": "BTCUSDT.dat"}
    bars = reader.bars("BTCUSDT", Timeframe.S1)
    assert [(b.open_time, b.trades, b.complete) for b in bars] == [(T0, 2, False), (T0 + 1_000, 1, False)]
    found = examine(tmp_path / "d" / DATABASE)
    assert (found.findings, found.unprovable) == ([], {"BTCUSDT": "BTCUSDT.dat"})


MESSAGES = [
    {"e": "aggTrade", "E": t, "s": "BTCUSDT", "a": 7 + i, "p": str(p), "q": str(q), "f": 1, "l": 1, "T": t, "m": m}
    for i, (t, p, q, m) in enumerate(TICKS)
]


@pytest.mark.parametrize("wrapped", [False, True])
def test_messages_of_the_exchange(tmp_path: Path, wrapped: bool) -> None:
    file = tmp_path / "stream.ndjson"
    file.write_bytes(
        lines(*(json.dumps({"stream": "btcusdt@aggTrade", "data": m} if wrapped else m) for m in MESSAGES))
    )
    (result,) = bring(tmp_path / "d", file)
    assert (result.content, result.new, result.unprovable) == ("ticks", 3, False)
    assert StoreReader(tmp_path / "d" / DATABASE).trades("BTCUSDT").ids.tolist() == [7, 8, 9]
    raw = [
        {"t": m["a"], "X": "MARKET", **{k: v for k, v in m.items() if k not in "afl"}, "e": "trade"} for m in MESSAGES
    ]
    file.write_bytes(lines(*map(json.dumps, raw)))
    (result,) = bring(tmp_path / "e", file)
    assert (result.content, result.new) == ("trades", 2)  # the first two join


def test_ids_that_count_the_rows_of_a_table_are_no_ids_of_the_exchange(tmp_path: Path) -> None:
    file = tmp_path / "dump.csv"
    rows = [f"{i + 1},{'ethusdt' if i % 2 else 'btcusdt'},{T0 + i * 10},100,1" for i in range(20)]
    file.write_bytes(lines("id,symbol,timestamp,price,size", *rows))
    (result,) = bring(tmp_path / "d", file)
    assert (result.new, result.unprovable) == (20, True)
    assert any("count the rows" in note for note in result.notes)
    (result,) = bring(tmp_path / "e", file, columns={"id": "id"})
    assert result.unprovable is False


def test_files_of_a_rolling_buffer_give_each_trade_once(tmp_path: Path) -> None:
    market = [f"{T0 + 100 * (i // 2)},100.{i // 3},0.5" for i in range(60)]
    files = []
    for number, (low, high) in enumerate([(0, 20), (10, 35), (12, 30), (30, 60)]):
        files.append(tmp_path / f"ticks-{number}.csv")
        files[-1].write_bytes(lines("time,price,size", *market[low:high]))
    results = bring(tmp_path / "d", *files, symbol="BTCUSDT")
    assert [(r.new, r.repeated) for r in results] == [(20, 0), (15, 10), (0, 18), (25, 5)]
    assert len(StoreReader(tmp_path / "d" / DATABASE).trades("BTCUSDT")) == 60
    # One file into which the buffer was saved each time is the same.
    whole = tmp_path / "all.csv"
    whole.write_bytes(lines("time,price,size", *market[:20], *market[10:35], *market[12:30], *market[30:]))
    assert [(r.new, r.repeated) for r in bring(tmp_path / "e", whole, symbol="BTCUSDT")] == [(60, 33)]


def test_what_proves_and_what_does_not_are_kept_apart(tmp_path: Path) -> None:
    without, with_ids = tmp_path / "without.csv", tmp_path / "with.csv"
    without.write_bytes(lines("time,price,size", f"{T0},1,1", f"{T0 + 5_000},1,1"))
    with_ids.write_bytes(lines("id,time,price,quantity", f"5,{T0},1,1"))
    bring(tmp_path / "d", without, symbol="BTCUSDT")
    with pytest.raises(StoreError, match="came without the exchange's ids"):
        bring(tmp_path / "d", with_ids, symbol="BTCUSDT")
    bring(tmp_path / "e", with_ids, symbol="BTCUSDT")
    with pytest.raises(StoreError, match="has ids that prove it"):
        bring(tmp_path / "e", without, symbol="BTCUSDT")
    older = tmp_path / "older.csv"
    older.write_bytes(lines("time,price,size", f"{T0 - 60_000},1,1", f"{T0 + 5_000},1,1", f"{T0 + 6_000},2,1"))
    (result,) = bring(tmp_path / "d", older, symbol="BTCUSDT")
    assert (result.new, result.repeated, result.left_out) == (1, 1, 1)
    assert any("import the oldest file first" in note for note in result.notes)


@pytest.mark.parametrize(
    ("step", "kept", "count"),
    [(15, Timeframe.M1, 3), (10, Timeframe.M1, 2), (1, Timeframe.S1, 12), (100, Timeframe.M5, 4)],
)
def test_shorter_bars_are_resampled_where_they_divide(tmp_path: Path, step: int, kept: Timeframe, count: int) -> None:
    start = T0 // 300_000 * 300_000
    file = tmp_path / "BTCUSDT.csv"
    rows = [f"{start + 1000 * step * i},{100 + i},{110 + i},{90 - i},{101 + i},2" for i in range(12)]
    file.write_bytes(lines("open_time,open,high,low,close,volume", *rows))
    (result,) = bring(tmp_path / "d", file)
    bars = StoreReader(tmp_path / "d" / DATABASE).bars("BTCUSDT", kept)
    assert len(bars) == result.new == count
    parts = kept.milliseconds // (1000 * step)
    first = bars[0]
    assert (first.open, first.high, first.low, first.close, first.volume) == (
        100,
        109 + parts,
        91 - parts,
        100 + parts,
        2.0 * parts,
    )
    assert [b.complete for b in bars] == [(i + 1) * parts <= 12 for i in range(count)]


@pytest.mark.parametrize(
    ("step", "timeframe", "said"),
    [
        (180, None, "holds bars of 3m: the store keeps 1s, 1m, 5m"),
        (900, None, "spreadscope scan --bars"),
        (3600, None, "holds bars of 1h"),
        (300, Timeframe.M1, "which are none of 1m and make none"),
    ],
)
def test_bars_that_cannot_be_kept_are_refused_with_the_way_out(
    tmp_path: Path, step: int, timeframe: Timeframe | None, said: str
) -> None:
    file = tmp_path / "BTCUSDT.csv"
    start = T0 // 3_600_000 * 3_600_000
    file.write_bytes(
        lines("open_time,open,high,low,close,volume", *(f"{start + 1000 * step * i},1,1,1,1,2" for i in range(12)))
    )
    with pytest.raises(ConfigError, match=said):
        bring(tmp_path / "d", file, timeframe=timeframe)


def test_a_minute_can_become_five_where_the_user_says_so(tmp_path: Path) -> None:
    file = tmp_path / "BTCUSDT.csv"
    file.write_bytes(lines("time,open,high,low,close,volume", *candles()))
    bring(tmp_path / "d", file, timeframe=Timeframe.M5)
    (bar,) = StoreReader(tmp_path / "d" / DATABASE).bars("BTCUSDT", Timeframe.M5)
    assert (bar.open, bar.close, bar.volume, bar.complete) == (110_000, 110_005, 17.5, True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "open_time,open,high,low,price\n1,1,1,1,1\n",
            r"for bars it lacks close, volume; .*--columns close=…,volume=…",
        ),
        ("when,price,size\n1,1,1\n", r"for trades it lacks time; .*--columns time=… \(and id=… if it has"),
        ("price,id\n1,1\n", "for trades it lacks time, quantity"),
        ("Date,AUSDT,BUSDT\n2025-11-01,1,2\n", "holds closes alone, which are no bars"),
        ("symbol,open_time,close\nAUSDT,1,2\n", "holds closes alone"),
        (
            "date,open,high,low,close,volume\n01/02/2025,1,2,1,1,5\n02/02/2025,1,2,1,1,5\n",
            "no time of .*01/02/2025.* day comes first",
        ),
        ('{"price": 1}\n', "lacks time, quantity"),
        ('{"x": {"y": 1}}', "are not understood"),
        ("[1, 2]", "are not understood"),
        ("[[1, 2], [3, 4]]", "are not understood"),
        ("[", "is damaged or no JSON"),
    ],
)
def test_a_refusal_speaks_of_what_the_file_holds(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "file.txt"
    file.write_text(text)
    with pytest.raises((ConfigError, StoreError), match=said) as caught:
        bring(tmp_path / "d", file)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"SQLite format 3\x00", "SQLite database"),
        (b"\x89HDF\r\n", "HDF5"),
        (b"\x80\x04\x95abc", "pickle"),
        (b"FEA1", "version 1"),
    ],
)
def test_what_is_no_table_is_named(tmp_path: Path, head: bytes, said: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(head * 9)
    with pytest.raises(StoreError, match=said):
        bring(tmp_path / "d", file)


def test_a_workbook_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
    with pytest.raises(StoreError, match="workbook"):
        bring(tmp_path / "d", tmp_path / "a.xlsx")


def test_names_and_symbols_of_others() -> None:
    assert subject_of_name("BTC_USDT_USDT-1m-futures.feather") == ("BTC_USDT_USDT", "1m")
    assert subject_of_name("ETH_USDT-5m.json") == ("ETH_USDT", "5m")
    assert subject_of_name("Binance_BTCUSDT_1h.csv") == ("BTCUSDT", "1h")
    assert subject_of_name("Binance_BTCUSDT_minute.csv") == ("BTCUSDT", "1m")
    assert subject_of_name("BTCUSDT_5m_2025.csv") == ("BTCUSDT", "5m")
    assert subject_of_name("ticks_2025-11-01T09-54-08.557Z.ndjson") == (None, None)
    for text in ("BTC/USDT", "btc-usdt", "BTC_USDT_USDT", "BTC/USDT:USDT", "BTCUSDT", "BTC-USDT-PERP"):
        assert parse_foreign_symbol(text) == "BTCUSDT"
    assert parse_foreign_symbol("BTCUSDT_261225") == "BTCUSDT_261225"
    with pytest.raises(SymbolError):
        parse_foreign_symbol("no symbol at all")
    assert [timeframe_length(name) for name in ("1s", "15m", "1h", "1d", "0m", "x")] == [
        1_000,
        900_000,
        3_600_000,
        86_400_000,
        None,
        None,
    ]
    assert [timeframe_name(length) for length in (1_000, 900_000, 3_600_000, 86_400_000, 1_500)] == [
        "1s",
        "15m",
        "1h",
        "1d",
        "1500 ms",
    ]
