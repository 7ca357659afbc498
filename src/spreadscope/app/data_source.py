"""Where the data come from. A demo says so itself, so that nobody can take it for the market."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from spreadscope.exchange.binance_futures.rest import ExchangeInfo
from spreadscope.model.config import LIVE_REST_URL
from spreadscope.model.states import Mode


class DataSource(msgspec.Struct, frozen=True):
    """The kind of source, and one line that names it."""

    mode: Mode
    description: str


def identify(info: ExchangeInfo, rest_url: str) -> DataSource:
    """What the exchange at ``rest_url`` is."""
    if info.demo is not None:
        return DataSource(Mode.DEMO, info.demo.description or "demo exchange")
    if rest_url == LIVE_REST_URL:
        return DataSource(Mode.LIVE, "Binance USD-M futures")
    return DataSource(Mode.CUSTOM, rest_url)


def remembered(meta: Mapping[str, str]) -> DataSource | None:
    """Where the data of a store came from, as the store itself has it; None where it has none yet."""
    mode = meta.get("mode")
    return DataSource(Mode(mode), meta.get("source", "")) if mode in set(Mode) else None
