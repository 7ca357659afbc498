"""The dialog of trading modes: what the signals of each pair do on a paper account."""

from __future__ import annotations

import streamlit as st

from spreadscope.client import ApiRequestError, EngineDownError
from spreadscope.contract import TIMEFRAMES, PaperAccount, Timeframe, TradingMode, TradingModeBody
from spreadscope.dashboard.browser_session import Overview, engine
from spreadscope.dashboard.pages import paper_dialogs
from spreadscope.dashboard.pages.paper_dialogs import Dialog
from spreadscope.dashboard.text import escape, sentence

MOST_SHOWN = 40
_PROBLEM = "dialog-modes-problem"


@st.dialog("Modes: what signals do", width="medium", on_dismiss=paper_dialogs.dismissed(Dialog.MODES))
def dialog(overview: Overview, account: str) -> None:
    """Draw a line for each pair; a click holds at once."""
    if not overview.pairs:
        st.info("No pair is followed yet: add one on the Live page.")
        return
    st.caption(
        f"On the paper account {escape(account)}. *Ask me* shows a signal in the portfolio and waits for an answer; "
        "*automatic* trades it at once. A click holds at once, and leaves open trades alone."
    )
    try:
        with engine() as client:
            known = next((each for each in client.paper_accounts() if each.name == account), None)
    except (ApiRequestError, EngineDownError) as error:
        st.error(escape(sentence(str(error))))
        return
    if known is None:
        st.error("This account is not there any more.")
        return
    bar = st.container(horizontal=True, vertical_alignment="bottom")
    frame = Timeframe(
        str(
            bar.segmented_control(
                "Timeframe", TIMEFRAMES, default=overview.timeframe, key="dialog-modes-timeframe", required=True
            )
        )
    )
    pairs = list(overview.pairs)
    if len(pairs) > MOST_SHOWN // 4:
        typed = bar.text_input("Search", key="dialog-modes-search", placeholder="BTC", max_chars=40, width=200)
        pairs = [pair for pair in pairs if str(typed).strip().upper() in pair.upper()]
    if problem := st.session_state.get(_PROBLEM):
        st.error(escape(str(problem)))
    modes = modes_at(known, frame)
    for pair in pairs[:MOST_SHOWN]:
        _line(account, pair, frame, modes.get(pair, TradingMode.OFF))
    if len(pairs) > MOST_SHOWN:
        st.caption(f"{len(pairs) - MOST_SHOWN} more pairs: search for them.")
    if elsewhere := [each for each in known.modes if each.timeframe != frame]:
        words = ", ".join(f"{each.pair} at {each.timeframe} {each.mode}" for each in elsewhere[:MOST_SHOWN])
        st.caption(f"At other timeframes: {escape(words)}.")


def modes_at(account: PaperAccount, timeframe: Timeframe) -> dict[str, TradingMode]:
    """Returns the modes that are not off, by pair."""
    return {each.pair: each.mode for each in account.modes if each.timeframe == timeframe}


def _line(account: str, pair: str, timeframe: Timeframe, mode: TradingMode) -> None:
    key = f"dialog-mode-{pair}-{timeframe}"
    st.session_state[key] = mode
    row = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
    row.markdown(f"**{escape(pair)}** at {timeframe}")
    row.segmented_control(
        f"Mode of {pair}", list(TradingMode), key=key, required=True, label_visibility="collapsed",
        on_change=_set, args=(account, pair, timeframe, key),
    )  # fmt: skip


def _set(account: str, pair: str, timeframe: Timeframe, key: str) -> None:
    value = st.session_state.get(key)
    if value is None:
        return  # the dialog is closed: Streamlit calls this once more for a choice that was made and set before
    mode, problem = TradingMode(str(value)), ""
    try:
        with engine() as client:
            client.set_paper_mode(account, TradingModeBody(pair=pair, timeframe=timeframe, mode=mode))
    except (ApiRequestError, EngineDownError) as error:
        problem = sentence(str(error))
    st.session_state[_PROBLEM] = problem
