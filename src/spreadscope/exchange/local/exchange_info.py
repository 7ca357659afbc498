"""The ``exchangeInfo`` document, in the shape of 2026."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from spreadscope.exchange.local.frame_feed import ListedInstrument
from spreadscope.model.instrument import local_symbol

_ORDER_TYPES = ["LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"]
_SPOT_ORDER_TYPES = [
    "LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT",
]  # fmt: skip
_QUOTES = ("USDT", "USDC", "FDUSD", "BUSD", "BTC", "ETH", "USD")
_PERPETUAL_DELIVERY_MS = 4133404800000
# Largest quantities, in steps, of limit and market orders: about those of the exchange's most traded symbols.
_MOST_STEPS = 10_000_000
_MOST_MARKET_STEPS = 1_200_000


def split_symbol(symbol: str) -> tuple[str, str]:
    """Base and quote asset of a symbol; an unknown quote is left empty."""
    pair = local_symbol(symbol).partition("_")[0]
    for quote in _QUOTES:
        if pair.endswith(quote) and pair != quote:
            return pair.removesuffix(quote), quote
    return pair, ""


def step_text(decimals: int, significant: int) -> str:
    """A step of ``10^-significant`` written with so many decimals, as the exchange pads it: ``0.10``."""
    if significant == 0:
        return "1" if decimals == 0 else f"1.{'0' * decimals}"
    return f"0.{'0' * (significant - 1)}1{'0' * (decimals - significant)}"


def _steps(listing: ListedInstrument, count: int) -> str:
    """A quantity of so many steps, with the decimals of the step."""
    return f"{Decimal(listing.step_size) * count:f}"


def _plain(decimal: str) -> str:
    """A decimal without the zeros at its end, as futures write the largest quantities: ``1000``."""
    return decimal.rstrip("0").removesuffix(".") if "." in decimal else decimal


def exchange_info(listings: Iterable[ListedInstrument], *, server_ms: int, description: str) -> dict[str, Any]:
    """The whole document; the extra key ``spreadscope`` tells a client that this is not the market."""
    return {
        "timezone": "UTC",
        "serverTime": server_ms,
        "futuresType": "U_MARGINED",
        "rateLimits": [
            {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 2400},
            {"rateLimitType": "ORDERS", "interval": "MINUTE", "intervalNum": 1, "limit": 1200},
            {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 300},
        ],
        "exchangeFilters": [],
        "assets": [{"asset": "USDT", "marginAvailable": True, "autoAssetExchange": "-100"}],
        "symbols": [_symbol(listing) for listing in listings],
        "spreadscope": {"source": "demo", "description": description},
    }


def spot_exchange_info(listings: Iterable[ListedInstrument], *, server_ms: int, description: str) -> dict[str, Any]:
    """The whole document of Spot, with the same extra key."""
    return {
        "timezone": "UTC",
        "serverTime": server_ms,
        "rateLimits": [
            {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000},
            {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 100},
            {"rateLimitType": "ORDERS", "interval": "DAY", "intervalNum": 1, "limit": 200000},
            {"rateLimitType": "RAW_REQUESTS", "interval": "MINUTE", "intervalNum": 5, "limit": 61000},
        ],
        "exchangeFilters": [],
        "symbols": [_spot_symbol(listing) for listing in listings],
        "spreadscope": {"source": "demo", "description": description},
    }


def _spot_symbol(listing: ListedInstrument) -> dict[str, Any]:
    return {
        "symbol": local_symbol(listing.symbol),
        "status": "TRADING",
        "baseAsset": listing.base,
        "baseAssetPrecision": 8,
        "quoteAsset": listing.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": _SPOT_ORDER_TYPES,
        "icebergAllowed": True,
        "ocoAllowed": True,
        "otoAllowed": True,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": True,
        "cancelReplaceAllowed": True,
        "amendAllowed": True,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": True,
        "filters": [
            {
                "filterType": "PRICE_FILTER",
                "minPrice": listing.tick_size,
                "maxPrice": "1000000.00000000",
                "tickSize": listing.tick_size,
            },
            {
                "filterType": "LOT_SIZE",
                "minQty": listing.step_size,
                "maxQty": _steps(listing, _MOST_STEPS),
                "stepSize": listing.step_size,
            },
            {
                "filterType": "MARKET_LOT_SIZE",
                "minQty": "0.00000000",
                "maxQty": _steps(listing, _MOST_MARKET_STEPS),
                "stepSize": "0.00000000",
            },
            {
                "filterType": "PERCENT_PRICE_BY_SIDE",
                "bidMultiplierUp": "5",
                "bidMultiplierDown": "0.2",
                "askMultiplierUp": "5",
                "askMultiplierDown": "0.2",
                "avgPriceMins": 5,
            },
            {
                "filterType": "NOTIONAL",
                "minNotional": "5.00000000",
                "applyMinToMarket": True,
                "maxNotional": "9000000.00000000",
                "applyMaxToMarket": False,
                "avgPriceMins": 5,
            },
        ],
        "permissions": [],
        "permissionSets": [["SPOT", "MARGIN"]],
        "defaultSelfTradePreventionMode": "EXPIRE_MAKER",
        "allowedSelfTradePreventionModes": ["EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"],
    }


def _symbol(listing: ListedInstrument) -> dict[str, Any]:
    return {
        "symbol": listing.symbol,
        "pair": listing.symbol.partition("_")[0],
        "contractType": "CURRENT_QUARTER" if "_" in listing.symbol else "PERPETUAL",
        "deliveryDate": _PERPETUAL_DELIVERY_MS,
        "onboardDate": listing.onboard_ms,
        "status": "TRADING",
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "baseAsset": listing.base,
        "quoteAsset": listing.quote,
        "marginAsset": listing.quote,
        "pricePrecision": listing.price_decimals,
        "quantityPrecision": listing.quantity_decimals,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "underlyingSubType": [],
        "triggerProtect": "0.0500",
        "liquidationFee": "0.012500",
        "marketTakeBound": "0.05",
        "maxMoveOrderLimit": 10000,
        "filters": [
            {
                "filterType": "PRICE_FILTER",
                "minPrice": listing.tick_size,
                "maxPrice": "1000000000",
                "tickSize": listing.tick_size,
            },
            {
                "filterType": "LOT_SIZE",
                "minQty": listing.step_size,
                "stepSize": listing.step_size,
                "maxQty": _plain(_steps(listing, _MOST_STEPS)),
            },
            {
                "filterType": "MARKET_LOT_SIZE",
                "minQty": listing.step_size,
                "stepSize": listing.step_size,
                "maxQty": _plain(_steps(listing, _MOST_MARKET_STEPS)),
            },
            {"filterType": "MAX_NUM_ORDERS", "limit": 200},
            {"filterType": "MIN_NOTIONAL", "notional": "5"},
            {
                "filterType": "PERCENT_PRICE",
                "multiplierUp": "1.0500",
                "multiplierDown": "0.9500",
                "multiplierDecimal": "4",
            },
            {"filterType": "POSITION_RISK_CONTROL", "positionControlSide": "NONE"},
        ],
        "orderTypes": _ORDER_TYPES,
        "timeInForce": ["GTC", "IOC", "FOK", "GTX", "GTD"],
        "permissionSets": ["GRID", "COPY", "DCA", "PSB"],
    }
