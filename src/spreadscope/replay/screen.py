"""A screen: many sets of parameters over one pair's stored market, in compiled code, to choose what is worth a run of
the whole core.

Rows, signals and costs are batch twins of the core's, and a test holds them to it: the same signals at the same times,
z to 1e-9, the result of each trade to the cent. What a screen leaves out is said with every result
(``Screened.fidelity``); the best of a screen is always run by the whole core too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from spreadscope.jit import FloatArray, IntArray
from spreadscope.model.config import AnalyticsConfig, Config, SignalConfig
from spreadscope.model.errors import ConfigError
from spreadscope.model.events import Bools
from spreadscope.model.hedge import Space
from spreadscope.model.instrument import Instrument
from spreadscope.model.timeframe import SECOND
from spreadscope.model.trading_states import Execution
from spreadscope.pairs.row_series import RowSeries, longest_half_lives, require_batch_twin, row_series
from spreadscope.replay import screen_kernel
from spreadscope.replay.paper_backtest import BacktestSettings, with_costs
from spreadscope.replay.screen_kernel import Costs, LegRules, trade_series
from spreadscope.replay.screen_market import ScreenMarket, Tops, screen_market
from spreadscope.signals.signal_kernel import signal_series
from spreadscope.store.reader import StoreReader
from spreadscope.trading.order_rules import OrderRules

_REFUSALS = {
    screen_kernel.STALE: "quote too old",
    screen_kernel.NO_HEDGE: "no hedge ratio",
    screen_kernel.NOT_LISTED: "order rules of the exchange",
    screen_kernel.LEVERAGE: "leverage",
    screen_kernel.OPEN_ALREADY: "a trade is open",
}
_THREADS = 2
#: What every result of a screen rests on.
FIDELITY = (
    "screened: rows, signals and costs as the core has them; margin is looked at with each row, and a leg that is"
    " rejected is not sent again"
)


@dataclass(frozen=True, slots=True)
class ScreenTrade:
    """A pair trade of a screen: when it was decided and when its exit was (ms), and its result in USDT.

    ``unsure``: the paper account may have done otherwise, because a quote was too old when an order arrived.
    """

    decided: int
    closed: int
    side: int
    gross: float
    slippage: float
    fees: float
    net: float
    unsure: bool


@dataclass(frozen=True, slots=True)
class ScreenSignal:
    """A signal of a screen: the open time of its row (ms), 1 to buy the spread, -1 to sell it, 0 to leave, and z."""

    time: int
    action: int
    z: float


@dataclass(frozen=True, slots=True)
class Screened:
    """What one set of parameters would have done. ``equity`` (USDT) is that at the ends of the periods that were asked
    for, and after all; ``refused`` counts by reason; ``stopped``: the margin would have stopped the account.

    The columns of signals and trades become rows only where they are asked for: a sweep has a million of them.
    """

    signal_columns: tuple[IntArray, IntArray, FloatArray]
    trade_columns: tuple[IntArray, IntArray, IntArray, FloatArray, Bools]
    equity: FloatArray
    refused: dict[str, int]
    stopped: bool

    @property
    def signals(self) -> tuple[ScreenSignal, ...]:
        columns = (column.tolist() for column in self.signal_columns)
        return tuple(ScreenSignal(*each) for each in zip(*columns, strict=True))

    @property
    def trades(self) -> tuple[ScreenTrade, ...]:
        decided, closed, side, money, unsure = self.trade_columns
        columns = (decided.tolist(), closed.tolist(), side.tolist(), *money.tolist(), unsure.tolist())
        return tuple(ScreenTrade(*each) for each in zip(*columns, strict=True))

    @property
    def count(self) -> int:
        """Returns the number of trades."""
        return len(self.trade_columns[0])

    @property
    def net(self) -> float:
        return float(self.trade_columns[3][screen_kernel.NET].sum())

    @property
    def gross(self) -> float:
        return float(self.trade_columns[3][screen_kernel.GROSS].sum())

    @property
    def unsure(self) -> int:
        """Returns how many trades the paper account may have made otherwise."""
        return int(self.trade_columns[4].sum())

    @property
    def fidelity(self) -> str:
        """Returns what the result rests on, in words."""
        words = FIDELITY
        if self.unsure:
            words += f"; {self.unsure} of {self.count} trades met a quote that was too old or beyond the bound"
        return words + ("; the margin would have stopped the account" if self.stopped else "")


class Screen:
    """Screens sets of parameters over one market, with one account.

    Raises ``ConfigError`` for what a screen does not know: several pairs, orders that wait.
    """

    def __init__(
        self,
        market: ScreenMarket,
        settings: BacktestSettings,
        instruments: Iterable[Instrument],
        *,
        period: int = 0,
    ) -> None:
        """``period`` (ms): equity is kept at the end of each (0: at the end alone)."""
        self.market = market
        self._settings = settings
        account = with_costs(settings.account, settings.cost_factor)
        listed = {each.symbol: each for each in instruments}
        self._rules = [_rules(listed.get(symbol), symbol) for symbol in market.pair.symbols]
        self._costs = Costs(
            account.cash, account.notional, account.taker_fee_bps, account.impact_factor, account.assumed_top_notional,
            account.max_quote_age_ms, account.max_leverage, account.maintenance_rate, account.margin_percent,
        )  # fmt: skip
        self._marks = _last_rows(market, period) if period else np.empty(0, dtype=np.int64)
        self._may_enter = np.isfinite(market.legs.last_y) & np.isfinite(market.legs.last_x)
        self._lives: dict[int, FloatArray] = {}
        mids = [(tops.bid // 2 + tops.ask // 2).astype(np.float64) for tops in (market.y.decided, market.x.decided)]
        self._price_ratio = np.divide(mids[0], mids[1], out=np.full(len(mids[0]), np.nan), where=mids[1] > 0)

    def run(self, config: Config) -> Screened:
        """Returns what the parameters of a configuration would have done."""
        return next(self.sweep([config]))

    def sweep(self, configs: Sequence[Config], report: Callable[[int], None] | None = None) -> Iterator[Screened]:
        """Yields what each configuration would have done, in their order: rows once for each set of statistics, two
        threads. ``report`` is called with the number that are done. Raises ``ConfigError``."""
        timeframe = self.market.timeframe
        for config in configs:
            require_screen(config, self._settings)
        keyed = [(config.analytics.at(timeframe), config.signals) for config in configs]
        order = sorted(range(len(keyed)), key=lambda place: repr(keyed[place][0]))
        groups = [list(places) for _, places in groupby(order, key=lambda place: keyed[place][0])]
        for analytics, signals in keyed:
            self._life(analytics, signals)

        def run_group(places: list[int]) -> list[tuple[int, Screened]]:
            rows = row_series(self.market.legs, keyed[places[0]][0])
            return [(place, self._trade(rows, *keyed[place])) for place in places]

        found: dict[int, Screened] = {}
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="screen") as pool:
            for answers in pool.map(run_group, groups):
                found.update(answers)
                if report is not None:
                    report(len(found))
        for place in range(len(keyed)):
            yield found.pop(place)

    def _life(self, analytics: AnalyticsConfig, signals: SignalConfig) -> FloatArray:
        """The half-life that the time stop counts, at each row; NaN: that of the hedge window."""
        by_evidence = not signals.time_stop_seconds and signals.time_stop_half_lives > 0
        key = analytics.evidence_rows(self.market.timeframe.milliseconds)
        if not by_evidence or signals.time_stop_from != "upper":
            key = 0
        if key not in self._lives:
            none = np.full(len(self.market.legs.times), np.nan)
            self._lives[key] = longest_half_lives(self.market.legs, analytics) if key else none
        return self._lives[key]

    def _trade(self, rows: RowSeries, analytics: AnalyticsConfig, signals: SignalConfig) -> Screened:
        market, times = self.market, self.market.legs.times
        rules_y, rules_x = self._rules
        level = analytics.space is Space.LEVEL
        at, actions, _ = signal_series(
            times, self._may_enter, (rows.z, rows.y, rows.x, rows.beta, rows.alpha, rows.fitted),
            (signals.entry, signals.exit, signals.stop),
            (int(signals.time_stop_seconds * SECOND), signals.time_stop_half_lives, self._life(analytics, signals)),
            (analytics.hedge_window, market.timeframe.milliseconds / SECOND, level),
        )  # fmt: skip
        ratios = np.abs(rows.beta) if level else np.abs(rows.beta) * self._price_ratio
        whole, money, equity, counts = trade_series(
            (at, actions), ratios, np.sign(rows.beta), market.decided, self._settings.trade_from, market.latency,
            _columns(market.y.decided), _columns(market.y.arrived), _columns(market.x.decided),
            _columns(market.x.arrived), rules_y, rules_x, self._costs, self._marks,
        )  # fmt: skip
        ends = np.where(whole[1] >= 0, market.decided[whole[1]], market.last_time)
        return Screened(
            signal_columns=(times[at], actions, rows.z[at]),
            trade_columns=(market.decided[whole[0]], ends, whole[2], money, whole[3] != 0),
            equity=equity,
            refused={words: int(counts[place]) for place, words in _REFUSALS.items() if counts[place]},
            stopped=bool(counts[screen_kernel.STOPPED]),
        )


def screen_of(
    reader: StoreReader,
    config: Config,
    settings: BacktestSettings,
    instruments: Iterable[Instrument],
    *,
    period: int = 0,
) -> Screen:
    """Returns a screen over the stored trades of the pair of a backtest. Raises ``ConfigError`` and ``StoreError``."""
    require_screen(config, settings)
    account = settings.account
    market = screen_market(
        reader, config, settings.pairs[0], settings.timeframe, start=settings.start, end=settings.end,
        latency=account.latency_ms, half_spread_bps=settings.assumed_half_spread_bps,
    )  # fmt: skip
    return Screen(market, settings, instruments, period=period)


def require_screen(config: Config, settings: BacktestSettings) -> None:
    """Raise ``ConfigError`` for what a screen does not know."""
    if len(settings.pairs) != 1:
        raise ConfigError(f"a screen is of one pair, and {len(settings.pairs)} are named: screen them one by one")
    if settings.account.execution is not Execution.BOTH_MARKET:
        raise ConfigError("a screen sends both legs at market: choose that execution, or run the whole core")
    if config.signals.scaled or config.signals.need_evidence:
        key = "scaled" if config.signals.scaled else "need_evidence"
        raise ConfigError(f"signals.{key} needs every statistic of a row: run the whole core")
    require_batch_twin(config.analytics.at(settings.timeframe))


def _rules(instrument: Instrument | None, symbol: str) -> LegRules:
    """Returns what orders at market keep to; fine steps where nothing is listed."""
    rules = OrderRules.of(instrument) if instrument is not None else None
    if rules is None:
        return LegRules(1, 1, 1, 0, 0, 0)
    if not rules.perpetual:
        raise ConfigError(f"{symbol} is not a perpetual: a paper account would refuse every trade of it")
    return LegRules(
        rules.tick, rules.order_step(market=True), rules.min_quantity, rules.market_max_quantity, rules.min_notional,
        rules.take_bound,
    )  # fmt: skip


def _columns(tops: Tops) -> tuple[IntArray, IntArray, IntArray]:
    return tops.bid, tops.ask, tops.time


def _last_rows(market: ScreenMarket, period: int) -> IntArray:
    """Returns the last row of each UTC period from that of the first trade to that of the last; -1 before all rows."""
    ends = np.arange(market.first_time // period + 1, market.last_time // period + 2) * period
    rows: IntArray = np.searchsorted(market.legs.times, ends, side="left") - 1
    return rows
