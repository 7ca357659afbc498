"""The synthetic market keeps what its truth says."""

from __future__ import annotations

import hashlib
import time

import msgspec
import numpy as np
import pytest

from spreadscope.exchange.local.synthetic import MarketState, SyntheticMarket
from spreadscope.model.errors import ConfigError
from tests.exchange.local.local_harness import START_MS


def play(market: SyntheticMarket) -> list[tuple[int, str, bytes]]:
    frames = []
    for block in market.blocks():
        for frame in block:
            if frame.reveals is not None:
                frame.reveals.reveal()
            frames.append((frame.due_ns, frame.stream, frame.payload))
    return frames


def seconds(market: SyntheticMarket, symbol: str) -> np.ndarray:
    """Log of the last price of each second, carried over quiet ones."""
    truth = market.tapes[symbol].columns()
    grid = np.arange(truth.times[0] + 5_000, truth.times[-1], 1_000)
    return np.log(truth.prices[np.searchsorted(truth.times, grid, side="right") - 1])


@pytest.fixture(scope="module")
def long_market() -> SyntheticMarket:
    """Four hours of trades of six symbols in its past."""
    return SyntheticMarket(6, seed=11, start_ms=START_MS, past_minutes=240, history_hours=4, rate=120, break_after_s=60)


@pytest.mark.parametrize("pair", [0, 1])
def test_hedge_ratio_of_the_pairs_is_that_of_the_truth(pair: int) -> None:
    market = SyntheticMarket(4, seed=5, start_ms=START_MS, history_hours=12)
    truth = market.truth.pairs[pair]
    y, x = ([bar.close for _, bar in market.tapes[symbol].update_bars().items()] for symbol in (truth.y, truth.x))
    beta = np.polyfit(np.log(x), np.log(y), 1)[0]
    assert beta == pytest.approx(truth.beta, abs=0.02 if pair == 0 else 0.12)


@pytest.mark.parametrize("pair", [0, 2])
def test_half_life_and_width_of_the_spread_are_those_of_the_truth(long_market: SyntheticMarket, pair: int) -> None:
    truth = long_market.truth.pairs[pair]
    y, x = seconds(long_market, truth.y), seconds(long_market, truth.x)
    size = min(y.size, x.size)
    spread = y[-size:] - truth.beta * x[-size:] - truth.alpha
    # The bounce between bid and ask biases the lag-1 slope; lags 20 and 40 share it, so their ratio does not.
    spread = spread - spread.mean()
    near, far = (float(spread[lag:] @ spread[:-lag]) for lag in (20, 40))
    half_life = np.log(2) * 20 / np.log(near / far)
    assert half_life == pytest.approx(truth.half_life_s, rel=0.35)
    assert spread.std() == pytest.approx(truth.spread_sd, rel=0.3)


def test_the_broken_pair_wanders_off_after_its_time() -> None:
    market = SyntheticMarket(6, seed=2, start_ms=START_MS, duration_s=1_500, rate=60, break_after_s=0, history_hours=1)
    play(market)
    widths = {}
    for truth in market.truth.pairs:
        after = [market.tapes[s].columns() for s in (truth.y, truth.x)]
        grid = np.arange(START_MS + 10_000, START_MS + 1_490_000, 1_000)
        y, x = (np.log(c.prices[np.searchsorted(c.times, grid, side="right") - 1]) for c in after)
        widths[truth.y] = float((y - truth.beta * x - truth.alpha).std()) / truth.spread_sd
    assert widths["SYN1USDT"] < 1.5
    assert widths["SYN5USDT"] > 1.5


def test_the_same_seed_and_start_give_the_same_market_and_another_seed_another() -> None:
    def digest(seed: int) -> str:
        market = SyntheticMarket(3, seed=seed, start_ms=START_MS, duration_s=5, history_hours=1)
        past = [row for tape in market.tapes.values() for row in tape.newest(10_000)]
        return hashlib.sha256(repr((past, play(market))).encode()).hexdigest()

    assert digest(1) == digest(1) != digest(2)


