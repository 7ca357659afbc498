"""Ready-made alert rules that use the thresholds of the configuration."""

from __future__ import annotations

import msgspec

from spreadscope.model.alerting import Severity
from spreadscope.model.config import SignalConfig


class Preset(msgspec.Struct, frozen=True):
    """A ready-made rule: ``of`` is what it is about ("pair" or "symbol"), ``why`` what it is good for."""

    key: str
    title: str
    why: str
    text: str
    of: str
    severity: Severity
    recover: float | str | None = None
    keep_seconds: float = 0.0
    cooldown_seconds: float = 0.0
    notify_resolved: bool = True


def presets(signals: SignalConfig) -> tuple[Preset, ...]:
    """Returns the presets: entry, exit, stop, correlation, cointegration, data gap, stale leg, funding, volatility."""
    entry, leave, stop = signals.entry, signals.exit, signals.stop
    pair, symbol = "pair", "symbol"
    return (
        Preset(
            "entry", "Entry",
            f"The spread is stretched beyond ±{entry:g}, but not beyond the stop. One alert an excursion.",
            f"abs(z) >= {entry:g} and abs(z) < {stop:g}", pair, Severity.INFO, f"abs(z) <= {leave:g}",
        ),
        Preset(
            "exit", "Exit", f"The spread is back inside ±{leave:g}: take the profit.",
            f"abs(z) crosses below {leave:g}", pair, Severity.INFO, cooldown_seconds=60, notify_resolved=False,
        ),
        Preset(
            "stop", "Stop", f"The spread went beyond ±{stop:g}: it may not come back.",
            f"abs(z) >= {stop:g}", pair, Severity.CRITICAL, entry,
        ),
        Preset(
            "correlation-lost", "Correlation lost",
            "The legs no longer move together: the spread is two bets, not one.",
            "corr < 0.5 for 5m on 1m", pair, Severity.WARNING, 0.6,
        ),
        Preset(
            "cointegration-lost", "Cointegration lost", "The tie that the evidence had shown was seen to break.",
            "cointegrated < 1 and since_break < 3600 on 1m", pair, Severity.WARNING,
        ),
        Preset(
            "data-gap", "Data gap", "Trades are missing from the tape and were not repaired within half a minute.",
            "gap > 0 for 30s", pair, Severity.WARNING,
        ),
        Preset(
            "stale-leg", "Stale leg", "One leg has not traded for half a minute: z is no price one could trade at.",
            "age > 30", pair, Severity.WARNING, 5, keep_seconds=30,
        ),
        Preset(
            "funding-flip", "Funding flip", "The side that pays funding changed: the carry of the pair turned.",
            "funding crosses above 0 or funding crosses below 0", symbol, Severity.INFO, cooldown_seconds=3_600,
            notify_resolved=False,
        ),
        Preset(
            "volatility-jump", "Volatility jump", "A minute moved four times as far as the minutes of the hour before.",
            "abs(return) > 4 * sd(return, 1h) on 1m", symbol, Severity.WARNING, keep_seconds=300,
        ),
    )  # fmt: skip
