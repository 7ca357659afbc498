"""The gate between sockets and core: slices while the disk keeps up, and nothing at all while it does not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from spreadscope.app.backpressure import BackpressureGate, GateLimits
from spreadscope.model.events import Event, MarketTime

LIMITS = GateLimits(check_seconds=0.0)
HIGH, SLICE = LIMITS.high_water, LIMITS.slice_events


@dataclass
class Line:
    """Writer, feed and core in one: every event makes ``weight`` bytes that wait for the disk."""

    weight: int = 1
    pending_bytes: int = 0
    slices: list[list[Event]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        # The type: all by their methods.
        self.gate = BackpressureGate(self, sink=self.sink, limits=LIMITS)  # type: ignore[arg-type]
        self.gate.attach(self)  # type: ignore[arg-type]

    def sink(self, events: Sequence[Event]) -> None:
        self.slices.append(list(events))
        self.pending_bytes += self.weight * len(events)
        self.gate.measure()

    def pause(self) -> None:
        self.said.append("pause")

    def resume(self) -> None:
        self.said.append("resume")

    def shed(self, *, quotes: bool) -> None:
        self.said.append("shed" if quotes else "take")

    @property
    def seen(self) -> list[Event]:
        return [event for events in self.slices for event in events]


def events(count: int) -> list[Event]:
    return [MarketTime(number) for number in range(count)]


def test_all_goes_on_at_once_in_slices_while_the_disk_keeps_up() -> None:
    line = Line()
    line.gate.take(events(3 * SLICE + 5))
    assert line.seen == events(3 * SLICE + 5)
    assert [len(each) for each in line.slices] == [SLICE, SLICE, SLICE, 5]
    assert line.said == []
    assert line.gate.waiting == 0


def test_nothing_is_made_above_the_high_water() -> None:
    line = Line(weight=HIGH // SLICE)
    line.gate.take(events(10 * SLICE))
    assert len(line.slices) == 2, "the first fills it, the second is the one that passes it"
    assert line.gate.waiting == 8 * SLICE
    assert line.gate.paused
    line.gate.take(events(7))
    assert line.gate.waiting == 8 * SLICE + 7
    assert line.said.count("pause") == 1


def test_what_waited_comes_in_order_and_before_what_is_read_later() -> None:
    line = Line(weight=HIGH // SLICE)
    line.gate.take(events(10 * SLICE))

    async def relieve() -> None:
        running = asyncio.create_task(line.gate.run())
        async with asyncio.timeout(20):
            while line.gate.waiting:
                assert "resume" not in line.said, "read again while some of it still waits"
                line.pending_bytes = 0 if line.gate.paused else line.pending_bytes
                await asyncio.sleep(0)
            while line.gate.paused:
                line.pending_bytes = 0
                await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(relieve())
    assert line.seen == events(10 * SLICE)
    assert line.said[-1] == "resume"
    assert "take" in line.said, "quotes are taken again"


def test_at_the_end_everything_goes_on_however_full_it_is() -> None:
    line = Line(weight=HIGH // SLICE)
    line.gate.take(events(10 * SLICE))
    line.gate.drain()
    assert line.seen == events(10 * SLICE)


def test_quotes_are_shed_before_reading_stops() -> None:
    line = Line()
    line.pending_bytes = LIMITS.quote_water + 1
    line.gate.measure()
    assert line.said == ["shed"]
    assert not line.gate.paused