def test_ids_are_dense_times_ascend_and_frames_are_in_order() -> None:
    market = SyntheticMarket(8, seed=4, start_ms=START_MS, duration_s=30, history_hours=1)
    past = {symbol: tape.last_id for symbol, tape in market.tapes.items()}
    frames = play(market)
    assert [due for due, _, _ in frames] == sorted(due for due, _, _ in frames)
    sent: dict[str, list[int]] = {}
    for _, stream, payload in frames:
        if stream.endswith("@aggTrade"):
            row = msgspec.json.decode(payload)
            sent.setdefault(row["s"], []).append(row["a"])
            assert row["E"] == row["T"] + 150
    for symbol, tape in market.tapes.items():
        truth = tape.columns()
        assert np.all(np.diff(truth.ids) == 1)
        assert np.all(np.diff(truth.times) >= 0)
        assert sent[symbol] == list(range(past[symbol] + 1, tape.last_id + 1))


def test_frames_say_what_the_tape_says() -> None:
    market = SyntheticMarket(8, seed=4, start_ms=START_MS, duration_s=5, history_hours=1)
    frames = play(market)
    rows = {symbol: {row["a"]: row for row in tape.newest(1_000_000)} for symbol, tape in market.tapes.items()}
    for _, stream, payload in frames:
        if stream.endswith("@aggTrade"):
            row = msgspec.json.decode(payload)
            known = rows[row["s"]][row["a"]]
            assert {key: row[key] for key in known} == known


def displayed(seed: int) -> dict[str, np.ndarray]:
    """By symbol: what is displayed at the best bids and asks of ten seconds, in USDT."""
    market = SyntheticMarket(8, seed=seed, start_ms=START_MS, duration_s=10, history_hours=1)
    values: dict[str, list[float]] = {}
    for _, stream, payload in play(market):
        if stream.endswith("@bookTicker"):
            row = msgspec.json.decode(payload)
            values.setdefault(row["s"], []).extend(
                (float(row["b"]) * float(row["B"]), float(row["a"]) * float(row["A"]))
            )
    return {symbol: np.array(listed) for symbol, listed in values.items()}


def test_quotes_display_some_hundreds_to_thousands_of_usdt() -> None:
    first = displayed(6)
    assert len(first) == 8
    for values in first.values():
        assert np.unique(values).size > values.size / 4, "they vary"
        assert 1_000 < np.median(values) < 20_000
        assert np.quantile(values, 0.05) > 100
        assert np.quantile(values, 0.95) < 100_000
    again, other = displayed(6), displayed(7)
    assert all(np.array_equal(first[symbol], again[symbol]) for symbol in first)
    assert not any(np.array_equal(first[symbol], other[symbol]) for symbol in first)


def test_it_looks_like_a_market() -> None:
    market = SyntheticMarket(8, seed=6, start_ms=START_MS, duration_s=60, history_hours=1)
    frames = play(market)
    for number, (symbol, tape) in enumerate(market.tapes.items()):
        truth = tape.columns()
        rate = truth.ids.size / ((truth.times[-1] - truth.times[0]) / 1000)
        assert 10 < rate < 100
        assert (np.diff(truth.times) == 0).mean() > 0.05, "several trades in one millisecond"
        same_second = np.bincount((truth.times - truth.times[0]) // 1000)
        assert same_second.max() > 3 * same_second.mean(), "bursts"
        assert (same_second <= same_second.mean() / 4).any(), "quiet spells"
        bounce = np.diff(truth.prices)
        assert np.corrcoef(bounce[1:], bounce[:-1])[0, 1] < -0.1, f"bid-ask bounce of {symbol} {number}"
    quotes = [msgspec.json.decode(payload) for _, stream, payload in frames if stream.endswith("@bookTicker")]
    assert all(float(quote["b"]) < float(quote["a"]) for quote in quotes)
    arrays = [msgspec.json.decode(payload) for _, stream, payload in frames if stream == "!markPrice@arr@1s"]
    assert len(arrays) == 2 * 60
    assert {row["st"] for array in arrays for row in array} == {1, 2}
    assert {row["r"] for array in arrays for row in array if row["st"] == 2} == {""}


def test_a_market_has_its_past_within_a_second_and_a_half() -> None:
    began = time.process_time()
    market = SyntheticMarket(8, seed=1, start_ms=START_MS)
    assert time.process_time() - began < 1.5
    for tape in market.tapes.values():
        assert tape.columns().times[0] <= START_MS - 15 * 60_000
        assert START_MS - 150 - tape.columns().times[-1] < 60_000
        bars = list(tape.update_bars().items())
        assert bars[0][0] <= START_MS - 12 * 3_600_000 + 60_000
        assert len(bars) >= 700


def test_rate_is_the_mean_of_all_messages() -> None:
    market = SyntheticMarket(4, seed=8, start_ms=START_MS, duration_s=60, rate=3_000, history_hours=0, past_minutes=1)
    assert len(play(market)) / 60 == pytest.approx(3_000, rel=0.35)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 20])
