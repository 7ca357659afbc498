"""What every venue owes the rest of the product, tried on each with a sample of its own frames."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from spreadscope.exchange.message_columns import OTHER, QUOTE, TRADE
from spreadscope.exchange.port import Message, QuoteMessage, TradeIds, TradeMessage, Venue
from spreadscope.exchange.venues import DEFAULT, VENUES, addresses, require_known, venue_for
from spreadscope.ingest.connection import Connection
from spreadscope.ingest.feed import Feed
from spreadscope.model.clock import ManualClock, SystemClock
from spreadscope.model.config import Config, ExchangeConfig, load_config
from spreadscope.model.errors import ConfigError, DecodeError, ExchangeError, UnknownSymbolError
from spreadscope.model.events import Event, MarketTime, Quote, Trades
from spreadscope.model.instrument import DEFAULT_VENUE, parse_symbol, qualified, venue_of
from spreadscope.tasks import Tasks
from tests.contract.venue_samples import SAMPLES, Sample

BAD_FRAMES = [
    b"",
    b"{",
    b"\xff\xfe",
    b"[]",
    b"null",
    b"0",
    b'"x"',
    b"{}",
    b"<html>",
    b'{"stream":1,"data":2}',
    b"[" * 5_000,
]


@pytest.fixture(params=sorted(VENUES))
def venue(request: pytest.FixtureRequest) -> Venue:
    return VENUES[request.param]


@pytest.fixture
def sample(venue: Venue) -> Sample:
    return SAMPLES[venue.name]


def test_every_venue_has_a_sample_and_a_page() -> None:
    assert SAMPLES.keys() == VENUES.keys()
    assert DEFAULT.name == DEFAULT_VENUE


def test_names_go_out_and_come_back(venue: Venue, sample: Sample) -> None:
    assert venue_for(sample.symbol) is venue
    assert venue_of(sample.symbol) == venue.name
    assert parse_symbol(sample.symbol.lower()) == sample.symbol
    assert venue.instrument(venue.local(sample.symbol)) == sample.symbol
    for stream in venue.streams(sample.symbol, quotes=True):
        assert venue.symbol_of(stream) == sample.symbol
    assert venue.streams(sample.symbol, quotes=True)[0] == venue.trade_stream(sample.symbol)
    if venue.status_stream is not None:
        assert venue.symbol_of(venue.status_stream) == ""


def test_what_it_declares_is_what_it_does(venue: Venue, sample: Sample) -> None:
    wanted = venue.capabilities
    assert wanted.trade_ids is TradeIds.DENSE, (
        "the tape proves by dense ids that nothing is missing: it can keep no other"
    )
    with_quotes, without = venue.streams(sample.symbol, quotes=True), venue.streams(sample.symbol, quotes=False)
    assert (len(with_quotes) > len(without)) == wanted.quotes
    assert (venue.status_stream is not None) == wanted.status_announcements
    (quote,) = venue.decoder().messages(sample.quote_frame)
    assert isinstance(quote, QuoteMessage)
    assert (quote.time is not None) == wanted.dated_quotes
    assert wanted.page >= 1
    assert wanted.weight_per_minute > 0
    assert wanted.longest_interval_ms > 0
    assert venue.rest_url.startswith("https://")
    assert venue.ws_url.startswith("wss://")


def test_streams_are_shared_out_among_sockets(venue: Venue) -> None:
    symbols = [qualified(venue.name, f"C{number}USDT") for number in range(7)]
    streams = [stream for symbol in symbols for stream in venue.streams(symbol, quotes=True)]
    shards = venue.shards([*streams, streams[0]], 3)
    assert sorted(stream for _, group in shards for stream in group) == sorted(streams), "each once"
    assert all(1 <= len(group) <= 3 for _, group in shards)
    trades = {venue.trade_stream(symbol) for symbol in symbols}
    for route, group in shards:
        assert venue.socket_url("wss://x", route).startswith("wss://x")
        assert not (venue.carries_quotes_only(route) and trades & set(group)), "trades are never dropped unread"


def test_control_messages_name_the_streams(venue: Venue, sample: Sample) -> None:
    streams = venue.streams(sample.symbol, quotes=True)
    for message in (venue.subscribe(streams, 7), venue.unsubscribe(streams, 7)):
        assert all(stream in message.decode() for stream in streams)
        json.loads(message)
    assert venue.subscribe(streams, 7) != venue.unsubscribe(streams, 7)


def test_frames_say_what_they_mean(venue: Venue, sample: Sample) -> None:
    assert list(venue.decoder().messages(sample.trade_frame)) == [sample.trade]
    assert list(venue.decoder().messages(sample.quote_frame)) == [sample.quote]


def test_columns_say_the_same_as_single_frames(venue: Venue, sample: Sample) -> None:
    decoder = venue.decoder()
    number = decoder.table.number(sample.symbol)
    frames = [sample.trade_frame, sample.quote_frame, b"{}", sample.trade_frame]
    columns = decoder.columns(frames)
    assert len(columns) == len(frames)
    for row, frame in enumerate(frames):
        if columns.kinds[row] == OTHER:
            continue
        (message,) = decoder.messages(frame)
        assert columns.symbols[row] == number
        assert columns.times[row] == message.time
        pair = columns.prices_or_bids[row], columns.quantities_or_asks[row]
        if columns.kinds[row] == TRADE:
            assert isinstance(message, TradeMessage)
            assert (columns.ids[row], *pair) == (message.id, message.price, message.quantity)
            assert (columns.event_times[row], columns.buyer_is_maker[row]) == (
                message.event_time,
                message.buyer_is_maker,
            )
        else:
            assert columns.kinds[row] == QUOTE
            assert isinstance(message, QuoteMessage)
            assert pair == (message.bid, message.ask)
            sizes = columns.bid_quantities[row], columns.ask_quantities[row]
            assert (*sizes, columns.ids[row]) == (message.bid_quantity, message.ask_quantity, message.update)


@pytest.mark.parametrize("frame", BAD_FRAMES, ids=lambda frame: repr(frame[:12]))
def test_any_frame_is_read_or_refused(venue: Venue, frame: bytes) -> None:
    try:
        messages: list[Message] = list(venue.decoder().messages(frame))
    except DecodeError as error:
        assert "\n" not in str(error)  # noqa: PT017 - one sentence, or nothing
    else:
        assert not any(isinstance(message, TradeMessage) for message in messages)
    assert (venue.decoder().columns([frame]).kinds == OTHER).all()


def test_a_feed_makes_events_of_it(venue: Venue, sample: Sample) -> None:
    async def main() -> list[Event]:
        events: list[Event] = []
        config, clock = ExchangeConfig(), ManualClock(1)
        feed = Feed(venue, "ws://x", config, clock, sink=events.extend, reject=lambda *_: None, tasks=Tasks())
        feed._decoder.table.number(sample.symbol)
        ((route, _), *_) = venue.shards([venue.trade_stream(sample.symbol)], 10)
        socket = Connection("s", route, venue, "ws://x", config, clock, lambda *_: None, Tasks())
        feed._on_frames(socket, [sample.trade_frame, sample.quote_frame])
        feed.flush()
        return events

    events = asyncio.run(main())
    (trades,) = [event for event in events if isinstance(event, Trades)]
    assert (trades.symbol, trades.ids.tolist(), trades.prices.tolist()) == (sample.symbol, [71], [109431.5])
    (quote,) = [event for event in events if isinstance(event, Quote)]
    assert (quote.symbol, quote.bid, quote.ask) == (sample.symbol, 109431.4, 109431.6)
    assert isinstance(sample.quote, QuoteMessage)
    assert (quote.bid_quantity, quote.ask_quantity, quote.update) == (
        sample.quote.bid_quantity, sample.quote.ask_quantity, sample.quote.update,
    )  # fmt: skip
    assert quote.time <= sample.trade.time, "a quote is never taken for newer than it is"
    assert any(isinstance(event, MarketTime) for event in events), "its trades move the market's clock"


def test_recorded_answers_are_known_again(venue: Venue, sample: Sample) -> None:
    request, body, trades = sample.answer
    assert venue.recorded_trades(request, body) == (sample.symbol, trades)
    assert venue.recorded_trades("/somewhere/else?symbol=X", b"[]") is None
    others = [other for other in VENUES.values() if other is not venue]
    assert [other.recorded_trades(request, body) for other in others] == [None] * len(others)


def test_recorded_frames_say_the_same(venue: Venue, sample: Sample) -> None:
    decoder = venue.recording_decoder(quotes=True)
    assert [*decoder.messages(sample.trade_frame), *decoder.end()] == [sample.trade]
    assert not [*venue.recording_decoder(quotes=False).messages(sample.quote_frame)]


def test_the_client_reads_trades_and_says_what_is_wrong(venue: Venue, sample: Sample) -> None:
    _, body, trades = sample.answer
    answers = [httpx.Response(200, content=body), httpx.Response(400, content=b'{"code":-1,"msg":"no"}')]
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return answers.pop(0)

    async def main() -> None:
        async with venue.client("https://x", SystemClock(), transport=httpx.MockTransport(answer)) as client:
            assert await client.trades(sample.symbol, from_id=71, limit=1) == trades
            with pytest.raises(ExchangeError, match="no"):
                await client.trades(sample.symbol, from_id=71)
            assert client.budget.used > 0, "a request is weighed"

    asyncio.run(main())
    assert all(sample.symbol not in url or venue is DEFAULT for url in asked), "the venue knows its own symbol alone"


def test_an_unknown_venue_is_named_in_one_sentence() -> None:
    with pytest.raises(UnknownSymbolError, match=r"there is no venue nowhere: binance-futures, binance-spot"):
        venue_for("nowhere:BTCUSDT")
    with pytest.raises(ConfigError, match="there is no venue nowhere"):
        require_known(load_config(None, symbols=("nowhere:BTCUSDT",)))


def test_where_a_venue_is_reached() -> None:
    def reached(**options: object) -> list[tuple[str, str]]:
        return [tuple(addresses(venue, Config(**options))) for venue in VENUES.values()]  # type: ignore[arg-type, misc]

    assert reached() == [(venue.rest_url, venue.ws_url) for venue in VENUES.values()]
    local = {"rest_url": "http://127.0.0.1:1", "ws_url": "ws://127.0.0.1:2"}
    assert set(reached(exchange=local)) == {tuple(local.values())}, "a demo never mixes with a market"
    other = {"rest_url": "http://127.0.0.1:3", "ws_url": "ws://127.0.0.1:4"}
    assert reached(exchange=local, venues={"binance-spot": other})[1] == tuple(other.values())
