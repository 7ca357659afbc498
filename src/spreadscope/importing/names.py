"""The symbol or pair and the timeframe in the name of a file."""

from __future__ import annotations

import re

from spreadscope.model.instrument import parse_symbol

_UNITS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_WORDS = {"minute": "1m", "hour": "1h", "day": "1d", "daily": "1d", "hourly": "1h"}
_FRAME = r"\d+[smhdw]|minute|hour|day|hourly|daily"
_NAMES = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?:DEMO-)?(?P<subject>.+)-(?:ticks|bars|analytics|signals)(?:-(?P<frame>\d+[smh]))?\.",  # our exports
        r"(?P<subject>[^-]+)-(?:aggTrades|trades)-(?P<frame>(?!))?\d{4}-",  # the exchange's archives of trades
        r"(?P<subject>[^-]+)-(?P<frame>\d+\w{1,2})-\d{4}-",  # … and of klines
        rf"(?P<subject>[A-Z0-9]+_[A-Z]+(?:_[A-Z]+)?)-(?P<frame>{_FRAME})(?:-futures|-mark|-index)?\.",  # freqtrade's
        # … of vendors
        rf"(?:[A-Z][a-z]+_|binance[_-])?(?P<subject>[A-Z0-9]{{5,20}})[_-](?P<frame>{_FRAME})(?:[_.-].*)?$",
        r"(?P<subject>[A-Z0-9]{2,16}(?:USDT|USDC|USD|BUSD))(?:[_.-].*)?$(?P<frame>(?!))?",  # the symbol and no more
    )
)  # fmt: skip


# Base, quote, and what a future settles in.
_PAIR = re.compile(
    r"(?P<base>[A-Z0-9]+)[/_-](?P<quote>USDT|USDC|FDUSD|BUSD|USD|BTC|ETH|BNB|EUR)(?:[:_-](?P=quote)|-PERP)?"
)


def subject_of_name(name: str) -> tuple[str | None, str | None]:
    """Returns the symbol or pair (``Y-X``) and the timeframe in the name of a file."""
    for pattern in _NAMES:
        match = pattern.match(name)
        if match:
            frame = match["frame"]
            return match["subject"], _WORDS.get(frame, frame) if frame else None
    return None, None


def parse_foreign_symbol(text: str) -> str:
    """Returns the exchange's symbol for names such as ``BTC/USDT:USDT``, ``BTC_USDT_USDT``, ``btc-usdt``.

    Raises ``SymbolError`` where it is none.
    """
    match = _PAIR.fullmatch(text.strip().upper())
    return parse_symbol(f"{match['base']}{match['quote']}" if match else text)


def timeframe_length(frame: str) -> int | None:
    """Returns the milliseconds of a timeframe such as 15m; None where it is none."""
    match = re.fullmatch(r"(\d{1,4})([smhdw])", frame)
    return int(match[1]) * _UNITS[match[2]] if match and int(match[1]) else None


def timeframe_name(length: int) -> str:
    """Returns the name of a timeframe from its milliseconds."""
    for unit in ("w", "d", "h", "m", "s"):
        if length % _UNITS[unit] == 0:
            return f"{length // _UNITS[unit]}{unit}"
    return f"{length} ms"
