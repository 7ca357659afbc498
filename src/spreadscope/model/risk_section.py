"""The section ``[risk]`` of the configuration file: what the figures of the Risk page are measured with."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from spreadscope.model.sections import Section


class RiskConfig(Section):
    """What risk of paper accounts is measured with."""

    market: Annotated[str, Field(min_length=1, max_length=40)] = "BTCUSDT"
    """Symbol that stands for the market: β and shocks of the whole market are against it. Follow it, so that its bars
    are stored."""
    cluster_correlation: Annotated[float, Field(ge=0, le=1)] = 0.6
    """Correlation of hourly returns above which two symbols are counted as one cluster."""
    participation_percent: Annotated[float, Field(gt=0, le=100)] = 5.0
    """Share of the usual notional a minute that minutes to exit take."""
    funding_cap_percent: Annotated[float, Field(ge=0, le=10)] = 2.0
    """Funding rate of a period that counts as its cap, in percent. The exchange has one for each symbol."""
    funding_interval_hours: Annotated[float, Field(ge=1, le=24)] = 8.0
    """Hours between two funding times, after the next one, which the exchange says."""