def test_any_number_of_symbols(count: int) -> None:
    market = SyntheticMarket(count, start_ms=START_MS + 37, duration_s=1.3, history_hours=0.5, past_minutes=0.5)
    assert play(market)
    assert len(market.listings) == count
    assert len(market.truth.pairs) == min(count // 2, 3)
    assert 2 * len(market.truth.pairs) + len(market.truth.walks) == count


@pytest.mark.parametrize(
    "bad", [{"symbols": 0}, {"rate": 0.0}, {"seed": -1}, {"past_minutes": 0.0}, {"history_hours": -1.0}]
)
def test_what_makes_no_market_is_refused(bad: dict[str, float]) -> None:
    with pytest.raises(ConfigError):
        SyntheticMarket(**bad)  # type: ignore[arg-type]


MINUTE_MS = 60_000
DAY_MS = 86_400_000


def left_by(market: SyntheticMarket) -> MarketState:
    last = {}
    for symbol, tape in market.tapes.items():
        truth = tape.columns()
        last[symbol] = (int(truth.ids[-1]), int(truth.times[-1]), float(truth.prices[-1]))
    return MarketState(market.begun_ms, last)


@pytest.mark.parametrize("away_ms", [1_000, 5 * MINUTE_MS, 3 * DAY_MS])
def test_a_market_goes_on_where_an_earlier_one_had_come_to(away_ms: int) -> None:
    first = SyntheticMarket(8, seed=3, start_ms=START_MS, past_minutes=2, history_hours=1, rate=200, duration_s=400)
    play(first)
    left = left_by(first)
    again = START_MS + 400_000 + away_ms
    second = SyntheticMarket(8, seed=3, start_ms=again, past_minutes=2, rate=200, duration_s=5, left=left)
    assert second.description == first.description, "it is the same market"
    assert second.truth.pairs == first.truth.pairs, "tied as before, and the one that broke stays broken"
    play(second)
    for symbol, tape in second.tapes.items():
        number, then, price = left.last[symbol]
        truth = tape.columns()
        assert truth.ids.tolist() == list(range(number + 1, number + 1 + truth.ids.size)), (
            "no id is missing, none comes twice"
        )
        assert truth.times[0] > then
        assert truth.times[0] >= again - 3 * MINUTE_MS
        assert truth.prices[0] == pytest.approx(price, rel=0.01)
        assert tape.dropped > 0, "REST says that the trades before it are too old, as the exchange does"
        assert all(minute >= then - MINUTE_MS for minute, _ in tape.update_bars().items())
    y, x, truth_of_pair = (
        *(second.tapes[name].columns().prices for name in ("SYN1USDT", "SYN2USDT")),
        second.truth.pairs[0],
    )
    spread = np.log(y[0]) - truth_of_pair.beta * np.log(x[0]) - truth_of_pair.alpha
    assert abs(spread) < 8 * truth_of_pair.spread_sd, "the tie is the old one, not one through the last prices"


def test_a_market_that_goes_on_does_not_repeat_its_trades() -> None:
    first = SyntheticMarket(2, seed=3, start_ms=START_MS, past_minutes=2, history_hours=0, rate=50)
    second = SyntheticMarket(
        2, seed=3, start_ms=START_MS + 10 * MINUTE_MS, past_minutes=2, rate=50, left=left_by(first)
    )
    before, after = (market.tapes["SYN1USDT"].columns() for market in (first, second))
    size = min(before.quantities.size, after.quantities.size)
    assert before.quantities[:size].tolist() != after.quantities[:size].tolist()
