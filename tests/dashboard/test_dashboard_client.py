"""The page script's client of the engine: what a change that is not on disk yet is to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from spreadscope.client import ApiRequestError, Client


@pytest.fixture
def answers() -> dict[str, Any]:
    return {}


@pytest.fixture
def client(answers: dict[str, Any]) -> Iterator[Client]:
    made = Client("http://engine")
    made.close()
    made._http = httpx.Client(
        base_url="http://engine",
        transport=httpx.MockTransport(lambda _: httpx.Response(answers["status"], json=answers["body"])),
    )
    yield made
    made.close()


def not_yet(result: object) -> dict[str, Any]:
    message = "the change is made, but not on disk yet: the store takes nothing at the moment"
    return {"status": 202, "body": {"durable": False, "message": message, "result": result}}


NAME = {"pair": "A/B", "y": "A", "x": "B"}


def test_what_a_change_made_is_taken_whether_it_is_on_disk_or_not(client: Client, answers: dict[str, Any]) -> None:
    answers |= {"status": 201, "body": NAME}
    assert client.add_pair("A/B") == "A/B"
    answers |= not_yet(NAME)
    assert client.add_pair("A/B") == "A/B"
    answers |= not_yet(["BTCUSDT"])
    assert client.add_symbols("BTCUSDT") == ["BTCUSDT"]
    answers |= not_yet(None)
    client.remove_rule("b")
    client.remove_pair("A/B")


def test_what_is_not_told_yet_is_said_in_the_engines_words(client: Client, answers: dict[str, Any]) -> None:
    answers |= not_yet(None)
    with pytest.raises(ApiRequestError, match="not on disk yet") as error:
        client.add_pair("A/B")
    assert error.value.status == 202


@pytest.mark.parametrize("body", [{}, [], "pages", {"pair": "A/B"}, {**NAME, "y": 7}])
def test_what_is_no_answer_of_an_engine_is_said(client: Client, answers: dict[str, Any], body: object) -> None:
    answers |= {"status": 201, "body": body}
    with pytest.raises(ApiRequestError, match="is not an engine, or one of another version"):
        client.add_pair("A/B")


@pytest.mark.parametrize("body", [{}, [], {"error": "no"}, {"error": {"message": None}}])
def test_a_refusal_that_cannot_be_read_is_said_by_its_status(
    client: Client, answers: dict[str, Any], body: object
) -> None:
    answers |= {"status": 502, "body": body}
    with pytest.raises(ApiRequestError, match="the engine answered 502 to GET /api/status"):
        client.status()
