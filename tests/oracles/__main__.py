# ruff: noqa: T201 - a program that reports to the terminal
"""Our simulated exchange beside those of others, on recorded books, in one run.

Run as ``python -m tests.oracles DATA NAUTILUS_PYTHON HFTBACKTEST_PYTHON`` (``make oracles``): DATA is the folder with
``frames/``, the others are the interpreters of two environments. Prints figures with the least that is asked of them;
the exit status is 1 where one is missed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from spreadscope.trading.fixed_point import to_units
from tests.oracles.books import Book, Floats, Ints, newest, read_book
from tests.oracles.paper_orders import fill_orders

HERE = Path(__file__).parent
SECONDS = 900
ORDERS = 1_000
WAIT_MS = 2_000
SYMBOLS = (
    ("um_btcusdt_20240808.recv_ts_json.gz", "0.1"),
    ("um_ethusdt_20240808.recv_ts_json.gz", "0.01"),
)


def ask(python: str, program: str, *arguments: object) -> Any:
    """Run a program of another environment. Returns its answer."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    command = [python, str(HERE / program), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False, env=clean)
    if done.returncode:
        raise SystemExit(f"{program} ended with exit status {done.returncode}:\n{done.stderr[-2_000:]}")
    return json.loads(done.stdout.splitlines()[-1])


class Verdicts:
    """What was measured, and whether it is as much as is asked for."""

    def __init__(self) -> None:
        self.missed = 0

    def at_least(self, name: str, value: float, least: float, unit: str = "%") -> None:
        self._say(name, value, f"at least {least:g}", value >= least, unit)

    def at_most(self, name: str, value: float, most: float, unit: str) -> None:
        self._say(name, value, f"at most {most:g}", value <= most, unit)

    def _say(self, name: str, value: float, asked: str, held: bool, unit: str) -> None:
        self.missed += not held
        print(f"  {'ok    ' if held else 'MISSED'} {name}: {value:.4g}{unit} ({asked})")


