"""What a tab says of the page that it has left is dropped, and what a timer asks in the midst; all else is heard."""

from __future__ import annotations

import asyncio

from starlette.types import Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.web.server.starlette import starlette_websocket

from spreadscope.dashboard.untimely_runs import LEAVING_SECONDS, STREAM_PATH, TIMERS_WAIT_SECONDS, UntimelyRuns

END: Message = {"type": "websocket.disconnect", "code": 1000}


def run(page: str, fragment: str = "", *, timer: bool = False) -> bytes:
    told = BackMsg()
    told.rerun_script.page_script_hash = page
    told.rerun_script.fragment_id = fragment
    told.rerun_script.is_auto_rerun = timer
    return bytes(told.SerializeToString())


def heard(*said: bytes | float, path: str = STREAM_PATH) -> list[bytes]:
    """What reaches Streamlit of what a tab says; a number lets so many seconds pass."""
    reached: list[bytes] = []
    left = [*said, END]
    now = 0.0

    async def receive() -> Message:
        nonlocal now
        while isinstance(left[0], float):
            now += left.pop(0)  # type: ignore[operator]
        told = left.pop(0)
        return {"type": "websocket.receive", "bytes": told} if isinstance(told, bytes) else END

    async def send(_: Message) -> None:
        raise AssertionError("nothing is answered here")

    async def streamlit(_: Scope, receive: Receive, __: Send) -> None:
        while (message := await receive())["type"] == "websocket.receive":
            reached.append(message["bytes"])

    asyncio.run(UntimelyRuns(streamlit, lambda: now)({"type": "websocket", "path": path}, receive, send))
    return reached


def test_a_fragment_of_the_page_that_was_left_is_not_run() -> None:
    said = [run("live"), run("live", "bar"), run("alerts"), run("live", "chart"), run("alerts", "rules")]
    assert heard(*said) == [said[0], said[1], said[2], said[4]]


def test_before_a_page_is_known_all_is_heard() -> None:
    said = [run("", "bar"), run(""), run("live", "bar"), run("alerts", "rules")]
    assert heard(*said) == said


def test_where_another_page_came_its_fragments_are_heard_in_the_end() -> None:
    late = run("main", "bar")
    assert heard(run("gone"), 1.0, late, LEAVING_SECONDS, late) == [run("gone"), late]


def test_a_timer_waits_while_what_somebody_did_is_done() -> None:
    did, timer = run("live", "ticket"), run("live", "quote", timer=True)
    assert heard(timer, did, 0.5, timer, 1.0, timer, TIMERS_WAIT_SECONDS, timer, 1.0, timer) == [
        timer,
        did,
        timer,
        timer,
    ]


def test_a_timer_of_a_page_waits_until_the_page_is_drawn() -> None:
    timer = run("alerts", "rules", timer=True)
    assert heard(run("alerts"), 1.0, timer, 1.0, timer) == [run("alerts"), timer]


def test_each_tab_is_for_itself() -> None:
    assert heard(run("alerts")) == [run("alerts")]
    assert heard(run("live", "chart")) == [run("live", "chart")]


def test_what_is_no_run_passes() -> None:
    other = BackMsg(clear_cache=True).SerializeToString()
    said = [run("alerts"), other, b"\xff\xff no message", run("live", "chart")]
    assert heard(*said) == said[:3]


def test_other_sockets_are_not_read() -> None:
    said = [run("alerts"), run("live", "chart")]
    assert heard(*said, path="/live") == said


def test_the_streams_path_is_streamlits() -> None:
    assert f"/{starlette_websocket._ROUTE_WEBSOCKET_STREAM}" == STREAM_PATH
