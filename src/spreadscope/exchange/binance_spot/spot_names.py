"""The name of Binance Spot, and the names of its instruments."""

from __future__ import annotations

from typing import Final

from spreadscope.model.instrument import qualified, venue_of

NAME: Final = "binance-spot"


def spot_symbol(local: str) -> str:
    """Returns the product's name of a symbol of Spot.

    >>> spot_symbol("BTCUSDT")
    'binance-spot:BTCUSDT'
    """
    return qualified(NAME, local)


def is_spot(symbol: str) -> bool:
    """Returns whether an instrument is one of Spot.

    >>> is_spot("binance-spot:BTCUSDT"), is_spot("BTCUSDT")
    (True, False)
    """
    return venue_of(symbol) == NAME
