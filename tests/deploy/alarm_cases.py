"""For each alarm: series that make it fire and series that do not, for ``promtool test rules``."""

from __future__ import annotations

from typing import NamedTuple

_ENGINE = 'instance="e",job="spreadscope"'


class AlarmCase(NamedTuple):
    """Values of series each 15 s (promtool's notation), by series: where the alarm fires, and where all is well."""

    fires: dict[str, str]
    well: dict[str, str]
    after: str  # when it must fire, at the latest


def _one(series: str, bad: str, good: str, after: str = "15m") -> AlarmCase:
    name, _, labels = series.partition("{")
    full = f"{name}{{{_ENGINE}{',' + labels.rstrip('}') if labels else ''}}}"
    return AlarmCase({full: f"{bad}x80"}, {full: f"{good}x80"}, after)


def _share(part: str, whole: str, bad: tuple[float, float], good: tuple[float, float], labels: str = "") -> AlarmCase:
    tail = f"{{{_ENGINE}{',' + labels if labels else ''}}}"

    def series(values: tuple[float, float]) -> dict[str, str]:
        return {f"{part}{tail}": f"{values[0]}+0x80", f"{whole}{tail}": f"{values[1]}+0x80"}

    return AlarmCase(series(bad), series(good), "15m")


CASES: dict[str, AlarmCase] = {
    "EngineDown": _one("up", "0+0", "1+0"),
    "NotReady": _one("spreadscope_ready", "0+0", "1+0"),
    "LoopLate": _one("spreadscope_event_loop_lag_max_seconds", "3+0", "0.2+0"),
    "ProgramFault": _one("spreadscope_faults", "1+0", "0+0"),
    "PairFaulted": _one('spreadscope_pair_quarantined{pair="A/B",timeframe="1m"}', "1+0", "0+0"),
    "ExchangeSilent": _one('spreadscope_connection_silent_seconds{connection="market-0"}', "20+15", "1+0"),
    "ConnectionDown": _one('spreadscope_connection_up{connection="market-0"}', "0+0", "1+0"),
    "ConnectionUnstable": _one('spreadscope_reconnects_total{connection="market-0"}', "0+1", "3+0"),
    "SymbolSilent": _one('spreadscope_symbol_silent{symbol="A"}', "1+0", "0+0"),
    "SymbolLate": _one('spreadscope_symbol_late{symbol="A"}', "1+0", "0+0"),
    "HolesOpen": _one('spreadscope_holes_open{symbol="A"}', "2+0", "0+0"),
    "TradesLost": _one('spreadscope_holes_total{state="permanent"}', "0+1", "7+0"),
    "FramesRejected": _one('spreadscope_frames_rejected_total{venue="v"}', "0+1", "4+0"),
    "RestWeightHigh": _share(
        "spreadscope_rest_weight_used", "spreadscope_rest_weight_limit", (2_000, 2_160), (900, 2_160), 'venue="v"'
    ),
    "ExchangeBan": _one('spreadscope_rest_banned_seconds{venue="v"}', "600-5", "0+0"),
    "ClockOff": _share(
        "spreadscope_exchange_clock_offset_seconds", "spreadscope_exchange_clock_real_time", (-3, 1), (-4_600, 0)
    ),
    "WriterFailing": _one("spreadscope_store_failing", "1+0", "0+0"),
    "WriterDown": _one("spreadscope_store_writer_up", "0+0", "1+0"),
    "QueueFilling": _share(
        "spreadscope_queue_bytes", "spreadscope_queue_limit_bytes", (64 << 20, 256 << 20), (1 << 20, 256 << 20)
    ),
    "FeedPaused": _one("spreadscope_feed_paused", "1+0", "0+0"),
    "DiskLow": _share("spreadscope_disk_free_bytes", "spreadscope_disk_size_bytes", (5, 100), (50, 100)),
    "DiskFull": _one("spreadscope_disk_free_bytes", "500000000+0", "5000000000+0"),
    "ArchiveFailing": _one("spreadscope_archive_failing", "1+0", "0+0"),
    "DeliveryFailing": _one('spreadscope_channels_failing{kind="webhook"}', "1+0", "0+0"),
    "DeliveryGivenUp": _one('spreadscope_deliveries_total{kind="webhook",outcome="given up"}', "0+1", "9+0"),
    "AlertsFileWrong": _one("spreadscope_alerts_file_ok", "0+0", "1+0"),
    "KillSwitch": _one('spreadscope_paper_kill_latched{account="paper"}', "1+0", "0+0"),
    "MarginHigh": _share(
        "spreadscope_paper_margin_ratio", "spreadscope_paper_margin_limit_ratio", (0.7, 0.8), (0.3, 0.8),
        'account="paper"',
    ),
    "TradeFailed": _one('spreadscope_paper_trades_troubled{account="paper"}', "1+0", "0+0"),
}  # fmt: skip
