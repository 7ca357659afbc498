"""The metrics of the market data of all venues: rates, lags, holes, connections, clocks and the use of REST."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from prometheus_client.core import Metric

from spreadscope import contract
from spreadscope.app.market_data import MarketData
from spreadscope.app.metric_families import counters, gauges, histograms
from spreadscope.contract import ConnectionState, SymbolState

_VENUE = ("venue",)
_SYMBOL = ("venue", "symbol")
_SILENT = {SymbolState.STALLED, SymbolState.NEVER_DELIVERED, SymbolState.SILENT}


def market_metrics(
    markets: Sequence[MarketData],
    connections: Sequence[contract.ConnectionStatus],
    symbols: Sequence[contract.SymbolStatus],
) -> Iterable[Metric]:
    """Returns what the status says of venues, connections and symbols, as metrics."""
    yield from _feed_metrics(markets)
    yield from _connection_metrics(markets, connections)
    yield from _symbol_metrics(symbols)
    yield from _venue_metrics([market.status() for market in markets], markets)


def _feed_metrics(markets: Sequence[MarketData]) -> Iterable[Metric]:
    feeds = [((market.venue.name,), market.feed) for market in markets]
    yield counters(
        "frames_total", "Frames that came from the exchange, by connection.", ("venue", "connection"),
        [((*venue, each.name), each.frames) for venue, feed in feeds for each in feed.connections],
    )  # fmt: skip
    yield counters(
        "live_trades_total", "Trades of the streams, by symbol, repeats among them.", _SYMBOL,
        [((*venue, symbol), each.trades) for venue, feed in feeds for symbol, each in feed.symbols.items()],
    )  # fmt: skip
    yield counters(
        "frames_rejected_total", "Frames that could not be read and are in quarantine.", _VENUE,
        [(venue, feed.rejected) for venue, feed in feeds],
    )  # fmt: skip
    yield counters(
        "frames_ignored_total", "Frames of kinds that are not read.", _VENUE,
        [(venue, feed.ignored) for venue, feed in feeds],
    )  # fmt: skip
    yield counters(
        "quotes_shed_total", "Frames of quotes that were dropped unread under load.", _VENUE,
        [(venue, feed.quotes_shed) for venue, feed in feeds],
    )  # fmt: skip
    yield gauges(
        "queue_frames", "Frames that were read and wait to be decoded.", _VENUE,
        [(venue, feed.waiting_frames) for venue, feed in feeds],
    )  # fmt: skip
    yield histograms(
        "feed_batch_seconds", "Time from the first read of a batch of frames until the core had all of it.", _VENUE,
        {venue: feed.delays for venue, feed in feeds},
    )  # fmt: skip


def _connection_metrics(
    markets: Sequence[MarketData], connections: Sequence[contract.ConnectionStatus]
) -> Iterable[Metric]:
    venues = {connection.name: market.venue.name for market in markets for connection in market.feed.connections}
    found = [((venues[each.name], each.name), each) for each in connections]
    labels = ("venue", "connection")
    yield gauges(
        "connection_up", "1 while a connection to the exchange is there.", labels,
        [(names, each.state is ConnectionState.CONNECTED) for names, each in found],
    )  # fmt: skip
    yield gauges(
        "connection_silent_seconds", "For how long nothing that was due has come on a connection.", labels,
        [(names, each.silent_ms / 1e3) for names, each in found],
    )  # fmt: skip
    yield counters(
        "reconnects_total", "Breaks of a connection.", labels, [(names, each.reconnects) for names, each in found]
    )
    yield counters(
        "renewals_total", "Connections that were replaced before they were too old.", labels,
        [(names, each.renewals) for names, each in found],
    )  # fmt: skip


def _symbol_metrics(symbols: Sequence[contract.SymbolStatus]) -> Iterable[Metric]:
    found = [((each.venue, each.symbol), each) for each in symbols]
    yield gauges(
        "symbol_age_seconds", "Seconds since the last trade of a symbol was heard of.", _SYMBOL,
        [(names, _seconds(each.age_ms)) for names, each in found],
    )  # fmt: skip
    yield gauges(
        "symbol_lag_seconds", "From the exchange's stamp of the newest trade to its arrival here.", _SYMBOL,
        [(names, _seconds(each.lag_ms)) for names, each in found],
    )  # fmt: skip
    yield gauges(
        "symbol_state", "1 for the state that the stream of a symbol is in.", (*_SYMBOL, "state"),
        [((*names, str(each.state)), 1) for names, each in found],
    )  # fmt: skip
    yield gauges(
        "symbol_silent", "1 while nothing comes of a symbol that trades, or nobody knows whether it does.", _SYMBOL,
        [(names, each.state in _SILENT) for names, each in found],
    )  # fmt: skip
    yield gauges(
        "symbol_late", "1 while the trades of a symbol stay late.", _SYMBOL,
        [(names, each.state is SymbolState.LAGGING) for names, each in found],
    )  # fmt: skip
    yield gauges(
        "holes_open", "Holes in the ids of trades that can still be filled.", _SYMBOL,
        [(names, each.open_gaps) for names, each in found],
    )  # fmt: skip
    yield gauges(
        "trades_missing", "Trades in the open holes.", _SYMBOL, [(names, each.missing) for names, each in found]
    )


def _venue_metrics(venues: Sequence[contract.VenueStatus], markets: Sequence[MarketData]) -> Iterable[Metric]:
    found = [((each.name,), each) for each in venues]
    yield gauges(
        "exchange_clock_offset_seconds", "What to add to our clock to get the exchange's.", _VENUE,
        [(name, _seconds(each.exchange_clock.offset_ms)) for name, each in found],
    )  # fmt: skip
    yield gauges(
        "exchange_clock_round_trip_seconds", "Round trip of the question for the exchange's time.", _VENUE,
        [(name, _seconds(each.exchange_clock.round_trip_ms)) for name, each in found],
    )  # fmt: skip
    yield gauges(
        "exchange_clock_real_time", "1 where the exchange's clock runs as fast as ours.", _VENUE,
        [(name, each.exchange_clock.real_time) for name, each in found],
    )  # fmt: skip
    yield counters(
        "exchange_clock_steps_total", "Steps of the exchange's clock, or of ours.", _VENUE,
        [(name, each.exchange_clock.steps) for name, each in found],
    )  # fmt: skip
    yield gauges(
        "rest_weight_used", "REST weight used in this minute.", _VENUE,
        [(name, each.rest.weight_used) for name, each in found],
    )  # fmt: skip
    yield gauges(
        "rest_weight_limit", "REST weight that we may use in a minute.", _VENUE,
        [(name, each.rest.weight_limit) for name, each in found],
    )  # fmt: skip
    yield gauges(
        "rest_banned_seconds", "Seconds left of a ban of this address.", _VENUE,
        [(name, each.rest.banned_seconds) for name, each in found],
    )  # fmt: skip
    yield counters(
        "rest_refusals_total", "Requests that the exchange refused because there were too many.", _VENUE,
        [(name, each.rest.refusals) for name, each in found],
    )  # fmt: skip
    yield counters(
        "rest_bans_total", "Bans of this address.", _VENUE,
        [((market.venue.name,), market.client.budget.bans) for market in markets],
    )  # fmt: skip
    yield counters(
        "trades_fetched_total", "Trades that were fetched to fill holes.", _VENUE,
        [(name, each.rest.trades_fetched) for name, each in found],
    )  # fmt: skip


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1e3
