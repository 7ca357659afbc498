"""Whose a recorded frame is, and how frames of two venues come to one clock."""

from __future__ import annotations

from itertools import pairwise

from spreadscope.exchange.recording import RawFrame
from spreadscope.exchange.venues import VENUES
from spreadscope.ingest.market_clock import LONGEST_WAIT_MS
from spreadscope.model.events import Event, MarketTime, Quote, Trades, WatchSymbol
from spreadscope.replay.recorded_events import RecordedEvents, venue_of_frame
from tests.contract.venue_samples import SAMPLES, TIME

FUTURES, SPOT = SAMPLES["binance-futures"], SAMPLES["binance-spot"]


def moved(frame: bytes, milliseconds: int, number: int) -> bytes:
    later = frame.replace(b"1790526543055", b"%d" % (TIME + milliseconds))
    later = later.replace(b"1790526543060", b"%d" % (TIME + milliseconds + 5))
    return later.replace(b'"a":71', b'"a":%d' % number)


def replayed(*frames: tuple[int, bytes]) -> list[Event]:
    events = RecordedEvents()
    for received, payload in frames:
        events.feed(RawFrame((TIME + received) * 1_000_000, payload))
    events.end()
    assert events.rejected == 0
    return events.take()


def test_a_frame_without_a_connection_is_told_by_its_shape() -> None:
    for name, sample in SAMPLES.items():
        for payload in (sample.trade_frame, sample.quote_frame):
            assert venue_of_frame(RawFrame(1, payload)) is VENUES[name]


def test_the_name_of_the_connection_settles_it() -> None:
    assert venue_of_frame(RawFrame(1, FUTURES.trade_frame, connection="binance-spot:trades-0")).name == "binance-spot"
    assert venue_of_frame(RawFrame(1, SPOT.trade_frame, connection="market-0")).name == "binance-futures"
    assert venue_of_frame(RawFrame(1, SPOT.trade_frame, connection="nowhere:trades-0")).name == "binance-futures"


def test_one_symbol_of_two_venues_is_two_instruments() -> None:
    events = replayed(
        (10, FUTURES.trade_frame), (12, SPOT.trade_frame), (14, SPOT.quote_frame), (16, FUTURES.quote_frame)
    )
    assert {event.symbol for event in events if isinstance(event, WatchSymbol)} == {FUTURES.symbol, SPOT.symbol}
    assert {event.symbol: event.ids.tolist() for event in events if isinstance(event, Trades)} == {
        FUTURES.symbol: [71],
        SPOT.symbol: [71],
    }
    quotes = {event.symbol: event.time for event in events if isinstance(event, Quote)}
    assert quotes[FUTURES.symbol] == TIME
    assert quotes[SPOT.symbol] == TIME + 14, "a quote without a time has that of its arrival, where it is known"


def test_the_clock_does_not_pass_what_comes_of_the_other_venue() -> None:
    spot = [(seconds * 1_000, moved(SPOT.trade_frame, seconds * 1_000 - 700, 71 + seconds)) for seconds in range(20)]
    futures = [(seconds * 1_000, moved(FUTURES.trade_frame, seconds * 1_000, 71 + seconds)) for seconds in range(20)]
    now, newest = 0, 0
    for event in replayed(*sorted([*spot, *futures])):
        if isinstance(event, MarketTime):
            assert event.time > now
            now = event.time
        elif isinstance(event, Trades):
            newest = max(newest, int(event.times[-1]))
            assert int(event.times[0]) >= now - 500, "a trade of the slower venue is not late"
    assert newest - now <= 1_000, "and the clock follows the slower venue"


def test_a_venue_that_stands_is_waited_for_only_so_long() -> None:
    futures = [(seconds * 1_000, moved(FUTURES.trade_frame, seconds * 1_000, 71 + seconds)) for seconds in range(30)]
    events = replayed((0, SPOT.trade_frame), *futures)
    times = [event.time - TIME for event in events if isinstance(event, MarketTime)]
    assert times[-1] == 29_000, "a venue whose clock has stood for long is not waited for at all"
    behind = [time for time in times if time < 7_000]
    assert all(later - earlier <= LONGEST_WAIT_MS for earlier, later in pairwise(behind))
