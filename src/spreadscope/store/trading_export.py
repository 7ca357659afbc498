"""Exports of paper trading: an account's fills, ledger of money, pair trades, decisions and equity, the newest first.

Amounts, prices and quantities are numbers, exact to 8 decimals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import msgspec

from spreadscope.model.states import ExportKind
from spreadscope.model.trading import UNIT, Decision, EquityPoint, LedgerEntry, PairTrade
from spreadscope.store.trading_reader import NEWEST, HistoryFilter, PairFill, TradeComment, TradingReader

Row = tuple[Any, ...]
T = TypeVar("T")

_PARTS = ("spread", "imbalance", "drift", "slippage", "fees", "funding", "liquidation", "net")
TRADING_COLUMNS: dict[ExportKind, tuple[str, ...]] = {
    ExportKind.FILLS: (
        "id", "time", "order", "trade", "pair", "leg", "symbol", "quantity", "price", "notional", "fee", "liquidity",
        "decision_mid", "slippage", "half_spread", "impact", "quote_time", "realised",
    ),
    ExportKind.MONEY: (
        "id", "time", "kind", "debit", "credit", "amount", "trade", "leg", "symbol", "reference",
    ),
    ExportKind.PAIR_TRADES: (
        "id", "pair", "timeframe", "side", "origin", "execution", "state", "decided", "opened", "closed", "beta", "z",
        "half_life", "entered_y", "entered_x", "notional_y", "notional_x", *_PARTS, "peak", "trough", "note", "comment",
        "tags",
    ),
    ExportKind.DECISIONS: (
        "id", "time", "pair", "timeframe", "action", "side", "origin", "outcome", "z", "notional", "trade", "rule",
        "words",
    ),
    ExportKind.EQUITY: (
        "time", "wallet", "unrealised", "equity", "gross", "net", "maintenance", "residual",
    ),
}  # fmt: skip
INTEGERS = frozenset({"order", "trade", "side", "decided", "opened", "closed", "quote_time", "reference"})
TEXTS = frozenset(
    {"pair", "leg", "symbol", "liquidity", "debit", "credit", "origin", "execution", "note", "comment", "tags"}
    | {"outcome", "rule"}
)


def trading_pages(reader: TradingReader, kind: ExportKind, account: str, wanted: HistoryFilter) -> Iterator[list[Row]]:
    """Yields pages of rows in the order of ``TRADING_COLUMNS``, the newest first; each is one short read."""
    match kind:
        case ExportKind.FILLS:
            yield from _pages(lambda page: reader.fills(account, page), lambda row: row.fill.id, _fill, wanted)
        case ExportKind.MONEY:
            yield from _pages(lambda page: reader.money(account, page), lambda row: row.id, _money, wanted)
        case ExportKind.DECISIONS:
            yield from _pages(lambda page: reader.decisions(account, page), lambda row: row.id, _decision, wanted)
        case ExportKind.PAIR_TRADES:
            yield from _trade_pages(reader, account, wanted)
        case _:
            yield from _equity_pages(reader, account, wanted)


def _pages(
    read: Callable[[HistoryFilter], Sequence[T]],
    number: Callable[[T], int],
    cells: Callable[[T], Row],
    wanted: HistoryFilter,
) -> Iterator[list[Row]]:
    before = wanted.before
    while page := read(msgspec.structs.replace(wanted, before=before)):
        yield [cells(row) for row in page]
        before = number(page[-1])


def _trade_pages(reader: TradingReader, account: str, wanted: HistoryFilter) -> Iterator[list[Row]]:
    before = wanted.before
    while page := reader.trades(account, msgspec.structs.replace(wanted, before=before)):
        comments = reader.comments(account, [trade.id for trade in page])
        yield [_trade(trade, comments.get(trade.id, TradeComment())) for trade in page]
        before = page[-1].id


def _equity_pages(reader: TradingReader, account: str, wanted: HistoryFilter) -> Iterator[list[Row]]:
    end = wanted.end
    while page := reader.equity(account, start=wanted.start, end=min(end, NEWEST), limit=wanted.limit):
        yield [_equity(point) for point in reversed(page)]
        end = page[0].time


def _money_of(units: int) -> float:
    return units / UNIT


def _fill(row: PairFill) -> Row:
    fill = row.fill
    return (
        fill.id, fill.time, fill.order, fill.trade, row.pair, fill.leg.value, fill.symbol, _money_of(fill.quantity),
        _money_of(fill.price), _money_of(fill.notional), _money_of(fill.fee), fill.liquidity.value,
        _money_of(fill.decision_mid), _money_of(fill.slippage), _money_of(fill.half_spread), _money_of(fill.impact),
        fill.quote_time, _money_of(fill.realised),
    )  # fmt: skip


def _money(entry: LedgerEntry) -> Row:
    return (
        entry.id, entry.time, entry.kind.value, entry.debit.value, entry.credit.value, _money_of(entry.amount),
        entry.trade or None, entry.leg, entry.symbol, entry.reference or None,
    )  # fmt: skip


def _trade(trade: PairTrade, comment: TradeComment) -> Row:
    found = trade.attribution
    parts = [_money_of(getattr(found, name)) if found is not None else None for name in _PARTS]
    return (
        trade.id, str(trade.pair), trade.timeframe.value, trade.side, trade.origin.value, trade.execution.value,
        trade.state.value, trade.decided, trade.opened or None, trade.closed or None, trade.beta, trade.z,
        trade.half_life, _money_of(trade.y.entered), _money_of(trade.x.entered), _money_of(trade.y.entered_notional),
        _money_of(trade.x.entered_notional), *parts, _money_of(trade.peak), _money_of(trade.trough), trade.note,
        comment.comment, ", ".join(comment.tags),
    )  # fmt: skip


def _decision(decision: Decision) -> Row:
    return (
        decision.id, decision.time, str(decision.pair), decision.timeframe.value, decision.action, decision.side,
        decision.origin.value, decision.outcome.value, decision.z, _money_of(decision.notional) or None,
        decision.trade or None, decision.rule.value if decision.rule is not None else None, decision.words,
    )  # fmt: skip


def _equity(point: EquityPoint) -> Row:
    return point.time, *(_money_of(value) for value in msgspec.structs.astuple(point)[2:])
