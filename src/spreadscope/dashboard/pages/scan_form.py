"""The form of a scan: where the closes come from, and how they are tested. The engine checks it as one types."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.uploaded_file_manager import UploadedFile

from spreadscope.client import ApiRequestError, Client, EngineDownError
from spreadscope.contract import TIMEFRAMES, CandleLength, ScanBody, ScanSource, Timeframe
from spreadscope.contract.bodies import (
    FEWEST_SCAN_BARS,
    MOST_CANDLES,
    MOST_SCAN_BARS,
    MOST_SCAN_FILES,
    MOST_SCAN_SYMBOLS,
    MOST_SURROGATES,
)
from spreadscope.dashboard.browser_session import Overview, engine
from spreadscope.dashboard.text import escape, sentence

SOURCE, FILES = "scan-source", "scan-files"
TITLES = {
    ScanSource.EXCHANGE: "The exchange",
    ScanSource.STORED: "What is stored",
    ScanSource.FILES: "Files of mine",
}
_MOST_CHARACTERS = 20_000
_BASIS_POINT = 1e4
_DEFAULTS: dict[str, object] = {
    SOURCE: ScanSource.EXCHANGE,
    "scan-timeframe": Timeframe.M1,
    "scan-bars": 1_000,
    "scan-top": 30,
    "scan-volume": 0.0,
    "scan-quote": "USDT",
    "scan-symbols": "",
    "scan-surrogates": 100,
    "scan-lags": 10,
    "scan-fee": 5.0,
    "scan-seed": 0,
    "scan-keep": "",
}


def show(overview: Overview) -> ScanBody | None:
    """Draw the form. Returns the scan that it asks for; None while the engine would refuse it."""
    for key, value in {**_DEFAULTS, "scan-candle": CandleLength.M1 if overview.demo else CandleLength.H1}.items():
        st.session_state.setdefault(key, value)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    chosen = row.segmented_control(
        "Bars from", list(TITLES), key=SOURCE, format_func=TITLES.__getitem__, required=True, persist_state="session"
    )
    source = ScanSource(chosen or ScanSource.EXCHANGE)
    {ScanSource.EXCHANGE: _exchange, ScanSource.STORED: _stored, ScanSource.FILES: _files}[source](row)
    named = source is not ScanSource.FILES
    with st.expander("Symbols, tests and fees" if named else "Tests and fees"):
        if source is ScanSource.EXCHANGE:
            st.caption(
                "Candles are asked for within half of the exchange's budget of requests. Nothing of them is stored."
            )
        if named:
            otherwise = "the most traded" if source is ScanSource.EXCHANGE else "all"
            _symbols(f"Only these symbols (empty: {otherwise})")
        _tests()
    return _checked(_body(source), overview)


def _exchange(row: DeltaGenerator) -> None:
    row.segmented_control(
        "Candles of",
        list(CandleLength),
        key="scan-candle",
        required=True,
        persist_state="session",
    )
    row.number_input(
        "of each", FEWEST_SCAN_BARS, MOST_CANDLES, key="scan-bars", step=100, width=140, persist_state="session"
    )
    row.number_input("Most traded", 2, MOST_SCAN_SYMBOLS, key="scan-top", step=10, width=140, persist_state="session")
    row.number_input(
        "24 h volume at least",
        0.0,
        1e12,
        key="scan-volume",
        step=1e6,
        format="%.0f",
        width=180,
        help="What was traded of a symbol in the last 24 hours, in the quote asset. A pair that nobody trades cannot be"
        " traded.",
        persist_state="session",
    )
    row.text_input("quoted in", key="scan-quote", max_chars=20, width=110, persist_state="session")


def _stored(row: DeltaGenerator) -> None:
    row.segmented_control(
        "Bars of",
        TIMEFRAMES,
        key="scan-timeframe",
        required=True,
        persist_state="session",
    )
    row.number_input(
        "newest of each", FEWEST_SCAN_BARS, MOST_SCAN_BARS, key="scan-bars", step=100, width=140,
        persist_state="session",
    )  # fmt: skip


def _files(_row: DeltaGenerator) -> None:
    st.caption(
        "Files of bars: `symbol, open_time, close`, one column of closes a symbol, or the bars of one symbol that the "
        "file's name tells. CSV, Parquet, Feather, JSON, plain, compressed or in a zip; bars of any length. Nothing is "
        "imported."
    )
    st.file_uploader("Files of bars", accept_multiple_files=True, key=FILES)


def _symbols(label: str) -> None:
    st.text_area(
        label, key="scan-symbols", max_chars=_MOST_CHARACTERS, height=68, placeholder="BTCUSDT, ETHUSDT, SOLUSDT",
        persist_state="session",
    )  # fmt: skip


def _tests() -> None:
    row = st.container(horizontal=True, vertical_alignment="bottom")
    row.number_input(
        "Panels of chance", 0, MOST_SURROGATES, key="scan-surrogates", step=50, width=160,
        help="So many times the signs of returns are drawn anew, and the whole panel is tested: p is calibrated on what"
        " chance gives in these prices. 0: p is corrected for the number of tests alone.", persist_state="session",
    )  # fmt: skip
    row.number_input(
        "Most lags", 0, 24, key="scan-lags", width=120, help="AIC chooses up to so many.", persist_state="session"
    )
    row.number_input(
        "Fee of a fill, bp", 0.0, 500.0, key="scan-fee", step=0.5, format="%.2f", width=150,
        help="For the cost of a round trip: both legs are filled twice.", persist_state="session",
    )  # fmt: skip
    row.number_input("Seed", 0, 2**31 - 1, key="scan-seed", width=120, persist_state="session")
    st.text_input(
        "Test all the same", key="scan-keep", max_chars=2_000, placeholder="symbols that look pegged or idle",
        help="A symbol that hardly moves, mostly stands still or reverts by itself makes every pair with it look tied,"
        " so it is left out. The test of that drops 5% of honest walks as well.", persist_state="session",
    )  # fmt: skip


def _body(source: ScanSource) -> ScanBody:
    state = st.session_state
    return ScanBody(
        source=source,
        symbols="" if source is ScanSource.FILES else str(state["scan-symbols"]),
        timeframe=Timeframe(state["scan-timeframe"]),
        candle=CandleLength(state["scan-candle"]),
        bars=min(int(state["scan-bars"]), MOST_CANDLES) if source is ScanSource.EXCHANGE else int(state["scan-bars"]),
        top=int(state["scan-top"]),
        min_volume=float(state["scan-volume"]),
        quote_asset=str(state["scan-quote"]) or "USDT",
        surrogates=int(state["scan-surrogates"]),
        max_lags=int(state["scan-lags"]),
        keep=str(state["scan-keep"]),
        seed=int(state["scan-seed"]),
        fee=float(state["scan-fee"]) / _BASIS_POINT,
    )


def _checked(body: ScanBody, overview: Overview) -> ScanBody | None:
    """Returns the scan where it can begin; else says why not, in the engine's words."""
    if overview.problem is not None:
        return None
    if body.source is ScanSource.FILES:
        count = len(uploaded())
        if not count:
            return None
        if count > MOST_SCAN_FILES:
            st.error(f"{count} files are dropped, and at most {MOST_SCAN_FILES} are scanned at once: remove some.")
            return None
    try:
        with engine() as client:
            check = client.check_scan(body)
    except (ApiRequestError, EngineDownError) as error:
        st.error(escape(sentence(str(error))))
        return None
    if check.problem is not None:
        st.error(escape(sentence(check.problem)))
        return None
    return body


def uploaded() -> Sequence[UploadedFile]:
    """Returns what is dropped in the form."""
    return list(st.session_state.get(FILES) or [])


def begin(client: Client, body: ScanBody, files: Sequence[UploadedFile]) -> str:
    """Begin a scan; its files are sent, and forgotten once the job has its own. Returns the id of the job."""
    sent: list[str] = []
    try:
        for file in files:
            sent.append(client.send_file(file.name, file.getvalue()).id)  # noqa: PERF401 - those that were sent are forgotten
        return client.start_scan(msgspec.structs.replace(body, files=tuple(sent))).id
    finally:
        for file_id in sent:
            client.remove_file(file_id)
