"""The state of one browser session between runs of the page script."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal

import httpx
import streamlit as st

from spreadscope.client import ApiRequestError, Client, EngineDownError
from spreadscope.contract import Status, Timeframe
from spreadscope.dashboard.engine_link import PERSON_HEADER, SESSION_COOKIE
from spreadscope.dashboard.engine_process import STARTING
from spreadscope.dashboard.page_server import current_server
from spreadscope.dashboard.text import escape, sentence
from spreadscope.guard.identity import IdentityKind

# A page on seconds changes to this for a new pair: windows of two minutes show mostly chance.
NEW_PAIR = Timeframe.M1
PAIR = "pair"
TIMEFRAME = "timeframe"
PAIR_ADDED = "pair-added"
"""The session key that the bar has added a pair, which the live page is to show."""

NOTICE_SECONDS = 20.0
CHECK_SECONDS = 1.0
# The areas of notices: above the page, or below the bar, which is a separate fragment.
PAGE = "notices"
BAR = "bar-notices"

Kind = Literal["error", "warning", "info", "success"]


@dataclass(frozen=True)
class Overview:
    """The last known state of the engine, from ``at`` (monotonic seconds). ``problem`` says why it is not current."""

    status: Status
    symbols: list[str]
    problem: str | None = None
    at: float = 0.0

    @property
    def stale_ms(self) -> float:
        """The milliseconds by which the ages in the status have grown; 0 while it is current."""
        return 1000 * (time.monotonic() - self.at) if self.problem is not None else 0.0

    @property
    def pairs(self) -> list[str]:
        return list(self.status.pairs)

    @property
    def starting(self) -> str:
        """What the engine still does at its start; empty once it runs."""
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
        """The time of the market's clock (ms), which alerts use; our clock while there is none."""
        return self.status.market_time or self.status.now


@contextmanager
def engine(path: str = "") -> Iterator[Client]:
    """Yields a client of the engine (below ``path``: of a playback) that asks for the person whose page this is."""
    client = client_of_person(path)
    try:
        yield client
    finally:
        client.close()


def client_of_person(path: str = "") -> Client:
    """Returns such a client, for who closes it: another thread does not know whose page it works for."""
    server = current_server()
    # A script that runs alone, without a server, has no browser either.
    session = _session() if server.serves else None
    return Client(f"{server.engine.api}{path}", api_key=server.engine.key, session=session)


def is_signed_in() -> bool:
    """Returns whether this page is of a person who has signed in, and could sign out."""
    return current_server().serves and st.context.headers.get(PERSON_HEADER) == IdentityKind.SESSION


def _session() -> str | None:
    """Returns the sign-in of this page's person; None for the account that runs the server.

    Raises ``ApiRequestError`` where that is not known: the page is closed, or came past the gate.
    """
    headers = st.context.headers
    match headers.get(PERSON_HEADER):
        case IdentityKind.OWNER:
            return None
        case IdentityKind.SESSION if token := st.context.cookies.get(SESSION_COOKIE):
            return str(token)
    raise ApiRequestError("this page has lost its sign-in: load it again", httpx.codes.UNAUTHORIZED)


def overview() -> Overview | str:
    """Returns the current or last known state of the engine; a sentence where none is known."""
    last = st.session_state.get("overview")
    try:
        with engine() as client:
            snapshot = Overview(client.status(), client.symbols(), at=time.monotonic())
    except (EngineDownError, ApiRequestError) as error:
        problem = current_server().engine.problem or str(error)
        return replace(last, problem=problem) if isinstance(last, Overview) else problem
    if snapshot.starting and not snapshot.pairs:
        problem = f"{STARTING}: {snapshot.starting}"
        # Its pairs are not loaded yet: the screen keeps its content.
        return replace(last, problem=problem) if isinstance(last, Overview) and last.pairs else problem
    st.session_state["overview"] = snapshot
    return snapshot


@dataclass(frozen=True)
class Notice:
    """A notice for the user. ``until_engine_answers``: it disappears when an engine answers."""

    kind: Kind
    text: str
    at: float
    until_engine_answers: bool = False


AddNotice = Callable[[Kind, str], None]


@contextmanager
def collecting_notices(area: str = PAGE) -> Iterator[AddNotice]:
    """Run an action of the user inside: yields a function that adds a notice to ``area``, shown from the next run on.

    Earlier notices are removed, and a refusal becomes an error notice. The block must not read or write the session:
    Streamlit may end a callback at any such access for a newer run, and then the result would never be shown.
    """
    notices = _notices(area)
    notices.clear()

    def add_notice(kind: Kind, text: str) -> None:
        notices.append(Notice(kind, text, time.monotonic()))

    try:
        yield add_notice
    except ApiRequestError as error:
        add_notice("error", sentence(str(error)))
    except EngineDownError as error:
        notices.append(
            Notice("error", sentence(f"{error}: nothing was changed"), time.monotonic(), until_engine_answers=True)
        )


def _notices(area: str) -> list[Notice]:
    notices: list[Notice] = st.session_state.setdefault(f"said-{area}", [])
    return notices


def show_notices(area: str) -> None:
    """Draw the notices of an area. They stay when the script runs again for other reasons.

    They have a container: Streamlit identifies elements by their number, and tabs below would else open at the first.
    """
    with st.container(key=area):
        if _current_notices(area):
            _boxes(area)


@st.fragment(run_every=CHECK_SECONDS)
def _boxes(area: str) -> None:
    """Draw the notices in a fragment that removes old ones, because the script may not run for long."""
    boxes = {"error": st.error, "warning": st.warning, "info": st.info, "success": st.success}
    notices = _current_notices(area)
    for notice in notices:
        boxes[notice.kind](escape(notice.text))
    if not notices:
        st.rerun()


def _current_notices(area: str) -> list[Notice]:
    """Returns the notices that are still valid, and forgets the others."""
    now = time.monotonic()
    notices = _notices(area)
    notices[:] = [notice for notice in notices if now - notice.at < NOTICE_SECONDS]
    if any(notice.until_engine_answers for notice in notices) and _engine_answers():
        notices[:] = [notice for notice in notices if not notice.until_engine_answers]
    return list(notices)


def _engine_answers() -> bool:
    try:
        with engine() as client:
            client.status()
    except (ApiRequestError, EngineDownError):
        return False
    return True
