"""How long the local exchange waits for its clients."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeWaits:
    """How long the exchange waits, in seconds.

    Between two looks at every connection; for a client to answer a close frame; for further subscriptions, before a
    playback begins without an aggTrade stream; and for a client to read what fills its buffer, before it is dropped.
    """

    look_s: float = 0.25
    closing_s: float = 0.5
    subscriptions_s: float = 3.0
    reading_s: float = 30.0
