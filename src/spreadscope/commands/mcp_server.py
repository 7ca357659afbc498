"""``spreadscope mcp``: a read-only server of the Model Context Protocol over a running engine.

Each tool is a query of the API. A statistic is sent as its number or the reason why there is none, so that an assistant
cannot take "not known" for zero; demo data say that they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import msgspec
from pydantic import Field

import spreadscope
from spreadscope.client import ApiRequestError, Client, EngineDownError
from spreadscope.contract import Statistic
from spreadscope.model.errors import ConfigError

if TYPE_CHECKING:
    from fastmcp import FastMCP

T = TypeVar("T")
Timeframe = Literal["1s", "1m", "5m"]
PairArgument = Annotated[str, Field(max_length=200, description="A tracked pair, such as BTCUSDT/ETHUSDT")]
SymbolArgument = Annotated[str, Field(max_length=100, description="A symbol, such as BTCUSDT")]
Count = Annotated[int, Field(ge=1, le=500, description="How many of the newest")]
_INSTRUCTIONS = (
    "Spreadscope follows pairs of crypto perpetuals live. All tools only read. A statistic is a number, or a reason why"
    " there is none: never read a missing one as zero. Times are milliseconds UTC, exchange time. Evidence of"
    " cointegration is `cointegrated` and `coint_p`; a p-value of one window (`eg_p`, `adf_p`) is small by chance for"
    " whoever looks often. Where `demo` is true the data are made up. Nothing here is advice."
)


def run_mcp(api: str) -> None:
    """Serve on stdio until the assistant hangs up. Raises ``ConfigError`` where the package is missing."""
    make_server(Client(api)).run(show_banner=False)


class Tools:
    """The tools: each public method is one, and its docstring is what the assistant reads."""

    def __init__(self, client: Client, refuse: type[Exception]) -> None:
        """``refuse``: the exception whose sentence the assistant gets."""
        self._client = client
        self._refuse = refuse

    def _ask(self, query: Callable[[], T]) -> Any:
        """Returns an answer of the engine as plain data; its refusals are sentences."""
        try:
            return msgspec.to_builtins(query())
        except (ApiRequestError, EngineDownError) as error:
            raise self._refuse(str(error)) from None

    def status(self) -> dict[str, Any]:
        """What the engine follows and how well: pairs, symbols with the state of their tapes, connections, alarms."""
        found: dict[str, Any] = self._ask(self._client.status)
        return found

    def pairs(self) -> list[dict[str, Any]]:
        """Every tracked pair with its newest row of statistics at each timeframe."""
        known = self._ask(self._client.statistics)
        return [
            {**each, "rows": {name: row and readable(row, known) for name, row in each["rows"].items()}}
            for each in self._ask(self._client.pair_rows)
        ]

    def rows(self, pair: PairArgument, timeframe: Timeframe = "1m", limit: Count = 20) -> list[dict[str, Any]]:
        """The newest rows of statistics of a pair, ascending."""
        known = self._ask(self._client.statistics)
        return [readable(row, known) for row in self._ask(lambda: self._client.rows(pair, timeframe, limit=limit))]

    def bars(self, symbol: SymbolArgument, timeframe: Timeframe = "1m", limit: Count = 50) -> list[dict[str, Any]]:
        """The newest OHLCV bars of a symbol, ascending; `complete` says whether no trade of a bar is missing."""
        found: list[dict[str, Any]] = self._ask(lambda: self._client.bars(symbol, timeframe, limit=limit))
        return found

    def signals(self, pair: PairArgument, timeframe: Timeframe = "1m", limit: Count = 20) -> list[dict[str, Any]]:
        """The newest signals of a pair with cause, the orders of both legs and what speaks against them."""
        found: list[dict[str, Any]] = self._ask(lambda: self._client.signals(pair, timeframe, limit))
        return found

    def alerts(self, limit: Count = 20) -> list[dict[str, Any]]:
        """The newest alerts of all rules."""
        found: list[dict[str, Any]] = self._ask(lambda: self._client.alerts(limit))
        return found

    def rules(self) -> list[dict[str, Any]]:
        """Every alert rule with its state, in words."""
        found: list[dict[str, Any]] = self._ask(self._client.rules)
        return found

    def gaps(self, limit: Count = 20) -> list[dict[str, Any]]:
        """The newest gaps of the tape, with their state and evidence."""
        found: list[dict[str, Any]] = self._ask(lambda: self._client.gaps(limit))
        return found

    def statistics(self) -> list[dict[str, Any]]:
        """What each statistic of a row is, its unit and its source."""
        found: list[dict[str, Any]] = self._ask(self._client.statistics)
        return found

    def parameters(self, pair: PairArgument, timeframe: Timeframe = "1m") -> dict[str, Any]:
        """The model, windows and thresholds that hold for a pair, and where each is from."""
        found: dict[str, Any] = self._ask(lambda: self._client.parameters(pair, timeframe))
        return found

    def test_cointegration(
        self,
        pair: PairArgument,
        timeframe: Timeframe = "1m",
        bars: Annotated[int, Field(ge=40, le=10_000)] = 500,
        lags: Annotated[str, Field(pattern=r"^(aic|[0-9]{1,2})$")] = "aic",
        trend: Literal["c", "ct"] = "c",
    ) -> dict[str, Any]:
        """Engle–Granger both ways and ADF out of sample on the newest bars of a pair."""
        found: dict[str, Any] = self._ask(lambda: self._client.pair_tests(pair, timeframe, bars, lags, trend))
        return found


def make_server(client: Client) -> FastMCP[Any]:
    """Returns the server with its tools. Raises ``ConfigError`` where the package is missing."""
    try:
        from fastmcp import FastMCP
        from fastmcp.exceptions import ToolError
    except ImportError:
        raise ConfigError(
            "the MCP server needs the package fastmcp: install it with pip install 'spreadscope[mcp]'"
        ) from None
    server: FastMCP[Any] = FastMCP("Spreadscope", instructions=_INSTRUCTIONS, version=spreadscope.__version__)
    tools = Tools(client, ToolError)
    hints = {"readOnlyHint": True, "idempotentHint": True, "openWorldHint": False}
    for name in (name for name in vars(Tools) if not name.startswith("_")):
        server.tool(getattr(tools, name), annotations=hints)
    return server


def readable(row: dict[str, Any], statistics: list[dict[str, Any]] | list[Statistic]) -> dict[str, Any]:
    """Returns a row in which each statistic is its number, or ``{"missing": reason}``.

    >>> readable({"n": 12, "z": [1.5, None], "beta": [None, "warming up"]}, [{"key": "z"}, {"key": "beta"}])
    {'n': 12, 'z': 1.5, 'beta': {'missing': 'warming up'}}
    """
    keys = {each["key"] if isinstance(each, dict) else each.key for each in statistics}
    return {
        name: (value[0] if value[0] is not None else {"missing": value[1]}) if name in keys else value
        for name, value in row.items()
    }
