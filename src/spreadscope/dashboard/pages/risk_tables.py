"""The figures of risk as tables; what is undefined has a dash and the reason beside it. Money is in USDT."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from spreadscope.contract import (
    LimitState,
    PaperAccount,
    RiskFigure,
    RiskReport,
    SettingChange,
    StressResult,
    TailEstimate,
    TradingLimit,
)
from spreadscope.dashboard.figures import TableRow, fixed_text, table
from spreadscope.dashboard.pages.paper_charts import GAIN, LOSS
from spreadscope.dashboard.text import escape, utc

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler  # type: ignore[import-untyped]

_STATES = {
    LimitState.OFF: "off",
    LimitState.OK: "fine",
    LimitState.NEAR: "⚠ near",
    LimitState.BROKEN: "✖ broken",
}
_SETTINGS = {
    "open trades": "max_trades",
    "leverage": "max_leverage",
    "largest share of one symbol": "max_symbol_share",
    "loss of the day": "daily_loss_percent",
    "drawdown": "drawdown_percent",
    "margin used": "margin_percent",
}
_PULLS = {"loss of the day", "drawdown", "margin used"}
_METHODS = {"historical": "historical", "ewma": "EWMA", "filtered": "filtered"}
_LOW = 0.05
_WIDE = st.column_config.Column(width="large")


def show_limits(limits: Sequence[TradingLimit], changes: Sequence[SettingChange]) -> None:
    st.subheader("Limits", anchor=False)
    # The newest of each setting, for they are told newest first.
    last = {change.key: change for change in reversed(changes)}
    rows: list[TableRow] = []
    for each in limits:
        change = last.get(_SETTINGS.get(each.name, ""))
        rows.append(
            {
                "limit": each.name,
                "used": min(each.share, 1.0) if each.share is not None else None,
                "state": _STATES[each.state],
                "now": fixed_text(each.value, 2 if each.unit else 0),
                "allowed": f"{each.limit:g} {each.unit}" if each.state is not LimitState.OFF else "no limit",
                "where it is reached": "pulls the kill switch" if each.name in _PULLS else "refuses a trade",
                "set": f"{utc(change.time)[:16]} by {change.by}, was {change.before}"
                if change is not None
                else "at the opening",
            }
        )
    st.dataframe(
        table(rows, {}),
        hide_index=True, key="risk-limits", placeholder="–",
        column_config={
            "used": st.column_config.ProgressColumn(
                format="percent", min_value=0.0, max_value=1.0, help="Of the limit."
            ),
            "state": st.column_config.Column(help="Near: 80% of the limit or more are used."),
            "set": st.column_config.Column("set (UTC)", width="medium"),
        },
    )  # fmt: skip
    st.caption("Equity (loss of the day, drawdown) and margin pull the kill switch separately, whichever comes first.")


def show_exposures(account: PaperAccount, report: RiskReport) -> None:
    found = report.exposures
    st.subheader("Exposures", anchor=False)
    row = st.container(horizontal=True, key="risk-sums")
    margin = account.margin_percent
    for name, text, told in (
        ("Gross", fixed_text(found.gross, 2), "Sum of the sizes of positions, netted by symbol."),
        ("Net", fixed_text(found.net, 2, sign=True), "Bought less sold."),
        ("Leverage", _figure_text(found.leverage, 2, "×"), "Gross over equity."),
        (
            f"β to {report.settings.market}", _figure_text(found.beta_adjusted, 2),
            found.beta_adjusted.reason or f"Σ β · value, USDT, from {found.beta_adjusted.n} hours: what moves as the"
            " market does.",
        ),
        ("Margin", f"{fixed_text(margin, 2)}%" if margin is not None else "–", "Maintenance in percent of equity."),
    ):  # fmt: skip
        row.metric(name, text, border=True, help=escape(told))
    if found.beta_adjusted.reason:
        st.caption(f"β to {escape(report.settings.market)} is not known: {escape(found.beta_adjusted.reason)}.")
    st.dataframe(
        _shown(
            [
                {
                    "symbol": each.symbol, "quantity": each.quantity, "value": each.value, "of gross, %": each.share,
                    "β": each.beta.value, "hours": each.beta.n or None,
                    "β · value": each.value * each.beta.value if each.beta.value is not None else None,
                    "β is missing because": each.beta.reason,
                }
                for each in found.symbols
            ],
            {"quantity": None, "value": 2, "of gross, %": 1, "β": 2, "hours": 0, "β · value": 2},
            signed=("value", "β · value"),
        ),
        hide_index=True, key="risk-symbols", placeholder="–",
    )  # fmt: skip
    st.dataframe(
        table(
            [
                {
                    "trade": str(each.trade) if each.trade else "what if", "pair": each.pair, "leg y": each.value_y,
                    "leg x": each.value_x, "gross": each.gross, "net": each.net,
                    "imbalance planned, %": each.imbalance_planned.value,
                    "imbalance now, %": each.imbalance_drifted.value,
                }
                for each in found.pairs
            ],
            {"leg y": 2, "leg x": 2, "gross": 2, "net": 2, "imbalance planned, %": 2, "imbalance now, %": 2},
            signed=("leg y", "leg x", "net", "imbalance planned, %", "imbalance now, %"),
        ),
        hide_index=True, key="risk-pairs", placeholder="–",
        column_config={
            "imbalance planned, %": st.column_config.Column(help="Leg x against β times leg y, as it was entered."),
            "imbalance now, %": st.column_config.Column(help="The same at the marks of now: prices have moved since."),
        },
    )  # fmt: skip
    if found.clusters_reason:
        st.caption(f"Clusters are not known: {escape(found.clusters_reason)}.")
        return
    st.markdown(
        "\n".join(
            f"- {escape(', '.join(each.symbols))}: gross {fixed_text(each.gross, 2)}, net"
            f" {fixed_text(each.net, 2, sign=True)}"
            for each in found.clusters
        )
    )
    st.caption(
        f"Clusters: symbols whose hourly returns are correlated above {report.settings.cluster_correlation:g}, from"
        f" {found.cluster_hours} hours."
    )


def show_tail(report: RiskReport) -> None:
    st.subheader("What may be lost", anchor=False)
    st.dataframe(
        table(
            [_tail_row(each) for each in report.tail],
            {
                "VaR": 2, "ES": 2, "periods": 0, "apart": 0, "forecasts": 0, "violations": 0, "expected": 1,
                "Kupiec p": 3, "independence p": 3, "coverage p": 3,
            },
            signed=("VaR", "ES"),
        ),
        hide_index=True, key="risk-tail", placeholder="–",
        height="content",
        column_config={
            "VaR": st.column_config.Column(help="A loss beyond this is as rare as the level says."),
            "ES": st.column_config.Column(help="The mean of the losses beyond VaR."),
            "periods": st.column_config.Column(help="Of 5 minutes for an hour, of an hour for a day."),
            "apart": st.column_config.Column(help="Hours or days among them that do not overlap."),
            "Kupiec p": st.column_config.Column(help="Are there as many violations as the level says?"),
            "independence p": st.column_config.Column(help="Christoffersen: do violations follow one another?"),
            "coverage p": st.column_config.Column(help="Christoffersen: both at once."),
            "verdict": _WIDE,
        },
    )  # fmt: skip
    st.caption(
        "The positions of now on the stored bars, revalued in each period. Each estimate is tested by its own forecasts"
        " of the newer half from as many periods before; a p-value below 5% speaks against it."
    )


def _tail_row(each: TailEstimate) -> TableRow:
    test = each.test
    tested = test.kupiec_pvalue is not None
    return {
        "over": each.horizon, "level": f"{each.level:.0%}", "by": _METHODS[each.method], "VaR": each.value_at_risk,
        "ES": each.expected_shortfall, "verdict": _verdict(each), "periods": each.periods, "apart": each.independent,
        "forecasts": test.forecasts, "violations": test.violations if tested else None,
        "expected": test.expected if tested else None, "Kupiec p": test.kupiec_pvalue,
        "independence p": test.independence_pvalue, "coverage p": test.coverage_pvalue,
    }  # fmt: skip


def _verdict(each: TailEstimate) -> str:
    test = each.test
    if each.reason:
        return f"undefined: {each.reason}"
    if test.kupiec_pvalue is None:
        return f"not tested: {test.reason}"
    rough = ", roughly: few are expected" if test.rough else ""
    if test.kupiec_pvalue < _LOW:
        many = "too many" if test.violations > test.expected else "too few"
        return f"✖ {many} violations{rough}"
    if test.independence_pvalue is not None and test.independence_pvalue < _LOW:
        return f"✖ violations in runs{rough}"
    return f"nothing against it{rough}"


def show_stress(report: RiskReport) -> None:
    st.subheader("Stress", anchor=False)
    worked_out = [each for each in report.stress if each.pnl is not None]
    st.dataframe(
        table(
            [_stress_row(each) for each in sorted(worked_out, key=lambda each: each.pnl or 0.0)],
            {"P&L": 2, "equity after": 2, "margin after, %": 1},
            signed=("P&L",),
        ),
        hide_index=True, key="risk-stress", placeholder="–",
        height="content",
        column_config={"by pair": _WIDE},
    )  # fmt: skip
    with st.expander("Where the moves come from"):
        st.markdown("\n".join(f"- **{escape(each.name)}**: {escape(each.source)}" for each in worked_out))
    by_reason: dict[str, list[str]] = {}
    for each in report.stress:
        if each.pnl is None:
            by_reason.setdefault(each.reason, []).append(each.name)
    for reason, names in by_reason.items():
        st.caption(f"Not worked out, for {escape(reason)}: {escape('; '.join(names))}.")
    st.caption(
        "Every position is revalued at the prices of the scenario, with equity and margin after it. The account is"
        " liquidated where its margin is 100% of equity or more."
    )


def _stress_row(each: StressResult) -> TableRow:
    worst = sorted(each.pairs, key=lambda pair: pair.pnl)
    return {
        "scenario": each.name, "P&L": each.pnl, "equity after": each.equity, "margin after, %": each.margin_percent,
        "account": "✖ liquidated" if each.liquidated else "stands", "kind": each.kind,
        "by pair": ", ".join(f"{pair.pair} {fixed_text(pair.pnl, 2, sign=True)}" for pair in worst),
    }  # fmt: skip


def show_liquidity(report: RiskReport) -> None:
    st.subheader("Concentration and liquidity", anchor=False)
    found = report.concentration
    row = st.container(horizontal=True, key="risk-concentration")
    for name, index, effective in (
        ("pairs", found.pairs_index, found.pairs_effective),
        ("symbols", found.symbols_index, found.symbols_effective),
    ):
        row.metric(
            f"Effective {name}", _figure_text(effective, 2), border=True, delta_color="off",
            help=f"1 over the Herfindahl–Hirschman index {_figure_text(index, 3)}, of {index.n} {name}.",
        )  # fmt: skip
    share = report.settings.participation_percent
    st.dataframe(
        _shown(
            [
                {
                    "symbol": each.symbol, "value": each.value, "traded a minute": each.traded_a_minute.value,
                    "minutes to exit": each.minutes.value, "minutes stored": each.minutes.n, "why": each.minutes.reason,
                }
                for each in report.exits
            ],
            {"value": 2, "traded a minute": 0, "minutes to exit": 2, "minutes stored": 0},
            signed=("value",),
        ),
        hide_index=True, key="risk-exits", placeholder="–",
    )  # fmt: skip
    st.caption(f"Minutes to exit: at {share:g}% of the median notional traded a minute over the last day.")


def show_funding(report: RiskReport) -> None:
    st.subheader("Funding at risk, 24 h", anchor=False)
    st.dataframe(
        _shown(
            [
                {
                    "symbol": each.symbol, "value": each.value,
                    "rate, %": each.rate * 100 if each.rate is not None else None,
                    "next (UTC)": utc(each.next_funding)[:16], "payments": each.payments,
                    "at the rate of now": each.amount.value, "at the cap": each.at_cap, "why": each.amount.reason,
                }
                for each in report.funding
            ],
            {"value": 2, "rate, %": 4, "payments": 0, "at the rate of now": 4, "at the cap": 2},
            signed=("value", "rate, %", "at the rate of now", "at the cap"),
        ),
        hide_index=True, key="risk-funding", placeholder="–",
    )  # fmt: skip
    settings = report.settings
    total = sum(each.at_cap for each in report.funding)
    st.caption(
        f"At the positions held now. The cap is a setting, {settings.funding_cap_percent:g}% a period (the exchange has"
        f" one for each symbol); every position pays it, {fixed_text(total, 2, sign=True)} in all. After the next"
        f" funding time one is taken to follow every {settings.funding_interval_hours:g} h, a setting too."
    )


def show_correlations(report: RiskReport) -> None:
    found = report.correlations
    st.subheader("Pairs that lose together", anchor=False)
    if found.reason:
        st.caption(f"Correlations are not known: {escape(found.reason)}.")
        return
    rows = [
        {"pair": pair, **{other: values[column] if column != row else None for column, other in enumerate(found.pairs)}}
        for row, (pair, values) in enumerate(zip(found.pairs, found.matrix, strict=True))
    ]
    styled = table(rows, dict.fromkeys(found.pairs, 2), signed=found.pairs).map(_shade, subset=list(found.pairs))
    st.dataframe(styled, hide_index=True, key="risk-correlations", placeholder="–")
    st.caption(
        f"Correlation of the hourly results that the positions of now would have had, over {found.n} hours; 1: they"
        " lose in the same hours."
    )


def _shade(correlation: float | None) -> str:
    """Returns the ground of a cell: red where two pairs lose together, green where they balance each other."""
    if correlation is None or not math.isfinite(correlation):
        return ""
    strength = round(0x90 * min(1.0, abs(correlation)))
    return f"background-color: {LOSS if correlation > 0 else GAIN}{strength:02x}"


def show_not_included(report: RiskReport) -> None:
    st.subheader("What is not included", anchor=False)
    st.markdown("\n".join(f"- {escape(each)}" for each in report.not_included))


def _shown(rows: Sequence[TableRow], decimals: dict[str, int | None], *, signed: Sequence[str] = ()) -> Styler:
    """Returns a table without the columns of reasons that are empty in every row."""
    empty = {name for name in rows[0] if all(row[name] == "" for row in rows)}
    return table([{name: row[name] for name in row if name not in empty} for row in rows], decimals, signed=signed)


def _figure_text(figure: RiskFigure, decimals: int, unit: str = "") -> str:
    text = fixed_text(figure.value, decimals)
    return f"{text}{unit}" if figure.value is not None else text
