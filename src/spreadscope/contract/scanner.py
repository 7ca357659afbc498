"""The answer of a scan for pairs: a report, and a row for each pair. Undefined numbers are null."""

from __future__ import annotations

import msgspec


class ScanCheck(msgspec.Struct, frozen=True):
    """Whether a scan could begin: the title it would have, or the ``problem`` in one sentence."""

    title: str
    problem: str | None


class ScanRow(msgspec.Struct, frozen=True, kw_only=True):
    """A pair of a scan, y on x, the direction with the smaller p.

    ``pvalue`` is raw, of both directions; ``bh`` and ``by`` its q-values over all tests; ``calibrated`` p by chance as
    it is in these prices, ``calibrated_bh`` its q-value; ``familywise``: how often chance alone gives a pair as good as
    this as its best. ``half_life`` is in bars, with an interval: where ``half_life_low`` is there and
    ``half_life_high`` is null, it may be without end. ``cost``: fees of a round trip, as a share of y's notional, and
    ``break_even_z``: so many deviations of the spread. ``next_…``: of the second half, which selected nothing.
    """

    y: str
    x: str
    pvalue: float
    bh: float
    by: float
    calibrated: float | None
    calibrated_bh: float | None
    familywise: float | None
    beta: float
    half_life: float | None
    half_life_low: float | None
    half_life_high: float | None
    cost: float
    break_even_z: float | None
    return_correlation: float | None
    spread_sd: float | None
    next_pvalue: float | None
    next_return_correlation: float | None
    next_spread_sd: float | None


class ScannedSymbol(msgspec.Struct, frozen=True, kw_only=True):
    """A symbol as tested by itself.

    ``volatility``: sd of its log returns a bar; ``still``: share of returns that are 0; ``missing``: share of bars.
    """

    symbol: str
    verdict: str
    adf_pvalue: float | None
    volatility: float
    still: float
    missing: float


class LeftOutSymbol(msgspec.Struct, frozen=True):
    """A symbol that was not scanned, and why."""

    symbol: str
    why: str


class ScanSurvival(msgspec.Struct, frozen=True):
    """Of the first half: pairs with raw p at or below the level, and the others; how many of each pass again."""

    selected: int
    selected_again: int
    others: int
    others_again: int


class ScanPassed(msgspec.Struct, frozen=True):
    """How many pairs are at or below the level. ``calibrated`` is null without surrogates."""

    raw: int
    bh: int
    by: int
    calibrated: int | None


class ScanPersistence(msgspec.Struct, frozen=True):
    """What persists from half to half, as rank correlations."""

    pvalue: float
    return_correlation: float
    spread_sd: float


class HeatMap(msgspec.Struct, frozen=True):
    """Correlation of returns and p of every pair: the symbols in the order of linkage (those that move alike side by
    side), and the pairs (0, 1), (0, 2), …, (1, 2), … of them.
    """

    symbols: tuple[str, ...]
    correlation: tuple[float | None, ...]
    pvalue: tuple[float | None, ...]


class ScanReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a scan found. ``passes`` is whether any pair does, ``answer`` says it in words. Times are ms.

    ``no_persistence`` is why it is not known what persists; empty where it is.

    Pairs are selected on the bars from ``first`` to before ``half``, and tested again from there to ``last``.
    """

    source: str
    demo: bool
    timeframe: str
    step_ms: int
    rows: int
    first: int
    half: int
    last: int
    level: float
    surrogates: int
    seed: int
    max_lags: int
    fee: float
    tests: int
    undefined: int
    passes: bool
    answer: str
    familywise: float | None
    passed: ScanPassed
    survival: ScanSurvival
    persistence: ScanPersistence | None
    no_persistence: str
    legs: tuple[ScannedSymbol, ...]
    left_out: tuple[LeftOutSymbol, ...]
    missing: dict[str, float]
    notes: tuple[str, ...]
    heat_map: HeatMap
