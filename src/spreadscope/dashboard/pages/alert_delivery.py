"""Where alerts are sent: each channel's record, a test, and what could not be delivered."""

from __future__ import annotations

import streamlit as st

from spreadscope.contract import Channel, Delivery, DeliveryState
from spreadscope.dashboard.api_client import ApiRequestError, EngineDownError
from spreadscope.dashboard.browser_session import engine, telling
from spreadscope.dashboard.figures import Line
from spreadscope.dashboard.pages import channel_tests, waiting
from spreadscope.dashboard.text import escape, sentence, utc

DEAD_ROWS = 50

HOW_TO = """\
# alerts.toml: addresses come from the environment or a secret file, never from here.
[[channel]]
name = "telegram"
url_env = "ALERTS_TELEGRAM"      # e.g. tgram://bottoken/ChatID

[[channel]]
name = "desk"
kind = "webhook"                 # JSON by HTTPS, with a key that makes a repeat harmless
url_env = "ALERTS_WEBHOOK"
min_severity = "warning"
"""


def show(path: str) -> None:
    """``path``: where the engine looks for ``alerts.toml``."""
    try:
        with engine() as client:
            channels, dead = client.channels(), client.deliveries(DEAD_ROWS, DeliveryState.DEAD)
    except (ApiRequestError, EngineDownError) as error:
        waiting.for_answer(error)
        return
    if channels:
        st.dataframe([channel_row(channel) for channel in channels], hide_index=True, key="channels")
        channel_tests.show(channels)
    else:
        _how_to(path)
    _dead_letters(dead)


def _how_to(path: str) -> None:
    st.markdown(f"**No channel yet: alerts are shown here and go nowhere else.** Write channels into {escape(path)}:")
    st.code(HOW_TO, language="toml")
    st.caption(
        "Put the address into the environment of the engine and start it again, or name a secret file with `url_file`. "
        "The file itself is read again whenever it changes. Telegram, Discord, Slack, e-mail, ntfy and many others work."
    )


def channel_row(channel: Channel) -> Line:
    return {
        "channel": channel.name,
        "kind": channel.kind,
        "address": channel.address,
        "on": channel.enabled,
        "sent": channel.sent,
        "waiting": channel.waiting,
        "failed": channel.failed,
        "last sent (UTC)": utc(channel.last_sent)[:19],
        "last error": channel.last_error or "",
        "a repeat": "is told apart" if channel.deduplicates else "may show twice after a crash",
    }


def _dead_letters(dead: list[Delivery]) -> None:
    st.markdown("**Not delivered**")
    if not dead:
        st.caption("Nothing: whatever was to be sent was delivered, or is still being tried.")
        return
    st.caption("Given up after many attempts, or too old to be of use. What has been mended can be sent once more.")
    for letter in dead:
        what, button = st.columns([6, 1], vertical_alignment="center")
        what.markdown(
            f"**{escape(letter.channel)}** · {escape(letter.title)} · {utc(letter.time)[:19]} UTC  \n"
            f"{letter.attempts} attempts; {escape(sentence(letter.error or 'no reason was given'))}"
        )
        button.button("Retry", key=f"retry-{letter.id}", on_click=_retry, args=(letter.id,), width="stretch")


def _retry(delivery: int) -> None:
    with telling() as say, engine() as client:
        letter = client.retry_delivery(delivery)
        say("info", f"Sent once more to {letter.channel}.")
