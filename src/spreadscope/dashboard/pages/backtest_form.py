"""The form of a backtest. The engine checks it as one types."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from spreadscope.client import ApiRequestError, EngineDownError
from spreadscope.contract import (
    MOST_PLACEBOS,
    MOST_SCREENED,
    TIMEFRAMES,
    BacktestBody,
    Execution,
    Timeframe,
)
from spreadscope.dashboard.browser_session import PAIR, Overview, engine
from spreadscope.dashboard.text import escape, sentence

_PLAIN = BacktestBody(pairs=())
_MOST_CHARACTERS = 2_000
_DEFAULTS: dict[str, object] = {
    "backtest-timeframe": Timeframe.M1,
    "backtest-from": "",
    "backtest-to": "",
    "backtest-notional": _PLAIN.notional,
    "backtest-cash": _PLAIN.cash,
    "backtest-execution": Execution.BOTH_MARKET,
    "backtest-taker": _PLAIN.taker_bps,
    "backtest-maker": _PLAIN.maker_bps,
    "backtest-latency": _PLAIN.latency_ms,
    "backtest-costs": "0, 1, 2, 4",
    "backtest-latencies": "0, 50, 250",
    "backtest-grid": "",
    "backtest-screen": False,
    "backtest-formation": 0.0,
    "backtest-trading": 0.0,
    "backtest-placebo": 0,
    "backtest-seed": 0,
    "backtest-check": False,
    "backtest-configured": False,
}


class _FormError(Exception):
    """A field that cannot be read, in one sentence."""


def show(overview: Overview) -> BacktestBody | None:
    """Draw the form. Returns the backtest that it asks for; None while the engine would refuse it."""
    first = str(st.session_state.get(PAIR) or (overview.pairs[0] if overview.pairs else ""))
    for key, value in {**_DEFAULTS, "backtest-pairs": first}.items():
        st.session_state.setdefault(key, value)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    row.text_input(
        "Pairs", key="backtest-pairs", placeholder="BTCUSDT/ETHUSDT, SOLUSDT/ETHUSDT", max_chars=_MOST_CHARACTERS,
        persist_state="session",
    )  # fmt: skip
    row.segmented_control("Bars of", TIMEFRAMES, key="backtest-timeframe", required=True, persist_state="session")
    for label, key, empty in (("From (UTC)", "backtest-from", "the first"), ("To (UTC)", "backtest-to", "the newest")):
        row.text_input(label, key=key, placeholder=empty, max_chars=40, width=180, persist_state="session")
    with st.expander("Account and execution"):
        _account()
    with st.expander("Variations, trials and checks"):
        _variations()
    try:
        body = _body()
    except _FormError as error:
        st.error(escape(sentence(str(error))))
        return None
    return _checked(body, overview)


def _account() -> None:
    row = st.container(horizontal=True, vertical_alignment="bottom")
    row.number_input(
        "Leg Y, USDT", 1.0, 1e9, key="backtest-notional", step=100.0, format="%.0f", width=140,
        help="The size of leg Y of a trade; leg X is sized by the hedge ratio.", persist_state="session",
    )  # fmt: skip
    row.number_input(
        "Cash, USDT", 1.0, 1e12, key="backtest-cash", step=1_000.0, format="%.0f", width=140, persist_state="session"
    )
    row.selectbox("Execution", list(Execution), key="backtest-execution", width=220)
    for label, key in (("Taker fee, bp", "backtest-taker"), ("Maker fee, bp", "backtest-maker")):
        row.number_input(label, 0.0, 1_000.0, key=key, step=0.5, format="%.2f", width=130, persist_state="session")
    row.number_input(
        "Latency, ms", 0, 600_000, key="backtest-latency", step=50, width=130,
        help="From the decision until the order is at the exchange.", persist_state="session",
    )  # fmt: skip


def _variations() -> None:
    row = st.container(horizontal=True, vertical_alignment="bottom")
    row.text_input(
        "Costs, times", key="backtest-costs", max_chars=100, width=140, persist_state="session",
        help="Also with fees and impact so many times as large.",
    )  # fmt: skip
    row.text_input("Latencies, ms", key="backtest-latencies", max_chars=100, width=140, persist_state="session")
    row.number_input(
        "Random pairs", 0, MOST_PLACEBOS, key="backtest-placebo", width=130, persist_state="session",
        help="Placebo: what pairs chosen by chance from the store bring. It needs at least 4 symbols.",
    )  # fmt: skip
    row.number_input("Seed", 0, 2**31 - 1, key="backtest-seed", width=110, persist_state="session")
    row.toggle("Check for look-ahead", key="backtest-check")
    row.toggle(
        "Parameters of the configuration alone", key="backtest-configured",
        help="Without those that were set on the page of a pair, or by the API.",
    )  # fmt: skip
    st.text_area(
        "Trials (a line for each parameter)", key="backtest-grid", max_chars=_MOST_CHARACTERS, height=68,
        placeholder="signals.entry=1.5,2,2.5", persist_state="session",
        help="Every combination is a trial, and the result says how much of the best is choice.",
    )  # fmt: skip
    st.toggle(
        "Screen the trials", key="backtest-screen",
        help=f"Up to {MOST_SCREENED:,} of them by fast copies of rows, signals and costs; the best by the whole core.",
    )  # fmt: skip
    row = st.container(horizontal=True, vertical_alignment="bottom")
    row.number_input(
        "Walk-forward: choose in, hours", 0.0, 8_760.0, key="backtest-formation", step=24.0, width=220,
        help="The best trial of so many hours …", persist_state="session",
    )  # fmt: skip
    row.number_input(
        "trade in, hours", 0.0, 8_760.0, key="backtest-trading", step=24.0, width=160,
        help="… is traded in so many after them, and so on. 0: no walk-forward.", persist_state="session",
    )  # fmt: skip


def _body() -> BacktestBody:
    state = st.session_state
    return BacktestBody(
        pairs=tuple(part.strip() for part in str(state["backtest-pairs"]).split(",") if part.strip()),
        timeframe=Timeframe(state["backtest-timeframe"]),
        start=_time(str(state["backtest-from"])),
        end=_time(str(state["backtest-to"])),
        notional=float(state["backtest-notional"]),
        cash=float(state["backtest-cash"]),
        execution=Execution(state["backtest-execution"]),
        taker_bps=float(state["backtest-taker"]),
        maker_bps=float(state["backtest-maker"]),
        latency_ms=int(state["backtest-latency"]),
        costs=_numbers("Costs", str(state["backtest-costs"])),
        latencies=tuple(int(value) for value in _numbers("Latencies", str(state["backtest-latencies"]))),
        grid=tuple(line.strip() for line in str(state["backtest-grid"]).splitlines() if line.strip()),
        screen=bool(state["backtest-screen"]),
        formation_hours=float(state["backtest-formation"]),
        trading_hours=float(state["backtest-trading"]),
        placebo=int(state["backtest-placebo"]),
        seed=int(state["backtest-seed"]),
        check=bool(state["backtest-check"]),
        configured=bool(state["backtest-configured"]),
    )


def _time(text: str) -> int | None:
    if not text.strip():
        return None
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        raise _FormError(f"{text.strip()[:40]!r} is no time: write it as 2026-11-22 15:00") from None
    return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp() * 1000)


def _numbers(name: str, text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise _FormError(f"{name}: {text[:40]!r} is no list of numbers, such as 0, 1, 2") from None


def _checked(body: BacktestBody, overview: Overview) -> BacktestBody | None:
    """Returns the backtest where it can begin; else says why not, in the engine's words."""
    if overview.problem is not None or not body.pairs:
        return None
    try:
        with engine() as client:
            check = client.check_backtest(body)
    except (ApiRequestError, EngineDownError) as error:
        st.error(escape(sentence(str(error))))
        return None
    if check.problem is not None:
        st.error(escape(sentence(check.problem)))
        return None
    if check.parameters:
        told = ", ".join(f"{key} {value}" for key, value in check.parameters.items())
        st.caption(escape(f"With parameters as they are set now: {told}."))
    if check.runs > 1:
        st.caption(f"{check.runs} runs over the same data.")
    return body
