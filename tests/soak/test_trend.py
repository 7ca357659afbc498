"""The judges of a long soak: they see growth, and do not see it where there is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spreadscope.exchange.local.trade_log import TradeLog
from tests.soak.long import Plan, Result
from tests.soak.processes import Sample
from tests.soak.trend import grows, slope
from tests.soak.truth import TruthWriter, read_truth

PLAN = Plan(hours=4.0, rate=100, speed=10, symbols=2, faults="", seed=1)


def steps(seed: int, n: int = 600) -> np.ndarray:
    """Memory as it is: level for a minute, then at another level, and a little noise on it."""
    rng = np.random.default_rng(seed)
    return 300 + np.repeat(rng.normal(0, 3, n // 60), 60) + rng.normal(0, 0.1, n)


def test_level_memory_is_noise_in_nearly_every_run() -> None:
    hours = np.linspace(0, 2, 600)
    called = sum(slope(hours, steps(seed)).is_noise for seed in range(200))
    # The usual error of least squares, which takes samples for independent, calls most of these growth.
    assert called >= 180


def test_a_leak_under_that_noise_is_found() -> None:
    hours = np.linspace(0, 2, 600)
    for seed in range(20):
        found = slope(hours, steps(seed) + 25 * hours)
        assert not found.is_noise
        assert found.value == pytest.approx(25, abs=6 * found.error)


def test_the_error_is_the_spread_of_the_slope() -> None:
    hours = np.linspace(0, 2, 600)
    found = [slope(hours, steps(seed)) for seed in range(200)]
    true = np.std([one.value for one in found])
    assert 0.75 * true < np.median([one.error for one in found]) < 1.3 * true


def test_too_few_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="20 samples, not 3"):
        slope([1, 2, 3], [1, 2, 3])
    with pytest.raises(ValueError, match="12 samples, not 4"):
        grows([1, 2, 3, 4], 0)


def test_a_queue_grows_when_it_does_not_come_back() -> None:
    rng = np.random.default_rng(1)
    uneven = rng.integers(0, 9_000, 200).tolist()
    assert not grows(uneven, 5_000)
    assert not grows([*uneven, *[200_000] * 20, *uneven], 5_000)  # a peak is no growth
    assert grows([*uneven, *range(0, 100_000, 500)], 5_000)


def sample(hours: float, **changes: float) -> Sample:
    values = dict.fromkeys(Sample._fields, 0.0) | {"hours": hours, "rss": 300.0} | changes
    return Sample(**values)  # type: ignore[arg-type]  # counts are numbers too


def test_memory_is_judged_only_once_the_windows_of_bars_are_full() -> None:
    hours = np.linspace(0.01, 4, 800)
    filling = [sample(h, rss=300 + 50 * min(h, 1.0)) for h in hours]
    assert Result(PLAN, filling).problems() == []
    leaking = [sample(h, rss=150 + 50 * h) for h in hours]
    assert Result(PLAN, leaking).problems() == ["memory grows by 50.0 ± 0.0 MB a market hour"]
    assert Result(PLAN, [one for one in leaking if one.hours < 1.2]).memory is None


def test_an_engine_of_twenty_symbols_has_a_most_that_it_may_take() -> None:
    large = [sample(h, rss=401.0) for h in np.linspace(0.01, 4, 800)]
    assert Result(PLAN, large).problems() == ["memory of 401 MB is more than 400"]


@pytest.mark.parametrize("name", ["frames", "rows", "missing", "delay_ms"])
def test_a_growing_queue_is_a_problem(name: str) -> None:
    samples = [sample(h, **{name: 50_000 * h}) for h in np.linspace(0.01, 4, 800)]
    assert Result(PLAN, samples).problems() == [f"{name} grows"]


def test_a_hole_that_waits_for_the_next_minute_of_weight_is_no_growth() -> None:
    short = [sample(h) for h in np.linspace(0.01, 0.08, 60)]
    plan = Plan(hours=0.08, rate=100, speed=15, symbols=2, faults="", seed=1)
    for place in range(45, 60):
        short[place] = short[place]._replace(missing=9_000)
    assert not Result(plan, short).judged("missing")
    assert not Result(plan, short).judged("rows")
    assert Result(plan, short).problems() == []
    hours = np.linspace(0.01, 4, 1_440)  # a sample a second
    waited = [sample(h, missing=9_000 if 1_300 < place < 1_360 else 0) for place, h in enumerate(hours)]
    assert all(Result(PLAN, waited).judged(queue) for queue in ("missing", "frames", "rows", "delay_ms", "late_s"))
    assert Result(PLAN, waited).problems() == []


def tape(rows: int, keep: int | None = None) -> TradeLog:
    made = TradeLog("A", price_decimals=1, quantity_decimals=2, first_id=100, keep=keep)
    add(made, rows)
    return made


def add(made: TradeLog, rows: int) -> None:
    block = np.ones((8, rows), dtype=np.int64)
    block[0] = 1_000 + made.expects_id + np.arange(rows)
    made.extend(block)
    made.reveal(rows)


def test_the_truth_is_written_as_it_was_traded_though_the_tape_forgets(tmp_path: Path) -> None:
    short, long = tape(500, keep=1_000), tape(500)
    with TruthWriter(tmp_path, {"A": short}) as truth:
        truth.write()
        for _ in range(30):
            add(short, 300)
            add(long, 300)
            truth.write()
            truth.write()  # nothing new
    written = read_truth(tmp_path, "A")
    assert short.dropped
    for got, want in zip(written, long.columns(), strict=True):
        np.testing.assert_array_equal(got, want)
        assert got.dtype == want.dtype


def test_a_trade_that_was_dropped_unwritten_is_an_error(tmp_path: Path) -> None:
    made = tape(500, keep=100)
    with TruthWriter(tmp_path, {"A": made}) as truth:
        truth.write()
        for _ in range(30):
            add(made, 300)
        with pytest.raises(RuntimeError, match="left the tape before they were written"):
            truth.write()
