"""A scan for pairs: closes become a report and a row for each pair. The command, the API and the page use this."""

from __future__ import annotations

import math
import os

import msgspec
import numpy as np

from spreadscope.contract import (
    LeftOutSymbol,
    ScannedSymbol,
    ScanPassed,
    ScanPersistence,
    ScanReport,
    ScanRow,
    ScanSurvival,
)
from spreadscope.importing.closes import Grid, make_grid
from spreadscope.importing.names import timeframe_name
from spreadscope.model.errors import ConfigError, StatisticsError
from spreadscope.model.fees import TAKER_FEE, round_trip_cost
from spreadscope.research.heat_map import heat_map
from spreadscope.research.job_kinds import ReportProgress
from spreadscope.research.scan_sources import SourceCloses
from spreadscope.stats.scan import ScanPair, ScanResult, scan

FEWEST_ROWS = 200
_MAX_MISSING = 0.75  # of a leg: missing bars stay missing, so a leg is tested on its own rows
_HOUR_MS = 3_600_000


class ScanParameters(msgspec.Struct, frozen=True, kw_only=True):
    """How to scan. ``most_symbols`` is a bound for whoever computes for others; ``fee`` is of one fill."""

    surrogates: int = 100
    max_lags: int = 10
    seed: int = 0
    keep: tuple[str, ...] = ()
    fee: float = TAKER_FEE
    most_symbols: int | None = None


class ScanAnswer(msgspec.Struct, frozen=True):
    """A report, and the pairs in the order of p."""

    report: ScanReport
    rows: tuple[ScanRow, ...]


def scan_closes(found: SourceCloses, parameters: ScanParameters, progress: ReportProgress) -> ScanAnswer:
    """Select pairs on the first half of the common bars, test them again on the second.

    Raises ``SpreadscopeError`` in one sentence where nothing can be tested.
    """
    progress(None, "putting the bars on one grid of times")
    grid = make_grid(found.closes)
    rows, joint = len(grid.times), int((np.isfinite(grid.closes).sum(axis=1) >= 2).sum())
    if joint < FEWEST_ROWS:
        raise ConfigError(
            f"the symbols have {joint} bars of {timeframe_name(grid.step)} in common; "
            f"a scan needs at least {FEWEST_ROWS}: choose shorter bars or a longer time"
        )
    most = parameters.most_symbols
    if most is not None and len(grid.symbols) > most:
        raise ConfigError(f"there are {len(grid.symbols)} symbols, and at most {most} are scanned at once: give fewer")
    half = rows // 2
    prices = np.log(grid.closes)
    result = scan(
        prices[:half], grid.symbols, next_prices=prices[half:], surrogates=parameters.surrogates, seed=parameters.seed,
        max_lags=parameters.max_lags, block=max(1, round(_HOUR_MS / grid.step)), threads=os.cpu_count() or 1,
        max_missing=_MAX_MISSING, keep=parameters.keep, progress=progress,
    )  # fmt: skip
    progress(1.0, "ordering the heat map")
    pairs = tuple(_row(pair, parameters.fee) for pair in result.pairs)
    return ScanAnswer(_report(found, grid, half, result, pairs, parameters), pairs)


def _row(pair: ScanPair, fee: float) -> ScanRow:
    cost = round_trip_cost(pair.beta, fee)
    return ScanRow(
        y=pair.y, x=pair.x, pvalue=pair.pvalue, bh=pair.bh, by=pair.by, calibrated=pair.calibrated,
        calibrated_bh=pair.calibrated_bh, familywise=pair.familywise, beta=pair.beta, half_life=pair.half_life,
        half_life_low=pair.half_life_low, half_life_high=pair.half_life_high, cost=cost,
        break_even_z=cost / pair.spread_sd if pair.spread_sd else None, return_correlation=pair.return_correlation,
        spread_sd=pair.spread_sd, next_pvalue=pair.next_pvalue, next_return_correlation=pair.next_return_correlation,
        next_spread_sd=pair.next_spread_sd,
    )  # fmt: skip


def _report(
    found: SourceCloses, grid: Grid, half: int, result: ScanResult, pairs: tuple[ScanRow, ...],
    parameters: ScanParameters,
) -> ScanReport:  # fmt: skip
    passed = ScanPassed(
        raw=sum(pair.pvalue <= result.level for pair in pairs),
        bh=sum(pair.bh <= result.level for pair in pairs),
        by=sum(pair.by <= result.level for pair in pairs),
        calibrated=sum((pair.calibrated_bh or 1.0) <= result.level for pair in pairs) if result.surrogates else None,
    )
    persistence, no_persistence = _persistence(result)
    missing = dict(zip(grid.symbols, np.isnan(grid.closes).mean(axis=0).tolist(), strict=True))
    gone = sorted(set(found.closes.frame["symbol"].unique().to_list()) - set(grid.symbols))
    return ScanReport(
        source=found.title,
        demo=found.demo,
        timeframe=timeframe_name(grid.step),
        step_ms=grid.step,
        rows=len(grid.times),
        first=int(grid.times[0]),
        half=int(grid.times[half]),
        last=int(grid.times[-1]),
        level=result.level,
        surrogates=result.surrogates,
        seed=parameters.seed,
        max_lags=parameters.max_lags,
        fee=parameters.fee,
        tests=result.tests,
        undefined=result.undefined,
        passes=bool(passed.bh if passed.calibrated is None else passed.calibrated),
        answer=_answer(result, passed),
        familywise=result.familywise,
        passed=passed,
        survival=ScanSurvival(*result.survival()),
        persistence=persistence,
        no_persistence=no_persistence,
        legs=tuple(
            ScannedSymbol(
                symbol=leg.symbol,
                verdict=str(leg.verdict),
                adf_pvalue=leg.adf_pvalue,
                volatility=leg.volatility,
                still=leg.still,
                missing=missing[leg.symbol],
            )
            for leg in result.legs
        ),
        left_out=(
            *found.left_out,
            *(LeftOutSymbol(name, "it shares too little time with the others") for name in gone),
        ),
        missing={name: share for name, share in missing.items() if share},
        notes=tuple(grid.notes),
        heat_map=heat_map(pairs),
    )


def _answer(result: ScanResult, passed: ScanPassed) -> str:
    """Returns what was found, in one or two sentences."""
    if not result.tests:
        return "No pair could be tested: too few of its bars follow each other. Choose a longer time."
    count, by_what = (passed.bh, "corrected for the number of tests (BH)")
    if passed.calibrated is not None:
        count, by_what = passed.calibrated, "calibrated by what chance gives in these prices, then BH"
    tests = f"{result.tests:,} tests at {result.level:.0%}, {by_what}"
    if not count:
        by_chance = f"{result.tests * result.level:.0f}" if result.tests * result.level >= 1 else "fewer than 1"
        return (
            f"No pair passes ({tests}). That is an answer: {passed.raw} raw p at or below {result.level:.0%} are to be "
            f"seen beside the {by_chance} that chance alone would give."
        )
    again = "" if passed.calibrated is None or result.familywise is None else (
        f" Chance alone gives a best pair as good as the first one in {result.familywise:.0%} of the panels."
    )  # fmt: skip
    return f"{count} {'pair passes' if count == 1 else 'pairs pass'} ({tests}).{again}"


def _persistence(result: ScanResult) -> tuple[ScanPersistence | None, str]:
    """Returns what persists; None with the reason where that is not known."""
    try:
        ranks = result.persistence()
    except StatisticsError as error:
        return None, str(error)
    if not all(map(math.isfinite, ranks)):
        return None, "all pairs are alike in one of the halves"
    return ScanPersistence(*ranks), ""
