"""The twins on Spot of the synthetic perpetuals."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from spreadscope.commands.exchange import make_feed
from spreadscope.exchange.binance_spot.decode import SpotDecoder
from spreadscope.exchange.local import LocalExchange
from spreadscope.exchange.local.synthetic import MarketState, SyntheticMarket
from spreadscope.exchange.port import QuoteMessage, TradeMessage
from spreadscope.model.errors import ConfigError
from tests.exchange.local.local_harness import START_MS, connect, receive, rest, run

PERPETUAL, SPOT = "SYN1USDT", "binance-spot:SYN1USDT"


def market(seed: int = 4, *, spot: bool = True, **options: float) -> SyntheticMarket:
    settings = {"duration_s": 20.0, "history_hours": 1.0, "past_minutes": 3.0, "rate": 400.0} | options
    return SyntheticMarket(4, seed=seed, start_ms=START_MS, spot=spot, **settings)  # type: ignore[arg-type]


def play(of: SyntheticMarket) -> list[tuple[int, str, bytes]]:
    frames = []
    for block in of.blocks():
        for frame in block:
            if frame.reveals is not None:
                frame.reveals.reveal()
            frames.append((frame.due_ns, frame.stream, frame.payload))
    return frames


def left_by(of: SyntheticMarket, symbols: list[str]) -> MarketState:
    truths = {symbol: of.tapes[symbol].columns() for symbol in symbols}
    return MarketState(
        of.begun_ms, {s: (int(t.ids[-1]), int(t.times[-1]), float(t.prices[-1])) for s, t in truths.items()}
    )


def test_the_perpetuals_trade_alike_with_and_without_twins() -> None:
    alone, beside = market(spot=False), market()
    assert [row for row in play(beside) if not row[1].startswith("binance-spot:")] == play(alone)
    for symbol, tape in alone.tapes.items():
        assert tape.newest(10_000) == beside.tapes[symbol].newest(10_000)
        assert list(tape.update_bars().items()) == list(beside.tapes[symbol].update_bars().items())


def test_every_symbol_has_a_twin_with_trades_ids_and_quotes_of_its_own() -> None:
    one = market()
    assert list(one.listings) == [f"SYN{n}USDT" for n in range(1, 5)] + [
        f"binance-spot:SYN{n}USDT" for n in range(1, 5)
    ]
    past = {symbol: tape.last_id for symbol, tape in one.tapes.items()}
    frames = play(one)
    assert [due for due, _, _ in frames] == sorted(due for due, _, _ in frames)
    decoder = SpotDecoder()
    sent: dict[str, list[TradeMessage]] = {}
    quotes = 0
    for _, stream, payload in frames:
        if stream.startswith("binance-spot:"):
            (message,) = decoder.messages(b'{"stream":"%b","data":%b}' % (stream.partition(":")[2].encode(), payload))
            if isinstance(message, TradeMessage):
                sent.setdefault(message.symbol, []).append(message)
            else:
                assert isinstance(message, QuoteMessage)
                assert message.bid < message.ask
                quotes += 1
    assert quotes > 500
    for symbol, tape in one.tapes.items():
        truth = tape.columns()
        assert np.all(np.diff(truth.ids) == 1)
        assert np.all(np.diff(truth.times) >= 0)
        if symbol in sent:
            rows = truth.ids > past[symbol]
            assert [trade.id for trade in sent[symbol]] == truth.ids[rows].tolist()
            assert [trade.price for trade in sent[symbol]] == truth.prices[rows].tolist()
    assert len(sent) == 4
    a, b = (one.tapes[symbol].columns() for symbol in (PERPETUAL, SPOT))
    assert a.quantities[:50].tolist() != b.quantities[:50].tolist()


def test_the_same_seed_gives_the_same_twins_and_another_seed_others() -> None:
    assert play(market()) == play(market()) != play(market(seed=5))


def test_the_basis_is_that_of_the_truth_and_slow() -> None:
    one = SyntheticMarket(2, seed=9, start_ms=START_MS, history_hours=10, past_minutes=1, spot=True)
    truth = one.truth.bases[0]
    assert (truth.y, truth.x, truth.beta) == (PERPETUAL, SPOT, 1.0)
    closes = [[bar.close for _, bar in one.tapes[symbol].update_bars().items()] for symbol in (truth.y, truth.x)]
    size = min(map(len, closes))
    basis = np.log(np.array(closes[0][-size:]) / np.array(closes[1][-size:]))
    assert basis.mean() == pytest.approx(truth.alpha, abs=1e-4)
    assert basis.std() == pytest.approx(truth.spread_sd, rel=0.3)
    slope = np.polyfit(basis[:-1], basis[1:], 1)[0]
    assert -60 * np.log(2) / np.log(slope) == pytest.approx(truth.half_life_s, rel=0.4)


@pytest.mark.parametrize("kept", [[PERPETUAL, SPOT], [SPOT], [PERPETUAL]])
def test_a_market_goes_on_with_its_twins(kept: list[str]) -> None:
    first = market()
    play(first)
    left = left_by(first, kept)
    options = {"duration_s": 5.0, "past_minutes": 1.0, "rate": 400.0}
    second = SyntheticMarket(
        4,
        seed=4,
        start_ms=START_MS + 300_000,
        spot=True,
        left=left,
        **options,  # type: ignore[arg-type]
    )
    play(second)
    assert second.description == first.description
    for symbol in kept:
        number, then, price = left.last[symbol]
        truth = second.tapes[symbol].columns()
        assert truth.ids[0] == number + 1
        assert truth.times[0] > then
        assert truth.prices[0] == pytest.approx(price, rel=0.005)
    perpetual, spot = (second.tapes[symbol].columns().prices[0] for symbol in (PERPETUAL, SPOT))
    assert abs(np.log(perpetual / spot)) < 2e-3


def test_twins_over_real_sockets() -> None:
    async def main() -> None:
        feed = SyntheticMarket(2, seed=2, rate=500, spot=True, history_hours=5, past_minutes=1)
        async with LocalExchange(feed, speed=20.0) as exchange:
            assert exchange.symbols[2:] == (SPOT, "binance-spot:SYN2USDT")
            names = ["aggTrade", "bookTicker", "trade", "depth@100ms", "depth5", "kline_1m", "ticker", "miniTicker"]
            streams = "/".join([*(f"syn1usdt@{name}" for name in names), "!miniTicker@arr"])
            seen: dict[str, object] = {}
            # The client ends in the middle of a flood: it need not read the rest before it may go.
            async with connect(f"{exchange.ws_url}/stream?streams={streams}", close_timeout=0.1) as socket:
                while len(seen) < 9:
                    message = await receive(socket)
                    seen.setdefault(message["stream"], message["data"])
            shapes = {name: sorted(data) if isinstance(data, dict) else data for name, data in seen.items()}
            assert shapes["syn1usdt@aggTrade"] == sorted("eEsapqflTmM")
            assert shapes["syn1usdt@trade"] == sorted("eEstpqTmM")
            assert shapes["syn1usdt@bookTicker"] == sorted("usbBaA")
            assert shapes["syn1usdt@depth@100ms"] == sorted("eEsUuba")
            assert shapes["syn1usdt@depth5"] == ["asks", "bids", "lastUpdateId"]
            assert shapes["syn1usdt@kline_1m"] == sorted("eEsk")
            assert shapes["syn1usdt@ticker"] == sorted("eEspPwxcQbBaAohlvqOCFLn")
            assert shapes["syn1usdt@miniTicker"] == sorted("eEscohlvq")
            assert all(
                row["s"] in {"SYN1USDT", "SYN2USDT"}
                for row in seen["!miniTicker@arr"]  # type: ignore[attr-defined]
            )
            async with rest(exchange.rest_url) as client:
                price = float((await client.get("/api/v3/ticker/price?symbol=SYN1USDT")).json()["price"])
                above = float((await client.get("/fapi/v1/ticker/price?symbol=SYN1USDT")).json()["price"])
                assert abs(np.log(above / price)) < 4e-3
                book = (await client.get("/api/v3/depth?symbol=SYN1USDT&limit=3")).json()
                assert [len(book[side]) for side in ("bids", "asks")] == [3, 3]
                assert len((await client.get("/api/v3/klines?symbol=SYN1USDT&interval=1h&limit=5")).json()) == 5
                answer = await client.get("/api/v3/aggTrades?symbol=SYN1USDT&limit=3")
                assert sorted(msgspec.json.decode(answer.content)[0]) == sorted("apqflTmM")

    run(main())


def test_the_command_makes_the_market_with_twins_where_it_is_asked() -> None:
    assert list(make_feed([], seed=2, symbols=2, rate=100, spot=True).listings)[2:] == [SPOT, "binance-spot:SYN2USDT"]
    assert list(make_feed([], seed=2, symbols=2, rate=100).listings) == ["SYN1USDT", "SYN2USDT"]


def test_recordings_say_themselves_whether_they_are_of_spot() -> None:
    with pytest.raises(ConfigError, match="--spot is for the synthetic market"):
        make_feed(["x"], seed=1, symbols=2, rate=None, spot=True)  # type: ignore[list-item]
