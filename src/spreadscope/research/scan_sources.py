"""Where the closes of a scan come from. Another source is a class here, whose ``read`` gives closes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

import msgspec
import polars as pl

from spreadscope.contract import LeftOutSymbol
from spreadscope.importing.closes import Closes, clean_closes, read_closes
from spreadscope.importing.opening import unpack_zip
from spreadscope.model.errors import ConfigError, StoreError
from spreadscope.model.states import Mode
from spreadscope.model.timeframe import Timeframe
from spreadscope.research.job_kinds import ReportProgress
from spreadscope.store.directory import DATABASE
from spreadscope.store.reader import StoreReader

SCHEMA = {"symbol": pl.String, "open_time": pl.Int64, "close": pl.Float64}
_MOST_MEMBERS = 1_000  # of a zip


class SourceCloses(msgspec.Struct, kw_only=True):
    """Closes, and what they are: ``title`` in one line, ``demo``: of no market; ``left_out``: wanted symbols."""

    closes: Closes
    title: str
    demo: bool = False
    left_out: list[LeftOutSymbol] = []


class ClosesSource(ABC):
    """A place that has closes of many symbols."""

    @abstractmethod
    def read(self, progress: ReportProgress) -> SourceCloses:
        """Returns the closes. Blocks. Raises ``SpreadscopeError`` with one sentence."""


class StoredBars(ClosesSource):
    """The newest ``bars`` bars (None: all) of what is stored, of some symbols (none named: of all)."""

    def __init__(
        self, data: Path, timeframe: Timeframe, *, symbols: Sequence[str] = (), bars: int | None = None
    ) -> None:
        self._data = data
        self._timeframe = timeframe
        self._symbols = symbols
        self._bars = bars

    def read(self, progress: ReportProgress) -> SourceCloses:
        database = self._data / DATABASE
        if not database.exists():
            raise StoreError(f"there is no store in {self._data}: name its directory, or scan a file")
        reader = StoreReader(database)
        stored = reader.symbols()
        left_out = [LeftOutSymbol(name, "nothing of it is stored") for name in self._symbols if name not in stored]
        wanted = [name for name in stored if not self._symbols or name in self._symbols]
        frames: list[pl.DataFrame] = []
        for place, symbol in enumerate(wanted):
            progress(None, f"reading bars of {symbol}, {place + 1} of {len(wanted)}")
            bars = reader.bars(symbol, self._timeframe, limit=-1 if self._bars is None else self._bars)
            if not bars:
                left_out.append(LeftOutSymbol(symbol, f"no bars of {self._timeframe} are stored"))
                continue
            columns = {"open_time": [bar.open_time for bar in bars], "close": [bar.close for bar in bars]}
            frame = pl.DataFrame(columns, schema={"open_time": pl.Int64, "close": pl.Float64})
            frames.append(frame.select(pl.lit(symbol).alias("symbol"), "open_time", "close"))
        if not frames:
            raise StoreError(
                f"the store has no bars of {self._timeframe}"
                f"{' of these symbols' if self._symbols else ''}: choose another timeframe, or scan a file"
            )
        meta = reader.meta()
        closes = clean_closes(pl.concat(frames), "the store")
        demo = meta.get("mode") == Mode.DEMO
        title = f"stored bars of {self._timeframe} ({meta.get('source') or 'of this store'})"
        return SourceCloses(closes=closes, title=title, demo=demo, left_out=left_out)


class FileCloses(ClosesSource):
    """Files of bars, in any layout and unit; the members of a zip are files. ``unpacked`` is a folder for those."""

    def __init__(self, paths: Sequence[Path], unpacked: Path) -> None:
        self._paths = paths
        self._unpacked = unpacked

    def read(self, progress: ReportProgress) -> SourceCloses:
        parts: list[Closes] = []
        for place, path in enumerate(self._paths):
            progress(None, f"reading {path.name}, file {place + 1} of {len(self._paths)}")
            members = unpack_zip(path, self._unpacked / f"{place:03}", _MOST_MEMBERS)
            parts += [read_closes(member) for member in members or [path]]
        closes = parts[0] if len(parts) == 1 else _merged(parts)
        # Without their names: the same closes are the same answer, whatever the file is called.
        title = "bars of a file" if len(self._paths) == 1 else f"bars of {len(self._paths)} files"
        return SourceCloses(closes=closes, title=title)


def _merged(parts: Sequence[Closes]) -> Closes:
    merged = clean_closes(pl.concat([closes.frame for closes in parts]), "the files")
    return Closes(merged.frame, [*(note for closes in parts for note in closes.notes), *merged.notes])


class FetchedCandles(msgspec.Struct, frozen=True, kw_only=True):
    """What the exchange was asked for, beside the closes themselves."""

    title: str
    demo: bool
    left_out: tuple[LeftOutSymbol, ...]


CANDLES, FETCHED = "candles.parquet", "candles.json"


class ExchangeCandles(ClosesSource):
    """Candles that ``research.exchange_candles`` has fetched into a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, progress: ReportProgress) -> SourceCloses:
        progress(None, "reading the candles")
        fetched = msgspec.json.decode((self._folder / FETCHED).read_bytes(), type=FetchedCandles)
        frame = pl.read_parquet(self._folder / CANDLES)
        if frame.is_empty():
            raise ConfigError("the exchange has no candles of these symbols: choose others")
        return SourceCloses(
            closes=clean_closes(frame, "the exchange's candles"),
            title=fetched.title,
            demo=fetched.demo,
            left_out=list(fetched.left_out),
        )
