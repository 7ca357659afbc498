"""What a trader who watches would conclude, by Monte Carlo.

False calls over 2,000 bars, power within a day, intervals, z on its own scale.

python -m bench evidence   (or: python bench/bench_evidence.py [--pairs 400] [--seed 1])
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from typing import NamedTuple

import numpy as np

from spreadscope.model.config import AnalyticsConfig
from spreadscope.model.instrument import Pair
from spreadscope.model.states import SignalState
from spreadscope.model.timeframe import Timeframe
from spreadscope.pairs.legs import Leg
from spreadscope.pairs.tracker import PairTracker
from spreadscope.stats import BreakdownMonitor, SequentialEvidence, engle_granger_both, half_life, ols, spread_half_life
from spreadscope.stats import synthetic_pairs as markets
from spreadscope.stats.sequential_evidence import evidence_over

WINDOW = 1_440  # of one-minute bars: the default
WATCHED = 2_000
OLD_WINDOW = 120
KINDS = {
    "independent": markets.unrelated,
    "GARCH": markets.clustered,
    "stochastic volatility": markets.stochastic_volatility,
    "calm after a storm": markets.storm,
    "bounce": markets.with_bounce,
    "20% missing rows": markets.with_holes,
    "one bad bar": markets.with_bad_bar,
}
LIMITS = {"independent": 0.05}
OTHERS = 0.08


def interval(hits: int, n: int) -> tuple[float, float]:
    """Wilson's 95% interval of a share."""
    z, share = 1.96, hits / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def shown(hits: int, n: int) -> str:
    low, high = interval(hits, n)
    return f"{hits / n:6.1%}  [{low:.1%}, {high:.1%}]"


def called(legs: markets.Legs, window: int = WINDOW) -> bool:
    """Whether the looks at these rows ever call the pair cointegrated."""
    return any(look.adjusted <= 0.05 for look in evidence_over(*legs, window))


def false_calls(pairs: int, seed: int) -> None:
    print(
        f"unrelated pairs ever called cointegrated in a day of history and {WATCHED} bars of watching,"
        f" {pairs} pairs each"
    )
    for name, make in KINDS.items():
        began = time.perf_counter()
        hits = sum(called(make(WINDOW + WATCHED, seed + number)) for number in range(pairs))
        limit = LIMITS.get(name, OTHERS)
        took = (time.perf_counter() - began) / pairs * 1e3
        verdict = "" if hits / pairs <= limit else "   ABOVE"
        print(f"  {name:<22} {shown(hits, pairs)}   at most {limit:.0%}{verdict}   ({took:.0f} ms a pair)")
    watched = min(pairs, 40)
    ever = 0
    for number in range(watched):
        y, x = markets.unrelated(OLD_WINDOW + WATCHED, seed + number)
        tests = (
            engle_granger_both(y[at - OLD_WINDOW : at], x[at - OLD_WINDOW : at])
            for at in range(OLD_WINDOW, OLD_WINDOW + WATCHED, 5)
        )
        ever += any((test.pvalue or 1.0) < 0.05 for test in tests)
    print(f"  beside it: Engle-Granger p < .05 at a row, window {OLD_WINDOW}, every fifth row: {shown(ever, watched)}")


def power(pairs: int, seed: int) -> None:
    print(f"tied pairs called cointegrated within a day of 1 m bars ({WINDOW} rows), {pairs} pairs each")
    for life, wanted in ((10, 0.80), (30, 0.50), (100, None)):
        draws = [markets.tied(WINDOW, life, seed + number) for number in range(pairs)]
        hits = sum(called(legs) for legs in draws)
        old = sum((engle_granger_both(y[-OLD_WINDOW:], x[-OLD_WINDOW:]).pvalue or 1.0) < 0.05 for y, x in draws)
        goal = "" if wanted is None else f"   at least {wanted:.0%}{'' if hits / pairs >= wanted else '   BELOW'}"
        print(
            f"  half-life {life:>3} rows      {shown(hits, pairs)}{goal}"
            f"   (one test of {OLD_WINDOW} rows: {old / pairs:.1%})"
        )


