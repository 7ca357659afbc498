"""The kline streams: the bar at hand four times a second, and every bar once more when it is closed."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from spreadscope.exchange.local.klines import LocalBar, MinuteBars, bucket, next_bucket
from spreadscope.exchange.local.trade_log import TradeLog
from spreadscope.model.instrument import local_symbol

_LATE_MS: Final = 2_000  # a bar without a trade behind it is closed so long after its end
_MOST_AT_ONCE: Final = 1_500  # bars that can be closed in one moment: a recording with a hole does not say each of them


class KlineStream:
    """The klines of one symbol and interval, made of the tape as far as it has been played.

    A bar is closed (``x`` true) by the first trade after it, or two seconds after its end where nobody trades; so a
    closed bar holds every trade of its time, and each bar is closed once. The bar at hand is told when it has changed.
    """

    def __init__(
        self, tape: TradeLog, interval: str, now_ms: int, *, continuous: bool = False, every_ms: int = 250
    ) -> None:
        self.every_ms = every_ms
        self._tape = tape
        self._interval = interval
        self._continuous = continuous
        self._open = bucket(self._front(now_ms), interval)
        self._told: LocalBar | None = None

    def joined(self) -> None:
        """Tell the bar at hand again, changed or not."""
        self._told = None

    def end(self) -> None:
        """There is nothing to let go."""

    def payloads(self, now_ms: int) -> list[bytes]:
        """The bars that have closed, then the one at hand."""
        bars = self._tape.update_bars()
        made = []
        at_hand = bucket(self._front(now_ms), self._interval)
        closed: list[int] = []
        while self._open < at_hand:
            closed.append(self._open)
            self._open = next_bucket(self._open, self._interval)
        for open_ms in closed[-_MOST_AT_ONCE:]:
            bar = bars.line(open_ms, next_bucket(open_ms, self._interval))
            if bar is not None:
                made.append(self._payload(bars, bar, open_ms, now_ms, closed=True))
        bar = bars.line(self._open, next_bucket(self._open, self._interval))
        if bar is not None and (closed or bar != self._told):
            self._told = bar
            made.append(self._payload(bars, bar, self._open, now_ms, closed=False))
        return made

    def _front(self, now_ms: int) -> int:
        """The time before which no more trades are to come."""
        newest = self._tape.last_time()
        return now_ms - _LATE_MS if newest is None else max(newest, now_ms - _LATE_MS)

    def _payload(self, bars: MinuteBars, bar: LocalBar, open_ms: int, now_ms: int, *, closed: bool) -> bytes:
        symbol = local_symbol(self._tape.symbol)
        line: dict[str, Any] = {"t": open_ms, "T": next_bucket(open_ms, self._interval) - 1}
        if not self._continuous:
            line["s"] = symbol
        price, size, turnover = bars.price, bars.size, bars.turnover
        line |= {
            "i": self._interval, "f": bar.first, "L": bar.last, "o": price(bar.open), "c": price(bar.close),
            "h": price(bar.high), "l": price(bar.low), "v": size(bar.volume), "n": bar.trades, "x": closed,
            "q": turnover(bar.quote), "V": size(bar.taker), "Q": turnover(bar.taker_quote), "B": "0",
        }  # fmt: skip
        head: dict[str, Any] = {"e": "kline", "E": now_ms, "s": symbol}
        if self._continuous:
            head = {"e": "continuous_kline", "E": now_ms, "ps": symbol, "ct": "PERPETUAL"}
        return msgspec.json.encode({**head, "k": line})
