"""Below the chart: alert rules, histories and downloads of one pair. The chart has the script run when they change."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from spreadscope.dashboard.client import ApiError, EngineDownError, Json
from spreadscope.dashboard.component import base_path
from spreadscope.dashboard.downloads import link
from spreadscope.dashboard.session import engine, escape, notify, sentence, telling

HISTORY_ROWS = 200


def show(pair: str, timeframe: str) -> None:
    alerts, signals, downloads = st.tabs(["Alerts", "Signals", "Downloads"])
    with alerts:
        _rule_form(pair, timeframe)
        _alerts()
    with signals:
        _signals(pair, timeframe)
    with downloads:
        _downloads(pair, timeframe)


def _rule_form(pair: str, timeframe: str) -> None:
    y, x = pair.split("/")
    with st.form("rule", border=False, clear_on_submit=True):
        text, subject, button = st.columns([4, 3, 2], vertical_alignment="bottom")
        text.text_input("Alert when", key="rule-text", placeholder="z > 2   ·   corr < 0.5   ·   price > 90000")
        subject.selectbox("of", [pair, y, x], key="rule-subject")
        button.form_submit_button("Add rule", on_click=_add_rule, args=(timeframe,), width="stretch")
    st.caption(
        f"Quantities of a pair: z, abs(z), spread, corr, adf_p, coint_p; of a symbol: price. Compared at each {timeframe} bar."
    )


def _add_rule(timeframe: str) -> None:
    text = st.session_state["rule-text"].strip()
    with telling(), engine() as client:
        if not text:
            notify("error", "Type a rule, such as z > 2.")
            return
        client.add_rule(text, st.session_state["rule-subject"], timeframe)


def _alerts() -> None:
    try:
        with engine() as client:
            rules, history = client.rules(), client.alerts(HISTORY_ROWS)
    except (ApiError, EngineDownError) as error:
        st.caption(escape(sentence(str(error))))
        return
    if not rules:
        st.caption("No rule yet. A rule keeps watching while no browser is open.")
    for rule in rules:
        what, state, button = st.columns([5, 3, 2], vertical_alignment="center")
        what.markdown(f"**{escape(rule['text'])}** of {escape(rule['subject'])}, {rule['timeframe']}")
        value = "" if rule["value"] is None else f", now {rule['value']:.6g}"
        state.text(f"{rule['state']}{value}")
        button.button(
            "Delete", key=f"delete-{rule['rule_id']}", width="stretch", on_click=_remove_rule, args=(rule["rule_id"],)
        )
    if history:
        st.dataframe([_alert_row(alert) for alert in history], hide_index=True, key="alert-history")
    else:
        st.caption("No alert has fired yet.")


def _remove_rule(rule_id: str) -> None:
    with telling(), engine() as client:
        client.remove_rule(rule_id)


def _alert_row(alert: Json) -> Json:
    return {
        "time (UTC)": utc(alert["time"]),
        "rule": alert["text"],
        "of": alert["subject"],
        "timeframe": alert["timeframe"],
        "state": alert["state"],
        "value": alert["value"],
        "threshold": alert["threshold"],
    }


def _signals(pair: str, timeframe: str) -> None:
    try:
        with engine() as client:
            signals = client.signals(pair, timeframe, HISTORY_ROWS)
    except (ApiError, EngineDownError) as error:
        st.caption(escape(sentence(str(error))))
        return
    if not signals:
        st.caption(f"No signal of {pair} on {timeframe} bars yet.")
        return
    st.dataframe([_signal_row(signal) for signal in signals], hide_index=True, key="signal-history")


def _signal_row(signal: Json) -> Json:
    y, x = signal["pair"].split("/")
    return {
        "time (UTC)": utc(signal["time"]),
        "action": signal["action"],
        "state": signal["state"],
        "z": signal["z"],
        "spread": signal["spread"],
        "β": signal["beta"],
        y: signal["price_y"],
        x: signal["price_x"],
        "cause": signal["cause"],
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


def utc(milliseconds: int | None) -> str:
    """``1691452800000`` → ``2023-08-08 00:00:00.000``."""
    if milliseconds is None:
        return ""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
