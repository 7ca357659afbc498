"""An alert rule as it is written, before anything is made of it."""

from __future__ import annotations

import msgspec

from spreadscope.model.timeframe import Timeframe


class RuleSpec(msgspec.Struct, frozen=True):
    """A rule with its options. ``subject`` is ``Y/X``, a symbol, ``any pair`` or ``any symbol``; seconds are of the market."""

    rule_id: str
    text: str
    subject: str
    timeframe: Timeframe = Timeframe.S1
    name: str = ""
    severity: str = "warning"
    recover: float | str | None = None
    keep_seconds: float = 0.0
    cooldown_seconds: float = 0.0
    cap_per_hour: int = 12
    once: bool = False
    notify_resolved: bool = True
    notify_no_data: bool = False
    channels: tuple[str, ...] = ()
    enabled: bool = True
    origin: str = "file"
