"""What failed of ourselves stands on the screen for as long as it lasts, and for a while longer."""

from __future__ import annotations

from spreadscope.model.clock import ManualClock
from spreadscope.model.facts import TradeRefused
from spreadscope.model.fault_log import FaultLog
from spreadscope.runtime.fault_report import FaultReport

SECOND = 1_000_000_000


def error() -> Exception:
    return ZeroDivisionError("float division by zero")


def test_a_fault_of_the_core_is_red_while_it_lasts_and_a_minute_longer_and_told_for_ten() -> None:
    core, clock = FaultLog(), ManualClock(SECOND)
    report = FaultReport(core, clock)
    core.note("pair", "A/B 1s", error(), "A/B 1s has no rows")
    report.note(core.take())
    clock.advance(3_600 * SECOND)
    ((level, text),) = report.alarms()
    assert level == "error"
    assert text == "A/B 1s has no rows (ZeroDivisionError: float division by zero): please report this fault"
    core.note("pair", "A/B 1s", error(), "A/B 1s has no rows")
    assert core.take() == []  # the same again within a minute of the market is counted
    assert "2 times" in report.alarms()[0].message
    core.recovered("pair", "A/B 1s")
    assert report.alarms() == []  # it was told an hour ago
    core.note("pair", "A/B 1s", error(), "A/B 1s has no rows")
    report.note(core.take())
    core.recovered("pair", "A/B 1s")
    levels = []
    for _ in range(12):
        levels.append([alarm.level for alarm in report.alarms()])
        clock.advance(59 * SECOND)
    assert levels == [["error"], ["error"], *[["warning"]] * 9, []]


def test_a_fault_beside_the_core_is_over_after_a_minute_without_another() -> None:
    clock = ManualClock(SECOND)
    report = FaultReport(FaultLog(), clock)
    first = report.failed("screen", "hub", error(), "a page may have stopped")
    assert first is not None
    assert report.failed("screen", "hub", error(), "a page may have stopped") is None  # stored once a minute
    clock.advance(59 * SECOND)
    assert [alarm.level for alarm in report.alarms()] == ["error"]
    clock.advance(5 * SECOND)
    assert [(alarm.level, "works again" in alarm.message) for alarm in report.alarms()] == [("warning", True)]


def test_refused_rows_are_counted_and_the_last_one_is_named() -> None:
    clock = ManualClock(SECOND)
    report = FaultReport(FaultLog(), clock)
    report.note([TradeRefused("BTCUSDT", number, 5, 1e300, 1.0, "the price is 1e+300") for number in (7, 8)])
    ((level, text),) = report.alarms()
    assert (level, report.refused) == ("warning", 2)
    assert text == (
        "2 rows that cannot be trades were refused and kept as evidence, the last of BTCUSDT (id 8): the price is 1e+300"
    )
    clock.advance(601 * SECOND)
    assert report.alarms() == []
