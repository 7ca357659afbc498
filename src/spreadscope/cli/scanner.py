"""The command that looks for pairs: scan."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from spreadscope.cli.parameters import ConfigFile, Data, Json, Seed, Symbols
from spreadscope.commands import options
from spreadscope.contract.bodies import FEWEST_SCAN_BARS, MOST_CANDLES
from spreadscope.model.errors import ConfigError
from spreadscope.model.instrument import parse_symbols
from spreadscope.model.timeframe import CandleLength, parse_timeframe


def scan(
    bars: Annotated[
        list[Path] | None,
        typer.Option(help="A file of bars: symbol, open_time, close, or one column a symbol (may be given again)"),
    ] = None,
    data: Data = None,
    top: Annotated[
        int | None, typer.Option(min=2, help="Ask the exchange for candles of so many of its most traded perpetuals")
    ] = None,
    timeframe: Annotated[
        str | None, typer.Option(help="Of the store's bars: 1s, 1m or 5m (5m); of --top: 1m, 5m or 1h (1h)")
    ] = None,
    symbols: Symbols = None,
    candles: Annotated[
        int, typer.Option(min=FEWEST_SCAN_BARS, max=MOST_CANDLES, help="With --top: so many candles of each")
    ] = 1_000,
    min_volume: Annotated[
        float, typer.Option(min=0, help="With --top: what was traded in 24 h at least, in the quote asset")
    ] = 0.0,
    quote: Annotated[str, typer.Option(help="With --top: the quote asset")] = "USDT",
    surrogates: Annotated[int, typer.Option(min=0, help="Sign-flipped panels p is calibrated on")] = 100,
    max_lags: Annotated[int, typer.Option(min=0, max=24, help="Most lags AIC may choose")] = 10,
    keep: Annotated[
        list[str] | None,
        typer.Option(help="A symbol to test although it looks pegged, idle or stationary (again for more)"),
    ] = None,
    fee: Annotated[float, typer.Option(min=0, max=0.05, help="Fee of one fill, as a share of its notional")] = 0.0005,
    seed: Seed = 0,
    rest_url: Annotated[str | None, typer.Option(help="Another exchange's REST address")] = None,
    config: ConfigFile = None,
    json: Json = False,
) -> None:
    """Look for cointegrated pairs, with what makes the p-values believable: legs first, multiplicity, survival.

    Example: spreadscope scan --bars closes.parquet --surrogates 200
    """
    from spreadscope.commands import scanner
    from spreadscope.research.exchange_candles import CandleRequest
    from spreadscope.research.pair_scan import ScanParameters
    from spreadscope.research.scan_sources import FileCloses, StoredBars

    parameters = ScanParameters(surrogates=surrogates, max_lags=max_lags, seed=seed, keep=tuple(keep or ()), fee=fee)
    named = parse_symbols(symbols) if symbols else ()
    if bars and (top is not None or named):
        raise ConfigError("--bars names files, which have symbols of their own: leave out --top and --symbols")
    if bars:
        with tempfile.TemporaryDirectory() as folder:
            scanner.run_scan(FileCloses(bars, Path(folder)), parameters, as_json=json)
    elif top is not None:
        settings = options.load_settings(config, exchange__rest_url=rest_url)
        request = CandleRequest(
            length=_candle_length(timeframe or "1h"), bars=candles, top=top, min_volume=min_volume,
            quote_asset=quote.strip().upper(), symbols=named,
        )  # fmt: skip
        options.run(scanner.run_exchange_scan(settings, request, parameters, as_json=json))
    else:
        frame = parse_timeframe(timeframe or "5m")
        source = StoredBars(options.load_settings(config, data=data).data, frame, symbols=named)
        scanner.run_scan(source, parameters, as_json=json)


def _candle_length(text: str) -> CandleLength:
    try:
        return CandleLength(text.strip().lower())
    except ValueError:
        names = ", ".join(CandleLength)
        raise ConfigError(f"unknown length of candles {text[:20]!r}: choose one of {names}") from None
