"""Links to a moment: the replay page opens there, some bars before, so that one sees what came to it."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from spreadscope.client import ApiRequestError
from spreadscope.contract import TIMEFRAMES, PlaybackBody
from spreadscope.contract.spelling import spelled
from spreadscope.dashboard.browser_session import PAIR, TIMEFRAME, collecting_notices, engine
from spreadscope.dashboard.deep_links import base_path
from spreadscope.dashboard.text import utc

AT = "at"
REPLAY = "replay"
BARS_BEFORE = 5
_HOUR = 3_600_000
_SECONDS = {"s": 1_000, "m": 60_000, "h": 3_600_000}


def moment_link(at: int, pair: str, timeframe: str) -> str:
    """Returns the address that opens a replay shortly before the market's time ``at`` (ms)."""
    query = {AT: str(at), TIMEFRAME: timeframe} | ({PAIR: pair} if "/" in pair else {})
    return f"{base_path()}/replay?{urlencode(query)}"


def replay_column() -> ColumnConfig:
    """Returns how the column of such links is shown."""
    return st.column_config.LinkColumn(display_text="why?", help="Opens a replay a few bars before this moment.")


def milliseconds_of(timeframe: str) -> int:
    """Returns the length of a bar.

    >>> milliseconds_of("5m")
    300000
    """
    return int(timeframe[:-1]) * _SECONDS[timeframe[-1]]


def open_asked() -> None:
    """Start the replay that the address asks for, once."""
    asked = str(st.query_params.get(AT, ""))
    if not asked:
        return
    del st.query_params[AT]
    if not asked.isdigit() or len(asked) > 13:
        st.warning("The moment in the address is no time: it is milliseconds since 1970.")
        return
    timeframe = str(st.query_params.get(TIMEFRAME, "1m"))
    length = milliseconds_of(timeframe if timeframe in TIMEFRAMES else "1m")
    at = max(0, int(asked) - BARS_BEFORE * length)
    pair = spelled(str(st.query_params.get(PAIR, "")))
    started: list[str] = []
    with collecting_notices() as add, engine() as client:
        try:
            started.append(client.start_playback(PlaybackBody(at=at)).id)
        except ApiRequestError:
            if not pair:
                raise
            # No session is kept of then: the trades may be.
            body = PlaybackBody(pairs=(pair,), start=max(0, at - 6 * _HOUR), end=at + _HOUR, at=at)
            started.append(client.start_playback(body).id)
        add("info", f"It opens {BARS_BEFORE} bars before {utc(int(asked))[:19]} UTC: play on, or go on bar by bar.")
    if started:
        st.session_state["playback"] = started[0]
        st.query_params["playback"] = started[0]
    st.rerun()  # the notices stand above what is drawn here