def market_orders(book: Book, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Returns rows of quotes, each the last of its millisecond, and signed sizes: most of them displayed, some not."""
    last = np.flatnonzero(np.diff(book.times, append=book.times[-1] + 1))
    rows = np.sort(rng.choice(last[50:-50], ORDERS, replace=False))
    sides = rng.choice([-1.0, 1.0], ORDERS)
    top = np.where(sides > 0, book.ask_sizes[rows], book.bid_sizes[rows])
    share = rng.uniform(0.05, 1.15, ORDERS)
    return rows, sides * np.maximum(0.001, np.floor(share * top * 1_000) / 1_000)


def beside_nautilus(book: Book, tick: str, python: str, folder: Path, verdicts: Verdicts) -> None:
    rows, quantities = market_orders(book, np.random.default_rng(2))
    ours = fill_orders(book, tick, book.times[rows], quantities)
    file = folder / "nautilus.npz"
    np.savez(file, times=book.times, bids=book.bids, bid_sizes=book.bid_sizes, asks=book.asks,
             ask_sizes=book.ask_sizes, rows=rows, quantities=quantities)  # fmt: skip
    prices, fees = np.zeros(ORDERS), np.zeros(ORDERS)
    filled = np.zeros(ORDERS)
    for number, price, quantity, commission in ask(python, "with_nautilus.py", file):
        prices[number] += price * quantity
        filled[number] += quantity
        fees[number] += commission
    prices /= np.where(filled > 0, filled, 1.0)
    displayed = np.where(quantities > 0, book.ask_sizes[rows], book.bid_sizes[rows])
    small = np.abs(quantities) <= displayed
    equal = np.abs(ours.prices - prices) < 1e-9 * prices
    worst = max(abs(to_units(float(fee)) - int(our)) for fee, our in zip(fees[small], ours.fees[small], strict=True))
    print(f"{book.symbol}: {ORDERS:,} orders at market without latency, {small.sum()} within what is displayed")
    verdicts.at_least("price equal to NautilusTrader's where the size is displayed", 100 * equal[small].mean(), 100.0)
    verdicts.at_most("largest difference of a fee", worst, 1.0, " × 1e-8 USDT")
    rest = ~small
    paid = 1e4 * np.sign(quantities[rest]) * (ours.prices[rest] - prices[rest]) / prices[rest]
    print(f"         beyond what is displayed ours pay {paid.mean():+.3f} bp more (impact curve against one tick)")


def beside_hftbacktest(book: Book, frames: Path, tick: str, python: str, folder: Path, verdicts: Verdicts) -> None:
    rng = np.random.default_rng(3)
    first, last = int(book.times[0]) + 5_000, int(book.times[-1]) - 5_000
    arrivals = first + np.arange(ORDERS) * ((last - first) // ORDERS) + rng.integers(0, 100, ORDERS)
    quantities = 0.001 * rng.choice([-1.0, 1.0], ORDERS)
    ours = fill_orders(book, tick, arrivals, quantities)
    theirs, _ = _hftbacktest(frames, tick, python, folder, arrivals, quantities, np.zeros(ORDERS), 0)
    there = (theirs > 0) & np.isfinite(ours.prices)
    equal = np.abs(ours.prices - theirs) < 1e-9 * ours.prices
    away = 1e4 * np.sign(quantities) * (ours.prices - theirs) / theirs
    inside = _inside(book, arrivals, quantities, theirs, 100)
    print(f"{book.symbol}: {ORDERS:,} small orders at market on the full depth, {there.sum()} filled by both")
    verdicts.at_least("filled by both", 100 * there.mean(), 99.0)
    verdicts.at_least("price equal to hftbacktest's", 100 * equal[there].mean(), 94.0)
    verdicts.at_least("its price within our best prices of ±100 ms", 100 * inside[there].mean(), 99.5)
    verdicts.at_most("mean difference", abs(float(away[there].mean())), 0.02, " bp")
    _passive(book, frames, tick, python, folder, verdicts, rng)


def _passive(
    book: Book, frames: Path, tick: str, python: str, folder: Path, verdicts: Verdicts, rng: np.random.Generator
) -> None:
    """Post at the best price, wait two seconds: is it filled?"""
    first, last = int(book.times[0]) + 5_000, int(book.times[-1]) - 5_000
    spacing = WAIT_MS + 50
    agree, both = [], [[], []]  # type: list[Any], list[list[Any]]
    for _ in range(-(-ORDERS * spacing // (last - first))):
        arrivals = np.arange(first + int(rng.integers(0, spacing)), last - spacing, spacing)
        sides = rng.choice([-1.0, 1.0], len(arrivals))
        rows = newest(book.times, arrivals - 1)
        limits = np.where(sides > 0, book.bids[rows], book.asks[rows])
        ours = fill_orders(book, tick, arrivals, 0.001 * sides, limits, until_ms=WAIT_MS)
        _, times = _hftbacktest(frames, tick, python, folder, arrivals, 0.001 * sides, limits, WAIT_MS)
        filled = np.isfinite(ours.prices), (times > 0) & (times <= arrivals + WAIT_MS)
        agree.append(filled[0] == filled[1])
        for place in range(2):
            both[place].append(filled[place])
    shares = [100 * np.concatenate(each).mean() for each in both]
    print(f"         {sum(map(len, agree)):,} orders waiting at the best price for 2 s: ours filled {shares[0]:.1f}%,"
          f" theirs {shares[1]:.1f}%")  # fmt: skip
    verdicts.at_least("filled or not, as by its risk-averse queue", 100 * np.concatenate(agree).mean(), 97.0)


def _hftbacktest(
    frames: Path, tick: str, python: str, folder: Path, arrivals: Ints, quantities: Floats, limits: Floats, until: int
) -> tuple[Floats, Ints]:
    file = folder / "hftbacktest.npz"
    np.savez(file, arrivals=arrivals, quantities=quantities, limits=limits, until_ms=until)
    prices, times = ask(python, "with_hftbacktest.py", frames, file, tick)
    return np.array(prices), np.array(times, dtype=np.int64)


def _inside(book: Book, arrivals: Ints, quantities: Floats, prices: Floats, window: int) -> np.ndarray[Any, Any]:
    """Whether prices lie within what was the best on their side in a window around each instant."""
    side = np.where(quantities[:, None] > 0, 1, 0)
    found = np.zeros(len(arrivals), dtype=np.bool_)
    for number, arrival in enumerate(arrivals.tolist()):
        low = max(0, int(np.searchsorted(book.times, arrival - window, side="right")) - 1)
        high = max(low + 1, int(np.searchsorted(book.times, arrival + window, side="right")))
        best = (book.asks if side[number, 0] else book.bids)[low:high]
        found[number] = best.min() - 1e-9 <= prices[number] <= best.max() + 1e-9
    return found


def main(data: Path, nautilus: str, hftbacktest: str) -> int:
    missing = [name for name, _ in SYMBOLS if not (data / "frames" / name).is_file()]
    if missing:
        print(f"the oracles are left out: there is no {missing[0]} in {data / 'frames'}")
        return 0
    verdicts = Verdicts()
    with tempfile.TemporaryDirectory() as directory:
        for name, tick in SYMBOLS:
            frames = data / "frames" / name
            book = read_book(frames)
            if Path(nautilus).exists():
                beside_nautilus(book, tick, nautilus, Path(directory), verdicts)
            else:
                print(f"NautilusTrader is left out: there is no {nautilus}")
            if Path(hftbacktest).exists():
                beside_hftbacktest(book, frames, tick, hftbacktest, Path(directory), verdicts)
            else:
                print(f"hftbacktest is left out: there is no {hftbacktest}")
    print(f"{verdicts.missed} figures missed" if verdicts.missed else "every figure is as asked for")
    return 1 if verdicts.missed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
