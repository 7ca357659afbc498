"""How names of symbols and pairs are spelled: the symbol in upper case, the venue before its colon in lower case."""

from __future__ import annotations


def spelled(name: str) -> str:
    """Returns what somebody typed as the engine spells it, be it a symbol or a pair.

    >>> spelled("btcusdt"), spelled("BTCUSDT/Binance-Spot:btcusdt")
    ('BTCUSDT', 'BTCUSDT/binance-spot:BTCUSDT')
    """
    return "/".join(_symbol(part) for part in name.split("/"))


def _symbol(name: str) -> str:
    venue, colon, local = name.rpartition(":")
    return f"{venue.lower()}{colon}{local.upper()}"