def half_lives(pairs: int, seed: int) -> None:
    print(
        f"half-life of the fitted spread over {WINDOW} rows: coverage of the 95% interval, median, {pairs} pairs each"
    )
    for life in (10, 30, 100):
        inside, plain_inside, ours, plain = 0, 0, [], []
        for number in range(pairs):
            y, x = markets.tied(WINDOW, life, seed + number)
            fit = ols(y, x)
            residual = y - fit.alpha - fit.beta * x
            found, before = spread_half_life(residual), half_life(residual)
            inside += (found.low or 0.0) <= life <= (found.high or math.inf)
            plain_inside += (before.low or 0.0) <= life <= (before.high or math.inf)
            ours.append(found.half_life or math.inf)
            plain.append(before.half_life or math.inf)
        print(
            f"  true {life:>3}   {shown(inside, pairs)}   median {np.median(ours):.1f}"
            f"   (AR(1) with ±1.96 se: {plain_inside / pairs:.1%}, median {np.median(plain):.1f})"
        )


def scaled_z(pairs: int, seed: int) -> None:
    few = max(4, pairs // 20)
    print(
        "share of rows with |z| beyond 2, live tracker at the default windows,"
        f" {few} pairs of {WINDOW + WATCHED} rows each"
    )
    config = AnalyticsConfig()
    makers = {f"tied, half-life {life}": (lambda n, s, life=life: markets.tied(n, life, s)) for life in (10, 30, 100)}
    for name, make in {**makers, "unrelated": markets.unrelated}.items():
        raw, scaled = [], []
        for number in range(few):
            tracker = PairTracker(Pair("A", "B"), Timeframe.M1, config)
            y, x = (np.exp(leg) for leg in make(WINDOW + WATCHED, seed + number))
            for row, (one, other) in enumerate(zip(y.tolist(), x.tolist(), strict=True)):
                legs = Leg(one, one, 0, complete=True), Leg(other, other, 0, complete=True)
                made = tracker.step(60_000 * row, *legs, halted=False, state=SignalState.FLAT)
                if row >= WINDOW:
                    if made.z.value is not None:
                        raw.append(abs(made.z.value) > 2)
                    if made["z_scaled"].value is not None:
                        scaled.append(abs(made["z_scaled"].value) > 2)
        print(
            f"  {name:<20} z {np.mean(raw):6.1%}   z on its own scale {np.mean(scaled):6.1%}"
            "   (a normal variable: 4.6%)"
        )


def broken(legs: markets.Legs, formed: int) -> bool:
    """Whether the monitor, frozen on the first ``formed`` rows, alarms within the rest."""
    y, x = legs
    monitor = BreakdownMonitor.freeze(y[:formed], x[:formed])
    return any(
        monitor.update(one, other).broken for one, other in zip(y[formed:].tolist(), x[formed:].tolist(), strict=True)
    )


def breaking(rows: int, formed: int, half_life: float, seed: int, *, clustering: bool, breaks: bool) -> markets.Legs:
    """A tied pair whose spread turns into a random walk after ``formed`` rows, where it ``breaks``."""
    rng = np.random.default_rng(seed)
    size = np.ones(rows)
    if clustering:
        level = 0.0
        for row in range(rows):
            level = 0.98 * level + 0.2 * rng.standard_normal()
            size[row] = math.exp(level / 2)
    x = 0.001 * np.cumsum(size * rng.standard_normal(rows))
    shocks, phi = 0.001 * size * rng.standard_normal(rows), 0.5 ** (1 / half_life)
    spread, level = np.empty(rows), 0.0
    for row in range(rows):
        level = (1.0 if breaks and row >= formed else phi) * level + shocks[row]
        spread[row] = level
    return 1.2 * x + spread, x


def breakdowns(pairs: int, seed: int) -> None:
    print(
        f"breakdown monitor, frozen on m rows and watched for 2 m, {pairs} pairs each:"
        " alarms of whole pairs | of pairs whose spread becomes a walk"
    )
    for formed in (120, 1_200):
        for life in (10, 30):
            shares = []
            for clustering in (False, True):
                for breaks in (False, True):
                    draws = (
                        breaking(3 * formed, formed, life, seed + number, clustering=clustering, breaks=breaks)
                        for number in range(pairs)
                    )
                    shares.append(sum(broken(legs, formed) for legs in draws) / pairs)
            print(
                f"  m {formed:>5}, half-life {life:>2}   {shares[0]:6.1%} | {shares[1]:6.1%}"
                f"   with clustered volatility {shares[2]:6.1%} | {shares[3]:6.1%}"
            )


def endings(pairs: int, seed: int) -> None:
    """Of ties that a session has found: how many are falsely called broken, and how soon a true break is seen."""
    print(
        f"ties that were found, window {WINDOW}, {pairs} pairs each: within two days of minutes called broken though"
        " they hold, and not found again | broken after the first day: seen, rows to it (median, nine of ten),"
        " called tied again within two more days"
    )
    for life in (1, 10, 30):
        for clustering in (False, True):
            name = f"half-life {life:>2}" + (", volatility in clusters" if clustering else "")
            whole = [_ended(seed + n, life, clustering=clustering, breaks=False) for n in range(pairs)]
            whole = [ending for ending in whole if ending.found]
            broken_ones = [_ended(seed + n, life, clustering=clustering, breaks=True) for n in range(pairs)]
            broken_ones = [ending for ending in broken_ones if ending.found]
            rows = sorted(ending.rows for ending in broken_ones if ending.rows is not None)
            false = sum(ending.rows is not None for ending in whole)
            lost = sum(not ending.tied for ending in whole)
            again = sum(ending.tied and ending.rows is not None for ending in broken_ones)
            soon = f"{rows[len(rows) // 2]:>4} {rows[len(rows) * 9 // 10]:>4}" if rows else "never"
            print(
                f"  {name:<36} {shown(false, len(whole))}, {shown(lost, len(whole))} |"
                f" {shown(len(rows), len(broken_ones))}, {soon}, {shown(again, len(broken_ones))}"
            )


class Ending(NamedTuple):
    """What became of a tie that was found on the first day: the rows from its end to the break (None: not seen), and
    whether it is called tied at the end."""

    found: bool
    rows: int | None
    tied: bool


def _ended(seed: int, life: int, *, clustering: bool, breaks: bool) -> Ending:
    y, x = breaking(3 * WINDOW, WINDOW, life, seed, clustering=clustering, breaks=breaks)
    evidence = SequentialEvidence(WINDOW)
    found, rows = False, None
    for row, (one, other) in enumerate(zip(y.tolist(), x.tolist(), strict=True)):
        evidence.update(one, other)
        if row == WINDOW:
            found = evidence.standing.cointegrated
        if row > WINDOW and rows is None and evidence.since_break == 0:
            rows = row - WINDOW
    return Ending(found, rows, evidence.standing.cointegrated)


def table(rows: int = 1_440, draws: int = 4_000, seed: int = 7) -> None:
    """The quantiles that ``spread_half_life`` inverts, made anew for some c.

    They should be those of its table to a few hundredths.
    """
    from spreadscope.stats.spread_half_life import _TABLE

    rng = np.random.default_rng(seed)
    print(f"quantiles of n (1 − φ̂) of fitted residuals, {draws} draws of {rows} rows: made anew | in the table")
    for c in (0, 10, 40, 100):
        found = []
        for _ in range(draws):
            steps = rng.standard_normal((2, rows))
            phi, spread, level = 1 - c / rows, np.empty(rows), 0.0
            level = steps[0, 0] / math.sqrt(1 - phi * phi) if c else steps[0, 0]
            for row in range(rows):
                level = level if row == 0 else phi * level + steps[0, row]
                spread[row] = level
            x = np.cumsum(steps[1])
            x -= x.mean()
            spread -= spread.mean()
            spread -= (spread @ x) / (x @ x) * x
            after, before = spread[1:] - spread[1:].mean(), spread[:-1] - spread[:-1].mean()
            found.append(rows * (1 - (after @ before) / (before @ before)))
        made = np.quantile(found, [0.025, 0.5, 0.975])
        held = _TABLE[_TABLE[:, 0] == c][0, 1:]
        print(f"  c {c:>3}   " + "  ".join(f"{one:7.2f} | {other:7.2f}" for one, other in zip(made, held, strict=True)))


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args([] if arguments is None else arguments)
    false_calls(given.pairs, given.seed)
    power(given.pairs, given.seed)
    half_lives(given.pairs, given.seed)
    scaled_z(given.pairs, given.seed)
    breakdowns(max(50, given.pairs // 2), given.seed)
    endings(max(50, given.pairs // 2), given.seed)
    table()


if __name__ == "__main__":
    main(sys.argv[1:])
