"""The tables of a paper account: their rows, and the decimals of their columns. Money is in USDT."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
import streamlit as st

from spreadscope.contract import (
    KillEvent,
    MoneyEntry,
    PairResult,
    PaperAccount,
    PaperFill,
    PaperOrder,
    PaperTrade,
    TradeDecision,
)
from spreadscope.dashboard.figures import TableRow, decimals_of, table
from spreadscope.dashboard.pages.paper_accounts import label_of
from spreadscope.dashboard.pages.paper_charts import part_amounts
from spreadscope.dashboard.text import duration_text, utc, with_minus_signs


class TableColumns(NamedTuple):
    """The decimals of columns (None: by size), those with a plus, those that need a wide column, and quantities, which
    have the decimals of the data."""

    decimals: Mapping[str, int | None]
    signed: Sequence[str] = ()
    wide: Sequence[str] = ()
    quantities: Sequence[str] = ()


_PARTS = ("spread", "imbalance", "drift", "slippage", "fees", "funding", "liquidation")
_MONEY = dict.fromkeys(("result", "best", "worst", *_PARTS), 2)
CLOSED = TableColumns({"z in": 2, **_MONEY}, ("z in", *_MONEY), ("why",))
DECISIONS = TableColumns({"z": 2, "size": 2, "trade": 0}, ("z",), ("in words",))
FILLS = TableColumns(
    {
        "price": None, "notional": 2, "fee": 4, "slippage": 4, "slippage, bps": 2,
        "half-spread, bps": 2, "impact, bps": 2, "delay, bps": 2, "quote age, ms": 0,
    },
    ("notional", "slippage", "slippage, bps", "delay, bps"),
    quantities=("quantity",),
)  # fmt: skip
ORDERS = TableColumns({"limit": None, "mid then": None}, wide=("why",), quantities=("quantity", "filled"))
LEDGER = TableColumns({"amount": 8, "wallet": 8, "trade": 0}, ("wallet",))
KILLS = TableColumns({}, wide=("because",))
BY_PAIR = TableColumns(
    {"result": 2, "mean": 2, "best": 2, "worst": 2, "costs": 2, "won, %": 0},
    ("result", "mean", "best", "worst", "costs"),
)
ACCOUNTS = TableColumns(
    {"equity": 2, "result": 2, "gross": 2, "costs": 2, "result, %": 2, "drawdown, %": 2, "won, %": 0},
    ("result", "gross", "costs", "result, %"),
    ("settings that differ",),
)
COMPARED = TableColumns({"account": 2, "backtest": 2}, ("account", "backtest"))
LEGS = TableColumns(
    {
        "entry": None, "exit": None, "mark": None, "value": 2, "unrealised": 2, "realised": 2, "fees": 4,
        "slippage": 4, "funding": 4, "maintenance": 2, "liquidation at": None, "away, %": 1,
    },
    ("value", "unrealised", "realised", "funding"),
    quantities=("planned", "held"),
)  # fmt: skip


def show(rows: Sequence[TableRow], columns: TableColumns, key: str, nothing: str) -> None:
    """Draw a table, or the sentence that there is nothing."""
    if not rows:
        st.caption(nothing)
        return
    exact = {name: decimals_of([float(row[name] or 0) for row in rows]) for name in columns.quantities}
    st.dataframe(
        table(rows, {**columns.decimals, **exact}, signed=(*columns.signed, *columns.quantities)),
        hide_index=True, key=key, placeholder="–",
        column_config={name: st.column_config.Column(width="large") for name in columns.wide},
    )  # fmt: skip


def leg_rows(trade: PaperTrade) -> list[TableRow]:
    return [
        {
            "leg": leg.symbol, "planned": leg.planned, "held": leg.held, "entry": leg.entry_price,
            "exit": leg.exit_price, "mark": leg.mark, "value": leg.value, "unrealised": leg.unrealised,
            "realised": leg.realised, "fees": leg.fees, "slippage": leg.slippage, "funding": leg.funding,
            "maintenance": leg.maintenance, "liquidation at": leg.liquidation_price,
            "away, %": None if leg.liquidation_distance_percent is None else abs(leg.liquidation_distance_percent),
        }
        for leg in (trade.y, trade.x)
    ]  # fmt: skip


def side_text(side: int) -> str:
    """Returns what is done with the spread."""
    return {1: "long spread", -1: "short spread"}.get(side, "")


def closed_rows(trades: Sequence[PaperTrade]) -> list[TableRow]:
    return [
        {
            "trade": trade.id, "pair": trade.pair, "timeframe": trade.timeframe, "side": side_text(trade.side),
            "by": trade.origin, "opened (UTC)": utc(trade.opened)[:19], "closed (UTC)": utc(trade.closed)[:19],
            "held": duration_text((trade.closed - trade.opened) / 1000)
            if trade.opened is not None and trade.closed is not None
            else "",
            "result": trade.result, **part_amounts(trade.parts), "best": trade.peak, "worst": trade.trough,
            "z in": trade.z_entry, "why": with_minus_signs(trade.note), "comment": trade.comment,
            "tags": ", ".join(trade.tags),
        }
        for trade in trades
    ]  # fmt: skip


def decision_rows(decisions: Sequence[TradeDecision]) -> list[TableRow]:
    return [
        {
            "time (UTC)": utc(each.time)[:19], "pair": each.pair, "timeframe": each.timeframe,
            "side": side_text(each.side), "by": each.origin, "outcome": each.outcome, "z": each.z,
            "size": each.notional, "trade": each.trade, "rule": each.rule or "", "value": each.value,
            "allowed": each.allowed, "in words": with_minus_signs(each.words),
        }
        for each in decisions
    ]  # fmt: skip


def fill_rows(fills: Sequence[PaperFill]) -> list[TableRow]:
    return [
        {
            "time (UTC)": utc(fill.time), "trade": fill.trade, "order": fill.order, "symbol": fill.symbol,
            "quantity": fill.quantity, "price": fill.price, "notional": fill.notional, "fee": fill.fee,
            "liquidity": fill.liquidity, "slippage": fill.slippage, "slippage, bps": fill.slippage_bps,
            "half-spread, bps": fill.half_spread_bps, "impact, bps": fill.impact_bps, "delay, bps": fill.delay_bps,
            "quote age, ms": fill.quote_age_ms,
        }
        for fill in fills
    ]  # fmt: skip


def order_rows(orders: Sequence[PaperOrder]) -> list[TableRow]:
    return [
        {
            "order": order.id, "symbol": order.symbol, "kind": order.kind, "state": order.state,
            "quantity": order.quantity, "filled": order.filled, "limit": order.limit, "mid then": order.decision_mid,
            "reduces only": order.reduce_only, "sent (UTC)": utc(order.sent),
            "at the exchange (UTC)": utc(order.arrives),
            "why": ", ".join(part for part in (order.rule or "", order.value, order.allowed) if part),
        }
        for order in orders
    ]  # fmt: skip


def ledger_rows(entries: Sequence[MoneyEntry]) -> list[TableRow]:
    return [
        {
            "entry": entry.id, "time (UTC)": utc(entry.time), "kind": entry.kind, "from": entry.credit,
            "to": entry.debit, "amount": entry.amount, "wallet": entry.change, "trade": entry.trade,
            "symbol": entry.symbol,
            "reference": "" if entry.reference is None else str(entry.reference),
        }
        for entry in entries
    ]  # fmt: skip


def kill_rows(events: Sequence[KillEvent]) -> list[TableRow]:
    return [
        {
            "time (UTC)": utc(event.time)[:19], "switch": "pulled" if event.active else "reset", "by": event.by,
            "because": event.reason,
        }
        for event in events
    ]  # fmt: skip


def account_rows(
    shown: PaperAccount, accounts: Sequence[PaperAccount], results: Mapping[str, Sequence[PairResult]]
) -> list[TableRow]:
    """Returns the accounts, the ``shown`` one first, with the results of their pairs added up."""
    base: dict[str, object] = msgspec.to_builtins(shown.settings)
    rows: list[TableRow] = []
    for each in sorted(accounts, key=lambda account: account.name != shown.name):
        pairs = results[each.name]
        trades, open_now = sum(pair.trades for pair in pairs), sum(pair.open for pair in pairs)
        result = each.equity - each.settings.cash
        own: dict[str, object] = msgspec.to_builtins(each.settings)
        rows.append({
            "account": each.name, "opened (UTC)": utc(each.opened)[:19], "equity": each.equity, "result": result,
            "result, %": 100 * result / each.settings.cash, "drawdown, %": each.drawdown_percent,
            "trades": trades, "open": open_now,
            "won, %": 100 * sum(pair.won for pair in pairs) / (trades - open_now) if trades > open_now else None,
            "gross": sum(pair.result - pair.costs for pair in pairs), "costs": sum(pair.costs for pair in pairs),
            "settings that differ": "; ".join(
                f"{label_of(key)}: {_setting_text(value)}" for key, value in own.items() if value != base[key]
            ),
        })  # fmt: skip
    return rows


def _setting_text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,.10g}" if isinstance(value, int | float) else str(value)


def pair_rows(results: Sequence[PairResult]) -> list[TableRow]:
    """Returns the results by pair."""
    return [
        {
            "pair": each.pair, "trades": each.trades, "open": each.open, "result": each.result,
            "mean": each.result / each.trades,
            "won, %": 100 * each.won / (each.trades - each.open) if each.trades > each.open else None,
            "best": each.best, "worst": each.worst, "costs": each.costs,
        }
        for each in results
    ]  # fmt: skip
