"""The delivery tab: each channel's counts, a test, and messages that were not delivered."""

from __future__ import annotations

import streamlit as st

from spreadscope.client import ApiRequestError, EngineDownError
from spreadscope.contract import Channel, Delivery, DeliveryState
from spreadscope.dashboard.browser_session import collecting_notices, engine
from spreadscope.dashboard.code_component import code_component
from spreadscope.dashboard.figures import TableRow
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
    """Draw the tab. ``path`` is the engine's ``alerts.toml``."""
    try:
        with engine() as client:
            channels, dead_deliveries = client.channels(), client.deliveries(DEAD_ROWS, DeliveryState.DEAD)
    except (ApiRequestError, EngineDownError) as error:
        waiting.show_error(error)
        return
    if channels:
        st.dataframe([channel_row(channel) for channel in channels], hide_index=True, key="channels")
        channel_tests.show(channels)
    else:
        _how_to(path)
    _dead_letters(dead_deliveries)


def _how_to(path: str) -> None:
    st.markdown(f"**No channel yet: alerts are shown here and go nowhere else.** Write channels into {escape(path)}:")
    code_component(HOW_TO, "channels-how-to")
    st.caption(
        "Put the address into the environment of the engine and start it again, or name a secret file with `url_file`. "
        "The file itself is read again whenever it changes. Telegram, Discord, Slack, e-mail, ntfy and many others "
        "work."
    )


def channel_row(channel: Channel) -> TableRow:
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


def _dead_letters(dead_deliveries: list[Delivery]) -> None:
    st.markdown("**Not delivered**")
    if not dead_deliveries:
        st.caption("Nothing: whatever was to be sent was delivered, or is still being tried.")
        return
    st.caption("Given up after many attempts, or too old to be of use. What has been mended can be sent once more.")
    for delivery in dead_deliveries:
        description, button = st.columns([6, 1], vertical_alignment="center")
        description.markdown(
            f"**{escape(delivery.channel)}** · {escape(delivery.title)} · {utc(delivery.time)[:19]} UTC  \n"
            f"{delivery.attempts} attempts; {escape(sentence(delivery.error or 'no reason was given'))}"
        )
        button.button("Retry", key=f"retry-{delivery.id}", on_click=_retry, args=(delivery.id,), width="stretch")


def _retry(delivery_id: int) -> None:
    with collecting_notices() as add_notice, engine() as client:
        delivery = client.retry_delivery(delivery_id)
        add_notice("info", f"Sent once more to {delivery.channel}.")
