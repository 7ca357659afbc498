"""Payloads of trades as they should not be."""

from __future__ import annotations

from typing import Any, Final

import msgspec

NEW_EVENT: Final = b'{"e":"liquidityUpdate","E":1,"s":"ANY","levels":[{"x":1},null,"3"]}'


def time_of(payload: bytes) -> int:
    """The trade's time, ms."""
    return int(_read(payload)["T"])


def without_price(payload: bytes) -> bytes:
    """A required key is missing."""
    row = _read(payload)
    del row["p"]
    return msgspec.json.encode(row)


def with_new_keys(payload: bytes) -> bytes:
    """The same trade with keys of a later version of the protocol, in reverse order."""
    row = _read(payload)
    return msgspec.json.encode({"zz": {"deep": [1, None]}, **dict(reversed(row.items())), "Z": "new"})


def with_another_price(payload: bytes) -> bytes:
    """The same id with other content."""
    row = _read(payload)
    return msgspec.json.encode(row | {"p": _other(row["p"])})


def coin_margined(payload: bytes) -> bytes:
    """A row of the other market under the same symbol and id: it must not get into the tape."""
    row = _read(payload)
    return msgspec.json.encode(row | {"p": _other(row["p"]), "st": 2})


def contract_info(symbol: str, status: str, now_ms: int) -> bytes:
    """The event that says what became of a contract."""
    return msgspec.json.encode(
        {"e": "contractInfo", "E": now_ms, "s": symbol, "ct": "PERPETUAL", "dt": 4133404800000, "ot": 0, "cs": status,
         "st": 1}
    )  # fmt: skip


def _read(payload: bytes) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.json.decode(payload)
    return row


def _other(price: str) -> str:
    """A price with as many decimals that is not this one."""
    return price[:-1] + ("1" if price[-1] != "1" else "2")
