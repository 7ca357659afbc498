"""A local exchange that speaks the Binance USD-M protocol exactly, fed by recordings or by a synthetic market."""

from spreadscope.exchange.local.faults import Faults, NoFaults, RestFault
from spreadscope.exchange.local.latent import MarketTruth, PairTruth
from spreadscope.exchange.local.local_exchange import LocalExchange
from spreadscope.exchange.local.protocol_session import SessionLimits
from spreadscope.exchange.local.quota import QuotaLimits
from spreadscope.exchange.local.recording_feed import RecordingFeed
from spreadscope.exchange.local.seeded_faults import FaultSeverity, SeededFaults
from spreadscope.exchange.local.synthetic import SyntheticMarket
from spreadscope.exchange.local.trade_log import TradeColumns

__all__ = [
    "FaultSeverity",
    "Faults",
    "LocalExchange",
    "MarketTruth",
    "NoFaults",
    "PairTruth",
    "QuotaLimits",
    "RecordingFeed",
    "RestFault",
    "SeededFaults",
    "SessionLimits",
    "SyntheticMarket",
    "TradeColumns",
]
