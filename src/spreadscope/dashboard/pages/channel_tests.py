"""Tests of channels, sent in threads: a mail server may take a minute, and other clicks must not wait."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import dataclass

import streamlit as st

from spreadscope.client import ApiRequestError, Client, EngineDownError
from spreadscope.contract import Channel
from spreadscope.dashboard.browser_session import Kind, client_of_person
from spreadscope.dashboard.text import escape, sentence

# Most channels answer within this time; then the result is shown with the click.
AT_ONCE_SECONDS = 1.5
CHECK_SECONDS = 1


@dataclass
class ChannelTest:
    """A running test of a channel, and its result once it has ended."""

    channel: str
    result: tuple[Kind, str] | None = None

    def send(self, client: Client) -> None:
        """Send it, and close the client."""
        try:
            with closing(client):
                answer = client.test_channel(self.channel)
        except (ApiRequestError, EngineDownError) as error:
            self.result = ("error", f"Test of {self.channel}: {sentence(str(error))}")
            return
        words = answer.message.rstrip(".")
        self.result = (
            "success" if answer.ok else "error",
            f"Test of {self.channel}: {words} ({answer.seconds:.1f} s).",
        )


def show(channels: list[Channel]) -> None:
    """Draw a button for each channel, and the results of tests below."""
    tests = _tests()
    bar = st.container(horizontal=True, vertical_alignment="center")
    for channel in channels:
        name = channel.name
        running = name in tests and tests[name].result is None
        bar.button(f"Send test to {escape(name)}", key=f"test-{name}", on_click=_test, args=(name,), disabled=running)
    boxes = {"error": st.error, "warning": st.warning, "info": st.info, "success": st.success}
    for test in list(tests.values()):
        kind, text = test.result or ("info", f"Test of {test.channel}: under way.")
        boxes[kind](escape(text))
    if any(test.result is None for test in tests.values()):
        _rerun_when_done()


def _test(name: str) -> None:
    tests = _tests()
    tests.clear()
    tests[name] = ChannelTest(name)
    try:
        client = client_of_person()
    except ApiRequestError as error:
        tests[name].result = ("error", f"Test of {name}: {sentence(str(error))}")
        return
    thread = threading.Thread(target=tests[name].send, args=(client,), name=f"test of {name}", daemon=True)
    thread.start()
    thread.join(AT_ONCE_SECONDS)


@st.fragment(run_every=CHECK_SECONDS)
def _rerun_when_done() -> None:
    if all(test.result is not None for test in _tests().values()):
        st.rerun()


def _tests() -> dict[str, ChannelTest]:
    tests: dict[str, ChannelTest] = st.session_state.setdefault("channel-tests", {})
    return tests
