"""Where the data come from. A demo says so itself, so that nobody can take it for the market."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from spreadscope.exchange.binance.rest import ExchangeInfo
from spreadscope.model.config import LIVE_REST_URL
from spreadscope.model.states import Mode


class Source(msgspec.Struct, frozen=True):
    """The kind of source, and one line that names it."""

    mode: Mode
    description: str


def identify(info: ExchangeInfo, rest_url: str) -> Source:
    """What the exchange at ``rest_url`` is."""
    if info.demo is not None:
        return Source(Mode.DEMO, info.demo.description or "demo exchange")
    if rest_url == LIVE_REST_URL:
        return Source(Mode.LIVE, "Binance USD-M futures")
    return Source(Mode.CUSTOM, rest_url)


def remembered(meta: Mapping[str, str]) -> Source | None:
    """Where the data of a store came from, as the store itself has it; None where it has none yet."""
    mode = meta.get("mode")
    return Source(Mode(mode), meta.get("source", "")) if mode in set(Mode) else None
