"""A typed client of a running engine, for notebooks, programs and the dashboard.

>>> from spreadscope.client import Client
>>> engine = Client("http://127.0.0.1:8765")  # doctest: +SKIP
>>> engine.status().pairs  # doctest: +SKIP
('BTCUSDT/ETHUSDT',)
>>> engine.frame("analytics", pair="BTCUSDT/ETHUSDT", timeframe="1m")  # doctest: +SKIP
"""

from spreadscope.client.http_client import (
    CONFLICT,
    NOT_FOUND,
    ApiRequestError,
    Client,
    EngineDownError,
    EngineHeaders,
    alert_query,
    engine_headers,
)

__all__ = [
    "CONFLICT", "NOT_FOUND", "ApiRequestError", "Client", "EngineDownError", "EngineHeaders", "alert_query",
    "engine_headers",
]  # fmt: skip
