"""Scans for pairs in a running engine: a request is checked at once, then becomes a job."""

from __future__ import annotations

import re
from pathlib import Path

from spreadscope import contract
from spreadscope.app.job_service import JobService, Prepare
from spreadscope.app.markets import Markets
from spreadscope.contract.bodies import MOST_CANDLES, MOST_SCAN_SYMBOLS
from spreadscope.exchange.port import InstrumentList
from spreadscope.model.errors import (
    ConfigError,
    ExchangeError,
    RepeatedError,
    SpreadscopeError,
    SymbolError,
    UnknownSymbolError,
)
from spreadscope.model.instrument import parse_pair, parse_symbols, unknown_symbol
from spreadscope.model.states import ScanSource
from spreadscope.research.exchange_candles import CandleRequest, fetch
from spreadscope.research.job_kinds import ReportProgress
from spreadscope.research.pair_scan import ScanParameters
from spreadscope.research.scan_job import CandleSource, FileSource, ScanJob, StoredSource

KIND = "scan"

_SEPARATORS = re.compile(r"[\s,;]+")
_SHOWN_FILES = 3


def parse_scan_symbols(text: str) -> tuple[str, ...]:
    """Returns the symbols of a list as people paste them. Raises ``SymbolError`` with one sentence.

    >>> parse_scan_symbols(" btcusdt, ETHUSDT;SOLUSDT\\n")
    ('BTCUSDT', 'ETHUSDT', 'SOLUSDT')
    """
    parts = [part for part in _SEPARATORS.split(text) if part]
    if len(parts) > MOST_SCAN_SYMBOLS:
        raise SymbolError(f"{len(parts)} symbols are named, and at most {MOST_SCAN_SYMBOLS} are scanned: name fewer")
    pair = next((part for part in parts if _is_pair(part)), None)
    if pair is not None:
        raise SymbolError(f"{pair[:60]!r} is a pair, and a scan makes every pair of its symbols: name symbols")
    return parse_symbols(",".join(parts)) if parts else ()


def _is_pair(text: str) -> bool:
    try:
        parse_pair(text)
    except RepeatedError:
        return True  # of one symbol with itself, but a pair
    except SymbolError:
        return False
    return True


class ScanService:
    """Begins scans. ``data`` is the directory of the store."""

    def __init__(self, data: Path, jobs: JobService, markets: Markets) -> None:
        self._data = data
        self._jobs = jobs
        self._markets = markets

    def check(self, body: contract.ScanBody) -> contract.ScanCheck:
        """Returns whether a scan could begin; files that were not sent yet are no problem."""
        try:
            _, _, title = self._source(body, _symbols(body), asked=False)
            _parsed(body.keep)
        except SpreadscopeError as error:
            return contract.ScanCheck("", str(error))
        return contract.ScanCheck(title, None)

    async def start(self, body: contract.ScanBody) -> contract.Job:
        """Queue a scan. Raises ``SpreadscopeError`` for what can be known to fail."""
        source, prepare, title = self._source(body, _symbols(body))
        parameters = ScanParameters(
            surrogates=body.surrogates, max_lags=body.max_lags, seed=body.seed, keep=_parsed(body.keep),
            fee=body.fee, most_symbols=MOST_SCAN_SYMBOLS,
        )  # fmt: skip
        from_files = body.source is ScanSource.FILES
        return await self._jobs.submit(
            KIND, title, ScanJob(source, parameters), files=body.files if from_files else (), prepare=prepare,
            demo=self._markets.demo and not from_files,
        )  # fmt: skip

    def _source(
        self, body: contract.ScanBody, symbols: tuple[str, ...], *, asked: bool = True
    ) -> tuple[StoredSource | FileSource | CandleSource, Prepare | None, str]:
        """Returns the source, what the engine itself does for it, and the title of the job.

        ``asked``: the scan is to begin now.
        """
        if body.source is ScanSource.STORED:
            stored = StoredSource(str(self._data), body.timeframe, symbols, body.bars)
            return stored, None, f"Stored bars of {body.timeframe}{f' of {len(symbols)} symbols' if symbols else ''}"
        if body.source is ScanSource.FILES:
            if asked and not body.files:
                raise ConfigError("no file is named: drop at least one file of bars")
            if symbols:
                raise ConfigError("files have symbols of their own: leave the list of symbols empty")
            names = [self._jobs.files.require(file).name for file in body.files]
            more = f" and {len(names) - _SHOWN_FILES} more" if len(names) > _SHOWN_FILES else ""
            return FileSource(), None, f"{', '.join(names[:_SHOWN_FILES])}{more}"
        return self._exchange_source(body, symbols)

    def _exchange_source(self, body: contract.ScanBody, symbols: tuple[str, ...]) -> tuple[CandleSource, Prepare, str]:
        if body.bars > MOST_CANDLES:
            raise ConfigError(f"the exchange gives at most {MOST_CANDLES} candles of a symbol: ask for fewer bars")
        request = CandleRequest(
            length=body.candle, bars=body.bars, top=body.top, min_volume=body.min_volume,
            quote_asset=body.quote_asset.strip().upper(), symbols=symbols,
        )  # fmt: skip
        market = self._markets.default
        listed = market.catalog.info
        if not market.catalog.known:
            why = market.catalog.problem or "wait a moment"
            raise ExchangeError(f"what the exchange lists is not known yet: {why}")
        _require_listed(listed, request)

        async def prepare(folder: Path, progress: ReportProgress) -> None:
            await fetch(market.client, market.catalog.info, request, folder, progress, title=market.venue.title)

        what = f"{len(symbols)} symbols" if symbols else f"Top {body.top} perpetuals in {request.quote_asset}"
        return CandleSource(), prepare, f"{what}, candles of {body.candle}"


def _parsed(text: str) -> tuple[str, ...]:
    """Returns the symbols of a list, of which no form is described. Raises ``ConfigError`` for what is no symbol."""
    try:
        return parse_scan_symbols(text)
    except (RepeatedError, UnknownSymbolError):
        raise
    except SymbolError as error:
        raise ConfigError(str(error)) from None


def _symbols(body: contract.ScanBody) -> tuple[str, ...]:
    symbols = _parsed(body.symbols)
    if len(symbols) == 1:
        raise ConfigError(f"{symbols[0]} alone makes no pair: name at least 2 symbols, or none for all")
    return symbols


def _require_listed(listed: InstrumentList, request: CandleRequest) -> None:
    """Refuse at once what the exchange does not have, rather than in a failed job."""
    for name in request.symbols:
        if name not in listed.instruments:
            raise unknown_symbol(name, listed.instruments)
    quotes = sorted({item.quote_asset for item in listed.instruments.values()})
    if request.quote_asset not in quotes:
        raise ConfigError(f"nothing is quoted in {request.quote_asset[:20]!r}: choose one of {', '.join(quotes[:10])}")
