"""``spreadscope symbols``: the instruments of a venue."""

from __future__ import annotations

from spreadscope.commands.console import print_json, print_message, print_result
from spreadscope.exchange.venues import VENUES, addresses
from spreadscope.model.clock import SystemClock
from spreadscope.model.config import Config
from spreadscope.model.errors import ConfigError, DecodeError, ExchangeError, SymbolError
from spreadscope.model.instrument import Instrument, local_symbol, unknown_symbol


async def run_symbols(config: Config, venue_name: str, text: str, *, as_json: bool) -> None:
    """Print the instruments whose symbol contains ``text``, those that trade first."""
    venue = VENUES.get(venue_name)
    if venue is None:
        raise ConfigError(f"there is no venue {venue_name}: {', '.join(VENUES)} are there")
    rest_url = addresses(venue, config).rest_url
    async with venue.client(rest_url, SystemClock()) as client:
        try:
            info = await client.instruments()
        except DecodeError as error:
            raise ExchangeError(f"{rest_url} is not the exchange: {error}") from None
    pattern = text.strip().upper()
    matching = [item for item in info.instruments.values() if pattern in local_symbol(item.symbol)]
    if not matching:
        raise (
            unknown_symbol(pattern, info.instruments) if pattern else SymbolError(f"{rest_url} lists no symbol at all")
        )
    matching.sort(key=lambda item: (not item.trading, item.symbol))
    if as_json:
        print_json([_as_dict(item) for item in matching])
        return
    for item in matching:
        print_result(item.symbol + ("" if item.trading else f"  ({item.status.lower()})"))
    if info.demo is not None:
        print_message(f"DEMO, not a market: {info.demo.description}")


def _as_dict(item: Instrument) -> dict[str, str | None]:
    return {name: getattr(item, name) for name in Instrument.__struct_fields__}
