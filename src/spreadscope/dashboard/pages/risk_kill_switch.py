"""The kill switch on the risk page: its state, how it is pulled and reset with a reason, and its history."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from spreadscope.contract import LONGEST_REASON, KillEvent, PaperAccount
from spreadscope.dashboard.browser_session import collecting_notices, engine
from spreadscope.dashboard.figures import table
from spreadscope.dashboard.text import escape, sentence, utc, with_minus_signs

REASON = "risk-kill-reason"


def show(account: PaperAccount, *, away: bool) -> None:
    """Draw the state, with the way to change it; ``away``: no engine answers."""
    kill = account.kill
    pulls = "closes what is open" if account.settings.kill_flattens else "leaves what is open"
    with st.container(border=True, key="risk-kill"):
        row = st.container(horizontal=True, vertical_alignment="center")
        if kill is None:
            row.markdown(
                f"**Kill switch armed.** It is pulled by hand, or by a limit below; it then {pulls}, and nothing is"
                " entered until it is reset."
            )
        else:
            row.markdown(
                f":red-badge[PULLED] by {_who(kill.by)} at {utc(kill.time)[:19]} UTC:"
                f" {escape(sentence(with_minus_signs(kill.reason)))} Nothing is entered until it is reset."
            )
        with row.popover("Reset" if kill is not None else "Pull", disabled=away):
            st.text_input("Why", key=REASON, max_chars=LONGEST_REASON)
            st.caption("The limits then begin anew where the account stands." if kill is not None else f"It {pulls}.")
            st.button(
                "Reset the kill switch" if kill is not None else "Pull the kill switch",
                key="risk-kill-go",
                type="primary",
                on_click=_change,
                args=(account.name, kill is None),
                disabled=not str(st.session_state.get(REASON, "")).strip(),
            )


def _who(by: str) -> str:
    """Returns who pulled it, as in a sentence: what is not a person is one of the limits."""
    return "a limit" if by == "limit" else escape(by)


def _change(account: str, active: bool) -> None:  # noqa: FBT001 - the argument of a callback
    reason = str(st.session_state.get(REASON, "")).strip()
    st.session_state[REASON] = ""
    with collecting_notices() as add_notice, engine() as client:
        if active:
            client.pull_paper_kill_switch(account, reason)
            add_notice("info", f"The kill switch of {account} is pulled: nothing new is entered.")
        else:
            client.reset_paper_kill_switch(account, reason)
            add_notice("info", f"The kill switch of {account} is reset: signals and tickets trade again.")


def show_history(kills: Sequence[KillEvent]) -> None:
    st.subheader("Kill switch, so far", anchor=False)
    if not kills:
        st.caption("It was never pulled.")
        return
    rows = [
        {
            "time (UTC)": utc(each.time)[:19],
            "what": "pulled" if each.active else "reset",
            "by": _who(each.by),
            "why": with_minus_signs(each.reason),
        }
        for each in kills
    ]
    st.dataframe(
        table(rows, {}),
        hide_index=True,
        key="risk-kills",
        column_config={"why": st.column_config.Column(width="large")},
    )
