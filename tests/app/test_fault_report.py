"""What failed of ourselves stands on the screen for as long as it lasts, and for a while longer."""

from __future__ import annotations

from spreadscope.app.fault_report import FaultReport
from spreadscope.model.clock import ManualClock
from spreadscope.model.facts import Fault, TradeRefused
from spreadscope.model.fault_log import FaultLog

SECOND = 1_000_000_000


def error() -> Exception:
    return ZeroDivisionError("float division by zero")


def test_a_fault_of_the_core_is_red_while_it_lasts_and_a_minute_longer_and_told_for_ten() -> None:
    core, clock = FaultLog(), ManualClock(SECOND)
    stored: list[Fault] = []
    report = FaultReport(core, clock, stored.append)
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
    assert stored == []  # the core's facts are stored as such
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
    stored: list[Fault] = []
    report = FaultReport(FaultLog(), clock, stored.append)
    for _ in range(3):
        report.failed("screen", "hub", error(), "a page may have stopped")
    assert [fault.subject for fault in stored] == ["hub"]  # once a minute
    clock.advance(59 * SECOND)
    assert [alarm.level for alarm in report.alarms()] == ["error"]
    clock.advance(5 * SECOND)
    assert [(alarm.level, "works again" in alarm.message) for alarm in report.alarms()] == [("warning", True)]


def test_refused_rows_are_counted_and_the_last_one_is_named() -> None:
    clock = ManualClock(SECOND)
    report = FaultReport(FaultLog(), clock, lambda _: None)
    report.note([TradeRefused("BTCUSDT", number, 5, 1e300, 1.0, "the price is 1e+300") for number in (7, 8)])
    ((level, text),) = report.alarms()
    assert (level, report.refused) == ("warning", 2)
    assert text == (
        "2 rows that cannot be trades were refused and kept as evidence, the last of BTCUSDT (id 8):"
        " the price is 1e+300"
    )
    clock.advance(601 * SECOND)
    assert report.alarms() == []


def test_faults_are_bounded_and_have_no_secret() -> None:
    stored: list[Fault] = []
    log = FaultLog()
    report = FaultReport(log, ManualClock(SECOND), stored.append, lambda text: text.replace("hunter2", "***"))
    for number in range(1_000):
        report.failed("screen", f"place {number}", ValueError("hunter2"), f"place {number} cannot be shown")
    alarms = [alarm.message for alarm in report.alarms()]
    assert len(alarms) == 21
    assert alarms[-1] == "180 more parts of the program fail: see the log"
    assert not any("hunter2" in text for text in (*alarms, *(fault.trace + fault.error for fault in stored)))
    for number in range(1_000):
        log.note("pair", str(number), ValueError(), "x")
    assert len(log.active) == 200


def test_an_exception_that_cannot_be_printed_is_told_all_the_same() -> None:
    class DumbError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("within")

    stored: list[Fault] = []
    report = FaultReport(FaultLog(), ManualClock(SECOND), stored.append)

    def action() -> None:
        raise DumbError

    report.guard("screen", "hub", "a page may have stopped", action)
    assert [fault.error for fault in stored] == ["DumbError: (it cannot be printed)"]
