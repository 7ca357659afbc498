"""The metrics of the paper accounts: what their status says, by account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from prometheus_client.core import Metric

from spreadscope import contract
from spreadscope.app.metric_families import gauges
from spreadscope.contract import TradeState

_ACCOUNT = ("account",)
_TROUBLED = {TradeState.FAILED, TradeState.REPAIR}


def paper_metrics(
    accounts: Sequence[contract.PaperAccount], trades: Mapping[str, Sequence[contract.PaperTrade]]
) -> Iterable[Metric]:
    """Returns the figures of accounts, with their open ``trades`` by name. Money is in USDT."""
    found = [((each.name,), each) for each in accounts]
    yield gauges("paper_equity_usdt", "Equity.", _ACCOUNT, [(name, each.equity) for name, each in found])
    yield gauges(
        "paper_day_result_usdt", "Result since the day began (UTC), or since the kill switch was reset.", _ACCOUNT,
        [(name, each.day_result) for name, each in found],
    )  # fmt: skip
    yield gauges(
        "paper_gross_usdt", "Sum of all positions, at mark.", _ACCOUNT, [(name, each.gross) for name, each in found]
    )
    yield gauges(
        "paper_margin_ratio", "Maintenance margin as a share of equity; absent where no equity is left.", _ACCOUNT,
        [(name, None if each.margin_percent is None else each.margin_percent / 100) for name, each in found],
    )  # fmt: skip
    yield gauges(
        "paper_margin_limit_ratio", "The share at which the kill switch is pulled; absent where it is not.", _ACCOUNT,
        [(name, each.settings.margin_percent / 100 or None) for name, each in found],
    )  # fmt: skip
    yield gauges(
        "paper_drawdown_ratio", "Fall of equity below its peak.", _ACCOUNT,
        [(name, each.drawdown_percent / 100) for name, each in found],
    )  # fmt: skip
    yield gauges(
        "paper_residual_usdt", "Notional of legs without their other leg.", _ACCOUNT,
        [(name, each.residual) for name, each in found],
    )  # fmt: skip
    yield gauges(
        "paper_open_trades", "Trades that are not closed.", _ACCOUNT, [(name, each.open_trades) for name, each in found]
    )
    yield gauges(
        "paper_working_orders", "Orders that have not ended.", _ACCOUNT,
        [(name, each.working_orders) for name, each in found],
    )  # fmt: skip
    yield gauges(
        "paper_kill_latched", "1 while the kill switch is pulled.", _ACCOUNT,
        [(name, each.kill is not None) for name, each in found],
    )  # fmt: skip
    yield gauges(
        "paper_trades_troubled", "Open trades that failed, or that miss a leg.", _ACCOUNT,
        [((name,), sum(each.state in _TROUBLED for each in held)) for name, held in trades.items()],
    )  # fmt: skip
