"""The synthetic market: a feed with a past, made from a seed, whose truth is known."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Final

import msgspec
import numpy as np

from spreadscope.exchange.binance_spot.spot_names import spot_symbol
from spreadscope.exchange.local.book import BookQuote, BookState
from spreadscope.exchange.local.decimal_text import decimal_text
from spreadscope.exchange.local.exchange_info import split_symbol, step_text
from spreadscope.exchange.local.flow import Asset
from spreadscope.exchange.local.frame_feed import Frame, FundingRow, ListedInstrument, MarkLine
from spreadscope.exchange.local.klines import MINUTE_MS
from spreadscope.exchange.local.latent import Floats, Latent, MarketTruth, PairTruth
from spreadscope.exchange.local.raw_trades import SplitTrades
from spreadscope.exchange.local.render import Renderer, coin_margined_mark, rate_text
from spreadscope.exchange.local.stream_names import parse_stream
from spreadscope.exchange.local.synthetic_assets import STEP_MS, AssetGroup
from spreadscope.exchange.local.synthetic_spot import BASIS_MEAN, SpotTwins
from spreadscope.exchange.local.trade_log import TradeLog
from spreadscope.model.errors import ConfigError

_BLOCK_MS: Final = 500
_FUNDING_MS: Final = 8 * 3_600_000
_KEPT_TRADES: Final = 500_000
_FUNDING_MEAN: Final = 10_000  # 0.01%, in 1e-8
_FUNDING_DEVIATION: Final = 3_000
_OPEN_INTEREST_S: Final = 4 * 3_600  # so many seconds of trading are open on average
_HOUR_MS: Final = 3_600_000
_PLAYED: Final = frozenset({"aggTrade", "bookTicker"})

# price, its decimals, quantity decimals, volatility per √s, trades a second, usual spread in ticks, size in steps
_KINDS: Final = (
    (24_350.0, 1, 3, 1.5e-4, 55, 4, 40.0),
    (1_820.0, 2, 3, 1.2e-4, 48, 3, 300.0),
    (142.0, 2, 2, 1.6e-4, 40, 1, 150.0),
    (38.5, 3, 1, 1.4e-4, 34, 3, 60.0),
    (6.21, 4, 1, 1.8e-4, 30, 5, 400.0),
    (0.5321, 5, 0, 1.6e-4, 26, 4, 500.0),
    (312.0, 2, 3, 1.3e-4, 24, 2, 900.0),
    (0.08123, 6, 0, 2.0e-4, 20, 8, 4_000.0),
)
_QUOTES_PER_TRADE: Final = 1.5
# β, half-life (s), standard deviation of the spread; the third pair breaks
_PAIRS: Final = ((1.2, 30.0, 8e-4), (0.8, 600.0, 25e-4), (1.0, 60.0, 10e-4))


class MarketState(msgspec.Struct, frozen=True):
    """Where a synthetic market had come to: when it began (ms), and each symbol's last trade's id, time and price."""

    begun_ms: int
    last: dict[str, tuple[int, int, float]]


class SyntheticMarket:
    """N symbols ``SYN1USDT``, ``SYN2USDT``, …, all of them invented and said to be so.

    SYN1/SYN2 are cointegrated (β 1.2, half-life 30 s), SYN3/SYN4 more slowly (β 0.8, 10 minutes), SYN5/SYN6 (β 1.0,
    60 s) until ``break_after_s`` seconds after the start (before it where negative), when nothing ties them any more;
    the others are unrelated walks. ``truth`` holds all of it. Same arguments with the same ``start_ms``: the same
    trades, to the last digit.

    The market has a past when it opens: ``history_hours`` of minute bars, the last ``past_minutes`` of them made of
    trades that REST hands out. Without ``start_ms`` it begins now and, at speed 1, runs on the wall clock.

    With ``spot`` each has a twin on Spot, ``binance-spot:SYN1USDT``, a few basis points below it; the perpetuals trade
    alike with and without.

    With ``left`` it goes on where an earlier one of the same seed had come to. It was closed in between: ids and prices
    go on from there, and there is no trade of that time, unless it was so short that the past of the market reaches
    back to it.

    Args:
        symbols: how many.
        rate: messages a second of all perpetuals, on average (by default what they make: 690 for eight); twins add 0.6
            of it.
        duration_s: seconds of market time after which it ends; None never ends.
        keep: trades per symbol that REST can reach at most.

    Raises:
        ConfigError: an argument makes no market.
    """

    due_is_market_time = True

    def __init__(
        self,
        symbols: int = 8,
        *,
        seed: int = 1,
        start_ms: int | None = None,
        rate: float | None = None,
        history_hours: float = 12.0,
        past_minutes: float = 16.0,
        break_after_s: float = -14_400.0,
        duration_s: float | None = None,
        keep: int | None = _KEPT_TRADES,
        left: MarketState | None = None,
        spot: bool = False,
    ) -> None:
        if not 1 <= symbols <= 1000 or seed < 0 or (rate is not None and not 0 < rate < float("inf")):
            raise ConfigError("A synthetic market has 1 to 1000 symbols, a seed from 0 on, and a positive rate.")
        if past_minutes <= 0 or history_hours < 0:
            raise ConfigError(
                "The synthetic market's past cannot be negative, and its trades begin some time before now."
            )
        self.follows_wall_clock = start_ms is None
        self.start_ms = (time.time_ns() // 1_000_000 if start_ms is None else start_ms) // STEP_MS * STEP_MS
        self.seed = seed
        held = left.last if left is not None else {}
        reopened_ms = max((time for _, time, _ in held.values()), default=0) // STEP_MS * STEP_MS + STEP_MS
        self.start_ms = max(self.start_ms, reopened_ms + STEP_MS) if held else self.start_ms
        self.begun_ms = left.begun_ms if left is not None else self.start_ms
        # What follows must not be what came before, once more.
        self._again = (self.start_ms,) if left is not None else ()
        self._end_ms = None if duration_s is None else self.start_ms + int(duration_s * 1000)
        self._assets = _assets(symbols, rate)
        names = [asset.symbol for asset in self._assets]
        last_ids = {symbol: number for symbol, (number, _, _) in held.items()}
        last_prices = {symbol: price for symbol, (_, _, price) in held.items()}
        self._spot = (
            SpotTwins(self._assets, seed=seed, again=self._again, last_ids=last_ids, last_prices=last_prices, keep=keep)
            if spot
            else None
        )
        self.truth = _truth(self._assets, seed, self.begun_ms, break_after_s, self._spot)
        origins = np.log([_last_price(asset, last_prices) for asset in self._assets])
        sigmas = np.array([asset.sigma for asset in self._assets])
        self._latent = Latent(names, origins, sigmas, self.truth.pairs, resumed=left is not None)
        self._renderers = [Renderer(asset) for asset in self._assets]
        self._perpetuals = AssetGroup(
            self._assets, self._renderers, seed=seed, first_book=0, last_ids=last_ids, keep=keep
        )
        self._groups = (self._perpetuals,) if self._spot is None else (self._perpetuals, self._spot.group)
        self._tapes = {symbol: tape for group in self._groups for symbol, tape in group.tapes.items()}
        self._books = {symbol: book for group in self._groups for symbol, book in group.books.items()}
        self._raw = {symbol: raw for group in self._groups for symbol, raw in group.raw.items()}
        self._marks = {name: MarkLine() for name in names}
        self._held: list[Frame] = []
        history_ms = self.start_ms - int(history_hours * 3_600_000)
        trades_ms = (self.start_ms - int(past_minutes * MINUTE_MS)) // MINUTE_MS * MINUTE_MS
        if left is not None:
            history_ms = trades_ms = max(trades_ms, reopened_ms)
        self._history_ms = min(history_ms // MINUTE_MS * MINUTE_MS, trades_ms) if left is None else trades_ms
        self._listings = {
            asset.symbol: _listing(asset, self._history_ms) for group in self._groups for asset in group.assets
        }
        self._make_history(trades_ms)
        self._make_past(trades_ms)

    @property
    def description(self) -> str:
        """Says what this is.

        With its beginning, for the same seed begun at another time makes other trades of the same ids.
        """
        begun = datetime.fromtimestamp(self.begun_ms / 1000, UTC)
        return f"synthetic seed {self.seed}, begun {begun:%Y-%m-%d %H:%M:%S} UTC"

    @property
    def listings(self) -> Mapping[str, ListedInstrument]:
        """The instruments."""
        return self._listings

    @property
    def tapes(self) -> Mapping[str, TradeLog]:
        """Their trades."""
        return self._tapes

    @property
    def marks(self) -> Mapping[str, MarkLine]:
        """Their mark prices."""
        return self._marks

    def funding(self, symbol: str, now_ms: int) -> Sequence[FundingRow]:
        """Fundings every eight hours within the market's past; a function of seed, symbol and time alone."""
        first = -(-self._history_ms // _FUNDING_MS) * _FUNDING_MS
        bars = self._tapes[symbol].update_bars()
        rows = []
        for due_ms in range(first, now_ms + 1, _FUNDING_MS):
            bar = bars.window(due_ms, due_ms + MINUTE_MS)
            mark = "" if bar is None else f"{bar.open / 10 ** self._listings[symbol].price_decimals:.8f}"
            rows.append(FundingRow(due_ms, self._funding_rate(symbol, due_ms), mark))
        return rows

    def plays(self, stream: str) -> bool:
        """Trades, quotes and mark prices each second; everything else is derived."""
        name = parse_stream(stream)
        if name is None or (name.symbol and name.symbol not in self._tapes):
            return False
        return (name.kind in _PLAYED and name.symbol != "") or (name.kind == "markPrice" and name.speed == "1s")

    def quote(self, symbol: str, now_ms: int) -> BookQuote | None:
        """The newest quote."""
        return self._books[symbol].quote(now_ms)

    def book(self, symbol: str, now_ms: int) -> BookState | None:
        """The book around it."""
        return self._books[symbol].book(now_ms)

    def depth(self, symbol: str) -> None:
        """Its changes follow from the book."""
        del symbol

    def raw_trades(self, symbol: str) -> SplitTrades:
        """The raw trades behind the aggregates."""
        return self._raw[symbol]

    def open_interest(self, symbol: str, now_ms: int) -> str:
        """Some hours of trading, a little more or less from hour to hour; a function of seed, symbol and time alone."""
        asset = next(asset for asset in self._assets if asset.symbol == symbol)
        hour, rest = divmod(now_ms, _HOUR_MS)
        number = self._assets.index(asset)
        now, then = (np.random.default_rng((self.seed, 6, number, at)).uniform(0.9, 1.1) for at in (hour, hour + 1))
        share = now + (then - now) * rest / _HOUR_MS
        steps = asset.size_steps * asset.trades_per_s * _OPEN_INTEREST_S
        return decimal_text(max(round(float(steps * share)), 1), asset.quantity_decimals)

    def blocks(self) -> Iterator[Sequence[Frame]]:
        """The frames from the start on, half a second at a time, in the order of their event times."""
        now_ms, number = self.start_ms, 0
        while self._end_ms is None or now_ms < self._end_ms:
            end_ms = now_ms + _BLOCK_MS if self._end_ms is None else min(now_ms + _BLOCK_MS, self._end_ms)
            steps = -(-(end_ms - now_ms) // STEP_MS)
            frames = self._block(number, now_ms, steps, end_ms)
            ready = [frame for frame in frames if frame.event_ms < end_ms]
            self._held = frames[len(ready) :]
            if ready:
                yield ready
            now_ms, number = end_ms, number + 1
        if self._held:
            yield self._held
            self._held = []

    def _block(self, number: int, start_ms: int, steps: int, end_ms: int) -> list[Frame]:
        """All frames of these steps and those held from before, sorted by event time."""
        rng = np.random.default_rng((self.seed, 2, number, *self._again))
        levels, activity = self._latent.advance(rng, start_ms, steps, STEP_MS)
        frames = self._held + self._perpetuals.frames(rng, levels, activity, start_ms)
        for event_ms in range(-(-start_ms // 1000) * 1000, end_ms, 1000):
            frames += self._mark_frames(event_ms, levels[:, (event_ms - start_ms) // STEP_MS])
        if self._spot is not None:
            frames += self._spot.frames(number, levels, activity, start_ms)
        frames.sort(key=attrgetter("due_ns"))
        return frames

    def _mark_frames(self, event_ms: int, log_mid: Floats) -> Iterator[Frame]:
        """Each symbol's mark price, and the array of all: one frame of USD-M rows, one of COIN-M rows."""
        next_funding = event_ms // _FUNDING_MS * _FUNDING_MS + _FUNDING_MS
        payloads = []
        for number, asset in enumerate(self._assets):
            index = math.exp(log_mid[number])
            rate = self._funding_rate(asset.symbol, next_funding)
            payload = self._renderers[number].mark(
                event_ms=event_ms,
                mark=index * (1 + float(rate) / 8),
                index=index,
                rate=rate,
                next_funding_ms=next_funding,
            )
            payloads.append(payload)
            line = self._marks[asset.symbol]
            line.add(payload)
            yield Frame(event_ms * 1_000_000, event_ms, f"{asset.symbol.lower()}@markPrice@1s", payload, line)
        coin = coin_margined_mark("SYN1USD_PERP", event_ms, math.exp(log_mid[0]))
        for rows in (b",".join(payloads), coin):
            yield Frame(event_ms * 1_000_000, event_ms, "!markPrice@arr@1s", b"[" + rows + b"]")

    def _make_history(self, end_ms: int) -> None:
        """Minute bars before the first trade, from the same hidden prices sampled each second."""
        minutes = (end_ms - self._history_ms) // MINUTE_MS
        if not minutes:
            return
        rng = np.random.default_rng((self.seed, 0))
        levels, activity = self._latent.advance(rng, self._history_ms, minutes * 60, 1000)
        self._perpetuals.make_history(rng, levels, activity, self._history_ms)
        if self._spot is not None:
            self._spot.make_history(levels, activity, self._history_ms)

    def _make_past(self, start_ms: int) -> None:
        """Trades up to the start, a minute at a time.

        Those whose event time is still to come are held for the start.
        """
        now_ms, number = start_ms, 0
        while now_ms < self.start_ms:
            end_ms = min(now_ms + MINUTE_MS, self.start_ms)
            rng = np.random.default_rng((self.seed, 1, number, *self._again))
            levels, activity = self._latent.advance(rng, now_ms, (end_ms - now_ms) // STEP_MS, STEP_MS)
            self._held += self._perpetuals.make_past(rng, levels, activity, now_ms, self.start_ms)
            if self._spot is not None:
                self._held += self._spot.make_past(number, levels, activity, now_ms, self.start_ms)
            now_ms, number = end_ms, number + 1
        self._perpetuals.open_books(np.random.default_rng((self.seed, 4)), levels, self.start_ms)
        for frame in self._mark_frames(self.start_ms // 1000 * 1000, levels[:, -1]):
            if frame.reveals is not None:
                frame.reveals.reveal()
        self._held.sort(key=attrgetter("due_ns"))

    def _funding_rate(self, symbol: str, due_ms: int) -> str:
        number = int(symbol.removeprefix("SYN").removesuffix("USDT"))
        rng = np.random.default_rng((self.seed, 3, number, due_ms // _FUNDING_MS))
        return rate_text(round(float(rng.normal(_FUNDING_MEAN, _FUNDING_DEVIATION))))


def _assets(count: int, rate: float | None) -> list[Asset]:
    kinds = [_KINDS[number % len(_KINDS)] for number in range(count)]
    natural = sum(kind[4] for kind in kinds) * (1 + _QUOTES_PER_TRADE)
    scale = 1.0 if rate is None else rate / natural
    return [
        Asset(
            symbol=f"SYN{number}USDT", price=price, price_decimals=decimals, quantity_decimals=size_decimals,
            sigma=sigma,
            trades_per_s=trades * scale, quotes_per_s=trades * _QUOTES_PER_TRADE * scale, spread_ticks=spread,
            size_steps=size,
        )
        for number, (price, decimals, size_decimals, sigma, trades, spread, size) in enumerate(kinds, start=1)
    ]  # fmt: skip


def _last_price(asset: Asset, last_prices: Mapping[str, float]) -> float:
    """Where a perpetual goes on: at its own last price, or where only its twin was kept, above that one's."""
    spot = last_prices.get(spot_symbol(asset.symbol))
    return last_prices.get(asset.symbol, asset.price if spot is None else spot * math.exp(BASIS_MEAN))


def _truth(
    assets: Sequence[Asset], seed: int, start_ms: int, break_after_s: float, spot: SpotTwins | None
) -> MarketTruth:
    pairs = []
    for number, (beta, half_life, deviation) in enumerate(_PAIRS[: len(assets) // 2]):
        y, x = assets[2 * number], assets[2 * number + 1]
        breaks = start_ms + int(break_after_s * 1000) if number == len(_PAIRS) - 1 else None
        alpha = math.log(y.price) - beta * math.log(x.price)
        pairs.append(PairTruth(y.symbol, x.symbol, beta, alpha, half_life, deviation, breaks))
    walks = tuple(asset.symbol for asset in assets[2 * len(pairs) :])
    return MarketTruth(seed, start_ms, tuple(pairs), walks, () if spot is None else spot.truth)


def _listing(asset: Asset, onboard_ms: int) -> ListedInstrument:
    base, quote = split_symbol(asset.symbol)
    price, size = asset.price_decimals, asset.quantity_decimals
    return ListedInstrument(
        asset.symbol, base, quote, price, size, step_text(price, price), step_text(size, size), onboard_ms
    )
