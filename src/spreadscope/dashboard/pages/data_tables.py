"""The tabs below the chart: a quick rule, signals and downloads of one pair. The chart runs the script on changes."""

from __future__ import annotations

import streamlit as st

from spreadscope.client import ApiRequestError, Client, EngineDownError
from spreadscope.contract import Signal
from spreadscope.dashboard.alert_components import QUICK
from spreadscope.dashboard.browser_session import Overview, engine
from spreadscope.dashboard.deep_links import base_path
from spreadscope.dashboard.downloads import link
from spreadscope.dashboard.figures import TableRow, decimals_of, table
from spreadscope.dashboard.pages import alert_editor, waiting
from spreadscope.dashboard.pages import alerts as alerts_page
from spreadscope.dashboard.pages.replay_moment import REPLAY, milliseconds_of, moment_link, replay_column
from spreadscope.dashboard.text import utc, with_minus_signs

HISTORY_ROWS = 200
UNKNOWN_CAUTIONS = "not known: its row is not at hand"


def show(overview: Overview, pair: str, timeframe: str) -> None:
    alerts, signals, downloads = st.tabs(["Alerts", "Signals", "Downloads"])
    with alerts:
        _quick_rule(overview, pair, timeframe)
    with signals:
        _signals(pair, timeframe)
    with downloads:
        _downloads(pair, timeframe)


def _quick_rule(overview: Overview, pair: str, timeframe: str) -> None:
    alert_editor.show(QUICK, overview, pair, timeframe, quick=True)
    line = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
    line.caption("How the rules stand is shown beside the chart. A rule keeps watching while no browser is open.")
    line.page_link(alerts_page.page(), label="All about alerts")


def _signals(pair: str, timeframe: str) -> None:
    try:
        with engine() as client:
            show_signals(client, pair, timeframe, linked=True)
    except (ApiRequestError, EngineDownError) as error:
        waiting.show_error(error)


def show_signals(client: Client, pair: str, timeframe: str, *, linked: bool = False) -> None:
    """Draw the table of a pair's signals; ``linked`` ones lead to their replay."""
    signals = client.signals(pair, timeframe, HISTORY_ROWS)
    if not signals:
        st.caption(f"No signal of {pair} on {timeframe} bars yet.")
        return
    y, x = pair.split("/")
    decimals = {"z": 2, "spread": 6, "β": 4}
    decimals |= {
        y: decimals_of([signal.price_y for signal in signals]),
        x: decimals_of([signal.price_x for signal in signals]),
    }
    rows: list[TableRow] = [{**_signal_row(signal), **_signal_link(signal, linked=linked)} for signal in signals]
    st.dataframe(
        table(rows, decimals, signed=("z", "spread")),
        hide_index=True,
        key="signal-history",
        column_config={REPLAY: replay_column()} if linked else None,
    )


def _signal_link(signal: Signal, *, linked: bool) -> dict[str, str]:
    """Returns the cell that leads to the replay of a signal, which comes when its bar is closed."""
    at = signal.time + milliseconds_of(signal.timeframe)
    return {REPLAY: moment_link(at, signal.pair, signal.timeframe)} if linked else {}


def _signal_row(signal: Signal) -> TableRow:
    y, x = signal.pair.split("/")
    return {
        "time (UTC)": utc(signal.time),
        "action": signal.action,
        "what to do": signal.legs,
        "against it": UNKNOWN_CAUTIONS if signal.cautions is None else ", ".join(signal.cautions),
        "state": signal.state,
        "z": signal.z,
        "spread": signal.spread,
        "β": signal.beta,
        y: signal.price_y,
        x: signal.price_x,
        "cause": with_minus_signs(signal.cause),
    }


def _downloads(pair: str, timeframe: str) -> None:
    st.caption("CSV, streamed from the store; everything there is. Times are milliseconds since 1970, UTC.")
    base = base_path()
    y, x = pair.split("/")
    links = [(f"Ticks of {symbol}", link("ticks", base, symbol=symbol, format="csv")) for symbol in (y, x)]
    links += [
        (f"Bars of {symbol}, {timeframe}", link("bars", base, symbol=symbol, timeframe=timeframe, format="csv"))
        for symbol in (y, x)
    ]
    links += [
        (f"{kind.capitalize()} of {pair}, {timeframe}", link(kind, base, pair=pair, timeframe=timeframe, format="csv"))
        for kind in ("analytics", "signals")
    ]
    columns = st.columns(3)
    for number, (label, address) in enumerate(links):
        columns[number // 2].link_button(label, address, width="stretch")
