"""What one browser session remembers between runs of the page script."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal

import streamlit as st

from spreadscope.contract import Status, Timeframe
from spreadscope.dashboard.api_client import ApiClient, ApiRequestError, EngineDownError
from spreadscope.dashboard.engine_process import STARTING
from spreadscope.dashboard.page_server import current
from spreadscope.dashboard.text import escape, sentence

# Where a page that stands on seconds goes to show a new pair: of seconds its windows see two minutes, which is mostly chance.
NEW_PAIR = Timeframe.M1
PAIR = "pair"
TIMEFRAME = "timeframe"

NOTICE_SECONDS = 20.0
LOOK_SECONDS = 1.0
# Where boxes are shown: above the page, or below the alarm, which is a fragment of its own.
PAGE = "notices"
ALARM = "alarm-notices"

Kind = Literal["error", "warning", "info", "success"]


@dataclass(frozen=True)
class Overview:
    """The engine as last seen, at ``at`` (monotonic seconds). ``problem`` says why this is not the present."""

    status: Status
    symbols: list[str]
    problem: str | None = None
    at: float = 0.0

    @property
    def since(self) -> float:
        """Milliseconds by which the ages in the status have grown."""
        return 1000 * (time.monotonic() - self.at) if self.problem is not None else 0.0

    @property
    def pairs(self) -> list[str]:
        return list(self.status.pairs)

    @property
    def starting(self) -> str:
        """What the engine is still doing before it follows its pairs; empty once it is there."""
        return self.status.starting

    @property
    def timeframe(self) -> str:
        """The timeframe that a page opens on."""
        return self.status.config.timeframe

    @property
    def demo(self) -> bool:
        return self.status.demo

    @property
    def now(self) -> int:
        """The time by the market's clock (ms), which alerts keep too; ours while the market has none."""
        return self.status.market_time or self.status.now


@contextmanager
def engine() -> Iterator[ApiClient]:
    client = ApiClient(current().engine.api)
    try:
        yield client
    finally:
        client.close()


def overview() -> Overview | str:
    """The engine now, or as this session last saw it; a sentence when it was never seen."""
    last = st.session_state.get("overview")
    try:
        with engine() as client:
            seen = Overview(client.status(), client.symbols(), at=time.monotonic())
    except (EngineDownError, ApiRequestError) as error:
        problem = current().engine.problem or str(error)
        return replace(last, problem=problem) if isinstance(last, Overview) else problem
    if seen.starting and not seen.pairs:
        problem = f"{STARTING}: {seen.starting}"
        # Its pairs are not gone, only not there yet: what was on the screen stays.
        return replace(last, problem=problem) if isinstance(last, Overview) and last.pairs else problem
    st.session_state["overview"] = seen
    return seen


@dataclass(frozen=True)
class Notice:
    """A box above the page. ``passing``: it is true only as long as no engine answers."""

    kind: Kind
    text: str
    at: float
    passing: bool = False


Say = Callable[[Kind, str], None]


@contextmanager
def telling(place: str = PAGE) -> Iterator[Say]:
    """Around what somebody asks of the engine: gives what shows a box at ``place`` from the next run on.

    Earlier boxes have had their day, and a refusal becomes an error box. Nothing in here reads or writes the session once
    the block runs: Streamlit may end a callback at any such access for the sake of a newer run, and then what the engine
    has done would never be told.
    """
    notices = _notices(place)
    notices.clear()

    def say(kind: Kind, text: str) -> None:
        notices.append(Notice(kind, text, time.monotonic()))

    try:
        yield say
    except ApiRequestError as error:
        say("error", sentence(str(error)))
    except EngineDownError as error:
        notices.append(Notice("error", sentence(f"{error}: nothing was changed"), time.monotonic(), passing=True))


def _notices(place: str) -> list[Notice]:
    held: list[Notice] = st.session_state.setdefault(f"said-{place}", [])
    return held


def show_notices(place: str) -> None:
    """Draw the boxes. The script also runs when the chart has news, which must not wipe away what was just said.

    They have a place of their own: Streamlit knows what follows by its number, and tabs would open anew at the first.
    """
    with st.container(key=place):
        if _current_notices(place):
            _boxes(place)


@st.fragment(run_every=LOOK_SECONDS)
def _boxes(place: str) -> None:
    """The boxes, which go by themselves: nobody else may have the script run for long."""
    boxes = {"error": st.error, "warning": st.warning, "info": st.info, "success": st.success}
    notices = _current_notices(place)
    for notice in notices:
        boxes[notice.kind](escape(notice.text))
    if not notices:
        st.rerun()


def _current_notices(place: str) -> list[Notice]:
    """Those that still hold; the others are forgotten."""
    now = time.monotonic()
    notices = _notices(place)
    notices[:] = [each for each in notices if now - each.at < NOTICE_SECONDS]
    if any(each.passing for each in notices) and _answers():
        notices[:] = [each for each in notices if not each.passing]
    return list(notices)


def _answers() -> bool:
    try:
        with engine() as client:
            client.status()
    except (ApiRequestError, EngineDownError):
        return False
    return True
