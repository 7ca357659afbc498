"""The symbol, pair and timeframe of a file's rows, from options, columns, or the file name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
import polars as pl

from spreadscope.importing.checking import Checks
from spreadscope.importing.kinds import Content
from spreadscope.importing.names import parse_foreign_symbol, subject_of_name, timeframe_length, timeframe_name
from spreadscope.importing.resampling import stored_timeframe_for
from spreadscope.model.errors import ConfigError, SymbolError
from spreadscope.model.instrument import Pair, parse_pair
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe

# With so many steps, the shortest one is the length of bars, also against the option.
_ENOUGH_STEPS = 10


class Options(msgspec.Struct, frozen=True):
    """The options of an import, where names and columns of the files do not tell."""

    symbol: str | None = None
    pair: Pair | None = None
    timeframe: Timeframe | None = None
    columns: Mapping[str, str] = {}
    content: Content | None = None


def no_times_error(path: Path, example: object) -> ConfigError:
    """Returns the error for a file in which no time can be read."""
    return ConfigError(
        f"no time of {path} can be read (the first: {str(example)[:40]}): write them as ISO (2026-11-22T15:00) or as "
        "milliseconds "
        "since 1970; of dates such as 01/02/2026 nothing tells whether the day comes first"
    )


class Subjects:
    """The subject of one file. ``subject`` and ``timeframe`` come from the metadata of our own archive files."""

    def __init__(self, path: Path, options: Options) -> None:
        self._path = path
        self._options = options
        self.subject = ""
        self.timeframe = ""
        self.left_out = 0

    def by_symbol(self, rows: pl.DataFrame) -> list[tuple[str, pl.DataFrame]]:
        """Returns the rows of each symbol. Rows of symbols that the options exclude are counted as left out."""
        if "symbol" not in rows.columns:
            return [(self._symbol(), rows)] if rows.height else []
        rows_by_symbol: list[tuple[str, pl.DataFrame]] = []
        for (name,), part in rows.group_by("symbol", maintain_order=True):
            symbol = parse_foreign_symbol(str(name))
            if self._options.symbol is None or symbol == self._options.symbol:
                rows_by_symbol.append((symbol, part))
            else:
                self.left_out += part.height
        return rows_by_symbol

    def _symbol(self) -> str:
        if self._options.symbol is not None:
            return self._options.symbol
        name = self.subject or subject_of_name(self._path.name)[0]
        if name is None:
            raise ConfigError(
                f"neither the name nor the columns of {self._path} tell the symbol: name it with --symbol"
            )
        return parse_foreign_symbol(name)

    def pair(self) -> Pair:
        if self._options.pair is not None:
            return self._options.pair
        name, _ = subject_of_name(self._path.name)
        try:
            return parse_pair((name or "").replace("-", "/"))
        except SymbolError:
            raise ConfigError(f"the name of {self._path} does not tell the pair: name it with --pair") from None

    def frame(self) -> Timeframe:
        """Returns the timeframe of analytics or signals."""
        if self._options.timeframe is not None:
            return self._options.timeframe
        _, name = subject_of_name(self._path.name)
        if name is None:
            raise ConfigError(f"the timeframe of {self._path} is not known: name it with --timeframe")
        if name not in TIMEFRAMES:
            raise ConfigError(f"{self._path} is of {name}: the store keeps {', '.join(TIMEFRAMES)}")
        return Timeframe(name)

    def lengths(self, block: pl.DataFrame, checks: Checks) -> tuple[int, Timeframe]:
        """Returns the length of the bars of a file (ms), and the timeframe in which they are stored.

        Raises ``ConfigError`` where the store has no such timeframe.
        """
        name = self.timeframe or subject_of_name(self._path.name)[1]
        name_length = timeframe_length(name) if name else None
        times = checks.valid_times(block, "open_time")
        if times.is_empty():
            raise no_times_error(self._path, block["open_time"][0])
        steps = times.unique().sort().diff().drop_nulls()
        shortest_step = int(steps.min()) if len(steps) else None  # type: ignore[arg-type]  # a column of integers
        timeframe = self._options.timeframe
        length = name_length or shortest_step or (timeframe.milliseconds if timeframe else None)
        if length is None:
            raise ConfigError(f"the timeframe of {self._path} is not known: name it with --timeframe")
        if timeframe is not None and name_length is None and shortest_step is not None:
            # A few bars further apart than the timeframe may be those of a quiet symbol.
            length = (
                timeframe.milliseconds
                if shortest_step > timeframe.milliseconds and len(steps) < _ENOUGH_STEPS
                else shortest_step
            )
        if timeframe is not None:
            if timeframe.milliseconds % length:
                raise ConfigError(
                    f"{self._path} holds bars of {timeframe_name(length)}, which are none of {timeframe} and make "
                    "none: "
                    "leave out --timeframe, or name the one that they are of"
                )
            return length, timeframe
        stored_timeframe = stored_timeframe_for(length)
        if stored_timeframe is None:
            raise ConfigError(
                f"{self._path} holds bars of {timeframe_name(length)}: the store keeps {', '.join(TIMEFRAMES)}, and "
                "what divides "
                "them; import shorter bars, or look for pairs in it with spreadscope scan --bars, which takes any "
                "length"
            )
        return length, stored_timeframe
