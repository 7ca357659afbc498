"""A local exchange that speaks the Binance USD-M protocol exactly, fed by recordings or by a synthetic market."""

from spreadscope.exchange.local.faults import Faults, NoFaults, RestFault
from spreadscope.exchange.local.latent import MarketTruth, PairTruth
from spreadscope.exchange.local.quota import QuotaLimits
from spreadscope.exchange.local.recorded import RecordingFeed
from spreadscope.exchange.local.seeded_faults import FaultSeverity, SeededFaults
from spreadscope.exchange.local.server import LocalExchange
from spreadscope.exchange.local.session import SessionLimits
from spreadscope.exchange.local.synthetic import SyntheticMarket
from spreadscope.exchange.local.tape import TradeColumns

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
