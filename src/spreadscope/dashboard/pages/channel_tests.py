"""Tests of channels: sent beside the page, since a mail server may take a minute and other clicks must not wait for it."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import streamlit as st

from spreadscope.contract import Channel
from spreadscope.dashboard.api_client import ApiRequestError, EngineDownError
from spreadscope.dashboard.browser_session import Kind, engine
from spreadscope.dashboard.text import escape, sentence

# Most channels answer within this time: then the answer is there with the click.
AT_ONCE_SECONDS = 1.5
LOOK_SECONDS = 1


@dataclass
class Sending:
    """A test that was asked for, and once it is over what is to be said of it."""

    channel: str
    said: tuple[Kind, str] | None = None

    def send(self) -> None:
        try:
            with engine() as client:
                answer = client.test_channel(self.channel)
        except (ApiRequestError, EngineDownError) as error:
            self.said = ("error", f"Test of {self.channel}: {sentence(str(error))}")
            return
        words = answer.message.rstrip(".")
        self.said = (
            "success" if answer.ok else "error",
            f"Test of {self.channel}: {words} ({answer.seconds:.1f} s).",
        )


def show(channels: list[Channel]) -> None:
    """A button for each channel, and what came of it below."""
    sendings = _sendings()
    bar = st.container(horizontal=True, vertical_alignment="center")
    for channel in channels:
        name = channel.name
        waits = name in sendings and sendings[name].said is None
        bar.button(f"Send test to {escape(name)}", key=f"test-{name}", on_click=_test, args=(name,), disabled=waits)
    boxes = {"error": st.error, "warning": st.warning, "info": st.info, "success": st.success}
    for sending in list(sendings.values()):
        kind, text = sending.said or ("info", f"Test of {sending.channel}: under way.")
        boxes[kind](escape(text))
    if any(sending.said is None for sending in sendings.values()):
        _until_sent()


def _test(name: str) -> None:
    sendings = _sendings()
    sendings.clear()
    sendings[name] = Sending(name)
    thread = threading.Thread(target=sendings[name].send, name=f"test of {name}", daemon=True)
    thread.start()
    thread.join(AT_ONCE_SECONDS)


@st.fragment(run_every=LOOK_SECONDS)
def _until_sent() -> None:
    if all(sending.said is not None for sending in _sendings().values()):
        st.rerun()


def _sendings() -> dict[str, Sending]:
    held: dict[str, Sending] = st.session_state.setdefault("channel-tests", {})
    return held
