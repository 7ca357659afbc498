"""What a running engine is bounded by, and how long its parts wait.

Each part has its own; this hands them over together.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from spreadscope.app.archiver import ArchiverLimits
from spreadscope.app.backpressure import GateLimits
from spreadscope.app.funding_settlements import FundingLimits
from spreadscope.app.job_service import JobLimits
from spreadscope.app.market_data import MarketDataLimits
from spreadscope.app.writer_watch import WriterWatchWaits
from spreadscope.store.writer import WriterLimits
from spreadscope.tasks import RestartPauses


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineLimits:
    """The limits of each part of a ``LiveEngine``, which has them from whoever makes it.

    They are no configuration: nobody who runs an engine has a reason to change one.
    """

    tasks: RestartPauses = field(default_factory=RestartPauses)
    writer: WriterLimits = field(default_factory=WriterLimits)
    gate: GateLimits = field(default_factory=GateLimits)
    market_data: MarketDataLimits = field(default_factory=MarketDataLimits)  # of each venue
    archiver: ArchiverLimits = field(default_factory=ArchiverLimits)
    writer_watch: WriterWatchWaits = field(default_factory=WriterWatchWaits)
    funding: FundingLimits = field(default_factory=FundingLimits)
    jobs: JobLimits = field(default_factory=JobLimits)
