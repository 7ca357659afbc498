"""What can be played, on the replay page: open replays, stored sessions, and ranges of stored trades."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import streamlit as st

from spreadscope.client import Client
from spreadscope.contract import Playable, PlayableSession, PlaybackBody, PlaybackRun
from spreadscope.contract.spelling import spelled
from spreadscope.dashboard.figures import TableRow, table
from spreadscope.dashboard.text import duration_text, escape, utc

SESSION = "replay-session"
PAIRS = "replay-pairs"
START = "replay-from"
END = "replay-to"

Begin = Callable[[PlaybackBody], None]
Choose = Callable[[str], None]


def show(client: Client, runs: list[PlaybackRun], begin: Begin, choose: Choose) -> None:
    """Draw the choice. ``begin`` starts a replay, ``choose`` shows one that is open."""
    st.subheader("Replay")
    st.write(
        "What was recorded plays again through the same chart, watch list and alerts, at any speed. "
        "It is clearly marked, changes nothing, and sends no message."
    )
    for run in runs:
        line = st.container(horizontal=True, vertical_alignment="center")
        line.button(f"Open {run.title}", key=f"replay-open-{run.id}", on_click=choose, args=(run.id,))
        line.caption(f"{run.state}; ended after {duration_text(run.ends_after_seconds)} without a viewer")
    playable = client.playable()
    sessions, ranges = st.tabs(["Sessions", "Stored trades"])
    with sessions:
        _sessions(playable, begin)
    with ranges:
        _ranges(playable, begin)


def _sessions(playable: Playable, begin: Begin) -> None:
    found = {each.session: each for each in playable.sessions if each.end > each.start}
    if not found:
        st.info(
            "No session is stored yet: each run of the engine is one, from its first trade on. "
            "Imported trades play under *Stored trades*."
        )
        return
    st.selectbox("Session", list(found), key=SESSION, format_func=lambda key: session_name(found[key]), width=640)

    def play() -> None:  # what is chosen at the click, which may come before the page has run again
        begin(PlaybackBody(session=st.session_state[SESSION]))

    st.button("Play session", key="replay-session-begin", type="primary", on_click=play)
    st.dataframe(
        table([session_row(each) for each in found.values()], {"facts": 0, "trades": 0}),
        hide_index=True,
        key="replay-sessions",
    )


def session_name(session: PlayableSession) -> str:
    """Returns the name of a session in a list."""
    length = duration_text((session.end - session.start) // 1000)
    runs = ", runs now: as far as it is written" if session.running else ""
    return f"{session.session} · {utc(session.start)[:19]} UTC · {length}{runs}"


def session_row(session: PlayableSession) -> TableRow:
    return {
        "session": session.session,
        "from (UTC)": utc(session.start)[:19],
        "to (UTC)": utc(session.end)[:19],
        "length": duration_text((session.end - session.start) // 1000),
        "trades": session.trades,
        "facts": session.facts,
        "run at (UTC)": utc(session.started)[:19],
        "version": session.version,
    }


def _ranges(playable: Playable, begin: Begin) -> None:
    if not playable.tapes:
        st.info("No trades are stored yet: let the engine record some, or import a file.")
        return
    st.caption("Trades play under the configuration, parameters and rules of now, in the order of time.")
    text = st.text_input("Pairs", key=PAIRS, placeholder="BTCUSDT/ETHUSDT", max_chars=400, width=420)
    pairs = _pairs(text)
    known = {tape.symbol: tape for tape in playable.tapes}
    missing = sorted({symbol for pair in pairs for symbol in pair.split("/")} - known.keys())
    if missing:
        st.warning(escape(f"No trades of {', '.join(missing)[:80]} are stored. Stored are: {', '.join(known)[:300]}."))
        return
    span = [known[symbol] for pair in pairs for symbol in pair.split("/")] or playable.tapes
    first, last = max(tape.start for tape in span), min(tape.end for tape in span)
    left, right = st.columns(2)
    left.datetime_input("From (UTC)", value=_naive(min(first, last)), key=START)
    right.datetime_input("To (UTC)", value=_naive(max(first, last) + 60_000), key=END)
    wrong = _range_body().end <= _range_body().start
    if wrong:
        st.warning("The range ends before it begins.")
    st.button(
        "Play range", key="replay-range-begin", type="primary", on_click=lambda: begin(_range_body()),
        disabled=not pairs or wrong,
    )  # fmt: skip


def _range_body() -> PlaybackBody:
    """Returns what the form says now."""
    state = st.session_state
    return PlaybackBody(
        pairs=_pairs(str(state.get(PAIRS, ""))), start=_milliseconds(state[START]), end=_milliseconds(state[END])
    )


def _pairs(text: str) -> tuple[str, ...]:
    return tuple(part for part in spelled(text).replace(",", " ").split() if part)


def _naive(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds // 60_000 * 60, UTC).replace(tzinfo=None)


def _milliseconds(time: datetime | None) -> int:
    return int(time.replace(tzinfo=UTC).timestamp() * 1000) if time is not None else 0
