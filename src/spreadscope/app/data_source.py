"""Where the data come from. A demo says so itself, so that nobody can take it for the market."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from spreadscope.exchange.port import InstrumentList, Venue
from spreadscope.model.states import Mode


class DataSource(msgspec.Struct, frozen=True):
    """The kind of source, and one line that names it."""

    mode: Mode
    description: str


def identify(venue: Venue, listed: InstrumentList, rest_url: str) -> DataSource:
    """Returns what the exchange at ``rest_url`` is."""
    if listed.demo is not None:
        return DataSource(Mode.DEMO, listed.demo.description or "demo exchange")
    if rest_url == venue.rest_url:
        return DataSource(Mode.LIVE, venue.title)
    return DataSource(Mode.CUSTOM, rest_url)


def source_of_store(meta: Mapping[str, str]) -> DataSource | None:
    """Returns where the data of a store came from, as the store itself has it; None where it has none yet."""
    mode = meta.get("mode")
    return DataSource(Mode(mode), meta.get("source", "")) if mode in set(Mode) else None
