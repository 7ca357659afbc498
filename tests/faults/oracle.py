"""The oracle: what is stored, held against what was traded."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from spreadscope.bars.kernel import exact_volume, group
from spreadscope.exchange.local.trade_log import TradeColumns
from spreadscope.model.events import Trades
from spreadscope.model.states import BarOrigin, GapState
from spreadscope.model.timeframe import TIMEFRAMES
from spreadscope.store.reader import StoreReader

ENDED = {GapState.FILLED, GapState.UPSTREAM, GapState.PERMANENT}


@dataclass
class Verdict:
    """What a comparison found; ``problems`` says it in words, and is empty where all is well."""

    stored: int = 0
    lost: int = 0
    doubled: int = 0
    wrong: int = 0
    bars: int = 0
    gaps: int = 0
    problems: list[str] = field(default_factory=list)

    def add(self, other: Verdict) -> None:
        for name in ("stored", "lost", "doubled", "wrong", "bars", "gaps"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.problems += other.problems


def kept(columns: TradeColumns, mask: NDArray[np.bool_]) -> TradeColumns:
    """The trades that a mask lets through."""
    return TradeColumns(
        columns.ids[mask],
        columns.times[mask],
        columns.prices[mask],
        columns.quantities[mask],
        columns.buyer_maker[mask],
    )


def compare_whole(
    reader: StoreReader, symbol: str, truth: TradeColumns, closed_until: int, own: bool = False
) -> Verdict:
    """A tape that should be whole: every trade of the truth once, one range, bars alike, no gap left unexplained.

    Bars that end by ``closed_until`` (ms) have to be there.
    """
    stored = reader.trades(symbol)
    first = int(stored.ids[0]) if len(stored) else 0
    truth = kept(truth, truth.ids >= first)
    verdict = compare_trades(symbol, stored, truth)
    ranges, given_up = reader.ledger(symbol)
    held = [(r.first, r.last) for r in ranges]
    if held != [(int(truth.ids[0]), int(truth.ids[-1]))] or given_up:
        verdict.problems.append(f"{symbol}: the ledger holds {held}, given up {given_up}")
    gaps = reader.gaps(symbol)
    verdict.gaps = len(gaps)
    verdict.problems += [f"{symbol}: {gap} is not ended" for gap in gaps if gap.state not in ENDED]
    _compare_bars(verdict, reader, symbol, truth, closed_until, own=own)
    return verdict


def compare_part(reader: StoreReader, symbol: str, truth: TradeColumns) -> Verdict:
    """A tape after a kill: it holds exactly the trades its ledger says, and each as it was traded."""
    stored = reader.trades(symbol)
    ranges, _ = reader.ledger(symbol)
    mask = np.zeros(len(truth.ids), dtype=np.bool_)
    for one in ranges:
        mask |= (truth.ids >= one.first) & (truth.ids <= one.last)
    return compare_trades(symbol, stored, kept(truth, mask))


def compare_trades(symbol: str, stored: Trades, truth: TradeColumns) -> Verdict:
    """Row by row: missing, there more than once or never traded, and there with other content."""
    verdict = Verdict(stored=len(stored))
    unique, place = np.unique(stored.ids, return_index=True)
    verdict.lost = int(np.setdiff1d(truth.ids, unique).size)
    verdict.doubled = len(stored) - len(unique) + int(np.setdiff1d(unique, truth.ids).size)
    _, mine, theirs = np.intersect1d(unique, truth.ids, return_indices=True)
    rows = place[mine]
    same = (
        (stored.times[rows] == truth.times[theirs])
        & (stored.prices[rows] == truth.prices[theirs])
        & (stored.quantities[rows] == truth.quantities[theirs])
        & (stored.buyer_maker[rows] == truth.buyer_maker[theirs])
    )
    verdict.wrong = int((~same).sum())
    if verdict.lost or verdict.doubled or verdict.wrong:
        verdict.problems.append(
            f"{symbol}: {verdict.lost} trades lost, {verdict.doubled} doubled, {verdict.wrong} with other content"
        )
    return verdict


def _compare_bars(
    verdict: Verdict, reader: StoreReader, symbol: str, truth: TradeColumns, closed_until: int, *, own: bool
) -> None:
    """Bars made from the truth are the stored ones; all are complete but those the tape begins in."""
    for timeframe in TIMEFRAMES:
        integers, numbers, _ = group(truth.ids, truth.times, truth.prices, truth.quantities, timeframe.milliseconds)
        expected = {
            row[0]: (*prices, exact_volume(row[3], row[4]), row[5])
            for row, prices in zip(integers.tolist(), numbers.tolist(), strict=True)
        }
        stored = {bar.open_time: bar for bar in reader.bars(symbol, timeframe) if bar.origin is BarOrigin.TAPE}
        begins = timeframe.open_time(int(truth.times[0]))
        for start, want in expected.items():
            bar = stored.pop(start, None)
            if bar is None:
                if start + timeframe.milliseconds <= closed_until and start > begins:
                    verdict.problems.append(f"{symbol} {timeframe}: no bar {start}")
                continue
            verdict.bars += 1
            got = (bar.open, bar.high, bar.low, bar.close, bar.volume, bar.trades)
            if got != want:
                verdict.problems.append(f"{symbol} {timeframe} {start}: bar {got}, but the trades give {want}")
            unproved = own and start + timeframe.milliseconds > int(
                truth.times[-1]
            )  # no later trade says that it is whole
            if not bar.complete and start > begins and not unproved:
                verdict.problems.append(f"{symbol} {timeframe} {start}: still incomplete")
        empty = [bar for bar in stored.values() if bar.trades]
        verdict.problems += [f"{symbol} {timeframe}: bar {bar.open_time} has no trades in truth" for bar in empty]
