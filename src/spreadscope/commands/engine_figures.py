"""What the terminal shows of a running engine, asked for at one moment."""

from __future__ import annotations

from typing import Any

import msgspec

from spreadscope.client import Client
from spreadscope.contract import Level, PaperAccount, Readiness, Rule, Status

_SHOWN_REASONS = 5


class PairLine(msgspec.Struct, frozen=True):
    """A pair at its last closed bar; None where a figure is not known, and all of them before the first bar."""

    pair: str
    z: float | None = None
    beta: float | None = None
    half_life: float | None = None
    state: str = ""
    stale: bool = False


class EngineFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The answers of an engine that belong together."""

    api: str
    status: Status
    readiness: Readiness
    pairs: list[PairLine]
    rules: list[Rule]
    accounts: list[PaperAccount]

    @property
    def well(self) -> bool:
        """Whether it can answer with true data, and no alarm is red."""
        return self.readiness.ready and all(alarm.level is not Level.ERROR for alarm in self.status.alarms)

    def reasons(self) -> list[str]:
        """Returns why it is not ready, those beyond the first few as a number."""
        found = list(self.readiness.reasons)
        more = len(found) - _SHOWN_REASONS
        return [*found[:_SHOWN_REASONS], f"and {more} more"] if more > 0 else found


def read_figures(client: Client) -> EngineFigures:
    """Ask an engine. Raises ``EngineDownError`` and ``ApiRequestError``."""
    status = client.status()
    return EngineFigures(
        api=client.api,
        status=status,
        readiness=client.readiness(),
        pairs=[_line(each["pair"], each["rows"].get(str(status.config.timeframe))) for each in client.pair_rows()],
        rules=client.rules(),
        accounts=client.paper_accounts(),
    )


def _line(pair: str, row: dict[str, Any] | None) -> PairLine:
    if row is None:
        return PairLine(pair)
    z, beta, half_life = (row[name][0] for name in ("z", "beta", "half_life"))
    return PairLine(pair, z, beta, half_life, row["state"], row["stale"])
