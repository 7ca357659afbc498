"""The venues. A new one is a folder that implements ``Venue``, and a line here."""

from __future__ import annotations

from typing import NamedTuple

from spreadscope.exchange.binance_futures.venue import BinanceFutures
from spreadscope.exchange.binance_spot.venue import BinanceSpot
from spreadscope.exchange.port import Venue
from spreadscope.model.config import Config
from spreadscope.model.errors import ConfigError, UnknownSymbolError
from spreadscope.model.instrument import DEFAULT_VENUE, venue_of

VENUES: dict[str, Venue] = {venue.name: venue for venue in (BinanceFutures(), BinanceSpot())}
DEFAULT = VENUES[DEFAULT_VENUE]


def venue_for(symbol: str) -> Venue:
    """Returns the venue of an instrument. Raises ``UnknownSymbolError`` where there is none of that name."""
    name = venue_of(symbol)
    venue = VENUES.get(name)
    if venue is None:
        raise UnknownSymbolError(f"there is no venue {name}: {', '.join(VENUES)} are there")
    return venue


class Addresses(NamedTuple):
    """Where a venue is reached."""

    rest_url: str
    ws_url: str


def addresses(venue: Venue, config: Config) -> Addresses:
    """Returns where the configuration has a venue reached.

    Where ``exchange`` points to another exchange than the real one, venues without an address of their own are sought
    there too: a local exchange serves them all, and a demo must never mix with a real market.
    """
    named = config.venues.get(venue.name)
    exchange = config.exchange
    given = (named.rest_url, named.ws_url) if named is not None else ("", "")
    return Addresses(
        given[0] or exchange.rest_url or venue.rest_url,
        given[1] or exchange.ws_url or venue.ws_url,
    )


def require_known(config: Config) -> None:
    """Refuse a configuration that names a venue that is not there. Raises ``ConfigError``."""
    for name in (*config.venues, *map(venue_of, config.all_symbols())):
        if name not in VENUES:
            raise ConfigError(f"there is no venue {name}: {', '.join(VENUES)} are there")
