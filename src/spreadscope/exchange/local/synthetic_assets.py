"""The symbols of one venue in a synthetic market: their trades, quotes and books around given hidden prices."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from spreadscope.exchange.local import flow
from spreadscope.exchange.local.flow import Asset
from spreadscope.exchange.local.frame_feed import Frame
from spreadscope.exchange.local.klines import MINUTE_MS, LocalBar
from spreadscope.exchange.local.latent import Floats
from spreadscope.exchange.local.raw_trades import SplitTrades
from spreadscope.exchange.local.render import Renderer
from spreadscope.exchange.local.synthetic_book import SyntheticBook
from spreadscope.exchange.local.trade_log import TradeLog

STEP_MS: Final = 100
_TRADE_DELAY_MS: Final = 150  # E − T of aggTrade, as measured on the exchange
_QUOTE_DELAY_MS: Final = 1
_FIRST_ID: Final = 1_000_001
_FIRST_RAW: Final = 5_000_000_001
_FIRST_UPDATE: Final = 9_000_000_000_001


class AssetGroup:
    """Symbols that trade around hidden prices; what moves those, and at which random numbers, is its caller's.

    ``last_ids``: those at which an earlier market left off. ``first_book`` tells the books of two groups of the same
    seed apart.
    """

    def __init__(
        self,
        assets: Sequence[Asset],
        renderers: Sequence[Renderer],
        *,
        seed: int,
        first_book: int,
        last_ids: Mapping[str, int],
        keep: int | None,
    ) -> None:
        self.assets = assets
        self._renderers = renderers
        self.tapes = {
            asset.symbol: TradeLog(
                asset.symbol, price_decimals=asset.price_decimals, quantity_decimals=asset.quantity_decimals,
                first_id=last_ids.get(asset.symbol, _FIRST_ID - 1) + 1, keep=keep,
                dropped=last_ids.get(asset.symbol, _FIRST_ID - 1) + 1 - _FIRST_ID,
            )
            for asset in assets
        }  # fmt: skip
        self.raw = {symbol: SplitTrades(tape) for symbol, tape in self.tapes.items()}
        self.books = {
            asset.symbol: SyntheticBook(asset, seed=seed, number=number, delay_ms=_QUOTE_DELAY_MS)
            for number, asset in enumerate(assets, start=first_book)
        }
        self._next_raw = [_FIRST_RAW] * len(assets)
        self._update = _FIRST_UPDATE

    def frames(self, rng: np.random.Generator, levels: Floats, activity: Floats, start_ms: int) -> list[Frame]:
        """The trades and quotes of these steps."""
        frames: list[Frame] = []
        for number, asset in enumerate(self.assets):
            best = flow.book(rng, asset, levels[number])
            rows = flow.trades(rng, asset, best, activity[number], start_ms, STEP_MS, self._next_raw[number])
            frames += self._trade_frames(number, rows)
            quotes = flow.quotes(rng, asset, best, activity[number], start_ms, STEP_MS)
            self.books[asset.symbol].add(quotes, self._update)
            stream = f"{asset.symbol.lower()}@bookTicker"
            for event_ms, payload in zip(
                (quotes.time + _QUOTE_DELAY_MS).tolist(),
                self._renderers[number].quotes(quotes, self._update, _QUOTE_DELAY_MS),
                strict=True,
            ):
                frames.append(Frame(event_ms * 1_000_000, event_ms, stream, payload))
            self._update += quotes.time.size
        return frames

    def _trade_frames(self, number: int, rows: flow.Ints) -> list[Frame]:
        """Write trades down and make their frames; each frame reveals its own trade."""
        if not rows.size:
            return []
        tape = self.tapes[self.assets[number].symbol]
        payloads = self._renderers[number].trades(rows, tape.expects_id, _TRADE_DELAY_MS)
        tape.extend(rows)
        self._next_raw[number] = int(rows[5, -1]) + 1
        stream = f"{tape.symbol.lower()}@aggTrade"
        return [
            Frame(event_ms * 1_000_000, event_ms, stream, payload, tape)
            for event_ms, payload in zip((rows[0] + _TRADE_DELAY_MS).tolist(), payloads, strict=True)
        ]

    def make_history(self, rng: np.random.Generator, levels: Floats, activity: Floats, start_ms: int) -> None:
        """Minute bars of hidden prices that were sampled each second."""
        minutes = levels.shape[1] // 60
        for number, asset in enumerate(self.assets):
            ticks = np.rint(np.exp(levels[number]) * 10.0**asset.price_decimals).astype(np.int64).reshape(minutes, 60)
            counts = rng.poisson(activity[number].reshape(minutes, 60).sum(axis=1) * asset.trades_per_s)
            mean = asset.size_steps * math.exp(0.72)  # of the log-normal sizes
            volume = np.rint(counts * mean * rng.uniform(0.9, 1.1, minutes)).astype(np.int64)
            taker = np.rint(volume * rng.uniform(0.4, 0.6, minutes)).astype(np.int64)
            opens, closes = ticks[:, 0], ticks[:, -1]
            highs, lows = ticks.max(axis=1), ticks.min(axis=1)
            average = np.rint(ticks.mean(axis=1)).astype(np.int64)
            columns = (
                opens, highs, lows, closes, volume, volume * average, counts * 9 // 5, taker, taker * average,
            )  # fmt: skip
            bars = self.tapes[asset.symbol].bars
            for minute, *fields in zip(range(minutes), *(column.tolist() for column in columns), strict=True):
                bars.put(start_ms + minute * MINUTE_MS, LocalBar(*fields))

    def make_past(
        self, rng: np.random.Generator, levels: Floats, activity: Floats, now_ms: int, open_ms: int
    ) -> list[Frame]:
        """Trades of these steps, before the market opens; returns the frames of those announced only after it."""
        held: list[Frame] = []
        for number, asset in enumerate(self.assets):
            best = flow.book(rng, asset, levels[number])
            rows = flow.trades(rng, asset, best, activity[number], now_ms, STEP_MS, self._next_raw[number])
            shown = int(np.searchsorted(rows[0], open_ms - _TRADE_DELAY_MS))
            tape = self.tapes[asset.symbol]
            tape.extend(rows[:, :shown])
            tape.reveal(shown)
            if shown:
                self._next_raw[number] = int(rows[5, shown - 1]) + 1
            held += self._trade_frames(number, rows[:, shown:])
        return held

    def open_books(self, rng: np.random.Generator, levels: Floats, open_ms: int) -> None:
        """The quotes before the first ones that are played."""
        for number, asset in enumerate(self.assets):
            best = flow.book(rng, asset, levels[number, -1:])
            opened = open_ms - _QUOTE_DELAY_MS
            self.books[asset.symbol].open(_FIRST_UPDATE - 1, opened, int(best.bid[0]), int(best.ask[0]))
