"""What one browser session remembers between runs of the page script."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal

import streamlit as st

from spreadscope.dashboard.client import ApiError, Client, EngineDownError, Json
from spreadscope.dashboard.engine import STARTING
from spreadscope.dashboard.server import current
from spreadscope.dashboard.words import escape, sentence

TIMEFRAMES = ("1s", "1m", "5m")
PAIR = "pair"
TIMEFRAME = "timeframe"

NOTICE_SECONDS = 20.0
# Where boxes are shown: above the page, or below the alarm, which is a fragment of its own.
PAGE = "notices"
ALARM = "alarm-notices"

Kind = Literal["error", "warning", "info", "success"]


@dataclass(frozen=True)
class Overview:
    """The engine as last seen. ``problem`` says why this is not the present."""

    status: Json
    symbols: list[str]
    problem: str | None = None

    @property
    def pairs(self) -> list[str]:
        return list(self.status["pairs"])

    @property
    def starting(self) -> str:
        """What the engine is still doing before it follows its pairs; empty once it is there."""
        return str(self.status.get("starting") or "")

    @property
    def demo(self) -> bool:
        return bool(self.status["demo"])


@contextmanager
def engine() -> Iterator[Client]:
    client = Client(current().engine.api)
    try:
        yield client
    finally:
        client.close()


def overview() -> Overview | str:
    """The engine now, or as this session last saw it; a sentence when it was never seen."""
    last = st.session_state.get("overview")
    try:
        with engine() as client:
            seen = Overview(client.status(), client.symbols())
    except (EngineDownError, ApiError) as error:
        problem = current().engine.problem or str(error)
        return replace(last, problem=problem) if isinstance(last, Overview) else problem
    if seen.starting and not seen.pairs:
        problem = f"{STARTING}: {seen.starting}"
        # Its pairs are not gone, only not there yet: what was on the screen stays.
        return replace(last, problem=problem) if isinstance(last, Overview) and last.pairs else problem
    st.session_state["overview"] = seen
    return seen


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
        notices.append((kind, text, time.monotonic()))

    try:
        yield say
    except (ApiError, EngineDownError) as error:
        say("error", sentence(str(error)))


def _notices(place: str) -> list[tuple[Kind, str, float]]:
    held: list[tuple[Kind, str, float]] = st.session_state.setdefault(f"said-{place}", [])
    return held


def show_notices(place: str) -> None:
    """Draw the boxes. The script also runs when the chart has news, which must not wipe away what was just said.

    They have a place of their own: Streamlit knows what follows by its number, and tabs would open anew at the first.
    """
    boxes = {"error": st.error, "warning": st.warning, "info": st.info, "success": st.success}
    now = time.monotonic()
    notices = _notices(place)
    notices[:] = [each for each in notices if now - each[2] < NOTICE_SECONDS]
    with st.container(key=place):
        for kind, text, _ in list(notices):
            boxes[kind](escape(text))
